"""The connections of everyday calls, of both frameworks' clients, against a server that says
whatever a test wants."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot.channels.ports import (
    MAX_PATIENCE_SECONDS,
    Blocked,
    ChannelError,
    Rejected,
    TryLater,
    Unclear,
)
from bot.channels.telegram.clients import MAX_ANSWER_BYTES, Framework, TelegramClient, load
from bot.channels.telegram.network import Network
from bot.channels.telegram.refusals import refused
from tests.bot.channels.conftest import FRAMEWORKS

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n{"ok":true,"result":true}'
Said = Callable[[int], bytes]


class Server:
    """Answers the nth call with what it was told, and counts connections."""

    def __init__(self, say: Said, *, ends: bool) -> None:
        self._say = say
        self._ends = ends
        self.connections = 0
        self.heard: list[bytes] = []
        self.base = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(head.lower().partition(b"content-length: ")[2].split()[0])
            self.heard.append(head + await reader.readexactly(length))
            writer.write(self._say(len(self.heard) - 1))
            await writer.drain()
            if self._ends:
                writer.close()
                await writer.wait_closed()
                return


#: Whose client a test asks; see `ask_both`.
STRAIGHT = Network()
_asked: ContextVar[Framework] = ContextVar("asked", default="aiogram")


@pytest.fixture(autouse=True, params=FRAMEWORKS)
def ask_both(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let each test ask the client of each framework."""
    token = _asked.set(request.param)
    yield
    _asked.reset(token)


async def new_client(base: str, seconds: float, network: Network = STRAIGHT) -> TelegramClient:
    make = await load(_asked.get())
    return make("1:a", api_base=base, network=network, timeout_seconds=seconds)


@asynccontextmanager
async def calling(
    say: Said,
    seconds: float = 5.0,
    *,
    tls: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
    ends: bool = False,
) -> AsyncIterator[tuple[TelegramClient, Server]]:
    server = Server(say, ends=ends)

    ended = asyncio.Semaphore(0)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await server.serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the other side has ended it
        finally:
            writer.transport.abort()
            ended.release()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    scheme = "https" if tls else "http"
    calls = await new_client(f"{scheme}://{host}:{port}", seconds)
    yield calls, server
    await calls.close()
    for _ in range(server.connections):
        await ended.acquire()
    listening.close()
    await listening.wait_closed()


async def test_calls_share_a_connection_and_leave_out_what_is_none() -> None:
    async with calling(lambda _: OK) as (calls, server):
        assert await calls.call("sendMessage", {"text": "您好", "reply_markup": None}) is True
        assert await calls.call("deleteMessage", {"chat_id": "7"}) is True

    assert server.connections == 1
    assert server.heard[0].startswith(b"POST /bot1:a/sendMessage HTTP/1.1\r\n")
    assert server.heard[0].endswith('{"text":"您好"}'.encode())


async def test_a_sign_of_life_is_not_taken_for_the_answer() -> None:
    async with calling(lambda _: b"HTTP/1.1 100 Continue\r\n\r\n" + OK) as (calls, _):
        assert await calls.call("getMe", {}) is True


async def test_a_late_answer_is_never_taken_for_that_of_another_call() -> None:
    async with calling(lambda n: b"" if n == 0 else OK, seconds=0.05) as (calls, server):
        with pytest.raises(Unclear):
            await calls.call("sendMessage", {})
        assert await calls.call("sendMessage", {}) is True

    assert server.connections == 2


async def test_what_nobody_asked_for_ends_the_connection() -> None:
    async with calling(lambda _: OK + OK) as (calls, server):
        assert await calls.call("sendMessage", {}) is True
        assert await calls.call("sendMessage", {}) is True

    assert server.connections == 2


@pytest.mark.parametrize(
    "said",
    [
        b"rubbish\r\n\r\n",
        OK[:-5] + b"nope}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>",
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (2 * MAX_ANSWER_BYTES)
        + b" " * (MAX_ANSWER_BYTES + 1),
    ],
)
async def test_what_is_no_answer_leaves_the_outcome_unknown(said: bytes) -> None:
    async with calling(lambda _: said) as (calls, _):
        with pytest.raises(Unclear):
            await calls.call("sendMessage", {})


async def test_a_server_that_closes_is_asked_again_over_a_new_connection() -> None:
    closing = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    async with calling(lambda _: closing) as (calls, server):
        assert await calls.call("sendMessage", {}) is True
        assert await calls.call("sendMessage", {}) is True

    assert server.connections == 2


