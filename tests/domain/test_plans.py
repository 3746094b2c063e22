"""What recurs has one next due moment, and whoever owes it hears before, on and after the day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from domain.organisation import Responsible, Role, Seat
from domain.plans import (
    MOST_CLIMBS,
    Plan,
    PlanRules,
    PlanState,
    Standing,
    Step,
    begin,
    brought_forward,
    climbed,
    done,
    due_on,
    due_step,
    ended,
    given_to,
    next_level,
    next_timer,
    paused,
    resumed,
    retimed,
    standing,
    struck,
)
from domain.subjects import Subject
from tests.domain.street import CALENDAR, LADDER, MORNING, organisation

RULES = PlanRules(soon_share=0.75, late=timedelta(days=1), climb=timedelta(days=2))
MONTH = timedelta(days=30)
DESK = Responsible(Seat("E1", Role.GRID_SECRETARY), "secretary")


def at(day: int, hour: int, month: int = 12) -> datetime:
    """Give a moment of the end of 2026 on the office's clock."""
    return datetime(2026, month, day, hour - 8, tzinfo=UTC)


def plan(every: timedelta = MONTH, **more: object) -> Plan:
    """Begin a plan on Tuesday, 24 November, 09:00."""
    given = begin(
        "p1",
        Subject("outing", "1"),
        unit="E1",
        answers=DESK,
        every=every,
        at=MORNING,
        calendar=CALENDAR,
    )
    return replace(given, **more)  # type: ignore[arg-type]


def steps(one: Plan, until: datetime) -> list[tuple[Step, datetime]]:
    """Let the clock run, and give what it did when."""
    found = []
    while (timer := next_timer(one, RULES, CALENDAR)) and timer.due_at <= until:
        found.append((timer.step, timer.due_at))
        one = struck(one, timer, timer.due_at)
    return found


# --- when it is due ------------------------------------------------------------------------------


def test_it_is_due_at_the_closing_of_the_day_after_so_many_days() -> None:
    assert plan().next_due_at == at(24, 18)


def test_what_falls_on_a_day_off_is_due_before_it_and_never_later() -> None:
    assert due_on(date(2026, 11, 28), CALENDAR) == at(27, 18, month=11)  # a Saturday
    assert due_on(date(2026, 11, 29), CALENDAR) == at(27, 18, month=11)
    assert due_on(date(2026, 11, 30), CALENDAR) == at(30, 18, month=11)


def test_what_was_done_is_due_again_after_the_span_from_that_day() -> None:
    after = done(plan(), at(1, 15), every=timedelta(days=7), calendar=CALENDAR)

    assert after.next_due_at == at(8, 18)
    assert (after.last_done_at, after.round) == (at(1, 15), 2)


def test_what_is_done_on_a_friday_for_a_day_is_not_due_on_the_same_friday() -> None:
    after = done(plan(), at(4, 10), every=timedelta(days=1), calendar=CALENDAR)

    assert after.next_due_at == at(7, 18)


def test_what_was_done_long_before_it_was_planned_is_due_today_and_not_in_the_past() -> None:
    late = begin(
        "p1",
        Subject("outing", "1"),
        unit="E1",
        answers=DESK,
        every=MONTH,
        at=MORNING,
        calendar=CALENDAR,
        last_done=MORNING - timedelta(days=50),
    )

    assert late.next_due_at == at(24, 18, month=11)
    assert standing(late, RULES, CALENDAR, MORNING) is Standing.DUE


def test_what_is_begun_after_closing_is_due_on_the_next_working_day() -> None:
    evening = at(27, 20, month=11)  # a Friday
    late = begin(
        "p1",
        Subject("outing", "1"),
        unit="E1",
        answers=DESK,
        every=MONTH,
        at=evening,
        calendar=CALENDAR,
        last_done=evening - timedelta(days=50),
    )

    assert late.next_due_at == at(30, 18, month=11)


def test_another_rhythm_counts_from_what_was_done_last_and_undoes_no_delay() -> None:
    weekly = retimed(plan(), timedelta(days=7), at(25, 9, month=11), CALENDAR)
    late = retimed(plan(), timedelta(days=60), at(25, 9), CALENDAR)

    assert weekly.next_due_at == at(1, 18)
    assert late.next_due_at == plan().next_due_at
    assert retimed(plan(), MONTH, at(25, 9, month=11), CALENDAR) == plan()


def test_a_round_brings_forward_what_would_be_due_later_and_nothing_else() -> None:
    soon = brought_forward(plan(), date(2026, 11, 26), MORNING, CALENDAR)
    later = brought_forward(plan(), date(2027, 1, 26), MORNING, CALENDAR)
    off = ended(plan(), MORNING)

    assert soon.next_due_at == at(26, 18, month=11)
    assert later == plan()
    assert brought_forward(off, date(2026, 11, 26), MORNING, CALENDAR) == off


