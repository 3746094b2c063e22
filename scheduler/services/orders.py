"""The reminders of orders: who owes the next step hears of it, and the levels above if late."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain.access.checks import may
from domain.access.services import ServicesRight
from domain.messages import Choice, Line, Message, action, text
from domain.organisation import Responsible
from domain.services.agency import AGENT
from domain.services.clock import Step, due_timer
from domain.services.kinds import kind_of, stage_of
from domain.services.orders import ORDER, Order
from domain.subjects import Subject
from scheduler.jobs import GatheredKind, GatheredLine, ReminderKind
from storage.database import Tx
from storage.gathered_reminders import Gathered
from storage.reminders import Reminder
from storage.services.order_steps import doing_of, message_for, rules_of, save_order, set_timer
from storage.services.orders import get_orders
from storage.work import Work

#: Of what both sides are reminded: something agreed comes.
_BOTH = (Step.FIRST, Step.LAST)


async def _load(tx: Tx, ids: Sequence[str]) -> Mapping[str, object]:
    return await get_orders(tx, ids)


async def _handle(work: Work, _reminder: Reminder, loaded: object) -> None:
    """Do what is due to an order; the timers are asked anew, a row may be stale."""
    if not isinstance(loaded, Order):
        return
    calendar = work.street.office.calendar
    timer = due_timer(loaded, rules_of(work, loaded), calendar, work.now)
    if timer is None:
        set_timer(work, loaded)
        return
    order = replace(loaded, reminded_until=max(loaded.reminded_until, work.now))
    if timer.step in _BOTH:
        for person in (order.resident, order.owner or ""):
            _gather(work, person, order, timer.step)
    elif stage_of(order).owed_by == AGENT:
        order = _to_agent(work, order, timer.step)
    else:
        _gather(work, order.resident, order, timer.step)
        if timer.step is Step.DUE:
            _gather(work, order.owner or "", order, timer.step)
    save_order(work, order)


def _to_agent(work: Work, order: Order, step: Step) -> Order:
    """Remind whoever does it; what is late is told to one level more each time."""
    _gather(work, order.owner or "", order, step)
    if step is Step.SOON:
        return order
    above = _above(work, order)
    if above is None or above.person is None:
        return order
    _gather(work, above.person, order, step)
    return replace(order, climbed_to=above.seat)


def _above(work: Work, order: Order) -> Responsible | None:
    organisation = work.street.organisation
    told = order.climbed_to
    knows = organisation.at_seat(told, work.now).person if told is not None else None
    avoid = order.barred | ({order.owner, knows} - {None})
    found = organisation.above(
        told or order.seat, work.now, avoid=[one for one in avoid if one is not None]
    )
    if found is None or found.person is None:
        return None
    reader = work.staff_actor(found.person)
    return found if may(reader, ServicesRight.SEE, organisation, on=order) else None


def _gather(work: Work, person: str, order: Order, step: Step) -> None:
    if person:
        at = work.street.waking(work.now)
        work.changes.save(
            Gathered(person=person, kind=ORDER, subject=_subject(order), step=step, not_before=at)
        )


def _subject(order: Order) -> Subject:
    return order.subject


KIND = ReminderKind(name=ORDER, load=_load, handle=_handle)


# --- said to people ------------------------------------------------------------------------------


async def _orders(tx: Tx, ids: Sequence[str]) -> Mapping[str, Order]:
    return await get_orders(tx, ids)


def _holds(work: Work, person: str, step: str, order: Order) -> bool:
    """Tell whether the step is still owed, and still concerns this person."""
    due = order.standing.due_at
    if not order.is_open or due is None:
        return False
    if step in _BOTH:
        agreed = kind_of(order).reminders(order, rules_of(work, order))
        coming = {name: at for at, name in agreed}
        at = coming.get(step)
        if at is None or not at <= work.now < due:
            return False  # It moved meanwhile, or is over.
    elif step != Step.SOON and work.now < due:
        return False  # It moved meanwhile.
    if person in (order.owner, order.resident):
        return True
    seat = order.climbed_to
    return seat is not None and work.street.organisation.at_seat(seat, work.now).person == person


def _part(person: str, order: Order) -> str:
    if person == order.resident:
        return "resident"
    return "owner" if person == order.owner else "above"


async def _message(work: Work, person: str, step: str, order: Order) -> Message:
    part = _part(person, order)
    doing, kind = await doing_of(work, order), kind_of(order)
    said = text(
        f"{kind.words}.remind_{_named(step, order)}_{part}",
        number=order.number,
        stage=kind.procedure.stage_name(order.standing.stage),
        next=text(f"{kind.words}.next_{stage_of(order).next}"),
        due=order.standing.due_at,
        agent=doing.agent.name or doing.agent.post,
    )
    return message_for(work, doing, said, for_resident=part == "resident")


def _named(step: str, order: Order) -> str:
    """Name the reminder: what the resident has not done in time is another thing to the agent."""
    if step in _BOTH:
        return step
    late = "soon" if step == Step.SOON else "due"
    return late if stage_of(order).owed_by == AGENT else f"waits_{late}"


def _line(work: Work, person: str, _step: str, order: Order) -> GatheredLine:
    is_resident, kind = person == order.resident, kind_of(order)
    late = order.standing.is_late(work.now)
    return GatheredLine(
        line=Line(
            text(f"{kind.words}.row", number=order.number),
            text(
                f"{kind.words}.row_late" if late else f"{kind.words}.row_by",
                stage=kind.procedure.stage_name(order.standing.stage),
                next=text(f"{kind.words}.next_{stage_of(order).next}"),
                due=order.standing.due_at,
            ),
        ),
        show=Choice(
            label=text(f"{kind.words}.open_number", number=order.number),
            action=action("services.order", order.id),
        ),
        everything=Choice(label=text("matters.my_cases"), action="matters.mine")
        if is_resident
        else Choice(label=text("assignments.to_todo"), action="todo.open"),
        late=late,
    )


GATHERED = GatheredKind(
    name=ORDER,
    load=_orders,
    holds=_holds,
    message=_message,
    line=_line,
    order=lambda order: (order.standing.due_at, order.id),
)
