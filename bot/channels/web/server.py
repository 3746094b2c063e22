"""The web chat: a page for residents, one for staff, and the driver of both bots.

``docs/web-protocol.md`` says what is spoken. Opening a page stores nothing: a session begins later.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Hashable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload

from bot.channels.file_names import UNKNOWN, bare, disposition, extension
from bot.channels.ports import Delivery, Receiver, Rejected, StoredFile
from bot.channels.web import demo_page, frames, guards, page_files, sockets
from bot.channels.web.client_network import customer_of
from bot.channels.web.close_codes import turn_away
from bot.channels.web.cookies import cookie_name, session_token, set_cookie
from bot.channels.web.guards import Doors, PublicPages, Refusal, json_of, request_language
from bot.channels.web.http_polling import Polling
from bot.channels.web.page_font import PageFont
from bot.channels.web.ports import (
    DemoControls,
    InvitationDesk,
    NoRoomError,
    OfficeSign,
    Persona,
    Readiness,
    TicketDesk,
    WebAccount,
    WebStore,
    WorkDesk,
)
from bot.channels.web.sockets import ACCOUNT_SHARE, ADDRESS_SHARE, Sockets
from bot.channels.web.ticket_page import TicketPage
from bot.channels.web.transports import SocketWire
from bot.channels.web.uploads import Uploads
from bot.channels.web.user_agents import device_name
from bot.operations.health import is_ready
from bot.traffic.fair_queue import CrowdedError, FairQueue
from bot.traffic.media.decoder import Media
from bot.traffic.rate_limits import Limiter, Penalties, Rate
from domain.errors import StorageError
from domain.messages import FileKind, Incoming, Message, Side
from domain.people import Language
from storage.spool import Spool

log = structlog.get_logger()

#: From one address: many residents share one behind a carrier's network, and a session that nobody
#: speaks with costs one short row for a day.
SESSION_RATE = Rate(burst=600, per_second=20)
#: … and of one sort of browser there: one machine does not take what its neighbours need.
BROWSER_RATE = Rate(burst=60, per_second=1)
UPLOAD_RATE = Rate(burst=60, per_second=0.1)
RETRY_SECONDS = 30
#: How long whoever sent nothing but mistakes stays away.
PENALTY_SECONDS = 30.0
#: Doors that are opened at a time; see `Sockets.reads`.
DOORS_AT_ONCE = 8
#: Bodies other than uploads.
BODY_MAX_BYTES = 2**20
POLL_PATH = "/chat/poll"
#: Pictures stay in a browser's cache for an hour; on a shared computer they go with the person.
_FORGET_PICTURES = '"cache"'
_KINDS = {kind.value: kind for kind in (FileKind.PHOTO, FileKind.VOICE)}
#: So much of a file is in memory at a time for one download.
_PART_BYTES = 2**20


class WebDriver:
    """One side's bot on the web: shows messages on the account's open pages."""

    def __init__(self, side: Side, open_pages: Sockets) -> None:
        """Serve a side; `open_pages` is shared by both sides."""
        self.bot = sockets.bot_of(side)
        self._side = side
        self._open_pages = open_pages

    def parse(self, update: Mapping[str, Any]) -> Incoming | None:
        """Turn a kept update into what arrived.

        Raises:
            ValueError: it is none of the web chat's.
        """
        return frames.incoming(self._side, update)

    async def send(self, delivery: Delivery) -> str | None:
        """Show a message on every open page; never fails, since the history holds it."""
        self._open_pages.push(delivery)
        return str(delivery.id)

    def keeps(self, message: Message) -> bool:
        """Keep all of them: the page shows them again when it is opened."""
        return True

    def includes(self, reference: str, message: str) -> bool:
        """Nothing on the page is written under a message."""
        return False

    async def confirm(self, press: str) -> None:
        """Nothing: the page was told when the press was stored."""

    async def fetch(self, ref: str, into: Receiver) -> None:
        """Read an uploaded file.

        Raises:
            Rejected: it is gone.
        """
        data = await self._open_pages.store.read_upload(ref)
        if data is None:
            raise Rejected("the upload is gone")
        await into.add(data)


@dataclass(frozen=True, kw_only=True)
class _Web:
    """What the requests share."""

    store: WebStore
    open_pages: Sockets
    doors: Doors
    uploads: Uploads
    now: Callable[[], datetime]
    office: Callable[[], OfficeSign]
    readiness: Readiness
    demo: DemoControls | None
    session_rate: Limiter
    browser_rate: Limiter
    upload_rate: Limiter
    entrance: FairQueue
    penalties: Penalties


_KEY = web.AppKey("web", _Web)


def make_app(
    open_pages: Sockets,
    doors: Doors,
    *,
    office: Callable[[], OfficeSign],
    readiness: Readiness,
    media: Media,
    spool: Callable[[], Spool],
    demo: DemoControls | None = None,
    fonts: Path | None = None,
    tickets: TicketDesk | None = None,
    pages: PublicPages | None = None,
    work: WorkDesk | None = None,
    invitations: InvitationDesk | None = None,
    photo_max_bytes: int = 20 * 2**20,
    voice_max_bytes: int = 10 * 2**20,
) -> web.Application:
    """Assemble the application; whoever runs it gives it `access_log=None`.

    Args:
        open_pages: shared with the drivers; brings the store, the intake and the time.
        office: what stands over the door, asked at every page load.
        media: cleans what is uploaded.
        spool: gives room for an upload that arrives.
        demo: the switcher and the movable clock, where the demonstration has them. Without them
            `open_pages.demo` alone marks everything as fictional.
        fonts: where to keep the pieces of the font that the page brings along; none without.
        tickets: takes the single-use links that Telegram hands people over with.
        pages: what is read without a chat.
        work: tells the staff's page what is to be done.
        invitations: tells it for whom an invitation is.

    Raises:
        ValueError: the doors and the demonstration do not fit together.
    """
    if (demo is not None) != doors.demo or (doors.demo and not open_pages.demo):
        raise ValueError("the demonstration's parts go together or not at all")
    guard = guards.guard(doors, pages)
    app = web.Application(middlewares=[guard], client_max_size=BODY_MAX_BYTES)
    app[_KEY] = _Web(
        store=open_pages.store,
        open_pages=open_pages,
        doors=doors,
        uploads=Uploads(photo_max_bytes, voice_max_bytes, media, spool),
        now=open_pages.now,
        office=office,
        readiness=readiness,
        demo=demo,
        session_rate=Limiter(SESSION_RATE, clock=open_pages.clock),
        browser_rate=Limiter(BROWSER_RATE, clock=open_pages.clock),
        entrance=FairQueue(DOORS_AT_ONCE),
        penalties=Penalties(PENALTY_SECONDS, clock=open_pages.clock),
        upload_rate=Limiter(UPLOAD_RATE, clock=open_pages.clock),
    )
    polling = Polling(pages=open_pages, doors=doors, who_asks=_let_in, token_of=_token)
    app.add_routes(
        [
            web.get("/", _front),
            web.get("/staff", _staff_page),
            web.get("/chat", _chat_page),
            web.post("/chat/session", _open_session),
            web.get("/chat/session", _find_session),
            web.post("/chat/session/end", _end_session),
            web.get("/chat/ws", _connect),
            web.post(POLL_PATH, polling.serve),
            web.post("/chat/files", _upload),
            web.get("/chat/files/{file:[A-Za-z0-9_-]{1,64}}", _download),
            web.get(
                "/page/{version:[0-9a-f]{1,64}}/{name:[a-z_]+[.][a-z]+}", page_files.serve_asset
            ),
            web.get("/health", _health),
            web.get("/ready", _ready),
            web.get("/robots.txt", _robots),
            web.get("/favicon.ico", _favicon),
        ]
    )
    if work is not None:
        app.add_routes([web.get("/chat/work", partial(_work, work))])
    if invitations is not None:
        app.router.add_post("/chat/invitation", partial(invitations.serve, address=doors.address))
    if fonts is not None:
        app.add_routes(PageFont(fonts).routes())
    if demo is not None:
        demo_page.add_routes(app, demo, office)
    if tickets is not None:
        TicketPage(
            desk=tickets,
            doors=doors,
            rate=app[_KEY].session_rate,
            now=open_pages.now,
            office=office,
        ).add_routes(app)
    if pages is not None:
        pages.add_routes(app)
    app.on_shutdown.append(_say_goodbye)
    return app


async def _say_goodbye(app: web.Application) -> None:
    await app[_KEY].open_pages.close()


# --- pages ---------------------------------------------------------------------------------------


async def _front(request: web.Request) -> web.StreamResponse:
    """The residents' page; in the demonstration only where a QR code leads to it."""
    shared = request.app[_KEY]
    if shared.demo is not None and not (request.query.keys() & {"g", "start"}):
        return await demo_page.show(request, shared.office(), shared.demo)
    return await _page(request, Side.RESIDENTS)


