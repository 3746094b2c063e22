"""What a level above puts right: priority, desk, duplicates, two matters in one, hidden names."""

import re
from dataclasses import replace

from domain.access.checks import ensure_may
from domain.access.matters import MatterRight
from domain.access.rights import Right
from domain.categories import EMERGENCY
from domain.errors import Refused, Stale
from domain.matters import life, merging
from domain.matters.alarms import ensure_apart
from domain.matters.assignment import (
    Desk,
    merge_candidates,
    reassign_units,
    standing,
    unit_desks,
)
from domain.matters.cards import place_for, post_name, priority_name, quadrant_name
from domain.matters.clock import pauses
from domain.matters.deadlines import stated
from domain.matters.matter import IN_HAND, MOVABLE, OPEN, Matter, Quadrant, state_name
from domain.matters.naming import row, staff_detail
from domain.matters.new_desk import contact_anew, contact_since
from domain.matters.rules import ClockRules
from domain.messages import Card, Choice, Line, Message, Side, Text, action, rows, text
from domain.names import category_name, kind_name, named, role_name, unit_name
from domain.organisation import Organisation, Unit, UnitKind
from domain.subjects import open_case
from handlers.features import Feature, Handler, Verb
from handlers.forms.answers import NotMineError, with_value
from handlers.forms.forms import begin
from handlers.forms.steps import Form, Words
from handlers.matters.case_cards import answer_with_card, back_to
from handlers.matters.guards import number_of, on_case, on_submit
from handlers.matters.merged import is_asked
from handlers.matters.passing_on import tell_former_owner
from handlers.matters.questions import one_question
from handlers.matters.turns import follow, load_matter
from handlers.turn import Turn, choice
from storage.access_log import Sight
from storage.drafts import Draft
from storage.matters.casework import named_reporter, note_look, save_matter, send_card, tell_step
from storage.matters.followers import list_followers
from storage.matters.matters import find_matter, last_question, list_events
from storage.matters.queries import list_open

#: Scores that stand for each quadrant when a person chooses it.
_SCORES = {
    Quadrant.IMPORTANT_URGENT: (2, 2),
    Quadrant.URGENT: (1, 2),
    Quadrant.IMPORTANT: (2, 1),
    Quadrant.ORDINARY: (1, 1),
}
#: So many letters of a person's id tell the few people of one desk apart, within a button's bytes.
_ID_LETTERS = 10
#: In the choice of a desk: whoever answers for the unit.
_LADDER = "-"
_MOST_DUPLICATES = 8
_NUMBER = re.compile(r"(20\d\d)\D{0,2}?(\d{5,9})")


# --- priority ------------------------------------------------------------------------------------


async def choose_priority(turn: Turn, number: str) -> None:
    """Offer the other quadrants, and the emergency."""
    matter, _ = await load_matter(turn, number, MatterRight.TRIAGE)
    life.ensure(matter, *IN_HAND)
    buttons = [
        Choice(label=quadrant_name(quadrant), action=action("matters.triage", number, *scores))
        for quadrant, scores in _SCORES.items()
        if quadrant is not matter.quadrant or matter.urgency >= EMERGENCY
    ]
    if matter.urgency < EMERGENCY:
        emergency = action("matters.triage", number, EMERGENCY, EMERGENCY)
        buttons.append(choice("assignments.emergency", emergency))
    turn.say(
        "assignments.ask_priority",
        *rows(buttons),
        (back_to(number),),
        number=number,
        quadrant=priority_name(matter),
    )


async def begin_triage(turn: Turn, number: str, importance: str, urgency: str) -> None:
    """Begin to change the priority, with a reason."""
    matter, _ = await load_matter(turn, number, MatterRight.TRIAGE)
    life.ensure(matter, *IN_HAND)
    offered = {*_SCORES.values(), (EMERGENCY, EMERGENCY)}
    if (importance, urgency) not in {(str(one), str(two)) for one, two in offered}:
        raise Stale
    context = {"number": number, "importance": int(importance), "urgency": int(urgency)}
    await begin(turn, TRIAGE_DANGER if int(urgency) >= EMERGENCY else TRIAGE, context=context)


