"""Benchmark 3: a tick with 1,000 reminders due, among 1,000 and among 1,000,000 that are not."""

import statistics
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import street
from benchmarks.measuring import timed
from benchmarks.planting import Planter, file_matters, microseconds
from bot.configuration.street_source import StreetSource, hours_of
from bot.words.wording import wording_for
from scheduler.jobs import Means
from scheduler.ticker import Ticker
from storage.files import FileStore
from storage.reminders import reminders as reminders_table

DUE = 1_000
PENDING = (1_000, 1_000_000)


async def measure(*, runs: int = 3) -> dict[str, Any]:
    """Give the milliseconds of a tick by how many reminders wait."""
    found: dict[str, Any] = {}
    for pending in PENDING:
        taken = []
        for _ in range(runs):
            with TemporaryDirectory() as made:
                taken.append(await _tick(Path(made), pending))
        found[str(pending)] = {"ms": 1000 * statistics.median(taken), "runs": taken}
    few, many = (found[str(pending)]["ms"] for pending in PENDING)
    return {"due": DUE, "pending": found, "ratio": many / few}


async def _tick(folder: Path, pending: int) -> float:
    """Plant everything into a fresh database and measure the tick that does what is due."""
    now = datetime.now(UTC).replace(microsecond=0)
    environ = street.environment(folder, "http://127.0.0.1:9", 8080)
    async with street.prepared(folder, environ) as (settings, database):
        await street.found(database)
        source = StreetSource(settings)
        ticker = Ticker(
            Means(
                database=database,
                street=source.current,
                files=FileStore(settings.data_dir, database.keyring),
                hours=hours_of(settings),
                say=lambda words, language: wording_for(language).text(words),
            ),
            lambda: now,
        )
        await ticker.tick(now)  # the clock begins: no job before this moment was missed
        numbers = await file_matters(settings, database, DUE + 1, now - timedelta(days=5))
        assert database.path is not None
        planter = Planter(database.path)
        far = microseconds(now + timedelta(days=30))
        planter.copies(
            reminders_table,
            "subject",
            numbers[-1],
            1,
            pending,
            subject="printf('P-%08d', n)",
            due_at=f"{far} + n * 1000000",
        )
        planter.close()
        return await timed(lambda: ticker.tick(now))
