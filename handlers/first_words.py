"""Whatever a resident says without a menu: what it is taken for, and what is still missing.

Danger was answered before, see `handlers.matters.danger`. A complaint about a person's conduct
never becomes a matter of the ordinary ladder: the resident sees whom to turn to.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from domain.categories import Kind
from domain.emergencies import emergency_choices, is_sealed
from domain.errors import Stale
from domain.human_route import phone_choice
from domain.messages import Awaiting, Choice, FileKind, Message, Side, text
from domain.people import Language
from domain.words.languages import is_english
from domain.words.lexicon import Guess
from domain.words.understanding import Understanding
from handlers.features import Continuation, Entry, Feature, Menu, Reading, Verb
from handlers.forms.answers import NotMineError, clean_words, with_value
from handlers.forms.forms import begin, new_draft
from handlers.forms.steps import ANSWERED, THEN, Choose, Files, Form, Option, Words
from handlers.menus import menu, other_language
from handlers.privacy_notice import give_notice, is_below, needs_notice
from handlers.turn import Turn, choice
from storage.drafts import Draft

#: Of how many cases of one's own the bot asks whether words belong to them.
_MOST_OWN = 2


#: Who says so wants nothing: they wait.
_WAITS = re.compile(
    r"(?:好的?|行|嗯|那|那好|那行|我|就|先|再|[,，、 ])*(?:等着?|等一等|等等)"
    r"(?:你们|您|看|消息|通知|回复|结果|吧|了|呗|的)*"
    r"|(?:ok|okay|fine|well)?,? ?(?:i will|i'll|we will|we'll|let me) wait(?: then)?"
)


async def hear(turn: Turn) -> None:
    """Take a plain message or picture: propose what it is, ask what is missing."""
    words = turn.incoming.text or ""
    if (
        _WAITS.fullmatch(turn.understood(words).plain.strip(" ,，。.!！"))
        and not turn.incoming.files
    ):
        turn.say("words.waits", (choice("matters.my_cases", "matters.mine"),))
        return
    files = [[one, kind] for one, kind in await _attached(turn)]
    if turn.person.language is Language.CHINESE and is_english(words):
        turn.say("menu.offer_english", (other_language(turn),))
    if words and not files:
        understood = turn.understood(words)
        if await _asks_plainly(turn, words, understood) or await _answer_at_once(turn, understood):
            return
    if files and not words:
        await _hear_files(turn, files)
        return
    values: dict[str, object] = {"files": files or None}
    if any(sign.isalnum() for sign in words):
        values["text"] = clean_words(turn, words, 1)
    elif words and not files:
        turn.say("words.not_understood")
        turn.reply(menu(turn))
        return
    if words and not _are_voices(files) and await _answers_what_was_asked(turn, values):
        return
    await _sort_out(turn, values)


async def _answers_what_was_asked(turn: Turn, values: dict[str, object]) -> bool:
    """Take words as the answer where one thing alone was asked; tell whether they were taken.

    What is plainly a new matter, or may be danger or a complaint, is asked about instead.
    """
    asked = [one for one in await _under_way(turn) if one.waits]
    if len(asked) != 1 or "text" not in values or turn.carries:
        return False
    understood = turn.understood(str(values["text"]))
    quoted = understood.case_number
    if (quoted and quoted != asked[0].key) or understood.dangers:
        return False
    is_new = understood.sure and (understood.guess.kind or understood.guess is Guess.QUESTION)
    if is_new or Guess.CONDUCT in understood.alternatives:
        return False
    way = next(one for one in asked[0].ways)
    taker = turn.features.takes_way(way)
    if taker is None:
        return False
    draft = new_draft(turn, FORM, values, {"number": asked[0].key, "direct": True})
    await taker.take(turn, way, draft)
    return True


async def _hear_files(turn: Turn, files: list[list[str]]) -> None:
    """Take pictures or voices without words: an answer where something was asked, or something new.

    Who was asked for a picture just sends it.
    """
    asked = [one for one in await _under_way(turn) if one.waits]
    if asked:
        await begin(turn, SENT, values={"files": files}, context={"own": _packed(asked)})
    elif turn.person.elder and not _are_voices(files):
        # More pictures may be on their way; a tap says that these are all.
        await _take_unsorted(turn, None)
    else:
        await _take_files(turn, files)


def _are_voices(files: list[list[str]]) -> bool:
    return bool(files) and all(kind == FileKind.VOICE for _, kind in files)


async def _take_files(turn: Turn, files: list[list[str]]) -> None:
    """Take pictures or voices as something new."""
    if turn.features.unsorted and (turn.person.elder or _are_voices(files)):
        await _take_unsorted(turn, files)
    else:
        await _sort_out(turn, {"files": files})


async def _take_unsorted(turn: Turn, files: list[list[str]] | None) -> None:
    unsorted = turn.features.unsorted
    if unsorted is not None:
        await unsorted.take(turn, files)
    else:
        await _sort_out(turn, {"files": files})


async def sort_out(turn: Turn, words: str) -> None:
    """Take words that went elsewhere by mistake as something new."""
    await _sort_out(turn, {"text": words})


async def take_anew(turn: Turn, values: dict[str, Any]) -> None:
    """Take words and files that were meant for something else as something new."""
    if "text" in values:
        await _sort_out(turn, values)
    else:
        await _take_files(turn, values["files"])


async def _sort_out(turn: Turn, values: dict[str, object]) -> None:
    """Ask what is missing until it is clear what sort of matter this is."""
    context: dict[str, object] = {"said": turn.incoming.said}
    if "text" in values and (two := _two_matters(turn, str(values["text"]))):
        values["text"], context[THEN] = two
        turn.say("words.two", first=two[0], second=two[1])
    own = await _under_way(turn)
    if "text" in values:
        understood = turn.understood(str(values["text"]))
        quoted = [one for one in own if one.key == understood.case_number]
        own = quoted or own
        asked = any(one.waits for one in own) or quoted
        values["kind"] = _in_danger(understood) or (None if asked else _surely(understood))
        if values["kind"] is None and not asked and await _is_known(turn, understood):
            return
    context["own"] = _packed(own)
    if turn.goes_on and turn.carries:
        context |= {"own": [], **turn.carries}
    await _begin(turn, values, context)


async def _is_known(turn: Turn, understood: Understanding) -> bool:
    """Answer words of which nobody knows whether they ask or order, where it is clear what about:
    the answer leads on to both."""
    words = turn.incoming.text
    reading = turn.features.readings.get(Guess.QUESTION)
    if not words or turn.incoming.files or understood.may_be_danger or turn.goes_on:
        return False
    if reading is None or reading.answer is None:
        return False
    for feature in turn.features.knows:
        if feature.is_meant is not None and await feature.is_meant(turn, words):
            await reading.answer(turn, understood)
            return True
    return False


async def take_up(turn: Turn) -> None:
    """Go on with what was said in the same message about something else."""
    words, turn.then = turn.then, ""
    turn.incoming = replace(turn.incoming, text=words, files=(), action=None, place=None)
    turn.say("words.second", said=words)
    await _sort_out(turn, {"text": words})


#: Where one matter may end and another begin within a message.
_BETWEEN = re.compile(r"[。；;！!？?\n]+|[,，、 ]?(?=还有|另外|再就是|再有|顺便|对了|以及|同时也)")
#: What led on to it says nothing of it.
_LEADS_ON = re.compile(
    r"^(?:还有|另外|再就是|再有|顺便|对了|以及|同时也)[，,、：: ]*(?:说一下|问一下)?"
)
#: A shorter piece is no matter of its own.
_SHORTEST_MATTER = 5
#: In a longer text nobody says two things: it is one story.
_LONGEST_TWO = 200


def _two_matters(turn: Turn, words: str) -> tuple[str, str] | None:
    """Tell two matters of one message apart; None where it is one, or where that is not sure."""
    if len(words) > _LONGEST_TWO:
        return None
    pieces = [_LEADS_ON.sub("", piece.strip(" ，,、")) for piece in _BETWEEN.split(words)]
    pieces = [piece for piece in pieces if len(piece) >= _SHORTEST_MATTER]
    read = [(piece, turn.understood(piece)) for piece in pieces]
    about = [(got.guess, got.category) for _, got in read]
    if len(read) < 2 or any(got.may_be_danger for _, got in read):
        return None
    clear = [at for at, (_, got) in enumerate(read) if got.sure and got.category is not None]
    if len(clear) < 2 or about[clear[0]] == about[clear[1]]:
        return None
    cut = clear[1]
    return "，".join(pieces[:cut]), "，".join(pieces[cut:])


async def record_danger(turn: Turn, values: dict[str, object], context: dict[str, object]) -> None:
    """Begin to record a danger, after the numbers to call."""
    values["kind"] = _in_danger(turn.understood(str(values["text"])))
    await _begin(turn, values, context)


async def _begin(turn: Turn, values: dict[str, object], context: dict[str, object]) -> None:
    """Begin the form, with the notice above or below it for whoever has not had it."""
    wanted = needs_notice(turn)
    if wanted and not is_below(turn):
        give_notice(turn)
    await begin(turn, FORM, values=values, context=context)
    if wanted and is_below(turn):
        give_notice(turn)


async def _under_way(turn: Turn) -> list[Continuation]:
    """List what of one's own words may be about, what waits for an answer first: who is asked
    something often just answers, without a button."""
    found = [one for each in turn.features.continues for one in await each.find(turn)]
    words = turn.incoming.text
    quoted = turn.understood(words).case_number if words else None
    found.sort(key=lambda one: (one.key != quoted, not one.waits))
    return found[:_MOST_OWN]


def _packed(own: list[Continuation]) -> list[list[object]]:
    return [[one.key, list(one.ways)] for one in own]


async def is_directed(turn: Turn) -> bool:
    """Tell whether what is said would go to whoever has something of this person's in hand."""
    if turn.replied_to is not None:
        return True
    if turn.draft is not None and not _is_of_nothing(turn, turn.draft):
        return "number" in turn.draft.context
    return bool(await _under_way(turn))


