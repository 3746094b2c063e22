"""Swift transactions on SQLite: the same as the others, without a thread between."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from domain.errors import StorageError
from storage import sqlite_inline
from storage.database import Database, fact, set_fact
from storage.keyring import MasterKeys
from storage.migrate import upgrade
from storage.sqlite_inline import BEGIN_WRITING, Connections, InlineConnection
from tests.patience import PATIENCE


@pytest.fixture
async def office(tmp_path: Path, key_file: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'linli.db'}", MasterKeys.read(key_file))
    await upgrade(database)
    await database.open()
    yield database
    await database.close()


async def test_what_an_inline_transaction_wrote_is_there_for_all(database: Database) -> None:
    async with database.write(inline=True) as tx:
        await set_fact(tx, "one", "1")
    async with database.read() as tx:
        patient = await fact(tx, "one")
    async with database.read(inline=True) as tx:
        inline = await fact(tx, "one")

    assert patient == inline == "1"


async def test_another_version_of_the_driver_goes_its_own_way(
    office: Database, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is relied on privately may be called otherwise there; nothing else may differ."""
    relied_on = sqlite_inline.RELIED_ON
    monkeypatch.setattr(sqlite_inline, "RELIED_ON", (*relied_on, "_called_otherwise"))
    other = Database(str(office.url), MasterKeys.read(key_file))
    await other.open()

    async with other.write(inline=True) as tx:
        await set_fact(tx, "one", "1")
        connection = await tx.connection.get_raw_connection()
    async with office.read(inline=True) as tx:
        assert await fact(tx, "one") == "1"
    await other.close()

    assert not isinstance(connection.driver_connection, InlineConnection)


async def test_an_inline_transaction_that_raises_leaves_nothing(database: Database) -> None:
    async def fail_halfway() -> None:
        async with database.write(inline=True) as tx:
            await set_fact(tx, "one", "1")
            raise LookupError

    with pytest.raises(LookupError):
        await fail_halfway()

    async with database.read(inline=True) as tx:
        assert await fact(tx, "one") is None


async def test_a_swift_reader_sees_one_state_while_others_write(office: Database) -> None:
    async with office.read(inline=True) as before:
        assert await fact(before, "one") is None
        async with office.write(inline=True) as tx:
            await set_fact(tx, "one", "1")
        assert await fact(before, "one") is None


async def test_swift_statements_stay_on_this_thread_and_patient_ones_do_not(
    office: Database,
) -> None:
    seen: list[int] = []
    async with office.write() as tx:
        raw = await tx.connection.get_raw_connection()
        await raw.driver_connection.create_function(
            "here", 0, lambda: seen.append(threading.get_ident())
        )
        await tx.connection.exec_driver_sql("SELECT here()")
    async with office.write(inline=True) as tx:
        await tx.connection.exec_driver_sql("SELECT here()")

    patient, inline = seen
    assert patient != threading.get_ident()
    assert inline == threading.get_ident()


async def test_everybody_else_goes_on_while_a_swift_transaction_waits_for_another_process(
    office: Database,
) -> None:
    assert office.path is not None
    other = sqlite3.connect(office.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with office.write(inline=True) as tx:
            await set_fact(tx, "one", "1")

    writing = asyncio.create_task(write())
    async with office.read(inline=True) as tx:  # would never come to it if the loop stood still
        assert await fact(tx, "one") is None
    assert not writing.done()

    other.execute("COMMIT")
    other.close()
    await writing
    async with office.read() as tx:
        assert await fact(tx, "one") == "1"


async def begins(database: Database) -> Callable[[], Awaitable[object]]:
    """Give what waits until the writer's thread has begun its next statement."""
    begun = threading.Event()
    async with database.write() as tx:
        raw = await tx.connection.get_raw_connection()
        connection = raw.driver_connection
    await connection.set_trace_callback(lambda said: begun.set() if said == BEGIN_WRITING else None)
    return partial(asyncio.to_thread, begun.wait, PATIENCE)


@pytest.mark.parametrize("inline", [True, False])
async def test_whoever_is_cancelled_while_the_database_waits_leaves_it_free(
    office: Database, inline: bool
) -> None:
    """The thread goes on with what the cancelled task asked of it, and takes the lock after all."""
    assert office.path is not None
    is_waiting = await begins(office)
    other = sqlite3.connect(office.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def write(value: str) -> None:
        async with office.write(inline=inline) as tx:
            await set_fact(tx, "one", value)

    cancelled = asyncio.create_task(write("1"))
    assert await is_waiting()
    cancelled.cancel()
    next_one = asyncio.create_task(write("2"))
    other.execute("COMMIT")
    await asyncio.wait([cancelled])
    await next_one

    # Nobody holds the lock: another process gets it at once.
    other.execute("PRAGMA busy_timeout=0")
    other.execute("BEGIN IMMEDIATE")
    other.execute("COMMIT")
    other.close()
    async with office.read() as tx:
        assert await fact(tx, "one") == "2"


async def test_no_connection_outlives_its_database(tmp_path: Path, key_file: Path) -> None:
    """One that did would take the log away from a file that has come to the old one's place."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'linli.db'}", MasterKeys.read(key_file))
    await upgrade(database)
    await database.open()
    is_waiting = await begins(database)
    other = sqlite3.connect(str(database.path), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with database.write(inline=True) as tx:
            await set_fact(tx, "one", "1")

    writing = asyncio.create_task(write())
    assert await is_waiting()
    made = [*database._connections._made]
    writing.cancel()
    closing = asyncio.create_task(database.close())
    await asyncio.wait([writing])
    assert all(one.has_ended for one in made) or not closing.done()
    other.execute("COMMIT")
    other.close()
    await closing

    assert made
    assert all(one.has_ended for one in made)


async def test_a_refused_swift_statement_is_the_projects_error(office: Database) -> None:
    async def ask_for_nothing() -> None:
        async with office.write(inline=True) as tx:
            await tx.connection.exec_driver_sql("SELECT * FROM nowhere")

    with pytest.raises(StorageError):
        await ask_for_nothing()


def test_a_connection_can_be_stopped_after_its_event_loop_has_ended(tmp_path: Path) -> None:
    async def open_one() -> InlineConnection:
        return await Connections().connect(str(tmp_path / "one.db"))

    connection = asyncio.run(open_one())
    connection.stop()
    connection._thread.join()

    assert connection._connection is None
