"""Accounts and what opens them: who may answer, who may decide, and until when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.errors import Refused
from domain.messages import Channel, Side
from domain.people import (
    DEVICE_CODE_LIFE,
    INVITATION_LIFE,
    LINK_ATTEMPTS,
    LINK_CODE_LIFE,
    RECOVERY_LIFE,
    SESSION_LIFE,
    TICKET_LIFE,
    TRIAL_LIFE,
    Account,
    DeviceCode,
    Link,
    LinkState,
    Person,
    Ticket,
)

SECURITY = Path(__file__).parents[2] / "docs" / "security.md"
MOMENT = timedelta(microseconds=1)
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


# --- tickets and codes of devices ----------------------------------------------------------------


def ticket(**changes: object) -> Ticket:
    fresh = Ticket(
        token_hash="hash",
        account=OFFERER.id,
        action="matters.mine",
        created_at=NOW,
        expires_at=NOW + TICKET_LIFE,
    )
    return replace(fresh, **changes)  # type: ignore[arg-type]


def test_a_fresh_ticket_is_good_until_its_last_moment() -> None:
    ticket().ensure_good(NOW)
    ticket().ensure_good(NOW + TICKET_LIFE - MOMENT)


def test_a_ticket_is_refused_from_the_end_of_its_time_on() -> None:
    with pytest.raises(Refused) as refusal:
        ticket().ensure_good(NOW + TICKET_LIFE)

    assert refusal.value.reason == "ticket_expired"


@pytest.mark.parametrize("when", [NOW, NOW + TICKET_LIFE], ids=["in its time", "after it"])
def test_a_used_ticket_is_refused_as_used(when: datetime) -> None:
    with pytest.raises(Refused) as refusal:
        ticket(used_at=NOW).ensure_good(when)

    assert refusal.value.reason == "ticket_used"


def test_the_code_of_a_device_is_good_until_its_last_moment_and_refused_from_then_on() -> None:
    code = DeviceCode(code_hash="hash", account=OTHER.id, expires_at=NOW + DEVICE_CODE_LIFE)

    code.ensure_good(code.expires_at - MOMENT)
    with pytest.raises(Refused) as refusal:
        code.ensure_good(code.expires_at)

    assert refusal.value.reason == "device_code_invalid"


# --- accounts ------------------------------------------------------------------------------------


def test_a_device_that_staff_brought_back_is_on_trial_until_its_last_moment() -> None:
    back = replace(OTHER, trial_until=NOW + TRIAL_LIFE)

    assert back.is_on_trial(NOW)
    assert back.is_on_trial(NOW + TRIAL_LIFE - MOMENT)
    assert not back.is_on_trial(NOW + TRIAL_LIFE)


def test_an_account_that_nobody_brought_back_is_on_no_trial() -> None:
    assert not OTHER.is_on_trial(NOW)


def test_news_go_to_the_account_whose_ticket_opened_a_page_and_else_to_the_account() -> None:
    assert replace(OTHER, opened_by=OFFERER.id).hears_at == OFFERER.id
    assert OTHER.hears_at == OTHER.id


def test_a_newcomer_has_agreed_to_nothing_but_hears_what_everybody_is_told() -> None:
    newcomer = Person(id="new", side=Side.RESIDENTS, created_at=NOW)

    assert (newcomer.noticed, newcomer.weekly_summary, newcomer.elder) == (0, False, False)
    assert newcomer.notices
    assert newcomer.version == 0


def test_what_opens_an_account_lives_as_long_as_the_security_page_says() -> None:
    minute, page = timedelta(minutes=1), SECURITY.read_text(encoding="utf-8")
    codes = f"link and device codes {LINK_CODE_LIFE // minute} minutes"

    assert f"{codes}, invitations {INVITATION_LIFE.days} days, recovery codes a year" in page
    assert f"tickets to the page {TICKET_LIFE // minute} minutes" in page
    assert f"may try {LINK_ATTEMPTS} wrong codes in {LINK_CODE_LIFE // minute} minutes" in page
    unused = SESSION_LIFE[Side.RESIDENTS].days, SESSION_LIFE[Side.STAFF].days
    assert ": {} days unused for residents, {} for staff".format(*unused) in page
    assert "can send it away for a day" in page
    assert (RECOVERY_LIFE.days, TRIAL_LIFE.days) == (365, 1)
