"""Benchmark 6: from the start to the first answer, and the memory of a server."""

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import psutil

from benchmarks import street
from benchmarks.dialogue import LINLI, running, talk
from benchmarks.measuring import median_of
from benchmarks.running import bot, free_port, town

#: After so long a server that nobody talks to has come to rest.
REST_SECONDS = 6.0


async def measure(*, runs: int = 3) -> dict[str, Any]:
    """Give seconds and megabytes: web alone, with Telegram, and under load."""
    web = [await _web_alone() for _ in range(runs)]
    telegram = [await _with_telegram() for _ in range(runs)]
    return {
        "web": median_of(web),
        "telegram": median_of(telegram),
        "runs": {"web": web, "telegram": telegram},
    }


async def _web_alone() -> dict[str, Any]:
    with TemporaryDirectory() as made:
        folder, port = Path(made), free_port()
        environ = street.environment(folder, "http://127.0.0.1:9", port)
        environ["LINLI_TELEGRAM__RESIDENTS__TOKEN"] = ""
        environ["LINLI_TELEGRAM__STAFF__TOKEN"] = ""
        async with street.prepared(folder, environ) as (_, database):
            await street.found(database)
        began = time.perf_counter()
        async with bot("bot", "run", environ=environ, folder=folder) as process:
            await answered(f"http://127.0.0.1:{port}/")
            seconds = time.perf_counter() - began
            await asyncio.sleep(REST_SECONDS)
            return {"start_seconds": seconds, "idle_mb": _megabytes(process.pid)}


async def answered(address: str) -> None:
    """Ask until there is a page."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(60):
        while True:
            try:
                async with session.get(address) as response:
                    if response.status == 200:
                        await response.read()
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.01)


async def _with_telegram() -> dict[str, Any]:
    with TemporaryDirectory() as made:
        async with town() as world:
            token = street.RESIDENTS_TOKEN
            await world.do("flood", token=token, count=1, script="service")
            async with running(world, Path(made), LINLI, wait=False) as process:
                began = time.perf_counter()
                await world.do("answered", token=token)
                seconds = time.perf_counter() - began
                await asyncio.sleep(REST_SECONDS)
                idle = _megabytes(process.pid)
                await talk(world, LINLI, process.pid, warm=1, seconds=5)
                load = _megabytes(process.pid)
    return {"start_seconds": seconds, "idle_mb": idle, "load_mb": load}


def _megabytes(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss) / 1e6
