"""A matter that a procedure has: its owner, its one deadline, and how it comes back."""

from dataclasses import replace

import pytest

from domain.categories import EMERGENCY, Kind
from domain.errors import Refused, WrongState
from domain.matters import life, merging, referral, verdicts
from domain.matters.clock import next_timer, pauses
from domain.matters.matter import Happening, Matter, State, Step
from domain.organisation import Responsible, Role, Seat
from domain.subjects import Subject
from tests.domain.street import CALENDAR, DAY, HOUR, MORNING, RULES, act, filed

ORDER = Subject("order", "7")
DESK = Seat("E", Role.WINDOW_CLERK)
SECRETARY = Seat("E1", Role.GRID_SECRETARY)
BACK = Responsible(SECRETARY, "secretary")
CLOCKS = {"rules": RULES, "calendar": CALENDAR}


def referred(matter: Matter | None = None, *, after: object = HOUR) -> Matter:
    """Refer a matter an hour after it was filed; its next step is owed in two days."""
    return referral.refer(
        matter or filed(),
        ORDER,
        act(at=MORNING + after),
        seat=DESK,
        owner="agent",
        due_at=MORNING + 2 * DAY,
        what="agency",
    )


def test_the_procedures_owner_and_deadline_are_the_matters() -> None:
    matter = referred()

    assert (matter.owner, matter.seat, matter.referred_to) == ("agent", DESK, ORDER)
    assert matter.deadline == matter.resolve_by == MORNING + 2 * DAY
    assert not matter.is_overdue(MORNING + 2 * DAY)
    assert matter.is_overdue(MORNING + 2 * DAY + HOUR)


def test_who_reported_it_is_told_by_that_so_the_first_clock_stops() -> None:
    assert referred().contacted_at == MORNING + HOUR


def test_it_is_reminded_of_before_and_at_its_deadline_and_then_climbs() -> None:
    matter, steps = referred(), []
    for _ in range(4):
        timer = next_timer(matter, RULES, CALENDAR)
        steps.append(timer.step)
        matter = replace(matter, reminded_until=timer.due_at)

    assert steps == [Step.RESOLVE_SOON, Step.RESOLVE_DUE, Step.CLIMB, Step.CLIMB]


def test_a_new_deadline_counts_anew_and_a_level_above_is_told_only_of_that_one() -> None:
    late = replace(referred(), climbed_to=Seat("E", Role.COMMUNITY_SECRETARY))

    moved = referral.proceed(
        late, act(at=MORNING + 3 * DAY), seat=DESK, owner="agent", due_at=MORNING + 5 * DAY
    )

    assert moved.climbed_to is None
    assert next_timer(moved, RULES, CALENDAR).step is Step.RESOLVE_SOON
    assert next_timer(moved, RULES, CALENDAR).due_at > MORNING + 3 * DAY


def test_a_deadline_that_is_over_already_is_told_of_at_once() -> None:
    moved = referral.proceed(
        referred(), act(at=MORNING + DAY), seat=DESK, owner="agent", due_at=MORNING + 2 * HOUR
    )

    timer = next_timer(moved, RULES, CALENDAR)
    assert (timer.step, timer.due_at) == (Step.RESOLVE_DUE, MORNING + 2 * HOUR)


def test_nothing_new_is_no_event() -> None:
    matter = referred()

    same = referral.proceed(
        matter, act(), seat=matter.seat, owner=matter.owner, due_at=matter.resolve_by
    )

    assert same is matter


@pytest.mark.parametrize("days", [1, 3, 9])
def test_its_own_clock_stands_still_until_it_comes_back(days: int) -> None:
    matter = filed()
    at = MORNING + days * DAY

    back = referral.take_back(referred(matter), act(at=at), "no authority", desk=BACK, **CLOCKS)

    left = CALENDAR.elapsed(MORNING + HOUR, matter.resolve_by)
    assert CALENDAR.elapsed(at, back.resolve_by) == left
    assert (back.state, back.owner, back.seat) == (State.DISPATCHED, "secretary", SECRETARY)
    assert back.referral is None
    stood_still = pauses((*matter.fresh, *back.fresh), matter.dispatched_at)
    assert [(one.start, one.end) for one in stood_still] == [(MORNING + HOUR, at)]