async def test_an_answer_may_end_with_its_connection() -> None:
    """A gateway of the old sort gives no length; what it says was done all the same."""
    said = b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"ok":true,"result":true}'
    async with calling(lambda _: said, ends=True) as (calls, _):
        assert await calls.call("sendMessage", {}) is True


@pytest.mark.parametrize(
    "said",
    [
        b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"ok":tr',
        b"HTTP/1.1 200 OK\r\nContent-Le",
        OK[:-5],
    ],
)
async def test_half_an_answer_leaves_the_outcome_unknown(said: bytes) -> None:
    async with calling(lambda _: said, ends=True) as (calls, _):
        with pytest.raises(Unclear):
            await calls.call("sendMessage", {})


async def test_an_address_that_never_answers_holds_nothing_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a network without IPv6 the first address that is found may lead nowhere."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as silent:
        address = silent.getsockname()
        crowd = [socket.socket() for _ in range(4)]
        for one in crowd:  # a full queue answers nobody any more
            one.setblocking(False)
            one.connect_ex(address)
        await reaches_the_next(address, monkeypatch)
        for one in crowd:
            one.close()


async def reaches_the_next(silent: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    async with calling(lambda _: OK, 2.0, host="telegram.example") as (calls, _):
        loop = asyncio.get_running_loop()
        nowhere = socket.getaddrinfo(*silent, type=socket.SOCK_STREAM)
        port = int(calls._base.rpartition(":")[0].rpartition(":")[2].partition("/")[0])
        here = socket.getaddrinfo("127.0.0.1", port, type=socket.SOCK_STREAM)

        async def found(*_: object, **__: object) -> list[object]:
            return [*nowhere, *here]

        monkeypatch.setattr(loop, "getaddrinfo", found)
        assert await calls.call("sendMessage", {}) is True


async def test_where_nobody_listens_the_outcome_is_unknown_and_the_token_unsaid() -> None:
    calls = await new_client("http://127.0.0.1:9", 5)

    with pytest.raises(Unclear) as error:
        await calls.call("sendMessage", {})
    await calls.close()

    assert "1:a" not in str(error.value)


def certificate(folder: Path, host: str) -> Path:
    """Write a certificate that vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / f"{host}.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


def serving_as(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


async def test_calls_share_a_secure_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = certificate(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))

    async with calling(lambda _: OK, tls=serving_as(path), host="localhost") as (calls, server):
        assert await calls.call("sendMessage", {"text": "您好"}) is True
        assert await calls.call("sendMessage", {"text": "再见"}) is True

    assert server.connections == 1


@pytest.mark.parametrize(("trusted", "named"), [(False, "localhost"), (True, "elsewhere")])
async def test_nothing_is_said_to_a_server_that_cannot_show_who_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, trusted: bool, named: str
) -> None:
    path = certificate(tmp_path, named)
    monkeypatch.setenv("SSL_CERT_FILE", str(path) if trusted else "/dev/null")

    async with calling(lambda _: OK, tls=serving_as(path), host="localhost") as (calls, server):
        with pytest.raises(Unclear, match="Certificate"):
            await calls.call("sendMessage", {"text": "您好"})

    assert server.heard == []


@pytest.mark.parametrize(
    ("status", "answer", "judged"),
    [
        (429, {"parameters": {"retry_after": 7}}, TryLater),
        (429, {}, Unclear),
        (429, {"parameters": {"retry_after": 10**30}}, TryLater),
        (403, {"description": "Forbidden: bot was blocked by the user"}, Blocked),
        (400, {"description": "Bad Request: chat not found"}, Blocked),
        (400, {"description": "Bad Request: message text is empty"}, Rejected),
        (413, None, Rejected),
        (500, None, Unclear),
        (200, [], Unclear),
    ],
)
def test_a_refusal_is_said_in_the_projects_words(
    status: int, answer: object, judged: type[ChannelError]
) -> None:
    assert type(refused(status, answer)) is judged


@pytest.mark.parametrize("asked", [10**30, -1.0, float("nan")])
def test_nobody_is_waited_for_longer_than_a_day(asked: float) -> None:
    assert TryLater(asked).seconds == MAX_PATIENCE_SECONDS
    assert TryLater(7).seconds == 7
