"""A fair queue: a few do something dear at a time, and who had least of it lately goes first.

Start-time fair queueing (Goyal, Vin and Cheng, 1996): each key, an account or an address, has a
time until which it has had its share. Whoever asks is marked with the latest of its keys' times,
or with now where all of them are past, and the lowest mark is served first. So a newcomer goes
before a thousand who ask again and again, nobody is refused for a neighbour's haste, and nobody
waits for ever, since the marks of those who come later rise with the clock.
"""

import asyncio
import heapq
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import count

#: How far ahead of the clock a share may run: so long a flood is remembered.
AHEAD_SECONDS = 60.0
KEYS_MAX = 20_000


class CrowdedError(Exception):
    """Too many wait already."""


class FairQueue:
    """Lets a few in at a time."""

    def __init__(
        self,
        at_once: int,
        *,
        waiting_max: int = 5_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with nobody.

        Args:
            at_once: how many may be in it together.
            waiting_max: how many may wait; whoever comes then is turned away.
            clock: seconds that only rise.
        """
        self._free = at_once
        self._waiting_max = waiting_max
        self._clock = clock
        self._shares = Shares(clock=clock)
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    @asynccontextmanager
    async def turn(self, costs: Mapping[str, float]) -> AsyncIterator[None]:
        """Wait for one's turn and have it until the end.

        Args:
            costs: who asks, each with the seconds of its share that this takes.

        Raises:
            CrowdedError: too many wait.
        """
        await self._enter(self._shares.take(costs))
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, mark: float) -> None:
        if self._free:
            self._free -= 1
            return
        if len(self._waiting) >= self._waiting_max:
            raise CrowdedError
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (mark, next(self._numbers), called))
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self._leave()  # it was called just now: the next one goes instead
            raise

    def _leave(self) -> None:
        while self._waiting:
            _, _, called = heapq.heappop(self._waiting)
            if not called.done():
                called.set_result(None)
                return
        self._free += 1

    def __len__(self) -> int:
        """Count who waits."""
        return len(self._waiting)


class Shares:
    """Until when each key has had its share; the longest unused are forgotten first."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, keys_max: int = KEYS_MAX
    ) -> None:
        self._clock = clock
        self._keys_max = keys_max
        self._until: OrderedDict[str, float] = OrderedDict()

    def take(self, costs: Mapping[str, float]) -> float:
        """Give the mark of whoever asks, and count what it costs them."""
        now = self._clock()
        mark = max([now, *(self._until.get(key, now) for key in costs)])
        for key, cost in costs.items():
            until = max(now, self._until.pop(key, now)) + cost
            self._until[key] = min(until, now + AHEAD_SECONDS)
        while len(self._until) > self._keys_max:
            self._until.popitem(last=False)
        return mark
