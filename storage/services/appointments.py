"""Appointments: bookings with their halls, saved with their place, their file and their timer."""

from collections.abc import Iterable, Sequence, Set

from sqlalchemy import select

from domain.access.actors import Actor
from domain.access.checks import may
from domain.access.services import ServicesRight
from domain.chain import Act, Chain
from domain.organisation import Organisation
from domain.registers import ENTRY
from domain.services.appointments import Appointment, as_registered
from domain.slots import BOOKING, Booking, Series, Slot, Step, next_timer
from storage.bookings import get_bookings, list_of_person, living
from storage.chain import get_chains
from storage.database import Tx
from storage.personal_data import PersonalData
from storage.registers import get_entries
from storage.reminders import NoReminder, Reminder
from storage.slots import bookings, get_series, list_series, open_series, rules_of, save_booking
from storage.subjects import SubjectKind
from storage.work import Work


async def get_appointments(tx: Tx, ids: Iterable[str]) -> dict[str, Appointment]:
    """Load appointments by the id of their booking; those that do not exist are left out."""
    found = await get_bookings(tx, ids)
    return {one.booking.id: one for one in await with_series(tx, [*found.values()])}


async def at_halls(tx: Tx, series: Iterable[Series]) -> list[Series]:
    """Give series with their halls as the register has them now, in their order."""
    series = [*series]
    halls = await get_entries(tx, {one.of.id for one in series if one.of.kind == ENTRY})
    return [as_registered(one, halls.get(one.of.id)) for one in series]


async def get_times(tx: Tx, ids: Iterable[str]) -> dict[str, Series]:
    """Load series at halls by id, ended ones too; those that do not exist are left out."""
    found = await get_series(tx, ids)
    return {one.id: one for one in await at_halls(tx, found.values())}


async def list_times(tx: Tx, *, units: Sequence[str] | None = None) -> list[Series]:
    """List series at halls, ended ones too: of all units, or of some."""
    return await at_halls(tx, await list_series(tx, units=units, with_ended=True))


async def open_times(work: Work) -> list[Series]:
    """List what is open for booking; read once for a whole batch."""
    seen, key = work.beside.seen, (ENTRY, "series")
    if key not in seen:
        seen[key] = await at_halls(work.tx, await open_series(work))
    found: list[Series] = seen[key]
    return [one for one in found if one.is_open]


async def with_series(tx: Tx, bookings: Sequence[Booking]) -> list[Appointment]:
    """Give bookings with what they are for, in their order."""
    series = await get_times(tx, {one.series for one in bookings})
    return [Appointment(one, series[one.series]) for one in bookings if one.series in series]


async def own_appointments(tx: Tx, person: str) -> list[Appointment]:
    """List what somebody booked, by time."""
    return await with_series(tx, await list_of_person(tx, person))


async def save(
    work: Work,
    booking: Booking,
    series: Series,
    act: Act,
    happening: str,
    *,
    takes: Slot | None = None,
    gives: Slot | None = None,
    reason: str | None = None,
) -> None:
    """Save a booking with what happened to it, and let the clock know.

    Args:
        happening: one word of ``appointments.po``, after ``happening_``.
        reason: why, in somebody's words.
    """
    subject = booking.subject
    chain = (
        (await get_chains(work.tx, [subject]))[subject] if booking.version else Chain(file=subject)
    )
    work.changes.put(
        f"file of {subject}",
        chain.record(
            act,
            f"appointments.{happening}",
            at=booking.starts_at.isoformat(),
            hall=str(series.of),
            item=series.item,
            reason=reason,
        ),
    )
    save_booking(work, booking, series, takes=takes, gives=gives)
    set_timer(work, booking, series)


def set_timer(work: Work, booking: Booking, series: Series, *, after: Step | None = None) -> None:
    """Save when the clock has to look at a booking next.

    Args:
        after: the step that was just done.
    """
    timer = next_timer(booking, rules_of(work, series), work.now, after=after)
    key = f"reminder of booking {booking.id}"
    if timer is None:
        work.changes.put(key, NoReminder(BOOKING, booking.id))
        return
    work.changes.put(
        key, Reminder(kind=BOOKING, subject=booking.id, step=timer.step, due_at=timer.due_at)
    )


async def _living(tx: Tx, ids: Sequence[str]) -> Set[str]:
    return await living(tx, ids)


async def _may_see(tx: Tx, actor: Actor, organisation: Organisation, which: str) -> bool:
    found = (await get_appointments(tx, [which])).get(which)
    if found is None:
        return False
    return may(actor, ServicesRight.SEE_APPOINTMENT, organisation, on=found) is not None


PERSONAL_DATA = PersonalData(
    name="appointments",
    tables=(),
    subjects=(
        SubjectKind(
            name=BOOKING,
            living=_living,
            may_see=_may_see,
            filed=lambda: select(bookings.c.id),
        ),
    ),
)