def _is_of_nothing(turn: Turn, draft: Draft) -> bool:
    """Tell whether what is filled is about nothing that is under way yet."""
    return draft.form in (FORM.name, SENT.name) or _is_unsorted(turn, draft)


def _is_unsorted(turn: Turn, draft: Draft) -> bool:
    unsorted = turn.features.unsorted
    return unsorted is not None and draft.form == unsorted.form


async def hear_within(turn: Turn, form: Form) -> bool:
    """Answer what is said to a question of the bot, and is no answer to it; tell whether it was.

    Words to a voice or a picture that nobody has sorted yet say what it is about.
    """
    draft, words = turn.draft, turn.incoming.text
    if draft is not None and draft.context.get(ANSWERED):
        # Its question was answered: what comes now is about something else.
        turn.drop_draft()
        await hear(turn)
        return True
    if form is FORM and words and not turn.incoming.files:
        # What may be about the matter itself is added to what the bot did not understand.
        verb = turn.features.words[turn.incoming.side].get(words.strip().casefold())
        if verb is not None:
            await verb.do(turn)
            return True
        understood = turn.understood(words)
        is_aside = understood.sure or understood.alternatives == (Guess.STATUS,)
        return is_aside and await _answer_at_once(turn, understood)
    if draft is None or not words or not (form is SENT or _is_unsorted(turn, draft)):
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
    reading = turn.features.readings.get(understood.guess)
    if reading is None or reading.answer is None or not (understood.sure or reading.unsure):
        return False
    if understood.guess is Guess.STATUS and _tells_of_a_case(understood):
        return False
    await reading.answer(turn, understood)
    return True


