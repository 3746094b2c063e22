"""The holidays that an office took in, and those by which open deadlines were counted."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, String, Table, select

from domain.working_time import WorkCalendar
from storage.database import Tx
from storage.organisation import raise_version
from storage.schema import UtcDateTime, metadata

#: A row a year, by its number, as its notice says it; and `_APPLIED`.
work_calendars = Table(
    "work_calendars",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("body", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

#: By which calendar the deadlines of everything open stand now.
_APPLIED = "applied"
_DAYS = ("holidays", "makeup_workdays")


async def keep_years(tx: Tx, years: Mapping[str, Mapping[str, Any]], now: datetime) -> None:
    """Keep years as `domain.working_time.calendar_from` takes them; every process reads anew."""
    rows: list[dict[str, Any]] = [
        {"name": year, "body": _plain(table), "at": now} for year, table in years.items()
    ]
    await tx.upsert(work_calendars, rows)
    await raise_version(tx)


async def list_years(tx: Tx) -> dict[str, dict[str, Any]]:
    """Give the years that were taken in, as they were given."""
    rows = await tx.rows(select(work_calendars).where(work_calendars.c.name != _APPLIED))
    return {row.name: _dated(row.body) for row in rows}


def _plain(table: Mapping[str, Any]) -> dict[str, Any]:
    plain = {key: value for key, value in table.items() if key not in (*_DAYS, "published")}
    if "published" in table:
        plain["published"] = table["published"].isoformat()
    return {**plain, **{name: _words(table.get(name, ())) for name in _DAYS}}


def _dated(body: Mapping[str, Any]) -> dict[str, Any]:
    table = {**body, **{name: [date.fromisoformat(day) for day in body[name]] for name in _DAYS}}
    if "published" in body:
        table["published"] = date.fromisoformat(body["published"])
    return table


def _words(days: Iterable[date]) -> list[str]:
    return [day.isoformat() for day in sorted(days)]


async def applied_days(tx: Tx) -> tuple[frozenset[date], frozenset[date]] | None:
    """Give the (holidays, make-up workdays) by which open deadlines stand; None for not known."""
    row = await tx.row(select(work_calendars).where(work_calendars.c.name == _APPLIED))
    if row is None:
        return None
    table = _dated(row.body)
    return frozenset(table["holidays"]), frozenset(table["makeup_workdays"])


async def note_applied(tx: Tx, calendar: WorkCalendar, now: datetime) -> None:
    """Note that open deadlines stand by a calendar."""
    body = {name: _words(getattr(calendar, name)) for name in _DAYS}
    await tx.upsert(work_calendars, [{"name": _APPLIED, "body": body, "at": now}])
