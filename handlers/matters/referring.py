"""A case that goes to a procedure, such as an agency: choose which, look at it, recall it."""

from domain.access.matters import MatterRight
from domain.errors import Refused
from domain.matters import life
from domain.matters.cards import post_name
from domain.matters.matter import IN_HAND, Matter, State, procedure_name
from domain.matters.referral import ensure_calm, given, may_be_referred
from domain.messages import Side, action, rows
from handlers.features import Feature, Refers, Verb
from handlers.forms.forms import begin
from handlers.matters.case_cards import answer_with_card, back_to
from handlers.matters.guards import number_of, on_case
from handlers.matters.passing_on import tell_former_owner
from handlers.matters.questions import one_question
from handlers.matters.turns import load_matter
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.casework import save_matter, send_card, tell_step
from storage.matters.referring import end_procedure, taken_back


async def choose_procedure(turn: Turn, number: str) -> None:
    """Offer the procedures to which a case may be handed."""
    matter, _ = await load_matter(turn, number, MatterRight.REFER)
    life.ensure(matter, *IN_HAND)
    ensure_calm(matter)
    fitting = [one for one in _offered(turn) if may_be_referred(matter) and one.takes(turn, matter)]
    if not fitting:
        raise Refused("no_procedure", number=number)
    buttons = [choice(one.label, action("matters.refer_to", number, one.key)) for one in fitting]
    turn.say("assignments.ask_procedure", *rows(buttons, 1), (back_to(number),), number=number)


def _offered(turn: Turn) -> list[Refers]:
    return [one for one in turn.features.refers[Side.STAFF] if one.begin is not None]


async def begin_referral(turn: Turn, number: str, kind: str) -> None:
    """Begin to hand a case to a procedure."""
    matter, _ = await load_matter(turn, number, MatterRight.REFER)
    life.ensure(matter, *IN_HAND)
    for one in _offered(turn):
        if one.key == kind and one.begin is not None and one.takes(turn, matter):
            await one.begin(turn, number)
            return
    raise Refused("no_procedure", number=number)


async def show_procedure(turn: Turn, number: str) -> None:
    """Show the procedure that has a case, to whoever may see the case."""
    matter, _ = await load_matter(turn, number, MatterRight.SEE)
    subject = given(matter).to
    for one in turn.features.refers[turn.incoming.side]:
        if one.kind == subject.kind:
            await one.show(turn, subject.id)
            return
    raise Refused("no_procedure", number=number)


async def begin_recall(turn: Turn, number: str) -> None:
    """Begin to take a case out of its procedure, with a reason."""
    matter, _ = await load_matter(turn, number, MatterRight.RECALL)
    life.ensure(matter, State.REFERRED)
    await begin(turn, RECALL, context={"number": number})


async def _submit_recall(turn: Turn, draft: Draft) -> None:
    matter, grant = await load_matter(turn, number_of(draft), MatterRight.RECALL)
    life.ensure(matter, State.REFERRED)
    reason, act = str(draft.values["text"]), turn.act(grant.role)
    await end_procedure(turn, matter, act, reason)
    back = taken_back(turn, matter, act, reason)
    save_matter(turn, back)
    await send_card(turn, back)
    await answer_with_card(turn, back, "assignments.recalled", owner=post_name(turn.street, back))
    tell_former_owner(turn, matter, back)
    await tell_back(turn, matter, back)


async def tell_back(turn: Turn, before: Matter, back: Matter) -> None:
    """Tell the resident that the case is where it was before its procedure."""
    name = procedure_name(given(before))
    await tell_step(turn, back, "assignments.told_came_back", procedure=name)


async def ask_procedure(turn: Turn, number: str, kind: str) -> None:
    """Begin to ask for a procedure for a case of one's own."""
    matter, _ = await load_matter(turn, number, MatterRight.ADD)
    life.ensure(matter, *IN_HAND)
    for one in turn.features.refers[turn.incoming.side]:
        if one.key == kind and one.begin is not None and one.takes(turn, matter):
            await one.begin(turn, number)
            return
    raise Refused("no_procedure_for_you", number=number)


RECALL = one_question("recall", _submit_recall)

FEATURE = Feature(
    name="matters",
    side=Side.STAFF,
    verbs=(
        Verb("matters.refer", on_case(choose_procedure), right=MatterRight.REFER, about="matter"),
        Verb("matters.refer_to", on_case(begin_referral), right=MatterRight.REFER, about="matter"),
        Verb("matters.procedure", on_case(show_procedure), right=MatterRight.SEE, about="matter"),
        Verb("matters.recall", on_case(begin_recall), right=MatterRight.RECALL, about="matter"),
    ),
    forms=(RECALL,),
)
RESIDENTS = Feature(
    name="matters",
    side=Side.RESIDENTS,
    verbs=(
        Verb("matters.procedure", show_procedure, about="matter", minimal=True),
        Verb("matters.ask_procedure", ask_procedure, about="matter", begins=True),
    ),
)
