"""What is due when: one row per subject, claimed by the transaction that acts on it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, String, Table, func, select

from storage.changes import writes
from storage.database import Tx
from storage.rows import of_row, row_of
from storage.schema import UtcDateTime, metadata

reminders = Table(
    "reminders",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("subject", String(60), primary_key=True),
    Column("step", String(30), nullable=False),
    Column("round", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Index("ix_reminders_due_at", "due_at"),
)

#: Runs of jobs that happen once per period, whoever starts them: the row is the claim.
job_runs = Table(
    "job_runs",
    metadata,
    Column("job", String(40), primary_key=True),
    Column("period", String(60), primary_key=True),
    Column("as_of", UtcDateTime, nullable=False),
    Column("ran_at", UtcDateTime, nullable=False),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reminder:
    """What the clock does next to a subject; saving another one of the subject replaces it."""

    kind: str
    subject: str
    step: str
    round: int = 0
    due_at: datetime


@dataclass(frozen=True, slots=True)
class NoReminder:
    """Nothing is due for a subject any more."""

    kind: str
    subject: str


# The clock takes a reminder before it changes its matter; so does everybody else.
@writes(Reminder, first=True)
async def write_reminders(tx: Tx, saved: Sequence[Reminder]) -> None:
    """Insert or replace reminders."""
    latest = {(one.kind, one.subject): one for one in saved}
    rows: list[dict[str, Any]] = [row_of(reminders, one) for one in latest.values()]
    await tx.upsert(reminders, rows)


@writes(NoReminder, first=True)
async def delete_reminders(tx: Tx, saved: Sequence[NoReminder]) -> None:
    """Delete reminders."""
    await tx.delete(reminders, [{"kind": one.kind, "subject": one.subject} for one in saved])


async def claim_due(tx: Tx, now: datetime, limit: int) -> list[Reminder]:
    """Take the reminders that are due, the oldest first, out of the table.

    They come back as new rows, or not at all, in the same transaction. A second scheduler skips
    rows that a first one holds.
    """
    rows = await tx.rows(
        select(reminders)
        .where(reminders.c.due_at <= now)
        .order_by(reminders.c.due_at, reminders.c.kind, reminders.c.subject)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due = [of_row(Reminder, row) for row in rows]
    await tx.delete(reminders, [{"kind": one.kind, "subject": one.subject} for one in due])
    return due


async def next_due(tx: Tx) -> datetime | None:
    """Give when the next reminder is due."""
    moment: datetime | None = await tx.scalar(select(func.min(reminders.c.due_at)))
    return moment


async def find_reminder(tx: Tx, kind: str, subject: str) -> Reminder | None:
    """Find what is next for a subject."""
    row = await tx.row(
        select(reminders).where(reminders.c.kind == kind, reminders.c.subject == subject)
    )
    return None if row is None else of_row(Reminder, row)


async def claim_run(tx: Tx, job: str, period: str, as_of: datetime, now: datetime) -> bool:
    """Claim a job's period for this transaction; False when it has run already."""
    row = {"job": job, "period": period, "as_of": as_of, "ran_at": now}
    return await tx.insert_new(job_runs, [row]) == 1


async def ran_periods(tx: Tx, job: str, periods: Iterable[str]) -> set[str]:
    """Tell which periods of a job have run."""
    rows = await tx.rows(
        select(job_runs.c.period).where(job_runs.c.job == job, job_runs.c.period.in_(list(periods)))
    )
    return {row.period for row in rows}


async def forget_run(tx: Tx, job: str, period: str) -> None:
    """Let a period run again; for an operator who asks for it."""
    await tx.run(job_runs.delete().where(job_runs.c.job == job, job_runs.c.period == period))
