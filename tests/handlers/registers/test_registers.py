"""The lists that the office keeps, in chat: looked up, added to, changed, published and ended."""

from datetime import timedelta
from pathlib import Path

import pytest

from domain.chain import verify
from domain.registers import Entry, EntryState
from storage.chain import get_chains, list_events
from storage.database import Database
from storage.registers import list_entries
from tests.handlers.chats import Office, opened
from tests.street import EAST, STREET, WEST


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    return await opened(database, tmp_path)


async def entries(office: Office, register: str = "services.halls") -> list[Entry]:
    """Give the entries of a register; each has a file that verifies."""
    async with office.database.read() as tx:
        found = await list_entries(tx, register, ended=True)
        for one in found:
            events = await list_events(tx, one.subject)
            chain = (await get_chains(tx, [one.subject]))[one.subject]
            assert events
            assert verify(events, chain.head) == []
    return found


async def only(office: Office, register: str = "services.halls") -> Entry:
    (found,) = await entries(office, register)
    return found


async def fills_hall(office: Office, who: str = "community", name: str = "东园便民服务中心") -> str:
    """Fill the form of a hall up to its read-back."""
    await office.does(who, "registers.add:services.halls")
    for said in (name, "东园路1号一楼", "周一至周五 8:30–18:00", "0371-12345678"):
        await office.says(who, said)
    await office.presses(who, "轮椅坡道")
    return await office.presses(who, "选好了")


async def adds_hall(
    office: Office, who: str = "community", name: str = "东园便民服务中心"
) -> Entry:
    await fills_hall(office, who, name)
    await office.presses(who, "提交")
    return next(one for one in await entries(office) if one.get("name") == name)


# --- adding --------------------------------------------------------------------------------------


async def test_a_secretary_adds_a_hall_and_reads_it_back(office: Office) -> None:
    read_back = await fills_hall(office)

    assert "名称：东园便民服务中心" in read_back
    assert "无障碍设施：轮椅坡道" in read_back
    assert "单位：东园社区" in read_back

    told = await office.presses("community", "提交")

    assert "已保存" in told
    hall = await only(office)
    assert (hall.unit, hall.state, hall.version) == (EAST, EntryState.PUBLISHED, 1)
    assert hall.fields == {
        "name": "东园便民服务中心",
        "address": "东园路1号一楼",
        "hours": "周一至周五 8:30–18:00",
        "phone": "0371-12345678",
        "access": ["ramp"],
    }


async def test_the_street_chooses_for_which_unit_an_entry_is(office: Office) -> None:
    await office.does("street_leader", "registers.add:services.halls")
    await office.says("street_leader", "西园社区")
    await office.says("street_leader", "西园便民服务中心")

    await office.does("street_leader", office.button("street_leader", "返回"))

    assert "西园便民服务中心" not in office.labels("street_leader")
    for said in ("西园中心", "西园路2号", "每天 9:00–17:00", "0371-1"):
        await office.says("street_leader", said)
    await office.presses("street_leader", "跳过")
    await office.presses("street_leader", "提交")
    assert (await only(office)).unit == WEST


async def test_a_value_that_is_none_is_refused_with_what_to_write(office: Office) -> None:
    await office.does("community", "registers.add:services.halls")
    for said in ("东园便民服务中心", "东园路1号", "周一至周五"):
        await office.says("community", said)

    told = await office.says("community", "问社区")

    assert "请写成 0371-12345678" in told
    assert "无障碍设施" in await office.says("community", "0371-12345678")


async def test_two_of_one_name_in_a_unit_are_refused_and_nothing_typed_is_lost(
    office: Office,
) -> None:
    await adds_hall(office)
    await fills_hall(office, name="东园 便民服务中心")

    told = await office.presses("community", "提交")

    assert "已经有“东园便民服务中心”" in told
    assert len(await entries(office)) == 1
    await office.presses("community", "名称")
    await office.says("community", "东园第二服务点")
    assert "已保存" in await office.presses("community", "提交")
    assert len(await entries(office)) == 2


