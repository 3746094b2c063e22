"""The entries of registers: every change is a new version, so that of two at once one finds out.

What happened to an entry stands in its file of events, see `storage.chain`.
"""

from collections.abc import Iterable, Sequence, Set
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Index,
    Integer,
    LargeBinary,
    Row,
    Select,
    String,
    Table,
    func,
    or_,
    select,
    update,
)

from domain.access.actors import Actor
from domain.access.checks import may
from domain.data_copy import Copied
from domain.errors import Conflict
from domain.messages import Line, text
from domain.names import unit_called
from domain.organisation import Organisation
from domain.registers import ENTRY, Entry, EntryState, Register
from domain.registry import REGISTERS
from domain.subjects import Subject
from domain.wholes import Wholes, around_of, with_changed
from storage.chain import forget_file
from storage.changes import holds, writes
from storage.database import Tx, chunks
from storage.organisation import posts
from storage.personal_data import PersonalData
from storage.reminders import Reminder, write_reminders
from storage.rows import of_row, row_of
from storage.schema import PersonId, UtcDateTime, Word, metadata
from storage.subjects import SubjectKind

register_entries = Table(
    "register_entries",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("register", String(40), nullable=False),
    Column("unit", String(40), nullable=False),
    Column("key", String(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", Word(EntryState), nullable=False),
    # The values by field; null where they are sealed instead.
    Column("fields", JSON(none_as_null=True)),
    Column("sealed", LargeBinary),
    # The member of staff whom it is about.
    Column("person", PersonId()),
    Column("valid_from", UtcDateTime),
    Column("valid_until", UtcDateTime),
    Column("changed_by", PersonId(), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index("ix_register_entries_person", "person"),
)
_HAS_NOT_ENDED = register_entries.c.state != EntryState.ENDED.value
# Two that are added at once under one name are one too many.
Index(
    "ix_register_entries_key",
    register_entries.c.register,
    register_entries.c.unit,
    register_entries.c.key,
    unique=True,
    sqlite_where=_HAS_NOT_ENDED,
    postgresql_where=_HAS_NOT_ENDED,
)


@writes(Entry)
async def write_entries(tx: Tx, saved: Sequence[Entry]) -> None:
    """Insert new entries and bring others to their next version, in the order they were given.

    Where the register is watched, the clock looks at a changed entry at once: chat, Excel file and
    command line all write here.

    Raises:
        Conflict: somebody else changed one since it was read, or added one of the same key.
    """
    for one in saved:
        if one.version == 1:
            if await tx.insert_new(register_entries, [_row(tx, one)]) != 1:
                raise Conflict(f"{ENTRY} {one.id}")
            continue
        known = update(register_entries).where(
            register_entries.c.id == one.id, register_entries.c.version == one.version - 1
        )
        values = {name: value for name, value in _row(tx, one).items() if name != "id"}
        if await tx.run(known.values(values)) != 1:
            raise Conflict(f"{ENTRY} {one.id}")
    await write_reminders(tx, [_look(one) for one in saved if _is_watched(one)])


def _is_watched(entry: Entry) -> bool:
    """Tell whether somebody may want to hear of it: of a new one nobody asked to yet."""
    register = REGISTERS.get(entry.register)
    return register is not None and register.watched and entry.version > 1


def _look(entry: Entry) -> Reminder:
    return Reminder(kind=ENTRY, subject=entry.id, step="changed", due_at=entry.changed_at)


def _row(tx: Tx, entry: Entry) -> dict[str, Any]:
    fields = dict(entry.fields)
    return row_of(
        register_entries,
        entry,
        fields=None if entry.is_sealed else fields,
        sealed=tx.keyring.seal(fields) if entry.is_sealed else None,
    )


@holds(ENTRY)
async def hold_entries(tx: Tx, ids: Sequence[str]) -> None:
    """Lock entries that others changed under an earlier try."""
    await tx.rows(
        select(register_entries.c.id)
        .where(register_entries.c.id.in_(ids))
        .order_by(register_entries.c.id)
        .with_for_update()
    )


def _entry(tx: Tx, row: Row[Any]) -> Entry:
    is_sealed = row.sealed is not None
    fields = tx.keyring.unseal(row.sealed) if is_sealed else row.fields or {}
    return of_row(Entry, row, fields=fields, is_sealed=is_sealed)


async def find_entry(tx: Tx, entry: str) -> Entry | None:
    """Load an entry by its id, however it stands."""
    row = await tx.row(select(register_entries).where(register_entries.c.id == entry))
    return _entry(tx, row) if row is not None else None


async def get_entries(tx: Tx, ids: Iterable[str]) -> dict[str, Entry]:
    """Load entries by id, however they stand; those that do not exist are left out."""
    found: dict[str, Entry] = {}
    for chunk in chunks(set(ids)):
        rows = await tx.rows(select(register_entries).where(register_entries.c.id.in_(chunk)))
        found.update((row.id, _entry(tx, row)) for row in rows)
    return found


async def list_entries(
    tx: Tx,
    register: str,
    *,
    units: Iterable[str] | None = None,
    at: datetime | None = None,
    ended: bool = False,
) -> list[Entry]:
    """List a register's entries by unit and key.

    Args:
        units: only theirs.
        at: only what is published and holds at this moment; drafts too without one.
        ended: also what has ended, where no moment is given.
    """
    columns = register_entries.c
    query = select(register_entries).where(columns.register == register)
    if at is not None:
        query = query.where(columns.state == EntryState.PUBLISHED)
    elif not ended:
        query = query.where(columns.state != EntryState.ENDED)
    if units is not None:
        query = query.where(columns.unit.in_(list(units)))
    rows = await tx.rows(query.order_by(columns.unit, columns.key, columns.id))
    found = [_entry(tx, row) for row in rows]
    return found if at is None else [one for one in found if one.holds(at)]


async def find_same(tx: Tx, register: str, unit: str, key: str) -> Entry | None:
    """Find the entry of a unit with a key that has not ended."""
    columns = register_entries.c
    row = await tx.row(
        select(register_entries).where(
            columns.register == register,
            columns.unit == unit,
            columns.key == key,
            columns.state != EntryState.ENDED,
        )
    )
    return _entry(tx, row) if row is not None else None


async def load_wholes(
    tx: Tx,
    register: Register,
    organisation: Organisation,
    *,
    at: datetime | None = None,
    after: Iterable[Entry] = (),
) -> Wholes:
    """Load a register's entries that have not ended, each with what belongs to it.

    Args:
        at: only what is published and holds at this moment.
        after: entries as they will be, in the place of those that are kept.
    """
    names = sorted({register.name, *around_of(register, REGISTERS)})
    around = {name: await list_entries(tx, name, at=at) for name in names}
    return Wholes(register, REGISTERS, with_changed(around, _among(after, names)), organisation)


def _among(entries: Iterable[Entry], names: Sequence[str]) -> list[Entry]:
    return [one for one in entries if one.register in names]


async def count_entries(tx: Tx, units: Iterable[str]) -> dict[str, int]:
    """Count what has not ended in some units, by register."""
    columns = register_entries.c
    rows = await tx.rows(
        select(columns.register, func.count().label("n"))
        .where(columns.unit.in_(list(units)), columns.state != EntryState.ENDED)
        .group_by(columns.register)
    )
    return {row.register: row.n for row in rows}


# --- what becomes of it --------------------------------------------------------------------------


async def _living(tx: Tx, ids: Sequence[str]) -> Set[str]:
    return set(await get_entries(tx, ids))


async def _may_see(tx: Tx, actor: Actor, organisation: Organisation, entry: str) -> bool:
    found = await find_entry(tx, entry)
    register = REGISTERS.get(found.register) if found is not None else None
    if found is None or register is None:
        return False
    if register.public and found.state is EntryState.PUBLISHED:
        return True
    return may(actor, register.see, organisation, unit=found.unit) is not None


def _filed() -> Select[tuple[str]]:
    return select(register_entries.c.id)


async def _copied(tx: Tx, person: str) -> Copied:
    """List what registers say of a member of staff, such as what they are trained for."""
    rows = await tx.rows(
        select(register_entries)
        .where(register_entries.c.person == person)
        .order_by(register_entries.c.register, register_entries.c.id)
    )
    found = [_entry(tx, row) for row in rows]
    return Copied(
        name="registers",
        rows=[
            {"register": one.register, "unit": one.unit, "state": one.state, **one.fields}
            for one in found
        ],
        lines=lambda organisation: [
            Line(
                unit_called(one.unit, organisation),
                text("registers.copy_line", fields=", ".join(map(str, one.fields.values()))),
            )
            for one in found
        ],
    )


async def _sweep(tx: Tx, now: datetime) -> None:
    """Forget what is kept of whoever holds no post any more, with what happened to it."""
    holding = select(posts.c.person).where(or_(posts.c.until.is_(None), posts.c.until > now))
    gone = register_entries.c.person.is_not(None) & register_entries.c.person.not_in(holding)
    rows = await tx.rows(select(register_entries.c.id).where(gone))
    await forget_file(tx, [Subject(ENTRY, row.id) for row in rows])
    await tx.run(register_entries.delete().where(gone))


async def _move(tx: Tx, kept: str, absorbed: str) -> None:
    for column in (register_entries.c.person, register_entries.c.changed_by):
        await tx.run(update(register_entries).where(column == absorbed).values({column.name: kept}))


PERSONAL_DATA = PersonalData(
    name="registers",
    tables=(register_entries,),
    copied=_copied,
    stays=(
        "Who last changed an entry answers for it, by id alone. What a member of staff can do is"
        " the office's record of how it manages its staff (PIPL, article 13), and goes with the"
        " last post."
    ),
    move=_move,
    sweep=_sweep,
    subjects=(SubjectKind(name=ENTRY, living=_living, may_see=_may_see, filed=_filed),),
)
