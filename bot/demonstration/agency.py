"""A full agency of the demonstration: it waits for the authority to be signed at the window."""

from typing import Any

from bot.configuration.law_data import read_default
from domain.categories import Kind
from domain.matters import life
from domain.matters.life import Filing
from domain.matters.matter import Origin, Particulars
from domain.matters.rules import ClockRules
from domain.organisation import Role, Seat
from domain.services.agency import Details
from domain.services.agents import first_of
from storage.services.opening import open_agency
from storage.work import Work


async def agency(work: Work, number: str) -> None:
    """Let a resident of the demonstration have asked for an agent.

    Raises:
        LookupError: nobody of the street may do it.
    """
    told: dict[str, Any] = read_default("demo_agency.toml")["agency"]
    organisation, office = work.street.organisation, work.street.office
    grid = told["grid"]
    community = organisation.units[grid].parent or ""
    category = office.categories.other(Kind.SERVICE)
    desk = first_of(organisation, community, grid, work.now)
    if desk.person is None:
        raise LookupError(f"nobody does it in {grid}")
    owed = organisation.responsible(grid, work.now)
    act = work.sign(told["resident"], Role.RESIDENT)
    matter = life.file(
        number,
        Filing(
            kind=Kind.SERVICE,
            category=category.code,
            community=community,
            grid=grid,
            origin=Origin.WEB,
            reporter=told["resident"],
            particulars=Particulars(text=told["what"]),
            importance=category.importance,
            urgency=1,
        ),
        act,
        seat=owed.seat if owed.person else Seat(community, Role.WINDOW_CLERK),
        owner=owed.person,
        rules=work.street.rules(ClockRules, community),
        calendar=office.calendar,
    )
    details = Details(what=told["what"], principal=told["name"], phone=told["phone"])
    await open_agency(work, matter, act, desk, details)
