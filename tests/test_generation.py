"""Generated tests are decided by what they find, never by how fast a machine is."""

import ast
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TESTS = Path(__file__).parent
#: What makes a run depend on the machine, or undoes the profile that keeps it from doing so.
DECIDING = {"deadline", "suppress_health_check"}


def decides(call: ast.Call) -> bool:
    """Tell whether a call says when a slow example fails."""
    name = getattr(call.func, "attr", None) or getattr(call.func, "id", None)
    if name == "settings":
        return any(given.arg is None or given.arg in DECIDING for given in call.keywords)
    return name in ("register_profile", "load_profile")


def test_only_one_place_says_when_a_slow_example_fails() -> None:
    deciding = {
        path.relative_to(TESTS).as_posix()
        for path in TESTS.rglob("*.py")
        if "hypothesis" in (source := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and decides(node)
    }

    assert deciding == {"conftest.py"}


def test_no_test_is_failed_by_a_slow_machine() -> None:
    for chosen in (settings.default, settings(max_examples=3)):
        assert chosen is not None
        assert chosen.deadline is None
        assert set(chosen.suppress_health_check) == set(HealthCheck)


@settings(max_examples=1)
@given(length=st.integers(1, 9).filter(lambda number: number == 7))
def test_what_is_hard_to_draw_is_drawn_all_the_same(length: int) -> None:
    assert length == 7
