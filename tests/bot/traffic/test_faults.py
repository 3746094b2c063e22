"""Faults of the database and of Telegram, made for real; `docs/reliability.md` lists them all."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.configuration.street_source import StreetSource
from bot.traffic.intake import STORAGE_PATIENCE, Intake
from domain.errors import InternalError, StorageError
from domain.messages import Message
from domain.messages import text as words
from handlers.turn import Turn
from storage import inbox
from storage.database import Database
from storage.inbox import InboxState
from storage.outbox import outbox
from tests.journeys.house import AIOGRAM, WEB, house
from tests.line import BOT, Line
from tests.street import MORNING, found, settings


async def echo(turn: Turn) -> None:
    said = turn.incoming.text or ""
    said = said * 50_000 if said == "大" else said
    turn.reply(Message(blocks=(words("test.echo", said=said),)))


class Desk:
    """An intake over a database that can be broken."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.now = MORNING
        self.intake = Intake(
            database,
            {BOT: Line()},
            StreetSource(settings(folder)),
            lambda: self.now,
            echo,
            batch_max=50,
        )
        self._next = 0

    async def arrive(self, said: str) -> None:
        self._next += 1
        await self.intake.store(BOT, [(str(self._next), {"from": "7", "text": said})])

    async def work(self) -> None:
        while await self.intake.handle_waiting():
            pass

    async def answers(self) -> int:
        async with self.database.read() as tx:
            return len(await tx.rows(select(outbox.c.id)))

    async def tries(self) -> list[int]:
        async with self.database.read() as tx:
            rows = await tx.rows(select(inbox.inbox.c.tries).order_by(inbox.inbox.c.id))
        return [row.tries for row in rows]

    async def states(self) -> list[InboxState]:
        async with self.database.read() as tx:
            rows = await tx.rows(select(inbox.inbox.c.state).order_by(inbox.inbox.c.id))
        return [row.state for row in rows]


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    await found(database)
    return Desk(database, tmp_path)


# --- the database --------------------------------------------------------------------------------


@asynccontextmanager
async def setting(database: Database, *pragmas: str) -> AsyncIterator[None]:
    """Break the writer's connection in some way, and make a new one afterwards."""
    async with database.engine.connect() as connection:
        for pragma in pragmas:
            await connection.exec_driver_sql(f"PRAGMA {pragma}")
    yield
    await database.engine.dispose()


@asynccontextmanager
async def locked(database: Database) -> AsyncIterator[None]:
    """Let another process hold the file for longer than anybody waits."""
    assert database.path is not None
    async with setting(database, "busy_timeout=50"):
        with closing(sqlite3.connect(database.path)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.rollback()


@asynccontextmanager
async def full(database: Database) -> AsyncIterator[None]:
    """Let the file grow no further, and use up what room it has."""
    async with setting(database, "max_page_count=1"):
        yield


@asynccontextmanager
async def read_only(database: Database) -> AsyncIterator[None]:
    async with setting(database, "query_only=1"):
        yield


@pytest.mark.parametrize("fault", [locked, full, read_only])
async def test_what_cannot_be_written_is_not_confirmed(desk: Desk, fault) -> None:  # type: ignore[no-untyped-def]
    """Whoever brought it keeps it: Telegram and the page bring it again."""
    if not desk.database.is_sqlite:
        pytest.skip("faults of a file")
    long = "长" * 50_000  # more than the room that any page has left

    async with fault(desk.database):
        with pytest.raises(StorageError):
            await desk.arrive(long)
    await desk.arrive(long)
    await desk.work()

    assert await desk.states() == [InboxState.DONE]
    assert await desk.answers() == 1


@pytest.mark.parametrize("fault", [locked, full, read_only])
async def test_what_cannot_be_handled_for_the_database_is_handled_later_and_once(  # type: ignore[no-untyped-def]
    desk: Desk, fault
) -> None:
    """The fault is not the update's: no try is counted, and nothing is quarantined."""
    if not desk.database.is_sqlite:
        pytest.skip("faults of a file")
    await desk.arrive("一")
    await desk.work()  # later there is room for the note of a failure, but for nothing longer
    await desk.arrive("大")

    async with fault(desk.database):
        for _ in range(5):
            with suppress(InternalError):
                await desk.intake.handle_waiting()
        assert await desk.states() == [InboxState.DONE, InboxState.WAITING]
        assert await desk.tries() == [0, 0]
    await desk.work()

    assert await desk.states() == [InboxState.DONE, InboxState.DONE]
    assert await desk.answers() == 2


async def test_what_the_database_refuses_for_an_hour_is_set_aside(desk: Desk) -> None:
    """Then it has something against this very update, and the others must go on."""
    if not desk.database.is_sqlite:
        pytest.skip("faults of a file")
    await desk.arrive("大")
    desk.now += STORAGE_PATIENCE

    async with full(desk.database):
        for _ in range(3):
            await desk.intake.handle_waiting()

    assert await desk.states() == [InboxState.QUARANTINED]


async def test_a_postgresql_that_comes_back_finds_everything_as_it_was(desk: Desk) -> None:
    """Every connection is cut, as by a restart of the server."""
    if desk.database.is_sqlite:
        pytest.skip("a file has no connections")
    await desk.arrive("一")
    async with desk.database.write() as tx:
        await tx.rows(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

    for _ in range(20):
        with suppress(InternalError):
            await desk.work()
            break
    await desk.arrive("二")
    await desk.work()

    assert await desk.states() == [InboxState.DONE, InboxState.DONE]
    assert await desk.answers() == 2


# --- Telegram ------------------------------------------------------------------------------------


async def test_without_telegram_the_web_goes_on(tmp_path: Path) -> None:
    async with house(tmp_path, residents=AIOGRAM, staff=WEB) as linli:
        linli.api.down()
        resident = linli.newcomer(on=WEB)
        await resident.start("g-E1")
        await resident.say("3号楼路灯坏了")
        await resident.sees("3号楼")
        await resident.press("提交")
        assert await resident.number()
        linli.api.up()


async def test_when_telegram_is_back_everybody_is_heard_and_answered(tmp_path: Path) -> None:
    async with house(tmp_path, residents=AIOGRAM, staff=WEB) as linli:
        resident = linli.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")
        linli.api.down()
        await resident.say("3号楼路灯坏了")
        linli.api.up()
        await resident.sees("3号楼")
