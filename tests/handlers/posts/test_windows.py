"""The window clerk files for those who come or call, told as chats."""

import pytest

from domain.matters.matter import Happening, Origin, State
from tests.handlers.chats import Office
from tests.street import EAST_1, WEST_1


async def files_for(
    office: Office, who: str = "clerk", *, origin: str = "窗口", code: str = "不要"
) -> str:
    """Let a clerk file for somebody with a broken lamp, and give what the clerk is told."""
    await office.does(who, "posts.file_for")
    await office.presses(who, origin)
    await office.says(who, "3号楼路灯坏了，天黑看不见")
    await office.presses(who, "第一网格")
    await office.says(who, "陈阿姨")
    await office.says(who, "13800001234")
    await office.presses(who, "跳过")
    await office.presses(who, code)
    return await office.presses(who, "提交")


@pytest.mark.requirement("M-12")
@pytest.mark.parametrize(("label", "origin"), [("窗口", Origin.WINDOW), ("电话", Origin.PHONE)])
async def test_a_clerk_files_for_somebody_and_reads_the_receipt_out(
    office: Office, label: str, origin: Origin
) -> None:
    receipt = await files_for(office, origin=label)

    number = "2026-00001"
    matter = await office.matter(number)
    assert f"已登记，编号 {number}" in receipt
    assert "负责：第一网格 网格书记（张书记）" in receipt
    assert "首次联系时限" in receipt
    assert "查询码" not in receipt
    assert (matter.origin, matter.grid, matter.category) == (origin, EAST_1, "lighting")
    filed = (await office.events(number))[0]
    assert (filed.actor, filed.happening) == ("clerk", Happening.FILED)


async def test_the_card_shows_whom_to_call(office: Office) -> None:
    await files_for(office)

    card = office.heard("secretary")

    assert "反映人：陈阿姨 13800001234" in card
    dialled = [choice.phone for choice in office.latest("secretary").labels.values()]
    assert "13800001234" in dialled


async def test_somebody_without_a_chat_is_phoned_not_asked(office: Office) -> None:
    await files_for(office)
    await office.presses("secretary", "接单")

    told = await office.presses("secretary", "问居民")
    await office.presses("secretary", "办结")
    await office.says("secretary", "换了灯泡")
    await office.presses("secretary", "跳过")
    resolved = await office.presses("secretary", "提交")

    assert "请打电话联系" in told
    assert "请打电话告诉结果" in resolved
    assert (await office.matter("2026-00001")).state is State.RESOLVED


async def test_a_name_and_a_phone_may_be_left_out(office: Office) -> None:
    await office.does("clerk", "posts.file_for")
    await office.presses("clerk", "窗口")
    await office.says("clerk", "健身器材太旧")
    await office.presses("clerk", "意见建议")
    for label in ("社区设施", "跳过", "第一网格", "跳过", "跳过", "跳过", "不要"):
        if label == "社区设施" and "类别" not in office.heard("clerk"):
            continue
        await office.presses("clerk", label)

    receipt = await office.presses("clerk", "提交")

    assert "已登记" in receipt
    assert "未留姓名电话" in office.heard("secretary")


async def test_a_clerk_serves_the_own_community_only(office: Office) -> None:
    await office.does("clerk", "posts.file_for")
    await office.presses("clerk", "窗口")
    await office.says("clerk", "3号楼路灯坏了")

    offered = " ".join(office.labels("clerk"))
    forged = office.button("clerk", "第一网格").replace(EAST_1, WEST_1)
    told = await office.does("clerk", forged)

    assert "第三网格" not in offered
    assert "过时" in told


@pytest.mark.parametrize("person", ["worker", "secretary", "police", "leader"])
async def test_others_do_not_file_for_residents(office: Office, person: str) -> None:
    told = await office.does(person, "posts.file_for")

    assert "您的岗位不能做这一步" in told