async def _staff_page(request: web.Request) -> web.StreamResponse:
    return await _page(request, Side.STAFF)


async def _chat_page(request: web.Request) -> web.StreamResponse:
    """One pane of the demonstration, or the residents' page."""
    key = request.query.get("persona")
    if key is None:
        return await _page(request, Side.RESIDENTS)
    persona = await _persona(request, key)
    return await _page(request, persona.side, persona)


async def _page(
    request: web.Request, side: Side, persona: Persona | None = None
) -> web.StreamResponse:
    shared = request.app[_KEY]
    language = request_language(request)
    token = session_token(shared.doors, request, side) if persona is None else None
    account = None
    if persona is not None:
        account = await shared.store.account(persona.account)
    elif token is not None:
        account = await shared.store.session(token, side, shared.now())
    if account is not None and "lang" not in request.query:
        language = account.language
    response = page_files.render(
        request,
        "page.html",
        language,
        side=side.value,
        persona=persona.key if persona else "",
        has_session=account is not None,
        elder=account.elder if account else False,
        office=shared.office(),
        demo=shared.open_pages.demo,
    )
    if token is not None and account is not None:
        await _renew(shared, response, side, token)
    elif token is not None:
        # The page drops what it keeps of a session that is over; pictures are the browser's.
        response.headers["Clear-Site-Data"] = _FORGET_PICTURES
    return response