async def _submit_triage(turn: Turn, draft: Draft) -> None:
    matter, grant = await load_matter(turn, number_of(draft), MatterRight.TRIAGE)
    reason = draft.values["text"]
    events = await list_events(turn.tx, matter.number)
    changed = life.triage(
        matter,
        turn.act(grant.role),
        pauses=pauses(events, matter.dispatched_at),
        contact_since=contact_since(events, matter.dispatched_at),
        importance=int(draft.context["importance"]),
        urgency=int(draft.context["urgency"]),
        reason=reason,
        rules=turn.street.rules(ClockRules, matter.community),
        calendar=turn.street.office.calendar,
    )
    save_matter(turn, changed)
    quadrant = priority_name(changed)
    await answer_with_card(turn, changed, "assignments.triaged", quadrant=quadrant)
    if changed.owner not in (None, turn.person.id):
        said = text(
            "assignments.priority_changed",
            number=matter.number,
            quadrant=quadrant,
            reason=reason,
            person=turn.street.staff_name(turn.person.id),
        )
        turn.tell(changed.owner, Message(blocks=(said,)), on=changed)
        await send_card(turn, changed)
    until = stated(turn.street, changed, changed.resolve_by)
    await tell_step(turn, changed, "assignments.told_triaged", quadrant=quadrant, until=until)


# --- another desk --------------------------------------------------------------------------------


async def choose_unit(turn: Turn, number: str) -> None:
    """Offer the grids of the case's community, the community itself, and other communities."""
    matter, _ = await load_matter(turn, number, MatterRight.REASSIGN)
    life.ensure(matter, *MOVABLE)
    await _offer_units(turn, matter, matter.community)


async def _offer_units(turn: Turn, matter: Matter, community: str) -> None:
    organisation = turn.street.organisation
    allowed = reassign_units(organisation, turn.actor, matter)
    near = [unit for unit in allowed if unit.parent == community]
    if community == matter.community:
        # A community's own desk takes only cases of its own grids.
        near += [unit for unit in allowed if unit.code == community]
    far = [
        unit
        for unit in allowed
        if unit.kind is UnitKind.COMMUNITY and unit.code not in (community, matter.community)
    ]
    if not near and not far:
        raise Refused("nobody_to_ask", number=matter.number)
    buttons = [_unit_button(matter, unit, "matters.choose_desk") for unit in near]
    buttons += [_unit_button(matter, unit, "matters.choose_grid") for unit in far]
    turn.say(
        "assignments.ask_desk", *rows(buttons), (back_to(matter.number),), number=matter.number
    )


def _unit_button(matter: Matter, unit: Unit, verb: str) -> Choice:
    return Choice(label=unit_name(unit), action=action(verb, matter.number, unit.code))


async def choose_grid(turn: Turn, number: str, community: str) -> None:
    """Offer the grids of another community."""
    matter, _ = await load_matter(turn, number, MatterRight.REASSIGN)
    if community not in turn.street.organisation.units:
        raise Stale
    await _offer_units(turn, matter, community)


async def choose_desk(turn: Turn, number: str, code: str) -> None:
    """Offer the people of a unit, or whoever answers for it while it has none."""
    matter, _ = await load_matter(turn, number, MatterRight.REASSIGN)
    life.ensure(matter, *MOVABLE)
    unit = _allowed(turn, matter, code)
    mark = standing(matter)
    buttons = [
        Choice(
            label=text(
                "assignments.desk",
                role=role_name(desk.seat.role),
                person=named(turn.street.staff_name(desk.person)),
            ),
            action=action("matters.reassign", number, mark, code, desk.person[:_ID_LETTERS]),
        )
        for desk in unit_desks(turn.street.organisation, unit, matter, turn.now)
        if desk.person != matter.owner
    ]
    if not buttons:
        ladder = action("matters.reassign", number, mark, code, _LADDER)
        buttons = [choice("assignments.whoever_answers", ladder)]
    name = unit_name(unit)
    turn.say(
        "assignments.ask_person", *rows(buttons, 1), (back_to(number),), number=number, unit=name
    )


