"""What staff do with a matter: accept, hand over, return, ask, note, help, resolve, put right."""

from collections.abc import Sequence
from dataclasses import replace

from domain import matters
from domain.access import Right, ensure_may, may
from domain.assignments import (
    assignment_messages,
    helper_for,
    seat_of,
    streams_to_ask,
    workers_of,
)
from domain.cards import (
    category_name,
    named,
    open_case,
    place_of,
    post_name,
    resident_card,
    rows,
    with_pictures,
)
from domain.errors import NotFound, Refused, Stale
from domain.matters import EMERGENCY, Filing, Happening, Matter, Particulars, State
from domain.messages import Choice, Message, Side, action, text
from domain.organisation import Stream, UnitKind
from handlers.features import Feature
from handlers.filing import send_card
from handlers.forms import Choose, Files, Form, Option, Words, begin, files_of
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters import find_matter, get_matters, list_open
from storage.parts import Part, find_part, list_asked

# --- seeing --------------------------------------------------------------------------------------


async def show(turn: Turn, number: str) -> None:
    """Show a case with the buttons one has a right to; a helper sees their part alone."""
    matter = await find_matter(turn.tx, number)
    if matter is None:
        raise NotFound(number=number)
    organisation = turn.street.organisation
    if may(turn.actor, Right.SEE, organisation, matter=matter) is None:
        part = await find_part(turn.tx, number, turn.person.id)
        helps = part is not None
        ensure_may(turn.actor, Right.SEE_PART, organisation, matter=matter, helps=helps)
        if part is not None:
            turn.reply(_part_message(turn, matter, part))
        return
    await show_card(turn, matter)


async def show_card(turn: Turn, matter: Matter) -> None:
    """Show the card as it is now, in place of the earlier one."""
    reporter = await turn.reporter_of(matter, turn.actor)
    turn.reply(
        *assignment_messages(turn.street, matter, turn.now, actor=turn.actor, reporter=reporter)
    )


async def _save(turn: Turn, matter: Matter) -> None:
    turn.save_matter(matter)
    await show_card(turn, matter)


async def _tell_resident(turn: Turn, matter: Matter, key: str, **fields: object) -> None:
    """Tell the resident, and who follows, one step in plain words."""
    message = Message(
        blocks=(
            text(
                key,
                number=matter.number,
                owner=post_name(turn.street, matter),
                **{name: str(value) for name, value in fields.items()},
            ),
        ),
        choices=((open_case(matter.number),),),
    )
    await turn.tell_residents(matter, message)


# --- the ordinary steps --------------------------------------------------------------------------


async def accept(turn: Turn, number: str) -> None:
    """Take a case in hand."""
    matter, grant = await turn.matter(number, Right.ACCEPT)
    accepted = matters.accept(matter, turn.act(grant.role))
    await _save(turn, accepted)
    await _tell_resident(turn, accepted, "assignments.told_accepted")


async def contact(turn: Turn, number: str) -> None:
    """Note that the resident was spoken with: the first clock stops."""
    matter, grant = await turn.matter(number, Right.CONTACT)
    await _save(turn, matters.contact(matter, turn.act(grant.role)))


async def begin_ask(turn: Turn, number: str) -> None:
    """Begin a question to the resident."""
    matter, _ = await turn.matter(number, Right.ASK)
    matters.ensure(matter, State.ACCEPTED)
    await begin(turn, ASK, context={"number": number})


