"""Updates are kept before Telegram may forget them, by polling and by webhook."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from bot.channels.telegram.updates import (
    ALLOWED_UPDATES,
    MAX_WEBHOOK_BYTES,
    SECRET_HEADER,
    Poller,
    webhook_handler,
    webhook_path,
)
from domain.errors import StorageError
from domain.messages import Side
from tests.bot.channels.conftest import opened
from tests.bot_api import Bot, BotApi, FaultKind, PrivateConversation
from tests.patience import PATIENCE

SECRET = "made-up-webhook-secret"


class Kept:
    """What takes updates in, and can be told to fail."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, Mapping[str, Any]]] = []
        self.refusals = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Event()
        self._changed = asyncio.Condition()

    async def store(self, bot: str, updates: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        self.asked.set()
        await self.gate.wait()
        if self.refusals:
            self.refusals -= 1
            raise StorageError
        async with self._changed:
            self.rows += [(bot, update_id, raw) for update_id, raw in updates]
            self._changed.notify_all()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.rows) >= count)

    @property
    def texts(self) -> list[str]:
        return [raw["message"]["text"] for _, _, raw in self.rows]


@pytest.fixture
def kept() -> Kept:
    return Kept()


@asynccontextmanager
async def polling(api: BotApi, kept: Kept, **options: Any) -> AsyncIterator[asyncio.Task[None]]:
    settings: dict[str, Any] = {
        "poll_seconds": 5,
        "limit": 100,
        "first_pause": 0.01,
        "longest_pause": 0.05,
    }
    async with opened(api, "aiogram") as driver:
        poller = Poller(driver, kept, **{**settings, **options})
        task = asyncio.create_task(poller.run())
        yield task
        task.cancel()
        await asyncio.wait([task])


# --- polling -------------------------------------------------------------------------------------


async def test_what_people_send_is_kept_once_and_in_order(
    api: BotApi, kept: Kept, chat: PrivateConversation
) -> None:
    await chat.say("一")
    async with polling(api, kept, limit=2):
        for words in ("二", "三", "四", "五"):
            await chat.say(words)
        await kept.until(5)

    assert kept.texts == ["一", "二", "三", "四", "五"]
    assert {bot for bot, _, _ in kept.rows} == {"telegram.residents"}
    assert all(str(raw["update_id"]) == update_id for _, update_id, raw in kept.rows)


async def test_an_update_is_confirmed_only_after_it_is_kept(
    api: BotApi, kept: Kept, chat: PrivateConversation, bot: Bot
) -> None:
    await chat.say("重要")
    kept.gate.clear()

    async with polling(api, kept) as task:
        await asyncio.wait_for(kept.asked.wait(), 5)
        waiting_before = len(bot.updates.pending)
        task.cancel()
        await asyncio.wait([task])
    kept.gate.set()
    async with polling(api, kept):
        await kept.until(1)

    assert waiting_before == 1
    assert kept.texts == ["重要"]


async def test_updates_that_cannot_be_kept_are_fetched_again(
    api: BotApi, kept: Kept, chat: PrivateConversation
) -> None:
    kept.refusals = 3
    await chat.say("一")

    with capture_logs() as logs:
        async with polling(api, kept):
            await kept.until(1)

    assert kept.texts == ["一"]
    assert [entry["event"] for entry in logs] == ["poller.not_stored"] * 3


@pytest.mark.parametrize(
    ("kind", "options", "event"),
    [
        (FaultKind.STATUS, {"status": 500}, "poller.refused"),
        (FaultKind.STATUS, {"status": 401}, "poller.token_refused"),
        (FaultKind.STATUS, {"status": 409}, "poller.another_one_polls"),
        (FaultKind.RESET, {}, "poller.unanswered"),
        (FaultKind.HALF, {}, "poller.unanswered"),
        (FaultKind.MALFORMED, {}, "poller.unanswered"),
    ],
)
async def test_faults_are_waited_out_and_named_without_the_token(
    api: BotApi,
    kept: Kept,
    chat: PrivateConversation,
    kind: FaultKind,
    options: dict[str, int],
    event: str,
) -> None:
    await chat.say("秘密")
    api.faults.order(kind, "getUpdates", times=2, **options)

    with capture_logs() as logs:
        async with polling(api, kept):
            await kept.until(1)

    assert kept.texts == ["秘密"]
    assert {entry["event"] for entry in logs} == {event}
    assert "made-up" not in str(logs)
    assert "秘密" not in str(logs)


async def test_patience_that_telegram_asks_for_is_kept(
    api: BotApi, kept: Kept, chat: PrivateConversation
) -> None:
    await chat.say("一")
    api.faults.order(FaultKind.TOO_MANY_REQUESTS, "getUpdates", retry_after=1)
    loop = asyncio.get_running_loop()
    begun = loop.time()

    async with polling(api, kept):
        await kept.until(1)

    assert loop.time() - begun >= 1


async def test_telegram_may_be_away_for_a_while(
    api: BotApi, kept: Kept, chat: PrivateConversation
) -> None:
    async with polling(api, kept):
        await chat.chat.bot.polling()
        api.down()
        await chat.say("离线")
        api.up()
        await kept.until(1)

    assert kept.texts == ["离线"]


