"""The Excel file of an office, written: an empty template, or what Linli knows, to edit it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from bot.configuration.law_data import default_categories
from bot.words.wording import LOCAL_TIME, Wording
from bot.workbooks.boundaries import BOUNDARIES_FILE
from bot.workbooks.organisation_file import OrganisationFile
from bot.workbooks.organisation_sheets import (
    CATALOGUE,
    CHOICES_SHEET,
    COMMUNITIES,
    DATUMS,
    DUTY,
    GRIDS,
    HELP_SHEET,
    KINDS,
    NO,
    POSTS,
    ROLES,
    SHEETS,
    STREAMS,
    STREET,
    YES,
    Column,
    Sheet,
    first_name,
)
from domain.categories import Categories, Category
from domain.messages import text
from domain.organisation import Unit, UnitKind
from domain.places.points import Datum

#: How far down the drop-downs reach.
_LAST_ROW = 500
#: Source: Excel specifications and limits, characters in a cell.
_LONGEST_CELL = 32_767
_HEAD = PatternFill("solid", fgColor="DDE8F4")
_REQUIRED = PatternFill("solid", fgColor="F7DCC4")
_EXAMPLE = Font(italic=True, color="808080")
_HELP = (
    "required",
    "examples",
    "codes",
    "order",
    "posts",
    "boundaries",
    "duty",
    "catalogue",
    "check",
)

Cells = Mapping[str, Any]


def template(path: Path, wording: Wording) -> None:
    """Write an empty template: headings, drop-downs, one example row a sheet, and a help sheet."""
    examples = {
        sheet.key: [{one.key: one.example for one in sheet.columns if one.example}]
        for sheet in SHEETS
    }
    _write(path, examples, wording, are_examples=True)


def write_workbook(path: Path, organisation: OrganisationFile, wording: Wording) -> None:
    """Write an organisation as a file that `read_workbook` takes back.

    Boundaries that are too long for a cell go into ``boundaries.geojson`` beside the file.
    """
    units = organisation.units
    rows = {
        STREET.key: [_unit_cells(one) for one in units if one.kind is UnitKind.STREET],
        COMMUNITIES.key: [_unit_cells(one) for one in units if one.kind is UnitKind.COMMUNITY],
        GRIDS.key: [_grid_cells(one) for one in units if one.kind is UnitKind.GRID],
        POSTS.key: [
            {
                "unit": one.unit,
                "role": first_name(ROLES, one.role),
                "name": one.member.name,
                "phone": one.member.phone,
            }
            for one in organisation.appointments
        ],
        DUTY.key: [
            {
                "name": one.member.name,
                "phone": one.member.phone,
                "starts_at": f"{one.starts_at.astimezone(LOCAL_TIME):%Y-%m-%d %H:%M}",
                "ends_at": f"{one.ends_at.astimezone(LOCAL_TIME):%Y-%m-%d %H:%M}",
            }
            for one in organisation.duty
        ],
        CATALOGUE.key: [
            *(_category_cells(one) for one in organisation.categories.listed),
            *_removals(organisation.categories),
        ],
    }
    _move_long_boundaries(path, rows[GRIDS.key])
    _write(path, rows, wording, are_examples=False)


def _unit_cells(unit: Unit) -> dict[str, Any]:
    return {
        "code": unit.code,
        "name": unit.name,
        "name_en": unit.name_en,
        "parent": unit.parent,
        "phone": unit.phone,
        "address": unit.address,
        "party_body": unit.party_body,
        "demonstration_site": _flag(unit.demonstration_site),
        "active": _flag(unit.active),
    }


def _grid_cells(unit: Unit) -> dict[str, Any]:
    cells = _unit_cells(unit)
    if unit.boundary is not None:
        cells["datum"] = first_name(DATUMS, Datum.WGS84)
        cells["boundary"] = json.dumps(unit.boundary)
    return cells


def _category_cells(category: Category) -> dict[str, Any]:
    return {
        "code": category.code,
        "kind": first_name(KINDS, category.kind),
        "name_zh": category.name_zh,
        "name_en": category.name_en,
        "stream": first_name(STREAMS, category.stream),
        "importance": category.importance,
        "urgency": category.urgency,
        "public_space": _flag(category.public_space),
        "needs_confirmation": _flag(category.needs_confirmation),
        "keywords": "、".join(category.keywords),
        "examples": "\n".join(category.examples),
        "emoji": category.emoji,
    }


def _removals(categories: Categories) -> list[dict[str, Any]]:
    """Say which of Linli's own categories this street does without."""
    return [
        {"code": one.code, "kind": first_name(KINDS, one.kind), "removed": YES}
        for one in default_categories().listed
        if categories.find(one.code) is None
    ]


def _flag(value: bool) -> str:
    return YES if value else NO


