"""Large tables for benchmarks, planted in bulk SQL from rows that the application itself wrote."""

import secrets
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Table

from benchmarks import street
from bot.configuration.settings import Settings
from bot.configuration.street_source import StreetSource
from domain.categories import Kind
from domain.chain import Act
from domain.matters import life
from domain.matters.life import Filing
from domain.matters.matter import Origin, Particulars
from domain.matters.rules import ClockRules
from domain.messages import Channel, Side
from domain.organisation import Role
from domain.people import Account, Person
from storage import organisation as stored
from storage.changes import Changes, apply
from storage.database import Database
from storage.matters.casework import save_matter
from storage.matters.matters import matters as matters_table
from storage.registry import HANDS_OVER, PROCEDURES
from storage.work import Numbers, Work

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """Give a moment as SQLite's columns hold it."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


async def residents(
    database: Database, count: int, first: int, *, said_something: datetime
) -> list[str]:
    """Let people have talked to the residents' bot over Telegram; give their ids."""
    names = [f"resident-{number}" for number in range(first, first + count)]
    for start in range(0, count, 5000):
        changes = Changes()
        for offset, name in enumerate(names[start : start + 5000], start):
            account = f"account-{name}"
            changes.save(
                Person(
                    id=name,
                    side=Side.RESIDENTS,
                    grid=street.GRIDS[offset % len(street.GRIDS)],
                    created_at=said_something,
                    preferred=account,
                ),
                Account(
                    id=account,
                    person=name,
                    side=Side.RESIDENTS,
                    channel=Channel.TELEGRAM,
                    address=str(first + offset),
                    created_at=said_something,
                    seen_at=said_something,
                ),
            )
        async with database.write() as tx:
            await apply(tx, [changes])
    return names


async def file_matters(
    settings: Settings, database: Database, count: int, at: datetime, first: int = 1
) -> list[str]:
    """File service requests at a moment, as the form does, their clocks included."""
    source = StreetSource(settings)
    numbers = Numbers()
    numbers.add(at.year, range(first, first + count))
    filed: list[str] = []
    async with database.write() as tx:
        await stored.version(tx)
        work = Work(
            tx=tx,
            street=await source.current(tx, at),
            now=at,
            numbers=numbers,
            hands_over=HANDS_OVER,
            procedures=PROCEDURES,
        )
        organisation = work.street.organisation
        for number in range(count):
            grid = street.GRIDS[number % len(street.GRIDS)]
            community = organisation.community_of(grid)
            assert community is not None
            owed = organisation.responsible(grid, at)
            matter = life.file(
                work.new_number(),
                Filing(
                    kind=Kind.SERVICE,
                    category="lighting",
                    community=community.code,
                    grid=grid,
                    origin=Origin.TELEGRAM,
                    reporter=f"reporter-{number}",
                    particulars=Particulars(text="3号楼路灯坏了", place_text="3号楼"),
                    importance=2,
                    urgency=1,
                ),
                Act(f"reporter-{number}", Role.RESIDENT, at, secrets.token_bytes(32)),
                seat=owed.seat,
                owner=owed.person,
                rules=work.street.rules(ClockRules, community.code),
                calendar=work.street.office.calendar,
            )
            save_matter(work, matter)
            filed.append(matter.number)
        await apply(tx, [work.changes])
    return filed


class Planter:
    """Writes rows straight into an SQLite file; what it writes need not survive a power cut."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=60)
        for pragma in ("synchronous=OFF", "cache_size=-400000", "temp_store=MEMORY"):
            self._connection.execute(f"PRAGMA {pragma}")

    def close(self) -> None:
        """Put everything where a reader finds it, and leave."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    def copies(
        self, table: Table, key: str, template: str, first: int, count: int, **columns: str
    ) -> None:
        """Copy a row, with expressions over ``n``, its count, in the place of some columns."""
        chosen = ", ".join(
            f"{columns[column.name]}" if column.name in columns else f"t.{column.name}"
            for column in table.columns
        )
        names = ", ".join(column.name for column in table.columns)
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute(
            "WITH RECURSIVE counted(n) AS (SELECT :first UNION ALL "  # noqa: S608  # own names
            "SELECT n + 1 FROM counted WHERE n < :last) "
            f"INSERT INTO {table.name} ({names}) SELECT {chosen} FROM {table.name} t, counted "
            f"WHERE t.{key} = :template",
            {"first": first, "last": first + count - 1, "template": template},
        )
        self._connection.execute("COMMIT")

    def matters(self, template: str, first: int, count: int, fields: Mapping[str, str]) -> None:
        """Copy a matter, spread over the grids, under numbers that nothing else has."""
        grids = len(street.GRIDS)
        each = street.GRIDS_EACH
        self.copies(
            matters_table,
            "number",
            template,
            first,
            count,
            number="printf('P-%08d', n)",
            grid=f"printf('G%02d', n % {grids} + 1)",
            community=f"printf('C%d', (n % {grids}) / {each} + 1)",
            seat_unit=f"printf('G%02d', n % {grids} + 1)",
            **fields,
        )
