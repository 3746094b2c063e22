"""How updates come in from Telegram: what they mean, and how they are fetched or received.

Updates travel as raw JSON and are kept by the intake before Telegram may forget them; the
frameworks' own polling confirms them earlier and loses what a killed process had not handled. Of
an update only the fields that say something to us are read, and each of these is checked: the
frameworks' types check all of them in five to twenty times the time, and take two seconds to load.
"""

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import structlog
from aiohttp import web

from bot.channels.ports import ChannelError
from domain.messages import Channel, FileKind, FileRef, Incoming, Side, Unfit
from domain.places.points import Point
from storage.json_values import from_bytes

if TYPE_CHECKING:
    from bot.channels.telegram.clients import TelegramClient

log = structlog.get_logger()

#: What is asked for. Edits are not: a step that was answered is answered, the read-back shows what
#: counts, and an edited message cannot be told from a late one; live locations would flood.
ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")
#: Source: Bot API, getFile: bots can download files of up to 20 MB.
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
#: Far above any update that Telegram sends.
MAX_WEBHOOK_BYTES = 1024 * 1024
#: Pictures that come as files are taken as photos.
PICTURE_TYPES = frozenset({"image/jpeg", "image/png", "image/webp"})
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # the header's name

Receive = Callable[[web.Request], Awaitable[web.Response]]

