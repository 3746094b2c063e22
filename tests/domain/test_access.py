"""Who may: every role, every right, every place it could hold; what is not listed is denied."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from domain.access import (
    RIGHTS,
    Actor,
    Right,
    actor_of,
    ensure_may,
    knows_of,
    may,
    may_bring_back,
    may_see_name,
)
from domain.categories import Kind
from domain.errors import NotAllowed, NotFound
from domain.matters.matter import Matter
from domain.organisation import UNIT_OF_ROLE, Organisation, Role, Seat, UnitKind
from tests.domain.street import DAY, LADDER, MORNING, filed, organisation, post, staff
from tests.rights import EXPECTED, letters

_HOME = {UnitKind.GRID: "E1", UnitKind.COMMUNITY: "E", UnitKind.STREET: "S"}


#: The rights that are wanted on one matter; the others concern units, lists or oneself.
ON_MATTERS = (
    *(Right.ADD, Right.WITHDRAW, Right.ANSWER, Right.JUDGE, Right.SEE, Right.SEE_REPORTER),
    *(Right.UNSEAL, Right.ACCEPT, Right.HAND_OVER, Right.RETURN, Right.CONTACT, Right.ASK),
    *(Right.NOTE, Right.ASK_HELP, Right.SEE_PART, Right.GIVE_HELP, Right.RESOLVE, Right.TRIAGE),
    *(Right.REASSIGN, Right.MERGE, Right.SPLIT, Right.RELINK),
)
#: Every sort of matter: its kind, whether it is confidential, whether its reporter hides.
SORTS = tuple(itertools.product(Kind, (False, True), (False, True)))


def situations(role: Role, unit: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Give every place where a right could hold, with the letters that hold there."""
    own, assigned = ("O", "") if role is Role.RESIDENT else ("", "A")
    for kind, confidential, hidden in SORTS:
        sealed = confidential or kind is Kind.DISPUTE
        under = "D" if sealed else "U"
        # A post of the street has every grid under it; for the others these are elsewhere.
        reach = under if unit == "S" else ""
        matter = replace(
            filed(grid="W1", community="W", owner="somebody", reporter="somebody"),
            kind=kind,
            confidential=confidential,
            hide_name=hidden,
        )
        yield reach, {"on": matter}
        yield own + reach, {"on": replace(matter, reporter="me")}
        yield assigned + reach, {"on": replace(matter, owner="me")}
        yield "P" + reach, {"on": matter, "helps": True}
        if unit:
            yield "C" + reach, {"on": replace(matter, climbed_to=Seat(unit, role))}
            other = Seat(unit, next(one for one in Role if one is not role))
            yield reach, {"on": replace(matter, climbed_to=other)}
            yield under, {"on": replace(matter, grid="E1", community="E")}
    if not unit:
        yield "", {}
        return
    yield "U", {"unit": "E1"}
    yield "U" if unit == "S" else "", {"unit": "W1"}
    yield "", {"unit": "nowhere"}
    yield "", {}


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_the_table_says_and_nothing_else(role: Role) -> None:
    is_staff = role is not Role.RESIDENT
    unit = _HOME[UNIT_OF_ROLE[role]] if is_staff else ""
    street = organisation(post("me", role, unit)) if is_staff else organisation()
    me = actor_of("me", street, MORNING, staff=is_staff)

    wrong = [
        f"{right} {'is' if granted else 'is not'} granted to {role} at {where}: {what}"
        for right in Right
        for where, what in situations(role, unit)
        for granted in [may(me, right, street, **what) is not None]  # type: ignore[arg-type]
        if granted is not bool(letters(role, right) & {*where, "X"})
    ]

    assert wrong == []


@pytest.mark.parametrize("role", Role)
def test_a_name_stands_on_a_card_only_for_those_the_table_says(role: Role) -> None:
    is_staff = role is not Role.RESIDENT
    unit = _HOME[UNIT_OF_ROLE[role]] if is_staff else ""
    street = organisation(post("me", role, unit)) if is_staff else organisation()
    me = actor_of("me", street, MORNING, staff=is_staff)

    for where, what in situations(role, unit):
        matter = what.get("on")
        if isinstance(matter, Matter):
            helps = bool(what.get("helps"))
            shown = bool(letters(role, Right.SEE_REPORTER) & set(where)) and not matter.hide_name
            assert may_see_name(me, street, matter, helps=helps) is shown, (where, what)


@pytest.mark.parametrize("role", Role)
def test_nobody_may_do_anything_to_a_matter_that_one_may_not_know_of(role: Role) -> None:
    is_staff = role is not Role.RESIDENT
    unit = _HOME[UNIT_OF_ROLE[role]] if is_staff else ""
    street = organisation(post("me", role, unit)) if is_staff else organisation()
    me = actor_of("me", street, MORNING, staff=is_staff)

    for _, what in situations(role, unit):
        matter = what.get("on")
        if isinstance(matter, Matter):
            helps = bool(what.get("helps"))
            held = [
                right
                for right in ON_MATTERS
                if may(me, right, street, on=matter, helps=helps) is not None
            ]
            assert not held or knows_of(me, street, matter, helps=helps), (what, held)


def test_every_role_and_only_roles_stand_in_the_table() -> None:
    assert set(RIGHTS) == set(Role) == set(EXPECTED)


