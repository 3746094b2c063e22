"""A whole Linli for journeys: the real process's parts, a real database, three real channels.

Journeys read like chat transcripts: somebody says or presses something, and somebody sees words.
Who talks on the web uses Linli's own server; who talks on Telegram, the strict fake of its Bot API.
"""

import asyncio
import itertools
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import CookieJar

from bot.configuration.loading import load
from bot.configuration.settings import Settings
from bot.main import Linli, opened
from bot.operations.clock import Clock
from domain.chain import verify
from domain.matters.matter import Matter
from domain.messages import Side
from domain.people import INVITATION_LIFE, Invitation
from storage import inbox, sending
from storage.changes import Changes, apply
from storage.database import Database
from storage.keyring import MasterKeys
from storage.matters.matters import find_matter, list_events
from tests.bot_api.limits import Limits
from tests.bot_api.server import BotApi
from tests.journeys.chatters import Chatter, TelegramChatter, WebChatter
from tests.patience import PATIENCE
from tests.street import MORNING, UNITS

__all__ = [
    "AIOGRAM",
    "CHANNELS",
    "PTB",
    "WEB",
    "WEB_AND_AIOGRAM",
    "WEB_AND_PTB",
    "House",
    "house",
]

WEB, AIOGRAM, PTB = "web", "aiogram", "python-telegram-bot"
#: The ways to Linli; every journey of a resident goes the same on each.
CHANNELS = (WEB, AIOGRAM, PTB)
#: The same, with one driver left to the full run: what differs between drivers is small, and has
#: tests of its own.
WEB_AND_AIOGRAM = (WEB, AIOGRAM, pytest.param(PTB, marks=pytest.mark.slow))
WEB_AND_PTB = (WEB, PTB, pytest.param(AIOGRAM, marks=pytest.mark.slow))

#: Where the tables are, as the environment has it; in the folder where nothing is said.
STORE: dict[str, str] = {}
RESIDENTS_TOKEN, STAFF_TOKEN = "1001:residents", "1002:staff"
_TYPING = timedelta(seconds=2)
_ports = itertools.count(20_000 + os.getpid() * 37 % 10_000)


def free_port() -> int:
    """Choose a port that no outgoing connection will ever be given, so that a restart gets it."""
    for port in _ports:
        with socket.socket() as tried, suppress(OSError):
            tried.bind(("127.0.0.1", 20_000 + port % 10_000))
            return 20_000 + port % 10_000
    raise AssertionError("there is no free port")


