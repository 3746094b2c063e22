"""Working time against a slow oracle that looks at every minute, and against the notices."""

import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.working_time import (
    Allowance,
    Hours,
    QuietHours,
    WorkCalendar,
    WorkCalendarError,
    after_quiet,
    calendar_from,
    deadline,
    extend,
    moment_before,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE_HOURS: tuple[Hours, ...] = ((time(8, 30), time(12)), (time(14), time(17, 30)))
ROUND_THE_CLOCK: tuple[Hours, ...] = ((time(0), time(0)),)
EVENING_TOO: tuple[Hours, ...] = (
    (time(9), time(11, 45)),
    (time(11, 45), time(13)),
    (time(19), time(0)),
)
MINUTE = timedelta(minutes=1)


def _notices() -> dict[str, Any]:
    path = Path(__file__).parents[2] / "bot" / "configuration" / "defaults" / "holidays.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _office(hours: tuple[Hours, ...] = OFFICE_HOURS) -> WorkCalendar:
    return calendar_from(_notices(), timezone=SHANGHAI, hours=hours)


OFFICE = _office()


def local(text: str) -> datetime:
    """A moment as Shanghai's clock shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


# --- The oracle ----------------------------------------------------------------------------------


def oracle_is_open(calendar: WorkCalendar, minute: datetime) -> bool:
    """Decide one minute by the rule's own words; Shanghai is eight hours ahead since 1992."""
    wall = minute.replace(tzinfo=None) + timedelta(hours=8)
    today = wall.date()
    if today in calendar.holidays:
        return False
    if today.isoweekday() in (6, 7) and today not in calendar.makeup_workdays:
        return False
    now = wall.hour * 60 + wall.minute
    for start, end in calendar.hours:
        closes = end.hour * 60 + end.minute or 24 * 60
        if start.hour * 60 + start.minute <= now < closes:
            return True
    return False


def oracle_elapsed(calendar: WorkCalendar, start: datetime, minutes: int) -> int:
    return sum(oracle_is_open(calendar, start + MINUTE * passed) for passed in range(minutes))


def oracle_walk(calendar: WorkCalendar, start: datetime, worked: int, step: int) -> datetime:
    """Walk minute by minute, forwards or backwards, until so many of them were working time."""
    moment = start
    while worked:
        minute = moment if step > 0 else moment - MINUTE
        worked -= oracle_is_open(calendar, minute)
        moment += MINUTE * step
    return moment


# From before the first year with data to after the last: both borders and both fallbacks.
_MINUTES = int((local("2027-02-01") - local("2023-12-15")) / MINUTE)
moments = st.integers(0, _MINUTES).map(lambda minute: local("2023-12-15") + MINUTE * minute)
#: Moments around which something happens, which plain chance would rarely find.
turning_points = st.sampled_from(
    [
        local(text)
        for text in (
            "2024-02-04 08:29", "2024-09-30 17:00", "2024-12-31 17:29", "2025-01-26 12:00",
            "2025-09-28 14:00", "2025-12-31 17:30", "2026-01-04 00:00", "2026-02-14 08:30",
            "2026-09-20 23:59", "2026-10-10 17:30", "2026-12-31 16:00", "2027-01-01 09:00",
        )
    ]
)  # fmt: skip
starts = moments | turning_points
calendars = st.sampled_from([OFFICE, _office(ROUND_THE_CLOCK), _office(EVENING_TOO)])

by_the_minute = settings(max_examples=40)


@by_the_minute
@given(calendar=calendars, start=starts, minutes=st.integers(0, 12 * 24 * 60))
def test_elapsed_counts_the_minutes_of_working_time(
    calendar: WorkCalendar, start: datetime, minutes: int
) -> None:
    end = start + MINUTE * minutes

    elapsed = calendar.elapsed(start, end)

    assert elapsed == MINUTE * oracle_elapsed(calendar, start, minutes)
    assert calendar.elapsed(end, start) == -elapsed


@by_the_minute
@given(calendar=calendars, start=starts, worked=st.integers(0, 4 * 7 * 60))
def test_add_ends_where_a_walk_through_every_minute_ends(
    calendar: WorkCalendar, start: datetime, worked: int
) -> None:
    moment = calendar.add(start, MINUTE * worked)

    assert moment == oracle_walk(calendar, start, worked, step=1)
    assert moment.tzinfo is UTC


@by_the_minute
@given(calendar=calendars, end=starts, worked=st.integers(0, 4 * 7 * 60))
def test_subtract_ends_where_a_walk_backwards_ends(
    calendar: WorkCalendar, end: datetime, worked: int
) -> None:
    moment = calendar.subtract(end, MINUTE * worked)

    assert moment == oracle_walk(calendar, end, worked, step=-1)


@by_the_minute
@given(calendar=calendars, start=starts)
def test_the_next_opening_is_the_next_minute_of_working_time(
    calendar: WorkCalendar, start: datetime
) -> None:
    expected = start
    while not oracle_is_open(calendar, expected):
        expected += MINUTE

    assert calendar.next_opening(start) == expected
    assert calendar.is_open(start) is (expected == start)


days = st.dates(date(2023, 12, 1), date(2027, 3, 1))


@given(day=days, count=st.integers(1, 60), back=st.booleans())
def test_add_workdays_ends_where_a_walk_through_every_day_ends(
    day: date, count: int, back: bool
) -> None:
    step = timedelta(days=-1 if back else 1)
    expected, left = day, count
    while left:
        expected += step
        left -= OFFICE.is_workday(expected)

    assert OFFICE.add_workdays(day, -count if back else count) == expected


# --- Laws that hold for spans of any length ------------------------------------------------------


@st.composite
def invented_calendars(draw: st.DrawFn) -> WorkCalendar:
    """Calendars as no office has them: long holidays, single hours, many make-up days."""
    edges = sorted(draw(st.sets(st.integers(0, 24 * 60 - 1), min_size=2, max_size=6)))
    spans = tuple(
        (time(*divmod(start, 60)), time(*divmod(end, 60)))
        for start, end in zip(edges[::2], edges[1::2], strict=False)
    )
    holidays = draw(st.frozensets(days, max_size=40))
    makeup = draw(st.frozensets(days, max_size=40)) - holidays
    return WorkCalendar(timezone=SHANGHAI, hours=spans, holidays=holidays, makeup_workdays=makeup)


anywhere = st.timedeltas(timedelta(0), timedelta(days=1250)).map(
    lambda since: local("2023-11-01") + since
)


@given(calendar=invented_calendars(), start=anywhere, end=anywhere)
def test_adding_what_elapsed_never_passes_the_end(
    calendar: WorkCalendar, start: datetime, end: datetime
) -> None:
    start, end = sorted((start, end))
    elapsed = calendar.elapsed(start, end)

    reached = calendar.add(start, elapsed)

    assert reached <= end
    assert calendar.elapsed(reached, end) == timedelta(0)
    assert calendar.subtract(end, elapsed) >= start


@given(
    calendar=invented_calendars(),
    start=anywhere,
    span=st.timedeltas(timedelta(0), timedelta(days=90)),
)
def test_what_was_added_has_elapsed(
    calendar: WorkCalendar, start: datetime, span: timedelta
) -> None:
    assert calendar.elapsed(start, calendar.add(start, span)) == span
    assert calendar.elapsed(calendar.subtract(start, span), start) == span


@given(
    calendar=invented_calendars(),
    start=anywhere,
    first=st.timedeltas(timedelta(0), timedelta(days=9)),
    second=st.timedeltas(timedelta(0), timedelta(days=9)),
)
def test_two_spans_after_each_other_are_one(
    calendar: WorkCalendar, start: datetime, first: timedelta, second: timedelta
) -> None:
    assert calendar.add(calendar.add(start, first), second) == calendar.add(start, first + second)


# --- The notices ---------------------------------------------------------------------------------


def test_the_notices_give_as_many_days_as_the_state_council_announced() -> None:
    # Notice 7 of 2023 announces 28 days (two more belong to the weekend before 2024), notice 12
    # of 2024 also 28, notice 7 of 2025 has 33.
    announced = {key: one for key, one in _notices().items() if not one.get("provisional")}
    days_off = {key: len(table["holidays"]) for key, table in announced.items()}
    days_on = {key: len(table["makeup_workdays"]) for key, table in announced.items()}

    assert days_off == {"2024": 30, "2025": 28, "2026": 33}
    assert days_on == {"2024": 8, "2025": 5, "2026": 6}


@pytest.mark.parametrize(
    ("year", "workdays"),
    [
        # Weekdays of the year, less the holidays on weekdays, plus the make-up workdays.
        (2024, 262 - 19 + 8),
        (2025, 261 - 18 + 5),
        (2026, 261 - 19 + 6),
    ],
)
def test_a_year_has_the_workdays_that_the_notice_leaves(year: int, workdays: int) -> None:
    counted = OFFICE.workdays_between(date(year, 1, 1), date(year + 1, 1, 1))

    assert counted == workdays


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 2, 13), True),  # Friday before the Spring Festival
        (date(2026, 2, 14), True),  # Saturday, made up
        (date(2026, 2, 16), False),  # Monday, New Year's Eve
        (date(2026, 2, 23), False),  # Monday, last day of the festival
        (date(2026, 2, 28), True),  # Saturday, made up
        (date(2026, 3, 7), False),  # an ordinary Saturday
        (date(2025, 10, 8), False),  # eight days: the Mid-autumn Festival fell in the week
        (date(2027, 1, 1), False),  # no notice yet: the law itself makes it a holiday
        (date(2027, 2, 5), False),  # New Year's Eve, a Friday, by law
        (date(2027, 2, 9), True),  # what a notice may add is not made up
        (date(2028, 1, 3), True),  # nothing is known: an ordinary Monday
    ],
)
def test_a_day_is_a_workday_as_the_notice_says(day: date, works: bool) -> None:
    assert OFFICE.is_workday(day) is works


