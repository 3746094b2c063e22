"""An office's Excel file: read whole, with everything that is wrong told at once.

`read_workbook` gives units, who holds which post, the duty roster and the catalogue; nothing is
read from a file that has a problem. Boundaries may stand in the sheet or in a
``boundaries.geojson`` beside the file, whose features carry a property ``code``.
"""

import difflib
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from bot.configuration.law_data import default_catalogue
from bot.words.wording import Wording
from bot.workbooks.organisation_sheets import (
    CATALOGUE,
    CHOICES_SHEET,
    COMMUNITIES,
    DUTY,
    GRIDS,
    HELP_SHEET,
    IGNORED_ROWS,
    POSTS,
    SHEETS,
    STREET,
    CellError,
    Column,
    Sheet,
    plain,
)
from domain.categories import Catalogue, Category, Kind, other_code
from domain.categories import problems as catalogue_problems
from domain.messages import Text, Value, text
from domain.organisation import SINGLE_HOLDER, UNIT_OF_ROLE, Role, Unit, UnitKind
from domain.places.grid_map import PolygonProblem, ProblemKind, geometry_to_wgs84, polygon_problems
from domain.places.points import Datum

BOUNDARIES_FILE = "boundaries.geojson"
#: A street has some hundred rows; what is longer holds formatted blanks or something else.
MOST_ROWS = 20_000
#: Unpacked, so that a small file cannot fill the memory.
MOST_BYTES = 100_000_000
LONGEST_SHIFT = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkbookProblem:
    """One thing to correct, and where: a sheet, and its row and column where they are known."""

    sheet: str
    row: int | None = None
    column: str | None = None
    """The heading of the column, in Chinese."""
    cell: str | None = None
    """As Excel names it: C5."""
    said: Text

    def sentence(self, wording: Wording) -> str:
        """Say where it is and what to do."""
        place = "place_cell" if self.cell else "place_row" if self.row else "place_sheet"
        where = text(
            f"workbook.{place}", sheet=self.sheet, row=self.row, column=self.column, cell=self.cell
        )
        return wording.text(text("workbook.problem", place=where, said=self.said))


class WorkbookError(ValueError):
    """Raised for a file that cannot be taken over; ``problems`` has all, in the file's order."""

    def __init__(self, problems: Iterable[WorkbookProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} problems")


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who works here; the phone tells two of one name apart."""

    name: str
    phone: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Appointment:
    """That a staff member holds a post."""

    unit: str
    role: Role
    member: StaffMember


@dataclass(frozen=True, kw_only=True, slots=True)
class DutyShift:
    """When a staff member answers for emergencies outside office hours."""

    member: StaffMember
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class OrganisationFile:
    """What an office's file says, complete and sound."""

    units: tuple[Unit, ...]
    appointments: tuple[Appointment, ...] = ()
    duty: tuple[DutyShift, ...] = ()
    catalogue: Catalogue

    @property
    def staff(self) -> tuple[StaffMember, ...]:
        """Everybody who holds a post, once, in the order of the file."""
        return tuple(dict.fromkeys(one.member for one in self.appointments))


def read_workbook(path: Path, catalogue: Catalogue | None = None) -> OrganisationFile:
    """Read an office's file.

    Args:
        catalogue: the categories that the sheet 目录 changes; Linli's own if none is given.

    Raises:
        WorkbookError: with every problem of every sheet and of the boundaries.
    """
    reading = _Reading(path)
    tables = reading.tables()
    units = _units(reading, tables)
    units = _with_boundaries(reading, tables, units)
    appointments = _appointments(reading, tables, units)
    duty = list(_duty(reading, tables))
    changed = _catalogue(reading, tables, catalogue or default_catalogue())
    if reading.problems:
        raise WorkbookError(sorted(reading.problems, key=_file_order))
    return OrganisationFile(
        units=tuple(units.values()),
        appointments=tuple(appointments),
        duty=tuple(duty),
        catalogue=changed,
    )


def _file_order(problem: WorkbookProblem) -> tuple[int, int]:
    names = [sheet.name for sheet in SHEETS]
    place = names.index(problem.sheet) if problem.sheet in names else len(names)
    return place, problem.row or 0


# --- from cells to rows ---------------------------------------------------------------------------


@dataclass(slots=True)
class _Row:
    """The readable cells of a row by column; blank and unreadable ones are missing."""

    sheet: Sheet
    number: int
    cells: dict[str, Any] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)
    """The columns whose cell was unreadable, or blank though it is required."""

    def get(self, key: str, default: Any = "") -> Any:
        return self.cells.get(key, default)


