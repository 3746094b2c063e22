"""Every night: what has expired is forgotten, and files that nobody names are erased."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from domain.organisation import Organisation
from domain.subjects import Subject, ids_of
from scheduler.jobs import Hours, Job, Means, Occurrence, Schedule, claim
from storage import attachments
from storage.database import Tx
from storage.registry import PERSONAL_DATA, SUBJECTS

log = structlog.get_logger()

#: A file this young may belong to a commit that is under way.
YOUNG = timedelta(days=1)
#: Of how many subjects it is asked at once whether there still are such.
PAGE = 500


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
        for part in PERSONAL_DATA:
            if part.sweep is not None:
                await part.sweep(tx, now)
        kept = [part.shows(now) for part in PERSONAL_DATA if part.shows is not None]
        busy = [part.busy() for part in PERSONAL_DATA if part.busy is not None]
        unclaimed = await attachments.list_unclaimed(tx, now, kept=kept, busy=busy)
        await attachments.forget(tx, unclaimed)
    await _forget_files_of_what_is_gone(means, now)
    await _expire(means, now)
    await _sweep_files(means, now)
    if not await means.database.scrub():
        log.info("housekeeping.log_in_use")
    return True


async def _forget_files_of_what_is_gone(means: Means, now: datetime) -> None:
    """Forget the files of subjects that are there no more: nothing else would find them again."""
    last: Subject | None = None
    while True:
        async with means.database.read() as tx:
            page = await attachments.list_subjects(tx, now - YOUNG, after=last, limit=PAGE)
            gone = await _gone(tx, page)
        if gone:
            async with means.database.write() as tx:
                # One that came back meanwhile keeps what it has.
                await attachments.forget_file(tx, await _gone(tx, gone))
        if len(page) < PAGE:
            return
        last = page[-1]


async def _gone(tx: Tx, subjects: Sequence[Subject]) -> list[Subject]:
    """Choose what its feature no longer knows."""
    found: list[Subject] = []
    for kind in SUBJECTS.values():
        ids = ids_of(subjects, kind.name)
        living = await kind.living(tx, ids) if ids else frozenset()
        found += [Subject(kind.name, one) for one in ids if one not in living]
    return found


async def _expire(means: Means, now: datetime) -> None:
    """Erase what no promise and no law keeps any longer, some of it at a time."""
    for expire in [part.expire for part in PERSONAL_DATA if part.expire is not None]:
        done = 1
        while done:
            async with means.database.write() as tx:
                office = (await means.street(tx, now)).office
                done = await expire(tx, now, office)


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
