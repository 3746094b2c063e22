"""What an operator asks a database: is it whole, and do the files of its subjects verify?"""

from collections.abc import AsyncIterator

from sqlalchemy import Row, func, literal, select, text

from domain.chain import Event, verify
from domain.subjects import Subject, called
from storage.chain import event_of, file_events, file_heads, is_head_of
from storage.database import Tx, chunks
from storage.migrate_data import CannotMove
from storage.registry import SUBJECTS

#: How many files are verified where all would take too long, the last changed ones first.
CHAINS = 1000
#: Of how many files the events are read at once.
_PART = 100


async def complaint(tx: Tx) -> str | None:
    """Give what an SQLite file says is wrong with it; PostgreSQL checks its own pages."""
    if tx.is_postgres:
        return None
    said = str(await tx.scalar(text("PRAGMA quick_check")))
    return None if said == "ok" else said


async def broken_chains(tx: Tx, limit: int) -> tuple[int, list[str]]:
    """Verify the last changed files and give how many there were, and which do not hold."""
    newest = await tx.rows(
        select(file_heads.c.file, file_heads.c.head)
        .order_by(file_heads.c.at.desc(), file_heads.c.file)
        .limit(limit)
    )
    broken: list[str] = []
    for part in chunks(newest, _PART):
        events: dict[Subject, list[Event]] = {row.file: [] for row in part}
        for row in await tx.rows(
            select(file_events)
            .where(file_events.c.file.in_([*events]))
            .order_by(file_events.c.file, file_events.c.seq)
        ):
            events[row.file].append(event_of(tx, row, Event))
        broken += [called(row.file) for row in part if verify(events[row.file], bytes(row.head))]
    return len(newest), broken


async def ensure_verified(taken: Tx) -> int:
    """Verify every file and give how many there are.

    Raises:
        CannotMove: one does not verify, or is missing.
    """
    await _ensure_whole(taken)
    chains = 0
    async for events, head in _files(taken):
        if wrong := verify(events, head):
            raise CannotMove(f"the file of {called(events[0].file)} does not verify: {wrong[0]}")
        chains += 1
        # Nothing is said here: a million files are not to be kept in mind.
        taken.opened.clear()
    return chains


async def _ensure_whole(tx: Tx) -> None:
    """Look for files of which one half is missing, and for subjects without the file they keep."""
    ends = select(literal(1)).where(file_heads.c.file == file_events.c.file)
    begun = select(literal(1)).where(file_events.c.file == file_heads.c.file)
    for query, missing in (
        (select(file_events.c.file).where(~ends.exists()), "the end"),
        (select(file_heads.c.file).where(~begun.exists()), "every event"),
    ):
        if row := await tx.row(query.limit(1)):
            raise CannotMove(f"{missing} of the file of {called(row.file)} is missing")
    for kind in SUBJECTS.values():
        if kind.filed is None:
            continue
        ids = kind.filed().subquery()
        file = select(literal(1)).where(is_head_of(kind.name, ids.c[0]))
        if missed := await tx.scalar(select(func.count()).select_from(ids).where(~file.exists())):
            raise CannotMove(f"{missed} files of {kind.name} are missing")


async def _files(tx: Tx) -> AsyncIterator[tuple[list[Event], bytes]]:
    """Read all files, each with the digest at its end."""
    rows = await tx.connection.stream(
        select(file_events, file_heads.c.head)
        .join(file_heads, file_heads.c.file == file_events.c.file)
        .order_by(file_events.c.file, file_events.c.seq),
        execution_options={"yield_per": 1_000},
    )
    events: list[Event] = []
    head = b""
    row: Row[tuple[object, ...]]
    async for row in rows:
        if events and events[0].file != row.file:
            yield events, head
            events = []
        events.append(event_of(tx, row, Event))
        head = bytes(row.head)
    if events:
        yield events, head