async def _robots(request: web.Request) -> web.Response:
    return web.Response(text="User-agent: *\nDisallow: /\n")


async def _favicon(request: web.Request) -> web.Response:
    icon = page_files.assets()[1]["icon.svg"]
    return web.Response(body=icon.content, headers={"Content-Type": icon.media_type})


# --- sessions ------------------------------------------------------------------------------------


def _side(given: object) -> Side:
    try:
        return Side(given)  # type: ignore[arg-type]  # hostile until this line
    except ValueError:
        raise Refusal(400, "bad_request") from None


async def _asked_side(request: web.Request) -> tuple[Side, Language]:
    body = await json_of(request)
    language = body.get("language")
    known = frames.language_of(language) if isinstance(language, str) else None
    return _side(body.get("side")), known or request_language(request)


async def _open_session(request: web.Request) -> web.Response:
    shared = request.app[_KEY]
    side, language = await _asked_side(request)
    response = web.json_response({"ok": True})
    token = session_token(shared.doors, request, side)
    if token and await shared.store.session(token, side, shared.now()):
        await _renew(shared, response, side, token)
        return response
    home = customer_of(shared.doors.address(request))
    if not shared.browser_rate.take(f"{home} {_browser(request)}") or not shared.session_rate.take(
        home
    ):
        shared.open_pages.watch.note("sessions", shared.doors.address(request))
        raise Refusal(429, "flood", retry_after=RETRY_SECONDS)
    async with _entrance(request):
        token, _ = await shared.store.open_session(
            side, language, shared.now(), device=device_name(request)
        )
    set_cookie(shared.doors, response, side, token)
    return response


async def _find_session(request: web.Request) -> web.Response:
    """Tell a page whether its session goes on; a browser without one forgets its pictures."""
    if await _let_in(request) is None:
        response = guards.refuse(request, Refusal(401, "no_session"))
        response.headers["Clear-Site-Data"] = _FORGET_PICTURES
        return response
    return web.json_response({"ok": True})


def _browser(request: web.Request) -> str:
    """Tell sorts of browsers apart: a short hash, kept in memory alone."""
    told = "\n".join(request.headers.get(name, "") for name in ("User-Agent", "Accept-Language"))
    return hashlib.sha256(told.encode(errors="replace")).hexdigest()[:16]


