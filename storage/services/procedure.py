"""What an order hears of the case that was referred to it."""

from dataclasses import replace
from datetime import datetime

from domain.chain import Act
from domain.errors import Refused
from domain.matters.matter import Matter
from domain.matters.redating import Calendars
from domain.matters.referral import given
from domain.messages import Message, text
from domain.organisation import Role
from domain.services.agency import AGENT, PRINCIPAL
from domain.services.home import HOME
from domain.services.kinds import kind_of
from domain.services.orders import ORDER
from domain.services.tasks import KINDS, is_spent
from domain.stages import redate
from storage.matters.referring import ERASED, WITHDRAWN
from storage.procedures import Procedure
from storage.services.ending import end_early
from storage.services.order_steps import (
    Doing,
    agent_of,
    doing_of,
    owed_by,
    recorded,
    save_order,
    tell_agent,
    tell_resident,
)
from storage.services.orders import find_order
from storage.work import Work


async def _doing(work: Work, matter: Matter) -> Doing | None:
    found = await find_order(work.tx, given(matter).to.id)
    if found is None or not found.is_open:
        return None
    return await doing_of(work, found, matter)


async def _ended(work: Work, matter: Matter, act: Act, reason: str) -> None:
    """The case was withdrawn, taken out or erased: the agency ends, and papers are handed back."""
    doing = await _doing(work, matter)
    if doing is None:
        return
    if reason == WITHDRAWN and doing.order.kind in KINDS and is_spent(doing.order):
        raise Refused("tasks.settle_first", number=doing.order.number)
    by_resident = act.role is Role.RESIDENT
    left = len(doing.folder.outstanding)
    by = PRINCIPAL if by_resident else AGENT
    doing = end_early(work, doing, act, reason, by=by, forget=reason == ERASED)
    words = kind_of(doing.order).words
    key = "agency.agent_ended_papers" if left else f"{words}.agent_ended"
    worded = text(f"{words}.why_{reason}") if reason in (WITHDRAWN, ERASED) else reason
    said = text(key, number=doing.order.number, reason=worded, left=left)
    if reason == ERASED:
        # Nothing of what is erased in this very moment is told once more.
        work.tell(doing.order.owner, Message(blocks=(said,)))
        return
    tell_agent(work, doing, said)
    if doing.order.kind == HOME and not by_resident:
        # Nobody waits at a door to which nobody comes.
        tell_resident(work, doing, text("home.told_terminated", number=doing.order.number))


async def _handed_over(work: Work, matter: Matter, act: Act) -> None:
    """The case has a new owner already: the agency is theirs as well."""
    doing = await _doing(work, matter)
    if doing is None:
        return
    order = replace(doing.order, seat=matter.seat, owner=matter.owner)
    doing = replace(doing, order=order, agent=await agent_of(work, order))
    doing = recorded(work, doing, act, "handed_over", to=matter.owner)
    if order.kind == HOME:
        # Nobody else than who was named may ring the bell.
        tell_resident(work, doing, text("home.told_new_agent", number=order.number))


async def _redated(work: Work, matter: Matter, calendars: Calendars) -> datetime | None:
    """Count the step's deadline by the new calendar."""
    doing = await _doing(work, matter)
    if doing is None:
        return None

    def counted(begin: datetime, due: datetime) -> datetime:
        return calendars.move(begin, due) or due

    order = doing.order
    if kind_of(order).due(order, order.standing.stage) is not None:
        return owed_by(work, order)  # What was agreed with somebody no calendar moves.
    standing = redate(order.standing, counted)
    if standing == doing.order.standing:
        return owed_by(work, doing.order)
    order = replace(doing.order, standing=standing)
    save_order(work, order)
    return owed_by(work, order)


ORDERS_OF_CASES = Procedure(kind=ORDER, ended=_ended, handed_over=_handed_over, redated=_redated)
