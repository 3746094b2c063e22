"""The register of priority groups: sealed entries, approvals of looks, and whose an entry is."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, LargeBinary, Row, String, Table, select, update

from domain.errors import Conflict
from domain.organisation import Role, Seat
from domain.visits.approvals import Approval, ApprovalState
from domain.visits.entries import (
    PRIORITY,
    Content,
    EndReason,
    Entry,
    EntryState,
    from_json,
    to_json,
)
from domain.visits.family import Kinship, Link
from domain.words.plaintext import plain_text
from storage.changes import holds, writes
from storage.database import Tx, chunks, having
from storage.keyring import Keyring
from storage.rows import of_row, row_of
from storage.schema import PersonId, UtcDateTime, Word, metadata

priority_entries = Table(
    "priority_entries",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("unit", String(40), nullable=False),
    Column("seat_unit", String(40), nullable=False),
    Column("seat_role", Word(Role), nullable=False),
    Column("owner", PersonId()),
    Column("state", Word(EntryState), nullable=False),
    # Name, address, year of birth, category, basis, consent, needs, wish; null after erasure.
    Column("sealed", LargeBinary),
    # Tells whether somebody is on the register already, without the table saying who; keyed.
    Column("mark", String(64)),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("valid_until", UtcDateTime, nullable=False),
    Column("asked_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("end_reason", Word(EndReason)),
    Column("version", Integer, nullable=False),
    Index("ix_priority_entries_unit_state", "unit", "state"),
    Index("ix_priority_entries_owner", "owner"),
    Index("ix_priority_entries_mark", "mark"),
    Index("ix_priority_entries_ended_at", "ended_at"),
)

#: Who asked to see a minor's entry, and what the responsible person said.
priority_approvals = Table(
    "priority_approvals",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("entry", String(24), nullable=False, index=True),
    Column("asked_by", PersonId(), nullable=False),
    Column("asked_of", PersonId(), nullable=False, index=True),
    # The reason; null after erasure.
    Column("sealed", LargeBinary),
    Column("state", Word(ApprovalState), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("until", UtcDateTime),
    Column("round", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)

#: The resident whom an entry is about, and relatives who want to hear that a visit took place.
priority_links = Table(
    "priority_links",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("entry", String(24), nullable=False, index=True),
    Column("kinship", Word(Kinship), nullable=False),
    Column("code_hash", String(64), unique=True),
    Column("person", PersonId(), index=True),
    Column("made_by", PersonId(), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("linked_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
)


# --- entries -------------------------------------------------------------------------------------


@writes(Entry)
async def write_entries(tx: Tx, saved: Sequence[Entry]) -> None:
    """Insert new entries, and change known ones that nobody else changed.

    Raises:
        Conflict: somebody else was faster.
    """
    latest = {one.id: one for one in saved}
    fresh = [_row(tx, one) for one in latest.values() if not one.version]
    if await tx.insert_new(priority_entries, fresh) != len(fresh):
        raise Conflict(PRIORITY)
    for one in latest.values():
        if not one.version:
            continue
        changed = await tx.run(
            update(priority_entries)
            .where(priority_entries.c.id == one.id, priority_entries.c.version == one.version)
            .values(**_row(tx, one))
        )
        if not changed:
            raise Conflict(f"{PRIORITY} {one.id}")


@holds(PRIORITY)
async def hold_entries(tx: Tx, ids: Sequence[str]) -> None:
    """Lock entries."""
    await tx.rows(
        select(priority_entries.c.id).where(priority_entries.c.id.in_(list(ids))).with_for_update()
    )


def _row(tx: Tx, one: Entry) -> dict[str, Any]:
    content = one.content
    return row_of(
        priority_entries,
        one,
        seat_unit=one.seat.unit,
        seat_role=one.seat.role,
        sealed=tx.keyring.seal(to_json(content)) if content is not None else None,
        mark=mark_of(tx.keyring, content) if content is not None else None,
        version=one.version + 1,
    )


def mark_of(keyring: Keyring, content: Content) -> str:
    """Mark a person by name, year of birth and address, so that nobody is taken in twice."""
    known = "|".join(
        "".join(plain_text(part).split())
        for part in (content.name, str(content.born), content.address)
    )
    return keyring.hash_code(known)


def _entry(tx: Tx, row: Row[Any]) -> Entry:
    return of_row(
        Entry,
        row,
        seat=Seat(row.seat_unit, row.seat_role),
        content=from_json(tx.keyring.unseal(row.sealed)) if row.sealed else None,
    )


async def get_entries(tx: Tx, ids: Iterable[str]) -> dict[str, Entry]:
    """Load entries by id, erased ones too; those that do not exist are left out.

    Whoever shows what one says notes the look; what is read here is not said by itself.
    """
    found: dict[str, Entry] = {}
    for chunk in chunks(set(ids)):
        rows = await tx.rows(having(priority_entries.c.id), {"wanted": chunk})
        found.update((row.id, _entry(tx, row)) for row in rows)
    return found


async def find_entry(tx: Tx, which: str) -> Entry | None:
    """Find an entry."""
    return (await get_entries(tx, [which])).get(which)


async def find_marked(tx: Tx, content: Content) -> Entry | None:
    """Find the active entry of the same person."""
    row = await tx.row(
        select(priority_entries)
        .where(
            priority_entries.c.mark == mark_of(tx.keyring, content),
            priority_entries.c.state == EntryState.ACTIVE,
        )
        .order_by(priority_entries.c.opened_at, priority_entries.c.id)
        .limit(1)
    )
    return None if row is None else _entry(tx, row)


async def list_entries(
    tx: Tx, units: Iterable[str], *, states: Iterable[EntryState] = (EntryState.ACTIVE,)
) -> list[Entry]:
    """List the entries of grids, the oldest first."""
    found: list[Entry] = []
    for chunk in chunks(set(units)):
        rows = await tx.rows(
            select(priority_entries).where(
                priority_entries.c.unit.in_(chunk), priority_entries.c.state.in_(list(states))
            )
        )
        found += [_entry(tx, row) for row in rows]
    return sorted(found, key=lambda one: (one.opened_at, one.id))


async def list_owned_entries(tx: Tx, person: str) -> list[Entry]:
    """List the active entries that a person has in hand."""
    rows = await tx.rows(
        select(priority_entries)
        .where(priority_entries.c.owner == person, priority_entries.c.state == EntryState.ACTIVE)
        .order_by(priority_entries.c.opened_at, priority_entries.c.id)
    )
    return [_entry(tx, row) for row in rows]


async def list_unowned_entries(tx: Tx) -> list[Entry]:
    """List the active entries that wait for anybody of their ladder to join."""
    rows = await tx.rows(
        select(priority_entries)
        .where(priority_entries.c.owner.is_(None), priority_entries.c.state == EntryState.ACTIVE)
        .order_by(priority_entries.c.opened_at, priority_entries.c.id)
    )
    return [_entry(tx, row) for row in rows]


async def list_seated_entries(tx: Tx, seat: Seat) -> list[Entry]:
    """List the active entries of a seat, whoever holds them."""
    rows = await tx.rows(
        select(priority_entries)
        .where(
            priority_entries.c.seat_unit == seat.unit,
            priority_entries.c.seat_role == seat.role,
            priority_entries.c.state == EntryState.ACTIVE,
        )
        .order_by(priority_entries.c.opened_at, priority_entries.c.id)
    )
    return [_entry(tx, row) for row in rows]


async def list_ended(tx: Tx, before: datetime, limit: int = 100) -> list[str]:
    """List the ids of entries that ended before a moment and still say something."""
    rows = await tx.rows(
        select(priority_entries.c.id)
        .where(priority_entries.c.ended_at < before, priority_entries.c.sealed.is_not(None))
        .order_by(priority_entries.c.ended_at, priority_entries.c.id)
        .limit(limit)
    )
    return [row.id for row in rows]


# --- approvals -----------------------------------------------------------------------------------


@writes(Approval)
async def write_approvals(tx: Tx, saved: Sequence[Approval]) -> None:
    """Insert new approvals, and change known ones that nobody else decided.

    Raises:
        Conflict: somebody else was faster.
    """
    for one in {one.id: one for one in saved}.values():
        row = row_of(
            priority_approvals,
            one,
            sealed=tx.keyring.seal(one.reason) if one.reason else None,
            version=one.version + 1,
        )
        if not one.version:
            await tx.insert(priority_approvals, [row])
            continue
        changed = await tx.run(
            update(priority_approvals)
            .where(priority_approvals.c.id == one.id, priority_approvals.c.version == one.version)
            .values(**row)
        )
        if not changed:
            raise Conflict(f"approval {one.id}")


def _approval(tx: Tx, row: Row[Any]) -> Approval:
    return of_row(Approval, row, reason=tx.keyring.unseal(row.sealed) if row.sealed else "")


async def get_approvals(tx: Tx, ids: Iterable[str]) -> dict[str, Approval]:
    """Load approvals by id."""
    found: dict[str, Approval] = {}
    for chunk in chunks(set(ids)):
        rows = await tx.rows(having(priority_approvals.c.id), {"wanted": chunk})
        found.update((row.id, _approval(tx, row)) for row in rows)
    return found


async def list_approvals(tx: Tx, entry: str) -> list[Approval]:
    """List what was asked and said about looks at an entry, the newest first."""
    rows = await tx.rows(
        select(priority_approvals)
        .where(priority_approvals.c.entry == entry)
        .order_by(priority_approvals.c.asked_at.desc(), priority_approvals.c.id)
    )
    return [_approval(tx, row) for row in rows]


async def list_asked(tx: Tx, person: str) -> list[Approval]:
    """List what waits for somebody's yes or no, the oldest first."""
    rows = await tx.rows(
        select(priority_approvals)
        .where(
            priority_approvals.c.asked_of == person,
            priority_approvals.c.state == ApprovalState.ASKED,
        )
        .order_by(priority_approvals.c.asked_at, priority_approvals.c.id)
    )
    return [_approval(tx, row) for row in rows]


