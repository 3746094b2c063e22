"""The two clocks of a matter: by when somebody is to be reached, by when it is to be solved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from domain.categories import EMERGENCY
from domain.matters.matter import Event, Happening, Matter, Origin, State, Step
from domain.matters.rules import ClockRules
from domain.street import Street
from domain.working_time import Allowance, WorkCalendar, deadline, extend


@dataclass(frozen=True, slots=True)
class Timer:
    """What the clock will do to a matter next."""

    due_at: datetime
    step: Step
    round: int = 0
    """Which repetition of a climb this is, from 1."""


def clocks(
    urgency: int, start: datetime, rules: ClockRules, calendar: WorkCalendar
) -> tuple[datetime, datetime]:
    """Compute (contact_by, resolve_by) for a matter dispatched at ``start``."""
    allowances = rules.by_urgency[urgency]
    return (
        deadline(start, allowances.contact, calendar),
        deadline(start, allowances.resolve, calendar),
    )


@dataclass(frozen=True, slots=True)
class Pause:
    """The resolution clock stood still.

    That is from a question until its answer, or its lapse; and while a procedure had the matter.
    """

    start: datetime
    end: datetime


def pauses(events: Iterable[Event], since: datetime) -> tuple[Pause, ...]:
    """List the pauses that are over, of those that began since a moment, the oldest first.

    Args:
        events: a matter's chain, the oldest event first.
        since: when the clock began; what stood still before a reopening counts no more.
    """
    found: list[Pause] = []
    began: Event | None = None
    for event in events:
        if event.happening in _RESUMES:
            began = event
        elif began is not None and event.happening in _RESUMES[began.happening]:
            if began.at >= since:
                found.append(Pause(began.at, event.at))
            began = None
    return tuple(found)


#: What lets the clock stand still, and what lets it run again.
_RESUMES: Mapping[Happening, frozenset[Happening]] = {
    Happening.ASKED: frozenset({Happening.ANSWERED, Happening.LAPSED}),
    Happening.REFERRED: frozenset({Happening.CAME_BACK, Happening.RESOLVED}),
}


def due_dates(
    matter: Matter,
    urgency: int,
    stood_still: Sequence[Pause],
    *,
    rules: ClockRules,
    calendar: WorkCalendar,
) -> tuple[datetime, datetime]:
    """Compute (contact_by, resolve_by) from the dispatch on, pauses included.

    Args:
        stood_still: the matter's `pauses` since its dispatch.
    """
    contact_by, resolve_by = clocks(urgency, matter.dispatched_at, rules, calendar)
    for pause in stood_still:
        resolve_by = extend(
            resolve_by,
            paused_from=pause.start,
            paused_until=pause.end,
            allowance=rules.by_urgency[urgency].resolve,
            calendar=calendar,
        )
    return contact_by, resolve_by


def redated(matter: Matter, at: datetime, due: tuple[datetime, datetime]) -> Matter:
    """Give a matter other (contact_by, resolve_by); the clock goes on from a moment.

    A deadline that lies behind it now and was never told of as missed is told of next.
    """
    contact_by, resolve_by = due
    before = [(matter.resolve_by, resolve_by)]
    if matter.contacted_at is None and matter.urgency < EMERGENCY:
        # An emergency is called about until somebody accepts it: that comes first.
        before.append((matter.contact_by, contact_by))
    told_until = min(
        (new - _MOMENT for old, new in before if old > matter.reminded_until and new <= at),
        default=at,
    )
    return replace(
        matter,
        contact_by=contact_by,
        resolve_by=resolve_by,
        reminded_until=max(told_until, matter.dispatched_at),
    )


_MOMENT = timedelta(microseconds=1)


def timers(
    matter: Matter, rules: ClockRules, calendar: WorkCalendar, until: datetime
) -> Iterable[Timer]:
    """Yield what the clock will do to a matter while it stays as it is, in no order.

    An overdue matter climbs without end: its climbs are given up to the first one after ``until``.
    """
    match matter.state:
        case State.DISPATCHED | State.ACCEPTED:
            yield from _worker_timers(matter, rules, calendar)
            yield from _climbs(matter, rules, calendar, until)
        case State.REFERRED:
            # The procedure says by when its step is owed; of the time for it, a share is left.
            span = matter.resolve_by - matter.changed_at
            soon = matter.changed_at + span * rules.soon_share
            yield Timer(soon, Step.RESOLVE_SOON)
            yield Timer(matter.resolve_by, Step.RESOLVE_DUE)
            yield from _climbs(matter, rules, calendar, until)
        case State.ASKED if matter.answer_by:
            yield Timer(
                deadline(matter.changed_at, rules.answer_remind, calendar), Step.ANSWER_REMIND
            )
            yield Timer(deadline(matter.changed_at, rules.unseen, calendar), Step.UNSEEN)
            yield Timer(matter.answer_by, Step.ANSWER_LAPSED)
        case State.RESOLVED if matter.judge_by:
            if matter.origin is not Origin.STAFF:
                yield Timer(
                    deadline(matter.changed_at, rules.judge_remind, calendar), Step.JUDGE_REMIND
                )
                yield Timer(deadline(matter.changed_at, rules.unseen, calendar), Step.UNSEEN)
            yield Timer(matter.judge_by, Step.JUDGE_LAPSED)
        case State.CLOSED if matter.recheck_at:
            yield Timer(matter.recheck_at, Step.RECHECK)


#: An overdue matter that nobody touches has reached the top long before this many climbs. From then
#: on it is brought up more rarely, but never forgotten.
MAX_CLIMBS = 8
#: How long a matter at the top waits until it is brought up again: a working week, and for what is
#: counted in calendar hours a day. Local rule, please confirm.
_AT_THE_TOP = {False: Allowance(hours=40), True: Allowance(hours=24, calendar=True)}


def _worker_timers(matter: Matter, rules: ClockRules, calendar: WorkCalendar) -> Iterable[Timer]:
    allowances = rules.by_urgency[matter.urgency]
    if matter.state is State.DISPATCHED and matter.urgency >= EMERGENCY:
        yield from _calls(matter, rules, calendar)
    if matter.contacted_at is None:
        yield Timer(rules.soon(matter.contact_by, allowances.contact, calendar), Step.CONTACT_SOON)
        yield Timer(matter.contact_by, Step.CONTACT_DUE)
    yield Timer(rules.soon(matter.resolve_by, allowances.resolve, calendar), Step.RESOLVE_SOON)
    yield Timer(matter.resolve_by, Step.RESOLVE_DUE)


def _calls(matter: Matter, rules: ClockRules, calendar: WorkCalendar) -> Iterable[Timer]:
    """Call about an emergency that nobody accepts until it is overdue, and then it climbs."""
    at = matter.changed_at
    for call in count(1):
        if call <= MAX_CLIMBS:
            at += rules.acknowledge
        else:
            at = deadline(at, rules.climb[matter.urgency], calendar)
            if at >= matter.resolve_by:
                return
        yield Timer(at, Step.ACKNOWLEDGE, call)


def _climbs(
    matter: Matter, rules: ClockRules, calendar: WorkCalendar, until: datetime
) -> Iterable[Timer]:
    pace = rules.climb[matter.urgency]
    at = matter.resolve_by
    for climb in count(1):
        at = deadline(at, pace if climb <= MAX_CLIMBS else _AT_THE_TOP[pace.calendar], calendar)
        yield Timer(at, Step.CLIMB, climb)
        if at > until:
            return


def next_timer(matter: Matter, rules: ClockRules, calendar: WorkCalendar) -> Timer | None:
    """Give the first timer that has not fired yet; an open matter always has one."""
    fired = matter.reminded_until
    waiting = [timer for timer in timers(matter, rules, calendar, fired) if timer.due_at > fired]
    return min(waiting, key=lambda timer: (timer.due_at, timer.step), default=None)


def timer_in(street: Street, matter: Matter) -> Timer | None:
    """Give what the clock of an office will do to a matter next."""
    return next_timer(matter, street.rules(ClockRules, matter.community), street.office.calendar)
