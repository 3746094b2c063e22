"""Series of times, the places that were taken of them, and bookings.

How many places a time has is guarded by the write itself. Many take places of one series side by
side; who changes the series, or closes a day, finds out whether somebody booked meanwhile.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    or_,
    select,
    update,
)

from domain.errors import Conflict
from domain.organisation import Organisation
from domain.slots import (
    BOOKING,
    OPEN,
    Booking,
    BookingRules,
    BookingState,
    DayClosed,
    Opening,
    Series,
    Slot,
    is_in_time,
    slot_named,
    times_on,
)
from storage.changes import holds, writes
from storage.database import Tx, chunks, having
from storage.rows import of_row, row_of
from storage.schema import PersonId, SubjectKey, UtcDateTime, Word, metadata
from storage.work import Work

slot_series = Table(
    "slot_series",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("of", SubjectKey(), nullable=False),
    Column("item", String(40), nullable=False),
    Column("unit", String(40), nullable=False),
    # Rows of (weekday, "09:00", "12:00").
    Column("openings", JSON, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("told", JSON, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("version", Integer, nullable=False),
    UniqueConstraint("of", "item"),
)

slot_days = Table(
    "slot_days",
    metadata,
    Column("series", String(40), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("by", PersonId(), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

#: A row for each time of which somebody has, or had, a place.
slots = Table(
    "slots",
    metadata,
    Column("series", String(40), primary_key=True),
    Column("starts_at", UtcDateTime, primary_key=True),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
    # Whatever else goes wrong, nobody is booked beyond the last place.
    CheckConstraint("taken BETWEEN 0 AND capacity", name="places"),
)

bookings = Table(
    "bookings",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("series", String(40), nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("person", PersonId()),
    # The name and the telephone of somebody without an account.
    Column("sealed", LargeBinary),
    # The hash of that telephone while the booking is open: two windows do not book the same twice.
    Column("caller", String(64)),
    Column("state", Word(BookingState), nullable=False),
    Column("by", PersonId()),
    Column("made_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("series", "caller"),
    Index("ix_bookings_series_starts_at", "series", "starts_at"),
    Index("ix_bookings_person", "person"),
    Index("ix_bookings_ends_at", "ends_at"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A booking as it becomes, with the place that it takes and the one that it gives back."""

    booking: Booking
    takes: Slot | None = None
    gives: Slot | None = None
    series_version: int = 0
    """Of the series as it was read, for what takes a place."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Closing:
    """Days of a series are closed, or it ends: everybody who was seen to be booked is told."""

    series: str
    days: tuple[DayClosed, ...] = ()
    since: datetime
    until: datetime | None = None
    """The first moment that is not concerned; None for everything that lies ahead."""
    seen: frozenset[str]
    """Who was booked there, by booking."""


@dataclass(frozen=True, slots=True)
class DayOpened:
    """A closed day is open again."""

    series: str
    day: date


# --- writing --------------------------------------------------------------------------------------


def save_booking(
    work: Work,
    booking: Booking,
    series: Series,
    *,
    takes: Slot | None = None,
    gives: Slot | None = None,
) -> None:
    """Save a booking with the places that it takes and gives back.

    Args:
        series: as it was read, of the place that is taken.
    """
    changes = work.changes
    if booking.version:
        changes.touch(f"{BOOKING} {booking.id}")
    for slot, count in ((takes, 1), (gives, -1)):
        if slot is not None:
            changes.share(f"series {slot.series}")
            changes.take(slot.name, count)
    changes.save(Placed(booking=booking, takes=takes, gives=gives, series_version=series.version))


@writes(Series)
async def write_series(tx: Tx, saved: Sequence[Series]) -> None:
    """Write series.

    Raises:
        Conflict: one was changed since it was read, or the same was begun by somebody else.
    """
    latest = {one.id: one for one in saved}
    known = await _hold_series(tx, latest)
    for one in latest.values():
        row = known.get(one.id)
        if (row.version if row else 0) != one.version:
            raise Conflict(one.name)
    new = [_series_row(one) for one in latest.values() if not one.version]
    if await tx.insert_new(slot_series, new) != len(new):
        raise Conflict("the same series was begun by somebody else")
    await tx.upsert(slot_series, [_series_row(one) for one in latest.values() if one.version])


def _series_row(one: Series) -> dict[str, Any]:
    openings = [[each.weekday, f"{each.start:%H:%M}", f"{each.end:%H:%M}"] for each in one.openings]
    return row_of(
        slot_series,
        one,
        openings=openings,
        minutes=one.length // timedelta(minutes=1),
        told=dict(one.told),
        version=one.version + 1,
    )


@writes(Closing, DayOpened)
async def write_closings(tx: Tx, saved: Sequence[Closing | DayOpened]) -> None:
    """Close days, or open them again.

    Raises:
        Conflict: somebody booked, moved or gave up meanwhile: whom to tell must be looked up anew.
    """
    await _hold_series(tx, {one.series for one in saved})
    for one in saved:
        if isinstance(one, DayOpened):
            await tx.delete(slot_days, [{"series": one.series, "day": one.day}])
            continue
        await tx.upsert(slot_days, [row_of(slot_days, each) for each in one.days])
        now_booked = {row.id for row in await tx.rows(_ahead(one.series, one.since, one.until))}
        # Those who were seen are written in this transaction too: called off by now, or not yet.
        if now_booked.difference(one.seen):
            raise Conflict(f"series {one.series}")


def _ahead(series: str, since: datetime, until: datetime | None) -> Any:
    named = and_(bookings.c.series == series, bookings.c.state == BookingState.BOOKED)
    span = bookings.c.starts_at >= since
    if until is not None:
        span = and_(span, bookings.c.starts_at < until)
    return select(bookings).where(named, span)


@writes(Placed)
async def write_placed(tx: Tx, saved: Sequence[Placed]) -> None:
    """Write bookings, and take and give back places.

    Raises:
        Conflict: somebody was faster: with the place, the booking, or a change of the series.
    """
    await _ensure_series(tx, saved)
    await _ensure_bookings(tx, saved)
    await _change_places(tx, saved)
    latest = {one.booking.id: one.booking for one in saved}
    new = [_booking_row(tx, one) for one in latest.values() if not one.version]
    if await tx.insert_new(bookings, new) != len(new):
        raise Conflict("a number or a caller was booked by somebody else")
    await tx.upsert(bookings, [_booking_row(tx, one) for one in latest.values() if one.version])


async def _ensure_series(tx: Tx, saved: Sequence[Placed]) -> None:
    """Make sure that no series changed of which a place is taken, nor will before the commit."""
    read = {one.takes.series: one.series_version for one in saved if one.takes is not None}
    known = await _hold_series(tx, read, alone=False)
    for series, version in sorted(read.items()):
        row = known.get(series)
        if row is None or row.version != version:
            raise Conflict(f"series {series}")


async def _ensure_bookings(tx: Tx, saved: Sequence[Placed]) -> None:
    read = {one.booking.id: one.booking.version for one in saved if one.booking.version}
    known = await _versions(tx, read)
    for booking, version in sorted(read.items()):
        if known.get(booking) != version:
            raise Conflict(f"{BOOKING} {booking}")


async def _change_places(tx: Tx, saved: Sequence[Placed]) -> None:
    more: dict[tuple[str, datetime], int] = defaultdict(int)
    taken: dict[tuple[str, datetime], Slot] = {}
    for one in saved:
        for slot, count in ((one.takes, 1), (one.gives, -1)):
            if slot is not None:
                more[slot.series, slot.starts_at] += count
        if one.takes is not None:
            taken[one.takes.series, one.takes.starts_at] = one.takes
    await tx.insert_new(slots, [row_of(slots, replace(one, taken=0)) for one in taken.values()])
    rows = await _hold_slots(tx, more)
    changed = []
    for key, count in sorted(more.items()):
        row, wanted = rows.get(key), taken.get(key)
        if row is None:
            continue  # What was given back is so long ago that nobody counts it.
        # How many places there are may have changed since the first was taken.
        capacity = max(wanted.capacity if wanted else row.capacity, row.taken)
        if row.taken + count > capacity:
            raise Conflict(f"series {key[0]}")
        changed.append(
            {
                "of": key[0],
                "at": key[1],
                "places": capacity,
                "count": max(count, -row.taken),
            }
        )
    await tx.run(_TAKE, changed)


#: Also without what was read before it, no more are taken than there are.
_TAKE = (
    update(slots)
    .where(
        slots.c.series == bindparam("of"),
        slots.c.starts_at == bindparam("at"),
        slots.c.taken + bindparam("count") <= bindparam("places"),
    )
    .values(taken=slots.c.taken + bindparam("count"), capacity=bindparam("places"))
)


def _booking_row(tx: Tx, one: Booking) -> dict[str, Any]:
    private = {"name": one.name, "phone": one.phone}
    return row_of(
        bookings,
        one,
        sealed=tx.keyring.seal(private) if any(private.values()) else None,
        caller=caller_of(tx, one.phone) if one.phone and one.state in OPEN else None,
        version=one.version + 1,
    )


def caller_of(tx: Tx, phone: str) -> str:
    """Name a telephone number without saying it."""
    return tx.keyring.hash_code(f"caller {phone}")


@holds("series")
async def hold_series(tx: Tx, ids: Sequence[str]) -> None:
    """Lock series until the transaction ends: nobody takes a place meanwhile."""
    await _hold_series(tx, ids)


@holds(BOOKING)
async def hold_bookings(tx: Tx, ids: Sequence[str]) -> None:
    """Lock bookings until the transaction ends."""
    await _versions(tx, ids)


async def _hold_series(tx: Tx, ids: Iterable[str], *, alone: bool = True) -> dict[str, Row[Any]]:
    """Lock series, against everybody or only against who changes them."""
    found: dict[str, Row[Any]] = {}
    for chunk in chunks(sorted(ids)):
        query = _SERIES_VERSIONS.with_for_update(read=not alone)
        found.update((row.id, row) for row in await tx.rows(query, {"wanted": chunk}))
    return found


_SERIES_VERSIONS = (
    having(slot_series.c.id)
    .with_only_columns(slot_series.c.id, slot_series.c.version)
    .order_by(slot_series.c.id)
)
_VERSIONS = (
    having(bookings.c.id)
    .with_only_columns(bookings.c.id, bookings.c.version)
    .order_by(bookings.c.id)
    .with_for_update()
)


async def _versions(tx: Tx, ids: Iterable[str]) -> dict[str, int]:
    versions: dict[str, int] = {}
    for chunk in chunks(sorted(ids)):
        rows = await tx.rows(_VERSIONS, {"wanted": chunk})
        versions.update((row.id, row.version) for row in rows)
    return versions


async def _hold_slots(
    tx: Tx, keys: Iterable[tuple[str, datetime]]
) -> dict[tuple[str, datetime], Row[Any]]:
    found: dict[tuple[str, datetime], Row[Any]] = {}
    for chunk in chunks(sorted(keys), 200):
        named = [and_(slots.c.series == series, slots.c.starts_at == at) for series, at in chunk]
        rows = await tx.rows(
            select(slots)
            .where(or_(*named))
            .order_by(slots.c.series, slots.c.starts_at)
            .with_for_update()
        )
        found.update(((row.series, row.starts_at), row) for row in rows)
    return found


# --- reading --------------------------------------------------------------------------------------


def _series(row: Row[Any]) -> Series:
    openings = tuple(
        Opening(weekday, time.fromisoformat(start), time.fromisoformat(end))
        for weekday, start, end in row.openings
    )
    return of_row(Series, row, openings=openings, length=timedelta(minutes=row.minutes))


_IN_ORDER = select(slot_series).order_by(
    slot_series.c.unit, slot_series.c.of, slot_series.c.item, slot_series.c.id
)
_OPEN_ONES = _IN_ORDER.where(slot_series.c.ended_at.is_(None))


async def list_series(
    tx: Tx, *, units: Iterable[str] | None = None, with_ended: bool = False
) -> list[Series]:
    """List series by unit, whose they are and what for.

    Args:
        units: of these alone.
    """
    query = _IN_ORDER if with_ended else _OPEN_ONES
    if units is not None:
        query = query.where(slot_series.c.unit.in_(list(units)))
    return [_series(row) for row in await tx.rows(query)]


async def get_series(tx: Tx, ids: Iterable[str]) -> dict[str, Series]:
    """Load series by id, ended ones too; those that do not exist are left out."""
    found: dict[str, Series] = {}
    for chunk in chunks(sorted(set(ids))):
        rows = await tx.rows(having(slot_series.c.id), {"wanted": chunk})
        found.update((row.id, _series(row)) for row in rows)
    return found


async def closed_days(tx: Tx, series: str, since: date) -> list[DayClosed]:
    """List the closed days of a series from a day on."""
    rows = await tx.rows(_CLOSED, {"of": series, "since": since})
    return [of_row(DayClosed, row) for row in rows]


_CLOSED = (
    select(slot_days)
    .where(slot_days.c.series == bindparam("of"), slot_days.c.day >= bindparam("since"))
    .order_by(slot_days.c.day)
)
_TAKEN = select(slots.c.starts_at, slots.c.taken).where(
    slots.c.series == bindparam("of"),
    slots.c.starts_at >= bindparam("since"),
    slots.c.starts_at < bindparam("until"),
    slots.c.taken > 0,
)

#: Times by the office's day.
ByDay = Mapping[date, Sequence[Slot]]


async def list_slots(work: Work, series: Series, days: Sequence[date]) -> ByDay:
    """List the times of some days that can still be booked, full ones too, in their order.

    Days without any are left out. Whatever others of the same batch take is counted as taken.
    """
    if not series.is_open or not days:
        return {}
    calendar = work.street.office.calendar
    rules = rules_of(work, series)
    closed, taken = await _known(work, series, days)
    offered: dict[date, Sequence[Slot]] = {}
    for day in days:
        times: Sequence[Slot] = () if day in closed else times_on(series, day, calendar)
        if times and not is_in_time(times[0], rules, work.now):
            times = [one for one in times if is_in_time(one, rules, work.now)]
        if times:
            offered[day] = times
    for day in {work.street.local_day(moment) for moment in taken} & offered.keys():
        offered[day] = [
            replace(one, taken=taken[one.starts_at]) if one.starts_at in taken else one
            for one in offered[day]
        ]
    return offered


async def _known(
    work: Work, series: Series, days: Sequence[date]
) -> tuple[frozenset[date], Mapping[datetime, int]]:
    """Give the closed days of a span and what is taken in it; read once for a whole batch."""
    seen, key = work.beside.seen, ("slots", series.id, min(days), max(days))
    if key not in seen:
        closed = await closed_days(work.tx, series.id, min(days))
        zone = work.street.office.timezone
        since = datetime.combine(min(days), time(), tzinfo=zone)
        until = datetime.combine(max(days), time(), tzinfo=zone) + timedelta(days=1)
        span = {"of": series.id, "since": since, "until": until}
        rows = await work.tx.rows(_TAKEN, span)
        seen[key] = (
            frozenset(one.day for one in closed),
            {row.starts_at: row.taken for row in rows},
        )
    closed_on, taken = seen[key]
    # What others of the batch take is not in the tables yet.
    more = Counter(
        {
            starts_at: count
            for name, count in work.beside.taken.items()
            if (starts_at := slot_named(series.id, name)) is not None
        }
    )
    if more:
        taken = {at: taken.get(at, 0) + more.get(at, 0) for at in {*taken, *more}}
    return closed_on, taken


async def open_series(work: Work) -> list[Series]:
    """List what is open for booking; read once for a whole batch."""
    seen, key = work.beside.seen, ("series",)
    if key not in seen:
        seen[key] = await list_series(work.tx)
    found: list[Series] = seen[key]
    return found


def _community(organisation: Organisation, unit: str) -> str:
    community = organisation.community_of(unit)
    return community.code if community is not None else ""


def rules_of(work: Work, series: Series) -> BookingRules:
    """Give the rules of bookings where a series belongs."""
    return work.street.rules(BookingRules, _community(work.street.organisation, series.unit))