def _allowed(turn: Turn, matter: Matter, code: str) -> Unit:
    for unit in reassign_units(turn.street.organisation, turn.actor, matter):
        if unit.code == code and (unit.kind is UnitKind.GRID or unit.code == matter.community):
            return unit
    raise Stale


async def begin_reassign(turn: Turn, number: str, mark: str, code: str, person: str) -> None:
    """Begin to put a case on another desk, with a reason."""
    matter, _ = await load_matter(turn, number, MatterRight.REASSIGN)
    life.ensure(matter, *MOVABLE)
    if mark != standing(matter):
        raise Stale
    unit = _allowed(turn, matter, code)
    desk = _desk(turn, unit, matter, person)
    if desk is None or desk.person == matter.owner:
        raise Stale
    context = {"number": number, "unit": unit.code, "person": person, "mark": mark}
    await begin(turn, REASSIGN, context=context)


def _desk(turn: Turn, unit: Unit, matter: Matter, person: str) -> Desk | None:
    organisation = turn.street.organisation
    if person == _LADDER:
        owed = organisation.responsible(unit.code, turn.now, avoid=matter.barred)
        return Desk(owed.seat, owed.person) if owed.person else None
    found = [
        desk
        for desk in unit_desks(organisation, unit, matter, turn.now)
        if desk.person[:_ID_LETTERS] == person
    ]
    return found[0] if found else None


async def _submit_reassign(turn: Turn, draft: Draft) -> None:
    matter, grant = await load_matter(turn, number_of(draft), MatterRight.REASSIGN)
    unit = _allowed(turn, matter, str(draft.context["unit"]))
    desk = _desk(turn, unit, matter, str(draft.context["person"]))
    if desk is None or standing(matter) != draft.context["mark"]:
        raise Stale
    contact_by = contact_anew(
        matter,
        turn.now,
        desk.seat.unit,
        rules=turn.street.rules(ClockRules, matter.community),
        calendar=turn.street.office.calendar,
    )
    moved = life.reassign(
        matter,
        turn.act(grant.role),
        seat=desk.seat,
        owner=desk.person,
        reason=draft.values["text"],
        grid=unit.code if unit.kind is UnitKind.GRID else None,
        contact_by=contact_by,
    )
    moved = replace(moved, community=_community(turn.street.organisation, moved))
    save_matter(turn, moved)
    owner = post_name(turn.street, moved)
    due = stated(turn.street, moved, moved.contact_by)
    anew = "_anew" if contact_by else ""
    await answer_with_card(turn, moved, f"assignments.reassigned{anew}", owner=owner, until=due)
    if moved.owner != turn.person.id:
        await send_card(turn, moved)
    tell_former_owner(turn, matter, moved)
    await tell_step(turn, moved, f"assignments.told_reassigned{anew}", until=due)


def _community(organisation: Organisation, matter: Matter) -> str:
    unit = organisation.community_of(matter.grid)
    return unit.code if unit is not None else matter.community


# --- duplicates ----------------------------------------------------------------------------------


async def choose_merge(turn: Turn, number: str) -> None:
    """Offer the open cases that this one may repeat; another number can be typed."""
    matter, _ = await load_matter(turn, number, MatterRight.MERGE)
    life.ensure(matter, *OPEN)
    merging.ensure_with_none(matter)
    others = merge_candidates(matter, await list_open(turn.tx, [matter.community]))
    buttons = [
        row(
            turn.street,
            one,
            does=action("matters.confirm_merge", number, one.number),
            detail=staff_detail(
                turn.street, one, turn.now, place=place_for(turn.street, one, turn.actor)
            ),
        )
        for one in others[:_MOST_DUPLICATES]
    ]
    typed = choice("assignments.type_number", action("matters.merge_typed", number))
    key = "assignments.ask_merge" if buttons else "assignments.ask_merge_none"
    turn.say(key, *rows(buttons, 1), (typed, back_to(number)), number=number)


