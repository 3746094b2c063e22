"""The pages without a chat: from a secretary's words to everybody's eyes, and from a receipt."""

from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.journeys.house import AIOGRAM, PTB, WEB, House, house
from tests.street import EAST, EAST_1


async def page(street: House, path: str) -> str:
    """Open a page as somebody does who has no chat and no cookie."""
    async with ClientSession() as http, http.get(street.address + path) as response:
        assert response.status == 200
        return await response.text()


@pytest.mark.requirement("G-19")
@pytest.mark.parametrize("staff", [PTB, WEB])
async def test_a_notice_goes_to_residents_and_on_the_page_until_it_is_taken_down(
    tmp_path: Path, staff: str
) -> None:
    async with house(tmp_path, residents=AIOGRAM, staff=staff) as street:
        secretary = await street.invited("community_secretary", EAST, "王书记")
        near = street.newcomer("居民")
        await near.start(f"g-{EAST_1}")
        await near.sees("提意见")

        await secretary.press("群发通知")
        await secretary.sees("还没有发过")
        await secretary.press("写一条新通知")
        await secretary.sees("发给哪里")
        await secretary.press("东园社区")
        await secretary.sees("写下通知内容")
        await secretary.say("明天九点停水，有事找 13800001234 或 12345。")
        await secretary.sees("配一张图片")
        await secretary.press("跳过")
        await secretary.sees("放到公开页上吗")
        await secretary.press("公开")
        await secretary.sees("公开页上的标题")
        await secretary.say("停水通知")
        await secretary.sees("会隐去像电话号码的内容")
        await secretary.press("提交")
        await secretary.sees("公开到")
        await street.restart(killed=True)
        shown = await page(street, f"/notices/{EAST}")
        await street.later(seconds=10)
        await near.sees("13800001234")

        await secretary.press("从公开页撤下")
        await secretary.sees("仍能在聊天里看到")
        await secretary.press("撤下")
        await secretary.sees("已从公开页撤下")
        # A page is looked at anew after a second at the latest; a new process has looked at none.
        await street.restart()
        gone = await page(street, f"/notices/{EAST}")

    assert "停水通知" in shown
    assert "有事找 *** 或 12345" in shown
    assert "停水通知" not in gone
    assert "现在没有通知" in gone


async def test_in_minimal_mode_help_leads_to_the_pages_too(tmp_path: Path) -> None:
    async with house(tmp_path, LINLI_TELEGRAM__PERSONAL_DATA="minimal") as street:
        resident = street.newcomer()
        await resident.start(f"g-{EAST_1}")
        await resident.sees("到网页上办")
        await resident.press("帮助")
        await resident.sees("您可以这样用")

        assert {"通知公告", "凭查询码查进度", "报告本工具的问题"} <= set(resident.buttons)
