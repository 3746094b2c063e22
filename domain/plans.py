"""What recurs: a thing that has to be done every so many days, by whom, and what comes next.

A plan knows no feature: it belongs to a subject, lies in a unit, and is owed by the holder of a
seat. It has always exactly one next due moment, so that nothing recurring is without a deadline.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.organisation import Organisation, Responsible, Seat
from domain.rules import DatedRules
from domain.subjects import Subject
from domain.working_time import WorkCalendar

#: An overdue plan climbs so often at the pace of the rules; then it is brought up once a week.
MOST_CLIMBS = 4
_WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanRules(DatedRules):
    """When somebody is told of what is due. Source of the defaults: F-65."""

    soon_share: float
    """The share of a span after which its owner is told that it will be due."""
    late: timedelta
    """How long after the due day the level above is told; whole days."""
    climb: timedelta
    """How long each further level has; whole days."""


class PlanState(StrEnum):
    """Whether a plan runs."""

    RUNNING = "running"
    PAUSED = "paused"
    """Nothing is owed until a moment, at which it runs again by itself."""
    ENDED = "ended"


class Standing(StrEnum):
    """How a plan stands at a moment."""

    QUIET = "quiet"
    SOON = "soon"
    DUE = "due"
    """It is the due day."""
    LATE = "late"
    PAUSED = "paused"
    ENDED = "ended"


class Step(StrEnum):
    """What the clock does to a plan."""

    SOON = "soon"
    DUE = "due"
    LATE = "late"
    CLIMB = "climb"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class Timer:
    """When the clock does something to a plan."""

    step: Step
    due_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Something that recurs."""

    id: str
    subject: Subject
    unit: str
    seat: Seat
    """The post that answers for it."""
    owner: str | None
    """Who has it in hand; None only while the whole ladder is unheld."""
    every: timedelta
    """Whole days, from what was done to the next due day."""
    next_due_at: datetime
    last_done_at: datetime | None = None
    round: int = 1
    """Rises each time: a button that belongs to a round that is over does nothing twice."""
    paused_until: datetime | None = None
    climbed_to: Seat | None = None
    climbs: int = 0
    state: PlanState = PlanState.RUNNING
    since: datetime
    """From when the span to the next due moment is counted."""
    reminded_until: datetime
    """The due time of the last timer that fired."""
    version: int = 0

    @property
    def is_owed(self) -> bool:
        """Tell whether somebody owes it."""
        return self.state is PlanState.RUNNING


# --- its life ------------------------------------------------------------------------------------


def due_on(day: date, calendar: WorkCalendar) -> datetime:
    """Give the moment by which something of a day is due: its closing.

    What falls on a day off is due on the working day before it, so that no span gets longer.
    """
    working = day if calendar.is_workday(day) else calendar.add_workdays(day, -1)
    return calendar.closing_of(working)


def begin(
    which: str,
    subject: Subject,
    *,
    unit: str,
    answers: Responsible,
    every: timedelta,
    at: datetime,
    calendar: WorkCalendar,
    last_done: datetime | None = None,
) -> Plan:
    """Begin a plan.

    Args:
        last_done: when it was done before it was planned here; its span counts from then on, and
            what should have been done by now is due today.
    """
    since = min(last_done, at) if last_done is not None else at
    return Plan(
        id=which,
        subject=subject,
        unit=unit,
        seat=answers.seat,
        owner=answers.person,
        every=every,
        next_due_at=_next_due(since, every, at, calendar),
        last_done_at=last_done,
        since=since,
        reminded_until=at,
    )


def _next_due(since: datetime, every: timedelta, at: datetime, calendar: WorkCalendar) -> datetime:
    due = due_on(calendar.day_of(since) + every, calendar)
    today = calendar.day_of(at)
    if calendar.day_of(due) > today:
        return due
    # Neither in the past nor on the day on which it was done: on the first working day after.
    earliest = max(today, calendar.day_of(since) + timedelta(days=1))
    soonest = earliest if calendar.is_workday(earliest) else calendar.add_workdays(earliest, 1)
    if calendar.closing_of(soonest) <= at:
        soonest = calendar.add_workdays(soonest, 1)
    return calendar.closing_of(soonest)


def done(plan: Plan, at: datetime, *, every: timedelta, calendar: WorkCalendar) -> Plan:
    """It was done: the next round begins, and is due after so many days."""
    return replace(
        plan,
        every=every,
        round=plan.round + 1,
        last_done_at=at,
        since=at,
        next_due_at=_next_due(at, every, at, calendar),
        climbed_to=None,
        climbs=0,
        reminded_until=at,
    )


def retimed(plan: Plan, every: timedelta, at: datetime, calendar: WorkCalendar) -> Plan:
    """Change how often it is done; what is late already stays late."""
    if every == plan.every:
        return plan
    due = plan.next_due_at
    if due > at:
        due = _next_due(plan.since, every, at, calendar)
    return replace(plan, every=every, next_due_at=due, reminded_until=at)


