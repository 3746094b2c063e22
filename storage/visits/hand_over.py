"""Entries change hands with the posts to which they belong, with their plans and open needs."""

from collections.abc import Sequence

from domain import plans
from domain.messages import Choice, Message, text
from domain.organisation import Responsible, Seat
from domain.visits.entries import Entry
from storage.hand_over import HandOver, HandsOver, Leaving, Moved
from storage.plans import find_plan, save_plan
from storage.visits.casework import desk_of, record, replan, save_entry, with_owner
from storage.visits.entries import (
    list_owned_entries,
    list_seated_entries,
    list_unowned_entries,
)
from storage.visits.visits import list_needs
from storage.work import Work


async def _left(work: Work, leaving: Leaving) -> Sequence[Entry]:
    owned = await list_owned_entries(work.tx, leaving.person)
    found = [one for one in owned if leaving.gone or one.seat in leaving.seats]
    for seat in leaving.seats if leaving.substitutes else ():
        lent = await list_seated_entries(work.tx, seat)
        found += [one for one in lent if one.owner in leaving.substitutes]
    return found


async def _held(work: Work, seat: Seat, person: str) -> Sequence[Entry]:
    return [one for one in await list_seated_entries(work.tx, seat) if one.owner == person]


async def _waiting(work: Work, person: str) -> Sequence[Entry]:
    unowned = await list_unowned_entries(work.tx)
    return [one for one in unowned if _answerer(work, one).person == person]


def _answerer(work: Work, entry: Entry) -> Responsible:
    return work.street.organisation.responsible(entry.unit, work.now)


def _desk_for(work: Work, entry: Entry, how: HandOver) -> Responsible:
    if how.to is not None and entry.seat in how.seats:
        return how.to
    wished = entry.content.wish.who if entry.content is not None else ""
    desk = desk_of(work, entry.unit, wished) if wished and wished != how.leaving else None
    if desk is not None:
        return desk
    avoid = {how.leaving} if how.leaving else set()
    return work.street.organisation.responsible(entry.unit, work.now, avoid=avoid)


async def _move(work: Work, entries: Sequence[Entry], how: HandOver) -> Sequence[Moved]:
    moved: dict[str | None, int] = {}
    for entry in entries:
        to = _desk_for(work, entry, how)
        if to.person == entry.owner or f"priority {entry.id}" in work.changes.touched:
            continue
        after = with_owner(entry, to)
        save_entry(work, after)
        if after.content is not None:
            await replan(work, after)
        for need in await list_needs(work.tx, entry.id, open_only=True):
            if (plan := await find_plan(work.tx, need.subject)) is not None:
                save_plan(work, plans.given_to(plan, to))
        act = work.sign(how.by, how.role)
        await record(work, act, entry.subject, "visits.handed_over", to=to.person)
        moved[to.person] = moved.get(to.person, 0) + 1
    for owner, count in moved.items():
        if owner is not None:
            show = Choice(label=text("visits.menu"), action="visits.open")
            said = text("visits.came", count=count)
            work.tell(owner, Message(blocks=(said,), choices=((show,),)))
    return [Moved(owner, frozenset()) for owner, count in moved.items() for _ in range(count)]


ENTRIES = HandsOver(name="visits", left=_left, held=_held, waiting=_waiting, move=_move)
