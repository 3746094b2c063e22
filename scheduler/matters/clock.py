"""The reminders of matters: what the clock does to each, done when its time has come."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from domain.chain import Act
from domain.matters import life, verdicts
from domain.matters.assignment import assignment_messages
from domain.matters.cards import post_name
from domain.matters.clock import timers
from domain.matters.escalation import due_timers, next_level, next_on_call, what_counts, with_grace
from domain.matters.matter import Matter, Step
from domain.matters.rules import ClockRules
from domain.messages import Message, Text, text
from domain.organisation import Role
from scheduler.jobs import ReminderKind
from scheduler.matters.gathering import gather, gather_for_staff
from storage.access_log import Sight
from storage.conversations import was_seen
from storage.database import Tx
from storage.matters.casework import MATTER, reporter_of, save_matter, set_timer
from storage.matters.matters import get_matters, list_events
from storage.organisation import on_duty
from storage.reminders import Reminder
from storage.work import CLOCK, Work


async def _load(tx: Tx, numbers: Sequence[str]) -> Mapping[str, object]:
    return await get_matters(tx, numbers)


async def _handle(work: Work, _reminder: Reminder, loaded: object) -> None:
    """Do everything that is due to a matter; the timers are asked anew, a row may be stale."""
    if not isinstance(loaded, Matter):
        return
    rules = work.street.rules(ClockRules, loaded.community)
    calendar = work.street.office.calendar
    due = due_timers(loaded, rules, calendar, work.now)
    if not due:
        set_timer(work, loaded)
        return
    matter = with_grace(loaded, due, rules, calendar, work.now)
    for timer in what_counts(due):
        matter = await _STEPS[timer.step](work, matter, timer.step)
    fired = max(matter.reminded_until, due[-1].due_at)
    save_matter(work, replace(matter, reminded_until=fired))


KIND = ReminderKind(name=MATTER, load=_load, handle=_handle)


def _act(work: Work) -> Act:
    """Sign what the clock does."""
    return work.sign(CLOCK, Role.ADMINISTRATOR)


# --- the worker's clocks -------------------------------------------------------------------------


async def _soon(work: Work, matter: Matter, step: Step) -> Matter:
    """Remind the owner before a deadline."""
    await gather_for_staff(work, matter.owner, matter, step)
    return matter


async def _late(work: Work, matter: Matter, step: Step) -> Matter:
    """Remind the owner of a missed deadline, and tell the next level."""
    above = next_level(work.street.organisation, matter, step, work.now)
    if above is not None and above.person is not None:
        matter = life.climb(matter, _act(work), seat=above.seat, to=above.person, why=step)
        await gather_for_staff(work, above.person, matter, step)
    await gather_for_staff(work, matter.owner, matter, step)
    if step is Step.RESOLVE_DUE:
        gather(work, matter.reporter, matter, step)
    return matter


# --- emergencies ---------------------------------------------------------------------------------


async def _acknowledge(work: Work, matter: Matter, step: Step) -> Matter:
    """An emergency that nobody accepted goes to the duty roster, then up level by level.

    At the top it stays where it is, and its owner is called again.
    """
    tried = await _had_it(work, matter)
    owed = next_on_call(
        work.street.organisation,
        matter,
        work.now,
        on_duty=await on_duty(work.tx, work.now),
        tried=tried,
    )
    before = matter.owner
    if owed is not None and owed.person is not None:
        matter = life.take_up(matter, _act(work), seat=owed.seat, owner=owed.person)
    if matter.owner is not None:
        await _call(work, matter.owner, matter, step, is_new=matter.owner != before)
    if before is not None and before != matter.owner:
        said = text(
            "reminders.taken_up", number=matter.number, owner=post_name(work.street, matter)
        )
        work.tell(before, Message(blocks=(said,)), on=matter)
    return matter


async def _call(work: Work, person: str, matter: Matter, step: Step, *, is_new: bool) -> None:
    """Renew the card, which waits for nothing; its pictures go to whoever gets it first."""
    actor = work.staff_actor(person)
    reporter = await reporter_of(work, matter, actor, Sight.SENT)
    card, *pictures = assignment_messages(
        work.street, matter, work.now, actor=actor, reporter=reporter
    )
    said = text(
        f"reminders.{step}_owner",
        number=matter.number,
        owner=post_name(work.street, matter),
        due=matter.dispatched_at,
    )
    blocks = (said, *_calls_so_far(work, matter), *card.blocks)
    loud = replace(card, blocks=blocks, anew=False, renews=True)
    work.tell(person, loud, *(pictures if is_new else ()), on=matter)


def _calls_so_far(work: Work, matter: Matter) -> tuple[Text, ...]:
    """Say how often it was called already, and since when: one card stands for all the calls."""
    rules = work.street.rules(ClockRules, matter.community)
    calendar = work.street.office.calendar
    called = sorted(
        timer.due_at
        for timer in timers(matter, rules, calendar, work.now)
        if timer.step is Step.ACKNOWLEDGE and timer.due_at <= work.now
    )
    if len(called) < 2:
        return ()
    return (text("reminders.called_times", count=len(called), first=called[0]),)


async def _had_it(work: Work, matter: Matter) -> frozenset[str]:
    """Name everybody to whom a matter was given since its dispatch."""
    given = [
        event.content.get(name)
        for event in await list_events(work.tx, matter.number)
        for name in ("owner", "to")
        if event.at >= matter.dispatched_at and event.content
    ]
    return frozenset(person for person in (matter.owner, *given) if person)


# --- the resident's answers ----------------------------------------------------------------------


async def _remind_resident(work: Work, matter: Matter, step: Step) -> Matter:
    """Remind once; after that, quiet."""
    gather(work, matter.reporter, matter, step)
    return matter


async def _unseen(work: Work, matter: Matter, step: Step) -> Matter:
    """A message that nobody saw is not silence: the worker is told to phone."""
    if not await _saw(work, matter):
        await gather_for_staff(work, matter.owner, matter, step)
    return matter


async def _answer_lapsed(work: Work, matter: Matter, step: Step) -> Matter:
    """No answer came: the clock runs again, and both sides know."""
    lapsed = life.lapse_question(
        matter,
        _act(work),
        rules=work.street.rules(ClockRules, matter.community),
        calendar=work.street.office.calendar,
    )
    await gather_for_staff(work, lapsed.owner, lapsed, step)
    gather(work, lapsed.reporter, lapsed, step)
    return lapsed


async def _judge_lapsed(work: Work, matter: Matter, step: Step) -> Matter:
    """No verdict came: closed, and counted as what it is."""
    seen = await _saw(work, matter)
    rules = work.street.rules(ClockRules, matter.community)
    lapsed = verdicts.lapse_verdict(matter, _act(work), seen=seen, rules=rules)
    gather(work, lapsed.owner, lapsed, step)
    gather(work, lapsed.reporter, lapsed, step)
    return lapsed


async def _saw(work: Work, matter: Matter) -> bool:
    return await was_seen(work.tx, matter.reporter, matter.subject, matter.changed_at)


_STEPS: Mapping[Step, Callable[[Work, Matter, Step], Awaitable[Matter]]] = {
    Step.ACKNOWLEDGE: _acknowledge,
    Step.CONTACT_SOON: _soon,
    Step.CONTACT_DUE: _late,
    Step.RESOLVE_SOON: _soon,
    Step.RESOLVE_DUE: _late,
    Step.CLIMB: _late,
    Step.ANSWER_REMIND: _remind_resident,
    Step.ANSWER_LAPSED: _answer_lapsed,
    Step.UNSEEN: _unseen,
    Step.JUDGE_REMIND: _remind_resident,
    Step.JUDGE_LAPSED: _judge_lapsed,
    Step.RECHECK: _remind_resident,
}
