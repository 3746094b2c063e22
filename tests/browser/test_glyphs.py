"""The page on a machine that has no Chinese font: its own font comes along, and only there."""

import os
import shutil
import subprocess
from pathlib import Path

import matplotlib
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from bot.channels.web.page_font import FAMILY
from domain.messages import Choice, say, text
from tests.browser.conftest import FLAGS, PHONE, find_chromium
from tests.browser.test_page import card

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

#: Characters that are drawn as the box of a missing character, of all that the page shows.
MISSING = """
() => {
  const image = (sign) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 40;
    const pen = canvas.getContext("2d");
    pen.font = "30px " + getComputedStyle(document.body).fontFamily;
    pen.fillText(sign, 2, 32);
    return canvas.toDataURL();
  };
  const box = image("\\ufdd0");
  const signs = [...new Set(document.body.innerText)].filter((one) => one.charCodeAt(0) > 0x2e80);
  return signs.filter((one) => one !== "\\u3000" && image(one) === box).join("");
}
"""
FETCHED = "performance.getEntriesByType('resource').filter((one) => one.name.includes('/fonts/'))"


@pytest_asyncio.fixture(loop_scope="session")
async def bare_browser(tmp_path: Path) -> Browser:
    """A Chromium whose machine has Latin letters alone."""
    latin = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    settings = tmp_path / "fonts.conf"
    settings.write_text(
        f"<fontconfig><dir>{latin}</dir><cachedir>{tmp_path / 'cache'}</cachedir></fontconfig>"
    )
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=find_chromium(),
            args=list(FLAGS),
            env={**os.environ, "FONTCONFIG_FILE": str(settings)},
        )
        yield running
        await running.close()


async def test_a_machine_without_chinese_sees_every_character(bare_browser, base, street):
    context = await bare_browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]}, locale="zh-CN"
    )
    page = await context.new_page()
    await page.goto(base)
    await page.wait_for_selector("#welcome:visible")
    without = await page.evaluate("document.documentElement.className")
    await page.click("#begin")
    await page.wait_for_selector(".theirs")
    (account,) = street.store.accounts
    todo = (Choice(label=text("assignments.to_todo"), action="todo"),)
    await street.tell(account, say("web.begin", todo))
    await street.tell(account, card(note="堃喆和鑫鑫：3号楼路灯坏了，请修一修"))
    await page.wait_for_selector("text=路灯坏了")

    # The first cut of the pieces takes its time; until then the boxes are there.
    missing = "?"
    for _ in range(600):
        missing = await page.evaluate(MISSING)
        if not missing:
            break
        await page.wait_for_timeout(100)
    loaded = await page.evaluate(
        f"[...document.fonts].filter((one) => one.family.includes('{FAMILY}')"
        " && one.status === 'loaded').length"
    )
    labels = await page.locator(".choice-label").all_inner_texts()
    await context.close()

    assert "brings-font" in without
    assert missing == ""
    assert loaded >= 2
    assert "待办" in labels


@pytest.mark.skipif(
    not shutil.which("fc-list")
    or not subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True).stdout,
    reason="this machine has no Chinese font",
)
async def test_a_machine_with_chinese_fetches_no_font(resident):
    assert await resident.page.evaluate(MISSING) == ""
    assert await resident.page.evaluate(f"{FETCHED}.length") == 0
