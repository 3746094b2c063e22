"""A flood gets one sentence, then silence; what an honest person typed is late, never lost."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.configuration.street_source import StreetSource
from bot.traffic.floods import FloodGate, Verdict
from bot.traffic.intake import Intake
from bot.traffic.rate_limits import Rate
from handlers.turn import Turn
from storage import inbox
from storage.database import Database
from storage.inbox import InboxState
from tests.line import BOT, Line
from tests.patience import PATIENCE
from tests.street import MORNING, found, settings

BURST, HELD = 3, 4
QUIET = timedelta(seconds=10)


class Desk:
    """An intake with a gate; what it handled, in its order, and a clock that is set."""

    def __init__(self, database: Database, folder: Path, *, batch_max: int = 200) -> None:
        self.database = database
        self.now: datetime = MORNING
        self.handled: list[tuple[str, str]] = []
        self._folder = folder
        self._batch_max = batch_max
        self._next = 0
        self.begin()

    def begin(self) -> None:
        """Start anew on the same tables, as a process does."""
        self.gate = FloodGate(
            Rate(burst=BURST, per_second=1), quiet=QUIET, held_max=HELD, now=lambda: self.now
        )
        self.intake = Intake(
            self.database,
            {BOT: Line()},
            StreetSource(settings(self._folder)),
            lambda: self.now,
            self._handle,
            batch_max=self._batch_max,
            floods=self.gate,
        )

    async def _handle(self, turn: Turn) -> None:
        said = turn.incoming.text or f"flood {turn.incoming.flood}"
        self.handled.append((turn.incoming.address, said))

    async def arrive(self, *said: tuple[str, str]) -> None:
        updates = []
        for sender, words in said:
            self._next += 1
            updates.append((str(self._next), {"from": sender, "text": words}))
        await self.intake.store(BOT, updates)

    async def work(self) -> None:
        while await self.intake.handle_waiting():
            pass

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Let the intake run by itself until something is so."""
        running = asyncio.create_task(self.intake.run())
        try:
            async with asyncio.timeout(PATIENCE):
                while not is_so() or await self._is_busy():
                    await asyncio.wait({running}, timeout=0.01)
                    assert not running.done(), running
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def _is_busy(self) -> bool:
        """Tell whether something waits, or is being committed."""
        async with self.database.read() as tx:
            rows = await tx.rows(inbox.inbox.select())
        return any(row.state is InboxState.WAITING for row in rows)

    def said(self, sender: str) -> list[str]:
        return [words for who, words in self.handled if who == sender]


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    await found(database)
    return Desk(database, tmp_path)


# --- the gate -------------------------------------------------------------------------------------


class Clock:
    now = MORNING

    def gate(self) -> FloodGate:
        return FloodGate(
            Rate(burst=BURST, per_second=1), quiet=QUIET, held_max=HELD, now=lambda: self.now
        )


def test_what_a_person_can_type_is_always_taken() -> None:
    clock = Clock()
    gate = clock.gate()

    for _ in range(200):
        assert gate.judge("7") is Verdict.TAKE
        clock.now += timedelta(seconds=1)


def test_a_flood_is_told_once_then_held_then_refused() -> None:
    gate = Clock().gate()

    verdicts = [gate.judge("7") for _ in range(BURST + HELD + 2)]

    assert verdicts == [
        *[Verdict.TAKE] * BURST,
        Verdict.TELL,
        *[Verdict.HOLD] * (HELD - 1),
        *[Verdict.REFUSE] * 2,
    ]


def test_it_is_heard_again_when_it_was_quiet_and_not_before() -> None:
    clock = Clock()
    gate = clock.gate()
    for _ in range(BURST + 1):
        gate.judge("7")

    for _ in range(3):  # each one begins the wait anew
        clock.now += QUIET - timedelta(seconds=1)
        assert gate.judge("7") is not Verdict.TAKE
    clock.now += QUIET

    assert gate.judge("7") is Verdict.TAKE


def test_others_are_not_concerned() -> None:
    gate = Clock().gate()
    for _ in range(100):
        gate.judge("7")

    assert gate.judge("8") is Verdict.TAKE


def test_a_clock_that_is_set_back_silences_nobody() -> None:
    clock = Clock()
    gate = clock.gate()
    gate.judge("7")

    clock.now -= timedelta(days=1)

    assert [gate.judge("7") for _ in range(BURST - 1)] == [Verdict.TAKE] * (BURST - 1)


# --- through the inbox ----------------------------------------------------------------------------


async def test_a_flood_hears_one_sentence_and_its_words_come_when_it_paused(desk: Desk) -> None:
    await desk.arrive(*(("7", str(number)) for number in range(6)))
    await desk.work()

    assert desk.said("7") == ["0", "1", "2", f"flood {HELD}"]

    desk.now += QUIET
    await desk.until(lambda: len(desk.handled) == 7)
    assert desk.said("7")[4:] == ["3", "4", "5"]


async def test_what_comes_during_the_flood_waits_behind_it(desk: Desk) -> None:
    await desk.arrive(*(("7", str(number)) for number in range(5)))
    desk.now += QUIET - timedelta(seconds=1)
    await desk.arrive(("7", "late"))
    desk.now += timedelta(seconds=2)
    await desk.until(lambda: len(desk.handled) == 4)  # the pause was not long enough
    assert desk.said("7") == ["0", "1", "2", f"flood {HELD}"]

    desk.now += QUIET
    await desk.until(lambda: len(desk.handled) == 7)

    assert desk.said("7")[4:] == ["3", "4", "late"]


async def test_more_than_was_promised_is_not_kept(desk: Desk) -> None:
    await desk.arrive(*(("7", str(number)) for number in range(50)))

    async with desk.database.read() as tx:
        rows = await tx.rows(inbox.inbox.select())
    states = [row.state for row in rows]
    assert states.count(InboxState.HELD) == HELD
    assert len(states) == BURST + 1 + HELD


async def test_a_restart_loses_neither_what_is_held_nor_its_order(desk: Desk) -> None:
    await desk.arrive(*(("7", str(number)) for number in range(5)))
    await desk.work()

    desk.begin()
    await desk.arrive(("7", "after the restart"))
    await desk.work()
    desk.now += QUIET
    await desk.until(lambda: len(desk.handled) == 7)

    assert desk.said("7") == ["0", "1", "2", f"flood {HELD}", "3", "4", "after the restart"]


@pytest.mark.parametrize("batch_max", [200, 10])
async def test_a_flood_delays_nobody_else(
    database: Database, tmp_path: Path, batch_max: int
) -> None:
    """Whoever comes after a thousand messages of others is handled in the very next batch."""
    await found(database)
    desk = Desk(database, tmp_path, batch_max=batch_max)
    await desk.arrive(*(("7", str(number)) for number in range(1000)))
    await desk.arrive(("8", "help"))

    await desk.intake.handle_waiting()

    assert ("8", "help") in desk.handled


async def test_a_flood_is_told_again_only_after_a_pause(desk: Desk) -> None:
    for _ in range(2):
        await desk.arrive(*(("7", "x") for _ in range(BURST + 2)))
        await desk.work()
        desk.now += QUIET
        await desk.until(lambda: len(desk.handled) % (BURST + 3) == 0)

    assert desk.said("7").count(f"flood {HELD}") == 2
