"""The whole of Linli in a browser: resident and secretary side by side, from words to verdict."""

import asyncio
import socket
from contextlib import suppress

import pytest
import pytest_asyncio
from playwright.async_api import FrameLocator

from bot.clock import Clock
from bot.config import load
from bot.main import Linli
from bot.opening import opened
from tests.browser.conftest import DESK, Visit
from tests.browser.test_page import photo
from tests.street import MORNING

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def address(tmp_path):
    """The demonstration as `make run` starts it, on a working morning."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = load({"LINLI_DATA_DIR": str(tmp_path), "LINLI_WEB__PORT": str(port)}, tmp_path)
    async with opened(settings) as database:
        linli = Linli(settings, database, Clock(MORNING - Clock().now()))
        running = asyncio.create_task(linli.run())
        try:
            async with asyncio.timeout(30):
                while True:
                    with suppress(OSError):
                        _, writer = await asyncio.open_connection("127.0.0.1", port)
                        writer.close()
                        break
                    await asyncio.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            await linli.close()


class Pane:
    """One person's page within the demonstration."""

    def __init__(self, visit: Visit, key: str) -> None:
        self.frame: FrameLocator = visit.page.frame_locator(f"#pane-{key} iframe")

    async def write(self, words: str) -> None:
        """Write and send."""
        await self.frame.locator("#say").fill(words)
        await self.frame.locator("#say").press("Enter")

    async def sees(self, words: str) -> str:
        """Wait for a message that holds the words, and give the whole of the newest such."""
        message = self.frame.locator(".theirs", has_text=words).last
        await message.wait_for()
        return await message.inner_text()

    async def press(self, label: str) -> None:
        """Press the newest button that bears the label."""
        await self.frame.locator("button.choice", has_text=label).last.click()

    async def send_photo(self) -> None:
        """Choose a photo, wait until it is there, and send it."""
        await self.frame.locator("#photo-file").set_input_files([photo(800, 600)])
        await self.frame.locator(".tray-item.is-done").wait_for()
        await self.frame.locator("#send").click()
        await self.frame.locator(".mine .photo").last.wait_for()


async def test_a_broken_lamp_is_told_mended_and_rated_side_by_side(enter, address):
    visit = await enter(DESK, at=address)
    await visit.page.goto(address)
    await visit.page.wait_for_selector(".pane:visible >> nth=2")
    resident, secretary = Pane(visit, "resident"), Pane(visit, "secretary")

    await resident.write("3号楼路灯坏了，晚上看不见路")
    await resident.sees("3号楼")
    await resident.press("提交")
    number = (await resident.sees("编号")).split("编号 ")[1][:10]
    await secretary.sees(number)
    await visit.shoot("journey-told")
    await secretary.press("接单")
    await resident.sees("接单")
    await secretary.press("办结")
    await secretary.sees("怎么解决")
    await secretary.write("换了灯泡，已经亮了")
    await secretary.sees("照片")
    await secretary.send_photo()
    await secretary.sees("已收到")
    await secretary.press("发完了")
    await secretary.sees("办理结果")
    await secretary.press("提交")

    await resident.sees("换了灯泡")
    await resident.frame.locator(".theirs .photo img").last.wait_for()
    await visit.shoot("journey-solved")
    await resident.press("已解决")
    await resident.sees("打个分")
    await resident.press("5")
    await resident.sees("5 分")
    await secretary.sees("已解决")
    await visit.shoot("journey-rated")


async def test_time_can_be_moved_until_the_secretary_is_reminded(enter, address):
    visit = await enter(DESK, at=address)
    await visit.page.goto(address)
    await visit.page.wait_for_selector(".pane:visible >> nth=2")
    resident, secretary = Pane(visit, "resident"), Pane(visit, "secretary")
    await resident.write("5号楼垃圾没人清")
    await resident.press("提交")
    number = (await resident.sees("编号")).split("编号 ")[1][:10]
    await secretary.sees(number)
    before = await secretary.frame.locator(".theirs").count()

    await visit.page.click("text=下个工作日早上")
    await visit.page.wait_for_selector("#clock-state:has-text('已拨好')", timeout=30_000)

    await secretary.frame.locator(f".theirs >> nth={before}").wait_for(timeout=15_000)


async def test_a_voice_reaches_the_one_who_answers_for_it_and_can_be_played(enter, address):
    visit = await enter(DESK, at=address)
    await visit.page.goto(address)
    await visit.page.wait_for_selector(".pane:visible >> nth=2")
    resident = Pane(visit, "resident")
    await resident.frame.locator("#tool-voice").click()
    await visit.page.wait_for_timeout(1_200)
    await resident.frame.locator("#voice-send").click()
    await resident.frame.locator(".mine audio").wait_for()

    await resident.sees("编号")

    await visit.page.click("#role-clerk")
    clerk = Pane(visit, "clerk")
    player = clerk.frame.locator(".theirs audio")
    await player.wait_for()
    playable = await player.evaluate(
        "node => new Promise(done => { node.addEventListener('canplay', () => done(true));"
        " node.addEventListener('error', () => done(false)); node.preload = 'auto'; node.load(); })"
    )
    assert playable
    assert not await clerk.frame.locator(".voice-save").is_visible()
