"""Browsers' sessions: who speaks by a token, also before anything was said, and who comes after it.

Whoever opens a page and presses the first button is nobody yet: a session of one short row, which
is forgotten when nothing follows. The person and the account are made when something is said.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update

from domain.messages import Side
from domain.people import Language
from storage.database import Tx, chunks
from storage.people import Session, accounts, hash_code, people, sessions

#: How long a session is kept with which nothing was ever said, and how many of them at most.
UNSPOKEN_LIFE = timedelta(days=1)
UNSPOKEN_MAX = 100_000

_SPOKEN = (
    select(sessions, people.c.language.label("of_person"), people.c.elder)
    .add_columns(accounts.c.side.label("of_side"), accounts.c.revoked_at)
    .outerjoin(accounts, accounts.c.id == sessions.c.account)
    .outerjoin(people, people.c.id == accounts.c.person)
    .where(sessions.c.token_hash == bindparam("hashed"))
)


@dataclass(frozen=True, slots=True)
class Speaker:
    """For whom a browser's token speaks."""

    session: Session
    side: Side
    language: Language
    elder: bool
    known: bool
    """Whether anything was ever said by them; else they have no account yet."""


async def find_speaker(tx: Tx, token: str, now: datetime) -> Speaker | None:
    """Find for whom a token speaks, who may have said nothing yet; an ended one speaks for nobody.

    An account that was erased or revoked has no say, and gets no second life by an old token.
    """
    row = await tx.row(_SPOKEN, {"hashed": hash_code(token)})
    if row is None or row.expires_at <= now or row.revoked_at is not None:
        return None
    session = Session(**{name: getattr(row, name) for name in sessions.c.keys()})  # noqa: SIM118
    if row.of_side is not None:
        language = row.of_person or Language.CHINESE
        return Speaker(session, row.of_side, language, bool(row.elder), known=True)
    if session.side is None:
        return None
    return Speaker(session, session.side, session.language or Language.CHINESE, False, known=False)


async def find_beginning(tx: Tx, account: str) -> Session | None:
    """Find and hold the session of an account that has said nothing yet."""
    row = await tx.row(
        select(sessions)
        .where(sessions.c.account == account, sessions.c.side.is_not(None))
        .order_by(sessions.c.created_at)
        .limit(1)
        .with_for_update()
    )
    return None if row is None else Session(**row._mapping)


async def settle(tx: Tx, begun: Iterable[str]) -> None:
    """Note that accounts have said something: from now on they are told by their person."""
    for chunk in chunks(begun):
        await tx.run(
            update(sessions).where(sessions.c.account.in_(chunk)).values(side=None, language=None)
        )


async def take_over(tx: Tx, session: Session, last: datetime) -> None:
    """Note that a new token was seen in use: the one before it ends at a moment."""
    await tx.run(
        update(sessions)
        .where(sessions.c.token_hash == session.replaces, sessions.c.expires_at > last)
        .values(expires_at=last)
    )
    await tx.run(
        update(sessions).where(sessions.c.token_hash == session.token_hash).values(replaces=None)
    )


async def list_successors(tx: Tx, session: Session) -> list[Session]:
    """List the sessions that are to take the place of one and were not used yet."""
    rows = await tx.rows(select(sessions).where(sessions.c.replaces == session.token_hash))
    return [Session(**row._mapping) for row in rows]


async def drop_unspoken(tx: Tx, *, before: datetime, most: int = UNSPOKEN_MAX) -> int:
    """Forget the sessions with which nothing was ever said: old ones, and the oldest of too many.

    Returns:
        How many there were.
    """
    unspoken = sessions.c.side.is_not(None)
    newest = (
        select(sessions.c.created_at)
        .where(unspoken)
        .order_by(sessions.c.created_at.desc())
        .offset(most)
        .limit(1)
    )
    oldest_kept = await tx.scalar(newest)
    limit = before if oldest_kept is None else max(before, oldest_kept)
    return await tx.run(sessions.delete().where(unspoken, sessions.c.created_at <= limit))
