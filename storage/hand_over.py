"""What somebody owes changes hands with a post; each feature says how, for things of its own kind.

`storage.registry.HANDS_OVER` names them all. Whoever ends a post, lends it or takes it back goes
over that tuple, so that nothing stays with somebody who is gone.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from domain.organisation import Responsible, Role, Seat


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaving:
    """A person leaves desks."""

    person: str
    seats: tuple[Seat, ...]
    gone: bool
    """No post remains: everything they hold is left behind."""
    substitutes: frozenset[str] = frozenset()
    """Who stood in on these desks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HandOver:
    """How things change hands, by whom and why."""

    by: str
    role: Role
    reason: str
    """A code that stories put into words."""
    to: Responsible | None = None
    """Who gets what lies on ``seats``. What lies elsewhere goes to whoever answers for it now."""
    seats: tuple[Seat, ...] = ()
    leaving: str | None = None
    told: str | None = None
    """A person who is told in other words that things came."""


class Owed(Protocol):
    """Something that changes hands, of any kind."""

    @property
    def barred(self) -> frozenset[str]:
        """Who may not know of it."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Something has a new owner."""

    owner: str | None
    barred: frozenset[str]
    """Who may not know of it, and does not hear it counted either."""


async def _nothing(*_: Any) -> Sequence[Owed]:
    return ()


@dataclass(frozen=True, kw_only=True, slots=True)
class HandsOver:
    """How things of one kind change hands; every function gets the `storage.work.Work` first."""

    name: str
    left: Callable[[Any, Leaving], Awaitable[Sequence[Owed]]]
    """What somebody leaves behind, as it is before they leave."""
    held: Callable[[Any, Seat, str], Awaitable[Sequence[Owed]]] = _nothing
    """What a person holds of a desk."""
    waiting: Callable[[Any, str], Awaitable[Sequence[Owed]]] = _nothing
    """What was nobody's, and is a person's since they joined."""
    move: Callable[[Any, Sequence[Any], HandOver], Awaitable[Sequence[Moved]]]
    """Gives things to their new owners and tells them; gives what moved."""


Held = Sequence[tuple[HandsOver, Sequence[Owed]]]


async def left_behind(work: Any, leaving: Leaving) -> Held:
    """List what somebody leaves behind, of every kind."""
    return [(kind, await kind.left(work, leaving)) for kind in work.hands_over]


async def held_of(work: Any, seat: Seat, person: str) -> Held:
    """List what a person holds of a desk, of every kind."""
    return [(kind, await kind.held(work, seat, person)) for kind in work.hands_over]


async def waiting_for(work: Any, person: str) -> Held:
    """List what waited for a person to join, of every kind."""
    return [(kind, await kind.waiting(work, person)) for kind in work.hands_over]


def count(held: Held, reader: str) -> int:
    """Count things of every kind that a person may know of."""
    return sum(reader not in one.barred for _, things in held for one in things)


async def hand_over(work: Any, held: Held, how: HandOver) -> list[Moved]:
    """Give things to their new owners; give what moved."""
    moved = [await kind.move(work, things, how) for kind, things in held if things]
    return [one for of_kind in moved for one in of_kind]
