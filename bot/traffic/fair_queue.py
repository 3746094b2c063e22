"""A fair queue: a few do something dear at a time, and who had least of it lately goes first.

Start-time fair queueing (Goyal, Vin and Cheng, 1996). Time is counted in what was served: it stands
where the last one stood who was let in. Each key, an account or an address, has a mark up to which
it has had its share; whoever asks stands at the highest mark of its keys, or at the present time
where all of them are past, and the lowest one goes first. So a newcomer goes before a thousand who
ask again and again, nobody is refused for a neighbour's haste, and nobody waits for ever. When
nobody waits, all is forgiven.
"""

import asyncio
import heapq
from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable, Mapping
from contextlib import asynccontextmanager
from itertools import count

KEYS_MAX = 20_000


class CrowdedError(Exception):
    """Too many wait already."""


class FairQueue:
    """Lets a few in at a time."""

    def __init__(self, at_once: int, *, waiting_max: int = 5_000, gives_way: bool = False) -> None:
        """Begin with nobody.

        Args:
            at_once: how many may be in it together.
            waiting_max: how many may wait; whoever comes then is turned away.
            gives_way: …, or whoever stands behind them and goes last.
        """
        self._gives_way = gives_way
        self._free = at_once
        self._waiting_max = waiting_max
        self._shares = Shares()
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    @asynccontextmanager
    async def turn(self, costs: Mapping[Hashable, float]) -> AsyncIterator[None]:
        """Wait for one's turn and have it until the end.

        Args:
            costs: who asks, each with what this takes of its share.

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
            self._shares.serve(mark)
            return
        if len(self._waiting) >= self._waiting_max and not self._makes_room(mark):
            raise CrowdedError
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (mark, next(self._numbers), called))
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self._leave()  # it was called just now: the next one goes instead
            raise

    def _makes_room(self, mark: float) -> bool:
        """Turn the last one away for one who goes before; tell whether there is room now."""
        last = max(self._waiting) if self._gives_way else None
        if last is None or last[0] <= mark:
            return False
        self._waiting.remove(last)
        heapq.heapify(self._waiting)
        if not last[2].done():
            last[2].set_exception(CrowdedError())
        return True

    def _leave(self) -> None:
        while self._waiting:
            mark, _, called = heapq.heappop(self._waiting)
            if not called.done():
                self._shares.serve(mark)
                called.set_result(None)
                return
        self._free += 1
        self._shares.forgive()

    def __len__(self) -> int:
        """Count who waits."""
        return len(self._waiting)


class Shares:
    """Up to which mark each key has had its share; the longest unused are forgotten first."""

    def __init__(self, *, keys_max: int = KEYS_MAX) -> None:
        self._keys_max = keys_max
        self._marks: OrderedDict[Hashable, float] = OrderedDict()
        self._now = 0.0
        self._highest = 0.0

    def place(self, *keys: Hashable) -> float:
        """Tell where somebody stands."""
        return max([self._now, *(self._marks.get(key, 0.0) for key in keys)])

    def take(self, costs: Mapping[Hashable, float]) -> float:
        """Give the place of whoever asks, and count what it takes of their shares."""
        place = self.place(*costs)
        for key, cost in costs.items():
            mark = max(self._now, self._marks.pop(key, 0.0)) + cost
            self._marks[key] = mark
            self._highest = max(self._highest, mark)
        while len(self._marks) > self._keys_max:
            self._marks.popitem(last=False)
        return place

    def serve(self, place: float) -> None:
        """Let time go on to the place of whoever is served now."""
        self._now = max(self._now, place)

    def forgive(self) -> None:
        """Let time go on until nobody is ahead of it: nobody waits."""
        self._now = max(self._now, self._highest)
