"""The rules of a home visit, in every state that it can be in; codes, windows, days."""

from dataclasses import replace
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.documents import Folder
from domain.errors import Refused, WrongState
from domain.organisation import Role, Seat
from domain.services.door import Side, Typed, codes_for, ensure_open, judge, renewed, try_code
from domain.services.home import (
    AGREED,
    HOME,
    PROCEDURE,
    UNDER_WAY,
    HomeDetails,
    agreed,
    copied,
    due,
    home_of,
    reminders,
    windows,
    without_window,
)
from domain.services.orders import Order
from domain.services.rules import HomeRules
from domain.stages import Standing, explore, problems
from domain.working_time import Allowance
from tests.domain.street import CALENDAR, DAY, HOUR, MORNING

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = MORNING.astimezone(ZONE).date()
RULES = HomeRules(
    spans={one: Allowance(hours=8) for one in ("acceptance", "visit", "suspension", "revisit")},
    climb=Allowance(hours=8),
    soon_share=0.75,
    first=timedelta(hours=24),
    last=timedelta(hours=2),
    tries=3,
)


def order(stage: str = "booked", day: date = TODAY, **details: object) -> Order:
    when = agreed(day, (time(14), time(16)), ZONE, MORNING)
    body = HomeDetails(
        what="资格认证",
        principal="李秀英",
        **{**when, "says_worker": "1234", "says_resident": "5678", **details},
    )
    return Order(
        id="o1",
        kind=HOME,
        matter="2026-00001",
        community="E",
        grid="E1",
        resident="ann",
        seat=Seat("E", Role.WINDOW_CLERK),
        owner="clerk",
        standing=Standing(stage=stage, since=MORNING, due_at=MORNING + DAY),
        body=body.as_json(),
        opened_at=MORNING,
        reminded_until=MORNING,
    )


# --- everything that can happen ------------------------------------------------------------------


@pytest.mark.requirement("S-08")
def test_in_every_state_somebody_owes_a_next_step_by_a_deadline_and_it_ends() -> None:
    assert problems(PROCEDURE) == []


@pytest.mark.requirement("S-08")
def test_nobody_comes_without_an_acceptance_and_nothing_ends_without_its_slip() -> None:
    for state in explore(PROCEDURE).states:
        if state.stage in AGREED:
            assert "acceptance" in state.records
        if state.stage in ("revisit", "done"):
            assert {"acceptance", "closing"} <= state.records
        if state.stage == "terminated":
            assert "termination" in state.records


def test_a_suspension_is_left_by_a_new_consent_alone_and_a_time_is_agreed_anew() -> None:
    for of, name, to in explore(PROCEDURE).steps:
        if name == "suspend":
            assert not {"resumption", "acceptance"} & to.records
        if name == "resume":
            assert (of.stage, to.stage) == ("suspended", "asked")


def test_the_resident_can_call_it_off_in_every_state_that_is_under_way() -> None:
    for stage in UNDER_WAY:
        assert "cancel" in {one.name for one in PROCEDURE.moves_in(stage, "principal")}


# --- when ----------------------------------------------------------------------------------------


def test_the_end_of_the_window_is_the_deadline_while_it_is_agreed() -> None:
    booked = order()
    window = home_of(booked).window
    assert window is not None

    assert all(due(booked, one) == window[1] for one in AGREED)
    assert due(booked, "suspended") is None
    assert due(without_window(booked), "booked") is None


def test_both_are_reminded_by_the_rule_before_the_window_and_never_after_it() -> None:
    booked = order()
    window = home_of(booked).window
    assert window is not None

    assert list(reminders(booked, RULES)) == [
        (window[0] - 24 * HOUR, "first"),
        (window[0] - 2 * HOUR, "last"),
    ]
    assert list(reminders(order("at_door"), RULES)) == []
    assert list(reminders(without_window(booked), RULES)) == []


