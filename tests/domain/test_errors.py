"""Errors carry a wording's key and what fills it; where a refusal rests on a rule it cites it."""

import pytest

from bot.words.wording import wording_for
from domain import laws
from domain.errors import (
    InternalError,
    LinliError,
    NotAllowed,
    NotFound,
    Refused,
    Stale,
    TooMany,
    UserError,
    WrongState,
)
from domain.messages import Text, text
from domain.people import Language


def test_a_reason_is_worded_with_the_errors() -> None:
    refused = Refused("reason_needed")

    assert (refused.key, refused.reason, refused.rule) == (
        "errors.reason_needed",
        "reason_needed",
        None,
    )


def test_a_reason_with_a_dot_names_its_own_catalogue() -> None:
    refused = Refused("visits.no_basis", rule=text("laws.pipl_51"), number="2026-00001")

    assert refused.key == "visits.no_basis"
    assert refused.rule == text("laws.pipl_51")
    assert refused.fields == {"number": "2026-00001"}


def test_the_right_that_is_missing_is_no_law() -> None:
    assert NotAllowed(rule="matters.merge/grid_worker").rule is None


@pytest.mark.parametrize("language", Language)
def test_every_rule_is_cited_by_name_in_the_readers_language(language: Language) -> None:
    cited = {name: rule for name, rule in vars(laws).items() if isinstance(rule, Text)}
    wording = wording_for(language, strict=True)

    said = [wording.text(text("laws.cited", rule=rule)) for rule in cited.values()]

    assert len(set(said)) == len(cited) > 0


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (NotAllowed, "errors.not_allowed"),
        (NotFound, "errors.not_found"),
        (WrongState, "errors.wrong_state"),
        (Stale, "errors.stale"),
        (TooMany, "errors.too_many"),
    ],
)
def test_an_error_names_its_wording_and_what_fills_it(kind: type[UserError], key: str) -> None:
    error = kind(number="2026-00017")

    assert (error.key, error.fields) == (key, {"number": "2026-00017"})
    assert "2026-00017" in str(error)  # for whoever reads a failed test


def test_a_refusal_names_the_wording_of_its_reason() -> None:
    refused = Refused("too_many_returns", number="2026-00017", returns=2)

    assert (refused.reason, refused.key) == ("too_many_returns", "errors.too_many_returns")
    assert refused.fields == {"number": "2026-00017", "returns": 2}
    assert str(refused.args[0]) == "Refused"


def test_what_people_can_act_on_is_never_an_incident() -> None:
    assert issubclass(UserError, LinliError)
    assert not issubclass(UserError, InternalError)
