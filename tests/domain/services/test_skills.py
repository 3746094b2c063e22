"""Who gets a request that needs a speciality, and who covers for an absent specialist."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.organisation import Organisation, Role, Seat
from domain.services.skills import SKILLS, qualified, specialist
from tests.domain.street import MORNING, organisation, post
from tests.services import skilled
from tests.street import EAST, WEST

HOUR = timedelta(hours=1)
PAPERS = "certificates"


def street(away: str = "") -> Organisation:
    posts = (
        post("clerk", Role.WINDOW_CLERK, EAST),
        post("worker", Role.GRID_WORKER, "E1"),
        post("far", Role.WINDOW_CLERK, WEST),
        post("leader", Role.ASSIGNED_LEADER, EAST),
    )
    return organisation(
        *(
            replace(one, away_until=MORNING + HOUR, substitute="leader")
            if one.person == away
            else one
            for one in posts
        )
    )


BOTH = (skilled("clerk", PAPERS), skilled("worker", "elder_care", PAPERS))


def test_the_specialist_comes_before_who_can_do_it_too() -> None:
    found = qualified(PAPERS, EAST, BOTH[::-1], street(), MORNING)

    assert [one.person for one in found] == ["clerk", "worker"]
    assert found[0].seat == Seat(EAST, Role.WINDOW_CLERK)


def test_an_absent_specialist_is_covered_by_another_qualified_worker_until_coming_back() -> None:
    there = specialist(PAPERS, EAST, BOTH, street("clerk"), MORNING)
    back = specialist(PAPERS, EAST, BOTH, street("clerk"), MORNING + HOUR)

    assert there is not None
    assert there.person == "worker"
    assert back is not None
    assert back.person == "clerk"


def test_where_nobody_else_is_qualified_the_ladder_has_it() -> None:
    assert specialist(PAPERS, EAST, BOTH[:1], street("clerk"), MORNING) is None


@pytest.mark.parametrize("category", ["elder_care", "rubbish"])
def test_what_is_nobodys_main_speciality_stays_with_the_grid(category: str) -> None:
    skills = (skilled("clerk", PAPERS, category), skilled("far", category, unit=WEST))

    assert specialist(category, EAST, skills, street(), MORNING) is None


def test_of_several_the_one_with_the_fewest_cases_gets_it() -> None:
    skills = (skilled("clerk", PAPERS), skilled("worker", PAPERS))

    found = specialist(PAPERS, EAST, skills, street(), MORNING, loads={"clerk": 2, "worker": 1})

    assert found is not None
    assert found.person == "worker"


def test_whoever_must_not_get_it_has_no_post_or_only_leads_is_left_out() -> None:
    skills = (
        skilled("clerk", PAPERS),
        skilled("worker", PAPERS),
        skilled("leader", PAPERS),
        skilled("gone", PAPERS),
    )

    found = qualified(PAPERS, EAST, skills, street(), MORNING, avoid=frozenset({"clerk"}))

    assert [one.person for one in found] == ["worker"]


def test_the_main_speciality_does_not_stand_among_the_others() -> None:
    assert SKILLS.check({"main": PAPERS, "others": ["elder_care"]}) == ()
    assert len(SKILLS.check({"main": PAPERS, "others": [PAPERS]})) == 1
