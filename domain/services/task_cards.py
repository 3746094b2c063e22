"""What is shown of a task, to the one who does it and to the one for whom it is done."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from domain.documents import Folder
from domain.messages import Card, Choice, Line, Message, Text, Tone, Value, action, rows, text
from domain.services.agents import Agent
from domain.services.orders import Order
from domain.services.tasks import KINDS, PROCEDURE, Task, is_spent, reason_of, task_of, yuan

_OF_AGENT = {
    "given": ("begin", "terminate"),
    "doing": ("finish", "terminate"),
    "settling": ("settle",),
}
_OF_RESIDENT = {
    "given": ("revoke",),
    "doing": ("revoke",),
    "consent": ("agree", "refuse"),
}
_MAIN = frozenset({"begin", "finish", "settle", "agree"})


def task_card(order: Order, agent: Agent, now: datetime) -> Card:
    """Say what it is, how far, whose turn it is and by when, what it may cost and what it did."""
    task, standing = task_of(order), order.standing
    late = order.is_open and standing.is_late(now)
    costs = KINDS[order.kind].costs
    lines = [
        Line(text("tasks.stage"), PROCEDURE.stage_name(standing.stage)),
        Line(text("tasks.next"), _next(order, now)),
        Line(text("tasks.what"), task.what or None),
        Line(text("tasks.bill"), text(f"tasks.bill_{task.bill}") if task.bill else None),
        Line(text("tasks.account"), task.account or None),
        *(Line(Text("tasks.wanted", {"name": name}), count) for name, count in task.wanted),
        Line(text("tasks.cap"), _amount(task.cap) if costs and task.what else None),
        Line(text("tasks.agreed"), _amount(task.agreed) if task.agreed else None),
        Line(text("tasks.asked"), _amount(task.asked) if task.asked else None),
        Line(text("tasks.settlement"), _settlement(order, task)),
        Line(text("tasks.total"), _amount(task.total) if costs and task.result else None),
        Line(text("tasks.photos"), len(task.photos) or None),
        Line(text("tasks.reason"), reason_of(task)),
        Line(text("tasks.result"), task.result or None),
        Line(text("tasks.place"), task.place or None),
        Line(text("tasks.phone"), task.phone or None),
        Line(text("tasks.worker"), agent.name or text("tasks.worker_coming")),
        Line(text("tasks.worker_post"), agent.post),
        Line(text("tasks.worker_phone"), agent.phone or None),
    ]
    tone = Tone.OVERDUE if late else Tone.PLAIN if order.is_open else Tone.DONE
    return Card(
        title=text(f"tasks.title_{order.kind}", number=order.number),
        lines=tuple(one for one in lines if one.value is not None),
        tone=tone,
    )


def _amount(fen: int) -> Text:
    return text("tasks.amount", yuan=yuan(fen))


def _settlement(order: Order, task: Task) -> Value:
    if not task.settle:
        return None
    return text(f"tasks.settle_{task.settle}_{order.kind}", cap=yuan(task.most))


def _next(order: Order, now: datetime) -> Value:
    stage, due = PROCEDURE.stage(order.standing.stage), order.standing.due_at
    if stage.is_end or due is None:
        return None
    what = text(f"tasks.next_{stage.next}")
    key = "tasks.next_late" if now > due else "tasks.next_by"
    return text(key, what=what, due=due, late=max(now - due, now - now))


def task_message(
    order: Order,
    _folder: Folder,
    agent: Agent,
    now: datetime,
    *,
    for_resident: bool,
    may_work: bool = True,
    said: Sequence[Text] = (),
) -> Message:
    """Show a task to the one for whom it is done, or to somebody of the office."""
    buttons = list(_choices(order, for_resident=for_resident)) if for_resident or may_work else []
    main = tuple((one,) for one in buttons if one.emphasis)
    others = rows([one for one in buttons if not one.emphasis])
    notes = (text("tasks.no_money"),) if KINDS[order.kind].costs and order.is_open else ()
    return Message(
        blocks=(*said, task_card(order, agent, now), *notes),
        choices=(*main, *others, *_ways(order, agent, for_resident=for_resident)),
        slot=f"order-{order.id}",
        anew=True,
    )


def _choices(order: Order, *, for_resident: bool) -> Iterator[Choice]:
    offered = _OF_RESIDENT if for_resident else _OF_AGENT
    for name in offered.get(order.standing.stage, ()):
        if name in ("revoke", "terminate") and is_spent(order):
            continue
        yield Choice(
            label=text(f"tasks.do_{name}"),
            action=action(f"services.task_{name}", order.id),
            emphasis=name in _MAIN,
        )


def _ways(order: Order, agent: Agent, *, for_resident: bool) -> Iterator[tuple[Choice, ...]]:
    if for_resident and agent.phone:
        yield (Choice(label=text("tasks.call"), phone=agent.phone),)
    back = []
    if order.matter:
        back.append(
            Choice(
                label=text("cards.open", number=order.matter),
                action=action("matters.show", order.matter),
            )
        )
    home = ("menu.open", "menu.open") if for_resident else ("assignments.to_todo", "todo.open")
    back.append(Choice(label=text(home[0]), action=home[1]))
    yield tuple(back)
