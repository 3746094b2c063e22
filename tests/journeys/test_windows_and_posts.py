"""The window, the levels above and the people who come and go: nothing of a case is ever lost."""

from pathlib import Path

import pytest

from domain.matters.matter import State
from storage.matters.matters import list_events
from tests.journeys.chatters import Chatter
from tests.journeys.house import AIOGRAM, PTB, WEB, House, house
from tests.journeys.test_long_chain import filed
from tests.street import EAST, EAST_1, STREET

#: How residents and staff come to Linli.
WAYS = [(WEB, WEB), (AIOGRAM, PTB), pytest.param(PTB, AIOGRAM, marks=pytest.mark.slow)]


@pytest.mark.requirement("M-12")
@pytest.mark.parametrize(("residents", "staff"), WAYS)
async def test_a_clerk_files_for_a_walk_in_who_follows_it_at_home_and_loses_the_phone(
    tmp_path: Path, residents: str, staff: str
) -> None:
    async with house(tmp_path, residents=residents, staff=staff) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        clerk = await street.invited("window_clerk", EAST, "周窗口")

        await clerk.press("代居民登记")
        await clerk.sees("一句话写下来")
        await clerk.say("3号楼王大爷来说下水道堵了，13900005678")
        await clerk.sees("哪个网格")
        await clerk.press("第一网格")
        await clerk.sees("王大爷")
        await clerk.press("提交")
        receipt = await clerk.sees("已登记，编号")
        number = receipt.split("编号 ")[1][:10]
        given = await clerk.sees("查询码：")
        code = given.split("查询码：")[1][:19]
        card = await secretary.sees(number)
        assert "王大爷" in card

        borrowed = street.newcomer("邻居的手机")
        await borrowed.start()
        await borrowed.sees("提意见")
        await borrowed.say(f"查询 {number} {code}")
        found = await borrowed.sees("查到了")
        assert "王大爷" not in found
        assert "下水道" not in found

        resident = street.newcomer("王大爷")
        await comes_back(resident, secretary, number)
        await secretary.press("接单")
        await resident.sees("接手了")

        second = street.newcomer("王大爷的新手机")
        await comes_back(second, secretary, number)
        await resident.sees("新设备接到了您的账号")
        third = street.newcomer("捡到纸条的人")
        await third.start()
        await third.sees("提意见")
        await third.say(code)
        await third.sees("查到了")
        await third.say(number)
        await third.sees("没有找到")


async def comes_back(resident: Chatter, secretary: Chatter, number: str) -> None:
    """Reach one's cases with the help of somebody who knows one, and see one of them."""
    await resident.start()
    await resident.sees("提意见")
    await resident.press("我的")
    await resident.sees("账号")
    await resident.press("换了手机")
    shown = await resident.sees("这台设备的码")
    await secretary.say(number)
    await secretary.sees(number)
    await secretary.press("更多")
    await secretary.press("换机找回")
    await secretary.sees("8 位码")
    await secretary.say(shown.split("的码：")[1][:9])
    await secretary.sees("怎么核对的本人")
    await secretary.press("当面核对")
    await secretary.sees("已确认")
    await resident.sees("工作人员已核对")
    await resident.press("回到以前的事项")
    await resident.sees("找回来了")
    await resident.say(number)
    await resident.sees("办理经过")


@pytest.mark.requirement("M-12")
@pytest.mark.parametrize(("residents", "staff"), WAYS)
async def test_two_cases_are_one_and_one_is_two(tmp_path: Path, residents: str, staff: str) -> None:
    async with house(tmp_path, residents=residents, staff=staff) as street:
        leader = await street.invited("community_secretary", EAST, "王书记")
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        first, second = street.newcomer("甲"), street.newcomer("乙")
        kept = await filed(first, "3号楼路灯坏了")
        twice = await filed(second, "北门停车场的灯全黑了，垃圾也没人清运")
        await secretary.sees(kept, twice)

        await leader.say(twice)
        await leader.sees(twice)
        await leader.press("合并重复")
        await leader.sees("是同一件事")
        await leader.press("输入编号")
        await leader.sees("另一件的编号")
        await leader.say(kept)
        await leader.sees(f"把 {twice} 并入 {kept}")
        await leader.press(f"并入 {kept}")
        await leader.sees("已并入")
        await second.sees(f"{twice} 和 {kept} 是同一件事")
        await secretary.sees(f"{twice} 并入了您办理的 {kept}")
        assert (await street.matter(twice)).merged_into == kept
        assert (await street.matter(kept)).state is State.DISPATCHED

        await leader.say(kept)
        await leader.sees(kept)
        await leader.press("拆分")
        await leader.sees("单独办理的是哪一部分")
        await leader.say("垃圾没人清运")
        await leader.sees("属于哪一类")
        await leader.press("办事")
        await leader.sees("具体是什么类别")
        await leader.press("垃圾清运")
        await leader.sees("拆分")
        await leader.press("提交")
        done = await leader.sees("已拆出")
        child = done.split("已拆出 ")[1][:10]
        await first.sees(f"新编号 {child}")
        await secretary.sees(child)
        assert (await street.matter(child)).split_from == kept


