"""A visit: what was looked at, what was found, and what a press of a button at the door means.

Whoever is at the door may have a weak signal: every button is complete by itself, names its round,
and does the same once however often it arrives.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.errors import WrongState
from domain.messages import Text, text
from domain.plans import Plan
from domain.subjects import Subject
from domain.visits.entries import Entry, How

#: The kind of a visit among subjects.
VISIT = "visit"


class Area(StrEnum):
    """What is looked at. Source: F-202."""

    HEALTH = "health"
    """Speech, movement, reaction, illness, mood."""
    MEANS = "means"
    """Food, clothing, benefits."""
    FAMILY = "family"
    """Do they come, do they call."""
    SAFETY = "safety"
    """House, water, power, gas, heating."""
    NEEDS = "needs"
    """Care, rehabilitation, company, adaptation of the home."""


class VisitState(StrEnum):
    """How a visit went."""

    OPEN = "open"
    """Something was marked at the door; it is not finished."""
    DONE = "done"
    ABSENT = "absent"
    """Nobody was met: the visit is still due."""
    DECLINED = "declined"
    """The person wanted no visit this time (F-200: voluntary)."""


#: Ends that make the next round begin.
SETTLED = frozenset({VisitState.DONE, VisitState.DECLINED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """One visit, or an attempt at one."""

    id: str
    entry: str
    unit: str
    by: str
    round: int
    """Of the plan."""
    due_at: datetime
    """By when that round was due."""
    how: How
    state: VisitState = VisitState.OPEN
    stands_in: bool = False
    """Somebody else than the owner."""
    areas: frozenset[Area] = frozenset()
    """Where something was found; none where all is well."""
    note: str = ""
    """In words of one's own, never asked for."""
    why: str = ""
    """Why somebody else came."""
    begun_at: datetime
    at: datetime | None = None
    """When it was recorded."""
    told: int = 0
    """How many of the family heard of it."""
    erased: bool = False
    version: int = 0

    @property
    def subject(self) -> Subject:
        """By which pictures and messages refer to it."""
        return Subject(VISIT, self.id)


def begin(which: str, entry: Entry, plan: Plan, *, by: str, at: datetime, why: str = "") -> Visit:
    """Begin to record a visit of the round that is due now.

    Args:
        why: why somebody else than the owner comes.
    """
    return Visit(
        id=which,
        entry=entry.id,
        unit=entry.unit,
        by=by,
        round=plan.round,
        due_at=plan.next_due_at,
        how=entry.said.wish.how,
        stands_in=bool(why),
        why=why,
        begun_at=at,
    )


def ensure_open(visit: Visit) -> None:
    """Refuse to record a visit twice.

    Raises:
        WrongState: it is recorded.
    """
    if visit.state is not VisitState.OPEN:
        raise WrongState(number=visit.entry[:6].upper(), state=visit_state_name(visit))


def marked(visit: Visit, area: Area, *, found: bool) -> Visit:
    """Note that something was found in an area, or that it was not after all.

    Raises:
        WrongState: the visit is recorded already.
    """
    ensure_open(visit)
    return replace(visit, areas=visit.areas | {area} if found else visit.areas - {area})


def by_way(visit: Visit, how: How) -> Visit:
    """Note how the person was reached.

    Raises:
        WrongState: the visit is recorded already.
    """
    ensure_open(visit)
    return replace(visit, how=how)


def settled(visit: Visit, state: VisitState, at: datetime) -> Visit:
    """Record how a visit went; what was not met has found nothing.

    Raises:
        WrongState: it is recorded already.
    """
    ensure_open(visit)
    areas = visit.areas if state is VisitState.DONE else frozenset[Area]()
    return replace(visit, state=state, areas=areas, at=at)


def area_name(area: Area) -> Text:
    """Name an area."""
    return text(f"visits.area_{area}")


def visit_state_name(visit: Visit) -> Text:
    """Say how a visit went."""
    if visit.state is VisitState.DONE:
        return text("visits.went_well" if not visit.areas else "visits.went_found")
    return text(f"visits.went_{visit.state}")


def how_name(how: How) -> Text:
    """Name a way."""
    return text(f"visits.how_{how}")


def in_order(areas: frozenset[Area]) -> tuple[Area, ...]:
    """Give areas in the order in which they are always shown."""
    return tuple(one for one in Area if one in areas)


def to_json(visit: Visit) -> dict[str, Any]:
    """Give what of a visit is sealed."""
    return {
        "areas": [one.value for one in in_order(visit.areas)],
        "note": visit.note,
        "why": visit.why,
    }
