"""Residents book a time, move it, give it up; nobody is booked twice, nothing typed is lost."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.slots import BookingState
from storage.chain import list_events
from tests.handlers.chats import Office
from tests.handlers.services.times import (
    ADDRESS,
    HALL,
    ITEM,
    books,
    every_booking,
    opens,
    series,
    taken,
)

#: Wednesday, 09:00 in Shanghai.
NINE = datetime(2026, 11, 25, 1, tzinfo=UTC)


@pytest.fixture
async def hall(office: Office) -> Office:
    """An office whose clerk opened times for one thing, two people at a time."""
    await opens(office, capacity=2)
    await office.starts("resident", "g-E1")
    await office.starts("bert", "g-W1")
    return office


async def states(office: Office) -> list[BookingState]:
    return [one.state for one in await every_booking(office)]


# --- to book -------------------------------------------------------------------------------------


async def test_a_day_a_time_a_look_and_it_is_booked(hall: Office) -> None:
    days = await hall.does("resident", "services.book")
    times = await hall.presses("resident", "明天")
    read_back = await hall.presses("resident", "09:00")
    receipt = await hall.presses("resident", "提交")

    (booking,) = await every_booking(hall)
    assert "余 64 个" not in days or "哪一天" in days
    assert "几点来" in times
    for said in (HALL, ADDRESS, "身份证原件", "会看到这个预约"):
        assert said in read_back
    for said in ("约好了", booking.number, ITEM, HALL, ADDRESS, "身份证原件", "09:00"):
        assert said in receipt
    assert booking.starts_at == NINE
    assert await taken(hall) == {NINE: 1}


async def test_the_story_of_a_booking_is_kept(hall: Office) -> None:
    await books(hall)
    (booking,) = await every_booking(hall)
    await hall.does("resident", f"services.move_to:{booking.id}:202611261000")
    await hall.does("resident", f"services.cancel:{booking.id}")

    async with hall.database.read() as tx:
        events = await list_events(tx, booking.subject)
    assert [one.happening.partition(".")[2] for one in events] == ["booked", "moved", "cancelled"]


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("明天九点", NINE),
        ("周三九点", NINE),
        ("周三9:00", NINE),
        ("tomorrow 9am", NINE),
        ("明天九点十分", NINE),
        ("周四下午三点", datetime(2026, 11, 26, 7, tzinfo=UTC)),
    ],
)
async def test_a_moment_may_be_typed_in_one_go(hall: Office, said: str, at: datetime) -> None:
    await hall.does("resident", "services.book")
    await hall.says("resident", said)
    await hall.presses("resident", "提交")

    assert [one.starts_at for one in await every_booking(hall)] == [at]


async def test_the_half_of_a_day_narrows_the_times_and_a_number_is_the_place(hall: Office) -> None:
    await hall.does("resident", "services.book")
    await hall.says("resident", "明天下午")
    shown = hall.labels("resident")
    await hall.says("resident", "2")
    await hall.presses("resident", "提交")

    assert "14:00" in shown
    assert "09:00" not in shown
    assert [one.starts_at for one in await every_booking(hall)] == [
        NINE + timedelta(hours=5, minutes=15)
    ]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("上周五", "没看懂"),
        ("随便吧", "没看懂"),
        ("2026-11-20", "已经过去"),
        ("12月20日", "最多只能约到 14 天以后"),
        ("周六", "大厅不办这一项"),
    ],
)
async def test_what_cannot_be_had_is_said_and_the_question_stands(
    hall: Office, said: str, why: str
) -> None:
    await hall.does("resident", "services.book")
    refused = await hall.says("resident", said)
    await hall.says("resident", "明天九点")
    await hall.presses("resident", "提交")

    assert why in refused
    assert await states(hall) == [BookingState.BOOKED]


async def test_a_time_that_is_none_of_the_hall_leads_to_the_times_of_that_day(hall: Office) -> None:
    await hall.does("resident", "services.book")
    told = await hall.says("resident", "明天中午十二点半")

    assert told.count("那个时间不办") <= 1
    told = await hall.says("resident", "明天十二点半")
    assert told.count("那个时间不办") == 1
    assert "09:00" in hall.labels("resident")


async def test_the_year_whose_holidays_nobody_knows_is_said(hall: Office) -> None:
    hall.now = datetime(2026, 12, 28, 1, tzinfo=UTC)
    await hall.does("resident", "services.book")
    read_back = await hall.says("resident", "2027-01-05 9:00")

    assert "2027 年的放假安排国家还没公布" in read_back


async def test_what_there_is_only_one_of_is_not_asked_and_of_two_the_near_one_comes_first(
    hall: Office,
) -> None:
    assert "哪一天" in await hall.does("resident", "services.book")

    await opens(hall, hall="街道大厅", item="高龄津贴", by="dispatcher")
    await hall.does("bert", "services.book")
    assert "办什么" in hall.latest("bert").words
    assert [one.partition(" ")[0] for one in hall.labels("bert")][:2] == ["高龄津贴", "社保卡"]
    await hall.does("resident", "f:none:xx")
    await hall.does("resident", "services.book:anew")
    assert [one.partition(" ")[0] for one in hall.labels("resident")][:2] == ["社保卡", "高龄津贴"]


async def test_where_nothing_is_open_one_hears_what_to_do(office: Office) -> None:
    await office.starts("resident", "g-E1")

    assert "还没有开放预约" in await office.does("resident", "services.book")
    assert "您还没有预约" in await office.does("resident", "services.bookings")


# --- in a sentence -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said", ["我想预约明天九点办社保卡", "预约社保卡周三九点", "帮我约明天上午九点", "预约社保卡"]
)
async def test_a_wish_in_one_sentence_is_taken_up(hall: Office, said: str) -> None:
    told = await hall.says("resident", said)
    if "哪一天" in told:
        await hall.says("resident", "明天九点")
    await hall.presses("resident", "提交")

    assert [one.starts_at for one in await every_booking(hall)] == [NINE]


async def test_the_moment_of_a_wish_waits_until_it_is_clear_what_for(hall: Office) -> None:
    await opens(hall, item="居住证")
    assert "办什么" in await hall.says("resident", "我想预约明天九点")

    read_back = await hall.presses("resident", "居住证")

    assert "09:00" in read_back
    assert "提交预约" in "".join(hall.labels("resident"))


@pytest.mark.parametrize(
    "said", ["预约了三次都没人来", "预约不上，电话也打不通", "你们能预约修水管吗", "明天上午停水吗"]
)
async def test_what_only_tells_of_booking_begins_none(hall: Office, said: str) -> None:
    told = await hall.says("resident", said)

    assert "哪一天方便" not in told
    assert "几点来" not in told


# --- few buttons ---------------------------------------------------------------------------------


async def test_who_wants_few_buttons_books_in_three_taps(hall: Office) -> None:
    await opens(hall, item="居住证")
    await hall.does("resident", "menu.elder:on")

    await hall.presses("resident", "预约办事")
    await hall.presses("resident", ITEM)
    receipt = await hall.presses("resident", "明天（11月25日）08:00")

    assert "约好了" in receipt
    assert "取消预约" in "".join(hall.labels("resident"))
    assert await states(hall) == [BookingState.BOOKED]


async def test_who_wants_few_buttons_may_choose_another_day_or_say_it(hall: Office) -> None:
    await hall.does("resident", "menu.elder:on")
    await hall.does("resident", "services.book")
    await hall.presses("resident", "选别的日子")
    await hall.presses("resident", "周四")
    await hall.says("resident", "十点")

    assert [one.starts_at for one in await every_booking(hall)] == [
        datetime(2026, 11, 26, 2, tzinfo=UTC)
    ]


# --- twice, and too late -------------------------------------------------------------------------


async def test_the_same_button_twice_is_one_booking(hall: Office) -> None:
    await hall.does("resident", "services.book")
    await hall.says("resident", "明天九点")
    submit = hall.button("resident", "提交")

    await hall.does("resident", submit)
    await hall.does("resident", submit)

    assert await states(hall) == [BookingState.BOOKED]
    assert await taken(hall) == {NINE: 1}


async def test_a_second_one_for_the_same_is_refused_with_the_way_to_move_the_first(
    hall: Office,
) -> None:
    await books(hall)
    refused = await books(hall, day="周四")

    assert "这一项您已经约了" in refused
    assert "改那个预约" in refused
    assert "约" in await hall.presses("resident", "看这个预约")
    assert len(await every_booking(hall)) == 1


async def test_two_things_at_one_time_are_refused(hall: Office) -> None:
    await opens(hall, item="居住证")
    await hall.says("resident", "预约社保卡明天九点")
    await hall.presses("resident", "提交")
    await hall.says("resident", "预约居住证明天九点")
    refused = await hall.presses("resident", "提交")

    assert "时间重了" in refused
    assert len(await every_booking(hall)) == 1


async def test_who_is_too_late_by_a_moment_is_offered_the_next_times_and_loses_nothing(
    office: Office,
) -> None:
    await opens(office)
    for who in ("resident", "bert"):
        await office.starts(who, "g-E1")
        await office.does(who, "services.book")
        await office.says(who, "明天九点")

    await office.presses("bert", "提交")
    told = await office.presses("resident", "提交")
    labels = office.labels("resident")
    read_back = await office.presses("resident", "明天（11月25日）09:15")
    receipt = await office.presses("resident", "提交")

    assert "刚被别人约走了" in told
    assert "明天（11月25日）08:45" in labels
    assert "社保卡" in read_back
    assert "约好了" in receipt
    assert await taken(office) == {NINE: 1, NINE + timedelta(minutes=15): 1}


@pytest.mark.requirement("S-06")
async def test_two_who_press_in_the_same_moment_do_not_get_the_same_place(office: Office) -> None:
    await opens(office)
    presses = []
    for who in ("resident", "bert", "carl"):
        await office.starts(who, "g-E1")
        await office.does(who, "services.book")
        await office.says(who, "明天九点")
        presses.append((who, {"action": office.button(who, "提交")}))

    await office.arrive_together(*presses)

    told = [office.heard(who) for who in ("resident", "bert", "carl")]
    assert sum("约好了" in one for one in told) == 1
    assert sum("刚被别人约走了" in one for one in told) == 2
    assert await taken(office) == {NINE: 1}


async def test_a_time_that_has_begun_meanwhile_is_not_booked(hall: Office) -> None:
    await hall.does("resident", "services.book")
    await hall.says("resident", "明天九点")
    hall.now = NINE - timedelta(minutes=10)

    told = await hall.presses("resident", "提交")

    assert "约好了" not in told
    assert await every_booking(hall) == []


async def test_a_hand_made_button_books_no_time_of_ones_own(hall: Office) -> None:
    await hall.does("resident", "services.book")
    await hall.says("resident", "明天九点")
    draft = hall.button("resident", "提交").split(":")[1]
    for value in ("202611250903", "202611252300", "209912310900", "x"):
        await hall.does("resident", f"f:{draft}:s:at:{value}")
        await hall.does("resident", f"f:{draft}:ok")

    assert await every_booking(hall) == []


# --- one's own -----------------------------------------------------------------------------------


async def test_one_moves_to_another_time_under_the_same_number(hall: Office) -> None:
    await books(hall)
    (before,) = await every_booking(hall)
    await hall.does("resident", "services.bookings")
    await hall.presses("resident", before.number)
    await hall.presses("resident", "改时间")
    receipt = await hall.says("resident", "周四十点")

    (after,) = await every_booking(hall)
    assert "改好了" in receipt
    assert (after.number, after.starts_at) == (before.number, datetime(2026, 11, 26, 2, tzinfo=UTC))
    assert await taken(hall) == {after.starts_at: 1}


async def test_one_gives_up_after_one_question_and_the_place_is_free(hall: Office) -> None:
    await books(hall)
    (booking,) = await every_booking(hall)
    asked = await hall.presses("resident", "取消预约")
    cancel = hall.button("resident", "确定取消")
    await hall.does("resident", cancel)
    again = await hall.does("resident", cancel)

    assert "名额会让给别人" in asked
    assert f"已取消预约 {booking.number}" in again
    assert await states(hall) == [BookingState.CANCELLED]
    assert await taken(hall) == {}
    assert "取消" in await hall.does("resident", f"services.move:{booking.id}")


async def test_a_number_that_is_typed_shows_ones_own_and_nobody_elses(hall: Office) -> None:
    await books(hall)
    (booking,) = await every_booking(hall)

    for said in (
        booking.number,
        booking.number.lower().replace("-", ""),
        f"预约号{booking.number}",
    ):
        assert ITEM in await hall.says("resident", said)
    other = await hall.says("bert", booking.number)
    none = await hall.says("bert", "Y-000000")
    assert other.replace(booking.number, "Y-000000") == none


async def test_nobody_sees_or_changes_anothers_appointment(hall: Office) -> None:
    await books(hall)
    (booking,) = await every_booking(hall)
    before = await every_booking(hall)

    for verb in ("booking", "move", "ask_cancel", "cancel"):
        real = await hall.does("bert", f"services.{verb}:{booking.id}")
        none = await hall.does("bert", f"services.{verb}:{'0' * 24}")
        assert real.replace(booking.id[:8], "0" * 8) == none
    real = await hall.does("bert", f"services.move_to:{booking.id}:202611261000")
    assert ITEM not in real
    assert await every_booking(hall) == before


async def test_one_finds_them_under_mine(hall: Office) -> None:
    await books(hall)
    await hall.commands("resident", "me")
    listed = await hall.presses("resident", "我的预约")

    assert ITEM in listed
    assert "已约好" in listed


async def test_no_more_than_so_many_at_a_time(hall: Office) -> None:
    for number, item in enumerate(("居住证", "老年卡", "残疾证"), 1):
        await opens(hall, item=item)
        await hall.says("resident", f"预约{item}明天{8 + number}点")
        await hall.presses("resident", "提交")

    await hall.says("resident", "预约社保卡周四九点")
    assert "最多同时约 3 个" in await hall.presses("resident", "提交")


async def test_what_is_not_booked_any_more_is_said_so(hall: Office) -> None:
    await hall.does("resident", "services.book")
    await hall.says("resident", "明天九点")
    (one,) = await series(hall)
    await hall.does("clerk", f"services.end_times:{one.id}")
    await hall.says("clerk", "窗口撤了")
    await hall.presses("clerk", "提交")

    assert "现在不能预约了" in await hall.presses("resident", "提交")
    assert await every_booking(hall) == []


async def test_a_restart_in_the_middle_loses_nothing(hall: Office) -> None:
    await hall.does("resident", "services.book")
    await hall.says("resident", "明天上午")
    hall.restart()
    await hall.presses("resident", "09:00")
    hall.restart()

    assert "约好了" in await hall.presses("resident", "提交")


async def test_what_is_no_day_brings_the_days_back_with_one_press(hall: Office) -> None:
    await hall.does("resident", "services.book")

    refused = await hall.says("resident", "社保卡丢了咋办")
    asked = await hall.presses("resident", "接着填")

    assert "没看懂" in refused
    assert "哪一天" in asked
