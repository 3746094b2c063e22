"""What time does to appointments: two reminders, and the note that nobody came.

Holidays that became known after somebody had booked are looked for every day.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from domain.messages import Card, Choice, Line, Message, action, text
from domain.organisation import Organisation, Role
from domain.services.appointments import (
    Appointment,
    hall_of,
    item_of,
    own_choices,
    where_lines,
)
from domain.slots import BOOKING, BookingState, Step, note_missed
from scheduler.jobs import (
    GatheredKind,
    GatheredLine,
    Hours,
    Job,
    Means,
    Occurrence,
    ReminderKind,
    Schedule,
    claim,
)
from scheduler.services.calling_off import call_all_off
from storage.bookings import list_between
from storage.changes import apply
from storage.database import Tx
from storage.gathered_reminders import Gathered
from storage.registry import HANDS_OVER, PROCEDURES
from storage.reminders import Reminder
from storage.services.appointments import get_appointments, list_times, save, set_timer
from storage.slots import rules_of
from storage.work import CLOCK, Numbers, Work

#: A reminder that comes later than this before a time helps nobody: one is on the way by then.
_TOO_LATE = timedelta(minutes=15)


async def _load(tx: Tx, ids: Sequence[str]) -> Mapping[str, Appointment]:
    return await get_appointments(tx, ids)


async def _load_any(tx: Tx, ids: Sequence[str]) -> Mapping[str, object]:
    return await get_appointments(tx, ids)


async def _handle(work: Work, reminder: Reminder, loaded: object) -> None:
    """Remind, or note that nobody came; what was moved meanwhile has another timer."""
    if not isinstance(loaded, Appointment):
        return
    booking, series, step = loaded.booking, loaded.series, Step(reminder.step)
    if booking.state is not BookingState.BOOKED:
        return
    if step is Step.OVER:
        if booking.ends_at + rules_of(work, series).grace > work.now:
            set_timer(work, booking, series, after=Step.SOON)
            return
        act = work.sign(CLOCK, Role.ADMINISTRATOR)
        await save(work, note_missed(booking, work.now), series, act, "missed")
        return
    waking = work.street.waking(work.now)
    if booking.person is not None and waking + _TOO_LATE <= booking.starts_at:
        work.changes.save(
            Gathered(
                person=booking.person,
                kind=BOOKING,
                subject=booking.subject,
                step=step,
                not_before=waking,
            )
        )
    set_timer(work, booking, series, after=step)


KIND = ReminderKind(name=BOOKING, load=_load_any, handle=_handle)


# --- reminding ------------------------------------------------------------------------------------


def _holds(work: Work, person: str, _step: str, one: Appointment) -> bool:
    """Tell whether the time still lies ahead and is this person's."""
    booking = one.booking
    is_set = booking.state is BookingState.BOOKED and booking.starts_at > work.now
    return is_set and booking.person == person


async def _message(_work: Work, _person: str, step: str, one: Appointment) -> Message:
    booking = one.booking
    card = Card(
        title=text(f"appointments.remind_{step}", number=booking.number, at=booking.starts_at),
        lines=(Line(text("appointments.item"), item_of(one.series)), *where_lines(one.series)),
    )
    return Message(
        blocks=(card,),
        choices=((*own_choices(booking),),),
        slot=f"booking-{booking.id}",
        renews=True,
    )


def _line(_work: Work, _person: str, _step: str, one: Appointment) -> GatheredLine:
    booking = one.booking
    return GatheredLine(
        line=Line(
            text("appointments.remind_line", number=booking.number, at=booking.starts_at),
            text(
                "appointments.remind_what",
                item=item_of(one.series),
                hall=hall_of(one.series).name,
            ),
        ),
        show=Choice(
            label=text("appointments.open", number=booking.number),
            action=action("services.booking", booking.id),
        ),
        everything=Choice(label=text("appointments.mine"), action="services.bookings"),
    )


def _order(one: Appointment) -> tuple[object, str]:
    return one.booking.starts_at, one.booking.id


GATHERED = GatheredKind(
    name=BOOKING,
    load=_load,
    holds=_holds,
    message=_message,
    line=_line,
    order=_order,
)


# --- holidays that became known -------------------------------------------------------------------


def _schedule(hours: Hours, _unit: str) -> Schedule:
    return hours.housekeeping


def _units(organisation: Organisation) -> Sequence[str]:
    return [organisation.street.code] if organisation.units else []


async def _run(means: Means, occurrence: Occurrence, now: datetime) -> bool:
    """Call off what was booked for a day that turned out to be a public holiday.

    Raises:
        Conflict: somebody changed one of the bookings meanwhile; the next try finds what is left.
    """
    async with means.database.write() as tx:
        if not await claim(tx, occurrence, now):
            return False
        if occurrence.superseded:
            return True
        street = await means.street(tx, now)
        work = Work(
            tx=tx,
            street=street,
            now=now,
            numbers=Numbers(),
            hands_over=HANDS_OVER,
            procedures=PROCEDURES,
        )
        holidays = street.office.calendar.holidays
        for series in await list_times(tx):
            booked = await list_between(tx, [series.id], now)
            off = [
                one
                for one in booked
                if one.state is BookingState.BOOKED and street.local_day(one.starts_at) in holidays
            ]
            if off:
                await call_all_off(work, series, off, text("appointments.became_holiday"))
        await apply(tx, [work.changes])
    return True


JOB = Job(name="appointments", schedule=_schedule, units=_units, run=_run)