async def test_a_webhook_in_the_way_is_taken_away(
    api: BotApi, kept: Kept, chat: PrivateConversation, bot: Bot
) -> None:
    async with opened(api, "aiogram") as driver:
        await (await driver.client()).set_webhook("http://127.0.0.1:9/telegram/residents", "s" * 16)

    with capture_logs() as logs:
        async with polling(api, kept):
            await chat.say("一")
            await kept.until(1)

    assert kept.texts == ["一"]
    assert logs[0]["event"] == "poller.webhook_in_the_way"
    assert bot.webhook is None


async def test_an_update_that_nobody_understands_holds_nothing_up(
    api: BotApi, kept: Kept, chat: PrivateConversation, bot: Bot
) -> None:
    bot.deliver_raw({"message": {"text": "毒", "message_id": "x"}})
    await chat.say("好")

    async with polling(api, kept):
        await kept.until(2)

    assert kept.texts == ["毒", "好"]


async def test_only_what_is_understood_is_asked_for(
    api: BotApi, kept: Kept, chat: PrivateConversation, bot: Bot
) -> None:
    async with polling(api, kept):
        await bot.polling()
        await chat.say("一")
        await chat.edit_last("二")
        await chat.say("三")
        await kept.until(2)

    assert bot.updates.allowed == set(ALLOWED_UPDATES)
    assert kept.texts == ["一", "三"]


async def test_polling_stops_at_once(api: BotApi, kept: Kept, bot: Bot) -> None:
    loop = asyncio.get_running_loop()
    async with polling(api, kept, poll_seconds=50) as task:
        await bot.polling()
        begun = loop.time()

        task.cancel()
        await asyncio.wait([task])

        assert loop.time() - begun < 1
    assert task.cancelled()


# --- webhooks ------------------------------------------------------------------------------------


@pytest.fixture
async def server(kept: Kept) -> AsyncIterator[TestServer]:
    app = web.Application()
    handler = webhook_handler("telegram.residents", SECRET, kept)
    app.add_routes([web.post(webhook_path(Side.RESIDENTS), handler)])
    async with TestServer(app) as server:
        yield server


async def post(server: TestServer, data: Any, secret: str | None = SECRET, **headers: str) -> int:
    if secret is not None:
        headers[SECRET_HEADER] = secret
    url = server.make_url("/telegram/residents")
    data = BytesIO(data) if isinstance(data, bytes) else data
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=data, headers=headers) as response,
    ):
        return response.status


def update(number: int = 1, words: str = "你好") -> bytes:
    return json.dumps({"update_id": number, "message": {"text": words}}).encode()


async def test_a_webhook_brings_what_people_send(
    api: BotApi, kept: Kept, server: TestServer, chat: PrivateConversation
) -> None:
    async with opened(api, "aiogram") as driver:
        await (await driver.client()).set_webhook(
            str(server.make_url("/telegram/residents")), SECRET
        )

    for words in ("一", "二", "三"):
        await chat.say(words)
    await kept.until(3)

    assert kept.texts == ["一", "二", "三"]


async def test_an_update_that_could_not_be_kept_is_brought_again(
    api: BotApi, kept: Kept, server: TestServer, chat: PrivateConversation
) -> None:
    kept.refusals = 1
    async with opened(api, "aiogram") as driver:
        await (await driver.client()).set_webhook(
            str(server.make_url("/telegram/residents")), SECRET
        )

    await chat.say("一")
    await kept.until(1)

    assert kept.texts == ["一"]


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], "秘密"])
async def test_a_stranger_is_turned_away(
    kept: Kept, server: TestServer, secret: str | None
) -> None:
    assert await post(server, update(), secret) == 401
    assert kept.rows == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"update_id": "1"}',
        b'{"update_id": true}',
        b'{"message": {}}',
        b"\xff\xfe",
    ],
)
async def test_what_is_no_update_is_refused(kept: Kept, server: TestServer, body: bytes) -> None:
    assert await post(server, body) == 400
    assert kept.rows == []


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 65536):
        yield body[start : start + 65536]


async def test_a_body_has_at_most_a_megabyte(kept: Kept, server: TestServer) -> None:
    padding = MAX_WEBHOOK_BYTES - len(update(words=""))
    most, more = update(words="a" * padding), update(words="a" * (padding + 1))

    assert await post(server, most) == 200
    assert await post(server, more) == 413
    assert await post(server, in_pieces(more)) == 413
    assert len(kept.rows) == 1


async def test_a_body_that_comes_in_pieces_is_read_whole(kept: Kept, server: TestServer) -> None:
    assert await post(server, in_pieces(update(words="长" * 50_000))) == 200
    assert kept.texts == ["长" * 50_000]


async def test_a_failure_to_keep_is_said_so(kept: Kept, server: TestServer) -> None:
    kept.refusals = 1

    with capture_logs() as logs:
        assert await post(server, update()) == 503

    assert [entry["event"] for entry in logs] == ["webhook.not_stored"]
    assert "你好" not in str(logs)


def test_a_webhook_without_a_secret_is_refused(kept: Kept) -> None:
    with pytest.raises(ValueError, match="secret"):
        webhook_handler("telegram.residents", "", kept)
