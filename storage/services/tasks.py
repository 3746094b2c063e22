"""A task begins and ends: its order, and the case that goes to it and is resolved by it."""

from dataclasses import replace

from domain import stages
from domain.chain import Act, Chain
from domain.documents import Folder
from domain.matters import referral
from domain.matters.matter import Matter
from domain.messages import text
from domain.services.orders import Order
from domain.services.rules import TaskRules
from domain.services.tasks import PROCEDURE, Task, with_task
from storage.matters.casework import save_matter
from storage.services.agency import Doing, agent_of, owed_by, recorded, tell_agent
from storage.work import Work


async def open_task(work: Work, matter: Matter, act: Act, kind: str, task: Task) -> Doing:
    """Make the order, and refer the case to it; whoever has the case does it.

    Raises:
        WrongState: nobody has the case in hand.
        Refused: it may be about danger.
    """
    rules = work.street.rules(TaskRules, matter.community)
    order = Order(
        id=work.new_id(),
        kind=kind,
        matter=matter.number,
        community=matter.community,
        grid=matter.grid,
        resident=matter.reporter,
        barred=matter.barred,
        seat=matter.seat,
        owner=matter.owner,
        standing=stages.begin(PROCEDURE, act.at, rules.clock(work.street.office.calendar)),
        body=task.as_json(),
        opened_at=act.at,
        reminded_until=act.at,
    )
    referred = referral.refer(
        matter,
        order.subject,
        act,
        seat=matter.seat,
        owner=matter.owner,
        due_at=owed_by(work, order),
        what=kind,
    )
    save_matter(work, referred)
    doing = Doing(
        order=order,
        folder=Folder(subject=order.subject),
        chain=Chain(file=order.subject),
        agent=await agent_of(work, order),
        matter=referred,
    )
    doing = recorded(work, doing, act, "opened", what=task.what)
    tell_agent(work, doing, text(f"tasks.new_{kind}", number=order.number))
    return doing


def with_more(doing: Doing, **changes: object) -> Doing:
    """Change what a task keeps, before a step that needs it."""
    return replace(doing, order=with_task(doing.order, **changes))
