"""The guide in chat: a question gets the item in one answer, a request may look it up."""

from datetime import timedelta
from typing import Any

import pytest

from domain.registers import Entry, EntryState, key_for
from domain.registry import REGISTERS
from tests.handlers.chats import Office
from tests.street import STREET, WEST

HALL = {
    "name": "街道便民服务大厅",
    "address": "人民路1号",
    "hours": "工作日 9:00—17:00",
    "phone": "0371-000100",
}
ELDER_CARD = {
    "name": "老年人优待证办理",
    "also_called": "老年证、敬老卡",
    "conditions": "年满六十周岁，不限户籍",
    "needs_documents": "yes",
    "promised_limit": 3,
    "promised_limit_unit": "working_days",
    "case_kind": "promised",
    "has_fee": "no",
    "inquiry": "0371-000101",
    "hours": "工作日 9:00—17:00",
    "visits": 1,
    "presence": "核对本人：要当面看人证一致",
    "online": "no",
    "in_hall": "yes",
    "courier": "yes",
    "served": "年满六十周岁的老年人",
    "procedure": "申请、核对、发证",
    "legal_limit": 20,
    "legal_limit_unit": "working_days",
    "basis": "《河南省老年人权益保障条例》",
    "type": "公共服务",
    "result_type": "证照",
    "complaint": "12345",
    "special_procedure": "无",
    "body": "梧桐街道办事处",
    "body_code": "11410300MB00000000",
    "body_nature": "法定机关",
    "level": "街道",
    "power_source": "法定本级行使",
    "basic_code": "002012345000",
    "implementing_code": "11410300MB0000000000002012345000",
    "version": "2026.1",
}
IDENTITY = {
    "name": "本人居民身份证",
    "item": "elder_card",
    "needed": "yes",
    "kind": "原件",
    "form": "纸质或电子证照",
    "copies": 1,
    "issued_by": "公安机关",
    "document_basis": "《居民身份证法》第十四条",
    "standard": "在有效期内，人证一致",
    "how": "随身带着就行",
}
DESK = {"service": "老年人优待证办理", "hall": "hall", "where": "3号窗口"}
ASKED = {"question": "外地户口能办吗？", "item": "elder_card", "answer": "能，居住满一个月就行。"}


def entry(
    office: Office, which: str, register: str, fields: dict[str, Any], unit: str = STREET
) -> Entry:
    return Entry(
        id=which,
        register=register,
        unit=unit,
        key=key_for(REGISTERS[register], fields),
        state=EntryState.PUBLISHED,
        fields=fields,
        changed_by="leader",
        changed_at=office.now,
    )


async def with_guide(office: Office, unit: str = STREET, **changed: Any) -> None:
    """Publish one item, with its document, its question and where it is done."""
    await office.change(
        entry(office, "hall", "services.halls", HALL),
        entry(office, "desk", "services.desks", DESK),
        entry(office, "elder_card", "services.items", {**ELDER_CARD, **changed}, unit),
        entry(office, "identity", "services.documents", IDENTITY),
        entry(office, "asked", "services.questions", ASKED),
    )


@pytest.mark.parametrize(
    "asked", ["老年证怎么办", "敬老卡要带啥材料呀？", "俺爹六十了，坐公交不要钱的证咋办？"]
)
async def test_a_question_gets_the_six_parts_in_one_answer(office: Office, asked: str) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")

    told = await office.says("anna", asked)

    assert "老年人优待证办理" in told
    for part in (
        "办理条件：年满六十周岁，不限户籍",
        "本人居民身份证（1 份）：在有效期内，人证一致",
        "街道便民服务大厅（人民路1号）3号窗口，工作日 9:00—17:00",
        "3 个工作日内",
        "费用：不收费",
        "找谁问：0371-000101",
    ):
        assert part in told
    assert "提交" not in told


async def test_it_says_for_which_step_one_has_to_come_and_why(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")

    told = await office.says("anna", "老年证怎么办")

    assert "要跑 1 趟：核对本人（要当面看人证一致）" in told


async def test_what_can_be_done_from_home_says_so(office: Office) -> None:
    await with_guide(office, visits=0, presence="")
    await office.starts("anna", "g-E1")

    assert "不用跑，在家就能办" in await office.says("anna", "老年证怎么办")


async def test_a_common_question_answers_itself(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")
    await office.says("anna", "老年证怎么办")

    told = await office.presses("anna", "外地户口能办吗")

    assert "能，居住满一个月就行。" in told


async def test_what_the_guide_does_not_have_goes_to_the_window(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")

    asked = await office.says("anna", "护照怎么办？")

    assert "护照怎么办" in asked
    assert "提交" in asked


async def test_the_window_can_be_asked_after_an_answer(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")
    await office.says("anna", "老年证怎么办，我在外地")

    told = await office.presses("anna", "请窗口答复")

    assert "编号" in told


async def test_a_request_is_filed_as_ever_and_may_look_it_up(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")

    await office.presses("anna", "办事")
    asked = await office.says("anna", "帮我妈办个老年证")
    while "跳过" in asked:
        asked = await office.presses("anna", "跳过")
    told = await office.presses("anna", "老年人优待证办理怎么办")
    filed = await office.presses("anna", "提交")

    assert "提交" in asked
    assert "办理条件" in told
    assert "编号" in filed


async def test_an_item_can_be_asked_for_from_its_answer(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")
    await office.says("anna", "老年证怎么办")

    asked = await office.presses("anna", "请帮我办这件事")
    filed = await office.presses("anna", "提交")

    assert "老年人优待证办理" in asked
    assert "编号" in filed


@pytest.mark.requirement("S-14")
async def test_how_many_there_are_is_the_guides_own_count(office: Office) -> None:
    await office.starts("anna", "g-E1")
    none = await office.says("anna", "办事指南")
    await with_guide(office)
    one = await office.says("anna", "办事指南")
    await office.change(
        entry(office, "second", "services.items", {**ELDER_CARD, "name": "敬老院入住"}),
        entry(office, "desk2", "services.desks", {**DESK, "service": "敬老院入住"}),
        entry(office, "identity2", "services.documents", {**IDENTITY, "item": "second"}),
    )
    two = await office.says("anna", "办事指南")

    assert "还没有公布事项" in none
    assert "有 1 项" in one
    assert "有 2 项" in two


async def test_an_item_that_lost_its_document_is_told_to_nobody(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")
    await office.change(
        entry(office, "elder_card2", "services.items", {**ELDER_CARD, "name": "没有材料的事项"})
    )

    told = await office.says("anna", "办事指南")

    assert "有 1 项" in told


async def test_an_item_of_another_community_is_not_ones_own(office: Office) -> None:
    await with_guide(office, unit=WEST)
    await office.starts("anna", "g-E1")
    await office.starts("wei", "g-W1")

    assert "办理条件" not in await office.says("anna", "老年证怎么办")
    assert "办理条件" in await office.says("wei", "老年证怎么办")


async def test_a_button_of_an_item_that_has_ended_says_so(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")
    await office.says("anna", "办事指南")
    item = entry(office, "elder_card", "services.items", ELDER_CARD)
    await office.change(
        Entry(
            **{
                **{name: getattr(item, name) for name in Entry.__slots__},
                "version": 2,
                "valid_until": office.now - timedelta(days=1),
            }
        )
    )

    told = await office.presses("anna", "老年人优待证办理")

    assert "办理条件" not in told
