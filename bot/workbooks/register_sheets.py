"""A register as an Excel sheet: its columns, an empty template, and what Linli knows, to edit it.

A row of an export carries the entry's id and version, so that a new name changes the same entry,
and what somebody changed in chat since then is not written over unseen.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from bot.words.wording import Wording, wording_for
from bot.workbooks.organisation_sheets import CHOICES_SHEET, HELP_SHEET, CellError, Column, Sheet
from bot.workbooks.organisation_sheets import plain as plain_cell
from bot.workbooks.organisation_template import offer_choices, write_headings, write_rows
from domain.errors import Refused
from domain.messages import text
from domain.names import unit_called
from domain.people import Language
from domain.registers import (
    Entry,
    EntryState,
    Field,
    FieldKind,
    Register,
    read_value,
    with_categories,
)
from domain.street import Street
from storage.database import Tx
from storage.registers import list_entries

#: The columns beside the fields: no field is called so.
UNIT, PERSON = "entry_unit", "entry_person"
FROM, UNTIL, STATE = "entry_from", "entry_until", "entry_state"
ID, VERSION = "entry_id", "entry_version"
_LONGEST_TITLE = 31  # Source: Excel specifications and limits, a sheet's name.
#: How many sentences explain a template.
_HELP = 6


class _FieldError(CellError):
    """Raised for a cell that is no value of a field, with the words that the chat has for it."""

    def __init__(self, error: Refused) -> None:
        super().__init__("text_needed")
        self.text = text(error.key, **error.fields)


# --- the sheet -----------------------------------------------------------------------------------


def sheet_of(
    register: Register,
    today: date,
    *,
    beside: Sequence[Register] = (),
    units: Sequence[str] = (),
) -> Sheet:
    """Give the sheet of a register, whose categories are filled in.

    Args:
        beside: the registers whose sheets stand in the same file: their names are offered.
        units: the units that are offered.
    """
    offered = _offered(register, beside)
    zh, en = (wording_for(one).text for one in (Language.CHINESE, Language.ENGLISH))

    def column(key: str, label: str, read: Any, **more: Any) -> Column:
        return Column(key=key, zh=zh(text(label)), en=en(text(label)), read=read, **more)

    states = {zh(text(f"registers.cell_{one}")): one for one in EntryState}
    states |= {str(one): one for one in EntryState}

    def state(value: object) -> EntryState:
        if (found := states.get(plain_cell(value).casefold())) is None:
            raise CellError("one_of", choices=tuple(list(states)[: len(EntryState)]))
        return found

    person = column(PERSON, "registers.person", plain_cell, required=True)
    return Sheet(
        key=register.name,
        name=_title(register),
        en=en(text(register.label))[:_LONGEST_TITLE],
        required=True,
        columns=(
            column(UNIT, "registers.unit", plain_cell, required=True, width=18, choices=units),
            *((person,) if register.of_staff else ()),
            *(
                column(
                    one.name,
                    one.label,
                    _reader(one, today),
                    choices=[zh(option.label) for option in one.options]
                    if one.kind is FieldKind.CHOICE
                    else (),
                    codes_of=_title(offered[one.name]) if one.name in offered else None,
                    codes_column=_name_column(offered.get(one.name)),
                    width=28,
                )
                for one in register.fields
            ),
            column(FROM, "registers.from", lambda value: _day(value, today)),
            column(UNTIL, "registers.until", lambda value: _day(value, today)),
            column(
                STATE,
                "registers.cell_state",
                state,
                choices=[zh(text(f"registers.cell_{one}")) for one in EntryState],
            ),
            column(ID, "registers.cell_id", plain_cell, width=28),
            column(VERSION, "registers.cell_version", _version),
        ),
    )


def _title(register: Register) -> str:
    return wording_for(Language.CHINESE).text(text(register.label))[:_LONGEST_TITLE]


def _offered(register: Register, beside: Sequence[Register]) -> dict[str, Register]:
    """Find by field the register in the same file whose names stand in its cells."""
    by_name = {one.name: one for one in beside if one.key}
    found = {one.name: by_name[one.refers] for one in register.fields if one.refers in by_name}
    for whole in by_name.values():
        found |= {part.field: whole for part in whole.parts if part.register == register.name}
    return found


def _name_column(register: Register | None) -> str:
    """Give the column in which a register's sheet has the names of its entries."""
    if register is None:
        return "A"
    before = 2 if register.of_staff else 1
    names = [one.name for one in register.fields]
    return get_column_letter(before + names.index(register.key[0]) + 1)


def _reader(one: Field, today: date) -> Any:
    def read(value: object) -> Any:
        if isinstance(value, datetime):
            value = value.date().isoformat()
        said = str(value) if one.kind is FieldKind.TEXT else plain_cell(value)
        try:
            return read_value(one, said, today)
        except Refused as error:
            raise _FieldError(error) from None

    return read


_DAY = Field(name="day", label="registers.from", ask="registers.ask_from", kind=FieldKind.DAY)


def _day(value: object, today: date) -> date:
    return date.fromisoformat(_reader(_DAY, today)(value))


