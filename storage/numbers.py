"""Series of numbers: rising, unique, reserved in blocks."""

from collections.abc import Mapping, Sequence

from sqlalchemy import (
    Column,
    Integer,
    Table,
    select,
    update,
)

from storage.database import Tx
from storage.schema import metadata

#: The next case numbers by year, handed out in blocks.
number_blocks = Table(
    "number_blocks",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("next", Integer, nullable=False),
)


async def reserve_numbers(tx: Tx, year: int, count: int) -> range:
    """Reserve a block of serials of a year: unique and rising over all processes, gaps allowed."""
    await tx.insert_new(number_blocks, [{"year": year, "next": 1}])
    row = await tx.row(
        select(number_blocks.c.next).where(number_blocks.c.year == year).with_for_update()
    )
    first: int = row.next if row else 1
    await tx.run(
        update(number_blocks).where(number_blocks.c.year == year).values(next=first + count)
    )
    return range(first, first + count)


async def return_numbers(tx: Tx, year: int, serials: Sequence[int]) -> None:
    """Give back the end of what was reserved and not given out, if nobody reserved after it.

    Args:
        serials: rising; those before a gap are lost, as after a crash.
    """
    first = end = serials[-1] + 1 if serials else 0
    for serial in reversed(serials):
        if serial != first - 1:
            break
        first = serial
    await tx.run(
        update(number_blocks)
        .where(number_blocks.c.year == year, number_blocks.c.next == end)
        .values(next=first)
    )


async def release_numbers(tx: Tx, used: Mapping[int, int]) -> None:
    """Let years go on behind the last serials that are used; nobody may hold a block of them.

    A year of which nothing is known stays as it is.
    """
    for year, last in used.items():
        await tx.insert_new(number_blocks, [{"year": year, "next": last + 1}])
        await tx.run(
            update(number_blocks).where(number_blocks.c.year == year).values(next=last + 1)
        )


async def next_numbers(tx: Tx) -> dict[int, int]:
    """Give the serial that is reserved next in each year."""
    rows = await tx.rows(select(number_blocks.c.year, number_blocks.c.next))
    return {row.year: row.next for row in rows}
