"""Units and posts: loaded whole as one snapshot, whose version says when it is stale."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, String, Table, Text, func, select

from domain.organisation import Organisation, Post, Role, Unit, UnitKind
from storage.changes import writes
from storage.database import Tx, chunks, fact, having, set_fact
from storage.people import people
from storage.personal_data import PersonalData
from storage.rows import of_row, row_of
from storage.schema import PersonId, UtcDateTime, Word, metadata

units = Table(
    "units",
    metadata,
    Column("code", String(40), primary_key=True),
    Column("kind", Word(UnitKind), nullable=False),
    Column("parent", String(40)),
    Column("name", String(80), nullable=False),
    Column("name_en", String(80), nullable=False),
    Column("phone", String(40), nullable=False),
    Column("address", Text, nullable=False),
    Column("party_body", String(80), nullable=False),
    Column("boundary", JSON),
    Column("demonstration_site", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
)

posts = Table(
    "posts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("unit", String(40), nullable=False, index=True),
    Column("role", Word(Role), nullable=False),
    Column("person", PersonId(), nullable=False, index=True),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),
    Column("substitute", PersonId()),
    Column("away_until", UtcDateTime),
)

duty_shifts = Table(
    "duty_shifts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("person", PersonId(), nullable=False),
    Column("starts_at", UtcDateTime, nullable=False, index=True),
    Column("ends_at", UtcDateTime, nullable=False),
)

_VERSION = "organisation_version"
#: An arbitrary number that names the organisation's lock among PostgreSQL's advisory locks.
_LOCK = 4_915_472


@writes(Unit)
async def write_units(tx: Tx, saved: Sequence[Unit]) -> None:
    """Insert or replace units; every process reloads its snapshot."""
    rows: list[dict[str, Any]] = [row_of(units, one) for one in saved]
    await tx.upsert(units, rows)
    await raise_version(tx)


@writes(Post)
async def write_posts(tx: Tx, saved: Sequence[Post]) -> None:
    """Insert or replace posts; every process reloads its snapshot."""
    latest = {one.id: one for one in saved}
    rows: list[dict[str, Any]] = [row_of(posts, one) for one in latest.values()]
    await tx.upsert(posts, rows)
    await raise_version(tx)


async def hold(tx: Tx, *, exclusive: bool = False) -> None:
    """Keep the organisation as it is until the transaction ends; call it before anything is read.

    Args:
        alone: no other process works on anything meanwhile: for what changes the organisation, or
            else reaches beyond one person and versioned rows.
    """
    if not tx.is_postgres or (tx.holds_organisation and not exclusive):
        return
    lock = func.pg_advisory_xact_lock if exclusive else func.pg_advisory_xact_lock_shared
    await tx.rows(select(lock(_LOCK)))
    tx.holds_organisation = True


async def raise_version(tx: Tx) -> None:
    """Make every snapshot stale."""
    await hold(tx, exclusive=True)
    await set_fact(tx, _VERSION, str(await version(tx) + 1))


async def version(tx: Tx) -> int:
    """Give the version of the organisation; it rises with every change."""
    return int(await fact(tx, _VERSION) or 0)


async def load(tx: Tx) -> Organisation:
    """Load the street as it stands, past posts included."""
    unit_rows = await tx.rows(select(units).order_by(units.c.code))
    named = await tx.rows(
        select(people.c.id, people.c.sealed).where(
            people.c.id.in_(select(posts.c.person)), people.c.sealed.is_not(None)
        )
    )
    return Organisation(
        units={row.code: of_row(Unit, row) for row in unit_rows},
        posts=tuple(await list_posts(tx)),
        names={row.id: tx.keyring.unseal(row.sealed).get("name", "") for row in named},
        version=await version(tx),
    )


async def list_posts(tx: Tx) -> list[Post]:
    """List every post, held and ended, the first taken up first."""
    rows = await tx.rows(select(posts).order_by(posts.c.since, posts.c.id))
    return [of_row(Post, row) for row in rows]


async def get_posts(tx: Tx, ids: Iterable[str]) -> dict[str, Post]:
    """Load posts by id; those that do not exist are left out."""
    found: dict[str, Post] = {}
    for chunk in chunks(ids):
        rows = await tx.rows(having(posts.c.id), {"wanted": chunk})
        found.update((row.id, of_row(Post, row)) for row in rows)
    return found


async def _copy(tx: Tx, person: str) -> dict[str, Any]:
    held = await tx.rows(
        select(posts).where(posts.c.person == person).order_by(posts.c.since, posts.c.id)
    )
    shifts = await tx.rows(
        select(duty_shifts)
        .where(duty_shifts.c.person == person)
        .order_by(duty_shifts.c.starts_at, duty_shifts.c.id)
    )
    return {
        "posts": [of_row(Post, row) for row in held],
        "shifts": [(row.starts_at, row.ends_at) for row in shifts],
    }


PERSONAL_DATA = PersonalData(
    name="organisation",
    tables=(posts, duty_shifts),
    copy=_copy,
    stays=(
        "Who holds or held which post and was on duty when is the office's own record, by which it"
        " answers for what was done (PIPL, article 13); names stand with the person."
    ),
)


async def write_duty(tx: Tx, shifts: Sequence[dict[str, Any]]) -> None:
    """Enter duty shifts: rows of (id, person, starts_at, ends_at)."""
    await tx.upsert(duty_shifts, shifts)


async def on_duty(tx: Tx, moment: datetime) -> list[str]:
    """List who is on the duty roster at a moment, the shift that began first first."""
    rows = await tx.rows(
        select(duty_shifts.c.person)
        .where(duty_shifts.c.starts_at <= moment, duty_shifts.c.ends_at > moment)
        .order_by(duty_shifts.c.starts_at, duty_shifts.c.id)
    )
    return [row.person for row in rows]
