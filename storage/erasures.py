"""Notes of erasures, without a word of the persons', so that a restored backup erases again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Table, select

from domain.messages import Side
from storage.database import Tx
from storage.people import people
from storage.schema import PersonId, UtcDateTime, metadata

erasures = Table(
    "erasures",
    metadata,
    Column("person", PersonId(), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    # What a law keeps: lists of [number, until, law].
    Column("held", JSON, nullable=False),
)


@dataclass(frozen=True, slots=True)
class ErasureNote:
    """That a person was erased."""

    person: str
    at: datetime
    held: Sequence[tuple[str, datetime, str]] = ()
    """What a law keeps: case number, until when, and the law."""


async def note_erasures(tx: Tx, notes: Iterable[ErasureNote]) -> None:
    """Note erasures."""
    rows = [
        {
            "person": one.person,
            "at": one.at,
            "held": [[number, until.isoformat(), law] for number, until, law in one.held],
        }
        for one in notes
    ]
    await tx.upsert(erasures, rows)


async def notes_of(tx: Tx, side: Side, since: datetime | None = None) -> list[ErasureNote]:
    """List the erasures of one side's persons since a moment, the oldest first."""
    query = (
        select(erasures)
        .join(people, people.c.id == erasures.c.person)
        .where(people.c.side == side)
        .order_by(erasures.c.at, erasures.c.person)
    )
    if since is not None:
        query = query.where(erasures.c.at >= since)
    return [_note(row._mapping) for row in await tx.rows(query)]


def _note(row: Any) -> ErasureNote:
    held = [(number, datetime.fromisoformat(until), law) for number, until, law in row["held"]]
    return ErasureNote(row["person"], row["at"], held)


async def list_erasures(tx: Tx, since: datetime | None = None) -> list[dict[str, Any]]:
    """List what was erased since a moment, as plain JSON values, for `keep_erasures`."""
    query = select(erasures).order_by(erasures.c.at, erasures.c.person)
    if since is not None:
        query = query.where(erasures.c.at >= since)
    return [
        {"person": row.person, "at": row.at.isoformat(), "held": row.held}
        for row in await tx.rows(query)
    ]


async def keep_erasures(tx: Tx, listed: Iterable[dict[str, Any]]) -> None:
    """Note erasures that the tables do not know: those after the backup that was restored."""
    rows = [
        {
            "person": one["person"],
            "at": datetime.fromisoformat(one["at"]),
            "held": one["held"],
        }
        for one in listed
    ]
    await tx.upsert(erasures, rows)
