"""Who may ask: hosts, origins and headers; and what every answer says about itself.

A request is let in only under a name of this server. Whatever changes something (a POST, a
WebSocket) must also come from a page of this server, which browsers attest in `Origin`.
"""

import asyncio
import ipaddress
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.channels.web.frames import language_of
from bot.words.wording import wording_for
from domain.messages import Text
from domain.people import Language

log = structlog.get_logger()

Read = TypeVar("Read")
#: How long a body other than an upload may take to arrive, over the slowest line.
BODY_SECONDS = 15.0
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
#: What only a proxy adds; the demonstration must not stand behind one.
FORWARDED = (
    "Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "X-Forwarded-Server",
    "X-Real-IP",
    "Via",
    "CF-Connecting-IP",
)
#: Where programs call that prove themselves otherwise: Telegram's webhook bears a secret.
_HOOKS = "/telegram/"
#: Answered under every name: a probe knows only an address.
_PROBES = frozenset({"/health", "/ready", "/metrics"})


class Refusal(Exception):
    """A request that is refused, with the code and status of the protocol."""

    def __init__(self, status: int, code: str, *, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.retry_after = retry_after


class PublicPages(Protocol):
    """The pages that are read without a chat."""

    def add_routes(self, app: web.Application) -> None:
        """Open their doors."""

    def clear(self, request: web.Request, refusal: Refusal) -> web.Response | None:
        """Say no as a page where one of them was asked for; None elsewhere."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Doors:
    """Under which names the server is reached.

    Args:
        public_url: the one address outside the demonstration; empty: loopback names only.
        proxies: addresses whose last `X-Forwarded-For` entry is believed.
    """

    public_url: str = ""
    demo: bool = False
    proxies: frozenset[str] = frozenset()

    @property
    def is_secure(self) -> bool:
        """Whether people reach it over HTTPS; cookies are then marked Secure."""
        return not self.demo and self.public_url.startswith("https://")

    def origin(self, host: str) -> str | None:
        """Give the one origin of pages under a `Host`; None for a foreign host."""
        public = urlsplit(self.public_url)
        if public.netloc and not self.demo:
            return f"{public.scheme}://{public.netloc}" if host == public.netloc else None
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return None
        return f"http://{host}" if name in LOOPBACK_NAMES else None

    def address(self, request: web.Request) -> str:
        """Give the address a request came from; only named proxies are believed about it."""
        peer = request.remote or ""
        if peer in self.proxies:
            return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or peer
        return peer


def guard(doors: Doors, pages: PublicPages | None = None) -> Middleware:
    """Make the outermost middleware: checks, refusals as the protocol has them, headers.

    Args:
        pages: say no as a page where one of them was asked for.
    """

    def refused(request: web.Request, refusal: Refusal) -> web.Response:
        page = pages.clear(request, refusal) if pages is not None else None
        return page if page is not None else refuse(request, refusal)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            _ensure_welcome(doors, request)
            response = await handler(request)
        except Refusal as refusal:
            response = refused(request, refusal)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            code = "not_found" if error.status in (403, 404, 405) else "bad_request"
            response = refused(request, Refusal(error.status, code))
        except Exception as error:
            log.error("web.request_failed", error=type(error).__name__)
            response = refused(request, Refusal(503, "not_stored"))
        if not response.prepared:
            _describe(doors, request, response)
        return response

    return middleware


def _ensure_welcome(doors: Doors, request: web.Request) -> None:
    if doors.demo:
        _ensure_local(request)
    if request.path in _PROBES:
        return
    origin = doors.origin(request.host)
    if origin is None:
        raise Refusal(421, "host")
    changes = request.method not in ("GET", "HEAD") and not request.path.startswith(_HOOKS)
    if (changes or request.path == "/chat/ws") and request.headers.get("Origin") != origin:
        raise Refusal(403, "origin")


def _ensure_local(request: web.Request) -> None:
    """Let nobody but this machine in, and nobody who came through a proxy.

    Raises:
        Refusal: somebody else.
    """
    if any(name in request.headers for name in FORWARDED):
        raise Refusal(403, "forwarded")
    try:
        peer = ipaddress.ip_address((request.remote or "").partition("%")[0])
    except ValueError:
        raise Refusal(403, "forwarded") from None
    if not peer.is_loopback:
        raise Refusal(403, "forwarded")


async def in_time(reading: Awaitable[Read]) -> Read:
    """Read a body that is not long; one that comes byte by byte is not waited for.

    Raises:
        Refusal: it took too long.
    """
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await reading
    except TimeoutError:
        raise Refusal(408, "too_slow") from None


async def json_of(request: web.Request) -> dict[str, Any]:
    """Read the JSON object that a request brings.

    Raises:
        Refusal: it brings none, or took too long.
    """
    try:
        body = await in_time(request.json())
    except (ValueError, RecursionError):
        raise Refusal(400, "bad_request") from None
    if not isinstance(body, dict):
        raise Refusal(400, "bad_request")
    return body


def refuse(request: web.Request, refusal: Refusal) -> web.Response:
    """Say no with a code for programs and a sentence for people."""
    language = request_language(request)
    text = wording_for(language).text(Text(f"web.refused_{refusal.code}"))
    headers = {"Cache-Control": "no-store"}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    body = {"error": refusal.code, "text": text}
    return web.json_response(body, status=refusal.status, headers=headers)


def request_language(request: web.Request) -> Language:
    """Choose the language of whoever is not known yet: the address says it, or the browser."""
    asked = request.query.get("lang")
    return language_of(asked or request.headers.get("Accept-Language"))


def _describe(doors: Doors, request: web.Request, response: web.StreamResponse) -> None:
    host = request.host if doors.origin(request.host) else ""
    # Older Safari does not count WebSockets to the same host as 'self'.
    sockets = f" ws://{host} wss://{host}" if host else ""
    headers = response.headers
    headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        "img-src 'self' blob:; media-src 'self' blob:; frame-src 'self'; "
        f"connect-src 'self'{sockets}; form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
    )
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "geolocation=(self), microphone=(self), camera=(self)")
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("X-Robots-Tag", "noindex, nofollow")
    # Whoever looks for a weak version finds no version.
    headers["Server"] = "Linli"
    if doors.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
