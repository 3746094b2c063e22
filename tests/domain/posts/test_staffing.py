"""How posts are filled, lent and ended."""

from dataclasses import replace

import pytest

from domain.access.posts import PostRight
from domain.access.rights import Right
from domain.errors import Refused
from domain.organisation import UNIT_OF_ROLE, Role, Seat, UnitKind
from domain.posts.staffing import (
    RANK,
    colleagues,
    give_back,
    invitable_roles,
    join,
    leaving,
    lend,
    may_staff,
    staffed_units,
    stood_in_for,
    with_posts,
)
from tests.domain.street import DAY, LADDER, MORNING, UNITS, organisation, post, staff

STREET = organisation(*LADDER, post("worker", Role.GRID_WORKER, "E1"))
ADMIN = organisation(*LADDER, post("admin", Role.ADMINISTRATOR, "S"))


def test_every_role_of_staff_has_its_rank() -> None:
    assert set(RANK) == set(Role) - {Role.RESIDENT}


@pytest.mark.parametrize(
    ("person", "seat", "allowed"),
    [
        ("community", Seat("E1", Role.GRID_SECRETARY), True),
        ("community", Seat("E", Role.WINDOW_CLERK), True),
        ("community", Seat("E", Role.COMMUNITY_SECRETARY), False),
        ("community", Seat("E", Role.ASSIGNED_LEADER), False),
        ("community", Seat("W1", Role.GRID_SECRETARY), False),
        ("community", Seat("S", Role.DISPATCHER), False),
        ("street_leader", Seat("E", Role.ASSIGNED_LEADER), True),
        ("street_leader", Seat("S", Role.STREET_LEADER), False),
        ("street_leader", Seat("S", Role.ADMINISTRATOR), False),
        ("secretary", Seat("E1", Role.GRID_WORKER), False),
        ("leader", Seat("E1", Role.GRID_WORKER), False),
    ],
)
@pytest.mark.parametrize("right", [PostRight.INVITE, PostRight.END])
def test_who_fills_and_ends_a_post_stands_above_it(
    person: str, seat: Seat, allowed: bool, right: Right
) -> None:
    assert bool(may_staff(staff(person, STREET), right, STREET, seat)) is allowed


def test_the_administrator_fills_every_post_but_the_own() -> None:
    admin = staff("admin", ADMIN)

    roles = {role for unit in UNITS.values() for role in invitable_roles(admin, ADMIN, unit)}

    assert roles == set(Role) - {Role.RESIDENT, Role.ADMINISTRATOR}


def test_the_units_one_staffs_are_listed_from_the_top() -> None:
    assert [unit.code for unit in staffed_units(staff("admin", ADMIN), ADMIN)] == [
        "S",
        "E",
        "W",
        "E1",
        "E2",
        "W1",
    ]
    assert staffed_units(staff("worker", STREET), STREET) == ()


def test_a_new_holder_of_a_single_post_ends_the_old_one() -> None:
    joining = join(STREET, Seat("E1", Role.GRID_SECRETARY), "new", MORNING, "p")

    after = with_posts(STREET, [joining.post, *joining.replaced], {"new": "新同志"})

    assert [one.person for one in joining.replaced] == ["secretary"]
    assert [one.person for one in after.holders(Seat("E1", Role.GRID_SECRETARY), MORNING)] == [
        "new"
    ]
    assert after.names["new"] == "新同志"


@pytest.mark.requirement("G-06")
def test_a_community_has_exactly_one_assigned_leader_at_a_time() -> None:
    seat = Seat("E", Role.ASSIGNED_LEADER)

    joining = join(STREET, seat, "new", MORNING, "p")
    after = with_posts(STREET, [joining.post, *joining.replaced])

    assert [one.person for one in after.holders(seat, MORNING)] == ["new"]


@pytest.mark.parametrize(
    ("unit", "role", "before"),
    [("E", Role.COMMUNITY_SECRETARY, "community"), ("S", Role.STREET_LEADER, "street_leader")],
)
def test_a_unit_has_one_secretary_and_one_leader(unit: str, role: Role, before: str) -> None:
    joining = join(STREET, Seat(unit, role), "new", MORNING, "p")

    assert [(one.person, one.until) for one in joining.replaced] == [(before, MORNING)]


