"""Floods: what one chat sends faster than a person can mean is held back until it pauses.

The first of too many is answered with one sentence; what follows waits in the inbox, unanswered,
until the chat has been quiet for a while, and is then handled in its order. So an honest burst is
late and never lost; beyond a bound, which the sentence names, nothing more is taken.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.traffic.rate_limits import Limiter, Rate

#: Chats that are remembered as held back; the one held longest ago is forgotten first.
_REMEMBERED = 10_000


class Verdict(StrEnum):
    """What is to be done with one more update of a chat."""

    TAKE = "take"
    TELL = "tell"
    """Hold it back, and say so: it is the first of too many."""
    HOLD = "hold"
    REFUSE = "refuse"


@dataclass(slots=True)
class _Held:
    until: datetime
    count: int


class FloodGate:
    """Judges every update of the chats of this process.

    Args:
        quiet: how long a chat must pause until it is heard again.
        held_max: how many updates of one chat wait at most.
    """

    def __init__(
        self, rate: Rate, *, quiet: timedelta, held_max: int, now: Callable[[], datetime]
    ) -> None:
        self.held_max = held_max
        self._quiet = quiet
        self._now = now
        self._limiter = Limiter(rate, clock=lambda: now().timestamp())
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def judge(self, chat: str) -> Verdict:
        """Judge one more update of a chat."""
        now = self._now()
        held = self._held.pop(chat, None)
        if held is not None and now < held.until:
            self._hold(chat, held.count + 1)
            return Verdict.HOLD if held.count < self.held_max else Verdict.REFUSE
        if self._limiter.take(chat):
            return Verdict.TAKE
        self._hold(chat, 1)
        return Verdict.TELL

    def until(self, chat: str) -> datetime:
        """Give until when what is held back of a chat waits."""
        return self._held[chat].until

    def remember(self, chat: str, until: datetime, count: int) -> None:
        """Go on with what another life of this process held back."""
        self._held.setdefault(chat, _Held(until, count))

    def _hold(self, chat: str, count: int) -> None:
        self._held[chat] = _Held(self._now() + self._quiet, count)
        if len(self._held) > _REMEMBERED:
            self._held.popitem(last=False)