async def test_two_who_add_the_same_at_once_get_one_entry(office: Office) -> None:
    await fills_hall(office)
    await office.does("dispatcher", "registers.add:services.halls")
    await office.says("dispatcher", "东园社区")
    for said in ("东园便民服务中心", "别处", "每天", "0371-1"):
        await office.says("dispatcher", said)
    await office.presses("dispatcher", "跳过")

    await office.arrive_together(
        ("community", {"action": office.button("community", "提交")}),
        ("dispatcher", {"action": office.button("dispatcher", "提交")}),
    )

    assert len(await entries(office)) == 1
    assert "已保存" in office.heard("community") + office.heard("dispatcher")
    assert "已经有" in office.heard("community") + office.heard("dispatcher")


async def test_a_form_goes_on_after_a_restart(office: Office) -> None:
    await office.does("community", "registers.add:services.halls")
    await office.says("community", "东园便民服务中心")

    office.restart()

    told = await office.says("community", "东园路1号")
    assert "什么时候开" in told


async def test_words_that_answer_nothing_are_refused_and_the_entry_stays(office: Office) -> None:
    await fills_hall(office)

    told = await office.says("community", "东园便民服务中心很好")

    assert "名称：东园便民服务中心\n" not in told
    assert "已保存" in await office.presses("community", "提交")
    assert (await only(office)).get("name") == "东园便民服务中心"


# --- drafts --------------------------------------------------------------------------------------


async def test_what_is_not_decided_yet_is_saved_as_a_draft_and_published_later(
    office: Office,
) -> None:
    await fills_hall(office)
    told = await office.presses("community", "存为草稿")
    assert "草稿，居民看不到" in told

    hall = await only(office)
    assert hall.state is EntryState.DRAFT

    told = await office.presses("community", "发布")
    assert "已发布" in told
    assert (await only(office)).version == 2
    again = await office.does("community", f"registers.publish:{hall.id}")
    assert "已发布" in again
    assert (await only(office)).version == 2


async def test_a_draft_that_lacks_something_is_not_published(office: Office) -> None:
    await office.does("community", "registers.add:services.centres")
    await office.says("community", "东园养老服务中心")
    await office.presses("community", "正常运行")
    for _ in range(6):
        await office.presses("community", "跳过")

    told = await office.presses("community", "提交")

    assert "还不能发布" in told
    assert "运营单位、服务、地址、开放时间、电话" in told
    await office.presses("community", "存为草稿")
    centre = await only(office, "services.centres")
    assert centre.state is EntryState.DRAFT
    assert "还不能发布" in await office.does("community", f"registers.publish:{centre.id}")
    assert (await only(office, "services.centres")).state is EntryState.DRAFT


async def test_an_old_draft_button_does_nothing(office: Office) -> None:
    await fills_hall(office)
    action = office.button("community", "存为草稿")
    await office.presses("community", "提交")

    await office.does("community", action)

    assert len(await entries(office)) == 1
    assert (await only(office)).state is EntryState.PUBLISHED


# --- changing ------------------------------------------------------------------------------------


async def test_one_value_is_changed_and_the_history_says_who_did_it(office: Office) -> None:
    hall = await adds_hall(office)
    await office.does("community", f"registers.edit:{hall.id}")
    await office.presses("community", "开放时间")
    await office.says("community", "每天 9:00–17:00")

    told = await office.presses("community", "提交")

    assert "开放时间：每天 9:00–17:00" in told
    after = await only(office)
    assert (after.version, after.id) == (2, hall.id)
    history = await office.presses("community", "历史")
    assert "开放时间：周一至周五 8:30–18:00 → 每天 9:00–17:00" in history
    assert "登记" in history


