"""The office cannot keep times: whoever is booked is told, with others that are one tap away."""

from collections.abc import Sequence

from domain.messages import Text
from domain.organisation import Role
from domain.services.appointments import Appointment, called_off_message, in_place_of
from domain.slots import Booking, BookingState, Series, Slot, call_off, days_ahead, place_of
from storage.services.appointments import save
from storage.slots import ByDay, list_slots, rules_of
from storage.work import CLOCK, Work


async def call_all_off(
    work: Work,
    series: Series,
    booked: Sequence[Booking],
    reason: Text | str,
    *,
    by: str = CLOCK,
    role: Role = Role.ADMINISTRATOR,
    left: Sequence[Slot] | None = None,
) -> list[Booking]:
    """Call bookings of a series off and tell who has an account; give those who have none.

    Args:
        series: as it will be from now on.
        by, role: who says so; the clock where nobody is named.
        left: the times to choose from; looked up where they are not given.
    """
    if left is None:
        left = all_of(await free_ahead(work, series))
    for one in booked:
        if one.state is not BookingState.BOOKED:
            continue
        off = call_off(one, work.now)
        said = reason if isinstance(reason, str) else None
        act = work.sign(by, role)
        await save(work, off, series, act, "called_off", gives=place_of(one), reason=said)
        appointment = Appointment(off, series)
        free = [each for each in left if each.starts_at != one.starts_at]
        others = in_place_of(free, one.starts_at, work.street)
        message = called_off_message(appointment, reason, others, work.street)
        work.tell(one.person, message, on=appointment)
    return [one for one in booked if one.person is None]


async def free_ahead(work: Work, series: Series) -> ByDay:
    """List the times of a series that can still be booked, full ones too, by day."""
    today = work.street.local_day(work.now)
    return await list_slots(work, series, days_ahead(rules_of(work, series), today))


def all_of(days: ByDay) -> list[Slot]:
    """List times of all days, in their order."""
    return [one for times in days.values() for one in times]
