"""What is to be done about cases: by whom, and where."""

from collections.abc import Mapping, Sequence

from domain.access.checks import knows_of
from domain.categories import HIGH_SCORE
from domain.matters.cards import place_of
from domain.matters.matter import IN_HAND, Matter, State, state_name
from domain.messages import Line, Side, Value, action, text
from domain.names import category_name
from domain.obligations import Obligation, Tally
from domain.subjects import Subject
from handlers.features import Feature, Owes
from handlers.turn import Turn
from storage.matters.queries import (
    count_by_state,
    list_open,
    list_overdue,
    list_owned,
    list_unowned,
)

#: More open cases than one list has to show; a community has far fewer.
_MOST = 2_000


def owed(turn: Turn, case: Matter) -> Obligation:
    """Say what has to be done about an open case."""
    return Obligation(
        subject=Subject("matter", case.number),
        owner=case.owner,
        unit=case.grid,
        due_at=case.deadline or case.resolve_by,
        line=_case_line(turn, case),
        label=text("staff.open", number=case.number),
        action=action("matters.show", case.number),
        is_overdue=case.is_overdue(turn.now),
        is_urgent=case.urgency >= HIGH_SCORE,
        waits=case.state not in IN_HAND,
    )


async def _owed_by(turn: Turn, person: str) -> list[Obligation]:
    owned = await list_owned(turn.tx, person, _MOST)
    return [owed(turn, case) for case in _known(turn, owned)]


async def _owed_in(turn: Turn, grids: Sequence[str]) -> list[Obligation]:
    found = await list_open(turn.tx, grids, limit=_MOST)
    return [owed(turn, case) for case in _known(turn, found)]


def _known(turn: Turn, cases: Sequence[Matter]) -> list[Matter]:
    """Leave out what this reader may not know of, such as a dispute above the own level."""
    organisation = turn.street.organisation
    return [case for case in cases if knows_of(turn.actor, organisation, case)]


def _place(turn: Turn, case: Matter) -> Value:
    """Say where it is; who works in the one grid need not be told which."""
    told = case.particulars.place_text
    own = any(post.unit == case.grid for post in turn.actor.posts)
    return told if own and told else place_of(turn.street, case)


def _case_line(turn: Turn, case: Matter) -> Line:
    category = category_name(turn.street.office.categories.find(case.category), case.category)
    label = text("staff.line", number=case.number, category=category)
    key = "staff.line_due"
    if case.is_overdue(turn.now):
        key = "staff.line_overdue"
    elif case.state not in IN_HAND:
        key = "staff.line_waits"
    value = text(
        key,
        place=_place(turn, case),
        state=state_name(case.state),
        deadline=case.deadline,
    )
    return Line(label, value)


async def _count(turn: Turn, grids: Sequence[str]) -> Mapping[str, Tally]:
    """Count the open cases of grids, also those of which the reader may know no more."""
    found = {grid: Tally() for grid in grids}
    for (grid, state), count in (await count_by_state(turn.tx, grids)).items():
        waiting = count if state in (State.ASKED, State.RESOLVED) else 0
        found[grid] += Tally(open=count, waiting=waiting)
    late = await list_overdue(turn.tx, grids, turn.now, _MOST)
    nobodys = await list_unowned(turn.tx)
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
