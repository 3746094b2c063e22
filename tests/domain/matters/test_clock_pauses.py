"""A change of priority keeps what the clock stood still, and reminders go on rightly after it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.categories import EMERGENCY
from domain.matters import life
from domain.matters.clock import due_dates, next_timer, pauses
from domain.matters.escalation import due_timers, what_counts
from domain.matters.matter import Event, Matter, Step
from domain.working_time import deadline
from tests.domain.street import CALENDAR, DAY, HOUR, MORNING, RULES, act, filed

CLOCKS = {"rules": RULES, "calendar": CALENDAR}


def paused(spans: Sequence[tuple[timedelta, timedelta]], *, lapses: bool = False) -> Matter:
    """Ask so many questions, each from one moment after the dispatch until another."""
    matter = life.accept(filed(), act())
    for start, end in spans:
        matter = life.ask(matter, act(at=MORNING + start), "where?", **CLOCKS)
        ends = act(at=MORNING + end)
        if lapses:
            matter = life.lapse_question(matter, ends, **CLOCKS)
        else:
            matter = life.answer(matter, ends, "there", **CLOCKS)
    return matter


def triaged(
    matter: Matter,
    at: datetime,
    importance: int,
    urgency: int,
    events: Sequence[Event] | None = None,
) -> Matter:
    stood_still = pauses(matter.fresh if events is None else events, matter.dispatched_at)
    return life.triage(
        matter,
        act(at=at),
        importance=importance,
        urgency=urgency,
        reason="as it is",
        pauses=stood_still,
        **CLOCKS,
    )


ONE = [(HOUR, 2 * DAY)]
SEVERAL = [(HOUR, DAY), (DAY + HOUR, 2 * DAY), (2 * DAY + HOUR, 3 * DAY + HOUR)]


@pytest.mark.parametrize("spans", [[], ONE, SEVERAL])
@pytest.mark.parametrize("lapses", [False, True])
def test_importance_alone_moves_nothing(
    spans: list[tuple[timedelta, timedelta]], lapses: bool
) -> None:
    before = paused(spans, lapses=lapses)

    after = triaged(before, MORNING + 4 * DAY, before.importance + 1, before.urgency)

    assert after.importance == before.importance + 1
    for name in ("contact_by", "resolve_by", "reminded_until", "changed_at"):
        assert getattr(after, name) == getattr(before, name)


@pytest.mark.parametrize("spans", [[], ONE, SEVERAL])
@pytest.mark.parametrize("lapses", [False, True])
def test_there_and_back_gives_the_same_deadline(
    spans: list[tuple[timedelta, timedelta]], lapses: bool
) -> None:
    before = paused(spans, lapses=lapses)

    raised = triaged(before, MORNING + 4 * DAY, 1, 2, before.fresh)
    back = triaged(raised, MORNING + 5 * DAY, 1, before.urgency, before.fresh)

    assert back.resolve_by == before.resolve_by
    assert raised.resolve_by < before.resolve_by


def test_another_urgency_has_its_span_and_the_time_that_stood_still() -> None:
    before = paused(ONE)

    raised = triaged(before, MORNING + 3 * DAY, 1, 2)

    bare = deadline(MORNING, RULES.by_urgency[2].resolve, CALENDAR)
    stood_still = CALENDAR.elapsed(MORNING + HOUR, MORNING + 2 * DAY)
    assert raised.resolve_by == CALENDAR.add(bare, stood_still)


def test_what_stood_still_before_a_reopening_counts_no_more() -> None:
    events = paused(ONE).fresh

    assert pauses(events, MORNING + HOUR) != ()
    assert pauses(events, MORNING + 2 * DAY) == ()


def test_a_question_that_is_still_open_is_no_pause_yet() -> None:
    asked = life.ask(life.accept(filed(), act()), act(at=MORNING + HOUR), "where?", **CLOCKS)

    assert pauses(asked.fresh, MORNING) == ()


def test_a_deadline_that_lies_behind_the_change_is_told_of_as_missed() -> None:
    late = MORNING + 6 * DAY
    contacted = life.contact(life.accept(filed(), act()), act())
    assert contacted.resolve_by > late

    raised = triaged(contacted, late, 1, 2)

    assert raised.resolve_by < late
    steps = [timer.step for timer in what_counts(due_timers(raised, RULES, CALENDAR, late))]
    assert steps == [Step.RESOLVE_DUE]


def test_a_deadline_that_was_missed_before_is_not_told_of_twice() -> None:
    late = MORNING + 30 * DAY
    contacted = life.contact(life.accept(filed(), act()), act())
    told = triaged(contacted, late, 1, 2)
    fired = due_timers(told, RULES, CALENDAR, late)[-1].due_at
    told = replace(told, reminded_until=fired)

    again = triaged(told, late + HOUR, 1, 1, ())

    upcoming = next_timer(again, RULES, CALENDAR)
    assert upcoming is not None
    assert upcoming.step is Step.CLIMB


def test_an_emergency_is_called_about_before_its_first_contact_is_missed() -> None:
    raised = triaged(filed(), MORNING + 5 * HOUR, 3, EMERGENCY)

    upcoming = next_timer(raised, RULES, CALENDAR)
    assert upcoming is not None
    assert upcoming.step is Step.ACKNOWLEDGE


def test_without_pauses_the_deadlines_are_those_of_the_dispatch() -> None:
    matter = filed()

    due = due_dates(matter, matter.urgency, (), **CLOCKS)

    assert due == (matter.contact_by, matter.resolve_by)