@asynccontextmanager
async def _entrance(request: web.Request) -> AsyncIterator[None]:
    """Wait at the door: who comes seldom goes before who comes again and again.

    Raises:
        Refusal: too many wait.
    """
    shared = request.app[_KEY]
    address = shared.doors.address(request)
    costs: dict[Hashable, float] = {customer_of(address): ADDRESS_SHARE}
    if token := _token(request):
        costs[token] = ACCOUNT_SHARE
    try:
        async with shared.entrance.turn(costs):
            yield
    except CrowdedError:
        shared.open_pages.watch.note("entrance", address)
        raise Refusal(503, "not_stored", retry_after=RETRY_SECONDS) from None


def _token(request: web.Request) -> str:
    """Give what a request brings along to speak for somebody."""
    if persona := request.query.get("persona"):
        return persona
    side = _side(request.query.get("side", Side.RESIDENTS))
    return session_token(request.app[_KEY].doors, request, side) or ""


async def _let_in(request: web.Request) -> WebAccount | None:
    """Find for whom a request speaks, in its turn."""
    async with _entrance(request):
        return await _account(request)


async def _end_session(request: web.Request) -> web.Response:
    shared = request.app[_KEY]
    side, _ = await _asked_side(request)
    name = cookie_name(shared.doors, side)
    if token := request.cookies.get(name):
        await shared.store.close_session(token)
    response = web.json_response({"ok": True})
    response.headers["Clear-Site-Data"] = _FORGET_PICTURES
    response.del_cookie(
        name, path="/", secure=shared.doors.is_secure, httponly=True, samesite="Lax"
    )
    return response


async def _renew(shared: _Web, response: web.StreamResponse, side: Side, token: str) -> None:
    renewed = await shared.store.renew_session(token, shared.now())
    if renewed is not None:
        set_cookie(shared.doors, response, side, renewed)


async def _persona(request: web.Request, key: str) -> Persona:
    demo = request.app[_KEY].demo
    if demo is not None:
        for persona in await demo.personas():
            if persona.key == key:
                return persona
    raise Refusal(404, "not_found")


async def _account(request: web.Request) -> WebAccount | None:
    """Find for whom a request speaks."""
    shared = request.app[_KEY]
    if (key := request.query.get("persona")) is not None:
        return await shared.store.account((await _persona(request, key)).account)
    side = _side(request.query.get("side", Side.RESIDENTS))
    token = session_token(shared.doors, request, side)
    return await shared.store.session(token, side, shared.now()) if token else None


# --- the conversation ----------------------------------------------------------------------------


async def _connect(request: web.Request) -> web.StreamResponse:
    shared = request.app[_KEY]
    token = _token(request)
    if shared.penalties.holds(token):
        raise Refusal(429, "flood", retry_after=RETRY_SECONDS)
    account = await _let_in(request)
    ws = web.WebSocketResponse(
        heartbeat=25, timeout=3, max_msg_size=sockets.HARD_MAX_BYTES, compress=False
    )
    if not ws.can_prepare(request):
        raise Refusal(400, "bad_request")
    await ws.prepare(request)
    wire = SocketWire(ws)
    if account is None:
        await turn_away(wire, request_language(request), revoked=bool(token))
        return ws
    address = shared.doors.address(request)
    behaved = await shared.open_pages.serve(
        wire, account, lambda: _account(request), address=address
    )
    if not behaved:
        shared.penalties.put(token)
    return ws


async def _work(desk: WorkDesk, request: web.Request) -> web.StreamResponse:
    return await desk.serve(request, await _let_in(request))


