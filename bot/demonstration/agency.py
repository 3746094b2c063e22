"""A full agency of the demonstration: it waits for the authority to be signed at the window."""

from collections.abc import Mapping
from typing import Any

from bot.configuration.law_data import read_default
from domain.categories import Kind
from domain.chain import Act
from domain.matters import life
from domain.matters.life import Filing
from domain.matters.matter import Matter, Origin, Particulars
from domain.matters.rules import ClockRules
from domain.organisation import Role, Seat
from domain.services.agency import Details
from domain.services.agents import first_of
from storage.services.agency import open_agency
from storage.work import Work


async def agency(work: Work, number: str) -> None:
    """Let a resident of the demonstration have asked for an agent.

    Raises:
        LookupError: nobody of the street may do it.
    """
    told: dict[str, Any] = read_default("demo_agency.toml")["agency"]
    matter, act = filed(work, number, told)
    desk = first_of(work.street.organisation, matter.community, matter.grid, work.now)
    if desk.person is None:
        raise LookupError(f"nobody does it in {matter.grid}")
    details = Details(what=told["what"], principal=told["name"], phone=told["phone"])
    await open_agency(work, matter, act, desk, details)


def filed(
    work: Work, number: str, told: Mapping[str, Any], category: str = ""
) -> tuple[Matter, Act]:
    """File the case of an order of the demonstration, as its resident would."""
    organisation, office = work.street.organisation, work.street.office
    grid = told["grid"]
    community = organisation.units[grid].parent or ""
    found = office.categories.offered(category) or office.categories.other(Kind.SERVICE)
    owed = organisation.responsible(grid, work.now)
    act = work.sign(told["resident"], Role.RESIDENT)
    matter = life.file(
        number,
        Filing(
            kind=Kind.SERVICE,
            category=found.code,
            community=community,
            grid=grid,
            origin=Origin.WEB,
            reporter=told["resident"],
            particulars=Particulars(text=told["what"]),
            importance=found.importance,
            urgency=1,
        ),
        act,
        seat=owed.seat if owed.person else Seat(community, Role.WINDOW_CLERK),
        owner=owed.person,
        rules=work.street.rules(ClockRules, community),
        calendar=office.calendar,
    )
    return matter, act
