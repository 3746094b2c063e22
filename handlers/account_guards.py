"""What an account must not do: guess codes, or do for good what a mistaken device should not."""

from domain.errors import Refused, TooMany
from domain.people import LINK_ATTEMPTS, LINK_CODE_LIFE
from handlers.turn import Turn
from storage.codes import CodeAttempt, recent_attempts


async def ensure_tries_left(turn: Turn) -> None:
    """Refuse an account that has tried too many wrong codes.

    Raises:
        TooMany: it must wait; says until when.
    """
    tried = await recent_attempts(turn.tx, turn.account.id, turn.now - LINK_CODE_LIFE)
    if len(tried) >= LINK_ATTEMPTS:
        raise TooMany(until=tried[-LINK_ATTEMPTS] + LINK_CODE_LIFE)


def count_wrong(turn: Turn) -> None:
    """Count a wrong code; the count is kept, whatever is answered."""
    turn.changes.save(CodeAttempt(id=turn.new_id(), account=turn.account.id, at=turn.now))


def wrong(turn: Turn, reason: str) -> Refused:
    """Count a wrong code and give the refusal."""
    count_wrong(turn)
    return Refused(reason)


def ensure_settled(turn: Turn) -> None:
    """Refuse what a device must not do while those who know better can still send it away.

    Raises:
        Refused: staff brought it back less than a day ago; says until when.
    """
    if turn.account.is_on_trial(turn.now):
        raise Refused("device_on_trial", until=turn.account.trial_until)
