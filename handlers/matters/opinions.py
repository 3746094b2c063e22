"""提意见: a resident's opinion, from the first words to the number."""

from collections.abc import Sequence

from domain.categories import Kind
from domain.messages import Side, Text, text
from domain.words.lexicon import Guess
from handlers.features import Entry, Feature, Menu, System, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Form
from handlers.matters import nearby
from handlers.matters.filing import file_matter
from handlers.matters.filing_steps import (
    HIDE_STEP,
    YES,
    correct_for,
    grid_note,
    guess_for,
    known_values,
    steps_of,
)
from handlers.matters.sorting import reading_as
from handlers.turn import Turn
from storage.drafts import Draft


async def _submit(turn: Turn, draft: Draft) -> None:
    hidden = draft.values.get("hide_name") == YES
    await file_matter(turn, Kind.OPINION, draft, hide_name=hidden)


def _notes(turn: Turn, draft: Draft) -> Sequence[Text]:
    hidden = draft.values.get("hide_name") == YES
    told = text("opinions.who_sees_hidden" if hidden else "opinions.who_sees")
    return (*grid_note(turn, draft), told)


FORM = Form(
    name="opinion",
    version=1,
    title="opinions.title",
    steps=steps_of(Kind.OPINION, HIDE_STEP),
    submit=_submit,
    before_review=nearby.look,
    instead=nearby.offer,
    instead_label="nearby.maybe_same",
    review_notes=_notes,
    guess=guess_for(Kind.OPINION),
    correct=correct_for(Kind.OPINION),
)


async def begin_opinion(turn: Turn) -> None:
    """Begin the form from its button or command."""
    await begin(turn, FORM, values=known_values(turn))


FEATURE = Feature(
    name="matters",
    side=Side.RESIDENTS,
    verbs=(
        Verb(
            "matters.opinion",
            begin_opinion,
            begins=True,
            command="opinion",
            listed=True,
            words=("提意见",),
        ),
    ),
    forms=(FORM,),
    entries=(Entry(Menu.MAIN, "menu.opinion", "matters.opinion", system=System.DECISIONS),),
    readings=(reading_as(Guess.OPINION, FORM),),
)
