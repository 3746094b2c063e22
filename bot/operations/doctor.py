"""Looks an installation over: what keeps it from serving people, and what the law asks of it."""

import shutil
import stat
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from bot.channels.ports import ChannelError
from bot.channels.telegram.clients import TelegramClient, load
from bot.channels.telegram.updates import webhook_path
from bot.configuration.law_data import policies, rule_book, work_calendar
from bot.configuration.loading import SecretPlaces
from bot.configuration.settings import Settings
from bot.configuration.street_source import network_of
from bot.operations.clock import Clock
from bot.operations.findings import Finding, Grade
from bot.words.wording import LOCAL_TIME
from domain.messages import Side
from domain.organisation import Organisation, Role, Seat
from domain.working_time import WorkCalendar
from storage import inbox, organisation, outbox, outbox_housekeeping
from storage.database import Database, Tx
from storage.migrate import current, head
from storage.queue_lengths import read_queues
from storage.verification import CHAINS, broken_chains, complaint
from storage.work_calendars import list_years

#: Below so much free space, pictures and backups may fail within days.
_LITTLE_SPACE_BYTES = 2 * 1024**3
#: So far may a clock be off before anybody notices.
_CLOCK_TOLERANCE = timedelta(seconds=60)
#: What might be done and has waited so long is stuck.
_QUEUE_PATIENCE = timedelta(minutes=5)
#: How many quarantined updates are listed one by one.
_MOST_LISTED = 10
#: What `contacts.office_phone` is where nobody has set it.
_CITY_HOTLINE = "12345"
#: How far ahead the duty roster is looked at.
_ROSTER = timedelta(days=7)


def examine_settings(settings: Settings) -> Iterator[Finding]:
    """Look at what the configuration and the machine tell."""
    yield from _key_file(settings)
    mode = stat.S_IMODE(settings.data_dir.stat().st_mode)
    if mode & 0o077:
        said = f"others may look into {settings.data_dir} ({mode:03o}): chmod 700 it"
        yield Finding(Grade.FAULT, "data", said)
    free = shutil.disk_usage(settings.data_dir).free
    said = f"{free / 1024**3:.1f} GiB are free under {settings.data_dir}"
    if free > _LITTLE_SPACE_BYTES:
        yield Finding(Grade.GOOD, "disk", said)
    else:
        yield Finding(Grade.FAULT, "disk", f"{said}: make room, or move data_dir and its files")
    if settings.demo:
        yield Finding(Grade.NOTE, "demo", "this is the demonstration: nothing here is real")
    elif settings.public_url.startswith("http://"):
        yield Finding(Grade.NOTE, "web", "public_url is this machine alone: residents need https")


def _key_file(settings: Settings) -> Iterator[Finding]:
    path = settings.key_path
    if not path.exists():
        yield Finding(Grade.FAULT, "key file", f"{path} is missing: nobody can read the data")
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        yield Finding(Grade.FAULT, "key file", f"others may read {path} ({mode:03o}): chmod 600 it")
    else:
        yield Finding(Grade.GOOD, "key file", f"{path} is its owner's alone; keep a copy elsewhere")


def examine_secrets(places: SecretPlaces) -> Iterator[Finding]:
    """Look where tokens and passwords stand; what others may read was refused at the start."""
    if places.in_config:
        said = f"{places.config} holds {', '.join(places.in_config)}; a repository or an image may "
        said += f"take it along: move them to {places.file}, and chmod 600 that"
        yield Finding(Grade.NOTE, "secrets", said)
    if places.overridden:
        said = f"the environment says otherwise than {places.file}, and is followed, for "
        yield Finding(Grade.NOTE, "secrets", said + ", ".join(places.overridden))
    if not places.in_config and places.file.exists():
        yield Finding(Grade.GOOD, "secrets", f"{places.file} is its owner's alone")


def examine_rules(
    settings: Settings, now: datetime, years: Mapping[str, Mapping[str, Any]] | None = None
) -> Iterator[Finding]:
    """Look at the rules in force and at the calendar.

    Args:
        years: whose holidays the office took in by command.
    """
    today = now.astimezone(LOCAL_TIME).date()
    rules = rule_book(settings).on(today)
    unsourced = [name for name, table in rules.sections() if not table.source]
    if unsourced:
        said = f"changed without naming a source: {', '.join(unsourced)}"
        yield Finding(Grade.NOTE, "rules", said)
    yield from _documents(settings, today)
    local = [name for name, table in rules.sections() if "please confirm" in table.source]
    if local:
        yield Finding(Grade.NOTE, "rules", f"local rules, please confirm: {', '.join(local)}")
    calendar = work_calendar(settings, years)
    for day in (today, today + timedelta(days=60)):
        if not calendar.knows(day):
            yield Finding(
                Grade.NOTE,
                "calendar",
                f"the holiday notice of {day.year} is not in: the days that the law fixes are "
                "counted, and every deadline there says so; take it in: linli holidays FILE",
            )
            return
    yield Finding(Grade.GOOD, "calendar", f"holidays are known for {today.year}")


