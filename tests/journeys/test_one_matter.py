"""One matter all the way: from a resident's first words to the resident's verdict."""

from pathlib import Path

import pytest

from tests.journeys.house import AIOGRAM, CHANNELS, PTB, WEB, house
from tests.street import EAST, EAST_1

#: How residents and staff come to Linli.
WAYS = [(AIOGRAM, PTB), (PTB, AIOGRAM), (WEB, WEB)]


@pytest.mark.parametrize(("residents", "staff"), WAYS)
async def test_a_broken_lamp_from_the_first_words_to_the_verdict(
    tmp_path: Path, residents: str, staff: str
) -> None:
    async with house(tmp_path, residents=residents, staff=staff) as street:
        leader = await street.invited("community_secretary", EAST, "王书记")
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()

        await resident.start("g-E1")
        await resident.sees("提意见")
        await resident.say("3号楼路灯坏了")
        await resident.sees("3号楼")
        await resident.press("提交")
        number = await resident.number()

        await secretary.sees(number)
        await secretary.press("接单")
        await resident.sees("接手了")
        await secretary.press("办结")
        await secretary.sees("怎么解决")
        await secretary.say("换了灯泡，已经亮了")
        await secretary.sees("照片")
        await secretary.press("跳过")
        await secretary.sees("办理结果")
        await secretary.press("提交")
        await secretary.sees("等居民评价")

        await resident.sees("换了灯泡")
        await resident.press("没解决")
        await resident.sees("重新办理")
        await leader.sees("没有解决")

        await secretary.sees(number)
        await secretary.press("接单")
        await resident.sees("接手了")
        await secretary.press("办结")
        await secretary.sees("怎么解决")
        await secretary.say("换了整盏灯")
        await secretary.sees("照片")
        await secretary.press("跳过")
        await secretary.sees("办理结果")
        await secretary.press("提交")
        await secretary.sees("等居民评价")
        await resident.sees("换了整盏灯")
        await resident.press("已解决")
        await resident.sees("打个分")
        await resident.press("5")
        await resident.sees("5 分")
        await secretary.sees("已解决")


async def test_a_resident_of_an_unknown_grid_needs_five_turns_at_most(tmp_path: Path) -> None:
    async with house(tmp_path) as street:
        resident = street.newcomer()
        turns = 0

        await resident.say("3号楼路灯坏了")
        turns += 1
        await resident.sees("社区")
        await resident.press("东园社区")
        turns += 1
        await resident.sees("网格")
        await resident.press("第一网格")
        turns += 1
        await resident.sees("3号楼")
        await resident.press("提交")
        turns += 1

        assert await resident.number() == "2026-00001"
        assert turns <= 5


@pytest.mark.parametrize("channel", CHANNELS)
async def test_the_first_screen_names_what_can_be_done(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = street.newcomer()

        await resident.start()
        await resident.sees("邻里")

        assert {"提意见", "办事", "报纠纷", "我的", "帮助"} <= set(resident.buttons)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_stranger_on_the_staff_bot_gets_one_sentence_and_then_silence(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, staff=channel) as street:
        stranger = street.stranger()

        await stranger.start()
        await stranger.sees("凭邀请码")
        count = stranger.count
        for words in ("你好", "待办", "2026-00001"):
            await stranger.say(words)
        await street.settled()

        assert stranger.count == count
