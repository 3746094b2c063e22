"""No test's outcome hangs on how fast the machine is: generators have no deadline."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import hurry_of


def test_the_profile_of_all_tests_has_no_deadline_and_no_health_check() -> None:
    assert settings().deadline is None
    assert set(settings().suppress_health_check) == set(HealthCheck)


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        (settings(deadline=200), "a deadline"),
        (settings(suppress_health_check=[HealthCheck.too_slow]), "health checks"),
        (settings(max_examples=3), ""),
    ],
)
def test_a_test_that_sets_one_all_the_same_is_named(chosen: settings, told: str) -> None:
    @chosen
    @given(st.integers())
    def hurried(_number: int) -> None: ...

    assert hurry_of(hurried) == told
