"""What all tests share: a real database of each kind."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from storage.database import Database
from storage.keyring import MasterKeys
from tests.databases import new_postgres, new_sqlite, start_postgres

# A busy machine, a first run without caches: how fast examples are made never decides a run.
# The only place that says so; `test_no_test_is_failed_by_a_slow_machine` looks for others.
settings.register_profile("linli", deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile("linli")


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "key"
    MasterKeys.create(path)
    return path


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a migrated, empty database; made by the first test that asks for one."""
    return tmp_path_factory.mktemp("template") / "empty.db"


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A real PostgreSQL, one for each process that runs tests."""
    server = start_postgres(tmp_path_factory.mktemp("postgres"))
    for setting in ("fsync = off", "full_page_writes = off"):
        server.psql(f"ALTER SYSTEM SET {setting}")  # nothing here outlives the tests
    server.psql("SELECT pg_reload_conf()")
    yield server
    server.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def database(
    request: pytest.FixtureRequest, tmp_path: Path, key_file: Path, empty_sqlite: Path
) -> AsyncIterator[Database]:
    """An empty database of this version, opened."""
    keys = MasterKeys.read(key_file)
    async with AsyncExitStack() as stack:
        if request.param == "postgres":
            server = request.getfixturevalue("postgres_server")
            url = await stack.enter_async_context(new_postgres(server, keys))
        else:
            url = await new_sqlite(tmp_path, empty_sqlite, keys)
        opened = Database(url, keys)
        await opened.open()
        yield opened
        await opened.close()
