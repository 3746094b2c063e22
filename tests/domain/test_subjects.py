"""The button that opens what something is about."""

import pytest

from domain.messages import parse_action, text
from domain.subjects import MATTER, Subject, called, case, ids_of, open_case, parse_subject


def test_the_button_that_opens_a_case_says_which() -> None:
    button = open_case("2026-00017")

    assert parse_action(button.action or "") == ("matters.show", ("2026-00017",))
    assert button.label == text("cards.open", number="2026-00017")


def test_a_subject_says_what_it_is_and_which() -> None:
    visit = Subject("visit", "7")

    assert (str(visit), str(case("2026-00017"))) == ("visit:7", "matter:2026-00017")
    assert parse_subject(str(visit)) == visit


def test_subjects_of_a_kind_are_chosen_by_id() -> None:
    every = [case("2"), Subject("visit", "1"), case("1")]

    assert ids_of(every, MATTER) == ["2", "1"]
    assert ids_of(every, "outing") == []


@pytest.mark.parametrize("written", ["", "visit", "visit:", ":7"])
def test_what_is_no_subject_is_not_read_as_one(written: str) -> None:
    with pytest.raises(ValueError, match="not a subject"):
        parse_subject(written)


def test_an_id_may_hold_a_colon() -> None:
    assert parse_subject("digest:E:2026-W48") == Subject("digest", "E:2026-W48")


def test_a_case_is_called_by_its_number_and_everything_else_with_its_kind() -> None:
    assert called(case("2026-00017")) == "2026-00017"
    assert called(Subject("visit", "7")) == "visit:7"
