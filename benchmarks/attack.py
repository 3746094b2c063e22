"""Benchmark 7: twenty honest people while others attack; half of them come only now.

Nothing leaves this machine: attackers, honest people and Linli talk over loopback, and every
attack is bounded in number and time. Addresses are told as a server in front tells them.
"""

import asyncio
import itertools
import os
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, ClientWebSocketResponse, TCPConnector

from benchmarks import street
from benchmarks.attackers import KINDS, PHRASES, SHARED_HOME
from benchmarks.running import ROOT, bot, free_port

HONEST = 20
#: What an honest person does: says something every so many seconds.
EVERY_SECONDS = 1.5
#: The page gives a line up that answers nothing for so long, and takes another one.
PATIENCE_SECONDS = 15.0
#: How much later than everybody else an attacker gets the processor.
NICE = 10
_FAILS = (ClientError, TimeoutError, OSError, ConnectionError)


@dataclass
class Honest:
    """One person with a page, who says things and repeats what was not stored."""

    number: int
    base: str
    home: str
    http: ClientSession
    token: str = ""
    stored: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    late: int = 0
    """What was not stored when the bench ended."""

    @property
    def headers(self) -> dict[str, str]:
        """What every request bears."""
        headers = {
            "Origin": self.base,
            "X-Forwarded-For": self.home,
            "User-Agent": f"honest {self.number}",
        }
        if self.token:
            headers["Cookie"] = f"linli-residents={self.token}"
        return headers

    async def open_session(self, until: float) -> None:
        """Begin a session, trying again as the page does."""
        while not self.token and time.monotonic() < until:
            with suppress(*_FAILS):
                async with self.http.post(
                    f"{self.base}/chat/session", json={"side": "residents"}, headers=self.headers
                ) as response:
                    if cookie := response.cookies.get("linli-residents"):
                        self.token = cookie.value
                        return
            await asyncio.sleep(1)

    async def connect(self) -> ClientWebSocketResponse:
        """Open a conversation."""
        ws = await self.http.ws_connect(f"{self.base}/chat/ws?side=residents", headers=self.headers)
        await ws.send_json({"type": "hello", "version": 1, "since": 0})
        return ws

    async def talk(self, until: float) -> None:
        """Say something every now and then; the first words count from when the page opened."""
        began: float | None = time.monotonic() if not self.token else None
        await self.open_session(until)
        ws: ClientWebSocketResponse | None = None
        for n in itertools.count():
            if time.monotonic() > until:
                break
            words = PHRASES[n % len(PHRASES)]
            frame = {"type": "text", "id": f"h{self.number}-{n}", "text": words}
            since, began = began or time.monotonic(), None
            ws = await self._until_stored(ws, frame, since, until + 30)
            await asyncio.sleep(EVERY_SECONDS)
        if ws is not None:
            await ws.close()

    async def _until_stored(
        self, ws: ClientWebSocketResponse | None, frame: dict[str, str], since: float, until: float
    ) -> ClientWebSocketResponse | None:
        while time.monotonic() < until:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    if ws is None or ws.closed:
                        ws = await self.connect()
                        await self._hear(ws, "ready")
                    await ws.send_json(frame)
                    heard = await self._hear(ws, "stored", "notice", "error")
                if heard["type"] == "stored":
                    self.stored.append(time.monotonic() - since)
                    self.said.append(frame["id"])
                    async with asyncio.timeout(PATIENCE_SECONDS):
                        await self._hear(ws, "message")
                    self.answered.append(time.monotonic() - since)
                    return ws
                await asyncio.sleep(heard.get("wait", 3))
            except _FAILS:
                if frame["id"] in self.said:
                    self.answered.append(time.monotonic() - since)
                    return None
                if ws is not None:
                    with suppress(*_FAILS):
                        await ws.close()
                ws = None
                await asyncio.sleep(0.5)
        self.late += 1
        return None

    async def _hear(self, ws: ClientWebSocketResponse, *kinds: str) -> dict[str, Any]:
        while True:
            frame: dict[str, Any] = await ws.receive_json()
            if frame["type"] in kinds:
                return frame
            if frame["type"] in ("reset", "ping"):
                continue

    async def lost(self) -> int:
        """Count what was confirmed and is not in the conversation."""
        ws = await self.connect()
        await ws.send_json({"type": "hello", "version": 1, "since": 1})
        own: set[str] = set()
        ready = 0
        while ready < 2:
            frame = await ws.receive_json(timeout=30)
            ready += frame["type"] == "ready"
            if frame["type"] == "own":
                own.add(frame["id"])
        await ws.close()
        return len(set(self.said) - own)