class House:
    """One running Linli and the people around it; it can be stopped, killed and started again."""

    def __init__(self, settings: Settings, api: BotApi, residents: str, staff: str) -> None:
        self.settings = settings
        self.api = api
        self.address = settings.web.public_url
        self.residents = api.bot(RESIDENTS_TOKEN, username="residents_bot")
        self.staff = api.bot(STAFF_TOKEN, username="staff_bot")
        self.clock = Clock(MORNING - Clock().now())
        self.is_open = asyncio.Event()
        self.chatters: list[Chatter] = []
        self.database: Database
        self.linli: Linli
        self._ways = {Side.RESIDENTS: residents, Side.STAFF: staff}
        self._running: asyncio.Task[None]
        self._life = AsyncExitStack()
        self._killed: list[AsyncExitStack] = []
        self._next = 100

    # --- its life ------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Start Linli as its process does, and wait until it can be reached."""
        self.database = await self._life.enter_async_context(opened(self.settings))
        self.linli = Linli(self.settings, self.database, self.clock)
        self._life.push_async_callback(self.linli.close)
        self._running = asyncio.create_task(self.linli.run())
        async with asyncio.timeout(PATIENCE):
            while not await self._answers():
                await asyncio.wait({self._running}, timeout=0.01)
                assert not self._running.done(), self._running
        self.is_open.set()

    async def _answers(self) -> bool:
        with suppress(OSError):
            table = self.settings.web
            _, writer = await asyncio.open_connection(table.host, table.port)
            writer.close()
            return True
        return False

    async def end(self) -> None:
        """Stop Linli in good order."""
        await self._cut()
        await self._life.aclose()
        self._life = AsyncExitStack()

    async def die(self) -> None:
        """End Linli in the middle of everything: nothing is finished, said or closed."""
        await self._cut()
        await self.linli.ticker.stop()
        # Only the test's end closes what the dead process left open.
        self._killed.append(self._life)
        self._life = AsyncExitStack()

    async def _cut(self) -> None:
        self.is_open.clear()
        self._running.cancel()
        with suppress(asyncio.CancelledError):
            await self._running

    async def restart(self, *, killed: bool = False) -> None:
        """Stop or kill Linli, and start it again on the same tables."""
        await (self.die() if killed else self.end())
        await self.begin()

    async def over(self) -> None:
        """Send everybody home and clear up."""
        for chatter in self.chatters:
            await chatter.leave()
        await self.end()
        for left in self._killed:
            await left.aclose()

    # --- time ----------------------------------------------------------------------------------

    def pass_seconds(self) -> None:
        """Let the time pass that hands need for one thing."""
        self.clock.move(_TYPING)

    async def later(self, **span: float) -> None:
        """Let time pass, with everything that is due happening at its own moment."""
        until = self.clock.now() + timedelta(**span)
        await self.linli.ticker.catch_up(until)
        self.clock.move(max(until - self.clock.now(), timedelta()))
        self.linli.wake()

    async def skip(self, **span: float) -> None:
        """Let time pass while nothing runs, then do what is left to do, as after a long outage."""
        self.clock.move(timedelta(**span))
        await self.linli.ticker.tick(self.clock.now())
        self.linli.wake()

    # --- its people ----------------------------------------------------------------------------

    @property
    def transcripts(self) -> str:
        """Every conversation so far, for a failure's message."""
        return "\n\n=====\n".join(one.transcript for one in self.chatters)

    @staticmethod
    def cookies() -> CookieJar:
        """Make a browser's memory that keeps cookies of addresses given in numbers."""
        return CookieJar(unsafe=True)

    def newcomer(self, name: str = "居民", *, on: str = "") -> Chatter:
        """Somebody who never wrote before.

        Args:
            on: the way to Linli; the house's own for residents if none is named.
        """
        return self._somebody(Side.RESIDENTS, name, on)

    def _somebody(self, side: Side, name: str, on: str) -> Chatter:
        if (on or self._ways[side]) == WEB:
            return WebChatter(self, name, side)
        self._next += 1
        bot = self.residents if side is Side.RESIDENTS else self.staff
        person = self.api.person(self._next, first_name=name, language_code="zh-hans")
        return TelegramChatter(self, name, person.chat_with(bot))

    async def invitation(self, role: str, unit: str, name: str) -> str:
        """Make an invitation to a post and give its code."""
        self._next += 1
        code = f"invite{self._next}"
        changes = Changes()
        changes.save(
            Invitation(
                code_hash=self.database.keyring.hash_code(code),
                unit=unit,
                role=role,
                name=name,
                expires_at=self.clock.now() + INVITATION_LIFE,
            )
        )
        async with self.database.write() as tx:
            await apply(tx, [changes])
        return code

    def stranger(self, name: str = "陌生人", *, on: str = "") -> Chatter:
        """Somebody on the staff's side whom nobody invited."""
        return self._somebody(Side.STAFF, name, on)

    async def invited(self, role: str, unit: str, name: str, *, on: str = "") -> Chatter:
        """A staff member who takes a post by an invitation."""
        code = await self.invitation(role, unit, name)
        chatter = self._somebody(Side.STAFF, name, on)
        await chatter.start(code)
        await chatter.sees(name)
        return chatter

    async def settled(self) -> None:
        """Wait until everything that was said is answered, and every answer is out."""
        async with asyncio.timeout(PATIENCE):
            while not await self._is_settled():
                await asyncio.wait({self._running}, timeout=0.01)
                assert not self._running.done(), self._running

    async def _is_settled(self) -> bool:
        if any(one.unheard for one in self.chatters):
            return False
        if self.residents.updates.pending or self.staff.updates.pending:
            return False
        async with self.database.read() as tx:
            waiting, _ = await inbox.count_waiting(tx)
            now = self.clock.now()
            due = [await sending.due(tx, bot, now, 1) for bot in self.linli.drivers]
        return waiting == 0 and not any(due)

    # --- what is stored ------------------------------------------------------------------------

    async def matter(self, number: str) -> Matter:
        """Load a case; its chain must verify, and as long as it is open, something is due."""
        async with self.database.read() as tx:
            matter = await find_matter(tx, number)
            events = await list_events(tx, number)
        assert matter is not None, number
        assert verify(events, matter.head) == []
        assert not matter.is_open or matter.deadline is not None
        return matter


@asynccontextmanager
async def house(
    folder: Path, *, residents: str = AIOGRAM, staff: str = PTB, **environ: str
) -> AsyncIterator[House]:
    """Run Linli with a small street from a set moment on.

    Args:
        residents, staff: their way to Linli, one of `CHANNELS`.
        environ: more configuration, as the environment has it.
    """
    async with BotApi(limits=Limits.off()) as api:
        key = folder / "linli.key"
        if not key.exists():
            MasterKeys.create(key)
        port = free_port()
        settings = load(
            {
                "LINLI_DEMO": "false",
                "LINLI_DATA_DIR": str(folder / "data"),
                "LINLI_SECRETS__KEY_FILE": str(key),
                "LINLI_WEB__PORT": str(port),
                "LINLI_WEB__PUBLIC_URL": f"http://127.0.0.1:{port}",
                "LINLI_TELEGRAM__API_BASE": api.base,
                "LINLI_TELEGRAM__RESIDENTS__TOKEN": RESIDENTS_TOKEN,
                "LINLI_TELEGRAM__RESIDENTS__DRIVER": AIOGRAM if residents == WEB else residents,
                "LINLI_TELEGRAM__STAFF__TOKEN": STAFF_TOKEN,
                "LINLI_TELEGRAM__STAFF__DRIVER": PTB if staff == WEB else staff,
                "LINLI_TELEGRAM__BUDGET__PER_CHAT_PER_SECOND": "1000",
                "LINLI_TELEGRAM__BUDGET__PER_BOT_PER_SECOND": "1000",
                "LINLI_INTAKE__BATCH_MAX": os.environ.get("LINLI_TEST_BATCH_MAX", "200"),
                **STORE,
                **environ,
            },
            folder,
        )
        street = House(settings, api, residents, staff)
        await plant(settings)
        await street.begin()
        try:
            yield street
        finally:
            await street.over()


async def plant(settings: Settings) -> None:
    """Put the units into the empty database."""
    changes = Changes()
    changes.save(*UNITS)
    async with opened(settings) as database, database.write() as tx:
        await apply(tx, [changes])
