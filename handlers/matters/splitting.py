"""A part of a case goes on under a number of its own; whoever splits danger off reads so first."""

from collections.abc import Sequence

from domain.access.matters import MatterRight
from domain.categories import EMERGENCY, Kind
from domain.matters import life
from domain.matters.alarms import unit_of_case
from domain.matters.assignment import mark_split_child, split_off
from domain.matters.cards import post_name
from domain.matters.deadlines import stated
from domain.matters.matter import IN_HAND
from domain.matters.rules import ClockRules
from domain.messages import Message, Side, Text, text
from domain.subjects import open_case
from handlers.features import Feature, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Form, Words
from handlers.matters.case_cards import answer_with_card
from handlers.matters.filing import responsible_for, urgency_of
from handlers.matters.guards import number_of, on_case, on_submit
from handlers.matters.sorting_steps import kind_and_category
from handlers.matters.turns import load_matter
from handlers.turn import Turn
from storage.drafts import Draft
from storage.matters.casework import save_matter, send_card


async def begin_split(turn: Turn, number: str) -> None:
    """Begin to give a part of a case a number of its own."""
    matter, _ = await load_matter(turn, number, MatterRight.SPLIT)
    life.ensure(matter, *IN_HAND)
    await begin(turn, SPLIT, context={"number": number})


async def _submit_split(turn: Turn, draft: Draft) -> None:
    matter, grant = await load_matter(turn, number_of(draft), MatterRight.SPLIT)
    life.ensure(matter, *IN_HAND)
    words, kind = draft.values["text"], Kind(draft.values["kind"])
    categories = turn.street.office.categories
    category = categories.offered(draft.values["category"]) or categories.other(kind)
    act = turn.act(grant.role)
    urgency = urgency_of(turn, category, words)
    dangers = tuple(one.value for one in turn.understood(words).dangers)
    part = split_off(
        matter, words=words, kind=kind, category=category, urgency=urgency, dangers=dangers
    )
    if urgency >= EMERGENCY:
        owed = await responsible_for(turn, part)
    else:
        unit = unit_of_case(matter)
        owed = turn.street.organisation.responsible(unit, turn.now, avoid=matter.barred)
    child = life.file(
        turn.new_number(),
        part,
        act,
        seat=owed.seat,
        owner=owed.person,
        rules=turn.street.rules(ClockRules, matter.community),
        calendar=turn.street.office.calendar,
    )
    child = mark_split_child(child, act, matter.number)
    parent = life.mark_split(matter, act, child.number, words)
    save_matter(turn, child)
    save_matter(turn, parent)
    await send_card(turn, child)
    owner = post_name(turn.street, child)
    await answer_with_card(turn, parent, "assignments.split_done", child=child.number, owner=owner)
    if matter.owner not in (None, turn.person.id):
        said = text("assignments.part_split", number=matter.number, child=child.number, said=words)
        turn.tell(matter.owner, Message(blocks=(said,)), on=parent)
    told = text(
        "assignments.told_split",
        number=matter.number,
        child=child.number,
        owner=owner,
        until=stated(turn.street, child, child.resolve_by),
    )
    message = Message(blocks=(told,), choices=((open_case(child.number),),))
    turn.tell(matter.reporter or None, message, on=child)


def _split_notes(turn: Turn, draft: Draft) -> Sequence[Text]:
    """Say before it is submitted that a part will call people, also at night."""
    kind, words = draft.values.get("kind"), draft.values.get("text")
    if kind is None or not words:
        return ()
    categories = turn.street.office.categories
    category = categories.offered(draft.values.get("category") or "") or categories.other(
        Kind(kind)
    )
    if urgency_of(turn, category, words) < EMERGENCY:
        return ()
    return (text("assignments.calls_at_night", minutes=_minutes_to_accept(turn)),)


def _minutes_to_accept(turn: Turn) -> int:
    rules = turn.street.rules(ClockRules)
    return round(rules.acknowledge.total_seconds() / 60)


# --- the form ---


SPLIT = Form(
    name="split",
    version=1,
    title="assignments.split_title",
    steps=(
        Words(name="text", question="assignments.ask_split", label="filing.text"),
        *kind_and_category("assignments.ask_split_kind", "assignments.ask_split_category"),
    ),
    submit=on_submit(_submit_split),
    review_notes=_split_notes,
)


FEATURE = Feature(
    name="matters",
    side=Side.STAFF,
    verbs=(Verb("matters.split", on_case(begin_split), right=MatterRight.SPLIT, about="matter"),),
    forms=(SPLIT,),
)