_Tables = Mapping[str, list[_Row]]


class _Reading:
    """One pass over a file; collects the problems."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[WorkbookProblem] = []

    def report(self, row: _Row, column: str | None, key: str, /, **fields: Value) -> None:
        """Note a problem of a row, or of one of its cells."""
        heading = next((one.zh for one in row.sheet.columns if one.key == column), None)
        place = row.places.get(column or "")
        cell = f"{place}{row.number}" if place else None
        self._note(row.sheet.name, text(f"workbook.{key}", **fields), row.number, heading, cell)

    def report_sheet(self, sheet: str, key: str, /, **fields: Value) -> None:
        """Note a problem of a whole sheet or file."""
        self._note(sheet, text(f"workbook.{key}", **fields))

    def _note(
        self,
        sheet: str,
        said: Text,
        row: int | None = None,
        column: str | None = None,
        cell: str | None = None,
    ) -> None:
        self.problems.append(
            WorkbookProblem(sheet=sheet, row=row, column=column, cell=cell, said=said)
        )

    def tables(self) -> _Tables:
        """Read every sheet; a file that is no workbook ends here.

        Raises:
            WorkbookError: the file cannot be opened.
        """
        self._ensure_openable()
        try:
            workbook = load_workbook(self.path, read_only=True, keep_links=False)
        except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
            raise self._unreadable("not_a_workbook") from error
        try:
            return self._sheets({sheet.title.strip(): sheet for sheet in workbook.worksheets})
        except (SyntaxError, ValueError, KeyError, zipfile.BadZipFile) as error:
            # A damaged sheet shows only when it is read; its XML fails with a SyntaxError.
            raise self._unreadable("not_a_workbook") from error
        finally:
            workbook.close()

    def _ensure_openable(self) -> None:
        try:
            with zipfile.ZipFile(self.path) as parts:
                size = sum(part.file_size for part in parts.infolist())
        except FileNotFoundError as error:
            raise self._unreadable("no_file") from error
        except (OSError, zipfile.BadZipFile) as error:
            raise self._unreadable("not_a_workbook") from error
        if size > MOST_BYTES:
            raise self._unreadable("too_large")

    def _unreadable(self, key: str) -> WorkbookError:
        self.report_sheet(self.path.name, key)
        return WorkbookError(self.problems)

    def _sheets(self, found: Mapping[str, Any]) -> _Tables:
        tables: dict[str, list[_Row]] = {}
        names = [name for sheet in SHEETS for name in (sheet.name, sheet.en)]
        for name in found:
            if name not in (*names, HELP_SHEET, CHOICES_SHEET):
                near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
                self.report_sheet(name, "strange_sheet", near=near[0] if near else names[0])
        for sheet in SHEETS:
            given = found.get(sheet.name) or found.get(sheet.en)
            if given is not None:
                tables[sheet.key] = list(self._rows(sheet, given))
            elif sheet.required:
                self.report_sheet(sheet.name, "missing_sheet", sheet=sheet.name)
            tables.setdefault(sheet.key, [])
        return tables

    def _rows(self, sheet: Sheet, given: Any) -> Iterator[_Row]:
        given.reset_dimensions()
        columns: dict[int, Column] | None = None
        for number, cells in enumerate(given.iter_rows(max_row=MOST_ROWS + 1), 1):
            if number > MOST_ROWS:
                self.report_sheet(sheet.name, "too_many_rows", most=MOST_ROWS)
                return
            filled = {place: cell for place, cell in enumerate(cells) if _is_filled(cell)}
            if not filled:
                continue
            if columns is None:
                columns = self._columns(sheet, number, filled)
                continue
            first = str(filled[min(filled)].value).strip()
            if min(filled) == 0 and first.startswith(IGNORED_ROWS):
                continue
            yield self._row(sheet, number, columns, filled)
        if columns is None:
            self.report_sheet(sheet.name, "empty_sheet")

    def _columns(self, sheet: Sheet, number: int, filled: Mapping[int, Any]) -> dict[int, Column]:
        """Find which column is which by the headings, in any order."""
        known = {name.casefold(): one for one in sheet.columns for name in (one.zh, one.en)}
        known |= {one.heading.casefold(): one for one in sheet.columns}
        columns: dict[int, Column] = {}
        head = _Row(sheet, number)
        for place, cell in filled.items():
            heading = plain(cell.value).rstrip("*＊ ")
            column = known.get(heading.casefold())
            at = f"{get_column_letter(place + 1)}{number}"
            if column is None:
                near = difflib.get_close_matches(heading, [c.zh for c in sheet.columns], n=1)
                said = text("workbook.strange_column", near=near[0] if near else None)
                self._note(sheet.name, said, number, heading, at)
            elif column in columns.values():
                self._note(sheet.name, text("workbook.column_twice"), number, heading, at)
            else:
                columns[place] = column
        for column in sheet.columns:
            if column.required and column not in columns.values():
                self.report(head, None, "missing_column", column=column.zh)
        return columns

    def _row(
        self, sheet: Sheet, number: int, columns: Mapping[int, Column], filled: Mapping[int, Any]
    ) -> _Row:
        places = {column.key: get_column_letter(place + 1) for place, column in columns.items()}
        row = _Row(sheet, number, places=places)
        for place, column in columns.items():
            cell = filled.get(place)
            if cell is None:
                if column.required:
                    self.report(row, column.key, "missing")
                    row.wrong.add(column.key)
                continue
            try:
                row.cells[column.key] = _read(column, cell)
            except CellError as error:
                self._note(
                    sheet.name, error.text, number, column.zh, f"{places[column.key]}{number}"
                )
                row.wrong.add(column.key)
        for place in filled.keys() - columns.keys():
            self._note(
                sheet.name,
                text("workbook.no_heading"),
                number,
                None,
                f"{get_column_letter(place + 1)}{number}",
            )
        return row


def _is_filled(cell: Any) -> bool:
    return cell.value is not None and str(cell.value).strip() != ""


def _read(column: Column, cell: Any) -> Any:
    if cell.data_type == "f":
        raise CellError("formula")
    if cell.data_type == "e":
        raise CellError("excel_error", value=str(cell.value))
    return column.read(cell.value)


# --- units ----------------------------------------------------------------------------------------


def _units(reading: _Reading, tables: _Tables) -> dict[str, Unit]:
    rows = [row for sheet in (STREET, COMMUNITIES, GRIDS) for row in tables[sheet.key]]
    _refuse_repeated_codes(reading, rows)
    streets = tables[STREET.key]
    for row in streets[1:]:
        reading.report(row, "code", "second_street", row=streets[0].number)
    for sheet in (STREET, COMMUNITIES, GRIDS):
        if not tables[sheet.key] and not any(one.sheet == sheet.name for one in reading.problems):
            reading.report_sheet(sheet.name, "no_rows")
    street = streets[0].get("code") if streets else ""
    units = {row.get("code"): _unit(row, UnitKind.STREET, None) for row in streets[:1]}
    communities = {row.get("code") for row in tables[COMMUNITIES.key]}
    for row in tables[COMMUNITIES.key]:
        units.setdefault(row.get("code"), _unit(row, UnitKind.COMMUNITY, street))
    for row in tables[GRIDS.key]:
        parent = row.get("parent")
        if parent and parent not in communities:
            reading.report(row, "parent", "unknown_community", code=parent)
        units.setdefault(row.get("code"), _unit(row, UnitKind.GRID, parent))
    units.pop("", None)
    _refuse_barren_communities(reading, tables)
    return units


def _unit(row: _Row, kind: UnitKind, parent: str | None) -> Unit:
    return Unit(
        code=row.get("code"),
        kind=kind,
        parent=parent,
        name=row.get("name"),
        name_en=row.get("name_en"),
        phone=row.get("phone"),
        address=row.get("address"),
        party_body=row.get("party_body"),
        demonstration_site=row.get("demonstration_site", False),
        active=row.get("active", True),
    )


def _refuse_repeated_codes(reading: _Reading, rows: Iterable[_Row]) -> None:
    first: dict[str, _Row] = {}
    for row in rows:
        code = row.get("code").casefold()
        before = first.setdefault(code, row) if code else row
        if before is not row:
            reading.report(row, "code", "code_twice", sheet=before.sheet.name, row=before.number)


def _refuse_barren_communities(reading: _Reading, tables: _Tables) -> None:
    parents = {row.get("parent") for row in tables[GRIDS.key]}
    for row in tables[COMMUNITIES.key]:
        if row.get("code") and row.get("active", True) and row.get("code") not in parents:
            reading.report(row, "code", "community_without_grids")


# --- boundaries -----------------------------------------------------------------------------------


def _with_boundaries(reading: _Reading, tables: _Tables, units: dict[str, Unit]) -> dict[str, Unit]:
    beside = _boundaries_beside(reading)
    rows = {row.get("code"): row for row in tables[GRIDS.key] if row.get("code")}
    for code in beside.keys() - rows.keys():
        reading.report_sheet(BOUNDARIES_FILE, "boundary_of_nothing", code=code)
    converted: dict[str, dict[str, Any]] = {}
    for code, row in rows.items():
        given = row.get("boundary", None)
        if given is not None and code in beside:
            reading.report(row, "boundary", "boundary_twice", file=BOUNDARIES_FILE)
        given = given or beside.get(code)
        datum = row.get("datum", None)
        if given is None:
            continue
        if datum is None:
            if "datum" not in row.wrong:
                reading.report(row, "datum", "datum_missing")
            continue
        geometry = _converted(reading, row, code, given, datum)
        if geometry is not None:
            converted[code] = geometry
    for problem in polygon_problems(converted, datum=Datum.WGS84):
        _report_polygon(reading, rows[problem.code], problem)
    return {
        code: replace(unit, boundary=converted.get(code)) if code in converted else unit
        for code, unit in units.items()
    }


def _converted(
    reading: _Reading, row: _Row, code: str, given: Mapping[str, Any], datum: Datum
) -> dict[str, Any] | None:
    try:
        # As it will come back from the database: lists, no tuples.
        geometry: dict[str, Any] = json.loads(json.dumps(geometry_to_wgs84(given, datum)))
        return geometry
    except ValueError:
        for problem in polygon_problems({code: given}, datum=datum):
            _report_polygon(reading, row, problem)
        return None


def _report_polygon(reading: _Reading, row: _Row, problem: PolygonProblem) -> None:
    spot = f"{problem.at.latitude:.6f}, {problem.at.longitude:.6f}" if problem.at else ""
    key = f"polygon_{problem.kind.value}"
    if problem.kind is ProblemKind.OVERLAP:
        reading.report(row, "boundary", key, other=problem.other, spot=spot)
    elif problem.kind is ProblemKind.SELF_INTERSECTION:
        reading.report(row, "boundary", key, spot=spot)
    else:
        reading.report(row, "boundary", key)


def _boundaries_beside(reading: _Reading) -> dict[str, dict[str, Any]]:
    """Read the file of boundaries, if there is one, by grid code."""
    path = reading.path.with_name(BOUNDARIES_FILE)
    if not path.exists():
        return {}
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("too large")
        features = json.loads(path.read_text(encoding="utf-8-sig"))["features"]
        return {str(one["properties"]["code"]): one["geometry"] for one in features}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        reading.report_sheet(BOUNDARIES_FILE, "boundaries_file")
        return {}


# --- posts and duty -------------------------------------------------------------------------------


def _appointments(
    reading: _Reading, tables: _Tables, units: Mapping[str, Unit]
) -> list[Appointment]:
    found: list[Appointment] = []
    taken: dict[tuple[str, Role], _Row] = {}
    _refuse_namesakes(reading, tables[POSTS.key])
    for row in tables[POSTS.key]:
        code, role = row.get("unit"), row.get("role", None)
        unit = units.get(code)
        if code and unit is None:
            reading.report(row, "unit", "unknown_unit", code=code)
        if unit is None or role is None:
            continue
        if unit.kind is not UNIT_OF_ROLE[role]:
            level = text(f"workbook.level_{UNIT_OF_ROLE[role].value}")
            reading.report(row, "unit", "wrong_level", level=level)
            continue
        if not row.get("name"):
            continue
        before = taken.setdefault((code, role), row)
        if before is not row and role in SINGLE_HOLDER:
            reading.report(row, "role", "held_twice", row=before.number)
        member = StaffMember(row.get("name"), row.get("phone"))
        one = Appointment(unit=code, role=role, member=member)
        if one in found:
            reading.report(row, "name", "appointed_twice")
        found.append(one)
    _refuse_leaderless_communities(reading, tables, taken)
    return found


def _refuse_namesakes(reading: _Reading, rows: Iterable[_Row]) -> None:
    """One name with and without a phone may be one person or two: nobody can know."""
    phones: dict[str, tuple[str, _Row]] = {}
    for row in rows:
        if not row.get("name"):
            continue
        phone, before = phones.setdefault(row.get("name"), (row.get("phone"), row))
        if bool(phone) != bool(row.get("phone")):
            reading.report(row, "phone", "namesake", row=before.number)


def _refuse_leaderless_communities(
    reading: _Reading, tables: _Tables, taken: Mapping[tuple[str, Role], _Row]
) -> None:
    """Every community has exactly one leader who is first responsible. Requirement G-06."""
    for row in tables[COMMUNITIES.key]:
        code = row.get("code")
        is_active = row.get("active", True)
        if code and is_active and (code, Role.ASSIGNED_LEADER) not in taken:
            reading.report(row, "code", "no_assigned_leader")


def _duty(reading: _Reading, tables: _Tables) -> Iterator[DutyShift]:
    by_name: dict[str, set[StaffMember]] = {}
    for row in tables[POSTS.key]:
        member = StaffMember(row.get("name"), row.get("phone"))
        by_name.setdefault(member.name, set()).add(member)
    for row in tables[DUTY.key]:
        named = list(by_name.get(row.get("name"), ()))
        if row.get("phone"):
            named = [member for member in named if member.phone == row.get("phone")]
        if row.get("name") and len(named) != 1:
            reading.report(row, "name", "two_of_a_name" if named else "unknown_member")
        start, end = row.get("starts_at", None), row.get("ends_at", None)
        if start is None or end is None:
            continue
        if not start < end <= start + LONGEST_SHIFT:
            reading.report(row, "ends_at", "shift_length", days=LONGEST_SHIFT.days)
        elif len(named) == 1:
            yield DutyShift(member=named[0], starts_at=start, ends_at=end)


# --- catalogue ------------------------------------------------------------------------------------

_NEEDED = ("name_zh", "name_en", "stream", "importance", "urgency")


def _catalogue(reading: _Reading, tables: _Tables, base: Catalogue) -> Catalogue:
    """Change, add and remove categories; a blank cell keeps what the category had."""
    categories = dict(base.by_code)
    rows: dict[str, _Row] = {}
    for row in tables[CATALOGUE.key]:
        code, kind = row.get("code"), row.get("kind", None)
        if row.wrong:
            continue
        if rows.setdefault(code, row) is not row:
            reading.report(row, "code", "category_twice", row=rows[code].number)
        elif row.get("removed", False):
            if code == other_code(kind):
                reading.report(row, "removed", "other_stays")
            elif categories.pop(code, None) is None:
                reading.report(row, "code", "unknown_category")
        else:
            _change(reading, row, categories)
    if not rows:
        return base
    changed = Catalogue(tuple(_in_order(categories.values())))
    _refuse_broken(reading, rows, changed)
    return changed


def _change(reading: _Reading, row: _Row, categories: dict[str, Category]) -> None:
    code, kind = row.get("code"), row.get("kind")
    given = {key: value for key, value in row.cells.items() if key not in ("removed", "kind")}
    before = categories.get(code)
    if before is not None and before.kind is not kind:
        reading.report(row, "kind", "other_kind")
    elif before is not None:
        categories[code] = replace(before, **given)
    elif missing := [key for key in _NEEDED if key not in given]:
        for key in missing:
            reading.report(row, key, "missing_of_new")
    else:
        categories[code] = Category(kind=kind, **given)


def _in_order(categories: Iterable[Category]) -> list[Category]:
    """Keep the order, but put what takes everything else last in its kind."""
    return sorted(
        categories,
        key=lambda one: (list(Kind).index(one.kind), one.code == other_code(one.kind)),
    )


def _refuse_broken(reading: _Reading, rows: Mapping[str, _Row], changed: Catalogue) -> None:
    owners: dict[tuple[Kind, str], str] = {}
    for one in changed.categories:
        row = rows.get(one.code)
        if row is not None and one.public_space and one.kind is Kind.DISPUTE:
            reading.report(row, "public_space", "public_dispute")
        if row is not None and one.needs_confirmation and one.kind is not Kind.SERVICE:
            reading.report(row, "needs_confirmation", "confirmed_service")
        for word in one.keywords:
            first = owners.setdefault((one.kind, word.casefold()), one.code)
            if first != one.code:
                blamed = row or rows.get(first)
                other = first if row else one.code
                if blamed is not None:
                    reading.report(blamed, "keywords", "keyword_taken", word=word, other=other)
    if not any(one.sheet == CATALOGUE.name for one in reading.problems):
        for said in catalogue_problems(changed.categories):
            reading.report_sheet(CATALOGUE.name, "catalogue", said=said)
