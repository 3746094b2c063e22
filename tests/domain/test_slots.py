"""Times are counted from the pattern and the calendar; what may become of a booking is a rule."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Refused
from domain.slots import (
    OPEN,
    Booking,
    BookingRules,
    BookingState,
    Opening,
    Series,
    Slot,
    Step,
    Timer,
    call_off,
    cancel,
    days_ahead,
    ensure_comes,
    ensure_may_book,
    is_in_time,
    move,
    next_timer,
    note_kept,
    note_missed,
    place_of,
    read_stamp,
    stamp,
    times_on,
)
from domain.subjects import Subject
from domain.working_time import WorkCalendar

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar(
    timezone=ZONE,
    hours=((time(9), time(17)),),
    holidays=frozenset({date(2026, 10, 1), date(2026, 10, 4)}),
    makeup_workdays=frozenset({date(2026, 9, 20), date(2026, 10, 10)}),
    years=frozenset({2026}),
)
RULES = BookingRules(
    horizon_days=14,
    lead=timedelta(minutes=15),
    most_open=2,
    remind=timedelta(hours=2),
    grace=timedelta(minutes=30),
    most_missed=0,
    missed_within=timedelta(days=90),
    keep=timedelta(days=180),
)
#: A Tuesday, 09:00 in Shanghai.
NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
TEN = NOW + timedelta(hours=1)


def series(*openings: Opening, minutes: int = 30, **more: object) -> Series:
    return Series(
        id="s",
        of=Subject("entry", "hall"),
        item="card",
        unit="E",
        openings=openings or tuple(Opening(day, time(9), time(11)) for day in range(5)),
        length=timedelta(minutes=minutes),
        capacity=2,
        **more,  # type: ignore[arg-type]
    )


def slot(starts_at: datetime = TEN, of: str = "s", minutes: int = 30) -> Slot:
    ends_at = starts_at + timedelta(minutes=minutes)
    return Slot(series=of, starts_at=starts_at, ends_at=ends_at, capacity=1)


def booking(starts_at: datetime = TEN, **more: object) -> Booking:
    given: dict[str, object] = {
        "id": "b",
        "number": "Y-000001",
        "series": "s",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=30),
        "person": "p",
        "made_at": NOW,
        "changed_at": NOW,
        **more,
    }
    return Booking(**given)  # type: ignore[arg-type]


def clocks(one: Series, day: date) -> list[str]:
    return [f"{each.starts_at.astimezone(ZONE):%H:%M}" for each in times_on(one, day, CALENDAR)]


# --- times ---------------------------------------------------------------------------------------


def test_a_day_has_the_times_of_its_weekday_and_a_rest_that_is_too_short_is_none() -> None:
    hall = series(Opening(1, time(14), time(15)), Opening(1, time(9), time(10, 10)))

    assert clocks(hall, date(2026, 11, 24)) == ["09:00", "09:30", "14:00", "14:30"]
    assert clocks(hall, date(2026, 11, 25)) == []


def test_nothing_is_open_on_a_public_holiday() -> None:
    every_day = series(*(Opening(day, time(9), time(10)) for day in range(7)))

    assert clocks(every_day, date(2026, 9, 30)) == ["09:00", "09:30"]
    assert clocks(every_day, date(2026, 10, 1)) == []
    assert clocks(every_day, date(2026, 10, 4)) == []


def test_a_makeup_workday_is_kept_like_the_nearest_day_of_the_week() -> None:
    hall = series(Opening(4, time(9), time(10)), Opening(0, time(14), time(15)))

    assert clocks(hall, date(2026, 10, 10)) == ["09:00", "09:30"]  # a Saturday, like a Friday
    assert clocks(hall, date(2026, 9, 20)) == ["14:00", "14:30"]  # a Sunday, like a Monday
    assert clocks(hall, date(2026, 10, 17)) == []


def test_who_opens_on_saturdays_has_the_hours_of_saturdays_on_a_makeup_workday_too() -> None:
    hall = series(Opening(4, time(9), time(10)), Opening(5, time(10), time(11)))

    assert clocks(hall, date(2026, 10, 10)) == ["10:00", "10:30"]


@given(
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(5, 240),
    st.dates(date(2026, 1, 1), date(2027, 1, 1)),
)
def test_times_never_overlap_and_never_leave_the_hours(
    hour: int, minute: int, minutes: int, day: date
) -> None:
    start = time(hour, minute)
    hall = series(Opening(day.weekday(), start, time(23, 59)), minutes=minutes)
    found = list(times_on(hall, day, CALENDAR))

    for one, two in pairwise(found):
        assert one.ends_at == two.starts_at
    for one in found:
        begins, ends = one.starts_at.astimezone(ZONE), one.ends_at.astimezone(ZONE)
        assert begins.date() == ends.date() == day
        assert start <= begins.time() < ends.time() <= time(23, 59)
        assert read_stamp(stamp(one.starts_at, CALENDAR), CALENDAR) == one.starts_at


def test_one_may_book_today_and_as_far_as_the_horizon_and_not_at_the_last_minute() -> None:
    days = days_ahead(RULES, date(2026, 11, 24))

    assert (days[0], days[-1], len(days)) == (date(2026, 11, 24), date(2026, 12, 8), 15)
    assert is_in_time(slot(NOW + timedelta(minutes=15)), RULES, NOW)
    assert not is_in_time(slot(NOW + timedelta(minutes=14, seconds=59)), RULES, NOW)


@pytest.mark.parametrize(
    "written", ["", "2026", "202611250960", "20261125ab30", "２０２６１１２５０９００"]
)
def test_what_no_button_of_ours_says_is_no_time(written: str) -> None:
    assert read_stamp(written, CALENDAR) is None


# --- what may become of it -----------------------------------------------------------------------


def refusal(error: Refused) -> str:
    return error.key.removeprefix("slots.")


def test_a_booking_moves_under_its_number_and_can_be_called_off_and_moved_again() -> None:
    moved = move(booking(), slot(TEN + timedelta(days=1)), NOW)
    off = call_off(moved, NOW)
    back = move(off, slot(TEN), NOW)

    assert (moved.number, moved.starts_at) == ("Y-000001", TEN + timedelta(days=1))
    assert place_of(off) is None
    assert (back.state, back.starts_at) == (BookingState.BOOKED, TEN)


@pytest.mark.parametrize("state", sorted(set(BookingState) - OPEN))
def test_what_is_over_can_neither_be_moved_nor_given_up(state: BookingState) -> None:
    over = booking(state=state)

    for act in (lambda: move(over, slot(), NOW), lambda: cancel(over, NOW)):
        with pytest.raises(Refused) as raised:
            act()
        assert refusal(raised.value) == f"is_{state}"


def test_from_its_beginning_on_a_time_stays_as_it_is() -> None:
    assert cancel(booking(), TEN - timedelta(seconds=1)).state is BookingState.CANCELLED
    with pytest.raises(Refused) as raised:
        cancel(booking(), TEN)
    assert refusal(raised.value) == "is_over"


def test_who_came_is_noted_on_the_day_and_who_did_not_from_the_beginning_of_the_time_on() -> None:
    early = TEN - timedelta(hours=1)

    assert note_kept(booking(), early, CALENDAR).state is BookingState.KEPT
    assert note_missed(booking(), TEN).state is BookingState.MISSED
    with pytest.raises(Refused) as too_early:
        note_missed(booking(), TEN - timedelta(seconds=1))
    with pytest.raises(Refused) as another_day:
        note_kept(booking(TEN + timedelta(days=1)), NOW, CALENDAR)
    assert [refusal(one.value) for one in (too_early, another_day)] == ["not_begun", "not_today"]


def test_a_wrong_note_is_put_right_and_a_given_up_booking_is_not_noted() -> None:
    late = TEN + timedelta(hours=3)

    assert note_kept(booking(state=BookingState.MISSED), late, CALENDAR).state is BookingState.KEPT
    assert note_missed(booking(state=BookingState.KEPT), late).state is BookingState.MISSED
    for state in (BookingState.CANCELLED, BookingState.CALLED_OFF):
        with pytest.raises(Refused):
            note_kept(booking(state=state), late, CALENDAR)


# --- who may book --------------------------------------------------------------------------------


ITEMS = {"s": "card", "t": "card", "u": "pension"}


def why_not(*own: Booking, of: str, starts_at: datetime, rules: BookingRules = RULES) -> str:
    try:
        ensure_may_book(own, ITEMS, slot(starts_at, of), rules, NOW)
    except Refused as error:
        return refusal(error)
    return ""


def test_the_same_is_not_booked_twice_also_at_another_hall() -> None:
    later = TEN + timedelta(days=3)

    assert why_not(booking(), of="s", starts_at=later) == "twice"
    assert why_not(booking(), of="t", starts_at=later) == "twice"
    assert why_not(booking(), of="u", starts_at=later) == ""
    assert why_not(booking(state=BookingState.CALLED_OFF), of="s", starts_at=later) == "twice"


def test_nobody_is_booked_at_two_places_at_once() -> None:
    assert why_not(booking(), of="u", starts_at=TEN + timedelta(minutes=29)) == "overlaps"
    assert why_not(booking(), of="u", starts_at=TEN + timedelta(minutes=30)) == ""
    assert why_not(booking(), of="u", starts_at=TEN - timedelta(minutes=30)) == ""
    off = booking(state=BookingState.CALLED_OFF)
    assert why_not(off, of="u", starts_at=TEN) == ""


def test_what_is_over_stands_in_nobodys_way() -> None:
    past = booking(NOW - timedelta(hours=1))
    gone = booking(state=BookingState.CANCELLED)

    assert why_not(past, gone, of="s", starts_at=TEN) == ""


def test_one_person_has_no_more_than_so_many_at_a_time() -> None:
    one = booking(TEN + timedelta(days=1), series="v", id="1")
    two = booking(TEN + timedelta(days=2), series="w", id="2")

    assert why_not(one, of="s", starts_at=TEN) == ""
    assert why_not(one, two, of="s", starts_at=TEN) == "too_many"


def test_not_to_come_has_no_consequence_unless_a_rule_says_so() -> None:
    missed = [
        booking(NOW - timedelta(days=day), state=BookingState.MISSED, id=str(day))
        for day in (1, 2, 200)
    ]
    strict = replace(RULES, most_missed=2)

    ensure_comes(missed, RULES, NOW)
    ensure_comes(missed[1:], strict, NOW)
    with pytest.raises(Refused, match="Refused"):
        ensure_comes(missed, strict, NOW)


# --- what time does ------------------------------------------------------------------------------


def test_a_reminder_comes_the_day_before_then_two_hours_before_then_it_is_over() -> None:
    far = booking(NOW + timedelta(days=3))
    day_before = next_timer(far, RULES, NOW)
    soon = next_timer(far, RULES, NOW + timedelta(days=2), after=Step.DAY_BEFORE)
    over = next_timer(far, RULES, NOW + timedelta(days=3), after=Step.SOON)

    assert day_before == Timer(Step.DAY_BEFORE, far.starts_at - timedelta(days=1))
    assert soon == Timer(Step.SOON, far.starts_at - timedelta(hours=2))
    assert over == Timer(Step.OVER, far.ends_at + timedelta(minutes=30))
    assert next_timer(far, RULES, NOW + timedelta(days=4), after=Step.OVER) is None


def test_who_books_an_hour_before_is_not_reminded_at_once() -> None:
    found = next_timer(booking(), RULES, NOW)

    assert found is not None
    assert found.step is Step.OVER


@pytest.mark.parametrize("state", sorted(set(BookingState) - {BookingState.BOOKED}))
def test_the_clock_leaves_alone_what_is_not_booked(state: BookingState) -> None:
    assert next_timer(booking(TEN + timedelta(days=3), state=state), RULES, NOW) is None
