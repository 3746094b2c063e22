"""What was pushed a moment ago: no gap opens beside the history, and nothing erased is in it."""

from collections import deque
from collections.abc import Callable, Iterable

from bot.channels.ports import Delivery

#: How long what was pushed may not stand in the tables as sent yet, in seconds.
RECENT_SECONDS = 30.0
#: How many deliveries are remembered at most, whatever their age.
RECENT_MAX = 5_000


class RecentDeliveries:
    """The newest deliveries of this process, by account."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Begin with none.

        Args:
            clock: seconds that only rise.
        """
        self._clock = clock
        self._kept: deque[tuple[float, Delivery]] = deque(maxlen=RECENT_MAX)
        self._erased: dict[tuple[str, int], float] = {}

    def add(self, delivery: Delivery) -> bool:
        """Remember a delivery; tell whether it may be shown: not if it was just erased."""
        self._forget_old()
        if (delivery.address, delivery.id) in self._erased:
            return False
        self._kept.append((self._clock(), delivery))
        return True

    def of(self, account: str) -> list[Delivery]:
        """List what was pushed to an account a moment ago."""
        self._forget_old()
        return [delivery for _, delivery in self._kept if delivery.address == account]

    def erase(self, rows: Iterable[tuple[str, int]]) -> None:
        """Forget what was erased: accounts, each with a row of the outbox.

        A sender may be about to push what it read before: that is not shown any more.
        """
        now = self._clock()
        self._erased |= dict.fromkeys(rows, now)
        kept = (one for one in self._kept if (one[1].address, one[1].id) not in self._erased)
        self._kept = deque(kept, maxlen=RECENT_MAX)

    def _forget_old(self) -> None:
        oldest = self._clock() - RECENT_SECONDS
        while self._kept and self._kept[0][0] < oldest:
            self._kept.popleft()
        # In the order in which they were erased: the oldest stand first.
        while self._erased and self._erased[row := next(iter(self._erased))] < oldest:
            del self._erased[row]
