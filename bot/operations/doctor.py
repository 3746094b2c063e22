"""Looks an installation over: what keeps it from serving people, and what the law asks of it.

Nothing is made or changed by looking: no database, no folder, no key.
"""

import shutil
import stat
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
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
from bot.operations.databases import path_of
from bot.operations.findings import Finding, fault, good, note
from bot.words.wording import LOCAL_TIME
from domain.errors import StorageError
from domain.messages import Side, Text, Value, text
from domain.names import role_name
from domain.organisation import Organisation, Role, Seat, Unit
from domain.working_time import WorkCalendar
from storage import inbox, organisation, outbox, outbox_housekeeping
from storage.database import Database, Tx
from storage.keyring import WrongKey
from storage.migrate import head, revisions
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
    if not settings.data_dir.is_dir():
        yield fault("data", text("doctor.data_missing", path=str(settings.data_dir)))
    else:
        yield from _data_dir(settings.data_dir)
    if settings.demo:
        yield note("demo", text("doctor.demo"))
    elif settings.public_url.startswith("http://"):
        yield note("web", text("doctor.public_url_near"))


def _data_dir(path: Path) -> Iterator[Finding]:
    if mode := _open_to_others(path):
        yield fault("data", text("doctor.data_open", path=str(path), mode=mode))
    free = shutil.disk_usage(path).free
    fields: dict[str, Value] = {"path": str(path), "free": f"{free / 1024**3:.1f}"}
    if free > _LITTLE_SPACE_BYTES:
        yield good("disk", text("doctor.disk", **fields))
    else:
        yield fault("disk", text("doctor.disk_little", **fields))


def _open_to_others(path: Path) -> str:
    """Give the mode of what others than its owner may open; empty for what they may not."""
    mode = stat.S_IMODE(path.stat().st_mode)
    return f"{mode:03o}" if mode & 0o077 else ""


def _key_file(settings: Settings) -> Iterator[Finding]:
    path = settings.key_path
    if not path.exists():
        yield fault("key_file", text("doctor.key_missing", path=str(path)))
    elif mode := _open_to_others(path):
        yield fault("key_file", text("doctor.key_open", path=str(path), mode=mode))
    else:
        yield good("key_file", text("doctor.key", path=str(path)))


def examine_secrets(places: SecretPlaces) -> Iterator[Finding]:
    """Look where tokens and passwords stand; what others may read was refused at the start."""
    file = str(places.file)
    if places.in_config:
        said = text(
            "doctor.secrets_in_config",
            config=str(places.config),
            keys=tuple(places.in_config),
            file=file,
        )
        yield note("secrets", said)
    if places.overridden:
        keys = tuple(places.overridden)
        yield note("secrets", text("doctor.secrets_overridden", file=file, keys=keys))
    if not places.in_config and places.file.exists():
        yield good("secrets", text("doctor.secrets", file=file))


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
        yield note("rules", text("doctor.rules_unsourced", tables=tuple(unsourced)))
    yield from _documents(settings, today)
    local = [name for name, table in rules.sections() if "please confirm" in table.source]
    if local:
        yield note("rules", text("doctor.rules_local", tables=tuple(local)))
    calendar = work_calendar(settings, years)
    for day in (today, today + timedelta(days=60)):
        if not calendar.knows(day):
            yield note("calendar", text("doctor.calendar_unknown", year=day.year))
            return
    yield good("calendar", text("doctor.calendar", year=today.year))


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
            said = text(
                "doctor.document_out_of_force",
                document=document,
                day=f"{today}",
                tables=tuple(sorted(tables)),
            )
            yield note("policies", said)
    if silent:
        yield note("policies", text("doctor.no_document", tables=tuple(sorted(silent))))


def _filing(settings: Settings) -> Iterator[Finding]:
    """Say what a rule of 2026 asks of government apps. Source: F-300 to F-304."""
    yield note("law", text("doctor.law_filing"))
    contacts = settings.contacts
    if contacts.office_phone == _CITY_HOTLINE:
        yield note("contacts", text("doctor.office_phone", phone=_CITY_HOTLINE))
    if not contacts.conduct_phone:
        yield note("contacts", text("doctor.conduct_phone"))
    if not (contacts.tool_phone or contacts.tool_email or contacts.tool_url):
        yield note("pages", text("doctor.tool_contact"))


