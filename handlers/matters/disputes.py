"""报纠纷: a dispute, confidential from its first word; 报苗头: an early sign that staff noticed."""

from collections.abc import Sequence

from domain.access.checks import ensure_may
from domain.access.matters import MatterRight
from domain.categories import Kind
from domain.matters.cards import post_name
from domain.matters.matter import Origin
from domain.messages import Side, Text, text
from domain.organisation import stream_of
from handlers.features import Feature
from handlers.forms.forms import begin
from handlers.forms.steps import Form, Words
from handlers.matters.filing import (
    FILES_STEP,
    HIDE_STEP,
    PLACE_STEP,
    YES,
    category_step,
    dispatch,
    ensure_no_conduct,
    file_matter,
    filing_of,
    guess_for,
    known_values,
    responsible_for,
    send_card,
    served,
    staff_unit_steps,
    steps_of,
    words_of,
)
from handlers.turn import Turn, choice
from storage.drafts import Draft


async def _submit(turn: Turn, draft: Draft) -> None:
    hidden = draft.values.get("hide_name") == YES
    await file_matter(turn, Kind.DISPUTE, draft, hide_name=hidden)


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


# --- an early sign (requirement M-06) -------------------------------------------------------------


def _guess_sign(turn: Turn, draft: Draft, given: str) -> Draft:
    ensure_no_conduct(turn, given)
    return guess_for(Kind.DISPUTE)(turn, draft, given)


async def begin_sign(turn: Turn) -> None:
    """Begin to report a sign; whoever serves one grid alone is not asked which."""
    organisation = turn.street.organisation
    grids = served(turn, MatterRight.REPORT_SIGN, organisation.grids)
    if not grids:
        ensure_may(turn.actor, MatterRight.REPORT_SIGN, organisation)
    values = {"grid": grids[0].code} if len(grids) == 1 else {}
    await begin(turn, SIGN, values=values)


async def _submit_sign(turn: Turn, draft: Draft) -> None:
    """Make a sign a case at once: its clocks run from now, and it has an owner."""
    organisation, grid = turn.street.organisation, str(draft.values["grid"])
    grant = ensure_may(turn.actor, MatterRight.REPORT_SIGN, organisation, unit=grid)
    ensure_no_conduct(turn, words_of(draft))
    stream = stream_of(grant.role)
    filing = filing_of(turn, Kind.DISPUTE, draft, origin=Origin.STAFF, reporter="", stream=stream)
    owed = await responsible_for(turn, filing)
    matter = dispatch(turn, filing, owed, grant.role)
    await send_card(turn, matter)
    turn.say(
        "disputes.sign_filed",
        (choice("disputes.sign_another", "sign"), choice("staff.menu", "menu")),
        number=matter.number,
        owner=post_name(turn.street, matter),
        until=matter.contact_by,
    )


SIGN = Form(
    name="sign",
    version=1,
    title="disputes.sign_title",
    steps=(
        Words(name="text", question="disputes.ask_sign", label="filing.text"),
        category_step(Kind.DISPUTE),
        PLACE_STEP,
        *staff_unit_steps(MatterRight.REPORT_SIGN),
        FILES_STEP,
    ),
    submit=_submit_sign,
    review_notes=lambda _turn, _draft: (text("disputes.sign_who_sees"),),
    guess=_guess_sign,
)

RESIDENTS = Feature(
    side=Side.RESIDENTS,
    verbs={"dispute": begin_dispute},
    commands={"dispute": begin_dispute},
    forms=(FORM,),
)
STAFF = Feature(side=Side.STAFF, verbs={"sign": begin_sign}, forms=(SIGN,))

FEATURES = (RESIDENTS, STAFF)
