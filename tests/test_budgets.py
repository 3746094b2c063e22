"""Tests cost what their folder may, or somebody hears of it."""

from types import SimpleNamespace

import pytest

from tests.budgets import BUDGETS, Budgets, folder_of


def spent(seconds: float, tests: int = 4_000) -> Budgets:
    """Let the handlers' tests have cost so much."""
    budgets = Budgets()
    budgets.tests = {str(number) for number in range(tests)}
    report = SimpleNamespace(
        nodeid="tests/handlers/test_x.py::test_y",
        when="call",
        user_properties=[("cpu_seconds setup", 99_999.0), ("cpu_seconds call", seconds)],
    )
    budgets.pytest_runtest_logreport(report)  # type: ignore[arg-type]
    return budgets


def test_a_folder_that_costs_too_much_is_named_with_what_to_do() -> None:
    (said,) = spent(BUDGETS["tests/handlers"] + 1).exceeded()

    assert said.startswith("tests/handlers took")
    assert "make its tests cheaper" in said


def test_what_is_within_its_budget_or_only_a_part_is_not() -> None:
    assert spent(BUDGETS["tests/handlers"]).exceeded() == []
    assert spent(9_999, tests=10).exceeded() == []


@pytest.mark.parametrize(
    ("node", "folder"),
    [
        ("tests/handlers/matters/test_x.py::test_y[a::b]", "tests/handlers"),
        ("tests/bot/test_x.py::test_y", "tests/bot"),
        ("tests/test_x.py::test_y", "tests"),
    ],
)
def test_a_test_spends_the_budget_of_its_folder(node: str, folder: str) -> None:
    assert folder_of(node) == folder


@pytest.mark.parametrize(("ci", "status"), [("true", pytest.ExitCode.TESTS_FAILED), ("", 0)])
def test_only_ci_fails_over_it(monkeypatch: pytest.MonkeyPatch, ci: str, status: int) -> None:
    monkeypatch.setenv("CI", ci)
    session = SimpleNamespace(config=SimpleNamespace(), exitstatus=0)

    spent(9_999).pytest_sessionfinish(session)  # type: ignore[arg-type]

    assert session.exitstatus == status
