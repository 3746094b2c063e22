"""An office on a real database whose time is moved by the test."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.configuration.street_source import StreetSource
from domain.categories import Kind
from domain.matters import life, verdicts
from domain.matters.life import Filing
from domain.matters.matter import Matter, Origin, Particulars
from domain.matters.rules import ClockRules
from domain.messages import Card, Channel, Message, Side, Text, from_json
from domain.organisation import Role, Seat
from domain.people import Account, Language, Person
from domain.street import Street
from reports.digests.charts import draw_all
from scheduler.jobs import Daily, Hours, Means, Weekly
from scheduler.ticker import Ticker
from storage.changes import Changes, apply
from storage.database import Database, Tx
from storage.files import FileStore
from storage.matters.casework import save_matter
from storage.matters.matters import find_matter, list_events
from storage.numbers import reserve_numbers
from storage.outbox import OutboxState, outbox
from storage.registry import HANDS_OVER, PROCEDURES
from storage.work import Numbers, Work
from tests.street import EAST_1, MORNING, settings

HOURS = Hours(
    staff=Weekly(0, time(8, 30)), residents=Weekly(0, time(10)), housekeeping=Daily(time(3, 30))
)
RESIDENT = "resident"


def say(wording: Text, language: Language) -> str:
    """Word a text as its key and fields, so that a test sees what would be said."""
    shown = [
        say(value, language) if isinstance(value, Text) else str(value)
        for value in wording.fields.values()
    ]
    return " ".join([wording.key, *shown])


class Said:
    """A message in the outbox."""

    def __init__(self, person: str, message: Message, created_at: datetime, row: Any) -> None:
        self.person = person
        self.message = message
        self.created_at = created_at
        self.not_before: datetime = row.not_before
        self.lane: int = row.lane

    @property
    def key(self) -> str:
        """The wording of the first block; empty for a picture alone."""
        if not self.message.blocks:
            return ""
        first = self.message.blocks[0]
        return first.title.key if isinstance(first, Card) else first.key

    @property
    def lines(self) -> list[str]:
        """What the first card says."""
        card = next(block for block in self.message.blocks if isinstance(block, Card))
        return [
            f"{say(line.label, Language.ENGLISH)}: "
            + (
                say(line.value, Language.ENGLISH)
                if isinstance(line.value, Text)
                else str(line.value)
            )
            for line in card.lines
        ]

    @property
    def actions(self) -> list[str | None]:
        """What the buttons do."""
        return [choice.action for row in self.message.choices for choice in row]

    def __repr__(self) -> str:
        return f"{self.person} {self.created_at:%m-%d %H:%M} {self.key}"


class Desk:
    """The office: people file, time moves, and what is said can be read."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.now = MORNING
        self.source = StreetSource(settings(folder))
        self.means = self.new_means()
        self.woken = 0
        self.ticker = self.new_ticker()

    def new_means(self, hours: Hours = HOURS) -> Means:
        """Make what a process of its own would work with."""
        return Means(
            database=self.database,
            street=self.source.current,
            files=FileStore(self.folder, self.database.keyring),
            hours=hours,
            say=say,
        )

    def set_topics(self, **values: float) -> None:
        """Change the rules of hot topics, as an office does in its configuration."""
        environ = {f"LINLI_RULES__TOPICS__{key.upper()}": str(one) for key, one in values.items()}
        self.source = StreetSource(settings(self.folder, **environ))
        self.means = self.new_means()
        self.ticker = self.new_ticker()

    def new_ticker(self, **more: Any) -> Ticker:
        """Make a scheduler of its own, as another process would."""
        return Ticker(self.means, lambda: self.now, wake=self._wake, **more)

    def _wake(self) -> None:
        self.woken += 1

    async def work(self, tx: Tx) -> Work:
        """Begin a piece of work at this moment."""
        numbers = Numbers()
        street = await self.source.current(tx, self.now)
        return Work(
            tx=tx,
            street=street,
            now=self.now,
            numbers=numbers,
            hands_over=HANDS_OVER,
            procedures=PROCEDURES,
        )

    async def street(self) -> Street:
        """Give the street at this moment."""
        async with self.database.read() as tx:
            return await self.source.current(tx, self.now)

    async def add_resident(
        self, person: str, *, grid: str = EAST_1, channel: Channel = Channel.TELEGRAM, **more: Any
    ) -> None:
        """Let somebody have talked to the residents' bot."""
        account = Account(
            id=f"account-{person}",
            person=person,
            side=Side.RESIDENTS,
            channel=channel,
            address=f"address-{person}",
            created_at=MORNING,
            seen_at=MORNING,
        )
        resident = Person(
            id=person,
            side=Side.RESIDENTS,
            grid=grid,
            created_at=MORNING,
            preferred=account.id,
            **more,
        )
        await self.save([resident, account])

    async def save(self, objects: Iterable[object]) -> None:
        """Put something into the tables."""
        changes = Changes()
        changes.save(*objects)
        async with self.database.write() as tx:
            await apply(tx, [changes])

    async def file(
        self,
        *,
        reporter: str = RESIDENT,
        kind: Kind = Kind.SERVICE,
        category: str = "",
        grid: str = EAST_1,
        urgency: int = 1,
        importance: int = 1,
        text: str = "灯坏了",
        hide_name: bool = False,
        owner: str | None = "",
        seat: Seat | None = None,
    ) -> str:
        """File a case with whoever answers for its grid, and give its number."""
        async with self.database.write() as tx:
            work = await self.work(tx)
            year = work.street.local_year(self.now)
            work.numbers.add(year, await reserve_numbers(tx, year, 1))
            organisation = work.street.organisation
            community = organisation.community_of(grid)
            assert community is not None
            owed = organisation.responsible(grid, self.now)
            filing = Filing(
                kind=kind,
                category=category or f"{kind}_other",
                community=community.code,
                grid=grid,
                origin=Origin.TELEGRAM,
                reporter=reporter,
                particulars=Particulars(text=text),
                importance=importance,
                urgency=urgency,
                hide_name=hide_name,
            )
            matter = life.file(
                work.new_number(),
                filing,
                work.sign(reporter, Role.RESIDENT),
                seat=seat or owed.seat,
                owner=owed.person if owner == "" else owner,
                rules=work.street.rules(ClockRules, filing.community),
                calendar=work.street.office.calendar,
            )
            save_matter(work, matter)
            await apply(tx, [work.changes])
        return matter.number

    async def matter(self, number: str) -> Matter:
        """Load a case."""
        async with self.database.read() as tx:
            matter = await find_matter(tx, number)
        assert matter is not None
        return matter

    async def change(self, number: str, does: str, *arguments: Any, **more: Any) -> Matter:
        """Do something to a case by its function's name in `domain.matters.life` or `verdicts`."""
        async with self.database.write() as tx:
            work = await self.work(tx)
            matter = await find_matter(tx, number)
            assert matter is not None
            function = getattr(verdicts if hasattr(verdicts, does) else life, does)
            changed: Matter = function(
                matter, work.sign("somebody", Role.RESIDENT), *arguments, **more
            )
            save_matter(work, changed)
            await apply(tx, [work.changes])
        return changed

    async def spans(self) -> dict[str, Any]:
        """Give the keywords that steps of the clocks take."""
        street = await self.street()
        return {"rules": street.rules(ClockRules), "calendar": street.office.calendar}

    async def resolve(self, number: str) -> None:
        """Let the owner accept and resolve a case now."""
        await self.change(number, "accept")
        await self.change(number, "resolve", "done", (), **await self.spans())

    async def solve(self, number: str, score: int | None = None) -> None:
        """Let the owner resolve a case, and its resident confirm and rate it."""
        await self.resolve(number)
        await self.change(number, "judge", solved=True, **await self.spans())
        if score is not None:
            await self.change(number, "rate", score)

    async def tell(self, number: str, person: str = RESIDENT, *, sent: bool = True) -> None:
        """Tell a resident something about a case, as a handler would."""
        async with self.database.write() as tx:
            work = await self.work(tx)
            matter = await find_matter(tx, number)
            work.tell(person, Message(blocks=(Text("test.news"),)), on=matter)
            await apply(tx, [work.changes])
            if sent:
                await tx.run(outbox.update().values(state=OutboxState.SENT))

    async def move(self, until: datetime | timedelta) -> None:
        """Let time pass, with everything done at its own moment."""
        moment = self.now + until if isinstance(until, timedelta) else until
        await self.ticker.catch_up(moment)
        self.now = moment

    async def jump(self, until: datetime | timedelta) -> None:
        """Be down until a moment, and tick once."""
        self.now = self.now + until if isinstance(until, timedelta) else until
        await self.ticker.tick(self.now)

    async def said(self, person: str | None = None) -> list[Said]:
        """Read everything that was said, in its order."""
        async with self.database.read() as tx:
            query = select(outbox).where(outbox.c.sealed.is_not(None)).order_by(outbox.c.id)
            rows = await tx.rows(query)
            found = [
                Said(row.person, from_json(tx.keyring.unseal(row.sealed)), row.created_at, row)
                for row in rows
            ]
        return [one for one in found if person in (None, one.person)]

    async def reminded(self, person: str | None = None) -> list[Said]:
        """Read what was said about cases: no digests, and nothing that a handler said."""
        return [one for one in await self.said(person) if one.key.startswith("reminders.")]

    async def keys(self, person: str | None = None) -> list[str]:
        """Read the wordings of everything that was said."""
        return [one.key for one in await self.said(person)]

    async def happenings(self, number: str) -> list[str]:
        """List what happened to a case."""
        async with self.database.read() as tx:
            return [event.happening.value for event in await list_events(tx, number)]

    async def count(self, table: Any) -> int:
        """Count the rows of a table."""
        async with self.database.read() as tx:
            return len(await tx.rows(select(table)))


async def here(work: Callable[..., object], *given: object) -> object:
    """Call in this process, and draw blanks: what charts look like is shown in tests/reports."""
    if work is draw_all:
        charts: Sequence[object] = given[0]  # type: ignore[assignment]
        return [b"picture %d" % place for place, _ in enumerate(charts)]
    return work(*given)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Give a moment of November and December 2026 on the office's clock; 24 is a Tuesday."""
    local = datetime(2026, 11, 1, hour, minute, tzinfo=UTC) - timedelta(hours=8)
    return local + timedelta(days=day - 1)
