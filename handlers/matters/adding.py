"""Adding to a case of one's own, and answering what was asked."""

from collections.abc import Callable, Sequence

from domain.access.matters import MatterRight
from domain.errors import Stale
from domain.matters import life, merging
from domain.matters.assignment import avoided
from domain.matters.matter import OPEN, Happening, Matter, State
from domain.matters.rules import ClockRules
from domain.messages import (
    FileKind,
    Message,
    action,
    text,
    with_pictures,
)
from domain.organisation import Role
from domain.subjects import open_case
from handlers.conduct import signs
from handlers.first_words import sort_out
from handlers.forms.answers import files_of
from handlers.forms.forms import begin
from handlers.forms.steps import Choose, Files, Form, Option, Words
from handlers.matters.merged import Voice, load_voice, say_to_survivor
from handlers.matters.turns import claim_files, load_matter
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.casework import save_matter
from storage.matters.matters import list_events


async def begin_add(turn: Turn, number: str) -> None:
    """Begin to add words or pictures to a case."""
    voice = await load_voice(turn, number, MatterRight.ADD)
    life.ensure(voice.case, *OPEN)
    await begin(turn, ADD, context={"number": voice.own.number}, quick=True)


async def submit_add(turn: Turn, draft: Draft) -> None:
    """Add what was written, for the owner or for the level above alone."""
    voice = await load_voice(turn, str(draft.context["number"]), MatterRight.ADD)
    if await _said_to_another(turn, voice, draft):
        return
    matter, grant = voice.own, voice.grant
    said = draft.values.get("text", "")
    added = life.add(matter, turn.act(grant.role), said, files_of(draft))
    await _store(turn, added, files_of(draft))
    turn.say("matters.added", (open_case(matter.number),), number=matter.number)
    await tell_owner(turn, added, "matters.owner_added", draft)


async def begin_answer(turn: Turn, number: str) -> None:
    """Begin to answer the question that a worker asked."""
    voice = await load_voice(turn, number, MatterRight.ANSWER)
    if voice.is_merged:
        life.ensure(voice.case, *OPEN)
    else:
        life.ensure(voice.case, State.ASKED)
    form = ANSWER if voice.asked or not voice.is_merged else ADD
    await begin(turn, form, context={"number": voice.own.number}, quick=True)


async def submit_answer(turn: Turn, draft: Draft) -> None:
    """Answer a worker's question with what was written."""
    voice = await load_voice(turn, str(draft.context["number"]), MatterRight.ANSWER)
    if await _said_to_another(turn, voice, draft):
        return
    matter, grant = voice.own, voice.grant
    answered = life.answer(
        matter,
        turn.act(grant.role),
        draft.values.get("text", ""),
        files_of(draft),
        rules=turn.street.rules(ClockRules, matter.community),
        calendar=turn.street.office.calendar,
    )
    await _store(turn, answered, files_of(draft))
    is_direct = draft.context.get("direct")
    other = choice("matters.not_an_answer", action("matters.not_an_answer", matter.number))
    turn.say(
        "matters.answered",
        (open_case(matter.number), *((other,) if is_direct else ())),
        number=matter.number,
    )
    await tell_owner(turn, answered, "matters.owner_answered", draft)


async def _said_to_another(turn: Turn, voice: Voice, draft: Draft) -> bool:
    """Pass on words that are not for whoever has one's own case; tell whether they were not."""
    if draft.values.get("to") == ABOVE:
        await _tell_above(turn, voice, draft)
    elif voice.is_merged:
        life.ensure(voice.case, *OPEN)
        await say_to_survivor(turn, voice, draft)
    else:
        return False
    return True


async def take_as_new(turn: Turn, number: str) -> None:
    """Take what went to a case as the answer to its question as something new instead.

    The case keeps it: its owner has read it.
    """
    matter, _ = await load_matter(turn, number, MatterRight.ADD)
    for event in reversed(await list_events(turn.tx, matter.number)):
        if event.happening is Happening.ANSWERED and event.actor == turn.person.id:
            await sort_out(turn, str((event.content or {})["text"]))
            return
    raise Stale


async def _store(turn: Turn, matter: Matter, files: tuple[str, ...]) -> None:
    save_matter(turn, matter)
    claim_files(turn, matter, files)


