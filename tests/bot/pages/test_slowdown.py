"""Tries are slowed down from where there are too many, and nobody is locked out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from bot.pages import slowdown
from bot.pages.slowdown import FREE, STEP_SECONDS, CrowdedError, Slowdown


class Town:
    """People who try, and a clock that goes on when everybody waits."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.waits: list[tuple[float, asyncio.Future[None]]] = []
        self.answered: list[str] = []
        self.turned_away: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.slowdown = Slowdown(clock=lambda: self.seconds, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waits.append((self.seconds + seconds, woken))
        await woken

    async def settle(self) -> None:
        for _ in range(30):
            await asyncio.sleep(0)

    async def later(self, seconds: float) -> None:
        """Let time go on, waking everybody at their moment."""
        end = self.seconds + seconds
        await self.settle()
        while due := [one for one in self.waits if one[0] <= end]:
            first = min(due, key=lambda one: one[0])
            self.waits.remove(first)
            self.seconds = max(self.seconds, first[0])
            first[1].set_result(None)
            await self.settle()
        self.seconds = end

    def ask(self, who: str, *, home: str = "café", about: str = "", right: bool = False) -> None:
        self.tasks.append(asyncio.create_task(self._ask(who, home, about or who, right)))

    async def _ask(self, who: str, home: str, about: str, right: bool) -> None:
        try:
            async with self.slowdown.turn(home, about) as tried:
                tried.right = right
                self.answered.append(who)
        except CrowdedError:
            self.turned_away.append(who)

    async def leave(self) -> None:
        for task in self.tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    town = Town()
    yield town
    await town.leave()


async def test_a_few_tries_are_answered_at_once(town: Town) -> None:
    for number in range(FREE.burst):
        town.ask(f"{number}")
    await town.settle()

    assert len(town.answered) == FREE.burst


async def test_many_at_the_same_time_are_not_more_than_one_after_the_other(town: Town) -> None:
    for number in range(FREE.burst + 10):
        town.ask(f"{number}", about="case")
    await town.settle()
    at_once = len(town.answered)
    await town.later(STEP_SECONDS * 4)

    assert at_once == FREE.burst
    assert len(town.answered) == FREE.burst + 4


async def test_who_asks_about_another_case_goes_before_who_guesses_at_one(town: Town) -> None:
    for number in range(FREE.burst + 20):
        town.ask(f"guess {number}", about="case")
    await town.settle()

    town.ask("honest", right=True)
    await town.later(STEP_SECONDS * 2)

    assert "honest" in town.answered
    assert len(town.answered) <= FREE.burst + 2


async def test_where_the_line_is_full_the_guesser_gives_way_and_not_the_newcomer(
    town: Town,
) -> None:
    for number in range(FREE.burst + 200):
        town.ask(f"guess {number}", about="case")
    await town.settle()
    crowd = len(town.turned_away)

    town.ask("honest", right=True)
    await town.later(STEP_SECONDS * 2)

    assert crowd == 200 - slowdown.WAITING_MAX - 1
    assert "honest" in town.answered
    assert "honest" not in town.turned_away
    assert len(town.turned_away) == crowd + 1


async def test_elsewhere_nobody_notices(town: Town) -> None:
    for number in range(FREE.burst + 20):
        town.ask(f"guess {number}", about="case")
    await town.settle()

    town.ask("elsewhere", home="at home")
    await town.settle()

    assert "elsewhere" in town.answered


async def test_what_was_taken_comes_back_with_time(town: Town) -> None:
    for number in range(FREE.burst):
        town.ask(f"{number}")
    await town.later(1 / FREE.per_second)

    town.ask("later")
    await town.settle()

    assert "later" in town.answered


async def test_a_right_answer_costs_nothing(town: Town) -> None:
    for number in range(FREE.burst * 3):
        town.ask(f"{number}", right=True)
        await town.settle()

    assert len(town.answered) == FREE.burst * 3


async def test_all_addresses_together_are_slowed_too(town: Town) -> None:
    count = slowdown.FREE_IN_ALL.burst + 20
    for number in range(count):
        town.ask(f"{number}", home=f"home {number}")
    await town.settle()
    at_once = len(town.answered)
    await town.later(slowdown.STEP_IN_ALL_SECONDS)

    assert at_once == slowdown.FREE_IN_ALL.burst
    assert at_once < len(town.answered) <= at_once + 2 * slowdown.AT_ONCE
    await town.later(10)
    assert len(town.answered) == count


async def test_nothing_is_kept_of_who_has_gone(town: Town) -> None:
    for number in range(FREE.burst + 5):
        town.ask(f"{number}", about="case")
    await town.settle()
    waiting = len(town.slowdown)
    await town.later(STEP_SECONDS * 6)

    assert (waiting, len(town.slowdown)) == (1, 0)


async def test_lines_are_bounded(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slowdown, "LINES_MAX", 2)
    for home in range(3):
        for number in range(FREE.burst + 2):
            town.ask(f"{home} {number}", home=f"home {home}")
    await town.settle()

    assert len(town.slowdown) == 2
    assert town.turned_away == [f"2 {FREE.burst}", f"2 {FREE.burst + 1}"]
