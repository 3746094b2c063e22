"""An entry of the register is reviewed before its term is over, and ends by itself when it is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain import plans
from domain.messages import Choice, Message, text
from domain.organisation import Role, Seat
from domain.visits.entries import PRIORITY, EndReason, Entry, EntryState, ended
from domain.visits.needs import lapsed
from scheduler.jobs import ReminderKind
from scheduler.visits.gathering import REVIEW as REVIEWS
from storage.database import Tx
from storage.gathered_reminders import Gathered
from storage.plans import find_plan, save_plan
from storage.reminders import Reminder
from storage.visits.casework import EXPIRE, act_of_clock, record, save_entry, save_need
from storage.visits.entries import get_entries
from storage.visits.visits import list_needs
from storage.work import Work


async def _load(tx: Tx, ids: Sequence[str]) -> Mapping[str, object]:
    return await get_entries(tx, ids)


async def _handle(work: Work, reminder: Reminder, loaded: object) -> None:
    if not isinstance(loaded, Entry) or loaded.state is not EntryState.ACTIVE:
        return
    if reminder.step == EXPIRE or loaded.valid_until <= work.now:
        await _expire(work, loaded)
        return
    for person in _reviewers(work, loaded):
        work.changes.save(
            Gathered(
                person=person,
                kind=REVIEWS,
                subject=loaded.subject,
                step=reminder.step,
                not_before=work.street.waking(work.now),
            )
        )
    save_entry(work, replace(loaded, asked_at=work.now))


def _reviewers(work: Work, entry: Entry) -> set[str]:
    """Name who is asked to review an entry: who keeps the register of the grid, and the owner."""
    secretary = work.street.organisation.at_seat(
        Seat(entry.unit, Role.GRID_SECRETARY), work.now
    ).person
    return {one for one in (secretary, entry.owner) if one}


async def _expire(work: Work, entry: Entry) -> None:
    """End an entry that nobody renewed: nothing is owed any more, and somebody hears of it."""
    save_entry(work, ended(entry, EndReason.EXPIRED, work.now))
    plan = await find_plan(work.tx, entry.subject)
    if plan is not None:
        save_plan(work, plans.ended(plan, work.now))
    for one in await list_needs(work.tx, entry.id, open_only=True):
        await save_need(work, lapsed(one))
    await record(work, act_of_clock(work), entry.subject, "visits.expired")
    said = text("visits.has_expired", sign=entry.sign)
    show = Choice(label=text("visits.menu"), action="visits.open")
    for person in _reviewers(work, entry):
        work.tell(person, Message(blocks=(said,), choices=((show,),)))


KIND = ReminderKind(name=PRIORITY, load=_load, handle=_handle)
