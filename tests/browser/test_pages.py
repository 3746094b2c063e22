"""The pages without a chat in a real browser: by keyboard, by ear, in the dark, on paper."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.configuration.loading import load
from bot.operations.databases import opened
from storage.matters.lookup_codes import LookupCode, write_lookup_codes
from tests.browser.conftest import DESK, PHONE, Enter, Visit
from tests.browser.demonstration import shown
from tests.browser.test_access import measure
from tests.browser.test_glyphs import MISSING, bare_browser
from tests.street import MORNING

__all__ = ["bare_browser"]

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PATHS = (
    *("/notices", "/notices/C2?lang=en", "/halls", "/halls?lang=en"),
    *("/lookup", "/report", "/notices/XX"),
)
NUMBER, CODE = "2026-00003", "1234 5678 9012 3456"
WIDE = "document.documentElement.scrollWidth <= innerWidth"
FONTS = (
    "performance.getEntriesByType('resource').map((one) => one.name)"
    ".filter((one) => one.endsWith('.woff'))"
)


@pytest_asyncio.fixture(loop_scope="session")
async def address(tmp_path: Path) -> AsyncIterator[str]:
    """The demonstration, with a receipt for one of its cases."""
    async with shown(tmp_path) as address:
        settings = load({"LINLI_DATA_DIR": str(tmp_path)}, tmp_path)
        async with opened(settings) as database, database.write() as tx:
            code_hash = tx.keyring.hash_code(CODE.replace(" ", ""))
            given = LookupCode(code_hash=code_hash, number=NUMBER, created_at=MORNING)
            await write_lookup_codes(tx, [given])
        yield address


def name_of(path: str) -> str:
    return "page-" + "-".join(path.replace("?", "/").replace("=", "/").strip("/").split("/"))


async def read(visit: Visit, path: str) -> None:
    """Open a page that may be missing: the browser says so itself."""
    await visit.page.goto(visit.base + path)
    if path.endswith("XX"):
        visit.troubles.clear()


async def looks_up(visit: Visit, number: str, code: str) -> None:
    await visit.page.goto(visit.base + "/lookup")
    await visit.page.fill("#number", number)
    await visit.page.fill("#code", code)
    await visit.page.press("#code", "Enter")
    await visit.page.wait_for_selector("dl, [role=alert]")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_every_text_stands_out_everything_has_a_name_and_fingers_hit_it(
    enter: Enter, address: str, size: tuple[int, int], scheme: str
) -> None:
    visit = await enter(size, at=address, color_scheme=scheme)
    at = f"{'phone' if size == PHONE else 'desk'}-{scheme}"

    async def is_sound(name: str) -> None:
        await visit.shoot(f"{name}-{at}")
        assert await measure(visit, "pale()") == [], name
        assert await measure(visit, "faint()") == [], name
        assert await measure(visit, "red()") == [], name
        assert await measure(visit, "nameless()") == [], name
        assert await measure(visit, "doubles()") == [], name
        assert await measure(visit, "small(40)") == [], name
        assert await visit.page.evaluate(WIDE), name

    for path in PATHS:
        await read(visit, path)
        await is_sound(name_of(path))
    await looks_up(visit, NUMBER, CODE)
    assert "办到哪一步" in (await visit.texts("dl"))[0]
    assert CODE not in visit.page.url
    await is_sound("page-stage")
    await looks_up(visit, NUMBER, "9" * 16)
    assert "没有查到" in (await visit.texts("[role=alert]"))[0]
    await is_sound("page-missed")
    await looks_up(visit, "17", "9")
    assert await visit.page.evaluate("document.activeElement.id") == "number"
    await is_sound("page-wrong")
    assert await visit.context.cookies() == []


async def test_by_keyboard_alone_a_case_is_looked_up(enter: Enter, address: str) -> None:
    visit = await enter(at=address)
    await visit.page.goto(address + "/lookup")

    await visit.page.keyboard.press("Tab")
    first = await visit.page.evaluate("document.activeElement.textContent")
    await visit.page.keyboard.press("Enter")
    await visit.page.keyboard.press("Tab")
    await visit.page.keyboard.type(NUMBER)
    await visit.page.keyboard.press("Tab")
    await visit.page.keyboard.type(CODE)
    await visit.page.keyboard.press("Enter")
    await visit.page.wait_for_selector("dl")

    assert first == "跳到正文"
    assert NUMBER in (await visit.texts("h2"))[0]


@pytest.mark.parametrize("size", [(320, 480), (640, 360), (200, 370)])
async def test_at_two_hundred_percent_nothing_sticks_out(
    enter: Enter, address: str, size: tuple[int, int]
) -> None:
    """A window of 640 × 720 at 200 % is 320 × 360 to the page (WCAG 1.4.4, 1.4.10)."""
    visit = await enter(size, at=address, device_scale_factor=2)
    for path in PATHS:
        await read(visit, path)
        assert await visit.page.evaluate(WIDE), path


async def test_on_paper_there_are_the_notices_and_nothing_to_press(
    enter: Enter, address: str
) -> None:
    visit = await enter(DESK, at=address, color_scheme="dark")
    await visit.page.goto(address + "/notices")
    await visit.page.emulate_media(media="print")

    await visit.shoot("page-notices-print")
    assert await visit.page.locator("nav:visible, form:visible, .foot-links:visible").count() == 0
    assert await visit.page.locator("article:visible").count() == 5
    assert await measure(visit, "pale()") == []


async def test_a_machine_with_chinese_fetches_no_font(enter: Enter, address: str) -> None:
    visit = await enter(at=address)
    await visit.page.goto(address + "/notices")
    await visit.page.wait_for_timeout(300)

    assert await visit.page.evaluate(FONTS) == []


async def test_a_machine_without_chinese_sees_every_character(
    bare_browser: object, address: str
) -> None:
    context = await bare_browser.new_context(  # type: ignore[attr-defined]
        viewport={"width": PHONE[0], "height": PHONE[1]}, locale="zh-CN"
    )
    page = await context.new_page()
    await page.goto(address + "/notices")
    # The first cut of the pieces takes its time; until then the boxes are there.
    missing = "?"
    for _ in range(600):
        missing = await page.evaluate(MISSING)
        if not missing:
            break
        await page.wait_for_timeout(100)

    assert missing == ""
    assert await page.evaluate(FONTS) != []
    await context.close()


async def test_from_the_chat_the_pages_are_two_presses_away(enter: Enter, address: str) -> None:
    visit = await enter(at=address)
    await visit.open("/?g=C1-G1")
    await visit.page.click("#more-button")

    async with visit.context.expect_page() as opened_page:
        await visit.page.click("#more a[href='/report']")
    report = await opened_page.value
    await report.wait_for_selector("h1")

    assert "报告本工具的问题" in await report.title()