@pytest.mark.parametrize(("residents", "staff"), WAYS)
async def test_a_helper_of_another_stream_sees_the_own_part_alone(
    tmp_path: Path, residents: str, staff: str
) -> None:
    async with house(tmp_path, residents=residents, staff=staff) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        police = await street.invited("police_officer", EAST, "吴警官")
        party = await street.invited("party_officer", EAST, "郑委员")
        resident = street.newcomer()
        number = await filed(resident, "楼上邻居天天半夜放音乐，吵得睡不着")
        await secretary.sees(number)
        await secretary.press("接单")
        await resident.sees("接手了")

        await secretary.press("请条线协助")
        await secretary.sees("请哪条线协助")
        await secretary.press("警务")
        await secretary.sees("想请对方帮什么")
        await secretary.say("请夜里来看一次")
        await secretary.sees("已请吴警官协助")
        await police.sees("请夜里来看一次")
        assert "半夜放音乐" not in police.transcript
        await police.press("答复")
        await police.sees("请写下您的答复")
        await police.say("昨晚看过，已经劝了")
        await police.sees("昨晚看过")
        await secretary.sees("昨晚看过，已经劝了")

        await party.say(number)
        await party.sees("没有找到您可以查看的")
        await police.say(number)
        await police.sees("请夜里来看一次")
        assert "半夜放音乐" not in police.transcript


@pytest.mark.parametrize(("residents", "staff"), WAYS)
async def test_who_is_away_is_stood_in_for_and_who_leaves_hands_everything_over(
    tmp_path: Path, residents: str, staff: str
) -> None:
    async with house(tmp_path, residents=residents, staff=staff) as street:
        head = await street.invited("street_leader", STREET, "冯书记")
        leader = await street.invited("community_secretary", EAST, "王书记")
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        worker = await street.invited("grid_worker", EAST_1, "李网格员")
        resident = street.newcomer()
        number = await filed(resident)
        await secretary.sees(number)

        await secretary.command("menu")
        await secretary.sees("您好")
        await secretary.press("外出委托")
        await secretary.sees("请谁代办")
        await secretary.press("李网格员")
        await secretary.sees("代办到哪一天")
        await secretary.say("12月1日")
        await secretary.sees("代办到：12月1日")
        await secretary.press("提交")
        await secretary.sees("已委托李网格员代办")
        await worker.sees("请您代办第一网格 网格书记，到 12月1日 周二（含当天）")
        await resident.sees("改由")
        await worker.sees(number)
        await worker.press("接单")
        await resident.sees("接手了")
        await secretary.command("menu")
        await secretary.sees("您好")
        await secretary.press("外出委托")
        await secretary.sees("现由李网格员代办")
        await secretary.press("我回来了")
        await secretary.sees("欢迎回来，1 件事项")
        await worker.sees("代办结束")

        await leader.press("人员和岗位")
        await leader.sees("哪个单位")
        await leader.press("第一网格")
        await leader.sees("张书记")
        await leader.press("离岗：张书记")
        await leader.sees("1 件在办事项移交")
        await leader.press("确认离岗")
        await leader.sees("张书记已离岗")
        await leader.sees(number)
        await secretary.sees("您的岗位已结束")
        await resident.sees("改由")
        await is_shut_out(street, secretary, number)
        matter = await street.matter(number)
        assert matter.seat.unit == EAST
        async with street.database.read() as tx:
            assert len(await list_events(tx, number)) >= 5
        assert number not in head.transcript


async def is_shut_out(street: House, secretary: Chatter, number: str) -> None:
    """Make sure that whoever left sees nothing of a case any more."""
    before = secretary.count
    for words in (number, "待办", number):
        await secretary.say(words)
    await street.settled()
    assert secretary.count <= before + 1
    assert number not in secretary.last
