"""People who go on talking while the server dies under them: over Telegram and over the web.

Both see a list of what was shown and wait for what they need; neither gives up, and neither says
anything twice: Telegram keeps what was not fetched, and the page repeats what was not confirmed,
under the same id.
"""

import asyncio
import itertools
import random
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import ClientError, ClientSession, CookieJar, WSMsgType

from tests.bot_api.people import PrivateConversation

#: A page that lost its line comes back after so long; a person's page waits longer.
RECONNECT_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as a person sees it."""

    words: str
    buttons: Sequence[tuple[str, str]]
    """Label and action."""
    place: Any = None
    """What the channel needs to press a button of it."""

    def action(self, label: str) -> str | None:
        """Give the action of the button whose label contains some words."""
        return next((action for shown, action in self.buttons if label in shown), None)


class Talker(Protocol):
    """Somebody who talks to one of the bots."""

    name: str
    awaits: str
    """What this person waits for now, for the message of a failure."""

    async def start(self, payload: str) -> None:
        """Open the bot by a link."""

    async def say(self, words: str) -> None:
        """Type a message."""

    async def press(self, shown: Shown, label: str) -> None:
        """Press a button of a message."""

    async def sees(self, *parts: str, button: str = "", but: Container[str] = ()) -> Shown:
        """Wait for a message with some words and a button, and give the newest such.

        Args:
            but: actions that the button must not have: it was pressed before.
        """

    def arrivals(self) -> list[tuple[float, str]]:
        """List what arrived, edits aside: when, and what it said."""


def _fits(shown: Shown, parts: Sequence[str], button: str, but: Container[str]) -> bool:
    if not all(part in shown.words for part in parts):
        return False
    action = shown.action(button) if button else ""
    return action is not None and action not in but


class OnTelegram:
    """Somebody with a Telegram application."""

    def __init__(self, name: str, chat: PrivateConversation) -> None:
        self.name = name
        self.awaits = ""
        self._chat = chat

    async def start(self, payload: str) -> None:
        await self._chat.start(payload)

    async def say(self, words: str) -> None:
        await self._chat.say(words)

    async def press(self, shown: Shown, label: str) -> None:
        action = shown.action(label)
        assert action is not None, label
        await self._chat.press_data(shown.place, action)

    async def sees(self, *parts: str, button: str = "", but: Container[str] = ()) -> Shown:
        self.awaits = f"{parts} [{button}]"
        while True:
            for message in reversed(self._chat.messages):
                shown = Shown(
                    message.text,
                    [
                        (one["text"], one["callback_data"])
                        for row in message.button_rows
                        for one in row
                        if "callback_data" in one
                    ],
                    message,
                )
                if _fits(shown, parts, button, but):
                    return shown
            await self._chat.chat.next_event()

    def arrivals(self) -> list[tuple[float, str]]:
        return [(event.at, event.text) for event in self._chat.chat.events if not event.is_edit]


class OnTheWeb:
    """Somebody with a browser: it comes back, and repeats what was not confirmed."""

    def __init__(self, name: str, base: str, side: str, clock: Callable[[], float]) -> None:
        self.name = name
        self.awaits = ""
        self._base = base
        self._side = side
        self._clock = clock
        self._ids = itertools.count(1)
        self._unconfirmed: dict[str, dict[str, Any]] = {}
        self._seen: dict[int, Shown] = {}
        self._arrivals: list[tuple[float, str]] = []
        self._news = asyncio.Event()
        self._outgoing = asyncio.Event()
        self.account = ""
        self.sent: list[str] = []
        """The ids of everything that was said."""
        self._quiet_until = 0.0

    async def start(self, payload: str) -> None:
        self._put(type="start", payload=payload)

    async def say(self, words: str) -> None:
        self._put(type="text", text=words)

    async def press(self, shown: Shown, label: str) -> None:
        self._put(type="press", action=shown.action(label), seq=shown.place)

    def _put(self, **frame: Any) -> None:
        frame["id"] = f"{self.name}-{next(self._ids)}"
        self.sent.append(frame["id"])
        self._unconfirmed[frame["id"]] = frame
        self._outgoing.set()

    async def sees(self, *parts: str, button: str = "", but: Container[str] = ()) -> Shown:
        self.awaits = f"{parts} [{button}]"
        while True:
            for seq in sorted(self._seen, reverse=True):
                if _fits(self._seen[seq], parts, button, but):
                    return self._seen[seq]
            self._news.clear()
            await self._news.wait()

    def arrivals(self) -> list[tuple[float, str]]:
        return list(self._arrivals)

    @property
    def has_said_all(self) -> bool:
        """Everything that was said is confirmed."""
        return not self._unconfirmed

    async def live(self) -> None:
        """Keep the page open until cancelled."""
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
            while True:
                try:
                    await self._open(http)
                    await self._talk(http)
                except (ClientError, OSError, TimeoutError):
                    await asyncio.sleep(RECONNECT_SECONDS * (1 + random.random()))

    async def _open(self, http: ClientSession) -> None:
        if self.account:
            return
        async with http.post(
            f"{self._base}/chat/session",
            json={"side": self._side, "language": "zh-CN"},
            headers={"Origin": self._base},
        ) as answer:
            if answer.status != 200:
                raise ClientError(f"status {answer.status}")

    async def _talk(self, http: ClientSession) -> None:
        address = f"{self._base}/chat/ws?side={self._side}"
        async with http.ws_connect(address, headers={"Origin": self._base}) as ws:
            await ws.send_json({"type": "hello", "version": 1, "since": max(self._seen, default=0)})
            speaking = asyncio.create_task(self._speak(ws))
            try:
                async for message in ws:
                    if message.type is WSMsgType.TEXT:
                        self._hear(message.json())
            finally:
                speaking.cancel()
        await asyncio.sleep(RECONNECT_SECONDS)

    async def _speak(self, ws: Any) -> None:
        """Say everything that is not confirmed, in order, one after the other."""
        told: set[str] = set()
        while True:
            self._outgoing.clear()
            if (pause := self._quiet_until - asyncio.get_running_loop().time()) > 0:
                await asyncio.sleep(pause)
                told.clear()
            for one in list(self._unconfirmed):
                if self.account and one not in told and one in self._unconfirmed:
                    told.add(one)
                    await ws.send_json(self._unconfirmed[one])
            await self._outgoing.wait()

    def _hear(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "ready":
                self.account = frame["account"]
                self._outgoing.set()
            case "stored":
                self._unconfirmed.pop(frame["id"], None)
            case "message":
                self._show(frame)
            case "notice" if frame["code"] == "flood":
                self._quiet_until = asyncio.get_running_loop().time() + frame["wait"] + 0.1
                self._outgoing.set()
            case "error":
                # The page says it again when it is back; an order that was not taken is a fault.
                assert frame.get("again"), frame

    def _show(self, frame: dict[str, Any]) -> None:
        if frame["seq"] in self._seen:
            return
        words = "\n".join(_block_words(block) for block in frame["blocks"])
        buttons = [
            (one["label"], one["action"])
            for row in frame["choices"]
            for one in row
            if "action" in one
        ]
        self._seen[frame["seq"]] = Shown(words, buttons, frame["seq"])
        self._arrivals.append((self._clock(), words))
        self._news.set()


def _block_words(block: dict[str, Any]) -> str:
    if block["kind"] == "text":
        return str(block["text"])
    lines = (f"{line['label']}：{line['text']}" for line in block["lines"])
    return "\n".join((block["title"], *lines))
