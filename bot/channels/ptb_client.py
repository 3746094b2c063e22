"""python-telegram-bot's typed client for one bot; not its application."""

import logging
import os
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import TypeVar, cast

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
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.channels.ports import Blocked, Rejected, TryLater, Unclear
from bot.channels.telegram_calls import refusal
from bot.channels.telegram_clients import Profile, TelegramClient, Upload
from bot.channels.telegram_looks import Markup, Part
from bot.channels.telegram_updates import ALLOWED_UPDATES

Result = TypeVar("Result")
_HTML = "HTML"

# httpx logs addresses, which hold the token; the library logs answers, which hold people's words.
for _name, _level in (
    ("httpx", logging.WARNING),
    ("httpcore", logging.WARNING),
    ("telegram", logging.CRITICAL),
):
    logging.getLogger(_name).setLevel(_level)


class PtbClient(TelegramClient):
    """One bot's client, of python-telegram-bot."""

    def __init__(self, token: str, *, api_base: str, timeout_seconds: float) -> None:
        """See `TelegramClient` for the arguments."""
        self._file_base = f"{api_base}/file/bot{token}"
        self._request = HTTPXRequest(
            connection_pool_size=100,
            read_timeout=timeout_seconds,
            write_timeout=timeout_seconds,
            connect_timeout=timeout_seconds,
            pool_timeout=timeout_seconds,
            media_write_timeout=timeout_seconds,
            # As with aiogram, the way to Telegram is `api_base` and not the environment's proxy.
            httpx_kwargs={"trust_env": False},
        )
        self._bot = Bot(
            token,
            base_url=f"{api_base}/bot",
            base_file_url=f"{api_base}/file/bot",
            request=self._request,
            get_updates_request=self._request,
        )

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

    async def file_path(self, ref: str) -> str | None:
        """Ask where a file can be downloaded; the library gives the whole address."""
        path = (await _call(self._bot.get_file(ref))).file_path
        return path.removeprefix(f"{self._file_base}/") if path else None

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
