"""What is to be done about cases, and one view over the units under a post."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.access.checks import ensure_may, knows_of, may
from domain.access.matters import MatterRight
from domain.categories import HIGH_SCORE
from domain.errors import Stale
from domain.matters.cards import place_of
from domain.matters.matter import IN_HAND, Matter, State, state_name
from domain.messages import Card, Choice, Line, Message, Side, Value, action, rows, text
from domain.names import category_name, named, role_name
from domain.obligations import Obligation
from domain.organisation import Unit, UnitKind
from domain.subjects import Subject
from handlers.features import Entry, Feature, Menu, Owes, Verb
from handlers.todo import FILTERS, Listed, list_message
from handlers.turn import Turn, choice
from storage.matters.queries import (
    count_by_state,
    list_open,
    list_overdue,
    list_owned,
    list_unowned,
)

#: More open cases than one list has to show; a community has far fewer.
_MOST = 2_000

# --- what is owed --------------------------------------------------------------------------------


def owed(turn: Turn, case: Matter) -> Obligation:
    """Say what has to be done about an open case."""
    return Obligation(
        subject=Subject("matter", case.number),
        owner=case.owner,
        unit=case.grid,
        due_at=case.deadline or case.resolve_by,
        line=_case_line(turn, case),
        label=text("staff.open", number=case.number),
        action=action("matters.show", case.number),
        is_overdue=case.is_overdue(turn.now),
        is_urgent=case.urgency >= HIGH_SCORE,
        waits=case.state not in IN_HAND,
    )


async def _owed_by(turn: Turn, person: str) -> list[Obligation]:
    owned = await list_owned(turn.tx, person, _MOST)
    return [owed(turn, case) for case in _known(turn, owned)]


async def _owed_in(turn: Turn, grids: Sequence[str]) -> list[Obligation]:
    found = await list_open(turn.tx, grids, limit=_MOST)
    return [owed(turn, case) for case in _known(turn, found)]


def _known(turn: Turn, cases: Sequence[Matter]) -> list[Matter]:
    """Leave out what this reader may not know of, such as a dispute above the own level."""
    organisation = turn.street.organisation
    return [case for case in cases if knows_of(turn.actor, organisation, case)]


def _place(turn: Turn, case: Matter) -> Value:
    """Say where it is; who works in the one grid need not be told which."""
    told = case.particulars.place_text
    own = any(post.unit == case.grid for post in turn.actor.posts)
    return told if own and told else place_of(turn.street, case)


def _case_line(turn: Turn, case: Matter) -> Line:
    category = category_name(turn.street.office.categories.find(case.category), case.category)
    label = text("staff.line", number=case.number, category=category)
    key = "staff.line_due"
    if case.is_overdue(turn.now):
        key = "staff.line_overdue"
    elif case.state not in IN_HAND:
        key = "staff.line_waits"
    value = text(
        key,
        place=_place(turn, case),
        state=state_name(case.state),
        deadline=case.deadline,
    )
    return Line(label, value)


# --- the units under a post ----------------------------------------------------------------------


async def show_overview(turn: Turn) -> None:
    """Show the communities or the grids under one's posts, each with its figures."""
    units = _overseen(turn)
    if not units:
        ensure_may(turn.actor, MatterRight.OVERVIEW, turn.street.organisation, unit=_any_unit(turn))
        raise Stale
    if len(units) == 1 and units[0].kind is UnitKind.COMMUNITY:
        await show_unit(turn, units[0].code)
        return
    figures = await _figures(turn)
    lines = tuple(_unit_line(turn, unit, figures) for unit in units)
    buttons = [_unit_button(unit) for unit in units]
    card = Card(title=text("staff.overview_title"), lines=lines)
    turn.reply(
        Message(blocks=(card,), choices=(*rows(buttons), (choice("staff.menu", "menu.open"),)))
    )


def _any_unit(turn: Turn) -> str:
    return turn.actor.posts[0].unit if turn.actor.posts else ""


def _overseen(turn: Turn) -> list[Unit]:
    """List the highest units below the street that one may oversee."""
    organisation = turn.street.organisation

    def overseen(units: Sequence[Unit]) -> list[Unit]:
        return [
            unit
            for unit in units
            if may(turn.actor, MatterRight.OVERVIEW, organisation, unit=unit.code)
        ]

    communities = overseen(organisation.communities)
    codes = {unit.code for unit in communities}
    return communities + [unit for unit in overseen(organisation.grids) if unit.parent not in codes]


