"""Reminders and jobs go beside each other: whatever takes long holds up no emergency."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.organisation import Organisation
from scheduler.jobs import Daily, Hours, Job, Means, Occurrence, claim
from scheduler.ticker import Ticker
from tests.scheduler.desk import Desk, at
from tests.street import STREET


class Slow:
    """A job that goes on until it is told to end."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.end = asyncio.Event()
        self.ran: list[str] = []

    def job(self) -> Job:
        return Job(name="slow", schedule=self._schedule, units=self._units, run=self._run)

    @staticmethod
    def _schedule(hours: Hours, unit: str) -> Daily:
        return hours.housekeeping

    @staticmethod
    def _units(organisation: Organisation) -> Sequence[str]:
        return [STREET]

    async def _run(self, means: Means, occurrence: Occurrence, now: datetime) -> bool:
        self.begun.set()
        await self.end.wait()
        async with means.database.write() as tx:
            done = await claim(tx, occurrence, now)
        self.ran.append(occurrence.key)
        return done


async def test_reminders_go_out_while_a_job_is_under_way(desk: Desk) -> None:
    slow = Slow()
    ticker = desk.new_ticker(jobs=(slow.job(),))
    await ticker.tick(desk.now)
    await desk.file()
    desk.now = at(25, 9)

    running = asyncio.create_task(ticker.run_jobs(desk.now))
    await slow.begun.wait()
    await ticker.remind(desk.now)

    assert "reminders.contact_due_owner" in await desk.keys()
    assert not slow.ran
    slow.end.set()
    assert await running == 1


async def test_a_job_that_is_under_way_is_not_begun_again(desk: Desk) -> None:
    slow = Slow()
    ticker = desk.new_ticker(jobs=(slow.job(),))
    await ticker.tick(desk.now)
    desk.now = at(25, 9)

    runs = [asyncio.create_task(ticker.run_jobs(desk.now)) for _ in range(2)]
    await slow.begun.wait()
    slow.end.set()

    assert sorted(await asyncio.gather(*runs)) == [0, 1]
    assert len(slow.ran) == 1


async def test_a_job_that_a_stop_broke_off_is_done_by_the_next_clock(desk: Desk) -> None:
    slow = Slow()
    ticker = Ticker(desk.means, lambda: at(25, 9), jobs=(slow.job(),))
    await ticker.tick(desk.now)
    ticker.start(timedelta(milliseconds=10))
    await slow.begun.wait()
    await ticker.stop()
    assert not slow.ran

    slow.end.set()
    await desk.new_ticker(jobs=(slow.job(),)).tick(at(25, 9))

    assert slow.ran == [f"2026-11-25 {STREET}"]


async def test_the_started_clock_reminds_while_a_job_is_under_way(desk: Desk) -> None:
    slow = Slow()
    told = asyncio.Event()
    ticker = Ticker(desk.means, lambda: at(25, 9), wake=told.set, jobs=(slow.job(),))
    await ticker.tick(desk.now)
    ticker.start(timedelta(milliseconds=10))
    await slow.begun.wait()

    await desk.file()
    while "reminders.contact_due_owner" not in await desk.keys():
        await told.wait()
        told.clear()

    assert not slow.ran
    await ticker.stop()
