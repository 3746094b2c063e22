"""Thanks and praise: a kind word back, and passed on where the writer wishes it.

It goes to the level above alone, as everything does that is said of a person: what sounds like
praise may be none.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.messages import Message, Side, text
from domain.organisation import Role, Seat
from domain.words.lexicon import Guess
from domain.words.understanding import Understanding
from handlers.conduct import signs
from handlers.features import Feature, Reading
from handlers.forms.answers import clean_words
from handlers.forms.forms import begin
from handlers.forms.steps import Choose, Form, Option, Words
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.queries import list_reported

#: Fewer signs say no more than thank you.
_BARE = 8
#: So long after the last step of a case its thanks are likely meant for it.
_LATELY = timedelta(days=14)
YES, NO = "yes", "no"


async def _thank_back(turn: Turn, understood: Understanding) -> None:
    """Answer a bare "thank you" with a word; ask whether more than that is to be passed on."""
    words = turn.incoming.text or ""
    if sum(sign.isalnum() for sign in words) < _BARE or turn.person.grid is None:
        turn.say("enquiries.welcome")
        return
    found = signs(turn, words)
    if found.deed or found.complaint:
        turn.say("enquiries.welcome")
        return
    reported = await list_reported(turn.tx, turn.person.id, 1)
    about = reported[0].number if reported and _was_lately(turn, reported[0].changed_at) else ""
    values = {"text": clean_words(turn, words, 1)}
    await begin(turn, PRAISE, values=values, context={"about": about} if about else None)


def _was_lately(turn: Turn, moment: datetime) -> bool:
    return turn.now - moment <= _LATELY


def _answers(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [
        Option(YES, text("enquiries.pass_on"), ("转告", "好", "好的", "可以", "要", "yes")),
        Option(NO, text("enquiries.keep"), ("不用", "不用了", "不要", "no")),
    ]


async def _submit(turn: Turn, draft: Draft) -> None:
    if draft.values["pass_on"] == NO:
        turn.say("enquiries.welcome")
        return
    words = str(draft.values["text"])
    person = _reader_of(turn, words)
    if person is None:
        turn.say("enquiries.welcome")  # nobody has joined yet, or only whoever is named
        return
    about = draft.context.get("about")
    key = "enquiries.praise_about" if about else "enquiries.praise"
    fields = {"said": words, **({"number": str(about)} if about else {})}
    turn.tell(person, Message(blocks=(text(key, **fields),)))
    turn.say("enquiries.passed_on", (choice("menu.open", "menu.open"),))


def _reader_of(turn: Turn, words: str) -> str | None:
    """Find who reads it: the community's secretary, or whoever is above if they are named."""
    organisation = turn.street.organisation
    community = organisation.community_of(str(turn.person.grid))
    if community is None:
        return None
    avoid = turn.named_in(words)
    seat = Seat(community.code, Role.COMMUNITY_SECRETARY)
    found = organisation.at_seat(seat, turn.now)
    if found.person not in avoid:
        return found.person
    above = organisation.above(seat, turn.now, avoid=avoid)
    return above.person if above else None


PRAISE = Form(
    name="praise",
    version=1,
    title="enquiries.praise_title",
    steps=(
        Words(name="text", question="enquiries.ask_praise", label="filing.text"),
        Choose(
            name="pass_on",
            question="enquiries.ask_pass_on",
            label="enquiries.pass_on",
            options=_answers,
        ),
    ),
    submit=_submit,
    review=False,
)

FEATURE = Feature(
    name="enquiries",
    side=Side.RESIDENTS,
    forms=(PRAISE,),
    readings=(Reading(Guess.THANKS, answer=_thank_back),),
)
