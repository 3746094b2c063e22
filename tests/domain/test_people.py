"""Linking accounts: who may answer, who may decide, and until when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import Refused
from domain.messages import Channel, Side
from domain.people import LINK_CODE_LIFE, Account, Link, LinkState

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)


def account(name: str, side: Side = Side.RESIDENTS, person: str | None = None) -> Account:
    return Account(
        id=name,
        person=person or f"person of {name}",
        side=side,
        channel=Channel.WEB,
        address=name,
        created_at=NOW,
        seen_at=NOW,
    )


OFFERER, OTHER, THIRD = account("offerer"), account("other"), account("third")
OFFERED = Link(code_hash="hash", offered_by=OFFERER.id, expires_at=NOW + LINK_CODE_LIFE)


def test_both_sides_agree_one_after_the_other() -> None:
    answered = OFFERED.answer(OTHER, OFFERER, NOW)
    done = answered.decide(OFFERER.id, True, NOW)

    assert (answered.state, answered.answered_by) == (LinkState.ANSWERED, OTHER.id)
    assert done.state is LinkState.DONE


def test_the_offering_side_may_refuse() -> None:
    answered = OFFERED.answer(OTHER, OFFERER, NOW)

    assert answered.decide(OFFERER.id, False, NOW).state is LinkState.REFUSED


@pytest.mark.parametrize("state", [s for s in LinkState if s is not LinkState.OFFERED])
def test_a_used_offer_cannot_be_answered(state: LinkState) -> None:
    with pytest.raises(Refused, match="Refused") as refusal:
        replace(OFFERED, state=state).answer(OTHER, OFFERER, NOW)

    assert refusal.value.reason == "link_code_invalid"


def test_an_offer_is_void_from_its_last_moment_on() -> None:
    last = OFFERED.expires_at - timedelta(microseconds=1)

    assert OFFERED.answer(OTHER, OFFERER, last).state is LinkState.ANSWERED
    with pytest.raises(Refused):
        OFFERED.answer(OTHER, OFFERER, OFFERED.expires_at)


@pytest.mark.parametrize("other", [OFFERER, account("second", person=OFFERER.person)])
def test_nobody_is_linked_with_themselves(other: Account) -> None:
    with pytest.raises(Refused) as refusal:
        OFFERED.answer(other, OFFERER, NOW)

    assert refusal.value.reason == "link_to_self"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Side.RESIDENTS, Side.STAFF),
        (Side.STAFF, Side.RESIDENTS),
        (Side.STAFF, Side.STAFF),
    ],
)
def test_staff_are_never_linked(first: Side, second: Side) -> None:
    with pytest.raises(Refused) as refusal:
        OFFERED.answer(account("other", second), account("offerer", first), NOW)

    assert refusal.value.reason == "link_code_invalid"


@pytest.mark.parametrize("who", [OTHER.id, THIRD.id, ""])
def test_only_the_offering_account_decides(who: str) -> None:
    answered = OFFERED.answer(OTHER, OFFERER, NOW)

    with pytest.raises(Refused):
        answered.decide(who, True, NOW)


@pytest.mark.parametrize("state", [s for s in LinkState if s is not LinkState.ANSWERED])
def test_only_what_was_answered_is_decided(state: LinkState) -> None:
    with pytest.raises(Refused):
        replace(OFFERED, state=state).decide(OFFERER.id, True, NOW)


def test_a_decision_that_comes_too_late_counts_for_nothing() -> None:
    answered = OFFERED.answer(OTHER, OFFERER, NOW)

    with pytest.raises(Refused):
        answered.decide(OFFERER.id, True, OFFERED.expires_at)
