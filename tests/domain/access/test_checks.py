"""Who may: posts that are held now, things one may not know of, and what the refusal says."""

from dataclasses import replace

import pytest

from domain.access.actors import actor_of
from domain.access.checks import ensure_may, knows_of, may
from domain.access.declared import DECLARED
from domain.access.matters import MatterRight
from domain.access.posts import PostRight
from domain.categories import Kind
from domain.errors import NotAllowed, NotFound
from domain.matters.matter import Matter
from domain.matters.reporters import may_see_name
from domain.organisation import Organisation, Role, Seat
from tests.domain.street import DAY, LADDER, MORNING, filed, organisation, post, staff

ALL_RIGHTS = {right for one in DECLARED for right in one.rights}


def test_the_police_stream_sees_its_own_part_and_nothing_else() -> None:
    street = organisation(post("officer", Role.POLICE_OFFICER, "E"), *LADDER)
    officer, matter = staff("officer", street), filed()

    assert may(officer, MatterRight.SEE_PART, street, on=matter, helps=True)
    assert may(officer, MatterRight.SEE_PART, street, on=matter) is None
    of_no_case = {PostRight.SUBSTITUTE, MatterRight.REPORT_SIGN}
    for right in ALL_RIGHTS - {MatterRight.SEE_PART, MatterRight.GIVE_HELP} - of_no_case:
        assert may(officer, right, street, on=matter, helps=True) is None


def test_the_refusal_cites_the_rule_that_is_missing() -> None:
    street = organisation(*LADDER)

    with pytest.raises(NotAllowed) as refused:
        ensure_may(staff("secretary", street), MatterRight.MERGE, street, on=filed())

    assert refused.value.fields == {"rule": "matters.merge/grid_secretary"}


def test_what_one_may_not_know_of_is_answered_as_what_does_not_exist() -> None:
    street = organisation(*LADDER, post("second", Role.GRID_SECRETARY, "E2"))

    with pytest.raises(NotFound) as refused:
        ensure_may(staff("second", street), MatterRight.ACCEPT, street, on=filed())

    assert refused.value.fields == {"number": "2026-00001"}


def test_a_grant_names_the_post_it_comes_from() -> None:
    street = organisation(*LADDER)

    grant = ensure_may(staff("community", street), MatterRight.MERGE, street, on=filed())

    assert (grant.role, grant.rule) == (
        Role.COMMUNITY_SECRETARY,
        "matters.merge/community_secretary",
    )


@pytest.mark.parametrize(
    ("change", "held"),
    [
        ({}, True),
        ({"until": MORNING}, False),
        ({"since": MORNING + DAY}, False),
    ],
)
def test_only_a_post_that_is_held_now_gives_a_right(change: dict[str, object], held: bool) -> None:
    street = organisation(replace(post("me", Role.COMMUNITY_SECRETARY, "E"), **change))  # type: ignore[arg-type]

    assert bool(may(staff("me", street), MatterRight.SEE, street, on=filed())) is held


def test_whoever_stands_in_has_the_rights_of_the_post_until_it_ends() -> None:
    lent = post("away", Role.COMMUNITY_SECRETARY, "E", substitute="me", away_until=MORNING + DAY)
    street, matter = organisation(lent), filed()

    during = actor_of("me", street, MORNING, staff=True)
    after = actor_of("me", street, MORNING + DAY, staff=True)

    assert may(during, MatterRight.MERGE, street, on=matter)
    assert may(after, MatterRight.MERGE, street, on=matter) is None


def test_a_person_has_the_rights_of_all_posts() -> None:
    street = organisation(post("me", Role.GRID_WORKER, "E1"), post("me", Role.GRID_SECRETARY, "W1"))
    there = filed(grid="W1", community="W")

    assert may(staff("me", street), MatterRight.TRIAGE, street, on=there)
    assert may(staff("me", street), MatterRight.TRIAGE, street, on=filed(owner="other")) is None


def test_posts_give_no_right_on_the_residents_side() -> None:
    street = organisation(*LADDER)

    resident = actor_of("community", street, MORNING, staff=False)

    assert resident.posts == ()
    assert may(resident, MatterRight.SEE, street, on=filed()) is None


def test_a_hidden_name_stands_on_no_card_even_for_the_owner() -> None:
    street = organisation(*LADDER)
    owner, hidden = staff("secretary", street), filed(hide_name=True)

    assert may_see_name(owner, street, filed())
    assert not may_see_name(owner, street, hidden)
    assert not may_see_name(staff("community", street), street, hidden)


@pytest.mark.parametrize(
    ("person", "matter", "known"),
    [
        ("secretary", filed(), True),
        ("community", filed(), True),
        ("street_leader", filed(), True),
        ("street_leader", filed(kind=Kind.DISPUTE, confidential=True), False),
        ("community", filed(kind=Kind.DISPUTE, confidential=True), True),
        ("secretary", filed(kind=Kind.DISPUTE, confidential=True, owner="other"), False),
    ],
)
def test_a_dispute_is_known_to_those_it_concerns(person: str, matter: Matter, known: bool) -> None:
    street: Organisation = organisation(*LADDER)

    assert knows_of(staff(person, street), street, matter) is known


@pytest.mark.requirement("G-07")
def test_street_leadership_sees_a_dispute_when_it_climbs_to_it_not_before() -> None:
    street = organisation(*LADDER)
    dispute = filed(kind=Kind.DISPUTE, confidential=True)
    climbed = replace(dispute, climbed_to=Seat("S", Role.STREET_LEADER))

    assert may(staff("street_leader", street), MatterRight.SEE, street, on=dispute) is None
    assert may(staff("street_leader", street), MatterRight.SEE, street, on=climbed)


def test_what_is_kept_for_the_archive_alone_is_seen_by_nobody() -> None:
    street = organisation(*LADDER)
    kept = replace(filed(), restricted_until=MORNING + DAY)

    seen = [
        (person, right)
        for person in ("secretary", "community", "leader", "dispatcher", "street_leader")
        for right in ALL_RIGHTS
        if right not in (PostRight.SUBSTITUTE, PostRight.FILE_FOR_OTHERS, MatterRight.REPORT_SIGN)
        and may(staff(person, street), right, street, on=kept)
    ]

    assert seen == []
