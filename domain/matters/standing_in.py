"""What was in hand stays so when somebody who was away comes back to it."""

from collections.abc import Iterable
from datetime import datetime

from domain.matters.matter import Event, Happening, Matter, State

#: Reasons of a new desk that lies between somebody's own two: they lent it and took it back.
LENT, BACK, OVER = "away", "back", "over"
RETURNS = frozenset({BACK, OVER})
#: Whatever else gives a case to another desk ends that somebody had it in hand.
_MOVES = frozenset({Happening.HANDED_OVER, Happening.RETURNED, Happening.REOPENED})


def in_hand_since(matter: Matter, events: Iterable[Event], person: str | None) -> datetime | None:
    """Tell since when a case is in hand for somebody who comes back to it; None for not at all.

    That is since who stood in accepted it, or since they did so themselves before they went.

    Args:
        events: the chain of the matter, the oldest event first.
    """
    if matter.state is State.ACCEPTED:
        return matter.accepted_at
    accepted = None
    for event in events:
        if event.happening is Happening.ACCEPTED:
            accepted = event.at if event.actor == person else None
        elif event.happening in _MOVES:
            accepted = None
        elif event.happening is Happening.REASSIGNED:
            # Of an erased event nobody can tell any more why the case moved.
            reason = (event.content or {}).get("reason")
            accepted = accepted if reason in (LENT, *RETURNS) else None
    return accepted
