"""Who is still expected today stands in the to-do list of whoever receives."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from domain.access.actors import Actor
from domain.access.checks import may
from domain.access.services import ServicesRight
from domain.messages import Side, Text, action, text
from domain.obligations import Obligation
from domain.organisation import Organisation
from domain.services.appointments import FEATURE, Hall, halls_in, receivers, shortened
from domain.slots import Booking
from handlers.features import Feature, Owes
from handlers.services.appointment_desk import DAY
from storage.bookings import count_waiting, list_to_call
from storage.services.appointments import list_times
from storage.work import Work


async def _of_person(work: Work, person: str) -> list[Obligation]:
    """List the halls at which a person receives today, where somebody is still expected."""
    organisation = work.street.organisation
    units = [
        code
        for code in {post.unit for post in work.staff_actor(person).posts}
        | {one.unit for one in await list_times(work.tx)}
        if person in receivers(organisation, code, work.now)
    ]
    return await _expected(work, units, person)


async def _of_units(work: Work, actor: Actor, units: Sequence[str]) -> list[Obligation]:
    """List the halls of units at which somebody is still expected today."""
    organisation = work.street.organisation
    seen = [
        code for code in units if may(actor, ServicesRight.SEE_APPOINTMENT, organisation, unit=code)
    ]
    return await _expected(work, seen, None)


async def _expected(work: Work, units: Sequence[str], person: str | None) -> list[Obligation]:
    series = await list_times(work.tx, units=units) if units else []
    today = work.street.local_day(work.now)
    begins = datetime.combine(today, time(), tzinfo=work.street.office.timezone)
    waiting = await count_waiting(
        work.tx, [one.id for one in series], begins, begins + timedelta(days=1)
    )
    calls = await list_to_call(work.tx, [one.id for one in series], work.now)
    found = []
    for hall in halls_in(series):
        counted = [
            waiting[one.id] for one in series if one.of == hall.subject and one.id in waiting
        ]
        owner = person or _owner(work.street.organisation, hall.unit, work.now)
        call = [
            one
            for one in calls
            if one.series in {each.id for each in series if each.of == hall.subject}
        ]
        if call:
            found.append(_to_call(work, hall, owner, call))
        if not counted:
            continue
        found.append(
            Obligation(
                subject=hall.subject,
                owner=owner,
                unit=hall.unit,
                due_at=min(first for _, first in counted),
                label=text("appointments.owed", hall=shortened(hall.name)),
                detail=_expected_words(counted),
                action=action("services.desk", f"{today:{DAY}}", 0),
            )
        )
    return found


def _to_call(work: Work, hall: Hall, owner: str | None, call: Sequence[Booking]) -> Obligation:
    """Remind of who has to be called, because a day was closed and they have no account."""
    first = call[0].starts_at
    return Obligation(
        # Apart from who is expected there: both may be owed at one hall.
        subject=call[0].subject,
        owner=owner,
        unit=hall.unit,
        due_at=first,
        label=text("appointments.owed_calls", hall=shortened(hall.name)),
        detail=text("appointments.owed_calls_detail", count=len(call), at=first),
        action=action("services.desk", f"{work.street.local_day(first):{DAY}}", 0),
        is_overdue=False,
    )


def _owner(organisation: Organisation, unit: str, now: datetime) -> str | None:
    return min(receivers(organisation, unit, now), default=None)


def _expected_words(counted: Sequence[tuple[int, datetime]]) -> Text:
    count, first = sum(one for one, _ in counted), min(first for _, first in counted)
    return text("appointments.owed_detail", count=count, at=first)


STAFF = Feature(name=FEATURE, side=Side.STAFF, switchable=True, owes=Owes(_of_person, _of_units))
