"""A real Chromium for the page's tests, and a street for it to look at."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from bot.channels.web.ports import WebAccount
from domain.messages import Side
from tests.browser.office import answer
from tests.browser.relay import Relay
from tests.patience import PATIENCE
from tests.web_street import MemoryStore, WebStreet, served

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
PHONE = (360, 740)
DESK = (1280, 800)
#: Where pictures of the page are put to be looked at; not kept in the repository.
SHOTS = Path(__file__).resolve().parents[2] / "screenshots"


def find_chromium() -> str:
    """Find a Chromium, or say plainly that there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        sentence = "there is no Chromium here: install the package chromium to test the page"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all; every visit has a context, and so a memory, of its own."""
    chromium = find_chromium()
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield running
        await running.close()


@pytest.fixture
def street(tmp_path: Path) -> WebStreet:
    """A street whose office answers."""
    return WebStreet(MemoryStore(tmp_path), answer=answer)


@dataclass
class Visit:
    """One person's browser window."""

    page: Page
    context: BrowserContext
    base: str
    troubles: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    async def open(self, path: str = "/") -> None:
        """Go to the page and wait until it is alive."""
        await self.page.goto(self.base + path)
        await self.page.wait_for_selector("#welcome:visible, #log .line", state="attached")

    async def begin(self) -> None:
        """Press the first button and wait for the greeting."""
        await self.page.click("#begin")
        await self.page.wait_for_selector(".theirs")

    async def write(self, words: str) -> None:
        """Write and send with the keyboard."""
        await self.page.fill("#say", words)
        await self.page.press("#say", "Enter")

    async def until(self, expression: str) -> None:
        """Wait until something holds; the page's policy forbids Playwright's own way."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not await self.page.evaluate(expression):  # noqa: ASYNC110
                    await asyncio.sleep(0.04)
        except TimeoutError:
            raise AssertionError(f"never came true: {expression}") from None

    async def texts(self, selector: str) -> list[str]:
        """Read what elements say."""
        return await self.page.locator(selector).all_inner_texts()

    async def shoot(self, name: str) -> bytes:
        """Take a picture to be looked at."""
        SHOTS.mkdir(exist_ok=True)
        return await self.page.screenshot(path=SHOTS / f"{name}.png")


Enter = Callable[..., Awaitable[Visit]]


@pytest_asyncio.fixture(loop_scope="session")
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as held:
        yield held


@pytest_asyncio.fixture(loop_scope="session")
async def base(street: WebStreet, stack: AsyncExitStack) -> str:
    return await stack.enter_async_context(served(street))


@pytest_asyncio.fixture(loop_scope="session")
async def enter(browser: Browser, base: str) -> AsyncIterator[Enter]:
    """Let people come in; whatever their browsers complain about fails the test."""
    visits: list[Visit] = []

    async def enter(size: tuple[int, int] = PHONE, *, at: str = base, **options: object) -> Visit:
        width, height = size
        settings = {"viewport": {"width": width, "height": height}, "locale": "zh-CN", **options}
        context = await browser.new_context(**settings)
        context.set_default_timeout(PATIENCE * 1000)
        page = await context.new_page()
        visit = Visit(page, context, at)
        page.on("pageerror", lambda error: visit.troubles.append(str(error)))
        page.on(
            "console",
            lambda line: visit.troubles.append(line.text) if line.type == "error" else None,
        )
        page.on("request", lambda request: visit.hosts.add(urlsplit(request.url).netloc))
        visits.append(visit)
        return visit

    yield enter
    for visit in visits:
        await visit.context.close()
        assert visit.troubles == []
        assert visit.hosts <= {urlsplit(visit.base).netloc, ""}


@pytest_asyncio.fixture(loop_scope="session")
async def relay(base: str) -> AsyncIterator[Relay]:
    relay = Relay(urlsplit(base).port or 0)
    server = await asyncio.start_server(relay.take, "127.0.0.1", 0)
    relay.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield relay
    server.close()
    await relay.close()


@pytest_asyncio.fixture(loop_scope="session")
async def resident(enter: Enter) -> Visit:
    """A resident with a phone who has begun a conversation."""
    visit = await enter()
    await visit.open()
    await visit.begin()
    return visit


def only(street: WebStreet, side: Side = Side.RESIDENTS) -> WebAccount:
    """Give the one account of a side."""
    (account,) = (one for one in street.store.accounts.values() if one.side is side)
    return account
