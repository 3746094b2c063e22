"""Who is who: the street's units, its posts, and who stands in for an empty one.

Source of the ladder: one level at a time, each level answering for the one below
(requirements G-06, G-07).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property


class Stream(StrEnum):
    """The three affairs that work on one grid. Source: requirement G-17."""

    PARTY = "party"
    """党务"""
    RESIDENTS = "residents"
    """居务"""
    POLICE = "police"
    """警务"""


class UnitKind(StrEnum):
    """A level of the street."""

    STREET = "street"
    COMMUNITY = "community"
    GRID = "grid"


class Role(StrEnum):
    """What a person may be; the words of the glossary (``docs/glossary.md``)."""

    RESIDENT = "resident"
    GRID_WORKER = "grid_worker"
    GRID_SECRETARY = "grid_secretary"
    WINDOW_CLERK = "window_clerk"
    PARTY_OFFICER = "party_officer"
    RESIDENT_AFFAIRS_OFFICER = "resident_affairs_officer"
    POLICE_OFFICER = "police_officer"
    COMMUNITY_SECRETARY = "community_secretary"
    ASSIGNED_LEADER = "assigned_leader"
    DISPATCHER = "dispatcher"
    STREET_LEADER = "street_leader"
    DATA_PROTECTION_OFFICER = "data_protection_officer"
    ADMINISTRATOR = "administrator"


#: The level on which a role's post stands.
UNIT_OF_ROLE: Mapping[Role, UnitKind] = {
    Role.GRID_WORKER: UnitKind.GRID,
    Role.GRID_SECRETARY: UnitKind.GRID,
    Role.WINDOW_CLERK: UnitKind.COMMUNITY,
    Role.PARTY_OFFICER: UnitKind.COMMUNITY,
    Role.RESIDENT_AFFAIRS_OFFICER: UnitKind.COMMUNITY,
    Role.POLICE_OFFICER: UnitKind.COMMUNITY,
    Role.COMMUNITY_SECRETARY: UnitKind.COMMUNITY,
    Role.ASSIGNED_LEADER: UnitKind.COMMUNITY,
    Role.DISPATCHER: UnitKind.STREET,
    Role.STREET_LEADER: UnitKind.STREET,
    Role.DATA_PROTECTION_OFFICER: UnitKind.STREET,
    Role.ADMINISTRATOR: UnitKind.STREET,
}

#: Posts with one holder: a new holder replaces the old one, who hands over every case.
SINGLE_HOLDER = frozenset(
    {Role.GRID_SECRETARY, Role.COMMUNITY_SECRETARY, Role.ASSIGNED_LEADER, Role.STREET_LEADER}
)

#: Who answers for a stream in a community. Source: requirement G-17.
ROLE_OF_STREAM: Mapping[Stream, Role] = {
    Stream.PARTY: Role.PARTY_OFFICER,
    Stream.RESIDENTS: Role.RESIDENT_AFFAIRS_OFFICER,
    Stream.POLICE: Role.POLICE_OFFICER,
}


def stream_of(role: Role) -> Stream:
    """Name the stream to which a role belongs; all but two work on residents' affairs."""
    streams = {one: stream for stream, one in ROLE_OF_STREAM.items()}
    return streams.get(role, Stream.RESIDENTS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """A street, a community or a grid, known by its code."""

    code: str
    kind: UnitKind
    parent: str | None
    name: str
    name_en: str = ""
    phone: str = ""
    address: str = ""
    party_body: str = ""
    """The supporting Party body: a grid's branch, a community's joint committee (G-15)."""
    boundary: Mapping[str, object] | None = None
    """GeoJSON geometry in WGS-84; grids only."""
    demonstration_site: bool = False
    active: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """A role held in a unit by a person; an ended post gives no right."""

    id: str
    unit: str
    role: Role
    person: str
    since: datetime
    until: datetime | None = None
    substitute: str | None = None
    """The person who gets the post's cards while the holder is away."""
    away_until: datetime | None = None

    def held_at(self, moment: datetime) -> bool:
        """Tell whether the post is held at a moment."""
        return self.since <= moment and (self.until is None or moment < self.until)

    def stand_in(self, moment: datetime) -> str | None:
        """Name the substitute if the holder is away at a moment."""
        if self.away_until is not None and moment < self.away_until:
            return self.substitute
        return None


@dataclass(frozen=True, slots=True)
class Seat:
    """A role in a unit, whether or not somebody holds it."""

    unit: str
    role: Role


@dataclass(frozen=True, slots=True)
class Responsible:
    """Who answers for something now: the seat it belongs to and the person who holds it.

    ``person`` is None only while no post of the whole ladder is held; the street then owes it and
    the next one to join a seat of the ladder receives it.
    """

    seat: Seat
    person: str | None
    climbed: bool = False
    """The seat first asked was empty, so a higher one answers."""


@dataclass(frozen=True)
class Organisation:
    """The street as it stands at one moment: a snapshot, never changed in place."""

    units: Mapping[str, Unit]
    posts: tuple[Post, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    """What staff members are called, by person; what residents see of them."""
    version: int = 0

    @cached_property
    def street(self) -> Unit:
        """The one street.

        Raises:
            LookupError: no street has been imported yet.
        """
        for unit in self.units.values():
            if unit.kind is UnitKind.STREET:
                return unit
        raise LookupError("no street has been imported")

    @cached_property
    def _posts_by_seat(self) -> Mapping[Seat, tuple[Post, ...]]:
        seats: dict[Seat, list[Post]] = {}
        for post in sorted(self.posts, key=lambda post: (post.since, post.id)):
            seats.setdefault(Seat(post.unit, post.role), []).append(post)
        return {seat: tuple(posts) for seat, posts in seats.items()}

    @cached_property
    def _posts_by_person(self) -> Mapping[str, tuple[Post, ...]]:
        persons: dict[str, list[Post]] = {}
        for post in self.posts:
            persons.setdefault(post.person, []).append(post)
        return {person: tuple(posts) for person, posts in persons.items()}

    @cached_property
    def communities(self) -> tuple[Unit, ...]:
        """The active communities in the order of their codes."""
        return self._of_kind(UnitKind.COMMUNITY)

    @cached_property
    def grids(self) -> tuple[Unit, ...]:
        """The active grids in the order of their codes."""
        return self._of_kind(UnitKind.GRID)

    def _of_kind(self, kind: UnitKind) -> tuple[Unit, ...]:
        found = [unit for unit in self.units.values() if unit.kind is kind]
        return tuple(
            sorted((one for one in found if self.is_active(one.code)), key=lambda one: one.code)
        )

    def is_active(self, code: str) -> bool:
        """Tell whether a unit is known and in use; with a community its grids are switched off."""
        levels = tuple(self.upward(code))
        return bool(levels) and all(unit.active for unit in levels)

    def is_grid_in_use(self, code: str | None) -> bool:
        """Tell whether something new may be filed in a grid."""
        unit = self.units.get(code or "")
        return unit is not None and unit.kind is UnitKind.GRID and self.is_active(unit.code)

    def grids_of(self, community: str) -> tuple[Unit, ...]:
        """List a community's active grids in the order of their codes."""
        return tuple(grid for grid in self.grids if grid.parent == community)

    def grids_under(self, unit: str) -> tuple[Unit, ...]:
        """List the grids of a unit, also those that are switched off, by their codes.

        What is owed in them goes on, and who lives there lives there still.
        """
        found = [one for one in self.units.values() if one.kind is UnitKind.GRID]
        return tuple(
            sorted((one for one in found if self.covers(unit, one.code)), key=lambda one: one.code)
        )

    def codes_under(self, unit: str) -> tuple[str, ...]:
        """List a unit and all below it, switched off or not, by their codes."""
        return tuple(sorted(code for code in self.units if self.covers(unit, code)))

    def community_of(self, code: str) -> Unit | None:
        """Find the community that a unit is or belongs to; None for the street and the unknown."""
        for unit in self.upward(code):
            if unit.kind is UnitKind.COMMUNITY:
                return unit
        return None

    def upward(self, code: str | None) -> Iterator[Unit]:
        """Walk from a unit up to the street."""
        while code is not None and (unit := self.units.get(code)) is not None:
            yield unit
            code = unit.parent

    def covers(self, upper: str, lower: str) -> bool:
        """Tell whether a unit is another one or stands above it."""
        return any(unit.code == upper for unit in self.upward(lower))

    def posts_of(self, person: str, moment: datetime) -> tuple[Post, ...]:
        """List the posts that a person holds at a moment."""
        posts = self._posts_by_person.get(person, ())
        return tuple(post for post in posts if post.held_at(moment))

    def holders(self, seat: Seat, moment: datetime) -> tuple[Post, ...]:
        """List the posts of a seat that are held at a moment, the longest-serving first."""
        return tuple(post for post in self._posts_by_seat.get(seat, ()) if post.held_at(moment))

    def stands_in(self, seat: Seat, person: str | None) -> bool:
        """Tell whether somebody works on a seat for its holder, and holds it not themselves."""
        posts = [post for post in self._posts_by_seat.get(seat, ()) if post.until is None]
        lent = any(post.substitute == person for post in posts)
        return person is not None and lent and all(post.person != person for post in posts)

    def ladder(self, unit: str) -> tuple[Seat, ...]:
        """The seats that answer for a unit, one level after the other, the nearest first.

        A unit that is switched off answers for nothing: what belongs to it is the next level's.
        """
        steps: list[Seat] = []
        for level in self.upward(unit):
            if level.active or level.kind is UnitKind.STREET:
                steps += [Seat(level.code, role) for role in _LADDER[level.kind]]
        return tuple(steps)

    def responsible(self, unit: str, moment: datetime, *, avoid: Iterable[str] = ()) -> Responsible:
        """Find who answers for a unit: the first held seat of its ladder.

        Args:
            avoid: persons who must not get it.
        """
        ladder = self.ladder(unit)
        for rung, seat in enumerate(ladder):
            if person := self._holder(seat, moment, frozenset(avoid)):
                return Responsible(seat, person, climbed=rung > 0)
        return Responsible(ladder[0], None, climbed=False)

    def at_seat(self, seat: Seat, moment: datetime) -> Responsible:
        """Find who answers for a seat: its holder, or the ladder above it when it is empty."""
        if person := self._holder(seat, moment, frozenset()):
            return Responsible(seat, person)
        above = self.responsible(seat.unit, moment)
        return Responsible(above.seat, above.person, climbed=True)

    def above(
        self, seat: Seat, moment: datetime, *, avoid: Iterable[str] = ()
    ) -> Responsible | None:
        """Find the next held seat over one; None when the top of the street has it already."""
        ladder = self.ladder(seat.unit)
        start = ladder.index(seat) + 1 if seat in ladder else 0
        for higher in ladder[start:]:
            if person := self._holder(higher, moment, frozenset(avoid)):
                return Responsible(higher, person, climbed=True)
        return None

    def _holder(self, seat: Seat, moment: datetime, avoid: frozenset[str]) -> str | None:
        if not self.is_active(seat.unit):
            return None
        for post in self.holders(seat, moment):
            person = post.stand_in(moment) or post.person
            if person not in avoid:
                return person
        return None

    def empty_seats(self, moment: datetime) -> tuple[Seat, ...]:
        """List the seats that every unit must have but that nobody holds."""
        required = {
            UnitKind.GRID: (Role.GRID_SECRETARY,),
            UnitKind.COMMUNITY: (Role.COMMUNITY_SECRETARY, Role.ASSIGNED_LEADER),
            UnitKind.STREET: (Role.STREET_LEADER,),
        }
        seats = (
            Seat(unit.code, role)
            for unit in self.units.values()
            if self.is_active(unit.code)
            for role in required[unit.kind]
        )
        return tuple(seat for seat in seats if not self.holders(seat, moment))


#: Which roles answer for a level, the first to be asked first. Source: requirements G-06, G-07.
_LADDER: Mapping[UnitKind, tuple[Role, ...]] = {
    UnitKind.GRID: (Role.GRID_SECRETARY,),
    UnitKind.COMMUNITY: (Role.COMMUNITY_SECRETARY, Role.ASSIGNED_LEADER),
    UnitKind.STREET: (Role.DISPATCHER, Role.STREET_LEADER),
}


def problems(units: Iterable[Unit]) -> list[str]:
    """List everything that keeps units from being a street, in sentences for the importer."""
    found: list[str] = []
    by_code: dict[str, Unit] = {}
    for unit in units:
        if unit.code in by_code:
            found.append(f"{unit.code}: the code is used twice")
        by_code[unit.code] = unit
    streets = [unit for unit in by_code.values() if unit.kind is UnitKind.STREET]
    if len(streets) != 1:
        found.append(f"exactly one street is needed, {len(streets)} are given")
    parent_kind = {UnitKind.COMMUNITY: UnitKind.STREET, UnitKind.GRID: UnitKind.COMMUNITY}
    for unit in by_code.values():
        if unit.kind is UnitKind.STREET:
            continue
        parent = by_code.get(unit.parent or "")
        if parent is None or parent.kind is not parent_kind[unit.kind]:
            wanted = parent_kind[unit.kind].value
            found.append(f"{unit.code}: a {unit.kind.value} belongs to a {wanted}")
    return found
