"""Sends what is committed: in order within (chat, lane), a person waiting before news before all.

Budgets hold per bot, chat and group, and each lane leaves some of them to the lanes before it. A
429 is obeyed and remembered over restarts; an unknown outcome is tried again and counted, unless
nobody at all is answered: then the channel is away, nothing counts, and one message at a time asks
whether it is back. A dead letter never blocks its successors. Sending is at least once: a crash
between sending and noting it can repeat the messages in flight, at most `in_flight_max` of them,
one per chat.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.channels.ports import (
    Blocked,
    ChannelError,
    Delivery,
    Driver,
    Failed,
    Rejected,
    TryLater,
)
from bot.operations.metrics import DEAD, DELAY, LIMITED, SENT, UNCLEAR
from bot.traffic.patience import LONGEST_PICTURE_PAUSE, PICTURE_PAUSE, Patience
from bot.traffic.send_budget import Budget, SendBudget
from bot.traffic.stored_files import with_files
from bot.traffic.unreachable import AfterDead, bury, give_up, tell_keeper
from domain.errors import InternalError
from domain.human_route import with_human_route
from domain.messages import Lane
from domain.subjects import Subject
from storage import send_pauses, sending
from storage.attachments import Attachment, get_attachments
from storage.database import Database, Tx
from storage.files import FileStore
from storage.send_pauses import EVERY_CHAT, Why
from storage.sending import Head, Sent, Waiting

log = structlog.get_logger()

#: Distinct chats that must earn a 429 at once before the whole bot is taken to be limited.
LIMITED_CHATS = 2
#: Distinct chats left without an answer, nobody answered between: the channel itself is away.
SILENT_CHATS = 3
#: How often a channel that is away is asked at least.
LONGEST_SILENCE = timedelta(seconds=60)
#: A message that never got an answer is given up at this age, even if nobody got any.
LONGEST_OUTAGE = timedelta(days=2)
#: The share of what may be in flight that a lane may use; the rest is left to the lanes before it.
SHARES = {Lane.REPLY: 1.0, Lane.NOTICE: 0.875, Lane.BROADCAST: 0.75}
#: How often at most the tables are asked and told; what gathers meanwhile goes together.
GATHER_SECONDS = 0.02
#: How long to wait where nothing is known to be due.
IDLE_SECONDS = 30.0
#: How long sends that are under way may take when the sender is stopped.
FAREWELL_SECONDS = 5.0
#: How far the clock may differ from the time that passed before it counts as set back.
CLOCK_SLACK = timedelta(seconds=1)

#: Writes what became of a message.
Note = Callable[[Tx], Awaitable[None]]


class Sender:
    """Sends the rows of one bot; there is one sender per bot at a time."""

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
        human_line: str = "",
        after_sent: Callable[[Sequence[tuple[str, int]]], None] | None = None,
        after_dead: AfterDead | None = None,
    ) -> None:
        """Prepare; `run` begins to send.

        Args:
            human_line: the number that those see everywhere who see few big buttons.
            after_sent: called with the accounts and rows of every commit that noted them as sent.
            after_dead: tells somebody, in the transaction that gave a message up.
        """
        self._database = database
        self._after_sent = after_sent
        self._after_dead = after_dead
        self._human_line = human_line
        self._driver = driver
        self._bot = driver.bot
        self._files = files
        self._now = now
        self._patience = patience
        self._in_flight_max = in_flight_max
        self._pace = SendBudget(budget)
        self._gather = max(1, int((budget.per_bot_per_second if budget else 0) * GATHER_SECONDS))
        self._wake = asyncio.Event()
        # From the moment a row is chosen until what became of it is committed, its chat is busy:
        # it cannot be read as waiting, and its next row cannot overtake it.
        self._busy: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_flight: Counter[Lane] = Counter()
        self._sent: list[tuple[Waiting, Sent]] = []
        self._notes: list[tuple[Waiting | None, Note]] = []
        self._to_note = asyncio.Event()
        # Chats whose budget is used up, with the loop's moment at which they may go on.
        self._resting: dict[str, float] = {}
        self._limited: set[str] = set()
        self._limited_at = 0.0
        self._paused_until: datetime | None = None
        self._answers = 0
        self._silent: set[str] = set()
        self._missed: dict[int, tuple[int, int]] = {}
        self._away: timedelta | None = None
        self._away_until: datetime | None = None
        self._looked: tuple[datetime, float] | None = None
        names = {lane: (self._bot, lane.name.lower()) for lane in Lane}
        self._measures = {
            lane: (SENT.labels(*name), DELAY.labels(*name)) for lane, name in names.items()
        }

    def wake(self) -> None:
        """Say that something new may be there to send."""
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled, beginning with what waits from before."""
        self._looked = None  # another process may have sent, and been limited, meanwhile
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_sending())
                group.create_task(self._keep_noting())
        finally:
            await self._finish()

    async def _keep_sending(self) -> None:
        """Begin what may go; noting goes on beside it, so that nobody waits for a commit."""
        while True:
            try:
                pause = await self._begin_due()
            except InternalError as error:
                log.error("sender.storage_failed", error=type(error).__name__)
                pause = 1.0
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            self._wake.clear()

    async def _keep_noting(self) -> None:
        """Write down what became of messages; what ends while one commit runs gathers."""
        while True:
            await self._to_note.wait()
            try:
                await self._note()
            except InternalError as error:
                log.error("sender.storage_failed", error=type(error).__name__)
                await asyncio.sleep(1)
            else:
                await asyncio.sleep(GATHER_SECONDS)

    async def _finish(self) -> None:
        """Let what is under way arrive and note it, so that a restart repeats nothing."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=FAREWELL_SECONDS)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        with suppress(InternalError):
            await self._note()

    async def drain(self) -> None:
        """Send everything that is due and wait until it is sent; for tests and shutdown."""
        while True:
            pause = await self.send_due()
            if self._tasks:
                await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            elif self._resting or pause < GATHER_SECONDS:
                await asyncio.sleep(pause)
            elif not self._busy:
                return

    async def settle(self) -> None:
        """Wait for the answers to what was begun and note nothing, as if the process died then."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    # --- what may go now ---------------------------------------------------------------------

    async def send_due(self) -> float:
        """Note what was sent, begin to send what may go now, and give the seconds to wait."""
        await self._note()
        return await self._begin_due()

    async def _begin_due(self) -> float:
        now, clock = self._now(), self._clock()
        await self._watch_clock(now, clock)
        held = self._held(now)
        if held > 0:
            return held
        self._resting = {chat: at for chat, at in self._resting.items() if at > clock}
        places, wait = self._places(clock)
        if not places:
            return wait
        # A chat that rests or has several rows waiting takes places of others: look further.
        limits = {lane: 2 * count + 10 for lane, count in places.items()}
        skip = {*self._busy, *self._resting}
        async with self._database.read(inline=True) as tx:
            heads = await sending.heads(tx, self._bot, now, limits, skip=skip)
            chosen, pause = self._choose(heads, places, clock)
            rows = await sending.load(tx, chosen) if chosen else []
            deliveries = await self._prepare(tx, rows, now)
            later = None if heads else await sending.next_due(tx, self._bot, now)
        for row, delivery in zip(rows, deliveries, strict=True):
            self._begin(row, delivery, now)
        if later is not None:
            wait = min(wait, (later - now).total_seconds())
        seen = Counter(head.lane for head in heads)
        if any(seen[lane] >= limit for lane, limit in limits.items()):
            progress = chosen or not self._resting.keys() <= skip
            pause = 0.0 if progress else pause  # there is more behind what was looked at
        return max(0.0, min(wait, pause))

    @staticmethod
    def _clock() -> float:
        return asyncio.get_running_loop().time()

    async def _watch_clock(self, now: datetime, clock: float) -> None:
        """Mend what a wrong clock wrote, at the start and when the clock was set back."""
        before, self._looked = self._looked, (now, clock)
        if before is not None:
            passed = timedelta(seconds=clock - before[1])
            if now >= before[0] + passed - CLOCK_SLACK:
                return
        self._away_until = None
        try:
            async with self._database.write() as tx:
                await send_pauses.shorten_after_jump(tx, self._bot, now)
                await send_pauses.forget_over(tx, self._bot, now)
                await sending.come_forward(tx, self._bot, now)
                self._paused_until = await send_pauses.bot_paused_until(tx, self._bot)
        except InternalError:
            self._looked = before
            raise

    def _held(self, now: datetime) -> float:
        """Give the seconds for which nothing at all may be sent."""
        ends = [end for end in (self._paused_until, self._away_until) if end is not None]
        return max(((end - now).total_seconds() for end in ends), default=0.0)

    def _places(self, clock: float) -> tuple[dict[Lane, int], float]:
        """Give how many messages of each lane may begin, and the seconds until more may."""
        most = self._in_flight_max if self._away is None else 1
        used = len(self._busy)
        free = most - used
        places: dict[Lane, int] = {}
        wait = IDLE_SECONDS
        for lane in Lane:
            left = min(free, max(1, int(most * SHARES[lane])) - used)
            used -= self._in_flight[lane]
            if left <= 0:
                continue
            room = self._pace.room(lane, clock)
            # Who waits for an answer goes with the next call; the others go by the handful.
            handful = 1 if lane is Lane.REPLY else min(self._gather, left)
            if room is not None and room < handful:
                wait = min(wait, self._pace.bot_wait(lane, clock, handful))
                continue
            places[lane] = left if room is None else min(left, room)
        return places, wait

    def _choose(
        self, heads: Sequence[Head], places: Mapping[Lane, int], clock: float
    ) -> tuple[list[int], float]:
        """Choose the first row of each chat that has room; give the seconds until others have."""
        chosen: list[int] = []
        taken: set[str] = set()
        left = dict(places)
        wait = IDLE_SECONDS
        free = (self._in_flight_max if self._away is None else 1) - len(self._busy)
        for head in heads:
            if head.account in taken or head.account in self._resting or not left[head.lane]:
                continue
            if len(chosen) >= free:
                break
            bot_wait = self._pace.bot_wait(head.lane, clock)
            if bot_wait > 0:
                wait = bot_wait
                break
            chat_wait = self._pace.chat_wait(head.address, clock)
            if chat_wait > 0:
                self._resting[head.account] = clock + chat_wait
                continue
            self._pace.take(head.address, 1, clock)
            taken.add(head.account)
            left[head.lane] -= 1
            chosen.append(head.id)
        rest = min((at - clock for at in self._resting.values()), default=IDLE_SECONDS)
        return chosen, min(wait, rest)

    # --- one message -------------------------------------------------------------------------

    async def _prepare(
        self, tx: Tx, rows: Sequence[Waiting], now: datetime
    ) -> list[Delivery | None]:
        """Gather pictures and the messages to be edited; None for one that has to wait."""
        wanted = {one for row in rows for one in row.message.attachments}
        known = await get_attachments(tx, wanted) if wanted else {}
        return [await self._delivery(tx, row, known, now) for row in rows]

    async def _delivery(
        self, tx: Tx, row: Waiting, known: dict[str, Attachment], now: datetime
    ) -> Delivery | None:
        shown = with_files(self._files, row.message, known, age=now - row.created_at)
        if shown is None:
            return None
        message, files = shown
        message = with_human_route(message, self._human_line) if row.elder else message
        replaces = None
        if row.slot and (message.renews or not message.anew):
            replaces = await sending.last_ref(tx, row.account, row.slot, row.id)
        return Delivery(
            id=row.id,
            address=row.address,
            message=message,
            language=row.language,
            person=row.person,
            elder=row.elder,
            lane=row.lane,
            files=files,
            at=max(row.created_at, row.not_before),
            replaces=replaces,
        )

    def _begin(self, row: Waiting, delivery: Delivery | None, now: datetime) -> None:
        self._busy.add(row.account)
        self._in_flight[row.lane] += 1
        if not row.readable:
            self._end(row, self._dead_letter(row, "unreadable"))
        elif delivery is None:
            age = now - row.created_at
            pause = min(max(age / 4, PICTURE_PAUSE), LONGEST_PICTURE_PAUSE)
            self._end(row, partial(sending.put_off, row=row.id, until=now + pause))
        else:
            task = asyncio.create_task(self._send(row, delivery))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send(self, row: Waiting, delivery: Delivery) -> None:
        answers, began = self._answers, self._clock()
        try:
            ref = await self._show(replace(delivery, unshown=partial(self._unshown, row)))
        except TryLater as error:
            self._answered(row, began)
            self._end(row, self._limit(row, timedelta(seconds=error.seconds)))
        except Blocked:
            self._answered(row, began)
            self._end(row, partial(give_up, row, self._now()))
        except Rejected as error:
            self._answered(row, began)
            self._end(row, self._dead_letter(row, str(error)))
        except Failed:
            self._answered(row, began)
            self._end(row, self._try_again(row, "failed", row.tries, counts=True))
        except (ChannelError, TimeoutError) as error:
            self._end(row, self._miss(row, type(error).__name__, answers))
        except Exception as error:
            log.error("sender.fault", bot=row.bot, error=type(error).__name__)
            self._end(row, self._try_again(row, "fault", row.tries, counts=True))
        except asyncio.CancelledError:
            self._free([row])  # whoever sends next has it in the tables
            raise
        else:
            self._answered(row, began, well=True)
            self._measure(row)
            self._sent.append((row, Sent(row.id, ref, self._driver.keeps(row.message))))
            self._to_note.set()

    def _unshown(self, row: Waiting) -> None:
        """Let the worker know that somebody could not see a picture or hear a voice."""
        if row.subject is not None:
            note = partial(self._tell_unshown, row.person, row.subject)
            self._notes.append((None, note))
            self._to_note.set()

    async def _tell_unshown(self, reader: str, subject: Subject, tx: Tx) -> None:
        await tell_keeper(tx, reader, subject, self._now(), "channels.file_unshown")

    def _measure(self, row: Waiting) -> None:
        sent, delay = self._measures[row.lane]
        waited = self._now() - max(row.created_at, row.not_before)
        sent.inc()
        delay.observe(max(waited.total_seconds(), 0.0))

    async def _show(self, delivery: Delivery) -> str | None:
        """Hand a message to the channel; each of its calls has its own time and its own budget."""
        timeout = self._patience.timeout.total_seconds()
        async with asyncio.timeout(timeout) as deadline:
            paid = True

            async def pace(cost: int) -> None:
                """Wait until a call may go; the first one was paid for when it was chosen."""
                nonlocal paid
                if paid:
                    paid = False
                    self._pace.take(delivery.address, cost - 1, self._clock())
                    return
                while (wait := self._wait_for(delivery)) > 0:
                    deadline.reschedule(None)
                    await asyncio.sleep(wait)
                self._pace.take(delivery.address, cost, self._clock())
                deadline.reschedule(self._clock() + timeout)

            return await self._driver.send(replace(delivery, pace=pace))

    def _wait_for(self, delivery: Delivery) -> float:
        clock = self._clock()
        return max(
            self._pace.bot_wait(delivery.lane, clock),
            self._pace.chat_wait(delivery.address, clock),
        )

    def _end(self, row: Waiting, note: Note) -> None:
        self._notes.append((row, note))
        self._to_note.set()

    # --- what became of it -------------------------------------------------------------------

    async def _note(self) -> None:
        """Commit what became of messages; their chats are free again."""
        self._to_note.clear()
        sent, self._sent = self._sent, []
        notes, self._notes = self._notes, []
        if not sent and not notes:
            return
        try:
            async with self._database.write(inline=True) as tx:
                await sending.mark_sent(tx, [one for _, one in sent], self._now())
                for _, note in notes:
                    await note(tx)
        except Exception as error:
            log.warning("sender.notes_failed", bot=self._bot, error=type(error).__name__)
            await self._note_apart(sent, notes)
        except BaseException:
            self._keep(sent, notes)
            raise
        else:
            self._free_sent(sent)
            self._free(row for row, _ in notes if row is not None)
        self._wake.set()

    async def _note_apart(
        self,
        sent: Sequence[tuple[Waiting, Sent]],
        notes: Sequence[tuple[Waiting | None, Note]],
    ) -> None:
        """Commit failed notes one by one, so that one that cannot be written harms no other."""
        left = list(notes)
        try:
            async with self._database.write(inline=True) as tx:
                await sending.mark_sent(tx, [one for _, one in sent], self._now())
            self._free_sent(sent)
            sent = ()
            while left:
                row, note = left[0]
                await self._note_one(row, note)
                if row is not None:
                    self._free([row])
                left.pop(0)
        except BaseException:
            self._keep(sent, left)
            raise

    async def _note_one(self, row: Waiting | None, note: Note) -> None:
        try:
            async with self._database.write(inline=True) as tx:
                await note(tx)
        except Exception as error:
            log.error("sender.note_failed", bot=self._bot, error=type(error).__name__)
            if row is not None:
                async with self._database.write() as tx:
                    await sending.dead_letter(tx, row.id, "fault", self._now())

    def _keep(
        self,
        sent: Sequence[tuple[Waiting, Sent]],
        notes: Sequence[tuple[Waiting | None, Note]],
    ) -> None:
        """Keep what could not be committed: its chats stay busy, so that nothing is sent again."""
        self._sent = [*sent, *self._sent]
        self._notes = [*notes, *self._notes]
        self._to_note.set()

    def _free_sent(self, sent: Sequence[tuple[Waiting, Sent]]) -> None:
        self._free(row for row, _ in sent)
        if self._after_sent is not None and sent:
            self._after_sent([(row.account, row.id) for row, _ in sent])

    def _free(self, rows: Iterable[Waiting]) -> None:
        for row in rows:
            self._busy.discard(row.account)
            self._in_flight[row.lane] -= 1

    def _dead_letter(self, row: Waiting, error: str) -> Note:
        log.error("sender.dead_letter", bot=row.bot, error=error[:80])
        DEAD.labels(self._bot).inc()
        self._missed.pop(row.id, None)
        return partial(bury, row.id, error, self._now(), self._after_dead)

    def _answered(self, row: Waiting, began: float, *, well: bool = False) -> None:
        """The channel said what became of a message: it is there, and so is this chat."""
        self._answers += 1
        self._silent.clear()
        self._missed.pop(row.id, None)
        if well and began > self._limited_at:
            self._limited.clear()
        if self._away is not None:
            log.warning("sender.channel_is_back", bot=self._bot)
            self._away = self._away_until = None
            self._notes.append((None, partial(send_pauses.end_unclear, bot=self._bot)))
            self._to_note.set()

    def _miss(self, row: Waiting, error: str, answers: int) -> Note:
        """Take note that nobody knows what became of a message.

        It counts against the message only if others were answered since its last try: while nobody
        is, the channel is away, and no number of tries says anything about the message.
        """
        UNCLEAR.labels(self._bot).inc()
        before, misses = self._missed.get(row.id, (answers, 0))
        counts = self._answers > before
        self._missed[row.id] = (self._answers, misses + 1)
        if len(self._missed) > 10_000:
            self._missed.pop(next(iter(self._missed)))
        self._silent.add(row.account)
        if not counts and len(self._silent) >= SILENT_CHATS:
            self._go_quiet()
        if not counts and self._now() - row.created_at > LONGEST_OUTAGE:
            return self._dead_letter(row, error)
        return self._try_again(row, error, max(row.tries, misses), counts=counts)

    def _go_quiet(self) -> None:
        """Ask a channel that is away ever more rarely, with one message at a time."""
        now = self._now()
        if self._away_until is not None and now < self._away_until:
            return
        if self._away is None:
            log.error("sender.channel_is_away", bot=self._bot)
            self._away = self._patience.first
        else:
            self._away = min(self._away * 2, LONGEST_SILENCE)
        self._away_until = now + self._away

    def _try_again(self, row: Waiting, error: str, tries: int, *, counts: bool) -> Note:
        """Hold the chat's lane back for a while, so that nothing overtakes the message."""
        if counts and row.tries + 1 >= self._patience.tries_max:
            return self._dead_letter(row, error)
        now = self._now()
        until = now + self._patience.pause(tries)

        async def note(tx: Tx) -> None:
            await send_pauses.forget_over(tx, self._bot, now)
            await send_pauses.pause(tx, self._bot, row.account, row.lane, Why.UNCLEAR, now, until)
            if counts:
                await sending.note_try(tx, row.id, error)

        return note

    def _limit(self, row: Waiting, pause: timedelta) -> Note:
        """Obey a 429: this chat waits, and where several chats earned one, the whole bot does."""
        now = self._now()
        until = now + pause
        self._limited.add(row.account)
        self._limited_at = self._clock()
        whole = len(self._limited) >= LIMITED_CHATS
        if whole:
            self._paused_until = max(until, self._paused_until or until)
        LIMITED.labels(self._bot).inc()
        log.warning("sender.limited", bot=row.bot, seconds=pause.total_seconds(), whole=whole)
        paused_until = self._paused_until

        async def note(tx: Tx) -> None:
            await send_pauses.forget_over(tx, self._bot, now)
            await send_pauses.pause(tx, self._bot, row.account, None, Why.LIMITED, now, until)
            if whole and paused_until is not None:
                await send_pauses.pause(
                    tx, self._bot, EVERY_CHAT, None, Why.LIMITED, now, paused_until
                )

        return note
