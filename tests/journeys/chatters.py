"""People who talk to a running Linli, all in the same small language, whatever they talk through.

A chatter says, presses and sends; `sees` waits for words, each message read at most once. Every
action takes a few seconds of the house's time, as it does with real hands.
"""

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from aiohttp import (
    ClientConnectionError,
    ClientSession,
    ClientWebSocketResponse,
    FormData,
    WSMsgType,
)

from bot.channels.web.close_codes import NO_SESSION, REVOKED
from domain.messages import Side
from tests import sounds
from tests.bot_api.files import make_photo
from tests.bot_api.people import PrivateConversation
from tests.patience import PATIENCE

if TYPE_CHECKING:
    from tests.journeys.house import House

NUMBER = re.compile(r"20\d\d-\d{5}")
#: A recording as Telegram and browsers make it, as far as its content tells.
VOICE = sounds.ogg()
VIDEO = sounds.mp4(b"vide", b"isom")
_GONE = {NO_SESSION, REVOKED}


class Chatter:
    """Somebody who talks to Linli."""

    def __init__(self, house: "House", name: str) -> None:
        self.house = house
        self.name = name
        self._photos = 0
        house.chatters.append(self)

    # --- what they do ------------------------------------------------------------------------

    async def say(self, words: str) -> None:
        """Type a message."""
        raise NotImplementedError

    async def start(self, payload: str = "") -> None:
        """Come by a link."""
        raise NotImplementedError

    async def command(self, name: str) -> None:
        """Ask for something by its command."""
        raise NotImplementedError

    async def photos(self, count: int = 1, words: str = "") -> list[bytes]:
        """Send pictures in one go, and give them."""
        raise NotImplementedError

    async def voice(self) -> None:
        """Send a voice."""
        raise NotImplementedError

    async def place(self, latitude: float, longitude: float) -> None:
        """Share a location."""
        raise NotImplementedError

    async def video(self, words: str = "") -> None:
        """Send a video where a photo is wanted."""
        raise NotImplementedError

    async def huge_photo(self) -> None:
        """Send a picture of 25 MB."""
        raise NotImplementedError

    async def press(self, label: str) -> None:
        """Press the newest button that bears the label, or a part of it, once it is there."""
        async with self._patience(f"no button {label!r}"):
            while (found := self._find(label)) is None:
                await self._news()
        self.house.pass_seconds()
        self._last_press = found
        await found()

    async def press_again(self) -> None:
        """Press the button that was pressed last once more, whether or not it is still there."""
        await self._last_press()

    # --- what they see -----------------------------------------------------------------------

    async def sees(self, *parts: str) -> str:
        """Wait for messages that contain the parts, in order, and give the last one's text."""
        shown = ""
        for part in parts:
            async with self._patience(f"{part!r} did not come"):
                while (found := self._read(lambda one, part=part: part in one)) is None:
                    await self._news()
            shown = found
        return shown

    async def is_offered(self, label: str) -> None:
        """Wait for a button that bears the label, or a part of it, under the newest message.

        A long card comes in several messages, and its buttons stand under the last.
        """
        async with self._patience(f"no button {label!r}"):
            while not any(label in one for one in self.buttons):
                await self._news()

    async def number(self) -> str:
        """Wait for a case number and give it."""
        async with self._patience("no case number came"):
            while (found := self._read(lambda one: NUMBER.search(one) is not None)) is None:
                await self._news()
        match = NUMBER.search(found)
        assert match is not None
        return match.group()

    async def sees_file(self) -> bytes:
        """Wait for the next picture or voice and give its content."""
        raise NotImplementedError

    @property
    def unheard(self) -> bool:
        """Whether something that was said is not confirmed yet."""
        return False

    @property
    def count(self) -> int:
        """How much was shown so far; unchanged means that nothing came."""
        raise NotImplementedError

    @property
    def last(self) -> str:
        """The text of the newest message."""
        raise NotImplementedError

    @property
    def buttons(self) -> list[str]:
        """The labels of the buttons under the newest message."""
        raise NotImplementedError

    @property
    def dials(self) -> list[str]:
        """The phone numbers that the newest messages offer, by button or in words."""
        raise NotImplementedError

    @property
    def transcript(self) -> str:
        """Everything so far, for a failure's message."""
        raise NotImplementedError

    # --- how -----------------------------------------------------------------------------------

    _last_press: Callable[[], Any]

    def _find(self, label: str) -> Callable[[], Any] | None:
        """Find a button and give what pressing it does."""
        raise NotImplementedError

    def _read(self, fits: Callable[[str], bool]) -> str | None:
        """Read on to the next message that fits; nothing is read where none does."""
        raise NotImplementedError

    async def _news(self) -> None:
        """Wait until something more is shown."""
        raise NotImplementedError

    def _patience(self, complaint: str) -> "_Patience":
        return _Patience(self, complaint)

    def _new_photos(self, count: int) -> list[bytes]:
        self._photos += count
        return [make_photo(self._photos - left) for left in range(count)]

    async def leave(self) -> None:
        """Put the phone away."""


