"""What staff do with a matter: accept, hand over, return, ask, note, ask for help, resolve."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import wraps
from inspect import signature

from domain.access import Right, ensure_may, may
from domain.categories import Kind
from domain.errors import NotFound, Refused, Stale, UserError, WrongState
from domain.matters import life
from domain.matters.assignment import (
    ask_for_decision,
    ask_help,
    assignment_card,
    assignment_messages,
    candidates,
    directing_choices,
    give_help,
    helper,
    is_return_capped,
    part_message,
    return_to,
    standing,
)
from domain.matters.cards import open_case, post_name, resident_card, state_name
from domain.matters.matter import IN_HAND, OPEN, Event, Happening, Matter, Origin, State
from domain.messages import (
    Card,
    Choice,
    Line,
    Message,
    Side,
    Text,
    Value,
    action,
    rows,
    text,
    with_pictures,
)
from domain.names import named, role_name
from domain.organisation import Stream
from handlers.features import Feature, Handler
from handlers.forms.forms import Files, Form, Words, begin, files_of
from handlers.matters.filing import send_card
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.followers import list_followers
from storage.matters.help_requests import Part, find_part, list_asked
from storage.matters.matters import find_matter, get_matters, list_events
from storage.people import list_accounts
from storage.work import CLOCK, Work

Submit = Callable[[Turn, Draft], Awaitable[None]]

#: Reasons that no person wrote, as they stand in the chain.
REASON_CODES = frozenset(
    {"joined", "left", "away", "back", "over", "duplicate", "met", "called_back"}
)
#: Events of a case's story that one message shows; older ones are in the case file.
_MOST_EVENTS = 15


# --- when something comes too late ---------------------------------------------------------------


def on_case(handler: Handler) -> Handler:
    """Answer a button that comes too late with a sentence and the case as it stands now."""
    expected = signature(handler)

    @wraps(handler)
    async def answered(turn: Turn, *arguments: str) -> None:
        try:
            expected.bind(turn, *arguments)
        except TypeError as error:
            raise Stale from error
        try:
            await handler(turn, *arguments)
        except (WrongState, Stale, Refused) as error:
            if not await _explain(turn, error, arguments[0]):
                raise

    return answered


def on_submit(submit: Submit) -> Submit:
    """Answer a form that comes too late in the same way, and give its words back."""

    @wraps(submit)
    async def answered(turn: Turn, draft: Draft) -> None:
        try:
            await submit(turn, draft)
        except (WrongState, Stale, Refused) as error:
            said = text("assignments.your_words", said=str(draft.values.get("text") or ""))
            if not await _explain(turn, error, number_of(draft), said):
                raise

    return answered


async def _explain(turn: Turn, error: UserError, number: str, *more: Text) -> bool:
    """Say what is wrong above the fresh card; False if the reader may not see the card."""
    matter = await find_matter(turn.tx, number)
    organisation = turn.street.organisation
    if matter is None or may(turn.actor, Right.SEE, organisation, on=matter) is None:
        return False
    fields = {**error.fields, "number": number, "state": state_name(matter.state)}
    card = await _card(turn, matter)
    said = (text(error.key, **fields), *more)
    turn.reply(replace(card, blocks=(*said, *card.blocks), anew=True))
    return True


def number_of(draft: Draft) -> str:
    """Give the number of the case that a form is about."""
    return str(draft.context["number"])


# --- seeing --------------------------------------------------------------------------------------


async def show(turn: Turn, number: str) -> None:
    """Show a case with the buttons one has a right to; a helper sees the own part alone."""
    matter = await find_matter(turn.tx, number)
    if matter is None:
        raise NotFound(number=number)
    organisation = turn.street.organisation
    if may(turn.actor, Right.SEE, organisation, on=matter) is not None:
        reporter = await turn.reporter_of(matter, turn.actor)
        turn.reply(
            *assignment_messages(turn.street, matter, turn.now, actor=turn.actor, reporter=reporter)
        )
        return
    part = await find_part(turn.tx, number, turn.person.id)
    ensure_may(turn.actor, Right.SEE_PART, organisation, on=matter, helps=part is not None)
    if part is not None:
        turn.reply(_part(turn, matter, part))


async def _card(turn: Turn, matter: Matter) -> Message:
    reporter = await turn.reporter_of(matter, turn.actor)
    return assignment_card(turn.street, matter, turn.now, actor=turn.actor, reporter=reporter)


async def answer_with_card(turn: Turn, matter: Matter, key: str, **fields: Value) -> None:
    """Say that something is done, above the card as it is now, at the end of the conversation."""
    said = text(key, number=matter.number, **fields)
    if may(turn.actor, Right.SEE, turn.street.organisation, on=matter) is None:
        turn.say(key, (choice("assignments.to_todo", "todo"),), number=matter.number, **fields)
        return
    card = await _card(turn, matter)
    turn.reply(replace(card, blocks=(said, *card.blocks), anew=True))


async def _save_in_place(turn: Turn, matter: Matter) -> None:
    """Save a step that one press made; the card that was pressed changes where it is."""
    turn.save_matter(matter)
    turn.reply(await _card(turn, matter))


async def show_more(turn: Turn, number: str) -> None:
    """Show what one may put right about a case, in place of its other buttons."""
    matter, _ = await turn.matter(number, Right.SEE)
    directing = list(directing_choices(turn.street.organisation, matter, turn.actor))
    if not directing:
        raise Stale
    card = await _card(turn, matter)
    turn.reply(replace(card, choices=(*rows(directing), (back_to(number),))))


def back_to(number: str) -> Choice:
    """Make the button that leads back to the case."""
    return choice("assignments.back_to", action("case", number), number=number)


async def show_story(turn: Turn, number: str) -> None:
    """Show what happened to a case, step by step, with who did it."""
    matter, _ = await turn.matter(number, Right.SEE)
    events = await list_events(turn.tx, number)
    latest = [one for one in events if one.happening is not Happening.TOLD_ABOVE][-_MOST_EVENTS:]
    lines = tuple(
        Line(text("assignments.story_at", moment=one.at), _told(turn, one)) for one in latest
    )
    message = Message(
        blocks=(Card(title=text("assignments.story_title", number=number), lines=lines),),
        choices=((back_to(number),),),
    )
    attached = [
        str(one)
        for event in latest
        for one in (event.content or {}).get("attachments") or ()
        if str(one) not in matter.particulars.attachments
    ]
    turn.reply(*with_pictures(message, attached))


def _told(turn: Turn, event: Event) -> Text:
    content = event.content or {}
    words = next(
        (content[key] for key in ("text", "question", "result", "reason") if content.get(key)), ""
    )
    if words in REASON_CODES:
        words = text(f"assignments.reason_{words}")
    to = turn.street.staff_name(str(content.get("to") or content.get("owner") or ""))
    return text(
        "assignments.story_line_said" if words else "assignments.story_line",
        what=text(f"names.happening_{event.happening}"),
        who=_who(turn, event),
        to=text("assignments.story_to", person=to) if to else "",
        said=words,
    )


def _who(turn: Turn, event: Event) -> Value:
    """Name who did something; nobody dispatches by hand, and the clock is no person."""
    if event.actor == CLOCK or event.happening is Happening.DISPATCHED:
        return text("assignments.system")
    return turn.street.staff_name(event.actor) or role_name(event.role)


# --- telling the resident ------------------------------------------------------------------------


async def tell_step(work: Work, matter: Matter, key: str, **fields: Value) -> None:
    """Tell the resident, and who follows the case, one step in plain words."""
    said = text(key, number=matter.number, owner=post_name(work.street, matter), **fields)
    await work.tell_residents(
        matter, Message(blocks=(said,), choices=((open_case(matter.number),),))
    )


async def _tell_in_full(turn: Turn, matter: Matter, *messages: Message) -> None:
    """Tell the resident what was said; who follows hears that something happened, not what."""
    turn.tell(matter.reporter or None, *messages, matter=matter)
    news = Message(
        blocks=(
            text(
                "assignments.told_followers", number=matter.number, state=state_name(matter.state)
            ),
        ),
        choices=((open_case(matter.number),),),
    )
    for person in await list_followers(turn.tx, matter.number):
        turn.tell(person, news, matter=matter)


async def _has_chat(turn: Turn, matter: Matter) -> bool:
    """Tell whether the resident can be written to: a walk-in or a caller may have no account."""
    return bool(await list_accounts(turn.tx, [matter.reporter]))


# --- the ordinary steps --------------------------------------------------------------------------


async def accept(turn: Turn, number: str) -> None:
    """Take a case in hand."""
    matter, grant = await turn.matter(number, Right.ACCEPT)
    accepted = life.accept(matter, turn.act(grant.role))
    await _save_in_place(turn, accepted)
    await tell_step(turn, accepted, "assignments.told_accepted", until=accepted.resolve_by)


async def contact(turn: Turn, number: str) -> None:
    """Note that the resident was spoken with: the first clock stops."""
    matter, grant = await turn.matter(number, Right.CONTACT)
    contacted = life.contact(matter, turn.act(grant.role))
    await _save_in_place(turn, contacted)
    await tell_step(turn, contacted, "assignments.told_contacted")


async def begin_ask(turn: Turn, number: str) -> None:
    """Begin a question to the resident; one without a chat has to be phoned instead."""
    matter, _ = await turn.matter(number, Right.ASK)
    life.ensure(matter, State.ACCEPTED)
    if matter.origin is Origin.STAFF:
        raise Refused("sign_has_no_resident", number=number)
    if not await _has_chat(turn, matter):
        raise Refused("resident_has_no_chat", number=number)
    await begin(turn, ASK, context={"number": number})


async def _submit_ask(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(number_of(draft), Right.ASK)
    question = draft.values["text"]
    asked = life.ask(
        matter,
        turn.act(grant.role),
        question,
        rules=turn.street.rules(matter.community),
        calendar=turn.street.office.calendar,
    )
    turn.save_matter(asked)
    await answer_with_card(turn, asked, "assignments.asked", until=asked.answer_by)
    answer = choice("matters.answer", action("answer", matter.number), emphasis=True)
    told = text(
        "assignments.told_asked", number=matter.number, question=question, until=asked.answer_by
    )
    message = Message(blocks=(told,), choices=((answer,), (open_case(matter.number),)))
    await _tell_in_full(turn, asked, message)


async def begin_phoned(turn: Turn, number: str) -> None:
    """Begin to note what the resident answered on the telephone."""
    matter, _ = await turn.matter(number, Right.CONTACT)
    life.ensure(matter, State.ASKED)
    await begin(turn, PHONED, context={"number": number})


async def _submit_phoned(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(number_of(draft), Right.CONTACT)
    answered = life.answer(
        matter,
        turn.act(grant.role),
        draft.values["text"],
        rules=turn.street.rules(matter.community),
        calendar=turn.street.office.calendar,
    )
    turn.save_matter(answered)
    await answer_with_card(turn, answered, "assignments.phoned", until=answered.resolve_by)
    told = text("assignments.told_phoned", number=matter.number, said=draft.values["text"])
    message = Message(blocks=(told,), choices=((open_case(matter.number),),))
    await _tell_in_full(turn, answered, message)


async def begin_note(turn: Turn, number: str) -> None:
    """Begin a note of progress; a picture may be added."""
    matter, _ = await turn.matter(number, Right.NOTE)
    life.ensure(matter, State.ACCEPTED, State.ASKED)
    await begin(turn, NOTE, context={"number": number}, quick=True)


async def _submit_note(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(number_of(draft), Right.NOTE)
    said, files = draft.values["text"], files_of(draft)
    noted = life.note(matter, turn.act(grant.role), said, files)
    turn.save_matter(noted)
    turn.claim(noted, files)
    await answer_with_card(turn, noted, "assignments.noted")
    told = text(
        "assignments.told_noted",
        number=matter.number,
        owner=post_name(turn.street, noted),
        said=said,
    )
    message = Message(blocks=(told,), choices=((open_case(matter.number),),))
    await _tell_in_full(turn, noted, *with_pictures(message, files))


async def begin_resolve(turn: Turn, number: str) -> None:
    """Begin to say what was done; for services a picture is asked for, and may be skipped."""
    matter, _ = await turn.matter(number, Right.RESOLVE)
    life.ensure(matter, State.ACCEPTED)
    await begin(turn, RESOLVE, context={"number": number}, quick=matter.kind is not Kind.SERVICE)


async def _submit_resolve(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(number_of(draft), Right.RESOLVE)
    result, files = draft.values["text"], files_of(draft)
    resolved = life.resolve(
        matter,
        turn.act(grant.role),
        result,
        files,
        rules=turn.street.rules(matter.community),
        calendar=turn.street.office.calendar,
    )
    turn.save_matter(resolved)
    turn.claim(resolved, files)
    key = "assignments.resolved"
    if matter.origin is Origin.STAFF:
        key = "assignments.resolved_sign"
    elif not await _has_chat(turn, matter):
        key = "assignments.resolved_no_chat"
    await answer_with_card(turn, resolved, key, until=resolved.judge_by)
    await _tell_in_full(turn, resolved, *_verdict_messages(turn, resolved, result, files))


def _verdict_messages(
    turn: Turn, matter: Matter, result: str, files: tuple[str, ...]
) -> list[Message]:
    """Show what was done, with pictures of before and after, and ask whether it is solved."""
    number = matter.number
    pictures = []
    if before := matter.particulars.attachments:
        pictures.append(Message(blocks=(text("assignments.before"),), attachments=before))
    if files:
        pictures.append(Message(blocks=(text("assignments.after"),), attachments=files))
    told = text("assignments.told_resolved", number=number, result=result, until=matter.judge_by)
    verdict = (
        choice("matters.solved", action("judge", number, "yes"), emphasis=True),
        choice("matters.not_solved", action("judge", number, "no")),
    )
    card = resident_card(turn.street, matter, turn.now)
    # The question stands last: it is what is still to be answered.
    return [*pictures, Message(blocks=(told, card), choices=(verdict,))]


# --- giving it to somebody else ------------------------------------------------------------------


async def choose_worker(turn: Turn, number: str) -> None:
    """Offer the people of the grid."""
    matter, _ = await turn.matter(number, Right.HAND_OVER)
    life.ensure(matter, *IN_HAND)
    desks = candidates(turn.street, matter, turn.now)
    if not desks:
        raise Refused("no_workers", grid=turn.street.place_name(matter.grid))
    buttons = [
        Choice(
            label=text(
                "assignments.desk",
                role=role_name(desk.seat.role),
                person=named(turn.street.staff_name(desk.person)),
            ),
            action=action("handto", number, standing(matter), desk.person),
        )
        for desk in desks
    ]
    turn.say("assignments.ask_worker", *rows(buttons, 1), (back_to(number),), number=number)


async def hand_over(turn: Turn, number: str, mark: str, person: str) -> None:
    """Give a case to somebody of the grid, who gets the card."""
    matter, grant = await turn.matter(number, Right.HAND_OVER)
    life.ensure(matter, *IN_HAND)
    desk = next(
        (one for one in candidates(turn.street, matter, turn.now) if one.person == person), None
    )
    if desk is None or mark != standing(matter):
        raise Stale
    handed = life.hand_over(matter, turn.act(grant.role), seat=desk.seat, to=desk.person)
    turn.save_matter(handed)
    await send_card(turn, handed)
    await answer_with_card(
        turn, handed, "assignments.handed_over", owner=post_name(turn.street, handed)
    )
    tell_former_owner(turn, matter, handed)
    await tell_step(turn, handed, "assignments.told_handed_over")


def tell_former_owner(turn: Turn, before: Matter, after: Matter) -> None:
    """Tell whoever had a case that it is with somebody else now."""
    if before.owner in (None, after.owner, turn.person.id):
        return
    said = text(
        "assignments.taken_from_you",
        number=before.number,
        owner=post_name(turn.street, after),
    )
    turn.tell(before.owner, Message(blocks=(said,)), matter=after)


async def begin_return(turn: Turn, number: str) -> None:
    """Begin to return a case that came to the wrong desk."""
    matter, _ = await turn.matter(number, Right.RETURN)
    life.ensure(matter, *IN_HAND)
    if return_to(turn.street.organisation, matter, turn.now) is None:
        raise Refused("nobody_above", number=number)
    await begin(turn, RETURN, context={"number": number})


async def _submit_return(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(number_of(draft), Right.RETURN)
    above = return_to(turn.street.organisation, matter, turn.now)
    if above is None or above.person is None:
        raise Refused("nobody_above", number=matter.number)
    reason = draft.values["text"]
    rules = turn.street.rules(matter.community)
    if is_return_capped(matter, rules):
        life.ensure(matter, *IN_HAND)
        act = turn.act(grant.role)
        turn.save_matter(ask_for_decision(matter, act, reason, to=above.person))
        name = turn.street.staff_name(above.person)
        await answer_with_card(turn, matter, "assignments.return_capped", person=name)
        _tell_above(turn, matter, above.person, "assignments.decide_please", reason)
        return
    returned = life.give_back(
        matter,
        turn.act(grant.role),
        reason,
        seat=above.seat,
        owner=above.person,
        rules=rules,
    )
    turn.save_matter(returned)
    turn.say(
        "assignments.returned",
        (choice("assignments.to_todo", "todo"),),
        number=matter.number,
        owner=post_name(turn.street, returned),
    )
    _tell_above(turn, returned, above.person, "assignments.came_back", reason)
    await send_card(turn, returned)
    await tell_step(turn, returned, "assignments.told_returned")


def _tell_above(turn: Turn, matter: Matter, person: str, key: str, reason: str) -> None:
    said = text(
        key,
        number=matter.number,
        reason=reason,
        person=turn.street.staff_name(turn.person.id),
        times=matter.returns,
    )
    turn.tell(
        person, Message(blocks=(said,), choices=((open_case(matter.number),),)), matter=matter
    )


# --- help from another stream --------------------------------------------------------------------


async def choose_stream(turn: Turn, number: str) -> None:
    """Offer the streams that have somebody to ask."""
    matter, _ = await turn.matter(number, Right.ASK_HELP)
    life.ensure(matter, State.ACCEPTED, State.ASKED)
    organisation = turn.street.organisation
    buttons = [
        choice(f"names.stream_{stream}", action("askfor", number, stream))
        for stream in Stream
        if helper(organisation, matter, stream, turn.now, asker=turn.person.id)
    ]
    if not buttons:
        raise Refused("nobody_to_ask", number=number)
    turn.say("assignments.ask_stream", *rows(buttons, 3), (back_to(number),), number=number)


async def begin_help(turn: Turn, number: str, stream: str) -> None:
    """Begin to ask a stream; it will see this question and nothing else."""
    matter, _ = await turn.matter(number, Right.ASK_HELP)
    life.ensure(matter, State.ACCEPTED, State.ASKED)
    if stream not in set(Stream):
        raise Stale
    await begin(turn, ASK_HELP, context={"number": number, "stream": stream})


async def _submit_help(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(number_of(draft), Right.ASK_HELP)
    stream = Stream(str(draft.context["stream"]))
    question = draft.values["text"]
    found = helper(turn.street.organisation, matter, stream, turn.now, asker=turn.person.id)
    if found is None or found.person is None:
        raise Refused("nobody_to_ask", number=matter.number)
    act = turn.act(grant.role)
    turn.save_matter(ask_help(matter, act, stream=stream, to=found.person, question=question))
    part = Part(
        id=turn.new_id(),
        number=matter.number,
        stream=stream,
        helper=found.person,
        asked_by=turn.person.id,
        question=question,
        asked_at=turn.now,
    )
    turn.changes.save(part)
    name = turn.street.staff_name(found.person)
    await answer_with_card(turn, matter, "assignments.help_asked", person=name)
    turn.tell(found.person, _part(turn, matter, part), matter=matter)


def _part(turn: Turn, matter: Matter, part: Part) -> Message:
    return part_message(
        turn.street,
        matter,
        stream=part.stream,
        question=part.question,
        answer=part.answer,
        is_open=part.answered_at is None,
    )


async def begin_give_help(turn: Turn, number: str) -> None:
    """Begin to answer as a helper."""
    matter, _ = await turn.matter(number, Right.GIVE_HELP)
    life.ensure(matter, *OPEN)
    await _open_part(turn, number)
    await begin(turn, GIVE_HELP, context={"number": number})


async def _open_part(turn: Turn, number: str) -> Part:
    part = await find_part(turn.tx, number, turn.person.id)
    if part is None or part.answered_at is not None:
        raise Refused("help_given_already", number=number)
    return part


async def _submit_give_help(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(number_of(draft), Right.GIVE_HELP)
    part = await _open_part(turn, matter.number)
    answer = draft.values["text"]
    helped = give_help(matter, turn.act(grant.role), stream=part.stream, answer=answer)
    turn.save_matter(helped)
    given = replace(part, answer=answer, answered_at=turn.now)
    turn.changes.save(given)
    turn.reply(_part(turn, matter, given))
    said = text(
        "assignments.help_came",
        number=matter.number,
        stream=text(f"names.stream_{part.stream}"),
        person=turn.street.staff_name(turn.person.id),
        answer=answer,
    )
    message = Message(blocks=(said,), choices=((open_case(matter.number),),))
    for person in dict.fromkeys((matter.owner, part.asked_by)):
        if person != turn.person.id:
            turn.tell(person, message, matter=matter)


async def list_parts_asked(turn: Turn) -> None:
    """List the parts one was asked for and has not answered."""
    asked = await list_asked(turn.tx, turn.person.id)
    known = await get_matters(turn.tx, [part.number for part in asked])
    waiting = [part for part in asked if known[part.number].is_open]
    if not waiting:
        turn.say("assignments.no_parts", (choice("assignments.to_todo", "todo"),))
        return
    for part in waiting[:10]:
        turn.reply(_part(turn, known[part.number], part))


# --- forms ---------------------------------------------------------------------------------------


def one_question(name: str, submit: Submit) -> Form:
    """Declare a form of one question about a case, such as a reason."""
    return Form(
        name=name,
        version=1,
        title=f"assignments.{name}_title",
        steps=(Words(name="text", question=f"assignments.ask_{name}", label="filing.text"),),
        submit=on_submit(submit),
        review=False,
    )


def _pictures(question: str) -> Files:
    return Files(name="files", question=question, label="filing.files", optional=True)


ASK = one_question("question", _submit_ask)
PHONED = one_question("phoned", _submit_phoned)
RETURN = one_question("return", _submit_return)
ASK_HELP = one_question("help", _submit_help)
GIVE_HELP = one_question("give_help", _submit_give_help)
NOTE = Form(
    name="note",
    version=1,
    title="assignments.note_title",
    steps=(
        Words(name="text", question="assignments.ask_note", label="assignments.progress"),
        _pictures("assignments.ask_pictures"),
    ),
    submit=on_submit(_submit_note),
)
RESOLVE = Form(
    name="resolve",
    version=1,
    title="assignments.resolve_title",
    steps=(
        Words(name="text", question="assignments.ask_resolve", label="assignments.result"),
        _pictures("assignments.ask_result_pictures"),
    ),
    submit=on_submit(_submit_resolve),
)

_ON_CASE: Sequence[tuple[str, Handler]] = (
    ("case", show),
    ("more", show_more),
    ("story", show_story),
    ("accept", accept),
    ("contact", contact),
    ("ask", begin_ask),
    ("phoned", begin_phoned),
    ("note", begin_note),
    ("resolve", begin_resolve),
    ("handover", choose_worker),
    ("handto", hand_over),
    ("return", begin_return),
    ("asksome", choose_stream),
    ("askfor", begin_help),
    ("givehelp", begin_give_help),
)

FEATURE = Feature(
    side=Side.STAFF,
    verbs={**{verb: on_case(handler) for verb, handler in _ON_CASE}, "parts": list_parts_asked},
    forms=(ASK, PHONED, RETURN, ASK_HELP, GIVE_HELP, NOTE, RESOLVE),
)
