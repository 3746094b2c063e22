"""Visits and needs: when and how it went stands in columns, what was found is sealed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    func,
    select,
    update,
)

from domain.errors import Conflict
from domain.plans import Plan
from domain.visits.coverage import Round
from domain.visits.entries import How
from domain.visits.needs import NEED, NEED_ENDS, Consented, Need, NeedState
from domain.visits.needs import to_json as need_to_json
from domain.visits.visits import SETTLED, VISIT, Area, Visit, VisitState
from domain.visits.visits import to_json as visit_to_json
from storage.changes import holds, writes
from storage.database import Tx, chunks, having
from storage.rows import of_row, row_of
from storage.schema import PersonId, UtcDateTime, Word, metadata

visits = Table(
    "visits",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("entry", String(24), nullable=False),
    Column("unit", String(40), nullable=False),
    Column("by", PersonId(), nullable=False),
    Column("round", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("how", Word(How), nullable=False),
    Column("state", Word(VisitState), nullable=False),
    Column("stands_in", Boolean, nullable=False),
    # In which areas something was found, and what was written; null after erasure.
    Column("sealed", LargeBinary),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("at", UtcDateTime),
    Column("told", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Index("ix_visits_entry_begun_at", "entry", "begun_at"),
    Index("ix_visits_unit_due_at", "unit", "due_at"),
    Index("ix_visits_by", "by"),
)

needs = Table(
    "needs",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("visit", String(24), nullable=False, index=True),
    Column("entry", String(24), nullable=False, index=True),
    Column("unit", String(40), nullable=False),
    Column("consented", Word(Consented), nullable=False),
    Column("number", String(20), index=True),
    Column("state", Word(NeedState), nullable=False),
    # The area, what is needed, what was done, what it brought; null after erasure.
    Column("sealed", LargeBinary),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("acted_at", UtcDateTime),
    Column("effect_at", UtcDateTime),
    Column("confirmed_at", UtcDateTime),
    Column("confirmed_by", PersonId()),
    Column("failures", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Index("ix_needs_unit_state", "unit", "state"),
)


# --- visits --------------------------------------------------------------------------------------


@writes(Visit)
async def write_visits(tx: Tx, saved: Sequence[Visit]) -> None:
    """Insert new visits, and change known ones that nobody else changed.

    Raises:
        Conflict: somebody else was faster.
    """
    for one in {one.id: one for one in saved}.values():
        row = row_of(
            visits,
            one,
            sealed=None if one.erased else tx.keyring.seal(visit_to_json(one)),
            version=one.version + 1,
        )
        await _write(tx, visits, row, one.version, VISIT)


async def _write(tx: Tx, table: Table, row: dict[str, Any], version: int, kind: str) -> None:
    if not version:
        if await tx.insert_new(table, [row]) != 1:
            raise Conflict(kind)
        return
    changed = await tx.run(
        update(table).where(table.c.id == row["id"], table.c.version == version).values(**row)
    )
    if not changed:
        raise Conflict(f"{kind} {row['id']}")


@holds(VISIT)
async def hold_visits(tx: Tx, ids: Sequence[str]) -> None:
    """Lock visits."""
    await tx.rows(select(visits.c.id).where(visits.c.id.in_(list(ids))).with_for_update())


def _visit(tx: Tx, row: Row[Any]) -> Visit:
    sealed = tx.keyring.unseal(row.sealed) if row.sealed else {"areas": [], "note": "", "why": ""}
    return of_row(
        Visit,
        row,
        areas=frozenset(Area(one) for one in sealed["areas"]),
        note=sealed["note"],
        why=sealed["why"],
        erased=row.sealed is None,
    )


async def get_visits(tx: Tx, ids: Iterable[str]) -> dict[str, Visit]:
    """Load visits by id; those that do not exist are left out."""
    found: dict[str, Visit] = {}
    for chunk in chunks(set(ids)):
        rows = await tx.rows(having(visits.c.id), {"wanted": chunk})
        found.update((row.id, _visit(tx, row)) for row in rows)
    return found


async def list_visits(tx: Tx, entry: str, limit: int = 50) -> list[Visit]:
    """List the visits of an entry, the newest first."""
    rows = await tx.rows(
        select(visits)
        .where(visits.c.entry == entry)
        .order_by(visits.c.begun_at.desc(), visits.c.id)
        .limit(limit)
    )
    return [_visit(tx, row) for row in rows]


async def find_visit_of(tx: Tx, plan: Plan, person: str) -> Visit | None:
    """Find the visit that somebody has begun to record for the present round."""
    row = await tx.row(
        select(visits)
        .where(
            visits.c.entry == plan.subject.id,
            visits.c.round == plan.round,
            visits.c.by == person,
            visits.c.state == VisitState.OPEN,
        )
        .order_by(visits.c.begun_at, visits.c.id)
        .limit(1)
    )
    return None if row is None else _visit(tx, row)


async def settled_of(tx: Tx, entry: str, round_: int) -> Visit | None:
    """Find the visit with which a round ended."""
    row = await tx.row(
        select(visits)
        .where(
            visits.c.entry == entry,
            visits.c.round == round_,
            visits.c.state.in_(list(SETTLED)),
        )
        .order_by(visits.c.at)
        .limit(1)
    )
    return None if row is None else _visit(tx, row)


async def list_recorded(
    tx: Tx, units: Iterable[str], begins: datetime, ends: datetime
) -> list[Visit]:
    """List the visits and attempts of grids that were recorded in a span, the oldest first."""
    found: list[Visit] = []
    for chunk in chunks(set(units)):
        rows = await tx.rows(
            select(visits).where(
                visits.c.unit.in_(chunk), visits.c.at >= begins, visits.c.at < ends
            )
        )
        found += [_visit(tx, row) for row in rows]
    return sorted(found, key=lambda one: (one.at or one.begun_at, one.id))


async def list_rounds(
    tx: Tx, units: Iterable[str], begins: datetime, ends: datetime
) -> list[Round]:
    """List the rounds that ended of those that were due in a span, or were settled in it."""
    found: list[Round] = []
    for chunk in chunks(set(units)):
        rows = await tx.rows(
            select(visits.c.unit, visits.c.due_at, visits.c.at, visits.c.state).where(
                visits.c.unit.in_(chunk),
                visits.c.state.in_(list(SETTLED)),
                visits.c.due_at < ends,
                (visits.c.due_at >= begins) | (visits.c.at >= begins),
            )
        )
        found += [
            Round(row.unit, row.due_at, row.at, declined=row.state is VisitState.DECLINED)
            for row in rows
        ]
    return found


# --- needs ---------------------------------------------------------------------------------------


@writes(Need)
async def write_needs(tx: Tx, saved: Sequence[Need]) -> None:
    """Insert new needs, and change known ones that nobody else changed.

    Raises:
        Conflict: somebody else was faster.
    """
    for one in {one.id: one for one in saved}.values():
        row = row_of(
            needs,
            one,
            sealed=None if one.erased else tx.keyring.seal(need_to_json(one)),
            version=one.version + 1,
        )
        await _write(tx, needs, row, one.version, NEED)


@holds(NEED)
async def hold_needs(tx: Tx, ids: Sequence[str]) -> None:
    """Lock needs."""
    await tx.rows(select(needs.c.id).where(needs.c.id.in_(list(ids))).with_for_update())


def _need(tx: Tx, row: Row[Any]) -> Need:
    sealed = tx.keyring.unseal(row.sealed) if row.sealed else {}
    return of_row(
        Need,
        row,
        area=Area(sealed.get("area", Area.NEEDS)),
        words=sealed.get("words", ""),
        action=sealed.get("action", ""),
        effect=sealed.get("effect", ""),
        erased=row.sealed is None,
    )


async def get_needs(tx: Tx, ids: Iterable[str]) -> dict[str, Need]:
    """Load needs by id; those that do not exist are left out."""
    found: dict[str, Need] = {}
    for chunk in chunks(set(ids)):
        rows = await tx.rows(having(needs.c.id), {"wanted": chunk})
        found.update((row.id, _need(tx, row)) for row in rows)
    return found


async def list_needs(tx: Tx, entry: str, *, open_only: bool = False) -> list[Need]:
    """List the needs of an entry, the oldest first."""
    query = select(needs).where(needs.c.entry == entry)
    if open_only:
        query = query.where(needs.c.state.not_in(list(NEED_ENDS)))
    rows = await tx.rows(query.order_by(needs.c.opened_at, needs.c.id))
    return [_need(tx, row) for row in rows]


async def list_needs_in(tx: Tx, units: Iterable[str], since: datetime | None = None) -> list[Need]:
    """List the needs of grids: open ones, and with a moment also those that were found since."""
    found: list[Need] = []
    for chunk in chunks(set(units)):
        is_open = needs.c.state.not_in(list(NEED_ENDS))
        wanted = is_open if since is None else is_open | (needs.c.opened_at >= since)
        rows = await tx.rows(select(needs).where(needs.c.unit.in_(chunk), wanted))
        found += [_need(tx, row) for row in rows]
    return sorted(found, key=lambda one: (one.opened_at, one.id))


async def count_needs(tx: Tx, units: Iterable[str]) -> dict[str, int]:
    """Count the needs without an effect, by grid."""
    found: dict[str, int] = {}
    for chunk in chunks(set(units)):
        rows = await tx.rows(
            select(needs.c.unit, func.count().label("n"))
            .where(
                needs.c.unit.in_(chunk),
                needs.c.state.in_([NeedState.OPEN, NeedState.ACTED]),
            )
            .group_by(needs.c.unit)
        )
        found.update((row.unit, row.n) for row in rows)
    return found