class _Patience:
    """Waits for so long, then fails with everything that was said."""

    def __init__(self, chatter: Chatter, complaint: str) -> None:
        self._chatter = chatter
        self._complaint = complaint
        self._timeout = asyncio.timeout(PATIENCE)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, *raised: Any) -> None:
        try:
            await self._timeout.__aexit__(*raised)
        except TimeoutError:
            chatter = self._chatter
            raise AssertionError(
                f"{chatter.name}: {self._complaint}\n{chatter.house.transcripts}"
            ) from None


# --- Telegram -------------------------------------------------------------------------------------


class TelegramChatter(Chatter):
    """Somebody with a Telegram application."""

    def __init__(self, house: "House", name: str, chat: PrivateConversation) -> None:
        super().__init__(house, name)
        self.chat = chat
        self._at = 0
        self._files_at = 0

    async def say(self, words: str) -> None:
        self.house.pass_seconds()
        await self.chat.say(words)

    async def replies(self, to: str, words: str = "", *, photos: int = 0) -> None:
        """Reply to the newest message of the bot that says something."""
        self.house.pass_seconds()
        shown = next(one for one in reversed(self.chat.messages) if to in one.text)
        if photos > 1:
            await self.chat.send_album(self._new_photos(photos), caption=words, reply_to=shown)
        elif photos:
            await self.chat.send_photo(self._new_photos(1)[0], caption=words, reply_to=shown)
        else:
            await self.chat.say(words, reply_to=shown)

    async def start(self, payload: str = "") -> None:
        self.house.pass_seconds()
        await self.chat.start(payload)

    async def command(self, name: str) -> None:
        await self.say(f"/{name}")

    async def photos(self, count: int = 1, words: str = "") -> list[bytes]:
        self.house.pass_seconds()
        pictures = self._new_photos(count)
        if count == 1:
            await self.chat.send_photo(pictures[0], caption=words)
        else:
            await self.chat.send_album(pictures, caption=words)
        return pictures

    async def voice(self) -> None:
        self.house.pass_seconds()
        await self.chat.send_voice(VOICE)

    async def place(self, latitude: float, longitude: float) -> None:
        self.house.pass_seconds()
        await self.chat.share_location(latitude, longitude)

    async def video(self, words: str = "") -> None:
        self.house.pass_seconds()
        await self.chat.send_video(caption=words)

    async def huge_photo(self) -> None:
        self.house.pass_seconds()
        await self.chat.send_document("beach.jpg", size=25_000_000, mime_type="image/jpeg")

    async def sees_file(self) -> bytes:
        async with self._patience("no picture came"):
            while True:
                for event in self.chat.chat.events_from(self._files_at):
                    self._files_at += 1
                    if event.message.attachment is not None:
                        return event.message.content
                await self._news()

    @property
    def count(self) -> int:
        return self.chat.count

    @property
    def last(self) -> str:
        return self.chat.last.text

    @property
    def buttons(self) -> list[str]:
        return [label for row in self.chat.last.buttons for label in row]

    @property
    def dials(self) -> list[str]:
        newest = self.chat.messages[-2:]
        return [
            number
            for message in newest
            for line in message.text.split("\n")
            if "📞" in line
            for number in re.findall(r"\d{3,}", line)
        ]

    @property
    def transcript(self) -> str:
        return f"{self.name}\n{self.chat.transcript()}"

    def _find(self, label: str) -> Callable[[], Any] | None:
        try:
            message, button = self.chat._find(label)
        except AssertionError as error:
            if "several" in str(error):
                raise
            return None
        if message is None or "callback_data" not in button:
            return lambda: self.chat.press(label)
        return lambda: self.chat.press_data(message, button["callback_data"])

    def _read(self, fits: Callable[[str], bool]) -> str | None:
        for place, event in enumerate(self.chat.chat.events_from(self._at), self._at + 1):
            if fits(event.text):
                self._at = place
                return event.text
        return None

    async def _news(self) -> None:
        await self.chat.chat.next_event()


# --- the web --------------------------------------------------------------------------------------


@dataclass
class _Shown:
    """A message on the page."""

    frame: dict[str, Any]

    @property
    def text(self) -> str:
        """What can be read of it."""
        lines = []
        for block in self.frame["blocks"]:
            if block["kind"] == "text":
                lines.append(block["text"])
                continue
            lines.append(block["title"])
            lines += [f"{line['label']}：{line['text']}" for line in block["lines"]]
        return "\n".join(lines)

    @property
    def choices(self) -> list[dict[str, Any]]:
        """Its buttons; a line of a list says how it stands as well."""
        every = (one for row in self.frame["choices"] for one in row)
        return [{**one, "label": _labelled(one)} for one in every]


