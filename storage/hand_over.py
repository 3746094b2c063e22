"""What somebody owes changes hands with a post; each feature says how, for things of its own kind.

`storage.registry.HANDS_OVER` names them all. Whoever ends a post, lends it or takes it back goes
over that tuple, so that nothing stays with somebody who is gone.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

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


async def _nothing(*_: Any) -> Sequence[Any]:
    return ()


@dataclass(frozen=True, kw_only=True, slots=True)
class HandsOver:
    """How things of one kind change hands; every function gets the `storage.work.Work` first."""

    name: str
    left: Callable[[Any, Leaving], Awaitable[Sequence[Any]]]
    """What somebody leaves behind, as it is before they leave."""
    held: Callable[[Any, Seat, str], Awaitable[Sequence[Any]]] = _nothing
    """What a person holds of a desk."""
    waiting: Callable[[Any, str], Awaitable[Sequence[Any]]] = _nothing
    """What was nobody's, and is a person's since they joined."""
    move: Callable[[Any, Sequence[Any], HandOver], Awaitable[Sequence[Any]]]
    """Gives things to their new owners and tells them; gives what moved."""


Held = Sequence[tuple[HandsOver, Sequence[Any]]]


async def left_behind(work: Any, leaving: Leaving) -> Held:
    """List what somebody leaves behind, of every kind."""
    return [(kind, await kind.left(work, leaving)) for kind in work.hands_over]


async def held_of(work: Any, seat: Seat, person: str) -> Held:
    """List what a person holds of a desk, of every kind."""
    return [(kind, await kind.held(work, seat, person)) for kind in work.hands_over]


async def waiting_for(work: Any, person: str) -> Held:
    """List what waited for a person to join, of every kind."""
    return [(kind, await kind.waiting(work, person)) for kind in work.hands_over]


def count(held: Held) -> int:
    """Count things of every kind."""
    return sum(len(things) for _, things in held)


async def hand_over(work: Any, held: Held, how: HandOver) -> int:
    """Give things to their new owners; give how many moved."""
    return sum([len(await kind.move(work, things, how)) for kind, things in held if things])
