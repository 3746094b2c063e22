"""The calendar that holds now, applied to what is open since before it was known."""

from datetime import datetime

import structlog

from bot.configuration.street_source import StreetSource
from scheduler.matters.holidays import apply_calendar
from storage.changes import apply
from storage.database import Database
from storage.registry import HANDS_OVER, PROCEDURES
from storage.work import Numbers, Work

log = structlog.get_logger()


async def apply_known_holidays(database: Database, source: StreetSource, now: datetime) -> int:
    """Move open deadlines where an update or the configuration brought holidays; give how many.

    Of several processes that start at once, one does it.
    """
    async with database.write() as tx:
        street = await source.current(tx, now)
        if not street.organisation.units:
            return 0
        work = Work(
            tx=tx,
            street=street,
            now=now,
            numbers=Numbers(),
            hands_over=HANDS_OVER,
            procedures=PROCEDURES,
        )
        moved = await apply_calendar(work, tx)
        await apply(tx, [work.changes])
    if moved:
        log.info("calendar.deadlines_moved", cases=moved)
    return moved
