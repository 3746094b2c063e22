"""The real server as a process that can be killed and started again.

`Server.start` runs ``python -m bot run``. A warm server is forked from a process that has imported
everything already: the same code, without the seconds that Python needs to read it a thousand
times.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

#: How long a start may take on a machine that has much else to do.
START_SECONDS = 120


class Server:
    """One process, dead or alive."""

    def __init__(
        self,
        environ: Mapping[str, str],
        base: str,
        log: Path,
        duties: Sequence[str] = (),
        warm: "Warm | None" = None,
    ) -> None:
        """Prepare; nothing runs yet.

        Args:
            duties: the roles of ``linli run --role``; none for all.
            warm: what forks it; without one a new interpreter is started each time.
        """
        self.environ = {**os.environ, **environ}
        self.base = base
        self.pid: int | None = None
        self._log = log
        self._arguments = ["run", *(word for duty in duties for word in ("--role", duty))]
        self._warm = warm
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, **environ: str) -> None:
        """Start the process; it may need a while until it answers."""
        environment = {**self.environ, **environ}
        command = ["bot", *self._arguments]
        if self._warm is not None:
            self.pid = await self._warm.fork(command, environment, self._log)
            return
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *command,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.pid = self._process.pid

    async def answers(self) -> None:
        """Wait until the server says that it is ready.

        Raises:
            AssertionError: it died, or never was.
        """
        try:
            async with (
                asyncio.timeout(START_SECONDS),
                ClientSession(timeout=ClientTimeout(2)) as http,
            ):
                while True:
                    try:
                        async with http.get(f"{self.base}/ready") as answer:
                            if answer.status == 200:
                                return
                    except (ClientError, OSError, TimeoutError):
                        assert self.is_alive, f"the server ended by itself\n{self.tail()}"
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"the server never answered\n{self.tail()}") from None

    @property
    def is_alive(self) -> bool:
        """Tell whether the process runs."""
        if self._process is not None:
            return self._process.returncode is None
        return self.pid is not None and _exists(self.pid)

    async def kill(self) -> None:
        """Kill at once, wherever it is, and wait until it is gone."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """Ask to end, as an operator would."""
        await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> None:
        if self.pid is None:
            return
        if self.is_alive:
            os.kill(self.pid, number)
        if self._process is not None:
            await self._process.wait()
        while self._process is None and _exists(self.pid):  # noqa: ASYNC110  # not our child
            await asyncio.sleep(0.002)
        self.pid, self._process = None, None

    def tail(self) -> str:
        """Give the end of the log."""
        return self._log.read_text(errors="replace")[-4000:] if self._log.exists() else ""


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class Warm:
    """A process that has imported everything, and forks servers on request."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def begin(cls) -> "Warm":
        """Import everything."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.chaos.server",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        warm = cls(process)
        assert await warm._line() == "warm"
        return warm

    async def fork(self, command: list[str], environ: Mapping[str, str], log: Path) -> int:
        """Start a server and give its process id."""
        order = {"command": command, "environ": dict(environ), "log": str(log)}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await self._process.stdin.drain()
        return int(await self._line())

    async def _line(self) -> str:
        assert self._process.stdout is not None
        return (await self._process.stdout.readline()).decode().strip()

    async def end(self) -> None:
        """End the process that forks; the servers are ended by their own."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


def _serve_orders() -> None:
    import bot.channels.telegram.aiogram_client
    import bot.channels.telegram.ptb_client
    import bot.commands.cli
    import bot.main

    # Whoever was killed is forgotten at once; nobody here waits for them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    os.write(1, b"warm\n")
    for line in sys.stdin:
        order: dict[str, Any] = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(order)
            bot.commands.cli.main()
            os._exit(0)
        os.write(1, f"{pid}\n".encode())


def _become(order: Mapping[str, Any]) -> None:
    """Turn a fork into what a shell would have started."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.environ.clear()
    os.environ.update(order["environ"])
    sys.argv = list(order["command"])
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)


if __name__ == "__main__":
    _serve_orders()
