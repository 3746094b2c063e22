"""What an operator asks a database: is it whole, and do the newest case files verify?"""

from sqlalchemy import func, select, text

from domain.matters.chain import verify
from domain.matters.matter import Event
from storage.database import Tx
from storage.matters.matters import event_of, list_events, matter_events, matters
from storage.migrate_data import CannotMove

#: How many case files are verified where all would take too long, the newest first.
CHAINS = 1000


async def complaint(tx: Tx) -> str | None:
    """Give what an SQLite file says is wrong with it; PostgreSQL checks its own pages."""
    if tx.is_postgres:
        return None
    said = str(await tx.scalar(text("PRAGMA quick_check")))
    return None if said == "ok" else said


async def broken_chains(tx: Tx, limit: int) -> tuple[int, list[str]]:
    """Verify the newest case files and give how many there were, and which do not hold."""
    newest = await tx.rows(
        select(matters.c.number, matters.c.head).order_by(matters.c.filed_at.desc()).limit(limit)
    )
    broken = [
        row.number for row in newest if verify(await list_events(tx, row.number), bytes(row.head))
    ]
    return len(newest), broken


async def ensure_verified(taken: Tx) -> int:
    """Verify every case file and give how many there are.

    Raises:
        CannotMove: one does not verify, or is missing.
    """
    rows = await taken.connection.stream(
        select(matter_events, matters.c.head)
        .join(matter_events, matter_events.c.number == matters.c.number)
        .order_by(matter_events.c.number, matter_events.c.seq),
        execution_options={"yield_per": 1_000},
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
