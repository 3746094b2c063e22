"""Processes of a benchmark: the town, and the bots that it talks to."""

import asyncio
import itertools
import json
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


class Town:
    """The way to a `benchmarks.town` process; orders run beside each other."""

    def __init__(self, process: Process, base: str) -> None:
        self._process = process
        self.base = base
        self.pid = process.pid
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._numbers = itertools.count()
        self._reading = asyncio.create_task(self._read())

    async def do(self, order: str, **arguments: Any) -> dict[str, Any]:
        """Have an order carried out.

        Raises:
            RuntimeError: it failed.
        """
        assert self._process.stdin is not None
        number = next(self._numbers)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        asked = json.dumps({"number": number, "do": order, **arguments})
        self._process.stdin.write(asked.encode() + b"\n")
        answer = await waiting
        if "error" in answer:
            raise RuntimeError(f"{order}: {answer['error']}")
        done: dict[str, Any] = answer["answer"]
        return done

    async def _read(self) -> None:
        try:
            while True:
                answer = await _line(self._process)
                self._waiting.pop(answer["number"]).set_result(answer)
        except RuntimeError as error:
            for waiting in self._waiting.values():
                waiting.set_exception(error)


async def _line(process: Process) -> dict[str, Any]:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise RuntimeError("a benchmark's process ended early")
    answer: dict[str, Any] = json.loads(line)
    return answer


@asynccontextmanager
async def town() -> AsyncIterator[Town]:
    """Run a town."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.town", stdin=PIPE, stdout=PIPE, cwd=ROOT, limit=1 << 24
    )
    try:
        yield Town(process, (await _line(process))["base"])
    finally:
        await _end(process)


@asynccontextmanager
async def bot(
    *module: str, environ: Mapping[str, str], folder: Path, log: Path | None = None
) -> AsyncIterator[Process]:
    """Run a bot: ``python -m MODULE …`` in a folder, with the code of this checkout."""
    said = open(log or folder / "bot.log", "ab")  # noqa: SIM115, ASYNC230  # closed with the bot
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *module,
        stdin=DEVNULL,
        stdout=said,
        stderr=said,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
    )
    try:
        yield process
    finally:
        await _end(process)
        said.close()


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(10):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def free_port() -> int:
    """Find a port that is free now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
