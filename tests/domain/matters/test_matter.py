"""What a matter says of itself: what comes next, whether it is late, its place in line."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.matters import life
from domain.matters.matter import (
    ENDS,
    OPEN,
    OWED,
    Matter,
    NextAction,
    Particulars,
    Quadrant,
    State,
    quadrant,
    triage_order,
)
from tests.domain.matters.test_life import at
from tests.domain.street import DAY, MORNING, act, filed

MOMENT = timedelta(microseconds=1)


# --- what comes next -----------------------------------------------------------------------------


@pytest.mark.parametrize("state", State)
def test_something_has_to_happen_until_an_end(state: State) -> None:
    over = state in (State.CLOSED, State.WITHDRAWN, State.MERGED)

    assert at(state).is_open is (not over)
    assert (state in ENDS, state in OPEN) == (over, not over)


def test_a_matter_begins_with_nothing_counted_and_its_first_event() -> None:
    matter = filed()

    assert (matter.returns, matter.reopenings, matter.supporters, matter.version) == (0, 0, 0, 0)
    assert [event.seq for event in matter.fresh] == [1, 2]
    assert matter.seq == 2


def test_what_nobody_says_of_a_matter_is_not_so() -> None:
    given = filed()
    told = ("number", "kind", "category", "community", "grid", "origin", "state", "reporter")
    clocks = ("filed_at", "dispatched_at", "contact_by", "resolve_by", "changed_at")
    more = ("importance", "urgency", "seat", "owner", "accountable", "reminded_until")

    bare = Matter(**{name: getattr(given, name) for name in (*told, *clocks, *more)})

    flags = (bare.hide_name, bare.confidential, bare.public_space, bare.unconfirmed, bare.erased)
    assert set(flags) == {False}
    assert (bare.dangers, bare.particulars, bare.head) == ((), Particulars(), b"")


def test_whoever_is_contacted_waits_for_a_solution() -> None:
    accepted = at(State.ACCEPTED)
    contacted = life.contact(accepted, act())

    assert (accepted.next_action, accepted.deadline) == (NextAction.CONTACT, accepted.contact_by)
    assert (contacted.next_action, contacted.deadline) == (
        NextAction.RESOLVE,
        contacted.resolve_by,
    )


def test_what_came_back_after_a_contact_is_owed_by_its_second_clock() -> None:
    back = replace(at(State.DISPATCHED), contacted_at=MORNING)

    assert (back.next_action, back.deadline) == (NextAction.ACCEPT, back.resolve_by)


def test_what_a_resident_owes_has_the_deadline_of_its_question() -> None:
    asked, resolved = at(State.ASKED), at(State.RESOLVED)

    assert asked.deadline == asked.answer_by
    assert resolved.deadline == resolved.judge_by


# --- late ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.DISPATCHED, State.ACCEPTED])
def test_a_worker_is_late_only_after_the_first_clock_has_run_out(state: State) -> None:
    matter = at(state)

    assert not matter.is_overdue(matter.contact_by)
    assert matter.is_overdue(matter.contact_by + MOMENT)


def test_who_has_contacted_is_late_only_after_the_second_clock_has_run_out() -> None:
    contacted = life.contact(at(State.ACCEPTED), act())

    assert not contacted.is_overdue(contacted.contact_by + MOMENT)
    assert not contacted.is_overdue(contacted.resolve_by)
    assert contacted.is_overdue(contacted.resolve_by + MOMENT)


@pytest.mark.parametrize("state", [one for one in State if one not in OWED])
def test_what_is_with_no_worker_makes_none_late(state: State) -> None:
    assert not at(state).is_overdue(MORNING + 300 * DAY)


# --- priority ------------------------------------------------------------------------------------


@pytest.mark.requirement("D-06")
@pytest.mark.parametrize(
    ("importance", "urgency", "expected"),
    [
        (3, 3, Quadrant.IMPORTANT_URGENT),
        (2, 2, Quadrant.IMPORTANT_URGENT),
        (1, 2, Quadrant.URGENT),
        (2, 1, Quadrant.IMPORTANT),
        (1, 1, Quadrant.ORDINARY),
    ],
)
def test_two_scores_give_a_quadrant(importance: int, urgency: int, expected: Quadrant) -> None:
    assert quadrant(importance, urgency) is expected


@pytest.mark.requirement("D-06")
def test_the_same_matters_always_come_in_the_same_order() -> None:
    lamp = filed("2026-00003", importance=1, urgency=2)
    gas = filed("2026-00002", importance=3, urgency=3)
    bench = filed("2026-00001")
    older = replace(bench, number="2026-00009", filed_at=MORNING - DAY)

    orders = {
        tuple(one.number for one in sorted(mixed, key=triage_order))
        for mixed in ([lamp, gas, bench, older], [older, bench, gas, lamp])
    }

    assert orders == {("2026-00002", "2026-00003", "2026-00009", "2026-00001")}


@pytest.mark.requirement("D-06")
def test_the_quadrant_comes_before_the_single_scores() -> None:
    both = filed("2026-00002", importance=2, urgency=2)
    weighty = filed("2026-00001", importance=3, urgency=1)

    assert sorted([weighty, both], key=triage_order) == [both, weighty]


@pytest.mark.requirement("D-06")
def test_danger_to_people_comes_before_everything_however_light_its_category() -> None:
    fire = filed("2026-00002", importance=1, urgency=3)
    weighty = filed("2026-00001", importance=3, urgency=2)

    assert sorted([weighty, fire], key=triage_order) == [fire, weighty]


@pytest.mark.requirement("D-06")
def test_within_a_quadrant_the_more_urgent_then_the_more_important_comes_first() -> None:
    fire = filed("2026-00003", importance=2, urgency=3)
    gas = filed("2026-00002", importance=3, urgency=2)
    lamp = filed("2026-00001", importance=2, urgency=2)

    assert sorted([lamp, gas, fire], key=triage_order) == [fire, gas, lamp]


@pytest.mark.requirement("D-06")
def test_what_came_at_the_same_moment_comes_by_its_number() -> None:
    first, second, third = (filed(f"2026-0000{n}") for n in (1, 2, 3))

    for mixed in ([third, first, second], [second, third, first]):
        assert sorted(mixed, key=triage_order) == [first, second, third]
