"""A need stays open until its effect is on record, and ends with the person's own word."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import Refused, WrongState
from domain.visits.entries import How
from domain.visits.needs import (
    Consented,
    Need,
    NeedState,
    acted,
    confirmed,
    declined,
    found,
    had_effect,
    lapsed,
)
from domain.visits.visits import Area, Visit, VisitState, marked, settled

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
VISIT = Visit(
    id="v",
    entry="e" * 24,
    unit="E1",
    by="worker",
    round=1,
    due_at=NOW,
    how=How.DOOR,
    begun_at=NOW,
)


def need(consented: Consented = Consented.WORKER) -> Need:
    return found("n", VISIT, Area.SAFETY, "装扶手", consented, NOW)


def refusal(act: Callable[[], object]) -> str:
    """Give why something is refused; empty where it is not."""
    try:
        act()
    except Refused as error:
        return error.reason.removeprefix("visits.")
    return ""


def test_a_need_ends_by_action_effect_and_confirmation_in_this_order() -> None:
    done = acted(need(), "装好了", NOW)
    helped = had_effect(done, "扶得住", NOW, helped=True)
    over = confirmed(helped, "worker", NOW, helped=True)

    assert [one.is_open for one in (need(), done, helped, over)] == [True, True, True, False]
    assert (over.state, over.confirmed_by, over.confirmed_at) == (
        NeedState.CONFIRMED,
        "worker",
        NOW,
    )


def test_no_step_is_skipped() -> None:
    assert refusal(lambda: had_effect(need(), "", NOW, helped=True)) == "nothing_done_yet"
    assert refusal(lambda: confirmed(need(), "w", NOW, helped=True)) == "no_effect_yet"
    done = acted(need(), "x", NOW)
    assert refusal(lambda: confirmed(done, "w", NOW, helped=True)) == "no_effect_yet"


def test_what_did_not_help_is_open_again_and_counted() -> None:
    once = had_effect(acted(need(), "x", NOW), "没用", NOW, helped=False)
    helped = had_effect(acted(once, "y", NOW), "好了", NOW, helped=True)
    twice = confirmed(helped, "worker", NOW, helped=False)

    assert (once.state, once.failures) == (NeedState.OPEN, 1)
    assert (twice.state, twice.failures, twice.effect_at) == (NeedState.OPEN, 2, None)


def test_whoever_wants_nothing_done_is_left_alone() -> None:
    assert need(Consented.NOTHING).state is NeedState.DECLINED
    assert declined(acted(need(), "x", NOW)).state is NeedState.DECLINED


def test_what_is_over_stays_over() -> None:
    over = declined(need())

    assert lapsed(over) == over
    assert lapsed(need()).state is NeedState.LAPSED
    for act in (
        lambda: acted(over, "x", NOW),
        lambda: declined(over),
        lambda: confirmed(over, "worker", NOW, helped=True),
        lambda: had_effect(over, "x", NOW, helped=True),
    ):
        with pytest.raises(WrongState):
            act()


def test_words_that_watch_somebody_are_no_need() -> None:
    watched = refusal(lambda: found("n", VISIT, Area.NEEDS, "要稳控住", Consented.WORKER, NOW))

    assert watched == "words_of_control"
    assert refusal(lambda: acted(need(), "已布控", NOW)) == "words_of_control"


# --- visits --------------------------------------------------------------------------------------


def test_a_visit_is_recorded_once() -> None:
    over = settled(marked(VISIT, Area.HEALTH, found=True), VisitState.DONE, NOW)

    assert (over.areas, over.at) == ({Area.HEALTH}, NOW)
    for act in (
        lambda: settled(over, VisitState.DONE, NOW),
        lambda: marked(over, Area.MEANS, found=True),
    ):
        with pytest.raises(WrongState):
            act()


@pytest.mark.parametrize("state", [VisitState.ABSENT, VisitState.DECLINED])
def test_where_nobody_was_seen_nothing_was_found(state: VisitState) -> None:
    over = settled(marked(VISIT, Area.HEALTH, found=True), state, NOW + timedelta(hours=1))

    assert over.areas == frozenset()
    assert over.at == NOW + timedelta(hours=1)


def test_a_mark_twice_is_a_mark_once_and_is_taken_away_whole() -> None:
    twice = marked(marked(VISIT, Area.HEALTH, found=True), Area.HEALTH, found=True)

    assert twice.areas == {Area.HEALTH}
    assert marked(twice, Area.HEALTH, found=False) == VISIT
