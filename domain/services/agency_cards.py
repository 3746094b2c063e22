"""What is shown of a full agency, to the one who does it and to the one for whom it is done."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from domain.documents import Folder, Handing
from domain.messages import Card, Choice, Line, Message, Text, Tone, Value, action, rows, text
from domain.services.agency import (
    AGENT,
    PRINCIPAL,
    PROCEDURE,
    Details,
    Item,
    details_of,
    reason_of,
    records_of,
)
from domain.services.agency_papers import fee_words
from domain.services.agents import Agent
from domain.services.orders import Order
from domain.stages import Stage

#: So many steps of what was done stand on a card; the others are in the file.
_MOST_STEPS = 6
#: What each side may press in a stage: the wording and the verb without its folder.
_OF_AGENT = {
    "authority": ("sign", "e_sign", "terminate"),
    "acceptance": ("accept", "missing", "terminate"),
    "supplement": ("supplied", "terminate"),
    "handling": ("progress", "finish", "suspend", "terminate"),
    "suspended": ("resume", "suspend", "terminate"),
    "delivery": ("returned", "close"),
    "filing": ("file",),
    "revisit": ("revisit",),
    "returning": ("returned", "end"),
}
_OF_RESIDENT = {
    "authority": ("revoke",),
    "acceptance": ("revoke",),
    "supplement": ("supplied", "revoke"),
    "handling": ("revoke",),
    "suspended": ("go_on", "revoke"),
    "delivery": ("got",),
    "returning": ("got",),
}
#: What of these most people want next.
_MAIN = frozenset(
    {"sign", "accept", "supplied", "finish", "resume", "file", "revisit", "go_on", "got", "end"}
)


def stage_of(order: Order) -> Stage:
    """Give the stage in which an order stands."""
    return PROCEDURE.stage(order.standing.stage)


def order_card(order: Order, folder: Folder, agent: Agent, now: datetime) -> Card:
    """Say how far it is, whose turn it is and by when, who does it, and what was handed over."""
    details, stage = details_of(order), stage_of(order)
    late = order.is_open and order.standing.is_late(now)
    lines = [
        Line(text("agency.stage"), PROCEDURE.stage_name(stage.name)),
        Line(text("agency.next"), _next(order, now)),
        Line(text("agency.principal"), details.principal or None),
        Line(text("agency.acting"), _acting(details)),
        Line(text("agency.what"), details.what or None),
        Line(text("agency.missing"), details.missing if stage.name == "supplement" else None),
        Line(text("agency.reason"), _reason(order, details)),
        Line(text("agency.result"), details.result or None),
        Line(text("agency.fee"), fee_words(details.fee)),
        *agent.lines,
    ]
    tone = Tone.OVERDUE if late else Tone.PLAIN if order.is_open else Tone.DONE
    return Card(
        title=text("agency.title", number=order.number),
        lines=tuple(one for one in lines if one.value is not None),
        tone=tone,
    )


def _acting(details: Details) -> Value:
    return text(f"relations.kind_{details.acting}") if details.acting else None


def _reason(order: Order, details: Details) -> Value:
    shown = order.standing.stage in ("suspended", "returning", "terminated")
    return reason_of(details) if shown else None


def _next(order: Order, now: datetime) -> Value:
    stage, due = stage_of(order), order.standing.due_at
    if stage.is_end or due is None:
        return None
    what = text(f"agency.next_{stage.next}")
    key = "agency.next_late" if now > due else "agency.next_by"
    return text(key, what=what, due=due, late=max(now - due, now - now))


def items_card(order: Order, folder: Folder) -> Card | None:
    """List what was handed over and what came back; None where nothing was."""
    found = details_of(order).items
    if not found:
        return None
    received, returned = folder.items(Handing.RECEIVED), folder.items(Handing.RETURNED)
    return Card(
        title=text("agency.items"),
        lines=tuple(
            Line(item_name(one), _where(one.key in received, one.key in returned)) for one in found
        ),
    )


def item_name(item: Item) -> Text:
    """Name a paper with what it is and how many."""
    if item.is_result:
        return text("agency.item_result", name=item.name, copies=item.copies)
    sort = text("agency.sort_original" if item.original else "agency.sort_copy")
    return text("agency.item_of", name=item.name, sort=sort, copies=item.copies)


def _where(received: bool, returned: bool) -> Text:
    if returned:
        return text("agency.item_returned")
    return text("agency.item_here" if received else "agency.item_not_here")


def steps_card(order: Order) -> Card | None:
    """List what was done, the newest last; None where nothing was."""
    steps = details_of(order).steps[-_MOST_STEPS:]
    if not steps:
        return None
    return Card(
        title=text("agency.steps"),
        lines=tuple(
            Line(text("agency.step_at", moment=datetime.fromisoformat(at)), words)
            for at, words in steps
        ),
    )


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
    """Show an agency to the one for whom it is done, or to somebody of the office."""
    blocks = [order_card(order, folder, agent, now), items_card(order, folder), steps_card(order)]
    party = PRINCIPAL if for_resident else AGENT
    buttons = list(_choices(order, folder, party)) if for_resident or may_work else []
    main = tuple((one,) for one in buttons if one.emphasis)
    others = rows([one for one in buttons if not one.emphasis])
    return Message(
        blocks=(*said, *(one for one in blocks if one is not None)),
        choices=(*main, *others, *_ways(order, folder, agent, for_resident=for_resident)),
        slot=f"order-{order.id}",
        anew=True,
    )


def _choices(order: Order, folder: Folder, party: str) -> Iterator[Choice]:
    offered = (_OF_AGENT if party == AGENT else _OF_RESIDENT).get(order.standing.stage, ())
    records = records_of(order, folder)
    for name in offered:
        if name in ("returned", "got") and not folder.outstanding:
            continue
        if name == "missing" and "notice" in records:
            continue
        if name == "go_on" and "resumption" in records:
            continue
        if name in ("close", "end") and folder.outstanding:
            continue
        main = name in _MAIN or name == "close" or (name == "returned")
        yield Choice(
            label=text(f"agency.do_{name}"),
            action=action(f"services.{name}", order.id),
            emphasis=main,
        )


def _ways(
    order: Order, folder: Folder, agent: Agent, *, for_resident: bool
) -> Iterator[tuple[Choice, ...]]:
    """Give the papers, the telephone, and the way back to the case."""
    if any(one.paper is not None for one in folder.documents):
        word = Choice(
            label=text("agency.papers_word"), action=action("services.papers", order.id, "docx")
        )
        pdf = Choice(
            label=text("agency.papers_pdf"), action=action("services.papers", order.id, "pdf")
        )
        yield (word, pdf)
    if for_resident and agent.phone:
        yield (Choice(label=text("agency.call_agent"), phone=agent.phone),)
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