def test_a_year_without_a_notice_is_not_known() -> None:
    assert OFFICE.knows(date(2026, 12, 31))
    assert not OFFICE.knows(date(2027, 1, 1))
    assert OFFICE.knows_between(local("2025-12-30"), local("2026-12-31"))
    assert not OFFICE.knows_between(local("2026-12-31"), local("2027-01-01"))
    assert not OFFICE.knows_between(local("2027-01-01"), local("2026-12-31"))


def test_before_the_notice_of_2027_the_weekdays_that_the_law_fixes_are_off() -> None:
    """全国年节及纪念日放假办法, articles 2 and 6; lunar dates computed."""
    fixed = {(1, 1), (2, 5), (2, 8), (4, 5), (6, 9), (9, 15), (10, 1)}

    off = {day for day in OFFICE.holidays if day.year == 2027 and day.weekday() < 5}

    assert {(day.month, day.day) for day in off} == fixed
    assert not any(day.year == 2027 for day in OFFICE.makeup_workdays)
    assert not OFFICE.knows(date(2027, 2, 5))


def test_whether_a_year_is_provisional_is_said_by_yes_or_no() -> None:
    year = {"source": "law", "holidays": [], "makeup_workdays": [], "provisional": "maybe"}

    with pytest.raises(WorkCalendarError, match=r"2027\.provisional"):
        calendar_from({2027: year}, timezone=SHANGHAI, hours=OFFICE_HOURS)


