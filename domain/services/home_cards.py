"""What is shown of a home visit, to the one who comes and to the one to whom they come."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from domain.documents import Folder
from domain.messages import Card, Choice, Line, Message, Text, Tone, Value, action, rows, text
from domain.services.agents import Agent
from domain.services.door import checked_key
from domain.services.home import AGREED, PROCEDURE, HomeDetails, home_of, reason_of, window_words
from domain.services.orders import Order

#: What each side may press in a stage: the wording and the verb, both without their beginning.
_OF_WORKER = {
    "asked": ("home_accept", "home_suspend", "home_terminate"),
    "booked": ("home_off", "home_rebook", "home_suspend", "home_terminate"),
    "on_way": ("home_arrive", "door", "home_rebook", "home_terminate"),
    "at_door": ("door", "home_finish", "home_suspend", "home_terminate"),
    "suspended": ("home_resume", "home_terminate"),
    "revisit": ("home_revisit",),
}
_OF_RESIDENT = {
    "asked": ("home_cancel",),
    "booked": ("door", "home_move", "home_cancel"),
    "on_way": ("door", "home_cancel"),
    "at_door": ("door", "home_cancel"),
    "suspended": ("home_go_on", "home_cancel"),
}
#: What of these most people want next.
_MAIN = frozenset(
    {
        "door",
        "home_accept",
        "home_off",
        "home_arrive",
        "home_finish",
        "home_resume",
        "home_go_on",
        "home_revisit",
        "new_codes",
    }
)


def worker_lines(agent: Agent) -> tuple[Line, ...]:
    """Say who comes, how to call the hall, and whom to turn to with a complaint."""
    found = (
        Line(text("home.worker"), agent.name or text("home.worker_coming")),
        Line(text("home.worker_post"), agent.post),
        Line(text("home.hall_phone"), agent.hall or agent.phone or None),
        Line(text("home.complaints"), agent.complaint or None),
    )
    return tuple(one for one in found if one.value is not None)


def order_card(order: Order, agent: Agent, now: datetime) -> Card:
    """Say who comes when, and how far it is."""
    details = home_of(order)
    stage = PROCEDURE.stage(order.standing.stage)
    late = order.is_open and order.standing.is_late(now)
    lines = [
        Line(text("home.stage"), PROCEDURE.stage_name(stage.name)),
        Line(text("home.next"), _next(order, now)),
        Line(text("home.window"), window_words(details)),
        Line(text("home.wish"), details.wish if details.window is None else None),
        *worker_lines(agent),
        Line(text("home.principal"), details.principal or None),
        Line(text("home.acting"), _acting(details)),
        Line(text("home.phone"), details.phone or None),
        Line(text("home.address"), details.address or None),
        Line(text("home.what"), details.what or None),
        Line(text("home.bring"), details.bring or None),
        Line(text("home.checked"), _checked(order, details)),
        Line(text("home.reason"), _reason(order, details)),
        Line(text("home.result"), details.result or None),
    ]
    tone = Tone.OVERDUE if late else Tone.PLAIN if order.is_open else Tone.DONE
    return Card(
        title=text("home.title", number=order.number),
        lines=tuple(one for one in lines if one.value not in (None, "")),
        tone=tone,
    )


def _acting(details: HomeDetails) -> Value:
    return text(f"relations.kind_{details.acting}") if details.acting else None


def _checked(order: Order, details: HomeDetails) -> Value:
    key = checked_key(details)
    shown = order.standing.stage not in ("asked", "suspended")
    return text(f"home.checked_{key}") if shown and key != "none" else None


def _reason(order: Order, details: HomeDetails) -> Value:
    return reason_of(details) if order.standing.stage in ("suspended", "terminated") else None


def _next(order: Order, now: datetime) -> Value:
    stage, due = PROCEDURE.stage(order.standing.stage), order.standing.due_at
    if stage.is_end or due is None:
        return None
    what = text(f"home.next_{stage.next}")
    key = "home.next_late" if now > due else "home.next_by"
    return text(key, what=what, due=due, late=max(now - due, now - now))


def order_message(
    order: Order,
    folder: Folder,
    agent: Agent,
    now: datetime,
    *,
    for_resident: bool,
    may_work: bool = True,
    said: Sequence[Text] = (),
) -> Message:
    """Show a home visit to the one to whom somebody comes, or to somebody of the office."""
    names = list(_offered(order, for_resident=for_resident)) if for_resident or may_work else []
    buttons = [
        Choice(
            label=text(f"home.do_{name}"),
            action=action(f"services.{name}", order.id),
            emphasis=name in _MAIN,
        )
        for name in names
    ]
    main = tuple((one,) for one in buttons if one.emphasis)
    others = rows([one for one in buttons if not one.emphasis], 1 if for_resident else 2)
    return Message(
        blocks=(*said, order_card(order, agent, now)),
        choices=(*main, *others, *_ways(order, folder, agent, for_resident=for_resident)),
        slot=f"order-{order.id}",
        anew=True,
    )


def _offered(order: Order, *, for_resident: bool) -> Iterator[str]:
    stage = order.standing.stage
    yield from (_OF_RESIDENT if for_resident else _OF_WORKER).get(stage, ())
    if not for_resident and stage in AGREED and home_of(order).is_warned:
        yield "new_codes"


def _ways(
    order: Order, folder: Folder, agent: Agent, *, for_resident: bool
) -> Iterator[tuple[Choice, ...]]:
    """Give the hall's number, the papers, and the way back to the case."""
    number = agent.hall or agent.phone
    details = home_of(order)
    if for_resident and number:
        yield (Choice(label=text("home.call_hall"), phone=number),)
    if not for_resident and details.phone and order.is_open:
        yield (Choice(label=text("home.call_resident"), phone=details.phone),)
    if any(one.paper is not None for one in folder.documents):
        yield tuple(
            Choice(
                label=text(f"home.papers_{form}"), action=action("services.papers", order.id, it)
            )
            for form, it in (("word", "docx"), ("pdf", "pdf"))
        )
    back = []
    if order.matter:
        back.append(
            Choice(
                label=text("cards.open", number=order.matter),
                action=action("matters.show", order.matter),
            )
        )
    home = "menu.open" if for_resident else "todo.open"
    label = "menu.open" if for_resident else "assignments.to_todo"
    back.append(Choice(label=text(label), action=home))
    yield tuple(back)