def _category(turn: Turn, matter: Matter) -> Text:
    return category_name(turn.street.office.categories.find(matter.category), matter.category)


async def begin_typed_merge(turn: Turn, number: str) -> None:
    """Begin to type the number of the case that this one repeats."""
    await load_matter(turn, number, MatterRight.MERGE)
    await begin(turn, MERGE, context={"number": number})


async def _submit_typed(turn: Turn, draft: Draft) -> None:
    await confirm_merge(turn, number_of(draft), draft.values["text"])


async def confirm_merge(turn: Turn, number: str, into: str) -> None:
    """Show both cases and ask once more: a merge cannot be undone."""
    matter, grant = await load_matter(turn, number, MatterRight.MERGE)
    target, _ = await load_matter(turn, into, MatterRight.MERGE)
    ensure_apart(matter, target)
    merging.merge(matter, target, turn.act(grant.role), "")  # refuses what cannot be merged
    for one in (matter, target):
        note_look(turn, one, turn.actor, Sight.OPENED)
    cards = tuple(_brief(turn, one) for one in (matter, target))
    agree = choice(
        "assignments.do_merge_now",
        action("matters.merge", number, into, standing(matter)),
        emphasis=True,
        into=into,
    )
    asked = text("assignments.really_merge", number=number, into=into)
    turn.reply(Message(blocks=(*cards, asked), choices=((agree,), (back_to(number),))))


def _brief(turn: Turn, matter: Matter) -> Card:
    lines = [
        Line(text("cards.what"), matter.particulars.text),
        Line(text("cards.where"), turn.street.place_name(matter.grid)),
        Line(text("cards.state"), state_name(matter.state)),
        Line(text("assignments.filed"), matter.filed_at),
    ]
    title = text(
        "cards.title_plain",
        number=matter.number,
        kind=kind_name(matter.kind),
        category=_category(turn, matter),
    )
    return Card(title=title, lines=tuple(line for line in lines if line.value))


async def merge(turn: Turn, number: str, into: str, mark: str) -> None:
    """Merge a duplicate into another case; its reporter follows that one from now on."""
    matter, grant = await load_matter(turn, number, MatterRight.MERGE)
    target, _ = await load_matter(turn, into, MatterRight.MERGE)
    ensure_apart(matter, target)
    life.ensure(matter, *OPEN)
    if mark != standing(matter):
        raise Stale
    merged, kept = merging.merge(matter, target, turn.act(grant.role), "duplicate")
    save_matter(turn, merged)
    save_matter(turn, kept)
    told = Message(
        blocks=(text("assignments.told_merged", number=number, into=into),),
        choices=((open_case(into),),),
    )
    for person in (matter.reporter, *await list_followers(turn.tx, number)):
        if person and person != target.reporter:
            follow(turn, into, person)
        turn.tell(person or None, told, on=merged)
    turn.say(
        "assignments.merged",
        (open_case(into), choice("assignments.to_todo", "todo.open")),
        number=number,
        into=into,
    )
    await _tell_merge_to_owners(turn, merged, kept)


async def _tell_merge_to_owners(turn: Turn, merged: Matter, kept: Matter) -> None:
    """Tell who worked on the duplicate that it is over, and who goes on what it said."""
    if merged.owner not in (None, turn.person.id, kept.owner):
        said = text("assignments.merged_away", number=merged.number, into=kept.number)
        turn.tell(merged.owner, Message(blocks=(said,)), on=merged)
    if kept.owner in (None, turn.person.id):
        return
    asked = await last_question(turn.tx, merged) if await is_asked(turn, merged) else ""
    said = text(
        "assignments.merged_in_question" if asked else "assignments.merged_in",
        number=merged.number,
        into=kept.number,
        said=merged.particulars.text,
        question=asked,
    )
    message = Message(
        blocks=(said,),
        choices=((open_case(kept.number),),),
        attachments=merged.particulars.attachments,
    )
    turn.tell(kept.owner, message, on=kept)


