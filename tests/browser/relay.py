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

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            if self._refuses(head):
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
            else:
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
        writer.close()

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
