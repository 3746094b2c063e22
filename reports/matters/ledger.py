"""The work ledger (工作台账) as an Excel file: every task with its owner, due date and state.

Requirement G-12. It holds no word that a resident told, and no name of one.
"""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from domain.access.actors import Actor
from domain.access.checks import ensure_may, may
from domain.access.matters import MatterRight
from domain.matters.cards import priority_name
from domain.matters.deadlines import stated
from domain.matters.matter import Matter, State, state_name
from domain.messages import Text, text
from domain.names import category_name, kind_name, named, role_name
from domain.organisation import Unit, UnitKind
from domain.people import Language
from domain.street import Street
from storage.database import Tx
from storage.matters.help_requests import Part, list_of_matters
from storage.matters.queries import list_for_ledger

Say = Callable[[Text, Language], str]

#: Dates as cells that can be sorted; Excel knows no time zones, so they are the office's.
_MOMENT = "yyyy-mm-dd hh:mm"
#: A pale red that stays legible in print; the word beside it says the same.
_OVERDUE = "FFF3CCCC"
_HEAD = "FFDCE9F4"


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """What a ledger is made from, read at one moment."""

    street: Street
    unit: Unit
    since: datetime
    until: datetime
    made_at: datetime
    tasks: Sequence[Matter]
    """By number, without what anybody told."""
    parts: Sequence[Part] = ()
    counted_only: int = 0
    """Tasks of the unit that the reader may count and not see."""

    @cached_property
    def due_of(self) -> Mapping[str, datetime]:
        """When each task has to be resolved, by number."""
        return {task.number: task.resolve_by for task in self.tasks}

    @property
    def open_tasks(self) -> list[Matter]:
        """The tasks on which something still has to happen."""
        return [task for task in self.tasks if task.is_open]

    @property
    def overdue_tasks(self) -> list[Matter]:
        """The tasks with which a worker is late."""
        return [task for task in self.tasks if task.is_overdue(self.made_at)]


async def read_ledger(
    tx: Tx,
    street: Street,
    unit: Unit,
    now: datetime,
    *,
    since: datetime,
    until: datetime,
    actor: Actor | None,
) -> Ledger:
    """Read the tasks that were filed in a span, and those that are open from before it.

    Args:
        actor: who wants it; None for the operator at the machine, who could read the tables.

    Raises:
        NotAllowed: the actor may not export ledgers of this unit.
    """
    organisation = street.organisation
    if actor is not None:
        ensure_may(actor, MatterRight.EXPORT_LEDGER, organisation, unit=unit.code)
    tasks = [
        task
        for task in await list_for_ledger(tx, _communities(street, unit), since, until)
        if unit.kind is not UnitKind.GRID or task.grid == unit.code
    ]
    seen = [
        task
        for task in tasks
        if actor is None or may(actor, MatterRight.SEE, organisation, on=task)
    ]
    return Ledger(
        street=street,
        unit=unit,
        since=since,
        until=until,
        made_at=now,
        tasks=seen,
        parts=await list_of_matters(tx, [task.number for task in seen]),
        counted_only=len(tasks) - len(seen),
    )


def _communities(street: Street, unit: Unit) -> list[str]:
    community = street.organisation.community_of(unit.code)
    if community is not None:
        return [community.code]
    return [one.code for one in street.organisation.communities]


# --- columns -------------------------------------------------------------------------------------

Cell = Text | str | int | datetime | None


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    width: int
    value: Callable[[Ledger, Any], Cell]


def _post(ledger: Ledger, task: Matter) -> Text:
    unit = ledger.street.organisation.units.get(task.seat.unit)
    name = named(unit.name, unit.name_en) if unit else named(task.seat.unit)
    return text("names.post", unit=name, role=role_name(task.seat.role))


def _person(ledger: Ledger, person: str | None) -> Cell:
    return ledger.street.staff_name(person) or text("reports.vacant")


def _unit(ledger: Ledger, code: str) -> Text:
    unit = ledger.street.organisation.units.get(code)
    return named(unit.name, unit.name_en) if unit else named(code)


