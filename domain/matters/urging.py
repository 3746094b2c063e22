"""催 and 督办: a resident asks for their case once more, and a level above says what is to be done.

Both stand in the case's chain of events. Neither moves a clock or a case; they are words to those
who have it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.access.actors import Actor
from domain.chain import Act
from domain.errors import Refused
from domain.laws import OFFICE_URGING
from domain.matters.chain import record
from domain.matters.life import ensure
from domain.matters.matter import OPEN, OWED, Event, Happening, Matter
from domain.matters.rules import UrgingRules
from domain.organisation import Organisation, Seat

#: What a resident does to a case is no news of it.
_RESIDENTS_OWN = frozenset(
    {
        Happening.ADDED,
        Happening.ANSWERED,
        Happening.FOLLOWED,
        Happening.TOLD_ABOVE,
        Happening.URGED,
        Happening.VIEWED,
        Happening.RELINKED,
        # A level above was told; nothing was done yet.
        Happening.CLIMBED,
        Happening.INSTRUCTED,
    }
)


@dataclass(frozen=True, slots=True)
class Urging:
    """Whether a case may be urged now, and from when on otherwise."""

    times: int
    """How often it was urged already."""
    allowed_from: datetime

    def is_allowed(self, now: datetime) -> bool:
        """Tell whether it may be urged at a moment."""
        return now >= self.allowed_from


def urging(matter: Matter, events: Iterable[Event], rules: UrgingRules, now: datetime) -> Urging:
    """Find out from when on a case may be urged: overdue or quiet for a while, and not too often.

    Args:
        events: all of its chain.
    """
    quiet_since, urged_at, times = matter.dispatched_at, None, 0
    for event in events:
        if event.happening is Happening.URGED:
            urged_at, times = event.at, times + 1
        elif event.happening not in _RESIDENTS_OWN:
            quiet_since = max(quiet_since, event.at)
    allowed = matter.dispatched_at if matter.is_overdue(now) else quiet_since + rules.quiet
    if urged_at is not None:
        allowed = max(allowed, urged_at + rules.again)
    return Urging(times, allowed)


def urge(matter: Matter, act: Act, state: Urging) -> Matter:
    """The resident asks for it once more.

    Raises:
        WrongState: nobody works on it: it waits for the resident, or is over.
        Refused: something has just happened, or it was urged today.
    """
    ensure(matter, *OWED)
    if not state.is_allowed(act.at):
        key = "urged_already" if state.times else "too_soon_to_urge"
        raise Refused(key, rule=OFFICE_URGING, number=matter.number, again=state.allowed_from)
    return record(matter, act, Happening.URGED, times=state.times + 1)


def is_above(organisation: Organisation, matter: Matter, actor: Actor) -> bool:
    """Tell whether one of somebody's posts stands above whoever has a case, in its line."""
    if matter.owner is None or matter.owner == actor.person:
        return False
    ladder = organisation.ladder(matter.seat.unit)
    # A worker stands below the whole ladder of the grid.
    above = ladder[ladder.index(matter.seat) + 1 :] if matter.seat in ladder else ladder
    return any(Seat(post.unit, post.role) in above for post in actor.posts)


def instruct(
    matter: Matter, act: Act, words: str, *, organisation: Organisation, actor: Actor
) -> Matter:
    """A level above says in a sentence what is to be done; the owner stays the owner.

    Raises:
        WrongState: it is over.
        Refused: the one who speaks does not stand above whoever has it.
    """
    ensure(matter, *OPEN)
    if not is_above(organisation, matter, actor):
        raise Refused("not_above", number=matter.number)
    return record(matter, act, Happening.INSTRUCTED, text=words, to=matter.owner)