def test_a_notice_that_arrives_moves_the_deadline() -> None:
    notices = _notices()
    notice = notices.pop("2026")
    without = calendar_from(notices, timezone=SHANGHAI, hours=OFFICE_HOURS)
    with_it = calendar_from({**notices, 2026: notice}, timezone=SHANGHAI, hours=OFFICE_HOURS)
    allowance = Allowance(hours=7)

    before = deadline(local("2026-02-14 09:00"), allowance, without)
    after = deadline(local("2026-02-14 09:00"), allowance, with_it)

    assert before == local("2026-02-16 17:30")
    assert after == local("2026-02-24 09:00")


# --- Deadlines, reminders, pauses ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "working_hours", "due"),
    [
        ("2026-03-02 09:00", 1, "2026-03-02 10:00"),
        ("2026-03-02 11:30", 1, "2026-03-02 14:30"),  # over lunch
        ("2026-03-02 08:30", 3.5, "2026-03-02 12:00"),  # the closing, not the next opening
        ("2026-03-02 08:30", 7, "2026-03-02 17:30"),
        ("2026-03-06 17:00", 1, "2026-03-09 09:00"),  # over a weekend
        ("2026-03-07 22:00", 1, "2026-03-09 09:30"),  # filed on a Saturday night
        ("2026-02-13 16:30", 2, "2026-02-14 09:30"),  # into a make-up Saturday
        ("2026-02-14 16:30", 2, "2026-02-24 09:30"),  # over the Spring Festival
        ("2025-12-31 16:30", 2, "2026-01-04 09:30"),  # over the border of a year
        ("2026-03-02 09:00", 0, "2026-03-02 09:00"),
    ],
)
def test_working_hours_run_only_while_the_office_works(
    start: str, working_hours: float, due: str
) -> None:
    assert deadline(local(start), Allowance(hours=working_hours), OFFICE) == local(due)


