"""When a worker is told that a deadline comes soon."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.matters.rules import ClockRules
from domain.working_time import Allowance
from tests.domain.street import CALENDAR, RULES

#: A Tuesday, 18:00 in Shanghai: the end of a working day of eight hours.
EVENING = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("share", "hour"),
    [(0.75, 8), (0.5, 6), (0.25, 2)],  # in UTC: 16:00, 14:00 and 10:00, with the break at noon
)
def test_soon_is_when_the_last_share_of_the_working_time_begins(share: float, hour: int) -> None:
    rules: ClockRules = replace(RULES, soon_share=share)

    assert rules.soon(EVENING, Allowance(hours=8), CALENDAR) == EVENING.replace(hour=hour)


def test_of_calendar_hours_soon_counts_the_nights_too() -> None:
    day = Allowance(hours=24, calendar=True)

    assert RULES.soon(EVENING, day, CALENDAR) == EVENING.replace(hour=4)
