"""Whatever a resident says without a menu: what it is taken for, and what is still missing.

Danger was answered before, see `handlers.matters.danger`. A complaint about a person's conduct
never becomes a matter of the ordinary ladder: the resident sees whom to turn to.
"""

from collections.abc import Sequence
from dataclasses import replace

from domain.categories import Kind
from domain.matters.alarms import Alarm, emergency_choices, is_sealed
from domain.matters.matter import State
from domain.messages import Awaiting, Choice, FileKind, Message, Side, text
from domain.words.lexicon import Guess
from domain.words.understanding import Understanding
from handlers.conduct import tell_conduct
from handlers.features import Feature
from handlers.forms.answers import NotMineError, clean_words, files_of, with_value
from handlers.forms.forms import begin, begin_answered
from handlers.forms.steps import Choose, Files, Form, Option, Place, Words
from handlers.matters import disputes, opinions, own_cases, requests
from handlers.matters.filing import (
    COMMUNITY_STEP,
    FILES_STEP,
    GRID_STEP,
    file_unsorted,
    known_values,
)
from handlers.residents import arrival
from handlers.turn import Turn, choice, phone_choice
from storage.drafts import Draft
from storage.matters.queries import list_reported

FORMS = {
    Kind.OPINION: opinions.FORM,
    Kind.SERVICE: requests.FORM,
    Kind.DISPUTE: disputes.FORM,
}
#: The choice that is not a kind of matter.
CONDUCT = "conduct"
#: What words may be to a case of one's own that is open, by its state; elsewhere they are added.
_TO_OWN = {State.ASKED: ("answer",), State.RESOLVED: ("unsolved", "solved")}
#: Of how many cases of one's own the bot asks whether words belong to them.
_MOST_OWN = 2


async def hear(turn: Turn) -> None:
    """Take a plain message or picture: propose what it is, ask what is missing."""
    words = turn.incoming.text or ""
    files = [[one, kind] for one, kind in await _attached(turn)]
    if words and not files and await _answer_at_once(turn, turn.understood(words)):
        return
    if files and not words:
        await _hear_files(turn, files)
        return
    values: dict[str, object] = {"files": files or None}
    if any(sign.isalnum() for sign in words):
        values["text"] = clean_words(turn, words, 1)
    elif words and not files:
        turn.say("words.not_understood", *emergency_choices())
        turn.reply(arrival.menu(turn))
        return
    await _sort_out(turn, values)


async def _hear_files(turn: Turn, files: list[list[str]]) -> None:
    """Take pictures or voices without words: an answer where something was asked, or something new.

    Who was asked for a picture just sends it.
    """
    asked = [[number, state] for number, state in await _own_cases(turn) if state == State.ASKED]
    if asked:
        await begin(turn, SENT, values={"files": files}, context={"own": asked})
    elif turn.person.elder and not _are_voices(files):
        # More pictures may be on their way; a tap says that these are all.
        await begin_answered(turn, UNSORTED, known_values(turn))
    else:
        await _take_files(turn, files)


def _are_voices(files: list[list[str]]) -> bool:
    return all(kind == FileKind.VOICE for _, kind in files)


async def _take_files(turn: Turn, files: list[list[str]]) -> None:
    """Take pictures or voices as something new."""
    if turn.person.elder or _are_voices(files):
        await begin(turn, UNSORTED, values={**known_values(turn), "files": files})
    else:
        await _sort_out(turn, {"files": files})


async def _sort_out(turn: Turn, values: dict[str, object]) -> None:
    """Ask what is missing until it is clear what sort of matter this is."""
    own = await _own_cases(turn)
    if "text" in values:
        understood = turn.understood(str(values["text"]))
        asked = any(state == State.ASKED for _, state in own)
        values["kind"] = _in_danger(understood) or (None if asked else _surely(understood))
    if arrival.needs_notice(turn):
        turn.reply(Message(blocks=(arrival.notice(turn),)))
    context: dict[str, object] = {"own": own, "said": turn.incoming.said}
    alarm = turn.recall(Alarm)
    if turn.goes_on and alarm is not None and alarm.accuses:
        # What was held is what was said about the danger, as far as it goes on.
        context |= {"own": [], "alarm": alarm.id}
    await begin(turn, FORM, values=values, context=context)


