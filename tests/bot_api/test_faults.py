"""Faults on order."""

import asyncio

import aiohttp
import pytest

from tests.bot_api import Bot, BotApi, FaultKind, PrivateConversation
from tests.bot_api.calls import Caller, Refused
from tests.bot_api.conftest import TOKEN


async def send(call: Caller) -> None:
    await call("sendMessage", chat_id=7, text="a")


@pytest.mark.parametrize(
    ("status", "description"),
    [(500, "Internal Server Error"), (502, "Bad Gateway"), (504, "Gateway Timeout")],
)
async def test_a_server_error_does_nothing(
    api: BotApi, call: Caller, chat: PrivateConversation, status: int, description: str
) -> None:
    api.faults.order(FaultKind.STATUS, "sendMessage", status=status, times=2)

    for _ in range(2):
        with pytest.raises(Refused) as refusal:
            await send(call)
        assert (refusal.value.status, refusal.value.description) == (status, description)
    await send(call)

    assert chat.count == 1
    assert [record.code for record in api.calls_of("sendMessage")] == [status, status, 200]


async def test_a_429_names_the_wait_ordered(
    api: BotApi, call: Caller, chat: PrivateConversation
) -> None:
    api.faults.order(FaultKind.TOO_MANY_REQUESTS, "sendMessage", retry_after=17)

    with pytest.raises(Refused) as refusal:
        await send(call)

    assert refusal.value.body["parameters"] == {"retry_after": 17}
    assert chat.count == 0
    assert api.limiter.earned_in_all == 0


async def test_a_reset_comes_before_anything_is_done(
    api: BotApi, call: Caller, chat: PrivateConversation
) -> None:
    api.faults.order(FaultKind.RESET, "sendMessage")

    with pytest.raises((aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)):
        await send(call)

    assert chat.count == 0
    assert api.calls_of("sendMessage")[0].description == "fault: reset"


async def test_a_swallowed_answer_belongs_to_a_deed_done(
    api: BotApi, call: Caller, chat: PrivateConversation
) -> None:
    api.faults.order(FaultKind.SWALLOWED, "sendMessage")

    sending = asyncio.create_task(send(call))
    await chat.expect("a")
    answered, _ = await asyncio.wait({sending}, timeout=0.2)
    sending.cancel()

    assert not answered


async def test_a_half_answer_belongs_to_a_deed_done(
    api: BotApi, call: Caller, chat: PrivateConversation
) -> None:
    api.faults.order(FaultKind.HALF, "sendMessage")

    with pytest.raises(aiohttp.ClientPayloadError):
        await send(call)

    assert chat.last.text == "a"


async def test_a_malformed_answer_belongs_to_a_deed_done(
    api: BotApi, call: Caller, chat: PrivateConversation
) -> None:
    api.faults.order(FaultKind.MALFORMED, "sendMessage")

    with pytest.raises(ValueError, match="Unterminated string"):
        await send(call)

    assert chat.last.text == "a"


async def test_a_slow_answer_comes_in_the_end(
    api: BotApi, call: Caller, chat: PrivateConversation
) -> None:
    api.faults.order(FaultKind.SLOW, "sendMessage", seconds=0.2)
    loop = asyncio.get_running_loop()
    begun = loop.time()

    await send(call)

    assert loop.time() - begun >= 0.2


async def test_an_order_can_be_narrowed_delayed_and_withdrawn(
    api: BotApi, bot: Bot, call: Caller, chat: PrivateConversation
) -> None:
    await api.person(8).chat_with(bot).start()
    api.faults.order(FaultKind.STATUS, "sendMessage", chat=8)
    api.faults.order(FaultKind.STATUS, "getMe", after=1, token=TOKEN)
    api.faults.order(FaultKind.STATUS, times=100, chat=9)

    await send(call)
    with pytest.raises(Refused, match="502"):
        await call("sendMessage", chat_id=8, text="a")
    await call("getMe")
    with pytest.raises(Refused, match="502"):
        await call("getMe")
    await call("getMe")
    left = api.faults.outstanding
    api.faults.clear()

    assert left == 100
    assert api.faults.outstanding == 0
    assert api.faults.met == [("sendmessage", "status"), ("getme", "status")]


async def test_downloads_fail_on_order_too(
    api: BotApi, call: Caller, chat: PrivateConversation
) -> None:
    await chat.send_document("a.txt", b"0123456789")
    (update,) = await call("getUpdates")
    file = await call("getFile", file_id=update["message"]["document"]["file_id"])
    api.faults.order(FaultKind.STATUS, "file", status=503)
    api.faults.order(FaultKind.HALF, "file")

    refused, _ = await call.download(file["file_path"])
    with pytest.raises(aiohttp.ClientPayloadError):
        await call.download(file["file_path"])

    assert refused == 503
    assert await call.download(file["file_path"]) == (200, b"0123456789")


async def test_telegram_is_down_until_told_otherwise(
    api: BotApi, bot: Bot, call: Caller, chat: PrivateConversation
) -> None:
    gone = (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)
    poll = asyncio.create_task(call("getUpdates", timeout=30))
    await bot.polling()

    api.down()
    with pytest.raises(gone):
        await poll
    with pytest.raises(gone):
        await send(call)
    await chat.say("meanwhile")
    api.up()
    (update,) = await call("getUpdates")

    assert update["message"]["text"] == "meanwhile"
    assert chat.count == 0
