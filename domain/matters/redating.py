"""Open deadlines move when holidays become known after they were counted.

A deadline is so much working time from its beginning. The same time is counted anew by the calendar
that holds now; what runs on the calendar's hours stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.chain import Act
from domain.matters.chain import record
from domain.matters.clock import Pause, due_dates
from domain.matters.matter import Happening, Matter, Referral
from domain.matters.rules import ClockRules
from domain.working_time import WorkCalendar

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendars:
    """The calendar by which deadlines were counted, and the one that holds now."""

    before: WorkCalendar
    after: WorkCalendar

    def differ(self, start: datetime, end: datetime) -> bool:
        """Tell whether the working time between two moments is another one now."""
        return self.before.elapsed(start, end) != self.after.elapsed(start, end)

    def move(self, start: datetime, due: datetime | None) -> datetime | None:
        """Count a deadline anew from its beginning; one that no difference touches stays."""
        if due is None or due <= start or not self.differ(start, due):
            return due
        return self.after.add(start, self.before.elapsed(start, due))


def concerns(matter: Matter, calendars: Calendars) -> bool:
    """Tell whether any deadline of a matter may move."""
    own = matter.referral.resolve_by if matter.referral is not None else None
    last = max(
        due
        for due in (matter.contact_by, matter.resolve_by, own, matter.answer_by, matter.judge_by)
        if due is not None
    )
    # Days that change sides can cancel out over the whole and still move what lies between.
    days = calendars.before.holidays ^ calendars.after.holidays
    days |= calendars.before.makeup_workdays ^ calendars.after.makeup_workdays
    first, end = (calendars.after.day_of(moment) for moment in (matter.dispatched_at, last))
    return any(first <= day <= end for day in days)


def redate(
    matter: Matter,
    act: Act,
    *,
    stood_still: Sequence[Pause],
    rules: ClockRules,
    calendars: Calendars,
    procedure_due: datetime | None = None,
) -> Matter:
    """Move what of an open matter's deadlines the new calendar moves; else the same matter.

    Args:
        stood_still: its `domain.matters.clock.pauses` since the dispatch.
        procedure_due: by when the procedure that has it owes its next step by the new calendar.
    """
    if matter.referral is not None:
        return _redate_referred(matter, act, matter.referral, procedure_due, rules, calendars)
    allowances = rules.by_urgency[matter.urgency]
    contact_by, resolve_by = matter.contact_by, matter.resolve_by
    counted = due_dates(matter, matter.urgency, stood_still, rules=rules, calendar=calendars.before)
    anew = due_dates(matter, matter.urgency, stood_still, rules=rules, calendar=calendars.after)
    if not allowances.contact.calendar:
        contact_by = calendars.move(matter.dispatched_at, contact_by) or contact_by
    if not allowances.resolve.calendar:
        # Where the rules changed since, what was promised is moved, not counted by other rules.
        moved = calendars.move(matter.dispatched_at, resolve_by) or resolve_by
        resolve_by = anew[1] if counted[1] == resolve_by else moved
    answer_by = calendars.move(matter.changed_at, matter.answer_by)
    judge_by = calendars.move(matter.changed_at, matter.judge_by)
    due = (contact_by, resolve_by, answer_by, judge_by)
    was = (matter.contact_by, matter.resolve_by, matter.answer_by, matter.judge_by)
    if due == was:
        return matter
    moved_matter = replace(
        matter,
        contact_by=contact_by,
        resolve_by=resolve_by,
        answer_by=answer_by,
        judge_by=judge_by,
        reminded_until=_untold(matter, was, due),
    )
    if matter.is_overdue(act.at) and not moved_matter.is_overdue(act.at):
        moved_matter = replace(moved_matter, climbed_to=None)
    return record(moved_matter, act, Happening.REDATED)


def _redate_referred(
    matter: Matter,
    act: Act,
    referral: Referral,
    procedure_due: datetime | None,
    rules: ClockRules,
    calendars: Calendars,
) -> Matter:
    """Move the procedure's deadline, and the own one that stands still."""
    own = referral.resolve_by
    if not rules.by_urgency[matter.urgency].resolve.calendar:
        own = calendars.move(matter.dispatched_at, own) or own
    due = procedure_due or matter.resolve_by
    if (own, due) == (referral.resolve_by, matter.resolve_by):
        return matter
    moved = replace(
        matter,
        resolve_by=due,
        referral=replace(referral, resolve_by=own),
        reminded_until=_untold(matter, (matter.resolve_by,), (due,)),
    )
    if matter.is_overdue(act.at) and not moved.is_overdue(act.at):
        moved = replace(moved, climbed_to=None)
    return record(moved, act, Happening.REDATED)


def _untold(
    matter: Matter,
    was: Sequence[datetime | None],
    due: Sequence[datetime | None],
) -> datetime:
    """Let what moved behind the last reminder, and was not told of, be told of next."""
    behind = [
        new - _MOMENT
        for old, new in zip(was, due, strict=True)
        if old is not None
        and new is not None
        and old > matter.reminded_until
        and new <= matter.reminded_until
    ]
    return min([matter.reminded_until, *behind])