def _documents(settings: Settings, today: date) -> Iterator[Finding]:
    """Look whether the documents on which the rules rest hold today."""
    register = policies(settings)
    book = rule_book(settings)
    cited: dict[str, set[str]] = {}
    silent: set[str] = set()
    for community in (None, *sorted(book.communities)):
        for rules in book.given(today, community).values():
            for value in rules.values:
                if not value.documents:
                    silent.add(value.table)
                for one in value.documents:
                    cited.setdefault(one.document, set()).add(value.table)
    for document, tables in sorted(cited.items()):
        if register.in_force(document, today) is None:
            said = f"{document} is not in force on {today}, and is the basis of: "
            yield Finding(Grade.NOTE, "policies", said + ", ".join(sorted(tables)))
    if silent:
        said = f"name no document: {', '.join(sorted(silent))}"
        yield Finding(Grade.NOTE, "policies", said)


def _filing(settings: Settings) -> Iterator[Finding]:
    """Say what a rule of 2026 asks of government apps. Source: F-300 to F-304."""
    yield Finding(
        Grade.NOTE,
        "law",
        "units below the county do not develop apps of their own, and apps are reviewed and filed "
        "before they go live (国办函〔2026〕12号): clear with your district whether this is one. "
        "docs/filing.md is the fact sheet; its blanks are yours to fill in",
    )
    contacts = settings.contacts
    if contacts.office_phone == _CITY_HOTLINE:
        said = (
            f"contacts.office_phone is still {_CITY_HOTLINE}: posters, receipts and the page give"
        )
        yield Finding(Grade.NOTE, "contacts", f"{said} the city's hotline; name the office's own")
    if not contacts.conduct_phone:
        said = "contacts.conduct_phone is empty: whoever complains about a person is not told whom"
        yield Finding(Grade.NOTE, "contacts", f"{said} to phone; name the discipline inspection")
    if not (contacts.tool_phone or contacts.tool_email or contacts.tool_url):
        yield Finding(
            Grade.NOTE,
            "pages",
            "报告本工具的问题 leads to office_phone: name whom to tell in contacts.tool_phone, "
            "tool_email or tool_url",
        )


def examine_law(settings: Settings) -> Iterator[Finding]:
    """Say plainly what the law asks of a state organ. Source: PIPL, articles as given."""
    if settings.demo:
        return
    yield from _filing(settings)
    tokens = (settings.telegram.residents.token, settings.telegram.staff.token)
    if any(token.get_secret_value() for token in tokens):
        if settings.telegram.personal_data == "full":
            yield Finding(
                Grade.NOTE,
                "law",
                "telegram.personal_data is full: what residents write leaves the mainland. A state "
                "organ keeps personal data in the country and needs a security assessment before "
                'it sends them abroad (PIPL 36, 38-40), and a separate consent (39). "minimal" '
                "sends numbers and states only",
            )
        else:
            yield Finding(
                Grade.NOTE,
                "law",
                "telegram.personal_data is minimal: Telegram carries numbers, states, posts and "
                "deadlines of cases and takes nothing else in; people go on at public_url, by "
                "links that work once for ten minutes. What they type all the same lies with "
                "Telegram, and that they are in touch with this office is known abroad: name both "
                "in the impact assessment (PIPL 38, 39, 55)",
            )
    yield Finding(
        Grade.NOTE,
        "law",
        "an impact assessment is due for sensitive data and kept for three years (PIPL 55, 56); "
        "a breach is told at once (57); whoever administers this host could read everything",
    )


async def examine_database(
    settings: Settings, database: Database, now: datetime
) -> AsyncIterator[Finding]:
    """Look at the database, at what waits in it, and at the organisation."""
    at = await current(database)
    grade = Grade.GOOD if at == head() else Grade.FAULT
    yield Finding(grade, "database", f"revision {at}; this version needs {head()}")
    async with database.read() as tx:
        if damage := await complaint(tx):
            yield Finding(Grade.FAULT, "database", f"damaged: {damage}; restore a backup")
        for one in await _queues(tx, now):
            yield one
        yield await _chains(tx)
        street = await organisation.load(tx)
        if not street.units:
            yield Finding(Grade.FAULT, "organisation", "there is no street yet: linli import FILE")
            return
        for one in _organisation(street, now):
            yield one
        yield await _roster(settings, tx, now)


