"""Codes that people type: to link accounts, to take up a post, to come back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    Row,
    String,
    Table,
    and_,
    false,
    or_,
    select,
    update,
)

from domain.errors import Conflict
from domain.people import (
    LINK_CODE_LIFE,
    RECOVERY_LIFE,
    Invitation,
    Link,
    LinkState,
)
from storage.changes import writes
from storage.database import Tx, fact, set_fact
from storage.people import accounts
from storage.personal_data import Forgotten, PersonalData
from storage.rows import of_row, row_of
from storage.schema import PersonId, UtcDateTime, Word, metadata

links = Table(
    "links",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("offered_by", PersonId(), nullable=False, index=True),
    Column("answered_by", PersonId()),
    Column("state", Word(LinkState), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)
#: Wrong codes by account: the limit that keeps codes from being guessed.
code_attempts = Table(
    "code_attempts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("account", PersonId(), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
)
invitations = Table(
    "invitations",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("unit", String(40), nullable=False),
    Column("role", String(40), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("person", PersonId()),
)
#: A long-lived code that brings a web resident back when the browser forgot them.
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("person", PersonId(), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)
#: Half of a hash: as hard to guess as the code, and short enough for a button.
_REF_LENGTH = 32


def code_ref(code_hash: str) -> str:
    """Name a code in a button without saying it."""
    return code_hash[:_REF_LENGTH]


@dataclass(frozen=True, kw_only=True, slots=True)
class Recovery:
    """A recovery code's hash; a new one of the same person replaces the old ones."""

    code_hash: str
    person: str
    created_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeAttempt:
    """One wrong code that an account tried."""

    id: str
    account: str
    at: datetime


#: What a link must have been for each state that is written.
_BEFORE = {
    LinkState.ANSWERED: LinkState.OFFERED,
    LinkState.DONE: LinkState.ANSWERED,
    LinkState.REFUSED: LinkState.ANSWERED,
}


@writes(Link)
async def write_links(tx: Tx, saved: Sequence[Link]) -> None:
    """Record how far links have come; a new offer ends the older ones of its account.

    Raises:
        Conflict: somebody else answered or decided meanwhile.
    """
    for one in saved:
        if one.state is LinkState.OFFERED:
            await tx.run(links.delete().where(links.c.offered_by == one.offered_by))
            continue
        standing = await tx.scalar(
            select(links.c.state).where(links.c.code_hash == one.code_hash).with_for_update()
        )
        if standing is not _BEFORE[one.state]:
            raise Conflict("link")
    await tx.upsert(links, [row_of(links, one) for one in saved])


@writes(CodeAttempt)
async def write_attempts(tx: Tx, saved: Sequence[CodeAttempt]) -> None:
    """Remember wrong codes."""
    await tx.insert(code_attempts, [row_of(code_attempts, one) for one in saved])


@writes(Invitation)
async def write_invitations(tx: Tx, saved: Sequence[Invitation]) -> None:
    """Record invitations and their use."""
    rows = [
        row_of(invitations, one, sealed=tx.keyring.seal({"name": one.name, "phone": one.phone}))
        for one in saved
    ]
    await tx.upsert(invitations, rows)


@writes(Recovery)
async def write_recoveries(tx: Tx, saved: Sequence[Recovery]) -> None:
    """Keep one recovery code per person."""
    await tx.delete(recovery_codes, [{"person": one.person} for one in saved])
    await tx.upsert(recovery_codes, [row_of(recovery_codes, one) for one in saved])


#: The fact that every code here is kept under the key; earlier ones were plain hashes.
_KEYED = "codes_keyed"


async def key_codes(tx: Tx) -> None:
    """Key the hashes of codes that an earlier version gave out, once; the codes stay good."""
    if await fact(tx, _KEYED) is not None:
        return
    for table in (links, invitations, recovery_codes):
        column = table.c.code_hash
        for row in await tx.rows(select(column)):
            keyed = tx.keyring.key_hash(row.code_hash)
            await tx.run(update(table).where(column == row.code_hash).values(code_hash=keyed))
    await set_fact(tx, _KEYED, "yes")


async def find_link(tx: Tx, code: str) -> Link | None:
    """Find a link by its code."""
    return await find_link_by_hash(tx, tx.keyring.hash_code(code))


async def find_link_by_hash(tx: Tx, code_hash: str) -> Link | None:
    """Find a link by the hash of its code."""
    row = await tx.row(select(links).where(links.c.code_hash == code_hash))
    return None if row is None else of_row(Link, row)


async def find_link_by_ref(tx: Tx, ref: str) -> Link | None:
    """Find a link by what `code_ref` gave for its code."""
    row = await tx.row(select(links).where(begins(links.c.code_hash, ref)))
    return None if row is None else of_row(Link, row)


