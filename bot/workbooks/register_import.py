"""Taking over registers from an Excel file: whole, or not at all.

What is wrong is named by sheet, row and cell, and nothing is half done. An entry that the file does
not name stays as it is. Sheets are read in the order of the registers, so that a row may name what
an earlier sheet brings; in the end everything that the file publishes is whole.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.workbooks.reading import Reading, Row, WorkbookError
from bot.workbooks.register_sheets import (
    FROM,
    ID,
    PERSON,
    STATE,
    UNIT,
    UNTIL,
    VERSION,
    entries_of,
    sheet_of,
)
from domain.chain import Act, Chain
from domain.messages import Text, text
from domain.organisation import Organisation
from domain.registers import (
    Entry,
    EntryState,
    Field,
    FieldKind,
    Register,
    changed,
    key_for,
    plain_key,
    problems,
    recorded,
    with_categories,
)
from domain.registry import REGISTERS
from domain.street import Street
from domain.wholes import Wholes, around_of, with_changed
from storage.chain import get_chains
from storage.changes import Changes
from storage.database import Tx
from storage.registers import list_entries, load_wholes


class Done(StrEnum):
    """What a row of a file does."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Understood:
    """What was made of one row."""

    row: int
    name: str
    done: Done
    fields: tuple[Text, ...] = ()
    """What changed."""
    register: str = ""

    @property
    def words(self) -> Text:
        """Say it in one line."""
        return text(f"registers.row_{self.done}", row=self.row, name=self.name, fields=self.fields)


@dataclass(kw_only=True)
class Takeover:
    """What a file would do, row by row, and the changes that do it."""

    rows: list[Understood] = field(default_factory=list)
    unnamed: int = 0
    """Entries that the file does not name; they stay."""
    hidden: list[Text] = field(default_factory=list)
    """What is published and nobody is shown any more, because it lost something by the file."""
    changes: Changes = field(default_factory=Changes)

    def count(self, done: Done) -> int:
        """Count the rows of a sort."""
        return sum(one.done is done for one in self.rows)


async def take_over(
    tx: Tx, street: Street, registers: Sequence[Register], path: Path, act: Act
) -> Takeover:
    """Read a file and prepare what it changes; nothing is written.

    Args:
        registers: a sheet each; those first to which the fields of others refer.

    Raises:
        WorkbookError: some of it cannot be taken over; all of that is named, and nothing is.
    """
    filled = [with_categories(one, street.office.categories) for one in registers]
    sheets = {one.name: sheet_of(one, street.local_day(act.at)) for one in filled}
    reading = Reading(path, tuple(sheets.values()))
    tables = reading.tables()
    others = Others()
    taken: dict[str, _Taken] = {}
    for register in filled:
        known = await list_entries(tx, register.name, ended=True)
        for name, entries in (await entries_of(tx, register)).items():
            others.know(name, entries)
        taking = _Taking(street, register, reading, act, known, others)
        read = [(row, taking.entry(row)) for row in tables[register.name]]
        taking.refuse_twice(read)
        others.know(register.name, [one for one in known if one.state is not EntryState.ENDED])
        others.take(register, read)
        taken[register.name] = _Taken(register, read, known)
    done = Takeover(hidden=await _refuse_what_is_not_whole(tx, street, reading, taken, act.at))
    if reading.problems:
        order = [one.name for one in sheets.values()]
        raise WorkbookError(
            sorted(
                reading.problems,
                key=lambda one: (
                    order.index(one.sheet) if one.sheet in order else -1,
                    one.row or 0,
                ),
            )
        )
    for some in taken.values():
        found = some.good
        chains = await get_chains(tx, [after.subject for _, _, after in found])
        for row, before, after in found:
            _note(done, street, some.register, row, before, after, act, chains[after.subject])
        named = {after.id for _, _, after in found}
        done.unnamed += sum(
            one.id not in named and one.state is not EntryState.ENDED for one in some.known
        )
    return done


_Read = Sequence[tuple[Row, tuple[Entry | None, Entry] | None]]