@dataclass(frozen=True, slots=True)
class _Told:
    """What Telegram answers to a token."""

    status: int
    name: str
    at: datetime | None


async def examine_telegram(settings: Settings) -> AsyncIterator[Finding]:
    """Ask Telegram whether each token is good, and compare its clock with this machine's."""
    tables = {Side.RESIDENTS: settings.telegram.residents, Side.STAFF: settings.telegram.staff}
    told: _Told | None = None
    for side, table in tables.items():
        token = table.token.get_secret_value()
        if not token:
            continue
        make = await load(table.driver)
        client = make(
            token,
            api_base=settings.telegram.api_base,
            network=network_of(settings),
            timeout_seconds=10,
        )
        try:
            told = await _ask_telegram(client)
            if settings.telegram.mode == "webhook" and told is not None and told.status == 200:
                yield await _webhook_finding(settings, side, client)
        finally:
            await client.close()
        about = f"{side} bot"
        if told is None:
            through = " through telegram.proxy" if settings.telegram.proxy else ""
            said = f"{settings.telegram.api_base} was not reached{through}: "
            said += "Telegram is cut off from here, "
            yield Finding(Grade.NOTE, about, f"{said}the web chat goes on; look at the network")
        elif told.status in (401, 404):
            said = "Telegram does not know the token: ask @BotFather for a new one"
            yield Finding(Grade.FAULT, about, said)
        elif told.status != 200:
            yield Finding(Grade.NOTE, about, f"Telegram answers {told.status}: try again later")
        else:
            yield Finding(Grade.GOOD, about, f"Telegram knows the token of @{told.name}")
    own_server = urlsplit(settings.telegram.api_base).hostname != "api.telegram.org"
    if told is not None and own_server and settings.telegram.files_dir is None:
        said = "a Bot API server of your own that runs with --local hands out no files over HTTP: "
        said += "set telegram.files_dir, or pictures and voices cannot be fetched"
        yield Finding(Grade.NOTE, "files", said)
    if told is not None and told.at is not None:
        yield _clock_finding(abs(told.at - Clock().now()), "is off by {} s against Telegram's")


async def _ask_telegram(client: TelegramClient) -> _Told | None:
    """Ask who a token is; None where nobody answers."""
    try:
        answer = await client.ask("getMe", {}, timeout_seconds=10)
        at = parsedate_to_datetime(answer.date) if answer.date else None
    except (ChannelError, ValueError):
        return None
    body = answer.body if isinstance(answer.body, dict) else {}
    result = body.get("result")
    name = result.get("username", "") if isinstance(result, dict) else ""
    return _Told(answer.status, str(name), at)


async def _webhook_finding(settings: Settings, side: Side, client: TelegramClient) -> Finding:
    """Tell whether Telegram calls where it should, and what it says about that."""
    about, wanted = f"{side} webhook", f"{settings.public_url}{webhook_path(side)}"
    try:
        told = await client.call("getWebhookInfo", {})
    except ChannelError:
        return Finding(Grade.NOTE, about, "Telegram did not tell where it calls")
    known = told if isinstance(told, dict) else {}
    pending = int(known.get("pending_update_count") or 0)
    said = f"Telegram calls {known.get('url') or 'nowhere'}; {pending} updates wait there"
    if known.get("last_error_message"):
        said += f"; its last trouble: {str(known['last_error_message'])[:200]}"
    if known.get("url") != wanted:
        return Finding(Grade.FAULT, about, f"{said}; it should call {wanted}: start `linli run`")
    return Finding(Grade.NOTE if known.get("last_error_message") else Grade.GOOD, about, said)


async def examine_clock(settings: Settings, database: Database) -> Finding:
    """Look whether the clock was set back: deadlines, sessions and all order hang on it."""
    if settings.demo:
        return Finding(Grade.GOOD, "clock", "the demonstration's clock may be moved")
    async with database.read() as tx:
        newest = await outbox.newest_moment(tx)
    ahead = newest - Clock().now() if newest is not None else timedelta()
    return _clock_finding(ahead, "is {} s behind what was said last")


def _clock_finding(off: timedelta, said: str) -> Finding:
    if off <= _CLOCK_TOLERANCE:
        return Finding(Grade.GOOD, "clock", "goes right, as far as can be told from here")
    off_by = said.format(round(off.total_seconds()))
    return Finding(Grade.FAULT, "clock", f"{off_by}: switch NTP on (timedatectl set-ntp true)")


