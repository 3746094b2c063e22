"""What the clock has to tell somebody about a case, gathered until it may be said.

Reminders that come due together, or while nobody may be disturbed, become one message per person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Index, String, Table, func, select

from domain.matters.matter import Step
from storage.changes import writes
from storage.database import Tx, chunks
from storage.schema import UtcDateTime, Word, metadata

nudges = Table(
    "nudges",
    metadata,
    Column("person", String(40), primary_key=True),
    Column("number", String(20), primary_key=True),
    Column("step", Word(Step), nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
    Index("ix_nudges_not_before", "not_before"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Nudge:
    """A step that a person is to hear of; a later one about the same case takes its place."""

    person: str
    number: str
    step: Step
    not_before: datetime
    """When the person may be disturbed."""


@writes(Nudge)
async def write_nudges(tx: Tx, saved: Sequence[Nudge]) -> None:
    """Insert or replace nudges."""
    latest = {(one.person, one.number): one for one in saved}
    await tx.upsert(
        nudges,
        [
            {
                "person": one.person,
                "number": one.number,
                "step": one.step,
                "not_before": one.not_before,
            }
            for one in latest.values()
        ],
    )


async def claim_nudges(tx: Tx, now: datetime, limit: int) -> dict[str, list[Nudge]]:
    """Take out everything that may be said to some people now.

    Args:
        limit: how many people at most; a person's nudges are never torn apart.

    Returns:
        The nudges by person, each person's by case number; empty when nothing may be said.
    """
    due = await tx.rows(
        select(nudges.c.person)
        .where(nudges.c.not_before <= now)
        .group_by(nudges.c.person)
        .order_by(func.min(nudges.c.not_before), nudges.c.person)
        .limit(limit)
    )
    found: dict[str, list[Nudge]] = {}
    for chunk in chunks(row.person for row in due):
        rows = await tx.rows(
            select(nudges)
            .where(nudges.c.person.in_(chunk))
            .order_by(nudges.c.person, nudges.c.number)
            .with_for_update(skip_locked=True)
        )
        for row in rows:
            found.setdefault(row.person, []).append(Nudge(**row._mapping))
        await tx.delete(nudges, [{"person": row.person, "number": row.number} for row in rows])
    return found


async def next_nudge(tx: Tx) -> datetime | None:
    """Give when somebody may be told something next."""
    moment: datetime | None = await tx.scalar(select(func.min(nudges.c.not_before)))
    return moment


async def forget_nudges(tx: Tx, person: str) -> None:
    """Leave a person alone."""
    await tx.run(nudges.delete().where(nudges.c.person == person))


async def move_nudges(tx: Tx, kept: str, absorbed: str) -> None:
    """Tell one person what another was to hear: two accounts were linked."""
    told = select(nudges.c.number).where(nudges.c.person == kept)
    await tx.run(nudges.delete().where(nudges.c.person == absorbed, nudges.c.number.in_(told)))
    await tx.run(nudges.update().where(nudges.c.person == absorbed).values(person=kept))
