"""Trains what an office teaches, measures it, and takes it into use where it is worse nowhere."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import structlog

from bot.configuration.law_data import default_lexicon, default_model, model_fingerprint
from bot.configuration.street_source import StreetSource, read_supplement
from bot.configuration.training_sentences import default_sentences
from domain.categories import Categories
from domain.errors import StorageError
from domain.street import Street
from domain.words.corrections import Correction, LearningRules
from domain.words.learning import Sentence
from domain.words.model import Model
from domain.words.supplement import Teacher, packed
from domain.words.trial import Trial, attempt
from domain.words.understanding import Knowledge
from scheduler.subprocesses import in_subprocess
from storage.database import Database, Tx
from storage.learning.corrections import list_corrections, list_numbers
from storage.supplements import (
    Kept,
    drop_supplement,
    find_supplement,
    fingerprint_of,
    keep_supplement,
)

log = structlog.get_logger()

#: So often it is begun anew where something was erased while it was trained.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Lessons:
    """Everything of which one training is made; it can be sent to another process."""

    categories: Categories
    corrections: tuple[Correction, ...]
    least_persons: int
    used_now: Model | None
    """The supplement that is used now, if it may stay."""
    unseen: tuple[Correction, ...]
    """The corrections on which that one was not trained."""


@dataclass(frozen=True, slots=True)
class Taught:
    """What came of a training."""

    trial: Trial
    taken: bool
    """It is in use now."""
    dropped: str = ""
    """Why the one that was in use is no more, where it is not replaced."""
    refused: str = ""
    """Why what was kept before was not used."""


def train(lessons: Lessons, sentences: Sequence[Sentence] | None = None) -> Trial:
    """Train and measure; takes seconds of a processor.

    Args:
        sentences: the shipped sentences, if not those that Linli brings along.
    """
    knowledge = Knowledge(default_lexicon(), lessons.categories, default_model())
    shipped = default_sentences() if sentences is None else sentences
    teacher = Teacher(shipped, knowledge, lessons.least_persons)
    return attempt(teacher, lessons.corrections, lessons.used_now, lessons.unseen)


async def is_outdated(tx: Tx, kept: Kept, categories: Categories) -> bool:
    """Tell whether something is gone of what a supplement was learnt from.

    Also where examples of categories changed.
    """
    return fingerprint_of(await list_numbers(tx, kept.trained_at), categories) != kept.learnt_of


async def teach(
    database: Database,
    source: StreetSource,
    now: datetime,
    *,
    dry: bool = False,
    apart: bool = False,
    sentences: Sequence[Sentence] | None = None,
) -> Taught:
    """Train from what there is now, and take what came of it where nothing is worse.

    What is in use and was learnt from something that is gone by now is not compared with, and does
    not stay: without a better one the office goes back to what Linli brings along.

    Args:
        dry: change nothing.
        apart: train in a process of its own.
        sentences: as `train` takes them.
    """
    for _ in range(_TRIES):
        async with database.read() as tx:
            street = await source.current(tx, now)
            kept = await find_supplement(tx)
            model, unusable = read_supplement(kept)
            refused = unusable or ""
            categories = street.office.categories
            outdated = kept is not None and await is_outdated(tx, kept, categories)
            lessons = await _lessons(tx, street, None if outdated else model, kept)
        if apart:
            trial = await in_subprocess(train, lessons, sentences)
        else:
            trial = await asyncio.to_thread(train, lessons, sentences)
        gone = _why_gone(outdated, refused)
        if dry:
            return Taught(trial, taken=False, refused=refused)
        async with database.write() as tx:
            if await _has_changed(tx, lessons):
                continue
            return await _settle(tx, trial, lessons, now, gone, refused)
    raise StorageError("what it is learnt from changed again and again: try it later")


def _why_gone(outdated: bool, refused: str) -> str:
    return "something it was learnt from is gone" if outdated else refused


async def _lessons(tx: Tx, street: Street, used_now: Model | None, kept: Kept | None) -> Lessons:
    corrections = tuple(await list_corrections(tx))
    since = kept.trained_at if kept is not None and used_now is not None else None
    return Lessons(
        categories=street.office.categories,
        corrections=corrections,
        least_persons=street.rules(LearningRules).least_persons,
        used_now=used_now,
        unseen=tuple(one for one in corrections if since is None or one.at > since),
    )


async def _has_changed(tx: Tx, lessons: Lessons) -> bool:
    """Tell whether something was erased meanwhile: then what was learnt of it is not taken."""
    left = {one.number for one in await list_corrections(tx)}
    return any(one.number not in left for one in lessons.corrections)


async def _settle(
    tx: Tx, trial: Trial, lessons: Lessons, now: datetime, gone: str, refused: str
) -> Taught:
    if trial.supplement is None:
        dropped = bool(gone) and await drop_supplement(tx)
        return Taught(trial, taken=False, dropped=gone if dropped else "", refused=refused)
    before, after = trial.shipped
    await keep_supplement(
        tx,
        Kept(
            base=model_fingerprint(),
            trained_at=now,
            corrections=trial.used,
            learnt_of=fingerprint_of(
                (one.number for one in lessons.corrections), lessons.categories
            ),
            figures={"shipped": [asdict(before), asdict(after)]},
            content=packed(trial.supplement),
        ),
    )
    return Taught(trial, taken=True, refused=refused)


async def renew(database: Database, source: StreetSource, now: datetime) -> None:
    """Train anew where what is in use may not stay; if that fails, go back to the shipped model.

    At night, so that what somebody had erased is in no weight for longer than a day.
    """
    async with database.read() as tx:
        kept = await find_supplement(tx)
        if kept is None:
            return
        _, refused = read_supplement(kept)
        categories = (await source.current(tx, now)).office.categories
        if not refused and not await is_outdated(tx, kept, categories):
            return
    try:
        taught = await teach(database, source, now, apart=True)
    except Exception as error:
        # Whatever kept it from being trained: it must not stay.
        log.warning("words.supplement_not_renewed", error=type(error).__name__)
        async with database.write() as tx:
            await drop_supplement(tx)
        return
    log.info("words.supplement_renewed", taken=taught.taken, corrections=taught.trial.used)
