"""Moves everything from one database into another, empty one: from SQLite to PostgreSQL.

All of it in one transaction: either the target holds every row and every case file verifies, or it
holds nothing. Sealed columns are copied as they are; the same key file opens them.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Integer, Table, func, inspect, literal, select
from sqlalchemy.exc import DBAPIError

from domain.errors import StorageError
from storage.database import Database, Tx
from storage.migrate import upgrade
from storage.schema import metadata

#: How many rows travel at once.
_PART = 1_000


class CannotMove(Exception):
    """Raised where moving is not possible; the text says what to do. Nothing has changed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """What was moved, and verified on the other side."""

    rows: Mapping[str, int]
    """By table."""
    chains: int
    """Case files whose events verify."""


async def move(
    source: Database,
    target: Database,
    verify: Callable[[Tx], Awaitable[int]],
    progress: Callable[[str, int], None] = lambda *_: None,
) -> Moved:
    """Copy every table of a database of this version into an empty one, and verify it there.

    The source is held meanwhile: nobody else can write to it.

    Args:
        verify: looks at every case file on the other side and gives how many there are; it raises
            `CannotMove` where one does not verify.
        progress: called with each table that is done and its number of rows.

    Raises:
        CannotMove: the target is not empty, or what arrived is not what was sent.
        StorageError: one of the two cannot be used.
    """
    async with target.begin_with(source.keyring) as tx:
        await _ensure_empty(tx)
    await upgrade(target)
    counts: dict[str, int] = {}
    async with source.write() as given, target.begin_with(source.keyring) as taken:
        await _ensure_empty(taken)
        for table in metadata.sorted_tables:
            counts[table.name] = await _copy(given, taken, table)
            progress(table.name, counts[table.name])
        await _set_sequences(taken)
        await _ensure_same(given, taken, counts)
        chains = await verify(taken)
    return Moved(rows=counts, chains=chains)


async def _ensure_empty(tx: Tx) -> None:
    there = await tx.connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    for table in metadata.sorted_tables:
        if table.name in there and await tx.row(select(literal(1)).select_from(table).limit(1)):
            raise CannotMove(
                f"the target is not empty: {table.name} has rows. Name an empty database"
            )


async def _copy(given: Tx, taken: Tx, table: Table) -> int:
    count = 0
    rows = await given.connection.stream(
        select(table).order_by(*table.primary_key), execution_options={"yield_per": _PART}
    )
    async for part in rows.partitions(_PART):
        try:
            await taken.insert(table, [dict(row._mapping) for row in part])
        except DBAPIError as error:
            driver = error.orig
            said = type(driver.__cause__ or driver if driver else error).__name__
            raise StorageError(f"{table.name} cannot be taken over: {said}") from error
        count += len(part)
    return count


async def _set_sequences(taken: Tx) -> None:
    """Let numbers that the database gives go on after the highest that arrived."""
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None or not isinstance(column.type, Integer):
            continue
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        if await taken.scalar(select(sequence)) is None:
            continue
        highest = func.coalesce(func.max(column), 0)
        await taken.rows(select(func.setval(sequence, highest + 1, literal(False))))


async def _ensure_same(given: Tx, taken: Tx, counts: Mapping[str, int]) -> None:
    for table in metadata.sorted_tables:
        query = select(func.count()).select_from(table)
        sent, arrived = await given.scalar(query), await taken.scalar(query)
        if not sent == arrived == counts[table.name]:
            raise CannotMove(f"{table.name}: {sent} rows were there, {arrived} arrived")
