"""What arrived, kept under (bot, update id) before it is confirmed to the channel.

The commit that handles an update erases its payload and keeps only the key, so that a repeat is a
no-op. What cannot be handled after a few tries is quarantined, sealed, for thirty days.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    bindparam,
    func,
    select,
    update,
)

from storage.database import Tx
from storage.schema import UtcDateTime, Word, metadata

#: After so many failed tries an update is quarantined.
MAX_TRIES = 3
#: How long a quarantined update can be replayed before it is erased.
QUARANTINE_LIFE = timedelta(days=30)
#: How long the key of a handled update is kept; Telegram forgets updates after a day.
KEY_LIFE = timedelta(days=90)


class InboxState(StrEnum):
    """Where an update stands."""

    WAITING = "waiting"
    DONE = "done"
    QUARANTINED = "quarantined"


inbox = Table(
    "inbox",
    metadata,
    Column(
        "id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("bot", String(40), nullable=False),
    Column("update_id", String(100), nullable=False),
    # Whose it is; null while nobody could tell.
    Column("address", String(64)),
    Column("state", Word(InboxState), nullable=False),
    Column("sealed", LargeBinary),
    Column("tries", Integer, nullable=False),
    Column("error", String(200)),
    Column("received_at", UtcDateTime, nullable=False),
    Index("uq_inbox_key", "bot", "update_id", unique=True),
)
Index(
    "ix_inbox_waiting",
    inbox.c.id,
    sqlite_where=inbox.c.state == InboxState.WAITING,
    postgresql_where=inbox.c.state == InboxState.WAITING,
)


@dataclass(frozen=True, slots=True)
class Update:
    """A raw update that waits to be handled."""

    id: int
    bot: str
    update_id: str
    address: str | None
    raw: Mapping[str, Any]
    tries: int
    received_at: datetime


async def store(
    tx: Tx,
    bot: str,
    updates: Iterable[tuple[str, str | None, Mapping[str, Any]]],
    now: datetime,
) -> int:
    """Keep raw updates, rows of (update id, address, raw); known ones are left alone.

    Returns:
        How many were new.
    """
    rows = [
        {
            "bot": bot,
            "update_id": update_id,
            "address": address,
            "state": InboxState.WAITING,
            "sealed": tx.keyring.seal(raw),
            "tries": 0,
            "received_at": now,
        }
        for update_id, address, raw in updates
    ]
    return await tx.insert_new(inbox, rows)


async def waiting(tx: Tx, limit: int) -> list[Update]:
    """List the oldest updates that wait."""
    rows = await tx.rows(
        select(inbox).where(inbox.c.state == InboxState.WAITING).order_by(inbox.c.id).limit(limit)
    )
    return [
        Update(
            row.id,
            row.bot,
            row.update_id,
            row.address,
            tx.keyring.unseal(row.sealed),
            row.tries,
            row.received_at,
        )
        for row in rows
    ]


async def finish(tx: Tx, ids: Sequence[int]) -> None:
    """Mark updates as handled and erase what they said and who said it."""
    if ids:
        statement = (
            update(inbox)
            .where(inbox.c.id == bindparam("which"))
            .values(state=InboxState.DONE, sealed=None, error=None, address=None)
        )
        await tx.run(statement, [{"which": one} for one in ids])


async def fail(tx: Tx, one: Update, error: str, *, now: bool = False) -> bool:
    """Count a failed try; tell whether the update is quarantined from now on.

    Args:
        error: what went wrong, free of content.
        now: quarantine at once, since another try cannot help.
    """
    tries = one.tries + 1
    quarantined = now or tries >= MAX_TRIES
    state = InboxState.QUARANTINED if quarantined else InboxState.WAITING
    await tx.run(
        update(inbox)
        .where(inbox.c.id == one.id)
        .values(state=state, tries=tries, error=error[:200])
    )
    return quarantined


async def list_quarantined(tx: Tx) -> list[tuple[int, str, str, datetime]]:
    """List what is quarantined: rows of (id, bot, error, received), the oldest first."""
    rows = await tx.rows(
        select(inbox.c.id, inbox.c.bot, inbox.c.error, inbox.c.received_at)
        .where(inbox.c.state == InboxState.QUARANTINED)
        .order_by(inbox.c.id)
    )
    return [(row.id, row.bot, row.error or "", row.received_at) for row in rows]


async def replay(tx: Tx, ids: Sequence[int]) -> int:
    """Let quarantined updates wait again and give how many there were."""
    return await tx.run(
        update(inbox)
        .where(inbox.c.id.in_(ids), inbox.c.state == InboxState.QUARANTINED)
        .values(state=InboxState.WAITING, tries=0, error=None)
    )


async def sweep(tx: Tx, now: datetime) -> None:
    """Erase quarantined payloads and forget keys whose time is over."""
    await tx.run(
        inbox.delete().where(
            inbox.c.state == InboxState.QUARANTINED,
            inbox.c.received_at < now - QUARANTINE_LIFE,
        )
    )
    await tx.run(
        inbox.delete().where(inbox.c.state == InboxState.DONE, inbox.c.received_at < now - KEY_LIFE)
    )


async def count_waiting(tx: Tx) -> tuple[int, datetime | None]:
    """Count what waits, and give when the oldest of it arrived."""
    row = await tx.row(
        select(func.count().label("n"), func.min(inbox.c.received_at).label("oldest")).where(
            inbox.c.state == InboxState.WAITING
        )
    )
    return (row.n, row.oldest) if row else (0, None)


async def forget(tx: Tx, bot: str, address: str) -> None:
    """Erase the quarantined updates of an address.

    An update that could not be parsed at all has no address: `sweep` ends it in time.
    """
    await tx.run(
        inbox.delete().where(
            inbox.c.bot == bot,
            inbox.c.address == address,
            inbox.c.state == InboxState.QUARANTINED,
        )
    )