_COMMAND = re.compile(r"/([A-Za-z][A-Za-z0-9_]{0,31})(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
#: Source: Bot API, deep links: a payload has up to 64 characters.
_MAX_PAYLOAD = 64
#: Contents that say something, though nothing that a step takes; other messages are notes of the
#: application, such as a pinned message.
_VIDEOS = ("video", "video_note", "animation")
_OTHER = ("poll", "dice", "game", "story", "paid_media", "invoice", "checklist", "giveaway")
# --- what arrives --------------------------------------------------------------------------------
Fields = Mapping[str, Any]
Kind = TypeVar("Kind")


def incoming(update: Fields, side: Side, now: datetime) -> Incoming | None:
    """Turn an update into what arrived.

    Groups, channels, edits, bots and notes of the application say nothing to us, and what a later
    Bot API adds does not either.

    Raises:
        ValueError: a field that is read here is missing or is not what the Bot API says.
    """
    press = _maybe(update, "callback_query", dict)
    if press is not None:
        return _press(press, side, now)
    change = _maybe(update, "my_chat_member", dict)
    if change is not None:
        return _coming_or_going(change, side)
    message = _maybe(update, "message", dict)
    if message is None or not _is_private(message) or _is_nobody(message):
        return None
    return _said(message, side)


def _maybe(fields: Fields, name: str, kind: type[Kind]) -> Kind | None:
    """Read a field that may be missing; ``True`` is no number."""
    value = fields.get(name)
    if value is not None and type(value) is not kind:
        raise ValueError(f"{name} is a {type(value).__name__}")
    return value


def _must(fields: Fields, name: str, kind: type[Kind]) -> Kind:
    value = _maybe(fields, name, kind)
    if value is None:
        raise ValueError(f"{name} is missing")
    return value


def _is_private(message: Fields) -> bool:
    return _must(_must(message, "chat", dict), "type", str) == "private"


def _address(message: Fields) -> str:
    return str(_must(_must(message, "chat", dict), "id", int))


def _is_nobody(message: Fields) -> bool:
    user = _maybe(message, "from", dict)
    return user is None or _must(user, "is_bot", bool)


def _language(fields: Fields) -> str | None:
    return _maybe(_must(fields, "from", dict), "language_code", str)


def _moment(fields: Fields) -> datetime:
    date = _must(fields, "date", int)
    try:
        return datetime.fromtimestamp(date, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("a date that no calendar has") from error


def _press(press: Fields, side: Side, now: datetime) -> Incoming | None:
    user = _language(press)
    message, action = _maybe(press, "message", dict), _maybe(press, "data", str)
    if message is None or action is None or not _is_private(message):
        return None
    return Incoming(
        side=side,
        channel=Channel.TELEGRAM,
        address=_address(message),
        at=now,
        action=action,
        press=_must(press, "id", str),
        origin=str(_must(message, "message_id", int)),
        language=user,
    )


def _coming_or_going(change: Fields, side: Side) -> Incoming | None:
    status = _must(_must(change, "new_chat_member", dict), "status", str)
    if not _is_private(change) or status not in ("member", "kicked"):
        return None
    return Incoming(
        side=side,
        channel=Channel.TELEGRAM,
        address=_address(change),
        at=_moment(change),
        left=status == "kicked",
        language=_language(change),
    )


def _said(message: Fields, side: Side) -> Incoming | None:
    command, start, words = _words(message)
    files, unfit = _files(message)
    phone = _own_phone(message)
    if phone is None and message.get("contact") is not None:
        unfit = Unfit.FOREIGN_CONTACT
    place = _place(message)
    at = _moment(message)
    if not (words or command or start is not None or files or unfit or place or phone):
        return None
    return Incoming(
        side=side,
        channel=Channel.TELEGRAM,
        address=_address(message),
        at=at,
        text=words,
        command=command,
        start=start,
        files=files,
        album=_maybe(message, "media_group_id", str),
        place=place,
        phone=phone,
        unfit=unfit,
        said=str(_must(message, "message_id", int)),
        replies_to=_replied(message),
        language=_language(message),
    )


def _replied(message: Fields) -> str | None:
    """Give the message that this one was written under, in this chat; one of ours, or their own."""
    replied = _maybe(message, "reply_to_message", dict)
    return None if replied is None else str(_must(replied, "message_id", int))


def _words(message: Fields) -> tuple[str | None, str | None, str | None]:
    """Give (command, payload of /start, words); what follows another command are its words."""
    text = _maybe(message, "text", str)
    found = _COMMAND.fullmatch(text) if text and text.startswith("/") else None
    if found is None:
        return None, None, text or _maybe(message, "caption", str) or _venue(message)
    name, rest = found[1].lower(), (found[2] or "").strip()
    if name == "start":
        return None, rest[:_MAX_PAYLOAD], None
    return name, None, rest or None


def _venue(message: Fields) -> str | None:
    venue = _maybe(message, "venue", dict)
    if venue is None:
        return None
    title, address = _must(venue, "title", str), _must(venue, "address", str)
    return " ".join(part for part in (title, address) if part) or None


def _own_phone(message: Fields) -> str | None:
    """Give the phone number of a contact, if it is the person's own."""
    contact = _maybe(message, "contact", dict)
    if contact is None:
        return None
    number = _must(contact, "phone_number", str)
    own = _maybe(contact, "user_id", int) == _must(_must(message, "from", dict), "id", int)
    return "+" + number.lstrip("+") if own else None


def _place(message: Fields) -> Point | None:
    venue = _maybe(message, "venue", dict)
    shared = _must(venue, "location", dict) if venue else _maybe(message, "location", dict)
    if not shared:
        return None
    return Point(latitude=_degrees(shared, "latitude"), longitude=_degrees(shared, "longitude"))


def _degrees(location: Fields, name: str) -> float:
    value = location.get(name)
    if type(value) is int and abs(value) <= 180:  # a whole number comes without a point
        return float(value)
    return _must(location, name, float)


def _files(message: Fields) -> tuple[tuple[FileRef, ...], Unfit | None]:
    sizes = _maybe(message, "photo", list)
    if sizes:
        return _sized(FileKind.PHOTO, max(map(_an_object, sizes), key=_area))
    voice = _maybe(message, "voice", dict)
    if voice:
        return _sized(FileKind.VOICE, voice)
    if any(message.get(name) for name in _VIDEOS):
        return (), Unfit.VIDEO
    document = _maybe(message, "document", dict)
    if document:
        if _maybe(document, "mime_type", str) in PICTURE_TYPES:
            return _sized(FileKind.PHOTO, document)
        return (), Unfit.DOCUMENT
    if message.get("audio"):
        return (), Unfit.DOCUMENT
    if message.get("sticker"):
        return (), Unfit.STICKER
    if any(message.get(name) is not None for name in _OTHER):
        return (), Unfit.OTHER
    return (), None


def _an_object(value: object) -> Fields:
    if not isinstance(value, dict):
        raise ValueError(f"a size is a {type(value).__name__}")  # poison, like all
    return value


def _area(size: Fields) -> int:
    return _must(size, "width", int) * _must(size, "height", int)


def _sized(kind: FileKind, file: Fields) -> tuple[tuple[FileRef, ...], Unfit | None]:
    ref, size = _must(file, "file_id", str), _maybe(file, "file_size", int)
    if (size or 0) > MAX_DOWNLOAD_BYTES:
        return (), Unfit.TOO_LARGE
    return (FileRef(kind=kind, ref=ref, size_bytes=size),), None


# --- fetching ------------------------------------------------------------------------------------


class Stores(Protocol):
    """What takes updates in: `bot.traffic.intake.Intake`."""

    async def store(self, bot: str, updates: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Keep updates, rows of (update id, raw); returns after the commit."""


class Asking(Protocol):
    """Whose updates are asked for: `bot.channels.telegram.driver.TelegramDriver`."""

    bot: str

    async def client(self) -> "TelegramClient":
        """Give the framework's client, which asks."""


class Poller:
    """Asks Telegram for updates as raw JSON; the next question confirms them, after the commit.

    Args:
        poll_seconds: how long Telegram may hold a question that has no answer yet.
        limit: updates per question, 1 to 100.
        first_pause, longest_pause: seconds between tries while Telegram does not answer well.
    """

    def __init__(
        self,
        driver: Asking,
        intake: Stores,
        *,
        poll_seconds: int,
        limit: int,
        first_pause: float = 0.5,
        longest_pause: float = 30.0,
    ) -> None:
        self._bot = driver.bot
        self._driver = driver
        self._intake = intake
        self._poll_seconds = poll_seconds
        self._limit = limit
        self._first_pause = first_pause
        self._longest_pause = longest_pause
        self._offset: int | None = None

    async def run(self) -> None:
        """Poll until cancelled; every fault is logged, without content, and waited out."""
        client = await self._driver.client()
        failures = 0
        while True:
            least = await self._once(client)
            if least is None:
                failures = 0
                continue
            pause = min(self._first_pause * 2 ** min(failures, 16), self._longest_pause)
            failures += 1
            await asyncio.sleep(max(least, pause))

    async def _once(self, client: "TelegramClient") -> float | None:
        """Ask once; None for success, else how many seconds to wait at least."""
        asked: dict[str, Any] = {
            "timeout": self._poll_seconds,
            "limit": self._limit,
            "allowed_updates": list(ALLOWED_UPDATES),
        }
        if self._offset is not None:
            asked["offset"] = self._offset
        patience = self._poll_seconds + 15
        try:
            answer = await client.ask("getUpdates", asked, timeout_seconds=patience)
        except ChannelError as error:
            log.warning("poller.unanswered", bot=self._bot, error=str(error))
            return 0.0
        body = answer.body
        if answer.status == 200 and body is None:
            log.warning("poller.unanswered", bot=self._bot, error="no JSON")
            return 0.0
        if answer.status != 200 or not isinstance(body, dict) or not body.get("ok"):
            return await self._refused(client, answer.status, body)
        return await self._keep(body.get("result"))

    async def _keep(self, result: object) -> float | None:
        updates = [one for one in result if _is_update(one)] if isinstance(result, list) else None
        if updates is None or (result and not updates):
            log.error("poller.unreadable", bot=self._bot)
            return 0.0
        if not updates:
            return None
        try:
            await self._intake.store(self._bot, [(str(one["update_id"]), one) for one in updates])
        except Exception as error:  # whatever it was, nothing is confirmed and nothing is lost
            log.error("poller.not_stored", bot=self._bot, error=type(error).__name__)
            return 0.0
        self._offset = max(one["update_id"] for one in updates) + 1
        return None

    async def _refused(self, client: "TelegramClient", status: int, answer: object) -> float | None:
        body = answer if isinstance(answer, dict) else {}
        description = str(body.get("description", ""))
        if status == 409 and "webhook" in description:
            log.warning("poller.webhook_in_the_way", bot=self._bot)
            return await self._drop_webhook(client)
        if status == 409:
            log.warning("poller.another_one_polls", bot=self._bot)
        elif status in (401, 404):
            log.error("poller.token_refused", bot=self._bot, status=status)
            return self._longest_pause
        else:
            log.warning("poller.refused", bot=self._bot, status=status)
        return _retry_after(body)

    async def _drop_webhook(self, client: "TelegramClient") -> float:
        try:
            await client.ask("deleteWebhook", {})
        except ChannelError as error:
            log.warning("poller.unanswered", bot=self._bot, error=str(error))
        return 0.0


def _is_update(one: object) -> bool:
    return isinstance(one, dict) and type(one.get("update_id")) is int


def _retry_after(body: Mapping[str, Any]) -> float:
    parameters = body.get("parameters")
    pause = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(pause) if isinstance(pause, int | float) else 0.0


# --- receiving -----------------------------------------------------------------------------------


def webhook_path(side: Side) -> str:
    """Give the path at which Telegram calls for a bot."""
    return f"/telegram/{side}"


def webhook_handler(bot: str, secret: str, intake: Stores) -> Receive:
    """Make the handler to which Telegram brings one bot's updates.

    A request without the bot's secret gets 401 before its body is looked at, one that is too large
    413, one that is no update 400, and one that could not be kept 503, so that Telegram repeats
    it. 200 is said only after the commit.

    Raises:
        ValueError: the secret is empty, which would let everybody in.
    """
    if not secret:
        raise ValueError(f"the webhook of {bot} needs a secret")

    async def receive(request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), secret.encode()):
            return web.Response(status=401)
        body = await _bounded_body(request)
        if body is None:
            return web.Response(status=413)
        try:
            update = from_bytes(body)
        except ValueError:
            return web.Response(status=400)
        if not _is_update(update):
            return web.Response(status=400)
        try:
            await intake.store(bot, [(str(update["update_id"]), update)])
        except Exception as error:  # whatever it was, Telegram has to bring it again
            log.error("webhook.not_stored", bot=bot, error=type(error).__name__)
            return web.Response(status=503)
        return web.Response()

    return receive


async def _bounded_body(request: web.Request) -> bytes | None:
    """Read a body; None for one that is too large, as soon as that shows."""
    if (request.content_length or 0) > MAX_WEBHOOK_BYTES:
        return None
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_WEBHOOK_BYTES:
            return None
    return bytes(body)
