"""What the clock has to tell somebody, gathered until it may be said.

Reminders that come due together, or while nobody may be disturbed, become one message per person,
of whatever features they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Index, String, Table, func, select, tuple_, update

from domain.subjects import Subject
from storage.changes import writes
from storage.database import Tx, chunks
from storage.personal_data import Forgotten, PersonalData
from storage.rows import of_row, row_of
from storage.schema import PersonId, SubjectKey, UtcDateTime, metadata

gathered_reminders = Table(
    "gathered_reminders",
    metadata,
    Column("person", PersonId(), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("subject", SubjectKey(), primary_key=True),
    Column("step", String(20), nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
    Index("ix_gathered_reminders_not_before", "not_before"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathered:
    """A step that a person is to hear of; a later one about the same subject takes its place."""

    person: str
    kind: str
    subject: Subject
    step: str
    not_before: datetime
    """When the person may be disturbed."""


#: What was gathered for people, by person, in the order of kinds and subjects.
Bundles = Mapping[str, Sequence[Gathered]]


@writes(Gathered)
async def write_gathered(tx: Tx, saved: Sequence[Gathered]) -> None:
    """Insert or replace what is to be told."""
    latest = {(one.person, one.kind, one.subject): one for one in saved}
    await tx.upsert(
        gathered_reminders,
        [row_of(gathered_reminders, one) for one in latest.values()],
    )


async def claim_gathered(tx: Tx, now: datetime, limit: int) -> Bundles:
    """Take out everything that may be said to some people now.

    Args:
        limit: how many people at most; what is for one person is never torn apart.

    Returns:
        Empty when nothing may be said.
    """
    due = await tx.rows(
        select(gathered_reminders.c.person)
        .where(gathered_reminders.c.not_before <= now)
        .group_by(gathered_reminders.c.person)
        .order_by(func.min(gathered_reminders.c.not_before), gathered_reminders.c.person)
        .limit(limit)
    )
    found: dict[str, list[Gathered]] = {}
    for chunk in chunks(row.person for row in due):
        rows = await tx.rows(
            select(gathered_reminders)
            .where(gathered_reminders.c.person.in_(chunk))
            .order_by(
                gathered_reminders.c.person,
                gathered_reminders.c.kind,
                gathered_reminders.c.subject,
            )
            .with_for_update(skip_locked=True)
        )
        for row in rows:
            found.setdefault(row.person, []).append(of_row(Gathered, row))
        keys = [{"person": row.person, "kind": row.kind, "subject": row.subject} for row in rows]
        await tx.delete(gathered_reminders, keys)
    return found


async def next_gathered(tx: Tx) -> datetime | None:
    """Give when somebody may be told something next."""
    moment: datetime | None = await tx.scalar(select(func.min(gathered_reminders.c.not_before)))
    return moment


async def _forget(tx: Tx, gone: Forgotten) -> None:
    """Leave a person alone."""
    await tx.run(gathered_reminders.delete().where(gathered_reminders.c.person == gone.person))


async def _move(tx: Tx, kept: str, absorbed: str) -> None:
    """Tell one person what another was to hear: two accounts were linked."""
    named = (gathered_reminders.c.kind, gathered_reminders.c.subject)
    told = select(*named).where(gathered_reminders.c.person == kept)
    theirs = gathered_reminders.c.person == absorbed
    await tx.run(gathered_reminders.delete().where(theirs, tuple_(*named).in_(told)))
    await tx.run(update(gathered_reminders).where(theirs).values(person=kept))


async def _forget_shown(tx: Tx, subjects: Sequence[Subject], _upto: int) -> None:
    """Tell nobody any more what was gathered about subjects."""
    for chunk in chunks(subjects):
        await tx.run(gathered_reminders.delete().where(gathered_reminders.c.subject.in_(chunk)))


PERSONAL_DATA = PersonalData(
    name="gathered_reminders",
    tables=(gathered_reminders,),
    forget=_forget,
    forget_shown=_forget_shown,
    move=_move,
)
