"""A case that nobody touches for a week: reminders, the climb, the overview, the week's papers."""

from pathlib import Path

import pytest

from tests.journeys.chatters import Chatter
from tests.journeys.house import AIOGRAM, PTB, WEB, house
from tests.journeys.test_long_chain import filed
from tests.street import EAST, EAST_1

WAYS = [(WEB, WEB), pytest.param(AIOGRAM, PTB, marks=pytest.mark.slow)]


@pytest.mark.requirement("G-06")
@pytest.mark.requirement("G-07")
@pytest.mark.requirement("G-12")
@pytest.mark.requirement("D-05")
@pytest.mark.requirement("D-06")
@pytest.mark.parametrize(("residents", "staff"), WAYS)
async def test_a_neglected_case_climbs_and_the_week_is_told(
    tmp_path: Path, residents: str, staff: str
) -> None:
    async with house(tmp_path, residents=residents, staff=staff) as street:
        leader = await street.invited("assigned_leader", EAST, "赵主任")
        community = await street.invited("community_secretary", EAST, "王书记")
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()
        number = await filed(resident)
        await secretary.sees(number)
        await subscribe(resident)

        await street.later(hours=7)
        await secretary.sees(f"{number} 首次联系已超时")
        await community.sees(f"{number} 首次联系超时")
        assert number not in leader.transcript

        await community.command("menu")
        await community.sees("您好")
        await community.press("总览")
        assert "未结 1，超时 1" in await community.sees("东园社区")
        await community.press("全部超时")
        await community.sees("超时（1）")
        await community.press(number)
        await community.sees(number)
        await community.press("调整轻重缓急")
        await community.sees("改成哪一级")
        await community.press("一般")
        await community.sees("调整的理由")
        await community.say("白天不影响通行")
        await community.sees("已调整为“一般”")
        await secretary.sees("调整为“一般”，理由：白天不影响通行")
        await resident.sees("现在按“一般”办")

        await street.later(days=13)
        await leader.sees("下一级督办后仍无结果")
        await resident.sees("没有按时办好，很抱歉")
        for reader in (secretary, community, leader):
            assert await papers(reader, "一周情况") == 2
        assert await papers(resident, "一周小结") == 2


async def subscribe(resident: Chatter) -> None:
    """Ask for the weekly summary."""
    await resident.command("menu")
    await resident.sees("请选一项")
    await resident.press("我的")
    await resident.sees("账号")
    await resident.press("订阅每周小结")
    await resident.sees("每周小结会发给您")


async def papers(reader: Chatter, title: str) -> int:
    """Count the papers of a week that somebody got: one for each Monday, each once."""
    await reader.house.settled()
    return reader.transcript.count(title)