def begins(column: Column[str], ref: str) -> ColumnElement[bool]:
    """Match hashes by their beginning; anything that no `code_ref` gave matches nothing."""
    if len(ref) != _REF_LENGTH or not ref.isascii() or not ref.isalnum():
        return false()
    return column.startswith(ref)


async def recent_attempts(tx: Tx, account: str, since: datetime) -> list[datetime]:
    """Give when an account tried wrong codes since a moment, rising."""
    rows = await tx.rows(
        select(code_attempts.c.at)
        .where(code_attempts.c.account == account, code_attempts.c.at >= since)
        .order_by(code_attempts.c.at)
    )
    return [row.at for row in rows]


async def find_invitation(tx: Tx, code: str) -> Invitation | None:
    """Find an invitation by its code, written in groups or not."""
    joined = re.sub(r"[\s-]+", "", code)
    code_hash = tx.keyring.hash_code(joined if joined.isdecimal() else code)
    row = await tx.row(select(invitations).where(invitations.c.code_hash == code_hash))
    if row is None:
        return None
    return _invitation(tx, row)


def _invitation(tx: Tx, row: Row[Any]) -> Invitation:
    told = tx.keyring.unseal(row.sealed)
    if isinstance(told, str):  # As earlier versions kept it.
        told = {"name": told, "phone": ""}
    return of_row(Invitation, row, name=told["name"], phone=told["phone"])


async def list_waiting(tx: Tx, now: datetime) -> list[Invitation]:
    """List the invitations to posts that can still be taken up."""
    rows = await tx.rows(
        select(invitations).where(
            invitations.c.used_at.is_(None),
            invitations.c.person.is_(None),
            invitations.c.expires_at > now,
        )
    )
    return [_invitation(tx, row) for row in rows]


def _still_good(now: datetime) -> ColumnElement[bool]:
    return and_(
        recovery_codes.c.used_at.is_(None), recovery_codes.c.created_at > now - RECOVERY_LIFE
    )


async def find_recovery(tx: Tx, code: str, now: datetime) -> Recovery | None:
    """Find a recovery code that can still be used."""
    code_hash = tx.keyring.hash_code(code)
    row = await tx.row(
        select(recovery_codes).where(recovery_codes.c.code_hash == code_hash, _still_good(now))
    )
    return None if row is None else of_row(Recovery, row)


async def find_recovery_by_ref(tx: Tx, ref: str, now: datetime) -> Recovery | None:
    """Find a recovery code that can still be used by what `code_ref` gave for it."""
    row = await tx.row(
        select(recovery_codes).where(begins(recovery_codes.c.code_hash, ref), _still_good(now))
    )
    return None if row is None else of_row(Recovery, row)


async def recovery_since(tx: Tx, person: str, now: datetime) -> datetime | None:
    """Give when a person's recovery code was made that can still be used; None without one."""
    moment: datetime | None = await tx.scalar(
        select(recovery_codes.c.created_at).where(
            recovery_codes.c.person == person, _still_good(now)
        )
    )
    return moment


async def _forget(tx: Tx, gone: Forgotten) -> None:
    owned = [account.id for account in gone.accounts]
    await tx.run(
        links.delete().where(or_(links.c.offered_by.in_(owned), links.c.answered_by.in_(owned)))
    )
    await tx.run(code_attempts.delete().where(code_attempts.c.account.in_(owned)))
    await tx.run(recovery_codes.delete().where(recovery_codes.c.person == gone.person))


async def _move(tx: Tx, kept: str, absorbed: str) -> None:
    """End every other link that either had begun: whoever agreed did not agree to this."""
    both = select(accounts.c.id).where(accounts.c.person.in_([kept, absorbed]))
    await tx.run(
        links.delete().where(or_(links.c.offered_by.in_(both), links.c.answered_by.in_(both)))
    )
    await tx.run(recovery_codes.delete().where(recovery_codes.c.person == absorbed))


async def _sweep(tx: Tx, now: datetime) -> None:
    """Forget codes whose time is over, and wrong codes that no limit counts."""
    await tx.run(links.delete().where(links.c.expires_at < now))
    await tx.run(recovery_codes.delete().where(recovery_codes.c.created_at < now - RECOVERY_LIFE))
    await tx.run(code_attempts.delete().where(code_attempts.c.at < now - LINK_CODE_LIFE))


PERSONAL_DATA = PersonalData(
    name="codes",
    tables=(links, code_attempts, invitations, recovery_codes),
    forget=_forget,
    forget_staff=_forget,
    stays="An invitation names the member of staff who took it up; no resident ever has one.",
    move=_move,
    sweep=_sweep,
)
