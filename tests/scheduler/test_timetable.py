"""When jobs run: which period a moment belongs to, and what was missed."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.jobs import Daily, Weekly, next_due, period, periods
from scheduler.timetable import JOBS, KINDS

HERE = ZoneInfo("Asia/Shanghai")
MONDAY_MORNING = Weekly(0, time(8, 30))
FRIDAY_EVENING = Weekly(4, time(17))
NIGHTLY = Daily(time(3, 30))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Give a moment of November 2026 on the office's clock; the 2nd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=HERE)


@pytest.mark.parametrize(
    ("moment", "key", "due"),
    [
        (at(9, 8, 30), "2026-W45", at(9, 8, 30)),
        (at(9, 8, 29), "2026-W44", at(2, 8, 30)),
        (at(15, 23), "2026-W45", at(9, 8, 30)),
    ],
)
def test_a_weekly_run_is_about_the_last_week_that_is_over(
    moment: datetime, key: str, due: datetime
) -> None:
    one = period(MONDAY_MORNING, moment, HERE)

    assert (one.key, one.due_at) == (key, due)
    assert one.ends - one.begins == timedelta(days=7)
    assert one.ends <= one.due_at


def test_the_week_is_the_same_whenever_in_the_week_after_it_is_summed_up() -> None:
    monday = period(MONDAY_MORNING, at(9, 8, 30), HERE)
    friday = period(FRIDAY_EVENING, at(13, 17), HERE)

    assert (monday.key, monday.begins, monday.ends) == (friday.key, friday.begins, friday.ends)


def test_a_week_begins_on_monday_at_midnight_here() -> None:
    one = period(MONDAY_MORNING, at(9, 9), HERE)

    assert one.begins == datetime(2026, 11, 1, 16, tzinfo=UTC)


def test_weeks_around_new_year_keep_their_iso_names() -> None:
    first = period(MONDAY_MORNING, datetime(2027, 1, 4, 9, tzinfo=HERE), HERE)
    second = period(MONDAY_MORNING, datetime(2027, 1, 11, 9, tzinfo=HERE), HERE)

    assert (first.key, second.key) == ("2026-W53", "2027-W01")


def test_a_daily_run_is_about_its_own_day() -> None:
    before, after = period(NIGHTLY, at(9, 3, 29), HERE), period(NIGHTLY, at(9, 3, 30), HERE)

    assert (before.key, after.key) == ("2026-11-08", "2026-11-09")


def test_missed_runs_are_listed_in_their_order() -> None:
    missed = periods(MONDAY_MORNING, at(2, 8, 30), at(23, 8, 30), HERE)

    assert [one.key for one in missed] == ["2026-W45", "2026-W46", "2026-W47"]


def test_a_clock_that_went_back_missed_nothing() -> None:
    assert periods(MONDAY_MORNING, at(23, 9), at(2, 9), HERE) == ()


@pytest.mark.parametrize("schedule", [MONDAY_MORNING, FRIDAY_EVENING, NIGHTLY])
def test_the_next_run_is_the_first_one_after_a_moment(schedule: Weekly | Daily) -> None:
    moment = at(11, 12)

    due = next_due(schedule, moment, HERE)

    assert due > moment
    assert periods(schedule, moment, due, HERE) == (period(schedule, due, HERE),)


def test_jobs_and_kinds_have_names_of_their_own() -> None:
    assert len({job.name for job in JOBS}) == len(JOBS)
    assert all(name == kind.name for name, kind in KINDS.items())