#: A case's number, in full or by its serial.
_ANY_NUMBER = re.compile(r"(?:20\d\d[- ]?)?\d{5}(?!\d)")
#: What asks how something stands, or for it to go on.
_ASKS_HOW = re.compile(
    r"[?？]|吗|呢$|怎么|怎样|如何|哪一?步|哪里了|进展|进度|状态|多久|什么时候|何时|啥时候|几时|催|查|看看"
    r"|有没有|(?:还|都)没(?:人|有人|动静|消息|信|办)|how|when|status|progress|any news|where"
)
#: Fewer signs beside a number say nothing that could be lost.
_LEAST_BESIDE = 4


def _tells_of_a_case(understood: Understanding) -> bool:
    """Tell whether words beside a case's number say something, and do not ask how it stands."""
    rest, count = _ANY_NUMBER.subn("", understood.plain)
    if not count or sum(sign.isalnum() for sign in rest) < _LEAST_BESIDE:
        return False
    return _ASKS_HOW.search(rest) is None


async def _asks_plainly(turn: Turn, words: str, understood: Understanding) -> bool:
    """Answer what a feature plainly knows, though the words might be a request; tell whether."""
    question = turn.features.readings.get(Guess.QUESTION)
    is_open = Guess.QUESTION in understood.alternatives and not understood.may_be_danger
    if question is None or question.answer is None or not is_open:
        return False
    if understood.guess is Guess.QUESTION and understood.sure:
        return False  # It is answered as one all the same.
    for one in turn.features.knows:
        if one.first and await one.tell(turn, words) is not None:
            await question.answer(turn, understood)
            return True
    return False


