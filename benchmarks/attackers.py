"""The attackers of `benchmarks.attack`: ``python -m benchmarks.attackers KIND BASE SECONDS``.

They talk to loopback only, are so many and last so long as they are told, and then end.
"""

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, ClientWebSocketResponse, TCPConnector
from yarl import URL

#: Whatever goes wrong on an attacker's side is what it wanted.
_FAILS = (ClientError, TimeoutError, OSError, ConnectionError)
PHRASES = ("3号楼路灯坏了", "楼上漏水", "小区垃圾没人收", "想办老年证", "有人占用消防通道")


@dataclass
class Attacker:
    """One of many."""

    number: int
    base: str
    http: ClientSession
    home: str
    until: float
    token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """What every request bears: an address of its own, as a server in front tells it."""
        headers = {"Origin": self.base, "X-Forwarded-For": self.home}
        if self.token:
            headers["Cookie"] = f"linli-residents={self.token}"
        return headers

    @property
    def goes_on(self) -> bool:
        """Whether the time is not over."""
        return time.monotonic() < self.until

    async def open_session(self) -> None:
        """Begin a session."""
        async with self.http.post(
            f"{self.base}/chat/session", json={"side": "residents"}, headers=self.headers
        ) as response:
            cookie = response.cookies.get("linli-residents")
            self.token = cookie.value if cookie else ""

    async def connect(self) -> ClientWebSocketResponse:
        """Open a conversation; say hello oneself."""
        return await self.http.ws_connect(
            f"{self.base}/chat/ws?side=residents", headers=self.headers, heartbeat=None
        )


HELLO = json.dumps({"type": "hello", "version": 1, "since": 0})


async def _frames(one: Attacker, make: Callable[[int], str], per_second: float) -> None:
    """Send frames as fast as allowed, read whatever comes, and come back when cut off."""
    while one.goes_on:
        with suppress(*_FAILS):
            ws = await one.connect()
            reading = asyncio.create_task(_read(ws))
            try:
                await ws.send_str(HELLO)
                for n in itertools.count():
                    if not one.goes_on or ws.closed:
                        break
                    async with asyncio.timeout(10):
                        await ws.send_str(make(n))
                    await asyncio.sleep(1 / per_second)
            finally:
                reading.cancel()
                with suppress(*_FAILS):
                    await ws.close()
        await asyncio.sleep(0.05)


async def _read(ws: ClientWebSocketResponse) -> None:
    with suppress(*_FAILS):
        async for _ in ws:
            pass


async def _garbage(one: Attacker) -> None:
    await _frames(one, lambda _: "nonsense", 50)


async def _hello(one: Attacker) -> None:
    await _frames(one, lambda _: HELLO, 8)


async def _seen(one: Attacker) -> None:
    await _frames(one, lambda n: json.dumps({"type": "seen", "upto": n + 1}), 8)


async def _large(one: Attacker) -> None:
    await _frames(one, lambda _: "x" * 250_000, 2)


async def _silent(one: Attacker) -> None:
    with suppress(*_FAILS):
        ws = await one.connect()
        reading = asyncio.create_task(_read(ws))
        await asyncio.sleep(max(0.0, one.until - time.monotonic()))
        reading.cancel()


async def _bare(one: Attacker) -> None:
    """Connections without a byte."""
    url = URL(one.base)
    while one.goes_on:
        with suppress(*_FAILS):
            reader, writer = await asyncio.open_connection(url.host, url.port)
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.1, one.until - time.monotonic())):
                    await reader.read()
            writer.close()


def _words(one: Attacker, words: str, n: int) -> str:
    return json.dumps({"type": "text", "id": f"{one.number}-{n}", "text": words})


async def _texts(one: Attacker) -> None:
    """Plausible texts: thirty at once, then as many as are taken."""
    await _frames(one, lambda n: _words(one, PHRASES[n % len(PHRASES)], n), 30)


async def _digits(one: Attacker) -> None:
    await _frames(one, lambda n: _words(one, "1" * 16_000, n), 1)


async def _slow_uploads(one: Attacker) -> None:
    """Uploads of a byte every second."""

    async def dribble() -> Any:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
        while one.goes_on:
            yield b"x"
            await asyncio.sleep(1)

    headers = {**one.headers, "Content-Type": "multipart/form-data; boundary=b"}
    address = f"{one.base}/chat/files?side=residents&kind=photo"
    while one.goes_on:
        with suppress(*_FAILS):
            async with one.http.post(address, data=dribble(), headers=headers) as response:
                await response.read()
        await asyncio.sleep(0.2)


async def _sessions(one: Attacker) -> None:
    """Sessions without end."""
    while one.goes_on:
        with suppress(*_FAILS):
            one.token = ""
            await one.open_session()
        await asyncio.sleep(0.05)


async def _pages(one: Attacker) -> None:
    """The page itself, again and again."""
    while one.goes_on:
        with suppress(*_FAILS):
            async with one.http.get(f"{one.base}/?g=G01", headers=one.headers) as response:
                await response.read()


async def _polls(one: Attacker) -> None:
    """New conversations over plain HTTP without end."""
    ask = {"line": "", "got": 0, "wait": False, "frames": [json.loads(HELLO)]}
    while one.goes_on:
        with suppress(*_FAILS):
            async with one.http.post(
                f"{one.base}/chat/poll?side=residents", json=ask, headers=one.headers
            ) as response:
                await response.read()
        await asyncio.sleep(0.1)


Attack = Callable[[Attacker], Awaitable[None]]
#: By name: what each does, how many there are, and whether they share one address.
KINDS: dict[str, tuple[Attack, int, bool]] = {
    "garbage": (_garbage, 500, False),
    "hello": (_hello, 500, False),
    "hello, one address": (_hello, 50, True),
    "seen": (_seen, 500, False),
    "large frames": (_large, 500, False),
    "silent": (_silent, 500, False),
    "bare connections": (_bare, 1_100, False),
    "plausible texts": (_texts, 500, False),
    "texts from the same address": (_texts, 30, True),
    "digits": (_digits, 1, False),
    "slow uploads": (_slow_uploads, 60, False),
    "sessions": (_sessions, 60, False),
    "pages": (_pages, 60, False),
    "plain HTTP": (_polls, 100, False),
}
#: Where the honest ones of the bench live, too.
SHARED_HOME = "203.0.113.1"
_NEEDS_NO_SESSION = {"bare connections", "sessions", "pages"}


async def attack(kind: str, base: str, seconds: float) -> None:
    """Get ready, say so, wait for the word, attack, and end."""
    do, many, together = KINDS[kind]
    async with ClientSession(
        connector=TCPConnector(limit=0), timeout=ClientTimeout(total=30, sock_connect=10)
    ) as http:
        attackers = [
            Attacker(
                number=n,
                base=base,
                http=http,
                home=SHARED_HOME if together else f"198.18.{n // 250}.{n % 250 + 1}",
                until=0.0,
            )
            for n in range(many)
        ]
        if kind not in _NEEDS_NO_SESSION:
            for one in attackers:
                await one.open_session()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        until = time.monotonic() + seconds
        for one in attackers:
            one.until = until
        tasks = [asyncio.create_task(_gently(do, one)) for one in attackers]
        await asyncio.wait(tasks, timeout=seconds + 10)


async def _gently(do: Attack, one: Attacker) -> None:
    with suppress(Exception):
        await do(one)


if __name__ == "__main__":
    asyncio.run(attack(sys.argv[1], sys.argv[2], float(sys.argv[3])))
