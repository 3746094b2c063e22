"""Who may act for whom: verified by another, agreed to, for a time, taken back at any moment."""

import pytest

from domain.errors import Refused
from domain.relations import (
    Consenting,
    Relation,
    RelationKind,
    Verified,
    ask,
    confirm,
    end,
    holding,
)
from tests.domain.street import DAY, MORNING


def asked(kind: RelationKind = RelationKind.CHILD, **given: str) -> Relation:
    return ask(
        **{"ident": "r1", "person": "mother", "other": "daughter", "by": "daughter", **given},
        kind=kind,
        at=MORNING,
    )


def confirmed(relation: Relation | None = None, **given: object) -> Relation:
    return confirm(
        relation or asked(),
        **{  # type: ignore[arg-type]
            "verified": Verified.PAPERS,
            "consent": Consenting.IN_PERSON,
            "by": "clerk",
            "at": MORNING,
            "until": MORNING + 365 * DAY,
            **given,
        },
    )


def test_it_counts_once_it_was_verified_and_agreed_to_and_until_its_time_is_over() -> None:
    relation = confirmed()

    assert not asked().holds(MORNING)
    assert relation.holds(MORNING)
    assert (relation.verified_by, relation.consent_by) == ("clerk", "clerk")
    assert not relation.holds(MORNING + 365 * DAY)
    assert relation.is_over(MORNING + 365 * DAY)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"by": "daughter"}, "relations.needs_another"),
        ({"by": "mother"}, "relations.needs_another"),
        ({"consent": Consenting.NOT_NEEDED}, "relations.needs_consent"),
        ({"until": None}, "relations.needs_end"),
    ],
)
def test_it_is_not_confirmed_without_another_pair_of_eyes_a_consent_and_an_end(
    given: dict[str, object], reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        confirmed(**given)

    assert refused.value.reason == reason


def test_a_guardian_shows_papers_and_needs_neither_consent_nor_end() -> None:
    guardian = asked(RelationKind.GUARDIAN)

    relation = confirmed(guardian, consent=Consenting.NOT_NEEDED, until=None)

    assert relation.holds(MORNING + 9_000 * DAY)
    with pytest.raises(Refused) as refused:
        confirmed(guardian, verified=Verified.CALLED, consent=Consenting.NOT_NEEDED)
    assert refused.value.reason == "relations.guardian_needs_papers"
    assert refused.value.rule.article == "34"


def test_it_is_decided_once() -> None:
    refused_one = end(asked(), by="clerk", at=MORNING, why="refused")

    for decided in (confirmed(), refused_one):
        with pytest.raises(Refused) as refused:
            confirmed(decided)
        assert refused.value.reason == "relations.decided_already"


@pytest.mark.parametrize("who", ["mother", "daughter", "clerk"])
def test_it_can_be_taken_back_at_any_moment_and_once(who: str) -> None:
    over = end(confirmed(), by=who, at=MORNING + DAY, why="person")

    assert not over.holds(MORNING + DAY)
    assert (over.ended_by, over.ended_at) == (who, MORNING + DAY)
    with pytest.raises(Refused):
        end(over, by=who, at=MORNING + DAY, why="person")


def test_nobody_acts_for_themselves() -> None:
    with pytest.raises(Refused) as refused:
        asked(person="daughter")

    assert refused.value.reason == "relations.with_oneself"


def test_those_that_count_are_chosen() -> None:
    assert holding(
        [asked(), confirmed(), end(confirmed(), by="x", at=MORNING, why="y")], MORNING
    ) == (confirmed(),)
