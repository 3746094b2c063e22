"""Where the hall is, when it is open, how to get in, and what is done there: asked and pressed."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.registers import EntryState
from storage.database import Database
from tests.handlers.chats import Office, opened
from tests.services import community, desk, hall, keep
from tests.street import EAST, MORNING, STREET, WEST


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    return await opened(database, tmp_path)


WEST_HALL = hall(
    "west-hall",
    WEST,
    name="西园便民服务中心",
    address="西园路2号",
    hours="每天 9:00–17:00",
    phone="0371-33333333、0371-44444444",
    access=None,
    point={"lat": 34.005, "lon": 113.025},
)
STREET_HALL = hall(
    "street-hall",
    STREET,
    name="梧桐街道便民服务大厅",
    address="梧桐大道8号",
    phone="0371-55555555",
    access=["ramp", "lift", "sign"],
    point=None,
)


async def halls(office: Office) -> None:
    await keep(
        office,
        hall(),
        WEST_HALL,
        STREET_HALL,
        desk("d1", service="养老金资格认证", where="3号窗口"),
        desk("d2", service="老年优待证", where="2号窗口", hours="周二、周四上午"),
        desk("d3", "west-hall", WEST, service="养老金资格认证", where="一楼咨询台"),
    )


# --- to look at them -----------------------------------------------------------------------------


@pytest.mark.requirement("S-01")
async def test_the_directory_shows_ones_own_hall_with_where_and_when_of_each_service(
    office: Office,
) -> None:
    await halls(office)
    await office.starts("resident", "g-E1")

    told = await office.commands("resident", "halls")

    assert "东园便民服务中心（东园社区）" in told
    assert "地址：东园路1号一楼" in told
    assert "开放时间：周一至周五 8:30–18:00" in told
    assert "电话：0371-11111111" in told
    assert "无障碍设施：轮椅坡道、低位服务台" in told
    # Each service says where and when: the hall's hours where it has none of its own.
    assert "养老金资格认证：3号窗口；周一至周五 8:30–18:00" in told
    assert "老年优待证：2号窗口；周二、周四上午" in told
    assert "一楼咨询台" not in told
    labels = " ".join(office.labels("resident"))
    assert labels.index("西园便民服务中心") < labels.index("梧桐街道便民服务大厅")
    assert "地图" in labels

    told = await office.presses("resident", "西园便民服务中心")

    assert "养老金资格认证：一楼咨询台；每天 9:00–17:00" in told
    assert "还没有登记，去之前请打电话问" in told
    assert phones(office) == ["0371-33333333", "0371-44444444"]


def phones(office: Office, who: str = "resident") -> list[str]:
    return [one.phone for one in office.latest(who).labels.values() if one.phone]


async def test_who_has_no_grid_yet_chooses_the_hall(office: Office) -> None:
    await halls(office)
    await office.starts("resident")

    await office.says("resident", "大厅")

    labels = office.labels("resident")
    assert [one.partition(" · ")[0] for one in labels[:3]] == [
        "梧桐街道便民服务大厅",
        "东园便民服务中心",
        "西园便民服务中心",
    ]


async def test_many_halls_are_shown_page_by_page(office: Office) -> None:
    names = [f"第{number}服务点" for number in range(10)]
    await keep(office, *(hall(f"h{at}", STREET, name=name) for at, name in enumerate(names)))
    await office.starts("resident", "g-E1")
    await office.commands("resident", "halls")

    first = {one.partition(" · ")[0] for one in office.labels("resident") if "服务点" in one}
    await office.presses("resident", "更多")
    second = {one.partition(" · ")[0] for one in office.labels("resident") if "服务点" in one}

    assert first | second == set(names)
    assert not first & second


async def test_without_a_hall_there_is_a_number_to_call(office: Office) -> None:
    await office.starts("resident", "g-E1")

    told = await office.commands("resident", "halls")

    assert "还没有登记大厅" in told
    assert any("菜单" in one for one in office.labels("resident"))


async def test_what_is_a_draft_ended_or_over_is_shown_to_no_resident(office: Office) -> None:
    over = replace(hall("over", name="旧大厅"), valid_until=MORNING + timedelta(hours=1))
    draft = replace(hall("draft", name="新大厅"), state=EntryState.DRAFT)
    await keep(office, hall(), over, draft)
    await office.starts("resident", "g-E1")
    shown = "".join(await _labels(office, "services.halls"))
    assert "旧大厅" in shown
    assert "新大厅" not in shown
    office.later(hours=1)

    assert "旧大厅" not in "".join(await _labels(office, "services.halls"))
    for which in ("over", "draft", "nothing"):
        told = await office.does("resident", f"services.hall:{which}")
        assert "没有找到" in told


async def _labels(office: Office, action: str) -> list[str]:
    await office.does("resident", action)
    return office.labels("resident")


async def test_an_elder_reaches_the_hall_in_three_taps_with_a_human_route(office: Office) -> None:
    await halls(office)
    await office.starts("resident", "g-E1")
    await office.does("resident", "menu.elder:on")

    await office.presses("resident", "便民服务")
    told = await office.presses("resident", "大厅和网点")

    assert "地址：东园路1号一楼" in told
    assert phones(office)[0] == "0371-11111111"


# --- 办事, and what stands below its first question ----------------------------------------------


async def test_below_the_first_question_of_a_request_stands_what_else_there_is(
    office: Office,
) -> None:
    await halls(office)
    await office.starts("resident", "g-E1")
    await office.says("resident", "办事")
    assert {"🏢 大厅和网点", "🏡 养老服务"} <= set(office.labels("resident"))

    told = await office.presses("resident", "大厅和网点")

    assert "东园路1号一楼" in told
    # The form of which nothing was filled is gone: a question is a question again.
    assert "还没写完" not in await office.says("resident", "便民大厅几点开门")


async def test_a_request_goes_on_as_ever(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", "办事")
    await office.says("resident", "3号楼路灯坏了")
    assert not any("大厅" in one for one in office.labels("resident"))

    await office.presses("resident", "跳过")
    assert "编号" in await office.presses("resident", "提交")


async def test_a_request_that_says_something_is_kept_when_a_hall_is_looked_up(
    office: Office,
) -> None:
    await halls(office)
    await office.starts("resident", "g-E1")
    await office.says("resident", "办事")
    await office.says("resident", "3号楼路灯坏了")
    await office.presses("resident", "跳过")
    submit = office.button("resident", "提交")

    await office.does("resident", "services.halls")

    assert "编号" in await office.does("resident", submit)


# --- questions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "便民大厅在哪",
        "便民大厅几点开门",
        "你们大厅周六上班吗",
        "便民服务中心电话多少",
        "便民中心搁哪儿",
        "附近哪里有办事大厅",
        "请问去便民大厅怎么走",
        "大厅能办什么业务",
        "星期天大厅开不开门",
        "便民服务站中午有人吗",
    ],
)
async def test_a_question_gets_the_own_hall_at_once(office: Office, said: str) -> None:
    await halls(office)
    await office.starts("resident", "g-E1")

    told = await office.says("resident", said)

    assert "东园便民服务中心（东园社区）" in told
    assert "周一至周五 8:30–18:00" in told
    assert "0371-11111111" in told
    assert any("请窗口答复" in one for one in office.labels("resident"))


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("有没有轮椅坡道", "有。东园便民服务中心登记了：轮椅坡道"),
        ("老人坐轮椅能进你们大厅吗", "无障碍设施"),
        ("你们那里有电梯吗", "没有登记电梯"),
        ("大厅有坡道和电梯吗", "登记了轮椅坡道；没有登记电梯"),
        ("西园便民服务中心有没有轮椅坡道", "西园便民服务中心还没有登记无障碍设施"),
        ("大厅有无障碍设施吗", "登记的无障碍设施：轮椅坡道、低位服务台"),
    ],
)
async def test_access_is_told_as_it_was_entered_and_never_guessed(
    office: Office, said: str, answer: str
) -> None:
    await halls(office)
    await office.starts("resident", "g-E1")

    assert answer in await office.says("resident", said)


async def test_the_hall_that_is_named_is_meant(office: Office) -> None:
    await halls(office)
    await office.starts("resident", "g-E1")

    for said in ("西园社区便民服务中心几点下班", "梧桐街道便民服务大厅在哪"):
        told = await office.says("resident", said)
        assert "东园路1号" not in told.partition("[")[0], said

    assert "梧桐大道8号" in told


async def test_who_asks_for_a_counter_gets_it_the_own_hall_first(office: Office) -> None:
    await halls(office)
    await office.starts("resident", "g-E1")

    told = await office.says("resident", "养老金资格认证在几号窗口")

    assert "东园便民服务中心：3号窗口" in told
    assert told.index("3号窗口") < told.index("一楼咨询台")


@pytest.mark.parametrize(
    "said", ["大厅门口的坡道坏了", "中心医院几点开门", "社区食堂在哪", "小学门口有坡道吗"]
)
async def test_what_is_no_question_about_halls_is_not_answered_as_one(
    office: Office, said: str
) -> None:
    await halls(office)
    await office.starts("resident", "g-E1")

    assert "东园便民服务中心（东园社区）" not in await office.says("resident", said)


async def test_without_halls_questions_are_answered_as_before(office: Office) -> None:
    await office.starts("resident", "g-E1")

    told = await office.says("resident", "你们几点上班")

    assert "办公时间" in told


async def test_after_an_answer_a_word_of_the_menu_is_one(office: Office) -> None:
    await halls(office)
    await office.starts("resident", "g-E1")
    await office.says("resident", "便民大厅几点开门")

    assert "需要办什么事" in await office.says("resident", "办事")


async def test_a_question_that_was_answered_may_go_to_the_window(office: Office) -> None:
    await halls(office)
    await office.starts("resident", "g-E1")
    await office.says("resident", "便民大厅几点开门")

    assert "编号" in await office.presses("resident", "请窗口答复")


# --- sorts of communities ------------------------------------------------------------------------


async def test_village_turned_communities_are_told_with_their_centres(office: Office) -> None:
    await keep(
        office,
        hall(),
        community("c-east", EAST, centre="east-hall"),
        community("c-west", WEST, "urban"),
    )
    await office.starts("resident", "g-E1")

    told = await office.says("resident", "哪些社区是村改居")

    assert "村改居社区有 1 个" in told
    assert "便民服务中心：东园便民服务中心" in told
    assert "投资：未提供" in told
    assert "西园" not in told


# --- the switch ----------------------------------------------------------------------------------


async def test_where_it_is_closed_nothing_of_it_is_left(office: Office) -> None:
    await halls(office)
    await office.starts("resident", "g-E1")
    for unit in (EAST, WEST):
        office.now += timedelta(minutes=1)
        await office.does("street_leader", f"switches.set:{unit}:services:off")
        await office.says("street_leader", "先不开")
        await office.presses("street_leader", "提交")

    await office.says("resident", "办事")
    assert not any("大厅" in one for one in office.labels("resident"))
    await office.does("resident", office.button("resident", "取消"))
    assert "东园路1号" not in await office.does("resident", "services.halls")
    assert "东园路1号" not in await office.says("resident", "便民大厅在哪")
    await office.does("dispatcher", "registers.open")
    assert "便民大厅" not in "".join(office.labels("dispatcher"))
