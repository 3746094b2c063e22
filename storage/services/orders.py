"""Orders of every kind: what the office does for somebody."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Index,
    Integer,
    LargeBinary,
    Row,
    Select,
    String,
    Table,
    func,
    or_,
    select,
    update,
)

from domain.errors import Conflict
from domain.organisation import Role, Seat
from domain.services.orders import ORDER, Order
from domain.stages import Standing
from domain.subjects import Subject
from storage.changes import holds, writes
from storage.database import Tx, chunks, having
from storage.rows import of_row, row_of
from storage.schema import PersonId, UtcDateTime, Word, metadata

service_orders = Table(
    "service_orders",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("kind", String(20), nullable=False),
    # The number of the case that it was made of.
    Column("matter", String(20), index=True),
    Column("community", String(40), nullable=False),
    Column("grid", String(40), nullable=False),
    Column("resident", PersonId(), nullable=False, index=True),
    # The ids of the staff who have to withdraw, rising.
    Column("barred", JSON, nullable=False),
    Column("seat_unit", String(40), nullable=False),
    Column("seat_role", Word(Role), nullable=False),
    Column("owner", PersonId()),
    Column("climbed_unit", String(40)),
    Column("climbed_role", Word(Role)),
    Column("stage", String(20), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("suspended", String(20), nullable=False),
    Column("suspended_due", UtcDateTime),
    # What its kind keeps of it; null after erasure.
    Column("sealed", LargeBinary),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("outcome", String(20), nullable=False),
    Column("reminded_until", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    Index("ix_service_orders_owner", "owner", "ended_at"),
    Index("ix_service_orders_grid", "grid", "ended_at"),
)
_STANDING = ("stage", "since", "due_at", "suspended", "suspended_due")
_IS_OPEN = service_orders.c.ended_at.is_(None)


@writes(Order)
async def write_orders(tx: Tx, saved: Sequence[Order]) -> None:
    """Write orders.

    Raises:
        Conflict: one changed since it was read.
    """
    latest = {one.id: one for one in saved}
    known = await _versions(tx, latest)
    for one in latest.values():
        if known.get(one.id, 0) != one.version:
            raise Conflict(f"order {one.id}")
    await tx.upsert(service_orders, [_row(tx, one) for one in latest.values()])


_VERSIONS = (
    having(service_orders.c.id)
    .with_only_columns(service_orders.c.id, service_orders.c.version)
    .order_by(service_orders.c.id)
    .with_for_update()
)


@holds(ORDER)
async def hold_orders(tx: Tx, ids: Sequence[str]) -> None:
    """Lock orders until the transaction ends."""
    await _versions(tx, ids)


async def _versions(tx: Tx, ids: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for chunk in chunks(sorted(ids)):
        rows = await tx.rows(_VERSIONS, {"wanted": chunk})
        found.update((row.id, row.version) for row in rows)
    return found


def _row(tx: Tx, one: Order) -> dict[str, Any]:
    return row_of(
        service_orders,
        one,
        barred=sorted(one.barred),
        seat_unit=one.seat.unit,
        seat_role=one.seat.role,
        climbed_unit=one.climbed_to.unit if one.climbed_to else None,
        climbed_role=one.climbed_to.role if one.climbed_to else None,
        **{name: getattr(one.standing, name) for name in _STANDING},
        sealed=tx.keyring.seal(dict(one.body)) if one.body else None,
        version=one.version + 1,
    )


def _order(tx: Tx, row: Row[Any]) -> Order:
    tx.opened.add(Subject(ORDER, row.id))
    climbed = Seat(row.climbed_unit, row.climbed_role) if row.climbed_unit else None
    return of_row(
        Order,
        row,
        barred=frozenset(row.barred),
        seat=Seat(row.seat_unit, row.seat_role),
        climbed_to=climbed,
        standing=of_row(Standing, row),
        body=tx.keyring.unseal(row.sealed) if row.sealed else {},
    )


async def find_order(tx: Tx, order: str) -> Order | None:
    """Load one."""
    row = await tx.row(select(service_orders).where(service_orders.c.id == order))
    return None if row is None else _order(tx, row)


async def get_orders(tx: Tx, ids: Iterable[str]) -> Mapping[str, Order]:
    """Load orders by id; those that do not exist are left out."""
    found: dict[str, Order] = {}
    for chunk in chunks(set(ids)):
        rows = await tx.rows(select(service_orders).where(service_orders.c.id.in_(chunk)))
        found.update((row.id, _order(tx, row)) for row in rows)
    return found


async def _listed(tx: Tx, query: Select[Any], limit: int = 1_000) -> list[Order]:
    rows = await tx.rows(
        query.order_by(service_orders.c.opened_at, service_orders.c.id).limit(limit)
    )
    return [_order(tx, row) for row in rows]


async def list_of_resident(tx: Tx, person: str) -> list[Order]:
    """List a resident's orders, the oldest first."""
    return await _listed(tx, select(service_orders).where(service_orders.c.resident == person))


async def list_owned(tx: Tx, person: str) -> list[Order]:
    """List the open orders that somebody has to do."""
    return await _listed(
        tx, select(service_orders).where(service_orders.c.owner == person, _IS_OPEN)
    )


async def list_seated(tx: Tx, seat: Seat) -> list[Order]:
    """List the open orders of a post, whoever holds them."""
    return await _listed(
        tx,
        select(service_orders).where(
            service_orders.c.seat_unit == seat.unit,
            service_orders.c.seat_role == seat.role,
            _IS_OPEN,
        ),
    )


async def list_unowned(tx: Tx) -> list[Order]:
    """List the open orders that wait for anybody of their ladder to join."""
    return await _listed(
        tx, select(service_orders).where(service_orders.c.owner.is_(None), _IS_OPEN)
    )


async def list_in(tx: Tx, units: Iterable[str]) -> list[Order]:
    """List the open orders of grids and communities."""
    codes = list(units)
    return await _listed(
        tx,
        select(service_orders).where(
            or_(service_orders.c.grid.in_(codes), service_orders.c.community.in_(codes)), _IS_OPEN
        ),
    )


async def count_owned(tx: Tx, persons: Iterable[str]) -> dict[str, int]:
    """Count the open orders that each of some persons has; who has none is left out."""
    rows = await tx.rows(
        select(service_orders.c.owner, func.count().label("held"))
        .where(service_orders.c.owner.in_(list(persons)), _IS_OPEN)
        .group_by(service_orders.c.owner)
    )
    return {row.owner: row.held for row in rows}


async def living(tx: Tx, ids: Sequence[str]) -> Set[str]:
    """Give those of some ids that there still are."""
    found: set[str] = set()
    for chunk in chunks(ids):
        rows = await tx.rows(
            select(service_orders.c.id).where(
                service_orders.c.id.in_(chunk), service_orders.c.sealed.is_not(None)
            )
        )
        found.update(row.id for row in rows)
    return found


def all_ids() -> Select[tuple[str]]:
    """Choose the id of every order."""
    return select(service_orders.c.id)


async def move_resident(tx: Tx, kept: str, absorbed: str) -> None:
    """Give to one what was the other's: two accounts were linked."""
    await tx.run(
        update(service_orders)
        .where(service_orders.c.resident == absorbed)
        .values(resident=kept, version=service_orders.c.version + 1)
    )
