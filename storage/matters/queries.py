"""Matters by owner, unit, state and time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Integer,
    and_,
    cast,
    func,
    null,
    or_,
    select,
)

from domain.categories import Kind
from domain.matters.matter import (
    ENDS,
    OPEN,
    OWED,
    Matter,
    Particulars,
    State,
)
from domain.organisation import Seat
from storage.database import Tx
from storage.matters.followers import followers
from storage.matters.matters import (
    MATTERS,
    load_matters,
    matter_of_row,
    matters,
    particulars_of_row,
)


async def list_reported(tx: Tx, person: str, limit: int = 20) -> list[Matter]:
    """List what a resident filed or follows, the newest first."""
    followed = select(followers.c.number).where(followers.c.person == person)
    return await load_matters(
        tx,
        MATTERS.where(or_(matters.c.reporter == person, matters.c.number.in_(followed))).order_by(
            matters.c.filed_at.desc(), matters.c.number.desc()
        ),
        limit,
    )


async def list_merged_of(tx: Tx, person: str, limit: int = 20) -> list[Matter]:
    """List what a resident reported that was merged into other cases, the newest first."""
    return await load_matters(
        tx,
        MATTERS.where(matters.c.reporter == person, matters.c.state == State.MERGED).order_by(
            matters.c.filed_at.desc(), matters.c.number.desc()
        ),
        limit,
    )


async def list_owned(tx: Tx, person: str, limit: int = 50) -> list[Matter]:
    """List the open matters of an owner by their next deadline."""
    return await load_matters(
        tx,
        MATTERS.where(matters.c.owner == person, matters.c.state.in_(OPEN)).order_by(
            matters.c.resolve_by, matters.c.number
        ),
        limit,
    )


async def list_seated(tx: Tx, seat: Seat, limit: int = 1000) -> list[Matter]:
    """List the open matters of a seat, whoever holds them, by their resolution deadline."""
    return await load_matters(
        tx,
        MATTERS.where(
            matters.c.seat_unit == seat.unit,
            matters.c.seat_role == seat.role,
            matters.c.state.in_(OPEN),
        ).order_by(matters.c.resolve_by, matters.c.number),
        limit,
    )


async def list_open(
    tx: Tx, units: Iterable[str], *, states: Iterable[State] = OPEN, limit: int = 200
) -> list[Matter]:
    """List the open matters of grids and communities by their resolution deadline."""
    codes = list(units)
    return await load_matters(
        tx,
        MATTERS.where(
            or_(matters.c.grid.in_(codes), matters.c.community.in_(codes)),
            matters.c.state.in_(list(states)),
        ).order_by(matters.c.resolve_by, matters.c.number),
        limit,
    )


async def count_held(tx: Tx, persons: Iterable[str]) -> dict[str, int]:
    """Count what each of some persons has in hand; who has nothing is left out."""
    rows = await tx.rows(
        select(matters.c.owner, func.count().label("held"))
        .where(matters.c.owner.in_(list(persons)), matters.c.state.in_(OWED))
        .group_by(matters.c.owner)
    )
    return {row.owner: row.held for row in rows}


async def list_newest(tx: Tx, units: Iterable[str], limit: int) -> list[Matter]:
    """List the matters of grids and communities that were filed last, whatever became of them."""
    codes = list(units)
    return await load_matters(
        tx,
        MATTERS.where(or_(matters.c.grid.in_(codes), matters.c.community.in_(codes))).order_by(
            matters.c.filed_at.desc(), matters.c.number.desc()
        ),
        limit,
    )


async def list_unowned(tx: Tx, limit: int = 200) -> list[Matter]:
    """List the open matters that wait for anybody of their ladder to join."""
    return await load_matters(
        tx,
        MATTERS.where(matters.c.owner.is_(None), matters.c.state.in_(OPEN)).order_by(
            matters.c.filed_at, matters.c.number
        ),
        limit,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class NearCase:
    """A case in public space as far as it is compared with one that is about to be filed."""

    number: str
    category: str
    grid: str
    reporter: str
    filed_at: datetime
    particulars: Particulars


_NEAR = tuple(
    matters.c[name]
    for name in (
        "number",
        "category",
        "grid",
        "reporter",
        "filed_at",
        "sealed",
    )
)


async def list_nearby(
    tx: Tx, grids: Iterable[str], since: datetime, limit: int = 60
) -> list[NearCase]:
    """List the open cases in public space of some grids since a moment, the newest first."""
    rows = await tx.rows(
        select(*_NEAR)
        .where(
            matters.c.grid.in_(list(grids)),
            matters.c.state.in_(OPEN),
            matters.c.filed_at >= since,
            matters.c.public_space,
            ~matters.c.confidential,
        )
        .order_by(matters.c.filed_at.desc(), matters.c.number)
        .limit(limit)
    )
    return [
        NearCase(
            number=row.number,
            category=row.category,
            grid=row.grid,
            reporter=row.reporter,
            filed_at=row.filed_at,
            particulars=particulars_of_row(tx, row),
        )
        for row in rows
    ]


async def count_by_state(tx: Tx, grids: Iterable[str]) -> dict[tuple[str, State], int]:
    """Count the open matters of grids: rows of (grid, state) to count."""
    rows = await tx.rows(
        select(matters.c.grid, matters.c.state, func.count().label("n"))
        .where(matters.c.grid.in_(list(grids)), matters.c.state.not_in(ENDS))
        .group_by(matters.c.grid, matters.c.state)
    )
    return {(row.grid, row.state): row.n for row in rows}


async def list_overdue(
    tx: Tx, units: Iterable[str], now: datetime, limit: int = 50
) -> list[Matter]:
    """List the matters of grids and communities with which a worker is late, the latest first."""
    codes = list(units)
    late_contact = and_(matters.c.contacted_at.is_(None), matters.c.contact_by < now)
    return await load_matters(
        tx,
        MATTERS.where(
            or_(matters.c.grid.in_(codes), matters.c.community.in_(codes)),
            matters.c.state.in_(OWED),
            or_(late_contact, matters.c.resolve_by < now),
        ).order_by(matters.c.resolve_by, matters.c.number),
        limit,
    )


async def list_restricted(tx: Tx, until: datetime, limit: int = 100) -> list[Matter]:
    """List the matters that a law no longer keeps at a moment."""
    return await load_matters(
        tx,
        MATTERS.where(matters.c.restricted_until <= until).order_by(
            matters.c.restricted_until, matters.c.number
        ),
        limit,
    )


async def list_ended(tx: Tx, kind: Kind, before: datetime, limit: int = 100) -> list[Matter]:
    """List matters that ended before a moment and still say what was told, the oldest first."""
    return await load_matters(
        tx,
        MATTERS.where(
            matters.c.kind == kind,
            matters.c.closed_at < before,
            ~matters.c.erased,
            matters.c.restricted_until.is_(None),
        ).order_by(matters.c.closed_at, matters.c.number),
        limit,
    )


async def list_for_ledger(
    tx: Tx, communities: Iterable[str], since: datetime, until: datetime
) -> list[Matter]:
    """List what was filed in a span and what is open from before, by number.

    What people told and the events are left where they are: `Matter.particulars` is empty.
    """
    columns = [column for column in matters.c if column is not matters.c.sealed]
    left_out = [null().label(name) for name in ("sealed", "seq", "head")]
    here = matters.c.community.in_(list(communities))
    found: dict[str, Matter] = {}
    for condition in (
        and_(here, matters.c.filed_at >= since, matters.c.filed_at < until),
        and_(here, matters.c.state.in_(OPEN), matters.c.filed_at < since),
    ):
        rows = await tx.rows(select(*columns, *left_out).where(condition))
        found.update((row.number, matter_of_row(tx, row)) for row in rows)
    return [found[number] for number in sorted(found)]


async def numbers_of(tx: Tx, person: str) -> list[str]:
    """List the numbers of everything a person filed, for export and erasure."""
    rows = await tx.rows(
        select(matters.c.number).where(matters.c.reporter == person).order_by(matters.c.number)
    )
    return [row.number for row in rows]


async def last_serials(tx: Tx) -> dict[int, int]:
    """Give the highest serial of a matter by year."""
    serial = cast(func.substr(matters.c.number, _SERIAL_AT), Integer)
    year = func.substr(matters.c.number, 1, 4).label("year")
    rows = await tx.rows(select(year, func.max(serial).label("last")).group_by(year))
    return {int(row.year): row.last for row in rows}


#: Where the serial of a number begins, counted from 1: 2026-00017.
_SERIAL_AT = 6
