"""What processes on one PostgreSQL tell each other: that something was written.

A signal carries no content: whoever hears it looks into the tables. One that is lost with its
connection loses nothing, since everybody also looks from time to time, and after coming back.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.errors import StorageError
from storage.database import Database, chunks

log = structlog.get_logger()

_CHANNEL = "linli"
#: PostgreSQL takes 8,000 bytes; an account with a row takes at most 61.
_NAMES_MAX = 120
#: How often a silent connection is tried, in seconds.
_PULSE = 5.0
_PAUSE = 1.0


class Signal(StrEnum):
    """What was written."""

    ARRIVED = "arrived"
    """Updates wait in the inbox."""
    WRITTEN = "written"
    """Messages wait in the outbox, or files wait to be fetched."""
    SHOWN = "shown"
    """Messages to web accounts were sent: other processes may hold further pages of theirs."""
    ENDED = "ended"
    """Sessions of web accounts ended: whoever holds pages of theirs closes them."""
    ERASED = "erased"
    """What was shown to web accounts was erased: their pages begin anew without it."""


#: Called with a signal and the accounts that it names; with None where anything may have happened.
Heard = Callable[[Signal, Iterable[str] | None], None]


class Signals:
    """One process's end of the line; on SQLite there is no other end."""

    def __init__(self, database: Database, heard: Heard) -> None:
        self._database = database
        self._heard = heard
        self._waiting: dict[Signal, set[str]] = {}
        self._told = asyncio.Event()

    def tell(self, signal: Signal, accounts: Iterable[str] = ()) -> None:
        """Tell the other processes soon; many tellings at once become one."""
        if not self._database.is_sqlite:
            self._waiting.setdefault(signal, set()).update(accounts)
            self._told.set()

    async def run(self) -> None:
        """Tell and hear until cancelled; a lost line is taken up again."""
        if self._database.is_sqlite:
            await asyncio.Event().wait()
        while True:
            try:
                async with self._database.dedicated() as connection:
                    await self._talk(connection)
            except StorageError as error:
                log.warning("signals.lost", error=type(error).__name__)
            await asyncio.sleep(_PAUSE)

    async def _talk(self, connection: AsyncConnection) -> None:
        line: Any = (await connection.get_raw_connection()).driver_connection
        mine = line.get_server_pid()

        def hear(_line: object, pid: int, _channel: str, payload: str) -> None:
            if pid != mine:
                signal, *accounts = payload.split()
                self._heard(Signal(signal), accounts)

        await line.add_listener(_CHANNEL, hear)
        for signal in Signal:
            self._heard(signal, None)
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_PULSE):
                    await self._told.wait()
            self._told.clear()
            told, self._waiting = self._waiting, {}
            try:
                await _say(connection, told)
            except BaseException:
                for signal, accounts in told.items():
                    self.tell(signal, accounts)
                raise


async def _say(connection: AsyncConnection, told: Mapping[Signal, set[str]]) -> None:
    if not told:
        await connection.execute(text("SELECT 1"))
    for signal, accounts in told.items():
        for names in list(chunks(sorted(accounts), _NAMES_MAX)) or [[]]:
            payload = " ".join([signal, *names])
            await connection.execute(select(func.pg_notify(_CHANNEL, payload)))
