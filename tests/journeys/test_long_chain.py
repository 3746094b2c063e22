"""One matter through many hands: asked about, answered, contested, told above, solved, checked."""

from pathlib import Path

import pytest

from domain.matters.matter import Outcome, State
from tests.journeys.chatters import Chatter
from tests.journeys.house import AIOGRAM, PTB, WEB, House, house
from tests.street import EAST, EAST_1

#: How residents and staff come to Linli.
WAYS = [
    (WEB, WEB),
    (AIOGRAM, PTB),
    pytest.param(PTB, AIOGRAM, marks=pytest.mark.slow),
    pytest.param(WEB, PTB, marks=pytest.mark.slow),
]


async def filed(resident: Chatter, words: str = "3号楼路灯坏了") -> str:
    """Come by the first grid's code, say it in one sentence, submit it, and give the number."""
    await resident.start("g-E1")
    await resident.sees("提意见")
    await resident.say(words)
    await resident.sees(words)
    await resident.press("提交")
    return await resident.number()


async def resolve(worker: Chatter, words: str, photos: int = 1) -> None:
    """Say that a case is done, with pictures or without."""
    await worker.press("办结")
    await worker.sees("怎么解决")
    await worker.say(words)
    await worker.sees("办完后的照片")
    if photos:
        await worker.photos(photos)
        await worker.sees(f"照片 {photos} 张")
        await worker.press("发完了")
    else:
        await worker.press("跳过")
    await worker.sees("办理结果")
    await worker.press("提交")
    await worker.sees("等居民评价")


@pytest.mark.requirement("G-07")
@pytest.mark.requirement("S-12")
@pytest.mark.parametrize("still", [True, False], ids=["still solved", "not any more"])
@pytest.mark.parametrize(("residents", "staff"), WAYS)
async def test_a_case_through_many_hands(
    tmp_path: Path, residents: str, staff: str, still: bool
) -> None:
    async with house(tmp_path, residents=residents, staff=staff) as street:
        leader = await street.invited("community_secretary", EAST, "王书记")
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        worker = await street.invited("grid_worker", EAST_1, "李网格员")
        resident = street.newcomer()
        number = await filed(resident)

        await secretary.sees(number)
        await secretary.press("转交")
        await secretary.sees("转交给谁")
        await secretary.press("李网格员")
        await secretary.sees("已转交：第一网格 网格员（李网格员）")
        await resident.sees("现在由第一网格 网格员（李网格员）办理")
        await worker.sees(number)
        await worker.press("接单")
        await resident.sees("第一网格 网格员（李网格员）接手了")

        await worker.press("问居民")
        await worker.sees("想问居民什么")
        await worker.say("是3号楼哪个单元？")
        await worker.sees("办结计时暂停")
        assert "时限：已暂停" in worker.last
        await resident.sees("是3号楼哪个单元？")
        await resident.press("回答")
        await resident.sees("请写下您的回答")
        await resident.say("二单元门口")
        await resident.sees("二单元门口")
        await resident.press("提交")
        await resident.sees("已经转告承办人")
        await worker.sees("居民回答了您的问题：\n二单元门口")
        await worker.press("查看")
        assert "暂停" not in await worker.sees("正在办理")

        await worker.press("记进展")
        await worker.sees("办到哪一步")
        await worker.say("已经约了电工")
        await worker.sees("已经约了电工")
        await worker.press("补充照片")
        await worker.sees("有照片就发过来")
        await worker.photos(1)
        # The read-back counts it, and nothing more is to be pressed.
        await worker.sees("照片 1 张")
        assert "已经约了电工" in worker.last
        await worker.press("提交")
        await worker.sees("进展已记下")
        await resident.sees("已经约了电工")
        assert await resident.sees_file()

        await resolve(worker, "换了灯泡")
        await resident.sees("换了灯泡")
        assert await resident.sees_file()
        await resident.press("没解决")
        await resident.sees("已重新办理")
        await worker.sees(number)
        await secretary.sees("没有解决，已重新办理（第 1 次）")
        await secretary.press("查看")
        await secretary.sees(number)
        await secretary.press("转交")
        await secretary.sees("转交给谁")
        await secretary.press("张书记")
        await secretary.sees("已转交：第一网格 网格书记（张书记）")
        await worker.sees("您不用再管了")
        await secretary.press("接单")
        await resident.sees("第一网格 网格书记（张书记）接手了")
        await resolve(secretary, "紧了紧灯座", photos=0)
        await resident.sees("紧了紧灯座")
        await resident.press("没解决")
        await resident.sees("已重新办理")

        await leader.sees("没有解决，已重新办理（第 2 次）")
        await leader.press("查看")
        await leader.sees(number)
        await leader.press("改派")
        await leader.sees("改派到哪里")
        await leader.press("第一网格")
        await leader.sees("的谁")
        await leader.press("李网格员")
        await leader.sees("改派的理由")
        await leader.say("请带电工去换整盏灯")
        await leader.sees("已改派：第一网格 网格员（李网格员）")
        await resident.sees("改由第一网格 网格员（李网格员）办理")
        await worker.sees(number)
        await worker.press("接单")
        await resident.sees("接手了")
        await resolve(worker, "换了整盏灯", photos=2)
        await resident.sees("换了整盏灯")
        await resident.press("已解决")
        await resident.sees("打个分")
        await resident.press("5")
        await resident.sees("5 分")
        await resident.press("写几句评价")
        await resident.sees("请写下您对")
        await resident.say("很快，谢谢")
        # Everybody above had the case in hand: the comment is kept, and shown to none of them.
        await resident.sees("已记下您的评价，谢谢。办这件事的人看不到。")
        await worker.sees("居民确认已解决")
        assert all("很快，谢谢" not in one.transcript for one in (worker, secretary, leader))

        await second_check(street, number, resident, worker, still=still)


async def second_check(
    street: House, number: str, resident: Chatter, worker: Chatter, *, still: bool
) -> None:
    """A month later the resident is asked once more."""
    closed = await street.matter(number)
    assert (closed.state, closed.outcome, closed.score) == (State.CLOSED, Outcome.SOLVED, 5)
    await street.skip(days=30)
    await resident.sees("现在还是解决的吗")
    if still:
        await resident.press("还是好的")
        await resident.sees("放心了")
        assert (await street.matter(number)).state is State.CLOSED
        return
    await resident.press("又出现了")
    await resident.sees("已重新办理")
    await worker.sees(number)
    again = await street.matter(number)
    assert again.is_open
    assert again.reopenings == 3
