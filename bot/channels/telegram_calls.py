"""What a bot says all day: small JSON calls over kept connections.

A general HTTP client spends several times as long on such a call as the call itself takes: cookies,
redirects, proxies, forms, streams. Here a call is one write and its answer one parse. Files, and
what is said once at the start, go through the frameworks' own clients.

A connection carries one call at a time. A call whose outcome is unknown closes its connection, so
that a late answer is never taken for another call's.
"""

import asyncio
import re
import socket
import ssl
from collections import deque
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote, urlsplit

import httptools
from aiohappyeyeballs import start_connection

from bot.channels.ports import Blocked, ChannelError, Rejected, TryLater, Unclear
from storage.json_values import from_bytes, to_bytes

#: Far above any answer to a call of every day.
MAX_ANSWER_BYTES = 4 * 1024 * 1024
#: A connection that rested for longer is not used again: the server may be closing it.
MAX_REST_SECONDS = 15.0
#: The next address is tried so long after the one before. Source: RFC 8305, section 5.
RACE_SECONDS = 0.25
#: As many calls may be under way as the frameworks' clients allow; others wait for their turn.
MAX_CONNECTIONS = 100


class TelegramCalls:
    """Makes one bot's calls of plain values.

    Args:
        api_base: where the Bot API is served, without a slash at its end.
        timeout_seconds: how long one call may take, with connecting.
    """

    def __init__(self, api_base: str, token: str, *, timeout_seconds: float) -> None:
        address = urlsplit(api_base)
        self._host = address.hostname or ""
        self._port = address.port or (443 if address.scheme == "https" else 80)
        self._is_secure = address.scheme == "https"
        self._tls: ssl.SSLContext | None = None
        self._path = quote(f"{address.path}/bot{token}/", safe="/:")
        self._place = address.netloc.rpartition("@")[2].encode("idna").decode()
        self._timeout = timeout_seconds
        self._heads: dict[str, bytes] = {}
        self._resting: deque[_Connection] = deque()
        self._places = asyncio.Semaphore(MAX_CONNECTIONS)

    async def call(self, method: str, fields: Mapping[str, Any]) -> Any:
        """Make a call and give its result; fields that are None are left out.

        Raises:
            ChannelError: see the classes; nothing of the call is in it.
        """
        given = {name: value for name, value in fields.items() if value is not None}
        body = to_bytes(given)
        head = self._heads.get(method) or self._head(method)
        request = b"%b%d\r\n\r\n%b" % (head, len(body), body)
        try:
            async with self._places, asyncio.timeout(self._timeout):
                status, content = await self._ask(request)
        except TimeoutError:
            raise Unclear("timeout") from None
        except (OSError, httptools.HttpParserError) as error:
            raise Unclear(type(error).__name__) from None
        try:
            answer = from_bytes(content)
        except ValueError:
            answer = None
        if status == 200 and isinstance(answer, dict) and "result" in answer:
            return answer["result"]
        judged = refused(status, answer)
        if judged is not None:
            raise judged
        return None

    def _head(self, method: str) -> bytes:
        self._heads[method] = (
            f"POST {self._path}{method} HTTP/1.1\r\n"
            f"Host: {self._place}\r\n"
            "Content-Type: application/json\r\n"
            "Content-Length: "
        ).encode("ascii")
        return self._heads[method]

    async def _ask(self, request: bytes) -> tuple[int, bytes]:
        connection = self._rested() or await self._connect()
        try:
            answer = await connection.ask(request)
        except BaseException:
            connection.end()
            raise
        if connection.is_open:
            self._resting.append(connection)
        return answer

    def _rested(self) -> "_Connection | None":
        """Give the connection that rested least; those that rested too long are closed."""
        while self._resting:
            connection = self._resting.pop()
            if connection.is_open and connection.rest() < MAX_REST_SECONDS:
                return connection
            connection.end()
        return None

    async def _connect(self) -> "_Connection":
        if self._is_secure and self._tls is None:
            self._tls = ssl.create_default_context()
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        # Addresses race: on a network without IPv6 its addresses may never answer.
        reached = await start_connection(found, happy_eyeballs_delay=RACE_SECONDS, interleave=1)
        _, connection = await loop.create_connection(
            lambda: _Connection(loop),
            sock=reached,
            ssl=self._tls,
            server_hostname=self._host if self._tls else None,
        )
        return connection

    async def close(self) -> None:
        """Close every connection that rests."""
        while self._resting:
            self._resting.pop().end()


