"""The demonstration as `make run` starts it, at a set time, and the people on its page."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path

from playwright.async_api import FrameLocator, Page

from bot.configuration.loading import load
from bot.main import Linli
from bot.operations.clock import Clock
from bot.operations.databases import opened
from tests.browser.test_page import photo
from tests.patience import PATIENCE
from tests.street import MORNING


@asynccontextmanager
async def shown(folder: Path, at: datetime = MORNING) -> AsyncIterator[str]:
    """Serve the demonstration, on a working morning unless told otherwise; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = load({"LINLI_DATA_DIR": str(folder), "LINLI_WEB__PORT": str(port)}, folder)
    async with opened(settings) as database:
        linli = Linli(settings, database, Clock(at - Clock().now()))
        running = asyncio.create_task(linli.run())
        try:
            async with asyncio.timeout(PATIENCE):
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

    def __init__(self, page: Page, key: str) -> None:
        self.frame: FrameLocator = page.frame_locator(f"#pane-{key} iframe")

    async def write(self, words: str) -> None:
        """Write and send, once the page is alive."""
        await self.frame.locator("#send:enabled").wait_for()
        await self.frame.locator("#say").fill(words)
        await self.frame.locator("#say").press("Enter")

    async def sees(self, words: str) -> str:
        """Wait for a message that holds the words, and give the whole of the newest such."""
        message = self.frame.locator(".theirs", has_text=words).last
        await message.wait_for()
        return await message.inner_text()

    async def press(self, label: str) -> None:
        """Press the newest button that bears the label."""
        await self.frame.locator("#log button.choice", has_text=label).last.click()

    async def send_photo(self) -> None:
        """Choose a photo, wait until it is there, and send it."""
        await self.frame.locator("#photo-file").set_input_files([photo(800, 600)])
        await self.frame.locator(".tray-item.is-done").wait_for()
        await self.frame.locator("#send").click()
        await self.frame.locator(".mine .photo").last.wait_for()
