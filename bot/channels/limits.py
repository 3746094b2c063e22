"""How often something may happen: token buckets, kept for those who were active lately."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, then so many a second."""

    burst: int
    per_second: float


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


class Limiter:
    """A bucket per key; the longest unused is forgotten when there are too many.

    Args:
        clock: seconds that only rise.
    """

    def __init__(
        self, rate: Rate, *, clock: Callable[[], float] = time.monotonic, keys_max: int = 10_000
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._keys_max = keys_max
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str) -> bool:
        """Take one; False if there is none left."""
        now = self._clock()
        bucket = self._buckets.pop(key, None) or _Bucket(self._rate.burst, now)
        # A clock that was set back takes nothing away.
        gained = max(0.0, now - bucket.at) * self._rate.per_second
        bucket.level = min(self._rate.burst, bucket.level + gained)
        bucket.at = now
        self._buckets[key] = bucket
        if len(self._buckets) > self._keys_max:
            self._buckets.popitem(last=False)
        if bucket.level < 1:
            return False
        bucket.level -= 1
        return True


class Floods:
    """Tells the first frame of a flood from the rest of it.

    Once a bucket is empty, its key has to wait: nothing is taken until then, so that what is sent
    again afterwards keeps its order.
    """

    def __init__(
        self, rate: Rate, wait_seconds: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.wait_seconds = wait_seconds
        self._limiter = Limiter(rate, clock=clock)
        self._clock = clock
        self._until: dict[str, float] = {}

    def take(self, key: str) -> bool | None:
        """True: go on. False: too many from now on; say so once. None: still too many."""
        now = self._clock()
        until = self._until.get(key)
        if until is not None:
            if now < until:
                return None
            del self._until[key]
        return True if self._limiter.take(key) else self.halt(key)

    def halt(self, key: str) -> bool | None:
        """Let a key wait from now on, for whatever reason; None if it waits already."""
        now = self._clock()
        if now < self._until.get(key, now):
            return None
        # What waited longest is over first, so old entries go while new ones come.
        self._until = {one: end for one, end in self._until.items() if end > now}
        self._until[key] = now + self.wait_seconds
        return False