async def measure(*, seconds: float = 15, only: str = "") -> dict[str, Any]:
    """Give how soon honest people are heard, without an attack and under each."""
    wanted = [kind for kind in ("none", *KINDS) if not only or kind == only]
    rows = {kind: await _under(kind, seconds) for kind in wanted}
    return {"rows": rows}


async def _under(kind: str, seconds: float) -> dict[str, Any]:
    with TemporaryDirectory() as made:
        folder, port = Path(made), free_port()
        environ = street.environment(folder, "http://127.0.0.1:9", port)
        for name in ("RESIDENTS", "STAFF"):
            del environ[f"LINLI_TELEGRAM__{name}__TOKEN"]
        async with street.prepared(folder, environ) as (_, database):
            await street.found(database)
        base = environ["LINLI_WEB__PUBLIC_URL"]
        async with (
            bot("bot", "run", environ=environ, folder=folder) as linli,
            ClientSession(connector=TCPConnector(limit=0), timeout=ClientTimeout(total=60)) as http,
        ):
            await _until_ready(http, base)
            people = [Honest(n, base, _home(kind, n), http) for n in range(HONEST)]
            await _settle(people)
            async with _attackers(kind, base, seconds) as begin:
                await begin()
                await _honest(people, seconds)
            peak = _peak_bytes(linli.pid)
            lost = sum([await one.lost() for one in people if one.said])
    return _row(people, lost, peak)


def _home(kind: str, number: int) -> str:
    together = kind in KINDS and KINDS[kind][2]
    return SHARED_HOME if together else f"203.0.113.{number + 2}"


async def _until_ready(http: ClientSession, base: str) -> None:
    for _ in range(300):
        with suppress(*_FAILS):
            async with http.get(f"{base}/ready") as response:
                if response.status == 200:
                    return
        await asyncio.sleep(0.1)
    raise RuntimeError("Linli did not start")


async def _settle(people: list[Honest]) -> None:
    """Half of them have talked before."""
    until = time.monotonic() + 20
    for one in people[::2]:
        await one.open_session(until)
        ws = await one._until_stored(
            None, {"type": "text", "id": "before", "text": PHRASES[0]}, time.monotonic(), until
        )
        if ws is not None:
            await ws.close()
        one.stored.clear()
        one.answered.clear()


async def _honest(people: list[Honest], seconds: float) -> None:
    until = time.monotonic() + seconds

    async def come(one: Honest, after: float) -> None:
        await asyncio.sleep(after)
        await one.talk(until)

    await asyncio.gather(*(come(one, n * seconds / 2 / HONEST) for n, one in enumerate(people)))


@asynccontextmanager
async def _attackers(kind: str, base: str, seconds: float) -> AsyncIterator[Any]:
    async def nothing() -> None:
        return

    if kind == "none":
        yield nothing
        return
    process = await asyncio.create_subprocess_exec(
        "nice", "-n", str(NICE), sys.executable, "-m", "benchmarks.attackers",
        kind, base, str(seconds), stdin=PIPE, stdout=PIPE, cwd=ROOT,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    await process.stdout.readline()

    async def begin() -> None:
        assert process.stdin is not None
        process.stdin.write(b"go\n")

    try:
        yield begin
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def _peak_bytes(pid: int) -> int:
    """Give how much memory a process ever held; 0 where the system does not tell."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def _row(people: list[Honest], lost: int, peak: int) -> dict[str, Any]:
    stored = sorted(itertools.chain.from_iterable(one.stored for one in people))
    first = sorted(one.stored[0] for one in people[1::2] if one.stored)
    answered = sorted(itertools.chain.from_iterable(one.answered for one in people))
    return {
        "messages": len(stored),
        "stored_p50_ms": _part(stored, 0.5),
        "stored_p95_ms": _part(stored, 0.95),
        "stored_max_ms": _part(stored, 1.0),
        "newcomer_p50_ms": _part(first, 0.5),
        "answered_p50_ms": _part(answered, 0.5),
        "answered_max_ms": _part(answered, 1.0),
        "not_stored": sum(one.late for one in people),
        "lost": lost,
        "peak_mib": peak / 2**20,
        "load": os.getloadavg()[0],
    }


def _part(rising: list[float], part: float) -> float:
    """Give the milliseconds within which a part of them came; without any, longer than a bench."""
    return 1000 * rising[min(int(len(rising) * part), len(rising) - 1)] if rising else 1e6
