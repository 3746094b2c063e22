"""What guards the register: the web page alone, rights, and approvals for minors."""

from domain.access.checks import Grant, ensure_may, may
from domain.access.visits import VisitRight
from domain.errors import NotFound, Refused, Stale
from domain.messages import action
from domain.organisation import Unit
from domain.plans import Plan
from domain.visits.basis import MINORS
from domain.visits.entries import Entry
from handlers.turn import Turn
from storage.plans import find_plan
from storage.visits.casework import opens
from storage.visits.entries import find_entry

_SIGN = 6


async def led_away(turn: Turn, verb: str, *arguments: str) -> bool:
    """Lead to the web page what is never shown or taken elsewhere; tell whether it did.

    Whoever asks has shown the right to it before: nobody learns by this what there is.

    Raises:
        Refused: there is no way on.
    """
    if turn.is_among_us:
        return False
    way = turn.features.elsewhere[turn.incoming.side]
    if way is None:
        raise Refused("only_on_the_page")
    await way(turn, action(verb, *arguments))
    return True


def units_for(turn: Turn, right: VisitRight) -> tuple[Unit, ...]:
    """List the grids in which one has a right, in the order of their codes; never none.

    Raises:
        NotAllowed: there is none.
    """
    organisation = turn.street.organisation
    found = tuple(
        grid
        for grid in organisation.grids
        if may(turn.actor, right, organisation, unit=grid.code) is not None
    )
    if not found:
        unit = turn.actor.posts[0].unit if turn.actor.posts else organisation.street.code
        ensure_may(turn.actor, right, organisation, unit=unit)
    return found


async def load_entry(turn: Turn, which: str, right: VisitRight) -> tuple[Entry, Grant]:
    """Load an entry for something one wants to do with it.

    Raises:
        NotFound: there is none that this person may know of.
        NotAllowed: this person knows of it, but may not do this.
    """
    entry = await find_entry(turn.tx, which)
    if entry is None:
        raise NotFound(number=which[:_SIGN].upper())
    grant = ensure_may(turn.actor, right, turn.street.organisation, on=entry)
    turn.about = entry.subject
    return entry, grant


async def ensure_opens(turn: Turn, entry: Entry, plan: Plan | None = None) -> None:
    """Refuse a look at a minor's entry that nobody approved.

    Raises:
        Refused: it says how to ask.
    """
    known = plan or await find_plan(turn.tx, entry.subject)
    if not await opens(turn, entry, turn.person.id, known):
        raise Refused("visits.needs_approval", rule=MINORS)


async def plan_of(turn: Turn, entry: Entry) -> Plan:
    """Give the plan of an active entry.

    Raises:
        Stale: it has none any more.
    """
    plan = await find_plan(turn.tx, entry.subject)
    if plan is None:
        raise Stale
    return plan
