"""Who hears of a matter besides the one who reported it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    String,
    Table,
    func,
    select,
)

from storage.changes import writes
from storage.database import Tx
from storage.schema import PersonId, UtcDateTime, metadata

#: Residents who said "me too": they get the news of the case, and nobody sees who they are.
followers = Table(
    "followers",
    metadata,
    Column("number", String(20), primary_key=True),
    Column("person", PersonId(), primary_key=True, index=True),
    Column("at", UtcDateTime, nullable=False),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Follower:
    """A resident who said "me too" to somebody else's matter."""

    number: str
    person: str
    at: datetime


@writes(Follower)
async def write_followers(tx: Tx, saved: Sequence[Follower]) -> None:
    """Add followers; one person follows a matter once."""
    await tx.insert_new(
        followers,
        [{"number": one.number, "person": one.person, "at": one.at} for one in saved],
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowerGone:
    """A resident wants to hear no more of somebody else's matter."""

    number: str
    person: str


@writes(FollowerGone)
async def remove_followers(tx: Tx, gone: Sequence[FollowerGone]) -> None:
    """Let persons follow matters no more."""
    for one in gone:
        await tx.run(
            followers.delete().where(
                followers.c.number == one.number, followers.c.person == one.person
            )
        )


async def forget_follower(tx: Tx, person: str) -> None:
    """Remove a person from every matter they followed."""
    await tx.run(followers.delete().where(followers.c.person == person))


async def is_follower(tx: Tx, number: str, person: str) -> bool:
    """Tell whether a person said "me too" to a matter."""
    row = await tx.row(
        select(followers.c.number).where(followers.c.number == number, followers.c.person == person)
    )
    return row is not None


async def count_followed(tx: Tx, person: str, since: datetime) -> int:
    """Count the matters to which a person said "me too" since a moment."""
    count: int = await tx.scalar(
        select(func.count())
        .select_from(followers)
        .where(followers.c.person == person, followers.c.at >= since)
    )
    return count


async def list_followers(tx: Tx, number: str) -> list[str]:
    """List the persons who follow a matter."""
    rows = await tx.rows(
        select(followers.c.person).where(followers.c.number == number).order_by(followers.c.person)
    )
    return [row.person for row in rows]


async def list_followed(tx: Tx, person: str) -> list[tuple[str, datetime]]:
    """List the matters to which a person said "me too": rows of (number, when)."""
    rows = await tx.rows(
        select(followers.c.number, followers.c.at)
        .where(followers.c.person == person)
        .order_by(followers.c.at, followers.c.number)
    )
    return [(row.number, row.at) for row in rows]
