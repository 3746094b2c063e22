"""Codes on paper that show where one case stands, to whoever brings number and code; no more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, String, Table, select

from domain.matters.matter import OWED, State
from storage.changes import writes
from storage.database import Tx, chunks
from storage.matters.matters import matters
from storage.schema import UtcDateTime, metadata

lookup_codes = Table(
    "lookup_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("number", String(20), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class LookupCode:
    """A look-up code's hash; it opens no account."""

    code_hash: str
    number: str
    created_at: datetime


@writes(LookupCode)
async def write_lookup_codes(tx: Tx, saved: Sequence[LookupCode]) -> None:
    """Keep one look-up code per case."""
    await tx.delete(lookup_codes, [{"number": one.number} for one in saved])
    await tx.insert(
        lookup_codes,
        [
            {"code_hash": one.code_hash, "number": one.number, "created_at": one.created_at}
            for one in saved
        ],
    )


async def find_looked_up(tx: Tx, code: str) -> str | None:
    """Give the number of the case that a look-up code is for."""
    code_hash = tx.keyring.hash_code(code)
    number: str | None = await tx.scalar(
        select(lookup_codes.c.number).where(lookup_codes.c.code_hash == code_hash)
    )
    return number


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """Where a case stands, as much as number and look-up code tell: nothing of anybody."""

    number: str
    state: State
    changed_at: datetime
    resolve_by: datetime | None
    """None where it is in nobody's hand: asked, resolved or ended."""
    dispatched_at: datetime
    community: str
    urgency: int


async def find_stage(tx: Tx, number: str, code: str) -> Stage | None:
    """Find where a case stands, by its number and its look-up code.

    One query for all: nobody learns from the time it takes whether number or code was wrong, or
    the case erased or sealed.
    """
    row = await tx.row(
        select(
            matters.c.state,
            matters.c.changed_at,
            matters.c.resolve_by,
            matters.c.dispatched_at,
            matters.c.community,
            matters.c.urgency,
        )
        .join(lookup_codes, lookup_codes.c.number == matters.c.number)
        .where(
            lookup_codes.c.code_hash == tx.keyring.hash_code(code),
            matters.c.number == number,
            matters.c.erased.is_(False),
            matters.c.restricted_until.is_(None),
        )
    )
    if row is None:
        return None
    return Stage(
        number=number,
        state=row.state,
        changed_at=row.changed_at,
        resolve_by=row.resolve_by if row.state in OWED else None,
        dispatched_at=row.dispatched_at,
        community=row.community,
        urgency=row.urgency,
    )


async def forget_lookups(tx: Tx, numbers: Iterable[str]) -> None:
    """Forget the look-up codes of cases."""
    for chunk in chunks(numbers):
        await tx.run(lookup_codes.delete().where(lookup_codes.c.number.in_(chunk)))
