"""What is written under a message about a case is for that case, whatever else is open.

Over Telegram people answer a card, a question or a receipt by replying to it. Of residents it is
the answer, an addition or a verdict; of staff it is news of the case, its result, help that was
asked for, or an instruction. Where it cannot be taken, one sentence says why and what to do.
"""

from collections.abc import Sequence
from typing import Any

from domain.access.checks import knows_of, may
from domain.access.matters import MatterRight
from domain.errors import NotFound, Refused
from domain.matters.matter import IN_HAND, OPEN, Matter, State
from domain.matters.naming import called
from domain.matters.urging import is_above
from domain.messages import Message, Side, text
from domain.subjects import MATTER, open_case
from domain.words.lexicon import Guess
from handlers.features import Continuation, Feature
from handlers.first_words import take_anew
from handlers.forms.answers import clean_words
from handlers.forms.forms import begin, form_named, new_draft
from handlers.forms.screens import unfinished
from handlers.forms.steps import Choose, Files, Form, Option, Words
from handlers.matters.adding import ADD, ANSWER
from handlers.matters.guards import on_case
from handlers.matters.helping import GIVE_HELP
from handlers.matters.own_cases import find_under_way, show_or_urge, take_words
from handlers.matters.searching import GIVEN, INSTRUCTED, PROGRESS, RESOLVED, WAYS, tells_of_result
from handlers.matters.turns import follows
from handlers.turn import Turn
from storage.drafts import Draft
from storage.matters.help_requests import find_part
from storage.matters.matters import find_matter
from storage.matters.merged import own_duplicate


async def _sent(turn: Turn) -> dict[str, Any]:
    """Give the words and files that were sent; a place and a number count as words."""
    incoming = turn.incoming
    words = [incoming.text or ""]
    if incoming.place is not None:
        words.append(f"📍 {incoming.place.latitude:.5f}, {incoming.place.longitude:.5f}")
    if incoming.phone:
        words.append(f"📞 {incoming.phone}")
    said = "\n".join(one for one in words if one)
    files = [(await turn.attach(ref), ref.kind.value) for ref in incoming.files]
    kept: dict[str, Any] = {}
    if any(sign.isalnum() for sign in said):
        kept["text"] = clean_words(turn, said, 1)
    if any(one for one, _ in files):
        kept["files"] = [[one, kind] for one, kind in files if one]
    return kept


# --- residents -----------------------------------------------------------------------------------


async def hear_resident(turn: Turn, number: str) -> bool:
    """Take what a resident writes under a message about a case; tell whether it was taken."""
    waits = turn.draft
    values = await _sent(turn)
    if not values:
        return False
    own = await _own(turn, number)
    if own is None:
        return await _is_no_case_of_mine(turn, number)
    way = next((one for one in await find_under_way(turn) if one.key == own.number), None)
    words = str(values.get("text") or "")
    is_asked = way is not None and way.waits
    if words and "files" not in values and await _is_aside(turn, own.number, words, is_asked):
        return True
    if way is None:
        return _as_ordinary(turn, "matters.reply_over", own)
    await _take(turn, way, values)
    _offer_again(turn, waits)
    return True


async def _own(turn: Turn, number: str) -> Matter | None:
    """Find what one reported oneself under a number, or what was merged into that case."""
    matter = await find_matter(turn.tx, number)
    if matter is None or matter.erased:
        return None
    if matter.reporter == turn.person.id:
        return matter
    return await own_duplicate(turn.tx, turn.person.id, number)


#: Who writes more tells something besides, which is worth keeping.
_LONGEST_ASIDE = 12


async def _is_aside(turn: Turn, number: str, words: str, is_asked: bool) -> bool:
    """Say how the case stands, urge it, or take thanks, where that is what was written under it."""
    understood = turn.understood(words)
    if not understood.sure or len(understood.plain) > _LONGEST_ASIDE:
        return False
    if understood.guess is Guess.STATUS and understood.case_number in (None, number):
        await show_or_urge(turn, number, understood)
        return True
    reading = turn.features.readings.get(understood.guess)
    if understood.guess is not Guess.THANKS or is_asked or not reading or not reading.answer:
        return False
    await reading.answer(turn, understood)
    return True


async def _take(turn: Turn, own: Continuation, values: dict[str, Any]) -> None:
    """Take it at once where it can be one thing alone; pictures of an album come one by one."""
    about = {"number": own.key}
    if len(own.ways) > 1:
        await begin(turn, REPLIED, values=values, context={**about, WAYS: list(own.ways)})
        return
    way = own.ways[0]
    if turn.incoming.album is not None and way in ("answer", "add"):
        form = ANSWER if way == "answer" else ADD
        await begin(turn, form, values=values, context=about, quick=True)
        return
    await take_words(turn, way, new_draft(turn, REPLIED, values, about))


async def _is_no_case_of_mine(turn: Turn, number: str) -> bool:
    """Say that there is no speaking to it; what was written goes on as ordinary words do."""
    matter = await find_matter(turn.tx, number)
    is_followed = matter is not None and await follows(turn, matter)
    told = turn.replied_to
    if told is not None and not told.by_itself and not is_followed:
        return False  # It stood there beside what was said, such as a case nearby.
    return _as_ordinary(turn, "matters.reply_followed" if is_followed else "matters.reply_gone")


