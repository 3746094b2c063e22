"""The Telegram driver: showing a message, changing it later, setting up a bot.

A question for a place or a phone number needs a reply keyboard, and Telegram lets a message carry
one keyboard only. The question therefore keeps its buttons (skip, back, cancel), which act at once
and can be edited, and a short line below brings the one native button. Pressing it folds the
keyboard away; whatever the person does instead, the next answer takes the line away and the
keyboard with it (Telegram's applications drop a keyboard whose message is deleted). A plain answer
says so again, in case this process did not send the line.

A message may take several calls. What was sent of it is remembered under the outbox row's number,
so that the next try goes on where a 429 or an unknown outcome stopped it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal

import structlog

from bot.channels.file_names import extension
from bot.channels.ports import (
    Blocked,
    ChannelError,
    Delivery,
    Receiver,
    Redacted,
    Rejected,
    StoredFile,
    Unclear,
)
from bot.channels.telegram.clients import Framework, Profile, TelegramClient, Upload, load
from bot.channels.telegram.command_lists import COMMANDS, CommandLists, described
from bot.channels.telegram.network import Network
from bot.channels.telegram.references import Reference, mark_of
from bot.channels.telegram.refusals import Unchangeable
from bot.channels.telegram.rendering import MAX_CAPTION, Markup, Part, asking_keyboard, render
from bot.channels.telegram.updates import MAX_DOWNLOAD_BYTES, incoming
from bot.words.wording import Wording, wording_for
from domain.errors import StorageError
from domain.messages import Channel, FileKind, Incoming, Lane, Message, Side, text
from domain.people import Language

log = structlog.get_logger()

Redact = Callable[[Message, int], Redacted]

#: Source: Bot API, sendMediaGroup: 2-10 items.
MAX_ALBUM = 10
#: Source: Bot API, sending files: photos up to 10 MB, other files up to 50 MB.
MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_UPLOAD_BYTES = 50 * 1024 * 1024
#: Source: Bot API, sendVoice: OGG with OPUS, MP3 or M4A; other sounds go as files.
VOICE_TYPES = frozenset({"audio/ogg", "audio/mpeg", "audio/mp4", "audio/x-m4a"})
#: How many unfinished messages and shown keyboards are remembered.
_REMEMBERED = 10_000
_REMOVED: Markup = {"remove_keyboard": True}
_NO_PREVIEW = {"is_disabled": True}
_HTML = "HTML"
_STRAIGHT = Network()


# --- the driver ----------------------------------------------------------------------------------


class _Steps:
    """What was sent of one message so far: message ids by step."""

    def __init__(self) -> None:
        self._done: dict[str, list[int]] = {}

    async def once(self, step: str, call: Callable[[], Awaitable[list[int]]]) -> list[int]:
        if step not in self._done:
            self._done[step] = await call()
        return self._done[step]


class TelegramDriver:
    """One bot.

    Args:
        framework: whose client says, asks, sends and fetches everything.
        api_base: where the Bot API is served, without a slash at its end.
        network: the way there.
        files_dir: where a Bot API server on this machine keeps its files; None for Telegram's own.
        public_url: what begins the links that Linli gives without a host.
        timeout_seconds: how long one call may take.
        personal_data: "minimal" demands `redact`.
        redact: takes out of each message, which it is given with the number of its outbox row, what
            must not travel over Telegram.
        now: the clock, for what Telegram does not date (presses, and today's name).

    Raises:
        ValueError: personal data shall be minimal, and nothing says what that means.
    """

    def __init__(
        self,
        side: Side,
        token: str,
        *,
        framework: Framework,
        api_base: str,
        public_url: str,
        timeout_seconds: float,
        network: Network = _STRAIGHT,
        files_dir: Path | None = None,
        personal_data: Literal["full", "minimal"] = "full",
        redact: Redact | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if personal_data == "minimal" and redact is None:
            raise ValueError("minimal personal data needs a rule for what to take out")
        self.side = side
        self.bot = f"{Channel.TELEGRAM}.{side}"
        self.now = now
        self._public_url = public_url
        self._redact = redact if personal_data == "minimal" else None
        self._network = network
        self._files_dir = files_dir
        self._framework: Framework = framework
        self._token = token
        self._api_base = api_base
        self._timeout_seconds = timeout_seconds
        self._making: asyncio.Task[TelegramClient] | None = None
        self._made: TelegramClient | None = None
        self._unfinished: OrderedDict[int, _Steps] = OrderedDict()
        self._keyboards: OrderedDict[str, int] = OrderedDict()
        self._commands = CommandLists(self._call)

    async def client(self) -> TelegramClient:
        """Give the framework's client; made, and the framework imported, at its first use."""
        if self._made is not None:
            return self._made
        if self._making is None:
            self._making = asyncio.create_task(self._make_client())
        return await asyncio.shield(self._making)

    async def _make_client(self) -> TelegramClient:
        make = await load(self._framework)
        self._made = make(
            self._token,
            api_base=self._api_base,
            network=self._network,
            timeout_seconds=self._timeout_seconds,
        )
        return self._made

    async def _call(self, method: str, fields: Mapping[str, Any]) -> Any:
        return await (self._made or await self.client()).call(method, fields)

    def parse(self, update: Mapping[str, Any]) -> Incoming | None:
        """See `ports.Driver.parse`."""
        return incoming(update, self.side, self.now())

    # What is said all day

    async def confirm(self, press: str) -> None:
        """See `ports.Driver.confirm`."""
        await self._call("answerCallbackQuery", {"callback_query_id": press})

    async def send_text(self, chat: str, part: Part, *, secret: bool) -> int:
        """Send one text and give its message id."""
        sent = await self._call(
            "sendMessage",
            {
                "chat_id": chat,
                "text": part.html,
                "parse_mode": _HTML,
                "link_preview_options": _NO_PREVIEW,
                "protect_content": secret or None,
                "reply_markup": part.markup,
            },
        )
        try:
            return int(sent["message_id"])
        except (TypeError, LookupError, ValueError) as error:
            raise Unclear(type(error).__name__) from None

    async def edit_text(self, chat: str, message: int, part: Part) -> None:
        """Change one text; raises `Unchangeable` where that cannot be."""
        await self._call(
            "editMessageText",
            {
                "chat_id": chat,
                "message_id": message,
                "text": part.html,
                "parse_mode": _HTML,
                "link_preview_options": _NO_PREVIEW,
                "reply_markup": _inline(part.markup),
            },
        )

    async def edit_caption(self, chat: str, message: int, part: Part) -> None:
        """Change the caption of a photo; raises `Unchangeable` where that cannot be."""
        await self._call(
            "editMessageCaption",
            {
                "chat_id": chat,
                "message_id": message,
                "caption": part.html,
                "parse_mode": _HTML,
                "reply_markup": _inline(part.markup),
            },
        )

    async def delete(self, chat: str, message: int) -> None:
        """Take a message away."""
        await self._call("deleteMessage", {"chat_id": chat, "message_id": message})

    async def close(self) -> None:
        """Close every connection."""
        if self._making is not None:
            await (await self._making).close()

    # What is said once, and files

    async def set_up(self) -> None:
        """Set the command menus and descriptions: Chinese for everybody, English where spoken.

        Raises:
            ChannelError: Telegram did not take them; the bot works all the same.
        """
        client = await self.client()
        for language, code in ((Language.CHINESE, None), (Language.ENGLISH, "en")):
            await client.set_profile(self._profile(wording_for(language)), code)

    def _profile(self, words: Wording) -> Profile:
        return Profile(
            commands=tuple(described(COMMANDS[self.side], words)),
            description=words.text(text(self._description)),
            short_description=words.text(text(f"channels.short_description_{self.side}")),
        )

    @property
    def _description(self) -> str:
        """Name what the bot says of itself; with minimal data it asks nobody to write."""
        told = "channels" if self._redact is None or self.side is Side.STAFF else "minimal"
        return f"{told}.description_{self.side}"

    async def fetch(self, ref: str, into: Receiver) -> None:
        """Download a file by its id, at most 20 MB.

        Raises:
            ChannelError: see the classes; `Rejected` when it is gone or too large.
        """
        client = await self.client()
        path = await client.file_path(ref)
        if path is None:
            raise Rejected("the file is gone")
        if not path.startswith("/"):
            await client.download(path, MAX_DOWNLOAD_BYTES, into)
            return
        with await asyncio.to_thread(self._on_disk, path) as opened:
            taken = 0
            while piece := await asyncio.to_thread(_piece, opened):
                taken += len(piece)
                if taken > MAX_DOWNLOAD_BYTES:
                    raise Rejected("the file is too large")
                await into.add(piece)

    def _on_disk(self, path: str) -> BinaryIO:
        """Open what a Bot API server on this machine has fetched; nothing outside its folder.

        Raises:
            Rejected: there is no such file here.
        """
        if self._files_dir is None:
            log.error("telegram.files_dir_missing", bot=self.bot)
            raise Rejected("the file lies with the Bot API server")
        try:
            file = Path(path).resolve(strict=True)
            if not file.is_relative_to(self._files_dir.resolve(strict=True)) or not file.is_file():
                raise Rejected("the file lies elsewhere")
            return file.open("rb")
        except OSError as error:
            raise _unreadable(error) from None

    def keeps(self, message: Message) -> bool:
        """Keep what was held back: the web page shows the whole of it."""
        return self._redact is not None and not self._redact(message, 0).whole

    def includes(self, reference: str, message: str) -> bool:
        """See `ports.Driver.includes`."""
        sent = Reference.parse(reference)
        return sent is not None and message in map(str, sent.messages)

    def _redacted(self, delivery: Delivery) -> Delivery:
        """Take out what must not travel over Telegram; all of it may unless told otherwise."""
        if self._redact is None:
            return delivery
        message = self._redact(delivery.message, delivery.id).message
        files = tuple(file for file in delivery.files if file.id in message.attachments)
        return replace(delivery, message=message, files=files)

    async def send(self, delivery: Delivery) -> str | None:
        """Show a message: texts, pictures and voices, and the keyboard that it asks for.

        Raises:
            ChannelError: see the classes. After `TryLater` and `Unclear` the next try of the same
                delivery goes on where this one stopped.
        """
        steps = self._unfinished.setdefault(delivery.id, _Steps())
        if len(self._unfinished) > _REMEMBERED:
            self._unfinished.popitem(last=False)
        try:
            reference = await self._show(delivery, steps)
        except (Blocked, Rejected):
            self._unfinished.pop(delivery.id, None)
            raise
        self._unfinished.pop(delivery.id, None)
        return str(reference) or None

    async def _show(self, delivery: Delivery, steps: _Steps) -> Reference:
        wording = wording_for(delivery.language)
        delivery = self._redacted(delivery)
        message = delivery.message
        parts = render(
            message,
            wording,
            public_url=self._public_url,
            elder=delivery.elder,
            now=self.now(),
        )
        sending = _Sending(self, delivery, steps, secret=message.secret)
        asking = asking_keyboard(message.awaiting, wording)
        if asking is None:
            parts = _without_keyboard(parts, message)
        old = Reference.parse(delivery.replaces)
        reference = await sending.show(parts, old, renews=message.renews)
        await self._ask(delivery, steps, asking)
        await self._take_back(delivery)
        await self._commands.show(delivery, wording)
        return reference

    async def _ask(self, delivery: Delivery, steps: _Steps, asking: Part | None) -> None:
        """Bring the native keyboard where it is asked for, and take an older one away."""
        chat = delivery.address
        older = self._keyboards.get(chat)
        if asking is not None:

            async def ask() -> list[int]:
                await delivery.pace(1)
                return [await self.send_text(chat, asking, secret=False)]

            (self._keyboards[chat],) = await steps.once("asking", ask)
            if len(self._keyboards) > _REMEMBERED:
                self._keyboards.popitem(last=False)
        elif delivery.lane is Lane.REPLY:
            self._keyboards.pop(chat, None)
        if older is not None and self._keyboards.get(chat) != older:
            with suppress(ChannelError):  # a line too many harms nobody
                await self.delete(chat, older)

    def in_place_of(self, file: StoredFile, language: Language) -> Part:
        """Say where a file can be seen that Telegram does not take at all."""
        said = text(f"channels.not_shown_{file.kind}", address=self._public_url)
        (part,) = render(
            Message(blocks=(said,)),
            wording_for(language),
            public_url=self._public_url,
            elder=False,
            now=self.now(),
        )
        return part

    async def _take_back(self, delivery: Delivery) -> None:
        """Delete what the person said, where the bot may: for two days, in a private chat."""
        for said in delivery.message.takes_back:
            with suppress(ChannelError):
                await self.delete(delivery.address, int(said))


_PIECE_BYTES = 65_536


def _piece(opened: BinaryIO) -> bytes:
    try:
        return opened.read(_PIECE_BYTES)
    except OSError as error:
        raise _unreadable(error) from None


def _unreadable(error: OSError) -> Rejected:
    log.error("telegram.file_unreadable", error=type(error).__name__)
    return Rejected("the file is gone")


def _without_keyboard(parts: list[Part], message: Message) -> list[Part]:
    """Let a plain answer take a reply keyboard away; what may be edited later cannot."""
    if not parts or parts[-1].markup is not None or message.slot is not None:
        return parts
    *before, last = parts
    return [*before, Part(last.html, last.units, _REMOVED)]


class _Sending:
    """One message on its way: sent anew, or put in the place of an earlier one."""

    def __init__(
        self, driver: TelegramDriver, delivery: Delivery, steps: _Steps, *, secret: bool
    ) -> None:
        self._driver = driver
        self._chat = delivery.address
        self._files = delivery.files
        self._pace = delivery.pace
        self._language = delivery.language
        self._unshown = delivery.unshown
        self._steps = steps
        self._secret = secret

    async def show(
        self, parts: Sequence[Part], old: Reference | None, *, renews: bool
    ) -> Reference:
        if old is None:
            return await self._send(parts)
        if not renews:  # an edit rings nowhere: news is sent, and what it renews goes
            with suppress(Unchangeable):
                return await self._change(old, parts)
        new = await self._send(parts)
        await self._remove(set(old.messages) - set(new.messages))
        return new

    # Anew

    async def _send(self, parts: Sequence[Part]) -> Reference:
        if _is_captioned(parts, self._files):
            (file,) = self._files
            with suppress(Rejected):  # then the words go alone, and the picture as it can
                sent = await self._album_or_less([file], parts[0])
                if sent:
                    return Reference(caption=sent[0])
        texts = [await self._text(index, part) for index, part in enumerate(parts)]
        return Reference(tuple(texts), None, tuple(await self._media(self._files)))

    async def _text(self, index: int, part: Part) -> int:
        async def send() -> list[int]:
            await self._pace(1)
            return [await self._driver.send_text(self._chat, part, secret=self._secret)]

        (message,) = await self._steps.once(f"text {index}", send)
        return message

    async def _media(self, files: Sequence[StoredFile]) -> list[tuple[int, str]]:
        photos = [file for file in files if file.kind is FileKind.PHOTO]
        sent: list[tuple[int, str]] = []
        for start in range(0, len(photos), MAX_ALBUM):
            sent += await self._photos(photos[start : start + MAX_ALBUM])
        for file in files:
            if file.kind is not FileKind.PHOTO:
                voice = file.kind is FileKind.VOICE and file.media_type in VOICE_TYPES
                sent += await self._single(file, as_voice=voice)
        return sent

    async def _photos(self, files: Sequence[StoredFile]) -> list[tuple[int, str]]:
        """Send photos together; those too large for a photo follow as files."""
        small = [file for file in files if _size(file) <= MAX_PHOTO_BYTES]
        sent: list[tuple[int, str]] = []
        if small:
            try:
                sent += await self._album_or_less(small, None)
            except Rejected as error:
                # One picture that Telegram does not take must not take the others with it.
                log.warning("telegram.pictures_refused", reason=str(error), count=len(small))
                for file in small:
                    sent += await self._picture(file)
        for file in files:
            if file not in small:
                sent += await self._single(file, as_voice=False)
        return sent

    async def _album_or_less(
        self, files: Sequence[StoredFile], caption: Part | None
    ) -> list[tuple[int, str]]:
        marks = [mark_of(file) for file in files]
        ids = await self._steps.once(
            "photos " + " ".join(marks), lambda: self._album(files, caption)
        )
        return list(zip(ids, marks, strict=False))

    async def _picture(self, file: StoredFile) -> list[tuple[int, str]]:
        """Send one picture as a photo, else as a file, else say where it can be seen."""
        try:
            return await self._album_or_less([file], None)
        except Rejected:
            return await self._single(file, as_voice=False)

    async def _album(self, files: Sequence[StoredFile], caption: Part | None) -> list[int]:
        uploads = [one for file in files if (one := await _load(file)) is not None]
        client = await self._driver.client()
        if uploads:
            await self._pace(len(uploads))
        if len(uploads) > 1:
            return await client.send_album(self._chat, uploads, secret=self._secret)
        return [
            await client.send_photo(self._chat, one, caption, secret=self._secret)
            for one in uploads
        ]

    async def _single(self, file: StoredFile, *, as_voice: bool) -> list[tuple[int, str]]:
        async def send() -> list[int]:
            upload = await _load(file)
            if upload is None:
                return []
            client = await self._driver.client()
            if as_voice:
                await self._pace(1)
                with suppress(Rejected):  # some sounds are no voice to Telegram, but files
                    return [await client.send_voice(self._chat, upload, secret=self._secret)]
            await self._pace(1)
            try:
                return [await client.send_document(self._chat, upload, secret=self._secret)]
            except Rejected as error:
                log.error("telegram.file_refused", reason=str(error), kind=file.kind.value)
            await self._pace(1)
            self._unshown()
            words = self._driver.in_place_of(file, self._language)
            return [await self._driver.send_text(self._chat, words, secret=self._secret)]

        sent = await self._steps.once(f"file {mark_of(file)}", send)
        return [(one, mark_of(file)) for one in sent]

    # In the place of an earlier one

    async def _change(self, old: Reference, parts: Sequence[Part]) -> Reference:
        """Edit what is there, send what is new, take away what is no more.

        Raises:
            Unchangeable: it has another shape, or Telegram cannot edit it.
        """
        marks = {mark_of(file) for file in self._files}
        if old.caption is not None:
            if len(parts) != 1 or parts[0].units > MAX_CAPTION or old.caption[1] not in marks:
                raise Unchangeable("the message has another shape now")
            await self._pace(1)
            await self._driver.edit_caption(self._chat, old.caption[0], parts[0])
            texts = []
        else:
            texts = await self._change_texts(old.texts, parts)
        kept = tuple(pair for pair in old.media if pair[1] in marks)
        new = await self._media([file for file in self._files if mark_of(file) not in old.marks])
        gone = {*old.texts, *(one for one, _ in old.media)} - {*texts, *(one for one, _ in kept)}
        await self._remove(gone)
        return Reference(tuple(texts), old.caption, (*kept, *new))

    async def _change_texts(self, old: Sequence[int], parts: Sequence[Part]) -> list[int]:
        if not old or not parts:
            raise Unchangeable("the message has another shape now")
        texts = list(old[: len(parts)])
        for message, part in zip(texts, parts, strict=False):
            await self._pace(1)
            await self._driver.edit_text(self._chat, message, part)
        for index in range(len(old), len(parts)):
            texts.append(await self._text(index, parts[index]))
        return texts

    async def _remove(self, messages: set[int]) -> None:
        for message in sorted(messages):
            with suppress(Rejected):  # older than two days, or taken away by the person
                await self._driver.delete(self._chat, message)


def _is_captioned(parts: Sequence[Part], files: Sequence[StoredFile]) -> bool:
    return (
        len(parts) == 1
        and parts[0].units <= MAX_CAPTION
        and [file.kind for file in files] == [FileKind.PHOTO]
        and _size(files[0]) <= MAX_PHOTO_BYTES
    )


def _size(file: StoredFile) -> int:
    """Give a file's size in bytes; 0 where it is gone, which `_load` says again."""
    try:
        return file.content.size()
    except OSError:
        return 0


async def _load(file: StoredFile) -> Upload | None:
    """Read a file; None, with a line in the log, for one that is gone or too large to be sent."""
    try:
        content = await asyncio.to_thread(file.content.read)
    except (OSError, StorageError) as error:
        log.error("telegram.file_unreadable", error=type(error).__name__)
        return None
    if not 0 < len(content) <= MAX_UPLOAD_BYTES:
        log.error("telegram.file_not_sendable", size_bytes=len(content))
        return None
    return Upload(content=content, name=file.name or f"{file.kind}.{extension(file.media_type)}")


def _inline(markup: Markup | None) -> Markup | None:
    """Leave out a reply keyboard, which an edit cannot bring."""
    return markup if markup is not None and "inline_keyboard" in markup else None
