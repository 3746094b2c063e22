"""报纠纷: a dispute, confidential from its first word."""

from collections.abc import Sequence

from domain.matters import Kind
from domain.messages import Side, Text, text
from handlers.features import Feature
from handlers.filing import HIDE_STEP, YES, file_matter, guess_for, known_values, steps_of
from handlers.forms import Form, begin
from handlers.turn import Turn
from storage.drafts import Draft


async def _submit(turn: Turn, draft: Draft) -> None:
    hidden = draft.values.get("hide_name") == YES
    await file_matter(turn, Kind.DISPUTE, draft, hide_name=hidden, confidential=True)


def _notes(_turn: Turn, draft: Draft) -> Sequence[Text]:
    hidden = draft.values.get("hide_name") == YES
    return (
        text("disputes.who_sees_hidden" if hidden else "disputes.who_sees"),
        # Mediation is voluntary, free and closes no other way. Source: 人民调解法 3, 4, 17.
        text("disputes.voluntary"),
    )


FORM = Form(
    name="dispute",
    version=1,
    title="disputes.title",
    steps=steps_of(Kind.DISPUTE, HIDE_STEP),
    submit=_submit,
    review_notes=_notes,
    guess=guess_for(Kind.DISPUTE),
)


async def begin_dispute(turn: Turn) -> None:
    """Begin the form from its button or command."""
    await begin(turn, FORM, values=known_values(turn))


FEATURE = Feature(
    side=Side.RESIDENTS,
    verbs={"dispute": begin_dispute},
    commands={"dispute": begin_dispute},
    forms=(FORM,),
)