@dataclass(frozen=True)
class _Taken:
    """What was made of one sheet."""

    register: Register
    read: _Read
    known: Sequence[Entry]

    @property
    def good(self) -> list[tuple[Row, Entry | None, Entry]]:
        return [(row, *pair) for row, pair in self.read if pair is not None]


class Others:
    """The entries that cells name, as they are and as they will be."""

    def __init__(self) -> None:
        self._now: dict[str, list[Entry]] = {}
        self._then: dict[str, list[Entry]] = {}
        self._wrong: dict[str, set[str]] = {}

    def know(self, register: str, entries: Sequence[Entry]) -> None:
        """Take note of a register as it is; only once."""
        self._now.setdefault(register, list(entries))
        self._then.setdefault(register, list(entries))

    def take(self, register: Register, read: _Read) -> None:
        """Take note of what a sheet makes of a register."""
        after = [pair[1] for _, pair in read if pair is not None]
        self._then = with_changed(self._then, after)
        key = register.key[0] if register.key else ""
        self._wrong[register.name] = {
            plain_key(row.get(key)) for row, pair in read if pair is None and key
        }

    def called(self, register: str, said: str, *, ended: bool) -> list[Entry]:
        """Find the entries of a register that are called so, by their new name first.

        Args:
            ended: also those that end now.
        """
        then = {one.id: one for one in self._then.get(register, ())}
        found = [one for one in then.values() if _is_called(one, said)]
        return found or [
            then.get(one.id, one)
            for one in self._now.get(register, ())
            if _is_called(one, said) and (ended or one.id in then)
        ]

    def is_wrong(self, register: str, said: str) -> bool:
        """Tell whether a row that could not be taken is called so: that is told already."""
        return plain_key(said) in self._wrong.get(register, ())


def _is_called(entry: Entry, said: str) -> bool:
    return entry.id == said or plain_key(entry.get("name", "")) == plain_key(said)


async def _refuse_what_is_not_whole(
    tx: Tx, street: Street, reading: Reading, taken: Mapping[str, _Taken], now: datetime
) -> list[Text]:
    """Report what a file publishes and is not whole; give what others lose by it."""
    hidden: list[Text] = []
    after = [one for some in taken.values() for _, _, one in some.good]
    for register in REGISTERS.values():
        if not register.parts or taken.keys().isdisjoint(
            {register.name, *around_of(register, REGISTERS)}
        ):
            continue
        before = (await load_wholes(tx, register, street.organisation)).hidden(now)
        wholes = await load_wholes(tx, register, street.organisation, after=after)
        rows = {one.id: (row, old) for row, old, one in _good_of(taken, register)}
        for one in wholes.entries:
            if one.id in rows:
                _refuse_if_not_whole(reading, taken, wholes, one, *rows[one.id], now)
            elif one.id not in before and one.holds(now) and (lacks := wholes.lacks(one, now)):
                words = tuple(lack.words for lack in lacks)
                name = str(one.get(register.key[0]))
                hidden.append(text("registers.now_hidden", name=name, lacking=words))
    return hidden


def _good_of(
    taken: Mapping[str, _Taken], register: Register
) -> list[tuple[Row, Entry | None, Entry]]:
    return taken[register.name].good if register.name in taken else []


def _refuse_if_not_whole(
    reading: Reading,
    taken: Mapping[str, _Taken],
    wholes: Wholes,
    entry: Entry,
    row: Row,
    before: Entry | None,
    now: datetime,
) -> None:
    is_over = entry.valid_until is not None and entry.valid_until <= now
    if entry.state is not EntryState.PUBLISHED or is_over:
        return
    if _has_wrong_part(taken, wholes, entry):
        return
    is_new = before is None or before.state is not EntryState.PUBLISHED
    lacks = wholes.keeps_back(entry, now) if is_new else wholes.lacks(entry, now)
    if lacks:
        words = tuple(lack.words for lack in lacks)
        reading.report_words(row, text("registers.not_ready", lacking=words))


