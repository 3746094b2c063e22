"""A task begins and ends: its order, and the case that goes to it and is resolved by it."""

from dataclasses import replace

from domain.chain import Act
from domain.matters.matter import Matter
from domain.messages import text
from domain.organisation import Responsible
from domain.services.tasks import Task, with_task
from storage.services.agency import Doing, recorded, tell_agent
from storage.services.opening import open_order
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
