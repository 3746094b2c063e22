"""Unfinished forms: one per person, so that it goes on elsewhere and after a restart."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, LargeBinary, String, Table

from storage.changes import writes
from storage.database import Tx, chunks, having
from storage.personal_data import Forgotten, PersonalData
from storage.schema import PersonId, UtcDateTime, metadata

drafts = Table(
    "drafts",
    metadata,
    Column("person", PersonId(), primary_key=True),
    Column("id", String(8), nullable=False),
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
    """A person's draft was submitted, cancelled or has expired."""

    person: str


@writes(Draft)
async def write_drafts(tx: Tx, saved: Sequence[Draft]) -> None:
    """Insert or replace drafts."""
    latest = {one.person: one for one in saved}
    rows = [
        {
            "person": one.person,
            "id": one.id,
            "form": one.form,
            "form_version": one.form_version,
            "step": one.step,
            "editing": int(one.editing),
            "sealed": tx.keyring.seal([one.values, one.context]),
            "changed_at": one.changed_at,
            "expires_at": one.expires_at,
        }
        for one in latest.values()
    ]
    await tx.upsert(drafts, rows)


@writes(DraftGone)
async def delete_drafts(tx: Tx, saved: Sequence[DraftGone]) -> None:
    """Delete drafts."""
    await tx.delete(drafts, [{"person": one.person} for one in saved])


async def get_drafts(tx: Tx, persons: Iterable[str]) -> dict[str, Draft]:
    """Load the drafts of persons, expired ones included; most persons have none."""
    found: dict[str, Draft] = {}
    for chunk in chunks(set(persons)):
        for row in await tx.rows(having(drafts.c.person), {"wanted": chunk}):
            values, context = tx.keyring.unseal(row.sealed)
            found[row.person] = Draft(
                person=row.person,
                id=row.id,
                form=row.form,
                form_version=row.form_version,
                step=row.step,
                editing=bool(row.editing),
                values=values,
                context=context,
                changed_at=row.changed_at,
                expires_at=row.expires_at,
            )
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
    draft = (await get_drafts(tx, [person])).get(person)
    return {"draft": dict(draft.values) if draft else None}


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
