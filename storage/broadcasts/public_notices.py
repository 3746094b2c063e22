"""Notices on the page that everybody may read; what was taken down keeps no word."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Index, String, Table, Text, delete, select, update

from domain.broadcasts.public_notice import PublicNotice
from storage.changes import writes
from storage.database import Tx, chunks
from storage.personal_data import PersonalData
from storage.rows import of_row, row_of
from storage.schema import PersonId, UtcDateTime, metadata

#: How long it is still known of a notice that it stood there, and who took it down.
KNOWN_AFTERWARDS = timedelta(days=365)

public_notices = Table(
    "public_notices",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("by", PersonId(), nullable=False),
    Column("unit", String(40), nullable=False),
    # Not sealed: everybody may read it. It is emptied when nobody may any more.
    Column("title", String(80), nullable=False),
    Column("words", Text, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("taken_down_at", UtcDateTime),
    Column("taken_down_by", PersonId()),
    Index("ix_public_notices_unit", "unit", "published_at"),
)


@dataclass(frozen=True, slots=True)
class TakenDown:
    """A notice is to be read by nobody any more."""

    id: str
    by: str
    at: datetime


@writes(PublicNotice)
async def write_public_notices(tx: Tx, saved: Sequence[PublicNotice]) -> None:
    """Put new notices up."""
    await tx.insert(public_notices, [row_of(public_notices, one) for one in saved])


@writes(TakenDown)
async def write_taken_down(tx: Tx, saved: Sequence[TakenDown]) -> None:
    """Take notices down with their words; the first who did it stays noted."""
    for one in saved:
        await tx.run(
            update(public_notices)
            .where(public_notices.c.id == one.id, public_notices.c.taken_down_at.is_(None))
            .values(title="", words="", taken_down_at=one.at, taken_down_by=one.by)
        )


async def get_public_notices(tx: Tx, ids: Iterable[str]) -> dict[str, PublicNotice]:
    """Load notices by id, also those that nobody may read any more."""
    found: dict[str, PublicNotice] = {}
    for chunk in chunks(set(ids)):
        rows = await tx.rows(select(public_notices).where(public_notices.c.id.in_(chunk)))
        found.update((row.id, of_row(PublicNotice, row)) for row in rows)
    return found


async def list_public_notices(
    tx: Tx, units: Iterable[str], now: datetime, *, limit: int, offset: int = 0
) -> list[PublicNotice]:
    """List what stands on the page for some units, the newest first."""
    rows = await tx.rows(
        select(public_notices)
        .where(
            public_notices.c.unit.in_(list(units)),
            public_notices.c.taken_down_at.is_(None),
            public_notices.c.until > now,
        )
        .order_by(public_notices.c.published_at.desc(), public_notices.c.id)
        .limit(limit)
        .offset(offset)
    )
    return [of_row(PublicNotice, row) for row in rows]


async def sweep(tx: Tx, now: datetime) -> None:
    """Forget the words of notices that have ended, and after a year that they were there."""
    await tx.run(
        update(public_notices)
        .where(public_notices.c.until <= now, public_notices.c.words != "")
        .values(title="", words="")
    )
    await tx.run(delete(public_notices).where(public_notices.c.until <= now - KNOWN_AFTERWARDS))


PERSONAL_DATA = PersonalData(
    name="public_notices",
    tables=(public_notices,),
    stays=(
        "What the office told everybody is its own record, with the member of staff who put it up"
        " or took it down; of residents there is nothing in it."
    ),
    sweep=sweep,
)