def examine_law(settings: Settings) -> Iterator[Finding]:
    """Say plainly what the law asks of a state organ. Source: PIPL, articles as given."""
    if settings.demo:
        return
    yield from _filing(settings)
    tokens = (settings.telegram.residents.token, settings.telegram.staff.token)
    if any(token.get_secret_value() for token in tokens):
        if settings.telegram.personal_data == "full":
            yield note("law", text("doctor.law_telegram_full"))
        else:
            yield note("law", text("doctor.law_telegram_minimal"))
    yield note("law", text("doctor.law_assessment"))


def examine_place(settings: Settings) -> Finding | None:
    """Look whether there is anything to open; None where there is.

    Whoever opens an SQLite file that is not there makes it.
    """
    path = path_of(settings)
    if path is not None and not path.exists():
        return fault("database", text("doctor.database_missing", path=str(path)))
    if not settings.key_path.exists():
        return note("database", text("doctor.database_shut"))
    return None


def examine_revision(at: str | None) -> Finding:
    """Compare a database's revision with that of this version; only a good one can be read."""
    needed = head()
    if at is None:
        return fault("database", text("doctor.database_empty"))
    if at == needed:
        return good("database", text("doctor.database", at=at))
    if at in revisions():
        return note("database", text("doctor.database_older", at=at, needed=needed))
    return fault("database", text("doctor.database_newer", at=at, needed=needed))


def examine_failure(error: StorageError) -> Finding:
    """Say that the database could not be read."""
    if isinstance(error, WrongKey):
        return fault("database", text("doctor.database_other_key"))
    return fault("database", text("doctor.database_unusable", error=str(error)))


async def examine_database(
    settings: Settings, database: Database, now: datetime
) -> AsyncIterator[Finding]:
    """Look at the database, at what waits in it, and at the organisation."""
    async with database.read() as tx:
        if damage := await complaint(tx):
            yield fault("database", text("doctor.database_damaged", damage=damage))
        for one in await _queues(tx, now):
            yield one
        yield await _chains(tx)
        street = await organisation.load(tx)
        if not street.units:
            yield fault("organisation", text("doctor.no_street"))
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
        yield _told_finding(settings, side, told)
    own_server = urlsplit(settings.telegram.api_base).hostname != "api.telegram.org"
    if told is not None and own_server and settings.telegram.files_dir is None:
        yield note("files", text("doctor.telegram_files"))
    if told is not None and told.at is not None:
        off = abs(told.at - Clock().now())
        yield _clock_finding(off, text("doctor.clock_off", seconds=round(off.total_seconds())))


def _told_finding(settings: Settings, side: Side, told: _Told | None) -> Finding:
    about = f"bot_{side}"
    if told is None:
        base = settings.telegram.api_base
        if settings.telegram.proxy:
            return note(about, text("doctor.telegram_cut_off_proxy", base=base))
        return note(about, text("doctor.telegram_cut_off", base=base))
    if told.status in (401, 404):
        return fault(about, text("doctor.telegram_unknown_token"))
    if told.status != 200:
        return note(about, text("doctor.telegram_answers", status=told.status))
    return good(about, text("doctor.telegram_token", bot=told.name))


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
    about, wanted = f"webhook_{side}", f"{settings.public_url}{webhook_path(side)}"
    try:
        told = await client.call("getWebhookInfo", {})
    except ChannelError:
        return note(about, text("doctor.telegram_webhook_silent"))
    known = told if isinstance(told, dict) else {}
    trouble = str(known.get("last_error_message") or "")[:200]
    said = text(
        "doctor.telegram_webhook_trouble" if trouble else "doctor.telegram_webhook",
        url=str(known.get("url") or "") or text("doctor.telegram_webhook_nowhere"),
        pending=int(known.get("pending_update_count") or 0),
        trouble=trouble,
    )
    if known.get("url") != wanted:
        return fault(about, text("doctor.telegram_webhook_elsewhere", told=said, wanted=wanted))
    return note(about, said) if trouble else good(about, said)


