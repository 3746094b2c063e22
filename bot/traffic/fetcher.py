"""Fetches pictures and voices after the commit that mentioned them: durable work, retried.

They are cleaned and stored by content hash; a ``file_id`` belongs to one bot, so whoever is shown a
picture by the other bot gets it uploaded again. Whatever happens to one file, the others go on: a
try is counted before it is made, and who sent what cannot be kept is told.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.channels.ports import Driver, Rejected, TryLater
from bot.traffic.copy_writer import Written
from bot.traffic.media.decoder import Media
from bot.traffic.media.results import Fault, Unusable
from domain.messages import Lane, Message, text
from storage import attachments
from storage.attachments import MADE, Attachment, FetchState
from storage.changes import Changes, apply
from storage.database import Database
from storage.files import FileStore, Kept
from storage.outbox import Notice

log = structlog.get_logger()

#: After so many failed tries a file is given up, and its message goes without it.
MAX_TRIES = 8
#: A try that ended with the whole process counts as so many: three of them are enough.
FATAL_TRIES = 3
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=10)
#: Files that are looked up at a time, and those of them that are fetched at a time.
BATCH, AT_ONCE = 10, 2
#: Erased files that are deleted at a time: of these only the names are read.
DELETED_AT_ONCE = 1_000


class _Lost(Exception):
    """Raised for a file that is not to be had any more."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a file, and what its sender is told of it."""

    file: Attachment
    told: str = ""


class Fetcher:
    """Brings wanted files into the store."""

    def __init__(
        self,
        database: Database,
        drivers: Mapping[str, Driver],
        files: FileStore,
        now: Callable[[], datetime],
        *,
        media: Media,
        copies: Callable[[Attachment], Awaitable[Written]],
        after_fetch: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._drivers = drivers
        self._files = files
        self._now = now
        self._media = media
        self._copies = copies
        self._after_fetch = after_fetch
        self._wake = asyncio.Event()
        self._room = asyncio.Semaphore(AT_ONCE)

    def wake(self) -> None:
        """Say that new files may be wanted."""
        self._wake.set()

    async def run(self) -> None:
        """Fetch until cancelled."""
        while True:
            try:
                while await self.fetch_due():
                    pass
            except Exception as error:  # the storage is away; or whatever else: files go on
                log.error("fetcher.failed_batch", error=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await self._wake.wait()
            self._wake.clear()

    async def fetch_due(self) -> int:
        """Fetch what is wanted now and give how many files were tried.

        Files that were erased meanwhile leave the disk first.
        """
        await self._delete_doomed()
        async with self._database.read(inline=True) as tx:
            wanted = await attachments.wanted(tx, self._now(), BATCH)
        if wanted:
            tries = (self._try(one) for one in wanted)
            outcomes = await asyncio.gather(*tries, return_exceptions=True)
            await self._note([one for one in outcomes if isinstance(one, _Outcome)])
            self._after_fetch()
            for one in outcomes:
                if isinstance(one, BaseException):
                    raise one  # the storage is away
        return len(wanted)

    async def _note(self, outcomes: Sequence[_Outcome]) -> None:
        """Note what became of files, and tell each sender once of each kind of failure."""
        async with self._database.write() as tx:
            await attachments.note_fetched(tx, [one.file for one in outcomes])
            still_known = await attachments.get_attachments(
                tx, [one.file.id for one in outcomes if one.told]
            )
            told = Counter(
                (one.file.person, one.told) for one in outcomes if one.file.id in still_known
            )
            changes = Changes()
            now = self._now()
            for (person, what), count in told.items():
                changes.save(
                    Notice(
                        person=person,
                        message=Message(blocks=(text(f"channels.{what}", count=count),)),
                        lane=Lane.REPLY,
                        at=now,
                        not_before=now,
                    )
                )
            await apply(tx, [changes])

    async def _try(self, one: Attachment) -> _Outcome:
        """Try to get a file; an error of whatever sort is this file's alone."""
        async with self._room:
            begun = await self._begin(one)
            if begun is None:
                return self._given_up(one, Fault.BROKEN)
            try:
                return _Outcome(await self._fetch(one))
            except TryLater as error:
                return _Outcome(self._again(one, one.tries, timedelta(seconds=error.seconds)))
            except Unusable as error:
                return self._given_up(one, error.fault)
            except (Rejected, _Lost) as error:
                log.warning("fetcher.lost", error=type(error).__name__)
                return self._given_up(one)
            except Exception as error:
                tries = one.tries + 1
                log.warning("fetcher.failed", error=type(error).__name__, tries=tries)
                if tries >= MAX_TRIES:
                    return self._given_up(replace(one, tries=tries))
                return _Outcome(self._again(one, tries, min(FIRST_PAUSE * 2**tries, LONGEST_PAUSE)))

    async def _begin(self, one: Attachment) -> Attachment | None:
        """Count a try before it is made, as if it ended everything; None where it was the last."""
        if one.tries >= MAX_TRIES:
            return None
        tries = one.tries + FATAL_TRIES
        pause = min(FIRST_PAUSE * 2**tries, LONGEST_PAUSE)
        begun = replace(one, tries=tries, not_before=self._now() + pause)
        async with self._database.write() as tx:
            await attachments.note_fetched(tx, [begun])
        return begun

    def _again(self, one: Attachment, tries: int, pause: timedelta) -> Attachment:
        return replace(one, tries=tries, not_before=self._now() + pause)

    def _given_up(self, one: Attachment, fault: Fault | None = None) -> _Outcome:
        failed = replace(one, state=FetchState.FAILED)
        if one.bot in MADE:
            return _Outcome(failed)  # who ordered it is told by the message that waits for it
        return _Outcome(failed, f"{one.kind}_{fault or 'lost'}")

    async def _fetch(self, one: Attachment) -> Attachment:
        if one.bot in MADE:
            written = await self._copies(one)
            return _kept(one, written.kept, written.media_type, written.size_bytes)
        if (driver := self._drivers.get(one.bot)) is None:
            raise _Lost("no such bot any more")
        with self._files.spool() as spool:
            await driver.fetch(one.ref, spool)
            cleaned = await self._media.clean(spool, one.kind)
        kept = await asyncio.to_thread(self._files.put, cleaned.data)
        return _kept(one, kept, cleaned.media_type, len(cleaned.data))

    async def _delete_doomed(self) -> None:
        """Delete what was erased; a file that cannot be deleted is tried again and holds up none.

        Noted after the deletion: whatever ends the process in between, the next start deletes.
        """
        async with self._database.read(inline=True) as tx:
            names = await attachments.list_doomed(tx, DELETED_AT_ONCE)
        if not names:
            return
        deleted = await asyncio.to_thread(self._delete, names)
        if len(deleted) < len(names):
            log.warning("fetcher.not_deleted", files=len(names) - len(deleted))
        async with self._database.write() as tx:
            await attachments.note_deleted(tx, deleted)

    def _delete(self, names: Sequence[str]) -> list[str]:
        deleted = []
        for name in names:
            with suppress(OSError):
                self._files.delete(name)
                deleted.append(name)
        return deleted


def _kept(one: Attachment, kept: Kept, media_type: str, size_bytes: int) -> Attachment:
    return replace(
        one,
        state=FetchState.STORED,
        file_name=kept.name,
        file_key=kept.key,
        media_type=media_type,
        size_bytes=size_bytes,
    )
