"""Every night: what has expired is forgotten, and files that nobody names are erased."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from domain.organisation import Organisation
from scheduler.jobs import Hours, Job, Means, Occurrence, Schedule, claim
from storage import (
    attachments,
    device_codes,
    drafts,
    erasure,
    inbox,
    outbox_housekeeping,
    people_housekeeping,
    sessions,
)
from storage.broadcasts.broadcasts import pictures_shown
from storage.matters import alarms
from storage.tickets import tickets

log = structlog.get_logger()

#: A file this young may belong to a commit that is under way.
YOUNG = timedelta(days=1)


def _schedule(hours: Hours, _unit: str) -> Schedule:
    return hours.housekeeping


def _units(organisation: Organisation) -> Sequence[str]:
    """Name the street, once there is one."""
    return [organisation.street.code] if organisation.units else []


async def _run(means: Means, occurrence: Occurrence, now: datetime) -> bool:
    """Forget what has expired; of several missed nights the last one does it all."""
    async with means.database.write() as tx:
        if not await claim(tx, occurrence, now):
            return False
        if occurrence.superseded:
            return True
        await drafts.expire_drafts(tx, now)
        await alarms.sweep(tx, now)
        await inbox.sweep(tx, now)
        await outbox_housekeeping.sweep(tx, now)
        await people_housekeeping.sweep(tx, now)
        await device_codes.sweep(tx, now)
        await sessions.drop_unspoken(tx, before=now - sessions.UNSPOKEN_LIFE)
        await tickets.sweep(tx, now)
        await erasure.tidy(tx, now)
        await attachments.forget(
            tx,
            await attachments.list_unclaimed(
                tx, now, kept=(pictures_shown(now),), busy=(alarms.persons(),)
            ),
        )
    await _end_time(means, now)
    await _sweep_files(means, now)
    if not await means.database.scrub():
        log.info("housekeeping.log_in_use")
    return True


async def _end_time(means: Means, now: datetime) -> None:
    """Erase what no promise and no law keeps any longer, some hundred cases at a time."""
    done = 1
    while done:
        async with means.database.write() as tx:
            office = (await means.street(tx, now)).office
            done = await erasure.end_holds(tx, now)
            done += await erasure.end_retention(tx, now, office.retention, office.legal_holds)


async def _sweep_files(means: Means, now: datetime) -> None:
    """Erase files that no attachment names: forgotten just now, or left by a crash."""
    swept = 0
    for shelf in await asyncio.to_thread(means.files.shelves):
        names = await asyncio.to_thread(_names, shelf)
        async with means.database.read() as tx:
            named = await attachments.named_files(tx, names)
        swept += await asyncio.to_thread(means.files.sweep, shelf, named, now - YOUNG)
    if swept:
        log.info("housekeeping.files_swept", files=swept)


def _names(shelf: Path) -> list[str]:
    return [file.name for file in shelf.iterdir()]


JOB = Job(name="housekeeping", schedule=_schedule, units=_units, run=_run)
