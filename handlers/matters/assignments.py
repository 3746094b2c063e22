"""What staff do with a matter: accept, hand over, return, ask, note, ask for help, resolve."""

from domain.access.checks import knows_of
from domain.access.matters import MatterRight
from domain.access.rights import Right
from domain.categories import Kind
from domain.errors import Refused
from domain.matters import life, mistaken_contact
from domain.matters.cards import post_name, resident_card
from domain.matters.deadlines import stated
from domain.matters.matter import Matter, Origin, State
from domain.matters.naming import called
from domain.matters.rules import ClockRules
from domain.messages import (
    Message,
    Side,
    action,
    text,
    with_pictures,
)
from domain.numbers import typed_number, typed_serials
from domain.subjects import open_case
from handlers.features import Feature, Handler, Typed, Verb
from handlers.forms.answers import files_of
from handlers.forms.forms import begin
from handlers.forms.steps import Form, Words
from handlers.matters.case_cards import (
    answer_with_card,
    has_chat,
    save_in_place,
    show,
    show_more,
    show_story,
    tell_in_full,
)
from handlers.matters.guards import number_of, on_case, on_submit
from handlers.matters.helping import (
    ASK_HELP,
    GIVE_HELP,
    begin_give_help,
    begin_help,
    choose_stream,
    list_parts_asked,
)
from handlers.matters.merged import ask_verdicts
from handlers.matters.passing_on import RETURN, begin_return, choose_worker, hand_over
from handlers.matters.questions import one_question, pictures_step
from handlers.matters.turns import claim_files, load_matter
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.casework import save_matter, tell_step
from storage.matters.matters import find_matter, list_events

# --- the ordinary steps --------------------------------------------------------------------------


async def accept(turn: Turn, number: str) -> None:
    """Take a case in hand."""
    matter, grant = await load_matter(turn, number, MatterRight.ACCEPT)
    accepted = life.accept(matter, turn.act(grant.role))
    await save_in_place(turn, accepted)
    await tell_step(
        turn,
        accepted,
        "assignments.told_accepted",
        until=stated(turn.street, accepted, accepted.resolve_by),
    )


async def contact(turn: Turn, number: str) -> None:
    """Note that the resident was spoken with: the first clock stops."""
    matter, grant = await load_matter(turn, number, MatterRight.CONTACT)
    contacted = life.contact(matter, turn.act(grant.role))
    await save_in_place(turn, contacted)
    await tell_step(turn, contacted, "assignments.told_contacted", slot=_contact_slot(number))


async def take_contact_back(turn: Turn, number: str) -> None:
    """Take a first contact back that was a wrong press: the resident reads so in its place."""
    matter, grant = await load_matter(turn, number, MatterRight.CONTACT)
    again = mistaken_contact.take_back(
        matter,
        turn.act(grant.role),
        events=await list_events(turn.tx, number),
        rules=turn.street.rules(ClockRules, matter.community),
    )
    await save_in_place(turn, again)
    await tell_step(turn, again, "assignments.told_not_contacted", slot=_contact_slot(number))


def _contact_slot(number: str) -> str:
    """Name the one message that says whether a resident was spoken with."""
    return f"contact-{number}"


async def begin_ask(turn: Turn, number: str) -> None:
    """Begin a question to the resident; one without a chat has to be phoned instead."""
    matter, _ = await load_matter(turn, number, MatterRight.ASK)
    life.ensure(matter, State.ACCEPTED)
    if matter.origin is Origin.STAFF:
        raise Refused("sign_has_no_resident", number=number)
    if not await has_chat(turn, matter):
        raise Refused("resident_has_no_chat", number=number)
    await begin(turn, ASK, context={"number": number})


