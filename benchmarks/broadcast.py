"""Benchmark 2: a message to 50,000 residents through a limiter, while people talk."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import update

from benchmarks import street
from benchmarks.dialogue import LINLI, talk
from benchmarks.planting import residents
from benchmarks.running import bot, free_port, town
from domain.messages import Lane, Message, text
from storage.changes import Changes, apply
from storage.database import Database
from storage.outbox import Notice, outbox

READERS = 50_000
PER_SECOND = 1_000
TALKERS = 10
FIRST_READER = 5_000_000
#: How long people talk before the broadcast begins, and how long it takes to start.
IDLE_SECONDS, WARM_SECONDS, START_SECONDS = 10.0, 4.0, 8.0


async def measure(*, readers: int = READERS) -> dict[str, Any]:
    """Give how long the broadcast took against its floor, and what people waited meanwhile."""
    with TemporaryDirectory() as made:
        folder = Path(made)
        async with town() as world:
            token = street.RESIDENTS_TOKEN
            await world.do("limits", overall=PER_SECOND)
            await world.do("crowd", token=token, first=FIRST_READER, count=readers)
            await world.do(
                "crowd",
                token=street.STAFF_TOKEN,
                first=street.FIRST_SECRETARY,
                count=street.SECRETARIES,
            )
            environ = street.environment(
                folder,
                world.base,
                free_port(),
                LINLI_TELEGRAM__BUDGET__PER_BOT_PER_SECOND=str(PER_SECOND),
            )
            async with street.prepared(folder, environ) as (_, database):
                await street.found(database)
                now = datetime.now(UTC)
                names = await residents(database, readers, FIRST_READER, said_something=now)
                await _announce(database, names, now + timedelta(days=1))
                pause = timedelta(seconds=START_SECONDS + WARM_SECONDS + IDLE_SECONDS)
                begins = datetime.now(UTC) + pause
                async with database.write() as tx:
                    await tx.run(update(outbox).values(not_before=begins))
            async with bot("bot", "run", environ=environ, folder=folder) as process:
                await world.do("ready", tokens=[token, street.STAFF_TOKEN])
                idle = await talk(
                    world,
                    LINLI,
                    process.pid,
                    warm=WARM_SECONDS,
                    seconds=IDLE_SECONDS,
                    residents=TALKERS,
                )
                watched = asyncio.create_task(
                    world.do(
                        "broadcast",
                        token=token,
                        first=FIRST_READER,
                        count=readers,
                        per_second=PER_SECOND,
                    )
                )
                wait = (begins - datetime.now(UTC)).total_seconds() + 2
                busy = await talk(
                    world,
                    LINLI,
                    process.pid,
                    warm=max(0.1, wait),
                    seconds=max(1.0, readers / PER_SECOND - 4),
                    residents=TALKERS,
                )
                sent = await watched
    return {
        "idle": idle,
        "during": busy,
        "broadcast": sent,
        "p95_ratio": busy["p95_ms"] / idle["p95_ms"],
    }


async def _announce(database: Database, persons: list[str], begins: datetime) -> None:
    """Put the broadcast into the outbox, to begin at a moment that is set when all is there."""
    message = Message(blocks=(text("opinions.title"),))
    for start in range(0, len(persons), 5000):
        changes = Changes()
        for person in persons[start : start + 5000]:
            changes.save(
                Notice(
                    person=person,
                    message=message,
                    lane=Lane.BROADCAST,
                    at=begins,
                    not_before=begins,
                )
            )
        async with database.write() as tx:
            await apply(tx, [changes])
