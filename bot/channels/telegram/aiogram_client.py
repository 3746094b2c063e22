"""aiogram's client for one bot; not its dispatcher, FSM or polling."""

from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar, cast

import aiohttp
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    AiogramError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramRetryAfter,
)
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from pydantic import ValidationError

from bot.channels.ports import Blocked, Rejected, TryLater, Unclear
from bot.channels.telegram.clients import Profile, TelegramClient, Upload
from bot.channels.telegram.network import Network, open_session
from bot.channels.telegram.refusals import refusal
from bot.channels.telegram.rendering import Markup, Part
from bot.channels.telegram.updates import ALLOWED_UPDATES

Result = TypeVar("Result")
_HTML = "HTML"


class Session(AiohttpSession):
    """aiogram's session on our way to Telegram: its proxy, its certificates, no cookies."""

    def __init__(self, network: Network, **settings: Any) -> None:
        super().__init__(**settings)
        self._network = network

    async def create_session(self) -> aiohttp.ClientSession:
        """Give the one session; opened at its first use, and again after it was closed."""
        if self._session is None or self._session.closed:
            self._session = open_session(self._network)
        return self._session

    async def close(self) -> None:
        """Close every connection, without aiogram's pause for older versions of aiohttp."""
        if self._session is not None:
            await self._session.close()


class AiogramClient(TelegramClient):
    """One bot's client, of aiogram."""

    def __init__(
        self, token: str, *, api_base: str, network: Network, timeout_seconds: float
    ) -> None:
        """See `TelegramClient` for the arguments."""
        super().__init__(token, api_base=api_base, network=network, timeout_seconds=timeout_seconds)
        server = TelegramAPIServer.from_base(api_base)
        self._session = Session(network, api=server, timeout=timeout_seconds)
        self._bot = Bot(token, session=self._session)

    async def session(self) -> aiohttp.ClientSession:
        """Give aiogram's own."""
        return await self._session.create_session()

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def send_photo(
        self, chat: str, photo: Upload, caption: Part | None, *, secret: bool
    ) -> int:
        """Send one photo and give its message id."""
        sent = await _call(
            self._bot.send_photo(
                chat,
                _file(photo),
                caption=caption.html if caption else None,
                parse_mode=_HTML if caption else None,
                protect_content=secret or None,
                reply_markup=_markup(caption.markup) if caption else None,
            )
        )
        return sent.message_id

    async def send_album(self, chat: str, photos: Sequence[Upload], *, secret: bool) -> list[int]:
        """Send 2 to 10 photos as one album and give their message ids."""
        media: list[Any] = [InputMediaPhoto(media=_file(photo)) for photo in photos]
        sent = await _call(self._bot.send_media_group(chat, media, protect_content=secret or None))
        return [message.message_id for message in sent]

    async def send_voice(self, chat: str, voice: Upload, *, secret: bool) -> int:
        """Send a voice message and give its id."""
        sent = await _call(self._bot.send_voice(chat, _file(voice), protect_content=secret or None))
        return sent.message_id

    async def send_document(self, chat: str, document: Upload, *, secret: bool) -> int:
        """Send a file as it is and give its message's id."""
        sent = await _call(
            self._bot.send_document(chat, _file(document), protect_content=secret or None)
        )
        return sent.message_id

    async def set_profile(self, profile: Profile, language: str | None) -> None:
        """Introduce the bot; descriptions are set only if they differ, as they are rationed."""
        bot = self._bot
        listed = [BotCommand(command=name, description=said) for name, said in profile.commands]
        await _call(bot.set_my_commands(listed, language_code=language))
        known = await _call(bot.get_my_description(language_code=language))
        if known.description != profile.description:
            await _call(bot.set_my_description(profile.description, language_code=language))
        short = await _call(bot.get_my_short_description(language_code=language))
        if short.short_description != profile.short_description:
            words = profile.short_description
            await _call(bot.set_my_short_description(words, language_code=language))

    async def set_webhook(self, url: str, secret: str) -> None:
        """Let Telegram bring updates to an address."""
        wanted = list(ALLOWED_UPDATES)
        await _call(self._bot.set_webhook(url, secret_token=secret, allowed_updates=wanted))


async def _call(request: Awaitable[Result]) -> Result:
    """Make a call.

    Raises:
        ChannelError: in the project's words; nothing of the request is in it.
    """
    try:
        return await request
    except TelegramRetryAfter as error:
        raise TryLater(error.retry_after) from None
    except TelegramForbiddenError:
        raise Blocked("forbidden") from None
    except TelegramBadRequest as error:
        refused = refusal(error.message)
        if refused is None:
            return cast(Result, None)  # only edits can say so, and nobody uses their result
        raise refused from None
    except TelegramEntityTooLarge:
        raise Rejected("the file is too large") from None
    except (TelegramAPIError, AiogramError, ValidationError, TimeoutError, OSError) as error:
        raise Unclear(type(error).__name__) from None


def _file(upload: Upload) -> BufferedInputFile:
    return BufferedInputFile(upload.content, upload.name)


def _markup(
    markup: Markup | None,
) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | None:
    if markup is None:
        return None
    if "keyboard" in markup:
        return ReplyKeyboardMarkup.model_validate(markup)
    if "remove_keyboard" in markup:
        return ReplyKeyboardRemove()
    return InlineKeyboardMarkup.model_validate(markup)
