"""Real proxies on loopback: an HTTP one (CONNECT) and a SOCKS5 one, which count and may know names
that nobody else knows."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Place = tuple[str, int]


@dataclass
class Proxy:
    """A proxy that is listening.

    Args:
        names: where hosts are that no resolver knows; others are not connected at all.
        login: "user:password", without which nobody gets through.
    """

    kind: str
    names: Mapping[str, Place]
    login: str = ""
    port: int = 0
    asked: list[Place] = field(default_factory=list)
    """Each connection that was asked for, by host as it was said, and port."""
    refused: int = 0

    @property
    def address(self) -> str:
        """The address for a configuration."""
        login = f"{self.login}@" if self.login else ""
        return f"{self.kind}://{login}127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Let one connection through."""
        try:
            read = self._http if self.kind == "http" else self._socks
            there = await read(reader, writer)
            await writer.drain()
            if there is not None:
                await join(reader, writer, there)
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            pass  # the other side has ended it
        finally:
            writer.close()

    async def _http(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Place | None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.split("\r\n")[0].split(" ")
        wanted = f"basic {base64.b64encode(self.login.encode()).decode()}".lower()
        if self.login and wanted not in head.lower():
            self.refused += 1
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            return None
        host, _, port = target.rpartition(":")
        self.asked.append((host, int(port) if port.isdecimal() else 0))
        there = self.names.get(host)
        if method != "CONNECT" or there is None:
            self.refused += 1
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            return None
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return there

    async def _socks(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Place | None:
        # Source: RFC 1928, and RFC 1929 for user and password.
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        wanted = 2 if self.login else 0
        if wanted not in methods:
            self.refused += 1
            writer.write(b"\x05\xff")
            return None
        writer.write(bytes([5, wanted]))
        if self.login and not await self._is_known(reader, writer):
            return None
        _, _, _, kind = await reader.readexactly(4)
        if kind == 3:
            (length,) = await reader.readexactly(1)
            host = (await reader.readexactly(length)).decode()
        else:
            host = ".".join(map(str, await reader.readexactly(4 if kind == 1 else 16)))
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.asked.append((host, port))
        there = self.names.get(host)
        writer.write(bytes([5, 0 if there else 4, 0, 1, 0, 0, 0, 0, 0, 0]))
        if there is None:
            self.refused += 1
        return there

    async def _is_known(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        _, length = await reader.readexactly(2)
        user = await reader.readexactly(length)
        (length,) = await reader.readexactly(1)
        password = await reader.readexactly(length)
        known = f"{user.decode()}:{password.decode()}" == self.login
        writer.write(b"\x01\x00" if known else b"\x01\x01")
        self.refused += not known
        return known


async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, there: Place) -> None:
    """Carry everything between one connection and a new one, until either ends."""
    far_reader, far_writer = await asyncio.open_connection(*there)

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, ssl.SSLError):
            while piece := await source.read(65_536):
                target.write(piece)
                await target.drain()
        with suppress(OSError, RuntimeError):
            target.close()

    try:
        await asyncio.gather(carry(reader, far_writer), carry(far_reader, writer))
    finally:
        for one in (far_writer, writer):
            one.transport.abort()


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[int]:
    """Serve connections on a free port, and give it."""
    tasks: set[asyncio.Task[None]] = set()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", 0, ssl=tls)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for task in tuple(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await server.wait_closed()


@asynccontextmanager
async def proxy(kind: str, names: Mapping[str, Place], login: str = "") -> AsyncIterator[Proxy]:
    """Let a proxy listen on a free port."""
    one = Proxy(kind, names, login)
    async with listening(one.serve) as one.port:
        yield one


@asynccontextmanager
async def relay(there: Place, tls: ssl.SSLContext) -> AsyncIterator[int]:
    """Speak TLS in front of a plain server, and give the port."""
    async with listening(lambda reader, writer: join(reader, writer, there), tls) as port:
        yield port