async def test_without_a_change_nothing_is_saved(office: Office) -> None:
    hall = await adds_hall(office)
    await office.does("community", f"registers.edit:{hall.id}")

    told = await office.presses("community", "提交")

    assert "没有改动" in told
    assert (await only(office)).version == 1


async def test_a_value_may_be_taken_out_again(office: Office) -> None:
    hall = await adds_hall(office)
    await office.does("community", f"registers.edit:{hall.id}")
    await office.presses("community", "无障碍设施")
    await office.presses("community", "轮椅坡道")
    await office.presses("community", "选好了，继续")

    await office.presses("community", "提交")

    assert "access" not in (await only(office)).fields


async def test_an_entry_may_hold_until_a_day_and_no_longer(office: Office) -> None:
    hall = await adds_hall(office)
    await office.does("community", f"registers.edit:{hall.id}")
    await office.presses("community", "到哪天")
    await office.says("community", "2026-11-25")
    told = await office.presses("community", "提交")

    assert "有效期：到 明天（11月25日）为止" in told
    found = await only(office)
    assert found.valid_until is not None
    assert found.holds(found.valid_until - timedelta(seconds=1))
    assert not found.holds(found.valid_until)
    office.later(days=3)
    assert "已过有效期" in await office.does("community", f"registers.show:{hall.id}")


async def test_a_term_that_ends_before_it_begins_is_refused(office: Office) -> None:
    hall = await adds_hall(office)
    await office.does("community", f"registers.edit:{hall.id}")
    await office.presses("community", "从哪天起")
    await office.says("community", "2026-12-10")
    await office.presses("community", "到哪天")
    await office.says("community", "2026-12-01")

    assert "最后一天比第一天还早" in await office.presses("community", "提交")
    assert (await only(office)).version == 1


# --- two at once ---------------------------------------------------------------------------------


async def test_who_is_later_sees_what_the_other_saved_and_keeps_the_own_words(
    office: Office,
) -> None:
    hall = await adds_hall(office)
    await office.does("community", f"registers.edit:{hall.id}")
    await office.presses("community", "开放时间")
    await office.says("community", "每天 9:00–17:00")
    await office.does("dispatcher", f"registers.edit:{hall.id}")
    await office.presses("dispatcher", "地址")
    await office.says("dispatcher", "东园路2号")
    await office.presses("dispatcher", "提交")

    told = await office.presses("community", "提交")

    assert "改了：地址" in told
    assert "地址：东园路2号" in told
    assert "开放时间：每天 9:00–17:00" in told
    assert (await only(office)).version == 2
    assert "已保存" in await office.presses("community", "提交")
    after = await only(office)
    assert after.version == 3
    assert (after.get("address"), after.get("hours")) == ("东园路2号", "每天 9:00–17:00")


async def test_of_what_both_changed_the_later_one_decides(office: Office) -> None:
    hall = await adds_hall(office)
    for who, hours in (("community", "每天 9:00"), ("dispatcher", "每天 10:00")):
        await office.does(who, f"registers.edit:{hall.id}")
        await office.presses(who, "开放时间")
        await office.says(who, hours)
    await office.presses("dispatcher", "提交")

    told = await office.presses("community", "提交")

    assert "“开放时间”你们两个都改了。对方写的是：每天 10:00" in told
    await office.presses("community", "提交")
    assert (await only(office)).get("hours") == "每天 9:00"


async def test_what_was_ended_meanwhile_is_not_changed_and_the_words_stay(office: Office) -> None:
    hall = await adds_hall(office)
    await office.does("community", f"registers.edit:{hall.id}")
    await office.presses("community", "开放时间")
    await office.says("community", "每天 9:00–17:00")
    await office.does("dispatcher", f"registers.ask_end:{hall.id}")
    await office.presses("dispatcher", "停用")

    told = await office.presses("community", "提交")

    assert "已经停用" in told
    assert (await only(office)).get("hours") == "周一至周五 8:30–18:00"
    resume = office.button("community", "提交").removesuffix("ok") + "r"
    assert "开放时间：每天 9:00–17:00" in await office.does("community", resume)