def _has_wrong_part(taken: Mapping[str, _Taken], wholes: Wholes, entry: Entry) -> bool:
    """Tell whether a row that could not be taken names an entry: what it lacks may be that."""
    for part in wholes.register.parts:
        names = part.names(entry) if part.names else (entry.id, str(entry.get("name", "")))
        called = {plain_key(one) for one in names}
        if part.register in taken and any(
            pair is None and plain_key(row.get(part.field)) in called
            for row, pair in taken[part.register].read
        ):
            return True
    return False


def _note(
    done: Takeover,
    street: Street,
    register: Register,
    row: Row,
    before: Entry | None,
    after: Entry,
    act: Act,
    chain: Chain,
) -> None:
    name = str(
        after.get(register.key[0])
        if register.key
        else street.staff_name(after.person) or street.organisation.units[after.unit].name
    )
    labels: tuple[Text, ...] = ()
    if before is None:
        sort = Done.NEW
    elif _as_it_stands(before) == _as_it_stands(after):
        done.rows.append(Understood(row.number, name, Done.SAME, register=register.name))
        return
    else:
        labels = tuple(
            text(one.label)
            for one in register.fields
            if before.get(one.name) != after.get(one.name)
        )
        sort = Done.ENDED if after.state is EntryState.ENDED else Done.CHANGED
    done.rows.append(Understood(row.number, name, sort, labels, register.name))
    done.changes.save(after, recorded(chain, act, "registers.imported", before, after))


def _as_it_stands(entry: Entry) -> tuple[Any, ...]:
    return (dict(entry.fields), entry.valid_from, entry.valid_until, entry.state, entry.key)


