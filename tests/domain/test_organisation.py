"""Who answers for what: one level at a time, and an empty post is answered for by the one above."""

from dataclasses import replace

import pytest

from domain.organisation import (
    ROLE_OF_STREAM,
    SINGLE_HOLDER,
    UNIT_OF_ROLE,
    Organisation,
    Responsible,
    Role,
    Seat,
    Stream,
    Unit,
    UnitKind,
    problems,
    stream_of,
)
from tests.domain.street import DAY, LADDER, MORNING, UNITS, organisation, post

GRID = Seat("E1", Role.GRID_SECRETARY)
COMMUNITY = Seat("E", Role.COMMUNITY_SECRETARY)
LEADER = Seat("E", Role.ASSIGNED_LEADER)
DISPATCHER = Seat("S", Role.DISPATCHER)
TOP = Seat("S", Role.STREET_LEADER)


@pytest.mark.requirement("G-07")
def test_the_ladder_goes_up_one_level_at_a_time() -> None:
    assert organisation().ladder("E1") == (GRID, COMMUNITY, LEADER, DISPATCHER, TOP)
    assert organisation().ladder("E") == (COMMUNITY, LEADER, DISPATCHER, TOP)
    assert organisation().ladder("S") == (DISPATCHER, TOP)


@pytest.mark.requirement("G-07")
@pytest.mark.parametrize("missing", range(5))
def test_an_empty_post_is_answered_for_by_the_next_one_that_is_held(missing: int) -> None:
    street = organisation(*LADDER[missing:])

    found = street.responsible("E1", MORNING)

    expected = (GRID, COMMUNITY, LEADER, DISPATCHER, TOP)[missing]
    assert found == Responsible(expected, LADDER[missing].person, climbed=missing > 0)


@pytest.mark.requirement("G-07")
def test_while_nobody_holds_any_post_the_grid_waits_for_whoever_joins() -> None:
    assert organisation().responsible("E1", MORNING) == Responsible(GRID, None)


@pytest.mark.requirement("G-07")
def test_each_level_answers_for_the_one_below() -> None:
    street = organisation(*LADDER)
    seats = (GRID, COMMUNITY, LEADER, DISPATCHER, TOP)

    above = [street.above(seat, MORNING) for seat in seats]

    names = [one.person if one else None for one in above]
    assert names == ["community", "leader", "dispatcher", "street_leader", None]


def test_the_level_above_a_worker_is_the_secretary_of_the_grid() -> None:
    street = organisation(*LADDER)

    found = street.above(Seat("E1", Role.GRID_WORKER), MORNING)

    assert found is not None
    assert found.person == "secretary"


def test_who_is_to_be_avoided_is_passed_over() -> None:
    street = organisation(*LADDER)

    assert street.responsible("E1", MORNING, avoid=["secretary"]).person == "community"
    found = street.above(GRID, MORNING, avoid=["community", "leader"])
    assert found is not None
    assert found.person == "dispatcher"


def test_a_seat_beside_the_ladder_falls_back_to_its_unit() -> None:
    clerk = Seat("E", Role.WINDOW_CLERK)

    held = organisation(*LADDER, post("clerk", Role.WINDOW_CLERK, "E")).at_seat(clerk, MORNING)
    empty = organisation(*LADDER).at_seat(clerk, MORNING)

    assert held == Responsible(clerk, "clerk")
    assert empty == Responsible(COMMUNITY, "community", climbed=True)


@pytest.mark.parametrize(("moment", "person"), [(MORNING, "deputy"), (MORNING + DAY, "secretary")])
def test_a_substitute_gets_what_the_holder_would_get_until_the_absence_ends(
    moment: object, person: str
) -> None:
    lent = post(
        "secretary", Role.GRID_SECRETARY, "E1", substitute="deputy", away_until=MORNING + DAY
    )

    found = organisation(lent).responsible("E1", moment)  # type: ignore[arg-type]

    assert found == Responsible(GRID, person)


@pytest.mark.parametrize(
    "change", [{"until": MORNING}, {"since": MORNING + DAY}], ids=["ended", "not begun"]
)
def test_a_post_that_is_not_held_now_answers_for_nothing(change: dict[str, object]) -> None:
    street = organisation(replace(LADDER[0], **change), LADDER[1])  # type: ignore[arg-type]

    assert street.responsible("E1", MORNING).person == "community"


