"""Sessions of browsers as rows: who speaks by which token, how long, and on which device."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    Index,
    String,
    Table,
    or_,
    select,
)

from domain.messages import Side
from domain.people import (
    Account,
    Language,
)
from storage.changes import writes
from storage.database import Tx, chunks, having
from storage.keyring import hash_token
from storage.people import account_of_row, accounts
from storage.rows import of_row, row_of
from storage.schema import PersonId, UtcDateTime, Word, metadata

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account", PersonId(), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    # The browser and the system it runs on.
    Column("device", String(60)),
    # Who opens a page is nobody yet: how to talk to them until they have said something.
    Column("side", Word(Side)),
    Column("language", Word(Language)),
    # The session that ends once this one's token was seen in use.
    Column("replaces", String(64), index=True),
)


Index(
    "ix_sessions_unspoken",
    sessions.c.created_at,
    sqlite_where=sessions.c.side.is_not(None),
    postgresql_where=sessions.c.side.is_not(None),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A browser's right to speak for an account."""

    token_hash: str
    account: str
    created_at: datetime
    expires_at: datetime
    device: str | None = None
    """The browser and the system it runs on: ``Chrome · Android``."""
    side: Side | None = None
    language: Language | None = None
    """How to talk to whoever has said nothing yet; None where there is an account."""
    replaces: str | None = None
    """The hash of the token that this one takes the place of once it is used."""


@dataclass(frozen=True, slots=True)
class SessionsGone:
    """Every session of an account ends now."""

    account: str


@writes(Session)
async def write_sessions(tx: Tx, saved: Sequence[Session]) -> None:
    """Open sessions."""
    await tx.upsert(
        sessions,
        [row_of(sessions, one) for one in saved],
    )


@writes(SessionsGone)
async def end_sessions(tx: Tx, saved: Sequence[SessionsGone]) -> None:
    """End every session of accounts."""
    tx.ended.update(one.account for one in saved)
    await tx.delete(sessions, [{"account": one.account} for one in saved])


async def find_session(tx: Tx, token: str, now: datetime) -> Account | None:
    """Find the account for which a browser's token speaks; revoked and expired ones do not."""
    row = await tx.row(
        select(accounts)
        .join(sessions, sessions.c.account == accounts.c.id)
        .where(
            sessions.c.token_hash == hash_token(token),
            sessions.c.expires_at > now,
            accounts.c.revoked_at.is_(None),
        )
    )
    return None if row is None else account_of_row(row)


async def get_session(tx: Tx, token: str) -> Session | None:
    """Load a session by its token, ended or not."""
    row = await tx.row(select(sessions).where(sessions.c.token_hash == hash_token(token)))
    return None if row is None else of_row(Session, row)


async def devices_of(tx: Tx, account_ids: Iterable[str]) -> dict[str, str]:
    """Give what the browsers of web accounts call themselves, by account; unknown ones are left
    out."""
    found: dict[str, str] = {}
    for chunk in chunks(account_ids):
        rows = await tx.rows(
            having(sessions.c.account)
            .where(sessions.c.device.is_not(None))
            .order_by(sessions.c.created_at),
            {"wanted": chunk},
        )
        found.update((row.account, row.device) for row in rows)
    return found


async def end_session(tx: Tx, token: str) -> None:
    """End the session of a token, and those that would have taken its place or that it took."""
    ended = await get_session(tx, token)
    if ended is None:
        return
    tx.ended.add(ended.account)
    hashed = hash_token(token)
    replaced = select(sessions.c.replaces).where(sessions.c.token_hash == hashed)
    await tx.run(
        sessions.delete().where(
            or_(
                sessions.c.replaces == hashed,
                sessions.c.token_hash.in_(replaced),
            )
        )
    )
    await tx.run(sessions.delete().where(sessions.c.token_hash == hashed))
