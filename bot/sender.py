"""Sends what is committed: in order within (chat, lane), a person waiting before news before all.

Budgets hold per bot, chat and group; a 429 is obeyed and remembered over restarts; an unknown
outcome is tried again and counted; a dead letter never blocks its successors. Sending is at least
once: a crash between sending and noting it can repeat the messages in flight, at most
`in_flight_max` of them, one per chat.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.channels.ports import (
    Blocked,
    ChannelError,
    Delivery,
    Driver,
    Rejected,
    StoredFile,
    TryLater,
    Unclear,
)
from domain.cards import open_case
from domain.errors import InternalError
from domain.messages import Channel, Lane, Message, text
from storage import outbox
from storage.attachments import Attachment, FetchState, get_attachments
from storage.changes import Changes, apply
from storage.database import Database, Tx, fact, set_fact
from storage.files import FileStore
from storage.matters import find_matter
from storage.outbox import Notice, Sent, Waiting
from storage.people import accounts_by_id, list_accounts, mark_unreachable

log = structlog.get_logger()

#: How long a message waits for its pictures to be fetched before it goes without them.
PICTURE_PATIENCE = timedelta(minutes=10)
#: How often it looks whether they are there.
PICTURE_PAUSE = timedelta(seconds=1)
#: Distinct chats that must earn a 429 at once before the whole bot is taken to be limited.
LIMITED_CHATS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """How fast one bot may send; None where a channel has no limit, as on the web."""

    per_bot_per_second: float
    per_chat_per_second: float
    per_group_per_minute: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long to go on trying."""

    tries_max: int
    timeout: timedelta
    first: timedelta
    longest: timedelta

    def pause(self, tries: int) -> timedelta:
        """Give the pause after so many failed tries: doubling, up to the longest."""
        doubled: timedelta = self.first * (1 << min(tries, 20))
        return min(doubled, self.longest)


