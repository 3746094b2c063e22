"""The open pages: one connection each, by account, and the conversation over it.

A connection reads one frame after the other, so what a person says keeps its order; what is said
to the person goes through a queue of its own, so that a slow phone holds nobody up.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from bot.channels.ports import Delivery
from bot.channels.web import frames
from bot.channels.web.admission import ACCOUNT_PAGES_MAX, FLOOD_WAIT_SECONDS, Guest, Room, Speech
from bot.channels.web.client_network import customer_of
from bot.channels.web.close_codes import (
    BAD_FRAMES,
    COME_AGAIN,
    GOING_AWAY,
    NO_HELLO,
    OVERRUN,
    REVOKED,
    TOO_MANY,
)
from bot.channels.web.frames import Content, Earlier, Frame, FrameError, Hello, Ping, Pong, Seen
from bot.channels.web.named_uploads import with_files
from bot.channels.web.ports import HistoryLine, WebAccount, WebIntake, WebStore
from bot.channels.web.read_receipts import SeenNotes
from bot.channels.web.recent_deliveries import RecentDeliveries
from bot.channels.web.throttle_log import Watch
from bot.channels.web.transports import Wire
from bot.traffic.fair_queue import CrowdedError, FairQueue
from bot.traffic.rate_limits import Limiter, Rate
from domain.messages import Channel, Lane, Side

log = structlog.get_logger()

#: How many lines a page gets when it is opened, and for each look back.
PAGE = 50
#: How many missed lines are told one by one; beyond it the page begins anew.
CATCH_UP = 300
HELLO_SECONDS = 15.0
#: How long a page may take to hear why it has to go.
LAST_WORDS_SECONDS = 3.0
#: What was found out at the door holds for the first hello.
FRESH_SECONDS = 5.0
#: A revoked session is noticed after this time even if its page only listens.
CHECK_SECONDS = 60.0
#: Pages that are open at a time, unless the configuration says otherwise.
PAGES_MAX = 4_000
#: Histories that are read at a time, and things that are said: the rest of them wait in order.
READS_AT_ONCE = 4
SAYS_AT_ONCE = 200
#: How long a page whose session ended still shows what was told to it last; it can ask for nothing.
FAREWELL_SECONDS = 1.0
#: What one of either takes of an account's share, and of its address's, as parts of it. People who
#: have said something before do not pay for their neighbours.
ACCOUNT_SHARE, ADDRESS_SHARE = 1.0, 0.05
#: Frames that could not be understood until the line is cut.
MISTAKES_MAX = 20
#: One that is larger than any frame counts as so many: to read it costs as much.
LARGE_MISTAKE = 5
#: Frames that wait for one slow page until it is cut off; it catches up when it is back.
QUEUE_MAX = 600
#: All frames of one connection, also those that say nothing: beyond it they are read later.
FRAME_RATE = Rate(burst=60, per_second=4)
#: Larger messages are not even read.
HARD_MAX_BYTES = 4 * frames.MAX_FRAME_BYTES


Check = Callable[[], Awaitable[WebAccount | None]]


def bot_of(side: Side) -> str:
    """Name the web chat's bot of a side: ``web.residents``."""
    return f"{Channel.WEB}.{side}"


