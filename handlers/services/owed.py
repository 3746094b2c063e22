"""What is to be done about orders whose case is not with them: filing, the revisit, papers to hand
back. What is under way stands in the lists as its case.
"""

from collections.abc import Mapping, Sequence

from domain.access.actors import Actor
from domain.access.checks import knows_of
from domain.messages import Side, action, text
from domain.obligations import Obligation, Tally
from domain.services.kinds import is_with_case, kind_of, stage_of
from domain.services.orders import Order
from handlers.features import Feature, Owes
from storage.services.orders import list_in, list_owned
from storage.work import Work


def _owed(work: Work, order: Order) -> Obligation:
    kind = kind_of(order)
    due = order.standing.due_at or order.opened_at
    late = order.standing.is_late(work.now)
    return Obligation(
        subject=order.subject,
        owner=order.owner,
        unit=order.grid,
        due_at=due,
        label=text(f"{kind.words}.row", number=order.number),
        detail=text(
            f"{kind.words}.row_late" if late else f"{kind.words}.row_by",
            stage=kind.procedure.stage_name(order.standing.stage),
            next=text(f"{kind.words}.next_{stage_of(order).next}"),
            due=due,
        ),
        action=action("services.order", order.id),
        is_overdue=late,
    )


def _alone(orders: Sequence[Order]) -> list[Order]:
    return [one for one in orders if not is_with_case(one)]


async def _owed_by(work: Work, person: str) -> list[Obligation]:
    return [_owed(work, one) for one in _alone(await list_owned(work.tx, person))]


async def _owed_in(work: Work, reader: Actor, grids: Sequence[str]) -> list[Obligation]:
    found = _alone(await list_in(work.tx, grids))
    organisation = work.street.organisation
    return [_owed(work, one) for one in found if knows_of(reader, organisation, one)]


async def _count(work: Work, grids: Sequence[str]) -> Mapping[str, Tally]:
    found = {grid: Tally() for grid in grids}
    for one in _alone(await list_in(work.tx, grids)):
        if one.grid in found:
            found[one.grid] += Tally(
                open=1,
                overdue=int(one.standing.is_late(work.now)),
                unowned=int(one.owner is None),
            )
    return found


FEATURE = Feature(
    name="services",
    side=Side.STAFF,
    switchable=True,
    owes=Owes(of_person=_owed_by, of_units=_owed_in, count=_count),
)
