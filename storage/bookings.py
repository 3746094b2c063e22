"""Bookings as they are read, and what becomes of what they say of people."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, func, select, update

from domain.data_copy import Copied
from domain.messages import Line, text
from domain.slots import BOOKING, Booking, BookingRules, BookingState
from domain.street import Office
from domain.subjects import Subject
from storage import outbox_housekeeping
from storage.changes import Changes, apply
from storage.database import Tx, chunks, having
from storage.personal_data import Forgotten, PersonalData
from storage.rows import of_row
from storage.slots import bookings, caller_of, slot_days, slot_series, slots
from storage.subjects import SubjectsGone

#: How many bookings one transaction of the night forgets.
_EXPIRED_AT_ONCE = 500


def _booking(tx: Tx, row: Row[Any]) -> Booking:
    """Restore a booking; what is said then is about it."""
    tx.opened.add(Subject(BOOKING, row.id))
    private = tx.keyring.unseal(row.sealed) if row.sealed else {}
    return of_row(Booking, row, name=private.get("name", ""), phone=private.get("phone", ""))


async def get_bookings(tx: Tx, ids: Iterable[str]) -> dict[str, Booking]:
    """Load bookings by id; those that do not exist are left out."""
    found: dict[str, Booking] = {}
    for chunk in chunks(sorted(set(ids))):
        rows = await tx.rows(having(bookings.c.id), {"wanted": chunk})
        found.update((row.id, _booking(tx, row)) for row in rows)
    return found


async def find_booking(tx: Tx, number: str) -> Booking | None:
    """Find a booking by its number."""
    row = await tx.row(select(bookings).where(bookings.c.number == number))
    return None if row is None else _booking(tx, row)


async def list_of_person(tx: Tx, person: str) -> list[Booking]:
    """List what somebody booked, by time."""
    return [_booking(tx, row) for row in await tx.rows(_OF_PERSON, {"whose": person})]


_OF_PERSON = (
    select(bookings)
    .where(bookings.c.person == bindparam("whose"))
    .order_by(bookings.c.starts_at, bookings.c.number)
)


async def list_of_caller(tx: Tx, phone: str) -> list[Booking]:
    """List what windows booked under a telephone number and is open."""
    return await _list(tx, bookings.c.caller == caller_of(tx, phone))


async def list_between(
    tx: Tx, series: Iterable[str], since: datetime, until: datetime | None = None
) -> list[Booking]:
    """List the bookings of series by time, whatever became of them."""
    span = bookings.c.starts_at >= since
    if until is not None:
        span = and_(span, bookings.c.starts_at < until)
    return await _list(tx, bookings.c.series.in_(list(series)), span)


async def _list(tx: Tx, *which: ColumnElement[bool]) -> list[Booking]:
    rows = await tx.rows(
        select(bookings).where(*which).order_by(bookings.c.starts_at, bookings.c.number)
    )
    return [_booking(tx, row) for row in rows]


async def count_waiting(
    tx: Tx, series: Iterable[str], since: datetime, until: datetime
) -> Mapping[str, tuple[int, datetime]]:
    """Count who is booked and not noted as there or not, by series, with the first time."""
    rows = await tx.rows(
        select(
            bookings.c.series,
            func.count().label("n"),
            func.min(bookings.c.starts_at).label("first"),
        )
        .where(
            bookings.c.series.in_(list(series)),
            bookings.c.state == BookingState.BOOKED,
            bookings.c.starts_at >= since,
            bookings.c.starts_at < until,
        )
        .group_by(bookings.c.series)
    )
    return {row.series: (row.n, row.first) for row in rows}


async def list_to_call(tx: Tx, series: Iterable[str], now: datetime) -> list[Booking]:
    """List who has no account and was called off from a time that lies ahead, by time."""
    return await _list(
        tx,
        bookings.c.series.in_(list(series)),
        bookings.c.state == BookingState.CALLED_OFF,
        bookings.c.person.is_(None),
        bookings.c.ends_at > now,
    )


async def living(tx: Tx, ids: Sequence[str]) -> set[str]:
    """Give those of some bookings that there still are."""
    found: set[str] = set()
    for chunk in chunks(ids):
        rows = await tx.rows(select(bookings.c.id).where(bookings.c.id.in_(chunk)))
        found |= {row.id for row in rows}
    return found


# --- what becomes of it ---------------------------------------------------------------------------


async def _copied(tx: Tx, person: str) -> Copied:
    rows = await tx.rows(
        select(bookings, slot_series.c.told)
        .join(slot_series, slot_series.c.id == bookings.c.series, isouter=True)
        .where(bookings.c.person == person)
        .order_by(bookings.c.starts_at, bookings.c.number)
    )
    return Copied(
        name="slots",
        rows=[
            {
                "number": row.number,
                "starts_at": row.starts_at.isoformat(),
                "ends_at": row.ends_at.isoformat(),
                "state": row.state.value,
                "booked_at": row.made_at.isoformat(),
                "for": dict(row.told or {}),
            }
            for row in rows
        ],
        lines=lambda _organisation: [
            Line(
                text("slots.copy_line", number=row.number, at=row.starts_at),
                text(
                    "slots.copy_state",
                    state=text(f"slots.state_{row.state}"),
                    told=tuple(str(one) for one in (row.told or {}).values()),
                ),
            )
            for row in rows
        ],
    )


async def _owned(tx: Tx, person: str) -> Sequence[Subject]:
    rows = await tx.rows(select(bookings.c.id).where(bookings.c.person == person))
    return [Subject(BOOKING, row.id) for row in rows]


async def _forget(tx: Tx, gone: Forgotten) -> None:
    """Give back the places of a person, and forget that they were taken."""
    rows = await tx.rows(
        select(bookings)
        .where(bookings.c.person == gone.person)
        .order_by(bookings.c.series, bookings.c.starts_at)
    )
    for row in rows:
        if row.state is BookingState.BOOKED and row.starts_at > gone.at:
            await tx.run(
                update(slots)
                .where(slots.c.series == row.series, slots.c.starts_at == row.starts_at)
                .values(taken=case((slots.c.taken > 0, slots.c.taken - 1), else_=0))
            )
    await tx.run(bookings.delete().where(bookings.c.person == gone.person))


async def _move(tx: Tx, kept: str, absorbed: str) -> None:
    """Give one person's bookings to another: two accounts were linked."""
    await tx.run(
        update(bookings)
        .where(bookings.c.person == absorbed)
        .values(person=kept, version=bookings.c.version + 1)
    )