def test_a_post_with_several_holders_replaces_nobody() -> None:
    assert join(STREET, Seat("E1", Role.GRID_WORKER), "new", MORNING, "p").replaced == ()


@pytest.mark.parametrize(
    ("seat", "person", "reason"),
    [
        (Seat("E1", Role.GRID_WORKER), "worker", "post_held_already"),
        (Seat("nowhere", Role.GRID_WORKER), "new", "invitation_void"),
        (Seat("E", Role.GRID_WORKER), "new", "invitation_void"),
        (Seat("E1", Role.RESIDENT), "new", "invitation_void"),
    ],
)
def test_a_seat_that_cannot_be_taken_is_refused(seat: Seat, person: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        join(STREET, seat, person, MORNING, "p")

    assert refused.value.reason == reason


def test_a_closed_unit_takes_nobody() -> None:
    closed = replace(STREET, units={**UNITS, "E1": replace(UNITS["E1"], active=False)})

    with pytest.raises(Refused):
        join(closed, Seat("E1", Role.GRID_WORKER), "new", MORNING, "p")


def test_only_the_posts_below_are_ended() -> None:
    two = organisation(*LADDER, post("secretary", Role.GRID_SECRETARY, "W1"))

    ended, role = leaving(staff("community", two), two, "secretary", MORNING)

    assert [(one.unit, one.until) for one in ended] == [("E1", MORNING)]
    assert role is Role.COMMUNITY_SECRETARY


@pytest.mark.parametrize(
    ("who", "whom", "reason"),
    [
        ("community", "community", "end_own_post"),
        ("community", "street_leader", "not_yours_to_end"),
        ("community", "nobody", "not_yours_to_end"),
        ("worker", "secretary", "not_yours_to_end"),
    ],
)
def test_what_is_not_ones_own_to_end_is_refused(who: str, whom: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        leaving(staff(who, STREET), STREET, whom, MORNING)

    assert refused.value.reason == reason


def test_colleagues_are_of_the_same_level_under_the_same_unit() -> None:
    street = organisation(
        *LADDER,
        post("worker", Role.GRID_WORKER, "E1"),
        post("second_worker", Role.GRID_WORKER, "E2"),
        post("second", Role.GRID_SECRETARY, "E2"),
        post("west", Role.GRID_SECRETARY, "W1"),
        post("gone", Role.GRID_SECRETARY, "E2", until=MORNING),
        post("away", Role.GRID_WORKER, "E2", substitute="second", away_until=MORNING + DAY),
    )

    found = colleagues(street, street.posts_of("secretary", MORNING)[0], MORNING)

    assert [one.person for one in found] == ["worker", "second", "second_worker"]


def test_a_lent_post_comes_back_when_the_substitute_leaves() -> None:
    lent = replace(LADDER[0], substitute="second", away_until=MORNING + DAY)
    street = organisation(lent, *LADDER[1:])

    (back,) = stood_in_for(street, "second", MORNING)

    assert (back.id, back.substitute, back.away_until) == (lent.id, None, None)
    assert stood_in_for(street, "second", MORNING + DAY) == ()


#: Whoever stands in a line staffs the posts of every line before it, as far as the units reach.
LEVELS = (
    {Role.GRID_WORKER},
    {
        *(Role.WINDOW_CLERK, Role.PARTY_OFFICER, Role.RESIDENT_AFFAIRS_OFFICER),
        *(Role.POLICE_OFFICER, Role.GRID_SECRETARY),
    },
    {Role.COMMUNITY_SECRETARY},
    {Role.ASSIGNED_LEADER, Role.DISPATCHER, Role.DATA_PROTECTION_OFFICER},
    {Role.STREET_LEADER},
    {Role.ADMINISTRATOR},
)
HOME = {UnitKind.GRID: "E1", UnitKind.COMMUNITY: "E", UnitKind.STREET: "S"}


def level_of(role: Role) -> int:
    return next(place for place, roles in enumerate(LEVELS) if role in roles)


@pytest.mark.parametrize("role", [Role.COMMUNITY_SECRETARY, Role.STREET_LEADER, Role.ADMINISTRATOR])
def test_whoever_staffs_posts_staffs_those_of_lower_levels_alone(role: Role) -> None:
    me = post("me", role, HOME[UNIT_OF_ROLE[role]])
    street = organisation(me)
    reached = {seat: HOME[UNIT_OF_ROLE[seat]] for seat in UNIT_OF_ROLE}

    staffed = {
        seat
        for seat, unit in reached.items()
        if may_staff(staff("me", street), PostRight.INVITE, street, Seat(unit, seat)) is role
    }

    assert staffed == {
        seat
        for seat, unit in reached.items()
        if level_of(seat) < level_of(role) and street.covers(me.unit, unit)
    }


def test_of_several_posts_the_one_that_may_is_named() -> None:
    street = organisation(
        post("me", Role.GRID_SECRETARY, "E1"), post("me", Role.COMMUNITY_SECRETARY, "E")
    )

    found = may_staff(staff("me", street), PostRight.INVITE, street, Seat("E1", Role.GRID_WORKER))

    assert found is Role.COMMUNITY_SECRETARY


def test_in_a_closed_unit_there_are_no_posts_to_fill() -> None:
    closed = replace(ADMIN, units={**UNITS, "E1": replace(UNITS["E1"], active=False)})

    assert "E1" not in [unit.code for unit in staffed_units(staff("admin", ADMIN), closed)]


def test_a_new_post_begins_now_and_stands_beside_the_others() -> None:
    joining = join(STREET, Seat("E1", Role.GRID_WORKER), "new", MORNING, "p")
    with_it = with_posts(STREET, [joining.post])

    assert (joining.post.id, joining.post.since, joining.post.until) == ("p", MORNING, None)
    assert {one.person for one in with_it.posts} == {*(one.person for one in STREET.posts), "new"}
    assert (with_it.units, with_it.version) == (STREET.units, STREET.version)
    assert with_it.names == STREET.names


def test_whose_post_ends_stands_in_for_nobody_and_nobody_for_them() -> None:
    lent = replace(LADDER[0], substitute="second", away_until=MORNING + DAY)
    street = organisation(lent, *LADDER[1:])

    (ended,), _ = leaving(staff("community", street), street, "secretary", MORNING)

    assert (ended.until, ended.substitute, ended.away_until) == (MORNING, None, None)


def test_a_post_is_lent_and_comes_back() -> None:
    lent = lend(LADDER[0], "second", MORNING + DAY)

    assert (lent.substitute, lent.away_until) == ("second", MORNING + DAY)
    assert give_back(lent) == LADDER[0]


def test_an_ended_post_for_which_somebody_stood_in_does_not_come_back() -> None:
    ended = replace(LADDER[0], substitute="second", away_until=MORNING + DAY, until=MORNING)

    assert stood_in_for(organisation(ended), "second", MORNING) == ()


def test_neither_the_administrator_nor_somebody_twice_is_a_colleague() -> None:
    street = organisation(
        post("admin", Role.ADMINISTRATOR, "S"),
        post("leader", Role.STREET_LEADER, "S"),
        post("desk", Role.DISPATCHER, "S"),
        post("desk", Role.DATA_PROTECTION_OFFICER, "S"),
    )
    (mine,) = street.posts_of("leader", MORNING)

    assert [one.person for one in colleagues(street, mine, MORNING)] == ["desk"]


def test_of_colleagues_the_same_unit_then_the_same_role_then_the_longest_serving_come_first() -> (
    None
):
    street = organisation(
        post("me", Role.GRID_SECRETARY, "E1"),
        post("newer", Role.GRID_SECRETARY, "E2", since=MORNING - DAY),
        post("older", Role.GRID_SECRETARY, "E2", since=MORNING - 3 * DAY),
        post("other_role", Role.GRID_WORKER, "E2", since=MORNING - 9 * DAY),
        post("near", Role.GRID_WORKER, "E1", since=MORNING - DAY),
    )
    (mine,) = street.posts_of("me", MORNING)

    found = [one.person for one in colleagues(street, mine, MORNING)]

    assert found == ["near", "older", "newer", "other_role"]


def test_who_holds_a_seat_beside_others_does_not_take_it_again() -> None:
    two = organisation(post("one", Role.GRID_WORKER, "E1"), post("other", Role.GRID_WORKER, "E1"))

    with pytest.raises(Refused) as refused:
        join(two, Seat("E1", Role.GRID_WORKER), "other", MORNING, "p")

    assert refused.value.reason == "post_held_already"
