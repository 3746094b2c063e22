"""From a raw update to its effects: stored before it is confirmed, handled in batches.

All updates that wait are handled in one transaction, at most one per person. Several may change the
same case, one after the other.
A handler that raises touches nobody else; when the write fails, the batch is run again one by one.
There is no artificial delay: while one commit runs, the next batch gathers.

Several processes may work on one database: each claims the persons whose updates it handles, and
what another one changed meanwhile is done again.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot.channels.ports import Driver
from bot.configuration.street_source import StreetSource
from bot.operations.metrics import HANDLER_FAULTS, HANDLING
from bot.traffic.fair_order import FairOrder
from bot.traffic.floods import FloodGate, Verdict
from bot.traffic.group_commit import GroupCommit
from bot.traffic.newcomers import is_stale, newcomer
from bot.traffic.pay_secrets import masked_in, without_secrets
from bot.traffic.written_under import name_replied
from bot.words.wording import LOCAL_TIME
from domain.errors import Conflict, InternalError
from domain.matters.alarms import Alarm
from domain.messages import Channel, Incoming, Lane, Message, Side, text
from domain.people import Account, Person
from domain.street import Street
from handlers.registry import FEATURES
from handlers.turn import Turn
from storage import drafts, inbox, numbers, organisation, people
from storage.changes import Changes, Unwritten, apply, hold
from storage.database import Database, Tx
from storage.drafts import Draft
from storage.inbox import Arrival, Claimed, Update
from storage.matters import alarms
from storage.outbox import Notice, Own
from storage.registry import HANDS_OVER, PROCEDURES
from storage.work import Numbers

log = structlog.get_logger()

Place = tuple[Side, Channel, str]
#: How many case numbers are reserved at once.
NUMBER_BLOCK = 200
#: How often a batch is run again because another process changed the same rows.
CONFLICT_TRIES = 3
#: A database that refuses an update for longer than this has something against the update.
STORAGE_PATIENCE = timedelta(hours=1)
#: How many updates are remembered as they were understood on arrival; others are parsed anew.
PARSED_MAX = 5_000
#: The one member of an update of our own: a flood has begun, and so many are kept.
FLOOD = "flood"
#: What is held is looked after no more often than this.
LEAST_PAUSE_SECONDS = 0.05
#: A batch that has taken so long begins nothing more: who wants to store something waits for it.
BATCH_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Parsed:
    """An update that was understood as something that arrived."""

    update: Update
    incoming: Incoming

    @property
    def place(self) -> Place:
        """The account's place."""
        return (self.incoming.side, self.incoming.channel, self.incoming.address)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a batch."""

    count: int
    """How many updates were looked at: 0 where nothing waits."""
    exclusive: Sequence[Update] = ()
    """Those that reach beyond their person: no other process may work on anything meanwhile."""


@dataclass(slots=True)
class Loaded:
    """Who is who in a batch."""

    accounts: dict[Place, Account]
    persons: dict[str, Person]
    drafts: dict[str, list[Draft]]
    alarms: dict[str, Alarm]


class Intake:
    """Stores what arrives and handles it."""

    def __init__(
        self,
        database: Database,
        drivers: Mapping[str, Driver],
        source: StreetSource,
        now: Callable[[], datetime],
        handle: Callable[[Turn], Awaitable[None]],
        *,
        batch_max: int,
        floods: FloodGate | None = None,
        look_every: timedelta | None = None,
        after_store: Callable[[], None] = lambda: None,
        after_commit: Callable[[Set[str]], None] = lambda _bots: None,
    ) -> None:
        """Prepare; `run` begins to handle.

        Args:
            drivers: by the name of their bot.
            handle: puts what one update changes into its turn; `handlers.router.handle`.
            floods: judges what arrives by Telegram; the web page waits by itself when it is told.
            look_every: how often to look also where nobody said that something arrived; None where
                nothing arrives but through this object.
            after_store: called after every commit that may have left something to handle.
            after_commit: called after every commit, with the bots that have something to send,
                and `storage.attachments.FETCHER` where there is something to fetch.
        """
        self._database = database
        self._drivers = drivers
        self._source = source
        self._now = now
        self._handle_turn = handle
        self._batch_max = batch_max
        self._floods = floods
        self._look_every = look_every
        self._after_store = after_store
        self._after_commit = after_commit
        # Long ago: first of all, look at what an earlier life of this process has held.
        self._release_at: datetime | None = datetime.min.replace(tzinfo=UTC)
        self._numbers = Numbers()
        self._wake = asyncio.Event()
        # Some updates still wait after a batch; what arrives anew says so itself.
        self._left = False
        self._addressed: set[str] = set()
        self._parsed: dict[tuple[str, str], Incoming] = {}
        self._order = FairOrder()
        self._storing = GroupCommit[tuple[str, Sequence[Arrival]]](self._store_all)
        self._confirming: set[asyncio.Task[None]] = set()

    async def store(self, bot: str, updates: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Keep raw updates under (bot, update id); returns after the commit.

        Raises:
            StorageError: nothing was kept; do not confirm them.
        """
        await self._release_held()
        arrived: list[Arrival] = []
        for update_id, given in updates:
            raw = without_secrets(given)
            incoming = self._try_parse(bot, update_id, raw)
            address = incoming.address if incoming else None
            arrived += self._judged(bot, Arrival(update_id=update_id, address=address, raw=raw))
        if arrived:
            await self._storing.add((bot, arrived))

    async def _store_all(self, brought: Sequence[tuple[str, Sequence[Arrival]]]) -> None:
        """Keep in one transaction what many brought while the one before it ran."""
        by_bot: dict[str, list[Arrival]] = {}
        for bot, arrived in brought:
            by_bot.setdefault(bot, []).extend(arrived)
        async with self._database.write(inline=True) as tx:
            for bot, arrived in by_bot.items():
                await inbox.store(tx, bot, arrived, self._now())
        self._wake.set()
        self._after_store()

    def _judged(self, bot: str, one: Arrival) -> list[Arrival]:
        """Hold back what belongs to a flood; the first of it brings one sentence along."""
        if self._floods is None or one.address is None or bot.startswith(Channel.WEB):
            return [one]
        chat = f"{bot} {one.address}"
        verdict = self._floods.judge(chat)
        if verdict is Verdict.TAKE:
            return [one]
        if verdict is Verdict.REFUSE:
            self._parsed.pop((bot, one.update_id), None)
            return []
        until = self._floods.until(chat)
        self._release_at = min(until, self._release_at or until)
        held = replace(one, held_until=until)
        if verdict is Verdict.HOLD:
            return [held]
        log.warning("intake.flood", bot=bot)
        told = Arrival(
            update_id=f"{one.update_id}-{FLOOD}",
            address=one.address,
            raw={FLOOD: self._floods.held_max},
        )
        return [told, held]

    def _try_parse(self, bot: str, update_id: str, raw: Mapping[str, Any]) -> Incoming | None:
        try:
            incoming = self._read(bot, raw)
        except Exception:  # a poison update is stored all the same; its turn quarantines it
            return None
        if incoming is not None:
            self._parsed[bot, update_id] = incoming
            if len(self._parsed) > PARSED_MAX:  # another process may have handled the oldest
                del self._parsed[next(iter(self._parsed))]
        return incoming

    def wake(self) -> None:
        """Say that something new may have arrived."""
        self._wake.set()

    async def run(self) -> None:
        """Handle what arrives until cancelled, beginning with what waits from before."""
        self._wake.set()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._wake.wait()
            self._wake.clear()
            try:
                await self._release_held()
                while await self.handle_waiting() and self._left:
                    pass
            except InternalError as error:
                log.error("intake.storage_failed", error=type(error).__name__)
                await asyncio.sleep(1)
                self._wake.set()

    async def handle_waiting(self) -> int:
        """Handle one batch of what waits and give how many updates were done with."""
        await self._reserve_numbers()
        try:
            batch = await self._whole_batch()
            done = batch.count + await self._one_by_one(batch.exclusive)
        except Exception as error:
            log.warning("intake.batch_failed", error=type(error).__name__)
            async with self._database.read() as tx:
                waiting = await inbox.waiting(tx, self._batch_max)
            done = await self._one_by_one(waiting)
            self._left = True
        addressed, self._addressed = self._addressed, set()
        if done:
            self._after_commit(addressed)
        return done

    def _pause(self) -> float | None:
        """Give the seconds until something that is held may go, or until the next look."""
        if self._release_at is None:
            return None
        return max((self._release_at - self._now()).total_seconds(), LEAST_PAUSE_SECONDS)

    async def _release_held(self) -> None:
        """Let go what was held of chats that have paused, and look when the next ones will have."""
        now = self._now()
        if self._release_at is None or now < self._release_at:
            return
        async with self._database.write() as tx:
            await inbox.release(tx, now)
            held = await inbox.list_held(tx)
        moments = [until for _, _, until, _ in held]
        if self._look_every is not None:
            moments.append(now + self._look_every)
        self._release_at = min(moments, default=None)
        for bot, address, until, count in held:
            if self._floods is not None:
                self._floods.remember(f"{bot} {address}", until, count)

    async def close(self) -> None:
        """Give back the case numbers that were not needed, so that a restart makes no gap."""
        left = self._numbers.give_back()
        with suppress(InternalError):  # without the database they are a gap, as after a crash
            async with self._database.write() as tx:
                for year, serials in left.items():
                    await numbers.return_numbers(tx, year, serials)

    async def _reserve_numbers(self) -> None:
        year = self._now().astimezone(LOCAL_TIME).year
        if self._numbers.left(year) < self._batch_max:
            async with self._database.write() as tx:
                block = await numbers.reserve_numbers(tx, year, NUMBER_BLOCK + self._batch_max)
            self._numbers.add(year, block)

    def spare(self, year: int, count: int) -> Numbers | None:
        """Share the reserved case numbers with the clock; None where a batch may need them all."""
        enough = self._numbers.left(year) >= self._batch_max + count
        return self._numbers if enough else None

    async def _whole_batch(self) -> Done:
        """Handle a batch; where another process was faster with the same rows, once more."""
        contested: set[str] = set()
        for _ in range(CONFLICT_TRIES):
            try:
                return await self._handle(self._batch_max, contested=contested)
            except Conflict as error:
                contested.add(str(error))
        return await self._handle(self._batch_max, contested=contested)

    async def _one_by_one(self, waiting: Sequence[Update]) -> int:
        """Handle updates in a transaction each, while no other process works: all get done."""
        done = 0
        refused: Exception | None = None
        held: set[tuple[str, str | None]] = set()
        for update in waiting:
            chat = (update.bot, update.address)
            if chat in held:
                continue  # what comes after a failed update of the same chat waits for it
            try:
                handled = (await self._handle(1, only=update)).count
            except Conflict:
                handled = 0
            except Exception as error:
                if self._is_the_databases(error, update):
                    refused = refused or error
                    held.add(chat)
                    continue
                await self._give_up(update, error)
                held.add(chat)
                handled = 1
            done += handled
            if not handled:
                held.add(chat)
        if refused is not None and not done:
            raise refused
        return done

    def _is_the_databases(self, error: Exception, update: Update) -> bool:
        """Tell whether a failure is the database's and not the update's: it lasts a while, then.

        A full disk refuses what is long and takes the short note that an update has failed.
        """
        waited = self._now() - update.received_at
        return isinstance(error, InternalError) and waited < STORAGE_PATIENCE

    async def _give_up(self, update: Update, error: Exception) -> None:
        """Count a failed try in a transaction of its own."""
        async with self._database.write() as tx:
            await self._failed(tx, update, error)

    async def _failed(self, tx: Tx, update: Update, error: Exception) -> bool:
        HANDLER_FAULTS.labels(update.bot).inc()
        incident = secrets.token_hex(4)
        kind = type(error).__name__
        quarantined = await inbox.fail(tx, update, f"{kind} {incident}")
        log.error(
            "intake.update_failed",
            bot=update.bot,
            error=kind,
            incident=incident,
            quarantined=quarantined,
            where=_where(error),
        )
        return quarantined

    # --- one batch ---------------------------------------------------------------------------

    async def _handle(
        self, limit: int, *, only: Update | None = None, contested: Set[str] = frozenset()
    ) -> Done:
        """Handle what waits in one transaction; others were faster with what is ``contested``."""
        now = self._now()
        confirmed: list[tuple[str, str]] = []
        exclusive: list[Update] = []
        async with self._database.write(inline=True) as tx:
            await organisation.hold(tx, exclusive=only is not None)
            claimed = await inbox.claim(
                tx, limit, only=only.id if only else None, choose=self._order.choose
            )
            await hold(tx, contested)
            waiting = claimed.updates
            if not waiting:
                self._left = claimed.missed > 0
                self._order.rest()
                return Done(claimed.missed)
            street = await self._source.current(tx, now)
            parsed, silent = await self._parse(tx, waiting)
            chosen = sorted(_first_per_place(parsed), key=lambda one: self._order.mark(one.update))
            loaded = await self._load(tx, chosen)
            unwritten = Unwritten(tx)
            finished = list(silent)
            enough = time.monotonic() + BATCH_SECONDS
            for one in await self._claimed(tx, claimed, chosen, loaded):
                if time.monotonic() > enough and finished:
                    break
                if one.incoming.left is not None:
                    unwritten.add(_note_leaving(one.incoming.left, loaded, one.place, now))
                    finished.append(one.update.id)
                    continue
                turn = self._turn(unwritten, street, now, one, loaded)
                person = f"person {turn.person.id}"
                if person in unwritten.alone:
                    continue
                unwritten.alone.add(person)  # also where it fails: what comes after it waits
                self._order.served(one.update)
                result = await self._take(tx, turn, one.update)
                if result is not None and unwritten.comes_before(result):
                    await unwritten.write()
                    turn = self._turn(unwritten, street, now, one, loaded)
                    result = await self._take(tx, turn, one.update)
                if result is None or result.alone & (unwritten.alone - {person}):
                    continue
                if tx.is_postgres and only is None and result.alone - {person}:
                    exclusive.append(one.update)
                    continue
                unwritten.add(result)
                finished.append(one.update.id)
                if one.incoming.press:
                    confirmed.append((one.update.bot, one.incoming.press))
            await unwritten.write()
            await inbox.finish(tx, finished)
        self._addressed |= tx.addressed
        # Of several processes, each is shown the oldest update of a person alone.
        self._left = tx.is_postgres or len(finished) < len(waiting) or claimed.more
        if not self._left:
            self._order.rest()
        done = set(finished)
        for update in waiting:
            if update.id in done:
                self._parsed.pop((update.bot, update.update_id), None)
        for bot, press in confirmed:
            self._confirm(bot, press)
        return Done(len(waiting) + claimed.missed, exclusive)

    async def _parse(self, tx: Tx, waiting: Sequence[Update]) -> tuple[list[Parsed], list[int]]:
        """Understand updates; those that say nothing to us are finished, poison is quarantined."""
        parsed: list[Parsed] = []
        silent: list[int] = []
        for update in waiting:
            incoming = self._parsed.get((update.bot, update.update_id))
            if incoming is None:
                try:
                    incoming = self._understood(update)
                except Exception as error:
                    await inbox.fail(tx, update, type(error).__name__, now=True)
                    log.error("intake.poison", bot=update.bot, error=type(error).__name__)
                    continue
            if incoming is None:
                silent.append(update.id)
            else:
                parsed.append(Parsed(update, incoming))
        return parsed, silent

    def _understood(self, update: Update) -> Incoming | None:
        if update.address is not None and update.raw.keys() == {FLOOD}:
            channel, side = update.bot.split(".")
            return Incoming(
                side=Side(side),
                channel=Channel(channel),
                address=update.address,
                at=update.received_at,
                flood=update.raw[FLOOD],
            )
        return self._read(update.bot, update.raw)

    def _read(self, bot: str, raw: Mapping[str, Any]) -> Incoming | None:
        incoming = self._drivers[bot].parse(raw)
        masked = masked_in(raw)
        return replace(incoming, masked=masked) if incoming is not None and masked else incoming

    async def _claimed(
        self, tx: Tx, claimed: Claimed, chosen: Sequence[Parsed], loaded: Loaded
    ) -> list[Parsed]:
        """Keep the updates that are ours to handle, now that it is known whose they are."""
        ours = []
        for one in chosen:
            account = loaded.accounts.get(one.place)
            if claimed.allows(
                account.person if account else None, one.update.bot, one.incoming.address
            ):
                ours.append(one)
            elif one.update.address is None:
                await inbox.readdress(tx, one.update, one.incoming.address)
        return ours

    async def _load(self, tx: Tx, chosen: Sequence[Parsed]) -> Loaded:
        accounts = await people.find_accounts(tx, [one.place for one in chosen])
        persons = await people.get_people(tx, [one.person for one in accounts.values()])
        unfinished = await drafts.list_drafts(tx, persons)
        said = await alarms.get_alarms(tx, persons)
        return Loaded(accounts, persons, unfinished, said)

    def _turn(
        self, batch: Unwritten, street: Street, now: datetime, one: Parsed, who: Loaded
    ) -> Turn:
        changes = Changes()
        account = who.accounts.get(one.place)
        person = who.persons.get(account.person) if account else None
        if account is None or person is None:
            person, account = newcomer(one.incoming, now)
            changes.put("person", person)
            changes.put("account", account)
        elif is_stale(account, now) or person.preferred != account.hears_at:
            account = replace(account, seen_at=now, unreachable_since=None)
            person = replace(person, preferred=account.hears_at)
            changes.put("account", account)
            changes.put("person", person)
        if one.incoming.channel is Channel.WEB:
            changes.save(Own(account=account, body=dict(one.update.raw["frame"]), at=now))
        begun = who.drafts.get(person.id, [])
        return Turn(
            tx=batch.tx,
            street=street,
            now=now,
            incoming=one.incoming,
            person=person,
            account=account,
            draft=begun[0] if begun else None,
            waiting=tuple(begun[1:]),
            every_feature=FEATURES,
            remembered={Alarm: alarm} if (alarm := who.alarms.get(person.id)) else {},
            numbers=self._numbers,
            hands_over=HANDS_OVER,
            beside=batch.beside,
            procedures=PROCEDURES,
            changes=changes,
        )

    async def _take(self, tx: Tx, turn: Turn, update: Update) -> Changes | None:
        """Handle one update; a failure contributes nothing but, in the end, an apology."""
        if turn.incoming.left is not None:
            # Who leaves is told nothing, and is unreachable once something could not be sent: then
            # the worker is told. Who comes back is reachable again.
            return Changes() if turn.incoming.left else turn.changes
        try:
            with HANDLING.labels(turn.incoming.side).time():
                await name_replied(turn, self._drivers[update.bot])
                await self._handle_turn(turn)
        except InternalError:
            raise
        except Exception as error:
            if not await self._failed(tx, update, error):
                return None
            sorry = Changes()
            sorry.put("person", turn.person)
            sorry.put("account", turn.account)
            sorry.save(
                Notice(
                    person=turn.person.id,
                    message=Message(blocks=(text("errors.internal"),)),
                    lane=Lane.REPLY,
                    at=turn.now,
                    not_before=turn.now,
                    account=turn.account,
                )
            )
            await apply(tx, [sorry])
            return None
        return turn.changes

    def _confirm(self, bot: str, press: str) -> None:
        async def confirm() -> None:
            with suppress(Exception):  # a press that stays unconfirmed harms nobody
                await self._drivers[bot].confirm(press)

        task = asyncio.create_task(confirm())
        self._confirming.add(task)
        task.add_done_callback(self._confirming.discard)


def _first_per_place(parsed: Sequence[Parsed]) -> list[Parsed]:
    """Keep the oldest update of each account; the others wait for the next batch."""
    first: dict[Place, Parsed] = {}
    for one in parsed:
        first.setdefault(one.place, one)
    return list(first.values())


def _note_leaving(left: bool, loaded: Loaded, place: Place, now: datetime) -> Changes:
    """Note that a person blocked the bot, or came back; nothing is answered."""
    changes = Changes()
    account = loaded.accounts.get(place)
    if account is not None:
        since = (account.unreachable_since or now) if left else None
        changes.put("account", replace(account, unreachable_since=since))
    return changes


def _where(error: Exception) -> str:
    """Name the place in the code where an error came from; never what it was about."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else ""