def test_the_hours_of_the_day_are_cut_into_windows_of_two_hours_at_most() -> None:
    found = windows(CALENDAR)

    assert found
    for begins, ends in found:
        assert begins < ends
        assert (ends.hour * 60 + ends.minute) - (begins.hour * 60 + begins.minute) <= 120


def test_a_window_counts_until_its_last_moment() -> None:
    window = (time(14), time(16))
    end = home_of(order()).window
    assert end is not None

    assert agreed(TODAY, window, ZONE, end[1] - timedelta(seconds=1))
    with pytest.raises(Refused):
        agreed(TODAY, window, ZONE, end[1])


# --- codes ---------------------------------------------------------------------------------------


@pytest.mark.requirement("S-08")
def test_each_side_hears_what_the_other_says() -> None:
    resident, worker = codes_for(order(), Side.RESIDENT), codes_for(order(), Side.WORKER)

    assert (resident.mine, resident.theirs) == (worker.theirs, worker.mine)


@pytest.mark.requirement("S-08")
@pytest.mark.parametrize(
    ("away", "refusal"), [(1, "code_early"), (-1, "code_expired"), (30, "code_early")]
)
def test_on_another_day_no_code_counts(away: int, refusal: str) -> None:
    with pytest.raises(Refused) as refused:
        ensure_open(order(), MORNING - away * DAY, ZONE, hall="0371-1")

    assert refused.value.key == f"home.{refusal}"
    assert refused.value.fields["hall"] == "0371-1"


@pytest.mark.parametrize("stage", sorted({"asked", "suspended", "revisit", "done", "terminated"}))
def test_where_nobody_is_to_come_no_code_counts(stage: str) -> None:
    with pytest.raises(WrongState):
        ensure_open(order(stage), MORNING, ZONE, hall="0371-1")


@pytest.mark.requirement("S-08")
@pytest.mark.parametrize("side", Side)
def test_a_code_that_was_wrong_once_voids_both(side: Side) -> None:
    after = judge(order(), side, right=False)

    assert home_of(after).is_warned
    assert not home_of(after).is_checked
    assert (home_of(after).says_worker, home_of(after).says_resident) == ("", "")
    with pytest.raises(Refused):
        ensure_open(after, MORNING, ZONE, hall="0371-1")


def test_the_last_try_is_answered_and_one_more_locks() -> None:
    after, first = try_code(order(), Side.RESIDENT, "0000", 2)
    assert first is Typed.MISTYPED
    assert not home_of(after).is_warned

    right, found = try_code(after, Side.RESIDENT, "1234", 2)
    assert found is Typed.RIGHT
    assert home_of(right).is_checked

    locked, last = try_code(after, Side.RESIDENT, "0000", 2)
    assert last is Typed.LOCKED
    assert home_of(locked).is_warned
    # Void codes are matched by nothing, not even by nothing.
    assert try_code(locked, Side.RESIDENT, "", 9)[1] is not Typed.RIGHT


def test_each_side_has_tries_of_its_own() -> None:
    after, _ = try_code(order(), Side.RESIDENT, "0000", 3)
    after, _ = try_code(after, Side.WORKER, "0000", 3)

    assert (home_of(after).tries_resident, home_of(after).tries_worker) == (1, 1)


def test_new_codes_forget_what_was_judged_and_tried() -> None:
    after = renewed(judge(order(), Side.WORKER, right=False), "1111", "2222")

    ensure_open(after, MORNING, ZONE, hall="")
    assert home_of(after).tries_resident == 0
    assert codes_for(after, Side.WORKER).mine == "1111"


def test_what_was_erased_reads_as_nothing_and_the_copy_holds_no_code() -> None:
    erased = replace(order(), body={})

    assert home_of(erased).window is None
    given = copied(order())
    assert "1234" not in str(given)
    assert "5678" not in str(given)
    assert Folder(subject=erased.subject).documents == ()