async def record_danger(turn: Turn, values: dict[str, object], context: dict[str, object]) -> None:
    """Begin to record a danger, after the numbers to call: the notice first, then the form."""
    values["kind"] = _in_danger(turn.understood(str(values["text"])))
    if arrival.needs_notice(turn):
        turn.reply(Message(blocks=(arrival.notice(turn),)))
    await begin(turn, FORM, values=values, context=context)


async def _own_cases(turn: Turn) -> list[list[str]]:
    """List the cases of one's own that words may be about, as number and state: who is asked
    something often just answers, without a button."""
    reported = await list_reported(turn.tx, turn.person.id)
    open_ones = [one for one in reported if one.is_open and one.reporter == turn.person.id]
    first = {state: rank for rank, state in enumerate(_TO_OWN)}
    open_ones.sort(key=lambda one: first.get(one.state, len(first)))
    return [[one.number, one.state.value] for one in open_ones[:_MOST_OWN]]


async def is_directed(turn: Turn) -> bool:
    """Tell whether what is said would go to whoever has a case of this person's in hand."""
    if turn.draft is not None and turn.draft.form not in _OF_NO_CASE:
        return "number" in turn.draft.context
    return bool(await _own_cases(turn))


async def hear_within(turn: Turn, form: Form) -> bool:
    """Answer what is said to a question of the bot, and is no answer to it; tell whether it was.

    Words to a voice or a picture that nobody has sorted yet say what it is about.
    """
    draft, words = turn.draft, turn.incoming.text
    if form is FORM and words and not turn.incoming.files:
        # What may be about the matter itself is added to what the bot did not understand.
        understood = turn.understood(words)
        is_aside = understood.sure or understood.alternatives == (Guess.STATUS,)
        return is_aside and await _answer_at_once(turn, understood)
    unsorted = form is UNSORTED or form is SENT
    if draft is None or not unsorted or not words:
        return False
    if turn.incoming.files:  # a later picture brought the words along
        draft = await form.by_name["files"].take(turn, draft)
    else:
        step = form.by_name.get(draft.step)
        try:
            if step is not None:
                await step.take(turn, draft)
                return False
        except NotMineError:
            pass
        if await _answer_at_once(turn, turn.understood(words)):
            return True
    values = {"text": clean_words(turn, words, 2), "files": draft.values.get("files")}
    await _sort_out(turn, values)
    return True


async def _attached(turn: Turn) -> list[tuple[str, str]]:
    attached = []
    for ref in turn.incoming.files:
        attachment = await turn.attach(ref)
        if attachment is not None:
            attached.append((attachment, ref.kind.value))
    return attached


def _surely(understood: Understanding) -> str | None:
    """Give the kind that needs no question; None when it is to be asked."""
    if understood.sure and understood.guess.kind is not None:
        return understood.guess.kind.value
    return None


def _in_danger(understood: Understanding) -> str | None:
    """Give the likeliest kind where danger leaves no time for questions; None elsewhere."""
    if not understood.dangers or Guess.CONDUCT in understood.alternatives:
        return None
    if is_sealed(understood.dangers):
        return Kind.SERVICE.value  # Never mediated. Source: 反家庭暴力法 13, 未成年人保护法 11.
    return next((one.kind for one in understood.alternatives if one.kind), Kind.SERVICE).value


async def _answer_at_once(turn: Turn, understood: Understanding) -> bool:
    """Answer what is no new matter; tell whether it was."""
    if not understood.sure and understood.guess is not Guess.STATUS:
        return False
    match understood.guess:
        case Guess.GREETING:
            arrival.greet(turn)
        case Guess.HELP:
            await arrival.show_help(turn)
        case Guess.HUMAN:
            await show_human(turn)
        case Guess.STATUS if understood.case_number:
            await own_cases.show(turn, understood.case_number)
        case Guess.STATUS:
            await own_cases.list_mine(turn)
        case _:
            return False
    return True


async def ask_to_tell(turn: Turn) -> None:
    """Ask for a voice, a picture or a few words, whichever is easiest."""
    if turn.draft is not None:
        turn.drop_draft()
    cancel = choice("menu.open", "menu")
    message = Message(blocks=(text("words.tell"),), choices=((cancel,),), awaiting=Awaiting.VOICE)
    turn.reply(message)


async def show_human(turn: Turn) -> None:
    """Give a person's phone number."""
    number = turn.street.office.phone
    if not number:
        turn.say("words.human_no_phone", (choice("menu.open", "menu"),))
        return
    turn.say("words.human", (phone_choice(number),), (choice("menu.open", "menu"),))