async def tell_owner(turn: Turn, matter: Matter, key: str, draft: Draft) -> None:
    """Tell whoever has a case what its resident said."""
    said = draft.values.get("text") or text("matters.without_words")
    message = Message(
        blocks=(text(key, number=matter.number, said=said),),
        choices=((open_case(matter.number),),),
    )
    turn.tell(matter.owner, *with_pictures(message, files_of(draft)), on=matter)


async def _tell_above(turn: Turn, voice: Voice, draft: Draft) -> None:
    """Tell the level above alone what somebody says about their case; its owner never sees it."""
    words, files = str(draft.values.get("text", "")), files_of(draft)
    own, case = voice.own, voice.case
    life.ensure(case, *OPEN)
    above = await above_all_who_had_it(turn, case, words)
    if above is None:
        tell_nobody_above(turn, own)
        return
    act = turn.act(voice.grant.role)
    if voice.is_merged:
        save_matter(turn, merging.say_above(own, act, words, files))
        claim_files(turn, case, files)
    else:
        await _store(turn, life.tell_above(own, act, words, files), files)
    turn.say("matters.told_above", (open_case(own.number),), number=own.number)
    send_above(turn, above, case, "matters.above_told", words, files)


async def above_all_who_had_it(turn: Turn, matter: Matter, words: str) -> str | None:
    """Find who stands above everybody that had a case in hand or is named; None for nobody."""
    organisation = turn.street.organisation
    events = await list_events(turn.tx, matter.number)
    had = {event.actor for event in events if event.role is not Role.RESIDENT}
    avoid = avoided(matter, *had, *turn.named_in(words))
    found = organisation.above(matter.seat, turn.now, avoid=avoid)
    return found.person if found else None


def send_above(
    turn: Turn, person: str, matter: Matter, key: str, words: str, files: tuple[str, ...] = ()
) -> None:
    """Send what a resident said to one person of the level above."""
    said = words or text("matters.without_words")
    message = Message(
        blocks=(text(key, number=matter.number, said=said),),
        choices=((open_case(matter.number),),),
    )
    turn.tell(person, *with_pictures(message, files), on=matter)


def tell_nobody_above(turn: Turn, matter: Matter) -> None:
    """Say plainly that nobody could be told, and whom to turn to instead."""
    turn.say(
        "matters.nobody_above",
        (open_case(matter.number),),
        number=matter.number,
        contact=turn.street.office.conduct_contact,
    )


_FILES = Files(
    name="files",
    question="filing.ask_files",
    label="filing.files",
    optional=True,
)


def _words(question: str) -> Words:
    """Ask for words, unless pictures or voices say it."""
    return Words(
        name="text",
        question=question,
        label="filing.text",
        spared=lambda _turn, draft: bool(files_of(draft)),
    )


def has_voice(_turn: Turn, draft: Draft) -> bool:
    """Tell whether a voice is among what was sent: nobody can read one."""
    return any(kind == FileKind.VOICE for _, kind in draft.values.get("files") or ())


#: Who is to read or hear it.
OWNER, ABOVE = "owner", "above"


def _readers(turn: Turn, draft: Draft) -> Sequence[Option]:
    """Offer both; the level above first where the words may be about whoever has the case."""
    words = str(draft.values.get("text") or "")
    found = signs(turn, words)
    order = [ABOVE, OWNER] if found.deed or found.staff or found.named else [OWNER, ABOVE]
    return [Option(one, text(f"matters.to_{one}"), _TYPED[one]) for one in order]


_TYPED = {OWNER: ("给承办人", "承办人"), ABOVE: ("只给上级", "上级")}


def _reader_step(when: Callable[[Turn, Draft], bool]) -> Choose:
    return Choose(
        name="to", question="matters.ask_reader", label="matters.to", options=_readers, when=when
    )


ADD = Form(
    name="add",
    version=2,
    title="matters.add_title",
    steps=(_words("matters.ask_add"), _FILES, _reader_step(has_voice)),
    submit=submit_add,
    submit_label="forms.submit",
)
#: What is still missing, after "not solved": asked at once.
MISSING = Form(
    name="missing",
    version=2,
    title="matters.add_title",
    steps=(_words("matters.ask_missing"), _FILES, _reader_step(lambda _turn, _draft: True)),
    submit=submit_add,
    review=False,
    leave="matters.enough",
)
ANSWER = Form(
    name="answer",
    version=2,
    title="matters.answer_title",
    steps=(_words("matters.ask_answer"), _FILES, _reader_step(has_voice)),
    submit=submit_answer,
)
