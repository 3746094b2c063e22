"""Offsets, long polls, conflicts, retention and webhooks."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from tests.bot_api import Bot, BotApi, PrivateConversation
from tests.bot_api.calls import Caller, Refused
from tests.bot_api.conftest import OTHER_TOKEN
from tests.patience import PATIENCE

DAY = 24 * 3600


def texts(updates: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in updates]


async def test_updates_stay_until_a_higher_offset_confirms_them(
    call: Caller, chat: PrivateConversation
) -> None:
    for text in ("one", "two", "three"):
        await chat.say(text)

    first = await call("getUpdates")
    again = await call("getUpdates")
    limited = await call("getUpdates", limit=2)
    later = await call("getUpdates", offset=first[1]["update_id"])
    confirmed = await call("getUpdates")

    assert texts(first) == texts(again) == ["one", "two", "three"]
    assert texts(limited) == ["one", "two"]
    assert texts(later) == texts(confirmed) == ["two", "three"]
    ids = [update["update_id"] for update in first]
    assert ids == [ids[0], ids[0] + 1, ids[0] + 2]


async def test_a_negative_offset_counts_from_the_end_and_discards_the_rest(
    call: Caller, chat: PrivateConversation
) -> None:
    for text in ("one", "two", "three"):
        await chat.say(text)

    last = await call("getUpdates", offset=-1)
    rest = await call("getUpdates")

    assert texts(last) == texts(rest) == ["three"]


async def test_limits_out_of_range_are_brought_into_it(
    call: Caller, chat: PrivateConversation
) -> None:
    for number in range(120):
        await chat.say(str(number))

    assert len(await call("getUpdates")) == 100
    assert len(await call("getUpdates", limit=1000)) == 100
    assert len(await call("getUpdates", limit=0)) == 1


async def test_an_update_is_shaped_like_telegrams(
    call: Caller, bot: Bot, chat: PrivateConversation
) -> None:
    await call("sendMessage", chat_id=7, text="m", reply_markup={"inline_keyboard": [[
        {"text": "好", "callback_data": "ok"}]]})  # fmt: skip
    await chat.command("/start", "grid-7")
    await chat.press("好")

    message, press = await call("getUpdates")

    assert message["message"].pop("date") > 1_700_000_000
    assert message["message"] == {
        "message_id": 3,
        "from": {"id": 7, "is_bot": False, "first_name": "李", "language_code": "zh-hans"},
        "chat": {"id": 7, "type": "private", "first_name": "李"},
        "text": "/start grid-7",
        "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
    }
    query = press["callback_query"]
    assert query["from"]["id"] == 7
    assert query["message"]["from"] == bot.user
    assert query["data"] == "ok"
    assert query["chat_instance"].isdigit()
    assert isinstance(query["id"], str)


async def test_a_long_poll_ends_at_once_when_something_comes(
    bot: Bot, call: Caller, chat: PrivateConversation
) -> None:
    poll = asyncio.create_task(call("getUpdates", timeout=30))
    await bot.polling()
    await chat.say("at last")

    # Sooner than the poll would end of itself.
    async with asyncio.timeout(20):
        updates = await poll

    assert texts(updates) == ["at last"]


async def test_a_long_poll_ends_empty_after_its_time(call: Caller, bot: Bot) -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()

    updates = await call("getUpdates", timeout=1)

    assert updates == []
    assert loop.time() - begun >= 0.9


async def test_a_second_poll_ends_the_first_with_a_conflict(
    bot: Bot, call: Caller, chat: PrivateConversation
) -> None:
    first = asyncio.create_task(call("getUpdates", timeout=30))
    await bot.polling()
    second = asyncio.create_task(call("getUpdates", timeout=30))

    with pytest.raises(Refused) as refusal:
        await first
    await chat.say("for the second")

    assert refusal.value.status == 409
    assert refusal.value.description == (
        "Conflict: terminated by other getUpdates request; "
        "make sure that only one bot instance is running"
    )
    assert texts(await second) == ["for the second"]


async def test_a_poll_whose_client_went_away_disturbs_nobody(
    api: BotApi, bot: Bot, call: Caller, chat: PrivateConversation
) -> None:
    abandoned = asyncio.create_task(call("getUpdates", timeout=30))
    await bot.polling()
    abandoned.cancel()
    await asyncio.gather(abandoned, return_exceptions=True)
    await chat.say("still there")

    assert texts(await call("getUpdates", timeout=5)) == ["still there"]
    assert not [refused for refused in api.calls if refused.code == 409]


async def test_a_webhook_and_polling_exclude_each_other(call: Caller, bot: Bot) -> None:
    poll = asyncio.create_task(call("getUpdates", timeout=30))
    await bot.polling()
    await call("setWebhook", url="https://example.com/hook")
    with pytest.raises(Refused) as ended:
        await poll
    refused = await call.refused("getUpdates")
    await call("deleteWebhook")

    assert ended.value.description == "Conflict: terminated by setWebhook request"
    assert refused == (
        "Conflict: can't use getUpdates method while webhook is active; "
        "use deleteWebhook to delete the webhook first"
    )
    assert await call("getUpdates") == []


async def test_allowed_updates_are_remembered_and_do_not_reach_back(
    call: Caller, chat: PrivateConversation
) -> None:
    await chat.say("before")
    await call("getUpdates", allowed_updates=["callback_query"])
    await chat.say("unwanted")
    remembered = await call("getUpdates")
    await call("getUpdates", allowed_updates=[])
    await chat.say("after")

    assert texts(remembered) == ["before"]
    assert texts(await call("getUpdates")) == ["before", "after"]


async def test_updates_are_lost_after_a_day(
    api: BotApi, bot: Bot, call: Caller, chat: PrivateConversation
) -> None:
    api.clock.stop()
    await chat.say("old")
    api.clock.advance(DAY - 1)
    kept = await call("getUpdates")
    await chat.say("new")
    api.clock.advance(1)

    assert texts(kept) == ["old"]
    assert texts(await call("getUpdates")) == ["new"]
    assert bot.updates.expired == 1


async def test_an_update_nobody_can_parse_is_delivered_all_the_same(bot: Bot, call: Caller) -> None:
    update_id = bot.deliver_raw({"message": {"message_id": "not a number"}})

    assert await call("getUpdates") == [
        {"update_id": update_id, "message": {"message_id": "not a number"}}
    ]


async def test_each_bot_has_its_own_updates(
    api: BotApi, call: Caller, other_bot: Bot, chat: PrivateConversation
) -> None:
    await chat.person.chat_with(other_bot).say("to the other")
    await chat.say("to the first")

    async with Caller(api.base, OTHER_TOKEN) as other_call:
        assert texts(await other_call("getUpdates")) == ["to the other"]
    assert texts(await call("getUpdates")) == ["to the first"]


# Webhooks


class Hook:
    """A bot's webhook: keeps what arrives, answers as told."""

    def __init__(self) -> None:
        self.updates: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.answers: list[web.Response] = []
        """Given first; then plain 200."""
        self.gate = asyncio.Event()
        self.gate.set()
        self.arrived = asyncio.Condition()
        self.url = ""

    async def handle(self, request: web.BaseRequest) -> web.Response:
        update = await request.json()
        async with self.arrived:
            self.updates.append(update)
            self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
            self.arrived.notify_all()
        await self.gate.wait()
        return self.answers.pop(0) if self.answers else web.Response()

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE), self.arrived:
            await self.arrived.wait_for(lambda: len(self.updates) >= count)

    @property
    def texts(self) -> list[str]:
        return texts(self.updates)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    runner = web.ServerRunner(web.Server(hook.handle, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    await runner.cleanup()


async def test_a_webhook_gets_waiting_and_new_updates_with_its_secret(
    call: Caller, bot: Bot, chat: PrivateConversation, hook: Hook
) -> None:
    await chat.say("waiting")
    await call("setWebhook", url=hook.url, secret_token="s3cret_-")
    await hook.wait_for(1)
    await chat.say("new")
    await hook.wait_for(2)
    await bot.webhook_idle()
    info = await call("getWebhookInfo")

    assert hook.texts == ["waiting", "new"]
    assert hook.secrets == ["s3cret_-", "s3cret_-"]
    assert info == {
        "url": hook.url,
        "has_custom_certificate": False,
        "pending_update_count": 0,
        "max_connections": 40,
    }


async def test_a_failed_delivery_is_repeated_before_the_next_one(
    call: Caller, bot: Bot, chat: PrivateConversation, hook: Hook
) -> None:
    hook.answers = [web.Response(status=500)]
    await call("setWebhook", url=hook.url)
    await chat.say("one")
    await chat.say("two")
    await hook.wait_for(3)
    info = await call("getWebhookInfo")

    assert hook.texts == ["one", "one", "two"]
    assert info["last_error_message"] == (
        "Wrong response from the webhook: 500 Internal Server Error"
    )
    assert bot.webhook is not None
    assert bot.webhook.failures == 1


async def test_chats_are_delivered_side_by_side_up_to_max_connections(
    api: BotApi, bot: Bot, call: Caller, hook: Hook
) -> None:
    hook.gate.clear()
    await call("setWebhook", url=hook.url, max_connections=2)
    for number in (1, 2, 3):
        chat = api.person(number).chat_with(bot)
        await chat.say(f"{number} first")
        await chat.say(f"{number} second")
    await hook.wait_for(2)
    at_first = list(hook.texts)
    hook.gate.set()
    await hook.wait_for(6)

    assert sorted(at_first) == ["1 first", "2 first"]
    assert bot.webhook is not None
    assert bot.webhook.most_at_once == 2
    for number in (1, 2, 3):
        mine = [text for text in hook.texts if text.startswith(str(number))]
        assert mine == [f"{number} first", f"{number} second"]


async def test_a_call_may_stand_in_the_answer_to_a_webhook(
    call: Caller, chat: PrivateConversation, hook: Hook
) -> None:
    hook.answers = [
        web.json_response({"method": "sendMessage", "chat_id": 7, "text": "by return"}),
        web.json_response({"method": "deleteWebhook"}),
    ]
    await call("setWebhook", url=hook.url)
    await chat.say("one")
    await chat.expect("by return")
    await chat.say("two")
    await hook.wait_for(2)

    assert (await call("getWebhookInfo"))["url"] == hook.url


async def test_deleting_a_webhook_keeps_or_drops_what_waits(
    call: Caller, chat: PrivateConversation
) -> None:
    dead = "http://127.0.0.1:9/hook"
    await call("setWebhook", url=dead)
    await chat.say("kept")
    await call("deleteWebhook")
    kept = await call("getUpdates")
    await call("setWebhook", url=dead, drop_pending_updates=True)
    await call("setWebhook", url="")

    assert texts(kept) == ["kept"]
    assert await call("getUpdates") == []


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"url": "http://example.com"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        (
            {"url": "https://example.com:8081"},
            "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        ({"url": "ftp://example.com"}, "invalid webhook URL specified"),
        ({"secret_token": "a b"}, "secret token contains unallowed characters"),
        ({"secret_token": "a" * 257}, "secret token is too long"),
        ({"allowed_updates": "{"}, "can't parse allowed updates JSON object"),
    ],
)
async def test_a_bad_webhook_is_refused(
    call: Caller, bot: Bot, arguments: dict[str, str], reason: str
) -> None:
    refusal = await call.refused("setWebhook", **{"url": "https://example.com", **arguments})

    assert refusal == f"Bad Request: {reason}"
    assert bot.webhook is None
