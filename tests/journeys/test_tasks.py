"""A bill, a repair and an errand from the first words to the end, on every channel."""

from pathlib import Path

import pytest

from domain.matters.matter import State
from tests.journeys.house import AIOGRAM, PTB, WEB, house
from tests.street import EAST_1

#: How residents and staff come to Linli.
WAYS = [(AIOGRAM, PTB), (PTB, AIOGRAM), (WEB, WEB)]


@pytest.mark.requirement("S-13")
@pytest.mark.parametrize(("residents", "staff"), WAYS)
async def test_an_errand_above_the_cap_is_done_with_consent(
    tmp_path: Path, residents: str, staff: str
) -> None:
    async with house(tmp_path, residents=residents, staff=staff) as street:
        worker = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")

        await resident.say("代购")
        await resident.sees("各要多少")
        await resident.say("鸡蛋2斤、大米10斤")
        await resident.sees("最多花多少元")
        await street.restart(killed=True)
        await resident.say("60")
        await resident.sees("什么地方")
        await resident.say("3号楼2单元")
        await resident.sees("联系电话")
        await resident.press("跳过")
        await resident.sees("钱当面交接")
        await resident.press("提交")
        number = await resident.number()

        await worker.sees("请您代购")
        await worker.press("接手去办")
        await resident.sees("已有人接手")
        await worker.press("办好了")
        await worker.sees("小票一共多少元")
        await worker.say("75.50")
        await worker.sees("办得怎么样")
        await worker.say("买好了")
        await worker.sees("小票照片")
        await worker.press("跳过")
        await worker.sees("结果和小票")
        await worker.press("提交")
        await resident.sees("超过您的上限 60 元")
        await street.restart(killed=True)
        assert (await street.matter(number)).state is State.REFERRED
        await resident.press("同意这个金额")
        await worker.sees("居民同意了")
        await worker.press("办好了")
        await worker.sees("小票一共多少元")
        await worker.say("75.50")
        await worker.sees("办得怎么样")
        await worker.say("送到家了")
        await worker.sees("小票照片")
        await worker.press("跳过")
        await worker.sees("结果和小票")
        await worker.press("提交")
        await resident.sees("送到家了")
        await resident.press("已解决")
        await resident.sees("打个分")
        assert (await street.matter(number)).state is State.CLOSED


@pytest.mark.requirement("S-12")
@pytest.mark.parametrize(("residents", "staff"), [(AIOGRAM, PTB), (WEB, WEB)])
async def test_a_repair_is_closed_by_time_where_its_resident_says_nothing(
    tmp_path: Path, residents: str, staff: str
) -> None:
    async with house(tmp_path, residents=residents, staff=staff) as street:
        worker = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")
        await resident.say("免费维修")
        await resident.sees("修什么")
        await resident.say("厨房水龙头关不紧")
        await resident.sees("什么地方")
        await resident.say("3号楼2单元")
        await resident.sees("有照片可以发来")
        await resident.photos(1)
        await resident.press("发完了")
        await resident.sees("联系电话")
        await resident.press("跳过")
        await resident.press("提交")
        number = await resident.number()
        await worker.sees("请您上门维修")
        await worker.press("接手去办")
        await worker.press("办好了")
        await worker.sees("办得怎么样")
        await worker.say("换了垫圈，不漏了")
        await worker.sees("修好后的照片")
        await worker.photos(1)
        await worker.press("发完了")
        await worker.press("提交")
        await resident.sees("换了垫圈，不漏了")

        await street.settled()
        assert (await street.matter(number)).state is State.RESOLVED
        await street.later(days=2)
        assert (await street.matter(number)).state is State.RESOLVED
        await street.later(days=20)
        assert (await street.matter(number)).state is State.CLOSED
