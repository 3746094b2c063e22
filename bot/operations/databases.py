"""The way to the database of a configuration, for the server and for every command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from bot.configuration.checks import database_problem, unknown_units
from bot.configuration.problems import ConfigurationError
from bot.configuration.settings import Settings
from bot.configuration.webhooks import unknown_hook_units
from bot.operations.file_lock import Occupied, file_lock_of
from domain.organisation import UnitKind
from storage import codes, organisation
from storage.database import Database, Tx, fact, file_of, set_fact
from storage.keyring import MasterKeys
from storage.migrate import current, head, upgrade

#: The fact that marks a demonstration's database.
DEMO = "demo"


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """Open the database of a configuration: migrated, unlocked, and of the right sort.

    Raises:
        ConfigurationError: it is a demonstration's database and should not be, or the reverse.
        StorageError: it cannot be opened.
    """
    keep_private(settings.data_dir)
    if settings.demo and not settings.key_path.exists():
        MasterKeys.create(settings.key_path)
    database = Database(settings.database_url, MasterKeys.read(settings.key_path))
    try:
        await upgrade(database)
        await database.open()
        await _prepare(database, settings)
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def looked_at(settings: Settings) -> AsyncIterator[tuple[Database, str | None]]:
    """Open a database that is there, to look at it; nothing in it is made, changed or migrated.

    Gives the revision at which it is; at another than this version's it is not unlocked.

    Raises:
        ConfigurationError: it is a demonstration's database and should not be, or the reverse.
        StorageError: it cannot be opened, or the key file is another's.
    """
    database = Database(settings.database_url, MasterKeys.read(settings.key_path))
    try:
        at = await current(database)
        if at == head():
            await database.unlock()
            async with database.read() as tx:
                await _ensure_fitting(tx, settings)
        yield database, at
    finally:
        await database.close()


def path_of(settings: Settings) -> Path | None:
    """Name the file of an SQLite database; None where it is PostgreSQL's."""
    return file_of(settings.database_url)


def keep_private(data_dir: Path) -> None:
    """Make the folder of the data and the database in it their owner's alone.

    Earlier versions, and copies that somebody put back, left them to everybody on the machine. What
    belongs to another user stays as it is; `linli doctor` tells.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in (data_dir, *data_dir.glob("*.db*")):
        if path.stat().st_mode & 0o077:
            with suppress(PermissionError):
                path.chmod(path.stat().st_mode & 0o700)


@asynccontextmanager
async def opened_alone(settings: Settings) -> AsyncIterator[Database]:
    """Open the database while no process serves from it, and keep others from SQLite's meanwhile.

    Raises:
        Occupied: Linli runs.
        ConfigurationError: see `opened`.
        StorageError: see `opened`.
    """
    async with opened(settings) as database:
        with file_lock_of(database.path):
            if others := await database.others():
                raise Occupied(f"{others} connections to PostgreSQL")
            yield database


async def _prepare(database: Database, settings: Settings) -> None:
    async with database.write() as tx:
        await codes.key_codes(tx)
        if not await _ensure_fitting(tx, settings) and settings.demo:
            await set_fact(tx, DEMO, "yes")


async def _ensure_fitting(tx: Tx, settings: Settings) -> bool:
    """Refuse a database of the other sort; tell whether it bears a demonstration's mark.

    Raises:
        ConfigurationError: everything that does not fit.
    """
    marked = await fact(tx, DEMO) is not None
    known = await organisation.load(tx)
    problem = database_problem(demo=settings.demo, marked=marked, empty=not known.units)
    # Also those that are no more: whoever ends one is not kept from starting.
    communities = [unit.code for unit in known.units.values() if unit.kind is UnitKind.COMMUNITY]
    problems = [*([problem] if problem else []), *unknown_units(settings, communities)]
    if known.units:
        problems += unknown_hook_units(settings.webhooks, known.units)
    if problems:
        raise ConfigurationError(problems)
    return marked
