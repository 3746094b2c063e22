"""Take the picture of the page that the README shows: `make picture`.

A resident has told of a broken lamp, the secretary has handed it over, and the worker has the card:
the demonstration as everybody sees it who follows its hints, at a set time.
"""

import asyncio
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, async_playwright

from tests.browser.conftest import DESK, FLAGS, find_chromium
from tests.browser.demonstration import Pane, shown

TARGET = Path(__file__).resolve().parents[2] / "docs" / "pictures" / "page.png"
#: Few colours: the file stays small, and nobody sees the difference.
COLOURS = 128


async def take(target: Path = TARGET) -> None:
    """Play the story and write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        async with shown(Path(folder)) as address, async_playwright() as playwright:
            chromium = await playwright.chromium.launch(
                executable_path=find_chromium(), args=list(FLAGS)
            )
            page = await chromium.new_page(
                viewport={"width": DESK[0], "height": DESK[1]}, locale="zh-CN"
            )
            await page.goto(address)
            await play(page)
            picture = await page.screenshot()
            await chromium.close()
    with Image.open(io.BytesIO(picture)) as taken:
        few = taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    target.parent.mkdir(parents=True, exist_ok=True)
    few.save(target, optimize=True)


async def play(page: Page) -> None:
    """Let the resident tell, the secretary hand over, and the worker accept."""
    await page.wait_for_selector(".pane:visible >> nth=2")
    resident, secretary, worker = (Pane(page, key) for key in ("resident", "secretary", "worker"))
    await resident.frame.locator("#try").click()
    await resident.sees("重新派人")
    await resident.press("提交")
    await resident.sees("已提交")
    await secretary.sees("路灯照明")
    await secretary.press("转交")
    await secretary.press("汪思齐")
    await secretary.sees("已转交")
    await worker.sees("路灯照明")
    await worker.press("接单")
    await resident.sees("接手了")
    # What moves comes to rest.
    await page.wait_for_timeout(600)


if __name__ == "__main__":
    asyncio.run(take())
