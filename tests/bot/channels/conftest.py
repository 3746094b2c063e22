"""Both Telegram drivers, on both sides, pointed at the strict fake Bot API."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest

from bot.channels.ports import Delivery, StoredFile
from bot.channels.telegram.clients import Framework
from bot.channels.telegram.driver import TelegramDriver
from domain.messages import Choice, FileKind, Incoming, Message, Side, Text, Value, text
from domain.people import Language
from tests.bot_api import Bot, BotApi, Limits, PrivateConversation
from tests.bot_api.files import make_photo
from tests.plain_files import PlainFile

TOKEN = "4242:made-up-secret-of-the-first-bot-00001"
NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)  # a Tuesday, 14:30 in Shanghai
PUBLIC_URL = "https://linli.example.org"
FRAMEWORKS: tuple[Framework, ...] = ("aiogram", "python-telegram-bot")
_rows = count(1)

MakeDriver = Callable[..., TelegramDriver]


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi(limits=Limits.off()) as api:
        yield api


@pytest.fixture
def bot(api: BotApi) -> Bot:
    return api.bot(TOKEN, username="linli_bot")


@pytest.fixture
async def chat(api: BotApi, bot: Bot) -> PrivateConversation:
    """A person who has started the bot; the update is fetched already."""
    chat = api.person(7, first_name="李", language_code="zh-hans").chat_with(bot)
    await chat.start()
    bot.updates.drop()
    return chat


@pytest.fixture(params=FRAMEWORKS)
def framework(request: pytest.FixtureRequest) -> Framework:
    chosen: Framework = request.param
    return chosen


@pytest.fixture(params=list(Side))
def side(request: pytest.FixtureRequest) -> Side:
    chosen: Side = request.param
    return chosen


@asynccontextmanager
async def opened(
    api: BotApi, framework: Framework, side: Side = Side.RESIDENTS, **options: Any
) -> AsyncIterator[TelegramDriver]:
    settings: dict[str, Any] = {
        "api_base": api.base,
        "public_url": PUBLIC_URL,
        "timeout_seconds": 5,
        "now": lambda: NOW,
    }
    driver = TelegramDriver(side, TOKEN, framework=framework, **{**settings, **options})
    yield driver
    await driver.close()


@pytest.fixture(params=["aiogram for residents", "python-telegram-bot for staff"])
async def driver(api: BotApi, request: pytest.FixtureRequest) -> AsyncIterator[TelegramDriver]:
    """Each framework on the side that it serves by default."""
    name, _, side = request.param.split()
    async with opened(api, cast(Framework, name), Side(side)) as driver:
        yield driver


@pytest.fixture
async def any_driver(
    api: BotApi, framework: Framework, side: Side
) -> AsyncIterator[TelegramDriver]:
    """Each framework on each side, for what depends on the side."""
    async with opened(api, framework, side) as driver:
        yield driver


@pytest.fixture
def stored(tmp_path: Path) -> Callable[..., StoredFile]:
    """Lay a file into the data directory: a small photo, unless told otherwise."""
    numbers = count(1)

    def store(
        kind: FileKind = FileKind.PHOTO,
        content: bytes | None = None,
        media_type: str = "image/jpeg",
    ) -> StoredFile:
        number = next(numbers)
        path = tmp_path / f"file-{number}"
        path.write_bytes(make_photo(number) if content is None else content)
        return StoredFile(
            id=f"attachment-{number}", kind=kind, content=PlainFile(path), media_type=media_type
        )

    return store


def arrived(driver: TelegramDriver, bot: Bot) -> list[Incoming | None]:
    """Everything that waits for the bot, as the driver understands it."""
    parsed = [driver.parse(json.loads(update.text)) for update in bot.updates.pending.values()]
    bot.updates.drop()
    return parsed


def words(said: str, **_: Value) -> Text:
    """A wording that says just this."""
    return text("names.either", zh=said, en=said)


def button(label: str, do: str = "a") -> Choice:
    return Choice(label=words(label), action=do)


def said(*blocks: str, **fields: Any) -> Message:
    return Message(blocks=tuple(words(block) for block in blocks), **fields)


def delivery(message: Message | str, **fields: Any) -> Delivery:
    settings: dict[str, Any] = {
        "id": next(_rows),
        "address": "7",
        "language": Language.CHINESE,
        "message": said(message) if isinstance(message, str) else message,
    }
    return Delivery(**{**settings, **fields})


def texts(chat: PrivateConversation) -> list[str]:
    return [message.text for message in chat.messages]


def methods(api: BotApi) -> list[str]:
    """What was called so far."""
    return [call.method for call in api.calls]
