"""How many pages are open and how much is said: who makes room, and who is asked to wait.

Many residents share an address behind a carrier's network, and a flood may come from anywhere. So
what an address sends is held against those of its accounts that send much themselves, and where no
more pages fit, those go first that belong to nobody and have said nothing.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bot.channels.web.client_network import customer_of
from bot.traffic.rate_limits import Floods, Limiter, Rate

CONTENT_RATE = Rate(burst=30, per_second=1)
#: From one address, whoever it is.
ADDRESS_RATE = Rate(burst=300, per_second=10)
#: Bytes of content: some long texts at once, then a page of text every few seconds.
CONTENT_BYTES = Rate(burst=300_000, per_second=2_000)
ADDRESS_BYTES = Rate(burst=6_000_000, per_second=40_000)
#: Who has used less than this part of their own share is never held up for their neighbours.
LITTLE = 1 / 3
FLOOD_WAIT_SECONDS = 10
#: Pages of one address: a whole neighbourhood may share one.
ADDRESS_PAGES_MAX = 1_000
ACCOUNT_PAGES_MAX = 10


class Speech:
    """Judges how much somebody says."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._floods = Floods(CONTENT_RATE, FLOOD_WAIT_SECONDS, clock=clock)
        self._bytes = Limiter(CONTENT_BYTES, clock=clock)
        self._crowds = Limiter(ADDRESS_RATE, clock=clock)
        self._crowds_bytes = Limiter(ADDRESS_BYTES, clock=clock)

    def judge(self, account: str, address: str, size: int) -> bool | None:
        """Judge one more thing that somebody says; see `Floods.take`.

        Args:
            size: how much it is, in characters.
        """
        verdict = self._floods.take(account)
        if not verdict:
            return verdict
        home = customer_of(address)
        if not self._bytes.take(account, size):
            return self._floods.halt(account)
        crowded = not self._crowds.take(home) or not self._crowds_bytes.take(home, size)
        if crowded and not self._is_modest(account):
            return self._floods.halt(account)
        return True

    def _is_modest(self, account: str) -> bool:
        used = 1 - min(self._floods.fullness(account), self._bytes.fullness(account))
        return used < LITTLE


@dataclass(eq=False)
class Guest:
    """One open page."""

    account: str
    home: str
    known: bool
    """Whether they ever said something before."""
    since: float
    spoke: float | None = None
    """When this page last said something."""


One = TypeVar("One", bound=Guest)


@dataclass
class Room(Generic[One]):
    """Holds so many pages, and tells which of them makes room."""

    most: int
    clock: Callable[[], float] = time.monotonic
    _guests: dict[One, None] = field(default_factory=dict)
    _homes: dict[str, dict[One, None]] = field(default_factory=dict)

    def enter(self, one: One) -> tuple[bool, One | None]:
        """Let a page in: whether there is room for it, and which other one has to go for it."""
        home = self._homes.setdefault(one.home, {})
        goes: One | None = None
        if len(home) >= ADDRESS_PAGES_MAX:
            goes = self._who_goes(home, one)
        elif len(self._guests) >= self.most:
            goes = self._who_goes(self._guests, one) or self._of_largest_home(one)
        else:
            self._add(one, home)
            return True, None
        if goes is None:
            return False, None
        self.leave(goes)
        self._add(one, self._homes.setdefault(one.home, {}))
        return True, goes

    def _add(self, one: One, home: dict[One, None]) -> None:
        self._guests[one] = None
        home[one] = None

    def leave(self, one: One) -> None:
        """Take a page out; one that is not in is no error."""
        self._guests.pop(one, None)
        home = self._homes.get(one.home, {})
        home.pop(one, None)
        if not home:
            self._homes.pop(one.home, None)

    def _who_goes(self, among: Iterable[One], newcomer: One) -> One | None:
        """Find the page that is missed least: of nobody, silent, and open for longest."""
        silent = (one for one in among if one.spoke is None and not one.known)
        return next(silent, None) or self._idle(among, newcomer)

    def _idle(self, among: Iterable[One], newcomer: One) -> One | None:
        """Where somebody known comes, a page of nobody known goes, the longest idle one."""
        if not newcomer.known:
            return None
        strangers = [one for one in among if not one.known]
        return min(strangers, key=lambda one: one.spoke or one.since, default=None)

    def _of_largest_home(self, newcomer: One) -> One | None:
        """Where one address has far more pages than the newcomer's, its longest idle one goes."""
        largest = max(self._homes.values(), key=len)
        if len(largest) <= 2 * (len(self._homes.get(newcomer.home, ())) + 1):
            return None
        return min(largest, key=lambda one: one.spoke or one.since)

    def __len__(self) -> int:
        """Count the pages."""
        return len(self._guests)
