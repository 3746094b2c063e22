"""Halls: where they are, when they are open, how to get in, and what is done there (S-01)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aiohttp import web

from bot.pages.filter import fit
from bot.pages.page import Means, Page, Route, Shown
from domain.messages import Line, Text, Value, text
from domain.organisation import Unit
from domain.public_pages import HALLS as PATH
from domain.registers import Entry
from domain.services.halls import DESKS, HALLS, hall_lines
from domain.street import Street
from storage.registers import list_entries


@dataclass(frozen=True, slots=True)
class _Hall:
    """A hall as it is shown."""

    anchor: str
    name: str
    unit: Unit
    lines: tuple[Line, ...]


async def _show(means: Means, _request: web.Request) -> Shown:
    now = means.now()
    async with means.database.read() as tx:
        street = await means.street(tx, now)
        halls = await list_entries(tx, HALLS.name, at=now)
        desks = await list_entries(tx, DESKS.name, at=now)
    found = [_shown(street, one, desks) for one in halls if _is_open(street, one)]
    # The street's own first, then community by community.
    found.sort(key=lambda one: (one.unit.parent is not None, one.unit.code, one.name))
    return Shown(template="halls.html", title="halls", values={"halls": found})


def _is_open(street: Street, hall: Entry) -> bool:
    organisation = street.organisation
    return organisation.is_active(hall.unit) and street.is_on(HALLS.feature, hall.unit)


def _shown(street: Street, hall: Entry, desks: Sequence[Entry]) -> _Hall:
    done_here = [one for one in desks if one.get("hall") == hall.id]
    return _Hall(
        anchor=f"h-{hall.id}",
        name=fit(street, str(hall.get("name"))),
        unit=street.organisation.units[hall.unit],
        lines=tuple(_fit_line(street, one) for one in hall_lines(hall, done_here)),
    )


def _fit_line(street: Street, line: Line) -> Line:
    """Hide what is private in what somebody wrote; the hall's own number is to be called."""
    if line.label == text(HALLS.field("phone").label):
        return line
    return replace(line, label=_fit_text(street, line.label), value=_fit(street, line.value))


def _fit(street: Street, value: Value) -> Value:
    if isinstance(value, str):
        return fit(street, value)
    if isinstance(value, Text):
        return _fit_text(street, value)
    return tuple(_fit(street, one) for one in value) if isinstance(value, tuple) else value


def _fit_text(street: Street, said: Text) -> Text:
    return Text(said.key, {name: _fit(street, value) for name, value in said.fields.items()})


PAGE = Page(path=PATH, label="halls", routes=(Route(path=PATH, show=_show),))