def test_calendar_hours_run_day_and_night() -> None:
    urgent = Allowance(hours=Decimal("24.5"), calendar=True)

    due = deadline(local("2026-02-14 16:30"), urgent, OFFICE)

    assert due == local("2026-02-15 17:00")


def test_a_reminder_lies_before_its_deadline_in_the_hours_of_the_deadline() -> None:
    due = local("2026-02-24 09:30")

    assert moment_before(due, Allowance(hours=2), OFFICE) == local("2026-02-14 16:30")
    assert moment_before(due, Allowance(hours=2, calendar=True), OFFICE) == due - hours(2)
    assert moment_before(due, Allowance(hours=0), OFFICE) == due


@pytest.mark.parametrize("bad", [-1, Decimal("-0.01"), float("nan"), float("inf"), Decimal("NaN")])
def test_an_allowance_refuses_what_is_no_span(bad: Decimal | float) -> None:
    with pytest.raises(ValueError, match="an allowance is a number of hours"):
        Allowance(hours=bad)


def test_a_tenth_of_an_hour_is_six_minutes_sharp() -> None:
    assert Allowance(hours=Decimal("0.1")).span == timedelta(minutes=6)


WORKING = Allowance(hours=7)
URGENT = Allowance(hours=7, calendar=True)


@pytest.mark.parametrize(
    ("allowance", "paused_from", "paused_until", "moved"),
    [
        (WORKING, "2026-03-06 16:00", "2026-03-06 16:30", "2026-03-09 10:30"),
        (WORKING, "2026-03-06 17:00", "2026-03-09 09:00", "2026-03-09 11:00"),
        (WORKING, "2026-03-06 18:00", "2026-03-08 18:00", "2026-03-09 10:00"),  # nothing lost
        (WORKING, "2026-03-09 09:30", "2026-03-09 16:00", "2026-03-09 16:30"),  # past the deadline
        (WORKING, "2026-03-09 10:00", "2026-03-12 16:00", "2026-03-09 10:00"),  # reached before
        (URGENT, "2026-03-06 18:00", "2026-03-08 18:00", "2026-03-11 10:00"),
        (URGENT, "2026-03-10 18:00", "2026-03-11 18:00", "2026-03-09 10:00"),
    ],
)
def test_a_pause_moves_a_deadline_by_what_it_took(
    allowance: Allowance, paused_from: str, paused_until: str, moved: str
) -> None:
    due = extend(
        local("2026-03-09 10:00"),
        paused_from=local(paused_from),
        paused_until=local(paused_until),
        allowance=allowance,
        calendar=OFFICE,
    )

    assert due == local(moved)


def test_a_pause_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="a pause ends after it begins"):
        extend(
            local("2026-03-09 10:00"),
            paused_from=local("2026-03-06 10:00"),
            paused_until=local("2026-03-06 09:59"),
            allowance=WORKING,
            calendar=OFFICE,
        )


@given(
    calendar=invented_calendars(),
    moments=st.lists(anywhere, min_size=4, max_size=4).map(sorted),
    span=st.timedeltas(MINUTE, timedelta(days=9)),
)
def test_a_pause_leaves_as_much_time_as_was_left_when_it_began(
    calendar: WorkCalendar, moments: list[datetime], span: timedelta
) -> None:
    start, paused_from, paused_until, _ = moments
    due = calendar.add(start, span)

    moved = extend(
        due,
        paused_from=paused_from,
        paused_until=paused_until,
        allowance=WORKING,
        calendar=calendar,
    )

    if paused_from < due:
        assert calendar.elapsed(paused_until, moved) == calendar.elapsed(paused_from, due)
    else:
        assert moved == due


