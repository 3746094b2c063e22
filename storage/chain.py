"""The files of subjects of any feature: events in a chain, and the digest at its end.

The content of an event is sealed, and goes with an erasure; who did what when stays, and the chain
still verifies.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    select,
    update,
)

from domain.chain import Chain, Event
from domain.errors import Conflict
from domain.organisation import Role
from domain.subjects import Subject
from storage.changes import writes
from storage.database import Tx, chunks
from storage.personal_data import PersonalData
from storage.rows import of_row
from storage.schema import PersonId, SubjectKey, UtcDateTime, Word, key_of, metadata

file_events = Table(
    "file_events",
    metadata,
    Column("file", SubjectKey(), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("happening", String(40), nullable=False),
    Column("actor", PersonId(), nullable=False),
    Column("role", Word(Role), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("commitment", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    # Content and salt, sealed together; null after erasure, and the chain still verifies.
    Column("sealed", LargeBinary),
    Index("ix_file_events_actor", "actor", "at"),
)

file_heads = Table(
    "file_heads",
    metadata,
    Column("file", SubjectKey(), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("head", LargeBinary, nullable=False),
    # When the last event happened.
    Column("at", UtcDateTime, nullable=False),
)

_Event = TypeVar("_Event", bound=Event)


@writes(Chain)
async def write_chains(tx: Tx, saved: Sequence[Chain]) -> None:
    """Append the fresh events of files.

    Raises:
        Conflict: somebody else appended to one since it was read.
    """
    latest = [one for one in {one.file: one for one in saved}.values() if one.fresh]
    rows = [_row(tx, event) for one in latest for event in one.fresh]
    if await tx.insert_new(file_events, rows) != len(rows):
        raise Conflict("somebody else appended to the same file")
    heads = [
        {"file": one.file, "seq": one.seq, "head": one.head, "at": one.fresh[-1].at}
        for one in latest
    ]
    await tx.upsert(file_heads, heads)


def _row(tx: Tx, event: Event) -> dict[str, Any]:
    salt = event.salt.hex() if event.salt else ""
    return {
        "file": event.file,
        "seq": event.seq,
        "happening": str(event.happening),
        "actor": event.actor,
        "role": event.role,
        "at": event.at,
        "commitment": event.commitment,
        "digest": event.digest,
        "sealed": tx.keyring.seal([salt, event.content]),
    }


def event_of(tx: Tx, row: Row[Any], sort: type[_Event], **narrowed: Any) -> _Event:
    """Give the event of a row, with its content where that was not erased.

    Args:
        narrowed: fields that a feature's own sort of events holds as words of its own.
    """
    tx.opened.add(row.file)
    salt, content = tx.keyring.unseal(row.sealed) if row.sealed else ("", None)
    return of_row(sort, row, content=content, salt=bytes.fromhex(salt) or None, **narrowed)


async def list_rows(tx: Tx, file: Subject) -> Sequence[Row[Any]]:
    """Read a file from its first event on; see `event_of`."""
    return await tx.rows(
        select(file_events).where(file_events.c.file == file).order_by(file_events.c.seq)
    )


async def list_events(tx: Tx, file: Subject) -> list[Event]:
    """Load a file from its first event on."""
    return [event_of(tx, row, Event) for row in await list_rows(tx, file)]


async def get_chains(tx: Tx, files: Iterable[Subject]) -> dict[Subject, Chain]:
    """Load the ends of files, to append to them; one that nothing happened in begins."""
    found = {file: Chain(file=file) for file in files}
    for chunk in chunks([*found]):
        rows = await tx.rows(select(file_heads).where(file_heads.c.file.in_(chunk)))
        found.update((row.file, Chain(file=row.file, seq=row.seq, head=row.head)) for row in rows)
    return found


def is_head_of(kind: str, column: ColumnElement[str]) -> ColumnElement[bool]:
    """Join the ends of files to the rows of a table by their ids."""
    return file_heads.c.file == key_of(kind, column)


async def _copy(tx: Tx, person: str) -> dict[str, Any]:
    """List what a member of staff did in files: in which, what and when, the oldest first."""
    columns = file_events.c
    rows = await tx.rows(
        select(columns.file, columns.happening, columns.at)
        .where(columns.actor == person, columns.role != Role.RESIDENT)
        .order_by(columns.at, columns.file, columns.seq)
    )
    return {"acts": [(row.file, row.happening, row.at) for row in rows]}


async def forget_file(tx: Tx, subjects: Sequence[Subject]) -> None:
    """Erase what people wrote in the events of subjects, with the salts."""
    for chunk in chunks(subjects):
        await tx.run(update(file_events).where(file_events.c.file.in_(chunk)).values(sealed=None))


PERSONAL_DATA = PersonalData(
    name="chain",
    tables=(file_events, file_heads),
    copy=_copy,
    stays=(
        "The ids of who did what in a file stay without a word, so that its chain of events"
        " verifies, and the office can answer for what it did."
    ),
    forget_file=forget_file,
)
