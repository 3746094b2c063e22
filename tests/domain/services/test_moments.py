"""What people type who want to book a time is read as they mean it, or not at all."""

from datetime import date, time

import pytest

from domain.services.moments import Moment, Part, moment_in, read_moment

#: A Tuesday.
TODAY = date(2026, 11, 24)
WEDNESDAY, TOMORROW = date(2026, 11, 25), date(2026, 11, 25)
MORNING, AFTERNOON = Part.MORNING, Part.AFTERNOON


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("明天", Moment(TOMORROW)),
        ("明天上午", Moment(TOMORROW, MORNING)),
        ("明天早上", Moment(TOMORROW, MORNING)),
        ("后天下午两点", Moment(date(2026, 11, 26), AFTERNOON, time(14))),
        ("周三十点", Moment(WEDNESDAY, None, time(10))),
        ("周二十点", Moment(TODAY, None, time(10))),
        ("周三 10:30", Moment(WEDNESDAY, None, time(10, 30))),
        ("周五上午十点一刻", Moment(date(2026, 11, 27), MORNING, time(10, 15))),
        ("下周三下午3点半", Moment(date(2026, 12, 2), AFTERNOON, time(15, 30))),
        ("12月1日十点", Moment(date(2026, 12, 1), None, time(10))),
        ("１２月１日１０点", Moment(date(2026, 12, 1), None, time(10))),
        ("二十五号上午", Moment(WEDNESDAY, MORNING)),
        ("十点", Moment(None, None, time(10))),
        ("九点半吧", Moment(None, None, time(9, 30))),
        ("三点", Moment(None, None, time(15))),
        ("下午", Moment(None, AFTERNOON)),
        ("十点十分", Moment(None, None, time(10, 10))),
        ("我想明天上午去", Moment(TOMORROW, MORNING)),
        ("明天上午可以吗", Moment(TOMORROW, MORNING)),
        ("改到周四9点", Moment(date(2026, 11, 26), None, time(9))),
        ("tomorrow morning", Moment(TOMORROW, MORNING)),
        ("wednesday 10am", Moment(WEDNESDAY, None, time(10))),
        ("tomorrow 2:30 pm", Moment(TOMORROW, None, time(14, 30))),
    ],
)
def test_a_moment_is_read_as_it_is_meant(said: str, meant: Moment) -> None:
    assert read_moment(said, TODAY) == meant


@pytest.mark.parametrize(
    "said",
    [
        "",
        "随便",
        "水管坏了",
        "明天水管坏了",
        "25点",
        "十点六十一分",
        "13800001234",
        "2026-00017",
        "!",
        "x" * 500,
    ],
)
def test_anything_else_is_no_moment(said: str) -> None:
    assert read_moment(said, TODAY) is None


@pytest.mark.parametrize(
    ("said", "moment", "rest"),
    [
        ("明天上午办社保卡", "明天上午", "办社保卡"),
        ("办社保卡周三十点", "周三十点", "办社保卡"),
        ("社保卡", "", "社保卡"),
    ],
)
def test_a_moment_is_found_at_either_end_of_a_wish(said: str, moment: str, rest: str) -> None:
    assert moment_in(said, TODAY) == (moment, rest)