def _labelled(choice: dict[str, Any]) -> str:
    return " · ".join(choice[name] for name in ("label", "detail") if name in choice)


class WebChatter(Chatter):
    """Somebody with an open page: keeps what was not confirmed, comes back, loses nothing.

    It keeps the promises of ``docs/web-protocol.md`` that the page of Linli keeps.
    """

    def __init__(self, house: "House", name: str, side: Side) -> None:
        super().__init__(house, name)
        self.side = side
        self.looks = True
        """False: the page is open, but nobody looks at it."""
        self.closed_with: int | None = None
        """The code with which the server ended it for good."""
        self._http = ClientSession(cookie_jar=house.cookies())
        self._line: ClientWebSocketResponse | None = None
        self._staying: asyncio.Task[None] | None = None
        self._ids = 0
        self._unanswered: dict[str, dict[str, Any]] = {}
        self._messages: dict[int, _Shown] = {}
        self._told: list[str] = []
        self._files: list[str] = []
        self._at = 0
        self._files_at = 0
        self._more = asyncio.Event()

    # --- the connection ------------------------------------------------------------------------

    async def _open(self) -> None:
        """Begin a session, as a page does when a person first does something."""
        if self._staying is not None:
            if self.closed_with not in _GONE:
                return
            await self._staying
        self.closed_with = None
        body = {"side": self.side.value, "language": "zh-CN"}
        async with self._http.post(
            f"{self.house.address}/chat/session", json=body, headers=self._origin
        ) as answer:
            assert answer.status == 200, await answer.text()
        self._staying = asyncio.create_task(self._stay())

    async def reopen(self) -> None:
        """Open the page once more: its session goes on under a new token."""
        body = {"side": self.side.value, "language": "zh-CN"}
        async with self._http.post(
            f"{self.house.address}/chat/session", json=body, headers=self._origin
        ) as answer:
            assert answer.status == 200, await answer.text()
        if self._line is not None:
            await self._line.close()

    @property
    def _origin(self) -> dict[str, str]:
        return {"Origin": self.house.address}

    @property
    def last_words(self) -> str:
        """What was told as the last thing under this account."""
        return "\n".join(one.text for one in self._messages.values() if "farewell" in one.frame)

    @property
    def screen(self) -> str:
        """What stands on the page now."""
        return "\n".join(one.text for one in self._messages.values())

    async def was_closed(self) -> int | None:
        """Wait until the server ended it for good, and give its code."""
        assert self._staying is not None
        await asyncio.shield(self._staying)
        return self.closed_with

    async def _stay(self) -> None:
        """Keep the line open; come again when the server is there again."""
        while self.closed_with not in _GONE:
            await self.house.is_open.wait()
            with suppress(ClientConnectionError, ConnectionError):
                address = f"{self.house.address}/chat/ws?side={self.side}"
                async with self._http.ws_connect(address, headers=self._origin) as line:
                    await self._talk(line)
                    self.closed_with = line.close_code
            self._line = None
            # Whoever was hung up on comes again a moment later; until then others have a turn.
            await asyncio.sleep(0)

    async def _talk(self, line: ClientWebSocketResponse) -> None:
        since = max(self._messages, default=0)
        await line.send_json({"type": "hello", "version": 1, "since": since, "language": "zh-CN"})
        async for message in line:
            if message.type is not WSMsgType.TEXT:
                return
            frame = message.json()
            if frame["type"] == "ready":
                self._line = line
                for waiting in list(self._unanswered.values()):
                    await line.send_json(waiting)
            await self._take(line, frame)

    async def _take(self, line: ClientWebSocketResponse, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "message":
                if frame["seq"] not in self._messages:
                    self._show(frame)
                if self.looks:
                    await line.send_json({"type": "seen", "upto": frame["seq"]})
            case "stored":
                self._unanswered.pop(frame["id"], None)
            case "error":
                if not frame["again"]:
                    self._unanswered.pop(frame.get("id", ""), None)
                self._tell(frame["text"])
            case "notice":
                if frame["code"] == "revoked":
                    self.closed_with = REVOKED
                self._tell(frame["text"])
            case "reset":
                self._messages.clear()

    def _show(self, frame: dict[str, Any]) -> None:
        slot = frame.get("slot")
        if slot and not frame["anew"]:
            earlier = [seq for seq, one in self._messages.items() if one.frame.get("slot") == slot]
            for seq in earlier[-1:]:
                del self._messages[seq]
        shown = _Shown(frame)
        self._messages[frame["seq"]] = shown
        self._files += [file["id"] for file in frame["files"]]
        self._tell(shown.text)

    def _tell(self, words: str) -> None:
        self._told.append(words)
        self._more.set()

    async def _send(self, **frame: Any) -> None:
        self.house.pass_seconds()
        await self._open()
        self._ids += 1
        frame["id"] = f"f{self._ids}"
        self._unanswered[frame["id"]] = frame
        if self._line is not None:
            with suppress(ConnectionError):
                await self._line.send_json(frame)

    async def leave(self) -> None:
        if self._staying is not None:
            self._staying.cancel()
            with suppress(asyncio.CancelledError):
                await self._staying
        await self._http.close()

    # --- what they do --------------------------------------------------------------------------

    async def say(self, words: str) -> None:
        await self._send(type="text", text=words)

    async def start(self, payload: str = "") -> None:
        await self._send(type="start", payload=payload)

    async def start_and_say(self, payload: str, words: str) -> None:
        """Come by a link and type at once, as the page sends it."""
        await self._send(type="start", payload=payload, says_more=True)
        await self.say(words)

    async def command(self, name: str) -> None:
        await self._send(type="command", command=name)

    async def photos(self, count: int = 1, words: str = "") -> list[bytes]:
        pictures = self._new_photos(count)
        uploads = [await self._upload("photo", one) for one in pictures]
        await self._send(type="files", files=uploads, text=words)
        return pictures

    async def voice(self) -> None:
        await self._send(type="files", files=[await self._upload("voice", VOICE)])

    async def place(self, latitude: float, longitude: float) -> None:
        await self._send(type="place", latitude=latitude, longitude=longitude, accuracy=20)

    async def video(self, words: str = "") -> None:
        await self._upload("photo", VIDEO)
        if words:
            await self.say(words)

    async def huge_photo(self) -> None:
        await self._upload("photo", b"\xff\xd8\xff" + bytes(25_000_000))

    async def files(self, uploads: list[str]) -> None:
        """Send what was uploaded, by anybody."""
        await self._send(type="files", files=uploads)

    async def upload(self) -> str:
        """Upload a picture without sending it, and give its id."""
        return await self._upload("photo", self._new_photos(1)[0])

    async def _upload(self, kind: str, content: bytes) -> str:
        """Upload a file; a refusal is told as the page tells it."""
        await self._open()
        form = FormData()
        form.add_field("file", BytesIO(content), filename="x")
        address = f"{self.house.address}/chat/files?side={self.side}&kind={kind}"
        async with self._http.post(address, data=form, headers=self._origin) as answer:
            body = await answer.json()
        if answer.status != 201:
            self._tell(body["text"])
            return ""
        return str(body["id"])

    # --- what they see -------------------------------------------------------------------------

    async def sees_file(self) -> bytes:
        async with self._patience("no picture came"):
            while self._files_at == len(self._files):
                await self._news()
        self._files_at += 1
        return await self._download(self._files[self._files_at - 1])

    async def _download(self, file: str) -> bytes:
        address = f"{self.house.address}/chat/files/{file}?side={self.side}"
        async with self._http.get(address) as answer:
            assert answer.status == 200
            return await answer.read()

    @property
    def unheard(self) -> bool:
        return bool(self._unanswered) and self.closed_with not in _GONE

    @property
    def count(self) -> int:
        return len(self._told)

    @property
    def last(self) -> str:
        return self._told[-1]

    @property
    def _newest(self) -> _Shown:
        return self._messages[max(self._messages)]

    @property
    def buttons(self) -> list[str]:
        return [one["label"] for one in self._newest.choices]

    @property
    def dials(self) -> list[str]:
        newest = sorted(self._messages)[-2:]
        return [
            one["phone"] for seq in newest for one in self._messages[seq].choices if "phone" in one
        ]

    @property
    def transcript(self) -> str:
        lines = [self.name]
        for seq in sorted(self._messages):
            one = self._messages[seq]
            lines.append(one.text or f"[{len(one.frame['files'])} files]")
            lines += [
                "    " + " | ".join(_labelled(choice) for choice in row)
                for row in one.frame["choices"]
            ]
        return "\n".join(lines)

    def _find(self, label: str) -> Callable[[], Any] | None:
        for seq in sorted(self._messages, reverse=True):
            choices = [one for one in self._messages[seq].choices if "action" in one]
            exact = [one for one in choices if one["label"] == label]
            found = exact[:1] or [one for one in choices if label in one["label"]]
            labels = [one["label"] for one in found]
            assert len(found) < 2, f"{label!r} fits several buttons: {labels}"
            if found:
                action = found[0]["action"]
                return lambda: self._send(type="press", action=action, seq=seq)
        return None

    def _read(self, fits: Callable[[str], bool]) -> str | None:
        for place, words in enumerate(self._told[self._at :], self._at + 1):
            if fits(words):
                self._at = place
                return words
        return None

    async def _news(self) -> None:
        self._more.clear()
        await self._more.wait()
