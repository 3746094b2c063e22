"""What the benchmarks in this process share: repeating, timing, medians."""

import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any


async def timed(work: Callable[[], Awaitable[Any]]) -> float:
    """Give how many seconds some work takes, the collector's pauses left out of it."""
    gc.collect()
    gc.disable()
    try:
        began = time.perf_counter()
        await work()
        return time.perf_counter() - began
    finally:
        gc.enable()


def median_of(runs: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Give the median of every figure that all runs have."""
    names = [
        name for name in runs[0] if all(isinstance(run.get(name), int | float) for run in runs)
    ]
    return {name: statistics.median(run[name] for run in runs) for name in names}