# --- Quiet hours and weeks -----------------------------------------------------------------------

NIGHT = QuietHours(start=time(21), end=time(8))
NOON = QuietHours(start=time(12), end=time(14))


@pytest.mark.parametrize(
    ("quiet", "moment", "expected"),
    [
        (NIGHT, "2026-03-02 20:59", "2026-03-02 20:59"),
        (NIGHT, "2026-03-02 21:00", "2026-03-03 08:00"),
        (NIGHT, "2026-03-02 23:59", "2026-03-03 08:00"),
        (NIGHT, "2026-03-03 00:00", "2026-03-03 08:00"),
        (NIGHT, "2026-03-03 07:59", "2026-03-03 08:00"),
        (NIGHT, "2026-03-03 08:00", "2026-03-03 08:00"),
        (NIGHT, "2025-12-31 22:00", "2026-01-01 08:00"),
        (NOON, "2026-03-02 11:59", "2026-03-02 11:59"),
        (NOON, "2026-03-02 12:00", "2026-03-02 14:00"),
        (NOON, "2026-03-02 14:00", "2026-03-02 14:00"),
        (QuietHours(start=time(22), end=time(0)), "2026-03-02 22:30", "2026-03-03 00:00"),
        (QuietHours(start=time(0), end=time(6)), "2026-03-02 00:00", "2026-03-02 06:00"),
    ],
)
def test_quiet_hours_put_off_until_they_end(quiet: QuietHours, moment: str, expected: str) -> None:
    assert after_quiet(local(moment), quiet, SHANGHAI) == local(expected)


clocks = st.times().map(lambda clock: clock.replace(tzinfo=None))


@given(start=clocks, end=clocks, moment=anywhere)
def test_the_end_of_quiet_hours_is_never_quiet_and_less_than_a_day_away(
    start: time, end: time, moment: datetime
) -> None:
    if start == end:
        with pytest.raises(ValueError, match="different times"):
            QuietHours(start=start, end=end)
        return
    quiet = QuietHours(start=start, end=end)

    awake = after_quiet(moment, quiet, SHANGHAI)

    assert not quiet.cover(awake.astimezone(SHANGHAI).time())
    assert timedelta(0) <= awake - moment < timedelta(days=1)


@pytest.mark.parametrize(
    ("moment", "monday"),
    [
        ("2026-03-02 00:00", "2026-03-02"),
        ("2026-03-08 23:59", "2026-03-02"),
        ("2026-01-01 12:00", "2025-12-29"),  # over the border of a year
        ("2026-02-14 12:00", "2026-02-09"),  # a make-up Saturday stays in its week
    ],
)
def test_a_week_runs_from_monday_midnight_in_shanghai(moment: str, monday: str) -> None:
    start, end = OFFICE.week_of(local(moment))

    assert start == local(monday)
    assert end - start == timedelta(days=7)


def test_the_closing_of_a_day_is_the_end_of_its_last_hours() -> None:
    assert OFFICE.closing_of(date(2026, 3, 2)) == local("2026-03-02 17:30")
    assert _office(ROUND_THE_CLOCK).closing_of(date(2026, 3, 2)) == local("2026-03-03 00:00")


def test_no_workdays_added_leaves_the_day() -> None:
    assert OFFICE.add_workdays(date(2026, 3, 7), 0) == date(2026, 3, 7)


# --- Refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ask",
    [
        lambda naive: OFFICE.add(naive, hours(1)),
        lambda naive: OFFICE.add(naive, hours(0)),
        lambda naive: OFFICE.elapsed(naive, local("2026-03-02")),
        lambda naive: OFFICE.is_open(naive),
        lambda naive: OFFICE.week_of(naive),
        lambda naive: after_quiet(naive, NIGHT, SHANGHAI),
        lambda naive: deadline(naive, URGENT, OFFICE),
    ],
)
def test_a_moment_without_a_timezone_is_refused(ask: Callable[[datetime], object]) -> None:
    naive = local("2026-03-02 09:00").replace(tzinfo=None)

    with pytest.raises(ValueError, match="without a timezone"):
        ask(naive)


