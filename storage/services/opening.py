"""An order begins: it is made, and the case goes to it."""

from collections.abc import Mapping
from typing import Any

from domain import stages
from domain.chain import Act, Chain
from domain.documents import Folder
from domain.matters import referral
from domain.matters.matter import Matter
from domain.organisation import Responsible
from domain.services.kinds import ORDER_KINDS
from domain.services.orders import Order
from storage.matters.casework import save_matter
from storage.services.order_steps import Doing, agent_of, owed_by
from storage.work import Work


async def open_order(
    work: Work, matter: Matter, act: Act, kind: str, desk: Responsible, body: Mapping[str, Any]
) -> Doing:
    """Make an order, and refer the case to it; nothing is recorded of it yet.

    Raises:
        WrongState: nobody has the case in hand.
        Refused: it may be about danger, or whoever would do it is barred from it.
    """
    declared = ORDER_KINDS[kind]
    rules = work.street.rules(declared.rules, matter.community)
    clock = rules.clock(work.street.office.calendar)
    order = Order(
        id=work.new_id(),
        kind=kind,
        matter=matter.number,
        community=matter.community,
        grid=matter.grid,
        resident=matter.reporter,
        barred=matter.barred,
        seat=desk.seat,
        owner=desk.person,
        standing=stages.begin(declared.procedure, act.at, clock),
        body=body,
        opened_at=act.at,
        reminded_until=act.at,
    )
    referred = referral.refer(
        matter,
        order.subject,
        act,
        seat=desk.seat,
        owner=desk.person,
        due_at=owed_by(work, order),
        what=kind,
    )
    save_matter(work, referred)
    return Doing(
        order=order,
        folder=Folder(subject=order.subject),
        chain=Chain(file=order.subject),
        agent=await agent_of(work, order),
        matter=referred,
    )
