"""How updates come in from Telegram: what they mean, and how they are fetched or received.

Updates travel as raw JSON and are kept by the intake before Telegram may forget them; the
frameworks' own polling confirms them earlier and loses what a killed process had not handled.
"""

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import aiohttp
import structlog
from aiohttp import web

from bot.channels.ports import Driver
from domain.messages import Channel, FileKind, FileRef, Incoming, Side, Unfit
from domain.places import Point
from storage.json_values import from_bytes

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
_OTHER = ("poll", "dice", "game", "story", "paid_media", "invoice", "checklist", "giveaway")


# --- what arrives --------------------------------------------------------------------------------


def incoming(update: Any, side: Side, now: datetime) -> Incoming | None:
    """Turn an update that either framework has parsed (their names agree) into what arrived.

    Groups, channels, edits, bots and notes of the application say nothing to us.
    """
    if update.callback_query is not None:
        return _press(update.callback_query, side, now)
    if update.my_chat_member is not None:
        return _coming_or_going(update.my_chat_member, side)
    message = update.message
    if message is None or not _is_private(message.chat) or _is_nobody(message.from_user):
        return None
    return _said(message, side)


def _is_private(chat: Any) -> bool:
    return bool(chat.type == "private")


def _is_nobody(user: Any) -> bool:
    return user is None or bool(user.is_bot)


def _press(press: Any, side: Side, now: datetime) -> Incoming | None:
    message = press.message
    if message is None or press.data is None or not _is_private(message.chat):
        return None
    return Incoming(
        side=side,
        channel=Channel.TELEGRAM,
        address=str(message.chat.id),
        at=now,
        action=press.data,
        press=str(press.id),
        origin=str(message.message_id),
        language=press.from_user.language_code,
    )


def _coming_or_going(change: Any, side: Side) -> Incoming | None:
    status = change.new_chat_member.status
    if not _is_private(change.chat) or status not in ("member", "kicked"):
        return None
    return Incoming(
        side=side,
        channel=Channel.TELEGRAM,
        address=str(change.chat.id),
        at=change.date,
        left=bool(status == "kicked"),
        language=change.from_user.language_code,
    )


def _said(message: Any, side: Side) -> Incoming | None:
    command, start, words = _words(message)
    files, unfit = _files(message)
    contact = message.contact
    own = contact is not None and contact.user_id == message.from_user.id
    if contact is not None and not own:
        unfit = Unfit.FOREIGN_CONTACT
    place = _place(message)
    if not (words or command or start is not None or files or unfit or place or own):
        return None
    return Incoming(
        side=side,
        channel=Channel.TELEGRAM,
        address=str(message.chat.id),
        at=message.date,
        text=words,
        command=command,
        start=start,
        files=files,
        album=message.media_group_id,
        place=place,
        phone="+" + contact.phone_number.lstrip("+") if own else None,
        unfit=unfit,
        language=message.from_user.language_code,
    )


def _words(message: Any) -> tuple[str | None, str | None, str | None]:
    """Give (command, payload of /start, words); what follows another command are its words."""
    said = message.text or message.caption or None
    found = _COMMAND.fullmatch(message.text or "")
    if found is None:
        return None, None, said or _venue(message)
    name, rest = found[1].lower(), (found[2] or "").strip()
    if name == "start":
        return None, rest[:_MAX_PAYLOAD], None
    return name, None, rest or None


def _venue(message: Any) -> str | None:
    venue = message.venue
    if venue is None:
        return None
    return " ".join(part for part in (venue.title, venue.address) if part) or None


def _place(message: Any) -> Point | None:
    shared = message.venue.location if message.venue else message.location
    return Point(latitude=shared.latitude, longitude=shared.longitude) if shared else None


