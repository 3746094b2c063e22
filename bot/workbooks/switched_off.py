"""What lies on desks of units that an import switches off goes to whoever answers for it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.matters.matter import Matter
from domain.messages import Message, text
from domain.names import unit_called
from domain.organisation import Responsible, Role
from domain.street import Street
from storage.changes import apply
from storage.database import Tx
from storage.hand_over import HandOver
from storage.matters.hand_over import CASES, answerer
from storage.matters.queries import list_open
from storage.registry import HANDS_OVER, PROCEDURES
from storage.work import CLOCK, Numbers, Work

#: More open cases than a grid ever has.
_ALL = 100_000


@dataclass(frozen=True, slots=True)
class Emptied:
    """The open cases of a unit that is switched off, and where they are now."""

    unit: str
    cases: int
    """All that are open in it."""
    moved: int
    """Those that lay on a desk of its own."""
    to: Responsible


async def empty_desks(tx: Tx, street: Street, now: datetime) -> Sequence[Emptied]:
    """Move what is open on desks of switched-off units; where nothing is, nothing changes.

    The cases keep their grid, their deadlines and their words; new owners get their cards.
    """
    organisation = street.organisation
    work = Work(
        tx=tx,
        street=street,
        now=now,
        numbers=Numbers(),
        hands_over=HANDS_OVER,
        procedures=PROCEDURES,
    )
    how = HandOver(by=CLOCK, role=Role.ADMINISTRATOR, reason="switched_off")
    found = []
    for unit in organisation.codes_under(organisation.street.code):
        if organisation.is_active(unit):
            continue
        cases = [one for one in await list_open(tx, [unit], limit=_ALL) if one.grid == unit]
        if not cases:
            continue
        stuck = [one for one in cases if not organisation.is_active(one.seat.unit)]
        to = answerer(work, cases[0])
        moved = await CASES.move(work, stuck, how)
        _tell_former(work, unit, stuck, len(moved))
        found.append(Emptied(unit, len(cases), len(moved), to))
    await apply(tx, [work.changes])
    return found


def _tell_former(work: Work, unit: str, stuck: Sequence[Matter], moved: int) -> None:
    """Tell those who had them that they need not go on."""
    if not moved:
        return
    name = unit_called(unit, work.street.organisation)
    for person in {one.owner for one in stuck}:
        own = sum(one.owner == person and person not in one.barred for one in stuck)
        said = text("posts.cases_went", unit=name, cases=own)
        work.tell(person, Message(blocks=(said,)))
