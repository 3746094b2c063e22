"""Linli stops, or dies, in the middle of everything; the conversation goes on where it was."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from domain.categories import Kind
from tests.journeys.chatters import Chatter
from tests.journeys.house import AIOGRAM, CHANNELS, PTB, WEB, WEB_AND_AIOGRAM, House, house
from tests.journeys.test_three_forms import LAMP, STORIES, expected, outcome
from tests.street import EAST_1

#: Each form once on another channel; the other pairs are for the full run.
_FIRST = {(Kind.OPINION, WEB), (Kind.SERVICE, AIOGRAM), (Kind.DISPUTE, PTB)}
PAIRS = [
    pytest.param(
        kind,
        channel,
        marks=[] if (kind, channel) in _FIRST else [pytest.mark.slow],
        id=f"{kind}-{channel}",
    )
    for kind in STORIES
    for channel in CHANNELS
]


@pytest.mark.parametrize(("kind", "channel"), PAIRS)
async def test_a_form_goes_on_after_a_stop_or_a_death_at_every_step(
    tmp_path: Path, kind: Kind, channel: str
) -> None:
    story = STORIES[kind]
    async with house(tmp_path, residents=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()
        await resident.start()
        await resident.sees("提意见")
        await street.restart()
        await resident.press(story.button)
        await resident.sees(story.asks)
        await street.restart(killed=True)
        await resident.say(story.first)
        await resident.sees(story.then)
        await street.restart()
        await resident.place(*LAMP)
        await resident.sees(story.after_the_place)
        await street.restart(killed=True)
        await resident.photos(3, "请看照片")
        await resident.sees("照片 3 张")
        await street.restart()
        await resident.voice()
        await resident.sees("照片 3 张，语音 1 段")
        await street.restart(killed=True)
        if story.asks_for_files:
            await resident.press("发完了")
            await resident.sees("请看照片")
        await resident.press("修改内容")
        await resident.sees(story.asks)
        await street.restart(killed=True)
        await resident.say(story.second)
        await resident.sees(story.second)
        await resident.press("补充联系电话")
        await resident.sees("留个电话")
        await resident.say("13800001234")
        await resident.sees("13800001234")
        await street.restart()
        await resident.press("提交")
        number = await resident.number()

        await secretary.sees(number)
        assert await outcome(street, number) == expected(story, channel, hidden=False)


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_what_was_said_in_the_moment_of_death_is_answered_once_afterwards(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")

        await resident.say("3号楼路灯坏了")
        await street.restart(killed=True)
        await resident.sees("3号楼路灯坏了")
        await resident.press("提交")
        await street.restart(killed=True)

        assert await resident.number() == await only_case(street, resident)


async def only_case(street: House, resident: Chatter) -> str:
    """Give the number of the only case that a resident has."""
    await street.settled()
    await resident.say("我的事项办到哪一步了")
    await resident.sees("我的事项")
    numbers = re.findall(r"2026-\d{5}", " ".join(resident.buttons))
    assert len(numbers) == 1, resident.buttons
    return str(numbers[0])


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_submitting_twice_files_once_and_says_so(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")
        await resident.say("3号楼路灯坏了")
        await resident.sees("3号楼路灯坏了")

        await resident.press("提交")
        await resident.press_again()

        number = await resident.number()
        await resident.sees("已经提交、取消或过期")
        assert await only_case(street, resident) == number


@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
async def test_numbers_go_on_after_a_stop_and_rise_after_a_death(
    tmp_path: Path, killed: bool
) -> None:
    async with house(tmp_path, residents=WEB) as street:
        numbers = []
        for words in ("3号楼路灯坏了", "2号楼垃圾没人清运"):
            resident = street.newcomer()
            await resident.start("g-E1")
            await resident.sees("提意见")
            await resident.say(words)
            await resident.press("提交")
            numbers.append(await resident.number())
            await street.restart(killed=killed)

        assert numbers[0] == "2026-00001"
        assert (numbers[1] == "2026-00002") is not killed
        assert numbers[1] > numbers[0]


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_a_draft_of_a_week_ago_goes_on(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = street.newcomer()
        await resident.start()
        await resident.sees("提意见")
        await resident.say("3号楼路灯坏了")
        await resident.sees("哪个社区")
        street.clock.move(timedelta(days=7))
        await street.restart()

        await resident.start()
        await resident.sees("还有一份没填完")
        await resident.press("接着填")
        await resident.sees("哪个社区")
        await resident.press("东园社区")
        await resident.sees("哪个网格")
        await resident.press("第一网格")
        await resident.sees("3号楼路灯坏了")
        await resident.press("提交")

        number = await resident.number()
        assert (await street.matter(number)).particulars.text == "3号楼路灯坏了"


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_words_for_an_expired_draft_begin_anew_and_are_not_lost(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")
        await resident.press("提意见")
        await resident.sees("什么意见")
        await resident.say("希望多组织一些文化活动")
        await resident.sees("什么地方")
        # The night that forgets what has expired is yet to come.
        await street.linli.ticker.stop()
        street.clock.move(timedelta(days=31))

        await resident.say("3号楼路灯坏了")

        await resident.sees("没填完的“提意见”放了超过", "3号楼路灯坏了")
        await resident.press("提交")
        assert await resident.number() == "2026-00001"
        assert (await street.matter("2026-00001")).kind is Kind.SERVICE


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_a_button_of_a_forgotten_draft_says_so(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")
        await resident.say("3号楼路灯坏了")
        await resident.sees("3号楼路灯坏了")
        await street.skip(days=31)

        await resident.press("提交")

        await resident.sees("已经提交、取消或过期")
        await resident.press("菜单")
        await resident.sees("请选一项")


async def test_a_draft_moves_from_the_web_to_telegram_and_back(tmp_path: Path) -> None:
    async with house(tmp_path) as street:
        await street.invited("grid_secretary", EAST_1, "张书记")
        page, phone = street.newcomer("网页", on=WEB), street.newcomer("手机", on=AIOGRAM)
        await page.start()
        await page.sees("提意见")
        await link(page, phone)

        await page.press("提意见")
        await page.sees("什么意见")
        await page.say("希望多组织一些文化活动")
        await page.sees("什么地方")
        await phone.start()
        await phone.sees("还有一份没填完：提意见")
        await phone.press("接着填")
        await phone.sees("什么地方")
        await phone.place(*LAMP)
        await phone.sees("照片或语音")
        await phone.photos(2)
        await phone.sees("照片 2 张")
        await page.start()
        await page.sees("还有一份没填完：提意见")
        await page.press("接着填")
        await page.sees("照片或语音")
        await page.photos(1)
        await page.sees("照片 3 张")
        await page.press("发完了")
        await page.sees("照片 3 张")
        await page.press("提交")
        number = await page.number()

        assert len((await street.matter(number)).particulars.attachments) == 3
        await phone.say(number)
        await phone.sees("希望多组织")


async def link(offers: Chatter, enters: Chatter) -> None:
    """Make two accounts one person's: the code goes from one to the other, and both agree."""
    await enters.start()
    await enters.sees("提意见")
    await offers.press("我的")
    await offers.sees("账号")
    await offers.press("换手机、加一台设备")
    await offers.sees("两边都确认")
    await offers.press("要一个数字码")
    code = (await offers.sees("数字码：")).split("数字码：")[1][:9]
    await enters.say(code)
    await enters.sees("要了这个码")
    await enters.press("是我本人")
    await enters.sees("再确认一次")
    await offers.sees("想与您合并")
    await offers.press("是我本人")
    await offers.sees("关联完成")
    await enters.sees("已关联")