class _Connection(asyncio.Protocol):
    """One connection: a request goes out, its answer comes in."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self._size = 0
        self._ends_with_connection = False
        self._since = loop.time()

    @property
    def is_open(self) -> bool:
        """Another call may go over it."""
        return self._transport is not None and not self._transport.is_closing()

    def rest(self) -> float:
        """Give how many seconds passed since it was last used."""
        return self._loop.time() - self._since

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request and give status and body of the answer.

        Raises:
            OSError: the connection broke.
            HttpParserError: what came is no answer.
        """
        if self._transport is None:
            raise ConnectionResetError("closed before it was used")
        self._waiting = self._loop.create_future()
        self._transport.write(request)
        return await self._waiting

    def end(self) -> None:
        """Close it at once."""
        if self._transport is not None:
            self._transport.abort()

    # What the event loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready for a request."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Read on; what nobody asked for ends the connection."""
        if self._waiting is None:
            self.end()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits for an answer that none will come, or that this was the end of it."""
        self._transport = None
        if exc is None and self._ends_with_connection:
            self.on_message_complete()
        self._fail(exc or ConnectionResetError("closed without an answer"))

    def _fail(self, error: Exception) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(error)
        self.end()

    # What the parser tells

    def on_message_begin(self) -> None:
        """End a connection that goes on after its answer: whose would the next one be."""
        if self._waiting is None:
            self.end()

    def on_header(self, name: bytes, _: bytes) -> None:
        """Note whether the answer says where it ends."""
        if name.lower() in (b"content-length", b"transfer-encoding"):
            self._ends_with_connection = False

    def on_status(self, _: bytes) -> None:
        """Begin an answer."""
        self._ends_with_connection = True

    def on_body(self, part: bytes) -> None:
        """Keep a part of the body."""
        self._size += len(part)
        if self._size > MAX_ANSWER_BYTES:
            raise httptools.HttpParserError("the answer is too long")
        self._body.append(part)

    def on_message_complete(self) -> None:
        """Give the answer to whoever waits; one below 200 is only a sign of life."""
        status = self._parser.get_status_code()
        if status < 200:
            return
        body = b"".join(self._body)
        self._body.clear()
        self._size = 0
        self._since = self._loop.time()
        if not self._parser.should_keep_alive():
            self.end()
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result((status, body))


# --- what Telegram refuses -----------------------------------------------------------------------


class Unchangeable(Rejected):
    """The earlier message is gone or cannot be edited; the new one has to be sent."""


_NOT_MODIFIED = "message is not modified"
_GONE = ("chat not found", "user not found", "user is deactivated", "peer_id_invalid")
_UNCHANGEABLE = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "there is no text in the message",
    "there is no caption in the message",
)
#: What a description may quote of a message: anything in quotes, addresses, long numbers.
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\S+://\S+|\d{5,}")


def refusal(description: str) -> Blocked | Rejected | None:
    """Judge a 400 by its description; None for one that means success."""
    said = description.lower()
    if _NOT_MODIFIED in said:
        return None
    if any(sign in said for sign in _GONE):
        return Blocked("no such chat")
    reason = _QUOTED.sub("…", description.removeprefix("Bad Request: "))[:120]
    if any(sign in said for sign in _UNCHANGEABLE):
        return Unchangeable(reason)
    return Rejected(reason)


def refused(status: int, answer: object) -> ChannelError | None:
    """Judge an answer that is no result; None for an edit that changed nothing."""
    said = answer if isinstance(answer, dict) else {}
    description = str(said.get("description", ""))
    if status == 429:
        parameters = said.get("parameters")
        pause = parameters.get("retry_after") if isinstance(parameters, dict) else None
        if isinstance(pause, int | float):
            return TryLater(pause)
    if status == 403:
        return Blocked("forbidden")
    if status == 400:
        return refusal(description)
    if status == 413:
        return Rejected("the message is too large")
    return Unclear(f"status {status}")
