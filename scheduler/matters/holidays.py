"""Holidays that became known: open deadlines move, and whom it concerns is told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.matters.clock import pauses
from domain.matters.deadlines import stated
from domain.matters.matter import Matter, State
from domain.matters.redating import Calendars, concerns, redate
from domain.matters.rules import ClockRules
from domain.messages import Card, Choice, Line, Message, text
from domain.organisation import Role
from domain.subjects import Subject, open_case
from domain.working_time import WorkCalendar
from storage.database import Tx
from storage.matters.casework import save_matter, set_timer
from storage.matters.matters import list_events
from storage.matters.queries import list_open
from storage.matters.referring import procedure_of
from storage.work import CLOCK, Work
from storage.work_calendars import applied_days, note_applied

#: More open cases than an office ever has.
_ALL = 1_000_000
#: Cases that one message to a member of staff names; the others stand in the to-do list.
_MOST_LINES = 10


async def calendar_before(tx: Tx, calendar: WorkCalendar) -> WorkCalendar:
    """Give the calendar by which the open deadlines were counted.

    Where no one was noted, an earlier version counted: it knew nothing of years without a notice.
    """
    applied = await applied_days(tx)
    if applied is not None:
        holidays, makeup_workdays = applied
    else:
        holidays = frozenset(day for day in calendar.holidays if calendar.knows(day))
        makeup_workdays = calendar.makeup_workdays
    return replace(calendar, holidays=holidays, makeup_workdays=makeup_workdays)


async def apply_calendar(work: Work, write: Tx) -> int:
    """Move the open deadlines to the calendar that holds now; give how many cases that were.

    Done already, it changes nothing.

    Args:
        write: the transaction of the work, to note what was done.
    """
    calendar = work.street.office.calendar
    before = await calendar_before(write, calendar)
    calendars = Calendars(before=before, after=calendar)
    same = (before.holidays, before.makeup_workdays) == (
        calendar.holidays,
        calendar.makeup_workdays,
    )
    if await applied_days(write) is None or not same:
        await note_applied(write, calendar, work.now)
    if same:
        return 0
    moved: list[tuple[Matter, Matter]] = []
    organisation = work.street.organisation
    for matter in await list_open(work.tx, organisation.units, limit=_ALL):
        if not concerns(matter, calendars):
            continue
        stood_still = pauses(await list_events(work.tx, matter.number), matter.dispatched_at)
        procedure = procedure_of(work, matter)
        due = await procedure.redated(work, matter, calendars) if procedure is not None else None
        after = redate(
            matter,
            work.sign(CLOCK, Role.ADMINISTRATOR),
            stood_still=stood_still,
            rules=work.street.rules(ClockRules, matter.community),
            calendars=calendars,
            procedure_due=due,
        )
        if after is matter:
            set_timer(work, matter)  # What lies between may be due at another moment.
            continue
        save_matter(work, after)
        moved.append((matter, after))
    _tell_staff(work, moved)
    for was, now in moved:
        _tell_resident(work, was, now)
    return len(moved)


def _moved(was: Matter, now: Matter) -> tuple[datetime | None, datetime | None] | None:
    """Give the deadline that people see of a matter, as it (was, is); None where it stays."""
    match now.state:
        case State.ASKED:
            pairs = [(was.answer_by, now.answer_by)]
        case State.RESOLVED:
            pairs = [(was.judge_by, now.judge_by)]
        case _:
            pairs = [(was.resolve_by, now.resolve_by)]
            if now.contacted_at is None:
                pairs.append((was.contact_by, now.contact_by))
    return next((pair for pair in pairs if pair[0] != pair[1]), None)


def _tell_staff(work: Work, moved: Sequence[tuple[Matter, Matter]]) -> None:
    """Tell whoever has the cases, and who was told that one is late which is not any more."""
    by_person: dict[str, list[tuple[Matter, Matter]]] = {}
    for was, now in moved:
        if _moved(was, now) is None:
            continue
        above = (
            work.street.organisation.at_seat(was.climbed_to, work.now).person
            if was.climbed_to is not None and now.climbed_to is None
            else None
        )
        for person in {was.owner, above} - {None}:
            if person is not None and person not in now.barred:
                by_person.setdefault(person, []).append((was, now))
    for person, cases in by_person.items():
        work.tell(person, _to_staff(work, cases), about=_subjects(cases))


def _subjects(cases: Sequence[tuple[Matter, Matter]]) -> frozenset[Subject]:
    return frozenset(now.subject for _, now in cases)


def _to_staff(work: Work, cases: Sequence[tuple[Matter, Matter]]) -> Message:
    lines = tuple(
        Line(
            text("matters.moved_case", number=now.number),
            text("matters.moved_from_to", was=pair[0], now=stated(work.street, now, pair[1])),
        )
        for was, now in cases[:_MOST_LINES]
        if (pair := _moved(was, now)) is not None
    )
    todo = Choice(label=text("assignments.to_todo"), action="todo.open", emphasis=True)
    return Message(
        blocks=(
            text("matters.moved_owner", cases=len(cases)),
            Card(title=text("matters.moved_title"), lines=lines),
        ),
        choices=((todo,),),
    )


def _tell_resident(work: Work, was: Matter, now: Matter) -> None:
    """Tell the reporter; who follows is not promised anything, and is not told."""
    pair = _moved(was, now)
    if pair is None or not now.reporter:
        return
    said = text(
        "matters.moved_resident",
        number=now.number,
        was=pair[0],
        now=stated(work.street, now, pair[1]),
    )
    message = Message(blocks=(said,), choices=((open_case(now.number),),))
    work.tell(now.reporter, message, on=now)
