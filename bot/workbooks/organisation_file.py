"""An office's Excel file: read whole, with everything that is wrong told at once.

`read_workbook` gives units, who holds which post, the duty roster and the catalogue; nothing is
read from a file that has a problem. Boundaries may stand in the sheet or in a
``boundaries.geojson`` beside the file, whose features carry a property ``code``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.configuration.law_data import default_categories
from bot.workbooks.boundaries import with_boundaries
from bot.workbooks.organisation_sheets import (
    CATALOGUE,
    COMMUNITIES,
    DUTY,
    GRIDS,
    POSTS,
    SHEETS,
    STREET,
    Sheet,
)
from bot.workbooks.reading import Reading, Row, Tables, WorkbookError, WorkbookProblem
from domain.categories import Categories, Category, Kind, other_code
from domain.categories import problems as catalogue_problems
from domain.messages import text
from domain.organisation import SINGLE_HOLDER, UNIT_OF_ROLE, Role, Unit, UnitKind
from domain.words.plaintext import plain_text

LONGEST_SHIFT = timedelta(days=7)


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
    categories: Categories
    hidden: tuple[WorkbookProblem, ...] = ()
    """What was read of hidden sheets and rows: no mistake, but whoever imports should know."""

    @property
    def staff(self) -> tuple[StaffMember, ...]:
        """Everybody who holds a post, once, in the order of the file."""
        return tuple(dict.fromkeys(one.member for one in self.appointments))


def read_workbook(path: Path, categories: Categories | None = None) -> OrganisationFile:
    """Read an office's file.

    Args:
        catalogue: the categories that the sheet 目录 changes; Linli's own if none is given.

    Raises:
        WorkbookError: with every problem of every sheet and of the boundaries.
    """
    reading = Reading(path)
    tables = reading.tables()
    units = _units(reading, tables)
    units = with_boundaries(reading, tables, units)
    appointments = _appointments(reading, tables, units)
    duty = list(_duty(reading, tables))
    changed = _categories(reading, tables, categories or default_categories())
    if reading.problems:
        raise WorkbookError(sorted(reading.problems, key=_file_order))
    return OrganisationFile(
        units=tuple(units.values()),
        appointments=tuple(appointments),
        duty=tuple(duty),
        categories=changed,
        hidden=tuple(reading.hidden),
    )


def _file_order(problem: WorkbookProblem) -> tuple[int, int]:
    names = [sheet.name for sheet in SHEETS]
    place = names.index(problem.sheet) if problem.sheet in names else len(names)
    return place, problem.row or 0


# --- units ----------------------------------------------------------------------------------------


def _units(reading: Reading, tables: Tables) -> dict[str, Unit]:
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
        if parent and parent not in communities and not _has_unread_code(tables, COMMUNITIES):
            reading.report(row, "parent", "unknown_community", code=parent)
        units.setdefault(row.get("code"), _unit(row, UnitKind.GRID, parent))
    units.pop("", None)
    _refuse_barren_communities(reading, tables)
    return units


def _has_unread_code(tables: Tables, *sheets: Sheet) -> bool:
    """Tell whether the code of a unit could not be read; whatever refers to it may be right."""
    return any("code" in row.wrong for sheet in sheets for row in tables[sheet.key])


def _unit(row: Row, kind: UnitKind, parent: str | None) -> Unit:
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


def _refuse_repeated_codes(reading: Reading, rows: Iterable[Row]) -> None:
    first: dict[str, Row] = {}
    for row in rows:
        code = row.get("code").casefold()
        before = first.setdefault(code, row) if code else row
        if before is not row:
            reading.report(row, "code", "code_twice", sheet=before.sheet.name, row=before.number)


def _refuse_barren_communities(reading: Reading, tables: Tables) -> None:
    parents = {row.get("parent") for row in tables[GRIDS.key]}
    for row in tables[COMMUNITIES.key]:
        if row.get("code") and row.get("active", True) and row.get("code") not in parents:
            reading.report(row, "code", "community_without_grids")


# --- posts and duty -------------------------------------------------------------------------------


def _appointments(reading: Reading, tables: Tables, units: Mapping[str, Unit]) -> list[Appointment]:
    found: list[Appointment] = []
    taken: dict[tuple[str, Role], Row] = {}
    _refuse_namesakes(reading, tables[POSTS.key])
    unread = _has_unread_code(tables, COMMUNITIES, GRIDS)
    for row in tables[POSTS.key]:
        code, role = row.get("unit"), row.get("role", None)
        unit = units.get(code)
        # Where a code could not be read, whatever refers to it may well be right.
        if code and unit is None and not unread:
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


def _refuse_namesakes(reading: Reading, rows: Iterable[Row]) -> None:
    """One name with and without a phone may be one person or two: nobody can know."""
    phones: dict[str, tuple[str, Row]] = {}
    for row in rows:
        if not row.get("name"):
            continue
        phone, before = phones.setdefault(row.get("name"), (row.get("phone"), row))
        if bool(phone) != bool(row.get("phone")):
            reading.report(row, "phone", "namesake", row=before.number)


def _refuse_leaderless_communities(
    reading: Reading, tables: Tables, taken: Mapping[tuple[str, Role], Row]
) -> None:
    """Every community has exactly one leader who is first responsible. Requirement G-06."""
    for row in tables[COMMUNITIES.key]:
        code = row.get("code")
        is_active = row.get("active", True)
        if code and is_active and (code, Role.ASSIGNED_LEADER) not in taken:
            reading.report(row, "code", "no_assigned_leader")


def _duty(reading: Reading, tables: Tables) -> Iterator[DutyShift]:
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


def _categories(reading: Reading, tables: Tables, base: Categories) -> Categories:
    """Change, add and remove categories; a blank cell keeps what the category had."""
    categories = {one.code: one for one in base.listed}
    rows: dict[str, Row] = {}
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
    changed = Categories(tuple(_in_order(categories.values())))
    _refuse_broken(reading, rows, changed)
    return changed


def _change(reading: Reading, row: Row, categories: dict[str, Category]) -> None:
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


def _refuse_broken(reading: Reading, rows: Mapping[str, Row], changed: Categories) -> None:
    owners: dict[tuple[Kind, str], str] = {}
    told: dict[tuple[Kind, str], str] = {}
    for one in changed.listed:
        row = rows.get(one.code)
        if row is not None and one.public_space and one.kind is Kind.DISPUTE:
            reading.report(row, "public_space", "public_dispute")
        if row is not None and one.needs_confirmation and one.kind is not Kind.SERVICE:
            reading.report(row, "needs_confirmation", "confirmed_service")
        for said in one.examples:
            first = told.setdefault((one.kind, plain_text(said)), one.code)
            if first != one.code:
                blamed = row or rows.get(first)
                if blamed is not None:
                    other = first if row else one.code
                    reading.report(blamed, "examples", "example_taken", said=said, other=other)
        for word in one.keywords:
            first = owners.setdefault((one.kind, word.casefold()), one.code)
            if first != one.code:
                blamed = row or rows.get(first)
                other = first if row else one.code
                if blamed is not None:
                    reading.report(blamed, "keywords", "keyword_taken", word=word, other=other)
    if not any(one.sheet == CATALOGUE.name for one in reading.problems):
        for said in catalogue_problems(changed.listed):
            reading.report_sheet(CATALOGUE.name, "catalogue", said=said)
