"""Which registers and entries somebody may see or keep, and what those are called."""

from collections.abc import Iterable, Mapping

from domain.access.checks import ensure_may, may
from domain.errors import NotFound, Stale
from domain.messages import Text, Value, text
from domain.names import named, unit_called
from domain.organisation import Organisation
from domain.registers import Entry, FieldKind, Register, shown, with_categories
from domain.registry import REGISTERS
from handlers.turn import Turn
from storage.registers import find_entry, get_entries
from storage.work import Work


def register_named(turn: Turn, name: str) -> Register:
    """Give a register with the office's own categories.

    Raises:
        Stale: there is none of this name, or its feature is closed here.
    """
    register = REGISTERS.get(name)
    if register is None or register.feature in turn.closed:
        raise Stale
    return with_categories(register, turn.street.office.categories)


def open_registers(turn: Turn) -> list[Register]:
    """List the registers of which one may see something."""
    return [
        one
        for one in REGISTERS.values()
        if one.feature not in turn.closed and seen_units(turn, one)
    ]


def seen_units(turn: Turn, register: Register) -> list[str]:
    """List the units whose entries one may see, drafts included."""
    organisation = turn.street.organisation
    return [
        code
        for code in organisation.units
        if may(turn.actor, register.see, organisation, unit=code)
    ]


def kept_units(turn: Turn, register: Register) -> list[str]:
    """List the units in use whose entries one keeps, from the street down."""
    organisation = turn.street.organisation
    return [
        unit.code
        for unit in (organisation.street, *organisation.communities, *organisation.grids)
        if unit.kind in register.units
        and may(turn.actor, register.edit, organisation, unit=unit.code)
    ]


def ensure_sees(turn: Turn, register: Register) -> list[str]:
    """Give the units whose entries one may see.

    Raises:
        NotAllowed: there is none.
    """
    found = seen_units(turn, register)
    if not found:
        organisation = turn.street.organisation
        ensure_may(turn.actor, register.see, organisation, unit=organisation.street.code)
    return found


def ensure_keeps(turn: Turn, register: Register) -> list[str]:
    """Give the units whose entries one keeps.

    Raises:
        NotAllowed: there is none.
    """
    found = kept_units(turn, register)
    if not found:
        organisation = turn.street.organisation
        ensure_may(turn.actor, register.edit, organisation, unit=organisation.street.code)
    return found


def keeps(turn: Turn, register: Register, entry: Entry) -> bool:
    """Tell whether one may change an entry."""
    organisation = turn.street.organisation
    return may(turn.actor, register.edit, organisation, unit=entry.unit) is not None


async def seen_entry(turn: Turn, entry: str) -> tuple[Register, Entry]:
    """Find an entry that one may know of, with its register.

    Raises:
        NotFound: there is none.
    """
    found = await find_entry(turn.tx, entry)
    known = REGISTERS.get(found.register) if found is not None else None
    if found is None or known is None or known.feature in turn.closed:
        raise NotFound(number=entry[:8])
    register = with_categories(known, turn.street.office.categories)
    sees = may(turn.actor, register.see, turn.street.organisation, unit=found.unit)
    if not sees and not (register.public and found.holds(turn.now)):
        raise NotFound(number=entry[:8])
    return register, found


async def called_in(work: Work, register: Register, entries: Iterable[Entry]) -> dict[str, Value]:
    """Name the entries to which the fields of others refer, by id."""
    names = [one.name for one in register.fields if one.kind is FieldKind.ENTRY]
    wanted = {entry.fields[name] for entry in entries for name in names if name in entry.fields}
    found = await get_entries(work.tx, wanted)
    organisation = work.street.organisation
    return {which: entry_name(one, organisation) for which, one in found.items()}


def entry_name(entry: Entry, organisation: Organisation) -> Text:
    """Give what an entry is called: by its member of staff, its first key field, or its unit."""
    register = REGISTERS.get(entry.register)
    if entry.person is not None:
        return named(organisation.names.get(entry.person, "") or "?")
    if register is None or not register.key:
        return unit_called(entry.unit, organisation)
    field = register.field(register.key[0])
    value = shown(field, entry.get(field.name))
    return value if isinstance(value, Text) else named(str(value or "?"))


def words_for_search(
    entries: Iterable[Entry], organisation: Organisation, called: Mapping[str, Value]
) -> dict[str, str]:
    """Give for each entry the names by which it may be looked for beyond its own fields."""
    return {
        entry.id: " ".join(
            (
                *_both(entry_name(entry, organisation)),
                *_both(unit_called(entry.unit, organisation)),
                *(
                    word
                    for value in entry.fields.values()
                    if isinstance(value, str) and isinstance(called.get(value), Text)
                    for word in _both(called[value])
                ),
            )
        )
        for entry in entries
    }


def _both(name: Value) -> tuple[str, ...]:
    fields = name.fields if isinstance(name, Text) else {}
    return tuple(str(fields[one]) for one in ("zh", "en") if fields.get(one))


def state_words(entry: Entry, register: Register, turn: Turn) -> Text:
    """Say how an entry stands at this moment."""
    if entry.holds(turn.now) or str(entry.state) != "published":
        return text(f"registers.state_{entry.state}")
    is_over = entry.valid_until is not None and entry.valid_until <= turn.now
    return text("registers.state_over" if is_over else "registers.state_later")
