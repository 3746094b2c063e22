"""A notice to everybody: from a secretary's words to residents on every channel, and back."""

from pathlib import Path

import pytest

from tests.journeys.house import AIOGRAM, PTB, WEB, house
from tests.street import EAST, EAST_1, WEST_1


@pytest.mark.requirement("G-19")
@pytest.mark.parametrize("staff", [PTB, WEB])
async def test_a_notice_reaches_the_community_on_every_channel(tmp_path: Path, staff: str) -> None:
    async with house(tmp_path, residents=AIOGRAM, staff=staff) as street:
        secretary = await street.invited("community_secretary", EAST, "王书记")
        near = [street.newcomer("居民", on=way) for way in (AIOGRAM, WEB)]
        far = street.newcomer("远处的居民", on=AIOGRAM)
        for resident, grid in ((near[0], EAST_1), (near[1], EAST_1), (far, WEST_1)):
            await resident.start(f"g-{grid}")
            await resident.sees("提意见")

        await secretary.press("群发通知")
        await secretary.sees("还没有发过")
        await secretary.press("写一条新通知")
        await secretary.sees("发给哪里")
        await secretary.press("东园社区")
        await secretary.sees("写下通知内容")
        await secretary.say("明天九点到十一点停水，请提前储水。")
        await secretary.sees("配一张图片")
        await secretary.press("跳过")
        await secretary.sees("放到公开页上吗")
        await secretary.press("不公开")
        await secretary.sees("将发给 2 位居民")
        await secretary.press("提交")
        await secretary.sees("通知发送情况")
        await street.restart(killed=True)
        await street.later(seconds=10)
        for resident in near:
            await resident.sees("东园社区 通知")
        await street.settled()
        await street.later(minutes=2)
        await secretary.sees("已发完")

        await near[0].press("不再接收通知")
        await near[0].sees("不再发群发通知")
        assert "2/2" in secretary.transcript
        assert all(one.transcript.count("请提前储水") == 1 for one in near)
        assert "储水" not in far.transcript
