"""Tries at a look-up: guessing becomes slow, and nobody is ever locked out.

From one address a few tries are free; after that one is looked at every few seconds, in a line.
Whoever asks about another case, or with another sort of browser, than the one who tries again and
again goes before them; where the line is full, whoever had most gives way. So people behind one
address, as behind a carrier's network or in a community centre, get their answer a few seconds
late at worst. A right answer costs nothing. All addresses together have a limit as well.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.traffic.fair_queue import CrowdedError, FairQueue
from bot.traffic.rate_limits import Limiter, Rate

__all__ = ["CrowdedError", "Slowdown", "Try"]

#: Free tries of one address; one more each 30 seconds. People mistype, and share addresses.
FREE = Rate(burst=10, per_second=1 / 30)
#: … and of all together.
FREE_IN_ALL = Rate(burst=300, per_second=10)
#: How long each try takes beyond those.
STEP_SECONDS = 2.0
STEP_IN_ALL_SECONDS = 0.05
#: How many tries of one address wait; more would wait longer than a minute.
WAITING_MAX = 30
#: How many addresses have a line at a time.
LINES_MAX = 2_000
#: Tries that are looked at together, and that wait, of all addresses.
AT_ONCE = 2
WAITING_IN_ALL_MAX = 500
_ALL = ""


@dataclass(slots=True)
class Try:
    """One try; whoever finds it right says so."""

    right: bool = False


@dataclass(slots=True)
class _Line:
    queue: FairQueue
    present: int = 0


class Slowdown:
    """Lets tries through, slower and slower from where there are too many.

    Args:
        clock: seconds that only rise.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.clock = clock
        self.sleep = sleep
        self._free = Limiter(FREE, clock=clock)
        self._free_in_all = Limiter(FREE_IN_ALL, clock=clock)
        self._lines: dict[str, _Line] = {}
        self._everybody = FairQueue(AT_ONCE, waiting_max=WAITING_IN_ALL_MAX, gives_way=True)

    @asynccontextmanager
    async def turn(self, home: str, *subjects: Hashable) -> AsyncIterator[Try]:
        """Wait until a try may be looked at.

        Args:
            home: whose address it comes from.
            subjects: what tells this one apart from others there, such as the case asked about.

        Raises:
            CrowdedError: too many wait, and this one had more than they.
        """
        tried = Try()
        # Counted before it is looked at: many at the same time are many, too.
        counted = self._free.take(home)
        if not counted:
            await self._wait_in_line(home, subjects)
        counted_in_all = self._free_in_all.take(_ALL)
        async with self._everybody.turn({home: 1.0}):
            if not counted_in_all:
                await self.sleep(STEP_IN_ALL_SECONDS)
            yield tried
        if tried.right and counted:
            self._free.put_back(home)

    async def _wait_in_line(self, home: str, subjects: tuple[Hashable, ...]) -> None:
        line = self._lines.get(home)
        if line is None:
            if len(self._lines) >= LINES_MAX:
                raise CrowdedError
            queue = FairQueue(1, waiting_max=WAITING_MAX, gives_way=True)
            line = self._lines[home] = _Line(queue)
        line.present += 1
        try:
            async with line.queue.turn(dict.fromkeys(subjects, 1.0)):
                await self.sleep(STEP_SECONDS)
        finally:
            line.present -= 1
            if not line.present:
                del self._lines[home]

    def __len__(self) -> int:
        """Count the addresses that wait."""
        return len(self._lines)
