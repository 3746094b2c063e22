"""The two clocks of a matter, and what each of them does when."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.categories import EMERGENCY
from domain.matters import life
from domain.matters.clock import Timer, clocks, next_timer, timer_in, timers
from domain.matters.matter import Matter, Origin, State, Step
from domain.matters.rules import ClockRules
from domain.working_time import deadline
from tests.domain.matters.test_life import at
from tests.domain.office import street
from tests.domain.street import CALENDAR, DAY, HOUR, MORNING, RULES, act, filed

FAR = MORNING + 400 * DAY
#: As often as docs/rules.md says: "climbs eight times", "is called eight times".
EIGHT = 8


def moments(matter: Matter, step: Step, until: datetime = MORNING) -> list[datetime]:
    """Give when a step of a matter is due, in their order."""
    found = timers(matter, RULES, CALENDAR, until)
    return sorted(timer.due_at for timer in found if timer.step is step)


def in_working(allowance: object, start: datetime = MORNING) -> datetime:
    return deadline(start, allowance, CALENDAR)  # type: ignore[arg-type]


def test_both_clocks_begin_with_the_dispatch_and_run_by_urgency() -> None:
    for urgency in (1, 2, EMERGENCY):
        allowed = RULES.by_urgency[urgency]

        assert clocks(urgency, MORNING, RULES, CALENDAR) == (
            in_working(allowed.contact),
            in_working(allowed.resolve),
        )


@pytest.mark.parametrize("state", [State.DISPATCHED, State.ACCEPTED])
def test_a_worker_is_warned_before_each_clock_ends_and_told_when_it_has(state: State) -> None:
    matter = at(state)
    allowed = RULES.by_urgency[1]

    assert moments(matter, Step.CONTACT_SOON) == [
        RULES.soon(matter.contact_by, allowed.contact, CALENDAR)
    ]
    assert moments(matter, Step.CONTACT_DUE) == [matter.contact_by]
    assert moments(matter, Step.RESOLVE_SOON) == [
        RULES.soon(matter.resolve_by, allowed.resolve, CALENDAR)
    ]
    assert moments(matter, Step.RESOLVE_DUE) == [matter.resolve_by]


def test_who_has_contacted_is_not_warned_of_the_first_clock() -> None:
    contacted = life.contact(at(State.ACCEPTED), act())

    assert moments(contacted, Step.CONTACT_SOON) == moments(contacted, Step.CONTACT_DUE) == []
    assert moments(contacted, Step.RESOLVE_DUE) == [contacted.resolve_by]


# --- emergencies ---------------------------------------------------------------------------------


def test_an_emergency_is_called_about_eight_times_quickly_and_then_each_hour() -> None:
    matter = filed(urgency=EMERGENCY)

    calls = moments(matter, Step.ACKNOWLEDGE)

    quick = [MORNING + number * RULES.acknowledge for number in range(1, EIGHT + 1)]
    assert calls[:EIGHT] == quick
    assert calls[EIGHT : EIGHT + 2] == [quick[-1] + HOUR, quick[-1] + 2 * HOUR]
    assert calls[-1] < matter.resolve_by <= calls[-1] + HOUR


@pytest.mark.parametrize(
    "matter",
    [filed(urgency=2), life.accept(filed(urgency=EMERGENCY), act())],
    ids=["not an emergency", "accepted"],
)
def test_only_an_emergency_that_nobody_has_accepted_is_called_about(matter: Matter) -> None:
    assert moments(matter, Step.ACKNOWLEDGE) == []


def test_the_calls_are_numbered() -> None:
    called = [
        timer.round
        for timer in timers(filed(urgency=EMERGENCY), RULES, CALENDAR, MORNING)
        if timer.step is Step.ACKNOWLEDGE
    ]

    assert called == list(range(1, len(called) + 1))


# --- climbs --------------------------------------------------------------------------------------


@pytest.mark.parametrize("urgency", [1, 2, EMERGENCY])
def test_what_is_overdue_climbs_at_its_pace_and_then_is_brought_up_more_rarely(
    urgency: int,
) -> None:
    matter = life.accept(filed(urgency=urgency), act())
    pace = RULES.climb[urgency]

    climbs = moments(matter, Step.CLIMB, FAR)

    at_pace = [matter.resolve_by]
    for _ in range(EIGHT):
        at_pace.append(in_working(pace, at_pace[-1]))
    assert climbs[:EIGHT] == at_pace[1:]
    rarely = climbs[EIGHT] - climbs[EIGHT - 1]
    assert rarely == (DAY if urgency == EMERGENCY else 7 * DAY)  # a day, or a working week
    assert climbs[-1] > FAR


def test_climbs_are_given_up_to_the_first_one_after_a_moment() -> None:
    matter = filed()
    first, second, third = moments(matter, Step.CLIMB, FAR)[:3]

    assert moments(matter, Step.CLIMB, MORNING) == [first]
    assert moments(matter, Step.CLIMB, first - timedelta(microseconds=1)) == [first]
    assert moments(matter, Step.CLIMB, first) == [first, second]
    assert moments(matter, Step.CLIMB, second) == [first, second, third]


def test_the_climbs_are_numbered_from_one() -> None:
    rounds = [
        timer.round for timer in timers(filed(), RULES, CALENDAR, FAR) if timer.step is Step.CLIMB
    ]

    assert rounds == list(range(1, len(rounds) + 1))


# --- what residents owe --------------------------------------------------------------------------


def test_who_is_asked_is_reminded_and_then_the_worker_goes_on() -> None:
    asked = at(State.ASKED)

    assert sorted(timers(asked, RULES, CALENDAR, MORNING), key=lambda one: one.due_at) == [
        Timer(in_working(RULES.unseen), Step.UNSEEN),
        Timer(in_working(RULES.answer_remind), Step.ANSWER_REMIND),
        Timer(asked.answer_by or MORNING, Step.ANSWER_LAPSED),
    ]


def test_who_is_to_judge_is_reminded_and_then_it_is_closed() -> None:
    resolved = at(State.RESOLVED)

    assert sorted(timers(resolved, RULES, CALENDAR, MORNING), key=lambda one: one.due_at) == [
        Timer(in_working(RULES.unseen), Step.UNSEEN),
        Timer(in_working(RULES.judge_remind), Step.JUDGE_REMIND),
        Timer(resolved.judge_by or MORNING, Step.JUDGE_LAPSED),
    ]


def test_a_sign_has_nobody_to_remind_and_closes_by_itself() -> None:
    sign = replace(at(State.RESOLVED), origin=Origin.STAFF)

    assert [timer.step for timer in timers(sign, RULES, CALENDAR, MORNING)] == [Step.JUDGE_LAPSED]


def test_what_was_solved_is_asked_about_once_more() -> None:
    closed = at(State.CLOSED)

    assert list(timers(closed, RULES, CALENDAR, MORNING)) == [
        Timer(MORNING + RULES.recheck, Step.RECHECK)
    ]
    assert list(timers(replace(closed, recheck_at=None), RULES, CALENDAR, MORNING)) == []


# --- the next one --------------------------------------------------------------------------------


def test_the_next_timer_is_the_first_that_has_not_fired() -> None:
    matter = filed()
    first = next_timer(matter, RULES, CALENDAR)
    assert first is not None

    fired = replace(matter, reminded_until=first.due_at)
    second = next_timer(fired, RULES, CALENDAR)

    assert first.step is Step.CONTACT_SOON
    assert second is not None
    assert (second.step, second.due_at) == (Step.CONTACT_DUE, matter.contact_by)


def test_of_two_that_are_due_together_the_same_always_comes_first() -> None:
    resolved = replace(at(State.RESOLVED), judge_by=in_working(RULES.unseen))

    found = next_timer(resolved, RULES, CALENDAR)

    assert found == Timer(in_working(RULES.unseen), Step.JUDGE_LAPSED, 0)


def test_only_what_is_repeated_is_numbered() -> None:
    once = [Step.CONTACT_SOON, Step.CONTACT_DUE, Step.RESOLVE_SOON, Step.RESOLVE_DUE]

    found = timers(filed(urgency=EMERGENCY), RULES, CALENDAR, MORNING)

    assert {timer.round for timer in found if timer.step in once} == {0}


def test_an_ended_matter_has_no_next_timer() -> None:
    assert next_timer(at(State.WITHDRAWN), RULES, CALENDAR) is None


def test_an_office_asks_its_own_rules_of_the_community() -> None:
    matter = at(State.ASKED)
    slow = replace(RULES, unseen=RULES.judge_window, answer_remind=RULES.judge_window)

    usual = timer_in(street(), matter)
    own = timer_in(street(community_rules={"E": {ClockRules: slow}}), matter)

    assert usual is not None
    assert usual.step is Step.UNSEEN
    assert own is not None
    assert own.step is Step.ANSWER_LAPSED
