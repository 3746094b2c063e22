"""Orders that no case carries along change hands with the posts of those who do them."""

from collections.abc import Sequence
from dataclasses import replace

from domain.matters.assignment import desks_of
from domain.messages import text
from domain.organisation import Responsible, Seat
from domain.services.kinds import is_with_case, kind_of
from domain.services.orders import Order
from storage.hand_over import HandOver, HandsOver, Leaving, Moved
from storage.services.order_steps import agent_of, doing_of, recorded, tell_agent, tell_resident
from storage.services.orders import list_owned, list_seated, list_unowned
from storage.work import Work


def _alone(orders: Sequence[Order]) -> list[Order]:
    """Leave out what moves with its case; see `storage.services.procedure`."""
    return [one for one in orders if not is_with_case(one)]


async def _left(work: Work, leaving: Leaving) -> Sequence[Order]:
    owned = _alone(await list_owned(work.tx, leaving.person))
    found = [one for one in owned if leaving.gone or one.seat in leaving.seats]
    for seat in leaving.seats if leaving.substitutes else ():
        lent = _alone(await list_seated(work.tx, seat))
        found += [one for one in lent if one.owner in leaving.substitutes]
    return found


async def _held(work: Work, seat: Seat, person: str) -> Sequence[Order]:
    return [one for one in _alone(await list_seated(work.tx, seat)) if one.owner == person]


async def _waiting(work: Work, person: str) -> Sequence[Order]:
    unowned = _alone(await list_unowned(work.tx))
    return [one for one in unowned if _desk(work, one).person == person]


def _desk(work: Work, order: Order, leaving: str = "") -> Responsible:
    """Find who goes on: another holder of the post, or the ladder."""
    organisation, avoid = work.street.organisation, order.barred | {leaving}
    for desk in desks_of(organisation, order.seat, work.now):
        if desk.person not in avoid:
            return Responsible(desk.seat, desk.person)
    return organisation.responsible(order.community, work.now, avoid=avoid)


async def _move(work: Work, orders: Sequence[Order], how: HandOver) -> Sequence[Moved]:
    moved = []
    for order in orders:
        to = how.to if how.to is not None and order.seat in how.seats else None
        owed = to or _desk(work, order, how.leaving or "")
        if owed.person in order.barred:
            owed = _desk(work, order, how.leaving or "")
        if owed.person == order.owner:
            continue
        after = replace(order, seat=owed.seat, owner=owed.person)
        doing = await doing_of(work, after)
        doing = replace(doing, agent=await agent_of(work, after))
        act, words = work.sign(how.by, how.role), kind_of(order).words
        doing = recorded(work, doing, act, "handed_over", to=owed.person)
        tell_agent(work, doing, text(f"{words}.agent_takes_over", number=order.number))
        tell_resident(work, doing, text(f"{words}.told_new_agent", number=order.number))
        moved.append(Moved(owed.person, order.barred))
    return moved


ORDERS = HandsOver(name="orders", left=_left, held=_held, waiting=_waiting, move=_move)