def _category(ledger: Ledger, task: Matter) -> Text:
    return category_name(ledger.street.office.categories.find(task.category), task.category)


def _due(task: Matter) -> Cell:
    """Give by when something has to happen; of what was done, by when it had to be."""
    if task.state in (State.WITHDRAWN, State.MERGED):
        return None  # Nobody owed it any more.
    return task.deadline or task.resolve_by


def _overdue(ledger: Ledger, task: Matter) -> Text:
    return text("reports.yes") if task.is_overdue(ledger.made_at) else text("reports.no")


def _provisional(ledger: Ledger, task: Matter) -> Cell:
    """Say which deadlines can still move: a holiday notice that they cross is not out."""
    dues = {"contact": task.contact_by, "resolve": task.resolve_by, "next": task.deadline}
    open_ones = {name: due for name, due in dues.items() if due is not None and task.is_open}
    if task.contacted_at is not None:
        open_ones.pop("contact", None)
    shown = [stated(ledger.street, task, due) for due in open_ones.values()]
    years = {one.fields["year"] for one in shown if isinstance(one, Text)}
    return text("reports.provisional", years=tuple(sorted(map(str, years)))) if years else None


def _outcome(_ledger: Ledger, task: Matter) -> Cell:
    return text(f"reports.outcome_{task.outcome}") if task.outcome else None


#: A task that has ended was due when it had to be resolved.
_TASKS: Sequence[_Column] = (
    _Column("number", 13, lambda _, task: task.number),
    _Column("kind", 11, lambda _, task: kind_name(task.kind)),
    _Column("category", 18, _category),
    _Column("community", 16, lambda ledger, task: _unit(ledger, task.community)),
    _Column("grid", 14, lambda ledger, task: _unit(ledger, task.grid)),
    _Column("priority", 12, lambda _, task: priority_name(task)),
    _Column("filed_at", 17, lambda _, task: task.filed_at),
    _Column("post", 24, _post),
    _Column("owner", 14, lambda ledger, task: _person(ledger, task.owner)),
    _Column("state", 20, lambda _, task: state_name(task.state)),
    _Column("next", 14, lambda _, task: text(f"reports.next_{task.next_action}")),
    _Column("due", 17, lambda _, task: _due(task)),
    _Column("overdue", 10, _overdue),
    _Column("provisional", 20, _provisional),
    _Column("contact_by", 17, lambda _, task: task.contact_by),
    _Column("contacted_at", 17, lambda _, task: task.contacted_at),
    _Column("resolve_by", 17, lambda _, task: task.resolve_by),
    _Column("resolved_at", 17, lambda _, task: task.resolved_at),
    _Column("closed_at", 17, lambda _, task: task.closed_at),
    _Column("outcome", 12, _outcome),
    _Column("score", 8, lambda _, task: task.score),
    _Column("returns", 10, lambda _, task: task.returns),
    _Column("reopenings", 12, lambda _, task: task.reopenings),
)


def _part_due(ledger: Ledger, part: Part) -> Cell:
    """A part is due with its case."""
    return ledger.due_of[part.number]


def _part_state(_ledger: Ledger, part: Part) -> Text:
    return text("reports.part_answered" if part.answered_at else "reports.part_open")


_PARTS: Sequence[_Column] = (
    _Column("number", 13, lambda _, part: part.number),
    _Column("stream", 12, lambda _, part: text(f"names.stream_{part.stream}")),
    _Column("helper", 14, lambda ledger, part: _person(ledger, part.helper)),
    _Column("asked_at", 17, lambda _, part: part.asked_at),
    _Column("due", 17, _part_due),
    _Column("state", 14, _part_state),
    _Column("answered_at", 17, lambda _, part: part.answered_at),
)


def totals(ledger: Ledger) -> list[tuple[str, int]]:
    """Count what the sheets hold, as rows of (wording's name, count), so that it can be checked."""
    return [
        ("total_all", len(ledger.tasks)),
        ("total_open", len(ledger.open_tasks)),
        ("total_overdue", len(ledger.overdue_tasks)),
        ("total_vacant", sum(task.owner is None for task in ledger.open_tasks)),
        ("total_counted_only", ledger.counted_only),
        ("total_help", len(ledger.parts)),
        ("total_help_open", sum(part.answered_at is None for part in ledger.parts)),
    ]


