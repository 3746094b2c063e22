"""What counts when much is due at once, and who is told next."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from domain.matters.clock import Timer, timers
from domain.matters.escalation import (
    due_timers,
    next_level,
    next_on_call,
    what_counts,
    with_grace,
)
from domain.matters.matter import Matter, State, Step
from domain.organisation import Role, Seat
from domain.working_time import Allowance, deadline
from tests.domain.matters.test_life import at as in_state
from tests.domain.street import (
    CALENDAR,
    DAY,
    HOUR,
    LADDER,
    MORNING,
    RULES,
    filed,
    organisation,
    post,
)
from tests.scheduler.desk import at

STREET = organisation(*LADDER)
COMMUNITY = Seat("E", Role.COMMUNITY_SECRETARY)
LEADER = Seat("E", Role.ASSIGNED_LEADER)
DISPATCHER = Seat("S", Role.DISPATCHER)
TOP = Seat("S", Role.STREET_LEADER)


def due(*steps: Step) -> list[Timer]:
    """Make timers that are due one after the other."""
    return [Timer(at(24, 9, minute), step) for minute, step in enumerate(steps)]


@pytest.mark.parametrize(
    ("together", "counts"),
    [
        ((), set()),
        ((Step.CONTACT_SOON,), {Step.CONTACT_SOON}),
        ((Step.CONTACT_SOON, Step.CONTACT_DUE), {Step.CONTACT_DUE}),
        ((Step.CONTACT_DUE, Step.RESOLVE_SOON), {Step.CONTACT_DUE}),
        ((Step.CONTACT_DUE, Step.RESOLVE_DUE, Step.CLIMB, Step.CLIMB), {Step.RESOLVE_DUE}),
        ((Step.CLIMB, Step.CLIMB), {Step.CLIMB}),
        ((Step.ACKNOWLEDGE, Step.CONTACT_DUE), {Step.ACKNOWLEDGE, Step.CONTACT_DUE}),
        ((Step.UNSEEN, Step.JUDGE_REMIND), {Step.UNSEEN, Step.JUDGE_REMIND}),
        ((Step.UNSEEN, Step.JUDGE_REMIND, Step.JUDGE_LAPSED), {Step.UNSEEN, Step.JUDGE_REMIND}),
        ((Step.UNSEEN, Step.JUDGE_LAPSED), {Step.JUDGE_LAPSED}),
        ((Step.ANSWER_REMIND, Step.ANSWER_LAPSED), {Step.ANSWER_REMIND}),
        ((Step.RECHECK,), {Step.RECHECK}),
    ],
)
def test_of_what_is_due_together_the_gravest_counts_once(
    together: tuple[Step, ...], counts: set[Step]
) -> None:
    chosen = what_counts(due(*together))

    assert {timer.step for timer in chosen} == counts
    assert len(chosen) == len(counts)


# --- what is due ---------------------------------------------------------------------------------


def test_what_is_due_comes_in_its_order_up_to_this_moment() -> None:
    matter = filed()

    just_before = due_timers(matter, RULES, CALENDAR, matter.contact_by - HOUR / 3600)
    just_now = due_timers(matter, RULES, CALENDAR, matter.contact_by)

    assert [timer.step for timer in just_before] == [Step.CONTACT_SOON]
    assert [timer.step for timer in just_now] == [Step.CONTACT_SOON, Step.CONTACT_DUE]


def test_what_has_fired_is_not_due_again() -> None:
    matter = filed()
    fired = replace(matter, reminded_until=matter.contact_by)

    assert due_timers(fired, RULES, CALENDAR, matter.contact_by) == ()


def test_long_after_the_deadline_everything_is_due_the_oldest_first() -> None:
    now = MORNING + 60 * DAY

    due = due_timers(filed(), RULES, CALENDAR, now)

    moments = [timer.due_at for timer in due]
    assert moments == sorted(moments)
    assert moments[-1] <= now
    every = [one for one in timers(filed(), RULES, CALENDAR, now) if one.due_at <= now]
    assert len(due) == len(every)


# --- who is reminded late ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "steps", "field", "hours"),
    [
        (State.ASKED, (Step.ANSWER_REMIND, Step.ANSWER_LAPSED), "answer_by", 40 - 24),
        (State.RESOLVED, (Step.JUDGE_REMIND, Step.JUDGE_LAPSED), "judge_by", 56 - 24),
    ],
)
def test_who_is_reminded_only_now_has_the_time_that_a_reminder_leaves(
    state: State, steps: tuple[Step, ...], field: str, hours: int
) -> None:
    matter, now = in_state(state), MORNING + 30 * DAY

    given = with_grace(matter, due(*steps), RULES, CALENDAR, now)

    assert getattr(given, field) == deadline(now, Allowance(hours=hours), CALENDAR)
    assert replace(given, **{field: getattr(matter, field)}) == matter


@pytest.mark.parametrize(
    "steps",
    [
        (Step.ANSWER_REMIND,),
        (Step.ANSWER_LAPSED,),
        (Step.JUDGE_REMIND,),
        (Step.JUDGE_LAPSED,),
        (Step.ANSWER_REMIND, Step.JUDGE_LAPSED),
        (),
    ],
)
def test_who_was_reminded_in_time_gets_no_more(steps: tuple[Step, ...]) -> None:
    matter = in_state(State.ASKED)

    assert with_grace(matter, due(*steps), RULES, CALENDAR, MORNING + DAY) == matter


# --- who is told next ----------------------------------------------------------------------------


def told_next(matter: Matter, step: Step = Step.CLIMB) -> str | None:
    found = next_level(STREET, matter, step, MORNING)
    return found.person if found else None


@pytest.mark.requirement("G-07")
@pytest.mark.parametrize(
    ("told", "next_one"),
    [
        (None, "community"),
        (COMMUNITY, "leader"),
        (LEADER, "dispatcher"),
        (DISPATCHER, "street_leader"),
        (TOP, None),
    ],
)
def test_each_climb_goes_one_level_over_the_one_told_last(
    told: Seat | None, next_one: str | None
) -> None:
    assert told_next(replace(filed(), climbed_to=told)) == next_one


@pytest.mark.requirement("G-07")
def test_a_missed_deadline_goes_to_the_level_over_the_post_whoever_was_told_before() -> None:
    climbed = replace(filed(), climbed_to=DISPATCHER)

    assert told_next(climbed, Step.RESOLVE_DUE) == "community"
    assert told_next(climbed, Step.CONTACT_DUE) == "community"


def test_nobody_is_told_of_what_they_own_or_were_told_last() -> None:
    both = organisation(
        post("secretary", Role.GRID_SECRETARY, "E1"),
        post("secretary", Role.COMMUNITY_SECRETARY, "E"),
        post("leader", Role.ASSIGNED_LEADER, "E"),
        post("leader", Role.DISPATCHER, "S"),
        post("top", Role.STREET_LEADER, "S"),
    )

    first = next_level(both, filed(), Step.RESOLVE_DUE, MORNING)
    second = next_level(both, replace(filed(), climbed_to=LEADER), Step.CLIMB, MORNING)

    assert first is not None
    assert (first.seat, first.person) == (LEADER, "leader")
    assert second is not None
    assert second.person == "top"


def test_what_nobody_owns_climbs_too() -> None:
    assert told_next(filed(owner=None), Step.RESOLVE_DUE) == "community"


def on_call(on_duty: Sequence[str], *tried: str) -> tuple[Seat, str | None] | None:
    found = next_on_call(STREET, filed(urgency=3), MORNING, on_duty=on_duty, tried=tried)
    return (found.seat, found.person) if found else None


def test_an_emergency_goes_to_the_first_on_duty_and_then_level_by_level() -> None:
    assert on_call(["night", "second"], "secretary") == (DISPATCHER, "night")
    assert on_call(["night"], "secretary", "night") == (COMMUNITY, "community")
    assert on_call([], "secretary") == (COMMUNITY, "community")
    assert on_call([], "secretary", "community", "leader") == (DISPATCHER, "dispatcher")


def test_nobody_is_called_twice_and_at_the_end_there_is_nobody_left() -> None:
    everybody = [one.person for one in LADDER]

    assert on_call(["secretary"], "secretary") == (COMMUNITY, "community")
    assert on_call([], *everybody) is None
