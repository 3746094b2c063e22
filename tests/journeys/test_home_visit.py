"""A home visit from the first words to the revisit, on every channel, with stops in the middle."""

import io
import re
import zipfile
from pathlib import Path

import pytest

from domain.matters.matter import State
from domain.messages import Side
from tests.journeys.chatters import Chatter
from tests.journeys.house import AIOGRAM, PTB, WEB, house
from tests.journeys.test_minimal import MINIMAL, Browser, link_of, sent
from tests.street import EAST, EAST_1

#: How residents and staff come to Linli.
WAYS = [(AIOGRAM, PTB), (PTB, AIOGRAM), (WEB, WEB)]
ADDRESS, PHONE, NAME = "槐树巷7号3单元201", "13800001234", "李秀英"


async def asks(resident: Chatter) -> str:
    """Let a resident ask for a visit in words, and give its number."""
    await resident.say("我妈走不动，能不能上门办养老资格认证")
    await resident.sees("到谁家")
    await resident.say(NAME)
    await resident.sees("联系电话")
    await resident.say(PHONE)
    await resident.sees("写到门牌号")
    await resident.say(ADDRESS)
    await resident.sees("什么时候方便")
    await resident.say("周四下午")
    await resident.sees("上门服务自愿、免费")
    await resident.press("提交")
    return await resident.number()


async def agrees(worker: Chatter, day: str, window: str) -> None:
    """Let a worker accept with a window."""
    await worker.press("受理并约时间")
    await worker.sees("哪一天上门")
    await worker.say(day)
    await worker.sees("哪个时段")
    await worker.press(window)
    await worker.sees("准备什么")
    await worker.say("身份证")
    await worker.sees("暗号上门当天")
    await worker.press("提交")
    await worker.sees("已受理")


def codes(told: str) -> tuple[str, str]:
    """Read what somebody has to hear, and says."""
    heard = re.search(r"对方应说：(\d{4})", told)
    said = re.search(r"您(?:再|先)说：(\d{4})", told)
    assert heard, told
    assert said, told
    return heard[1], said[1]


@pytest.mark.requirement("S-08")
@pytest.mark.parametrize(("residents", "staff"), WAYS)
async def test_a_resident_knows_the_worker_before_the_door_is_opened(
    tmp_path: Path, residents: str, staff: str
) -> None:
    async with house(tmp_path, residents=residents, staff=staff) as street:
        worker = await street.invited("window_clerk", EAST, "周窗口")
        above = await street.invited("community_secretary", EAST, "王书记")
        resident = street.newcomer()
        await resident.start(f"g-{EAST_1}")
        await resident.sees("提意见")

        number = await asks(resident)
        assert (await street.matter(number)).state is State.REFERRED
        assert ADDRESS in await worker.sees("请您上门办")
        await street.restart(killed=True)
        await agrees(worker, "周四", "14:00–16:00")
        told = await resident.sees("约好了，有人上门")
        assert "上门的人：周窗口" in told
        assert "14:00–16:00" in told
        await resident.press("核对身份")
        await resident.sees("当天才有")

        # The day before and two hours before both are reminded, over a stop in between.
        await street.later(days=1, hours=6)
        await resident.sees("明天有人上门")
        await worker.sees("明天请您上门")
        await street.restart(killed=True)
        await street.later(hours=22)
        await resident.sees("快到时间了，周窗口 要来")
        await worker.sees("快到上门时间了")
        await worker.press("出发了")
        await resident.sees("上门的人出发了")
        await worker.press("到门口了")
        await resident.sees("先不要开门")

        # Somebody else stands at the door: what they say is wrong, and the level above hears.
        await resident.press("核对身份")
        first = codes(await resident.sees("对方应说"))
        await resident.press("不对")
        await resident.sees("请不要开门")
        await above.sees("请马上打电话给居民核实")
        await worker.sees("居民说暗号不对")
        await street.restart()
        await worker.press("换新暗号")
        await worker.sees("暗号换好了")
        await resident.sees("暗号换了新的")

        # Each says theirs, the other presses.
        await worker.press("核对身份")
        heard, said = codes(await worker.sees("对方应说"))
        await resident.press("核对身份")
        assert codes(await resident.sees("对方应说")) == (said, heard)
        assert (said, heard) != first
        await resident.press("对，说的是这个")
        await resident.sees("可以开门")
        await worker.sees("居民核对无误")
        await worker.say(heard)
        await worker.sees("对上了，是这家")

        await worker.press("办好了")
        await worker.sees("办理结果是什么")
        await worker.say("认证做好了")
        await worker.sees("已办结")
        await resident.sees("认证做好了")
        await resident.press("已解决")
        await resident.sees("打个分")
        await worker.say("待办")
        await worker.press(f"上门 {number}")
        await worker.sees("办到哪一步：待回访")
        await worker.press("记回访")
        await worker.sees("本人怎么说")
        await worker.say("本人很满意")
        await worker.sees("上门服务完成")
        await worker.press("全套文书 Word")
        await worker.sees("正在生成文书")
        words = _words_of(await worker.sees_file())
        for expected in ("上门服务受理单", "一次性告知单", "上门服务办结单", "双方都核对过"):
            assert expected in words
        for code in (*first, heard, said):
            assert f">{code}<" not in words
        assert (await street.matter(number)).state is State.CLOSED


@pytest.mark.parametrize("residents", [AIOGRAM, pytest.param(PTB, marks=pytest.mark.slow)])
async def test_over_minimal_telegram_go_no_name_no_address_and_no_code(
    tmp_path: Path, residents: str
) -> None:
    async with house(tmp_path, residents=residents, staff=WEB, **MINIMAL) as street:
        worker = await street.invited("window_clerk", EAST, "周窗口")
        resident = street.newcomer()
        page = Browser(street, "居民的浏览器", Side.RESIDENTS)
        await resident.start(f"g-{EAST_1}")
        await resident.sees("境外")

        await resident.say("上门服务")
        await page.follow(await link_of(resident))
        await page.sees("上门办什么事")
        await page.say("卧床的老人办资格认证")
        await page.sees("到谁家")
        await page.say(NAME)
        await page.sees("联系电话")
        await page.say(PHONE)
        await page.sees("写到门牌号")
        await page.say(ADDRESS)
        await page.sees("什么时候方便")
        await page.press("跳过")
        await page.sees("自愿、免费")
        await page.press("提交")
        await page.number()
        await worker.sees("请您上门办")
        await agrees(worker, "今天", "10:00–12:00")
        await resident.sees("约好了，有人上门")
        await resident.press("核对身份")
        await page.follow(await link_of(resident))
        pair = codes(await page.sees("对方应说"))
        await worker.press("出发了")
        await resident.sees("上门的人出发了")
        await street.settled()

        carried = sent(street.api)
        for private in (ADDRESS, NAME, PHONE, "周窗口", "资格认证", *(f"：{one}" for one in pair)):
            assert private not in carried, private


def _words_of(file: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        return archive.read("word/document.xml").decode()
