"""Questions: answered from the street's data, or written down; never an emergency."""

from dataclasses import replace

import pytest

from domain.categories import EMERGENCY, Kind
from tests.handlers.chats import Office
from tests.street import EAST


async def with_data(office: Office) -> None:
    """Give the community a telephone and an address."""
    street = await office.street()
    unit = street.organisation.units[EAST]
    await office.change(replace(unit, phone="0371-000200", address="东园路3号"))


async def test_the_hours_are_told_at_once(office: Office) -> None:
    await office.starts("anna", "g-E1")

    told = await office.says("anna", "社区几点上班")

    assert "工作日办公时间：08:00–12:00、14:00–18:00" in told
    assert "现在是办公时间" in told
    assert "提交" not in told


async def test_telephone_and_address_are_those_of_ones_own_community(office: Office) -> None:
    await with_data(office)
    await office.starts("anna", "g-E1")

    phone = await office.says("anna", "社区电话多少")
    address = await office.says("anna", "居委会在哪里")

    assert "东园社区的电话：0371-000200" in phone
    assert "拨打 0371-000200" in phone
    assert "东园社区的地址：东园路3号" in address


@pytest.mark.parametrize("asked", ["谁是我们网格员", "我家在哪个网格"])
async def test_who_and_which_are_told_with_names(office: Office, asked: str) -> None:
    await office.starts("anna", "g-E1")

    told = await office.says("anna", asked)

    assert "张书记" in told
    assert "第一网格" in told


async def test_whoever_has_no_grid_is_asked_for_it_first(office: Office) -> None:
    told = await office.says("stranger", "谁是我们网格员")

    assert "选好网格" in told


async def test_what_is_worked_on_nearby_is_counted_and_nothing_else(office: Office) -> None:
    await office.filed("3号楼停水了", by="first")
    await office.starts("anna", "g-E1")

    told = await office.says("anna", "今天停水吗")

    assert "供水" in told
    assert "第一网格：1 件" in told
    assert "3号楼" not in told


async def test_where_nobody_has_reported_it_that_is_said(office: Office) -> None:
    await office.starts("anna", "g-E1")

    told = await office.says("anna", "今天停水吗")

    assert "目前还没有人反映" in told


async def test_what_cannot_be_answered_is_an_enquiry_for_the_window(office: Office) -> None:
    await office.starts("anna", "g-E1")

    asked = await office.says("anna", "居住证怎么办")
    told = await office.presses("anna", "提交")

    number = next(iter(office.numbers(told)))
    matter = await office.matter(number)
    assert "下一个工作日内答复" in asked
    assert "窗口会在" in told
    assert matter.kind is Kind.ENQUIRY
    assert matter.owner == "clerk"
    assert matter.resolve_by == matter.contact_by
    assert "居住证怎么办" in office.heard("clerk")


@pytest.mark.parametrize("asked", ["水费怎么交", "煤气费在哪儿交", "电梯多久检查一次"])
async def test_a_question_never_has_the_urgency_of_what_it_is_about(
    office: Office, asked: str
) -> None:
    await office.starts("anna", "g-E1")

    shown = await office.says("anna", asked)
    told = await office.presses("anna", "提交")

    matter = await office.matter(next(iter(office.numbers(told))))
    assert "110" not in shown
    assert matter.urgency == 1 < EMERGENCY


async def test_an_answered_question_goes_to_the_window_with_one_press(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.says("anna", "社区几点上班")

    told = await office.presses("anna", "请窗口答复")
    again = await office.does("anna", office.button("anna", "请窗口答复"))

    assert "您问的记下了" in told
    assert "您问的记下了" not in again


async def test_whatever_is_said_after_an_answer_is_something_new(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.says("anna", "社区几点上班")

    told = await office.says("anna", "3号楼路灯坏了")

    assert "几点" not in told
    assert "路灯照明" in told


async def test_an_answered_question_asks_nobody_whether_to_go_on_with_it(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.says("anna", "社区几点上班")

    told = await office.presses("anna", "我的社区")

    assert "没填完" not in told


async def test_the_clerk_answers_and_the_one_who_asked_hears_it(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.says("anna", "居住证怎么办")
    told = await office.presses("anna", "提交")
    number = next(iter(office.numbers(told)))

    await office.does("clerk", f"matters.accept:{number}")
    await office.does("clerk", f"matters.resolve:{number}")
    await office.says("clerk", "带身份证和租房合同到窗口，当场就能办。")
    await office.presses("clerk", "提交")

    assert "带身份证和租房合同" in office.heard("anna")


async def test_a_question_that_names_the_clerk_goes_to_somebody_else(office: Office) -> None:
    street = await office.street()
    name = street.organisation.names["clerk"]
    await office.starts("anna", "g-E1")

    await office.says("anna", "我要咨询")
    await office.says("anna", f"请问{name}周三在不在窗口")
    if "只是说事" in " ".join(office.labels("anna")):
        await office.presses("anna", "只是说事")
    told = await office.presses("anna", "提交")

    assert (await office.matter(next(iter(office.numbers(told))))).owner != "clerk"
