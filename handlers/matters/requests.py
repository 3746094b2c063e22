"""办事: a request for a service or a repair, from the first words to the number."""

from collections.abc import Sequence

from domain.categories import Kind
from domain.emergencies import is_sealed
from domain.messages import Side, Text, text
from domain.words.lexicon import Guess
from handlers.features import Entry, Feature, Menu, System, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Form
from handlers.matters import nearby
from handlers.matters.filing import dangers_of, file_matter
from handlers.matters.filing_steps import correct_for, grid_note, guess_for, known_values, steps_of
from handlers.matters.sorting import reading_as
from handlers.turn import Turn
from storage.drafts import Draft


async def _submit(turn: Turn, draft: Draft) -> None:
    await file_matter(turn, Kind.SERVICE, draft, hide_name=False)


def _notes(turn: Turn, draft: Draft) -> Sequence[Text]:
    if is_sealed(dangers_of(turn, draft)):
        return (text("danger.who_sees"),)
    category = turn.street.office.categories.find(draft.values.get("category", ""))
    confirmed = category is not None and category.needs_confirmation
    told = text("services.you_confirm" if confirmed else "services.who_sees")
    return (*grid_note(turn, draft), told)


FORM = Form(
    name="service",
    version=1,
    title="services.title",
    steps=steps_of(Kind.SERVICE),
    submit=_submit,
    before_review=nearby.look,
    instead=nearby.offer,
    instead_label="nearby.maybe_same",
    review_notes=_notes,
    guess=guess_for(Kind.SERVICE),
    correct=correct_for(Kind.SERVICE),
    menu=Menu.SERVICES,
)


async def begin_service(turn: Turn) -> None:
    """Begin the form from its button or command."""
    await begin(turn, FORM, values=known_values(turn))


FEATURE = Feature(
    name="matters",
    side=Side.RESIDENTS,
    verbs=(
        Verb(
            "matters.service",
            begin_service,
            begins=True,
            command="service",
            listed=True,
            words=("办事",),
        ),
    ),
    forms=(FORM,),
    entries=(Entry(Menu.MAIN, "menu.service", "matters.service", system=System.SERVICES),),
    readings=(reading_as(Guess.SERVICE, FORM),),
)
