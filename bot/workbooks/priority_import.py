"""Taking people onto the register from an Excel file: row by row, each by itself.

What was understood of a row is told without a name, what is wrong with another one by its cell and
with the rule. Right rows are taken, also beside wrong ones; those go into a file of their own, with
what is wrong beside each, to be put right and taken again.
"""

import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from bot.words.wording import wording_for
from bot.workbooks.priority_sheet import LANGUAGE, priority_sheet
from bot.workbooks.reading import Reading, Row, WorkbookError, WorkbookProblem
from domain.chain import Act
from domain.errors import Refused, UserError
from domain.messages import Choice, Message, Text, text
from domain.names import unit_called
from domain.organisation import Responsible, Role, Seat
from domain.plans import Plan
from domain.visits.basis import Basis, ConsentRecord, ConsentWay, ensure_lawful
from domain.visits.categories import Group, category_name, group_of, is_minor
from domain.visits.entries import (
    FEATURE,
    Content,
    Entry,
    How,
    Wish,
    ensure_category,
    ensure_service_only,
    opened,
)
from storage.visits.casework import begin_plan, record, rules_of, save_entry
from storage.visits.entries import find_marked, mark_of
from storage.work import CLOCK, Work


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What was made of one row that was right."""

    row: int
    said: Text
    """What it was read as, without a name."""


@dataclass(kw_only=True)
class Result:
    """What a file brought, row by row."""

    taken: list[Taken] = field(default_factory=list)
    known: list[int] = field(default_factory=list)
    """Rows of people who are on the register already."""
    problems: list[WorkbookProblem] = field(default_factory=list)

    @property
    def wrong(self) -> list[int]:
        """The rows that were not taken."""
        return sorted({one.row for one in self.problems if one.row is not None})


async def take_in(work: Work, path: Path) -> Result:
    """Read a file and take its right rows onto the register; the caller writes the changes.

    Raises:
        WorkbookError: it is no such file.
    """
    sheet = priority_sheet()
    reading = Reading(path, (sheet,))
    rows = reading.tables()[sheet.key]
    numbers = {row.number for row in rows}
    if any(one.row not in numbers for one in reading.problems):
        # The headings are wrong, or the file is: nothing in it can be told apart.
        raise WorkbookError(reading.problems)
    done = Result(problems=reading.problems)
    marks: set[str] = set()
    owned: dict[str, int] = {}
    for row in rows:
        if row.wrong or row.number in done.wrong:
            continue
        try:
            content, unit, answers, last = _content(work, row)
            entry = opened(
                work.new_id(),
                content,
                unit=unit,
                answers=answers,
                at=work.now,
                today=work.street.local_day(work.now),
                rules=rules_of(work, unit),
            )
        except UserError as error:
            never = "category" if error.key.startswith("visits.never_") else None
            said = text(error.key, **error.fields)
            reading.report_words(row, said, _COLUMN.get(error.key, never))
            continue
        mark = mark_of(work.tx.keyring, content)
        if mark in marks or await find_marked(work.tx, content) is not None:
            done.known.append(row.number)
            continue
        marks.add(mark)
        save_entry(work, entry)
        last_at = work.street.office.calendar.opening_of(last) if last else None
        plan = begin_plan(work, entry, last_at)
        act = Act(CLOCK, Role.ADMINISTRATOR, work.now, os.urandom(32))
        await record(work, act, entry.subject, "visits.registered", basis=content.basis.value)
        if entry.owner:
            owned[entry.owner] = owned.get(entry.owner, 0) + 1
        done.taken.append(Taken(row=row.number, said=_read_as(work, entry, plan)))
    for owner, count in owned.items():
        show = Choice(label=text("visits.menu"), action="visits.open")
        said = text("visits.came", count=count)
        work.tell(owner, Message(blocks=(said,), choices=((show,),)))
    return done


#: Beside which column a refusal stands.
_COLUMN = {
    "visits.unknown_category": "category",
    "visits.wrong_age": "born",
    "visits.born_unlikely": "born",
    "visits.no_basis": "basis",
    "visits.wrong_basis": "basis",
    "visits.no_consent": "consent_on",
    "visits.consent_ahead": "consent_on",
    "visits.no_guardian": "guardian",
    "visits.words_of_control": "needs",
    "visits.no_such_grid": "unit",
    "visits.closed_there": "unit",
    "visits.no_such_worker": "owner",
}


def _content(work: Work, row: Row) -> tuple[Content, str, Responsible, date | None]:
    """Read what a row says.

    Raises:
        Refused: it cannot stand on the register.
    """
    today = work.street.local_day(work.now)
    category = ensure_category(row.get("category"))
    born = row.get("born")
    minor = is_minor(born, today.year)
    consent = None
    if row.get("consent_on") and row.get("consent_way"):
        consent = ConsentRecord(
            on=row.get("consent_on"),
            way=ConsentWay(row.get("consent_way")),
            by=row.get("guardian"),
        )
    given = row.get("basis")
    basis = ensure_lawful(
        category, Basis(given) if given else None, consent, minor=minor, today=today
    )
    unit = _unit(work, row)
    content = Content(
        name=row.get("name"),
        address=row.get("address"),
        phone=row.get("phone"),
        born=born,
        category=category,
        at_risk=group_of(category) is Group.CHILDREN and bool(row.get("risk", False)),
        basis=basis,
        consent=consent,
        needs=row.get("needs"),
        wish=Wish(how=How(row.get("how") or How.DOOR)),
    )
    last = row.get("last_visit") or None
    if last is not None and last > today:
        raise Refused("visits.consent_ahead")
    ensure_service_only(content.needs)
    return content, unit, _answers(work, row, unit), last


def _unit(work: Work, row: Row) -> str:
    organisation = work.street.organisation
    given = unicodedata.normalize("NFKC", row.get("unit"))
    found = [one.code for one in organisation.grids if given in (one.code, one.name)]
    if len(found) != 1:
        raise Refused("visits.no_such_grid", given=given)
    if not work.street.is_on(FEATURE, found[0]):
        raise Refused("visits.closed_there", unit=unit_called(found[0], organisation))
    return found[0]


def _answers(work: Work, row: Row, unit: str) -> Responsible:
    organisation, name = work.street.organisation, row.get("owner")
    if not name:
        return organisation.responsible(unit, work.now)
    found = [
        Responsible(seat, person)
        for role in (Role.GRID_WORKER, Role.GRID_SECRETARY)
        for seat in [Seat(unit, role)]
        for post in organisation.holders(seat, work.now)
        for person in [post.stand_in(work.now) or post.person]
        if work.street.staff_name(person) == name
    ]
    if not found:
        raise Refused("visits.no_such_worker", name=name)
    return found[0]


def _read_as(work: Work, entry: Entry, plan: Plan) -> Text:
    said = entry.said
    return text(
        "visits.row_taken",
        sign=entry.sign,
        category=category_name(said.category),
        born=said.born,
        unit=unit_called(entry.unit, work.street.organisation),
        basis=text(f"visits.basis_{said.basis}"),
        owner=work.street.staff_name(entry.owner) or text("visits.nobody"),
        days=plan.every.days,
        due=plan.next_due_at,
    )


# --- what has to be put right --------------------------------------------------------------------


def write_wrong(source: Path, target: Path, result: Result) -> None:
    """Write the rows that were not taken as they were, with what is wrong beside each.

    Readable by its owner alone.

    Raises:
        FileExistsError: there is such a file already.
    """
    wording = wording_for(LANGUAGE)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        given = load_workbook(source, read_only=False, data_only=True)
        sheet = priority_sheet()
        names = (sheet.name, sheet.en)
        worksheet = next(one for one in given.worksheets if one.title.strip() in names)
        rows = list(worksheet.iter_rows(values_only=True))
        first = next(place for place, row in enumerate(rows) if any(row))
        book = Workbook()
        book.remove(book.worksheets[0])
        out = book.create_sheet(sheet.name)
        head = [str(one) if one is not None else "" for one in rows[first]]
        head = [one for one in head if not one.startswith("问题")]
        out.append([*head, "问题"])
        for cell in out[1]:
            cell.font = Font(bold=True)
        for number in result.wrong:
            said = "\n".join(one.sentence(wording) for one in result.problems if one.row == number)
            out.append([*(_cell(one) for one in rows[number - 1][: len(head)]), said])
            out.cell(out.max_row, len(head) + 1).alignment = Alignment(wrap_text=True)
        for place in range(1, len(head) + 1):
            out.column_dimensions[get_column_letter(place)].width = 16
        out.column_dimensions[get_column_letter(len(head) + 1)].width = 60
        book.save(file)


def _cell(value: object) -> object:
    """Keep Excel from taking words for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@" else value


def problems_by_row(result: Result) -> Sequence[WorkbookProblem]:
    """Give what is wrong in the order of the rows."""
    return sorted(result.problems, key=lambda one: (one.row or 0, one.cell or ""))
