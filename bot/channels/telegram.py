"""What both Telegram drivers share: how a message looks there, how updates come in.

A question for a place or a phone number needs a reply keyboard, and Telegram lets a message carry
one keyboard only. The question keeps its inline buttons (skip, back, cancel); a short second
message brings the native button below it, which folds away when it is used.
"""

import asyncio
import hmac
import html
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Protocol

import aiohttp
import structlog
from aiohttp import web

from bot.channels.ports import Blocked, Delivery, Rejected, StoredFile
from bot.wording import Wording, wording_for
from domain.errors import InternalError
from domain.messages import (
    Awaiting,
    Card,
    Channel,
    Choice,
    FileKind,
    FileRef,
    Incoming,
    Message,
    Side,
    Text,
    Tone,
    Unfit,
    text,
)
from domain.people import Language
from domain.places import Point

log = structlog.get_logger()

#: Source: Bot API, sendMessage: 1-4096 characters after entities parsing, in UTF-16 units. A
#: little room is left for signs that are added.
MAX_TEXT = 4000
MAX_ALBUM = 10
#: Source: Bot API, getFile: bots can download files of up to 20 MB.
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
MAX_WEBHOOK_BYTES = 1024 * 1024
#: Telegram cuts long labels on phones; longer ones help nobody.
MAX_LABEL = 60
ALLOWED_UPDATES = ("message", "callback_query")
PICTURE_TYPES = frozenset({"image/jpeg", "image/png", "image/webp"})
#: Commands per side; their words are ``channels.command_NAME``.
COMMANDS: Mapping[Side, tuple[str, ...]] = {
    Side.RESIDENTS: ("menu", "opinion", "service", "dispute", "my", "language", "help", "cancel"),
    Side.STAFF: ("todo", "menu", "help", "language", "cancel"),
}

_SIGNS = {Tone.URGENT: "❗️", Tone.OVERDUE: "⏰", Tone.DONE: "✅", Tone.PLAIN: ""}

Markup = dict[str, Any]


# --- how a message looks -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """One Telegram message: HTML, and the keyboard under it."""

    html: str
    markup: Markup | None = None


@dataclass(frozen=True, slots=True)
class _Piece:
    """A line before it is put together: what people read, and its HTML."""

    plain: str
    html: str


def units(words: str) -> int:
    """Count a text as Telegram does, in UTF-16 code units."""
    return len(words.encode("utf-16-le")) // 2


def render(message: Message, wording: Wording, *, public_url: str, elder: bool) -> list[Part]:
    """Turn the words of a message into Telegram messages; the last one bears the buttons."""
    pieces: list[_Piece] = []
    for block in message.blocks:
        if pieces:
            pieces.append(_Piece("", ""))
        pieces += _card(block, wording) if isinstance(block, Card) else _text(block, wording)
    for choice in _flat(message):
        if choice.phone is not None:
            label = wording.text(choice.label)
            line = label if choice.phone in label else f"{label} {choice.phone}"
            pieces.append(_Piece(line, html.escape(line)))
    texts = _cut(pieces)
    if not texts:
        return []
    keyboard = _inline(message, wording, public_url, elder)
    return [*(Part(one) for one in texts[:-1]), Part(texts[-1], keyboard)]


def _flat(message: Message) -> Iterable[Choice]:
    return (choice for row in message.choices for choice in row)


def _text(block: Text, wording: Wording) -> list[_Piece]:
    return [_Piece(line, html.escape(line)) for line in wording.text(block).split("\n")]


def _card(card: Card, wording: Wording) -> list[_Piece]:
    title = f"{_SIGNS[card.tone]} {wording.text(card.title)}".strip()
    pieces = [_Piece(title, f"<b>{html.escape(title)}</b>")]
    for line in card.lines:
        pieces += [_Piece(one, html.escape(one)) for one in wording.line(line).split("\n")]
    return pieces


def _cut(pieces: Sequence[_Piece]) -> list[str]:
    """Put lines together into texts that Telegram takes; only a giant line is cut within."""
    texts: list[str] = []
    lines: list[str] = []
    length = 0
    for piece in chain.from_iterable(map(_short, pieces)):
        size = units(piece.plain) + 1
        if lines and length + size > MAX_TEXT:
            texts.append("\n".join(lines))
            lines, length = [], 0
        lines.append(piece.html)
        length += size
    texts.append("\n".join(lines))
    return [one for one in texts if one.strip()]


