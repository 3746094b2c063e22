"""Unfinished forms: they go on elsewhere and after a restart.

One of a person's is being filled; those of staff that something came between wait behind it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, LargeBinary, String, Table

from storage.changes import writes
from storage.database import Tx, chunks, having
from storage.personal_data import Forgotten, PersonalData
from storage.rows import of_row, row_of
from storage.schema import PersonId, UtcDateTime, metadata

drafts = Table(
    "drafts",
    metadata,
    Column("person", PersonId(), primary_key=True),
    Column("id", String(8), primary_key=True),
    Column("form", String(40), nullable=False),
    Column("form_version", Integer, nullable=False),
    Column("step", String(40), nullable=False),
    Column("editing", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A form as far as it was filled.

    ``values`` maps step names to plain JSON values; ``context`` holds what the form is about, such
    as a case number. ``id`` is short: it travels in buttons and tells old ones from new ones.
    """

    person: str
    id: str
    form: str
    form_version: int
    step: str
    editing: bool = False
    """One step is being changed from the read-back; the next answer leads back to it."""
    values: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    changed_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class DraftGone:
    """A draft was submitted, cancelled or has expired; without an id, all of a person's."""

    person: str
    id: str = ""


@writes(Draft)
async def write_drafts(tx: Tx, saved: Sequence[Draft]) -> None:
    """Insert or replace drafts."""
    latest = {(one.person, one.id): one for one in saved}
    rows = [
        row_of(
            drafts, one, editing=int(one.editing), sealed=tx.keyring.seal([one.values, one.context])
        )
        for one in latest.values()
    ]
    await tx.upsert(drafts, rows)


@writes(DraftGone)
async def delete_drafts(tx: Tx, saved: Sequence[DraftGone]) -> None:
    """Delete drafts."""
    await tx.delete(drafts, [{"person": one.person, "id": one.id} for one in saved if one.id])
    await tx.delete(drafts, [{"person": one.person} for one in saved if not one.id])


async def get_drafts(tx: Tx, persons: Iterable[str]) -> dict[str, Draft]:
    """Load what each of some persons is filling."""
    return {person: found[0] for person, found in (await list_drafts(tx, persons)).items()}


async def list_drafts(tx: Tx, persons: Iterable[str]) -> dict[str, list[Draft]]:
    """Load the drafts of persons, the one that was changed last first, expired ones included.

    Most persons have none, and are left out.
    """
    found: dict[str, list[Draft]] = {}
    for chunk in chunks(set(persons)):
        for row in await tx.rows(having(drafts.c.person), {"wanted": chunk}):
            values, context = tx.keyring.unseal(row.sealed)
            draft = of_row(Draft, row, editing=bool(row.editing), values=values, context=context)
            found.setdefault(row.person, []).append(draft)
    for drafts_of_one in found.values():
        drafts_of_one.sort(key=lambda one: (one.changed_at, one.id), reverse=True)
    return found


async def expire_drafts(tx: Tx, now: datetime) -> int:
    """Delete the drafts that nobody came back to and give how many there were."""
    return await tx.run(drafts.delete().where(drafts.c.expires_at <= now))


async def move_draft(tx: Tx, kept: str, absorbed: str) -> None:
    """Keep the draft of a linked person where the other has none."""
    held = (await get_drafts(tx, [kept, absorbed])).get(kept)
    if held is None:
        await tx.run(drafts.update().where(drafts.c.person == absorbed).values(person=kept))
    else:
        await tx.run(drafts.delete().where(drafts.c.person == absorbed))


async def _copy(tx: Tx, person: str) -> dict[str, Any]:
    found = (await list_drafts(tx, [person])).get(person, [])
    return {"drafts": [dict(one.values) for one in found]}


async def _forget(tx: Tx, gone: Forgotten) -> None:
    await delete_drafts(tx, [DraftGone(gone.person)])


PERSONAL_DATA = PersonalData(
    name="drafts",
    tables=(drafts,),
    copy=_copy,
    forget=_forget,
    forget_staff=_forget,
    move=move_draft,
    sweep=expire_drafts,
)