async def show_unit(turn: Turn, code: str) -> None:
    """Show a community with all its grids, or a grid: open, overdue, waiting, empty posts."""
    unit = _unit(turn, code)
    organisation = turn.street.organisation
    grids = organisation.grids_of(code) if unit.kind is UnitKind.COMMUNITY else (unit,)
    figures = await _figures(turn)
    lines = [_unit_line(turn, grid, figures) for grid in grids]
    lines += [
        Line(
            text("staff.empty_post"),
            text(
                "names.post",
                unit=named(organisation.units[seat.unit].name),
                role=role_name(seat.role),
            ),
        )
        for seat in organisation.empty_seats(turn.now)
        if organisation.covers(code, seat.unit)
    ]
    if unowned := [
        case for case in await list_unowned(turn.tx) if organisation.covers(code, case.grid)
    ]:
        lines.append(Line(text("staff.unowned"), len(unowned)))
    buttons = [choice("staff.all_open", action("matters.list", code, "all", 0))]
    buttons.append(choice("staff.all_overdue", action("matters.list", code, "overdue", 0)))
    if unit.kind is UnitKind.COMMUNITY:
        buttons += [_unit_button(grid) for grid in grids]
    card = Card(
        title=text("staff.unit_title", unit=named(unit.name, unit.name_en)), lines=tuple(lines)
    )
    turn.reply(
        Message(blocks=(card,), choices=(*rows(buttons), (choice("staff.menu", "menu.open"),)))
    )


def _unit(turn: Turn, code: str) -> Unit:
    organisation = turn.street.organisation
    unit = organisation.units.get(code)
    if unit is None or unit.kind is UnitKind.STREET:
        raise Stale
    ensure_may(turn.actor, MatterRight.OVERVIEW, organisation, unit=code)
    return unit


def _unit_button(unit: Unit) -> Choice:
    return Choice(label=named(unit.name, unit.name_en), action=action("matters.unit", unit.code))


@dataclass(frozen=True, slots=True)
class _Figures:
    """Counts by grid: of everything open by state, and of what is overdue."""

    states: Mapping[tuple[str, State], int]
    overdue: Mapping[str, int]


async def _figures(turn: Turn) -> _Figures:
    grids = [grid.code for grid in turn.street.organisation.grids]
    states = await count_by_state(turn.tx, grids)
    overdue: dict[str, int] = {}
    for case in await list_overdue(turn.tx, grids, turn.now, _MOST):
        overdue[case.grid] = overdue.get(case.grid, 0) + 1
    return _Figures(states, overdue)


def _unit_line(turn: Turn, unit: Unit, figures: _Figures) -> Line:
    organisation = turn.street.organisation
    grids = {grid.code for grid in organisation.grids if organisation.covers(unit.code, grid.code)}
    counts = {
        state: sum(n for (grid, one), n in figures.states.items() if one is state and grid in grids)
        for state in State
    }
    waiting = counts[State.ASKED] + counts[State.RESOLVED]
    return Line(
        named(unit.name, unit.name_en),
        text(
            "staff.figures",
            open=sum(counts.values()),
            overdue=sum(n for grid, n in figures.overdue.items() if grid in grids),
            waiting=waiting,
        ),
    )


async def list_cases(
    turn: Turn, code: str, wanted: str = "all", page: str = "0", again: str = ""
) -> None:
    """List the open or overdue cases of a unit."""
    if wanted not in FILTERS or not page.isdecimal():
        raise Stale
    unit = _unit(turn, code)
    found = [one for one in await _owed_in(turn, [code]) if FILTERS[wanted](one)]
    title = text(
        "staff.cases_title",
        unit=named(unit.name, unit.name_en),
        filter=text(f"staff.filter_{wanted}"),
        count=len(found),
    )
    listed = Listed(title, "matters.list", (code, wanted), found, int(page))
    more = [
        choice(f"staff.filter_{name}", action("matters.list", code, name, 0, "in"))
        for name in FILTERS
        if name != wanted
    ]
    more.append(_unit_button(unit))
    empty = text("staff.cases_empty")
    turn.reply(list_message(listed, more, empty, slot=f"cases-{code}", anew=not again))


FEATURE = Feature(
    name="matters",
    side=Side.STAFF,
    verbs=(
        Verb(
            "matters.overview",
            show_overview,
            right=MatterRight.OVERVIEW,
            minimal=True,
            command="overview",
            listed=True,
            words=("总览", "overview"),
        ),
        Verb("matters.unit", show_unit, right=MatterRight.OVERVIEW, about="unit", minimal=True),
        Verb("matters.list", list_cases, right=MatterRight.OVERVIEW, about="unit", minimal=True),
    ),
    entries=(Entry(Menu.WORK, "staff.overview", "matters.overview"),),
    owes=Owes(_owed_by, _owed_in),
)
