"""What is to be done: my cases by deadline, and one view over the units under a post."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.access.checks import ensure_may, knows_of, may
from domain.access.matters import MatterRight
from domain.categories import HIGH_SCORE
from domain.errors import Stale
from domain.matters.cards import place_of, state_name
from domain.matters.matter import IN_HAND, Matter, State
from domain.messages import Card, Choice, Line, Message, Side, Text, Tone, Value, action, rows, text
from domain.names import category_name, named, role_name
from domain.organisation import Unit, UnitKind
from handlers.features import Feature
from handlers.turn import Turn, choice
from storage.matters.help_requests import list_asked
from storage.matters.queries import (
    count_by_state,
    list_open,
    list_overdue,
    list_owned,
    list_unowned,
)

_PAGE = 8
#: More open cases than one list has to show; a community has far fewer.
_MOST = 2_000

Filter = Callable[[Matter, datetime], bool]

FILTERS: Mapping[str, Filter] = {
    "all": lambda _case, _now: True,
    "overdue": lambda case, now: case.is_overdue(now),
    "urgent": lambda case, _now: case.urgency >= HIGH_SCORE,
    "waiting": lambda case, _now: case.state in (State.ASKED, State.RESOLVED),
}
#: The list of everything in the units under one's posts, instead of one's own.
_GRID = "grid"


# --- my work -------------------------------------------------------------------------------------


async def show_todo(turn: Turn, wanted: str = "all", page: str = "0", again: str = "") -> None:
    """List open cases by deadline: my own by filter, or those of my units."""
    if wanted not in (*FILTERS, _GRID) or not page.isdecimal():
        raise Stale
    if wanted == _GRID:
        cases = await _of_my_units(turn)
    else:
        owned = await list_owned(turn.tx, turn.person.id, _MOST)
        cases = [case for case in _known(turn, owned) if FILTERS[wanted](case, turn.now)]
    asked = await list_asked(turn.tx, turn.person.id)
    title = text("staff.todo_title", filter=text(f"staff.filter_{wanted}"), count=len(cases))
    listed = _Listed(title, "todo", (wanted,), cases, int(page))
    more = [
        choice(f"staff.filter_{name}", action("todo", name, 0, "in"))
        for name in _filters(turn)
        if name != wanted
    ]
    if asked:
        more.insert(0, choice("staff.parts", "parts", count=len(asked)))
    empty = text("staff.todo_empty" if wanted == "all" else "staff.todo_empty_filter")
    turn.reply(_list_message(turn, listed, more, empty, slot="todo", anew=not again))


def _filters(turn: Turn) -> tuple[str, ...]:
    leads = any(
        may(turn.actor, MatterRight.OVERVIEW, turn.street.organisation, unit=post.unit)
        for post in turn.actor.posts
    )
    return (*FILTERS, _GRID) if leads else tuple(FILTERS)


async def _of_my_units(turn: Turn) -> list[Matter]:
    units = {post.unit for post in turn.actor.posts}
    organisation = turn.street.organisation
    covered = [
        grid.code
        for grid in organisation.grids
        if any(organisation.covers(unit, grid.code) for unit in units)
    ]
    return _known(turn, await list_open(turn.tx, covered, limit=_MOST))


def _known(turn: Turn, cases: Sequence[Matter]) -> list[Matter]:
    """Leave out what this reader may not know of, such as a dispute above the own level."""
    organisation = turn.street.organisation
    return [case for case in cases if knows_of(turn.actor, organisation, case)]


def _order(case: Matter) -> tuple[bool, datetime, str]:
    """What staff owe comes before what residents owe, each by deadline."""
    return (case.state not in IN_HAND, case.deadline or case.resolve_by, case.number)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A list of cases, one page of which is shown."""

    title: Text
    verb: str
    arguments: tuple[str, ...]
    cases: Sequence[Matter]
    page: int


def _list_message(
    turn: Turn, listed: _Listed, more: Sequence[Choice], empty: Text, *, slot: str, anew: bool
) -> Message:
    pages = max(1, -(-len(listed.cases) // _PAGE))
    page = min(listed.page, pages - 1)
    ordered = sorted(listed.cases, key=_order)
    shown = ordered[page * _PAGE : (page + 1) * _PAGE]
    lines = tuple(_case_line(turn, case) for case in shown)
    opens = [choice("staff.open", action("case", one.number), number=one.number) for one in shown]
    turns = []
    if page > 0:
        turns.append(choice("staff.previous", _page_action(listed, page - 1)))
    if page < pages - 1:
        turns.append(choice("staff.next", _page_action(listed, page + 1)))
    late = any(case.is_overdue(turn.now) for case in shown)
    title = listed.title
    blocks: list[Text | Card] = [
        Card(title=title, lines=lines, tone=Tone.OVERDUE if late else Tone.PLAIN)
    ]
    if pages > 1:
        blocks.append(text("staff.page", page=page + 1, pages=pages))
    return Message(
        blocks=tuple(blocks) if shown else (title, empty),
        choices=(
            *rows(opens),
            *((tuple(turns),) if turns else ()),
            *rows(more),
            (choice("staff.menu", "menu"),),
        ),
        slot=slot,
        anew=anew,
    )


def _page_action(listed: _Listed, page: int) -> str:
    return action(listed.verb, *listed.arguments, page, "in")


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
    turn.reply(Message(blocks=(card,), choices=(*rows(buttons), (choice("staff.menu", "menu"),))))


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
    buttons = [choice("staff.all_open", action("cases", code, "all", 0))]
    buttons.append(choice("staff.all_overdue", action("cases", code, "overdue", 0)))
    if unit.kind is UnitKind.COMMUNITY:
        buttons += [_unit_button(grid) for grid in grids]
    card = Card(
        title=text("staff.unit_title", unit=named(unit.name, unit.name_en)), lines=tuple(lines)
    )
    turn.reply(Message(blocks=(card,), choices=(*rows(buttons), (choice("staff.menu", "menu"),))))


def _unit(turn: Turn, code: str) -> Unit:
    organisation = turn.street.organisation
    unit = organisation.units.get(code)
    if unit is None or unit.kind is UnitKind.STREET:
        raise Stale
    ensure_may(turn.actor, MatterRight.OVERVIEW, organisation, unit=code)
    return unit


def _unit_button(unit: Unit) -> Choice:
    return Choice(label=named(unit.name, unit.name_en), action=action("unit", unit.code))


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
    found = _known(turn, await list_open(turn.tx, [code], limit=_MOST))
    cases = [case for case in found if FILTERS[wanted](case, turn.now)]
    title = text(
        "staff.cases_title",
        unit=named(unit.name, unit.name_en),
        filter=text(f"staff.filter_{wanted}"),
        count=len(cases),
    )
    listed = _Listed(title, "cases", (code, wanted), cases, int(page))
    more = [
        choice(f"staff.filter_{name}", action("cases", code, name, 0, "in"))
        for name in FILTERS
        if name != wanted
    ]
    more.append(_unit_button(unit))
    empty = text("staff.cases_empty")
    turn.reply(_list_message(turn, listed, more, empty, slot=f"cases-{code}", anew=not again))


FEATURE = Feature(
    side=Side.STAFF,
    verbs={
        "todo": show_todo,
        "overview": show_overview,
        "unit": show_unit,
        "cases": list_cases,
    },
    commands={"todo": show_todo, "overview": show_overview},
)
