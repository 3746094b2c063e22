"""What only several keys together can get wrong."""

import ipaddress
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from pydantic import (
    ValidationError,
)

from bot.channels.telegram.network import Network
from bot.configuration.law_data import policies, read_default, rule_book, work_calendar
from bot.configuration.problems import ConfigurationError, Problem
from bot.configuration.rules.book import RuleBook, RuleChange, beyond_limits
from bot.configuration.rules.declared import Rules
from bot.configuration.sentences import fields_of, key_of, sentence_of, unknown_key
from bot.configuration.settings import Settings
from bot.configuration.tables import TelegramTable
from bot.configuration.values import WEBHOOK_PORTS
from bot.configuration.webhooks import webhook_problems


def cross_checks(settings: Settings) -> Iterator[Problem]:
    """Find what only several keys together get wrong."""
    yield from _demonstration(settings) if settings.demo else _operation(settings)
    yield from _telegram(settings)
    yield from _times(settings)
    yield from _rule_changes(settings)
    yield from _features(settings)
    yield from _policies(settings)
    yield from webhook_problems(settings.webhooks)


def _demonstration(settings: Settings) -> Iterator[Problem]:
    if not is_loopback(settings.web.host):
        yield Problem(
            "web.host",
            'the demonstration is for this machine alone: use "127.0.0.1", or set demo = false',
        )


def _operation(settings: Settings) -> Iterator[Problem]:
    url = urlsplit(settings.web.public_url)
    if not settings.web.public_url:
        yield Problem("web.public_url", "is needed: the https address at which residents come in")
    elif url.scheme != "https" and not is_loopback(url.hostname or ""):
        yield Problem("web.public_url", "must begin with https://, because people tell us things")
    if settings.secrets.key_file is None:
        yield Problem("secrets.key_file", "is needed: run `linli init`, which makes one")
    elif settings.secrets.key_file.resolve().is_relative_to(settings.data_dir.resolve()):
        yield Problem(
            "secrets.key_file",
            "must lie outside data_dir: a backup of the data must not hold the key to them",
        )


def _telegram(settings: Settings) -> Iterator[Problem]:
    telegram = settings.telegram
    tokens = [telegram.residents.token, telegram.staff.token]
    if tokens[0] and tokens[0] == tokens[1]:
        yield Problem("telegram.staff.token", "must be another bot than telegram.residents.token")
    base = urlsplit(telegram.api_base)
    if not base.hostname:
        yield Problem("telegram.api_base", "must be an address, such as https://api.telegram.org")
    elif base.scheme != "https" and not _is_near(base.hostname):
        yield Problem(
            "telegram.api_base",
            "must begin with https:// outside your own network, because tokens travel in it",
        )
    yield from _way_to_telegram(telegram)
    if telegram.mode == "polling" or not any(tokens):
        return
    if not telegram.webhook_secret:
        yield Problem("telegram.webhook_secret", 'is needed with telegram.mode = "webhook"')
    url = urlsplit(settings.public_url)
    if not is_loopback(url.hostname or "") and (
        url.scheme != "https" or (url.port or 443) not in WEBHOOK_PORTS
    ):
        yield Problem(
            "web.public_url",
            "must begin with https:// and use port 443, 80, 88 or 8443, or Telegram calls nobody",
        )


def _way_to_telegram(telegram: TelegramTable) -> Iterator[Problem]:
    if telegram.ca_file is not None:
        try:
            Network(ca_file=telegram.ca_file).trust()
        except (OSError, ValueError):
            yield Problem("telegram.ca_file", "must be a file of certificates in PEM form")
    if telegram.files_dir is not None and not telegram.files_dir.is_dir():
        yield Problem(
            "telegram.files_dir",
            "must be the folder in which a Bot API server on this machine keeps its files",
        )


def _times(settings: Settings) -> Iterator[Problem]:
    if settings.quiet.start == settings.quiet.end:
        yield Problem("quiet.end", "must differ from quiet.start")
    if settings.sender.retry_first_seconds > settings.sender.retry_longest_seconds:
        yield Problem(
            "sender.retry_longest_seconds", "must not be less than sender.retry_first_seconds"
        )
    try:
        work_calendar(settings)
    except ConfigurationError as error:
        yield from error.problems


