"""Puts Linli together and runs it: channels, intake, senders, fetcher and clock, in one process."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog
from aiohttp import web

from bot.channels.ports import Driver
from bot.clock import Clock
from bot.config import ConfigurationError, Settings, database_problem
from bot.fetcher import Fetcher
from bot.intake import Intake
from bot.office import StreetSource
from bot.sender import Budget, Patience, Sender
from domain.messages import Side
from handlers.router import handle
from storage import organisation
from storage.database import Database, fact, set_fact
from storage.files import FileStore
from storage.keyring import MasterKeys
from storage.migrate import upgrade

log = structlog.get_logger()

#: The fact that marks a demonstration's database.
DEMO = "demo"


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """Open the database of a configuration: migrated, unlocked, and of the right sort.

    Raises:
        ConfigurationError: it is a demonstration's database and should not be, or the reverse.
        StorageError: it cannot be opened.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if settings.demo and not settings.key_path.exists():
        MasterKeys.create(settings.key_path)
    database = Database(settings.database_url, MasterKeys.read(settings.key_path))
    try:
        await upgrade(database)
        await database.open()
        await _ensure_sort(database, settings)
        yield database
    finally:
        await database.close()


async def _ensure_sort(database: Database, settings: Settings) -> None:
    async with database.write() as tx:
        marked = await fact(tx, DEMO) is not None
        empty = not (await organisation.load(tx)).units
        problem = database_problem(demo=settings.demo, marked=marked, empty=empty)
        if problem is not None:
            raise ConfigurationError([problem])
        if settings.demo and not marked:
            await set_fact(tx, DEMO, "yes")


def patience_of(settings: Settings) -> Patience:
    """Give how long the senders go on trying."""
    table = settings.sender
    return Patience(
        tries_max=table.tries_max,
        timeout=timedelta(seconds=table.timeout_seconds),
        first=timedelta(seconds=table.retry_first_seconds),
        longest=timedelta(seconds=table.retry_longest_seconds),
    )


def budget_of(settings: Settings) -> Budget:
    """Give how fast a Telegram bot may send."""
    table = settings.telegram.budget
    return Budget(
        per_bot_per_second=table.per_bot_per_second,
        per_chat_per_second=table.per_chat_per_second,
        per_group_per_minute=table.per_group_per_minute,
    )