# --- hidden names --------------------------------------------------------------------------------


async def begin_unseal(turn: Turn, number: str) -> None:
    """Begin to look at a hidden name: a reason is asked for and logged."""
    matter, _ = await load_matter(turn, number, MatterRight.UNSEAL)
    if not matter.hide_name or matter.erased:
        raise Refused("nothing_hidden", number=number)
    await begin(turn, UNSEAL, context={"number": number})


async def _submit_unseal(turn: Turn, draft: Draft) -> None:
    matter, grant = await load_matter(turn, number_of(draft), MatterRight.UNSEAL)
    if not matter.hide_name or matter.erased:
        raise Refused("nothing_hidden", number=matter.number)
    save_matter(turn, life.view_sealed(matter, turn.act(grant.role), draft.values["text"]))
    note_look(turn, matter, turn.actor, Sight.NAME, reason=draft.values["text"])
    shown = await named_reporter(turn, matter)
    name = f"{shown.name} {shown.phone}".strip()
    key = "assignments.unsealed" if name else "assignments.unsealed_nothing"
    said = text(key, number=matter.number, name=name)
    turn.reply(Message(blocks=(said,), choices=((back_to(matter.number),),), secret=True))


# --- forms ---------------------------------------------------------------------------------------


class CaseNumber(Words):
    """The number of another case."""

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Find a case number in what was typed."""
        if turn.incoming.text is None:
            raise NotMineError
        match = _NUMBER.search(turn.incoming.text)
        if match is None:
            raise Refused("number_unclear")
        number = f"{match.group(1)}-{match.group(2)}"
        other = await find_matter(turn.tx, number)
        if other is None:
            raise Refused("no_such_case", number=number)
        ensure_may(turn.actor, MatterRight.MERGE, turn.street.organisation, on=other)
        return with_value(draft, self.name, number)

    async def add(self, turn: Turn, draft: Draft) -> Draft:
        """Take the later number instead."""
        return await self.take(turn, draft)


TRIAGE = one_question("triage", _submit_triage)
TRIAGE_DANGER = one_question("triage_danger", _submit_triage)
REASSIGN = one_question("reassign", _submit_reassign)
UNSEAL = one_question("unseal", _submit_unseal)
MERGE = Form(
    name="merge",
    version=1,
    title="assignments.merge_title",
    steps=(CaseNumber(name="text", question="assignments.ask_number", label="filing.text"),),
    submit=on_submit(_submit_typed),
    review=False,
)


def _verb(name: str, do: Handler, right: Right) -> Verb:
    return Verb(f"matters.{name}", on_case(do), right=right, about="matter")


FEATURE = Feature(
    name="matters",
    side=Side.STAFF,
    verbs=(
        _verb("choose_priority", choose_priority, MatterRight.TRIAGE),
        _verb("triage", begin_triage, MatterRight.TRIAGE),
        _verb("choose_unit", choose_unit, MatterRight.REASSIGN),
        _verb("choose_grid", choose_grid, MatterRight.REASSIGN),
        _verb("choose_desk", choose_desk, MatterRight.REASSIGN),
        _verb("reassign", begin_reassign, MatterRight.REASSIGN),
        _verb("choose_merge", choose_merge, MatterRight.MERGE),
        _verb("merge_typed", begin_typed_merge, MatterRight.MERGE),
        _verb("confirm_merge", confirm_merge, MatterRight.MERGE),
        _verb("merge", merge, MatterRight.MERGE),
        _verb("unseal", begin_unseal, MatterRight.UNSEAL),
    ),
    forms=(TRIAGE, TRIAGE_DANGER, REASSIGN, UNSEAL, MERGE),
)