# --- the file ------------------------------------------------------------------------------------


def workbook(ledger: Ledger, say: Say, language: Language) -> bytes:
    """Write a ledger as an Excel file; blocks, and imports openpyxl."""
    from openpyxl import Workbook

    book = Workbook()
    writer = _Writer(ledger, say, language)
    tasks = book.active
    writer.sheet(tasks, "ledger_sheet", _TASKS, ledger.tasks)
    writer.mark_overdue(tasks)
    writer.sheet(book.create_sheet(), "help_sheet", _PARTS, ledger.parts)
    writer.totals(book.create_sheet())
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class _Writer:
    ledger: Ledger
    say: Say
    language: Language

    def sheet(
        self, sheet: Any, name: str, columns: Sequence[_Column], rows: Iterable[object]
    ) -> None:
        """Write a table with its head frozen and a filter over it, to be printed across."""
        from openpyxl.styles import Alignment, Font, PatternFill
        from openpyxl.utils import get_column_letter

        sheet.title = self._say(f"reports.{name}")
        for place, column in enumerate(columns, 1):
            cell = sheet.cell(1, place, self._say(f"reports.column_{column.name}"))
            cell.font = Font(bold=True)
            cell.fill = PatternFill("solid", fgColor=_HEAD)
            cell.alignment = Alignment(wrap_text=True, vertical="center")
            sheet.column_dimensions[get_column_letter(place)].width = column.width
        count = 1
        for count, row in enumerate(rows, 2):
            for place, column in enumerate(columns, 1):
                self._write(sheet.cell(count, place), column.value(self.ledger, row))
        sheet.freeze_panes = "B2"
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{count}"
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.print_title_rows = "1:1"

    def mark_overdue(self, sheet: Any) -> None:
        """Give the rows of overdue tasks a colour beside the word."""
        from openpyxl.styles import PatternFill

        fill = PatternFill("solid", fgColor=_OVERDUE)
        for row, task in enumerate(self.ledger.tasks, 2):
            if task.is_overdue(self.ledger.made_at):
                for place in range(1, len(_TASKS) + 1):
                    sheet.cell(row, place).fill = fill

    def totals(self, sheet: Any) -> None:
        """Write what the sheets must add up to."""
        ledger = self.ledger
        sheet.title = self._say("reports.totals_sheet")
        timezone = ledger.street.office.timezone
        last = ledger.until - timedelta(microseconds=1)
        unit = named(ledger.unit.name, ledger.unit.name_en)
        heads = (
            text("reports.ledger_title", unit=unit),
            text(
                "reports.ledger_span",
                first=ledger.since.astimezone(timezone).date().isoformat(),
                last=last.astimezone(timezone).date().isoformat(),
            ),
        )
        for row, head in enumerate(heads, 1):
            self._write(sheet.cell(row, 1), head)
        self._write(sheet.cell(3, 1), text("reports.ledger_made"))
        self._write(sheet.cell(3, 2), ledger.made_at)
        for row, (name, count) in enumerate(totals(ledger), 5):
            self._write(sheet.cell(row, 1), text(f"reports.{name}"))
            self._write(sheet.cell(row, 2), count)
        sheet.column_dimensions["A"].width = 48
        sheet.column_dimensions["B"].width = 18

    def _write(self, cell: Any, value: Cell) -> None:
        if isinstance(value, Text):
            value = self.say(value, self.language)
        if isinstance(value, datetime):
            local = value.astimezone(self.ledger.street.office.timezone)
            cell.value = local.replace(tzinfo=None, second=0, microsecond=0)
            cell.number_format = _MOMENT
            return
        cell.value = value
        if isinstance(value, str):
            # A unit that somebody named "=1+1" is a name, not a formula.
            cell.data_type = "s"

    def _say(self, key: str) -> str:
        return self.say(Text(key), self.language)
