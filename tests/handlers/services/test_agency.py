"""Full agency, told as chats: from authority to revisit, and every way in which it stops."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.documents import Folder, Signing
from domain.matters.matter import Happening, State
from domain.services.agency import details_of
from domain.services.orders import Order
from storage.attachments import PAPER, attachments
from storage.chain import list_events
from storage.documents import load_folder
from storage.services.orders import find_order, list_of_resident
from tests.handlers.chats import Office

NOBODY_SIGNED = "没有本人签字的委托书，不能受理和办理"


# --- helpers -------------------------------------------------------------------------------------


async def referred(office: Office, *, agent: str = "周窗口") -> str:
    """A case that its worker handed to an agent; gives the number."""
    number = await office.filed()
    await office.presses("secretary", "接单")
    await office.presses("secretary", "转专项办理")
    await office.presses("secretary", "全程代办")
    await office.presses("secretary", agent)
    await office.says("secretary", "李秀英")
    await office.presses("secretary", "提交")
    return number


async def order_of(office: Office, number: str) -> Order:
    matter = await office.matter(number)
    async with office.database.read() as tx:
        found = await list_of_resident(tx, matter.reporter)
    return [one for one in found if one.matter == number][-1]


async def folder_of(office: Office, order: Order) -> Folder:
    async with office.database.read() as tx:
        return await load_folder(tx, order.subject)


async def stage(office: Office, number: str) -> str:
    order = await order_of(office, number)
    matter = await office.matter(number)
    under_way = matter.state is State.REFERRED
    if under_way:
        assert matter.referred_to == order.subject
        assert matter.owner == order.owner
        assert matter.resolve_by >= order.standing.due_at
    assert order.is_open is (order.standing.due_at is not None)
    return order.standing.stage


async def signed(office: Office) -> None:
    await office.presses("clerk", "本人当面签委托")
    await office.presses("clerk", "确认，本人已当面签字")


async def accepted(office: Office, papers: str = "身份证原件1份、户口簿复印件2份") -> None:
    await office.presses("clerk", "受理")
    await office.says("clerk", papers)
    await office.presses("clerk", "提交")


async def finished(office: Office, result: str = "优待证办好了", came: str = "老年优待证") -> None:
    await office.presses("clerk", "办好了")
    await office.says("clerk", result)
    await office.says("clerk", came)
    await office.presses("clerk", "提交")


@pytest.fixture
async def number(office: Office) -> str:
    return await referred(office)


@pytest.fixture
async def handled(office: Office, number: str) -> str:
    """One that was authorised and accepted, with two papers handed over."""
    await signed(office)
    await accepted(office)
    return number


# --- how it begins -------------------------------------------------------------------------------


@pytest.mark.requirement("S-07")
async def test_whoever_has_a_case_hands_it_to_an_agent_who_is_made_known(office: Office) -> None:
    number = await referred(office)

    told = office.heard("resident")
    for expected in (
        "代办员：周窗口",
        "岗位：东园社区 窗口工作人员",
        "电话",
        "监督电话",
        "不收费（0 元）",
        "等签委托",
    ):
        assert expected in told, told
    assert number in office.heard("clerk")
    assert await stage(office, number) == "authority"
    assert "请先签委托书" in told


async def test_the_agent_is_chosen_among_those_who_may_with_what_they_have(office: Office) -> None:
    await office.filed()
    await office.presses("secretary", "接单")
    await office.presses("secretary", "转专项办理")
    offered = await office.presses("secretary", "全程代办")

    for name in ("周窗口", "李网格员", "张书记", "王书记"):
        assert name in offered
    assert "吴警官" not in offered
    assert "手上 0 件代办" in offered


@pytest.mark.requirement("S-07")
async def test_a_resident_asks_for_an_agent_in_a_sentence_and_keeps_one_number(
    office: Office,
) -> None:
    await office.starts("resident", "g-E1")
    asked = await office.says("resident", "请帮我代办")
    assert "要代办什么事" in asked
    await office.says("resident", "腿脚不便，请帮我办老年优待证")
    await office.says("resident", "李秀英")
    await office.presses("resident", "跳过")
    told = await office.presses("resident", "提交")

    (number,) = office.numbers(told)
    assert "代办员：周窗口" in told
    matter = await office.matter(number)
    assert (matter.state, matter.owner) == (State.REFERRED, "clerk")
    assert "没有委托书不能受理" in office.heard("clerk")
    assert number in await office.says("resident", "我的事项")


async def test_a_resident_asks_for_an_agent_for_a_case_that_is_under_way(office: Office) -> None:
    number = await office.filed()
    await office.does("resident", f"matters.show:{number}")
    await office.presses("resident", "请人全程代办")
    await office.says("resident", "李秀英")
    await office.presses("resident", "跳过")
    await office.presses("resident", "提交")

    assert await stage(office, number) == "authority"
    assert "居民请人全程代办" in office.heard("secretary")


# --- without an authority ------------------------------------------------------------------------


@pytest.mark.requirement("S-07")
@pytest.mark.parametrize("verb", ["accept", "missing", "progress", "finish", "close", "file"])
async def test_without_a_signed_authority_it_does_not_proceed_and_the_law_is_named(
    office: Office, number: str, verb: str
) -> None:
    order = await order_of(office, number)

    told = await office.does("clerk", f"services.{verb}:{order.id}")

    assert "不能" in told
    assert await stage(office, number) == "authority"
    assert "受理" not in office.labels("clerk")


@pytest.mark.requirement("S-07")
async def test_a_record_that_was_forged_behind_its_back_is_refused_by_the_rule(
    office: Office, number: str
) -> None:
    """The stage itself was changed in the tables; the authority still is not there."""
    order = await order_of(office, number)
    forged = replace(order.standing, stage="acceptance")
    await office.change(replace(order, standing=forged))

    told = await office.does("clerk", f"services.accept:{order.id}")

    assert NOBODY_SIGNED in told
    assert "民法典" in told
    assert "165" in told or "一百六十五" in told


async def test_an_e_signature_is_recorded_with_what_shows_it(office: Office, number: str) -> None:
    await office.presses("clerk", "可靠电子签名")
    refused = await office.says("clerk", "有的")
    assert "平台和编号" in refused
    assert "电子签名法" in refused
    assert await stage(office, number) == "authority"

    await office.presses("clerk", "可靠电子签名")
    await office.says("clerk", "河南政务电子签章 编号123456")

    folder = await folder_of(office, await order_of(office, number))
    signature = folder.signature("authority", "principal")
    assert signature.how is Signing.RELIABLE_E_SIGNATURE
    assert "123456" in signature.proof
    assert await stage(office, number) == "acceptance"


async def test_a_signature_is_recorded_once_and_by_the_agent_alone(
    office: Office, number: str
) -> None:
    order = await order_of(office, number)
    assert "您的岗位不能做这一步" in await office.does("secretary", f"services.signed:{order.id}")
    assert await stage(office, number) == "authority"

    await signed(office)
    again = await office.does("clerk", f"services.signed:{order.id}")

    assert "过时" in again
    assert len((await folder_of(office, order)).signatures) == 1


# --- acceptance ----------------------------------------------------------------------------------


@pytest.mark.requirement("S-07")
async def test_what_was_handed_over_stands_on_a_list_that_both_see(
    office: Office, handled: str
) -> None:
    assert "身份证原件（原件1份）：在代办员处" in office.heard("resident")
    assert "户口簿复印件（复印件2份）：在代办员处" in office.heard("resident")
    folder = await folder_of(office, await order_of(office, handled))
    assert folder.outstanding == {"1", "2"}
    assert {"acceptance", "items"} <= {one.kind for one in folder.documents}


@pytest.mark.requirement("S-07")
async def test_a_fee_needs_the_law_that_sets_it_and_is_nothing_otherwise(
    office: Office, number: str
) -> None:
    await signed(office)
    await office.presses("clerk", "受理")
    await office.presses("clerk", "跳过")
    assert "不收费（0 元）" in office.latest("clerk").words
    await office.presses("clerk", "修改")
    await office.presses("clerk", "费用")
    await office.presses("clerk", "有法定收费")
    await office.says("clerk", "20")
    refused = await office.says("clerk", "规定")
    assert "依据" in refused or "多写" in refused or "说明" in refused
    await office.says("clerk", "身份证工本费标准（发改价格〔2003〕2322号）")
    await office.presses("clerk", "提交")

    details = details_of(await order_of(office, number))
    assert details.fee.cents == 2000
    assert "发改价格" in details.fee.law
    assert "代办不收钱" in office.heard("resident")


async def test_what_is_missing_is_said_once(office: Office, number: str) -> None:
    await signed(office)
    await office.presses("clerk", "一次告知缺什么")
    await office.says("clerk", "两张2寸照片")
    assert "两张2寸照片" in office.heard("resident")
    assert await stage(office, number) == "supplement"

    told = await office.presses("resident", "材料补齐了")
    assert "已告诉代办员" in told
    assert await stage(office, number) == "acceptance"
    assert "一次告知缺什么" not in office.labels("clerk")
    order = await order_of(office, number)
    refused = await office.does("clerk", f"services.missing:{order.id}")
    assert "只能一次告知" in refused


# --- handling ------------------------------------------------------------------------------------


async def test_steps_are_shown_to_the_resident(office: Office, handled: str) -> None:
    await office.presses("clerk", "记一步进展")
    await office.says("clerk", "材料已递交区民政局")

    assert "材料已递交区民政局" in office.heard("resident")


@pytest.mark.requirement("S-07")
async def test_a_suspension_has_a_reason_pauses_the_clock_and_ends_with_consent(
    office: Office, handled: str
) -> None:
    before = (await order_of(office, handled)).standing.due_at
    await office.presses("clerk", "中止")
    await office.says("clerk", "区里系统升级，暂停受理")
    assert "区里系统升级" in office.heard("resident")
    assert await stage(office, handled) == "suspended"

    office.later(days=7)
    order = await order_of(office, handled)
    assert "怎么同意" in await office.does("clerk", f"services.resume:{order.id}")
    await office.presses("resident", "同意接着办")

    after = (await order_of(office, handled)).standing
    assert after.stage == "handling"
    assert after.due_at - before >= timedelta(days=7)
    kinds = {one.kind for one in (await folder_of(office, order)).documents}
    assert {"suspension", "resumption"} <= kinds


async def test_the_agent_records_how_the_resident_agreed_to_go_on(
    office: Office, handled: str
) -> None:
    await office.presses("clerk", "中止")
    await office.says("clerk", "区里系统升级")
    await office.presses("clerk", "恢复办理")
    await office.presses("clerk", "本人电话同意")

    assert await stage(office, handled) == "handling"
    assert "恢复办理" in office.heard("resident")


async def test_a_suspension_without_words_is_asked_for_again(office: Office, handled: str) -> None:
    await office.presses("clerk", "中止")
    await office.says("clerk", "……")

    assert await stage(office, handled) == "handling"


# --- hand-back and end ---------------------------------------------------------------------------


@pytest.mark.requirement("S-07")
async def test_it_is_not_closed_before_every_paper_came_back_and_was_acknowledged(
    office: Office, handled: str
) -> None:
    await finished(office)
    order = await order_of(office, handled)
    refused = await office.does("clerk", f"services.close:{order.id}")
    assert "还有材料没退还" in refused

    await office.presses("clerk", "退还材料")
    await office.presses("clerk", "户口簿复印件")
    assert "户口簿复印件（复印件2份）：已退还" in office.heard("resident")
    assert "还有材料没退还" in await office.does("clerk", f"services.close:{order.id}")
    await office.presses("resident", "收到退还的材料了")
    await office.presses("resident", "全部")
    assert "居民签收" in office.heard("clerk")
    await office.presses("clerk", "办结")

    matter = await office.matter(handled)
    assert (matter.state, matter.owner, matter.referral) == (State.RESOLVED, "secretary", None)
    assert "优待证办好了" in office.heard("resident")
    assert await stage(office, handled) == "filing"


@pytest.mark.requirement("S-07")
async def test_from_filing_to_the_revisit_it_stays_with_the_agent(
    office: Office, handled: str
) -> None:
    await finished(office)
    await office.presses("clerk", "退还材料")
    await office.presses("clerk", "全部")
    await office.presses("clerk", "办结")
    await office.presses("resident", "已解决")
    assert f"代办 {handled}" in await office.says("clerk", "待办")

    await office.does("clerk", f"services.order:{(await order_of(office, handled)).id}")
    await office.presses("clerk", "归档")
    assert await stage(office, handled) == "revisit"
    await office.presses("clerk", "记回访")
    await office.says("clerk", "本人说很满意")

    order = await order_of(office, handled)
    assert (order.outcome, order.is_open) == ("done", False)
    assert f"代办 {handled}" not in await office.says("clerk", "待办")
    async with office.database.read() as tx:
        happenings = [one.happening for one in await list_events(tx, order.subject)]
    assert happenings == [
        f"agency.{one}"
        for one in (
            "opened",
            "authorised",
            "accepted",
            "finished",
            "handed_back",
            "closed",
            "filed",
            "revisited",
        )
    ]


async def test_one_that_is_terminated_gives_the_case_back_with_the_reason_and_the_papers(
    office: Office, handled: str
) -> None:
    await office.presses("clerk", "终止代办")
    told = await office.says("clerk", "户籍不在本市，需回原籍办")

    assert "请把材料退还本人" in told
    assert "户籍不在本市" in office.heard("resident")
    matter = await office.matter(handled)
    assert (matter.state, matter.owner) == (State.DISPATCHED, "secretary")
    back = [one for one in await office.events(handled) if one.happening is Happening.CAME_BACK]
    assert back[0].content["reason"] == "户籍不在本市，需回原籍办"
    assert await stage(office, handled) == "returning"
    order = await order_of(office, handled)
    assert "还有材料没退还" in await office.does("clerk", f"services.end:{order.id}")
    await office.presses("clerk", "退还材料")
    await office.presses("clerk", "全部")
    await office.presses("clerk", "材料退清，终止")
    assert (await order_of(office, handled)).outcome == "terminated"
    folder = await folder_of(office, order)
    assert folder.current("authority") is None
    assert folder.current("termination") is not None


async def test_the_resident_takes_the_authority_back_at_any_time(
    office: Office, number: str
) -> None:
    await office.presses("resident", "撤回委托")
    told = await office.presses("resident", "确认撤回")

    assert "代办停止" in told
    assert "居民撤回了委托" in office.heard("clerk")
    matter = await office.matter(number)
    assert (matter.state, matter.owner) == (State.DISPATCHED, "secretary")
    assert "居民撤回了委托" in await office.does("secretary", f"matters.story:{number}")
    assert (await order_of(office, number)).outcome == "terminated"
    order = await order_of(office, number)
    assert "不能做这一步" in await office.does("clerk", f"services.signed:{order.id}") or (
        "过时" in office.heard("clerk")
    )


async def test_withdrawing_the_case_ends_the_agency_and_papers_are_still_handed_back(
    office: Office, handled: str
) -> None:
    await office.does("resident", f"matters.withdraw:{handled}")

    assert "手里还有 2 件材料" in office.heard("clerk")
    assert (await office.matter(handled)).state is State.WITHDRAWN
    assert await stage(office, handled) == "returning"
    assert f"代办 {handled}" in await office.says("clerk", "待办")
    await office.does("resident", f"services.got:{(await order_of(office, handled)).id}")
    await office.presses("resident", "全部")
    assert (await order_of(office, handled)).outcome == "terminated"


async def test_a_level_above_takes_the_case_out_of_it(office: Office, handled: str) -> None:
    await office.does("community", f"matters.recall:{handled}")
    await office.says("community", "改由社区直接办")

    assert "改由社区直接办" in office.heard("clerk")
    assert (await office.matter(handled)).state is State.DISPATCHED
    assert await stage(office, handled) == "returning"


async def test_an_erasure_ends_it_and_leaves_no_word(office: Office, handled: str) -> None:
    order = await order_of(office, handled)
    await office.does("resident", "residents.ask_erase:go")
    await office.presses("resident", "删除")

    assert "手里还有 2 件材料" in office.heard("clerk")
    assert "李秀英" not in office.heard("clerk")
    async with office.database.read() as tx:
        gone = await find_order(tx, order.id)
    assert (gone.resident, dict(gone.body), gone.is_open) == ("", {}, False)
    folder = await folder_of(office, order)
    assert [one.paper for one in folder.documents] == [None] * len(folder.documents)


# --- whose it is ---------------------------------------------------------------------------------


async def test_whoever_leaves_hands_it_on_with_its_case_and_the_resident_hears_of_it(
    office: Office, handled: str
) -> None:
    await office.does("community", "posts.unit:E")
    await office.presses("community", "离岗：周窗口")
    await office.presses("community", "确认离岗")

    order = await order_of(office, handled)
    assert order.owner == (await office.matter(handled)).owner == "community"
    assert "王书记" in office.heard("resident")
    await office.does("community", f"services.order:{order.id}")
    assert any("办好了" in one for one in office.labels("community"))


async def test_after_its_end_the_papers_still_change_hands_with_the_post(
    office: Office, handled: str
) -> None:
    await office.presses("clerk", "终止代办")
    await office.says("clerk", "户籍不在本市，需回原籍办")
    await office.does("community", "posts.unit:E")
    await office.presses("community", "离岗：周窗口")
    await office.presses("community", "确认离岗")

    assert (await order_of(office, handled)).owner == "community"
    assert "换了代办员" in office.heard("resident")


@pytest.mark.parametrize(
    "verb", ["order", "papers", "signed", "accept", "give_back", "close", "terminate"]
)
async def test_nobody_else_sees_or_does_anything(office: Office, handled: str, verb: str) -> None:
    order = await order_of(office, handled)
    more = {"papers": ":docx", "give_back": ":all"}.get(verb, "")

    told = await office.does("police", f"services.{verb}:{order.id}{more}")
    other = await office.does("neighbour", f"services.order:{order.id}")

    assert "查不到" in told or "没有" in told or "不能" in told
    assert "李秀英" not in told + other


# --- papers --------------------------------------------------------------------------------------


@pytest.mark.requirement("S-07")
@pytest.mark.parametrize("who", ["clerk", "resident"])
async def test_the_whole_set_comes_as_a_file_to_both(
    office: Office, handled: str, who: str
) -> None:
    order = await order_of(office, handled)
    await office.does(who, f"services.papers:{order.id}:docx")

    async with office.database.read() as tx:
        rows = await tx.rows(select(attachments).where(attachments.c.bot == PAPER))
    assert [row.ref.split("|")[:3] for row in rows] == [[f"order:{order.id}", "set", handled]]
    assert "过时" in await office.does(who, f"services.papers:{order.id}:exe")


async def test_the_authority_names_agent_matter_extent_and_end(office: Office, number: str) -> None:
    folder = await folder_of(office, await order_of(office, number))

    shown = str(folder.current("authority").paper)

    for expected in ("周窗口", "李秀英", "3号楼路灯坏了", "extent_words", "valid_until"):
        assert expected in shown
    assert re.search(r"'year': '2027'", shown)


async def test_a_form_that_comes_too_late_gives_back_what_was_typed_and_no_ids(
    office: Office, number: str
) -> None:
    await signed(office)
    await office.presses("clerk", "受理")
    await office.says("clerk", "身份证原件1份")
    await office.presses("clerk", "修改费用")
    await office.presses("clerk", "有法定收费")
    await office.says("clerk", "35")
    await office.says("clerk", "《某条例》第三条")
    order = await order_of(office, number)
    await office.does("resident", f"services.revoked:{order.id}")

    told = await office.presses("clerk", "提交")

    for typed in ("身份证原件1份", "35", "《某条例》第三条"):
        assert typed in told
    assert "statutory" not in told
    assert "law" not in told
