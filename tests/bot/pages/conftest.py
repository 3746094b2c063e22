"""The pages over real HTTP on loopback, with the small street behind them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession

from bot.channels.web.guards import Doors
from bot.channels.web.ports import OfficeSign
from bot.pages.page import Means, ToolContact
from bot.pages.site import Site
from bot.pages.slowdown import Slowdown
from domain.broadcasts.public_notice import PublicNotice
from storage.database import Database
from tests.handlers.chats import Office, opened
from tests.street import EAST
from tests.web_street import MemoryStore, WebStreet, served

SIGN = OfficeSign(
    name="梧桐街道办事处", name_en="Wutong Sub-district Office", phone="0379-60000000"
)


@dataclass
class Reader:
    """Somebody who reads pages, without a chat and without a cookie."""

    office: Office
    folder: Path
    seconds: float = 0.0
    """The clock of the limits; whoever waits moves it."""
    waited: list[float] = field(default_factory=list)
    tool: ToolContact = field(default_factory=ToolContact)
    sign: OfficeSign = SIGN
    demo: bool = False
    public_url: str = ""
    proxies: frozenset[str] = frozenset()
    base: str = ""
    http: ClientSession = field(init=False)

    async def _sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)

    def site(self) -> Site:
        """Give the pages as an office has them."""
        doors = Doors(public_url=self.public_url, demo=self.demo, proxies=self.proxies)
        return Site(
            Means(
                database=self.office.database,
                street=self.office.source.current,
                now=lambda: self.office.now,
                doors=doors,
                office=lambda: self.sign,
                tool=self.tool,
                demo=self.demo,
                slowdown=Slowdown(clock=lambda: self.seconds, sleep=self._sleep),
            )
        )

    async def get(self, path: str, **headers: str) -> tuple[ClientResponse, str]:
        """Open a page."""
        async with self.http.get(self.base + path, headers=_named(headers)) as response:
            return response, await response.text()

    async def shows(self, path: str, **headers: str) -> str:
        """Open a page that is there, and give it."""
        response, html = await self.get(path, **headers)
        assert response.status == 200, html
        return html

    async def posts(
        self, path: str, fields: Any, *, origin: str | None = None, **headers: str
    ) -> tuple[ClientResponse, str]:
        """Send a form as a browser does."""
        given = {"Origin": origin if origin is not None else self.base, **_named(headers)}
        async with self.http.post(self.base + path, data=fields, headers=given) as response:
            return response, await response.text()

    async def looks_up(self, number: str, code: str, **headers: str) -> str:
        """Ask where a case stands."""
        _, html = await self.posts("/lookup", {"number": number, "code": code}, **headers)
        return html

    async def publishes(self, title: str, words: str = "请提前储水。", **more: Any) -> PublicNotice:
        """Put a notice on the page, as the office's handlers do, and look a moment later."""
        settings: dict[str, Any] = {
            "id": f"notice-{title}"[:40],
            "by": "community",
            "unit": EAST,
            "title": title,
            "words": words,
            "published_at": self.office.now,
            "until": self.office.now + timedelta(days=90),
        }
        notice = PublicNotice(**{**settings, **more})
        await self.office.change(notice)
        self.seconds += 2
        return notice

    def later(self, **span: float) -> datetime:
        """Let time pass."""
        self.office.later(**span)
        self.seconds += timedelta(**span).total_seconds()
        return self.office.now

    @asynccontextmanager
    async def reading(self, **changes: Any) -> AsyncIterator["Reader"]:
        """Serve the same office otherwise."""
        other = replace(self, **changes)
        async with AsyncExitStack() as stack:
            await other.open(stack)
            yield other

    async def open(self, stack: AsyncExitStack) -> None:
        """Serve the pages until the stack ends."""
        street = WebStreet(
            MemoryStore(self.folder),
            public_url=self.public_url,
            proxies=self.proxies,
            pages=self.site(),
        )
        self.base = await stack.enter_async_context(served(street))
        self.http = await stack.enter_async_context(ClientSession())


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): one for name, one in headers.items()}


@pytest.fixture
async def reader(database: Database, tmp_path: Path) -> AsyncIterator[Reader]:
    reader = Reader(office=await opened(database, tmp_path), folder=tmp_path)
    async with AsyncExitStack() as stack:
        await reader.open(stack)
        yield reader
