"""Every role, every right, every place it could hold; what is not listed is denied.

The product is asked of `may` alone, which is pure and quick; `tests/handlers/test_rights.py` shows
for each button that it is asked at all.
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from domain.access.actors import Actor, actor_of
from domain.access.checks import knows_of, may
from domain.access.declared import DECLARED
from domain.access.matters import MatterRight
from domain.access.posts import PostRight
from domain.categories import Kind
from domain.matters.matter import Matter
from domain.matters.reporters import may_see_name
from domain.organisation import UNIT_OF_ROLE, Organisation, Role, Seat, UnitKind
from tests.domain.street import MORNING, filed, organisation, post
from tests.rights import letters

OF_NO_MATTER = {
    *(MatterRight.FILE, MatterRight.SUPPORT, MatterRight.REPORT_SIGN),
    *(MatterRight.OVERVIEW, MatterRight.EXPORT_LEDGER),
}
_HOME = {UnitKind.GRID: "E1", UnitKind.COMMUNITY: "E", UnitKind.STREET: "S"}


ALL_RIGHTS = tuple(right for one in DECLARED for right in one.rights)
#: The rights that are wanted on one matter; the others concern units, lists or oneself.
ON_MATTERS = (
    *(set(MatterRight) - OF_NO_MATTER),
    PostRight.RELINK,
)
#: Every sort of matter: its kind, whether it is confidential, whether its reporter hides.
SORTS = tuple(itertools.product(Kind, (False, True), (False, True)))


def situations(role: Role, unit: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Give every place where a right could hold, with the letters that hold there."""
    own, assigned = ("O", "") if role is Role.RESIDENT else ("", "A")
    for kind, confidential, hidden in SORTS:
        sealed = confidential or kind is Kind.DISPUTE
        under = "S" if sealed else "U"
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


def somebody(role: Role) -> tuple[Actor, Organisation, str]:
    """Give somebody with a role, the street, and the unit of the role's post."""
    if role is Role.RESIDENT:
        street = organisation()
        return actor_of("me", street, MORNING, staff=False), street, ""
    unit = _HOME[UNIT_OF_ROLE[role]]
    street = organisation(post("me", role, unit))
    return actor_of("me", street, MORNING, staff=True), street, unit


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_the_table_says_and_nothing_else(role: Role) -> None:
    me, street, unit = somebody(role)

    wrong = [
        f"{right} {'is' if granted else 'is not'} granted to {role} at {where}: {what}"
        for right in ALL_RIGHTS
        for where, what in situations(role, unit)
        for granted in [may(me, right, street, **what) is not None]  # type: ignore[arg-type]
        if granted is not bool(letters(role, right) & {*where, "X"})
    ]

    assert wrong == []


@pytest.mark.parametrize("role", Role)
def test_a_name_stands_on_a_card_only_for_those_the_table_says(role: Role) -> None:
    me, street, unit = somebody(role)

    for where, what in situations(role, unit):
        matter = what.get("on")
        if isinstance(matter, Matter):
            helps = bool(what.get("helps"))
            shown = (
                bool(letters(role, MatterRight.SEE_REPORTER) & set(where)) and not matter.hide_name
            )
            assert may_see_name(me, street, matter, helps=helps) is shown, (where, what)


@pytest.mark.parametrize("role", Role)
def test_nobody_may_do_anything_to_a_matter_that_one_may_not_know_of(role: Role) -> None:
    me, street, unit = somebody(role)

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


@pytest.mark.parametrize("role", Role)
def test_whoever_is_barred_from_a_thing_may_do_nothing_to_it_whatever_the_rules_say(
    role: Role,
) -> None:
    me, street, unit = somebody(role)

    for _, what in situations(role, unit):
        matter = what.pop("on", None)
        if isinstance(matter, Matter):
            barred = replace(matter, barred=frozenset({"somebody else", "me"}))
            for right in ALL_RIGHTS:
                assert may(me, right, street, on=barred, **what) is None, (right, what)  # type: ignore[arg-type]
            assert not knows_of(me, street, barred, helps=bool(what.get("helps")))


@pytest.mark.parametrize("role", Role)
def test_that_another_is_barred_takes_nothing_away(role: Role) -> None:
    me, street, unit = somebody(role)

    for _, what in situations(role, unit):
        matter = what.pop("on", None)
        if isinstance(matter, Matter):
            barred = replace(matter, barred=frozenset({"somebody else"}))
            for right in ALL_RIGHTS:
                granted = may(me, right, street, on=matter, **what)  # type: ignore[arg-type]
                assert may(me, right, street, on=barred, **what) == granted, (right, what)  # type: ignore[arg-type]