async def _submit_ask(turn: Turn, draft: Draft) -> None:
    matter, grant = await load_matter(turn, number_of(draft), MatterRight.ASK)
    question = draft.values["text"]
    asked = life.ask(
        matter,
        turn.act(grant.role),
        question,
        rules=turn.street.rules(ClockRules, matter.community),
        calendar=turn.street.office.calendar,
    )
    save_matter(turn, asked)
    await answer_with_card(
        turn, asked, "assignments.asked", until=stated(turn.street, asked, asked.answer_by)
    )
    answer = choice("matters.answer", action("matters.answer", matter.number), emphasis=True)
    told = text(
        "assignments.told_asked",
        matter=called(matter),
        question=question,
        until=stated(turn.street, asked, asked.answer_by),
    )
    message = Message(blocks=(told,), choices=((answer,), (open_case(matter.number),)))
    await tell_in_full(turn, asked, message)


async def begin_phoned(turn: Turn, number: str) -> None:
    """Begin to note what the resident answered on the telephone."""
    matter, _ = await load_matter(turn, number, MatterRight.CONTACT)
    life.ensure(matter, State.ASKED)
    await begin(turn, PHONED, context={"number": number})


async def _submit_phoned(turn: Turn, draft: Draft) -> None:
    matter, grant = await load_matter(turn, number_of(draft), MatterRight.CONTACT)
    answered = life.answer(
        matter,
        turn.act(grant.role),
        draft.values["text"],
        rules=turn.street.rules(ClockRules, matter.community),
        calendar=turn.street.office.calendar,
    )
    save_matter(turn, answered)
    await answer_with_card(
        turn,
        answered,
        "assignments.phoned",
        until=stated(turn.street, answered, answered.resolve_by),
    )
    told = text("assignments.told_phoned", matter=called(matter), said=draft.values["text"])
    message = Message(blocks=(told,), choices=((open_case(matter.number),),))
    await tell_in_full(turn, answered, message)


async def begin_note(turn: Turn, number: str) -> None:
    """Begin a note of progress; a picture may be added."""
    matter, _ = await load_matter(turn, number, MatterRight.NOTE)
    life.ensure(matter, State.ACCEPTED, State.ASKED)
    await begin(turn, NOTE, context={"number": number}, quick=True)


async def _submit_note(turn: Turn, draft: Draft) -> None:
    matter, grant = await load_matter(turn, number_of(draft), MatterRight.NOTE)
    said, files = draft.values["text"], files_of(draft)
    noted = life.note(matter, turn.act(grant.role), said, files)
    save_matter(turn, noted)
    claim_files(turn, noted, files)
    await answer_with_card(turn, noted, "assignments.noted")
    told = text(
        "assignments.told_noted",
        matter=called(matter),
        owner=post_name(turn.street, noted),
        said=said,
    )
    message = Message(blocks=(told,), choices=((open_case(matter.number),),))
    await tell_in_full(turn, noted, *with_pictures(message, files))


async def begin_resolve(turn: Turn, number: str) -> None:
    """Begin to say what was done; for services a picture is asked for, and may be skipped."""
    matter, _ = await load_matter(turn, number, MatterRight.RESOLVE)
    life.ensure(matter, State.ACCEPTED)
    await begin(turn, RESOLVE, context={"number": number}, quick=matter.kind is not Kind.SERVICE)


async def _submit_resolve(turn: Turn, draft: Draft) -> None:
    matter, grant = await load_matter(turn, number_of(draft), MatterRight.RESOLVE)
    result, files = draft.values["text"], files_of(draft)
    resolved = life.resolve(
        matter,
        turn.act(grant.role),
        result,
        files,
        rules=turn.street.rules(ClockRules, matter.community),
        calendar=turn.street.office.calendar,
    )
    save_matter(turn, resolved)
    claim_files(turn, resolved, files)
    key = "assignments.resolved"
    if matter.origin is Origin.STAFF:
        key = "assignments.resolved_sign"
    elif not await has_chat(turn, matter):
        key = "assignments.resolved_no_chat"
    await answer_with_card(
        turn, resolved, key, until=stated(turn.street, resolved, resolved.judge_by)
    )
    await tell_result(turn, resolved, result, files)


