"""Home visits, told as chats: the wish, the window, the codes at the door, every way to stop."""

import re

import pytest

from domain.matters.matter import State
from domain.services.home import copied, home_of, with_home
from domain.services.orders import Order
from storage.chain import list_events
from storage.documents import load_folder
from storage.services.orders import list_of_resident
from tests.handlers.chats import Office
from tests.services import hall, keep

ADDRESS = "槐树巷7号3单元201"


# --- helpers -------------------------------------------------------------------------------------


async def asked(
    office: Office, words: str = "卧床的老人办养老资格认证", who: str = "resident"
) -> str:
    """Somebody asks for a visit; gives the number."""
    await office.starts(who, "g-E1")
    await office.says(who, "上门服务")
    await office.says(who, words)
    await office.says(who, "李秀英")
    await office.says(who, "13800001234")
    await office.says(who, ADDRESS)
    await office.says(who, "周四上午")
    told = await office.presses(who, "提交")
    (number,) = office.numbers(told)
    return number


async def order_of(office: Office, number: str) -> Order:
    matter = await office.matter(number)
    async with office.database.read() as tx:
        found = await list_of_resident(tx, matter.reporter)
    return [one for one in found if one.matter == number][-1]


async def stage(office: Office, number: str) -> str:
    order = await order_of(office, number)
    matter = await office.matter(number)
    if matter.state is State.REFERRED:
        assert matter.referred_to == order.subject
        assert matter.owner == order.owner
        assert matter.resolve_by == order.standing.due_at
    assert order.is_open is (order.standing.due_at is not None)
    return order.standing.stage


async def booked(
    office: Office, day: str = "今天", window: str = "10:00–12:00", bring: str = ""
) -> None:
    """Let the clerk accept for a day and a window."""
    await office.presses("clerk", "受理并约时间")
    await office.says("clerk", day)
    await office.presses("clerk", window)
    if bring:
        await office.says("clerk", bring)
    else:
        await office.presses("clerk", "跳过")
    await office.presses("clerk", "提交")


def codes(told: str) -> tuple[str, str]:
    """Read what somebody has to hear, and says."""
    heard = re.search(r"对方应说：(\d{4})", told)
    said = re.search(r"您(?:再|先)说：(\d{4})", told)
    assert heard, told
    assert said, told
    return heard[1], said[1]


async def door(office: Office, number: str, who: str = "resident") -> tuple[str, str]:
    order = await order_of(office, number)
    return codes(await office.does(who, f"services.door:{order.id}"))


@pytest.fixture
async def number(office: Office) -> str:
    return await asked(office)


@pytest.fixture
async def coming(office: Office, number: str) -> str:
    """One that is agreed for this morning, and whose worker set off."""
    await booked(office)
    await office.presses("clerk", "出发了")
    return number


# --- how it begins -------------------------------------------------------------------------------


@pytest.mark.requirement("S-08")
async def test_a_resident_asks_with_address_and_time_and_sees_who_comes_when(
    office: Office,
) -> None:
    await keep(office, hall())
    number = await asked(office)
    assert await stage(office, number) == "asked"
    new = office.heard("clerk")
    assert "请您上门办" in new
    assert ADDRESS in new
    assert "周四上午" in new
    assert number in await office.says("resident", "我的事项")

    await office.presses("clerk", "受理并约时间")
    await office.says("clerk", "周四")
    await office.presses("clerk", "10:00–12:00")
    await office.says("clerk", "身份证")
    read = await office.presses("clerk", "提交")

    assert "已受理" in read
    told = office.heard("resident")
    for expected in (
        "上门的人：周窗口",
        "岗位：东园社区 窗口工作人员",
        "11月26日",
        "10:00–12:00",
        "核实电话（大厅）：0371-11111111",
        "监督电话",
        "请准备：身份证",
    ):
        assert expected in told, told
    assert not re.search(r"应说|暗号：\d", told)
    assert await stage(office, number) == "booked"


@pytest.mark.parametrize(
    "words",
    [
        "能不能上门办",
        "能不能上门办？",
        "我妈走不动，能不能上门办养老资格认证",
        "请帮我预约上门服务",
        "可以到我家里来办吗",
        "can somebody come to my home for a pension check",
    ],
)
async def test_a_plain_sentence_begins_it(office: Office, words: str) -> None:
    await office.starts("resident", "g-E1")

    told = await office.says("resident", words)

    assert "上门办什么事" in told or "到谁家" in told, told


