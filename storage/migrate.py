"""Brings a database to the tables of this version; Alembic is imported only when it must."""

import re
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

import storage.modules  # noqa: F401  # every table, and every writer
from domain.errors import StorageError
from storage.database import Database, Tx

VERSIONS = Path(__file__).parent / "migrations" / "versions"
#: An arbitrary number that names the migration lock among PostgreSQL's advisory locks.
_LOCK = 4_915_471
_NAMED = re.compile(r"^((?:down_)?revision) = (\S+)", re.MULTILINE)


def head(versions: Path = VERSIONS) -> str:
    """Give the newest revision: the one that none comes after.

    Read from the files, as Alembic would: importing it takes a tenth of the time of a start.

    Raises:
        StorageError: there are two, so that nobody knows which comes first, or a gap.
    """
    after = revisions(versions)
    heads = sorted(after.keys() - set(after.values()))
    if len(heads) != 1:
        raise StorageError(f"the migrations have {len(heads)} heads: {', '.join(heads)}")
    if missing := set(after.values()) - after.keys() - {None}:
        raise StorageError(f"the migrations miss {', '.join(sorted(map(str, missing)))}")
    return heads[0]


def revisions(versions: Path = VERSIONS) -> dict[str, str | None]:
    """Give each revision with the one before it; None for the first."""
    found: dict[str, str | None] = {}
    for path in sorted(versions.glob("[0-9]*_*.py")):
        said = dict(_NAMED.findall(path.read_text(encoding="utf-8")))
        name = said["revision"].strip("\"'")
        if name in found:
            raise StorageError(f"two migrations are called {name}")
        before = said["down_revision"].strip("\"'")
        found[name] = None if before == "None" else before
    return found


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


async def current(database: Database) -> str | None:
    """Give the revision a database is at; None for an empty one.

    Raises:
        StorageError: it cannot be reached, or is no database.
    """
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(_current)
    except (DBAPIError, OSError) as error:
        cause = getattr(error, "orig", error)
        raise StorageError(f"it cannot be opened: {cause}") from error


async def revision(tx: Tx) -> str | None:
    """Give the revision a database is at while it is in use.

    Raises:
        StorageError: it has none, or is gone.
    """
    at: str | None = await tx.scalar(text("SELECT version_num FROM alembic_version"))
    return at


async def upgrade(database: Database) -> None:
    """Bring a database to the newest revision, one process at a time.

    Raises:
        StorageError: it cannot be opened, or is of a newer version of Linli than this one.
    """
    at, newest = await current(database), head()
    if at == newest:
        return
    if at is not None and at not in revisions():
        raise StorageError(
            f"the database is at revision {at}, which this version does not know; its own is "
            f"{newest}: use the version that made it, or a newer one"
        )
    async with database.engine.begin() as connection:
        if not database.is_sqlite:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    from alembic import command

    command.upgrade(configuration(connection), "head")


def configuration(connection: Connection) -> Any:
    """Make Alembic's configuration for a connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
