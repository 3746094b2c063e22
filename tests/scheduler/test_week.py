"""A week of an office, and the same week with the process killed at every step.

What people are told, what happened to the cases and what was written must be the same, each once.
"""

import asyncio
import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from domain.categories import Kind
from domain.matters.matter import State
from storage.database import Database, Tx
from storage.keyring import MasterKeys
from storage.reminders import job_runs
from tests.scheduler.desk import Desk, at
from tests.street import EAST, EAST_2, STREET, WEST

#: The whole run kills at every step; the short one at some.
EVERY = 1 if os.environ.get("LINLI_TEST_FULL") else 36
END = at(31, 12)


class Killed(BaseException):
    """The process is gone: nothing after this runs."""


class Mortal:
    """A database whose process dies at its nth writing, before or after the commit."""

    def __init__(self, database: Database, dies_at: int = 0, *, after_commit: bool = False) -> None:
        self._database = database
        self._dies_at = dies_at
        self._after_commit = after_commit
        self.read = database.read
        self.written = 0

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """Write, and die if it is time."""
        self.written += 1
        dies = self.written == self._dies_at
        async with self._database.write() as tx:
            yield tx
            if dies and not self._after_commit:
                raise Killed
        if dies:
            raise Killed


#: Jobs of every night.
NIGHTLY = ("housekeeping", "learning", "appointments")


async def a_mixed_week(desk: Desk) -> None:
    """File what a week brings: ordinary, pressing, solved, asked, silent, an emergency."""
    await desk.add_resident("reader", weekly_summary=True)
    await desk.file()
    await desk.file(grid=EAST_2, urgency=2)
    await desk.solve(await desk.file(kind=Kind.OPINION, text="路灯坏了"), 5)
    asked = await desk.file()
    await desk.change(asked, "accept")
    await desk.change(asked, "ask", "哪里？", **await desk.spans())
    await desk.tell(asked)
    silent = await desk.file()
    await desk.resolve(silent)
    await desk.tell(silent)
    await desk.file(urgency=3, importance=3)


async def outcome(desk: Desk) -> tuple[Counter[tuple[str, str, str]], ...]:
    """Give everything that a week leaves behind, as far as it must not depend on chance."""
    told = Counter((one.person, one.key, f"{one.created_at:%d %H:%M}") for one in await desk.said())
    async with desk.database.read() as tx:
        runs = Counter((row.job, row.period, "") for row in await tx.rows(job_runs.select()))
    happened: Counter[tuple[str, str, str]] = Counter()
    for serial in range(1, 7):
        number = f"2026-{serial:05}"
        matter = await desk.matter(number)
        happened[number, matter.state, str(matter.owner)] += 1
        for happening in await desk.happenings(number):
            happened[number, happening, ""] += 1
    return told, runs, happened


#: Jobs that run every day.


@pytest.mark.requirement("G-07")
@pytest.mark.requirement("D-05")
async def test_a_week_brings_its_reminders_climbs_and_digests_each_once(desk: Desk) -> None:
    await a_mixed_week(desk)

    await desk.move(END)

    told, runs, happened = await outcome(desk)
    called = sorted(one for one in told if one[1] == "reminders.acknowledge_owner")
    # The emergency, from quarter to quarter of an hour, until the top is called again and again.
    assert called[:3] == [
        ("community", "reminders.acknowledge_owner", "24 01:15"),
        ("dispatcher", "reminders.acknowledge_owner", "24 01:45"),
        ("leader", "reminders.acknowledge_owner", "24 01:30"),
    ]
    assert [one for one, times in told.items() if times != 1 and one[1] != "test.news"] == []
    digests = Counter(person for person, key, _ in told if key == "digests.title")
    assert digests == Counter(
        ["community", "leader", "dispatcher", "street_leader", "secretary", "second_secretary"]
    )
    assert [person for person, key, _ in told if key == "digests.summary_title"] == ["reader"]
    assert set(runs.values()) == {1}
    weekly = {(name, key) for name, key, _ in runs if name not in NIGHTLY}
    assert weekly == {
        *(("digests", f"2026-W48 {unit}") for unit in (EAST, WEST, STREET)),
        *(("summaries", f"2026-W48 {unit}") for unit in (EAST, WEST)),
    }
    assert happened["2026-00004", State.ACCEPTED, "secretary"] == 1
    assert happened["2026-00002", "climbed", ""] >= 3


async def live(desk: Desk, dies_at: int = 0, *, after_commit: bool = False) -> int:
    """Live through the week in a process that may die once; give how often it wrote.

    A new process knows nothing: it goes on where the tables are.
    """
    mortal = Mortal(desk.database, dies_at, after_commit=after_commit)
    desk.means = replace(desk.means, database=mortal)  # type: ignore[arg-type]
    try:
        await desk.new_ticker().catch_up(END, since=desk.now)
    except Killed:
        await desk.new_ticker().catch_up(END, since=desk.now)
    return mortal.written


@asynccontextmanager
async def office_of(beginning: Path, folder: Path, key_file: Path) -> AsyncIterator[Desk]:
    """Open an office on a copy of the tables."""
    await asyncio.to_thread(folder.mkdir)
    shutil.copy(beginning, folder / "linli.db")
    url = f"sqlite+aiosqlite:///{folder / 'linli.db'}"
    database = Database(url, MasterKeys.read(key_file))
    await database.open()
    try:
        yield Desk(database, folder)
    finally:
        await database.close()


@pytest.mark.parametrize("after_commit", [False, True], ids=["before", "after"])
async def test_a_week_is_the_same_when_the_process_is_killed(
    desk: Desk, tmp_path: Path, key_file: Path, after_commit: bool
) -> None:
    """Kills at one step after the other; each death is a week of its own."""
    if not desk.database.is_sqlite:
        pytest.skip("shown on SQLite: what a commit keeps is the database's own promise")
    await a_mixed_week(desk)
    beginning = desk.database.path
    assert beginning is not None
    await desk.database.close()
    async with office_of(beginning, tmp_path / "calm", key_file) as calm:
        steps = await live(calm)
        expected = await outcome(calm)

    for dies_at in range(1, steps + 1, EVERY):
        async with office_of(beginning, tmp_path / str(dies_at), key_file) as mortal:
            await live(mortal, dies_at, after_commit=after_commit)

            assert await outcome(mortal) == expected, f"killed at step {dies_at} of {steps}"
