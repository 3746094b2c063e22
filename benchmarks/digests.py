"""Benchmark 4: the figures of a week at 10,000, 100,000 and 1,000,000 cases.

The week's cases stay as many while the history grows; then the week's cases grow.
"""

import statistics
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import street
from benchmarks.measuring import timed
from benchmarks.planting import Planter, file_matters, microseconds
from bot.configuration.settings import Settings
from bot.configuration.street_source import StreetSource
from domain.digests.digest import figures_of, week_named
from storage.database import Database
from storage.digests.digests import list_cases, list_opinions

SIZES = (10_000, 100_000, 1_000_000)
#: Cases filed in the week that is counted: what a street of some 180 cases a day has.
IN_WEEK = 1_260
#: How many times as many cases the week has, at the full history.
WEEKS_GROWN = (1, 2, 4)
UNITS = ("G01", "S")
#: Monday of the week that is counted.
WEEK = datetime(2026, 11, 16, tzinfo=UTC) - timedelta(hours=8)


async def measure(*, runs: int = 7) -> dict[str, Any]:
    """Give the milliseconds of a grid's and the street's week by the cases there are."""
    by_history: dict[str, Any] = {}
    by_week: dict[str, Any] = {}
    with TemporaryDirectory() as made:
        folder = Path(made)
        environ = street.environment(folder, "http://127.0.0.1:9", 8080)
        async with street.prepared(folder, environ) as (settings, database):
            await street.found(database)
            (template,) = await file_matters(settings, database, 1, WEEK)
            planted = 1
            _plant_week(database, template, planted, IN_WEEK)
            planted += IN_WEEK
            for size in SIZES:
                _plant_history(database, template, planted, size - planted)
                planted = size
                by_history[str(size)] = await _weeks(settings, database, runs)
            for grown in WEEKS_GROWN:
                more = IN_WEEK * grown - (planted - SIZES[-1] + IN_WEEK)
                if more:
                    _plant_week(database, template, planted, more)
                    planted += more
                by_week[str(IN_WEEK * grown)] = await _weeks(settings, database, runs)
    return {
        "in_week": IN_WEEK,
        "by_history": by_history,
        "by_week": by_week,
        "grid_ratio": _ratio(by_history, "G01"),
        "street_ratio": _ratio(by_history, "S"),
        "street_week_ratio": _ratio(by_week, "S"),
    }


def _ratio(found: dict[str, Any], unit: str) -> float:
    first, *_, last = found.values()
    return float(last[unit]["ms"] / first[unit]["ms"])


def _plant_week(database: Database, template: str, first: int, count: int) -> None:
    """File cases in the week, four in five of them closed in it, a quarter of them opinions."""
    begins = microseconds(WEEK)
    filed = f"{begins} + (n % 500) * 1000000000"
    closed = f"CASE WHEN n % 5 THEN {filed} + 86400000000 END"
    _plant(database, template, first, count, filed, closed)


def _plant_history(database: Database, template: str, first: int, count: int) -> None:
    """File and close cases in the years before the week, and before the weeks compared with it."""
    latest = microseconds(WEEK - timedelta(days=60))
    filed = f"{latest} - (n % 100000) * 1000000000"
    _plant(database, template, first, count, filed, f"{filed} + 86400000000")


def _plant(
    database: Database, template: str, first: int, count: int, filed: str, closed: str
) -> None:
    assert database.path is not None
    planter = Planter(database.path)
    planter.matters(
        template,
        first,
        count,
        {
            "kind": "CASE WHEN n % 4 THEN 'service' ELSE 'opinion' END",
            "state": f"CASE WHEN {closed} IS NULL THEN 'dispatched' ELSE 'closed' END",
            "filed_at": filed,
            "dispatched_at": filed,
            "contact_by": f"{filed} + 43200000000",
            "resolve_by": f"{filed} + 432000000000",
            "contacted_at": f"{filed} + 3600000000",
            "resolved_at": closed,
            "closed_at": closed,
            "outcome": f"CASE WHEN {closed} IS NULL THEN NULL ELSE 'solved' END",
        },
    )
    planter.close()


async def _weeks(settings: Settings, database: Database, runs: int) -> dict[str, Any]:
    source = StreetSource(settings)
    found: dict[str, Any] = {}
    async with database.read() as tx:
        now = WEEK + timedelta(days=8)
        here = await source.current(tx, now)
        week = week_named("2026-W47", here.office.calendar)
        codes = [unit.code for unit in here.organisation.communities]
        for code in UNITS:
            unit = here.organisation.units[code]
            counted: list[int] = []

            async def count(unit: Any = unit, counted: list[int] = counted) -> None:
                cases = await list_cases(tx, unit, week, codes)
                figures_of(cases, week)
                await list_opinions(tx, unit, week.begins - timedelta(weeks=4), week.ends, codes)
                counted.append(len(cases))

            await count()
            taken = [await timed(count) for _ in range(runs)]
            found[code] = {"ms": 1000 * statistics.median(taken), "cases": counted[-1]}
    return found
