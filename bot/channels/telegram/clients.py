"""What a framework's client does for a bot: everything that is said to Telegram or asked of it.

The client's own session opens every connection. What a bot says all day goes over it as plain JSON,
which spares the typed calls' building and reading; files, profile and webhook are typed calls.

A framework takes a second or two to import, so a client is made when it is first needed.
"""

import asyncio
import gc
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, cast

import aiohttp
from yarl import URL

from bot.channels.ports import Receiver, Rejected, Unclear
from bot.channels.telegram.network import Network
from bot.channels.telegram.refusals import refused
from bot.channels.telegram.rendering import Part
from storage.json_values import from_bytes, to_bytes

Framework = Literal["aiogram", "python-telegram-bot"]

_CLIENTS = {
    "aiogram": ("bot.channels.telegram.aiogram_client", "AiogramClient"),
    "python-telegram-bot": ("bot.channels.telegram.ptb_client", "PtbClient"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A file that is ready to be sent."""

    content: bytes
    name: str
    """What a file is called where it is saved; of a picture or a voice it says nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """How a bot introduces itself before anybody wrote to it."""

    commands: tuple[tuple[str, str], ...]
    """Rows of (name, words)."""
    description: str
    short_description: str


#: Far above any answer; a hundred updates with long texts are a tenth of it.
MAX_ANSWER_BYTES = 8 * 1024 * 1024
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the Bot API answered, not judged yet."""

    status: int
    body: object
    """The JSON that came; None for anything else."""
    date: str | None = None
    """The server's clock, as HTTP writes it."""


class TelegramClient(ABC):
    """One bot's client.

    Every method raises `ChannelError`, see its classes; nothing of the call is in it.

    Args:
        api_base: where the Bot API is served, without a slash at its end.
        timeout_seconds: how long one call may take.
    """

    def __init__(
        self, token: str, *, api_base: str, network: Network, timeout_seconds: float
    ) -> None:
        self._base = f"{api_base}/bot{token}"
        self._file_base = f"{api_base}/file/bot{token}"
        self._timeout_seconds = timeout_seconds
        self._urls: dict[str, URL] = {}

    @abstractmethod
    async def session(self) -> aiohttp.ClientSession:
        """Give the session of the framework's client, which opens all its connections."""

    async def call(self, method: str, fields: Mapping[str, Any]) -> Any:
        """Make a call of plain values and give its result; fields that are None are left out."""
        given = {name: value for name, value in fields.items() if value is not None}
        answer = await self.ask(method, given)
        if answer.status == 200 and isinstance(answer.body, dict) and "result" in answer.body:
            return answer.body["result"]
        judged = refused(answer.status, answer.body)
        if judged is not None:
            raise judged
        return None

    async def ask(
        self, method: str, fields: Mapping[str, Any], *, timeout_seconds: float | None = None
    ) -> Answer:
        """Make a call of plain values and give whatever the Bot API answers.

        Raises:
            Unclear: nobody answered, or nothing that is an answer.
        """
        url = self._urls.get(method)
        if url is None:
            url = self._urls[method] = URL(f"{self._base}/{method}")
        session = await self.session()
        # The address holds the token, and errors quote it: only their names are passed on.
        try:
            async with (
                asyncio.timeout(timeout_seconds or self._timeout_seconds),
                session.post(
                    url, data=to_bytes(fields), headers=_JSON, allow_redirects=False, timeout=_NONE
                ) as response,
            ):
                content = await _bounded(response, MAX_ANSWER_BYTES)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Unclear(type(error).__name__) from None
        if content is None:
            raise Unclear("the answer is too long")
        try:
            body = from_bytes(content)
        except ValueError:
            body = None
        return Answer(status=response.status, body=body, date=response.headers.get("Date"))

    async def file_path(self, ref: str) -> str | None:
        """Ask where a file is: a path below the file base, or on the disk of a Bot API server of
        one's own; None for nowhere."""
        found = await self.call("getFile", {"file_id": ref})
        path = found.get("file_path") if isinstance(found, dict) else None
        return path if isinstance(path, str) and path else None

    async def download(self, path: str, most_bytes: int, into: Receiver) -> None:
        """Download a file by the path that `file_path` gave.

        Raises:
            Rejected: it is gone or too large.
            Unclear: nobody answered.
        """
        session = await self.session()
        try:
            async with (
                asyncio.timeout(self._timeout_seconds),
                session.get(
                    f"{self._file_base}/{path}", allow_redirects=False, timeout=_NONE
                ) as response,
            ):
                if response.status in (400, 404):
                    raise Rejected("the file is gone")
                if response.status != 200:
                    raise Unclear(f"status {response.status}")
                if not await _pass_on(response, most_bytes, into):
                    raise Rejected("the file is too large")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Unclear(type(error).__name__) from None

    @abstractmethod
    async def send_photo(
        self, chat: str, photo: Upload, caption: Part | None, *, secret: bool
    ) -> int:
        """Send one photo and give its message id."""

    @abstractmethod
    async def send_album(self, chat: str, photos: Sequence[Upload], *, secret: bool) -> list[int]:
        """Send 2 to 10 photos as one album and give their message ids."""

    @abstractmethod
    async def send_voice(self, chat: str, voice: Upload, *, secret: bool) -> int:
        """Send a voice message and give its id."""

    @abstractmethod
    async def send_document(self, chat: str, document: Upload, *, secret: bool) -> int:
        """Send a file as it is and give its message's id."""

    @abstractmethod
    async def set_profile(self, profile: Profile, language: str | None) -> None:
        """Introduce the bot to everybody, or to applications of one language."""

    @abstractmethod
    async def set_webhook(self, url: str, secret: str) -> None:
        """Let Telegram bring updates to an address; see `telegram_updates.webhook_handler`."""

    @abstractmethod
    async def close(self) -> None:
        """Close every connection."""


#: The whole call has one limit already.
_NONE = aiohttp.ClientTimeout(total=None)


class _Held:
    """Takes an answer, which is short."""

    def __init__(self) -> None:
        self.content = bytearray()

    async def add(self, data: bytes | bytearray) -> None:
        self.content += data


async def _bounded(response: aiohttp.ClientResponse, most_bytes: int) -> bytes | None:
    """Read a body; None for one that is too long, as soon as that shows."""
    held = _Held()
    return bytes(held.content) if await _pass_on(response, most_bytes, held) else None


async def _pass_on(response: aiohttp.ClientResponse, most_bytes: int, into: Receiver) -> bool:
    """Pass a body on while it comes; tell whether that was all of it."""
    if (response.content_length or 0) > most_bytes:
        return False
    taken = 0
    async for chunk in response.content.iter_any():
        taken += len(chunk)
        if taken > most_bytes:
            return False
        await into.add(chunk)
    return True


async def load(framework: Framework) -> type[TelegramClient]:
    """Import a framework and give its client, while the loop goes on."""
    return await asyncio.to_thread(_import, framework)


def _import(framework: Framework) -> type[TelegramClient]:
    module, name = _CLIENTS[framework]
    client = getattr(import_module(module), name)
    gc.freeze()  # as at the start: hundreds of classes need not be looked through again and again
    return cast(type[TelegramClient], client)
