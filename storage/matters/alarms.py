"""Alarms: what somebody said about a danger, until it is answered or a case."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, LargeBinary, Row, Select, String, Table, select, update

from domain.errors import Conflict
from domain.matters.alarms import KEPT, Alarm, Answer, to_json
from domain.matters.matter import Origin
from domain.words.lexicon import Danger
from storage.changes import writes
from storage.database import Tx, chunks, having
from storage.rows import of_row, row_of
from storage.schema import PersonId, UtcDateTime, Word, metadata

alarms = Table(
    "alarms",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("person", PersonId(), nullable=False, index=True),
    Column("said_at", UtcDateTime, nullable=False, index=True),
    Column("due_at", UtcDateTime),
    Column("origin", Word(Origin), nullable=False),
    Column("answer", Word(Answer), nullable=False),
    Column("number", String(20)),
    Column("sealed", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
)


@writes(Alarm)
async def write_alarms(tx: Tx, saved: Sequence[Alarm]) -> None:
    """Insert or replace alarms.

    Raises:
        Conflict: the clock told the duty, or the person answered, since it was read.
    """
    latest = {one.id: one for one in saved}
    known = await _versions(tx, latest)
    for one in latest.values():
        if known.get(one.id, 0) != one.version:
            raise Conflict(one.id)
    await tx.upsert(alarms, [_row(tx, one) for one in latest.values()])


_VERSIONS = (
    having(alarms.c.id)
    .with_only_columns(alarms.c.id, alarms.c.version)
    .order_by(alarms.c.id)
    .with_for_update()
)


async def _versions(tx: Tx, ids: Iterable[str]) -> dict[str, int]:
    versions: dict[str, int] = {}
    for chunk in chunks(sorted(ids)):
        rows = await tx.rows(_VERSIONS, {"wanted": chunk})
        versions.update((row.id, row.version) for row in rows)
    return versions


def _row(tx: Tx, one: Alarm) -> dict[str, Any]:
    return row_of(alarms, one, sealed=tx.keyring.seal(to_json(one)), version=one.version + 1)


def _alarm(tx: Tx, row: Row[Any]) -> Alarm:
    said = tx.keyring.unseal(row.sealed)
    return of_row(
        Alarm,
        row,
        dangers=tuple(Danger(one) for one in said["dangers"]),
        words=said["words"],
        files=tuple((one[0], one[1], one[2]) for one in said["files"]),
        said=tuple((one[0], one[1], one[2]) for one in said["said"]),
        place_text=said["place_text"],
        accuses=said["accuses"],
        place=tuple(said["place"]) if said["place"] else None,
        phone=said["phone"],
        unfit=said["unfit"],
    )


async def get_alarms(tx: Tx, persons: Iterable[str]) -> dict[str, Alarm]:
    """Load the latest alarm of each person; most persons have none."""
    found: dict[str, Alarm] = {}
    for chunk in chunks(set(persons)):
        for row in await tx.rows(_LATEST_LAST, {"wanted": chunk}):
            found[row.person] = _alarm(tx, row)
    return found


_LATEST_LAST = having(alarms.c.person).order_by(alarms.c.said_at, alarms.c.id)


async def load_alarms(tx: Tx, ids: Sequence[str]) -> Mapping[str, object]:
    """Load alarms by their ids, for the clock."""
    found: dict[str, object] = {}
    for chunk in chunks(set(ids)):
        for row in await tx.rows(having(alarms.c.id), {"wanted": chunk}):
            found[row.id] = _alarm(tx, row)
    return found


async def list_alarms(tx: Tx, person: str) -> list[Alarm]:
    """List what is kept of a person's alarms, the oldest first."""
    rows = await tx.rows(_LATEST_LAST, {"wanted": [person]})
    return [_alarm(tx, row) for row in rows]


async def sweep(tx: Tx, now: datetime) -> int:
    """Delete the alarms that nobody answers any more; those that are still to be told stay."""
    return await tx.run(
        alarms.delete().where(alarms.c.said_at <= now - KEPT, alarms.c.due_at.is_(None))
    )


async def forget_alarms(tx: Tx, person: str) -> None:
    """Erase what a person said about dangers."""
    await tx.run(alarms.delete().where(alarms.c.person == person))


async def move_alarms(tx: Tx, kept: str, absorbed: str) -> None:
    """Give one person's alarms to another: two accounts were linked."""
    await tx.run(update(alarms).where(alarms.c.person == absorbed).values(person=kept))


def persons() -> Select[tuple[str]]:
    """Choose whoever told of a danger that is not long past."""
    return select(alarms.c.person)
