"""Cases change hands with the posts to which they belong, and so does the help asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.chain import Act
from domain.matters import life
from domain.matters.alarms import unit_of_case
from domain.matters.assignment import helper, moved_desk, past_barred
from domain.matters.matter import IN_HAND, Matter
from domain.matters.referral import proceed
from domain.matters.standing_in import RETURNS, in_hand_since
from domain.messages import Choice, Message, action, text
from domain.organisation import Responsible, Seat
from storage.hand_over import HandOver, HandsOver, Leaving, Moved
from storage.matters.casework import save_matter, send_card, tell_step
from storage.matters.help_requests import Part, list_asked
from storage.matters.matters import get_matters, list_events
from storage.matters.queries import list_owned, list_seated, list_unowned
from storage.matters.referring import procedure_of
from storage.work import Work

#: Of more cases than this, a new owner gets the list instead of the cards.
_MOST_CARDS = 3
#: More open cases than anybody can have at once.
_ALL = 10_000


# --- cases ---------------------------------------------------------------------------------------


async def _left(work: Work, leaving: Leaving) -> Sequence[Matter]:
    """List the cases of the ended desks, and all if no post remains."""
    owned = await list_owned(work.tx, leaving.person, _ALL)
    cases = [case for case in owned if leaving.gone or case.seat in leaving.seats]
    for seat in leaving.seats if leaving.substitutes else ():
        lent = await list_seated(work.tx, seat, _ALL)
        cases += [case for case in lent if case.owner in leaving.substitutes]
    return cases


async def _held(work: Work, seat: Seat, person: str) -> Sequence[Matter]:
    return [case for case in await list_seated(work.tx, seat, _ALL) if case.owner == person]


async def _waiting(work: Work, person: str) -> Sequence[Matter]:
    unowned = await list_unowned(work.tx, _ALL)
    return [case for case in unowned if answerer(work, case).person == person]


def answerer(work: Work, case: Matter) -> Responsible:
    """Find who answers for a case by the unit that it belongs to."""
    organisation = work.street.organisation
    return organisation.responsible(unit_of_case(case), work.now, avoid=case.barred)


def _desk_for(work: Work, case: Matter, how: HandOver) -> Responsible:
    organisation = work.street.organisation
    if how.to is not None and case.seat in how.seats:
        found = how.to
    elif how.leaving is not None:
        found = moved_desk(organisation, case, work.now, leaving=how.leaving)
    else:
        found = answerer(work, case)
    return past_barred(organisation, case, found, work.now)


async def _move(work: Work, cases: Sequence[Matter], how: HandOver) -> Sequence[Moved]:
    """Give cases to other desks: an event each, news for the residents, cards for the new owners.

    One that this work has moved already stays where it is.
    """
    moved: dict[str | None, list[Matter]] = {}
    for case in cases:
        owed = _desk_for(work, case, how)
        if owed.person == case.owner or f"matter {case.number}" in work.changes.touched:
            continue
        act = work.sign(how.by, how.role)
        after = await _moved(work, case, act, how, owed)
        if (procedure := procedure_of(work, after)) is not None:
            await procedure.handed_over(work, after, act)
        save_matter(work, after)
        await tell_step(work, after, "assignments.told_reassigned")
        moved.setdefault(owed.person, []).append(after)
    for owner, taken in moved.items():
        if owner is not None:
            await _tell_owner(work, owner, taken, is_told=owner == how.told)
    return [Moved(case.owner, case.barred) for taken in moved.values() for case in taken]


async def _in_hand(work: Work, case: Matter, how: HandOver, owed: Responsible) -> datetime | None:
    """Tell since when whoever comes back to a case has it in hand; None for anybody else."""
    is_back = how.reason in RETURNS and how.to is not None and how.to.person == owed.person
    if not is_back or case.state not in IN_HAND:
        return None
    return in_hand_since(case, await list_events(work.tx, case.number), owed.person)


async def _moved(work: Work, case: Matter, act: Act, how: HandOver, owed: Responsible) -> Matter:
    """Put a case on another desk; one that a procedure has moves with that."""
    if case.referral is not None:
        return proceed(case, act, seat=owed.seat, owner=owed.person, due_at=case.resolve_by)
    return life.reassign(
        case,
        act,
        seat=owed.seat,
        owner=owed.person,
        reason=how.reason,
        in_hand_since=await _in_hand(work, case, how, owed),
    )


async def _tell_owner(work: Work, owner: str, taken: Sequence[Matter], *, is_told: bool) -> None:
    """Tell somebody that cases came, with their cards where they are few."""
    if not is_told:
        show = Choice(label=text("staff.todo"), action=action("todo.open"), emphasis=True)
        said = text("posts.cases_came", cases=len(taken))
        work.tell(owner, Message(blocks=(said,), choices=((show,),)))
    if len(taken) <= _MOST_CARDS:
        for case in taken:
            await send_card(work, case)


CASES = HandsOver(name="cases", left=_left, held=_held, waiting=_waiting, move=_move)


# --- help ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """Help that was asked for, with its case."""

    part: Part
    case: Matter

    @property
    def barred(self) -> frozenset[str]:
        return self.case.barred


async def _asked_of(work: Work, leaving: Leaving) -> Sequence[_Asked]:
    if not leaving.gone:
        return ()
    asked = await list_asked(work.tx, leaving.person, _ALL)
    known = await get_matters(work.tx, [part.number for part in asked])
    return [_Asked(part, known[part.number]) for part in asked if known[part.number].is_open]


async def _pass_on(work: Work, asked: Sequence[_Asked], how: HandOver) -> Sequence[Moved]:
    """Give open requests for help to whoever answers for the stream now."""
    moved = []
    for one in asked:
        part, case = one.part, one.case
        found = helper(work.street.organisation, case, part.stream, work.now, asker=part.asked_by)
        if found is None or found.person is None:
            continue
        work.changes.save(replace(part, helper=found.person))
        moved.append(Moved(found.person, case.barred))
        said = text("posts.help_passed_on", number=part.number)
        show = Choice(
            label=text("assignments.parts"), action=action("matters.parts"), emphasis=True
        )
        work.tell(found.person, Message(blocks=(said,), choices=((show,),)), on=case)
    return moved


HELP = HandsOver(name="help", left=_asked_of, move=_pass_on)