def _short(piece: _Piece) -> Iterable[_Piece]:
    if units(piece.plain) < MAX_TEXT:
        yield piece
        return
    # Half the limit in characters is safe however many of them take two units.
    for start in range(0, len(piece.plain), MAX_TEXT // 2):
        words = piece.plain[start : start + MAX_TEXT // 2]
        yield _Piece(words, html.escape(words))


def _inline(message: Message, wording: Wording, public_url: str, elder: bool) -> Markup | None:
    rows: list[list[dict[str, str]]] = []
    for row in message.choices:
        buttons = [
            button for choice in row if (button := _button(choice, wording, public_url)) is not None
        ]
        rows += [[button] for button in buttons] if elder else [buttons]
    rows = [row for row in rows if row]
    return {"inline_keyboard": rows} if rows else None


def _button(choice: Choice, wording: Wording, public_url: str) -> dict[str, str] | None:
    label = wording.text(choice.label)
    if len(label) > MAX_LABEL:
        label = label[: MAX_LABEL - 1] + "…"
    if choice.action is not None:
        return {"text": label, "callback_data": choice.action}
    if choice.link is not None:
        link = public_url + choice.link if choice.link.startswith("/") else choice.link
        # Telegram refuses buttons to other schemes, and to hosts that only this machine knows.
        if link.startswith(("https://", "http://")) and "://127." not in link:
            return {"text": label, "url": link}
    return None


def native_keyboard(awaiting: Awaiting | None, wording: Wording) -> Part | None:
    """Make the message that brings the button for one's own place or phone number."""
    match awaiting:
        case Awaiting.PLACE:
            key, request = "channels.share_place", "request_location"
        case Awaiting.CONTACT:
            key, request = "channels.share_phone", "request_contact"
        case _:
            return None
    button = {"text": wording.text(text(key)), request: True}
    markup = {"keyboard": [[button]], "resize_keyboard": True, "one_time_keyboard": True}
    return Part(html.escape(wording.text(text(f"{key}_hint"))), markup)


# --- what arrives --------------------------------------------------------------------------------


def incoming(update: Any, side: Side) -> Incoming | None:
    """Turn a parsed update of either framework, whose names agree here, into what arrived.

    Groups, edits and channel posts say nothing to us.
    """
    press = update.callback_query
    if press is not None:
        return _press(press, side)
    message = update.message
    if message is None or message.from_user is None or str(message.chat.type) != "private":
        return None
    said = message.text or message.caption
    files = _files(message)
    command, start = _command(message.text)
    shared = message.location or (message.venue.location if message.venue else None)
    place = Point(latitude=shared.latitude, longitude=shared.longitude) if shared else None
    own = message.contact is not None and message.contact.user_id == message.from_user.id
    return Incoming(
        side=side,
        channel=Channel.TELEGRAM,
        address=str(message.chat.id),
        at=message.date,
        text=None if command or start is not None else said,
        command=command,
        start=start,
        files=files,
        album=message.media_group_id,
        place=place,
        phone=message.contact.phone_number if own else None,
        unfit=None if files or said or place or own else _unfit(message),
        language=message.from_user.language_code,
    )


def _press(press: Any, side: Side) -> Incoming | None:
    message = press.message
    if message is not None and str(message.chat.type) != "private":
        return None
    origin = str(message.message_id) if message is not None else None
    return Incoming(
        side=side,
        channel=Channel.TELEGRAM,
        address=str(press.from_user.id),
        at=datetime.now(UTC),
        action=press.data or "",
        press=str(press.id),
        origin=origin,
        language=press.from_user.language_code,
    )


def _command(said: str | None) -> tuple[str | None, str | None]:
    """Split a command into (name, None) or, for ``/start``, (None, payload)."""
    if not said or not said.startswith("/"):
        return None, None
    name, _, rest = said[1:].partition(" ")
    name = name.split("@")[0].strip().lower()
    if name == "start":
        return None, rest.strip()[:64]
    return (name, None) if name.isidentifier() and name.isascii() else (None, None)


def _files(message: Any) -> tuple[FileRef, ...]:
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return _sized(FileKind.PHOTO, largest)
    if message.voice:
        return _sized(FileKind.VOICE, message.voice)
    document = message.document
    if document is not None and document.mime_type in PICTURE_TYPES:
        return _sized(FileKind.PHOTO, document)
    return ()


def _sized(kind: FileKind, file: Any) -> tuple[FileRef, ...]:
    if (file.file_size or 0) > MAX_DOWNLOAD_BYTES:
        return ()
    return (FileRef(kind=kind, ref=file.file_id, size_bytes=file.file_size),)


def _unfit(message: Any) -> Unfit:
    if message.photo or message.voice:
        return Unfit.TOO_LARGE
    if message.document is not None:
        too_large = (message.document.file_size or 0) > MAX_DOWNLOAD_BYTES
        return Unfit.TOO_LARGE if too_large else Unfit.DOCUMENT
    if message.video or message.video_note or message.animation:
        return Unfit.VIDEO
    if message.sticker:
        return Unfit.STICKER
    return Unfit.FOREIGN_CONTACT if message.contact else Unfit.OTHER


# --- the driver ----------------------------------------------------------------------------------


class TelegramDriver(ABC):
    """One bot; what a framework does for it stands in the two subclasses."""

    def __init__(self, side: Side, *, public_url: str) -> None:
        self.side = side
        self.bot = f"{Channel.TELEGRAM}.{side}"
        self._public_url = public_url

    @abstractmethod
    async def close(self) -> None:
        """Close every connection."""

    @abstractmethod
    def parse(self, update: Mapping[str, Any]) -> Incoming | None:
        """See `ports.Driver.parse`."""

    @abstractmethod
    async def fetch(self, ref: str) -> bytes:
        """See `ports.Driver.fetch`."""

    @abstractmethod
    async def confirm(self, press: str) -> None:
        """See `ports.Driver.confirm`."""

    @abstractmethod
    async def send_text(self, chat: str, part: Part, *, secret: bool) -> int:
        """Send one text and give its message id."""

    @abstractmethod
    async def edit_text(self, chat: str, message: int, part: Part) -> None:
        """Change one text."""

    @abstractmethod
    async def send_photos(self, chat: str, files: Sequence[StoredFile]) -> None:
        """Send one photo, or an album of 2 to 10."""

    @abstractmethod
    async def send_voice(self, chat: str, file: StoredFile) -> None:
        """Send a voice message."""

    @abstractmethod
    async def send_document(self, chat: str, file: StoredFile) -> None:
        """Send a file as it is."""

    @abstractmethod
    async def set_commands(self, commands: Sequence[tuple[str, str]], language: str | None) -> None:
        """Set the command menu, for everybody or for clients of one language."""

    @abstractmethod
    async def set_webhook(self, url: str, secret: str) -> None:
        """Let Telegram call, instead of being asked."""

    @abstractmethod
    async def delete_webhook(self) -> None:
        """Let Telegram be asked."""

    @abstractmethod
    async def username(self) -> str:
        """Give the bot's name for ``t.me`` links; also shows that the token is good."""

    async def set_up(self) -> None:
        """Set the command menus: Chinese for everybody, English for English clients."""
        for language, code in ((Language.CHINESE, None), (Language.ENGLISH, "en")):
            words = wording_for(language)
            commands = [
                (name, words.text(text(f"channels.command_{name}"))) for name in COMMANDS[self.side]
            ]
            await self.set_commands(commands, code)

    async def send(self, delivery: Delivery) -> str | None:
        """Show a message; its texts first, then its pictures and voices."""
        wording = wording_for(delivery.language)
        message = delivery.message
        parts = render(message, wording, public_url=self._public_url, elder=delivery.elder)
        ref = None
        if parts and not await self._edited(delivery, parts):
            for part in parts:
                sent = await self.send_text(delivery.address, part, secret=message.secret)
                ref = str(sent)
            keyboard = native_keyboard(message.awaiting, wording)
            if keyboard is not None:
                await self.send_text(delivery.address, keyboard, secret=False)
        elif parts:
            ref = delivery.replaces
        await self._send_files(delivery.address, delivery.files)
        return ref

    async def _edited(self, delivery: Delivery, parts: Sequence[Part]) -> bool:
        """Change the earlier message of the slot, if there is one that can be changed."""
        if delivery.replaces is None or len(parts) != 1 or not delivery.replaces.isdecimal():
            return False
        try:
            await self.edit_text(delivery.address, int(delivery.replaces), parts[0])
        except Rejected:
            return False
        return True

    async def _send_files(self, chat: str, files: Sequence[StoredFile]) -> None:
        photos = [file for file in files if file.kind is FileKind.PHOTO]
        for start in range(0, len(photos), MAX_ALBUM):
            await self.send_photos(chat, photos[start : start + MAX_ALBUM])
        for file in files:
            if file.kind is FileKind.VOICE:
                await self.send_voice(chat, file)
            elif file.kind is not FileKind.PHOTO:
                await self.send_document(chat, file)


def refused(description: str) -> Blocked | Rejected | None:
    """Judge a 400 or 403 by its description; None for one that means success."""
    said = description.lower()
    if "message is not modified" in said:
        return None
    gone = ("chat not found", "user is deactivated", "blocked by the user", "can't initiate")
    if any(sign in said for sign in gone):
        return Blocked("blocked")
    return Rejected(description.removeprefix("Bad Request: ")[:120])


# --- updates -------------------------------------------------------------------------------------


class Stores(Protocol):
    """What takes updates in: `bot.intake.Intake`."""

    async def store(self, bot: str, updates: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Keep updates; returns after the commit."""


class Poller:
    """Asks Telegram for updates as raw JSON; the next question confirms them, after the commit."""

    def __init__(
        self,
        driver: TelegramDriver,
        token: str,
        intake: Stores,
        *,
        api_base: str,
        poll_seconds: int,
        limit: int,
    ) -> None:
        self._driver = driver
        self._url = f"{api_base}/bot{token}/getUpdates"
        self._intake = intake
        self._poll_seconds = poll_seconds
        self._limit = limit
        self._offset = 0

    async def run(self) -> None:
        """Poll until cancelled."""
        timeout = aiohttp.ClientTimeout(total=self._poll_seconds + 15)
        failures = 0
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                pause = await self._once(session)
                if pause is None:
                    failures = 0
                    continue
                failures += 1
                await asyncio.sleep(max(pause, min(0.5 * 2**failures, 30.0)))

    async def _once(self, session: aiohttp.ClientSession) -> float | None:
        """Ask once; None for success, else how many seconds to wait at least."""
        asked = {
            "offset": self._offset,
            "timeout": self._poll_seconds,
            "limit": self._limit,
            "allowed_updates": list(ALLOWED_UPDATES),
        }
        try:
            async with session.post(self._url, json=asked) as response:
                answer = await response.json(content_type=None)
                status = response.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.warning("poller.failed", bot=self._driver.bot, error=type(error).__name__)
            return 0.5
        if not isinstance(answer, dict) or not answer.get("ok"):
            return self._refused(status, answer)
        updates = answer["result"]
        if not updates:
            return None
        try:
            await self._intake.store(
                self._driver.bot, [(str(one["update_id"]), one) for one in updates]
            )
        except InternalError as error:
            log.error("poller.not_stored", bot=self._driver.bot, error=type(error).__name__)
            return 1.0
        self._offset = updates[-1]["update_id"] + 1
        return None

    def _refused(self, status: int, answer: object) -> float:
        parameters = answer.get("parameters", {}) if isinstance(answer, dict) else {}
        log.warning("poller.refused", bot=self._driver.bot, status=status)
        return float(parameters.get("retry_after", 1.0))


def webhook_path(side: Side) -> str:
    """Give the path at which Telegram calls for a bot."""
    return f"/telegram/{side}"


def webhook_handler(bot: str, secret: str, intake: Stores) -> Any:
    """Make the aiohttp handler that takes updates in; 200 is said only after the commit."""

    async def receive(request: web.Request) -> web.Response:
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            return web.Response(status=401)
        if (request.content_length or 0) > MAX_WEBHOOK_BYTES:
            return web.Response(status=413)
        try:
            update = await request.json()
            key = str(int(update["update_id"]))
        except (ValueError, KeyError, TypeError):
            return web.Response(status=400)
        try:
            await intake.store(bot, [(key, update)])
        except InternalError:
            return web.Response(status=503)
        return web.Response()

    return receive