# --- whose it is ---------------------------------------------------------------------------------


@writes(Link)
async def write_links(tx: Tx, saved: Sequence[Link]) -> None:
    """Insert links, or replace what they are."""
    latest = {one.id: one for one in saved}
    await tx.upsert(priority_links, [row_of(priority_links, one) for one in latest.values()])


async def list_links(tx: Tx, entry: str) -> list[Link]:
    """List whose an entry is and who hears of its visits, ended ones and open codes too."""
    rows = await tx.rows(
        select(priority_links)
        .where(priority_links.c.entry == entry)
        .order_by(priority_links.c.made_at, priority_links.c.id)
    )
    return [of_row(Link, row) for row in rows]


async def links_of(tx: Tx, person: str) -> list[Link]:
    """List the links that a resident has now."""
    rows = await tx.rows(
        select(priority_links)
        .where(priority_links.c.person == person, priority_links.c.ended_at.is_(None))
        .order_by(priority_links.c.linked_at, priority_links.c.id)
    )
    return [of_row(Link, row) for row in rows]


async def find_coded(tx: Tx, code: str) -> Link | None:
    """Find the link that a code offers."""
    hashed = tx.keyring.hash_code(code)
    row = await tx.row(select(priority_links).where(priority_links.c.code_hash == hashed))
    return None if row is None else of_row(Link, row)


async def find_link(tx: Tx, which: str) -> Link | None:
    """Find a link."""
    row = await tx.row(select(priority_links).where(priority_links.c.id == which))
    return None if row is None else of_row(Link, row)


async def list_approvals_in(
    tx: Tx, units: Iterable[str], begins: datetime, ends: datetime
) -> list[Approval]:
    """List what was asked and said about looks at the entries of grids in a span of time."""
    found: list[Approval] = []
    for chunk in chunks(set(units)):
        here = select(priority_entries.c.id).where(priority_entries.c.unit.in_(chunk))
        rows = await tx.rows(
            select(priority_approvals).where(
                priority_approvals.c.entry.in_(here),
                priority_approvals.c.asked_at >= begins,
                priority_approvals.c.asked_at < ends,
            )
        )
        found += [_approval(tx, row) for row in rows]
    return sorted(found, key=lambda one: (one.asked_at, one.id))