def test_coming_back_says_why() -> None:
    back = referral.take_back(
        referred(), act(at=MORNING + DAY), "no authority", desk=BACK, **CLOCKS
    )

    assert back.fresh[-1].happening is Happening.CAME_BACK
    assert back.fresh[-1].content["reason"] == "no authority"
    with pytest.raises(Refused) as refused:
        referral.take_back(referred(), act(), "  ", desk=BACK, **CLOCKS)
    assert refused.value.reason == "reason_needed"


def test_its_end_is_a_result_that_the_resident_judges() -> None:
    done = referral.conclude(
        referred(), act(at=MORNING + DAY), "certificate handed over", desk=BACK, **CLOCKS
    )

    assert (done.state, done.owner, done.referral) == (State.RESOLVED, "secretary", None)
    assert done.judge_by is not None
    closed = verdicts.judge(done, act(at=MORNING + DAY + HOUR), solved=True, **CLOCKS)
    assert closed.state is State.CLOSED


def test_not_solved_reopens_it_where_it_was_before_the_procedure() -> None:
    done = referral.conclude(referred(), act(at=MORNING + DAY), "done", desk=BACK, **CLOCKS)

    again = verdicts.judge(done, act(at=MORNING + 2 * DAY), solved=False, **CLOCKS)

    assert (again.state, again.owner, again.reopenings) == (State.DISPATCHED, "secretary", 1)
    assert referred(again, after=2 * DAY).state is State.REFERRED


def test_withdrawing_it_ends_the_referral() -> None:
    withdrawn = life.withdraw(referred(), act())

    assert (withdrawn.state, withdrawn.referral, withdrawn.deadline) == (
        State.WITHDRAWN,
        None,
        None,
    )


def test_another_case_may_be_merged_into_it_but_it_into_none() -> None:
    other = filed("2026-00002")

    merged, kept = merging.merge(other, referred(), act(), "the same")

    assert (merged.state, kept.state, kept.supporters) == (State.MERGED, State.REFERRED, 1)
    with pytest.raises(Refused) as refused:
        merging.merge(referred(), other, act(), "the same")
    assert refused.value.reason == "merge_referred"


def test_what_may_be_dangerous_waits_for_no_procedure() -> None:
    with pytest.raises(Refused) as refused:
        referred(filed(urgency=EMERGENCY))

    assert refused.value.reason == "refer_danger"


def test_whoever_has_to_withdraw_from_it_does_not_get_it_by_a_procedure() -> None:
    with pytest.raises(Refused) as refused:
        referred(filed(barred=frozenset({"agent"})))

    assert refused.value.reason == "refer_barred"


@pytest.mark.parametrize(
    ("changes", "may_be"),
    [
        ({}, True),
        ({"kind": Kind.OPINION}, False),
        ({"confidential": True}, False),
        ({"hide_name": True}, False),
        ({"urgency": EMERGENCY}, False),
    ],
)
def test_only_a_calm_and_open_request_is_offered_a_procedure(
    changes: dict[str, object], may_be: bool
) -> None:
    assert referral.may_be_referred(filed(**changes)) is may_be


@pytest.mark.parametrize("state", [State.RESOLVED, State.WITHDRAWN])
def test_what_is_with_no_procedure_has_none_to_go_on(state: State) -> None:
    matter = replace(filed(), state=state)

    with pytest.raises(WrongState):
        referral.proceed(matter, act(), seat=DESK, owner="agent", due_at=MORNING)
    with pytest.raises(WrongState):
        referral.given(matter)