async def _upload(request: web.Request) -> web.Response:
    shared = request.app[_KEY]
    account = await _let_in(request)
    if account is None:
        raise Refusal(401, "no_session")
    kind = _KINDS.get(request.query.get("kind", ""))
    if kind is None:
        raise Refusal(400, "bad_request")
    if not shared.upload_rate.take(account.id):
        shared.open_pages.watch.note("uploads", shared.doors.address(request))
        raise Refusal(429, "flood", retry_after=RETRY_SECONDS)
    home = customer_of(shared.doors.address(request))
    received = await shared.uploads.receive(request, kind, account=account.id, home=home)
    try:
        kept = await shared.store.save_upload(
            account.id, kind, received.data, received.media_type, shared.now()
        )
    except NoRoomError as error:
        log.warning("web.no_room", why=str(error))
        raise Refusal(503, "no_room", retry_after=RETRY_SECONDS) from None
    body = {
        "id": kept.id,
        "kind": kept.kind.value,
        "type": kept.media_type,
        "size": len(received.data),
    }
    return web.json_response(body, status=201)


#: A file never changes, but may be erased: the device keeps it, and asks before each look.
_ASKED_AGAIN = {"Cache-Control": "private, no-cache"}


async def _download(request: web.Request) -> web.StreamResponse:
    shared = request.app[_KEY]
    account = await _let_in(request)
    if account is None:
        raise Refusal(401, "no_session")
    file = await shared.store.find_file(account.id, request.match_info["file"])
    if file is None:
        raise Refusal(404, "not_found")
    if any(tag.value == file.id for tag in request.if_none_match or ()):
        return web.Response(status=304, headers={**_ASKED_AGAIN, "ETag": f'"{file.id}"'})
    return await _file_response(request, file)


async def _file_response(request: web.Request, file: StoredFile) -> web.Response:
    """Give a file, or the part of it that was asked for: players ask for parts of a recording."""
    try:
        size = await asyncio.to_thread(file.content.size)
        start, end, status = _wanted_part(request, size)
        # What cannot be read is found out before anything is answered.
        first = await asyncio.to_thread(file.content.read, start, min(end, start + _PART_BYTES))
    except (OSError, StorageError):
        raise Refusal(404, "not_found") from None
    shown = "attachment" if file.kind is FileKind.DOCUMENT else "inline"
    name = file.name or f"{file.kind.value}-{file.id}.{extension(file.media_type)}"
    ranges = {"Content-Range": f"bytes {start}-{end - 1}/{size}"} if status == 206 else {}
    if status == 416:
        ranges = {"Content-Range": f"bytes */{size}"}
    response = web.Response(
        body=_Parts(file, first, start, end) if status != 416 else b"",
        status=status,
        headers={
            **ranges,
            "Accept-Ranges": "bytes",
            **_ASKED_AGAIN,
            "ETag": f'"{file.id}"',
            "Content-Disposition": disposition(shown, name),
            "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        },
    )
    known = extension(file.media_type) != UNKNOWN
    response.content_type = bare(file.media_type) if known else "application/octet-stream"
    if response.content_type == "text/html":
        response.charset = "utf-8"
    return response


class _Parts(Payload):
    """A piece of a file, read bit by bit as the line takes it."""

    def __init__(self, file: StoredFile, first: bytes, start: int, end: int) -> None:
        super().__init__(first)
        self._size = end - start
        self._file = file
        self._first = first
        self._next = start + len(first)
        self._end = end

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Write it."""
        await writer.write(self._first)
        for start in range(self._next, self._end, _PART_BYTES):
            end = min(self._end, start + _PART_BYTES)
            await writer.write(await asyncio.to_thread(self._file.content.read, start, end))

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Raise: it is no text."""
        raise TypeError("a file is given in bytes")


def _wanted_part(request: web.Request, size: int) -> tuple[int, int, int]:
    """Read which part is asked for: from one byte up to another one, and the status of it."""
    try:
        asked = request.http_range
    except ValueError:
        return 0, 0, 416
    if asked.start is None and asked.stop is None:
        return 0, size, 200
    start, end, _ = asked.indices(size)
    return (start, end, 206) if start < end else (0, 0, 416)


# --- health --------------------------------------------------------------------------------------


async def _health(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _ready(request: web.Request) -> web.Response:
    try:
        checks = dict(await request.app[_KEY].readiness())
    except Exception as error:  # a check that cannot be made is one that failed
        log.warning("web.readiness_failed", error=type(error).__name__)
        checks = {"checks": False}
    ready = is_ready(checks)
    return web.json_response({"ready": ready, "checks": checks}, status=200 if ready else 503)
