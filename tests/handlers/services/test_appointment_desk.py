"""At the hall: times are opened and closed, who came is noted, who has no account comes too."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.configuration.street_source import StreetSource
from domain.slots import BookingState
from handlers.services.opening_steps import read_hours
from tests.handlers.chats import Office
from tests.handlers.services.times import (
    HALL,
    ITEM,
    books,
    every_booking,
    opens,
    series,
    taken,
    tick,
)
from tests.street import settings

#: Wednesday, 09:00 in Shanghai.
NINE = datetime(2026, 11, 25, 1, tzinfo=UTC)
TODAY, TOMORROW = "20261124", "20261125"


@pytest.fixture
async def hall(office: Office) -> Office:
    await opens(office, capacity=2)
    await office.starts("resident", "g-E1")
    await office.starts("bert", "g-W1")
    return office


async def states(office: Office) -> list[BookingState]:
    return [one.state for one in await every_booking(office)]


# --- to open -------------------------------------------------------------------------------------


async def test_a_clerk_opens_times_and_a_resident_books_them_at_once(office: Office) -> None:
    opened = await opens(office, hours="9:00-11:30，14-16点", minutes=30, capacity=3)
    await office.starts("resident", "g-E1")
    receipt = await books(office)

    for said in ("已开放", ITEM, HALL, "身份证原件", "周一至周五", "09:00–11:30"):
        assert said in opened
    assert "约好了" in receipt


@pytest.mark.parametrize("who", ["clerk", "community", "dispatcher", "street_leader", "leader"])
async def test_who_answers_for_a_hall_may_open_it(office: Office, who: str) -> None:
    assert "哪个大厅" in await office.does(who, "services.open_times")


@pytest.mark.parametrize("who", ["worker", "secretary", "police", "party"])
async def test_who_has_no_hall_opens_and_sees_nothing(hall: Office, who: str) -> None:
    await books(hall)
    (one,), (booking,) = await series(hall), await every_booking(hall)
    before = await series(hall)

    for verb in ("open_times", "times", "desk", "book_for"):
        assert "services." in await hall.does(who, f"services.{verb}")
    for verb in (f"times_of:{one.id}", f"change_times:{one.id}", f"close_day:{one.id}"):
        assert "没有找到" in await hall.does(who, f"services.{verb}")
    for verb in ("appointment", "kept", "missed", "cancel_for", "move_for"):
        assert "没有找到" in await hall.does(who, f"services.{verb}:{booking.id}")
    assert await series(hall) == before


async def test_what_cannot_be_is_refused_and_what_was_typed_is_kept(office: Office) -> None:
    await office.does("clerk", "services.open_times")
    await office.says("clerk", HALL)
    long = await office.says("clerk", "很" * 41)
    await office.says("clerk", ITEM)
    await office.presses("clerk", "跳过")
    await office.presses("clerk", "跳过")
    await office.presses("clerk", "时段")
    unclear = [await office.says("clerk", said) for said in ("全天", "12-9", "9-12，11-14", "9-25")]
    await office.says("clerk", "9:00-9:10")
    too_short = await office.presses("clerk", "提交")
    await office.presses("clerk", "每次几分钟")
    await office.says("clerk", "10")
    opened = await office.presses("clerk", "提交")

    assert "40 个字以内" in long
    assert all("时段没看懂" in one for one in unclear)
    assert "一个也排不下" in too_short
    assert ITEM in opened


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("9:00-12:00", ["09:00-12:00"]),
        ("９：００－１２：００，１４：００－１７：３０", ["09:00-12:00", "14:00-17:30"]),
        ("9点到12点、14点到17点", ["09:00-12:00", "14:00-17:00"]),
        ("9点半到12点", ["09:30-12:00"]),
        ("8-12 14-18", ["08:00-12:00", "14:00-18:00"]),
        ("早上", []),
        ("9-12，", []),
        ("", []),
        ("9-9", []),
    ],
)
def test_hours_are_read_as_people_write_them(said: str, meant: list[str]) -> None:
    assert [f"{start:%H:%M}-{end:%H:%M}" for start, end in read_hours(said)] == meant


async def test_a_second_thing_at_a_hall_that_is_known_asks_for_no_address(hall: Office) -> None:
    await opens(hall, item="居住证")

    one, two = await series(hall)
    assert one.of == two.of
    assert one.told["address"] == two.told["address"]
    assert one.item != two.item


async def test_the_same_thing_at_two_halls_is_the_same_thing(hall: Office) -> None:
    await opens(hall, hall="街道大厅", by="dispatcher")

    one, two = await series(hall)
    assert one.of != two.of
    assert one.item == two.item


async def test_changed_hours_hold_from_now_on_and_who_is_booked_keeps_the_time(
    hall: Office,
) -> None:
    await books(hall)
    (one,) = await series(hall)
    await hall.does("clerk", f"services.change_times:{one.id}")
    await hall.presses("clerk", "时段")
    await hall.says("clerk", "14:00-16:00")
    changed = await hall.presses("clerk", "提交")
    await hall.does("bert", "services.book")
    await hall.says("bert", "明天")

    assert "有 1 个已约的时间不在新的时段里，仍然有效" in changed
    assert "09:00" not in hall.labels("bert")
    assert "14:00" in hall.labels("bert")
    assert await states(hall) == [BookingState.BOOKED]


# --- to close ------------------------------------------------------------------------------------


async def closes(office: Office, day: str = "明天", why: str = "设备检修") -> str:
    one = (await series(office))[0]
    await office.does("clerk", f"services.close_day:{one.id}")
    await office.says("clerk", day)
    if "整个大厅" in "".join(office.labels("clerk")):
        await office.presses("clerk", "整个大厅")
    read_back = await office.says("clerk", why)
    await office.presses("clerk", "提交")
    return read_back


async def test_a_closed_day_is_told_with_other_times_that_are_one_tap_away(hall: Office) -> None:
    await books(hall)
    read_back = await closes(hall)
    told = hall.latest("resident").words
    await hall.presses("resident", "11月26日 周四 09:00")

    (booking,) = await every_booking(hall)
    assert "有 1 人约了" in read_back
    assert "设备检修" in told
    assert "办不成了" in told
    assert booking.starts_at == datetime(2026, 11, 26, 1, tzinfo=UTC)
    assert booking.state is BookingState.BOOKED
    assert await taken(hall) == {booking.starts_at: 1}


async def test_on_a_closed_day_nothing_is_booked_until_it_is_open_again(hall: Office) -> None:
    await closes(hall)
    await hall.does("resident", "services.book")
    closed = await hall.says("resident", "明天九点")
    (one,) = await series(hall)
    await hall.does("clerk", f"services.times_of:{one.id}")
    await hall.presses("clerk", "恢复")
    again = await hall.says("resident", "明天九点")

    assert "不办：设备检修" in closed
    assert "提交预约" in again


async def test_the_whole_hall_closes_with_all_that_is_done_there(hall: Office) -> None:
    await opens(hall, item="居住证")
    await hall.says("resident", "预约社保卡明天九点")
    await hall.presses("resident", "提交")
    await hall.says("bert", "预约居住证明天九点")
    await hall.presses("bert", "提交")

    await closes(hall)

    assert await states(hall) == [BookingState.CALLED_OFF] * 2
    assert "办不成了" in hall.latest("resident").words
    assert "办不成了" in hall.latest("bert").words


async def test_the_offered_time_of_a_called_off_booking_may_be_gone_too(hall: Office) -> None:
    await books(hall)
    await closes(hall)
    press = hall.button("resident", "11月26日 周四 09:00")
    for who in ("bert", "carl"):
        await hall.starts(who, "g-E1")
        await books(hall, who, "周四", "09:00")

    told = await hall.does("resident", press)

    assert "刚被别人约走了" in told
    assert "11月26日 周四 09:15" in "".join(hall.labels("resident"))
    assert BookingState.CALLED_OFF in await states(hall)


async def test_a_move_at_one_tap_pressed_twice_moves_once(hall: Office) -> None:
    await books(hall)
    await closes(hall)
    press = hall.button("resident", "11月26日 周四 09:00")
    await hall.does("resident", press)
    again = await hall.does("resident", press)

    assert "改好了" in again
    assert list((await taken(hall)).values()) == [1]


async def test_what_ends_for_good_is_told_and_may_be_opened_again(hall: Office) -> None:
    await books(hall)
    (one,) = await series(hall)
    await hall.does("clerk", f"services.end_times:{one.id}")
    await hall.says("clerk", "改到街道大厅办")
    ended = await hall.presses("clerk", "提交")
    await hall.starts("carl", "g-E1")
    nothing = await hall.does("carl", "services.book")
    await hall.does("clerk", f"services.change_times:{one.id}")
    await hall.presses("clerk", "提交")

    assert "1 人已通知" in ended
    assert "改到街道大厅办" in hall.told("resident", "办不成了").blocks[0].fields["reason"]  # type: ignore[union-attr]
    assert "还没有开放预约" in nothing
    assert "哪一天" in await hall.does("carl", "services.book")


async def test_a_day_that_is_closed_in_the_same_moment_as_it_is_booked_leaves_nobody_behind(
    hall: Office,
) -> None:
    (one,) = await series(hall)
    await hall.does("resident", "services.book")
    await hall.says("resident", "明天九点")
    await hall.does("clerk", f"services.close_day:{one.id}")
    await hall.says("clerk", "明天")
    await hall.says("clerk", "停电")
    book, close = hall.button("resident", "提交"), hall.button("clerk", "提交")

    await hall.arrive_together(("resident", {"action": book}), ("clerk", {"action": close}))

    assert await states(hall) in ([BookingState.CALLED_OFF], [])
    assert await taken(hall) == {}


async def test_where_services_are_closed_nobody_books_and_what_is_booked_goes_on(
    hall: Office,
) -> None:
    await books(hall)
    (booking,) = await every_booking(hall)
    hall.later(minutes=1)
    await hall.does("street_leader", "switches.set:E:services:off")
    await hall.says("street_leader", "试点结束")
    await hall.presses("street_leader", "提交")

    closed = await hall.does("resident", "services.book")
    elsewhere = await hall.does("bert", "services.book")
    own = await hall.does("resident", f"services.booking:{booking.id}")
    listed = await hall.does("clerk", f"services.desk:{TOMORROW}:0")
    await hall.does("resident", f"services.cancel:{booking.id}")

    assert "暂未开通" in closed
    assert "还没有开放预约" in elsewhere
    assert ITEM in own
    assert "（1）" in listed
    assert await states(hall) == [BookingState.CANCELLED]


# --- who comes -----------------------------------------------------------------------------------


async def test_a_clerk_sees_todays_list_and_notes_who_came_at_one_tap(hall: Office) -> None:
    await books(hall)
    await books(hall, "bert", at="09:15")
    first, second = await every_booking(hall)
    hall.now = NINE + timedelta(minutes=5)

    listed = await hall.does("clerk", "services.desk")
    early = hall.labels("clerk")
    await hall.does("clerk", f"services.kept:{first.id}")
    hall.later(minutes=20)
    noted = await hall.does("clerk", f"services.missed:{second.id}")

    assert "（2）" in listed
    assert "没来" in early
    assert f"09:00 {first.number[2:]} · 来过了" in noted
    assert f"09:15 {second.number[2:]} · 没来" in noted
    assert await states(hall) == [BookingState.KEPT, BookingState.MISSED]


async def test_nobody_is_missing_before_the_time_and_nobody_came_days_before(hall: Office) -> None:
    await books(hall)
    (booking,) = await every_booking(hall)
    days_before = await hall.does("clerk", f"services.kept:{booking.id}")
    hall.now = NINE - timedelta(minutes=1)
    too_early = await hall.does("clerk", f"services.missed:{booking.id}")

    assert "当天才能登记" in days_before
    assert "还没到时间" in too_early
    assert await states(hall) == [BookingState.BOOKED]


async def test_the_same_tap_twice_and_a_wrong_one_are_put_right(hall: Office) -> None:
    await books(hall)
    (booking,) = await every_booking(hall)
    hall.now = NINE + timedelta(minutes=1)
    for verb in ("missed", "missed", "kept", "kept"):
        await hall.does("clerk", f"services.{verb}:{booking.id}")

    assert await states(hall) == [BookingState.KEPT]
    assert await taken(hall) == {NINE: 1}


async def test_a_leader_sees_how_many_come_and_not_who(hall: Office) -> None:
    await hall.does("clerk", "services.book_for")
    await hall.says("clerk", "明天九点")
    await hall.says("clerk", "王秀兰")
    await hall.says("clerk", "13800001234")
    await hall.presses("clerk", "提交")
    (booking,) = await every_booking(hall)

    for who, sees in (("clerk", True), ("leader", False), ("street_leader", False)):
        listed = await hall.does(who, f"services.desk:{TOMORROW}:0")
        card = await hall.does(who, f"services.appointment:{booking.id}")
        assert ("王秀兰" in listed) is sees, who
        assert ("13800001234" in card) is sees, who
        assert booking.number in card
    assert "（services.receive/" in await hall.does("leader", f"services.kept:{booking.id}")


async def test_a_number_that_is_typed_at_the_desk_shows_who_it_is(hall: Office) -> None:
    await books(hall)
    (booking,) = await every_booking(hall)

    assert ITEM in await hall.says("clerk", booking.number)
    assert "没有找到" in await hall.says("clerk", "Y-000000")
    assert "没有找到" in await hall.says("worker", booking.number)


async def test_who_calls_is_given_up_for_and_who_has_an_account_hears_of_it(hall: Office) -> None:
    await books(hall)
    (booking,) = await every_booking(hall)
    await hall.does("clerk", f"services.cancel_for:{booking.id}")
    await hall.presses("clerk", "确定取消")

    assert await states(hall) == [BookingState.CANCELLED]
    assert await taken(hall) == {}
    assert "大厅按您的要求取消了" in hall.latest("resident").words


async def test_whoever_receives_finds_it_in_the_to_do_list_of_the_day(hall: Office) -> None:
    await books(hall)
    before = await hall.does("clerk", "todo.open")
    hall.now = NINE - timedelta(minutes=30)
    listed = {who: await hall.does(who, "todo.open") for who in ("clerk", "community", "worker")}
    (booking,) = await every_booking(hall)
    await hall.does("clerk", f"services.kept:{booking.id}")
    after = await hall.does("clerk", "todo.open")

    assert "今天预约" not in before
    assert "还有 1 人" in listed["clerk"]
    assert "今天预约" not in listed["community"] + listed["worker"]
    assert "今天预约" not in after


async def test_an_empty_day_and_days_around_it(hall: Office) -> None:
    assert "没有预约" in await hall.does("clerk", "services.desk")
    await books(hall)

    assert "（1）" in await hall.presses("clerk", "后一天")
    for day in ("2026", "20269999", "x", TODAY + "0"):
        await hall.does("clerk", f"services.desk:{day}:0")


async def test_a_long_day_is_shown_page_by_page(office: Office) -> None:
    await opens(office, capacity=20)
    for number in range(10):
        await office.starts(f"r{number}", "g-E1")
        await books(office, f"r{number}")

    await office.does("clerk", f"services.desk:{TOMORROW}:0")
    first = [one for one in office.labels("clerk") if "09:00" in one]
    await office.presses("clerk", "下一页")
    second = [one for one in office.labels("clerk") if "09:00" in one]

    assert (len(first), len(second)) == (8, 2)


# --- without an account --------------------------------------------------------------------------


async def books_for(office: Office, when: str, name: str, phone: str = "") -> str:
    await office.does("clerk", "services.book_for:anew")
    await office.says("clerk", when)
    await office.says("clerk", name)
    if phone:
        await office.says("clerk", phone)
    else:
        await office.presses("clerk", "跳过")
    return await office.presses("clerk", "提交")


async def test_a_clerk_books_for_somebody_who_stands_there(hall: Office) -> None:
    receipt = await books_for(hall, "明天九点", "王秀兰", "138 0000 1234")

    (booking,) = await every_booking(hall)
    assert booking.number in receipt
    assert HALL in receipt
    assert (booking.person, booking.name, booking.phone) == (None, "王秀兰", "13800001234")
    assert booking.by == "clerk"


async def test_the_same_number_is_not_booked_twice_and_others_may_leave_none(hall: Office) -> None:
    await books_for(hall, "明天九点", "王秀兰", "13800001234")
    refused = await books_for(hall, "周四九点", "王秀兰", "13800001234")
    await books_for(hall, "周四九点", "李四")
    await books_for(hall, "周四九点", "李四")

    assert "这个电话已经约了" in refused
    assert len(await every_booking(hall)) == 3


async def test_who_has_no_account_is_named_to_be_called_when_a_day_is_closed(hall: Office) -> None:
    await books_for(hall, "明天九点", "王秀兰", "13800001234")
    await books_for(hall, "明天九点", "李四")
    await closes(hall)

    told = hall.latest("clerk").words
    for said in ("请打电话通知（2）", "王秀兰", "13800001234", "没留电话"):
        assert said in told


async def test_who_has_to_be_called_is_owed_until_there_is_a_new_time(hall: Office) -> None:
    await books_for(hall, "明天九点", "王秀兰", "13800001234")
    await closes(hall)
    owed = await hall.does("clerk", "todo.open")
    listed = await hall.presses("clerk", "请打电话改约")
    await hall.presses("clerk", "王秀兰")
    await hall.presses("clerk", "改时间")
    moved = await hall.says("clerk", "周四十点")
    after = await hall.does("clerk", "todo.open")

    (booking,) = await every_booking(hall)
    assert "1 人没有账号" in owed
    assert "（0）" in listed
    assert "请告诉来人" in moved
    assert booking.starts_at == datetime(2026, 11, 26, 2, tzinfo=UTC)
    assert "请打电话改约" not in after


async def test_who_calls_gets_another_time_and_who_has_an_account_hears_of_it(
    hall: Office,
) -> None:
    await books(hall)
    (booking,) = await every_booking(hall)
    await hall.does("clerk", f"services.move_for:{booking.id}")
    moved = await hall.says("clerk", "周四十点")

    assert "已通知本人" in moved
    assert "大厅给您改了时间" in hall.latest("resident").words
    assert await taken(hall) == {datetime(2026, 11, 26, 2, tzinfo=UTC): 1}


# --- what time does ------------------------------------------------------------------------------


async def test_two_reminders_come_once_each_and_a_restart_repeats_none(hall: Office) -> None:
    await books(hall, day="周四", at="10:00")
    heard = ""
    for hours in (24.5, 0.6, 0, 22, 0.5, 0):
        hall.restart()
        heard += await tick(hall, timedelta(hours=hours))

    assert heard.count("提醒您") == 1
    assert heard.count("快到时间了") == 1
    assert heard.count(HALL) == 2


async def test_nobody_is_woken_and_who_would_be_too_late_is_left_alone(hall: Office) -> None:
    for who, clock in (("resident", "08:15"), ("bert", "08:00")):
        await books(hall, who, day="周四", at=clock)
    day_before = await tick(hall, timedelta(hours=23, minutes=30))
    at_half_past_six = await tick(hall, timedelta(hours=22))
    at_eight = await tick(hall, timedelta(hours=1, minutes=30))

    assert day_before.count("提醒您") == 2
    assert "快到时间了" not in at_half_past_six
    assert at_eight.count("快到时间了") == 1
    assert "快到时间了" not in hall.transcript("bert")


async def test_who_moved_is_reminded_of_the_new_time_alone(hall: Office) -> None:
    await books(hall, day="周四", at="10:00")
    (booking,) = await every_booking(hall)
    await hall.does("resident", f"services.move_to:{booking.id}:202611301000")
    early = await tick(hall, timedelta(days=2))
    late = await tick(hall, timedelta(days=3, hours=2))

    assert "提醒您" not in early
    assert "提醒您" in late


async def test_who_gave_up_hears_no_more_of_it(hall: Office) -> None:
    await books(hall, day="周四", at="10:00")
    (booking,) = await every_booking(hall)
    await hall.does("resident", f"services.cancel:{booking.id}")

    assert "提醒您" not in await tick(hall, timedelta(days=1, hours=2))
    await tick(hall, timedelta(days=2))
    assert await states(hall) == [BookingState.CANCELLED]


async def test_who_was_not_noted_as_there_counts_as_missed_and_nothing_follows(
    hall: Office,
) -> None:
    await books(hall)
    hall.now = NINE + timedelta(minutes=44)
    await tick(hall)
    before = await states(hall)
    said = await tick(hall, timedelta(minutes=1))
    missed = await states(hall)
    (booking,) = await every_booking(hall)
    await hall.does("clerk", f"services.kept:{booking.id}")

    assert before == [BookingState.BOOKED]
    assert missed == [BookingState.MISSED]
    assert said == ""
    assert await states(hall) == [BookingState.KEPT]
    assert "约好了" in await books(hall, day="周四")


async def test_who_did_not_come_too_often_goes_to_the_window_where_a_rule_says_so(
    hall: Office,
) -> None:
    hall.new_source = lambda: StreetSource(
        settings(hall.folder, LINLI_RULES__BOOKINGS__MOST_MISSED="1")
    )
    hall.restart()
    await books(hall)
    await tick(hall, timedelta(days=2))

    assert "直接到大厅或打电话约" in await hall.does("resident", "services.book")
    assert "哪一天" in await hall.does("bert", "services.book")


async def test_a_holiday_that_became_known_later_is_told_with_other_times(
    hall: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await books(hall, day="周四", at="10:00")
    street = await hall.street()
    known = street.office.calendar
    calendar = replace(known, holidays=known.holidays | {date(2026, 11, 26)})
    before = hall.source.office
    monkeypatch.setattr(
        hall.source, "office", lambda *given: replace(before(*given), calendar=calendar)
    )
    said = await tick(hall) + await tick(hall, timedelta(days=1))

    assert "法定节假日" in said
    assert await states(hall) == [BookingState.CALLED_OFF]
