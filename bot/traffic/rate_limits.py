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

    def take(self, key: str, amount: float = 1) -> bool:
        """Take some; False if there is not so much left, and then nothing is taken."""
        bucket = self._filled(key)
        if bucket.level < amount:
            return False
        bucket.level -= amount
        return True

    def put_back(self, key: str) -> None:
        """Give one back that need not have been taken."""
        bucket = self._filled(key)
        bucket.level = min(self._rate.burst, bucket.level + 1)

    def reserve(self, key: str) -> float:
        """Take one in any case, and give the seconds until it is there."""
        bucket = self._filled(key)
        bucket.level -= 1
        return max(0.0, -bucket.level / self._rate.per_second)

    def fullness(self, key: str) -> float:
        """Tell how full a bucket is, from 0 to 1: how little its key has taken lately."""
        return self._filled(key).level / self._rate.burst

    def _filled(self, key: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.pop(key, None) or _Bucket(self._rate.burst, now)
        # A clock that was set back takes nothing away.
        gained = max(0.0, now - bucket.at) * self._rate.per_second
        bucket.level = min(self._rate.burst, bucket.level + gained)
        bucket.at = now
        self._buckets[key] = bucket
        if len(self._buckets) > self._keys_max:
            self._buckets.popitem(last=False)
        return bucket


class Penalties:
    """Who has to stay away for a while."""

    def __init__(
        self, seconds: float, *, clock: Callable[[], float] = time.monotonic, keys_max: int = 10_000
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._keys_max = keys_max
        self._until: dict[str, float] = {}

    def put(self, key: str) -> None:
        """Keep a key away from now on."""
        self._until.pop(key, None)
        self._until[key] = self._clock() + self._seconds
        if len(self._until) > self._keys_max:
            del self._until[next(iter(self._until))]

    def holds(self, key: str) -> bool:
        """Tell whether a key is to stay away."""
        until = self._until.get(key)
        return until is not None and self._clock() < until


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

    def fullness(self, key: str) -> float:
        """Tell how little a key has taken lately; see `Limiter.fullness`."""
        return self._limiter.fullness(key)

    def halt(self, key: str) -> bool | None:
        """Let a key wait from now on, for whatever reason; None if it waits already."""
        now = self._clock()
        if now < self._until.get(key, now):
            return None
        # What waited longest is over first, so old entries go while new ones come.
        self._until = {one: end for one, end in self._until.items() if end > now}
        self._until[key] = now + self.wait_seconds
        return False