# --- ending --------------------------------------------------------------------------------------


async def test_an_entry_ends_after_a_question_and_stays_among_the_ended(office: Office) -> None:
    hall = await adds_hall(office)
    asked = await office.does("community", f"registers.ask_end:{hall.id}")
    assert "要停用“东园便民服务中心”吗" in asked

    told = await office.presses("community", "停用")

    assert "状态：已停用" in told
    assert (await only(office)).state is EntryState.ENDED
    again = await office.does("community", f"registers.end:{hall.id}:1")
    assert "已停用" in again
    assert (await only(office)).version == 2
    assert "已经停用" in await office.does("community", f"registers.edit:{hall.id}")
    listed = await office.does("community", "registers.list:services.halls")
    assert "还没有" in listed
    await office.presses("community", "已停用的")
    assert any("东园便民服务中心" in one for one in office.labels("community"))


async def test_what_somebody_changed_meanwhile_is_shown_before_it_ends(office: Office) -> None:
    hall = await adds_hall(office)
    await office.does("community", f"registers.ask_end:{hall.id}")
    await office.does("dispatcher", f"registers.edit:{hall.id}")
    await office.presses("dispatcher", "地址")
    await office.says("dispatcher", "东园路2号")
    await office.presses("dispatcher", "提交")

    told = await office.does("community", f"registers.end:{hall.id}:1")

    assert "刚才有人改过" in told
    assert "东园路2号" in told
    assert (await only(office)).state is EntryState.PUBLISHED


async def test_whoever_ends_what_others_refer_to_is_told_so(office: Office) -> None:
    hall = await adds_hall(office)
    await office.does("community", "registers.add:services.desks")
    await office.says("community", "退休认证")
    await office.presses("community", "东园便民服务中心")
    await office.says("community", "3号窗口")
    await office.presses("community", "跳过")
    told = await office.presses("community", "提交")
    assert "大厅：东园便民服务中心" in told

    asked = await office.does("community", f"registers.ask_end:{hall.id}")

    assert "还有这些用到它：退休认证" in asked


# --- looking up ----------------------------------------------------------------------------------


async def test_a_list_is_shown_page_by_page_and_searched(office: Office) -> None:
    for number in range(1, 11):
        await adds_hall(office, name=f"东园第{number}服务点")

    told = await office.does("community", "registers.list:services.halls")
    assert "全部：10 条" in told
    assert "第 1 页，共 2 页" in told
    await office.presses("community", "下一页")
    assert sum("服务点" in one for one in office.labels("community")) == 2

    await office.presses("community", "查找")
    found = await office.says("community", "第7 东园")
    assert "找到 1 条" in found
    await office.presses("community", "查找")
    assert "没有找到“跳棋”" in await office.says("community", "跳棋")


@pytest.mark.requirement("S-02")
async def test_a_list_is_narrowed_down_by_what_sort_an_entry_is(office: Office) -> None:
    for unit, sort in ((EAST, "村改居社区"), (WEST, "城市社区")):
        await office.does("street_leader", "registers.add:services.communities")
        await office.says("street_leader", {EAST: "东园社区", WEST: "西园社区"}[unit])
        await office.presses("street_leader", sort)
        for _ in range(3):
            await office.presses("street_leader", "跳过")
        await office.presses("street_leader", "提交")

    await office.does("street_leader", "registers.list:services.communities")
    assert "2 条" in office.latest("street_leader").words
    told = await office.presses("street_leader", "只看村改居社区")

    assert "只看村改居社区：1 条" in told
    assert any("东园社区" in one for one in office.labels("street_leader"))
    assert not any("西园社区" in one for one in office.labels("street_leader"))
    # An amount that nobody entered is said to be missing, never 0 and never a guess.
    assert "投资：未提供" in await office.presses("street_leader", "东园社区")