async def _submit_ask(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(_number(draft), Right.ASK)
    question = draft.values["text"]
    asked = matters.ask(
        matter,
        turn.act(grant.role),
        question,
        rules=turn.street.rules(matter.community),
        calendar=turn.street.office.calendar,
    )
    await _save(turn, asked)
    message = Message(
        blocks=(
            text(
                "assignments.told_asked",
                number=matter.number,
                question=question,
                until=asked.answer_by,
            ),
        ),
        choices=(
            (
                Choice(
                    label=text("matters.answer"),
                    action=action("answer", matter.number),
                    emphasis=True,
                ),
            ),
        ),
    )
    turn.tell(matter.reporter or None, message, matter=asked)


async def begin_note(turn: Turn, number: str) -> None:
    """Begin a note of progress."""
    matter, _ = await turn.matter(number, Right.NOTE)
    matters.ensure(matter, State.ACCEPTED, State.ASKED)
    await begin(turn, NOTE, context={"number": number}, quick=True)


async def _submit_note(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(_number(draft), Right.NOTE)
    said, files = draft.values["text"], files_of(draft)
    noted = matters.note(matter, turn.act(grant.role), said, files)
    turn.claim(matter, files)
    await _save(turn, noted)
    await _tell_with_pictures(turn, noted, "assignments.told_noted", said, files)


async def _tell_with_pictures(
    turn: Turn, matter: Matter, key: str, said: str, files: tuple[str, ...]
) -> None:
    message = Message(
        blocks=(text(key, number=matter.number, said=said),),
        choices=((open_case(matter.number),),),
    )
    turn.tell(matter.reporter or None, *with_pictures(message, files), matter=matter)


async def begin_resolve(turn: Turn, number: str) -> None:
    """Begin to say what was done, with a picture."""
    matter, _ = await turn.matter(number, Right.RESOLVE)
    matters.ensure(matter, State.ACCEPTED)
    await begin(turn, RESOLVE, context={"number": number})


async def _submit_resolve(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(_number(draft), Right.RESOLVE)
    result, files = draft.values["text"], files_of(draft)
    resolved = matters.resolve(
        matter,
        turn.act(grant.role),
        result,
        files,
        rules=turn.street.rules(matter.community),
        calendar=turn.street.office.calendar,
    )
    turn.claim(matter, files)
    await _save(turn, resolved)
    _ask_verdict(turn, resolved, result, files)


def _ask_verdict(turn: Turn, matter: Matter, result: str, files: tuple[str, ...]) -> None:
    """Show the resident what was done, with before and after, and ask whether it is solved."""
    number = matter.number
    before = matter.particulars.attachments
    words = Message(
        blocks=(
            text(
                "assignments.told_resolved",
                number=number,
                result=result,
                until=matter.judge_by,
            ),
            resident_card(turn.street, matter, turn.now),
        ),
        choices=(
            (
                Choice(
                    label=text("matters.solved"),
                    action=action("judge", number, "yes"),
                    emphasis=True,
                ),
                Choice(label=text("matters.not_solved"), action=action("judge", number, "no")),
            ),
        ),
    )
    pictures = []
    if before:
        pictures.append(Message(blocks=(text("assignments.before"),), attachments=before))
    if files:
        pictures.append(Message(blocks=(text("assignments.after"),), attachments=files))
    turn.tell(matter.reporter or None, *pictures, words, matter=matter)


# --- giving it to somebody else ------------------------------------------------------------------


async def choose_worker(turn: Turn, number: str) -> None:
    """Offer the workers of the grid."""
    matter, _ = await turn.matter(number, Right.HAND_OVER)
    workers = workers_of(turn.street.organisation, matter, turn.now)
    if not workers:
        raise Refused("no_workers", grid=turn.street.place_name(matter.grid))
    buttons = [
        Choice(
            label=named(turn.street.staff_name(person) or person),
            action=action("handto", number, person),
        )
        for person in workers
    ]
    turn.say(
        "assignments.ask_worker",
        *rows(buttons),
        (open_case(number),),
        number=number,
    )


async def hand_over(turn: Turn, number: str, person: str) -> None:
    """Give a case to a worker; the worker gets the card."""
    matter, grant = await turn.matter(number, Right.HAND_OVER)
    organisation = turn.street.organisation
    if person not in workers_of(organisation, matter, turn.now):
        raise Stale
    seat = seat_of(organisation, matter, person, turn.now)
    handed = matters.hand_over(matter, turn.act(grant.role), seat=seat, to=person)
    turn.save_matter(handed)
    await send_card(turn, handed)
    turn.say(
        "assignments.handed_over",
        (open_case(number),),
        number=number,
        person=turn.street.staff_name(person),
    )
    await _tell_resident(turn, handed, "assignments.told_handed_over")


async def begin_return(turn: Turn, number: str) -> None:
    """Begin to return a case that is not one's own to do."""
    matter, _ = await turn.matter(number, Right.RETURN)
    matters.ensure(matter, *matters.IN_HAND)
    await begin(turn, RETURN, context={"number": number})


async def _submit_return(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(_number(draft), Right.RETURN)
    above = turn.street.organisation.above(matter.seat, turn.now, avoid=[turn.person.id])
    if above is None or above.person is None:
        raise Refused("nobody_above", number=matter.number)
    returned = matters.give_back(
        matter,
        turn.act(grant.role),
        draft.values["text"],
        seat=above.seat,
        owner=above.person,
        rules=turn.street.rules(matter.community),
    )
    turn.save_matter(returned)
    turn.say(
        "assignments.returned",
        number=matter.number,
        person=turn.street.staff_name(above.person),
    )
    turn.tell(
        above.person,
        Message(
            blocks=(
                text(
                    "assignments.came_back",
                    number=matter.number,
                    reason=draft.values["text"],
                    person=turn.person.name,
                ),
            )
        ),
        matter=returned,
    )
    await send_card(turn, returned)


async def choose_grid(turn: Turn, number: str) -> None:
    """Offer the desks a case can be put on: the grids of the community, and the levels above."""
    matter, _ = await turn.matter(number, Right.REASSIGN)
    organisation = turn.street.organisation
    units = [*organisation.grids_of(matter.community), organisation.units[matter.community]]
    buttons = [
        Choice(label=named(unit.name, unit.name_en), action=action("putto", number, unit.code))
        for unit in units
    ]
    turn.say("assignments.ask_desk", *rows(buttons), (open_case(number),), number=number)


async def begin_reassign(turn: Turn, number: str, unit: str) -> None:
    """Begin to put a case on another desk, with a reason."""
    await turn.matter(number, Right.REASSIGN)
    if unit not in turn.street.organisation.units:
        raise Stale
    await begin(turn, REASSIGN, context={"number": number, "unit": unit})


async def _submit_reassign(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(_number(draft), Right.REASSIGN)
    organisation = turn.street.organisation
    unit = organisation.units.get(str(draft.context["unit"]))
    if unit is None or not organisation.covers(matter.community, unit.code):
        raise Stale
    owed = organisation.responsible(unit.code, turn.now)
    moved = matters.reassign(
        matter,
        turn.act(grant.role),
        seat=owed.seat,
        owner=owed.person,
        reason=draft.values["text"],
        grid=unit.code if unit.kind is UnitKind.GRID else None,
    )
    turn.save_matter(moved)
    await send_card(turn, moved)
    turn.say(
        "assignments.reassigned",
        (open_case(matter.number),),
        number=matter.number,
        owner=post_name(turn.street, moved),
    )
    await _tell_resident(turn, moved, "assignments.told_handed_over")
    if matter.owner not in (None, moved.owner, turn.person.id):
        turn.tell(
            matter.owner,
            Message(blocks=(text("assignments.taken_from_you", number=matter.number),)),
            matter=moved,
        )


# --- help from another stream --------------------------------------------------------------------


async def choose_stream(turn: Turn, number: str) -> None:
    """Offer the streams that have somebody to ask."""
    matter, _ = await turn.matter(number, Right.ASK_HELP)
    matters.ensure(matter, State.ACCEPTED)
    streams = list(streams_to_ask(turn.street.organisation, matter, turn.now))
    if not streams:
        raise Refused("no_streams")
    buttons = [
        choice(f"names.stream_{stream}", action("askfor", number, stream)) for stream in streams
    ]
    turn.say("assignments.ask_stream", *rows(buttons, 3), (open_case(number),), number=number)


async def begin_help(turn: Turn, number: str, stream: str) -> None:
    """Begin to ask a stream; it will see this question and nothing else."""
    await turn.matter(number, Right.ASK_HELP)
    if stream not in set(Stream):
        raise Stale
    await begin(turn, ASK_HELP, context={"number": number, "stream": stream})


async def _submit_help(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(_number(draft), Right.ASK_HELP)
    stream = Stream(str(draft.context["stream"]))
    helper = helper_for(turn.street.organisation, matter, stream, turn.now)
    if helper is None:
        raise Refused("no_streams")
    part = Part(
        id=turn.new_id(),
        number=matter.number,
        stream=stream,
        helper=helper,
        asked_by=turn.person.id,
        question=draft.values["text"],
        asked_at=turn.now,
    )
    turn.changes.save(part)
    asked = matters.record(
        matter, turn.act(grant.role), Happening.HELP_ASKED, stream=stream, to=helper
    )
    await _save(turn, asked)
    turn.tell(helper, _part_message(turn, matter, part), matter=matter)


def _part_message(turn: Turn, matter: Matter, part: Part) -> Message:
    """Show a helper their part: the question, the category and the place; no words, no names."""
    name = category_name(turn.street.office.catalogue.find(matter.category), matter.category)
    key = "assignments.part_done" if part.answered_at else "assignments.part"
    give = choice("assignments.do_give_help", action("help", matter.number), emphasis=True)
    return Message(
        blocks=(
            text(
                key,
                number=matter.number,
                stream=text(f"names.stream_{part.stream}"),
                category=name,
                place=turn.street.place_name(matter.grid)
                if matter.confidential
                else place_of(turn.street, matter),
                question=part.question,
                answer=part.answer,
            ),
        ),
        choices=() if part.answered_at else ((give,),),
        slot=f"part-{part.id}",
    )


async def begin_give_help(turn: Turn, number: str) -> None:
    """Begin to answer as a helper."""
    await turn.matter(number, Right.GIVE_HELP)
    await begin(turn, GIVE_HELP, context={"number": number})


async def _submit_give_help(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(_number(draft), Right.GIVE_HELP)
    part = await find_part(turn.tx, matter.number, turn.person.id)
    if part is None or part.answered_at is not None:
        raise Stale
    answer = draft.values["text"]
    given = replace(part, answer=answer, answered_at=turn.now)
    turn.changes.save(given)
    turn.save_matter(
        matters.record(
            matter, turn.act(grant.role), Happening.HELP_GIVEN, stream=part.stream, text=answer
        )
    )
    turn.reply(_part_message(turn, matter, given))
    turn.tell(
        matter.owner,
        Message(
            blocks=(
                text(
                    "assignments.help_came",
                    number=matter.number,
                    stream=text(f"names.stream_{part.stream}"),
                    answer=answer,
                ),
            ),
            choices=((open_case(matter.number),),),
        ),
        matter=matter,
    )


# --- putting right -------------------------------------------------------------------------------


async def choose_priority(turn: Turn, number: str) -> None:
    """Offer the four quadrants and the emergency."""
    await turn.matter(number, Right.TRIAGE)
    offers = (
        ("important_urgent", 3, 2),
        ("urgent", 1, 2),
        ("important", 3, 1),
        ("ordinary", 1, 1),
    )
    buttons = [
        choice(f"names.quadrant_{name}", action("triageto", number, importance, urgency))
        for name, importance, urgency in offers
    ]
    emergency = choice("assignments.emergency", action("triageto", number, 3, EMERGENCY))
    turn.say(
        "assignments.ask_priority",
        (emergency,),
        *rows(buttons),
        (open_case(number),),
        number=number,
    )


async def begin_triage(turn: Turn, number: str, importance: str, urgency: str) -> None:
    """Begin to change the priority, with a reason."""
    await turn.matter(number, Right.TRIAGE)
    if importance not in ("1", "2", "3") or urgency not in ("1", "2", "3"):
        raise Stale
    await begin(
        turn,
        TRIAGE,
        context={"number": number, "importance": int(importance), "urgency": int(urgency)},
    )


async def _submit_triage(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(_number(draft), Right.TRIAGE)
    changed = matters.triage(
        matter,
        turn.act(grant.role),
        importance=int(draft.context["importance"]),
        urgency=int(draft.context["urgency"]),
        reason=draft.values["text"],
        rules=turn.street.rules(matter.community),
        calendar=turn.street.office.calendar,
    )
    await _save(turn, changed)
    if changed.owner != turn.person.id:
        await send_card(turn, changed)


async def choose_merge(turn: Turn, number: str) -> None:
    """Offer the open cases of the same sort that this one may repeat."""
    matter, _ = await turn.matter(number, Right.MERGE)
    others = [
        one
        for one in await list_open(turn.tx, [matter.community])
        if one.number != number
        and one.kind is matter.kind
        and one.confidential == matter.confidential
    ]
    others.sort(key=lambda one: (one.category != matter.category, one.grid != matter.grid))
    if not others:
        raise Refused("nothing_to_merge", number=number)
    buttons = [
        Choice(
            label=text(
                "assignments.merge_option",
                number=one.number,
                category=category_name(
                    turn.street.office.catalogue.find(one.category), one.category
                ),
                grid=turn.street.place_name(one.grid),
            ),
            action=action("mergeto", number, one.number),
        )
        for one in others[:8]
    ]
    turn.say("assignments.ask_merge", *rows(buttons, 1), (open_case(number),), number=number)


async def merge(turn: Turn, number: str, into: str) -> None:
    """Merge a duplicate into another case; its reporter follows that one from now on."""
    matter, grant = await turn.matter(number, Right.MERGE)
    target, _ = await turn.matter(into, Right.MERGE)
    merged, kept = matters.merge(matter, target, turn.act(grant.role), "duplicate")
    turn.save_matter(merged)
    turn.save_matter(kept)
    if matter.reporter and matter.reporter != target.reporter:
        turn.follow(into, matter.reporter)
    turn.say("assignments.merged", (open_case(into),), number=number, into=into)
    turn.tell(
        matter.reporter or None,
        Message(
            blocks=(text("assignments.told_merged", number=number, into=into),),
            choices=((open_case(into),),),
        ),
        matter=merged,
    )
    if matter.owner not in (None, turn.person.id):
        turn.tell(
            matter.owner,
            Message(blocks=(text("assignments.taken_from_you", number=number),)),
            matter=merged,
        )


async def begin_split(turn: Turn, number: str) -> None:
    """Begin to give a part of a case a number of its own."""
    await turn.matter(number, Right.SPLIT)
    await begin(turn, SPLIT, context={"number": number})


async def _submit_split(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(_number(draft), Right.SPLIT)
    matters.ensure(matter, *matters.IN_HAND)
    category = turn.street.office.catalogue.find(draft.values["category"])
    if category is None:
        raise Stale
    act = turn.act(grant.role)
    owed = turn.street.organisation.responsible(matter.grid, turn.now)
    child = matters.file(
        turn.new_number(),
        Filing(
            kind=matter.kind,
            category=category.code,
            community=matter.community,
            grid=matter.grid,
            origin=matter.origin,
            reporter=matter.reporter,
            particulars=Particulars(
                text=draft.values["text"],
                place_text=matter.particulars.place_text,
                point=matter.particulars.point,
                phone=matter.particulars.phone,
                name=matter.particulars.name,
            ),
            importance=category.importance,
            urgency=category.urgency,
            hide_name=matter.hide_name,
            confidential=matter.confidential,
            public_space=category.public_space and not matter.confidential,
        ),
        act,
        seat=owed.seat,
        owner=owed.person,
        rules=turn.street.rules(matter.community),
        calendar=turn.street.office.calendar,
    )
    child = replace(child, split_from=matter.number)
    turn.save_matter(child)
    turn.save_matter(matters.mark_split(matter, act, child.number, draft.values["text"]))
    await send_card(turn, child)
    turn.say(
        "assignments.split",
        (open_case(child.number),),
        number=matter.number,
        child=child.number,
    )
    turn.tell(
        matter.reporter or None,
        Message(
            blocks=(text("assignments.told_split", number=matter.number, child=child.number),),
            choices=((open_case(child.number),),),
        ),
        matter=child,
    )


async def begin_unseal(turn: Turn, number: str) -> None:
    """Begin to look at a hidden name: a reason is asked for and logged."""
    await turn.matter(number, Right.UNSEAL)
    await begin(turn, UNSEAL, context={"number": number})


async def _submit_unseal(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(_number(draft), Right.UNSEAL)
    turn.save_matter(matters.view_sealed(matter, turn.act(grant.role), draft.values["text"]))
    shown = await turn.reporter_of(replace(matter, hide_name=False), turn.actor)
    name = f"{shown.name} {shown.phone}".strip() if shown else ""
    turn.reply(
        Message(
            blocks=(
                text(
                    "assignments.unsealed" if name else "assignments.unsealed_nothing",
                    number=matter.number,
                    name=name,
                ),
            ),
            secret=True,
        )
    )


async def list_parts_asked(turn: Turn) -> None:
    """List the parts one was asked for."""
    asked = await list_asked(turn.tx, turn.person.id)
    known = await get_matters(turn.tx, [part.number for part in asked])
    if not asked:
        turn.say("assignments.no_parts", (choice("menu.open", "menu"),))
        return
    for part in asked[:10]:
        turn.reply(_part_message(turn, known[part.number], part))


# --- forms ---------------------------------------------------------------------------------------


def _number(draft: Draft) -> str:
    return str(draft.context["number"])


def _one_question(name: str, submit: object) -> Form:
    """Declare a form of one question, such as a reason."""
    return Form(
        name=name,
        version=1,
        title=f"assignments.{name}_title",
        steps=(Words(name="text", question=f"assignments.ask_{name}", label="filing.text"),),
        submit=submit,  # type: ignore[arg-type]  # every submit has the one signature of Form
        review=False,
    )


_FILES = Files(name="files", question="assignments.ask_files", label="filing.files", optional=True)


def _categories(turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [
        Option(category.code, named(category.name_zh, category.name_en))
        for category in turn.street.office.catalogue.by_code.values()
    ]


ASK = _one_question("question", _submit_ask)
RETURN = _one_question("return", _submit_return)
REASSIGN = _one_question("reassign", _submit_reassign)
ASK_HELP = _one_question("help", _submit_help)
GIVE_HELP = _one_question("give_help", _submit_give_help)
TRIAGE = _one_question("triage", _submit_triage)
UNSEAL = _one_question("unseal", _submit_unseal)
NOTE = Form(
    name="note",
    version=1,
    title="assignments.note_title",
    steps=(
        Words(name="text", question="assignments.ask_note", label="filing.text"),
        _FILES,
    ),
    submit=_submit_note,
)
RESOLVE = Form(
    name="resolve",
    version=1,
    title="assignments.resolve_title",
    steps=(
        Words(name="text", question="assignments.ask_resolve", label="assignments.result"),
        _FILES,
    ),
    submit=_submit_resolve,
)
SPLIT = Form(
    name="split",
    version=1,
    title="assignments.split_title",
    steps=(
        Words(name="text", question="assignments.ask_split", label="filing.text"),
        Choose(
            name="category",
            question="assignments.ask_split_category",
            label="filing.category",
            options=_categories,
        ),
    ),
    submit=_submit_split,
)

FEATURE = Feature(
    side=Side.STAFF,
    verbs={
        "case": show,
        "accept": accept,
        "contact": contact,
        "ask": begin_ask,
        "note": begin_note,
        "resolve": begin_resolve,
        "handover": choose_worker,
        "handto": hand_over,
        "return": begin_return,
        "reassign": choose_grid,
        "putto": begin_reassign,
        "asksome": choose_stream,
        "askfor": begin_help,
        "help": begin_give_help,
        "parts": list_parts_asked,
        "triage": choose_priority,
        "triageto": begin_triage,
        "merge": choose_merge,
        "mergeto": merge,
        "split": begin_split,
        "unseal": begin_unseal,
    },
    forms=(
        ASK,
        RETURN,
        REASSIGN,
        ASK_HELP,
        GIVE_HELP,
        TRIAGE,
        UNSEAL,
        NOTE,
        RESOLVE,
        SPLIT,
    ),
)