@pytest.mark.parametrize(
    "words",
    [
        "有人上门推销净水器，能不能管管",
        "上门维修的师傅乱收费，请你们管一管",
        "昨天说好上门的人没来，能帮我问问吗",
        "上次上门走访的是谁",
        "有人要上门打人，请快来",
    ],
)
async def test_what_tells_of_something_else_begins_none(office: Office, words: str) -> None:
    await office.starts("resident", "g-E1")

    told = await office.says("resident", words)

    assert "上门办什么事" not in told
    assert "到谁家" not in told


async def test_a_worker_arranges_it_for_a_case_of_somebody_else(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")
    await office.presses("secretary", "转专项办理")
    await office.presses("secretary", "上门服务")
    offered = office.heard("secretary")
    for name in ("周窗口", "李网格员", "张书记", "王书记"):
        assert name in offered
    await office.presses("secretary", "周窗口")
    await office.says("secretary", "李秀英")
    await office.says("secretary", "13800001234")
    await office.says("secretary", ADDRESS)
    told = await office.presses("secretary", "提交")

    assert "已转上门服务" in told
    assert await stage(office, number) == "asked"
    assert "请您上门办" in office.heard("clerk")
    assert "安排上门办" in office.heard("resident")


async def test_a_resident_asks_for_it_for_a_case_that_is_under_way(office: Office) -> None:
    number = await office.filed()
    await office.does("resident", f"matters.show:{number}")
    await office.presses("resident", "请人上门办")
    await office.says("resident", "李秀英")
    await office.says("resident", "13800001234")
    await office.says("resident", ADDRESS)
    await office.presses("resident", "跳过")
    await office.presses("resident", "提交")

    assert await stage(office, number) == "asked"
    assert "居民请人上门办" in office.heard("secretary")


async def test_for_a_walk_in_without_an_account_the_worker_is_told_to_call(office: Office) -> None:
    await office.commands("clerk", "menu")
    await office.presses("clerk", "代居民登记")
    await office.says("clerk", "3号楼王大爷来说家里下水道堵了，13900005678")
    await office.presses("clerk", "第一网格")
    await office.presses("clerk", "提交")
    number = next(one for one in office.numbers(office.transcript("clerk")))
    await office.does("secretary", f"matters.accept:{number}")
    await office.does("secretary", f"matters.refer_to:{number}:home")
    await office.presses("secretary", "周窗口")
    await office.says("secretary", ADDRESS)
    await office.presses("secretary", "提交")
    await booked(office)
    told = office.heard("clerk")

    assert "居民没有账号" in told
    assert "打大厅电话核实" in told


async def test_of_an_item_of_the_guide_it_begins_with_the_item(office: Office) -> None:
    assert "过时" in await office.does("resident", "services.home_item:nothing")


async def test_an_elder_needs_three_taps_at_most(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.presses("resident", "大字简洁版")
    await office.presses("resident", "便民服务")
    await office.presses("resident", "上门服务")
    taps = 2
    for words in ("卧床的老人办资格认证", "李秀英", "13800001234", ADDRESS, "周四上午"):
        await office.says("resident", words)
    taps += 1
    told = await office.presses("resident", "提交")

    assert "收到，编号" in told
    assert taps <= 3
    # And two at the door: look, and say that it is right.
    await booked(office)
    await office.presses("resident", "核对身份")
    assert "可以开门" in await office.presses("resident", "对，说的是这个")


# --- the window ----------------------------------------------------------------------------------


async def test_a_window_that_is_over_and_a_day_that_is_none_are_refused(
    office: Office, number: str
) -> None:
    await office.presses("clerk", "受理并约时间")
    assert "日期" in await office.says("clerk", "昨天")
    await office.says("clerk", "今天")
    assert "10:00–12:00" in office.labels("clerk")
    await office.presses("clerk", "10:00–12:00")
    await office.presses("clerk", "跳过")
    office.later(hours=4)

    told = await office.presses("clerk", "提交")

    assert "已经过了" in told
    assert await stage(office, number) == "asked"


async def test_somebody_else_is_named_and_hears_of_it_and_the_first_one_may_not_go(
    office: Office, number: str
) -> None:
    await office.presses("clerk", "受理并约时间")
    await office.says("clerk", "今天")
    await office.presses("clerk", "10:00–12:00")
    await office.presses("clerk", "跳过")
    await office.presses("clerk", "上门的人")
    await office.presses("clerk", "李网格员")
    await office.presses("clerk", "提交")

    order = await order_of(office, number)
    assert order.owner == "worker"
    assert "由您上门" in office.heard("worker")
    assert "上门的人：李网格员" in office.heard("resident")
    refused = await office.does("clerk", f"services.door:{order.id}")
    assert "应说" not in refused
    assert await stage(office, number) == "booked"


async def test_moving_it_voids_the_codes_before_and_tells_the_resident(
    office: Office, coming: str
) -> None:
    before = await door(office, coming)
    await office.presses("clerk", "改时间或换人")
    await office.says("clerk", "今天")
    await office.presses("clerk", "14:00–16:00")
    await office.presses("clerk", "跳过")
    await office.presses("clerk", "提交")

    assert "原来的暗号作废" in office.heard("resident")
    assert await door(office, coming) != before
    assert await stage(office, coming) == "booked"


async def test_a_resident_asks_for_another_time_and_nobody_comes_at_the_first(
    office: Office, number: str
) -> None:
    await booked(office, bring="身份证")
    await office.presses("resident", "换个时间")
    told = await office.says("resident", "周五下午")

    assert "原来的时间不来了" in told
    assert "周五下午" in office.heard("clerk")
    assert await stage(office, number) == "asked"
    order = await order_of(office, number)
    assert home_of(order).says_worker == ""
    # What has to be ready is said once.
    await office.presses("clerk", "受理并约时间")
    await office.says("clerk", "周五")
    asked_next = await office.presses("clerk", "14:00–16:00")
    assert "准备什么" not in asked_next
    await office.presses("clerk", "提交")
    assert await stage(office, number) == "booked"


# --- the codes at the door -----------------------------------------------------------------------


@pytest.mark.requirement("S-08")
async def test_each_says_a_code_of_their_own_and_the_other_says_that_it_is_right(
    office: Office, coming: str
) -> None:
    heard_by_resident, said_by_resident = await door(office, coming)
    heard_by_worker, said_by_worker = await door(office, coming, "clerk")
    assert heard_by_resident == said_by_worker
    assert heard_by_worker == said_by_resident
    assert said_by_worker != said_by_resident

    await office.does("resident", f"services.door:{(await order_of(office, coming)).id}")
    told = await office.presses("resident", "对，说的是这个")
    assert "来的是 周窗口" in told
    assert "可以开门" in told
    assert "居民核对无误" in office.heard("clerk")
    await office.presses("clerk", "到门口了")
    await office.presses("clerk", "核对身份")
    assert "是这家" in await office.presses("clerk", "对，是这家")
    assert "双方都核对过" in office.heard("clerk")


@pytest.mark.requirement("S-08")
async def test_a_wrong_code_warns_the_level_above_at_once_and_the_door_stays_shut(
    office: Office, coming: str
) -> None:
    await office.presses("resident", "核对身份")
    told = await office.presses("resident", "不对")

    assert "请不要开门" in told
    assert "110" in told
    assert "居民说暗号不对" in office.heard("clerk")
    warned = [one for one in office.said if one.person == "community"][-1]
    assert "请马上打电话给居民核实" in warned.words
    assert warned.not_before == office.now

    again = await office.does(
        "resident", f"services.door_wrong:{(await order_of(office, coming)).id}"
    )
    assert "请不要开门" in again
    assert office.heard("community") == ""
    order = await order_of(office, coming)
    assert "作废" in await office.does("resident", f"services.door:{order.id}")
    assert "作废" in await office.does("resident", f"services.door_right:{order.id}")
    assert not home_of(await order_of(office, coming)).is_checked


async def test_after_a_warning_nothing_is_finished_before_new_codes_are_right(
    office: Office, coming: str
) -> None:
    old = await door(office, coming)
    await office.presses("resident", "不对")
    await office.presses("clerk", "到门口了")
    assert "还没弄清楚" in await office.presses("clerk", "办好了")

    await office.presses("clerk", "换新暗号")

    assert "暗号换了新的" in office.heard("resident")
    assert await door(office, coming) != old
    await office.does("resident", f"services.door_right:{(await order_of(office, coming)).id}")
    assert "办理结果" in await office.presses("clerk", "办好了")


async def test_the_worker_at_a_wrong_address_stops_and_the_resident_is_warned(
    office: Office, coming: str
) -> None:
    await office.presses("clerk", "核对身份")
    told = await office.presses("clerk", "不对")

    assert "请不要进门" in told
    assert "请不要开门" in office.heard("resident")
    assert "地址的暗号不对" in office.heard("community")


@pytest.mark.requirement("S-08")
async def test_a_typed_code_is_held_against_the_right_one_and_tries_are_counted(
    office: Office, coming: str
) -> None:
    heard, mine = await door(office, coming)
    wrong = next(one for one in ("1111", "2222", "3333") if one not in (heard, mine))

    for _ in range(2):
        told = await office.says("resident", wrong)
        assert "不是来人应说的暗号" in told
        assert "110" in told
    # One's own code is not the other's.
    assert "请不要开门" in await office.says("resident", mine)
    assert "居民说暗号不对" in office.heard("clerk")
    assert "请马上打电话" in office.heard("community")
    assert "作废" in await office.says("resident", heard)


@pytest.mark.requirement("S-08")
async def test_a_typed_code_that_is_right_says_who_it_is_whatever_its_spelling(
    office: Office, coming: str
) -> None:
    heard, _ = await door(office, coming)

    told = await office.says("resident", f"{heard[:2]} {heard[2:]}")

    assert "来的是 周窗口" in told
    heard, _ = await door(office, coming, "clerk")
    assert "是这家" in await office.says("clerk", heard)


@pytest.mark.requirement("S-08")
async def test_codes_are_good_on_the_day_alone_and_otherwise_the_hall_is_called(
    office: Office,
) -> None:
    await keep(office, hall())
    number = await asked(office)
    await booked(office, "周四")
    order = await order_of(office, number)
    early = await office.does("resident", f"services.door:{order.id}")
    assert "11月26日" in early
    assert "0371-11111111" in early
    assert "110" in early
    assert "0371-11111111" in await office.says("resident", home_of(order).says_worker)

    office.later(days=2)
    heard, _ = await door(office, number)
    office.later(days=1)

    late = await office.says("resident", heard)
    assert "已经过期" in late
    assert "0371-11111111" in late
    assert "已经过期" in await office.does("resident", f"services.door_right:{order.id}")


async def test_a_code_of_another_visit_opens_nothing(office: Office, coming: str) -> None:
    other = await asked(office, who="neighbour")
    await booked(office)
    _, mine = await door(office, other, "neighbour")
    known = await door(office, coming)
    heard = next(one for one in ("1111", "2222", "3333") if one not in (*known, mine))
    order = await order_of(office, other)
    await office.change(with_home(order, says_worker=heard))

    assert "不是来人应说的暗号" in await office.says("resident", heard)
    refused = await office.does("resident", f"services.door:{order.id}")
    assert heard not in refused
    assert mine not in refused


async def test_who_has_no_visit_may_type_four_digits_like_anything_else(office: Office) -> None:
    await office.starts("resident", "g-E1")

    assert "暗号" not in await office.says("resident", "4827")


@pytest.mark.requirement("S-08")
async def test_codes_stand_in_no_paper_no_file_and_no_news(office: Office, coming: str) -> None:
    pair = await door(office, coming)
    order = await order_of(office, coming)
    asked_for = {one.row for one in office.said if "应说" in one.words}

    async with office.database.read() as tx:
        folder = await load_folder(tx, order.subject)
        events = await list_events(tx, order.subject)
    for code in pair:
        assert all(code not in repr(one.paper) for one in folder.documents)
        assert all(code not in str(one.content) for one in events)
        others = [one.words for one in office.said if one.row not in asked_for]
        assert all(f"：{code}" not in one and f" {code}" not in one for one in others)
    shown = [one.message for one in office.said if one.row in asked_for]
    assert all(one.secret and one.once for one in shown)


# --- the end -------------------------------------------------------------------------------------


@pytest.mark.requirement("S-08")
async def test_it_is_done_closed_and_asked_about_with_all_its_slips(
    office: Office, number: str
) -> None:
    await booked(office, bring="身份证")
    await office.presses("clerk", "出发了")
    assert "出发了" in office.heard("resident")
    await office.presses("clerk", "到门口了")
    await office.does("resident", f"services.door_right:{(await order_of(office, number)).id}")
    await office.presses("clerk", "办好了")
    await office.says("clerk", "认证做好了")

    assert "认证做好了" in office.heard("resident")
    assert (await office.matter(number)).state is State.RESOLVED
    assert await stage(office, number) == "revisit"
    await office.presses("resident", "已解决")
    await office.presses("clerk", "记回访")
    assert "上门服务完成" in await office.says("clerk", "很满意")
    order = await order_of(office, number)
    assert (order.standing.stage, order.outcome) == ("done", "done")
    async with office.database.read() as tx:
        folder = await load_folder(tx, order.subject)
    assert {one.kind for one in folder.documents} == {"acceptance", "notice", "closing"}
    assert home_of(order).says_worker == ""


async def test_a_suspension_and_a_consent_are_on_record_and_a_new_time_is_agreed(
    office: Office, number: str
) -> None:
    await booked(office)
    await office.presses("clerk", "中止")
    await office.says("clerk", "设备坏了")
    assert "设备坏了" in office.heard("resident")
    assert await stage(office, number) == "suspended"

    await office.presses("resident", "同意接着办")

    assert "请重新约时间" in office.heard("clerk")
    assert await stage(office, number) == "asked"
    async with office.database.read() as tx:
        folder = await load_folder(tx, (await order_of(office, number)).subject)
    assert {one.kind for one in folder.documents} == {"acceptance", "suspension", "resumption"}
    assert folder.current("acceptance") is None


async def test_the_resident_calls_it_off_with_a_reason_and_the_worker_does_not_go(
    office: Office, coming: str
) -> None:
    asked_why = await office.presses("resident", "取消上门")
    assert "说一下原因" in asked_why
    told = await office.presses("resident", "已经办好了")

    assert "不会有人上门" in told
    heard = office.heard("clerk")
    assert "不用去了" in heard
    assert "居民已经办好了" in heard
    matter = await office.matter(coming)
    assert matter.state is State.DISPATCHED
    order = await order_of(office, coming)
    assert (order.outcome, home_of(order).says_worker) == ("terminated", "")
    again = await office.does("resident", f"services.home_cancel:{order.id}:done_already")
    assert "已终止" in again


async def test_what_cannot_be_done_goes_back_with_the_reason_and_nobody_shall_open(
    office: Office, number: str
) -> None:
    await booked(office)
    await office.presses("clerk", "办不了，退回")
    await office.says("clerk", "要本人到区里办")

    told = office.heard("resident")
    assert "要本人到区里办" in told
    assert "不要给自称来办这件事的人开门" in told
    assert (await office.matter(number)).state is State.DISPATCHED


@pytest.mark.parametrize(
    "verb", ["home_off", "home_arrive", "home_finish", "home_revisit", "home_resume", "new_codes"]
)
async def test_a_button_at_the_wrong_time_is_answered_with_how_it_stands(
    office: Office, number: str, verb: str
) -> None:
    order = await order_of(office, number)

    told = await office.does("clerk", f"services.{verb}:{order.id}")

    assert "等受理、约时间" in told
    assert await stage(office, number) == "asked"


@pytest.mark.parametrize(
    "verb", ["accept", "terminate", "suspend", "resume", "close", "finish", "revoke", "got"]
)
async def test_buttons_of_an_agency_do_nothing_to_a_visit(
    office: Office, number: str, verb: str
) -> None:
    order = await order_of(office, number)

    for who in ("clerk", "resident"):
        await office.does(who, f"services.{verb}:{order.id}")

    assert await order_of(office, number) == order


async def test_setting_off_twice_is_setting_off_once(office: Office, coming: str) -> None:
    order = await order_of(office, coming)

    told = await office.does("clerk", f"services.home_off:{order.id}")

    assert "正在路上" in told
    assert "出发了" not in office.heard("resident")


async def test_a_case_that_is_withdrawn_takes_the_visit_along(office: Office, coming: str) -> None:
    await office.does("resident", f"matters.withdraw:{coming}")

    order = await order_of(office, coming)
    assert order.outcome == "terminated"
    assert "不用去了" in office.transcript("clerk")


async def test_when_the_worker_leaves_the_resident_hears_who_comes_instead(
    office: Office, coming: str
) -> None:
    await office.does("community", "posts.end:clerk")

    order = await order_of(office, coming)
    assert order.owner not in (None, "clerk")
    told = office.heard("resident")
    assert "上门的人换了" in told
    assert "周窗口" not in told


async def test_the_copy_of_ones_data_holds_no_code(office: Office, coming: str) -> None:
    order = await order_of(office, coming)

    given = copied(order)

    assert given["address"] == ADDRESS
    assert home_of(order).says_worker
    assert not {"says_worker", "says_resident"} & set(given)


@pytest.mark.requirement("S-08")
async def test_in_english_as_well_the_door_stays_shut_to_a_wrong_code(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.presses("resident", "English")
    await office.says("resident", "can somebody come to my home for a pension check")
    for words in ("Li Xiuying", "13800001234", "7 Huaishu Lane, 3-201", "Thursday morning"):
        await office.says("resident", words)
    assert "You will hear who comes" in await office.presses("resident", "Submit")
    await booked(office)
    assert "Somebody will come to you" in office.heard("resident")

    shown = await office.presses("resident", "Check who it is")
    assert "Do not open yet" in shown
    assert "They have to say" in shown
    told = await office.presses("resident", "Wrong")
    assert "Do not open the door" in told
    await office.presses("resident", "Call it off")
    assert "nobody will come" in await office.presses("resident", "another reason")
