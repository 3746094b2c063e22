"""Entries that are whole only together with entries of other registers, such as their documents.

A `Register` says which those are (`parts`) and what an entry lacks without them (`whole`). What is
not whole is not published, in chat or by an Excel file, and what has lost a part since is shown to
the office with the reason and to nobody else.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from domain.messages import text
from domain.organisation import Organisation
from domain.registers import Entry, EntryState, Field, Lack, Part, Register, plain_key

#: The entries of registers that have not ended, by the register's name.
Around = Mapping[str, Sequence[Entry]]


def around_of(register: Register, registers: Mapping[str, Register]) -> frozenset[str]:
    """Name the registers that decide whether entries of one are whole, beside itself."""
    parts = [registers[one.register] for one in register.parts]
    names = {one.name for one in parts}
    names.update(field.refers for one in parts for field in one.fields if field.refers)
    return frozenset(names - {register.name})


class Wholes:
    """The entries of a register, each with its parts; linear in the entries around.

    Args:
        registers: all of them by name.
        around: the entries of the register itself and of `around_of`.
    """

    def __init__(
        self,
        register: Register,
        registers: Mapping[str, Register],
        around: Around,
        organisation: Organisation,
    ) -> None:
        self.register = register
        self.entries = tuple(around.get(register.name, ()))
        self._registers = registers
        self._organisation = organisation
        self.by_id = {one.id: one for some in around.values() for one in some}
        self._refers: dict[str, list[Field]] = {}
        self._said: dict[str, dict[str, list[Entry]]] = {}
        for part in register.parts:
            self._refers[part.register] = [
                one
                for one in registers[part.register].fields
                if one.refers and one.name != part.field
            ]
            said = self._said[part.register] = {}
            for one in around.get(part.register, ()):
                said.setdefault(_word(part, one.get(part.field, "")), []).append(one)

    def belonging(self, entry: Entry, part: Part) -> list[Entry]:
        """List the entries of a part that are an entry's own, drafts too."""
        said = self._said[part.register]
        if part.names is None:
            return said.get(entry.id, [])
        words = dict.fromkeys(plain_key(one) for one in part.names(entry))
        return [
            one for word in words if word for one in said.get(word, ()) if self._is_near(one, entry)
        ]

    def _is_near(self, one: Entry, other: Entry) -> bool:
        covers = self._organisation.covers
        return covers(one.unit, other.unit) or covers(other.unit, one.unit)

    def parts(self, entry: Entry, at: datetime) -> dict[str, list[Entry]]:
        """List those of an entry's parts that hold at a moment, and what they refer to as well."""
        return {
            part.register: [
                one
                for one in self.belonging(entry, part)
                if one.holds(at) and self._stands(one, part, at)
            ]
            for part in self.register.parts
        }

    def _stands(self, one: Entry, part: Part, at: datetime) -> bool:
        for field in self._refers[part.register]:
            if (which := one.get(field.name)) is None:
                continue
            other = self.by_id.get(which)
            if other is None or not other.holds(at):
                return False
        return True

    def lacks(self, entry: Entry, now: datetime) -> tuple[Lack, ...]:
        """List what an entry lacks now, or when its term begins, beyond its own fields."""
        at = max(now, entry.valid_from) if entry.valid_from is not None else now
        return tuple(self.register.whole(entry, self.parts(entry, at)))

    def keeps_back(self, entry: Entry, now: datetime) -> tuple[Lack, ...]:
        """List what keeps an entry from being published; drafts of its parts among that."""
        unfinished = [
            _unfinished(one, self._name(one, part))
            for part in self.register.parts
            if part.finished
            for one in self.belonging(entry, part)
            if one.state is EntryState.DRAFT
        ]
        return (*self.lacks(entry, now), *unfinished)

    def _name(self, one: Entry, part: Part) -> str:
        key = self._registers[part.register].key
        return str(one.get(key[0]) if key else "")

    def hidden(self, now: datetime) -> dict[str, tuple[Lack, ...]]:
        """Give what each published entry lacks that nobody is shown for that reason, by id."""
        if not self.register.parts:
            return {}
        return {
            one.id: found
            for one in self.entries
            if one.holds(now) and (found := self.lacks(one, now))
        }

    def owners(self, one: Entry) -> list[Entry]:
        """List the entries to which an entry of another register belongs."""
        return [
            whole
            for part in self.register.parts
            if part.register == one.register
            for whole in self.entries
            if any(each.id == one.id for each in self.belonging(whole, part))
        ]


def _unfinished(one: Entry, name: str) -> Lack:
    return Lack(text("registers.part_is_draft", name=name), entry=one.id, called=name)


def _word(part: Part, said: object) -> str:
    return str(said) if part.names is None else plain_key(said)


def with_changed(around: Around, after: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Put entries into the place of their earlier versions; what has ended is left out."""
    changed = {one.id: one for one in after}
    registers = {one.register for one in changed.values()} | set(around)
    found: dict[str, list[Entry]] = {}
    for name in registers:
        here = [one for one in around.get(name, ()) if one.id not in changed]
        here += [one for one in changed.values() if one.register == name]
        found[name] = [one for one in here if one.state is not EntryState.ENDED]
    return found
