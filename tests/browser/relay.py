"""What stands between a browser and the server on loopback, as networks and browsers do."""

import asyncio
from contextlib import suppress


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
