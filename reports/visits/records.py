"""Visits of a span of time as a file: coverage by grid, each visit, each need; nobody is named.

Who was visited stands there by the entry's sign. Looks at minors' entries have a sheet of their
own, for the yearly audit (F-311). Blocks, and imports openpyxl.
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.messages import Text, Value, text
from domain.names import unit_name
from domain.organisation import Unit
from domain.people import Language
from domain.street import Street
from domain.visits.approvals import Approval
from domain.visits.coverage import Coverage
from domain.visits.needs import Need, need_state_name
from domain.visits.visits import Visit, area_name, how_name, in_order, visit_state_name
from reports.papers import Fields, Sheet, Table
from reports.visits.coverage import read_coverage
from storage.database import Tx
from storage.visits.entries import list_approvals_in
from storage.visits.visits import list_needs_in, list_recorded

Say = Callable[[Text, Language], str]
_MOMENT = "yyyy-mm-dd hh:mm"
_HEAD = "FFDCE9F4"
_SIGN = 6


@dataclass(frozen=True, kw_only=True)
class Records:
    """What the files are made from, read at one moment."""

    street: Street
    unit: Unit
    begins: datetime
    ends: datetime
    made_at: datetime
    coverage: Mapping[str, Coverage]
    visits: Sequence[Visit]
    needs: Sequence[Need]
    approvals: Sequence[Approval]

    @property
    def total(self) -> Coverage:
        """The figures of all grids together."""
        return sum(self.coverage.values(), Coverage())


async def read_records(
    tx: Tx, street: Street, unit: Unit, begins: datetime, ends: datetime, now: datetime
) -> Records:
    """Read what was due and made in the grids of a unit, and what was found."""
    grids = [one.code for one in street.organisation.grids_under(unit.code)]
    needs = [one for one in await list_needs_in(tx, grids, begins) if one.opened_at < ends]
    return Records(
        street=street,
        unit=unit,
        begins=begins,
        ends=ends,
        made_at=now,
        coverage=await read_coverage(tx, street, unit, begins, ends, now),
        visits=await list_recorded(tx, grids, begins, ends),
        needs=needs,
        approvals=await list_approvals_in(tx, grids, begins, ends),
    )


def sign_of(which: str) -> str:
    """Give the sign of an entry."""
    return which[:_SIGN].upper()


# --- tables --------------------------------------------------------------------------------------

Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """One table of the file."""

    name: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]


def tables(records: Records) -> tuple[Grid, ...]:
    """Give the tables: their rows in the order of grids and time, never by figures."""
    return (
        Grid(
            "coverage",
            ("grid", "count_due", "count_done", "rate", "declined", "late", "needs"),
            (*_coverage_rows(records), _total_row(records)),
        ),
        Grid(
            "visits",
            ("at", "grid", "sign", "by", "stand_in", "how", "went", "areas", "due"),
            tuple(_visit_row(records, one) for one in records.visits),
        ),
        Grid(
            "needs",
            ("found", "grid", "sign", "area", "state", "case", "acted", "effect", "confirmed"),
            tuple(_need_row(records, one) for one in records.needs),
        ),
        Grid(
            "looks",
            ("at", "sign", "asked_by", "approver", "state", "until"),
            tuple(_approval_row(records, one) for one in records.approvals),
        ),
    )


def _unit(records: Records, code: str) -> Value:
    unit = records.street.organisation.units.get(code)
    return unit_name(unit) if unit is not None else code


def _coverage_rows(records: Records) -> Iterator[Row]:
    for grid, one in records.coverage.items():
        yield (_unit(records, grid), *_figures(one))


def _total_row(records: Records) -> Row:
    return (text("visits.file_total"), *_figures(records.total))


def _figures(one: Coverage) -> Row:
    rate = f"{one.done / one.due:.0%}" if one.due else text("visits.file_no_rate")
    return (one.due, one.done, rate, one.declined, one.late, one.needs)


def _visit_row(records: Records, one: Visit) -> Row:
    return (
        one.at,
        _unit(records, one.unit),
        sign_of(one.entry),
        records.street.staff_name(one.by) or text("visits.nobody"),
        text("visits.file_yes") if one.stands_in else "",
        how_name(one.how),
        visit_state_name(one),
        tuple(area_name(area) for area in in_order(one.areas)),
        one.due_at,
    )


def _need_row(records: Records, one: Need) -> Row:
    return (
        one.opened_at,
        _unit(records, one.unit),
        sign_of(one.entry),
        area_name(one.area),
        need_state_name(one.state),
        one.number or "",
        one.acted_at,
        one.effect_at,
        one.confirmed_at,
    )


def _approval_row(records: Records, one: Approval) -> Row:
    return (
        one.asked_at,
        sign_of(one.entry),
        records.street.staff_name(one.asked_by),
        records.street.staff_name(one.asked_of),
        text(f"visits.approval_{one.state}"),
        one.until,
    )


# --- Excel ---------------------------------------------------------------------------------------

#: How wide the columns are, by what stands in them.
_WIDTHS = {"grid": 26, "areas": 24, "at": 17, "due": 17, "found": 17, "acted": 17, "effect": 17}


def workbook(records: Records, say: Say, language: Language) -> bytes:
    """Write the tables as an Excel file, a sheet each."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.remove(book.worksheets[0])
    for grid in tables(records):
        sheet = book.create_sheet(say(text(f"visits.file_{grid.name}"), language))
        sheet.append([_title(records, say, language)])
        sheet["A1"].font = Font(bold=True, size=13)
        sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(grid.heads))
        sheet.append([say(text(f"visits.file_head_{one}"), language) for one in grid.heads])
        for cell in sheet[2]:
            cell.font = Font(bold=True)
            cell.fill = PatternFill("solid", fgColor=_HEAD)
            cell.alignment = Alignment(wrap_text=True, vertical="center")
        for number, row in enumerate(grid.rows, 3):
            for place, value in enumerate(row, 1):
                _write(sheet.cell(number, place), value, records, say, language)
        for place, head in enumerate(grid.heads, 1):
            letter = get_column_letter(place)
            sheet.column_dimensions[letter].width = _WIDTHS.get(head, 13)
        sheet.freeze_panes = "A3"
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.print_title_rows = "2:2"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _title(records: Records, say: Say, language: Language) -> str:
    return say(
        text(
            "visits.file_title",
            unit=unit_name(records.unit),
            first=_local(records, records.begins).date().isoformat(),
            last=_local(records, records.ends - timedelta(seconds=1)).date().isoformat(),
        ),
        language,
    )