def test_of_several_holders_the_longest_serving_is_asked_first() -> None:
    new = post("new", Role.DISPATCHER, "S", since=MORNING - DAY)
    old = post("old", Role.DISPATCHER, "S", since=MORNING - 3 * DAY)

    street = organisation(new, old)

    assert street.responsible("S", MORNING).person == "old"
    assert [one.person for one in street.holders(DISPATCHER, MORNING)] == ["old", "new"]


@pytest.mark.requirement("G-06")
def test_a_community_without_an_assigned_leader_is_named() -> None:
    street = organisation(*(one for one in LADDER if one.role is not Role.ASSIGNED_LEADER))

    empty = street.empty_seats(MORNING)

    assert LEADER in empty
    assert Seat("W", Role.ASSIGNED_LEADER) in empty
    assert COMMUNITY not in empty


@pytest.mark.requirement("G-06")
def test_each_unit_must_have_its_leading_posts() -> None:
    assert {seat.unit for seat in organisation().empty_seats(MORNING)} == set(UNITS)


def test_a_unit_that_is_not_active_needs_no_posts_and_is_not_offered() -> None:
    closed = {**UNITS, "E2": replace(UNITS["E2"], active=False)}
    street = Organisation(units=closed, posts=())

    assert "E2" not in {seat.unit for seat in street.empty_seats(MORNING)}
    assert [unit.code for unit in street.grids_of("E")] == ["E1"]


@pytest.mark.parametrize(
    ("upper", "lower", "covers"),
    [
        ("S", "E1", True),
        ("E", "E1", True),
        ("E1", "E1", True),
        ("E1", "E", False),
        ("W", "E1", False),
        ("E", "nowhere", False),
    ],
)
def test_a_unit_covers_itself_and_what_is_below(upper: str, lower: str, covers: bool) -> None:
    assert organisation().covers(upper, lower) is covers


def test_a_grid_belongs_to_a_community_and_the_street_to_none() -> None:
    street = organisation()

    assert [unit and unit.code for unit in map(street.community_of, ("E1", "E", "S", "?"))] == [
        "E",
        "E",
        None,
        None,
    ]


def test_without_a_street_there_is_nothing_to_ask() -> None:
    with pytest.raises(LookupError):
        _ = Organisation(units={}, posts=()).street


def test_a_sound_street_has_no_problems() -> None:
    assert problems(UNITS.values()) == []


@pytest.mark.parametrize(
    ("units", "sentence"),
    [
        ([], "exactly one street is needed, 0 are given"),
        ([UNITS["S"], replace(UNITS["S"], code="S2")], "exactly one street is needed, 2 are given"),
        ([UNITS["S"], UNITS["S"]], "S: the code is used twice"),
        ([UNITS["S"], UNITS["E1"]], "E1: a grid belongs to a community"),
        (
            [UNITS["S"], Unit(code="X", kind=UnitKind.COMMUNITY, parent=None, name="X")],
            "X: a community belongs to a street",
        ),
        (
            [UNITS["S"], UNITS["E"], replace(UNITS["E1"], parent="S")],
            "E1: a grid belongs to a community",
        ),
    ],
)
def test_what_keeps_units_from_being_a_street_is_said(units: list[Unit], sentence: str) -> None:
    assert sentence in problems(units)


# --- who is who ----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_an_officer_belongs_to_the_own_stream_and_everybody_else_to_residents_affairs(
    role: Role,
) -> None:
    own = {Role.PARTY_OFFICER: Stream.PARTY, Role.POLICE_OFFICER: Stream.POLICE}

    assert stream_of(role) is own.get(role, Stream.RESIDENTS)


def test_each_stream_has_its_officer_who_belongs_to_it() -> None:
    assert {stream: stream_of(role) for stream, role in ROLE_OF_STREAM.items()} == {
        stream: stream for stream in Stream
    }


def test_the_street_is_found_wherever_it_stands() -> None:
    turned = dict(reversed(UNITS.items()))

    assert organisation().street.code == "S"
    assert Organisation(units=turned, posts=()).street.code == "S"