async def ask_to_tell(turn: Turn) -> None:
    """Ask for a voice, a picture or a few words, whichever is easiest."""
    if turn.draft is not None:
        turn.drop_draft()
    cancel = choice("menu.open", "menu.open")
    message = Message(blocks=(text("words.tell"),), choices=((cancel,),), awaiting=Awaiting.VOICE)
    turn.reply(message)


async def show_human(turn: Turn) -> None:
    """Give a person's phone number."""
    number = turn.street.office.phone
    if not number:
        turn.say("words.human_no_phone", (choice("menu.open", "menu.open"),))
        return
    turn.say("words.human", (phone_choice(number),), (choice("menu.open", "menu.open"),))


# --- when the bot has to ask what it is ----------------------------------------------------------


#: So many readings are offered at first, and what stands for all the others.
_MOST_LIKELY = 3
_MORE = "more"


def _kinds(turn: Turn, draft: Draft) -> Sequence[Option]:
    words = draft.values.get("text") or ""
    offered = [one.guess for one in turn.features.readings.values() if one.take is not None]
    likely = list(turn.understood(words).alternatives) if words else []
    ordered = list(dict.fromkeys([*(one for one in likely if one in offered), *offered]))
    options = [Option(one.value, text(f"words.is_{one}")) for one in ordered]
    if words and len(options) > _MOST_LIKELY + 1 and not draft.context.get(_MORE):
        options[_MOST_LIKELY:] = [Option(_MORE, text("words.is_other"))]
    return [*_to_own(draft), *options]


class Kinds(Choose):
    """The question of an unsure bot: whoever may be in danger finds help beside the answers."""

    async def choices(self, turn: Turn, draft: Draft) -> tuple[tuple[Choice, ...], ...]:
        """Give a button for each likely kind, and the numbers to call where danger may be."""
        words = str(draft.values.get("text") or "")
        may_be_danger = not words or turn.understood(words).may_be_danger
        numbers = emergency_choices() if may_be_danger else ()
        return (*await super().choices(turn, draft), *numbers)

    async def press(self, turn: Turn, draft: Draft, value: str) -> Draft:
        """Take a kind, or offer all of them."""
        if value == _MORE:
            return replace(draft, context={**draft.context, _MORE: True})
        return await super().press(turn, draft, value)


def _to_own(draft: Draft) -> list[Option]:
    """Offer to take the words for something of one's own that is under way."""
    return [
        Option(f"{way}.{number}", text(f"words.to_{way}", number=number))
        for number, ways in draft.context.get("own") or ()
        for way in ways
    ]


async def _take_for_own(turn: Turn, draft: Draft) -> bool:
    """Take the words for what was chosen of one's own; tell whether it was such a choice."""
    way, _, number = draft.values["kind"].partition(".")
    if not number:
        return False
    taker = turn.features.takes_way(way)
    if taker is None:
        raise Stale
    await taker.take(turn, way, replace(draft, context={"number": number}))
    return True


def _guess(turn: Turn, draft: Draft, given: str) -> Draft:
    kind = _surely(turn.understood(given))
    return with_value(draft, "kind", kind) if kind else draft


async def _sort(turn: Turn, draft: Draft) -> None:
    """Go on as the kind of matter that it is."""
    if await _take_for_own(turn, draft):
        return
    reading = turn.features.readings.get(Guess(draft.values["kind"]))
    if reading is None or reading.take is None:
        raise Stale
    await reading.take(turn, draft)


FORM = Form(
    name="words",
    version=2,
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
    if not await _take_for_own(turn, draft):
        await _take_files(turn, draft.values["files"])


SENT = Form(
    name="sent",
    version=2,
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


async def _show_human(turn: Turn, _understood: Understanding) -> None:
    await show_human(turn)


FEATURE = Feature(
    name="words",
    side=Side.RESIDENTS,
    verbs=(
        Verb("words.human", show_human, minimal=True),
        Verb("words.tell", ask_to_tell, begins=True),
    ),
    forms=(FORM, SENT),
    entries=(Entry(Menu.ELDER, "menu.elder_tell", "words.tell", emphasis=True),),
    readings=(Reading(Guess.HUMAN, answer=_show_human),),
    hears=hear,
)
