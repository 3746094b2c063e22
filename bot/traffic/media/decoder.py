"""Pictures and voices are cleaned in a process of its own, which may fail without harm.

A decoder that crashes, swells or hangs on a file that somebody made for that takes nobody with it:
the process is ended, the file is unusable, and the next one gets a new process. One file is
decoded at a time; the process begins with the first, and ends after a while without any.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress

import structlog

from bot.operations.metrics import UNUSABLE
from bot.traffic.media.results import CleanFile, Fault, Unusable
from bot.traffic.media.worker import ANSWER, PHOTO, QUESTION, READY, VOICE
from domain.messages import FileKind
from storage.spool import Spool

log = structlog.get_logger()

#: For one file on a machine that is busy with other things; computing time is bounded more tightly.
PATIENCE_SECONDS = 60.0
#: After so long without a file the process ends and gives its memory back.
IDLE_SECONDS = 60.0
#: How long a process may take that has closed its pipes.
ENDING_SECONDS = 5.0
_KINDS = {FileKind.PHOTO: PHOTO, FileKind.VOICE: VOICE}
#: All that the process sees of the server's surroundings: those hold tokens.
_SURROUNDINGS = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")


class NoMediaProcess(OSError):
    """Raised when no process could be started, or it was ended from outside: try later."""


class _Died(Exception):
    """The process ended amid a file."""


class Media:
    """Cleans pictures and voices, one at a time."""

    def __init__(
        self, *, patience_seconds: float = PATIENCE_SECONDS, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._patience = patience_seconds
        self._idle = idle_seconds
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._resting: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process else None

    async def clean(self, spool: Spool, kind: FileKind) -> CleanFile:
        """Give a file as it may be kept.

        Raises:
            Unusable: there is nothing to keep, whatever the reason; it is counted.
            NoMediaProcess: the system gives no process now.
            OSError: the disk does not give back what arrived.
            StorageError: it gives back something else.
        """
        async with self._turn:
            try:
                cleaned = await self._clean_twice(spool, kind)
            except Unusable as error:
                UNUSABLE.labels(kind, error.fault).inc()
                log.warning("media.unusable", kind=kind, fault=error.fault, size=spool.size)
                raise
            finally:
                self._rest_later()
            return cleaned

    async def close(self) -> None:
        """End the process."""
        async with self._turn:
            await self._end()

    async def _clean_twice(self, spool: Spool, kind: FileKind) -> CleanFile:
        """Give a file a second chance where the process may have been ended for others' sake."""
        for _ in range(2):
            try:
                async with asyncio.timeout(self._patience):
                    return await self._ask(spool, kind)
            except TimeoutError:
                await self._end()
                log.warning("media.too_slow", kind=kind, size=spool.size)
                raise Unusable(Fault.BROKEN) from None
            except _Died:
                code = await self._end(ended=True)
                log.warning("media.died", kind=kind, size=spool.size, code=code)
                if code == -getattr(signal, "SIGXCPU", 0):
                    raise Unusable(Fault.BROKEN) from None
            except Unusable:
                raise
            except BaseException:
                await self._end()  # what was asked is not answered any more
                raise
        raise Unusable(Fault.BROKEN)

    async def _ask(self, spool: Spool, kind: FileKind) -> CleanFile:
        process = self._process or await self._start()
        given, answers = _pipes(process)
        try:
            given.write(QUESTION.pack(_KINDS[kind], spool.size))
            async for piece in spool.pieces():
                given.write(piece)
                await given.drain()
            head = await answers.readexactly(ANSWER.size)
            told_size, size = ANSWER.unpack(head)
            told = (await answers.readexactly(told_size)).decode()
            if told.startswith("!"):
                raise Unusable(Fault(told[1:]))
            return CleanFile(await answers.readexactly(size), told)
        except (ConnectionError, asyncio.IncompleteReadError):
            raise _Died from None

    async def _start(self) -> Process:
        known = {name: os.environ[name] for name in _SURROUNDINGS if name in os.environ}
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                "bot.traffic.media.worker",
                stdin=PIPE,
                stdout=PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # errors quote what is in files
                env={**known, "PYTHONPATH": _import_path()},
                start_new_session=True,  # Ctrl-C is for the server, which ends it
            )
        except OSError as error:
            log.error("media.not_started", error=type(error).__name__)
            raise NoMediaProcess("not started") from error
        if await _pipes(self._process)[1].read(len(READY)) != READY:
            log.error("media.not_started", code=await self._end(ended=True))
            raise NoMediaProcess("it ended at once")
        return self._process

    async def _end(self, *, ended: bool = False) -> int | None:
        """End the process and give its exit code.

        Args:
            ended: it closed its pipes, and is about to be gone.
        """
        if self._rest is not None:
            self._rest.cancel()
        process, self._process = self._process, None
        if process is None:
            return None
        if ended:
            # One that is killed when it is gone already loses its exit code.
            with suppress(TimeoutError):
                async with asyncio.timeout(ENDING_SECONDS):
                    return await process.wait()
        with suppress(ProcessLookupError):
            process.kill()
        return await process.wait()

    def _rest_later(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        self._rest = asyncio.get_running_loop().call_later(self._idle, self._let_go)

    def _let_go(self) -> None:
        if not self._turn.locked():
            self._resting = asyncio.create_task(self.close())


def _pipes(process: Process) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
    if process.stdin is None or process.stdout is None:
        raise NoMediaProcess("it has no pipes")
    return process.stdin, process.stdout


def _import_path() -> str:
    """Give where this process finds its modules, the current folder left out."""
    return os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry)