def test_communities_and_grids_come_in_the_order_of_their_codes() -> None:
    turned = Organisation(units=dict(reversed(UNITS.items())), posts=())

    assert [unit.code for unit in turned.communities] == ["E", "W"]
    assert [unit.code for unit in turned.grids] == ["E1", "E2", "W1"]
    assert [unit.code for unit in turned.grids_of("E")] == ["E1", "E2"]


def test_the_posts_of_a_person_are_those_held_now() -> None:
    street = organisation(
        *LADDER,
        post("secretary", Role.GRID_WORKER, "E2"),
        post("secretary", Role.WINDOW_CLERK, "E", until=MORNING),
    )

    held = street.posts_of("secretary", MORNING)

    assert [(one.unit, one.role) for one in held] == [
        ("E1", Role.GRID_SECRETARY),
        ("E2", Role.GRID_WORKER),
    ]
    assert street.posts_of("stranger", MORNING) == ()


def test_a_post_is_held_from_its_first_moment_until_before_its_last() -> None:
    one = post("secretary", Role.GRID_SECRETARY, "E1", since=MORNING, until=MORNING + DAY)

    moments = (MORNING - DAY / 2, MORNING, MORNING + DAY / 2, MORNING + DAY)
    assert [one.held_at(moment) for moment in moments] == [False, True, True, False]


def test_of_two_who_began_together_the_same_is_always_asked_first() -> None:
    one, other = post("anna", Role.DISPATCHER, "S"), post("bert", Role.DISPATCHER, "S")

    for mixed in ((one, other), (other, one)):
        assert organisation(*mixed).responsible("S", MORNING).person == "anna"


def test_whoever_is_found_above_has_climbed() -> None:
    found = organisation(*LADDER).above(GRID, MORNING)

    assert found == Responsible(COMMUNITY, "community", climbed=True)


def test_an_empty_seat_is_answered_for_by_its_unit_and_that_is_a_climb() -> None:
    assert organisation(*LADDER[1:]).at_seat(GRID, MORNING) == Responsible(
        COMMUNITY, "community", climbed=True
    )


def test_where_all_are_to_be_avoided_nobody_is_above() -> None:
    everybody = [one.person for one in LADDER]

    assert organisation(*LADDER).above(GRID, MORNING, avoid=everybody) is None
    assert organisation(*LADDER).responsible("E1", MORNING, avoid=everybody).person is None


def test_with_a_substitute_who_is_to_be_avoided_the_holder_is_not_asked_either() -> None:
    away = post(
        "secretary", Role.GRID_SECRETARY, "E1", substitute="deputy", away_until=MORNING + DAY
    )

    found = organisation(away, *LADDER[1:]).responsible("E1", MORNING, avoid=["deputy"])

    assert found.person == "community"


def test_a_unit_must_have_one_leading_post_each_and_a_community_two() -> None:
    empty = organisation().empty_seats(MORNING)

    assert {seat.role for seat in empty if seat.unit == "E1"} == {Role.GRID_SECRETARY}
    assert {seat.role for seat in empty if seat.unit == "E"} == {
        Role.COMMUNITY_SECRETARY,
        Role.ASSIGNED_LEADER,
    }
    assert {seat.role for seat in empty if seat.unit == "S"} == {Role.STREET_LEADER}


@pytest.mark.requirement("G-06")
def test_the_posts_that_every_unit_must_have_are_those_with_one_holder() -> None:
    assert {seat.role for seat in organisation().empty_seats(MORNING)} == SINGLE_HOLDER


def test_every_post_of_staff_stands_on_one_level_and_a_ladder_leads_over_them() -> None:
    assert set(UNIT_OF_ROLE) == set(Role) - {Role.RESIDENT}
    for seat in organisation().ladder("E1"):
        assert UNITS[seat.unit].kind is UNIT_OF_ROLE[seat.role]
    of_a_community = {role for role, kind in UNIT_OF_ROLE.items() if kind is UnitKind.COMMUNITY}
    assert set(ROLE_OF_STREAM.values()) <= of_a_community


def test_new_units_are_open_and_no_demonstration_site() -> None:
    unit = Unit(code="X", kind=UnitKind.GRID, parent="E", name="X")

    assert (unit.active, unit.demonstration_site) == (True, False)
