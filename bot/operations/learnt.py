"""Looks at what the office taught: whether it is used, and whether something waits."""

from datetime import datetime

from bot.configuration.street_source import StreetSource, read_supplement
from bot.operations.findings import Finding, Grade
from bot.operations.teaching import is_outdated
from bot.words.wording import LOCAL_TIME
from storage.database import Database
from storage.learning.corrections import list_corrections
from storage.supplements import find_supplement


async def examine_learnt(database: Database, source: StreetSource, now: datetime) -> Finding:
    """Tell how sentences are read: as Linli came, or with what was learnt here."""
    async with database.read() as tx:
        kept = await find_supplement(tx)
        corrections = await list_corrections(tx)
        street = await source.current(tx, now)
        outdated = kept is not None and await is_outdated(tx, kept, street.office.categories)
    _, refused = read_supplement(kept)
    if refused:
        said = f"what was learnt here is not used: {refused}; sentences are read as Linli came: "
        return Finding(Grade.FAULT, "words", said + "linli train, or linli train --forget")
    since = [one for one in corrections if kept is None or one.at > kept.trained_at]
    waiting = f"; {len(since)} corrections wait for linli train" if since else ""
    if kept is None:
        return Finding(Grade.GOOD, "words", f"sentences are read as Linli came{waiting}")
    day = f"{kept.trained_at.astimezone(LOCAL_TIME):%Y-%m-%d}"
    if outdated:
        said = f"something of what was learnt on {day} is gone: it is learnt anew tonight"
        return Finding(Grade.NOTE, "words", f"{said}, or now by linli train")
    said = f"sentences are read with what was learnt here on {day}{waiting}"
    return Finding(Grade.GOOD, "words", said)
