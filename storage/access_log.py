"""Who was shown what is sealed, with which right, why and when.

Written in the transaction that shows it. What was seen stands in no row. Source: Personal
Information Protection Law (PIPL), articles 51 and 54 (limits on who handles what, and audits).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    LargeBinary,
    Row,
    String,
    Table,
    and_,
    func,
    select,
    true,
    update,
)

from domain.subjects import Subject
from storage.changes import writes
from storage.database import Tx, chunks
from storage.personal_data import PersonalData
from storage.schema import PersonId, SubjectKey, UtcDateTime, Word, metadata

#: How long a look is on record. Source: PIPL, article 56: records of the handling of personal
#: information are kept for three years at least.
KEPT = timedelta(days=3 * 366)


class Sight(StrEnum):
    """What somebody was shown."""

    SENT = "sent"
    """A card that the office sent them, as to whoever gets a case."""
    OPENED = "opened"
    """A card that they opened."""
    STORY = "story"
    """What happened to a case, with what was said."""
    PART = "part"
    """The own part of a case with which they help."""
    NAME = "name"
    """A hidden name and phone number."""


access_log = Table(
    "access_log",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("person", PersonId(), nullable=False),
    Column("subject", SubjectKey(), nullable=False),
    Column("sight", Word(Sight), nullable=False),
    Column("rule", String(80), nullable=False),
    # The reason, where one was given; null after the subject's erasure.
    Column("sealed", LargeBinary),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_access_log_at", "at"),
    Index("ix_access_log_person", "person", "at"),
    Index("ix_access_log_subject", "subject", "at"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """Somebody was shown something that is sealed."""

    id: str
    person: str
    subject: Subject
    sight: Sight
    rule: str
    """The right and the role by which it was shown, as `domain.access.checks.Grant` cites them."""
    reason: str = ""
    at: datetime


@writes(Look)
async def write_looks(tx: Tx, saved: Sequence[Look]) -> None:
    """Note looks."""
    await tx.insert(
        access_log,
        [
            {
                "id": one.id,
                "person": one.person,
                "subject": one.subject,
                "sight": one.sight,
                "rule": one.rule,
                "sealed": tx.keyring.seal(one.reason) if one.reason else None,
                "at": one.at,
            }
            for one in saved
        ],
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Sought:
    """Which looks are wanted; what is None does not matter."""

    subject: Subject | None = None
    person: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def condition(self) -> ColumnElement[bool]:
        """Give it as a condition of a query."""
        columns = access_log.c
        return and_(
            true(),
            *([columns.subject == self.subject] if self.subject is not None else []),
            *([columns.person == self.person] if self.person is not None else []),
            *([columns.at >= self.since] if self.since is not None else []),
            *([columns.at < self.until] if self.until is not None else []),
        )


async def count_looks(tx: Tx, sought: Sought) -> int:
    """Count looks."""
    query = select(func.count()).select_from(access_log).where(sought.condition())
    found: int = await tx.scalar(query)
    return found


async def list_looks(tx: Tx, sought: Sought, *, limit: int, skip: int = 0) -> list[Look]:
    """List looks, the newest first."""
    rows = await tx.rows(
        select(access_log)
        .where(sought.condition())
        .order_by(access_log.c.at.desc(), access_log.c.id)
        .limit(limit)
        .offset(skip)
    )
    return [_look(tx, row) for row in rows]


def _look(tx: Tx, row: Row[Any]) -> Look:
    reason = tx.keyring.unseal(row.sealed) if row.sealed else ""
    return Look(
        id=row.id,
        person=row.person,
        subject=row.subject,
        sight=row.sight,
        rule=row.rule,
        reason=reason,
        at=row.at,
    )


async def _copy(tx: Tx, person: str) -> dict[str, Any]:
    rows = await tx.rows(
        select(access_log)
        .where(access_log.c.person == person)
        .order_by(access_log.c.at, access_log.c.id)
    )
    looks = [_look(tx, row) for row in rows]
    return {"looks": [(one.at, one.subject, one.sight.value, one.reason) for one in looks]}


async def _forget_file(tx: Tx, subjects: Sequence[Subject]) -> None:
    """Erase the reasons: they may say what a case said."""
    for chunk in chunks(subjects):
        await tx.run(update(access_log).where(access_log.c.subject.in_(chunk)).values(sealed=None))


async def _sweep(tx: Tx, now: datetime) -> None:
    await tx.run(access_log.delete().where(access_log.c.at < now - KEPT))


PERSONAL_DATA = PersonalData(
    name="access_log",
    tables=(access_log,),
    copy=_copy,
    stays=(
        "Who was shown what is sealed is on record for three years (PIPL, article 56), also of"
        " somebody who has left: the office answers for it, and nobody erases their own traces."
    ),
    forget_file=_forget_file,
    sweep=_sweep,
)
