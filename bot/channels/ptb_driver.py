"""Telegram through python-telegram-bot: its types and its client; not its application."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, TypeVar

from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
    Update,
)
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.channels.ports import Blocked, Rejected, StoredFile, TryLater, Unclear
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


class PtbDriver(TelegramDriver):
    """One bot through python-telegram-bot."""

    def __init__(
        self, side: Side, token: str, *, api_base: str, public_url: str, timeout_seconds: float
    ) -> None:
        super().__init__(side, public_url=public_url)
        request = HTTPXRequest(
            connection_pool_size=64,
            read_timeout=timeout_seconds,
            write_timeout=timeout_seconds,
            connect_timeout=timeout_seconds,
            pool_timeout=timeout_seconds,
        )
        self._bot = Bot(
            token,
            base_url=f"{api_base}/bot",
            base_file_url=f"{api_base}/file/bot",
            request=request,
        )
        self._request = request

    async def close(self) -> None:
        """Close every connection."""
        await self._request.shutdown()

    def parse(self, update: Mapping[str, Any]) -> Incoming | None:
        """Turn a raw update into what arrived.

        Raises:
            ValueError: it is no update of Telegram's.
        """
        try:
            parsed = Update.de_json(dict(update), self._bot)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError("no update of Telegram's") from error
        return incoming(parsed, self.side)

    async def confirm(self, press: str) -> None:
        """Tell Telegram that a press arrived."""
        await self._call(self._bot.answer_callback_query(press))

    async def fetch(self, ref: str) -> bytes:
        """Download a file."""
        file = await self._call(self._bot.get_file(ref))
        if file is None or (file.file_size or 0) > MAX_DOWNLOAD_BYTES:
            raise Rejected("the file is gone or too large")
        data = await self._call(file.download_as_bytearray())
        return bytes(data or b"")

    async def send_text(self, chat: str, part: Part, *, secret: bool) -> int:
        """Send one text and give its message id."""
        sent = await self._call(
            self._bot.send_message(
                chat,
                part.html,
                parse_mode="HTML",
                link_preview_options=_NO_PREVIEW,
                protect_content=secret or None,
                reply_markup=_markup(part.markup, self._bot),
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
                reply_markup=_inline(part.markup, self._bot),
            )
        )

    async def send_photos(self, chat: str, files: Sequence[StoredFile]) -> None:
        """Send one photo, or an album of 2 to 10."""
        if len(files) == 1:
            await self._call(self._bot.send_photo(chat, files[0].path.read_bytes()))
        else:
            media = [InputMediaPhoto(file.path.read_bytes()) for file in files]
            await self._call(self._bot.send_media_group(chat, media))

    async def send_voice(self, chat: str, file: StoredFile) -> None:
        """Send a voice message."""
        await self._call(self._bot.send_voice(chat, file.path.read_bytes()))

    async def send_document(self, chat: str, file: StoredFile) -> None:
        """Send a file as it is."""
        name = f"linli.{file.media_type.rpartition('/')[2]}"
        await self._call(self._bot.send_document(chat, file.path.read_bytes(), filename=name))

    async def set_commands(self, commands: Sequence[tuple[str, str]], language: str | None) -> None:
        """Set the command menu."""
        listed = [BotCommand(name, words) for name, words in commands]
        await self._call(self._bot.set_my_commands(listed, language_code=language))

    async def set_webhook(self, url: str, secret: str) -> None:
        """Let Telegram call."""
        await self._call(
            self._bot.set_webhook(url, secret_token=secret, allowed_updates=ALLOWED_UPDATES)
        )

    async def delete_webhook(self) -> None:
        """Let Telegram be asked."""
        await self._call(self._bot.delete_webhook())

    async def username(self) -> str:
        """Give the bot's name."""
        me = await self._call(self._bot.get_me())
        return (me.username or "") if me else ""

    @staticmethod
    async def _call(request: Awaitable[Result]) -> Result | None:
        """Make a call; None where Telegram says that nothing needed to change.

        Raises:
            ChannelError: in the project's words; nothing of the request is in it.
        """
        try:
            return await request
        except RetryAfter as error:
            pause = error.retry_after
            seconds = pause.total_seconds() if hasattr(pause, "total_seconds") else float(pause)
            raise TryLater(seconds) from None
        except Forbidden:
            raise Blocked("blocked") from None
        except BadRequest as error:
            judged = refused(error.message)
            if judged is None:
                return None
            raise judged from None
        except InvalidToken:
            raise Unclear("the token is refused") from None
        except (TelegramError, OSError) as error:
            raise Unclear(type(error).__name__) from None


def _inline(markup: Markup | None, bot: Bot) -> InlineKeyboardMarkup | None:
    return InlineKeyboardMarkup.de_json(markup, bot) if markup else None


def _markup(markup: Markup | None, bot: Bot) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | None:
    if markup is not None and "keyboard" in markup:
        return ReplyKeyboardMarkup(markup["keyboard"], resize_keyboard=True, one_time_keyboard=True)
    return _inline(markup, bot)