def _move_long_boundaries(path: Path, grids: Iterable[dict[str, Any]]) -> None:
    features = []
    for cells in grids:
        if len(cells.get("boundary", "")) > _LONGEST_CELL:
            geometry = json.loads(cells.pop("boundary"))
            properties = {"code": cells["code"]}
            features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    if features:
        collection = {"type": "FeatureCollection", "features": features}
        beside = path.with_name(BOUNDARIES_FILE)
        beside.write_text(json.dumps(collection), encoding="utf-8")


# --- writing --------------------------------------------------------------------------------------


def _write(
    path: Path, rows: Mapping[str, Sequence[Cells]], wording: Wording, *, are_examples: bool
) -> None:
    workbook = Workbook()
    guide = workbook.worksheets[0]
    guide.title = HELP_SHEET
    _write_help(guide, wording)
    choices = workbook.create_sheet(CHOICES_SHEET)
    choices.sheet_state = "hidden"
    for sheet in SHEETS:
        worksheet = workbook.create_sheet(sheet.name)
        write_headings(worksheet, sheet, wording)
        write_rows(worksheet, sheet, rows[sheet.key], are_examples=are_examples)
        offer_choices(worksheet, sheet, choices)
    workbook.move_sheet(choices, len(SHEETS))
    workbook.save(path)


def _write_help(worksheet: Worksheet, wording: Wording) -> None:
    worksheet.column_dimensions["A"].width = 100
    worksheet["A1"] = wording.text(text("workbook.help_title"))
    worksheet["A1"].font = Font(bold=True, size=14)
    for number, name in enumerate(_HELP, 3):
        cell = worksheet.cell(number, 1, wording.text(text(f"workbook.help_{name}")))
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def write_headings(worksheet: Worksheet, sheet: Sheet, wording: Wording) -> None:
    """Write the headings of a sheet: what must be filled has a colour of its own."""
    for place, column in enumerate(sheet.columns, 1):
        cell = worksheet.cell(1, place, column.heading + ("*" if column.required else ""))
        cell.font = Font(bold=True)
        cell.fill = _REQUIRED if column.required else _HEAD
        worksheet.column_dimensions[get_column_letter(place)].width = column.width
        if note := _note(column, wording):
            cell.comment = Comment(note, "Linli", width=320, height=90)
    worksheet.freeze_panes = "A2"


_NOTES = frozenset(
    {
        "active",
        "boundary",
        "demonstration_site",
        "examples",
        "importance",
        "keywords",
        "needs_confirmation",
        "party_body",
        "public_space",
        "role",
        "urgency",
    }
)


def _note(column: Column, wording: Wording) -> str:
    names = ["note_required"] if column.required else []
    names += ["note_choices"] if column.choices or column.codes_of else []
    names += [f"note_{column.key}"] if column.key in _NOTES else []
    return "\n".join(wording.text(text(f"workbook.{name}")) for name in names)


def write_rows(
    worksheet: Worksheet, sheet: Sheet, rows: Iterable[Cells], *, are_examples: bool
) -> None:
    """Write rows below the headings, each as its cells by column."""
    for number, cells in enumerate(rows, 2):
        for place, column in enumerate(sheet.columns, 1):
            value = cells.get(column.key)
            if value in (None, ""):
                continue
            cell = worksheet.cell(number, place)
            cell.value = value
            # A text that begins with = would be taken for a formula, and a phone for a number.
            cell.data_type = "s" if isinstance(value, str) else cell.data_type
            cell.number_format = "@" if isinstance(value, str) else cell.number_format
            if are_examples:
                cell.font = _EXAMPLE


def offer_choices(worksheet: Worksheet, sheet: Sheet, choices: Worksheet) -> None:
    """Let Excel offer the words of each column that has some."""
    for place, column in enumerate(sheet.columns, 1):
        if column.codes_of:
            letter = column.codes_column
            source = f"'{column.codes_of}'!${letter}$2:${letter}${_LAST_ROW}"
        elif column.choices:
            source = _listed(column.choices, choices)
        else:
            continue
        validation = DataValidation(type="list", formula1=source, allow_blank=True)
        # Linli says more about a wrong value than Excel can.
        validation.showErrorMessage = False
        letter = get_column_letter(place)
        validation.add(f"{letter}2:{letter}{_LAST_ROW}")
        worksheet.add_data_validation(validation)


def _listed(words: Sequence[str], choices: Worksheet) -> str:
    """Put a list of words into the hidden sheet; Excel takes at most 255 characters inline."""
    empty = choices.max_column == 1 and choices["A1"].value is None
    place = 1 if empty else choices.max_column + 1
    for number, word in enumerate(words, 1):
        choices.cell(number, place, word)
    letter = get_column_letter(place)
    return f"'{CHOICES_SHEET}'!${letter}$1:${letter}${len(words)}"
