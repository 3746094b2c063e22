"""What the frameworks' typed clients do for a bot: files, its profile and its webhook.

A framework takes a second or two to import, so a client is made when it is first needed, and the
import runs beside what the bot says meanwhile.
"""

import asyncio
import gc
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Literal, cast

from bot.channels.telegram_looks import Part

Framework = Literal["aiogram", "python-telegram-bot"]

_CLIENTS = {
    "aiogram": ("bot.channels.aiogram_client", "AiogramClient"),
    "python-telegram-bot": ("bot.channels.ptb_client", "PtbClient"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A file that is ready to be sent."""

    content: bytes
    name: str
    """A name for Telegram's sake; says nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """How a bot introduces itself before anybody wrote to it."""

    commands: tuple[tuple[str, str], ...]
    """Rows of (name, words)."""
    description: str
    short_description: str


class TelegramClient(ABC):
    """One bot's client.

    Every method raises `ChannelError`, see its classes.

    Args:
        api_base: where the Bot API is served, without a slash at its end.
        timeout_seconds: how long one call may take.
    """

    @abstractmethod
    def __init__(self, token: str, *, api_base: str, timeout_seconds: float) -> None: ...

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
    async def file_path(self, ref: str) -> str | None:
        """Ask where a file can be downloaded, relative to the file base; None for nowhere."""

    @abstractmethod
    async def set_profile(self, profile: Profile, language: str | None) -> None:
        """Introduce the bot to everybody, or to applications of one language."""

    @abstractmethod
    async def set_webhook(self, url: str, secret: str) -> None:
        """Let Telegram bring updates to an address; see `telegram_updates.webhook_handler`."""

    @abstractmethod
    async def close(self) -> None:
        """Close every connection."""


async def load(framework: Framework) -> type[TelegramClient]:
    """Import a framework and give its client, while the loop goes on."""
    return await asyncio.to_thread(_import, framework)


def _import(framework: Framework) -> type[TelegramClient]:
    module, name = _CLIENTS[framework]
    client = getattr(import_module(module), name)
    gc.freeze()  # as at the start: hundreds of classes need not be looked through again and again
    return cast(type[TelegramClient], client)
