"""Telegram through aiogram: its types and its client; not its dispatcher, FSM or polling."""

import io
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, TypeVar

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    AiogramError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramRetryAfter,
)
from aiogram.types import (
    BotCommand,
    FSInputFile,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
    Update,
)

from bot.channels.ports import Rejected, StoredFile, TryLater, Unclear
from bot.channels.telegram import (
    ALLOWED_UPDATES,
    MAX_DOWNLOAD_BYTES,
    Markup,
    Part,
    TelegramDriver,
    incoming,
    refused,
)
from domain.messages import Incoming, Side

Result = TypeVar("Result")
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class AiogramDriver(TelegramDriver):
    """One bot through aiogram."""

    def __init__(
        self, side: Side, token: str, *, api_base: str, public_url: str, timeout_seconds: float
    ) -> None:
        super().__init__(side, public_url=public_url)
        session = AiohttpSession(api=TelegramAPIServer.from_base(api_base), timeout=timeout_seconds)
        self._bot = Bot(token, session=session)

    async def close(self) -> None:
        """Close every connection."""
        await self._bot.session.close()

    def parse(self, update: Mapping[str, Any]) -> Incoming | None:
        """Turn a raw update into what arrived.

        Raises:
            ValueError: it is no update of Telegram's.
        """
        return incoming(Update.model_validate(update), self.side)

    async def confirm(self, press: str) -> None:
        """Tell Telegram that a press arrived."""
        await self._call(self._bot.answer_callback_query(press))

    async def fetch(self, ref: str) -> bytes:
        """Download a file."""
        file = await self._call(self._bot.get_file(ref))
        if file is None or file.file_path is None or (file.file_size or 0) > MAX_DOWNLOAD_BYTES:
            raise Rejected("the file is gone or too large")
        target = io.BytesIO()
        await self._call(self._bot.download_file(file.file_path, target))
        return target.getvalue()

    async def send_text(self, chat: str, part: Part, *, secret: bool) -> int:
        """Send one text and give its message id."""
        sent = await self._call(
            self._bot.send_message(
                chat,
                part.html,
                parse_mode="HTML",
                link_preview_options=_NO_PREVIEW,
                protect_content=secret or None,
                reply_markup=_markup(part.markup),
            )
        )
        return sent.message_id if sent else 0

    async def edit_text(self, chat: str, message: int, part: Part) -> None:
        """Change one text."""
        await self._call(
            self._bot.edit_message_text(
                part.html,
                chat_id=chat,
                message_id=message,
                parse_mode="HTML",
                link_preview_options=_NO_PREVIEW,
                reply_markup=_inline(part.markup),
            )
        )

    async def send_photos(self, chat: str, files: Sequence[StoredFile]) -> None:
        """Send one photo, or an album of 2 to 10."""
        inputs = [FSInputFile(file.path, filename="photo.jpg") for file in files]
        if len(inputs) == 1:
            await self._call(self._bot.send_photo(chat, inputs[0]))
        else:
            media: list[Any] = [InputMediaPhoto(media=one) for one in inputs]
            await self._call(self._bot.send_media_group(chat, media))

    async def send_voice(self, chat: str, file: StoredFile) -> None:
        """Send a voice message."""
        await self._call(self._bot.send_voice(chat, FSInputFile(file.path, "voice.ogg")))

    async def send_document(self, chat: str, file: StoredFile) -> None:
        """Send a file as it is."""
        name = f"linli.{file.media_type.rpartition('/')[2]}"
        await self._call(self._bot.send_document(chat, FSInputFile(file.path, name)))

    async def set_commands(self, commands: Sequence[tuple[str, str]], language: str | None) -> None:
        """Set the command menu."""
        listed = [BotCommand(command=name, description=words) for name, words in commands]
        await self._call(self._bot.set_my_commands(listed, language_code=language))

    async def set_webhook(self, url: str, secret: str) -> None:
        """Let Telegram call."""
        await self._call(
            self._bot.set_webhook(url, secret_token=secret, allowed_updates=list(ALLOWED_UPDATES))
        )

    async def delete_webhook(self) -> None:
        """Let Telegram be asked."""
        await self._call(self._bot.delete_webhook())

    async def username(self) -> str:
        """Give the bot's name."""
        me = await self._call(self._bot.me())
        return (me.username or "") if me else ""

    @staticmethod
    async def _call(request: Awaitable[Result]) -> Result | None:
        """Make a call; None where Telegram says that nothing needed to change.

        Raises:
            ChannelError: in the project's words; nothing of the request is in it.
        """
        try:
            return await request
        except TelegramRetryAfter as error:
            raise TryLater(error.retry_after) from None
        except (TelegramForbiddenError, TelegramBadRequest, TelegramNotFound) as error:
            judged = refused(error.message)
            if judged is None:
                return None
            raise judged from None
        except (TelegramAPIError, AiogramError, TimeoutError, OSError) as error:
            raise Unclear(type(error).__name__) from None


def _inline(markup: Markup | None) -> InlineKeyboardMarkup | None:
    return InlineKeyboardMarkup.model_validate(markup) if markup else None


def _markup(markup: Markup | None) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | None:
    if markup is not None and "keyboard" in markup:
        return ReplyKeyboardMarkup.model_validate(markup)
    return _inline(markup)