class _Pace:
    """A bucket that fills with time: how long to wait before the next message may go."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._rate = per_second
        self._burst = burst
        self._level = burst
        self._at: float | None = None

    def wait(self, clock: float) -> float:
        """Give the seconds until there is room; 0 for now."""
        if self._at is not None:
            self._level = min(self._burst, self._level + (clock - self._at) * self._rate)
        self._at = clock
        return max(0.0, (1 - self._level) / self._rate)

    def take(self) -> None:
        """Use one place."""
        self._level -= 1


class Sender:
    """Sends the rows of one bot."""

    def __init__(
        self,
        database: Database,
        driver: Driver,
        files: FileStore,
        now: Callable[[], datetime],
        *,
        patience: Patience,
        in_flight_max: int,
        budget: Budget | None,
    ) -> None:
        self._database = database
        self._driver = driver
        self._files = files
        self._now = now
        self._patience = patience
        self._in_flight_max = in_flight_max
        self._budget = budget
        self._keeps = driver.bot.startswith(Channel.WEB)
        self._wake = asyncio.Event()
        self._busy: dict[str, asyncio.Task[None]] = {}
        # Sent, not noted yet: its chat stays busy, so that it cannot be read as waiting.
        self._sent: list[tuple[str, Sent]] = []
        self._bot_pace = _Pace(budget.per_bot_per_second, 1) if budget else None
        self._chat_pace: dict[str, _Pace] = {}
        self._limited: dict[str, datetime] = {}

    @property
    def _pause_fact(self) -> str:
        return f"pause {self._driver.bot}"[:40]

    def wake(self) -> None:
        """Say that something new may be there to send."""
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled, beginning with what waits from before."""
        while True:
            try:
                pause = await self.send_due()
            except InternalError as error:
                log.error("sender.storage_failed", error=type(error).__name__)
                pause = 1.0
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause)
            self._wake.clear()

    async def drain(self) -> None:
        """Send everything that is due and wait until it is sent; for tests and shutdown."""
        while True:
            await self.send_due()
            if not self._busy and not self._sent:
                async with self._database.read() as tx:
                    if not await outbox.due(tx, self._driver.bot, self._now(), 1):
                        return
            under_way = [task for task in self._busy.values() if not task.done()]
            if under_way:
                await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)

    async def send_due(self) -> float:
        """Note what was sent, begin to send what may go now, and give the seconds to wait."""
        await self._note_sent()
        room = self._in_flight_max - len(self._busy)
        if room <= 0:
            return 30.0
        now = self._now()
        async with self._database.read() as tx:
            paused = await fact(tx, self._pause_fact)
            if paused and datetime.fromisoformat(paused) > now:
                return (datetime.fromisoformat(paused) - now).total_seconds()
            rows = await outbox.due(tx, self._driver.bot, now, max(room * 4, 100), skip=self._busy)
            later = None if rows else await outbox.next_due(tx, self._driver.bot)
        wait = self._begin(rows, room)
        if later is not None and later > now:
            wait = min(wait, (later - now).total_seconds())
        return wait

    def _begin(self, rows: list[Waiting], room: int) -> float:
        """Begin to send the first row of each chat that has room; give the seconds to wait."""
        wait = 30.0
        for row in rows:
            if row.account in self._busy:
                continue
            if len(self._busy) >= self._in_flight_max or room <= 0:
                break
            delay = self._delay(row)
            if delay > 0:
                wait = min(wait, delay)
                if self._bot_pace and self._bot_pace.wait(self._clock()) > 0:
                    break
                continue
            self._take(row)
            room -= 1
            task = asyncio.create_task(self._send(row))
            self._busy[row.account] = task
        return wait

    @staticmethod
    def _clock() -> float:
        return asyncio.get_running_loop().time()

    def _delay(self, row: Waiting) -> float:
        if self._bot_pace is None:
            return 0.0
        clock = self._clock()
        return max(self._bot_pace.wait(clock), self._pace_of(row.address).wait(clock))

    def _take(self, row: Waiting) -> None:
        if self._bot_pace is not None:
            self._bot_pace.take()
            self._pace_of(row.address).take()

    def _pace_of(self, address: str) -> _Pace:
        budget = self._budget
        assert budget is not None  # noqa: S101  # only asked where there is one
        pace = self._chat_pace.get(address)
        if pace is None:
            if len(self._chat_pace) > 10_000:
                self._chat_pace.clear()
            if address.startswith("-"):
                pace = _Pace(budget.per_group_per_minute / 60, 5)
            else:
                # A reply of two or three messages may go at once. Source: Bot API FAQ,
                # "short bursts are allowed".
                pace = _Pace(budget.per_chat_per_second, 3)
            self._chat_pace[address] = pace
        return pace

    # --- one message -------------------------------------------------------------------------

    async def _send(self, row: Waiting) -> None:
        try:
            sent = await self._try(row)
        except InternalError as error:
            log.error("sender.storage_failed", error=type(error).__name__)
        except Exception as error:
            log.error("sender.fault", bot=row.bot, error=type(error).__name__)
            await self._later(row, "fault", self._patience.pause(row.tries))
        else:
            if sent is not None:
                self._sent.append((row.account, sent))
                self._wake.set()
                return
        self._busy.pop(row.account, None)
        self._wake.set()

    async def _try(self, row: Waiting) -> Sent | None:
        """Send a row; None where it was put off or given up."""
        prepared = await self._prepare(row)
        if prepared is None:
            return None
        try:
            async with asyncio.timeout(self._patience.timeout.total_seconds()):
                ref = await self._driver.send(prepared)
        except TryLater as error:
            await self._limited_until(row, timedelta(seconds=error.seconds))
        except Blocked:
            await self._unreachable(row)
        except Rejected as error:
            await self._bury(row, str(error))
        except (Unclear, ChannelError, TimeoutError) as error:
            await self._later(row, type(error).__name__, self._patience.pause(row.tries))
        else:
            return Sent(row.id, ref, self._keeps)
        return None

    async def _prepare(self, row: Waiting) -> Delivery | None:
        """Gather pictures and the message to be edited; None where it has to wait."""
        message = row.message
        known: dict[str, Attachment] = {}
        replaces = None
        if message.attachments or row.slot:
            async with self._database.read() as tx:
                known = await get_attachments(tx, message.attachments)
                if row.slot and not message.anew:
                    replaces = await outbox.last_ref(tx, row.account, row.slot, row.id)
        wanted = any(one.state is FetchState.WANTED for one in known.values())
        if wanted and self._now() - row.created_at < PICTURE_PATIENCE:
            await self._wait_for_pictures(row)
            return None
        files = tuple(
            self._stored(known[one])
            for one in message.attachments
            if one in known and known[one].state is FetchState.STORED
        )
        if message.attachments and not files and not message.blocks:
            message = Message(blocks=(text("channels.pictures_lost"),))
        return Delivery(
            id=row.id,
            address=row.address,
            message=message,
            language=row.language,
            elder=row.elder,
            lane=row.lane,
            files=files,
            replaces=replaces,
        )

    def _stored(self, one: Attachment) -> StoredFile:
        return StoredFile(
            id=one.id,
            kind=one.kind,
            path=self._files.path(one.content_hash or ""),
            media_type=one.media_type or "application/octet-stream",
        )

    # --- what became of it -------------------------------------------------------------------

    async def _note_sent(self) -> None:
        sent, self._sent = self._sent, []
        if not sent:
            return
        try:
            async with self._database.write() as tx:
                await outbox.mark_sent(tx, [one for _, one in sent], self._now())
        except InternalError:
            self._sent = [*sent, *self._sent]
            raise
        for account, _ in sent:
            self._busy.pop(account, None)

    async def _wait_for_pictures(self, row: Waiting) -> None:
        async with self._database.write() as tx:
            await outbox.postpone(
                tx, row, self._now() + PICTURE_PAUSE, "pictures", count=False, alone=True
            )

    async def _later(self, row: Waiting, error: str, pause: timedelta) -> None:
        if row.tries + 1 >= self._patience.tries_max:
            await self._bury(row, error)
            return
        async with self._database.write() as tx:
            await outbox.postpone(tx, row, self._now() + pause, error, count=True)

    async def _limited_until(self, row: Waiting, pause: timedelta) -> None:
        """Obey a 429: this chat waits, and where several chats earned one, the whole bot does."""
        now = self._now()
        until = now + pause
        self._limited = {chat: end for chat, end in self._limited.items() if end > now}
        self._limited[row.account] = until
        log.warning("sender.limited", bot=row.bot, seconds=pause.total_seconds())
        async with self._database.write() as tx:
            await outbox.postpone(tx, row, until, "429", count=False)
            if len(self._limited) >= LIMITED_CHATS:
                await set_fact(tx, self._pause_fact, until.isoformat())

    async def _bury(self, row: Waiting, error: str) -> None:
        log.error("sender.dead_letter", bot=row.bot, error=error[:80])
        async with self._database.write() as tx:
            await outbox.bury(tx, row.id, error, self._now())

    async def _unreachable(self, row: Waiting) -> None:
        """The person blocked the bot: another account is tried, and the worker is told."""
        now = self._now()
        async with self._database.write() as tx:
            known = (await accounts_by_id(tx, [row.account])).get(row.account)
            first_time = known is not None and known.unreachable_since is None
            await mark_unreachable(tx, row.account, now)
            others = [
                account
                for account in (await list_accounts(tx, [row.person])).get(row.person, [])
                if account.id != row.account and account.unreachable_since is None
            ]
            if others:
                await outbox.redirect(tx, row.id, others[0])
                return
            await outbox.bury(tx, row.id, "blocked", now)
            if first_time and row.matter:
                await self._tell_worker(tx, row, row.matter, now)

    async def _tell_worker(self, tx: Tx, row: Waiting, number: str, now: datetime) -> None:
        matter = await find_matter(tx, number)
        if matter is None or matter.owner is None or matter.owner == row.person:
            return
        changes = Changes()
        changes.save(
            Notice(
                person=matter.owner,
                message=Message(
                    blocks=(text("channels.resident_unreachable", number=number),),
                    choices=((open_case(number),),),
                ),
                lane=Lane.NOTICE,
                at=now,
                not_before=now,
                matter=number,
            )
        )
        await apply(tx, [changes])
