"""How many connections a process takes, and which of them go: what lies below requests.

A connection that brings no request is cut by aiohttp's keep-alive time, which runs from the moment
it is made. What is here bounds how many there are: where no more fit, the idlest go first.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import cast

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

try:
    import resource
except ImportError:  # there is none on Windows, and no such limit
    resource = None  # type: ignore[assignment]

#: A connection without a request, or with half of one, is cut after this time; a server in front
#: keeps its own idle ones shorter (`deploy/nginx.conf`).
IDLE_SECONDS = 15.0
#: What the process itself opens: database, files, Telegram.
OWN_DESCRIPTORS = 200


def raise_descriptors() -> int:
    """Let this process open as many files and connections as it may, and give how many."""
    if resource is None:
        return 10_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):  # macOS tells more than it gives
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else 1_000_000


class _TurnedAway(asyncio.Protocol):
    """A connection for which there is no room."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """End it."""
        cast(asyncio.Transport, transport).abort()


class Connections:
    """Knows which connections of a server have a request under way; the others may go."""

    def __init__(self, most: int) -> None:
        """Begin without a server.

        Args:
            most: how many connections there may be.
        """
        self._most = most
        self._busy: set[web.RequestHandler] = set()

    async def listen(self, server: web.Server, host: str, port: int) -> asyncio.Server:
        """Take connections for a server.

        Raises:
            OSError: the address is taken.
        """

        def make() -> asyncio.BaseProtocol:
            return server() if self._has_room(server) else _TurnedAway()

        return await asyncio.get_running_loop().create_server(make, host, port, backlog=512)

    def _has_room(self, server: web.Server) -> bool:
        """Make room: of the connections without a request, the one that is open longest goes."""
        open_ones = [one for one in server.connections if one.transport is not None]
        if len(open_ones) < self._most:
            return True
        for one in open_ones:
            if one not in self._busy:
                one.force_close()
                return True
        return False

    def noting(self) -> Middleware:
        """Make the middleware that tells which connections have a request under way."""

        @web.middleware
        async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
            protocol = request.protocol
            self._busy.add(protocol)
            try:
                return await handler(request)
            finally:
                self._busy.discard(protocol)

        return note


@contextlib.asynccontextmanager
async def served(
    app: web.Application, host: str, port: int, *, connections_max: int
) -> AsyncIterator[asyncio.Server]:
    """Serve an application until the end of the block.

    Raises:
        OSError: the address is taken.
    """
    connections = Connections(connections_max)
    app.middlewares.insert(0, connections.noting())
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=IDLE_SECONDS)
    await runner.setup()
    try:
        if runner.server is None:
            raise RuntimeError("the runner was not set up")
        listening = await connections.listen(runner.server, host, port)
        try:
            yield listening
        finally:
            listening.close()
    finally:
        await runner.cleanup()
