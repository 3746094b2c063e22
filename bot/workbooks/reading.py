"""Reading a workbook: sheets, columns and cells, every problem with its place."""

import difflib
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from bot.words.wording import Wording
from bot.workbooks.organisation_sheets import (
    CHOICES_SHEET,
    HELP_SHEET,
    IGNORED_ROWS,
    SHEETS,
    CellError,
    Column,
    Sheet,
    plain,
)
from domain.messages import Text, Value, text

#: A street has some hundred rows; what is longer holds formatted blanks or something else.
MOST_ROWS = 20_000
#: Unpacked, so that a small file cannot fill the memory.
MOST_BYTES = 100_000_000


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


#: What a part that cannot be unpacked or read raises while its sheet is read.
_DAMAGED = (SyntaxError, LookupError, ValueError, zipfile.BadZipFile, zlib.error, EOFError, OSError)


@dataclass(slots=True)
class Row:
    """The readable cells of a row by column; blank and unreadable ones are missing."""

    sheet: Sheet
    number: int
    cells: dict[str, Any] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)
    """The columns whose cell was unreadable, or blank though it is required."""

    def get(self, key: str, default: Any = "") -> Any:
        return self.cells.get(key, default)


Tables = Mapping[str, list[Row]]


class Reading:
    """One pass over a file; collects the problems.

    Args:
        sheets: those that the file has to have; an office's own otherwise.
    """

    def __init__(self, path: Path, sheets: Sequence[Sheet] = SHEETS) -> None:
        self.path = path
        self.sheets = sheets
        self.problems: list[WorkbookProblem] = []

    def report(self, row: Row, column: str | None, key: str, /, **fields: Value) -> None:
        """Note a problem of a row, or of one of its cells."""
        self.report_words(row, text(f"workbook.{key}", **fields), column)

    def report_words(self, row: Row, said: Text, column: str | None = None) -> None:
        """Note a problem of a row, or of one of its cells, in words that are there already."""
        heading = next((one.zh for one in row.sheet.columns if one.key == column), None)
        place = row.places.get(column or "")
        cell = f"{place}{row.number}" if place else None
        self._note(row.sheet.name, said, row.number, heading, cell)

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

    def tables(self) -> Tables:
        """Read every sheet; a file that is no workbook ends here.

        Raises:
            WorkbookError: the file cannot be opened.
        """
        self._ensure_openable()
        # Opened here: openpyxl leaves a file open that it cannot read.
        with self.path.open("rb") as file:
            return self._tables_in(file)

    def _tables_in(self, file: BinaryIO) -> Tables:
        try:
            workbook = load_workbook(file, read_only=True, keep_links=False)
        except Exception as error:
            # It raises whatever a damaged part makes it stumble over.
            raise self._unreadable("not_a_workbook") from error
        try:
            return self._sheets({sheet.title.strip(): sheet for sheet in workbook.worksheets})
        except _DAMAGED as error:
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

    def _sheets(self, found: Mapping[str, Any]) -> Tables:
        tables: dict[str, list[Row]] = {}
        names = [name for sheet in self.sheets for name in (sheet.name, sheet.en)]
        for name in found:
            if name not in (*names, HELP_SHEET, CHOICES_SHEET):
                near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
                self.report_sheet(name, "strange_sheet", near=near[0] if near else names[0])
        for sheet in self.sheets:
            given = found.get(sheet.name) or found.get(sheet.en)
            if given is not None:
                tables[sheet.key] = list(self._rows(sheet, given))
            elif sheet.required:
                self.report_sheet(sheet.name, "missing_sheet", sheet=sheet.name)
            tables.setdefault(sheet.key, [])
        return tables

    def _rows(self, sheet: Sheet, given: Any) -> Iterator[Row]:
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
        head = Row(sheet, number)
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
    ) -> Row:
        places = {column.key: get_column_letter(place + 1) for place, column in columns.items()}
        row = Row(sheet, number, places=places)
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
