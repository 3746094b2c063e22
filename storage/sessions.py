"""Browsers' sessions: who speaks by a token, also before anything was said, and who comes after it.

Whoever opens a page and presses the first button is nobody yet: a session of one short row, which
is forgotten when nothing follows. The person and the account are made when something is said.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from domain.messages import Side
from domain.people import Language
from storage.database import Tx, chunks
from storage.keyring import hash_token
from storage.people import accounts, people
from storage.personal_data import Forgotten, PersonalData
from storage.rows import of_row
from storage.session_rows import Session, sessions

#: How long a session is kept with which nothing was ever said, and how many of them at most.
UNSPOKEN_LIFE = timedelta(days=1)
UNSPOKEN_MAX = 100_000

_SPOKEN = (
    select(sessions, people.c.language.label("of_person"), people.c.elder)
    .add_columns(accounts.c.side.label("of_side"), accounts.c.revoked_at)
    .outerjoin(accounts, accounts.c.id == sessions.c.account)
    .outerjoin(people, people.c.id == accounts.c.person)
    .where(sessions.c.token_hash.in_(bindparam("wanted", expanding=True)))
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


async def find_speakers(tx: Tx, tokens: Iterable[str], now: datetime) -> dict[str, Speaker]:
    """Find for whom tokens speak, who may have said nothing yet; ended ones are left out.

    An account that was erased or revoked has no say, and gets no second life by an old token.
    """
    hashed = {hash_token(token): token for token in tokens}
    found: dict[str, Speaker] = {}
    for chunk in chunks(hashed):
        for row in await tx.rows(_SPOKEN, {"wanted": chunk}):
            if (speaker := _speaker(row, now)) is not None:
                found[hashed[row.token_hash]] = speaker
    return found


def _speaker(row: Row[Any], now: datetime) -> Speaker | None:
    if row.expires_at <= now or row.revoked_at is not None:
        return None
    session = of_row(Session, row)
    if row.of_side is not None:
        language = row.of_person or Language.CHINESE
        return Speaker(session, row.of_side, language, bool(row.elder), known=True)
    if session.side is None:
        return None
    return Speaker(session, session.side, session.language or Language.CHINESE, False, known=False)


async def find_beginnings(tx: Tx, wanted: Iterable[str]) -> dict[str, Session]:
    """Find and hold the sessions of accounts that have said nothing yet, by account."""
    found: dict[str, Session] = {}
    for chunk in chunks(wanted):
        rows = await tx.rows(
            select(sessions)
            .where(sessions.c.account.in_(chunk), sessions.c.side.is_not(None))
            .order_by(sessions.c.token_hash)
            .with_for_update()
        )
        found.update((row.account, of_row(Session, row)) for row in rows)
    return found


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
    return [of_row(Session, row) for row in rows]


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


async def _forget(tx: Tx, gone: Forgotten) -> None:
    owned = [account.id for account in gone.accounts]
    tx.ended.update(owned)
    await tx.run(sessions.delete().where(sessions.c.account.in_(owned)))


async def _sweep(tx: Tx, now: datetime) -> None:
    """Forget sessions whose time is over, and those with which nothing was ever said."""
    await tx.run(sessions.delete().where(sessions.c.expires_at < now))
    await drop_unspoken(tx, before=now - UNSPOKEN_LIFE)


PERSONAL_DATA = PersonalData(
    name="sessions",
    tables=(sessions,),
    forget=_forget,
    forget_staff=_forget,
    sweep=_sweep,
)