class Sockets:
    """All open pages of this process."""

    def __init__(
        self,
        store: WebStore,
        intake: WebIntake,
        now: Callable[[], datetime],
        *,
        demo: bool = False,
        pages_max: int = PAGES_MAX,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin without pages.

        Args:
            now: the present moment, aware.
            pages_max: how many pages may be open at a time.
            clock: seconds that only rise.
        """
        self.store = store
        self.intake = intake
        self.now = now
        self.demo = demo
        self.clock = clock
        self.watch = Watch(clock=clock)
        self.speech = Speech(clock=clock)
        self.reads = FairQueue(READS_AT_ONCE)
        self.says = FairQueue(SAYS_AT_ONCE)
        self.seen = SeenNotes(store, now)
        self._room: Room[Page] = Room(pages_max, clock)
        self._pages: dict[str, set[Page]] = {}
        self.recent = RecentDeliveries(clock)
        self._missing: dict[str, int] = {}
        self._catching_up: asyncio.Task[None] | None = None
        self._soon: set[asyncio.Task[None]] = set()

    async def serve(self, wire: Wire, account: WebAccount, check: Check, *, address: str) -> bool:
        """Talk with one page until it goes.

        Args:
            address: where the page is connected from.
            check: gives the account as it is now; None when the session may no longer speak.

        Returns:
            Whether it behaved: False for one that was cut off for its mistakes.
        """
        page = Page(self, wire, account, check, address)
        pages = self._pages.setdefault(account.id, set())
        if len(pages) >= ACCOUNT_PAGES_MAX:
            await page.refuse("too_many_pages", TOO_MANY)
            return True
        fits, goes = self._room.enter(page)
        if goes is not None or not fits:
            self.watch.note("pages", (goes or page).address)
        if goes is not None:
            goes.leave()
        if not fits:
            await page.refuse("full", OVERRUN)
            return True
        pages.add(page)
        try:
            await page.run()
        finally:
            self._room.leave(page)
            pages.discard(page)
            if not pages and self._pages.get(account.id) is pages:
                del self._pages[account.id]
        return not page.misbehaved

    def push(self, delivery: Delivery) -> None:
        """Show a message on every open page of its account; none open is no fault."""
        if self.recent.add(delivery):
            for page in self._pages.get(delivery.address, ()):
                page.show(delivery)

    def wake(self, shown: Iterable[tuple[str, int]]) -> None:
        """Show soon what another process sent: accounts, each with a row of the outbox."""
        for account, row in shown:
            if account in self._pages:
                self._missing[account] = min(row, self._missing.get(account, row))
        if self._missing and (self._catching_up is None or self._catching_up.done()):
            self._catching_up = asyncio.create_task(self._catch_up())

    def wake_all(self) -> None:
        """Show soon whatever another process may have sent to anybody who is here."""
        self.wake((account, 0) for account in tuple(self._pages))

    async def _catch_up(self) -> None:
        while self._missing:
            account, row = self._missing.popitem()
            for page in tuple(self._pages.get(account, ())):
                try:
                    await page.catch_up(row)
                except Exception as error:  # the page asks for what is missing when it comes again
                    log.warning("web.catch_up_failed", error=type(error).__name__)

    def end(self, accounts: Iterable[str]) -> None:
        """Close the pages of accounts whose session is over; others of theirs stay."""
        if pages := self._of(accounts):
            self._do_soon(self._end(pages))

    def end_all(self) -> None:
        """Close every page here whose session is over; it may have been anybody's."""
        self.end(tuple(self._pages))

    def erase(self, rows: Iterable[tuple[str, int]]) -> None:
        """Let pages begin anew that show what was erased: accounts, each with a row."""
        gone = list(rows)
        self.recent.erase(gone)
        if pages := self._of({account for account, _ in gone}):
            self._do_soon(self._begin_anew(pages))

    def erase_all(self) -> None:
        """Let every page begin anew: what was erased may stand on any."""
        if pages := self._of(tuple(self._pages)):
            self._do_soon(self._begin_anew(pages))

    def _of(self, accounts: Iterable[str]) -> list["Page"]:
        return [page for account in accounts for page in self._pages.get(account, ())]

    def _do_soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._soon.add(task)
        task.add_done_callback(self._soon.discard)

    @staticmethod
    async def _begin_anew(pages: Sequence["Page"]) -> None:
        for page in pages:
            try:
                await page.begin_anew()
            except Exception as error:  # it must not go on showing it: it comes again, and anew
                log.warning("web.not_begun_anew", error=type(error).__name__)
                page.leave()

    async def _end(self, pages: Sequence["Page"]) -> None:
        await asyncio.sleep(FAREWELL_SECONDS)
        await asyncio.gather(*(page.leave_if_over() for page in pages))

    async def close(self) -> None:
        """Ask every page to come again: the server stops."""
        pages = [page for pages in self._pages.values() for page in pages]
        await asyncio.gather(*(page.close(GOING_AWAY) for page in pages), return_exceptions=True)
        await self.seen.close()

    def count(self) -> int:
        """Count the open pages."""
        return sum(len(pages) for pages in self._pages.values())


class Page(Guest):
    """One connection."""

    def __init__(
        self,
        sockets: Sockets,
        wire: Wire,
        account: WebAccount,
        check: Check,
        address: str,
    ) -> None:
        home = customer_of(address)
        super().__init__(account.id, home, account.known, sockets.clock())
        self.address = address
        self.misbehaved = False
        self._sockets = sockets
        self._wire = wire
        self._account = account
        self._check = check
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(QUEUE_MAX)
        self._rate = Limiter(FRAME_RATE)
        self._mistakes = 0
        self._device_language: str | None = None
        self._greeted = False
        self._told: set[int] = set()
        self._highest = 0
        self._closing: asyncio.Task[None] | None = None

    @property
    def _costs(self) -> dict[Hashable, float]:
        """What one thing takes of this page's share."""
        mine: dict[Hashable, float] = {self._account.id: ACCOUNT_SHARE}
        return mine if self.known else {**mine, self.home: ADDRESS_SHARE}

    async def run(self) -> None:
        """Read and write until either end closes."""
        tasks = [
            asyncio.create_task(work)
            for work in (self._read(), self._write(), self._keep_checking())
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self, code: int) -> None:
        """End the connection with a close code."""
        await self._wire.close(code)

    def leave(self, code: int = OVERRUN) -> None:
        """End the connection without waiting for its other end."""
        if self._closing is None:
            self._closing = asyncio.create_task(self.close(code))

    async def leave_if_over(self) -> None:
        """Say that the session is over and end the connection, if it is."""
        if await self._is_over():
            await self.refuse("revoked", REVOKED)

    async def _is_over(self) -> bool:
        try:
            return await self._check() is None
        except Exception as error:  # the database is away: the next frame or check finds out
            log.warning("web.check_failed", error=type(error).__name__)
            return False

    async def refuse(self, code: str, close_code: int) -> None:
        """Say why, then end the connection."""
        with suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await self._wire.send(self._notice(code))
        await self.close(close_code)

    # --- to the page --------------------------------------------------------------------------

    def show(self, delivery: Delivery) -> None:
        """Queue a message, after the profile where that has changed.

        Before its `hello` a page gets nothing: what was sent by then is history, or recent.
        """
        if not self._greeted or delivery.id in self._told:
            return
        self._renew(replace(self._account, language=delivery.language, elder=delivery.elder))
        self._push(
            frames.message_frame(
                delivery.id,
                delivery.at or self._sockets.now(),
                delivery.message,
                delivery.files,
                delivery.language,
                news=delivery.lane is not Lane.REPLY,
                farewell=delivery.message.farewell,
            )
        )
        self._tell(delivery.id)

    def _tell(self, seq: int) -> None:
        self._told.add(seq)
        self._highest = max(self._highest, seq)

    def _renew(self, account: WebAccount) -> None:
        if account != self._account:
            self._account = account
            self._push(frames.profile(account, demo=self._sockets.demo))

    async def catch_up(self, row: int) -> None:
        """Show what was said since a row and this page was not told; 0 for the newest lines.

        What its person said is left out: the page itself showed it. A page whose session is over
        is told the farewell alone, and closed by whoever ended it.
        """
        if not self._greeted:
            return
        account = await self._check()
        store, after = self._sockets.store, max(row - 1, 0)
        lines = await store.history(self._account.id, after=after, limit=PAGE)
        said = [line for line in lines if line.message is not None and line.seq not in self._told]
        if account is not None:
            self._renew(account)
            await self._put_lines(said)
            return
        farewells = [line for line in said if line.message is not None and line.message.farewell]
        await self._put_lines(farewells, farewell=True)
        if not farewells:
            await self.close(COME_AGAIN)

    async def _put_lines(self, lines: Iterable[HistoryLine], *, farewell: bool = False) -> None:
        for line in lines:
            shown = frames.line_frame(line, self._account.language, farewell=farewell)
            if shown is not None:
                await self._put(shown)
            self._tell(line.seq)

    async def _put(self, frame: dict[str, Any]) -> None:
        """Queue an answer; a page that does not read its answers is not read either."""
        await self._queue.put(frame)

    def _push(self, frame: dict[str, Any]) -> None:
        """Queue what the page did not ask for; nobody waits for a slow page."""
        try:
            self._queue.put_nowait(frame)
        except asyncio.QueueFull:
            self.leave()

    async def _write(self) -> None:
        with suppress(ConnectionError):
            while True:
                await self._wire.send(await self._queue.get())

    def _notice(self, code: str, **more: Any) -> dict[str, Any]:
        return frames.notice(self._account.language, code, **more)

    def _error(self, error: FrameError, *, again: bool = False) -> dict[str, Any]:
        return frames.error(self._account.language, error, again=again)

    # --- from the page ------------------------------------------------------------------------

    async def _read(self) -> None:
        while not self._wire.closed:
            try:
                waiting = None if self._greeted else HELLO_SECONDS
                async with asyncio.timeout(waiting):
                    said = await self._wire.receive()
            except TimeoutError:
                await self.close(NO_HELLO)
                return
            if said is None:
                return
            await self._pace()
            if isinstance(said, str):
                await self._take(said)
            else:
                await self._mistake(FrameError("bad_json"))

    async def _pace(self) -> None:
        """Read no faster than a person talks: what a flood sends waits where it came from."""
        pause = self._rate.reserve("")
        if pause:
            self._sockets.watch.note("frames", self.address)
            await asyncio.sleep(pause)

    async def _take(self, given: str) -> None:
        frame: Frame | None = None
        try:
            frame = frames.parse_frame(given)
            await self._handle(frame)
        except FrameError as error:
            await self._mistake(error)
        except CrowdedError:
            self._sockets.watch.note("waiting", self.address)
            self.leave()
        except Exception as error:  # a fault of ours must not end the conversation
            log.error("web.frame_failed", error=type(error).__name__)
            # The page says again what is named; so it is named wherever it can be.
            named = frame.id if isinstance(frame, Content) else None
            await self._put(self._error(FrameError("not_stored", frame_id=named), again=True))

    async def _mistake(self, error: FrameError) -> None:
        self._mistakes += LARGE_MISTAKE if error.code == "too_long" else 1
        await self._put(self._error(error))
        if self._mistakes >= MISTAKES_MAX:
            self.misbehaved = True
            self._sockets.watch.note("mistakes", self.address)
            await self.refuse("mistakes", BAD_FRAMES)

    async def _handle(self, frame: Frame) -> None:
        if not self._greeted and not isinstance(frame, Hello | Ping | Pong):
            raise FrameError("no_hello", frame_id=frame.id if isinstance(frame, Content) else None)
        match frame:
            case Hello():
                await self._greet(frame)
            case Content():
                await self._keep(frame)
            case Seen() | Earlier() if await self._is_over():
                await self.close(COME_AGAIN)
            case Seen(upto):
                self._sockets.seen.note(self._account.id, min(upto, self._highest))
            case Earlier(before):
                await self._look_back(before)
            case Ping():
                await self._put({"type": "pong"})

    async def _as_of_now(self) -> WebAccount | None:
        """Give the account as it is now; as it was at the door, if that was a moment ago."""
        if not self._greeted and self._sockets.clock() - self.since < FRESH_SECONDS:
            return self._account
        return await self._check()

    async def _greet(self, hello: Hello) -> None:
        account = await self._as_of_now()
        if account is None:
            self.leave(COME_AGAIN)
            return
        self._account = account
        self._device_language = hello.language
        # From here on pushes may mix with the history; a page drops a seq it has seen.
        self._greeted = True
        self._told.clear()
        self._highest = hello.since
        lines, anew, more = await self._missed(hello.since)
        await self._put(frames.profile(account, demo=self._sockets.demo))
        ready = self._ready()
        if more is not None:
            ready["more"] = more
        await self._put_all(lines, ready, anew=anew)

    async def begin_anew(self) -> None:
        """Show the newest lines as they are kept now: something that stood here was erased."""
        if not self._greeted or await self._check() is None:
            return  # whoever ended the session closes the page
        lines, _, more = await self._missed(0)
        self._told.clear()
        self._highest = 0
        await self._put_all(lines, {**self._ready(), "more": bool(more)}, anew=True)

    def _ready(self) -> dict[str, Any]:
        return {
            "type": "ready",
            "version": frames.VERSION,
            "account": self._account.id,
            "now": self._sockets.now().isoformat(),
        }

    async def _put_all(
        self, lines: Sequence[HistoryLine], ready: dict[str, Any], *, anew: bool
    ) -> None:
        if anew:
            await self._put({"type": "reset"})
        await self._put_lines(lines)
        for delivery in self._sockets.recent.of(self._account.id):
            self.show(delivery)
        await self._put(ready)

    async def _missed(self, since: int) -> tuple[Sequence[HistoryLine], bool, bool | None]:
        """Gather what a page does not show yet, and whether it has to begin anew.

        The third tells whether there is more before it; None where the page knows better, since
        it got the beginning of this before.
        """
        if not self._account.known:
            return [], False, None if since else False  # nobody ever said anything to them
        # Only what is dear waits for its turn: a page that does not read holds up nobody.
        async with self._sockets.reads.turn(self._costs):
            return await self._read_missed(since)

    async def _read_missed(self, since: int) -> tuple[Sequence[HistoryLine], bool, bool | None]:
        store, account = self._sockets.store, self._account.id
        if since:
            newer = await store.history(account, after=since, limit=CATCH_UP + 1)
            if len(newer) <= CATCH_UP:
                older = await store.unseen(account, upto=since, limit=PAGE)
                return [*older, *newer], False, None
            return newer[-PAGE:], True, True
        newest = await store.history(account, limit=PAGE + 1)
        return newest[-PAGE:], False, len(newest) > PAGE

    async def _look_back(self, before: int) -> None:
        async with self._sockets.reads.turn(self._costs):
            store, account = self._sockets.store, self._account.id
            lines = await store.history(account, before=before, limit=PAGE + 1)
        await self._put_lines(lines[-PAGE:])
        await self._put({"type": "earlier", "before": before, "more": len(lines) > PAGE})

    async def _keep(self, content: Content) -> None:
        """Store what was said; only then it is confirmed."""
        size = len(content.body.get("text", ""))
        verdict = self._sockets.speech.judge(self._account.id, self.address, size)
        if verdict is None:
            return
        if verdict is False:
            self._sockets.watch.note("content", self.address)
            await self._put(self._notice("flood", wait=FLOOD_WAIT_SECONDS))
            return
        self.spoke = self._sockets.clock()
        async with self._sockets.says.turn(self._costs):
            answer = await self._store(content)
        if answer is not None:
            await self._put(answer)

    async def _store(self, content: Content) -> dict[str, Any] | None:
        if await self._check() is None:
            self.leave(COME_AGAIN)
            return None
        at = self._sockets.now()
        update = frames.raw_update(
            self._account.id,
            await with_files(self._sockets.store, self._account.id, content),
            at,
            self._device_language,
        )
        update_id = frames.update_key(self._account.id, content.id)
        try:
            if not self.known:
                await self._sockets.store.begin(self._account.id, at)
                self.known = True
            await self._sockets.intake.store(bot_of(self._account.side), [(update_id, update)])
        except Exception as error:  # whatever kept it from being stored: the page sends it again
            log.error("web.not_stored", error=type(error).__name__)
            return self._error(FrameError("not_stored", frame_id=content.id), again=True)
        return {"type": "stored", "id": content.id, "at": at.isoformat()}

    async def _keep_checking(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                account = await self._check()
            except Exception as error:  # the database is away: that is no reason to hang up
                log.warning("web.check_failed", error=type(error).__name__)
                continue
            if account is None:
                await self.close(COME_AGAIN)
