"""Broadcasts and how far they have come; their messages are rows of the outbox."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    Row,
    Select,
    String,
    Table,
    exists,
    func,
    select,
    update,
)

from domain.broadcasts.broadcast import ENDED, Broadcast, BroadcastState, Progress, copied
from domain.data_copy import Copied
from domain.messages import Lane, Side
from domain.subjects import Subject
from storage.changes import writes
from storage.database import Tx, chunks
from storage.outbox import WEB_HISTORY_LIFE, OutboxState, outbox
from storage.people import accounts, people
from storage.personal_data import PersonalData
from storage.rows import of_row, row_of
from storage.schema import PersonId, UtcDateTime, Word, metadata

#: The kind of its subjects, and of the reminders that move one on.
BROADCAST = "broadcast"

broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("by", PersonId(), nullable=False),
    Column("unit", String(40), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("picture", String(40), index=True),
    Column("state", Word(BroadcastState), nullable=False),
    Column("expected", Integer, nullable=False),
    Column("made", Integer, nullable=False),
    Column("cursor", PersonId(), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("shown_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("ix_broadcasts_created_at", "created_at"),
)


@dataclass(frozen=True, slots=True)
class Made:
    """Messages of a broadcast were written, up to a person."""

    id: str
    cursor: str
    count: int
    last: bool
    """Nobody is left to write to."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The sender's card was renewed."""

    id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """A broadcast is over: everybody was written to, or it was stopped."""

    id: str
    state: BroadcastState
    at: datetime


@writes(Broadcast)
async def write_broadcasts(tx: Tx, saved: Sequence[Broadcast]) -> None:
    """Insert new broadcasts."""
    rows = [row_of(broadcasts, one, sealed=tx.keyring.seal(one.words)) for one in saved]
    await tx.insert(broadcasts, rows)


@writes(Made, Shown, Ended)
async def write_progress(tx: Tx, saved: Sequence[Made | Shown | Ended]) -> None:
    """Note how far broadcasts have come; one that has ended stays ended."""
    for one in saved:
        known = update(broadcasts).where(broadcasts.c.id == one.id)
        if isinstance(one, Shown):
            await tx.run(known.values(shown_at=one.at))
            continue
        under_way = known.where(broadcasts.c.state.not_in(list(ENDED)))
        if isinstance(one, Made):
            state = BroadcastState.SENDING if one.last else BroadcastState.MAKING
            made = broadcasts.c.made + one.count
            await tx.run(under_way.values(cursor=one.cursor, made=made, state=state))
        else:
            await tx.run(under_way.values(state=one.state, ended_at=one.at))
            await _take_back(tx, one)


async def _take_back(tx: Tx, one: Ended) -> None:
    """Let what still waits of an ended broadcast die."""
    await tx.run(
        update(outbox)
        .where(*_said_of(one.id), outbox.c.state == OutboxState.WAITING)
        .values(state=OutboxState.DEAD, error="stopped", sealed=None, sent_at=one.at)
    )


def _said_of(broadcast: str) -> list[ColumnElement[bool]]:
    """Choose a broadcast's own messages: one that was shown again in an answer is none of them."""
    return [
        outbox.c.subject == Subject(BROADCAST, broadcast),
        outbox.c.lane == int(Lane.BROADCAST),
    ]


def _broadcast(tx: Tx, row: Row[Any]) -> Broadcast:
    return of_row(Broadcast, row, words=tx.keyring.unseal(row.sealed))


async def get_broadcasts(tx: Tx, ids: Iterable[str]) -> dict[str, Broadcast]:
    """Load broadcasts by id; those that do not exist are left out."""
    found: dict[str, Broadcast] = {}
    for chunk in chunks(set(ids)):
        rows = await tx.rows(select(broadcasts).where(broadcasts.c.id.in_(chunk)))
        found.update((row.id, _broadcast(tx, row)) for row in rows)
    return found


async def list_broadcasts(
    tx: Tx, limit: int, units: Iterable[str] | None = None
) -> list[Broadcast]:
    """List broadcasts, the newest first; to some units where they are named."""
    query = select(broadcasts).order_by(broadcasts.c.created_at.desc(), broadcasts.c.id)
    if units is not None:
        query = query.where(broadcasts.c.unit.in_(list(units)))
    return [_broadcast(tx, row) for row in await tx.rows(query.limit(limit))]


async def progress_of(tx: Tx, broadcast: str) -> Progress:
    """Count what became of a broadcast's messages."""
    rows = await tx.rows(
        select(outbox.c.state, func.count().label("n"))
        .where(*_said_of(broadcast))
        .group_by(outbox.c.state)
    )
    count = {row.state: row.n for row in rows}
    return Progress(
        waiting=count.get(OutboxState.WAITING, 0),
        sent=count.get(OutboxState.SENT, 0),
        failed=count.get(OutboxState.DEAD, 0),
    )


async def waits_for_many(tx: Tx, broadcast: str, many: int) -> bool:
    """Tell whether more than so many messages of a broadcast still wait."""
    row = await tx.row(
        select(outbox.c.state)
        .where(*_said_of(broadcast), outbox.c.state == OutboxState.WAITING)
        .offset(many)
        .limit(1)
    )
    return row is not None


# --- to whom -------------------------------------------------------------------------------------


def _reached(grids: Sequence[str]) -> list[ColumnElement[bool]]:
    """Say who is reached: residents of the grids who want notices and have a place to get them."""
    reachable = exists().where(
        accounts.c.person == people.c.id,
        accounts.c.revoked_at.is_(None),
        accounts.c.unreachable_since.is_(None),
    )
    return [
        people.c.side == Side.RESIDENTS,
        people.c.grid.in_(grids),
        people.c.erased_at.is_(None),
        people.c.notices,
        reachable,
    ]


async def count_recipients(tx: Tx, grids: Sequence[str]) -> int:
    """Count the residents of grids whom a broadcast would reach."""
    return await tx.scalar(select(func.count()).select_from(people).where(*_reached(grids))) or 0


async def list_recipients(tx: Tx, grids: Sequence[str], after: str, limit: int) -> list[str]:
    """List the next residents of grids, by id."""
    rows = await tx.rows(
        select(people.c.id)
        .where(people.c.id > after, *_reached(grids))
        .order_by(people.c.id)
        .limit(limit)
    )
    return [row.id for row in rows]


def pictures_shown(now: datetime) -> Select[tuple[str]]:
    """Choose the pictures that pages still show."""
    return select(broadcasts.c.picture).where(
        broadcasts.c.picture.is_not(None), broadcasts.c.created_at > now - WEB_HISTORY_LIFE
    )


async def _copied(tx: Tx, person: str) -> Copied:
    rows = await tx.rows(
        select(broadcasts.c.created_at, broadcasts.c.unit)
        .where(broadcasts.c.by == person)
        .order_by(broadcasts.c.created_at, broadcasts.c.id)
    )
    return copied([(row.created_at, row.unit) for row in rows])


PERSONAL_DATA = PersonalData(
    name="broadcasts",
    tables=(broadcasts,),
    copied=_copied,
    stays=(
        "What the office told everybody is its own record, with the member of staff who sent it;"
        " the cursor is the id of whoever was written to last, and nothing else of them."
    ),
    shows=pictures_shown,
)
