"""Benchmark 9: a thousand people want a hundred times at once, on PostgreSQL.

Beside it, in the same processes: as many people who file a request each, at once.
"""

from contextlib import AsyncExitStack, ExitStack
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import func, select

from benchmarks import street
from benchmarks.measuring import median_of
from benchmarks.processes import LAYOUTS, new_database, start_server
from benchmarks.running import bot, free_port, town
from bot.words.wording import LOCAL_TIME
from domain.slots import BookingState, Opening, Series
from domain.subjects import Subject
from storage.changes import Changes, apply
from storage.database import Database
from storage.slots import bookings, slots

PEOPLE, TIMES = 1_000, 100
_LENGTH = timedelta(minutes=5)
_MEASURED = ("all in one", "two workers")


async def measure(*, runs: int = 2) -> dict[str, Any]:
    """Give how many were booked, and the updates a second of booking and of filing, by layout."""
    found: dict[str, list[dict[str, Any]]] = {layout: [] for layout in _MEASURED}
    with TemporaryDirectory() as made, ExitStack() as stack:
        server = start_server(Path(made), stack)
        for run in range(runs):
            for number, layout in enumerate(_MEASURED):
                url = new_database(server, f"rush_{run}_{number}")
                found[layout].append(await _once(layout, url))
    medians = {layout: median_of(of) for layout, of in found.items()}
    return {
        "people": PEOPLE,
        "times": TIMES,
        "layouts": medians,
        "booked": sorted({each["booked"] for of in found.values() for each in of}),
        "ratio": min(one["ratio"] for one in medians.values()),
        "cpu_ratio": min(one["cpu_ratio"] for one in medians.values()),
        "runs": found,
    }


async def _once(layout: str, url: str) -> dict[str, Any]:
    with TemporaryDirectory() as made:
        folder = Path(made)
        async with town() as world:
            environ = street.environment(
                folder,
                world.base,
                free_port(),
                LINLI_DATABASE__URL=url,
                LINLI_RULES__BOOKINGS__HORIZON_DAYS="1",
            )
            async with street.prepared(folder, environ) as (_, database):
                await street.found(database)
                await _open_times(database)
                await world.do(
                    "crowd",
                    token=street.STAFF_TOKEN,
                    first=street.FIRST_SECRETARY,
                    count=street.SECRETARIES,
                )
                async with AsyncExitStack() as stack:
                    pids = []
                    for number, roles in enumerate(LAYOUTS[layout]):
                        counted = {**environ, "COUNT_FILE": str(folder / f"count-{number}")}
                        process = await stack.enter_async_context(
                            bot("benchmarks.counted", "run", *roles, environ=counted, folder=folder)
                        )
                        pids.append(process.pid)
                    tokens = [street.RESIDENTS_TOKEN, street.STAFF_TOKEN]
                    await world.do("ready", tokens=tokens)
                    asked = {"token": street.RESIDENTS_TOKEN, "grids": list(street.GRIDS)}
                    # The first turns of a process load what the later ones have.
                    await world.do("warm_up", **asked)
                    asked |= {"pids": pids, "count": PEOPLE}
                    # What else the machine does meanwhile changes: some file before, some after.
                    before = await world.do("file_once", first=0, **asked)
                    rushed = await world.do("rush", **asked)
                    after = await world.do("file_once", first=PEOPLE, **asked)
                booked, taken = await _count(database)
    if not booked == taken == rushed["booked"]:
        raise RuntimeError(f"{booked} bookings, {taken} places taken, {rushed['booked']} receipts")
    filed = {name: (before[name] + after[name]) / 2 for name in before}
    return {
        "booked": booked,
        "filing_per_second": filed["per_second"],
        "filing_cpu_us": filed["cpu_us_per_update"],
        "rush_per_second": rushed["per_second"],
        "rush_cpu_us": rushed["cpu_us_per_update"],
        "rush_updates": rushed["updates"],
        "rush_seconds": rushed["seconds"],
        "ratio": rushed["per_second"] / filed["per_second"],
        "cpu_ratio": filed["cpu_us_per_update"] / rushed["cpu_us_per_update"],
    }


async def _open_times(database: Database) -> None:
    """Let a hall have a hundred times tomorrow, for one person each."""
    tomorrow = datetime.now(UTC).astimezone(LOCAL_TIME).date() + timedelta(days=1)
    end = (datetime.combine(tomorrow, time(8)) + TIMES * _LENGTH).time()
    changes = Changes()
    changes.save(
        Series(
            id="rush",
            of=Subject("entry", "hall"),
            item="card",
            unit="S",
            openings=(Opening(tomorrow.weekday(), time(8), end),),
            length=_LENGTH,
            capacity=1,
            told={"item": "社保卡", "hall": "街道大厅"},
        )
    )
    async with database.write() as tx:
        await apply(tx, [changes])


async def _count(database: Database) -> tuple[int, int]:
    async with database.read() as tx:
        kept = bookings.c.state == BookingState.BOOKED
        booked = await tx.scalar(select(func.count()).select_from(bookings).where(kept))
        taken = await tx.scalar(select(func.sum(slots.c.taken)))
    return int(booked or 0), int(taken or 0)
