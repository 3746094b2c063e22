"""Errors that people can act on carry a wording's key and what fills it, and no sentence."""

import pytest

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
