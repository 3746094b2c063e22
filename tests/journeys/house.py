"""A whole Linli for journeys: the real process's parts, a real database, Telegram over real HTTP.

Journeys read like chat transcripts: somebody says or presses something, and somebody sees words.
"""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.clock import Clock
from bot.config import Settings, load
from bot.main import Linli, opened
from domain.people import INVITATION_LIFE, Invitation
from storage.changes import Changes, apply
from storage.database import Database
from storage.keyring import MasterKeys
from storage.people import hash_code
from tests.bot_api.limits import Limits
from tests.bot_api.server import BotApi
from tests.street import MORNING, UNITS

RESIDENTS_TOKEN, STAFF_TOKEN = "1001:residents", "1002:staff"
NUMBER = re.compile(r"20\d\d-\d{5}")
#: How long a journey waits for an answer: much longer than it takes, far from for ever.
PATIENCE = 10


class Chatter:
    """Somebody who talks to one of the bots."""

    def __init__(self, house: "House", chat: Any) -> None:
        self._house = house
        self.chat = chat
        house.chatters.append(self)

    async def say(self, words: str) -> None:
        """Type a message."""
        await self.chat.say(words)

    async def start(self, payload: str = "") -> None:
        """Open the bot by a link."""
        await self.chat.start(payload)

    async def press(self, label: str) -> None:
        """Press the newest button that bears the label, or a part of it, once it is there."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not await self._pressed(label):
                    await self.chat.chat.next_event()
        except TimeoutError:
            await self.chat.press(label)

    async def _pressed(self, label: str) -> bool:
        try:
            await self.chat.press(label)
        except AssertionError:
            return False
        return True

    async def sees(self, *parts: str) -> str:
        """Wait for messages that contain the parts, in order, and give the last one's text."""
        shown = ""
        for part in parts:
            try:
                message = await self.chat.expect(part, within=PATIENCE)
            except AssertionError as error:
                raise AssertionError(f"{error}\n{self._house.transcripts}") from None
            shown = str(message.text)
        return shown

    async def number(self) -> str:
        """Wait for a case number and give it."""
        shown = await self.sees("20")
        while (found := NUMBER.search(shown)) is None:
            shown = await self.sees("20")
        return found.group()

    @property
    def transcript(self) -> str:
        """Everything so far, for a failure's message."""
        return str(self.chat.transcript())


class House:
    """One running Linli and the people around it."""

    def __init__(self, settings: Settings, database: Database, api: BotApi, linli: Linli) -> None:
        self.settings = settings
        self.database = database
        self.api = api
        self.linli = linli
        self.residents = api.bot(RESIDENTS_TOKEN, username="residents_bot")
        self.staff = api.bot(STAFF_TOKEN, username="staff_bot")
        self.chatters: list[Chatter] = []
        self._next = 100

    @property
    def transcripts(self) -> str:
        """Every conversation so far, for a failure's message."""
        return "\n\n=====\n".join(one.transcript for one in self.chatters)

    def newcomer(self, name: str = "居民") -> Chatter:
        """Somebody who never wrote to the residents' bot before."""
        self._next += 1
        person = self.api.person(self._next, first_name=name, language_code="zh-hans")
        return Chatter(self, person.chat_with(self.residents))

    async def invited(self, role: str, unit: str, name: str) -> Chatter:
        """A staff member who takes a post by an invitation."""
        self._next += 1
        code = f"invite{self._next}"
        changes = Changes()
        changes.save(
            Invitation(
                code_hash=hash_code(code),
                unit=unit,
                role=role,
                name=name,
                expires_at=self.linli.clock.now() + INVITATION_LIFE,
            )
        )
        async with self.database.write() as tx:
            await apply(tx, [changes])
        person = self.api.person(self._next, first_name=name, language_code="zh-hans")
        chatter = Chatter(self, person.chat_with(self.staff))
        await chatter.start(code)
        await chatter.sees(name)
        return chatter

    def later(self, span: timedelta) -> None:
        """Let time pass."""
        self.linli.clock.move(span)
        self.linli.wake()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def house(
    folder: Path, *, residents_driver: str = "aiogram", staff_driver: str = "python-telegram-bot"
) -> AsyncIterator[House]:
    """Run Linli with a small street, against the fake Bot API, from a set moment on."""
    async with BotApi(limits=Limits.off()) as api:
        residents = api.bot(RESIDENTS_TOKEN, username="residents_bot")
        staff = api.bot(STAFF_TOKEN, username="staff_bot")
        key = folder / "linli.key"
        if not key.exists():
            MasterKeys.create(key)
        settings = load(
            {
                "LINLI_DEMO": "false",
                "LINLI_DATA_DIR": str(folder / "data"),
                "LINLI_SECRETS__KEY_FILE": str(key),
                "LINLI_WEB__PORT": str(_free_port()),
                "LINLI_WEB__PUBLIC_URL": "http://127.0.0.1:8080",
                "LINLI_TELEGRAM__API_BASE": api.base,
                "LINLI_TELEGRAM__RESIDENTS__TOKEN": RESIDENTS_TOKEN,
                "LINLI_TELEGRAM__RESIDENTS__DRIVER": residents_driver,
                "LINLI_TELEGRAM__STAFF__TOKEN": STAFF_TOKEN,
                "LINLI_TELEGRAM__STAFF__DRIVER": staff_driver,
                "LINLI_TELEGRAM__BUDGET__PER_CHAT_PER_SECOND": "1000",
                "LINLI_TELEGRAM__BUDGET__PER_BOT_PER_SECOND": "1000",
            },
            folder,
        )
        clock = Clock(MORNING - Clock().now())
        async with opened(settings) as database:
            changes = Changes()
            changes.save(*UNITS)
            async with database.write() as tx:
                await apply(tx, [changes])
            linli = Linli(settings, database, clock)
            running = asyncio.create_task(linli.run())
            try:
                await residents.polling()
                await staff.polling()
                yield House(settings, database, api, linli)
            finally:
                running.cancel()
                with suppress(asyncio.CancelledError):
                    await running
                await linli.close()
