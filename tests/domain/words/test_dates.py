"""A day is read as people write it; without its year it lies ahead."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.words.dates import read_day

SUNDAY = date(2026, 11, 29)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("今天", date(2026, 11, 29)),
        ("明天", date(2026, 11, 30)),
        ("后天", date(2026, 12, 1)),
        ("大后天", date(2026, 12, 2)),
        ("2026-12-01", date(2026, 12, 1)),
        ("2026年12月1日", date(2026, 12, 1)),
        ("2026/2/28", date(2026, 2, 28)),
        ("12月1日", date(2026, 12, 1)),
        ("１２月１号", date(2026, 12, 1)),
        ("十二月三号", date(2026, 12, 3)),
        ("12-1", date(2026, 12, 1)),
        ("11.28", date(2027, 11, 28)),
        ("11.29", date(2026, 11, 29)),
        ("2月29日", date(2028, 2, 29)),
        ("1号", date(2026, 12, 1)),
        ("29日", date(2026, 11, 29)),
        ("31号", date(2026, 12, 31)),
        ("周日", date(2026, 11, 29)),
        ("星期天", date(2026, 11, 29)),
        ("周三", date(2026, 12, 2)),
        ("本周三", date(2026, 11, 25)),
        ("下周三", date(2026, 12, 2)),
        ("下下周一", date(2026, 12, 7)),
        ("礼拜1", date(2026, 11, 30)),
        ("这周日", date(2026, 11, 29)),
        ("这个星期天", date(2026, 11, 29)),
        ("下个星期五", date(2026, 12, 4)),
        ("下个月3号", date(2026, 12, 3)),
        ("下月三日", date(2026, 12, 3)),
        ("下下个月15号", date(2027, 1, 15)),
        ("本月30号", date(2026, 11, 30)),
        ("这个月底", date(2026, 11, 30)),
        ("月底", date(2026, 11, 30)),
        ("下个月底", date(2026, 12, 31)),
        ("三天后", date(2026, 12, 2)),
        ("10天以后", date(2026, 12, 9)),
        ("两周后", date(2026, 12, 13)),
        ("一个星期之后", date(2026, 12, 6)),
        ("in 3 days", date(2026, 12, 2)),
        ("in a week", date(2026, 12, 6)),
        ("到下周三", date(2026, 12, 2)),
        ("到12月3号为止", date(2026, 12, 3)),
        ("12月2日（周三）", date(2026, 12, 2)),
        ("until friday", date(2026, 12, 4)),
        ("后天。", date(2026, 12, 1)),
        ("Tomorrow", date(2026, 11, 30)),
        ("friday", date(2026, 12, 4)),
        ("next wednesday", date(2026, 12, 2)),
    ],
)
def test_a_day_is_read(said: str, day: date) -> None:
    assert read_day(said, SUNDAY) == day


@pytest.mark.parametrize(
    "said",
    [
        "",
        "2月30日",
        "13月1日",
        "下个月31号号",
        "下个月",
        "三年后",
        "本月31号",
        "到",
        "为止",
        "后",
        "2027-02-29",
        "32号",
        "0号",
        "周八",
        "明天上午",
        "next",
        "x",
        "5号楼",
    ],
)
def test_what_is_no_day_is_not_read(said: str) -> None:
    assert read_day(said, SUNDAY) is None


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(0, 364))
def test_a_day_of_the_coming_year_is_found_without_its_year(today: date, ahead: int) -> None:
    day = today + timedelta(days=ahead)

    assert read_day(f"{day.month}月{day.day}日", today) == day
    assert read_day(day.isoformat(), today) == day


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 31))
def test_a_day_of_the_month_is_the_next_one(today: date, number: int) -> None:
    day = read_day(f"{number}号", today)

    assert day is not None
    assert day >= today
    assert day.day == number
    assert day - today < timedelta(days=62)
