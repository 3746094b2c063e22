"""The conversation over plain HTTP, for networks that let no WebSocket pass.

A page asks again and again; each question brings what it says and what it got, each answer what it
did not get yet. Behind it stands the same `Page` as behind a WebSocket.
"""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.channels.web import frames
from bot.channels.web.close_codes import NO_SESSION, REVOKED
from bot.channels.web.guards import Doors, Refusal, json_of
from bot.channels.web.ports import WebAccount
from bot.channels.web.sockets import Sockets
from bot.channels.web.transports import PollWire

#: How long a question waits for something to be said.
WAIT_SECONDS = 25.0
#: How many frames one question brings at most.
FRAMES_MAX = 20
#: How long what was said may wait to be read; the page repeats what was not stored.
HAND_IN_SECONDS = 10.0
#: How long a page can still hear that its line was closed.
LINGER_SECONDS = 20.0

WhoAsks = Callable[[web.Request], Awaitable[WebAccount | None]]


@dataclass(eq=False)
class Line:
    """One page's line."""

    wire: PollWire
    account: str
    request: web.Request
    """The last one: its cookie tells whether the session goes on."""
    task: asyncio.Task[None] | None = None


@dataclass(kw_only=True)
class Polling:
    """The lines of this process, by their random names."""

    pages: Sockets
    doors: Doors
    who_asks: WhoAsks
    token_of: Callable[[web.Request], str]
    """What a request brings along to speak for somebody; empty for nothing."""
    _lines: dict[str, Line] = field(default_factory=dict)

    async def serve(self, request: web.Request) -> web.Response:
        """Answer one question.

        Raises:
            Refusal: it is none, or too much waits already.
        """
        asked = await _asked(request)
        account = await self.who_asks(request)
        if account is None:
            return await self._last_words(asked, request)
        name, line = asked.line, self._lines.get(asked.line)
        if not asked.line:
            name, line = self._begin(account, request)
        if line is None or line.account != account.id:
            # Ended long ago, or of another process: the page begins another one.
            raise Refusal(404, "not_found")
        line.request = request
        try:
            async with asyncio.timeout(HAND_IN_SECONDS):
                await line.wire.hand_in(asked.said)
        except TimeoutError:
            raise Refusal(503, "not_stored") from None
        found = await line.wire.fetch(asked.got, asked.wait)
        return _answer(name, found, line.wire.code)

    async def _last_words(self, asked: "_Asked", request: web.Request) -> web.Response:
        """Give a page whose session is over what its line still holds: why, and the farewell."""
        token, line = self.token_of(request), self._lines.get(asked.line)
        if not token or line is None or self.token_of(line.request) != token:
            return _answer("", [], REVOKED if token else NO_SESSION)
        found = await line.wire.fetch(asked.got, asked.wait)
        return _answer(asked.line, found, line.wire.code)

    def _begin(self, account: WebAccount, request: web.Request) -> tuple[str, Line]:
        name = secrets.token_urlsafe(18)
        line = Line(PollWire(), account.id, request)
        self._lines[name] = line
        line.task = asyncio.create_task(self._talk(name, line, account))
        return name, line

    async def _talk(self, name: str, line: Line, account: WebAccount) -> None:
        async def check() -> WebAccount | None:
            return await self.who_asks(line.request)

        address = self.doors.address(line.request)
        try:
            await self.pages.serve(line.wire, account, check, address=address)
        finally:
            await line.wire.close(NO_SESSION if line.wire.code is None else line.wire.code)
            asyncio.get_running_loop().call_later(LINGER_SECONDS, self._lines.pop, name, None)


@dataclass(frozen=True, slots=True)
class _Asked:
    line: str
    got: int
    wait: float
    said: list[str]


async def _asked(request: web.Request) -> _Asked:
    body = await json_of(request)
    line, got, wait, said = (body.get(name) for name in ("line", "got", "wait", "frames"))
    if (
        not isinstance(line, str)
        or type(got) is not int
        or not isinstance(wait, bool)
        or not isinstance(said, list)
        or len(said) > FRAMES_MAX
    ):
        raise Refusal(400, "bad_request")
    return _Asked(line, got, WAIT_SECONDS if wait else 0.0, [_as_text(one) for one in said])


def _as_text(frame: object) -> str:
    """Give a frame as a WebSocket would have brought it."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def _answer(
    name: str, found: list[tuple[int, Mapping[str, Any]]], code: int | None
) -> web.Response:
    body: dict[str, Any] = {"line": name, "version": frames.VERSION, "frames": found}
    if code is not None:
        body["closed"] = code
    return web.json_response(body)
