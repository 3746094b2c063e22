"""Where a feature is open: what was decided, over what is configured, now and at a moment."""

from datetime import timedelta

import pytest

from domain.organisation import Organisation
from domain.switches import Switch, SwitchDefault, Switches
from tests.domain.office import street
from tests.domain.street import HOUR, MORNING

MOMENT = timedelta(microseconds=1)
VISITS = "visits"


def switch(unit: str, on: bool, after: timedelta = timedelta()) -> Switch:
    return Switch(
        id=f"{unit} {after}",
        feature=VISITS,
        unit=unit,
        on=on,
        since=MORNING + after,
        by="leader",
        reason="试点",
    )


def test_what_nobody_decided_and_nobody_configured_is_open() -> None:
    nothing = Switches()

    assert nothing.is_on(VISITS, "E")
    assert nothing.ever_off == frozenset()


@pytest.mark.parametrize(
    ("default", "in_east", "in_west"),
    [
        (SwitchDefault(), True, True),
        (SwitchDefault(on=False), False, False),
        (SwitchDefault(on=False, except_in=frozenset({"E"})), True, False),
        (SwitchDefault(on=True, except_in=frozenset({"E"})), False, True),
    ],
)
def test_what_is_configured_holds_where_nobody_decided(
    default: SwitchDefault, in_east: bool, in_west: bool
) -> None:
    given = Switches(defaults={VISITS: default})

    assert (given.is_on(VISITS, "E"), given.is_on(VISITS, "W")) == (in_east, in_west)
    assert (VISITS in given.ever_off) is not (in_east and in_west)


def test_a_decision_holds_for_its_community_alone_and_over_what_is_configured() -> None:
    given = Switches((switch("E", True),), {VISITS: SwitchDefault(on=False)})

    assert given.is_on(VISITS, "E")
    assert not given.is_on(VISITS, "W")
    assert given.is_on("other", "E")


def test_of_several_decisions_the_last_one_holds_in_whatever_order_they_were_read() -> None:
    first, second = switch("E", False), switch("E", True, HOUR)

    for history in ((first, second), (second, first)):
        given = Switches(history)
        assert given.is_on(VISITS, "E")
        assert given.made(VISITS, "E") == (first, second)
        assert given.ever_off == {VISITS}


def test_it_can_be_asked_how_things_stood_at_a_moment() -> None:
    given = Switches((switch("E", False, HOUR), switch("E", True, 2 * HOUR)))

    asked = [HOUR - MOMENT, HOUR, 2 * HOUR - MOMENT, 2 * HOUR]

    stood = [given.is_on(VISITS, "E", MORNING + one) for one in asked]
    assert stood == [True, False, False, True]


def test_a_decision_of_a_process_whose_clock_is_behind_still_comes_last() -> None:
    given = Switches((switch("E", False, HOUR),))

    behind = given.next_moment(VISITS, "E", MORNING)
    ahead = given.next_moment(VISITS, "E", MORNING + 2 * HOUR)

    assert behind == MORNING + HOUR + MOMENT
    assert ahead == MORNING + 2 * HOUR
    assert given.next_moment(VISITS, "W", MORNING) == MORNING


# --- in the street --------------------------------------------------------------------------------


def test_a_grid_has_what_its_community_has_and_the_street_what_any_has() -> None:
    one = street(switches=Switches((switch("E", False),)))
    both = street(switches=Switches((switch("E", False), switch("W", False))))

    assert [one.is_on(VISITS, unit) for unit in ("E", "E1", "W", "W1", "S", None)] == [
        *(False, False, True, True, True, True)
    ]
    assert not both.is_on(VISITS, "S")
    assert not both.is_on(VISITS, None)


def test_closed_is_what_none_of_ones_units_has() -> None:
    given = street(switches=Switches((switch("E", False),)))

    assert given.closed_in(["E1"]) == {VISITS}
    assert given.closed_in(["E1", "W"]) == frozenset()
    assert given.closed_in(["W"]) == frozenset()
    assert given.closed_in([]) == frozenset()
    assert street().closed_in(["E1"]) == frozenset()


def test_a_street_without_communities_has_everything() -> None:
    given = street(where=Organisation(units={}, posts=()), switches=Switches((switch("E", False),)))

    assert given.is_on(VISITS, None)
