"""What a webhook leads to: a real HTTP server on this machine that writes down what it is told."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Heard:
    """One call that came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered to one call; nothing at all where `cut` is set."""

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


class Receiver:
    """Answers as it was told to, then with `always`."""

    def __init__(self, always: Answer | None = None) -> None:
        self.always = always or Answer(body='{"errcode":0,"errmsg":"ok"}')
        self.answers: deque[Answer] = deque()
        self.heard: list[Heard] = []

    async def __aenter__(self) -> "Receiver":
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._hear)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.base = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    async def _hear(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.heard.append(Heard(request.method, request.raw_path, dict(request.headers), body))
        answer = self.answers.popleft() if self.answers else self.always
        if answer.cut:
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=answer.status, text=answer.body, headers=answer.headers)
