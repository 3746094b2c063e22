"""Every night: what is no longer wanted to learn from goes, and what was learnt of it with it."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from domain.organisation import Organisation
from scheduler.jobs import Hours, Job, Means, Occurrence, Schedule, claim
from storage.learning.corrections import end_unwanted

log = structlog.get_logger()


def _schedule(hours: Hours, _unit: str) -> Schedule:
    return hours.housekeeping


def _units(organisation: Organisation) -> Sequence[str]:
    """Name the street, once there is one."""
    return [organisation.street.code] if organisation.units else []


async def _run(means: Means, occurrence: Occurrence, now: datetime) -> bool:
    """Delete corrections without a consent or a switch, and train anew where some are gone.

    That some are gone is seen by what is left, not remembered: a night that failed is made up for
    by the next one.
    """
    async with means.database.write() as tx:
        if not await claim(tx, occurrence, now):
            return False
        if occurrence.superseded:
            return True
        ended = await end_unwanted(tx, await means.street(tx, now))
    if ended:
        log.info("learning.corrections_ended", corrections=ended)
    if means.renew is not None:
        await means.renew(now)
    return True


JOB = Job(name="learning", schedule=_schedule, units=_units, run=_run)
