"""Who may do it for somebody, and what is made known of them. Source: F-195, F-196."""

from dataclasses import dataclass
from datetime import datetime

from domain.matters.assignment import Desk, desks_of
from domain.messages import Line, Text, text
from domain.organisation import Organisation, Responsible, Role, Seat


@dataclass(frozen=True, kw_only=True, slots=True)
class Agent:
    """What everybody it concerns may know of the one who does it."""

    name: str
    post: Text
    phone: str
    complaint: str
    """Whom to turn to with a complaint about them."""
    hall: str = ""
    """The number of the hall, which is called to make sure of them."""

    @property
    def lines(self) -> tuple[Line, ...]:
        """Give it for a card or a paper."""
        found = (
            Line(text("agency.agent"), self.name or text("agency.agent_coming")),
            Line(text("agency.agent_post"), self.post),
            Line(text("agency.agent_phone"), self.phone or None),
            Line(text("agency.complaints"), self.complaint or None),
        )
        return tuple(one for one in found if one.value is not None)


def seats_of(community: str, grid: str) -> tuple[Seat, ...]:
    """List the posts that do it for residents of a grid, the first to be asked first."""
    found = [Seat(community, Role.WINDOW_CLERK)]
    if grid != community:
        found += [Seat(grid, Role.GRID_WORKER), Seat(grid, Role.GRID_SECRETARY)]
    return (*found, Seat(community, Role.COMMUNITY_SECRETARY))


def candidates(
    organisation: Organisation,
    community: str,
    grid: str,
    now: datetime,
    barred: frozenset[str] = frozenset(),
) -> tuple[Desk, ...]:
    """List who may be chosen; nobody twice."""
    found: dict[str, Desk] = {}
    for seat in seats_of(community, grid):
        for desk in desks_of(organisation, seat, now):
            if desk.person not in barred:
                found.setdefault(desk.person, desk)
    return tuple(found.values())


def first_of(
    organisation: Organisation,
    community: str,
    grid: str,
    now: datetime,
    barred: frozenset[str] = frozenset(),
) -> Responsible:
    """Find who does it where nobody is chosen; nobody, where nobody of the ladder is there."""
    found = candidates(organisation, community, grid, now, barred)
    if found:
        return Responsible(found[0].seat, found[0].person)
    above = organisation.responsible(community, now, avoid=barred)
    return above if above.person else Responsible(Seat(community, Role.WINDOW_CLERK), None)
