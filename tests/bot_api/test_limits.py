"""429 by chat, group and bot."""

import pytest

from tests.bot_api import Bot, BotApi, Limits, PrivateConversation
from tests.bot_api.calls import Caller, Refused
from tests.bot_api.errors import ApiError
from tests.bot_api.limits import Limiter


def charge(
    limiter: Limiter, now: float, *, chat: int = 7, bot: int = 1, group: bool = False, cost: int = 1
) -> int:
    """Seconds to wait; 0 if the message passes."""
    try:
        limiter.charge(bot=bot, chat=chat, is_group=group, cost=cost, now=now)
    except ApiError as error:
        return int((error.parameters or {})["retry_after"])
    return 0


def only(**limits: float | None) -> Limiter:
    off = {"chat_per_second": None, "group_per_minute": None, "overall_per_second": None}
    return Limiter(Limits(**{**off, **limits}))  # type: ignore[arg-type]


def test_a_chat_takes_a_burst_and_then_one_per_second() -> None:
    limiter = only(chat_per_second=1, chat_burst=3)

    assert [charge(limiter, 0) for _ in range(4)] == [0, 0, 0, 1]
    assert [charge(limiter, 1), charge(limiter, 1)] == [0, 1]
    assert charge(limiter, 1, chat=8) == 0
    assert charge(limiter, 1, bot=2) == 0


def test_one_message_a_second_never_earns_a_refusal() -> None:
    limiter = only(chat_per_second=1, chat_burst=1)

    assert [charge(limiter, second) for second in range(100)] == [0] * 100
    assert limiter.earned_in_all == 0


def test_a_refused_bot_must_wait_as_long_as_it_was_told() -> None:
    limiter = only(overall_per_second=30)
    for _ in range(30):
        charge(limiter, 0)

    # A thirtieth of a second would refill the budget, but the wait is a whole one.
    assert charge(limiter, 0) == 1
    assert charge(limiter, 0.5) == 1
    assert charge(limiter, 0.999) == 1
    assert charge(limiter, 1) == 0
    assert limiter.earned == {"overall": 3}


def test_a_group_takes_twenty_in_any_minute() -> None:
    limiter = only(group_per_minute=20)
    for second in range(20):
        assert charge(limiter, second, chat=-5, group=True) == 0

    assert charge(limiter, 30, chat=-5, group=True) == 30
    assert charge(limiter, 60, chat=-5, group=True) == 0
    assert charge(limiter, 60, chat=-5, group=True) == 1
    assert limiter.earned == {"group": 2}


def test_an_album_costs_one_per_item() -> None:
    limiter = only(chat_per_second=1, chat_burst=5)

    assert charge(limiter, 0, cost=10) == 0
    assert charge(limiter, 0) == 6
    assert charge(limiter, 6) == 0


async def test_messages_and_edits_earn_429_over_http(
    api: BotApi, call: Caller, chat: PrivateConversation
) -> None:
    api.clock.stop()
    api.limiter.change(Limits(chat_per_second=1, chat_burst=2))
    sent = await call("sendMessage", chat_id=7, text="a")
    message = {"chat_id": 7, "message_id": sent["message_id"]}
    await call("editMessageText", **message, text="b")

    with pytest.raises(Refused) as refusal:
        await call("editMessageText", **message, text="c")
    await call("sendChatAction", chat_id=7, action="typing")
    api.clock.advance(1)
    await call("editMessageText", **message, text="c")

    assert refusal.value.status == 429
    assert refusal.value.body == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    assert api.limiter.earned == {"chat": 1}
    assert api.answer_counts[429] == 1


async def test_what_is_refused_for_another_reason_costs_nothing(
    api: BotApi, call: Caller, chat: PrivateConversation
) -> None:
    api.limiter.change(Limits(chat_per_second=1, chat_burst=1))

    for _ in range(3):
        await call.refused("sendMessage", chat_id=7, text="")
    await call("sendMessage", chat_id=7, text="a")

    assert api.limiter.earned_in_all == 0


async def test_a_group_is_limited_as_a_group(api: BotApi, bot: Bot, call: Caller) -> None:
    api.clock.stop()
    group = api.group(-1001)
    group.add_bot(bot)
    api.limiter.change(Limits(chat_per_second=None, overall_per_second=None))
    for _ in range(20):
        await call("sendMessage", chat_id=-1001, text="a")

    refusal = await call.refused("sendMessage", chat_id=-1001, text="a")

    assert refusal == "Too Many Requests: retry after 60"
    assert api.limiter.earned == {"group": 1}