async def tell_result(turn: Turn, matter: Matter, result: str, files: tuple[str, ...] = ()) -> None:
    """Tell the resident of a resolved case what was done, and ask for a verdict."""
    asked = await ask_verdicts(turn, matter)
    messages = _verdict_messages(turn, matter, result, files)
    await tell_in_full(turn, matter, *messages, told=asked)


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
    told = text(
        "assignments.told_resolved",
        matter=called(matter),
        result=result,
        until=stated(turn.street, matter, matter.judge_by),
    )
    verdict = (
        choice("matters.solved", action("matters.judge", number, "yes")),
        choice("matters.not_solved", action("matters.judge", number, "no")),
    )
    card = resident_card(turn.street, matter, turn.now)
    # The question stands last: it is what is still to be answered.
    return [*pictures, Message(blocks=(told, card), choices=(verdict,))]


# --- what is typed -------------------------------------------------------------------------------


async def show_typed(turn: Turn) -> bool:
    """Show the case whose number was typed alone, in whatever spelling; tell whether it was one."""
    said = turn.incoming.text or ""
    if number := typed_number(said):
        await show(turn, number)
        return True
    for number in typed_serials(said, turn.street.local_year(turn.now)):
        matter = await find_matter(turn.tx, number)
        if matter is not None and knows_of(turn.actor, turn.street.organisation, matter):
            await show(turn, number)
            return True
    return False


# --- forms ---------------------------------------------------------------------------------------


ASK = one_question("question", _submit_ask)
PHONED = one_question("phoned", _submit_phoned)
NOTE = Form(
    name="note",
    version=1,
    title="assignments.note_title",
    steps=(
        Words(name="text", question="assignments.ask_note", label="assignments.progress"),
        pictures_step("assignments.ask_pictures"),
    ),
    submit=on_submit(_submit_note),
)
RESOLVE = Form(
    name="resolve",
    version=1,
    title="assignments.resolve_title",
    steps=(
        Words(name="text", question="assignments.ask_resolve", label="assignments.result"),
        pictures_step("assignments.ask_result_pictures"),
    ),
    submit=on_submit(_submit_resolve),
)


def _verb(name: str, do: Handler, right: Right | None, *, minimal: bool = False) -> Verb:
    return Verb(f"matters.{name}", on_case(do), right=right, about="matter", minimal=minimal)


FEATURE = Feature(
    name="matters",
    side=Side.STAFF,
    verbs=(
        # What it shows depends on the right: the whole case, or the part that one was asked for.
        _verb("show", show, None, minimal=True),
        _verb("more", show_more, MatterRight.SEE),
        _verb("story", show_story, MatterRight.SEE),
        _verb("accept", accept, MatterRight.ACCEPT, minimal=True),
        _verb("contact", contact, MatterRight.CONTACT, minimal=True),
        _verb("not_contacted", take_contact_back, MatterRight.CONTACT, minimal=True),
        _verb("ask", begin_ask, MatterRight.ASK),
        _verb("phoned", begin_phoned, MatterRight.CONTACT),
        _verb("note", begin_note, MatterRight.NOTE),
        _verb("resolve", begin_resolve, MatterRight.RESOLVE),
        _verb("choose_worker", choose_worker, MatterRight.HAND_OVER),
        _verb("hand_over", hand_over, MatterRight.HAND_OVER),
        _verb("return", begin_return, MatterRight.RETURN),
        _verb("choose_stream", choose_stream, MatterRight.ASK_HELP),
        _verb("ask_help", begin_help, MatterRight.ASK_HELP),
        _verb("give_help", begin_give_help, MatterRight.GIVE_HELP),
        Verb("matters.parts", list_parts_asked, minimal=True),
    ),
    forms=(ASK, PHONED, RETURN, ASK_HELP, GIVE_HELP, NOTE, RESOLVE),
    typed=(Typed(show_typed),),
)
