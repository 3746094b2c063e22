"""What pages showed, written down together: one transaction now and then for everybody."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime

import structlog

from bot.channels.web.ports import WebStore

log = structlog.get_logger()

#: How often what was seen is written down at most.
EVERY_SECONDS = 2.0
#: For how many accounts it is remembered what was written, so that a repeat costs nothing.
REMEMBERED_MAX = 20_000


class SeenNotes:
    """The highest row that each account's pages showed."""

    def __init__(self, store: WebStore, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._waiting: dict[str, int] = {}
        self._written: dict[str, int] = {}
        self._last = 0.0
        self._writing: asyncio.Task[None] | None = None

    def note(self, account: str, upto: int) -> None:
        """Write down soon that everything up to a row was in view."""
        if upto <= max(self._waiting.get(account, 0), self._written.get(account, 0)):
            return
        self._waiting[account] = upto
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_on())

    async def _write_on(self) -> None:
        while self._waiting:
            await asyncio.sleep(max(0.0, self._last + EVERY_SECONDS - time.monotonic()))
            await self._write()

    async def _write(self) -> None:
        taken, self._waiting = self._waiting, {}
        self._last = time.monotonic()
        try:
            await self._store.mark_seen(taken, self._now())
        except Exception as error:  # it is tried again with what comes after it
            log.warning("web.seen_not_noted", error=type(error).__name__)
            for account, upto in taken.items():
                self._waiting[account] = max(upto, self._waiting.get(account, 0))
            return
        for account, upto in taken.items():
            self._written.pop(account, None)
            self._written[account] = upto
        while len(self._written) > REMEMBERED_MAX:
            del self._written[next(iter(self._written))]

    async def close(self) -> None:
        """Write down what waits."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        if self._waiting:
            await self._write()
