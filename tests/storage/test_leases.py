"""Leases and signals: one process at a time does it, and the others hear of what it wrote."""

import asyncio
from collections.abc import Iterable

import pytest
from sqlalchemy import text

from storage.database import Database
from storage.leases import Leases
from storage.signals import Signal, Signals

on_postgres = pytest.mark.parametrize(
    "database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


class Work:
    """Something that only one may do at a time: notes who is at it."""

    def __init__(self) -> None:
        self.doing: list[str] = []
        self.most = 0
        self.began: asyncio.Queue[str] = asyncio.Queue()

    def of(self, name: str):
        async def work() -> None:
            self.doing.append(name)
            self.most = max(self.most, len(self.doing))
            self.began.put_nowait(name)
            try:
                await asyncio.Event().wait()
            finally:
                self.doing.remove(name)

        return work


async def kill_backends(database: Database) -> None:
    """Cut every other line to the database, as a restart of the server would."""
    async with database.read() as tx:
        await tx.rows(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


@on_postgres
async def test_only_one_works_and_the_next_follows_when_it_ends(database: Database) -> None:
    work = Work()
    tasks = {
        name: asyncio.create_task(Leases(database).alone("sender", work.of(name)))
        for name in ("first", "second")
    }
    holder = await asyncio.wait_for(work.began.get(), 30)

    tasks[holder].cancel()
    follower = await asyncio.wait_for(work.began.get(), 30)

    assert {holder, follower} == {"first", "second"}
    assert work.most == 1
    tasks[follower].cancel()
    await asyncio.wait(tasks.values())


@on_postgres
async def test_two_leases_of_one_process_do_not_wait_for_each_other(database: Database) -> None:
    work, leases = Work(), Leases(database)
    tasks = [asyncio.create_task(leases.alone(name, work.of(name))) for name in ("a", "b")]

    began = {await asyncio.wait_for(work.began.get(), 30) for _ in tasks}

    assert began == {"a", "b"} == leases.held
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert leases.held == set()


@on_postgres
async def test_who_loses_the_line_stops_and_begins_anew(database: Database) -> None:
    work = Work()
    task = asyncio.create_task(Leases(database).alone("ticker", work.of("clock")))
    await asyncio.wait_for(work.began.get(), 30)

    await kill_backends(database)
    again = await asyncio.wait_for(work.began.get(), 30)

    assert again == "clock"
    assert work.most == 1
    task.cancel()
    await asyncio.wait({task})


async def test_work_that_ends_gives_its_lease_back(database: Database) -> None:
    leases, done = Leases(database), []

    async def once() -> None:
        done.append(set(leases.held))

    await leases.alone("webhook", once)
    await leases.alone("webhook", once)

    assert done == [{"webhook"}, {"webhook"}]
    assert leases.held == set()


async def test_work_that_fails_is_not_hidden(database: Database) -> None:
    async def fail() -> None:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await Leases(database).alone("sender", fail)


class Ear:
    """Hears one end of the line."""

    def __init__(self, database: Database) -> None:
        self.heard: list[tuple[Signal, tuple[str, ...] | None]] = []
        self._news = asyncio.Event()
        self.signals = Signals(database, self._hear)
        self.task = asyncio.create_task(self.signals.run())

    def _hear(self, signal: Signal, names: Iterable[str] | None) -> None:
        self.heard.append((signal, None if names is None else tuple(names)))
        self._news.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.heard) < count:
                self._news.clear()
                await self._news.wait()

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.wait({self.task})


ANYTHING = [(signal, None) for signal in Signal]
ALL = len(ANYTHING)


@on_postgres
async def test_what_one_tells_the_others_hear_and_it_does_not(database: Database) -> None:
    here, there = Ear(database), Ear(database)
    await here.until(ALL)
    await there.until(ALL)

    here.signals.tell(Signal.ARRIVED)
    here.signals.tell(Signal.SHOWN, ["web-2:8", "web-1:7"])
    await there.until(ALL + 2)

    assert here.heard == ANYTHING  # whoever takes up the line looks at everything once
    assert there.heard == [
        *ANYTHING,
        (Signal.ARRIVED, ()),
        (Signal.SHOWN, ("web-1:7", "web-2:8")),
    ]
    await here.close()
    await there.close()


@on_postgres
async def test_many_names_arrive_in_several_parts(database: Database) -> None:
    here, there = Ear(database), Ear(database)
    await here.until(ALL)
    await there.until(ALL)
    names = [f"{number:040}:{number:019}" for number in range(500)]

    here.signals.tell(Signal.SHOWN, names)
    while sum(len(heard or ()) for _, heard in there.heard) < len(names):
        await there.until(len(there.heard) + 1)

    assert sorted(name for _, heard in there.heard for name in heard or ()) == names
    await here.close()
    await there.close()


@on_postgres
async def test_a_line_that_was_cut_is_taken_up_again_and_everything_looked_at(
    database: Database,
) -> None:
    here, there = Ear(database), Ear(database)
    await here.until(ALL)
    await there.until(ALL)

    await kill_backends(database)
    here.signals.tell(Signal.WRITTEN)
    await there.until(2 * ALL)

    assert there.heard[ALL : 2 * ALL] == ANYTHING
    await here.close()
    await there.close()


async def test_telling_costs_nothing_where_nobody_else_is(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("there may be others")
    ear = Ear(database)

    ear.signals.tell(Signal.ARRIVED)

    assert ear.heard == []
    await ear.close()