def _as_ordinary(turn: Turn, key: str, own: Matter | None = None) -> bool:
    """Say why it is not for that case; give the words back where a form is open, which is about
    something else. Tell whether that was all."""
    said = text(key, matter=called(own)) if own is not None else text(key)
    ways = ((open_case(own.number),),) if own is not None else ()
    form = form_named(turn, turn.draft.form) if turn.draft is not None else None
    if turn.draft is None or form is None or not turn.draft.values:
        turn.reply(Message(blocks=(said, text("matters.reply_as_new")), choices=ways))
        return False
    back = text("matters.reply_back", said=turn.incoming.text or text("matters.without_words"))
    turn.reply(Message(blocks=(said, back), choices=ways))
    turn.reply(unfinished(form, turn.draft))
    return True


def _offer_again(turn: Turn, waits: Draft | None) -> None:
    """Offer the form again that was open, where nothing else was begun over it."""
    if waits is None or turn.draft is None or turn.draft.id != waits.id or not waits.values:
        return
    if (form := form_named(turn, waits.form)) is not None:
        turn.reply(unfinished(form, waits))


_NEW = "new"


def _resident_ways(_turn: Turn, draft: Draft) -> Sequence[Option]:
    number = str(draft.context["number"])
    ways = [Option(way, text(f"words.to_{way}", number=number)) for way in draft.context[WAYS]]
    return [*ways, Option(_NEW, text("words.is_new"))]


async def _submit(turn: Turn, draft: Draft) -> None:
    way = str(draft.values["way"])
    if way == _NEW:
        sent = {name: draft.values[name] for name in ("text", "files") if name in draft.values}
        await take_anew(turn, sent)
    else:
        await take_words(turn, way, draft)


REPLIED = Form(
    name="replied",
    version=1,
    title="words.title",
    steps=(
        Words(name="text", question="words.ask_text", label="filing.text", asked=False),
        Files(name="files", question="filing.ask_files", label="filing.files", asked=False),
        Choose(
            name="way",
            question="matters.ask_reply",
            label="words.kind",
            options=_resident_ways,
            width=1,
        ),
    ),
    submit=_submit,
    review=False,
)


# --- staff ---------------------------------------------------------------------------------------


async def hear_staff(turn: Turn, number: str) -> bool:
    """Take what somebody of the office writes under a message about a case."""
    typed = (turn.incoming.text or "").strip().casefold()
    if typed in turn.features.words[Side.STAFF]:
        return False
    values = await _sent(turn)
    if not values:
        return False
    try:
        await _take_staff(turn, number, values)
    except (NotFound, Refused):
        _give_back(turn, values)
        raise
    return True


def _give_back(turn: Turn, values: dict[str, Any]) -> None:
    turn.say("assignments.your_words", said=values.get("text") or text("matters.without_words"))


async def _take_staff(turn: Turn, number: str, values: dict[str, Any]) -> None:
    matter = await find_matter(turn.tx, number)
    part = await find_part(turn.tx, number, turn.person.id) if matter is not None else None
    organisation = turn.street.organisation
    if matter is None or not knows_of(turn.actor, organisation, matter, helps=part is not None):
        raise NotFound(number=number)
    if part is not None and part.answered_at is None and matter.owner != turn.person.id:
        await begin(
            turn, GIVE_HELP, values={"text": values.get("text")}, context={"number": number}
        )
        return
    ways = _ways_of(turn, matter, values)
    if not ways:
        _give_back(turn, values)
        await _refuse(turn, number)
        return
    if ways == [RESOLVED, PROGRESS] and tells_of_result(str(values.get("text") or "")):
        ways = [RESOLVED]
    # Both are read back before they go; an instruction goes at once, and is asked about.
    chosen = {"way": ways[0]} if ways in ([RESOLVED], [PROGRESS]) else {}
    await begin(
        turn,
        GIVEN,
        values={**values, "case": number, **chosen},
        context={"number": number, WAYS: ways},
    )


def _ways_of(turn: Turn, matter: Matter, values: dict[str, Any]) -> list[str]:
    """List what it may be of somebody with these rights, the likeliest first."""
    organisation = turn.street.organisation

    def is_allowed(right: MatterRight) -> bool:
        return may(turn.actor, right, organisation, on=matter) is not None

    if matter.owner == turn.person.id and matter.state in IN_HAND:
        return [PROGRESS] if matter.state is State.ASKED else [RESOLVED, PROGRESS]
    ways = []
    if matter.state in OPEN and is_above(organisation, matter, turn.actor) and values.get("text"):
        ways += [INSTRUCTED] if is_allowed(MatterRight.INSTRUCT) else []
    if matter.state in (State.ACCEPTED, State.ASKED) and is_allowed(MatterRight.NOTE):
        ways += [PROGRESS]
    return ways


@on_case
async def _refuse(turn: Turn, number: str) -> None:
    raise Refused("reply_not_taken", number=number)


FEATURES = (
    Feature(
        name="matters",
        side=Side.RESIDENTS,
        forms=(REPLIED,),
        replies={MATTER: hear_resident},
    ),
    Feature(name="matters", side=Side.STAFF, replies={MATTER: hear_staff}),
)
