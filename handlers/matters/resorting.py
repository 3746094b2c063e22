"""改分类: whoever may set the priority of a case may say what it is."""

from domain.access.matters import MatterRight
from domain.errors import Stale
from domain.matters import life
from domain.matters.clock import pauses
from domain.matters.matter import IN_HAND
from domain.matters.resorting import BECOMES, resort
from domain.matters.rules import ClockRules
from domain.messages import Side
from domain.names import category_name, kind_name
from handlers.features import Feature, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Form
from handlers.matters.case_cards import answer_with_card
from handlers.matters.guards import number_of, on_case, on_submit
from handlers.matters.sorting_steps import kind_and_category
from handlers.matters.turns import load_matter
from handlers.turn import Turn
from storage.drafts import Draft
from storage.matters.casework import save_matter, tell_step
from storage.matters.followers import list_followers
from storage.matters.matters import list_events


async def begin_resort(turn: Turn, number: str) -> None:
    """Ask what a case is."""
    matter, _ = await load_matter(turn, number, MatterRight.RESORT)
    life.ensure(matter, *IN_HAND)
    await begin(turn, RESORT, context={"number": number, "was": matter.category})


async def _submit(turn: Turn, draft: Draft) -> None:
    matter, grant = await load_matter(turn, number_of(draft), MatterRight.RESORT)
    if matter.category != draft.context["was"]:
        raise Stale
    category = turn.street.office.categories.offered(draft.values["category"])
    if category is None:
        raise Stale
    changed = resort(
        matter,
        turn.act(grant.role),
        category,
        is_followed=bool(matter.supporters or await list_followers(turn.tx, matter.number)),
        pauses=pauses(await list_events(turn.tx, matter.number), matter.dispatched_at),
        rules=turn.street.rules(ClockRules, matter.community),
        calendar=turn.street.office.calendar,
    )
    save_matter(turn, changed)
    name = category_name(category, category.code)
    kind = kind_name(category.kind)
    await answer_with_card(turn, changed, "assignments.resorted", kind=kind, category=name)
    await tell_step(turn, changed, "assignments.told_resorted", kind=kind, category=name)


RESORT = Form(
    name="resort",
    version=1,
    title="assignments.resort_title",
    steps=kind_and_category(
        "assignments.ask_resort_kind", "assignments.ask_resort_category", BECOMES
    ),
    submit=on_submit(_submit),
    review=False,
)

FEATURE = Feature(
    name="matters",
    side=Side.STAFF,
    verbs=(
        Verb(
            "matters.resort",
            on_case(begin_resort),
            right=MatterRight.RESORT,
            about="matter",
            begins=True,
        ),
    ),
    forms=(RESORT,),
)