def _local(records: Records, moment: datetime) -> datetime:
    return moment.astimezone(records.street.office.timezone)


def _write(cell: Any, value: Value, records: Records, say: Say, language: Language) -> None:
    if isinstance(value, datetime):
        cell.value = _local(records, value).replace(tzinfo=None, second=0, microsecond=0)
        cell.number_format = _MOMENT
        return
    said = value if isinstance(value, int) else _words(value, records, say, language)
    cell.value = said
    if isinstance(said, str):
        # A unit that somebody named "=1+1" is a name, not a formula.
        cell.data_type = "s"


def _words(value: Value, records: Records, say: Say, language: Language) -> str:
    if isinstance(value, Text):
        return say(value, language)
    if isinstance(value, tuple):
        return "、".join(_words(one, records, say, language) for one in value)
    if isinstance(value, datetime):
        return f"{_local(records, value):%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)


# --- Word ----------------------------------------------------------------------------------------


def papers(records: Records, say: Say, language: Language) -> tuple[Sheet, ...]:
    """Give coverage, visits and needs as sheets of a Word document."""

    def said(key: str) -> str:
        return say(text(f"visits.{key}"), language)

    head = Fields(
        (
            (said("file_head_unit"), say(unit_name(records.unit), language)),
            (said("file_made"), _words(records.made_at, records, say, language)),
            (said("file_coverage"), say(records.total.said, language)),
        )
    )
    note = said("coverage_note")
    sheets = []
    for place, grid in enumerate(one for one in tables(records) if one.rows):
        rows = tuple(
            tuple(_words(value, records, say, language) for value in row) for row in grid.rows
        )
        heads = tuple(said(f"file_head_{one}") for one in grid.heads)
        sheets.append(
            Sheet(
                title=said(f"file_{grid.name}"),
                number=_title(records, say, language),
                parts=(*((head, note) if place == 0 else ()), Table(heads, rows)),
                signs=(),
                foot=said("file_foot"),
            )
        )
    return tuple(sheets)
