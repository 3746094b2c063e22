"""A pilot from its decision to the second community: closed, restarted, opened; nothing is lost."""

from pathlib import Path

import pytest

from tests.journeys.house import AIOGRAM, PTB, WEB, house
from tests.street import EAST, EAST_1, STREET, WEST, WEST_1


@pytest.mark.requirement("R-01")
@pytest.mark.parametrize("staff", [PTB, WEB])
async def test_a_pilot_has_it_and_the_other_community_gets_it_when_the_street_says_so(
    tmp_path: Path, staff: str
) -> None:
    async with house(tmp_path, residents=AIOGRAM, staff=staff) as street:
        leader = await street.invited("street_leader", STREET, "冯书记")
        pilot = await street.invited("community_secretary", EAST, "王书记")
        other = await street.invited("community_secretary", WEST, "何书记")
        near = street.newcomer("试点居民", on=AIOGRAM)
        far = street.newcomer("别处居民", on=AIOGRAM)
        for resident, grid in ((near, EAST_1), (far, WEST_1)):
            await resident.start(f"g-{grid}")
            await resident.sees("提意见")

        await leader.press("推广情况")
        await leader.sees("2/2 个社区已开通")
        await leader.press("西园社区")
        await leader.sees("现状：已开通（默认）")
        await leader.press("停用")
        await leader.sees("为什么")
        await leader.say("先在东园社区试点")
        await leader.sees("西园社区的居民和工作人员不再看到")
        await leader.press("提交")
        await leader.sees("已在西园社区停用")
        await other.sees("先在东园社区试点")
        await street.restart(killed=True)

        await other.command("menu")
        await other.sees("何书记")
        assert "📢 群发通知" not in other.buttons
        await pilot.command("menu")
        await pilot.is_offered("群发通知")
        await near.command("me")
        await near.is_offered("不再接收通知")

        await leader.press("推广情况")
        await leader.sees("1/2 个社区已开通")
        await leader.press("西园社区")
        await leader.sees("冯书记停用，理由：先在东园社区试点")
        await leader.press("开通")
        await leader.sees("为什么")
        await leader.say("试点成熟，推开")
        await leader.sees("西园社区的居民和工作人员就能使用")
        await leader.press("提交")
        await leader.sees("已在西园社区开通")
        await other.sees("试点成熟，推开")
        await other.command("menu")
        await other.is_offered("群发通知")
