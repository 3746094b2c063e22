"""Whom the residents of a grid turn to: named where a resident is greeted, as on a notice board."""

from datetime import datetime

from domain.messages import Text, text
from domain.names import role_name, unit_name
from domain.organisation import Role, Seat
from domain.street import Street

#: Whoever is out in the grid first. Source: the mission, grid workers known by name.
_ROLES = (Role.GRID_WORKER, Role.GRID_SECRETARY)


def who_to_ask(street: Street, grid: str, now: datetime) -> Text | None:
    """Name who works for a grid now and how to reach them; None where nobody has joined.

    Whoever is away is not named, who stands in is. The number is the grid's or the community's: a
    hotline of the whole city would not find them.
    """
    organisation = street.organisation
    unit, community = organisation.units.get(grid), organisation.community_of(grid)
    for role in _ROLES:
        held = organisation.holders(Seat(grid, role), now)
        present = dict.fromkeys(post.stand_in(now) or post.person for post in held)
        names = tuple(name for name in map(street.staff_name, present) if name)
        if not names or unit is None:
            continue
        number = unit.phone or (community.phone if community else "")
        key = "menu.your_worker_phone" if number else "menu.your_worker"
        return text(key, role=role_name(role), people=names, number=number)
    return None


def scanned(street: Street, grid: str, now: datetime) -> Text | None:
    """Say whose code was scanned and whom to turn to; None for a grid that is not in use."""
    organisation = street.organisation
    if not organisation.is_grid_in_use(grid):
        return None
    who = who_to_ask(street, grid, now)
    name = unit_name(organisation.units[grid])
    return text("menu.scanned_named" if who else "menu.scanned", grid=name, who=who)
