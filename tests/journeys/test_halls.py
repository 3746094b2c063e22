"""A hall, from a secretary's words to whoever asks for it: on every channel, over a restart."""

from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.journeys.house import AIOGRAM, PTB, WEB, House, house
from tests.street import EAST, EAST_1


async def page(street: House, path: str) -> str:
    async with ClientSession() as http, http.get(street.address + path) as response:
        assert response.status == 200
        return await response.text()


@pytest.mark.parametrize(("residents", "staff"), [(AIOGRAM, PTB), (PTB, AIOGRAM), (WEB, WEB)])
async def test_a_hall_is_entered_asked_for_and_changed(
    tmp_path: Path, residents: str, staff: str
) -> None:
    async with house(tmp_path, residents=residents, staff=staff) as street:
        secretary = await street.invited("community_secretary", EAST, "王书记")
        resident = street.newcomer("居民", on=residents)
        await resident.start(f"g-{EAST_1}")
        await resident.sees("提意见")

        await secretary.press("名册")
        await secretary.sees("要看哪个名册")
        await secretary.press("便民大厅和服务网点")
        await secretary.sees("还没有")
        await secretary.press("新增")
        await secretary.sees("大厅叫什么")
        await secretary.say("东园便民服务中心")
        await secretary.sees("地址是什么")
        await street.restart(killed=True)
        await secretary.say("东园路1号一楼")
        await secretary.sees("什么时候开")
        await secretary.say("周一至周五 8:30–18:00")
        await secretary.sees("咨询电话")
        await secretary.say("0371-12345678")
        await secretary.sees("无障碍设施")
        await secretary.press("轮椅坡道")
        await secretary.press("选好了")
        await secretary.sees("名称：东园便民服务中心")
        await secretary.press("提交")
        await secretary.sees("已保存")

        await resident.say("便民大厅几点开门")
        await resident.sees("周一至周五 8:30–18:00")
        await resident.say("有没有轮椅坡道")
        await resident.sees("有。东园便民服务中心登记了：轮椅坡道")
        await resident.say("办事")
        await resident.sees("需要办什么事")
        await resident.press("大厅和网点")
        await resident.sees("地址：东园路1号一楼")
        assert "东园路1号一楼" in await page(street, "/halls")

        await secretary.press("停用")
        await secretary.sees("要停用“东园便民服务中心”吗")
        await secretary.press("停用")
        await secretary.sees("状态：已停用")
        await resident.say("大厅")
        await resident.sees("还没有登记大厅")
