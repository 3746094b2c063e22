"""The demonstration: fictional people to speak for, and a clock that can be moved forward."""

import asyncio
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.channels.web.ports import Persona
from bot.configuration.settings import Settings
from bot.configuration.street_source import StreetSource
from bot.demonstration import history
from bot.operations.clock import AHEAD, Clock, ahead_of
from domain.messages import Card, Message
from domain.names import role_name
from domain.people import Language
from scheduler.ticker import Ticker
from storage.changes import Changes, apply
from storage.conversations import list_said
from storage.database import Database, set_fact
from storage.files import folder_of
from storage.outbox_housekeeping import newest
from storage.people import get_people

#: The street tells of a month.
WEEKS_TOLD = 4


class BeginAnew(Exception):
    """Raised where the demonstration is to be forgotten and begun again."""


class Simulation:
    """`bot.channels.web.ports.DemoControls` over the planted street."""

    def __init__(
        self,
        database: Database,
        source: StreetSource,
        clock: Clock,
        ticker: Ticker,
        wake: Callable[[], None],
        *,
        may_begin_anew: bool = False,
    ) -> None:
        """Prepare; `set` plants the street.

        Args:
            may_begin_anew: whoever runs this clears the database on `BeginAnew`.
        """
        self.run = secrets.token_hex(4)
        self._may_begin_anew = may_begin_anew
        self._anew = asyncio.Event()
        self._arrived: Counter[str] = Counter()
        self._database = database
        self._source = source
        self._clock = clock
        self._ticker = ticker
        self._wake = wake
        self._personas: tuple[Persona, ...] = ()
        self._people: tuple[str, ...] = ()

    async def set(self) -> None:
        """Plant the street where there is none, and take up the clock where it was left."""
        async with self._database.read() as tx:
            self._clock.ahead = await ahead_of(tx) or self._clock.ahead
        planted = await history.plant(self._database, self._source, self._clock.now())
        self._people = tuple(one.person.id for one in planted)
        self._personas = tuple(
            Persona(
                key=one.key,
                side=one.person.side,
                account=one.account.id,
                name=one.person.name,
                role=role_name(one.role),
            )
            for one in planted
        )

    async def remember(self) -> None:
        """Write the digests of the weeks of which the street tells, where there are none."""
        await self._ticker.write_earlier("digests", WEEKS_TOLD)

    async def personas(self) -> Sequence[Persona]:
        """List the fictional persons in the order they are shown."""
        return self._personas

    def now(self) -> datetime:
        """Give the demonstration's time."""
        return self._clock.now()

    async def quiet_until(self) -> datetime | None:
        """Give when the quiet hours end, if they are now."""
        now = self._clock.now()
        async with self._database.read() as tx:
            street = await self._source.current(tx, now)
        woken = street.waking(now)
        return woken if woken > now else None

    async def advance(self, span: timedelta) -> datetime:
        """Live through a span: everything due happens at its own moment, then the clock moves."""
        until = self._clock.now() + span
        async with self._database.read() as tx:
            before = await newest(tx)
        await self._ticker.catch_up(until)
        self._clock.move(max(until - self._clock.now(), timedelta()))
        async with self._database.write() as tx:
            await set_fact(tx, AHEAD, str(self._clock.ahead.total_seconds()))
            told = await list_said(tx, [one.account for one in self._personas], before)
        self._arrived = Counter(_sort_of(message) for message in told)
        self._wake()
        return self._clock.now()

    async def advance_to_morning(self) -> datetime:
        """Move the clock to the beginning of the next working day."""
        now = self._clock.now()
        async with self._database.read() as tx:
            street = await self._source.current(tx, now)
        calendar = street.office.calendar
        tomorrow = calendar.closing_of(calendar.day_of(now))
        opening = calendar.next_opening(max(now, tomorrow) + timedelta(minutes=1))
        return await self.advance(opening - now)

    def arrived(self) -> Mapping[str, int]:
        """Count what the fictional persons were told by the last move of the clock."""
        return {name: self._arrived[name] for name in ("reminders", "digests", "others")}

    async def speak(self, language: Language) -> None:
        """Let everybody talk in a language."""
        async with self._database.write() as tx:
            known = await get_people(tx, self._people)
            changes = Changes()
            changes.save(*(replace(person, language=language) for person in known.values()))
            await apply(tx, [changes])

    # --- beginning anew ----------------------------------------------------------------------

    def begin_anew(self) -> bool:
        """Ask for the story to begin again; False where the database is not only the story's."""
        if self._may_begin_anew:
            self._anew.set()
        return self._may_begin_anew

    async def until_begun_anew(self) -> None:
        """Wait until it is asked for.

        Raises:
            BeginAnew: it was asked for.
        """
        await self._anew.wait()
        # Whoever asked gets the answer before the door closes.
        await asyncio.sleep(0.2)
        raise BeginAnew


def _sort_of(message: Message) -> str:
    """Name what the clock said, by the first words of the message."""
    first = message.blocks[0] if message.blocks else None
    wording = first.title if isinstance(first, Card) else first
    domain = wording.key.partition(".")[0] if wording is not None else ""
    return domain if domain in ("reminders", "digests") else "others"


def may_begin_anew(settings: Settings) -> bool:
    """Tell whether the demonstration's database is a file of its own."""
    return settings.demo and not settings.database.url.get_secret_value()


def clear(settings: Settings) -> None:
    """Remove the demonstration's database and its files; its key stays.

    Raises:
        ValueError: this is no demonstration with a file of its own.
    """
    if not may_begin_anew(settings):
        raise ValueError("only a demonstration's own file is cleared")
    place = settings.database_url.removeprefix("sqlite+aiosqlite:///")
    for ending in ("", "-wal", "-shm"):
        Path(place + ending).unlink(missing_ok=True)
    shutil.rmtree(folder_of(settings.data_dir), ignore_errors=True)
