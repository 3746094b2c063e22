"""A task begins and ends: its order, and the case that goes to it and is resolved by it."""

from dataclasses import replace

from domain.chain import Act
from domain.matters.matter import Matter
from domain.messages import text
from domain.organisation import Responsible
from domain.services.agency import AGENT
from domain.services.tasks import Task, with_task
from storage.services.opening import open_order
from storage.services.order_steps import Doing, advance, recorded, tell_agent
from storage.work import Work


async def open_task(work: Work, matter: Matter, act: Act, kind: str, task: Task) -> Doing:
    """Make the order, and refer the case to it; whoever has the case does it.

    Raises:
        WrongState: nobody has the case in hand.
        Refused: it may be about danger.
    """
    desk = Responsible(matter.seat, matter.owner)
    doing = await open_order(work, matter, act, kind, desk, task.as_json())
    doing = recorded(work, doing, act, "opened", what=task.what)
    tell_agent(work, doing, text(f"tasks.new_{kind}", number=doing.order.number))
    return doing


def with_more(doing: Doing, **changes: object) -> Doing:
    """Change what a task keeps, before a step that needs it."""
    return replace(doing, order=with_task(doing.order, **changes))


def end_task(
    work: Work, doing: Doing, act: Act, reason: str, *, by: str, forget: bool = False
) -> Doing:
    """End a task without a result; no papers lie with the office, so there is no more to do."""
    order = replace(doing.order, body={**doing.order.body, "reason": reason})
    move = "terminate" if by == AGENT else "revoke"
    doing = replace(doing, order=order)
    return advance(work, doing, move, act, by=by, happening=move, reason=reason)
