"""How long a test waits for what has to come: for it, and never for time to pass."""

import asyncio
from collections.abc import Callable

#: Seconds, for what comes in a moment where nobody else works: a busy machine breaks nothing.
PATIENCE = 120.0


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so that tells nobody.

    Raises:
        TimeoutError: it never was.
    """
    async with asyncio.timeout(PATIENCE):
        while not is_so():  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0.01)
