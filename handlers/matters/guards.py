"""What guards a worker's step: the case changed meanwhile, or is not one's own any more."""

from dataclasses import replace

from domain.access.checks import may
from domain.access.matters import MatterRight
from domain.errors import UserError
from domain.matters.matter import state_name
from domain.messages import (
    Text,
)
from handlers.late_steps import on_press, on_submission
from handlers.matters.case_cards import case_message
from handlers.turn import Turn, explained
from storage.drafts import Draft
from storage.matters.matters import find_matter


async def _explain(turn: Turn, error: UserError, number: str, more: tuple[Text, ...]) -> bool:
    """Say what is wrong above the fresh card; False if the reader may not see the card."""
    matter = await find_matter(turn.tx, number)
    organisation = turn.street.organisation
    if matter is None or may(turn.actor, MatterRight.SEE, organisation, on=matter) is None:
        return False
    card = await case_message(turn, matter)
    explanation = explained(turn, error, number=number, state=state_name(matter.state))
    said = (*explanation, *more)
    turn.reply(replace(card, blocks=(*said, *card.blocks), anew=True))
    return True


def number_of(draft: Draft) -> str:
    """Give the number of the case that a form is about."""
    return str(draft.context["number"])


on_case = on_press(_explain)
on_submit = on_submission(_explain, number_of)