def brought_forward(plan: Plan, day: date, at: datetime, calendar: WorkCalendar) -> Plan:
    """Let it be due on a day at the latest; a plan that is due earlier, or paused, stays."""
    due = calendar.closing_of(day)
    if not plan.is_owed or plan.next_due_at <= due:
        return plan
    return replace(plan, next_due_at=due, reminded_until=at)


def paused(plan: Plan, until: datetime, at: datetime) -> Plan:
    """Let nothing be owed until a moment."""
    return replace(
        plan,
        state=PlanState.PAUSED,
        paused_until=until,
        climbed_to=None,
        climbs=0,
        reminded_until=at,
    )


def resumed(plan: Plan, at: datetime, calendar: WorkCalendar) -> Plan:
    """Let it run again: what should have been done meanwhile is due on the next working day."""
    if plan.state is not PlanState.PAUSED:
        return plan
    return replace(
        plan,
        state=PlanState.RUNNING,
        paused_until=None,
        next_due_at=_next_due(plan.since, plan.every, at, calendar),
        reminded_until=at,
    )


def ended(plan: Plan, at: datetime) -> Plan:
    """End it: nothing is owed any more."""
    return replace(plan, state=PlanState.ENDED, paused_until=None, reminded_until=at)


def given_to(plan: Plan, answers: Responsible) -> Plan:
    """Let somebody else owe it; the due moment stays, and it climbs from the new desk."""
    return replace(plan, seat=answers.seat, owner=answers.person, climbed_to=None, climbs=0)


# --- what the clock does -------------------------------------------------------------------------


def standing(plan: Plan, rules: PlanRules, calendar: WorkCalendar, now: datetime) -> Standing:
    """Tell how a plan stands at a moment."""
    if plan.state is not PlanState.RUNNING:
        return Standing.ENDED if plan.state is PlanState.ENDED else Standing.PAUSED
    if now > plan.next_due_at:
        return Standing.LATE
    if calendar.day_of(now) == calendar.day_of(plan.next_due_at):
        return Standing.DUE
    return Standing.SOON if now >= _soon_at(plan, rules, calendar) else Standing.QUIET


def _soon_at(plan: Plan, rules: PlanRules, calendar: WorkCalendar) -> datetime:
    span = plan.next_due_at - plan.since
    return calendar.opening_of(calendar.day_of(plan.since + span * rules.soon_share))


def next_timer(plan: Plan, rules: PlanRules, calendar: WorkCalendar) -> Timer | None:
    """Give what the clock does next to a plan; None for one that has ended."""
    if plan.state is PlanState.ENDED:
        return None
    if plan.state is PlanState.PAUSED:
        return Timer(Step.RESUME, plan.paused_until) if plan.paused_until else None
    return next(one for one in _timers(plan, rules, calendar) if one.due_at > plan.reminded_until)


def _timers(plan: Plan, rules: PlanRules, calendar: WorkCalendar) -> Iterable[Timer]:
    """Go through the timers of a round, the earliest first, without an end."""
    day = calendar.day_of(plan.next_due_at)
    due = calendar.opening_of(day)
    soon = _soon_at(plan, rules, calendar)
    if soon < due:
        yield Timer(Step.SOON, soon)
    yield Timer(Step.DUE, due)
    moment = calendar.opening_of(day + rules.late)
    yield Timer(Step.LATE, moment)
    # Each climb is counted from the one before, by days, so that a change of rules skips none.
    count = 0
    while True:
        count += 1
        day_of = calendar.day_of(moment) + (rules.climb if count <= MOST_CLIMBS else _WEEK)
        moment = calendar.opening_of(day_of)
        yield Timer(Step.CLIMB, moment)


def due_step(plan: Plan, rules: PlanRules, calendar: WorkCalendar, now: datetime) -> Timer | None:
    """Give the one step that counts of those that are due: after a stop the gravest, and one."""
    found: Timer | None = None
    while (timer := next_timer(plan, rules, calendar)) is not None and timer.due_at <= now:
        if timer.step is Step.RESUME:
            return timer
        # It climbs one level after a stop and not all at once; the level above is told first.
        if found is None or (found.step, timer.step) != (Step.LATE, Step.CLIMB):
            found = timer
        plan = replace(plan, reminded_until=timer.due_at)
    return found


def struck(plan: Plan, timer: Timer, now: datetime) -> Plan:
    """Note that a step was taken; what was due before now is void."""
    return replace(plan, reminded_until=max(timer.due_at, now))


def next_level(plan: Plan, organisation: Organisation, now: datetime) -> Responsible | None:
    """Find whom an overdue plan is told to: one level over the one told last, always a person.

    None when the top of the street knows already.
    """
    told = plan.climbed_to
    knows = organisation.at_seat(told, now).person if told is not None else None
    avoid = {one for one in (plan.owner, knows) if one}
    return organisation.above(told or plan.seat, now, avoid=avoid)


def climbed(plan: Plan, to: Responsible) -> Plan:
    """Note which level was told."""
    return replace(plan, climbed_to=to.seat, climbs=plan.climbs + 1)
