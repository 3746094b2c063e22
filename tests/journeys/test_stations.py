"""A mobile station, from a secretary's words to who waits for it: on every channel."""

from pathlib import Path

import pytest

from tests.journeys.house import AIOGRAM, PTB, WEB, house
from tests.journeys.test_minimal import MINIMAL
from tests.street import EAST, EAST_1

WAYS = [(WEB, WEB), (AIOGRAM, PTB), pytest.param(PTB, AIOGRAM, marks=pytest.mark.slow)]


@pytest.mark.requirement("S-09")
@pytest.mark.parametrize(("residents", "staff"), WAYS)
async def test_a_station_is_entered_asked_for_followed_and_changed(
    tmp_path: Path, residents: str, staff: str
) -> None:
    async with house(tmp_path, residents=residents, staff=staff) as street:
        secretary = await street.invited("community_secretary", EAST, "王书记")
        resident = street.newcomer("居民", on=residents)
        await resident.start(f"g-{EAST_1}")
        await resident.sees("提意见")
        await resident.say("流动服务车什么时候来我们这")
        await resident.sees("近两个月没有安排")

        await secretary.press("名册")
        await secretary.sees("要看哪个名册")
        await secretary.press("流动工作站线路")
        await secretary.sees("还没有")
        await secretary.press("新增")
        await secretary.sees("流动工作站叫什么")
        await secretary.say("便民服务车1号线")
        await secretary.sees("在车上能办什么")
        await secretary.say("社保卡、养老金资格认证")
        await secretary.sees("咨询电话")
        await secretary.say("0371-66666666")
        await secretary.sees("名称：便民服务车1号线")
        await secretary.press("提交")
        await secretary.sees("已保存")
        await secretary.say("名册")
        await secretary.sees("要看哪个名册")
        await secretary.press("流动工作站站点")
        await secretary.sees("还没有")
        await secretary.press("新增")
        await secretary.sees("这一站叫什么")
        await secretary.say("槐树巷口")
        await secretary.sees("属于哪个流动工作站")
        await street.restart(killed=True)
        await secretary.say("便民服务车1号线")
        await secretary.sees("停在哪里")
        await secretary.say("槐树巷7号门前")
        await secretary.sees("每周哪几天")
        await secretary.press("周四")
        await secretary.press("选好了")
        await secretary.sees("另外哪些日期")
        await secretary.press("跳过")
        await secretary.sees("几点到几点")
        await secretary.say("9:00-11:30")
        await secretary.sees("站名：槐树巷口")
        await secretary.press("提交")
        await secretary.sees("已保存")

        await resident.say("流动服务车什么时候来我们这")
        shown = await resident.sees("槐树巷口")
        assert "周四 09:00–11:30" in shown
        await resident.press("到站前提醒我")
        await resident.sees("前一天提醒您")
        await resident.press_again()
        await street.restart()

        # The hours change; then a day is called off: whoever asked hears of both.
        await secretary.press("修改")
        await secretary.sees("站名：槐树巷口")
        await secretary.press("几点到几点")
        await secretary.sees("例如：9:00-11:30")
        await secretary.say("14:00-16:00")
        await secretary.sees("站名：槐树巷口")
        await secretary.press("提交")
        await secretary.sees("已保存")
        assert "14:00–16:00" in await resident.sees("有变化")
        await street.restart(killed=True)
        await street.later(days=1, hours=6)
        await resident.sees("明天流动工作站到“槐树巷口”")
        await street.settled()
        assert resident.transcript.count("明天流动工作站到") == 1
        await secretary.press("停用")
        await secretary.sees("要停用“槐树巷口”吗")
        await secretary.press("停用")
        await resident.sees("不再到“槐树巷口”")


@pytest.mark.parametrize("residents", [AIOGRAM, pytest.param(PTB, marks=pytest.mark.slow)])
async def test_over_minimal_telegram_the_rest_is_read_on_the_page(
    tmp_path: Path, residents: str
) -> None:
    async with house(tmp_path, residents=residents, staff=WEB, **MINIMAL) as street:
        resident = street.newcomer()
        await resident.start(f"g-{EAST_1}")
        await resident.sees("境外")

        await resident.say("流动工作站")
        await resident.sees("近两个月没有安排")
