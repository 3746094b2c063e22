"""报纠纷: a dispute, confidential from its first word; 报苗头: an early sign that staff noticed."""

from collections.abc import Sequence

from domain.access.checks import ensure_may
from domain.access.matters import MatterRight
from domain.categories import Kind
from domain.matters.cards import post_name
from domain.matters.deadlines import stated
from domain.matters.matter import Origin
from domain.messages import Side, Text, text
from domain.organisation import stream_of
from domain.words.lexicon import Guess
from handlers.features import Entry, Feature, Menu, System, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Form, Words
from handlers.matters.filing import (
    dispatch,
    ensure_no_conduct,
    file_matter,
    filing_of,
    responsible_for,
    words_of,
)
from handlers.matters.filing_steps import (
    FILES_STEP,
    HIDE_STEP,
    PLACE_STEP,
    YES,
    category_step,
    correct_for,
    grid_note,
    grids_at_once,
    guess_for,
    known_values,
    served,
    staff_unit_steps,
    steps_of,
)
from handlers.matters.sorting import reading_as
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.casework import send_card


async def _submit(turn: Turn, draft: Draft) -> None:
    hidden = draft.values.get("hide_name") == YES
    await file_matter(turn, Kind.DISPUTE, draft, hide_name=hidden)


def _notes(turn: Turn, draft: Draft) -> Sequence[Text]:
    hidden = draft.values.get("hide_name") == YES
    return (
        *grid_note(turn, draft),
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
    correct=correct_for(Kind.DISPUTE),
)


async def begin_dispute(turn: Turn) -> None:
    """Begin the form from its button or command.

    Whoever quarrels is asked for what a case needs: what happened, and whose grid it is. Place,
    photos, name and phone number are offered beside the read-back.
    """
    await begin(turn, FORM, values=known_values(turn), context=grids_at_once(turn), quick=True)


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
    turn.say(
        "disputes.sign_filed",
        (choice("disputes.sign_another", "matters.sign"), choice("staff.menu", "menu.open")),
        number=matter.number,
        owner=post_name(turn.street, matter),
        until=stated(turn.street, matter, matter.contact_by),
    )
    # Whoever reports it may be the one who answers for it: what is said of the form comes first.
    await send_card(turn, matter)


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

FEATURES = (
    Feature(
        name="matters",
        side=Side.RESIDENTS,
        verbs=(
            Verb(
                "matters.dispute",
                begin_dispute,
                begins=True,
                command="dispute",
                listed=True,
                words=("报纠纷",),
            ),
        ),
        forms=(FORM,),
        entries=(Entry(Menu.MAIN, "menu.dispute", "matters.dispute", system=System.DISPUTES),),
        readings=(reading_as(Guess.DISPUTE, FORM),),
    ),
    Feature(
        name="matters",
        side=Side.STAFF,
        verbs=(Verb("matters.sign", begin_sign, right=MatterRight.REPORT_SIGN, begins=True),),
        forms=(SIGN,),
        entries=(Entry(Menu.WORK, "disputes.sign", "matters.sign"),),
    ),
)
