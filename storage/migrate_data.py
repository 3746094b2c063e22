"""Moves everything from one database into another, empty one: from SQLite to PostgreSQL.

All of it in one transaction: either the target holds every row and every case file verifies, or it
holds nothing. Sealed columns are copied as they are; the same key file opens them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Integer, Table, func, inspect, literal, select
from sqlalchemy.exc import DBAPIError

from domain.errors import StorageError
from domain.matters.chain import verify
from domain.matters.matter import Event
from storage.database import Database, Tx
from storage.matters.matters import event_of, matter_events, matters
from storage.migrate import import_tables, upgrade
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
    source: Database, target: Database, progress: Callable[[str, int], None] = lambda *_: None
) -> Moved:
    """Copy every table of a database of this version into an empty one, and verify it there.

    The source is held meanwhile: nobody else can write to it.

    Args:
        progress: called with each table that is done and its number of rows.

    Raises:
        CannotMove: the target is not empty, or what arrived is not what was sent.
        StorageError: one of the two cannot be used.
    """
    import_tables()
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
        chains = await _ensure_verified(taken)
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


async def _ensure_verified(taken: Tx) -> int:
    """Verify every case file on the other side and give how many there are."""
    rows = await taken.connection.stream(
        select(matter_events, matters.c.head)
        .join(matter_events, matter_events.c.number == matters.c.number)
        .order_by(matter_events.c.number, matter_events.c.seq),
        execution_options={"yield_per": _PART},
    )
    chains = 0
    events: list[Event] = []
    head = b""

    def close() -> None:
        nonlocal chains
        if events:
            if wrong := verify(events, head):
                raise CannotMove(f"the file of {events[0].number} does not verify: {wrong[0]}")
            chains += 1
            events.clear()

    async for row in rows:
        if events and events[0].number != row.number:
            close()
        events.append(event_of(taken, row))
        head = bytes(row.head)
    close()
    filed = await taken.scalar(select(func.count()).select_from(matters))
    if chains != filed:
        raise CannotMove(f"{filed} cases arrived, and the files of {chains}")
    return chains
