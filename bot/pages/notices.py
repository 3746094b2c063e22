"""Notices: what the street and its communities tell everybody, the newest first.

What is said to a grid or to persons stays in chat; see `domain.broadcasts.public_notice`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from bot.channels.web.guards import Refusal
from bot.pages.filter import fit
from bot.pages.page import Means, Page, Route, Shown
from domain.broadcasts.public_notice import PublicNotice, may_be_public
from domain.organisation import Organisation, Unit, UnitKind
from domain.public_pages import NOTICES, notices_of
from domain.street import Street
from storage.broadcasts.public_notices import list_public_notices

#: How many notices stand on one page.
ON_A_PAGE = 20
_PAGES_MAX = 500


@dataclass(frozen=True, slots=True)
class _Entry:
    """A notice as it is shown."""

    anchor: str
    title: str
    unit: Unit
    words: str
    published_at: datetime
    until: datetime


async def _show_all(means: Means, request: web.Request) -> Shown:
    return await _show(means, request, "")


async def _show_unit(means: Means, request: web.Request) -> Shown:
    return await _show(means, request, request.match_info["unit"])


async def _show(means: Means, request: web.Request, code: str) -> Shown:
    now, number = means.now(), _number(request)
    async with means.database.read() as tx:
        street = await means.street(tx, now)
        organisation = street.organisation
        if not organisation.units:
            return Shown(template="notices.html", title="notices", values=_nothing())
        unit = _unit(organisation, code)
        found = await list_public_notices(
            tx,
            _codes(organisation, unit),
            now,
            limit=ON_A_PAGE + 1,
            offset=(number - 1) * ON_A_PAGE,
        )
    return Shown(
        template="notices.html",
        title="notices",
        values={
            "unit": unit,
            "units": [organisation.street, *_communities(organisation)],
            "notices": _entries(street, found[:ON_A_PAGE]),
            "newer": number - 1 if number > 1 else None,
            "older": number + 1 if len(found) > ON_A_PAGE else None,
            "path": notices_of(unit.code) if unit is not None else NOTICES,
            "all_path": NOTICES,
            "path_of": notices_of,
        },
    )


def _nothing() -> dict[str, object]:
    """What stands there before the office has any unit."""
    return {
        "unit": None,
        "units": [],
        "notices": [],
        "newer": None,
        "older": None,
        "path": NOTICES,
        "all_path": NOTICES,
        "path_of": notices_of,
    }


def _number(request: web.Request) -> int:
    """Read which page is asked for; what is no number is the first."""
    asked = request.query.get("page", "1")
    if not (asked.isascii() and asked.isdecimal()) or len(asked) > 4:
        return 1
    return min(max(int(asked), 1), _PAGES_MAX)


def _unit(organisation: Organisation, code: str) -> Unit | None:
    """Find the unit whose notices are asked for: a grid's are its community's; "" is all.

    Raises:
        Refusal: there is none.
    """
    if not code:
        return None
    unit = organisation.units.get(code)
    if unit is not None and unit.kind is UnitKind.GRID:
        unit = organisation.community_of(code)
    if unit is None or not may_be_public(unit):
        raise Refusal(404, "not_found")
    return unit


def _communities(organisation: Organisation) -> Sequence[Unit]:
    return [unit for unit in organisation.communities if unit.active]


def _codes(organisation: Organisation, unit: Unit | None) -> set[str]:
    """Name the units whose notices concern the residents of one: its own, and the street's."""
    if unit is None:
        return {one.code for one in organisation.units.values() if may_be_public(one)}
    return {unit.code, organisation.street.code}


def _entries(street: Street, notices: Sequence[PublicNotice]) -> list[_Entry]:
    units = street.organisation.units
    return [
        _Entry(
            anchor=f"n-{one.id}",
            title=fit(street, one.title),
            unit=units[one.unit],
            words=fit(street, one.words),
            published_at=one.published_at,
            until=one.until,
        )
        for one in notices
        if one.unit in units
    ]


PAGE = Page(
    path=NOTICES,
    label="notices",
    routes=(
        Route(path=NOTICES, show=_show_all),
        Route(path=NOTICES + "/{unit:[^/]{1,40}}", show=_show_unit),
    ),
    asked=("page",),
)
