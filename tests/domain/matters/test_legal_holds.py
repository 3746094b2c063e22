"""What an erasure does to a matter, and what a law keeps in spite of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.categories import Kind
from domain.matters.legal_holds import Held, erase_or_restrict, held
from domain.matters.matter import ENDS, Happening, State
from domain.rules import LegalHold
from tests.domain.matters.test_life import at
from tests.domain.street import DAY, MORNING, act, filed

YEAR = 365 * DAY
ARCHIVES = LegalHold(kind=Kind.SERVICE, after_closing=3 * YEAR, source="archives")
ACCOUNTS = LegalHold(kind=Kind.SERVICE, after_closing=10 * YEAR, source="accounts")
DISPUTES = LegalHold(kind=Kind.DISPUTE, after_closing=30 * YEAR, source="disputes")
CLOSED = replace(at(State.CLOSED), closed_at=MORNING - YEAR)


def test_a_law_keeps_a_closed_matter_for_its_time_after_the_closing() -> None:
    kept = held(CLOSED, [ARCHIVES], MORNING)

    assert kept == Held(number=CLOSED.number, until=MORNING + 2 * YEAR, law="archives")


@pytest.mark.parametrize("order", [(ARCHIVES, ACCOUNTS), (ACCOUNTS, ARCHIVES)])
def test_the_longest_hold_counts(order: tuple[LegalHold, ...]) -> None:
    kept = held(CLOSED, order, MORNING)

    assert kept is not None
    assert (kept.until, kept.law) == (MORNING + 9 * YEAR, "accounts")


def test_a_law_about_another_kind_keeps_nothing() -> None:
    assert held(CLOSED, [DISPUTES], MORNING) is None
    assert held(CLOSED, [], MORNING) is None


def test_a_hold_is_over_with_its_last_moment() -> None:
    end = MORNING + 2 * YEAR

    assert held(CLOSED, [ARCHIVES], end - timedelta(microseconds=1)) is not None
    assert held(CLOSED, [ARCHIVES], end) is None


def test_the_time_of_an_open_matter_begins_with_its_erasure() -> None:
    kept = held(filed(), [ARCHIVES], MORNING + DAY)

    assert kept is not None
    assert kept.until == MORNING + DAY + 3 * YEAR


@pytest.mark.parametrize("state", State)
def test_what_no_law_keeps_is_withdrawn_if_it_is_open_and_erased(state: State) -> None:
    matter = at(state)

    gone = erase_or_restrict(matter, act(), None)

    assert gone.erased
    assert gone.state is (State.WITHDRAWN if matter.is_open else state)
    happened = [event.happening for event in gone.fresh[len(matter.fresh) :]]
    ended = [] if state in ENDS else [Happening.WITHDRAWN]
    assert happened == [*ended, Happening.ERASED]


@pytest.mark.parametrize("state", State)
def test_what_a_law_keeps_is_withdrawn_if_it_is_open_and_kept_from_everybody(state: State) -> None:
    matter = at(state)
    kept = Held(number=matter.number, until=MORNING + YEAR, law="archives")

    restricted = erase_or_restrict(matter, act(), kept)

    assert (restricted.erased, restricted.restricted_until) == (False, MORNING + YEAR)
    assert restricted.state is (State.WITHDRAWN if matter.is_open else state)
    assert restricted.particulars == matter.particulars
    assert restricted.fresh[-1].content == {"until": kept.until.isoformat(), "law": "archives"}
