"""Parts of a matter that other streams were asked to help with; each sees only its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, Row, String, Table, null, select, update

from domain.organisation import Stream
from domain.subjects import case
from storage.changes import writes
from storage.database import Tx, chunks
from storage.rows import of_row, row_of
from storage.schema import PersonId, UtcDateTime, Word, metadata

parts = Table(
    "parts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("number", String(20), nullable=False),
    Column("stream", Word(Stream), nullable=False),
    Column("helper", PersonId(), nullable=False),
    Column("asked_by", PersonId(), nullable=False),
    # The question and the answer, sealed together; null after erasure.
    Column("sealed", LargeBinary),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Index("ix_parts_number_helper", "number", "helper"),
    Index("ix_parts_helper", "helper", "answered_at"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What one stream was asked, and what it answered."""

    id: str
    number: str
    stream: Stream
    helper: str
    asked_by: str
    question: str
    answer: str = ""
    asked_at: datetime
    answered_at: datetime | None = None


@writes(Part)
async def write_parts(tx: Tx, saved: Sequence[Part]) -> None:
    """Insert or replace parts."""
    rows = [row_of(parts, one, sealed=tx.keyring.seal([one.question, one.answer])) for one in saved]
    await tx.upsert(parts, rows)


def _part(tx: Tx, row: Row[Any]) -> Part:
    tx.opened.add(case(row.number))
    question, answer = tx.keyring.unseal(row.sealed) if row.sealed else ("", "")
    return of_row(Part, row, question=question, answer=answer)


async def find_part(tx: Tx, number: str, helper: str) -> Part | None:
    """Find the part of a matter that somebody helps with, an open one first."""
    row = await tx.row(
        select(parts)
        .where(parts.c.number == number, parts.c.helper == helper)
        .order_by(parts.c.answered_at.is_not(None), parts.c.asked_at.desc())
        .limit(1)
    )
    return None if row is None else _part(tx, row)


async def list_parts(tx: Tx, number: str) -> list[Part]:
    """List all parts of a matter in the order they were asked for."""
    rows = await tx.rows(
        select(parts).where(parts.c.number == number).order_by(parts.c.asked_at, parts.c.id)
    )
    return [_part(tx, row) for row in rows]


async def list_of_matters(tx: Tx, numbers: Iterable[str]) -> list[Part]:
    """List the parts of matters, by number and in the order they were asked for, without words."""
    columns = [column for column in parts.c if column is not parts.c.sealed]
    found: list[Part] = []
    for chunk in chunks(sorted(numbers)):
        rows = await tx.rows(
            select(*columns, null().label("sealed"))
            .where(parts.c.number.in_(chunk))
            .order_by(parts.c.number, parts.c.asked_at, parts.c.id)
        )
        found += [_part(tx, row) for row in rows]
    return found


async def list_asked(tx: Tx, helper: str, limit: int = 50) -> list[Part]:
    """List the open parts somebody was asked for, the oldest first."""
    rows = await tx.rows(
        select(parts)
        .where(parts.c.helper == helper, parts.c.answered_at.is_(None))
        .order_by(parts.c.asked_at, parts.c.id)
        .limit(limit)
    )
    return [_part(tx, row) for row in rows]


async def list_helped(tx: Tx, helper: str) -> list[Part]:
    """List the parts somebody was asked for, answered ones too, the oldest first."""
    rows = await tx.rows(
        select(parts).where(parts.c.helper == helper).order_by(parts.c.asked_at, parts.c.id)
    )
    return [_part(tx, row) for row in rows]


async def forget_parts(tx: Tx, numbers: Iterable[str]) -> None:
    """Erase the words of the parts of matters."""
    for chunk in chunks(numbers):
        await tx.run(update(parts).where(parts.c.number.in_(chunk)).values(sealed=None))
