"""A street in memory for the web chat's tests: its store, its intake, and somebody who answers.

`WebStreet` serves the real application over loopback. What people say is kept as the intake would
keep it; a test looks into `said`, and answers with `tell`.
"""

import asyncio
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, WSMessage, web

from bot.channels.ports import Delivery, StoredFile
from bot.channels.web.frames import message_frame
from bot.channels.web.guards import Doors, PublicPages, Refusal
from bot.channels.web.ports import HistoryLine, OfficeSign, Persona, WebAccount
from bot.channels.web.server import WebDriver, make_app
from bot.channels.web.sockets import Sockets
from bot.traffic.media.decoder import Media
from domain.messages import FileKind, Incoming, Lane, Message, Side, Text, say
from domain.people import Language
from tests.patience import PATIENCE
from tests.plain_files import PlainFile, new_spool

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


class StorageGoneError(Exception):
    """The store of a test fails on order."""


@dataclass
class MemoryStore:
    """The store's small twin: no tables, the same promises."""

    folder: Path
    accounts: dict[str, WebAccount] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    lines: dict[str, list[HistoryLine]] = field(default_factory=dict)
    uploads: dict[str, tuple[str, StoredFile]] = field(default_factory=dict)
    shared: set[tuple[str, str]] = field(default_factory=set)
    notes: list[dict[str, int]] = field(default_factory=list)
    """What was noted as seen, each time."""
    renew: bool = False
    broken: bool = False

    async def open_session(
        self, side: Side, language: Language, now: datetime, *, device: str = ""
    ) -> tuple[str, WebAccount]:
        self._ensure_whole()
        account = WebAccount(
            id=f"a-{secrets.token_hex(4)}", side=side, language=language, known=False
        )
        self.accounts[account.id] = account
        token = secrets.token_urlsafe(32)
        self.sessions[_hash(token)] = account.id
        return token, account

    async def begin(self, account: str, now: datetime) -> None:
        self._ensure_whole()
        if account in self.accounts:
            self.accounts[account] = replace(self.accounts[account], known=True)

    async def session(self, token: str, side: Side, now: datetime) -> WebAccount | None:
        self._ensure_whole()
        found = self.accounts.get(self.sessions.get(_hash(token), ""))
        return found if found and found.side is side else None

    async def renew_session(self, token: str, now: datetime) -> str | None:
        if not self.renew:
            return None
        self.renew = False
        renewed = secrets.token_urlsafe(32)
        self.sessions[_hash(renewed)] = self.sessions[_hash(token)]
        return renewed

    async def close_session(self, token: str) -> None:
        self.sessions.pop(_hash(token), None)

    async def account(self, account: str) -> WebAccount | None:
        return self.accounts.get(account)

    async def history(
        self, account: str, *, after: int = 0, before: int | None = None, limit: int
    ) -> Sequence[HistoryLine]:
        fits = [
            line
            for line in self.lines.get(account, ())
            if line.seq > after and (before is None or line.seq < before)
        ]
        return fits[-limit:]

    async def unseen(self, account: str, *, upto: int, limit: int) -> Sequence[HistoryLine]:
        fits = [
            line
            for line in self.lines.get(account, ())
            if line.seq <= upto and line.message is not None and not line.seen
        ]
        return fits[-limit:]

    async def mark_seen(self, upto: Mapping[str, int], now: datetime) -> None:
        self._ensure_whole()
        self.notes.append(dict(upto))
        for account, row in upto.items():
            self.lines[account] = [
                replace(line, seen=True) if line.seq <= row else line
                for line in self.lines.get(account, ())
            ]

    async def save_upload(
        self, account: str, kind: FileKind, data: bytes, media_type: str, now: datetime
    ) -> StoredFile:
        self._ensure_whole()
        await self.begin(account, now)
        name = f"u-{len(self.uploads) + 1}"
        path = self.folder / name
        path.write_bytes(data)
        file = StoredFile(id=name, kind=kind, content=PlainFile(path), media_type=media_type)
        self.uploads[name] = (account, file)
        return file

    async def find_upload(self, account: str, file: str) -> StoredFile | None:
        owner, found = self.uploads.get(file, ("", None))
        return found if owner == account else None

    async def find_file(self, account: str, file: str) -> StoredFile | None:
        if (account, file) in self.shared:
            return self.uploads[file][1]
        return await self.find_upload(account, file)

    async def read_upload(self, file: str) -> bytes | None:
        return self.uploads[file][1].content.read() if file in self.uploads else None

    def _ensure_whole(self) -> None:
        if self.broken:
            raise StorageGoneError


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass
class MemoryIntake:
    """Keeps each update once and hands it on, as the intake does after its commit."""

    handle: Callable[[str, Mapping[str, Any]], Awaitable[None]]
    kept: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    broken: bool = False

    async def store(self, bot: str, updates: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        if self.broken:
            raise StorageGoneError
        for update_id, raw in updates:
            if (bot, update_id) not in self.kept:
                self.kept[bot, update_id] = raw
                await self.handle(bot, raw)


Answer = Callable[["WebStreet", WebAccount, Incoming], Awaitable[None]]


async def silence(street: "WebStreet", account: WebAccount, incoming: Incoming) -> None:
    """Answer nothing."""


@dataclass
class WebStreet:
    """One running web chat."""

    store: MemoryStore
    answer: Answer = silence
    demo: bool = False
    public_url: str = ""
    proxies: frozenset[str] = frozenset()
    at: datetime = START
    seconds: float = 0.0
    """The clock of the limits; it moves when a test moves it."""
    said: list[Incoming] = field(default_factory=list)
    personas_known: list[Persona] = field(default_factory=list)
    checks: dict[str, bool] = field(default_factory=lambda: {"database": True})
    moved: list[object] = field(default_factory=list)
    pages: PublicPages | None = None
    """What is read without a chat."""
    todo: Message = field(default_factory=lambda: say("staff.todo_empty"))
    """What somebody of the office has to do."""
    asked_for: list[tuple[str, str]] = field(default_factory=list)
    """The lists of it that were looked up, each with its page."""
    run: str = "first"
    may_begin_anew: bool = True
    port: int = 0
    _seq: int = 0

    def __post_init__(self) -> None:
        self.intake = MemoryIntake(self._handle)
        self.media = Media()
        self.open_pages = Sockets(
            self.store, self.intake, lambda: self.at, demo=self.demo, clock=lambda: self.seconds
        )
        self.drivers = {f"web.{side}": WebDriver(side, self.open_pages) for side in Side}

    def app(self) -> web.Application:
        """Assemble the real application."""
        return make_app(
            self.open_pages,
            Doors(public_url=self.public_url, demo=self.demo, proxies=self.proxies),
            office=lambda: OfficeSign(
                name="洛浦街道办事处", name_en="Luopu Sub-district Office", phone="037960000000"
            ),
            readiness=self._readiness,
            media=self.media,
            spool=new_spool,
            demo=self if self.demo else None,
            pages=self.pages,
            work=self,
            invitations=NoInvitations(),
            fonts=self.store.folder / "fonts",
            photo_max_bytes=3_000_000,
            voice_max_bytes=100_000,
        )

    async def serve(self, request: web.Request, account: WebAccount | None) -> web.StreamResponse:
        """Tell what is to be done, as `todo` says."""
        if account is None or account.side is not Side.STAFF:
            raise Refusal(401, "no_session")
        self.asked_for.append((request.query["list"], request.query["page"]))
        now = self.open_pages.now()
        return web.json_response(message_frame(0, now, self.todo, (), account.language))

    async def _readiness(self) -> Mapping[str, bool]:
        return self.checks

    async def _handle(self, bot: str, raw: Mapping[str, Any]) -> None:
        incoming = self.drivers[bot].parse(raw)
        assert incoming is not None
        self._seq += 1
        line = HistoryLine(seq=self._seq, at=self.at, own=raw["frame"], seen=True)
        self.store.lines.setdefault(incoming.address, []).append(line)
        self.said.append(incoming)
        await self.answer(self, self.store.accounts[incoming.address], incoming)

    @property
    def last_seq(self) -> int:
        """The newest row."""
        return self._seq

    async def tell(
        self, account: str, message: Message, *, push: bool = True, news: bool = False
    ) -> int:
        """Say something to an account, as the sender does."""
        self.change(account, known=True)
        self._seq += 1
        seq = self._seq
        files = tuple(self.store.uploads[one][1] for one in message.attachments)
        self.store.shared.update((account, one) for one in message.attachments)
        line = HistoryLine(seq=seq, at=self.at, message=message, files=files)
        self.store.lines.setdefault(account, []).append(line)
        known = self.store.accounts[account]
        delivery = Delivery(
            id=seq,
            address=account,
            message=message,
            language=known.language,
            elder=known.elder,
            lane=Lane.NOTICE if news else Lane.REPLY,
            files=files,
        )
        if push:
            await self.drivers[f"web.{known.side}"].send(delivery)
        return seq

    def change(self, account: str, **changes: Any) -> None:
        """Change how a person wants to be talked to."""
        self.store.accounts[account] = replace(self.store.accounts[account], **changes)

    # As the demonstration's controls

    async def personas(self) -> Sequence[Persona]:
        """List the fictional persons."""
        return self.personas_known

    def now(self) -> datetime:
        """Give the demonstration's time."""
        return self.at

    async def quiet_until(self) -> datetime | None:
        """Give when the quiet hours end, if they are now: until eight, by the clock there."""
        here = self.at + timedelta(hours=8)
        return self.at.replace(hour=0, minute=0) if here.hour < 8 else None

    async def advance(self, span: timedelta) -> datetime:
        """Move the clock."""
        self.moved.append(span)
        self.at += span
        return self.at

    async def speak(self, language: Language) -> None:
        """Let everybody talk in a language."""
        for account in self.store.accounts:
            self.change(account, language=language)

    def arrived(self) -> Mapping[str, int]:
        """Count what the last move of the clock brought."""
        return {"reminders": 3, "digests": 1, "others": 0} if self.moved else {}

    def begin_anew(self) -> bool:
        """Begin the story again, where this street may."""
        if self.may_begin_anew:
            self.run = f"{self.run}-anew"
        return self.may_begin_anew

    async def advance_to_morning(self) -> datetime:
        """Move the clock to the next morning; every day is a working day here."""
        self.moved.append("morning")
        self.at = (self.at + timedelta(days=1)).replace(hour=0, minute=30)
        return self.at

    def add_persona(self, key: str, side: Side, name: str, role: Text, **more: Any) -> str:
        """Add a fictional person and give the account."""
        account = WebAccount(id=f"p-{key}", side=side, language=Language.CHINESE, **more)
        self.store.accounts[account.id] = account
        self.personas_known.append(
            Persona(key=key, side=side, account=account.id, name=name, role=role)
        )
        return account.id


class NoInvitations:
    """No code opens anything here, whatever it is."""

    async def serve(
        self, _request: web.Request, *, address: Callable[[web.Request], str]
    ) -> web.Response:
        """Say nothing of it."""
        return web.json_response({})


@asynccontextmanager
async def served(street: WebStreet) -> AsyncIterator[str]:
    """Serve a street on a free port of loopback and give its address."""
    runner = web.AppRunner(street.app(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    street.port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{street.port}"
    finally:
        await runner.cleanup()
        await street.media.close()


class Client:
    """A front end without a browser."""

    def __init__(self, base: str, http: ClientSession, *, scope: str = "side=residents") -> None:
        self.base = base
        self.http = http
        self.scope = scope
        self.origin = base
        self.public = ""
        """The address that a server in front was called by, where that is another one."""

    async def open_session(self, **body: str) -> int:
        """Begin a session and give the status."""
        given = {"side": "residents", **body}
        async with self.http.post(
            f"{self.base}/chat/session", json=given, headers={"Origin": self.origin}
        ) as response:
            return response.status

    async def connect(self) -> ClientWebSocketResponse:
        """Open the WebSocket."""
        headers = {"Origin": self.origin}
        if self.public:
            headers = {"Origin": self.public, "Host": self.public.partition("://")[2]}
        return await self.http.ws_connect(f"{self.base}/chat/ws?{self.scope}", headers=headers)

    async def hello(self, since: int = 0, **more: Any) -> "Talk":
        """Open a conversation and read up to `ready`."""
        talk = Talk(await self.connect())
        await talk.say(type="hello", version=1, since=since, **more)
        await talk.until("ready")
        return talk


class Talk:
    """One conversation over a WebSocket."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self.ws = ws
        self.heard: list[dict[str, Any]] = []

    async def say(self, **frame: Any) -> None:
        """Send a frame."""
        await self.ws.send_json(frame)

    async def next(self) -> dict[str, Any]:
        """Read the next frame."""
        frame: dict[str, Any] = json.loads((await self.receive()).data)
        self.heard.append(frame)
        return frame

    async def receive(self) -> WSMessage:
        """Read the next message, which may be the end."""
        async with asyncio.timeout(PATIENCE):  # the library's own begins anew with each ping
            return await self.ws.receive()

    async def until(self, kind: str) -> dict[str, Any]:
        """Read up to the next frame of a kind."""
        while (frame := await self.next())["type"] != kind:
            pass
        return frame

    def kinds(self) -> list[str]:
        """List the kinds of what was heard."""
        return [frame["type"] for frame in self.heard]

    async def quiet(self) -> None:
        """Make sure that nothing is on its way: whatever was would come before the pong."""
        await self.say(type="ping")
        frame = await self.next()
        assert frame == {"type": "pong"}


def browserless() -> ClientSession:
    """Make an HTTP client that keeps cookies of addresses given in numbers."""
    return ClientSession(cookie_jar=CookieJar(unsafe=True))
