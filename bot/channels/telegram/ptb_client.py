"""python-telegram-bot's client for one bot; not its application."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from io import BytesIO
from typing import Any, TypeVar, cast

import aiohttp

# Asks the library for spans instead of numbers, whose use it warns of. Read at every use.
os.environ.setdefault("PTB_TIMEDELTA", "true")

from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaPhoto,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.channels.ports import Blocked, Rejected, TryLater, Unclear
from bot.channels.telegram.clients import Profile, TelegramClient, Upload
from bot.channels.telegram.network import Network, open_session
from bot.channels.telegram.refusals import refusal
from bot.channels.telegram.rendering import Markup, Part
from bot.channels.telegram.updates import ALLOWED_UPDATES

Result = TypeVar("Result")
_HTML = "HTML"

# The library logs answers, which hold people's words.
logging.getLogger("telegram").setLevel(logging.CRITICAL)


class Request(BaseRequest):
    """The library's request object on our way to Telegram: its proxy, its certificates.

    `telegram.request.BaseRequest` is how the library lets another HTTP client in. One for both
    frameworks means one proxy, one store of certificates and one set of limits; the library's own,
    of httpx, spent several times as long on a call.
    """

    def __init__(self, network: Network, timeout_seconds: float) -> None:
        self._network = network
        self._timeout_seconds = timeout_seconds
        self._opened: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        """How long an answer may take, in seconds."""
        return self._timeout_seconds

    async def initialize(self) -> None:
        """Open nothing: the session is opened at its first use."""

    async def shutdown(self) -> None:
        """Close every connection."""
        if self._opened is not None:
            await self._opened.close()

    async def session(self) -> aiohttp.ClientSession:
        """Give the one session; opened at its first use, and again after it was closed."""
        if self._opened is None or self._opened.closed:
            self._opened = open_session(self._network)
        return self._opened

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Make a call of the library's; each has the one limit of all calls.

        Raises:
            NetworkError: nobody answered; `TimedOut` where that took too long.
        """
        session = await self.session()
        try:
            async with (
                asyncio.timeout(self._timeout_seconds),
                session.request(
                    method, url, data=_form(request_data), allow_redirects=False
                ) as response,
            ):
                return response.status, await response.read()
        except TimeoutError:
            raise TimedOut from None
        except (aiohttp.ClientError, OSError) as error:
            raise NetworkError(type(error).__name__) from None


def _form(given: RequestData | None) -> aiohttp.FormData | None:
    if given is None:
        return None
    form = aiohttp.FormData(quote_fields=False)
    for name, value in given.json_parameters.items():
        form.add_field(name, value)
    if given.contains_files:
        for name, (filename, content, media_type) in (given.multipart_data or {}).items():
            # As a stream: a large body in one piece would hold up the loop, and aiohttp warns.
            stream = BytesIO(content) if isinstance(content, bytes) else content
            form.add_field(name, stream, filename=filename, content_type=media_type)
    return form


class PtbClient(TelegramClient):
    """One bot's client, of python-telegram-bot."""

    def __init__(
        self, token: str, *, api_base: str, network: Network, timeout_seconds: float
    ) -> None:
        """See `TelegramClient` for the arguments."""
        super().__init__(token, api_base=api_base, network=network, timeout_seconds=timeout_seconds)
        self._request = Request(network, timeout_seconds)
        self._bot = Bot(
            token,
            base_url=f"{api_base}/bot",
            base_file_url=f"{api_base}/file/bot",
            request=self._request,
            get_updates_request=self._request,
        )

    async def session(self) -> aiohttp.ClientSession:
        """Give that of the library's request object."""
        return await self._request.session()

    async def close(self) -> None:
        """Close every connection."""
        await self._request.shutdown()

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
        media = [InputMediaPhoto(_file(photo, attach=True)) for photo in photos]
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
        listed = [BotCommand(name, said) for name, said in profile.commands]
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
    except RetryAfter as error:
        raise TryLater(cast(timedelta, error.retry_after).total_seconds()) from None
    except Forbidden:
        raise Blocked("forbidden") from None
    except BadRequest as error:
        refused = refusal(error.message)
        if refused is None:
            return cast(Result, None)  # only edits can say so, and nobody uses their result
        raise refused from None
    except TelegramError as error:
        if "(413)" in error.message or "Entity Too Large" in error.message:
            raise Rejected("the file is too large") from None
        raise Unclear(type(error).__name__) from None
    except (TypeError, KeyError, AttributeError, ValueError, OSError) as error:
        # An answer that is no answer: the library reads it without looking.
        raise Unclear(type(error).__name__) from None


def _file(upload: Upload, *, attach: bool = False) -> InputFile:
    return InputFile(upload.content, filename=upload.name, attach=attach)


def _markup(
    markup: Markup | None,
) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | None:
    if markup is None:
        return None
    if "keyboard" in markup:
        return ReplyKeyboardMarkup.de_json(markup, None)
    if "remove_keyboard" in markup:
        return ReplyKeyboardRemove()
    return InlineKeyboardMarkup.de_json(markup, None)
