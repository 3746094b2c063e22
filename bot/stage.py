"""The demonstration: fictional people to speak for, and a clock that can be moved forward."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot import demo
from bot.channels.web_ports import Persona
from bot.clock import Clock
from bot.office import StreetSource
from domain.cards import role_name
from scheduler.ticker import Ticker
from storage.database import Database, fact, set_fact

#: The fact that keeps how far ahead the demonstration's clock is, in seconds.
AHEAD = "demo_ahead_seconds"


class Stage:
    """`bot.channels.web_ports.DemoControls` over the planted street."""

    def __init__(
        self,
        database: Database,
        source: StreetSource,
        clock: Clock,
        ticker: Ticker,
        wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._source = source
        self._clock = clock
        self._ticker = ticker
        self._wake = wake
        self._personas: tuple[Persona, ...] = ()

    async def set(self) -> None:
        """Plant the street where there is none, and take up the clock where it was left."""
        async with self._database.read() as tx:
            ahead = await fact(tx, AHEAD)
        self._clock.ahead = timedelta(seconds=float(ahead or 0))
        planted = await demo.plant(self._database, self._source, self._clock.now())
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

    async def personas(self) -> Sequence[Persona]:
        """List the fictional persons in the order they are shown."""
        return self._personas

    def now(self) -> datetime:
        """Give the demonstration's time."""
        return self._clock.now()

    async def advance(self, span: timedelta) -> datetime:
        """Live through a span: everything due happens at its own moment, then the clock moves."""
        until = self._clock.now() + span
        await self._ticker.catch_up(until)
        self._clock.move(max(until - self._clock.now(), timedelta()))
        async with self._database.write() as tx:
            await set_fact(tx, AHEAD, str(self._clock.ahead.total_seconds()))
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