def test_a_negative_span_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        OFFICE.add(local("2026-03-02"), hours(-1))
    with pytest.raises(ValueError, match="not negative"):
        OFFICE.subtract(local("2026-03-02"), hours(-1))


def test_all_problems_of_the_dated_data_are_named_at_once() -> None:
    data = {
        "2026": {
            "source": " ",
            "published": "in November",
            "holidays": [date(2026, 1, 1), date(2026, 1, 1), date(2025, 11, 30), "2026-05-01"],
            "makeup_workdays": [date(2026, 1, 5)],
            "weekends": [],
        },
        "2027": {"source": "a notice", "holidays": [], "makeup_workdays": "none"},
        "soon": {},
        2028: [],
    }

    with pytest.raises(WorkCalendarError) as refusal:
        calendar_from(data, timezone=SHANGHAI, hours=[(time(9), time(9)), (time(8), time(10))])

    assert refusal.value.problems == (
        "hours: span 1 ends at 09:00, not after 09:00",
        "hours: span 2 starts before the one before it has ended",
        "2026.weekends: is not known",
        "2026.source: must name the notice the dates come from",
        "2026.published: 'in November' is not a date",
        "2026.holidays: 2026-01-01 is given twice",
        "2026.holidays: 2025-11-30 is not in 2026 or the December before it",
        "2026.holidays: '2026-05-01' is not a date",
        "2026.makeup_workdays: 2026-01-05 is not a Saturday or a Sunday",
        "2027.makeup_workdays: must be a list of dates",
        "soon: is not a year between 2000 and 2200",
        "2028: is not a table",
    )


def test_a_day_cannot_be_both_a_holiday_and_a_workday() -> None:
    saturday = date(2026, 1, 3)
    year = {"source": "a notice", "holidays": [saturday], "makeup_workdays": [saturday]}

    with pytest.raises(ValueError, match="2026-01-03: is both"):
        calendar_from({2026: year}, timezone=SHANGHAI, hours=OFFICE_HOURS)
    with pytest.raises(ValueError, match="2026-01-03: is both"):
        WorkCalendar(
            timezone=SHANGHAI,
            hours=OFFICE_HOURS,
            holidays=frozenset([saturday]),
            makeup_workdays=frozenset([saturday]),
        )


def test_a_year_cannot_be_given_as_number_and_as_text() -> None:
    year = {"source": "a notice", "holidays": [], "makeup_workdays": []}

    with pytest.raises(ValueError, match="a year is given twice"):
        calendar_from({2026: year, "2026": year}, timezone=SHANGHAI, hours=OFFICE_HOURS)


@pytest.mark.parametrize(
    "spans", [[], [(time(9), time(8))], [(time(9, tzinfo=UTC), time(17, tzinfo=UTC))]]
)
def test_an_office_without_usable_hours_is_refused(spans: list[Hours]) -> None:
    with pytest.raises(WorkCalendarError, match="hours"):
        calendar_from({}, timezone=SHANGHAI, hours=spans)


def test_an_office_without_any_notice_works_from_monday_to_friday() -> None:
    calendar = calendar_from({}, timezone=SHANGHAI, hours=OFFICE_HOURS)

    assert [calendar.is_workday(date(2026, 10, day)) for day in range(1, 8)] == [
        True, True, False, False, True, True, True,
    ]  # fmt: skip
    assert not calendar.knows(date(2026, 10, 1))


def test_a_deadline_a_year_ahead_costs_no_walk_through_the_year() -> None:
    start = local("2026-02-13 16:00")
    near, far = Allowance(hours=1), Allowance(hours=7 * 250)

    def cost(allowance: Allowance) -> float:
        began = process_time()
        for _ in range(300):
            deadline(start, allowance, OFFICE)
        return process_time() - began

    cheapest_near = min(cost(near) for _ in range(5))
    cheapest_far = min(cost(far) for _ in range(5))

    assert cheapest_far < 3 * cheapest_near