# --- what the clock does -------------------------------------------------------------------------


def test_its_owner_hears_before_on_and_after_the_day_and_then_it_climbs() -> None:
    assert steps(plan(), at(31, 9)) == [
        (Step.SOON, at(17, 8)),  # 75 % of the thirty days
        (Step.DUE, at(24, 8)),
        (Step.LATE, at(25, 8)),
        (Step.CLIMB, at(27, 8)),
        (Step.CLIMB, at(29, 8)),
        (Step.CLIMB, at(31, 8)),
    ]


def test_after_four_climbs_it_is_brought_up_once_a_week_without_an_end() -> None:
    found = steps(plan(), at(31, 9) + timedelta(days=60))
    climbs = [moment for step, moment in found if step is Step.CLIMB]
    gaps = [after - before for before, after in pairwise(climbs)]

    assert gaps[: MOST_CLIMBS - 1] == [timedelta(days=2)] * (MOST_CLIMBS - 1)
    assert set(gaps[MOST_CLIMBS - 1 :]) == {timedelta(days=7)}
    assert len(gaps) > MOST_CLIMBS + 3


def test_what_is_due_at_once_is_not_called_soon_first() -> None:
    near = brought_forward(plan(), date(2026, 11, 25), MORNING, CALENDAR)

    assert steps(near, at(26, 9, month=11)) == [
        (Step.DUE, at(25, 8, month=11)),
        (Step.LATE, at(26, 8, month=11)),
    ]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(16, 12), Standing.QUIET),
        (at(17, 8), Standing.SOON),
        (at(23, 23), Standing.SOON),
        (at(24, 0 + 8), Standing.DUE),
        (at(24, 18), Standing.DUE),
        (at(24, 18) + timedelta(microseconds=1), Standing.LATE),
    ],
)
def test_how_it_stands(moment: datetime, expected: Standing) -> None:
    assert standing(plan(), RULES, CALENDAR, moment) is expected


def test_after_a_stop_the_gravest_step_counts_alone_and_it_climbs_one_level() -> None:
    def counts(moment: datetime, one: Plan) -> Step | None:
        timer = due_step(one, RULES, CALENDAR, moment)
        return timer.step if timer else None

    assert counts(at(16, 23), plan()) is None
    assert counts(at(24, 9), plan()) is Step.DUE
    assert counts(at(31, 9), plan()) is Step.LATE
    first = due_step(plan(), RULES, CALENDAR, at(31, 9))
    assert first is not None
    after = struck(plan(), first, at(31, 9))
    assert counts(at(31, 9), after) is None
    assert counts(at(31, 9) + timedelta(days=9), after) is Step.CLIMB


def test_it_is_told_to_one_level_after_the_other_each_a_person() -> None:
    street = organisation(*LADDER)
    told = []
    one = plan()
    while (above := next_level(one, street, MORNING)) is not None:
        told.append(above.person)
        one = climbed(one, above)

    assert told == ["community", "leader", "dispatcher", "street_leader"]


def test_an_empty_post_is_passed_over() -> None:
    street = organisation(*(one for one in LADDER if one.person not in ("community", "leader")))

    above = next_level(plan(), street, MORNING)

    assert above is not None
    assert above.person == "dispatcher"


# --- pauses, ends, other hands -------------------------------------------------------------------


def test_nobody_owes_it_in_a_pause_and_it_goes_on_by_itself() -> None:
    one = paused(plan(), at(28, 9), at(1, 9))

    assert (one.is_owed, standing(one, RULES, CALENDAR, at(26, 9))) == (False, Standing.PAUSED)
    assert steps(one, at(27, 9)) == []
    timer = due_step(one, RULES, CALENDAR, at(28, 9))
    assert timer is not None
    assert timer.step is Step.RESUME
    again = resumed(one, at(28, 9), CALENDAR)
    assert (again.state, again.next_due_at) == (PlanState.RUNNING, at(28, 18))
    assert resumed(plan(), at(28, 9), CALENDAR) == plan()


def test_an_ended_plan_is_quiet_for_ever() -> None:
    over = ended(plan(), MORNING)

    assert next_timer(over, RULES, CALENDAR) is None
    assert due_step(over, RULES, CALENDAR, at(31, 9)) is None
    assert standing(over, RULES, CALENDAR, at(31, 9)) is Standing.ENDED


def test_with_a_new_owner_the_day_stays_and_it_climbs_from_the_new_desk() -> None:
    desk = Responsible(Seat("E", Role.COMMUNITY_SECRETARY), "community")
    told = climbed(plan(), Responsible(Seat("S", Role.DISPATCHER), "dispatcher"))

    moved = given_to(told, desk)

    assert (moved.owner, moved.seat, moved.climbed_to) == ("community", desk.seat, None)
    assert moved.next_due_at == plan().next_due_at
