"""How posts are filled, lent and ended."""

from dataclasses import replace

import pytest

from domain.access import Right
from domain.errors import Refused
from domain.organisation import Role, Seat
from domain.posts.staffing import (
    RANK,
    colleagues,
    invitable_roles,
    join,
    leaving,
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
@pytest.mark.parametrize("right", [Right.INVITE, Right.END_POST])
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