async def test_hand_made_buttons_lead_nowhere(office: Office) -> None:
    await adds_hall(office)

    for action in (
        "registers.list:services.nothing",
        "registers.list:services.halls:type.urban",
        "registers.list:services.communities:type.moon",
        "registers.list:services.halls:all:x",
        "registers.add:nothing",
        "registers.find:nothing",
        "registers.show:nothing",
        "registers.keep:abcdef",
    ):
        told = await office.does("community", action)
        assert "东园便民服务中心" not in told, action

    assert (await only(office)).version == 1


# --- rights --------------------------------------------------------------------------------------


async def test_a_community_keeps_its_own_entries_and_no_others(office: Office) -> None:
    await office.does("street_leader", "registers.add:services.halls")
    await office.says("street_leader", "西园社区")
    for said in ("西园中心", "西园路2号", "每天 9:00–17:00", "0371-1"):
        await office.says("street_leader", said)
    await office.presses("street_leader", "跳过")
    await office.presses("street_leader", "提交")
    hall = await only(office)

    seen = await office.does("community", f"registers.show:{hall.id}")
    assert "西园中心" in seen  # A hall is public.
    assert not any("修改" in one for one in office.labels("community"))
    for verb in ("edit", "publish", "ask_end", "end"):
        told = await office.does("community", f"registers.{verb}:{hall.id}")
        assert "（registers.edit/community_secretary）" in told, verb
    assert (await only(office)).version == 1
    assert "还没有" in await office.does("community", "registers.list:services.halls")


async def test_a_draft_of_others_is_answered_like_nothing(office: Office) -> None:
    await office.does("street_leader", "registers.add:services.halls")
    await office.says("street_leader", "西园社区")
    for said in ("西园中心", "西园路2号", "每天 9:00–17:00", "0371-1"):
        await office.says("street_leader", said)
    await office.presses("street_leader", "跳过")
    await office.presses("street_leader", "存为草稿")
    hall = await only(office)

    real = await office.does("community", f"registers.show:{hall.id}")
    none = await office.does("community", f"registers.show:{'0' * 24}")

    assert real.replace(hall.id[:8], "00000000") == none


async def test_partners_are_shown_to_nobody_outside_the_office(office: Office) -> None:
    await office.does("dispatcher", "registers.add:services.partners")
    await office.says("dispatcher", "梧桐街道")
    for said in ("梧桐社区服务促进会", "社会组织", "上门理发", "周先生", "0371-7"):
        await office.says("dispatcher", said)
    await office.presses("dispatcher", "提交")
    partner = await only(office, "services.partners")

    assert (partner.unit, partner.is_sealed) == (STREET, True)
    assert "周先生" not in await office.does("community", f"registers.show:{partner.id}")
    assert "周先生" not in await office.does("resident", f"registers.show:{partner.id}")
    assert "周先生" in await office.does("street_leader", f"registers.show:{partner.id}")


@pytest.mark.parametrize("who", ["worker", "police", "secretary"])
async def test_who_serves_no_window_has_no_registers(office: Office, who: str) -> None:
    await office.does(who, "menu.open")
    assert not any("名册" in one for one in office.labels(who))

    assert "（registers.see/" in await office.does(who, "registers.open")
    assert "（registers.see/" in await office.does(who, "registers.list:services.halls")
    assert "（registers.edit/" in await office.does(who, "registers.add:services.halls")


async def test_a_clerk_looks_up_and_changes_nothing(office: Office) -> None:
    hall = await adds_hall(office)

    assert "便民大厅和服务网点" in "".join(await _labels(office, "clerk", "registers.open"))
    assert "东园路1号一楼" in await office.does("clerk", f"registers.show:{hall.id}")
    assert "（registers.edit/window_clerk）" in await office.does(
        "clerk", f"registers.edit:{hall.id}"
    )


async def _labels(office: Office, who: str, action: str) -> list[str]:
    await office.does(who, action)
    return office.labels(who)
