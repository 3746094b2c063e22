"""From a resident's first words, voices or pictures to the form of the matter that they are."""

from dataclasses import replace

from domain.categories import Kind
from domain.messages import Side
from domain.words.lexicon import Guess
from handlers.features import Feature, Reading, Unsorted
from handlers.forms.answers import files_of, with_value
from handlers.forms.forms import begin, begin_answered
from handlers.forms.steps import THEN, Form, Place
from handlers.matters.filing import file_unsorted
from handlers.matters.filing_steps import (
    COMMUNITY_STEP,
    FILES_STEP,
    GRID_STEP,
    NAMED,
    known_values,
)
from handlers.turn import Turn
from storage.drafts import Draft

#: What goes on with the words from form to form: the alarm that they are, and what waits meanwhile.
_TO_GO_ON = ("alarm", "aside", THEN, NAMED, "grids")


def reading_as(guess: Guess, form: Form) -> Reading:
    """Declare that words which are read so begin a form, filled as far as they say."""
    kind = Kind(guess.value)

    async def take(turn: Turn, draft: Draft) -> None:
        words = draft.values["text"]
        values = known_values(turn)
        if files_of(draft):
            values["files"] = draft.values["files"]
        fresh = replace(draft, values={"text": words, **values})
        filled = form.guess(turn, fresh, words) if form.guess else fresh
        if "category" not in filled.values and turn.understood(words).dangers:
            other = turn.street.office.categories.other(kind)
            filled = with_value(filled, "category", other.code)
        told = {name: filled.context[name] for name in _TO_GO_ON if name in filled.context}
        await begin(turn, form, values=filled.values, context=told, quick=True)

    return Reading(guess, take=take, form=form.name)


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


async def _take_unsorted(turn: Turn, files: list[list[str]] | None) -> None:
    if files is None:
        await begin_answered(turn, UNSORTED, known_values(turn))
    else:
        await begin(turn, UNSORTED, values={**known_values(turn), "files": files})


FEATURE = Feature(
    name="matters",
    side=Side.RESIDENTS,
    forms=(UNSORTED,),
    unsorted=Unsorted(UNSORTED.name, _take_unsorted),
)
