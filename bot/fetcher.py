"""Fetches pictures and voices after the commit that mentioned them: durable work, retried.

Pictures lose their metadata and are stored by content hash; a ``file_id`` belongs to one bot, so
whoever is shown a picture by the other bot gets it uploaded again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.channels.ports import ChannelError, Driver, Rejected, TryLater
from bot.exports import Written
from bot.pictures import UnusablePicture, clean
from bot.voices import UnusableVoice
from bot.voices import clean as clean_voice
from domain.errors import InternalError
from domain.messages import FileKind
from storage import attachments
from storage.attachments import EXPORT, Attachment, FetchState
from storage.database import Database
from storage.files import FileStore

log = structlog.get_logger()

#: After so many failed tries a file is given up, and its message goes without it.
MAX_TRIES = 8
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=10)


class Fetcher:
    """Brings wanted files into the store."""

    def __init__(
        self,
        database: Database,
        drivers: Mapping[str, Driver],
        files: FileStore,
        now: Callable[[], datetime],
        *,
        copies: Callable[[str], Awaitable[Written]],
        after_fetch: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._drivers = drivers
        self._files = files
        self._now = now
        self._copies = copies
        self._after_fetch = after_fetch
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Say that new files may be wanted."""
        self._wake.set()

    async def run(self) -> None:
        """Fetch until cancelled."""
        while True:
            try:
                while await self.fetch_due():
                    pass
            except InternalError as error:
                log.error("fetcher.storage_failed", error=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await self._wake.wait()
            self._wake.clear()

    async def fetch_due(self) -> int:
        """Fetch what is wanted now and give how many files were tried."""
        async with self._database.read(swift=True) as tx:
            wanted = await attachments.wanted(tx, self._now(), 10)
        if wanted:
            done = await asyncio.gather(*(self._fetch(one) for one in wanted))
            async with self._database.write() as tx:
                await attachments.note_fetched(tx, done)
            self._after_fetch()
        return len(wanted)

    async def _fetch(self, one: Attachment) -> Attachment:
        try:
            if one.bot == EXPORT:
                written = await self._copies(one.ref)
                return await asyncio.to_thread(self._keep, one, written.data, written.media_type)
            data = await self._drivers[one.bot].fetch(one.ref)
            return await asyncio.to_thread(self._store, one, data)
        except TryLater as error:
            return replace(one, not_before=self._now() + timedelta(seconds=error.seconds))
        except (Rejected, UnusablePicture, UnusableVoice, KeyError) as error:
            log.warning("fetcher.unusable", error=type(error).__name__)
            return replace(one, state=FetchState.FAILED)
        except (ChannelError, OSError) as error:
            tries = one.tries + 1
            log.warning("fetcher.failed", error=type(error).__name__, tries=tries)
            if tries >= MAX_TRIES:
                return replace(one, state=FetchState.FAILED, tries=tries)
            pause = min(FIRST_PAUSE * 2**tries, LONGEST_PAUSE)
            return replace(one, tries=tries, not_before=self._now() + pause)

    def _store(self, one: Attachment, data: bytes) -> Attachment:
        known = clean(data) if one.kind is FileKind.PHOTO else clean_voice(data)
        return self._keep(one, known.data, known.media_type)

    def _keep(self, one: Attachment, data: bytes, media_type: str) -> Attachment:
        return replace(
            one,
            state=FetchState.STORED,
            content_hash=self._files.put(data),
            media_type=media_type,
            size_bytes=len(data),
        )
