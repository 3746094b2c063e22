"""Tickets: single-use ways from Telegram to the web page; only their hashes are kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Column, String, Table, select, update

from domain.messages import MAX_ACTION_BYTES
from domain.people import Ticket
from storage.changes import writes
from storage.database import Tx
from storage.keyring import hash_token
from storage.personal_data import Forgotten, PersonalData
from storage.rows import of_row, row_of
from storage.schema import PersonId, UtcDateTime, metadata

#: How long a ticket that is over is remembered, so that its holder is told why it does not work.
KEPT = timedelta(days=1)

tickets = Table(
    "tickets",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account", PersonId(), nullable=False, index=True),
    Column("action", String(MAX_ACTION_BYTES), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)


@writes(Ticket)
async def write_tickets(tx: Tx, saved: Sequence[Ticket]) -> None:
    """Keep new tickets."""
    await tx.insert(
        tickets,
        [row_of(tickets, one) for one in saved],
    )


async def find_ticket(tx: Tx, token: str) -> Ticket | None:
    """Find a ticket by its token, used and expired ones too."""
    row = await tx.row(select(tickets).where(tickets.c.token_hash == hash_token(token)))
    return None if row is None else of_row(Ticket, row)


async def latest_action(tx: Tx, account: str, now: datetime) -> str | None:
    """Give what the newest ticket of an account that can still be used is for."""
    action: str | None = await tx.scalar(
        select(tickets.c.action)
        .where(
            tickets.c.account == account,
            tickets.c.used_at.is_(None),
            tickets.c.expires_at > now,
        )
        .order_by(tickets.c.created_at.desc(), tickets.c.token_hash)
        .limit(1)
    )
    return action


async def use(tx: Tx, ticket: Ticket, now: datetime) -> bool:
    """Mark a ticket as used; False when somebody else used it meanwhile."""
    used = await tx.run(
        update(tickets)
        .where(tickets.c.token_hash == ticket.token_hash, tickets.c.used_at.is_(None))
        .values(used_at=now)
    )
    return used == 1


async def forget(tx: Tx, account: str) -> None:
    """Forget the tickets of an account."""
    await tx.run(tickets.delete().where(tickets.c.account == account))


async def sweep(tx: Tx, now: datetime) -> None:
    """Forget tickets that were over a day ago."""
    await tx.run(tickets.delete().where(tickets.c.expires_at < now - KEPT))


async def _forget(tx: Tx, gone: Forgotten) -> None:
    for account in gone.accounts:
        await forget(tx, account.id)


PERSONAL_DATA = PersonalData(
    name="tickets",
    tables=(tickets,),
    forget=_forget,
    forget_staff=_forget,
    sweep=sweep,
)
