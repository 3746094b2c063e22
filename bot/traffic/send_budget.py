"""How fast one bot may send: budgets for the bot as a whole, for each chat and for each group.

What is counted is calls, and an album counts each of its pictures. A budget may be overdrawn by
what was begun (an album is not cut into pieces); whoever comes next waits until it is paid back.
"""

from collections import deque
from dataclasses import dataclass

from domain.messages import Lane

#: How much of a second's budget may be made up for at once after a late look at the clock.
_CATCH_UP_SECONDS = 0.1
#: What a lane leaves untouched of the bot's budget for the lanes before it, in seconds of it;
#: at least one message per lane. So an answer finds room at any moment of a broadcast.
_LEFT_SECONDS = 0.03
#: A reply of two or three messages may go at once. Source: Bot API FAQ, "short bursts".
_CHAT_BURST = 3
#: Telegram counts when a message arrives, we when it leaves.
_GROUP_WINDOW_SECONDS = 61.0
#: So many chats are remembered before those that have their whole budget again are forgotten.
_REMEMBERED = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """How fast one bot may send; None where a channel has no limit, as on the web."""

    per_bot_per_second: float
    per_chat_per_second: float
    per_group_per_minute: float
    per_chat_per_minute: float | None = None
    """For chats that are no groups; None for any number."""


class SendBudget:
    """Tells how long a message has to wait; moments are seconds of a clock that only rises."""

    def __init__(self, budget: Budget | None) -> None:
        self._budget = budget
        rate = budget.per_bot_per_second if budget else 0.0
        self._left = max(1.0, rate * _LEFT_SECONDS)
        self._burst = max(1.0, rate * _CATCH_UP_SECONDS) + self._left * max(Lane)
        self._level = self._burst
        self._at: float | None = None
        self._paid_at: dict[str, float] = {}
        self._groups: dict[str, deque[float]] = {}

    def room(self, lane: Lane, clock: float) -> int | None:
        """Give how many messages of a lane the bot may send now; None for any number."""
        if self._budget is None:
            return None
        self._fill(clock)
        return max(0, int(self._level - self._left * lane + 1e-9))

    def bot_wait(self, lane: Lane, clock: float, count: int = 1) -> float:
        """Give the seconds until the bot may send so many messages of a lane; 0 for now."""
        if self._budget is None:
            return 0.0
        self._fill(clock)
        missing = count + self._left * lane - self._level
        return max(0.0, missing / self._budget.per_bot_per_second) if missing > 1e-9 else 0.0

    def chat_wait(self, address: str, clock: float) -> float:
        """Give the seconds until one more message may go to a chat; 0 for now."""
        if self._budget is None:
            return 0.0
        ahead = self._paid_at.get(address, clock) - clock
        wait = ahead - (_CHAT_BURST - 1) / self._budget.per_chat_per_second
        if (most := self._per_minute(address)) is not None:
            wait = max(wait, self._group_wait(address, most, clock))
        return wait if wait > 1e-9 else 0.0

    def take(self, address: str, cost: int, clock: float) -> None:
        """Count calls that are made now."""
        if self._budget is None or cost <= 0:
            return
        self._fill(clock)
        self._level -= cost
        if self._per_minute(address) is not None:
            self._groups.setdefault(address, deque()).extend([clock] * cost)
        if len(self._paid_at) >= _REMEMBERED:
            self._paid_at = {chat: at for chat, at in self._paid_at.items() if at > clock}
        paid_at = max(self._paid_at.get(address, clock), clock)
        self._paid_at[address] = paid_at + cost / self._budget.per_chat_per_second

    def _fill(self, clock: float) -> None:
        if self._at is not None and self._budget is not None:
            grown = (clock - self._at) * self._budget.per_bot_per_second
            self._level = min(self._burst, self._level + grown)
        self._at = clock

    def _per_minute(self, address: str) -> float | None:
        """Give how many messages of a minute a chat takes; None for any number."""
        if self._budget is None:
            return None
        if address.startswith("-"):
            return self._budget.per_group_per_minute
        return self._budget.per_chat_per_minute

    def _group_wait(self, address: str, per_minute: float, clock: float) -> float:
        counted = self._groups.get(address)
        if counted is None:
            return 0.0
        while counted and counted[0] <= clock - _GROUP_WINDOW_SECONDS:
            counted.popleft()
        limit = max(1, int(per_minute))
        if len(counted) < limit:
            return 0.0
        return counted[len(counted) - limit] + _GROUP_WINDOW_SECONDS - clock
