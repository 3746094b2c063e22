"""An appointment: opened by a clerk, booked, moved, called off, moved again and kept."""

from pathlib import Path

import pytest

from domain.messages import Side
from tests.journeys.chatters import Chatter
from tests.journeys.house import AIOGRAM, PTB, WEB, house
from tests.journeys.test_minimal import MINIMAL, Browser, link_of, sent
from tests.street import EAST, EAST_1

WAYS = [(WEB, WEB), (AIOGRAM, PTB), pytest.param(PTB, AIOGRAM, marks=pytest.mark.slow)]
HALL, ITEM, BRING = "东园便民服务大厅", "社保卡", "身份证原件"


async def opens_times(clerk: Chatter) -> None:
    """Let a clerk say what can be booked, and when: workdays, in the office's hours."""
    await clerk.command("menu")
    await clerk.sees("您好")
    await clerk.press("预约名单")
    await clerk.sees("没有预约")
    await clerk.press("开放时间")
    await clerk.sees("还没有开放预约的事项")
    await clerk.press("开放一项预约")
    await clerk.sees("哪个大厅或网点")
    await clerk.say(HALL)
    await clerk.sees("可以预约办什么")
    await clerk.say(ITEM)
    await clerk.sees("地址怎么写")
    await clerk.say("槐树巷7号")
    await clerk.sees("要带什么")
    await clerk.say(BRING)
    assert "08:00-12:00" in await clerk.sees("每周：")
    await clerk.press("提交并开放")
    await clerk.sees("居民现在就能预约")


async def booked(resident: Chatter, when: str) -> str:
    """Let a resident book a time and give its number."""
    await resident.say("预约")
    await resident.sees("哪一天方便")
    await resident.say(when)
    shown = await resident.sees(ITEM)
    assert HALL in shown
    await resident.press("提交预约")
    receipt = await resident.sees("约好了")
    assert BRING in receipt
    return receipt.partition("预约号：")[2][:8]


@pytest.mark.parametrize(("residents", "staff"), WAYS)
async def test_an_appointment_from_its_booking_to_the_window(
    tmp_path: Path, residents: str, staff: str
) -> None:
    async with house(tmp_path, residents=residents, staff=staff) as street:
        clerk = await street.invited("window_clerk", EAST, "周窗口")
        await opens_times(clerk)
        resident, neighbour = street.newcomer(), street.newcomer("邻居")
        for one in (resident, neighbour):
            await one.start(f"g-{EAST_1}")
            await one.sees("提意见")

        # Two want the same time; the later one is offered the next, and loses nothing.
        number = await booked(resident, "周五十点")
        await neighbour.say("我想预约周五十点办社保卡")
        await neighbour.sees("约满了")
        await neighbour.press("10:15")
        await neighbour.sees(ITEM)
        await neighbour.press("提交预约")
        await neighbour.sees("约好了")

        # It is moved to another day; Linli is killed, and the reminders come once each.
        await resident.say(number)
        await resident.sees(HALL)
        await resident.press("改时间")
        await resident.sees("哪一天方便")
        await resident.say("周四十点")
        await resident.sees("改好了")
        await street.restart(killed=True)
        await street.later(hours=25.2)
        await resident.sees("提醒您")
        await street.restart(killed=True)

        # The hall is closed on that day: one tap, and it is another time.
        await clerk.press("开放时间")
        await clerk.sees("可以预约的事项")
        await clerk.press(ITEM)
        await clerk.sees("同时几人")
        await clerk.press("停办某天")
        await clerk.sees("哪一天停办")
        await clerk.say("周四")
        await clerk.sees("为什么")
        await clerk.say("线路检修")
        await clerk.sees("有 1 人约了")
        await clerk.press("提交停办")
        await clerk.sees("已停办")
        assert "线路检修" in await resident.sees("办不成了")
        await resident.press("11月27日 周五 09:45")
        await resident.sees("改好了")

        # On the day both come in the list; one comes, one does not, and the clock notes it.
        await street.later(hours=47)
        await resident.sees("快到时间了")
        await street.settled()
        await clerk.command("appointments")
        await clerk.sees("的预约（2）")
        await clerk.press(number[2:])
        await clerk.sees(ITEM)
        await clerk.press("来了")
        await street.later(hours=2)
        await neighbour.say("我的预约")
        await neighbour.sees("我的预约")
        await street.settled()
        assert neighbour.transcript.count("没来") == 1
        assert resident.transcript.count("快到时间了") == 1


@pytest.mark.parametrize("residents", [AIOGRAM, pytest.param(PTB, marks=pytest.mark.slow)])
async def test_over_minimal_telegram_go_a_number_and_a_time_and_nothing_else(
    tmp_path: Path, residents: str
) -> None:
    async with house(tmp_path, residents=residents, staff=WEB, **MINIMAL) as street:
        clerk = await street.invited("window_clerk", EAST, "周窗口")
        await opens_times(clerk)
        resident = street.newcomer()
        page = Browser(street, "居民的浏览器", Side.RESIDENTS)
        await resident.start(f"g-{EAST_1}")
        await resident.sees("境外")

        await resident.say("预约")
        await page.follow(await link_of(resident))
        await page.sees("哪一天方便")
        await page.say("周四十点")
        await page.sees(ITEM)
        await page.press("提交预约")
        receipt = await page.sees("约好了")
        number = receipt.partition("预约号：")[2][:8]

        await street.later(hours=25.2)
        reminded = await resident.sees("提醒您")
        await resident.say("我的预约")
        await resident.sees("我的预约")
        await street.settled()
        assert number in reminded
        assert "10:00" in reminded
        for private in (ITEM, HALL, BRING, "槐树巷"):
            assert private not in sent(street.api), private
