"""总览: what is owed in the units under one's posts, of every feature."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain.access.checks import ensure_may, may
from domain.access.matters import MatterRight
from domain.errors import Stale
from domain.messages import Card, Choice, Line, Message, Side, Text, Tone, action, rows, text
from domain.names import role_name, unit_name
from domain.obligations import Tally
from domain.organisation import Organisation, Unit, UnitKind
from handlers.features import Entry, Feature, Menu, Verb
from handlers.todo import FILTERS, Listed, list_message, owed_in
from handlers.turn import Turn, choice


async def show_overview(turn: Turn) -> None:
    """Show the communities or the grids under one's posts, each with its figures."""
    figures = await _figures(turn)
    units = _overseen(turn, figures)
    if not units:
        ensure_may(turn.actor, MatterRight.OVERVIEW, turn.street.organisation, unit=_any_unit(turn))
        raise Stale
    if len(units) == 1 and units[0].kind is UnitKind.COMMUNITY:
        await show_unit(turn, units[0].code)
        return
    lines = tuple((_unit_row(turn, unit, figures),) for unit in units)
    card = Card(
        title=text("staff.overview_title"),
        lines=(
            Line(
                text("staff.in_all"),
                _said_of(
                    sum((_total(turn.street.organisation, one, figures) for one in units), Tally())
                ),
            ),
        ),
    )
    turn.reply(Message(blocks=(card,), choices=(*lines, (choice("staff.menu", "menu.open"),))))


def _any_unit(turn: Turn) -> str:
    return turn.actor.posts[0].unit if turn.actor.posts else ""


def _overseen(turn: Turn, figures: Mapping[str, Tally]) -> list[Unit]:
    """List the highest units below the street that one may oversee, with any that still owe."""
    organisation = turn.street.organisation

    def overseen(units: Sequence[Unit]) -> list[Unit]:
        return [
            unit
            for unit in units
            if may(turn.actor, MatterRight.OVERVIEW, organisation, unit=unit.code)
        ]

    off = [
        unit
        for unit in organisation.units.values()
        if unit.kind is UnitKind.COMMUNITY
        and not organisation.is_active(unit.code)
        and _total(organisation, unit, figures).open
    ]
    communities = overseen([*organisation.communities, *off])
    codes = {unit.code for unit in communities}
    return communities + [unit for unit in overseen(organisation.grids) if unit.parent not in codes]


async def show_unit(turn: Turn, code: str) -> None:
    """Show a community with all its grids, or a grid: open, overdue, waiting, empty posts."""
    unit = _unit(turn, code)
    organisation = turn.street.organisation
    figures = await _figures(turn)
    grids = [
        grid
        for grid in (organisation.grids_under(code) if unit.kind is UnitKind.COMMUNITY else (unit,))
        if grid is unit or organisation.is_active(grid.code) or figures[grid.code].open
    ]
    lines = [Line(text("staff.in_all"), _said_of(_total(organisation, unit, figures)))]
    if unit.kind is UnitKind.COMMUNITY and figures[code].open:
        lines.append(Line(text("staff.of_no_grid"), _said_of(figures[code])))
    lines += [
        Line(
            text("staff.empty_post"),
            text(
                "names.post",
                unit=unit_name(organisation.units[seat.unit]),
                role=role_name(seat.role),
            ),
        )
        for seat in organisation.empty_seats(turn.now)
        if organisation.covers(code, seat.unit)
    ]
    if unowned := _total(organisation, unit, figures).unowned:
        lines.append(Line(text("staff.unowned"), unowned))
    buttons = [choice("staff.all_open", action("overview.list", code, "all", 0))]
    buttons.append(choice("staff.all_overdue", action("overview.list", code, "overdue", 0)))
    below = grids if unit.kind is UnitKind.COMMUNITY else ()
    card = Card(title=text("staff.unit_title", unit=unit_name(unit)), lines=tuple(lines))
    turn.reply(
        Message(
            blocks=(card,),
            choices=(
                *((_unit_row(turn, grid, figures),) for grid in below),
                *rows(buttons),
                (choice("staff.menu", "menu.open"),),
            ),
        )
    )


