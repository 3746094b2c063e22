"""The fake Bot API over real HTTP."""

import asyncio
import inspect
import json
import re
import socket
import struct
from typing import Any, Self
from urllib.parse import parse_qsl, unquote

from aiohttp import web
from aiohttp.web_request import FileField

from . import control, editing, fetching, groups, profile, receiving, sending  # noqa: F401
from .arguments import Arguments, Upload
from .errors import ApiError
from .faults import DOWNLOAD, STATUS_TEXTS, Fault, FaultKind
from .files import MAX_UPLOAD_BYTES
from .registry import METHODS
from .telegram import Bot, Telegram, authorised
from .updates import encode

MAX_BODY_BYTES = MAX_UPLOAD_BYTES + 2 * 1024 * 1024

_JSON = "application/json"
_PERCENT = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")
_REFUSING = frozenset({FaultKind.STATUS, FaultKind.TOO_MANY_REQUESTS, FaultKind.RESET})


class BotApi(Telegram):
    """A `Telegram` that listens on loopback.

    async with BotApi() as api:
        bot = api.bot("42:secret")
        ...  # point the framework at api.base
    """

    host = "127.0.0.1"

    def __init__(self, *, port: int = 0, **settings: Any) -> None:
        """`port` 0 takes a free one; for `settings` see `Telegram`."""
        super().__init__(**settings)
        self.port = port
        self._runner: web.ServerRunner | None = None
        self._stopped = asyncio.Event()

    @property
    def base(self) -> str:
        """Address to give to a framework as its API server, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    async def start(self) -> None:
        self._stopped.clear()
        # A handler is cancelled when its client goes away, so no dead long poll lingers.
        server = web.Server(
            self._handle,
            request_factory=_make_request,
            handler_cancellation=True,
            access_log=None,
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=1.0)
        await self._runner.setup()
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((self.host, self.port))
        self.port = listening.getsockname()[1]
        await web.SockSite(self._runner, listening, backlog=1024).start()

    async def stop(self) -> None:
        self._stopped.set()
        for bot in self.bots.values():
            if bot.webhook is not None:
                await bot.webhook.close()
            bot.updates.end_poll(ConnectionResetError("the fake stops"))
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def down(self) -> None:
        """Telegram is away until `up()`: every connection is reset, no webhook is called."""
        self.faults.is_down = True
        for bot in self.bots.values():
            bot.updates.end_poll(ConnectionResetError("Telegram is down"))
            if bot.webhook is not None:
                bot.webhook.pause()

    def up(self) -> None:
        self.faults.is_down = False
        for bot in self.bots.values():
            if bot.webhook is not None:
                bot.webhook.resume()

    async def call_from_webhook(self, bot: Bot, name: str, values: dict[str, Any]) -> None:
        """Make the call that stood in the answer to a webhook; nobody learns its outcome."""
        await self._answer(bot.token, name, Arguments(values))

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        if "%" in path:
            path = unquote(path)
        if path.startswith("/control/"):
            return await control.handle(self, request, path.removeprefix("/control/"), query)
        if self.faults.is_down:
            return _reset(request)
        if path.startswith("/bot"):
            token, _, name = path.removeprefix("/bot").partition("/")
            return await self._serve_call(request, token, name, query)
        if path.startswith("/file/bot"):
            token, _, file_path = path.removeprefix("/file/bot").partition("/")
            return await self._serve_file(request, token, file_path)
        return _error(ApiError(404, "Not Found"))

    async def _serve_call(
        self, request: web.BaseRequest, token: str, name: str, query: str
    ) -> web.StreamResponse:
        try:
            arguments = await _read_arguments(request, query)
        except ApiError as error:
            return _error(error)
        fault = self.faults.take(token, name.lower(), arguments.text("chat_id"))
        if fault is not None and fault.kind in _REFUSING:
            return self._refuse(request, token, name, arguments, fault)
        try:
            status, text = await self._answer(token, name, arguments, fault)
        except ConnectionError:
            return _reset(request)
        body = text.encode()
        if fault is not None:
            return await self._spoil(request, fault, status, body)
        return web.Response(body=body, status=status, headers={"Content-Type": _JSON})

    async def _answer(
        self, token: str, name: str, arguments: Arguments, fault: Fault | None = None
    ) -> tuple[int, str]:
        """Status and body of a call. Raises ConnectionError if a long poll is torn down."""
        found = METHODS.get(name.lower())
        bot = self.bots.get(token)
        call = self.begin_call(bot, found.name if found else name, arguments)
        note = f"fault: {fault.kind}" if fault else ""
        try:
            bot = bot or authorised(self, token)
            if found is None:
                raise ApiError(404, "Not Found: method not found")
            result = found.handle(self, bot, arguments)
            if inspect.iscoroutine(result):
                result = await result
        except ApiError as error:
            self.end_call(call, error.code, error.description)
            return error.code, encode(error.body())
        text = result if isinstance(result, fetching.Encoded) else encode(result)
        self.end_call(call, 200, note)
        return 200, f'{{"ok":true,"result":{text}}}'

    def _refuse(
        self,
        request: web.BaseRequest,
        token: str,
        name: str,
        arguments: Arguments,
        fault: Fault,
    ) -> web.StreamResponse:
        found = METHODS.get(name.lower())
        call = self.begin_call(self.bots.get(token), found.name if found else name, arguments)
        error = _fault_error(fault)
        self.end_call(call, error.code if error else 0, f"fault: {fault.kind}")
        return _reset(request) if error is None else _error(error)

    async def _spoil(
        self, request: web.BaseRequest, fault: Fault, status: int, body: bytes
    ) -> web.StreamResponse:
        if fault.kind is FaultKind.SLOW:
            await asyncio.sleep(fault.seconds)
            return web.Response(body=body, status=status, content_type=_JSON)
        if fault.kind is FaultKind.MALFORMED:
            return web.Response(body=b'{"ok":true,"result":{"mess', content_type=_JSON)
        if fault.kind is FaultKind.HALF:
            half = web.StreamResponse(status=status, headers={"Content-Type": _JSON})
            half.content_length = len(body)
            await half.prepare(request)
            await half.write(body[: len(body) // 2])
            return _reset(request, gently=True)
        # Swallowed: the client gives up (which cancels this handler) or the fake ends.
        await self._stopped.wait()
        return _reset(request)

    async def _serve_file(
        self, request: web.BaseRequest, token: str, path: str
    ) -> web.StreamResponse:
        fault = self.faults.take(token, DOWNLOAD, "")
        if fault is not None and fault.kind in _REFUSING:
            error = _fault_error(fault)
            return _reset(request) if error is None else _error(error)
        try:
            bot = authorised(self, token)
        except ApiError as error:
            return _error(error)
        file, until = bot.links.get(path, (None, 0.0))
        if file is None or self.clock.now() > until:
            return _error(ApiError(404, "Not Found"))
        content = file.content
        self.call_counts[DOWNLOAD] += 1
        if fault is not None:
            return await self._spoil(request, fault, 200, content)
        return web.Response(body=content, content_type="application/octet-stream")


def _make_request(
    message: Any, payload: Any, protocol: Any, writer: Any, task: Any
) -> web.BaseRequest:
    return web.BaseRequest(
        message,
        payload,
        protocol,
        writer,
        task,
        asyncio.get_running_loop(),
        client_max_size=MAX_BODY_BYTES,
    )


async def _read_arguments(request: web.BaseRequest, query: str) -> Arguments:
    values: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
    uploads: dict[str, Upload] = {}
    content_type = request.headers.get("Content-Type", "")
    if content_type.startswith("application/x-www-form-urlencoded"):
        values.update(_read_form(await request.read()))
    elif content_type.startswith(_JSON):
        values.update(_read_json(await request.read()))
    elif content_type.startswith("multipart/form-data"):
        try:
            fields = await request.post()
        except web.HTTPRequestEntityTooLarge:
            raise ApiError(413, "Request Entity Too Large") from None
        for name, field in fields.items():
            if isinstance(field, FileField):
                uploads[name] = Upload(field.filename, field.file.read(), field.content_type)
                field.file.close()
            elif isinstance(field, str):
                values[name] = field
    return Arguments(values, uploads)


def _read_form(body: bytes) -> dict[str, str]:
    # Several times faster than urllib's parse_qsl on Chinese text; benchmarks notice.
    values = {}
    for pair in body.split(b"&") if body else ():
        name, _, value = pair.partition(b"=")
        values[name.decode()] = _PERCENT.sub(_unescaped, value.replace(b"+", b" ")).decode(
            "utf-8", "replace"
        )
    return values


def _unescaped(run: re.Match[bytes]) -> bytes:
    return bytes.fromhex(run.group().replace(b"%", b"").decode())


def _read_json(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        values = json.loads(body)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise ApiError(400, "Bad Request: can't parse JSON object")
    return values


def _error(error: ApiError) -> web.Response:
    response = web.Response(
        body=encode(error.body()).encode(), status=error.code, content_type=_JSON
    )
    if error.parameters and "retry_after" in error.parameters:
        response.headers["Retry-After"] = str(error.parameters["retry_after"])
    return response


def _fault_error(fault: Fault) -> ApiError | None:
    """The refusal of a fault; None for a reset."""
    if fault.kind is FaultKind.STATUS:
        return ApiError(fault.status, STATUS_TEXTS.get(fault.status, "Error"))
    if fault.kind is FaultKind.TOO_MANY_REQUESTS:
        wait = fault.retry_after
        return ApiError(429, f"Too Many Requests: retry after {wait}", {"retry_after": wait})
    return None


def _reset(request: web.BaseRequest, *, gently: bool = False) -> web.Response:
    """Break the connection off; gently, what was written still arrives."""
    transport = request.transport
    if transport is not None:
        if gently:
            transport.close()
        else:
            # Closing with a linger of zero sends RST instead of FIN.
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
    return web.Response()
