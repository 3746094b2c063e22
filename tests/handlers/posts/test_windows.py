"""The window clerk files for those who come or call, told as chats."""

import re

import pytest

from domain.matters.matter import Happening, Origin, State
from tests.handlers.chats import Office
from tests.street import EAST_1, WEST_1

SAID = "3号楼陈阿姨{comes}路灯坏了，天黑看不见，13800001234"


async def files_for(
    office: Office, who: str = "clerk", *, comes: str = "来说", code: bool = True
) -> str:
    """Let a clerk file for somebody with a broken lamp, and give what the clerk is told."""
    await office.does(who, "posts.file_for")
    await office.says(who, SAID.format(comes=comes))
    await office.presses(who, "第一网格")
    if not code:
        await office.presses(who, "修改查询码")
        await office.presses(who, "不要")
    return await office.presses(who, "提交")


@pytest.mark.requirement("M-12")
@pytest.mark.parametrize(
    ("comes", "origin"), [("来说", Origin.WINDOW), ("打电话来说", Origin.PHONE)]
)
async def test_a_clerk_files_one_sentence_and_reads_the_receipt_out(
    office: Office, comes: str, origin: Origin
) -> None:
    receipt = await files_for(office, comes=comes, code=False)

    number = "2026-00001"
    matter = await office.matter(number)
    assert f"已登记，编号 {number}" in receipt
    assert "负责：第一网格 网格书记（张书记）" in receipt
    assert "首次联系时限" in receipt
    assert "查询码" not in receipt
    assert (matter.origin, matter.grid, matter.category) == (origin, EAST_1, "lighting")
    assert matter.particulars.text == "3号楼路灯坏了，天黑看不见"
    assert matter.particulars.place_text == "3号楼"
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


async def test_a_walk_in_takes_four_steps(office: Office) -> None:
    await office.does("clerk", "posts.file_for")
    read_back = await office.says(
        "clerk", "第一网格3号楼王奶奶来说路灯坏了，天黑看不见，13800001234"
    )
    done = await office.presses("clerk", "提交")

    for line in ("姓名：王奶奶", "联系电话：13800001234", "类别：", "路灯照明", "来源：窗口"):
        assert line in read_back
    assert "已登记" in done


async def test_a_name_and_a_phone_may_be_left_out(office: Office) -> None:
    await office.does("clerk", "posts.file_for")
    await office.says("clerk", "健身器材太旧")
    await office.presses("clerk", "意见建议")
    for label in ("社区设施", "跳过", "第一网格", "跳过"):
        if label == "社区设施" and not any(label in one for one in office.labels("clerk")):
            continue
        await office.presses("clerk", label)

    receipt = await office.presses("clerk", "提交")

    assert "已登记" in receipt
    assert "未留姓名电话" in office.heard("secretary")


async def test_what_was_misread_is_put_right_from_the_read_back(office: Office) -> None:
    await office.does("clerk", "posts.file_for")
    await office.says("clerk", "第一网格3号楼老赵来说路灯坏了，13800001234")
    await office.presses("clerk", "修改姓名")
    await office.says("clerk", "赵建国")
    await office.presses("clerk", "修改来源")
    await office.presses("clerk", "电话")
    await office.presses("clerk", "提交")

    matter = await office.matter("2026-00001")
    assert matter.origin is Origin.PHONE
    assert matter.particulars.name == "赵建国"


async def test_the_name_and_whether_it_is_hidden_are_two_different_buttons(office: Office) -> None:
    await office.does("clerk", "posts.file_for")
    await office.says("clerk", "第一网格陈阿姨来说建议多装几个健身器材，13800001234")
    while "提交" not in " ".join(office.labels("clerk")):
        await office.presses("clerk", "意见" if "哪一类" in office.heard("clerk") else "跳过")

    labels = office.labels("clerk")
    assert sum("姓名" in one for one in labels) == 1
    assert "要不要匿名" in labels


async def test_the_paper_has_the_code_and_leads_to_where_it_is_typed(office: Office) -> None:
    await files_for(office)

    ticket = office.latest("clerk").message
    said = office.latest("clerk").words
    assert (ticket.secret, ticket.once) == (True, True)
    assert ticket.paper == "/lookup?number=2026-00001"
    code = re.search(r"查询码：(\d{4} \d{4} \d{4} \d{4})", said)
    assert code is not None
    assert code[1].replace(" ", "") not in ticket.paper
    for hidden in ("陈阿姨", "13800001234", "天黑看不见"):
        assert hidden not in said
    assert "查到了" in await office.says("stranger", f"查询 2026-00001 {code[1]}")


async def test_a_clerk_serves_the_own_community_only(office: Office) -> None:
    await office.does("clerk", "posts.file_for")
    await office.says("clerk", "3号楼路灯坏了，13800001234")

    offered = " ".join(office.labels("clerk"))
    forged = office.button("clerk", "第一网格").replace(EAST_1, WEST_1)
    told = await office.does("clerk", forged)

    assert "第三网格" not in offered
    assert "过时" in told


@pytest.mark.parametrize("person", ["worker", "secretary", "police", "leader"])
async def test_others_do_not_file_for_residents(office: Office, person: str) -> None:
    told = await office.does(person, "posts.file_for")

    assert "您的岗位不能做这一步" in told
