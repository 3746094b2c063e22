"""A ticket in a real browser: one press, and the conversation goes on where Telegram left it."""

import pytest

from tests.journeys.chatters import TelegramChatter
from tests.journeys.house import house

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_press_on_telegram_goes_on_in_the_browser(enter, tmp_path):
    async with house(tmp_path, LINLI_TELEGRAM__PERSONAL_DATA="minimal") as street:
        resident = street.newcomer()
        assert isinstance(resident, TelegramChatter)
        await resident.start("g-E1")
        await resident.press("办事")
        await resident.sees("只能用一次")
        (link,) = [button["url"] for row in resident.chat.last.button_rows for button in row]
        visit = await enter(at=street.address)

        await visit.page.goto(link)
        await visit.shoot("ticket")
        assert await visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await visit.page.keyboard.press("Tab")
        await visit.page.keyboard.press("Enter")
        await visit.page.wait_for_selector(".theirs")

        assert "需要办什么事" in (await visit.texts(".theirs"))[-1]
        assert "/in/" not in visit.page.url
        await visit.write("3号楼路灯坏了")
        await visit.page.wait_for_selector("text=有照片")
        again = await visit.page.goto(link)
        assert again is not None
        assert again.status == 410
        assert await visit.page.locator("button").count() == 0
        # The browser says itself that the page is gone.
        visit.troubles.clear()
