"""督办: somebody above says in a sentence what is to be done, over the card of whoever has it."""

from dataclasses import replace

from domain.access.matters import MatterRight
from domain.errors import Refused
from domain.matters import life
from domain.matters.matter import OPEN
from domain.matters.urging import instruct, is_above
from domain.messages import Side, text
from domain.names import role_name
from domain.organisation import Role
from handlers.features import Feature, Verb
from handlers.forms.forms import begin
from handlers.matters.case_cards import answer_with_card
from handlers.matters.guards import number_of, on_case
from handlers.matters.questions import one_question
from handlers.matters.turns import load_matter
from handlers.turn import Turn
from storage.drafts import Draft
from storage.matters.casework import card_for, save_matter


async def begin_instruct(turn: Turn, number: str) -> None:
    """Begin to say what is to be done."""
    matter, _ = await load_matter(turn, number, MatterRight.INSTRUCT)
    life.ensure(matter, *OPEN)
    if not is_above(turn.street.organisation, matter, turn.actor):
        raise Refused("not_above", number=number)
    await begin(turn, INSTRUCT, context={"number": number})


async def _submit_instruct(turn: Turn, draft: Draft) -> None:
    matter, grant = await load_matter(turn, number_of(draft), MatterRight.INSTRUCT)
    words = draft.values["text"]
    told = instruct(
        matter,
        turn.act(grant.role),
        words,
        organisation=turn.street.organisation,
        actor=turn.actor,
    )
    save_matter(turn, told)
    if told.owner is not None:
        said = text(
            "assignments.instructed_owner",
            number=told.number,
            person=turn.street.staff_name(turn.person.id),
            role=role_name(Role(grant.role)),
            said=words,
        )
        card = await card_for(turn, told, told.owner, said)
        turn.tell(told.owner, replace(card, anew=False, renews=True), on=told)
    await answer_with_card(turn, told, "assignments.instructed")


INSTRUCT = one_question("instruct", _submit_instruct)

FEATURE = Feature(
    name="matters",
    side=Side.STAFF,
    verbs=(
        Verb(
            "matters.instruct",
            on_case(begin_instruct),
            right=MatterRight.INSTRUCT,
            about="matter",
            begins=True,
        ),
    ),
    forms=(INSTRUCT,),
)