class _Taking:
    """Makes entries of rows; what is wrong is reported to the reading."""

    def __init__(
        self,
        street: Street,
        register: Register,
        reading: Reading,
        act: Act,
        known: Sequence[Entry],
        others: Others,
    ) -> None:
        self.street, self.register, self.reading = street, register, reading
        self.act, self.others = act, others
        self.by_id = {one.id: one for one in known}
        self.by_key = {
            (one.unit, one.key): one for one in known if one.state is not EntryState.ENDED
        }

    def entry(self, row: Row) -> tuple[Entry | None, Entry] | None:
        """Give what was there before a row and what it makes of it; None where it is wrong."""
        before_count = len(self.reading.problems)
        unit = self._unit(row)
        person = self._person(row, unit) if self.register.of_staff else None
        fields = self._fields(row, unit)
        since, until = self._term(row)
        if row.wrong or len(self.reading.problems) > before_count or unit is None:
            return None
        key = key_for(self.register, fields, person)
        before = self._before(row, unit, key)
        if len(self.reading.problems) > before_count:
            return None
        state = row.get(STATE, None) or (before.state if before else EntryState.PUBLISHED)
        if state is EntryState.PUBLISHED and (lacking := problems(self.register, fields)):
            self.reading.report_words(row, text("registers.not_ready", lacking=lacking))
            return None
        if before is not None:
            after = changed(
                before,
                self.act,
                fields=fields,
                key=key,
                state=state,
                valid_from=since,
                valid_until=until,
            )
            return before, after
        return None, Entry(
            id=_new_id(self.act, self.register, unit, key),
            register=self.register.name,
            unit=unit,
            key=key,
            state=state,
            fields=fields,
            person=person,
            valid_from=since,
            valid_until=until,
            changed_by=self.act.by,
            changed_at=self.act.at,
            is_sealed=self.register.sealed,
        )

    def refuse_twice(self, read: Iterable[tuple[Row, tuple[Entry | None, Entry] | None]]) -> None:
        """Refuse two rows that are the same entry."""
        given = [(row, pair[1]) for row, pair in read if pair is not None]
        counts = Counter((one.unit, one.key) for _, one in given)
        ids = Counter(one.id for _, one in given)
        for row, one in given:
            if counts[one.unit, one.key] > 1 or ids[one.id] > 1:
                self.reading.report_words(row, text("registers.row_twice"))

    def _unit(self, row: Row) -> str | None:
        said = row.get(UNIT, None)
        if said is None:
            return None
        organisation = self.street.organisation
        fitting = [
            unit
            for unit in organisation.units.values()
            if unit.code == said
            or plain_key(said) in (plain_key(unit.name), plain_key(unit.name_en))
        ]
        exact = [unit for unit in fitting if unit.code == said] or fitting
        if len(exact) != 1:
            self.reading.report(row, UNIT, "unknown_unit", code=said)
            return None
        if exact[0].kind not in self.register.units or not organisation.is_active(exact[0].code):
            self.reading.report_words(row, text("registers.no_unit"), UNIT)
            return None
        return exact[0].code

    def _person(self, row: Row, unit: str | None) -> str | None:
        said = row.get(PERSON, None)
        if said is None or unit is None:
            return None
        persons = _persons_called(self.street.organisation, unit, said, self.act.at)
        if len(persons) != 1:
            key = "registers.nobody_called" if not persons else "registers.several_called"
            self.reading.report_words(row, text(key, name=said), PERSON)
            return None
        return persons[0]

    def _fields(self, row: Row, unit: str | None) -> dict[str, Any]:
        found = {}
        for one in self.register.fields:
            value = row.get(one.name, None)
            if value is None:
                continue
            if one.kind is FieldKind.ENTRY:
                value = self._other(row, one, str(value), unit)
            if value is not None:
                found[one.name] = value
        return found

    def _other(self, row: Row, one: Field, said: str, unit: str | None) -> str | None:
        """Find the entry that a cell names; of several the one of the same unit.

        Where that is a row of this file which is wrong itself, that alone is told.
        """
        ends = row.get(STATE, None) is EntryState.ENDED
        named = self.others.called(one.refers, said, ended=ends)
        here = [entry for entry in named if entry.unit == unit] or named
        if len(here) != 1:
            if here or not self.others.is_wrong(one.refers, said):
                key = "registers.no_such_entry" if not here else "registers.several_entries"
                self.reading.report_words(row, text(key, name=said), one.name)
            row.wrong.add(one.name)
            return None
        return here[0].id

    def _term(self, row: Row) -> tuple[datetime | None, datetime | None]:
        since = self._midnight(row.get(FROM, None), 0)
        until = self._midnight(row.get(UNTIL, None), 1)
        if since is not None and until is not None and until <= since:
            self.reading.report_words(row, text("registers.term_backwards"), UNTIL)
        return since, until

    def _midnight(self, day: date | None, more: int) -> datetime | None:
        if day is None:
            return None
        zone = self.street.office.timezone
        return datetime.combine(day + timedelta(days=more), time(), zone).astimezone(UTC)

    def _before(self, row: Row, unit: str, key: str) -> Entry | None:
        """Find the entry that a row is about, as its export named it or by its name."""
        wanted = row.get(ID, None)
        same = self.by_key.get((unit, key))
        if wanted is None:
            return same
        found = self.by_id.get(wanted)
        if found is None or found.unit != unit:
            self.reading.report_words(row, text("registers.no_such_id"), ID)
        elif found.state is EntryState.ENDED:
            self.reading.report_words(row, text("registers.row_has_ended"), ID)
        elif same is not None and same.id != found.id:
            self.reading.report_words(row, text("registers.row_twice"))
        elif row.get(VERSION, found.version) != found.version:
            self.reading.report_words(row, text("registers.row_changed_since"), VERSION)
        return found


def _persons_called(organisation: Organisation, unit: str, said: str, now: datetime) -> list[str]:
    return sorted(
        {
            post.person
            for post in organisation.posts
            if post.held_at(now)
            and organisation.covers(unit, post.unit)
            and plain_key(organisation.names.get(post.person, "")) == plain_key(said)
        }
    )


def _new_id(act: Act, register: Register, unit: str, key: str) -> str:
    """Make an id that nobody can guess, of the act's own chance."""
    return sha256(act.salt + f"{register.name}/{unit}/{key}".encode()).hexdigest()[:24]