def _rule_changes(settings: Settings) -> Iterator[Problem]:
    named = {code for change in settings.rule_changes for code in change.communities}
    book = rule_book(settings)
    for number, change in enumerate(settings.rule_changes, 1):
        place = f"rule_changes[{number}]"
        for name, key, sentence in beyond_limits(change, settings.limits):
            yield Problem(f"{place}.rules.{name}.{key}", sentence)
        concerned: list[str | None] = [*sorted(change.communities or named)]
        for community in concerned or [None]:
            yield from _misfits(book, change, community, place)
    for name, limits in settings.limits.items():
        table = Rules.model_fields.get(name)
        for key, (lowest, highest) in limits.items():
            if table is None or key not in fields_of(("rules", name)):
                yield Problem(f"limits.{name}.{key}", f"there is no rule {name}.{key}: remove it")
            elif lowest > highest:
                yield Problem(f"limits.{name}.{key}", "must be [lowest, highest]")


def _policies(settings: Settings) -> Iterator[Problem]:
    """Refuse documents that are there twice, and citations of those that are not there."""
    register = policies(settings)
    brought = len(register.documents) - len(settings.policies)
    known = {(one.id, one.version) for one in register.documents[:brought]}
    for number, one in enumerate(settings.policies, 1):
        if (one.id, one.version) in known:
            said = f"{one.id} is there already in the version {one.version}: give another one"
            yield Problem(f"policies[{number}].version", said)
        known.add((one.id, one.version))
    ids = {document for document, _ in known}
    cited = [(f"rules.{name}", table.documents) for name, table in settings.rules.sections()]
    cited += [
        (f"rule_changes[{number}]", change.documents)
        for number, change in enumerate(settings.rule_changes, 1)
    ]
    for place, documents in cited:
        for number, citation in enumerate(documents, 1):
            if citation.id not in ids:
                said = f"there is no document {citation.id}: describe it in [[policies]]"
                yield Problem(f"{place}.documents[{number}].id", said)


def _features(settings: Settings) -> Iterator[Problem]:
    """Refuse switches of what cannot be opened or closed; the defaults name all that can."""
    known = read_default("rules.toml")["features"]
    for name in settings.features.keys() - known.keys():
        yield Problem(f"features.{name}", unknown_key(name, known))


def unknown_units(settings: Settings, units: Collection[str]) -> Iterator[Problem]:
    """Find the switches of communities that the street does not have.

    Args:
        units: the codes of all communities; none before a street was imported, and then nothing
            can be said.
    """
    for name, table in settings.features.items() if units else ():
        for code in sorted(set(table.except_in) - set(units)):
            said = f"there is no community {code}: `linli units` lists them"
            yield Problem(f"features.{name}.except_in", said)


def _misfits(
    book: RuleBook, change: RuleChange, community: str | None, place: str
) -> Iterator[Problem]:
    try:
        book.on(change.in_force_from, community)
    except ValidationError as error:
        for wrong in error.errors(include_url=False, include_input=False):
            wrong["loc"] = ("rules", *wrong["loc"])
            yield Problem(f"{place}.{key_of(wrong['loc'])}", sentence_of(wrong))


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine, as far as the name alone says."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_near(host: str) -> bool:
    """Tell whether a host is in the own network: private, or a name without a dot."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".internal", ".local", ".localhost"))


def database_problem(*, demo: bool, marked: bool, empty: bool) -> Problem | None:
    """Refuse to show a demonstration on real cases, and to work on fictional ones.

    Args:
        demo: how Linli was started.
        marked: whether the database says that it is a demonstration's.
        empty: whether it has no organisation yet; then it can become a demonstration's.
    """
    if demo == marked or (demo and empty):
        return None
    if demo:
        return Problem("database.url", "holds real cases: a demonstration needs a database alone")
    return Problem("demo", "is false, but database.url holds the demonstration: name another one")