async def _expire(tx: Tx, now: datetime, office: Office) -> int:
    """Forget what is so long ago that no rule keeps it."""
    rules = office.rules[BookingRules]
    assert isinstance(rules, BookingRules)  # noqa: S101  # the mapping is by class
    before = now - rules.keep
    rows = await tx.rows(
        select(bookings.c.id)
        .where(bookings.c.ends_at < before)
        .order_by(bookings.c.ends_at, bookings.c.id)
        .limit(_EXPIRED_AT_ONCE)
    )
    if not rows:
        await tx.run(slots.delete().where(slots.c.ends_at < before))
        await tx.run(slot_days.delete().where(slot_days.c.day < before.date()))
        return 0
    ids = [row.id for row in rows]
    await tx.run(bookings.delete().where(bookings.c.id.in_(ids)))
    changes = Changes()
    subjects = tuple(Subject(BOOKING, one) for one in ids)
    changes.save(SubjectsGone(subjects=subjects, upto=await outbox_housekeeping.newest(tx)))
    await apply(tx, [changes])
    return len(ids)


PERSONAL_DATA = PersonalData(
    name="slots",
    tables=(slot_days, bookings),
    copied=_copied,
    forget=_forget,
    owned=_owned,
    stays=(
        "Which member of staff closed a day, or booked for somebody at a window, stays with that"
        " day or booking, and goes with it."
    ),
    move=_move,
    expire=_expire,
)