def _unit(turn: Turn, code: str) -> Unit:
    organisation = turn.street.organisation
    unit = organisation.units.get(code)
    if unit is None or unit.kind is UnitKind.STREET:
        raise Stale
    ensure_may(turn.actor, MatterRight.OVERVIEW, organisation, unit=code)
    return unit


def _unit_button(unit: Unit) -> Choice:
    return Choice(label=unit_name(unit), action=action("overview.unit", unit.code))


async def _figures(turn: Turn) -> Mapping[str, Tally]:
    """Count what is owed in each unit itself, of every kind; switched-off units too."""
    organisation = turn.street.organisation
    counted = {code: Tally() for code in organisation.codes_under(organisation.street.code)}
    for each in turn.features.owes:
        if each.count is not None:
            for grid, tally in (await each.count(turn, list(counted))).items():
                counted[grid] += tally
    return counted


def _unit_row(turn: Turn, unit: Unit, figures: Mapping[str, Tally]) -> Choice:
    """Make the line of a unit, which is a button as a whole."""
    organisation = turn.street.organisation
    tally = _total(organisation, unit, figures)
    name = unit_name(unit)
    is_active = organisation.is_active(unit.code)
    return replace(
        _unit_button(unit),
        label=name if is_active else text("staff.switched_off", unit=name),
        detail=_said_of(tally),
        tone=Tone.OVERDUE if tally.overdue else Tone.PLAIN,
    )


def _total(organisation: Organisation, unit: Unit, figures: Mapping[str, Tally]) -> Tally:
    below = (one for code, one in figures.items() if organisation.covers(unit.code, code))
    return sum(below, Tally())


def _said_of(tally: Tally) -> Text:
    """Say how much there is; what there is none of need not be counted."""
    if not tally.open:
        return text("staff.figures_none")
    late = "late" if tally.overdue else "in_time"
    waits = "_waiting" if tally.waiting else ""
    return text(
        f"staff.figures_{late}{waits}",
        open=tally.open,
        overdue=tally.overdue,
        waiting=tally.waiting,
    )


async def list_owed(
    turn: Turn, code: str, wanted: str = "all", page: str = "0", again: str = ""
) -> None:
    """List what is owed in a unit, or what of it is overdue."""
    if wanted not in FILTERS or not page.isdecimal():
        raise Stale
    unit = _unit(turn, code)
    found = [one for one in await owed_in(turn, [code]) if FILTERS[wanted](one)]
    title = text(
        "staff.cases_title",
        unit=unit_name(unit),
        filter=text(f"staff.filter_{wanted}"),
        count=len(found),
    )
    listed = Listed(title, "overview.list", (code, wanted), found, int(page))
    more = [
        choice(f"staff.filter_{name}", action("overview.list", code, name, 0, "in"))
        for name in FILTERS
        if name != wanted
    ]
    more.append(_unit_button(unit))
    empty = text("staff.cases_empty")
    turn.reply(list_message(listed, more, empty, slot=f"cases-{code}", anew=not again))


FEATURE = Feature(
    name="overview",
    side=Side.STAFF,
    verbs=(
        Verb(
            "overview.open",
            show_overview,
            right=MatterRight.OVERVIEW,
            minimal=True,
            command="overview",
            listed=True,
            words=("总览", "overview"),
        ),
        Verb("overview.unit", show_unit, right=MatterRight.OVERVIEW, about="unit", minimal=True),
        Verb("overview.list", list_owed, right=MatterRight.OVERVIEW, about="unit", minimal=True),
    ),
    entries=(Entry(Menu.WORK, "staff.overview", "overview.open"),),
)