def _version(value: object) -> int:
    given = plain_cell(value)
    if not (given.isascii() and given.isdecimal() and len(given) < 9):
        raise _FieldError(Refused("registers.number"))
    return int(given)


# --- writing -------------------------------------------------------------------------------------


async def export_registers(
    tx: Tx,
    street: Street,
    registers: Sequence[Register],
    path: Path,
    wording: Wording,
    now: datetime,
) -> int:
    """Write what has not ended in registers, a sheet each; give how many entries there are."""
    filled = [with_categories(one, street.office.categories) for one in registers]
    rows = {}
    for register in filled:
        names = await _names(tx, register)
        entries = await list_entries(tx, register.name)
        rows[register.name] = [_cells(street, register, one, names) for one in entries]
    _write(path, street, filled, rows, wording, street.local_day(now))
    return sum(map(len, rows.values()))


def write_template(
    path: Path, street: Street, registers: Sequence[Register], wording: Wording, now: datetime
) -> None:
    """Write an empty file for registers: headings, choices, and how to fill it."""
    filled = [with_categories(one, street.office.categories) for one in registers]
    _write(path, street, filled, {}, wording, street.local_day(now))


def _cells(
    street: Street, register: Register, entry: Entry, names: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    chinese = wording_for(Language.CHINESE)
    zone = street.office.timezone
    cells: dict[str, Any] = {
        UNIT: _unit_cell(street, entry.unit, chinese),
        PERSON: street.staff_name(entry.person),
        STATE: chinese.text(text(f"registers.cell_{entry.state}")),
        ID: entry.id,
        VERSION: entry.version,
    }
    if entry.valid_from is not None:
        cells[FROM] = f"{entry.valid_from.astimezone(zone):%Y-%m-%d}"
    if entry.valid_until is not None:
        cells[UNTIL] = f"{entry.valid_until.astimezone(zone) - timedelta(days=1):%Y-%m-%d}"
    for one in register.fields:
        cells[one.name] = _cell(one, entry.get(one.name), names.get(one.refers, {}), chinese)
    return cells


def _unit_cell(street: Street, code: str, chinese: Wording) -> str:
    """Name a unit, or give its code where another one is called the same."""
    name = chinese.text(unit_called(code, street.organisation))
    same = [one for one in street.organisation.units.values() if one.name == name]
    return name if len(same) == 1 else code


def _cell(one: Field, value: Any, names: Mapping[str, str], chinese: Wording) -> Any:
    match one.kind:
        case FieldKind.CHOICE | FieldKind.SEVERAL:
            chosen = value if isinstance(value, list) else [value]
            options = [one.option(each) for each in chosen]
            return "、".join(chinese.text(option.label) for option in options if option)
        case FieldKind.POINT:
            return f"{value['lat']},{value['lon']}" if value else None
        case FieldKind.ENTRY:
            return names.get(value)
        case _:
            return value


def _write(
    path: Path,
    street: Street,
    registers: Sequence[Register],
    rows: Mapping[str, Sequence[Mapping[str, Any]]],
    wording: Wording,
    today: date,
) -> None:
    book = Workbook()
    _explain(book.worksheets[0], registers, wording)
    choices = book.create_sheet(CHOICES_SHEET)
    choices.sheet_state = "hidden"
    for register in registers:
        units = _unit_choices(street, register)
        sheet = sheet_of(register, today, beside=registers, units=units)
        worksheet = book.create_sheet(sheet.name)
        write_headings(worksheet, sheet, wording)
        write_rows(worksheet, sheet, rows.get(register.name, ()), are_examples=False)
        offer_choices(worksheet, sheet, choices)
    book.active = 2
    book.save(path)


def _explain(guide: Worksheet, registers: Sequence[Register], wording: Wording) -> None:
    guide.title = HELP_SHEET
    guide.column_dimensions["A"].width = 100
    said = [text(f"registers.help_{number}") for number in range(1, _HELP + 1)]
    if len(registers) > 1:
        names = tuple(text(one.label) for one in registers)
        said.append(text("registers.help_sheets", sheets=names))
    for one in registers:
        needed = tuple(text(field.label) for field in one.fields if field.required)
        said.append(text("registers.help_needed", sheet=text(one.label), fields=needed))
        if one.parts:
            said.append(text("registers.help_whole", sheet=text(one.label)))
    for number, sentence in enumerate(said, 1):
        guide.cell(number, 1, wording.text(sentence))


def _unit_choices(street: Street, register: Register) -> list[str]:
    chinese, organisation = wording_for(Language.CHINESE), street.organisation
    return [
        _unit_cell(street, one.code, chinese)
        for one in organisation.units.values()
        if one.kind in register.units and organisation.is_active(one.code)
    ]


async def entries_of(tx: Tx, register: Register) -> dict[str, list[Entry]]:
    """Load the entries of the registers to which fields refer, by register."""
    return {one.refers: await list_entries(tx, one.refers) for one in register.fields if one.refers}


async def _names(tx: Tx, register: Register) -> dict[str, dict[str, str]]:
    return {
        name: {one.id: str(one.get("name", "")) for one in entries}
        for name, entries in (await entries_of(tx, register)).items()
    }
