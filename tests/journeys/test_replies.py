"""On Telegram people reply to the message that they mean, and that is what it is for."""

from pathlib import Path
from typing import cast

import pytest

from domain.matters.matter import State
from domain.messages import Side
from tests.journeys.chatters import TelegramChatter
from tests.journeys.house import AIOGRAM, PTB, house
from tests.journeys.test_long_chain import filed
from tests.journeys.test_minimal import MINIMAL, Browser, joined, link_of
from tests.street import EAST_1

WAYS = [(AIOGRAM, PTB), (PTB, AIOGRAM)]


@pytest.mark.parametrize(("residents", "staff"), WAYS)
async def test_two_cases_at_once_and_every_reply_reaches_its_own(
    tmp_path: Path, residents: str, staff: str
) -> None:
    async with house(tmp_path, residents=residents, staff=staff) as street:
        secretary = cast(TelegramChatter, await street.invited("grid_secretary", EAST_1, "张书记"))
        resident = cast(TelegramChatter, street.newcomer())
        lamp = await filed(resident, "3号楼门口路灯坏了")
        await resident.say("5号楼的垃圾桶满了")
        await resident.sees("5号楼的垃圾桶满了")
        await resident.press("提交")
        bins = await resident.number()
        await secretary.sees(lamp, bins)

        # The receipt is still there after a restart, and so is what it was about.
        await street.restart()
        await resident.replies(lamp, "从北边数第二盏", photos=1)
        await resident.sees(f"已补充到 {lamp}")
        await secretary.sees("居民补充了情况：\n从北边数第二盏")
        assert await secretary.sees_file()

        # The secretary is in the middle of another case, and replies to the first card.
        await secretary.replies("垃圾桶满了", "已经清走了")
        await secretary.sees("办理结果：已经清走了")
        await secretary.replies("3号楼门口路灯坏了", "灯泡换好了", photos=2)
        await secretary.sees("照片 2 张")
        assert lamp in secretary.last
        await secretary.press("提交")
        await secretary.sees("还有一份没填完")
        await resident.sees("灯泡换好了")
        assert (await street.matter(lamp)).state is State.RESOLVED
        assert (await street.matter(bins)).state is State.ACCEPTED
        await secretary.press("接着填")
        await secretary.sees("已经清走了")
        await secretary.press("提交")
        await resident.sees("已经清走了")

        # Of two results the resident judges the one that is replied to.
        await resident.replies("灯泡换好了", "三楼那盏还不亮")
        await resident.sees("您是说")
        await resident.press(f"👎 {lamp}")
        await resident.sees("发给谁看")
        await resident.press("给承办人")
        await secretary.sees("三楼那盏还不亮")
        await street.settled()
        assert (await street.matter(lamp)).is_open
        assert (await street.matter(bins)).state is State.RESOLVED


@pytest.mark.parametrize(("residents", "staff"), WAYS)
async def test_where_telegram_carries_the_least_a_reply_leads_to_its_case_on_the_page(
    tmp_path: Path, residents: str, staff: str
) -> None:
    async with house(tmp_path, residents=residents, staff=staff, **MINIMAL) as street:
        secretary = await joined(street, "grid_secretary", EAST_1, "张书记")
        resident = cast(TelegramChatter, street.newcomer())
        page = Browser(street, "居民的浏览器", Side.RESIDENTS)
        await resident.start("g-E1")
        await resident.press("办事")
        await page.follow(await link_of(resident))
        await page.sees("需要办什么事")
        await page.say("3号楼路灯坏了")
        await page.press("跳过")
        await page.sees("3号楼路灯坏了")
        await page.press("提交")
        number = await page.number()
        await secretary.sees(number)
        desk = Browser(street, "书记的浏览器", Side.STAFF)

        # What is written under the card is not taken; the page opens at that very case.
        await secretary.replies(number, "王大爷说灯泡已经换好了")
        await desk.follow(await link_of(secretary))
        await desk.sees("3号楼路灯坏了")

        await street.settled()
        assert "王大爷" not in desk.transcript + page.transcript + resident.transcript
        assert (await street.matter(number)).state is State.DISPATCHED
