"""Moving from SQLite to PostgreSQL: everything arrives, or nothing does."""

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Table, func, select
from typer.testing import CliRunner

from bot.commands.cli import app
from bot.configuration.street_source import StreetSource
from bot.demonstration import history, tales
from domain.chain import Act, Chain
from domain.errors import StorageError
from domain.organisation import Role
from domain.subjects import case
from storage import inbox
from storage.chain import file_events, file_heads, write_chains
from storage.changes import Changes, apply
from storage.database import Database, set_fact
from storage.inbox import Arrival
from storage.keyring import MasterKeys
from storage.matters.matters import list_events, matters
from storage.migrate_data import CannotMove, move
from storage.schema import metadata
from storage.verification import ensure_verified
from tests.databases import new_sqlite
from tests.outings import outing
from tests.street import UNITS, settings

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)

pytestmark = pytest.mark.parametrize(
    "database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
async def empty(database: Database) -> Database:
    """The target: migrated, and nothing in it, not even keys."""
    async with database.write() as tx:
        for table in reversed(metadata.sorted_tables):
            await tx.run(table.delete())
    return database


@pytest.fixture
async def street(tmp_path: Path, key_file: Path, empty_sqlite: Path):
    """A demonstration street with a month behind it, on SQLite."""
    (tmp_path / "data").mkdir()
    url = await new_sqlite(tmp_path / "data", empty_sqlite, MasterKeys.read(key_file))
    source = Database(url, MasterKeys.read(key_file))
    await source.open()
    await history.plant(source, StreetSource(settings(tmp_path)), NOW)
    async with source.write() as tx:
        arrived = [Arrival(update_id=str(n), address="7", raw={"n": n}) for n in range(5)]
        await inbox.store(tx, "telegram.residents", arrived, NOW)
    yield source
    await source.close()


async def rows_of(database: Database) -> dict[str, list[tuple]]:
    async with database.read() as tx:
        return {
            table.name: [
                tuple(row) for row in await tx.rows(select(table).order_by(*table.primary_key))
            ]
            for table in metadata.sorted_tables
        }


async def test_a_street_arrives_whole_and_goes_on(street: Database, empty: Database) -> None:
    done = await move(street, empty, ensure_verified)

    await empty.open()
    assert await rows_of(empty) == await rows_of(street)
    assert done.chains == done.rows["file_heads"] >= done.rows["matters"] > tales.MATTERS
    async with empty.read() as tx:
        number = await tx.scalar(select(func.max(matters.c.number)))
        assert (await list_events(tx, number))[0].content
    async with empty.write() as tx:
        arrived = [Arrival(update_id="new", address="7", raw={})]
        assert await inbox.store(tx, "telegram.residents", arrived, NOW) == 1
        waiting = await inbox.waiting(tx, 10)
    assert [one.id for one in waiting] == [1, 2, 3, 4, 5, 6]


async def test_a_target_with_anything_in_it_is_refused(street: Database, empty: Database) -> None:
    async with empty.begin_with(street.keyring) as tx:
        await set_fact(tx, "somebody's", "database")

    with pytest.raises(CannotMove, match="facts has rows"):
        await move(street, empty, ensure_verified)

    async with empty.begin_with(street.keyring) as tx:
        assert await tx.scalar(select(func.count()).select_from(matters)) == 0


async def test_a_case_file_that_does_not_verify_stops_everything(
    street: Database, empty: Database
) -> None:
    async with street.write() as tx:
        number = await tx.scalar(select(func.min(matters.c.number)))
        await tx.run(
            file_heads.update().where(file_heads.c.file == case(number)).values(head=b"forged")
        )

    with pytest.raises(CannotMove, match=f"{number} does not verify"):
        await move(street, empty, ensure_verified)

    assert not any((await rows_of(empty)).values())


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (file_events, "every event of the file of"),
        (file_heads, "the end of the file of"),
        (None, "1 files of matter are missing"),
    ],
)
async def test_a_case_without_its_file_stops_everything(
    street: Database, empty: Database, table: Table | None, said: str
) -> None:
    async with street.write() as tx:
        number = await tx.scalar(select(func.min(matters.c.number)))
        for each in [table] if table is not None else [file_events, file_heads]:
            await tx.run(each.delete().where(each.c.file == case(number)))

    with pytest.raises(CannotMove, match=said):
        await move(street, empty, ensure_verified)

    assert not any((await rows_of(empty)).values())


async def test_a_file_of_any_feature_is_verified_when_it_arrives(
    street: Database, empty: Database
) -> None:
    act = Act("worker", Role.GRID_WORKER, NOW, b"s" * 32)
    async with street.write() as tx:
        await write_chains(tx, [Chain(file=outing("7")).record(act, "outings.begun")])
        await tx.run(
            file_events.update().where(file_events.c.file == outing("7")).values(actor="leader")
        )

    with pytest.raises(CannotMove, match="the file of outing:7 does not verify: event 1 was"):
        await move(street, empty, ensure_verified)


async def test_what_does_not_fit_is_named_and_nothing_is_moved(
    street: Database, empty: Database
) -> None:
    """SQLite takes any length; PostgreSQL does not."""
    async with street.write() as tx:
        await set_fact(tx, "n" * 60, "v")

    with pytest.raises(StorageError, match="facts cannot be taken over"):
        await move(street, empty, ensure_verified)

    assert not any((await rows_of(empty)).values())


async def test_the_command_moves_an_office_and_refuses_a_second_time(
    empty: Database, tmp_path: Path, key_file: Path, empty_sqlite: Path
) -> None:
    keys = MasterKeys.read(key_file)
    (tmp_path / "data").mkdir()
    source = Database(await new_sqlite(tmp_path / "data", empty_sqlite, keys), keys)
    await source.open()
    changes = Changes()
    changes.save(*UNITS)
    async with source.write() as tx:
        await apply(tx, [changes])
    await source.close()
    shutil.copy(key_file, tmp_path / "linli.key")
    (tmp_path / "none.toml").touch()
    environ = {
        "LINLI_CONFIG": str(tmp_path / "none.toml"),
        "LINLI_DEMO": "false",
        "LINLI_DATA_DIR": str(tmp_path / "data"),
        "LINLI_SECRETS__KEY_FILE": str(tmp_path / "linli.key"),
        "LINLI_WEB__PUBLIC_URL": "https://linli.example.org",
        "LINLI_WEB__PORT": "1",
    }
    url = empty.url.render_as_string(hide_password=False)

    def linli(*words: str, **more: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, words, env={**environ, **more})
        return result.exit_code, result.output

    first = await asyncio.to_thread(linli, "migrate-data", url)
    second = await asyncio.to_thread(linli, "migrate-data", url)
    there = await asyncio.to_thread(linli, "units", LINLI_DATABASE__URL=url)
    third = await asyncio.to_thread(linli, "migrate-data", url, LINLI_DATABASE__URL=url)

    assert first[0] == 0
    assert "0 case files verify" in first[1]
    assert second[0] == third[0] == 2
    assert "Nothing was moved: the target is not empty" in second[1]
    assert there[0] == 0
    assert "梧桐街道" in there[1]
    assert "only SQLite is moved" in third[1]
