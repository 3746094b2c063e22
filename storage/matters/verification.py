"""What an operator asks a database: is it whole, and do the newest case files verify?"""

from sqlalchemy import select, text

from domain.matters.chain import verify
from storage.database import Tx
from storage.matters.matters import list_events, matters

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
