"""The button that opens what something is about."""

from domain.messages import parse_action, text
from domain.subjects import open_case


def test_the_button_that_opens_a_case_says_which() -> None:
    button = open_case("2026-00017")

    assert parse_action(button.action or "") == ("matters.show", ("2026-00017",))
    assert button.label == text("cards.open", number="2026-00017")
