"""Transactions: all of it or nothing, and readers see one consistent state."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, Table, text

from domain.errors import StorageError
from storage.database import Database, fact, set_fact
from storage.keyring import MasterKeys
from storage.migrate import current, head
from storage.schema import UtcDateTime, metadata

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


async def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    async def fail_halfway() -> None:
        async with database.write() as tx:
            await set_fact(tx, "half", "done")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_halfway()

    async with database.read() as tx:
        assert await fact(tx, "half") is None


async def test_a_driver_error_becomes_the_projects(database: Database) -> None:
    async def ask_for_nothing() -> None:
        async with database.write() as tx:
            await tx.rows(text("SELECT * FROM nothing_of_the_sort"))

    with pytest.raises(StorageError):
        await ask_for_nothing()


async def test_writers_wait_for_each_other(database: Database) -> None:
    async def count_up() -> None:
        async with database.write() as tx:
            if tx.is_postgres:
                await tx.rows(text("SELECT pg_advisory_xact_lock(1)"))
            await set_fact(tx, "count", str(int(await fact(tx, "count") or 0) + 1))

    await asyncio.gather(*(count_up() for _ in range(20)))

    async with database.read() as tx:
        assert await fact(tx, "count") == "20"


async def test_a_reader_does_not_see_what_is_not_committed(database: Database) -> None:
    async with database.write() as writing:
        await set_fact(writing, "now", "new")
        async with database.read() as reading:
            assert await fact(reading, "now") is None

    async with database.read() as tx:
        assert await fact(tx, "now") == "new"


async def test_sqlite_keeps_what_it_confirmed(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("these settings are SQLite's")

    async with database.write() as tx:
        journal = await tx.scalar(text("PRAGMA journal_mode"))
        synchronous = await tx.scalar(text("PRAGMA synchronous"))

    assert (journal, synchronous) == ("wal", 2)


async def test_a_naive_moment_is_refused(database: Database) -> None:
    moments = Table("moments", MetaData(), Column("at", UtcDateTime))
    naive = datetime(2026, 1, 1)  # noqa: DTZ001  # that is the point

    async def ask() -> None:
        async with database.write() as tx:
            await tx.rows(moments.select().where(moments.c.at == naive))

    with pytest.raises(StorageError):
        await ask()


async def test_a_new_database_is_at_the_newest_revision(database: Database) -> None:
    assert await current(database) == head()


async def test_the_migrations_give_the_tables_of_the_code(database: Database) -> None:
    """Needs no maintenance: a table without its migration fails here."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    async with database.engine.connect() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), metadata)
        )

    assert differences == []


async def test_on_postgresql_a_process_sees_that_another_one_is_connected(
    database: Database, key_file: Path
) -> None:
    """Only one process serves from an SQLite file, and `bot.operations.file_lock` says so."""
    other = Database(database.url.render_as_string(False), MasterKeys.read(key_file))
    assert await database.others() == 0

    await other.open()

    assert await database.others() == (0 if database.is_sqlite else 1)
    await other.close()
