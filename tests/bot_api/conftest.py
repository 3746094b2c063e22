"""The fake, and both real clients pointed at it."""

from collections.abc import AsyncIterator

import aiogram
import pytest
import telegram
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from telegram.request import HTTPXRequest

from tests.bot_api import Bot, BotApi, Limits, PrivateConversation
from tests.bot_api.calls import Caller

TOKEN = "4242:made-up-secret-of-the-first-bot-00001"
OTHER_TOKEN = "4343:made-up-secret-of-the-other-bot-00002"


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi(limits=Limits.off()) as api:
        yield api


@pytest.fixture
def bot(api: BotApi) -> Bot:
    return api.bot(TOKEN, username="first_bot")


@pytest.fixture
def other_bot(api: BotApi) -> Bot:
    return api.bot(OTHER_TOKEN, username="other_bot")


@pytest.fixture
async def chat(api: BotApi, bot: Bot) -> PrivateConversation:
    """A person who has started the first bot; the update is fetched already."""
    chat = api.person(7, first_name="李", language_code="zh-hans").chat_with(bot)
    await chat.start()
    bot.updates.drop()
    return chat


@pytest.fixture
async def call(api: BotApi, bot: Bot) -> AsyncIterator[Caller]:
    """Calls of the first bot as plain HTTP."""
    async with Caller(api.base, TOKEN) as call:
        yield call


@pytest.fixture
async def aiogram_bot(api: BotApi, bot: Bot) -> AsyncIterator[aiogram.Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(api.base))
    client = aiogram.Bot(TOKEN, session=session)
    yield client
    await session.close()


@pytest.fixture
async def ptb_bot(api: BotApi, bot: Bot) -> AsyncIterator[telegram.Bot]:
    client = telegram.Bot(
        TOKEN,
        base_url=f"{api.base}/bot",
        base_file_url=f"{api.base}/file/bot",
        request=HTTPXRequest(connection_pool_size=8),
        get_updates_request=HTTPXRequest(),
    )
    async with client:
        yield client
