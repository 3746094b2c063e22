"""How frames travel between a page and its server: a WebSocket, or plain HTTP where none passes.

Both carry the same frames in the same order; what is said over them knows only `Wire`.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from aiohttp import WSMsgType, web

#: Frames that wait for a page to fetch them; more wait before they are put on the wire.
OUT_MAX = 100
#: Frames that a page has handed in and that are not read yet.
IN_MAX = 20
#: A page that asks nothing for so long is gone.
SILENCE_SECONDS = 40.0
#: The close code of a page that went without a word; nobody hears it.
GONE = 1001


class Wire(Protocol):
    """One page's connection."""

    @property
    def closed(self) -> bool:
        """Whether nothing more can be sent."""

    async def send(self, frame: Mapping[str, Any]) -> None:
        """Send a frame; waits for a page that is slow.

        Raises:
            ConnectionError: the page is gone.
        """

    async def receive(self) -> str | bytes | None:
        """Give the next thing the page says; None when it is gone."""

    async def close(self, code: int) -> None:
        """End the connection with a close code of the protocol."""


class SocketWire:
    """A WebSocket."""

    def __init__(self, ws: web.WebSocketResponse) -> None:
        self._ws = ws

    @property
    def closed(self) -> bool:
        """Whether nothing more can be sent."""
        return self._ws.closed

    async def send(self, frame: Mapping[str, Any]) -> None:
        """Send a frame."""
        try:
            await self._ws.send_json(frame)
        except RuntimeError as error:  # how aiohttp says that it is closing
            raise ConnectionError(str(error)) from error

    async def receive(self) -> str | bytes | None:
        """Give the next message; None when the page is gone."""
        message = await self._ws.receive()
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            said: str | bytes = message.data
            return said
        return None

    async def close(self, code: int) -> None:
        """Send a close frame."""
        with suppress(ConnectionError, RuntimeError):
            await self._ws.close(code=code)


class PollWire:
    """Frames that a page fetches and hands in by requests.

    Each frame to the page has a number and waits until the page says that it got it: an answer
    that is lost on the way is simply given again.
    """

    def __init__(self) -> None:
        self._in: asyncio.Queue[str | None] = asyncio.Queue(IN_MAX)
        self._out: deque[tuple[int, Mapping[str, Any]]] = deque()
        self._number = 0
        self._changed = asyncio.Condition()
        self._asking = 0
        self._timer: asyncio.TimerHandle | None = None
        self._closing: asyncio.Future[None] | None = None
        self.code: int | None = None
        """The close code, once it is closed."""
        self._watch()

    @property
    def closed(self) -> bool:
        """Whether nothing more can be sent."""
        return self.code is not None

    async def send(self, frame: Mapping[str, Any]) -> None:
        """Put a frame where the page fetches it."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.closed or len(self._out) < OUT_MAX)
            if self.closed:
                raise ConnectionError("the page is gone")
            self._number += 1
            self._out.append((self._number, frame))
            self._changed.notify_all()

    async def receive(self) -> str | bytes | None:
        """Give the next frame that was handed in; None when the page is gone."""
        if self.closed and self._in.empty():
            return None
        return await self._in.get()

    async def close(self, code: int) -> None:
        """Tell the page at its next question; what it did not fetch yet comes before."""
        async with self._changed:
            if not self.closed:
                self.code = code
            self._changed.notify_all()
        with suppress(asyncio.QueueFull):  # who has so much to read looks at `closed` first
            self._in.put_nowait(None)

    # --- for the requests ---------------------------------------------------------------------

    async def hand_in(self, said: Sequence[str]) -> None:
        """Take what the page says, as fast as it is read."""
        for one in said:
            if self.closed:
                return
            await self._in.put(one)

    async def fetch(self, got: int, wait: float) -> list[tuple[int, Mapping[str, Any]]]:
        """Give what the page did not get yet, as soon as there is something.

        Args:
            got: the highest number that reached the page.
            wait: for how many seconds to wait for something.
        """
        self._asking += 1
        self._watch()
        try:
            async with self._changed:
                while self._out and self._out[0][0] <= got:
                    self._out.popleft()
                self._changed.notify_all()
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._changed.wait_for(lambda: bool(self._out) or self.closed)
                return list(self._out)
        finally:
            self._asking -= 1
            self._watch()

    def _watch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if not self._asking and not self.closed:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(SILENCE_SECONDS, self._fall_silent)

    def _fall_silent(self) -> None:
        self._closing = asyncio.ensure_future(self.close(GONE))
