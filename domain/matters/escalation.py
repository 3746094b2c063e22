"""What the clock does when more than one thing is due at once, and who is next on the ladder.

After downtime nobody gets what is stale: of the reminders of one case the gravest one counts, a
case climbs one level and not all at once, and nobody is closed out who was never reminded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from domain.matters.assignment import avoided
from domain.matters.clock import Timer, timers
from domain.matters.matter import Matter, Step
from domain.matters.rules import ClockRules
from domain.organisation import Organisation, Responsible, Role, Seat
from domain.working_time import Allowance, WorkCalendar, deadline

#: Steps of the worker's two clocks; of those that are due together the first one here counts.
_WORKER_STEPS = (
    Step.RESOLVE_DUE,
    Step.CLIMB,
    Step.CONTACT_DUE,
    Step.RESOLVE_SOON,
    Step.CONTACT_SOON,
)
#: The end of a resident's window, and the one reminder that comes before it.
_REMINDER_BEFORE = {
    Step.ANSWER_LAPSED: Step.ANSWER_REMIND,
    Step.JUDGE_LAPSED: Step.JUDGE_REMIND,
}


def due_timers(
    matter: Matter, rules: ClockRules, calendar: WorkCalendar, now: datetime
) -> tuple[Timer, ...]:
    """List the timers that are due and have not fired, the oldest first."""
    due = [
        timer
        for timer in timers(matter, rules, calendar, now)
        if matter.reminded_until < timer.due_at <= now
    ]
    return tuple(sorted(due, key=lambda timer: (timer.due_at, timer.step)))


def what_counts(due: Iterable[Timer]) -> tuple[Timer, ...]:
    """Choose which of the timers that are due together fire; the others are void."""
    first: dict[Step, Timer] = {}
    for timer in due:
        first.setdefault(timer.step, timer)
    grave = [step for step in _WORKER_STEPS if step in first]
    for step in grave[1:]:
        del first[step]
    for end, reminder in _REMINDER_BEFORE.items():
        if end in first and reminder in first:
            del first[end]
        elif end in first:
            first.pop(Step.UNSEEN, None)
    return tuple(first.values())


def with_grace(
    matter: Matter,
    due: Iterable[Timer],
    rules: ClockRules,
    calendar: WorkCalendar,
    now: datetime,
) -> Matter:
    """Give a resident who is reminded only now the time that the reminder leaves ordinarily."""
    steps = {timer.step for timer in due}
    if {Step.ANSWER_REMIND, Step.ANSWER_LAPSED} <= steps:
        left = _less(rules.answer_window, rules.answer_remind)
        return replace(matter, answer_by=deadline(now, left, calendar))
    if {Step.JUDGE_REMIND, Step.JUDGE_LAPSED} <= steps:
        left = _less(rules.judge_window, rules.judge_remind)
        return replace(matter, judge_by=deadline(now, left, calendar))
    return matter


def _less(window: Allowance, reminder: Allowance) -> Allowance:
    left = float(window.hours) - float(reminder.hours)
    return Allowance(hours=left, calendar=window.calendar)


def next_level(
    organisation: Organisation, matter: Matter, step: Step, now: datetime
) -> Responsible | None:
    """Find whom an overdue matter is told to: one level at a time, always a named person.

    A missed deadline goes to the level over the matter's post; each climb goes one level over the
    one told last. None when the top of the street knows already.
    """
    told: Seat | None = matter.climbed_to if step is Step.CLIMB else None
    knows = organisation.at_seat(told, now).person if told is not None else None
    return organisation.above(told or matter.seat, now, avoid=avoided(matter, knows or ""))


def next_on_call(
    organisation: Organisation,
    matter: Matter,
    now: datetime,
    *,
    on_duty: Sequence[str],
    tried: Iterable[str],
) -> Responsible | None:
    """Find who takes up an emergency that nobody accepted: the duty roster, then level by level.

    Args:
        on_duty: who is on duty now, the first to be called first.
        tried: everybody it was given to since its dispatch; whoever has it now included.
    """
    had_it = frozenset(tried)
    callable_now = [one for one in on_duty if one not in matter.barred]
    if callable_now and had_it.isdisjoint(callable_now):
        return Responsible(_duty_seat(organisation), callable_now[0], climbed=True)
    return organisation.above(matter.accountable, now, avoid=had_it | matter.barred)


def _duty_seat(organisation: Organisation) -> Seat:
    # The roster works at the dispatcher's desk, as where an emergency is filed at night.
    return Seat(organisation.street.code, Role.DISPATCHER)
