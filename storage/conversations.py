"""The outbox as the conversation that a web page shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    or_,
    select,
    update,
)

from domain.messages import Channel, Message, from_json, text, to_json
from domain.subjects import Subject
from storage.changes import writes
from storage.database import Tx
from storage.outbox import OutboxState, outbox
from storage.people import accounts

#: What is kept of a message with a code that was shown.
CODE_WAS_SHOWN = text("channels.code_was_shown")
#: How long a code waits for a page that never said that it showed it.
CODE_SHOWN_LIFE = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryRow:
    """One line of a web conversation: a message, or what its person wrote (``own``)."""

    id: int
    at: datetime
    message: Message | None
    own: dict[str, Any] | None
    seen: bool


async def history(
    tx: Tx,
    account: str,
    *,
    after: int = 0,
    before: int | None = None,
    limit: int = 100,
    unseen_only: bool = False,
) -> list[HistoryRow]:
    """Give the newest lines of a web conversation between two rows, in their order."""
    conditions = [
        outbox.c.account == account,
        outbox.c.id > after,
        outbox.c.sealed.is_not(None),
        outbox.c.state.in_([OutboxState.SENT, OutboxState.OWN]),
    ]
    if before is not None:
        conditions.append(outbox.c.id < before)
    if unseen_only:
        conditions.append(outbox.c.seen_at.is_(None))
    rows = await tx.rows(
        select(outbox).where(*conditions).order_by(outbox.c.id.desc()).limit(limit)
    )
    lines = []
    for row in reversed(rows):
        body = tx.keyring.unseal(row.sealed)
        own = row.state is OutboxState.OWN
        lines.append(
            HistoryRow(
                id=row.id,
                at=max(row.created_at, row.not_before),
                message=None if own else from_json(body),
                own=body if own else None,
                seen=row.seen_at is not None,
            )
        )
    return lines


async def list_said(tx: Tx, accounts: Iterable[str], after: int) -> list[Message]:
    """List what was said on web accounts after a row, in its order."""
    rows = await tx.rows(
        select(outbox.c.sealed)
        .where(
            outbox.c.account.in_(list(accounts)),
            outbox.c.id > after,
            outbox.c.state != OutboxState.OWN,
            outbox.c.sealed.is_not(None),
        )
        .order_by(outbox.c.id)
    )
    return [from_json(tx.keyring.unseal(row.sealed)) for row in rows]


async def mark_seen(tx: Tx, account: str, upto: int, now: datetime) -> None:
    """Note that a page showed everything up to a row; codes that it showed are kept no longer."""
    await forget_codes(
        tx, outbox.c.account == account, outbox.c.id <= upto, outbox.c.state == OutboxState.SENT
    )
    await tx.run(
        update(outbox)
        .where(
            outbox.c.account == account,
            outbox.c.id <= upto,
            outbox.c.seen_at.is_(None),
            outbox.c.state == OutboxState.SENT,
        )
        .values(seen_at=now)
    )


@dataclass(frozen=True, slots=True)
class CodeShown:
    """The code in a row was shown elsewhere: it is kept no longer."""

    row: int


@writes(CodeShown)
async def write_codes_shown(tx: Tx, saved: Sequence[CodeShown]) -> None:
    """Forget codes that were shown."""
    for one in saved:
        await forget_codes(tx, outbox.c.id == one.row)


async def forget_codes(tx: Tx, *which: ColumnElement[bool]) -> None:
    """Keep messages without the code that they were to show once."""
    rows = await tx.rows(
        select(outbox.c.id, outbox.c.sealed).where(
            outbox.c.once, outbox.c.sealed.is_not(None), *which
        )
    )
    for row in rows:
        kept = replace(
            from_json(tx.keyring.unseal(row.sealed)), blocks=(CODE_WAS_SHOWN,), once=False
        )
        await tx.run(
            update(outbox)
            .where(outbox.c.id == row.id)
            .values(sealed=tx.keyring.seal(to_json(kept)), once=False)
        )


async def was_seen(tx: Tx, person: str, subject: Subject, since: datetime) -> bool:
    """Tell whether any message about a subject since a moment reached its reader.

    Telegram does not tell what was read: sent counts as seen there. On the web, only what a page
    showed counts.
    """
    row = await tx.row(
        select(outbox.c.id)
        .join(accounts, accounts.c.id == outbox.c.account)
        .where(
            outbox.c.person == person,
            outbox.c.subject == subject,
            outbox.c.created_at >= since,
            outbox.c.state == OutboxState.SENT,
            or_(accounts.c.channel != Channel.WEB, outbox.c.seen_at.is_not(None)),
        )
        .limit(1)
    )
    return row is not None
