"""What only one process at a time may do, such as sending for a bot; the next one waits for it.

A lease is an advisory lock of a connection of its own: it ends with the connection, so that a
process that dies is followed within seconds, and nobody has to judge whether it is dead.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.errors import StorageError
from storage.database import Database

log = structlog.get_logger()

Work = Callable[[], Coroutine[Any, Any, None]]

#: An arbitrary number that names the leases among PostgreSQL's advisory locks.
_LOCKS = 49_155
#: How often whoever waits tries again, and whoever holds makes sure of it, in seconds. Nobody waits
#: inside a statement: one that never ends would keep PostgreSQL from clearing up.
_PULSE = 1.0
#: How long a connection may take to answer before its lease counts as lost.
_PATIENCE = 10.0


class Leases:
    """The leases of one process; on SQLite, where there is no other, it has them all."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.held: set[str] = set()
        """What this process does now, and no other."""

    async def alone(self, name: str, work: Work) -> None:
        """Do work as soon as no other process does it, until it ends by itself.

        Where the lease is lost, the work is cancelled, and begun anew when its turn comes again.
        """
        if self._database.is_sqlite:
            await self._do(name, work)
            return
        while not await self._took_its_turn(name, work):  # noqa: ASYNC110  # nobody tells us
            await asyncio.sleep(_PULSE)

    async def _took_its_turn(self, name: str, work: Work) -> bool:
        """Wait for the lease and do the work; False where the connection was lost."""
        try:
            async with self._database.dedicated() as connection:
                lock = select(func.pg_try_advisory_lock(_LOCKS, func.hashtext(name)))
                while not (await connection.execute(lock)).scalar():  # noqa: ASYNC110
                    await asyncio.sleep(_PULSE)
                log.info("lease.taken", lease=name)
                await _while_held(connection, self._do(name, work))
        except _Lost as error:
            log.warning("lease.lost", lease=name, error=type(error.__cause__).__name__)
            return False
        except StorageError as error:
            log.warning("lease.not_reached", lease=name, error=str(error))
            return False
        return True

    async def _do(self, name: str, work: Work) -> None:
        self.held.add(name)
        try:
            await work()
        finally:
            self.held.discard(name)


class _Lost(Exception):
    """Raised when the connection that held a lease no longer answers."""


async def _while_held(connection: AsyncConnection, work: Coroutine[Any, Any, None]) -> None:
    """Do work for as long as the connection answers.

    Raises:
        _Lost: it does not; the work was cancelled.
    """
    working = asyncio.create_task(work)
    holding = asyncio.create_task(_hold(connection))
    both = {working, holding}
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        ended = working.done()
    finally:
        for task in both:
            task.cancel()
        await asyncio.wait(both)
    await (working if ended else holding)


async def _hold(connection: AsyncConnection) -> None:
    """Ask the connection again and again whether it is there."""
    while True:
        await asyncio.sleep(_PULSE)
        try:
            async with asyncio.timeout(_PATIENCE):
                await connection.execute(text("SELECT 1"))
        except Exception as error:  # whatever it says: it no longer answers
            raise _Lost from error
