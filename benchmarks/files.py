"""Benchmark 7: the memory of a whole server while people send the dearest pictures there are."""

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import psutil

from benchmarks import street
from benchmarks.running import bot, free_port
from benchmarks.start import REST_SECONDS, answered
from tests.bot_api.limits import Limits
from tests.bot_api.server import BotApi
from tests.dear_pictures import dear_pictures, heavy_photo

#: How many come over Telegram, and as many again on the page, all at once.
AT_ONCE = 10
_TYPES = {b"\xff\xd8": "image/jpeg", b"\x89P": "image/png", b"RI": "image/webp"}


async def measure() -> dict[str, Any]:
    """Give the peak of server and child together, in megabytes: small pictures and heavy ones."""
    dear = [data for _, data in dear_pictures()]
    heavy = heavy_photo()
    return {
        "bombs": await _peak((dear * 2)[:AT_ONCE], (dear * 2)[AT_ONCE : 2 * AT_ONCE]),
        "heavy": await _peak([heavy] * AT_ONCE, [heavy] * AT_ONCE),
        "heavy_bytes": len(heavy),
    }


async def _peak(over_telegram: Sequence[bytes], on_page: Sequence[bytes]) -> dict[str, float]:
    with TemporaryDirectory() as made:
        folder, port = Path(made), free_port()
        async with BotApi(limits=Limits.off()) as api:
            environ = street.environment(folder, api.base, port)
            residents = api.bot(street.RESIDENTS_TOKEN, username="residents_bot")
            api.bot(street.STAFF_TOKEN, username="staff_bot")
            async with street.prepared(folder, environ) as (_, database):
                await street.found(database)
            async with bot("bot", "run", environ=environ, folder=folder) as process:
                base = f"http://127.0.0.1:{port}"
                await answered(base)
                seen: list[float] = []
                watching = asyncio.create_task(_watch(process.pid, seen))
                await asyncio.sleep(REST_SECONDS)
                idle = _now(process.pid)
                began = time.perf_counter()
                chats = [api.person(100 + one).chat_with(residents) for one in range(AT_ONCE)]
                for chat in chats:
                    await chat.start()
                sent = [
                    chat.send_document("p", data, mime_type=_TYPES.get(data[:2], "image/webp"))
                    for chat, data in zip(chats, over_telegram, strict=True)
                ]
                uploads = [_upload(base, data) for data in on_page]
                answers = (await asyncio.gather(*sent, *uploads))[len(sent) :]
                await _fetched(folder, environ, AT_ONCE)
                seconds = time.perf_counter() - began
                watching.cancel()
                await asyncio.wait({watching})
                return {
                    "idle_mb": idle,
                    "peak_mb": max(seen),
                    "seconds": seconds,
                    "uploads_kept": float(sum(status == 201 for status in answers)),
                    "still_runs": float(process.returncode is None),
                }


async def _watch(pid: int, seen: list[float]) -> None:
    """Note what a server and its children hold, again and again."""
    while True:
        seen.append(_now(pid))
        await asyncio.sleep(0.01)


def _now(pid: int) -> float:
    held = 0
    process = psutil.Process(pid)
    for one in (process, *process.children(recursive=True)):
        try:
            held += one.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return held / 1e6


async def _upload(base: str, data: bytes) -> int:
    """Send a file like the page does: again, where there was no room for it."""
    # An address in place of a name: cookies are kept all the same.
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        headers = {"Origin": base}
        begun = {"side": "residents"}
        async with session.post(f"{base}/chat/session", json=begun, headers=headers) as response:
            await response.read()
        address = f"{base}/chat/files?side=residents&kind=photo"
        while True:
            form = aiohttp.FormData()
            form.add_field("file", data, filename="photo")
            async with session.post(address, data=form, headers=headers) as response:
                await response.read()
                if response.status != 503:
                    return response.status
                await asyncio.sleep(float(response.headers["Retry-After"]))


async def _fetched(folder: Path, environ: dict[str, str], count: int) -> None:
    """Wait until nothing is wanted any more."""
    path = next((folder / "data").glob("*.db"))
    async with asyncio.timeout(300):
        while True:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as look:
                rows = look.execute("SELECT state FROM attachments WHERE bot LIKE 'telegram%'")
                states = [state for (state,) in rows]
            look.close()
            if len(states) >= count and "wanted" not in states:
                return
            await asyncio.sleep(0.1)
