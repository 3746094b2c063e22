"""What workers do with a case, told as chats."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.matters.matter import Happening, State
from domain.messages import MAX_ACTION_BYTES
from domain.organisation import Role, Seat
from tests.handlers.chats import Office
from tests.street import EAST_1, STREET


async def test_a_case_is_accepted_and_the_resident_hears_of_it(office: Office) -> None:
    number = await office.filed()

    card = await office.presses("secretary", "接单")

    assert "正在办理" in card
    assert "“3号楼路灯坏了”：第一网格 网格书记（张书记）接手了" in office.heard("resident")
    assert (await office.matter(number)).state is State.ACCEPTED


async def test_the_card_changes_in_place_and_comes_anew_when_it_is_asked_for(
    office: Office,
) -> None:
    number = await office.filed()

    await office.presses("secretary", "接单")
    pressed = office.latest("secretary").message
    await office.says("secretary", number)
    asked_for = office.latest("secretary").message

    assert pressed.slot == asked_for.slot == f"case-{number}"
    assert not pressed.anew
    assert asked_for.anew


async def test_a_doubled_press_gets_a_sentence_and_the_card_as_it_is(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")

    again = await office.does("secretary", f"matters.accept:{number}")

    assert f"{number} 现在是“正在办理”，不能做这一步" in again
    assert "已联系居民" in again
    assert len(await office.events(number)) == 3


async def test_the_first_contact_is_noted_once(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")

    await office.presses("secretary", "已联系居民")
    again = await office.does("secretary", f"matters.contact:{number}")

    assert "首次联系已有记录" in again
    assert (await office.matter(number)).contacted_at == office.now


async def test_a_secretary_hands_a_case_to_a_worker_of_the_grid(office: Office) -> None:
    number = await office.filed()

    offered = await office.presses("secretary", "转交")
    assert "网格员 李网格员" in offered
    told = await office.presses("secretary", "李网格员")

    assert "已转交：第一网格 网格员（李网格员）" in told
    assert f"{number} · 办事 · 路灯照明" in office.heard("worker")
    assert "“3号楼路灯坏了”：现在由第一网格 网格员（李网格员）办理" in office.heard("resident")
    matter = await office.matter(number)
    assert (matter.owner, matter.seat) == ("worker", Seat(EAST_1, Role.GRID_WORKER))


async def test_an_old_choice_of_a_worker_is_stale_once_the_case_has_moved(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "转交")
    to_worker = office.button("secretary", "李网格员")
    await office.presses("secretary", "李网格员")
    await office.presses("worker", "接单")

    late = await office.does("secretary", to_worker)

    assert "这个按钮已经过时了" in late
    assert number in late
    assert (await office.matter(number)).state is State.ACCEPTED


async def test_a_worker_cannot_hand_a_case_on(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "转交")
    await office.presses("secretary", "李网格员")

    labels = office.labels("worker")
    refused = await office.does("worker", f"matters.choose_worker:{number}")

    assert not any("转交" in label for label in labels)
    assert "您的岗位不能做这一步" in refused


async def test_a_wrong_route_goes_to_the_level_above_with_its_reason(office: Office) -> None:
    number = await office.filed()

    await office.presses("secretary", "退回")
    told = await office.says("secretary", "这是物业的线路，不归网格")

    assert f"{number} 已退回：东园社区 社区书记（王书记）" in told
    assert "张书记退回了" in office.heard("community")
    assert "这是物业的线路" in office.heard("community")
    assert "这是物业的线路" not in office.heard("resident")
    assert "正在重新安排" in office.heard("resident")
    assert (await office.matter(number)).owner == "community"


async def test_a_case_that_was_returned_too_often_is_for_the_level_above_to_decide(
    office: Office,
) -> None:
    number = await office.filed()
    for _ in range(2):
        await office.presses("secretary", "退回")
        await office.says("secretary", "不归我管")
        await office.presses("community", "转交")
        await office.presses("community", "张书记")

    await office.presses("secretary", "退回")
    told = await office.says("secretary", "还是不归我管")

    assert "不能再退。已请王书记决定" in told
    assert "已经退过 2 次" in office.heard("community")
    matter = await office.matter(number)
    assert (matter.owner, matter.returns) == ("secretary", 2)
    assert (await office.events(number))[-1].happening is Happening.HELP_ASKED


async def test_at_the_top_of_the_street_there_is_nobody_to_return_to(office: Office) -> None:
    number = await office.filed()
    top = Seat(STREET, Role.STREET_LEADER)
    await office.change(replace(await office.matter(number), seat=top, owner="street_leader"))

    told = await office.does("street_leader", f"matters.return:{number}")

    assert "上一级暂时没有人" in told
    assert not any("退回" in label for label in office.labels("street_leader"))


async def test_a_question_stops_the_clock_until_it_is_answered(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")
    before = (await office.matter(number)).resolve_by

    await office.presses("secretary", "问居民")
    told = await office.says("secretary", "是哪一个单元门口？")
    assert "计时暂停" in told
    assert "是哪一个单元门口？" in office.heard("resident")
    office.later(hours=2)
    await office.presses("resident", "回答")
    await office.says("resident", "二单元门口")
    await office.presses("resident", "提交")

    assert "二单元门口" in office.heard("secretary")
    matter = await office.matter(number)
    assert matter.state is State.ACCEPTED
    assert matter.resolve_by == before + timedelta(hours=2)


async def test_an_answer_on_the_telephone_is_written_down_by_the_worker(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")
    await office.presses("secretary", "问居民")
    await office.says("secretary", "是哪一个单元门口？")

    await office.presses("secretary", "电话答复")
    told = await office.says("secretary", "居民说是二单元")

    assert "办结计时继续" in told
    assert "居民说是二单元" in office.heard("resident")
    answered = (await office.events(number))[-1]
    assert (answered.happening, answered.role) == (Happening.ANSWERED, Role.GRID_SECRETARY)


async def test_a_note_of_progress_comes_with_its_picture(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")

    await office.presses("secretary", "记进展")
    await office.sends("secretary", "已经报修，电工下午来", "photo-1")
    await office.presses("secretary", "提交")

    assert "已经报修，电工下午来" in office.heard("resident")
    assert "(1 files)" in office.heard("resident")
    noted = (await office.events(number))[-1]
    assert noted.content is not None
    assert len(noted.content["attachments"]) == 1


async def test_a_neighbour_who_follows_hears_that_something_happened_not_what(
    office: Office,
) -> None:
    number = await office.filed()
    await office.joins(number, "neighbour")
    await office.presses("secretary", "接单")

    await office.presses("secretary", "记进展")
    await office.says("secretary", "和住户约好了时间")
    await office.presses("secretary", "提交")

    assert f"您附议的 {number} 有了新进展" in office.heard("neighbour")
    assert "约好了时间" not in office.heard("neighbour")


@pytest.mark.requirement("S-12")
async def test_a_repair_is_resolved_with_a_picture_and_judged_by_the_resident(
    office: Office,
) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")

    await office.presses("secretary", "办结")
    asked = await office.says("secretary", "换了灯泡，亮了")
    assert "请发一张办完后的照片" in asked
    await office.sends("secretary", "", "photo-2")
    await office.presses("secretary", "发完了")
    await office.presses("secretary", "提交")
    seen = office.heard("resident")
    await office.presses("resident", "已解决")

    assert "办理后 (1 files)" in seen
    assert "换了灯泡，亮了" in seen
    resolved = [
        event for event in await office.events(number) if event.happening is Happening.RESOLVED
    ]
    assert [len(event.content["attachments"]) for event in resolved if event.content] == [1]
    assert (await office.matter(number)).state is State.CLOSED


async def test_a_picture_with_a_caption_is_kept_with_its_words(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")

    await office.presses("secretary", "办结")
    await office.sends("secretary", "换了灯泡", "photo-3")
    await office.presses("secretary", "提交")

    resolved = (await office.events(number))[-1]
    assert resolved.content is not None
    assert resolved.content["result"] == "换了灯泡"
    assert len(resolved.content["attachments"]) == 1


async def test_another_stream_sees_only_the_part_it_was_asked_for(office: Office) -> None:
    number = await office.filed("3号楼2单元501门口路灯坏了，王大爷摸黑")
    await office.presses("secretary", "接单")

    await office.presses("secretary", "请条线协助")
    await office.presses("secretary", "警务")
    await office.says("secretary", "请看看夜里的治安情况")
    part = office.heard("police")
    whole = await office.says("police", number)
    await office.presses("police", "答复")
    await office.says("police", "已加派夜间巡逻")

    for shown in (part, whole):
        assert "请看看夜里的治安情况" in shown
        assert "路灯照明" in shown
        assert "501" not in shown
        assert "王大爷" not in shown
    assert "已加派夜间巡逻" in office.heard("secretary")
    assert "已加派夜间巡逻" not in office.heard("resident")


async def test_two_streams_do_not_see_each_others_parts(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")
    for stream, question in (("警务", "请看看夜里的治安"), ("党务", "请党员志愿者照看老人")):
        await office.presses("secretary", "请条线协助")
        await office.presses("secretary", stream)
        await office.says("secretary", question)

    police, party = await office.says("police", number), await office.says("party", number)

    assert "夜里的治安" in police
    assert "志愿者" not in police
    assert "志愿者" in party
    assert "夜里的治安" not in party


async def test_help_is_given_once(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")
    await office.presses("secretary", "请条线协助")
    await office.presses("secretary", "警务")
    await office.says("secretary", "请看看治安情况")
    await office.presses("police", "答复")
    await office.says("police", "看过了")

    again = await office.does("police", f"matters.give_help:{number}")

    assert "已经答复过了" in again


async def test_an_empty_stream_is_answered_by_the_level_above(office: Office) -> None:
    await office.filed()
    await office.presses("secretary", "接单")

    await office.presses("secretary", "请条线协助")
    await office.presses("secretary", "居务")
    told = await office.says("secretary", "请协调物业")

    assert "已请王书记协助" in told
    assert "请协调物业" in office.heard("community")


async def test_whoever_lost_a_case_cannot_press_its_old_buttons(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "退回")
    await office.says("secretary", "不归我管")
    await office.presses("community", "转交")
    await office.presses("community", "李网格员")

    late = await office.does("community", f"matters.accept:{number}")
    stranger = await office.does("second_secretary", f"matters.accept:{number}")

    assert "您的岗位不能做这一步" in late
    assert "没有找到" in stranger


async def test_words_that_came_too_late_are_given_back(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")
    await office.presses("secretary", "记进展")
    await office.does("resident", f"matters.withdraw:{number}")

    await office.says("secretary", "电工下午来")
    told = await office.presses("secretary", "提交")

    assert "不能做这一步" in told
    assert "您刚才写的是：电工下午来" in told


async def test_the_story_tells_who_did_what(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")
    await office.presses("secretary", "记进展")
    await office.says("secretary", "电工下午来")
    await office.presses("secretary", "提交")

    story = await office.does("secretary", f"matters.story:{number}")

    assert "张书记 已接单" in story
    assert "张书记 办理进展：电工下午来" in story


@pytest.mark.parametrize(
    "action",
    [
        "case",
        "matters.show:",
        "matters.accept:2026-99999",
        "matters.hand_over:2026-00001",
        "matters.accept:2026-00001:x",
        "nonsense",
    ],
)
async def test_a_hand_made_press_gets_one_sentence(office: Office, action: str) -> None:
    await office.filed()

    told = await office.does("secretary", action)

    assert told.count("→") == 1


async def test_every_button_fits_into_a_press(office: Office) -> None:
    await office.filed()
    await office.presses("secretary", "接单")
    await office.does("community", "matters.choose_unit:2026-00001")
    await office.presses("community", "第一网格")

    actions = [
        choice.action
        for said in office.said
        for choice in said.labels.values()
        if choice.action is not None
    ]

    assert max(len(action.encode()) for action in actions) <= MAX_ACTION_BYTES


# --- what a level above puts right ---------------------------------------------------------------


@pytest.mark.requirement("D-06")
async def test_a_person_may_override_the_priority_with_a_reason(office: Office) -> None:
    number = await office.filed()
    before = (await office.matter(number)).resolve_by

    await office.presses("secretary", "更多")
    await office.presses("secretary", "轻重缓急")
    await office.presses("secretary", "一般")
    told = await office.says("secretary", "白天不影响，排到下周")

    matter = await office.matter(number)
    assert "已调整为“一般”" in told
    assert (matter.importance, matter.urgency) == (1, 1)
    assert matter.resolve_by > before
    triaged = (await office.events(number))[-1]
    assert triaged.content is not None
    assert triaged.content["reason"] == "白天不影响，排到下周"


async def test_a_lower_importance_keeps_the_time_that_the_clock_stood_still(
    office: Office,
) -> None:
    number = await office.filed()
    await office.does("secretary", f"matters.accept:{number}")
    await office.does("secretary", f"matters.ask:{number}")
    await office.says("secretary", "是哪一盏？")
    office.later(days=3)
    await office.does("resident", f"matters.answer:{number}")
    await office.says("resident", "门口那盏")
    await office.presses("resident", "提交")
    before = await office.matter(number)

    await office.does("community", f"matters.triage:{number}:1:2")
    await office.says("community", "不影响出行")
    lower = await office.matter(number)
    await office.does("community", f"matters.triage:{number}:1:1")
    await office.says("community", "白天不影响")
    await office.does("community", f"matters.triage:{number}:1:2")
    await office.says("community", "还是快些")

    assert (before.urgency, lower.resolve_by) == (2, before.resolve_by)
    assert (await office.matter(number)).resolve_by == before.resolve_by


async def test_the_owner_hears_that_the_priority_was_changed(office: Office) -> None:
    number = await office.filed()

    await office.does("community", f"matters.choose_priority:{number}")
    await office.presses("community", "有危险")
    await office.says("community", "线头裸露，会触电")

    assert "王书记把" in office.heard("secretary")
    assert "会触电" in office.heard("secretary")
    assert "会触电" not in office.heard("resident")
    assert (await office.matter(number)).urgency == 3


async def test_a_community_secretary_puts_a_case_on_another_desk(office: Office) -> None:
    number = await office.filed()

    await office.does("community", f"matters.choose_unit:{number}")
    await office.presses("community", "第二网格")
    await office.presses("community", "钱书记")
    told = await office.says("community", "路口在第二网格")

    assert "已改派：第二网格 网格书记（钱书记）" in told
    assert number in office.heard("second_secretary")
    assert f"{number} 已改由第二网格" in office.heard("secretary")
    assert "路口在第二网格" not in office.heard("resident")
    matter = await office.matter(number)
    assert (matter.owner, matter.grid) == ("second_secretary", "E2")


async def test_a_case_goes_to_another_community_only_from_the_street(office: Office) -> None:
    number = await office.filed()

    near = await office.does("community", f"matters.choose_unit:{number}")
    refused = await office.does("community", f"matters.choose_desk:{number}:W1")
    await office.does("dispatcher", f"matters.choose_unit:{number}")
    await office.presses("dispatcher", "西园社区")
    await office.presses("dispatcher", "第三网格")
    await office.presses("dispatcher", "由上一级先接")
    await office.says("dispatcher", "地址在西园")

    assert "西园社区" not in near
    assert "过时" in refused
    matter = await office.matter(number)
    assert (matter.community, matter.grid, matter.owner) == ("W", "W1", "dispatcher")


@pytest.mark.requirement("M-12")
async def test_a_matter_that_came_twice_is_merged_and_both_sources_are_kept(
    office: Office,
) -> None:
    first = await office.filed()
    second = await office.filed("3号楼的路灯不亮", by="caller")

    await office.does("community", f"matters.choose_merge:{second}")
    await office.presses("community", first)
    told = await office.presses("community", f"并入 {first}")

    assert f"{second} 已并入 {first}" in told
    assert f"和 {first} 是同一件事" in office.heard("caller")
    merged, kept = await office.matter(second), await office.matter(first)
    assert (merged.state, merged.merged_into) == (State.MERGED, first)
    absorbed = (await office.events(first))[-1]
    assert absorbed.content is not None
    assert absorbed.content["number"] == second
    assert kept.supporters == 1
    await office.does("secretary", f"matters.accept:{first}")
    assert first in office.heard("caller")


async def test_the_other_number_can_be_typed(office: Office) -> None:
    first = await office.filed()
    second = await office.filed("楼下垃圾没人清运", by="other")

    await office.does("community", f"matters.choose_merge:{second}")
    await office.presses("community", "输入编号")
    unclear = await office.says("community", "那一件")
    missing = await office.says("community", "2026-90000")
    shown = await office.says("community", first)

    assert "这不像编号" in unclear
    assert "没有找到 2026-90000" in missing
    assert f"把 {second} 并入 {first}" in shown


async def test_a_case_is_not_merged_with_itself(office: Office) -> None:
    number = await office.filed()

    told = await office.does("community", f"matters.confirm_merge:{number}:{number}")

    assert "不能并入它自己" in told


async def test_two_matters_in_one_are_split(office: Office) -> None:
    number = await office.filed("3号楼路灯坏了，垃圾也没人清")

    await office.does("community", f"matters.split:{number}")
    await office.says("community", "垃圾没人清运")
    await office.presses("community", "办事")
    await office.presses("community", "垃圾清运")
    told = await office.presses("community", "提交")

    child = "2026-00002"
    assert f"已拆出 {child}" in told
    assert f"新编号 {child}" in office.heard("resident")
    assert child in office.heard("secretary")
    matter = await office.matter(child)
    assert (matter.split_from, matter.category, matter.reporter) == (
        number,
        "rubbish",
        (await office.matter(number)).reporter,
    )
    assert (await office.events(number))[-1].happening is Happening.SPLIT


async def hidden_opinion(office: Office) -> str:
    """Let a resident give an opinion without a name, and give its number."""
    await office.starts("resident", "g-E1")
    await office.presses("resident", "提意见")
    await office.says("resident", "健身器材太旧，请更换")
    await office.presses("resident", "跳过")
    await office.presses("resident", "跳过")
    await office.presses("resident", "要不要匿名")
    await office.presses("resident", "要匿名")
    await office.presses("resident", "提交")
    return "2026-00001"


async def test_a_hidden_name_is_seen_with_a_reason_that_is_logged(office: Office) -> None:
    number = await hidden_opinion(office)
    assert "居民要求不显示姓名" in office.transcript("secretary")

    denied = await office.does("secretary", f"matters.unseal:{number}")
    await office.does("community", f"matters.unseal:{number}")
    shown = await office.says("community", "需要上门核实")

    assert "您的岗位不能做这一步" in denied
    assert "这次查看已记录在案" in shown
    assert office.latest("community").message.secret
    viewed = (await office.events(number))[-1]
    assert (viewed.happening, viewed.actor) == (Happening.VIEWED, "community")
    assert viewed.content == {"reason": "需要上门核实"}


async def test_nothing_hidden_means_nothing_to_unseal(office: Office) -> None:
    number = await office.filed()

    told = await office.does("community", f"matters.unseal:{number}")

    assert "没有隐藏姓名" in told