async def _queues(tx: Tx, now: datetime) -> list[Finding]:
    found = await _quarantined(tx)
    queues = await read_queues(tx, now)
    for name, queue in queues.by_name.items():
        if queue.waiting and queue.oldest is not None and now - queue.oldest > _QUEUE_PATIENCE:
            since = queue.oldest.astimezone(LOCAL_TIME)
            said = f"{name}: {queue.waiting} wait since {since:%Y-%m-%d %H:%M}"
            said += ": is `linli run` running?" if name == "inbox" else ""
            found.append(Finding(Grade.FAULT, "queues", said))
    for bot, chats in queues.paused.items():
        said = f"{bot}: {chats} chats are held back, limited or without an answer"
        found.append(Finding(Grade.NOTE, "queues", said))
    dead = await outbox_housekeeping.list_dead(tx)
    if dead:
        reasons = Counter(reason for _, _, reason, _ in dead).most_common(5)
        told = ", ".join(f"{reason} ({count})" for reason, count in reasons)
        said = f"the last {len(dead)} messages that could not be delivered: {told}"
        found.append(Finding(Grade.NOTE, "outbox", said))
    return found or [Finding(Grade.GOOD, "queues", "nothing is stuck")]


async def _quarantined(tx: Tx) -> list[Finding]:
    """List what could not be handled, with the way to try it again."""
    found = await inbox.list_quarantined(tx)
    if not found:
        return []
    listed = [
        Finding(Grade.NOTE, "inbox", f"{number}: {bot}, {received:%Y-%m-%d %H:%M}, {error}")
        for number, bot, error, received in found[:_MOST_LISTED]
    ]
    said = f"{len(found)} messages could not be handled and wait sealed for 30 days: "
    said += "after a new version, `linli quarantine replay`"
    return [Finding(Grade.FAULT, "inbox", said), *listed]


async def _chains(tx: Tx) -> Finding:
    checked, broken = await broken_chains(tx, CHAINS)
    if broken:
        some = ", ".join(broken[:10])
        return Finding(Grade.FAULT, "case files", f"{len(broken)} chains do not verify: {some}")
    return Finding(Grade.GOOD, "case files", f"the newest {checked} chains verify")


def _organisation(street: Organisation, now: datetime) -> Iterator[Finding]:
    vacant: dict[Role, list[str]] = {}
    for seat in street.empty_seats(now):
        vacant.setdefault(seat.role, []).append(seat.unit)
    for role, codes in vacant.items():
        said = f"nobody holds {role} of {', '.join(codes)}: cases go up the ladder"
        yield Finding(Grade.NOTE, "posts", said)
    for role in (Role.ADMINISTRATOR, Role.DATA_PROTECTION_OFFICER, Role.DISPATCHER):
        if not street.holders(Seat(street.street.code, role), now):
            yield Finding(Grade.NOTE, "posts", f"nobody holds {role} of {street.street.code}")
    if not any(street.responsible(grid.code, now).person for grid in street.grids):
        yield Finding(
            Grade.FAULT, "posts", "nobody has joined: cases wait for the first who does (invite)"
        )
    without = [grid.code for grid in street.grids if grid.boundary is None]
    if without:
        yield Finding(
            Grade.NOTE, "grids", f"without boundary, so not found by location: {', '.join(without)}"
        )


def _is_daytime(calendar: WorkCalendar, moment: datetime) -> bool:
    """Tell whether the office is there, at its desks or at lunch."""
    clock = moment.astimezone(LOCAL_TIME).time()
    opens, closes = calendar.hours[0][0], calendar.hours[-1][1]
    return calendar.is_workday(calendar.day_of(moment)) and opens <= clock < closes


async def _roster(settings: Settings, tx: Tx, now: datetime) -> Finding:
    calendar = work_calendar(settings, await list_years(tx))
    hours = [now + timedelta(hours=hour) for hour in range(int(_ROSTER.total_seconds() // 3600))]
    bare = [
        moment
        for moment in hours
        if not _is_daytime(calendar, moment) and not await organisation.on_duty(tx, moment)
    ]
    if bare:
        return Finding(
            Grade.NOTE,
            "duty",
            f"nobody is on duty in {len(bare)} hours of the next {_ROSTER.days} days: emergencies "
            "go up the ordinary ladder then",
        )
    return Finding(Grade.GOOD, "duty", f"somebody is on duty for the next {_ROSTER.days} days")
