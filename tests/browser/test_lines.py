"""The page on networks that let no WebSocket pass, or nothing, and in browsers without cookies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from domain.messages import say
from tests.browser.conftest import only

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


class Relay:
    """What stands between a browser and the server on loopback, and what it does not let pass."""

    def __init__(self, behind: int) -> None:
        self.behind = behind
        self.sockets = False
        self.polls = True
        self.cookies = True
        self.upgrades = 0
        self.sessions = 0
        self.address = ""
        self._serving: set[asyncio.Task[None]] = set()

    def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection until it ends, or `close` ends it."""
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def close(self) -> None:
        """End what browsers hold open; none of it outlives the test."""
        for task in self._serving:
            task.cancel()
        if self._serving:
            await asyncio.wait(self._serving)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                head = await reader.readuntil(b"\r\n\r\n")
                if self._refuses(head):
                    writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                    await writer.drain()
                else:
                    await self._relay(head, reader, writer)
        finally:
            writer.close()

    async def _relay(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.behind)
        upgrade = b"upgrade: websocket" in head.lower()
        # One request on each connection: each of them is looked at.
        back.write(head if upgrade else head.replace(b"keep-alive", b"close"))
        asking = asyncio.create_task(self._pass(reader, back))
        try:
            await self._pass(there, writer)
        finally:
            asking.cancel()
            back.close()

    def _refuses(self, head: bytes) -> bool:
        if head.startswith(b"POST /chat/session "):
            self.sessions += 1
        if b"upgrade: websocket" in head.lower():
            self.upgrades += 1
            return not self.sockets
        return head.startswith(b"POST /chat/poll") and not self.polls

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                writer.write(data if self.cookies else data.replace(b"Set-Cookie:", b"X-Dropped:"))
                await writer.drain()


@pytest_asyncio.fixture(loop_scope="session")
async def relay(base: str) -> AsyncIterator[Relay]:
    relay = Relay(urlsplit(base).port or 0)
    server = await asyncio.start_server(relay.take, "127.0.0.1", 0)
    relay.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield relay
    server.close()
    await relay.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(relay, enter):
    """Somebody who comes by the relay; what a browser says about refused lines is no trouble."""
    visit = await enter(at=relay.address)
    yield visit
    visit.troubles.clear()


async def test_without_a_socket_the_page_goes_on_over_plain_http(street, relay, visit):
    await visit.open()
    await visit.begin()

    await visit.write("3号楼路灯坏了")
    await visit.until("document.querySelectorAll('.mine').length > 0")
    await visit.until("document.getElementById('line-state').hidden")
    account = only(street).id
    await street.tell(account, say("web.welcome_private"), news=True)
    await visit.until("document.getElementById('log').innerText.includes('不保存您的任何信息')")

    assert "3号楼路灯坏了" in [said.text for said in street.said]
    assert relay.upgrades == 2


async def test_over_plain_http_a_reload_shows_the_conversation_and_nothing_twice(
    street, relay, visit
):
    await visit.open()
    await visit.begin()
    for words in ("一", "二", "三"):
        await visit.write(words)
    for _ in range(100):
        if len(street.said) >= 4:
            break
        await asyncio.sleep(0.1)

    await visit.page.reload()
    await visit.until("document.querySelectorAll('.mine').length >= 3")

    assert [said.text for said in street.said if said.text] == ["一", "二", "三"]
    assert len(await visit.texts(".mine")) == 3


async def test_a_socket_that_passes_again_carries_on(street, relay, visit):
    await visit.open()
    await visit.begin()
    relay.sockets = True
    relay.polls = False

    await visit.page.evaluate("window.dispatchEvent(new Event('online'))")
    await visit.until("document.getElementById('line-state').hidden")
    await visit.write("又连上了")
    for _ in range(150):
        if any(said.text == "又连上了" for said in street.said):
            break
        await asyncio.sleep(0.1)

    assert street.said[-1].text == "又连上了"


async def test_where_nothing_passes_the_page_says_so_with_the_telephone(street, relay, visit):
    relay.polls = False
    await visit.open()
    await visit.page.click("#begin")

    await visit.until("document.getElementById('line-state').innerText.includes('一直连不上')")

    assert await visit.page.locator("#line-state a").get_attribute("href") == "tel:037960000000"
    await visit.shoot("nothing-passes")


async def test_in_danger_the_numbers_to_call_stand_there_while_nothing_is_sent(
    street, relay, visit
):
    relay.polls = False
    await visit.open()
    await visit.write("3号楼着火了")

    await visit.until("document.getElementById('line-state').innerText.includes('119')")

    numbers = await visit.page.locator("#line-state a").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    assert numbers[:4] == ["tel:119", "tel:120", "tel:110", "tel:122"]
    assert "3号楼着火了" in await visit.page.inner_text("#log")
    assert street.said == []
    await visit.shoot("danger-unsent")


async def test_a_browser_without_cookies_is_told_so_once_and_begins_nobody_again(
    street, relay, visit
):
    relay.cookies = False
    await visit.open()
    await visit.write("3号楼路灯坏了")

    await visit.until("document.getElementById('line-state').innerText.includes('Cookie')")
    await visit.write("有人吗")
    await asyncio.sleep(3)

    assert relay.sessions == 1
    assert relay.upgrades == 0
    shown = await visit.page.inner_text("#log")
    assert "3号楼路灯坏了" in shown
    assert "有人吗" in shown
    hrefs = await visit.page.locator("#line-state a").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    assert hrefs == ["tel:037960000000"]
    await visit.shoot("no-cookies")
