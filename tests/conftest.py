"""What all tests share: a real database of each kind, and generators that no clock decides."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from bot.traffic.media.decoder import Media
from storage.database import Database
from storage.keyring import MasterKeys
from tests.budgets import Budgets
from tests.databases import new_postgres, new_sqlite, start_postgres

#: A cold or busy machine is no fault of what is tested: neither a deadline nor a health check of
#: the generator decides a run.
settings.register_profile(
    "linli", deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
settings.load_profile("linli")


def pytest_configure(config: pytest.Config) -> None:
    """Add up what the tests cost."""
    config.pluginmanager.register(Budgets(), "budgets")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test that lets the speed of the machine decide after all."""
    for item in items:
        if hurried := hurry_of(getattr(item, "obj", None)):
            raise pytest.UsageError(f"{item.nodeid} sets {hurried}; the profile says why not to")


def hurry_of(test: object) -> str:
    """Name what would let the machine's speed decide a generated test; empty for nothing."""
    chosen = getattr(test, "_hypothesis_internal_use_settings", None)
    if chosen is None:
        return ""
    if chosen.deadline is not None:
        return "a deadline"
    missing = set(HealthCheck) - set(chosen.suppress_health_check)
    return "health checks" if missing else ""


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "key"
    MasterKeys.create(path)
    return path


@pytest.fixture
async def media() -> AsyncIterator[Media]:
    """What cleans pictures and voices; its process begins with the first of them."""
    cleaner = Media()
    yield cleaner
    await cleaner.close()


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
