"""What guards a worker's step: the case changed meanwhile, or is not one's own any more."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import wraps

from domain.access.checks import may
from domain.access.matters import MatterRight
from domain.errors import Refused, Stale, UserError, WrongState
from domain.matters.matter import state_name
from domain.messages import (
    Text,
    text,
)
from handlers.features import Handler
from handlers.matters.case_cards import case_message
from handlers.turn import Turn, explained
from storage.drafts import Draft
from storage.matters.matters import find_matter

Submit = Callable[[Turn, Draft], Awaitable[None]]


def on_case(handler: Handler) -> Handler:
    """Answer a button that comes too late with a sentence and the case as it stands now."""

    @wraps(handler)
    async def answered(turn: Turn, *arguments: str) -> None:
        try:
            await handler(turn, *arguments)
        except (WrongState, Stale, Refused) as error:
            if not await _explain(turn, error, arguments[0]):
                raise

    return answered


def on_submit(submit: Submit) -> Submit:
    """Answer a form that comes too late in the same way, and give its words back."""

    @wraps(submit)
    async def answered(turn: Turn, draft: Draft) -> None:
        try:
            await submit(turn, draft)
        except (WrongState, Stale, Refused) as error:
            said = text("assignments.your_words", said=str(draft.values.get("text") or ""))
            if not await _explain(turn, error, number_of(draft), said):
                raise

    return answered


async def _explain(turn: Turn, error: UserError, number: str, *more: Text) -> bool:
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