def _files(message: Any) -> tuple[tuple[FileRef, ...], Unfit | None]:
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return _sized(FileKind.PHOTO, largest)
    if message.voice:
        return _sized(FileKind.VOICE, message.voice)
    if message.video or message.video_note or message.animation:
        return (), Unfit.VIDEO
    if message.document:
        if message.document.mime_type in PICTURE_TYPES:
            return _sized(FileKind.PHOTO, message.document)
        return (), Unfit.DOCUMENT
    if message.audio:
        return (), Unfit.DOCUMENT
    if message.sticker:
        return (), Unfit.STICKER
    if any(getattr(message, name, None) is not None for name in _OTHER):
        return (), Unfit.OTHER
    return (), None


def _sized(kind: FileKind, file: Any) -> tuple[tuple[FileRef, ...], Unfit | None]:
    if (file.file_size or 0) > MAX_DOWNLOAD_BYTES:
        return (), Unfit.TOO_LARGE
    return (FileRef(kind=kind, ref=file.file_id, size_bytes=file.file_size),), None


# --- fetching ------------------------------------------------------------------------------------


class Stores(Protocol):
    """What takes updates in: `bot.intake.Intake`."""

    async def store(self, bot: str, updates: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Keep updates, rows of (update id, raw); returns after the commit."""


class Poller:
    """Asks Telegram for updates as raw JSON; the next question confirms them, after the commit.

    Args:
        poll_seconds: how long Telegram may hold a question that has no answer yet.
        limit: updates per question, 1 to 100.
        first_pause, longest_pause: seconds between tries while Telegram does not answer well.
    """

    def __init__(
        self,
        driver: Driver,
        token: str,
        intake: Stores,
        *,
        api_base: str,
        poll_seconds: int,
        limit: int,
        first_pause: float = 0.5,
        longest_pause: float = 30.0,
    ) -> None:
        self._bot = driver.bot
        self._url = f"{api_base.rstrip('/')}/bot{token}"
        self._intake = intake
        self._poll_seconds = poll_seconds
        self._limit = limit
        self._first_pause = first_pause
        self._longest_pause = longest_pause
        self._offset: int | None = None

    async def run(self) -> None:
        """Poll until cancelled; every fault is logged, without content, and waited out."""
        timeout = aiohttp.ClientTimeout(total=self._poll_seconds + 15, connect=15)
        failures = 0
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                least = await self._once(session)
                if least is None:
                    failures = 0
                    continue
                pause = min(self._first_pause * 2 ** min(failures, 16), self._longest_pause)
                failures += 1
                await asyncio.sleep(max(least, pause))

    async def _once(self, session: aiohttp.ClientSession) -> float | None:
        """Ask once; None for success, else how many seconds to wait at least."""
        asked: dict[str, Any] = {
            "timeout": self._poll_seconds,
            "limit": self._limit,
            "allowed_updates": list(ALLOWED_UPDATES),
        }
        if self._offset is not None:
            asked["offset"] = self._offset
        # The address holds the token, and errors quote it: only their names are logged.
        try:
            async with session.post(f"{self._url}/getUpdates", json=asked) as response:
                status = response.status
                answer = from_bytes(await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            log.warning("poller.unanswered", bot=self._bot, error=type(error).__name__)
            return 0.0
        if status != 200 or not isinstance(answer, dict) or not answer.get("ok"):
            return await self._refused(session, status, answer)
        return await self._keep(answer.get("result"))

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

    async def _refused(
        self, session: aiohttp.ClientSession, status: int, answer: object
    ) -> float | None:
        body = answer if isinstance(answer, dict) else {}
        description = str(body.get("description", ""))
        if status == 409 and "webhook" in description:
            log.warning("poller.webhook_in_the_way", bot=self._bot)
            return await self._drop_webhook(session)
        if status == 409:
            log.warning("poller.another_one_polls", bot=self._bot)
        elif status in (401, 404):
            log.error("poller.token_refused", bot=self._bot, status=status)
            return self._longest_pause
        else:
            log.warning("poller.refused", bot=self._bot, status=status)
        return _retry_after(body)

    async def _drop_webhook(self, session: aiohttp.ClientSession) -> float:
        try:
            async with session.post(f"{self._url}/deleteWebhook") as response:
                await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("poller.unanswered", bot=self._bot, error=type(error).__name__)
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
