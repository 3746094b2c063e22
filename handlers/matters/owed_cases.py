"""What is to be done about cases: by whom, and where."""

from collections.abc import Mapping, Sequence

from domain.access.actors import Actor
from domain.access.checks import knows_of
from domain.matters.cards import place_for
from domain.matters.matter import OWED, Matter, State
from domain.matters.naming import is_danger, row_label, staff_detail
from domain.messages import Side, action
from domain.obligations import Obligation, Tally
from handlers.features import Feature, Owes
from storage.matters.queries import (
    count_by_state,
    list_open,
    list_overdue,
    list_owned,
    list_unowned,
)
from storage.work import Work

#: More open cases than one list has to show; a community has far fewer.
_MOST = 2_000


def owed(work: Work, reader: Actor, case: Matter) -> Obligation:
    """Say what has to be done about an open case."""
    return Obligation(
        subject=case.subject,
        owner=case.owner,
        unit=case.grid,
        due_at=case.deadline or case.resolve_by,
        label=row_label(work.street, case),
        detail=staff_detail(
            work.street, case, work.now, place=place_for(work.street, case, reader)
        ),
        action=action("matters.show", case.number),
        is_overdue=case.is_overdue(work.now),
        is_urgent=is_danger(case),
        waits=case.state not in OWED,
    )


async def _owed_by(work: Work, person: str) -> list[Obligation]:
    owned = await list_owned(work.tx, person, _MOST)
    return _known(work, work.staff_actor(person), owned)


async def _owed_in(work: Work, reader: Actor, grids: Sequence[str]) -> list[Obligation]:
    return _known(work, reader, await list_open(work.tx, grids, limit=_MOST))


def _known(work: Work, reader: Actor, cases: Sequence[Matter]) -> list[Obligation]:
    """Leave out what a reader may not know of, such as a dispute above the own level."""
    organisation = work.street.organisation
    return [owed(work, reader, case) for case in cases if knows_of(reader, organisation, case)]


async def _count(work: Work, grids: Sequence[str]) -> Mapping[str, Tally]:
    """Count the open cases of grids, also those of which the reader may know no more."""
    found = {grid: Tally() for grid in grids}
    for (grid, state), count in (await count_by_state(work.tx, grids)).items():
        waiting = count if state in (State.ASKED, State.RESOLVED) else 0
        found[grid] += Tally(open=count, waiting=waiting)
    late = await list_overdue(work.tx, grids, work.now, _MOST)
    nobodys = await list_unowned(work.tx)
    for case, tally in (
        *((one, Tally(overdue=1)) for one in late),
        *((one, Tally(unowned=1)) for one in nobodys),
    ):
        if case.grid in found:
            found[case.grid] += tally
    return found


FEATURE = Feature(
    name="matters", side=Side.STAFF, owes=Owes(of_person=_owed_by, of_units=_owed_in, count=_count)
)
