"""Who may act for whom; the names of both stand with the persons."""

from collections.abc import Sequence, Set
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, LargeBinary, Row, Select, String, Table, or_, select, update

from domain.access.actors import Actor
from domain.data_copy import Copied
from domain.errors import Conflict
from domain.messages import Line
from domain.organisation import Organisation
from domain.relations import (
    RELATION,
    Consenting,
    Relation,
    RelationKind,
    Verified,
    kind_name,
)
from domain.subjects import Subject
from storage.changes import holds, writes
from storage.database import Tx, chunks
from storage.personal_data import Forgotten, PersonalData
from storage.rows import of_row, row_of
from storage.schema import PersonId, UtcDateTime, Word, metadata
from storage.subjects import SubjectKind

relations = Table(
    "relations",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("person", PersonId(), nullable=False, index=True),
    Column("other", PersonId(), nullable=False, index=True),
    Column("kind", Word(RelationKind), nullable=False),
    Column("unit", String(40), nullable=False),
    # Name and telephone of the person, where they are not known otherwise.
    Column("sealed", LargeBinary),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("asked_by", PersonId(), nullable=False),
    Column("verified", Word(Verified)),
    Column("verified_by", PersonId()),
    Column("verified_at", UtcDateTime),
    Column("consent", Word(Consenting)),
    Column("consent_by", PersonId()),
    Column("consent_at", UtcDateTime),
    Column("until", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("ended_by", PersonId()),
    Column("ended_why", String(20), nullable=False),
    Column("version", Integer, nullable=False),
)
_PERSONS = ("person", "other", "asked_by", "verified_by", "consent_by", "ended_by")


@writes(Relation)
async def write_relations(tx: Tx, saved: Sequence[Relation]) -> None:
    """Write relations.

    Raises:
        Conflict: one changed since it was read.
    """
    latest = {one.id: one for one in saved}
    known = await _versions(tx, [*latest])
    for one in latest.values():
        if known.get(one.id, 0) != one.version:
            raise Conflict(f"relation {one.id}")
    await tx.upsert(relations, [_row(tx, one) for one in latest.values()])


def _row(tx: Tx, one: Relation) -> dict[str, Any]:
    known = [one.name, one.phone]
    sealed = tx.keyring.seal(known) if any(known) else None
    return row_of(relations, one, sealed=sealed, version=one.version + 1)


@holds("relation")
async def hold_relations(tx: Tx, ids: Sequence[str]) -> None:
    """Lock relations until the transaction ends."""
    await _versions(tx, ids)


async def _versions(tx: Tx, ids: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for chunk in chunks(sorted(ids)):
        rows = await tx.rows(
            select(relations.c.id, relations.c.version)
            .where(relations.c.id.in_(chunk))
            .order_by(relations.c.id)
            .with_for_update()
        )
        found.update((row.id, row.version) for row in rows)
    return found


def _relation(tx: Tx, row: Row[Any]) -> Relation:
    tx.opened.add(Subject(RELATION, row.id))
    name, phone = tx.keyring.unseal(row.sealed) if row.sealed else ("", "")
    return of_row(Relation, row, name=name, phone=phone)


async def find_relation(tx: Tx, relation: str) -> Relation | None:
    """Load one."""
    row = await tx.row(select(relations).where(relations.c.id == relation))
    return None if row is None else _relation(tx, row)


async def list_of_person(tx: Tx, person: str) -> list[Relation]:
    """List those of whose affairs they are, and those by which somebody acts, the oldest first."""
    return await _listed(
        tx,
        select(relations).where(or_(relations.c.person == person, relations.c.other == person)),
    )


async def list_asked(tx: Tx, limit: int = 200) -> list[Relation]:
    """List those that wait to be verified, the oldest first."""
    waiting = select(relations).where(
        relations.c.verified.is_(None), relations.c.ended_at.is_(None)
    )
    return await _listed(tx, waiting.limit(limit))


async def may_act(tx: Tx, person: str, other: str, now: datetime) -> Relation | None:
    """Find by which relation somebody may act for a person now; None where by none."""
    both = select(relations).where(relations.c.person == person, relations.c.other == other)
    return next((one for one in await _listed(tx, both) if one.holds(now)), None)


async def _listed(tx: Tx, query: Select[Any]) -> list[Relation]:
    rows = await tx.rows(query.order_by(relations.c.asked_at, relations.c.id))
    return [_relation(tx, row) for row in rows]


# --- what becomes of it --------------------------------------------------------------------------


async def _copied(tx: Tx, person: str) -> Copied:
    found = await list_of_person(tx, person)
    return Copied(
        name="relations",
        rows=[
            {
                "kind": one.kind.value,
                "name": one.name or None,
                "phone": one.phone or None,
                "you_are": "person" if one.person == person else "other",
                "asked_at": one.asked_at.isoformat(),
                "verified": one.verified.value if one.verified else None,
                "verified_at": one.verified_at.isoformat() if one.verified_at else None,
                "consent": one.consent.value if one.consent else None,
                "until": one.until.isoformat() if one.until else None,
                "ended_at": one.ended_at.isoformat() if one.ended_at else None,
            }
            for one in found
        ],
        lines=lambda _organisation: [Line(kind_name(one.kind), one.asked_at) for one in found],
    )


async def _forget(tx: Tx, gone: Forgotten) -> None:
    await tx.run(
        relations.delete().where(
            or_(relations.c.person == gone.person, relations.c.other == gone.person)
        )
    )


async def _move(tx: Tx, kept: str, absorbed: str) -> None:
    """Give to one what was the other's; who would act for themselves acts no more."""
    for name in _PERSONS:
        column = relations.c[name]
        await tx.run(
            update(relations)
            .where(column == absorbed)
            .values({name: kept, "version": relations.c.version + 1})
        )
    await tx.run(relations.delete().where(relations.c.person == relations.c.other))


async def _living(tx: Tx, ids: Sequence[str]) -> Set[str]:
    found: set[str] = set()
    for chunk in chunks(ids):
        rows = await tx.rows(select(relations.c.id).where(relations.c.id.in_(chunk)))
        found.update(row.id for row in rows)
    return found


async def _may_see(tx: Tx, actor: Actor, _organisation: Organisation, relation: str) -> bool:
    found = await find_relation(tx, relation)
    return found is not None and actor.person in (found.person, found.other)


PERSONAL_DATA = PersonalData(
    name="relations",
    tables=(relations,),
    copied=_copied,
    forget=_forget,
    stays="Who of the office verified a relation stays as long as both persons are there.",
    move=_move,
    subjects=(SubjectKind(name=RELATION, living=_living, may_see=_may_see),),
)
