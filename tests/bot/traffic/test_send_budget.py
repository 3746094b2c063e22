"""The budgets: what they let go is what Telegram takes, and no lane starves the ones before it."""

import random
from dataclasses import dataclass

import pytest

from bot.traffic.send_budget import Budget, SendBudget
from domain.messages import Lane
from tests.bot_api.errors import ApiError
from tests.bot_api.limits import Limiter, Limits

TELEGRAM = Budget(per_bot_per_second=30, per_chat_per_second=1, per_group_per_minute=20)
FAST = Budget(per_bot_per_second=1000, per_chat_per_second=1, per_group_per_minute=20)


@dataclass(frozen=True)
class Call:
    chat: str
    lane: Lane
    cost: int


def sent_at(pace: SendBudget, calls: list[Call], late: random.Random | None = None) -> list[float]:
    """Send calls one after the other, each as soon as it may go, and give when each went."""
    clock, moments = 100.0, []
    for call in calls:
        while (wait := max(pace.bot_wait(call.lane, clock), pace.chat_wait(call.chat, clock))) > 0:
            clock += wait + (late.uniform(0, 0.05) if late else 0)
        pace.take(call.chat, call.cost, clock)
        moments.append(clock)
    return moments


@pytest.mark.parametrize("seed", range(20))
def test_telegram_takes_all_that_the_budgets_let_go(seed: int) -> None:
    """Chats and groups, albums and edits, arriving up to 0.3 s after they were sent."""
    dice = random.Random(seed)
    chats = ["7", "8", "-100", *(str(1000 + n) for n in range(40))]
    calls = [
        Call(dice.choice(chats), dice.choice(list(Lane)), dice.choice([1, 1, 1, 2, 10]))
        for _ in range(600)
    ]
    limiter = Limiter(Limits())

    moments = sent_at(SendBudget(TELEGRAM), calls, dice)

    arrived: list[tuple[float, Call]] = []
    last: dict[str, float] = {}
    for at, call in zip(moments, calls, strict=True):
        # One call is under way per chat: those of a chat arrive in their order.
        last[call.chat] = max(at + dice.uniform(0.01, 0.3), last.get(call.chat, 0))
        arrived.append((last[call.chat], call))
    for at, call in sorted(arrived, key=lambda pair: pair[0]):
        limiter.charge(bot=1, chat=int(call.chat), is_group=call.chat < "0", cost=call.cost, now=at)
    assert limiter.earned_in_all == 0


def test_without_the_budgets_the_same_would_be_refused() -> None:
    limiter = Limiter(Limits())

    limiter.charge(bot=1, chat=7, is_group=False, cost=10, now=100.0)

    with pytest.raises(ApiError):
        limiter.charge(bot=1, chat=7, is_group=False, cost=10, now=100.0)


def test_a_broadcast_uses_the_whole_budget() -> None:
    pace = SendBudget(FAST)
    broadcast = [Call(str(number), Lane.BROADCAST, 1) for number in range(5000)]

    moments = sent_at(pace, broadcast)

    assert 4.8 < moments[-1] - moments[0] <= 5.0


def test_a_late_look_at_the_clock_costs_nothing() -> None:
    pace = SendBudget(FAST)
    for number in range(200):
        pace.take(str(number), 1, 100.0)

    assert pace.room(Lane.BROADCAST, 100.2) is not None
    assert pace.room(Lane.BROADCAST, 100.3) >= 100  # type: ignore[operator]


def test_an_answer_finds_room_at_any_moment_of_a_broadcast() -> None:
    pace = SendBudget(TELEGRAM)
    clock = 100.0

    for number in range(300):
        clock += pace.bot_wait(Lane.BROADCAST, clock)
        pace.take(str(number), 1, clock)
        assert pace.bot_wait(Lane.REPLY, clock) == 0
        assert pace.bot_wait(Lane.NOTICE, clock) == 0

    assert pace.bot_wait(Lane.BROADCAST, clock) > 0


def test_a_short_burst_goes_at_once_and_then_one_a_second() -> None:
    moments = sent_at(SendBudget(FAST), [Call("7", Lane.REPLY, 1)] * 6)

    assert [round(at - moments[0], 3) for at in moments] == [0, 0, 0, 1, 2, 3]


def test_an_album_is_paid_for_picture_by_picture() -> None:
    pace = SendBudget(FAST)
    pace.take("7", 10, 100.0)

    assert pace.chat_wait("7", 100.0) == pytest.approx(8)
    assert pace.chat_wait("8", 100.0) == 0


def test_a_group_gets_twenty_a_minute_however_they_fall() -> None:
    moments = sent_at(SendBudget(FAST), [Call("-5", Lane.NOTICE, 1)] * 45)

    assert moments[19] - moments[0] < 20
    for first, later in zip(moments, moments[20:], strict=False):
        assert later - first > 60


def test_who_is_forgotten_has_the_whole_budget_again() -> None:
    pace = SendBudget(
        Budget(per_bot_per_second=1e9, per_chat_per_second=1, per_group_per_minute=20)
    )
    pace.take("in debt", 30, 100.0)

    for number in range(25_000):
        pace.take(str(number), 1, 100.0 + number / 1000)

    assert pace.chat_wait("in debt", 100.0) > 0
    assert len(pace._paid_at) < 11_000


def test_without_a_budget_nothing_waits() -> None:
    pace = SendBudget(None)

    assert sent_at(pace, [Call("7", Lane.BROADCAST, 1)] * 1000)[-1] == 100.0
    assert pace.room(Lane.REPLY, 100.0) is None