# --- when the bot has to ask what it is ----------------------------------------------------------


def _kinds(turn: Turn, draft: Draft) -> Sequence[Option]:
    words = draft.values.get("text") or ""
    likely = list(turn.understood(words).alternatives) if words else []
    order = [guess.value for guess in likely if guess.kind or guess is Guess.CONDUCT]
    rest = [Kind.SERVICE.value, Kind.OPINION.value, Kind.DISPUTE.value, CONDUCT]
    ordered = [*order, *(value for value in rest if value not in order)]
    return [*_to_own(draft), *(Option(value, text(f"words.is_{value}")) for value in ordered)]


class Kinds(Choose):
    """The question of an unsure bot: whoever is in danger finds help beside the answers."""

    async def choices(self, turn: Turn, draft: Draft) -> tuple[tuple[Choice, ...], ...]:
        """Give a button for each kind, and the numbers to call."""
        return (*await super().choices(turn, draft), *emergency_choices())


def _to_own(draft: Draft) -> list[Option]:
    """Offer to take the words for one of the person's own cases."""
    return [
        Option(f"{what}.{number}", text(f"words.to_{what}", number=number))
        for number, state in draft.context.get("own") or ()
        for what in _TO_OWN.get(State(state), ("add",))
    ]


def _guess(turn: Turn, draft: Draft, given: str) -> Draft:
    kind = _surely(turn.understood(given))
    return with_value(draft, "kind", kind) if kind else draft


async def _sort(turn: Turn, draft: Draft) -> None:
    """Go on as the kind of matter that it is."""
    kind = draft.values["kind"]
    if kind == CONDUCT:
        tell_conduct(turn, at=draft.changed_at, said=draft.context.get("said"))
        return
    what, _, number = kind.partition(".")
    if number:
        await own_cases.take_words(turn, what, replace(draft, context={"number": number}))
        return
    words = draft.values["text"]
    form = FORMS[Kind(kind)]
    values = known_values(turn)
    if files_of(draft):
        values["files"] = draft.values["files"]
    fresh = replace(draft, values={"text": words, **values})
    filled = form.guess(turn, fresh, words) if form.guess else fresh
    if "category" not in filled.values and turn.understood(words).dangers:
        other = turn.street.office.categories.other(Kind(kind))
        filled = with_value(filled, "category", other.code)
    told = {name: draft.context[name] for name in _TO_GO_ON if name in draft.context}
    await begin(turn, form, values=filled.values, context=told, quick=True)


#: What goes on with the words from form to form: the alarm that they are, and what waits meanwhile.
_TO_GO_ON = ("alarm", "aside")


FORM = Form(
    name="words",
    version=1,
    title="words.title",
    steps=(
        Words(name="text", question="words.ask_text", label="filing.text"),
        Kinds(name="kind", question="words.ask_kind", label="words.kind", options=_kinds, width=1),
        Files(name="files", question="filing.ask_files", label="filing.files", asked=False),
    ),
    submit=_sort,
    review=False,
    guess=_guess,
)


def _answers(turn: Turn, draft: Draft) -> Sequence[Option]:
    return [*_to_own(draft), Option("new", text("words.is_new"))]


async def _use_files(turn: Turn, draft: Draft) -> None:
    what, _, number = draft.values["kind"].partition(".")
    if number:
        await own_cases.take_words(turn, what, replace(draft, context={"number": number}))
    else:
        await _take_files(turn, draft.values["files"])


SENT = Form(
    name="sent",
    version=1,
    title="words.title",
    steps=(
        Choose(
            name="kind", question="words.ask_sent", label="words.kind", options=_answers, width=1
        ),
        Files(name="files", question="filing.ask_files", label="filing.files", asked=False),
    ),
    submit=_use_files,
    review=False,
)

UNSORTED = Form(
    name="voice",
    version=2,
    title="words.title",
    steps=(
        FILES_STEP,
        # A location answers both questions; nobody is asked for it.
        Place(name="place", question="filing.ask_place", label="filing.place", asked=False),
        COMMUNITY_STEP,
        GRID_STEP,
    ),
    submit=file_unsorted,
    review=False,
)

#: Forms that are about no case yet.
_OF_NO_CASE = frozenset({FORM.name, SENT.name, UNSORTED.name})

FEATURE = Feature(
    side=Side.RESIDENTS,
    verbs={"human": show_human, "tell": ask_to_tell},
    forms=(FORM, SENT, UNSORTED),
)