async def examine_clock(settings: Settings, database: Database) -> Finding:
    """Look whether the clock was set back: deadlines, sessions and all order hang on it."""
    if settings.demo:
        return good("clock", text("doctor.clock_demo"))
    async with database.read() as tx:
        newest = await outbox.newest_moment(tx)
    ahead = newest - Clock().now() if newest is not None else timedelta()
    return _clock_finding(ahead, text("doctor.clock_behind", seconds=round(ahead.total_seconds())))


def _clock_finding(off: timedelta, said: Text) -> Finding:
    if off <= _CLOCK_TOLERANCE:
        return good("clock", text("doctor.clock"))
    return fault("clock", text("doctor.clock_mend", said=said))


async def _queues(tx: Tx, now: datetime) -> list[Finding]:
    found = await _quarantined(tx)
    queues = await read_queues(tx, now)
    for name, queue in queues.by_name.items():
        if queue.waiting and queue.oldest is not None and now - queue.oldest > _QUEUE_PATIENCE:
            said = text(
                "doctor.queue_stuck_inbox" if name == "inbox" else "doctor.queue_stuck",
                queue=_queue_name(name),
                waiting=queue.waiting,
                since=_minute(queue.oldest),
            )
            found.append(fault("queues", said))
    for bot, chats in queues.paused.items():
        found.append(note("queues", text("doctor.queue_paused", bot=bot, chats=chats)))
    dead = await outbox_housekeeping.list_dead(tx)
    if dead:
        reasons = Counter(reason for _, _, reason, _ in dead).most_common(5)
        told = tuple(
            text("doctor.dead_reason", reason=reason, count=count) for reason, count in reasons
        )
        found.append(note("outbox", text("doctor.dead", count=len(dead), reasons=told)))
    return found or [good("queues", text("doctor.queues"))]


def _queue_name(name: str) -> Text:
    """Name a queue of `read_queues`: one of three, or ``BOT LANE``."""
    bot, _, lane = name.rpartition(" ")
    if bot:
        return text("doctor.queue_outbox", bot=bot, lane=text(f"doctor.lane_{lane}"))
    return text(f"doctor.queue_{name}")


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL_TIME):%Y-%m-%d %H:%M}"


async def _quarantined(tx: Tx) -> list[Finding]:
    """List what could not be handled, with the way to try it again."""
    found = await inbox.list_quarantined(tx)
    if not found:
        return []
    listed = [
        note(
            "inbox",
            text(
                "doctor.quarantined_one",
                number=number,
                bot=bot,
                at=_minute(received),
                error=error,
            ),
        )
        for number, bot, error, received in found[:_MOST_LISTED]
    ]
    return [fault("inbox", text("doctor.quarantined", number=len(found))), *listed]


async def _chains(tx: Tx) -> Finding:
    checked, broken = await broken_chains(tx, CHAINS)
    if broken:
        said = text("doctor.chains_broken", number=len(broken), some=tuple(broken[:10]))
        return fault("case_files", said)
    return good("case_files", text("doctor.chains", checked=checked))


def _organisation(street: Organisation, now: datetime) -> Iterator[Finding]:
    vacant: dict[Role, list[Unit]] = {}
    for seat in street.empty_seats(now):
        vacant.setdefault(seat.role, []).append(street.units[seat.unit])
    for role, units in vacant.items():
        yield note("posts", text("doctor.vacant", role=role_name(role), units=_listed(units)))
    for role in (Role.ADMINISTRATOR, Role.DATA_PROTECTION_OFFICER, Role.DISPATCHER):
        if not street.holders(Seat(street.street.code, role), now):
            unit = _listed([street.street])
            yield note("posts", text("doctor.unheld", role=role_name(role), units=unit))
    if not any(street.responsible(grid.code, now).person for grid in street.grids):
        yield fault("posts", text("doctor.nobody_joined"))
    without = [grid for grid in street.grids if grid.boundary is None]
    if without:
        yield note("grids", text("doctor.no_boundary", units=_listed(without)))


def _listed(units: Iterable[Unit]) -> tuple[Text, ...]:
    return tuple(text("doctor.unit", unit=unit.name, code=unit.code) for unit in units)


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
    days = _ROSTER.days
    if bare:
        return note("duty", text("doctor.duty_bare", count=len(bare), days=days))
    return good("duty", text("doctor.duty", days=days))
