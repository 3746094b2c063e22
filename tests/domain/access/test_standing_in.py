"""Whose rights count while somebody stands in, once that is over, and where a refusal says so."""

from dataclasses import replace

import pytest

from domain.access.access_log import AccessLogRight
from domain.access.actors import Actor, actor_of
from domain.access.checks import ensure_may, knows_of
from domain.access.matters import MatterRight
from domain.errors import NotAllowed, NotFound
from domain.matters.reporters import may_bring_back
from domain.organisation import Role, Seat
from tests.domain.street import DAY, LADDER, MORNING, filed, organisation, post, staff


def test_a_refusal_names_the_right_and_the_first_of_ones_roles() -> None:
    street = organisation(
        post("me", Role.WINDOW_CLERK, "E"), post("me", Role.GRID_WORKER, "E1"), *LADDER
    )
    me = staff("me", street)

    with pytest.raises(NotAllowed) as refused:
        ensure_may(me, AccessLogRight.READ, street)
    with pytest.raises(NotAllowed) as stranger:
        ensure_may(staff("nobody", street), AccessLogRight.READ, street)

    assert refused.value.fields == {"rule": "access_log.read/grid_worker"}
    assert stranger.value.fields == {"rule": "access_log.read/nobody"}


def test_a_refused_resident_is_told_so_as_one_and_staff_are_no_residents() -> None:
    street = organisation(*LADDER)
    resident = actor_of("anna", street, MORNING, staff=False)

    with pytest.raises(NotAllowed) as refused:
        ensure_may(resident, AccessLogRight.READ, street)

    assert refused.value.fields == {"rule": "access_log.read/resident"}
    assert resident.roles == {Role.RESIDENT}
    assert staff("secretary", street).roles == {Role.GRID_SECRETARY}


def test_who_was_asked_for_help_may_give_it_and_nobody_else_of_the_post() -> None:
    street = organisation(post("me", Role.POLICE_OFFICER, "E"))
    me, case = staff("me", street), filed()

    grant = ensure_may(me, MatterRight.GIVE_HELP, street, on=case, helps=True)

    assert (grant.role, grant.rule) == (Role.POLICE_OFFICER, "matters.give_help/police_officer")
    assert knows_of(me, street, case, helps=True)
    with pytest.raises(NotFound):
        ensure_may(me, MatterRight.GIVE_HELP, street, on=case)


# --- standing in ---------------------------------------------------------------------------------

SEAT = Seat("E1", Role.GRID_SECRETARY)


def looked_at(person: str, **change: object) -> Actor:
    """Look at somebody while the deputy stands in for the secretary, or did."""
    lent = post(
        "secretary", Role.GRID_SECRETARY, "E1", substitute="deputy", away_until=MORNING + DAY
    )
    street = organisation(replace(lent, **change), *LADDER[1:])  # type: ignore[arg-type]
    return actor_of(person, street, MORNING, staff=True)


def test_while_somebody_stands_in_the_case_is_the_deputys() -> None:
    deputy, holder = looked_at("deputy"), looked_at("secretary")

    assert [one.person for one in deputy.posts] == ["secretary"]
    assert (deputy.lapsed, deputy.returned) == (frozenset(), frozenset())
    assert (holder.lapsed, holder.returned) == (frozenset(), frozenset())
    assert deputy.owns(filed(owner="deputy"))
    assert not holder.owns(filed(owner="deputy"))


def test_once_that_is_over_the_case_is_the_holders_again_although_the_clock_has_not_moved_it() -> (
    None
):
    deputy = looked_at("deputy", away_until=MORNING)
    holder = looked_at("secretary", away_until=MORNING)

    assert (deputy.posts, deputy.lapsed) == ((), {SEAT})
    assert holder.returned == {(SEAT, "deputy")}
    assert not deputy.owns(filed(owner="deputy"))
    assert holder.owns(filed(owner="deputy"))


def test_what_was_lent_to_another_comes_back_to_nobody_else() -> None:
    other = looked_at("community", away_until=MORNING)

    assert (other.lapsed, other.returned) == (frozenset(), frozenset())
    assert not other.owns(filed(owner="deputy"))
    assert not other.owns(filed(owner=None))


def test_a_post_that_has_ended_brings_nothing_back() -> None:
    ended = {"away_until": MORNING, "until": MORNING}

    assert looked_at("secretary", **ended).returned == frozenset()
    assert looked_at("deputy", **ended).lapsed == frozenset()


def test_who_holds_the_seat_as_well_keeps_what_came_by_standing_in() -> None:
    lent = post("secretary", Role.GRID_WORKER, "E1", substitute="deputy", away_until=MORNING)
    street = organisation(lent, post("deputy", Role.GRID_WORKER, "E1"))
    case = filed(seat=Seat("E1", Role.GRID_WORKER), owner="deputy")

    deputy = actor_of("deputy", street, MORNING, staff=True)

    assert deputy.lapsed == frozenset()
    assert deputy.owns(case)


# --- bringing a resident back --------------------------------------------------------------------


def test_a_device_is_brought_back_only_by_who_may_read_every_name() -> None:
    street = organisation(*LADDER, post("worker", Role.GRID_WORKER, "E1"))
    plain, elsewhere = filed(), filed("2026-00002", grid="W1", community="W")
    hidden = filed("2026-00003", hide_name=True)
    community, secretary = staff("community", street), staff("secretary", street)

    assert may_bring_back(community, street, [plain, hidden])
    assert not may_bring_back(community, street, [plain, elsewhere])
    assert may_bring_back(secretary, street, [plain])
    assert not may_bring_back(secretary, street, [plain, hidden])
