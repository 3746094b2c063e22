"""The office and the organisation as they stand: rules, places, names and posts."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.broadcasts.rules import NoticeRules
from domain.matters.rules import ClockRules
from domain.messages import text
from domain.organisation import Organisation, Role
from domain.places.points import Point
from domain.street import Street
from tests.domain.office import street
from tests.domain.street import LADDER, MORNING, RULES, UNITS, post
from tests.street import square

STREET = street()


def with_boundaries() -> Street:
    """Put the first two grids side by side, each about a kilometre wide."""
    units = {
        **UNITS,
        "E1": replace(UNITS["E1"], boundary=square(113.0, 34.0)),
        "E2": replace(UNITS["E2"], boundary=square(113.01, 34.0)),
    }
    return street(where=Organisation(units=units, posts=LADDER))


@pytest.mark.parametrize(
    ("longitude", "grids"),
    [(113.005, ("E1",)), (113.015, ("E2",)), (113.01, ("E1", "E2")), (113.5, ())],
    ids=["in the first", "in the second", "at the border", "far outside"],
)
def test_a_point_belongs_to_one_grid_near_a_border_to_several_and_outside_to_none(
    longitude: float, grids: tuple[str, ...]
) -> None:
    found = with_boundaries().grids_at(Point(latitude=34.005, longitude=longitude))

    assert found == grids


def test_grids_without_a_boundary_hold_no_point() -> None:
    assert STREET.grids_at(Point(latitude=34.005, longitude=113.005)) == ()


def test_a_community_has_its_own_rules_or_those_of_the_street() -> None:
    own = replace(RULES, max_returns=1)
    changed = street(community_rules={"E": {ClockRules: own}})

    assert changed.rules(ClockRules, "E") is own
    assert changed.rules(ClockRules, "W") is RULES
    assert changed.rules(ClockRules) is RULES


def test_rules_that_nobody_declared_are_missed_at_once() -> None:
    with pytest.raises(LookupError, match="NoticeRules"):
        STREET.rules(NoticeRules, "E")


@pytest.mark.parametrize(
    ("hour", "waking"),
    [(1, 1), (12, 12), (13, 24), (23, 24), (24, 24)],  # in UTC; Shanghai is eight hours ahead
)
def test_nobody_is_disturbed_in_the_night(hour: int, waking: int) -> None:
    midnight = datetime(2026, 11, 24, tzinfo=UTC)

    def at(hours: int) -> datetime:
        return midnight.replace(day=24 + hours // 24, hour=hours % 24)

    assert STREET.waking(at(hour)) == at(waking)


def test_the_year_begins_when_it_begins_here() -> None:
    assert STREET.local_year(datetime(2026, 12, 31, 15, 59, tzinfo=UTC)) == 2026
    assert STREET.local_year(datetime(2026, 12, 31, 16, tzinfo=UTC)) == 2027


def test_units_are_called_by_their_names_and_what_is_gone_is_left_out() -> None:
    assert STREET.names(["E1", "gone", "E"]) == ("第一网格", "东园社区")


def test_a_grid_is_called_after_its_community_and_the_street_is_not_said() -> None:
    units = {**UNITS, "E": replace(UNITS["E"], name_en="East Garden")}
    named = street(where=Organisation(units=units, posts=LADDER))

    assert named.place_name("E1") == text(
        "names.either", zh="东园社区 第一网格", en="East Garden, 第一网格"
    )


def test_staff_are_called_by_their_names_and_nobody_by_none() -> None:
    assert STREET.staff_name("secretary") == "secretary"
    assert STREET.staff_name("stranger") == ""
    assert STREET.staff_name(None) == ""


def test_a_post_is_found_by_its_role_while_it_is_held() -> None:
    two = street(*LADDER, post("secretary", Role.GRID_WORKER, "E2"))
    ended = street(post("secretary", Role.GRID_SECRETARY, "E1", until=MORNING))

    assert two.post_unit("secretary", Role.GRID_SECRETARY, MORNING) == "E1"
    assert two.post_unit("secretary", Role.GRID_WORKER, MORNING) == "E2"
    assert two.post_unit("secretary", Role.DISPATCHER, MORNING) is None
    assert ended.post_unit("secretary", Role.GRID_SECRETARY, MORNING) is None


def test_an_office_is_a_real_one_and_has_no_more_than_it_was_given() -> None:
    office = STREET.office

    assert office.demo is False
    assert (office.phone, office.conduct_contact, office.legal_holds) == ("", "", ())