@pytest.mark.parametrize("role", Role)
def test_nobody_opens_a_conduct_complaint_here(role: Role) -> None:
    assert Right.READ_CONDUCT_COMPLAINT not in RIGHTS[role]


def test_the_police_stream_sees_its_own_part_and_nothing_else() -> None:
    street = organisation(post("officer", Role.POLICE_OFFICER, "E"), *LADDER)
    officer, matter = staff("officer", street), filed()

    assert may(officer, Right.SEE_PART, street, on=matter, helps=True)
    assert may(officer, Right.SEE_PART, street, on=matter) is None
    of_no_case = {Right.SUBSTITUTE, Right.REPORT_SIGN}
    for right in set(Right) - {Right.SEE_PART, Right.GIVE_HELP} - of_no_case:
        assert may(officer, right, street, on=matter, helps=True) is None


def test_the_refusal_cites_the_rule_that_is_missing() -> None:
    street = organisation(*LADDER)

    with pytest.raises(NotAllowed) as refused:
        ensure_may(staff("secretary", street), Right.MERGE, street, on=filed())

    assert refused.value.fields == {"rule": "merge/grid_secretary"}


def test_what_one_may_not_know_of_is_answered_as_what_does_not_exist() -> None:
    street = organisation(*LADDER, post("second", Role.GRID_SECRETARY, "E2"))

    with pytest.raises(NotFound) as refused:
        ensure_may(staff("second", street), Right.ACCEPT, street, on=filed())

    assert refused.value.fields == {"number": "2026-00001"}


def test_a_grant_names_the_post_it_comes_from() -> None:
    street = organisation(*LADDER)

    grant = ensure_may(staff("community", street), Right.MERGE, street, on=filed())

    assert (grant.role, grant.rule) == (Role.COMMUNITY_SECRETARY, "merge/community_secretary")


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

    assert bool(may(staff("me", street), Right.SEE, street, on=filed())) is held


def test_whoever_stands_in_has_the_rights_of_the_post_until_it_ends() -> None:
    lent = post("away", Role.COMMUNITY_SECRETARY, "E", substitute="me", away_until=MORNING + DAY)
    street, matter = organisation(lent), filed()

    during = actor_of("me", street, MORNING, staff=True)
    after = actor_of("me", street, MORNING + DAY, staff=True)

    assert may(during, Right.MERGE, street, on=matter)
    assert may(after, Right.MERGE, street, on=matter) is None


def test_a_person_has_the_rights_of_all_posts() -> None:
    street = organisation(post("me", Role.GRID_WORKER, "E1"), post("me", Role.GRID_SECRETARY, "W1"))
    there = filed(grid="W1", community="W")

    assert may(staff("me", street), Right.TRIAGE, street, on=there)
    assert may(staff("me", street), Right.TRIAGE, street, on=filed(owner="other")) is None


def test_posts_give_no_right_on_the_residents_side() -> None:
    street = organisation(*LADDER)

    resident = actor_of("community", street, MORNING, staff=False)

    assert resident.posts == ()
    assert may(resident, Right.SEE, street, on=filed()) is None


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

    assert may(staff("street_leader", street), Right.SEE, street, on=dispute) is None
    assert may(staff("street_leader", street), Right.SEE, street, on=climbed)


def test_what_is_kept_for_the_archive_alone_is_seen_by_nobody() -> None:
    street = organisation(*LADDER)
    kept = replace(filed(), restricted_until=MORNING + DAY)

    seen = [
        (person, right)
        for person in ("secretary", "community", "leader", "dispatcher", "street_leader")
        for right in Right
        if right not in (Right.SUBSTITUTE, Right.FILE_FOR_OTHERS, Right.REPORT_SIGN)
        and may(staff(person, street), right, street, on=kept)
    ]

    assert seen == []


def test_a_refusal_names_the_right_and_the_first_of_ones_roles() -> None:
    street = organisation(
        post("me", Role.WINDOW_CLERK, "E"), post("me", Role.GRID_WORKER, "E1"), *LADDER
    )
    me = staff("me", street)

    with pytest.raises(NotAllowed) as refused:
        ensure_may(me, Right.CONFIGURE, street)
    with pytest.raises(NotAllowed) as stranger:
        ensure_may(staff("nobody", street), Right.CONFIGURE, street)

    assert refused.value.fields == {"rule": "configure/grid_worker"}
    assert stranger.value.fields == {"rule": "configure/nobody"}


def test_a_refused_resident_is_told_so_as_one_and_staff_are_no_residents() -> None:
    street = organisation(*LADDER)
    resident = actor_of("anna", street, MORNING, staff=False)

    with pytest.raises(NotAllowed) as refused:
        ensure_may(resident, Right.CONFIGURE, street)

    assert refused.value.fields == {"rule": "configure/resident"}
    assert resident.roles == {Role.RESIDENT}
    assert staff("secretary", street).roles == {Role.GRID_SECRETARY}


def test_who_was_asked_for_help_may_give_it_and_nobody_else_of_the_post() -> None:
    street = organisation(post("me", Role.POLICE_OFFICER, "E"))
    me, case = staff("me", street), filed()

    grant = ensure_may(me, Right.GIVE_HELP, street, on=case, helps=True)

    assert (grant.role, grant.rule) == (Role.POLICE_OFFICER, "give_help/police_officer")
    assert knows_of(me, street, case, helps=True)
    with pytest.raises(NotFound):
        ensure_may(me, Right.GIVE_HELP, street, on=case)


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
