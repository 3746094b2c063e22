"""Looks at what the office taught: whether it is used, and whether something waits."""

from datetime import datetime

from bot.configuration.street_source import StreetSource, read_supplement
from bot.operations.findings import Finding, fault, good, note
from bot.operations.teaching import is_outdated
from bot.words.wording import LOCAL_TIME
from domain.messages import text
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
    if refused is not None:
        why = text(f"doctor.refused_{refused.name.lower()}")
        return fault("words", text("doctor.learnt_refused", why=why))
    since = [one for one in corrections if kept is None or one.at > kept.trained_at]
    if kept is None:
        said = text("doctor.learnt_nothing")
    else:
        day = f"{kept.trained_at.astimezone(LOCAL_TIME):%Y-%m-%d}"
        if outdated:
            return note("words", text("doctor.learnt_outdated", day=day))
        said = text("doctor.learnt", day=day)
    if since:
        said = text("doctor.learnt_waiting", said=said, count=len(since))
    return good("words", said)
