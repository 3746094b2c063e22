"""SQLite without a thread between, for the short statements of an answer.

Relies on private names of aiosqlite. Where a version has others, all statements go to the thread,
as aiosqlite does by itself: slower, and right.

aiosqlite hands every step of every statement to a thread and waits for it. That keeps long
queries from holding everybody up, and takes many times as long as a short one itself. An inline
transaction runs its statements where they are called; only what may wait for the disk or for
another process, its beginning and its commit, still goes to the thread.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

import aiosqlite
from aiosqlite import core

BEGIN_WRITING = "BEGIN IMMEDIATE"
#: Private names of aiosqlite, of its module or of a connection.
RELIED_ON = ("_STOP_RUNNING_SENTINEL", "_execute", "_tx", "_thread", "_running", "_connection")

#: How long a connection that is ended may still be at its last statement: longer than one waits for
#: another process.
_LAST_STATEMENT_SECONDS = 20

_inline: ContextVar[bool] = ContextVar("inline", default=False)


@contextmanager
def inlined(inline: bool) -> Iterator[None]:
    """Run the statements of this task here, or let the thread run them."""
    before = _inline.get()
    _inline.set(inline)
    try:
        yield
    finally:
        _inline.set(before)


class InlineConnection(aiosqlite.Connection):
    """A connection that minds `inlined`."""

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if not _inline.get() or self._may_wait(fn, args):
            return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]
        if self._connection is None:
            raise ValueError("no active connection")
        return fn(*args, **kwargs)

    def stop(self) -> None:
        """End the thread, without a word to an event loop that may have ended before it."""
        self._running = False
        self._tx.put_nowait((None, self._end))

    @property
    def has_ended(self) -> bool:
        """Whether its thread has come and gone."""
        return self._thread.ident is not None and not self._thread.is_alive()

    def join(self) -> None:
        """Wait until its thread has ended."""
        if self._thread.ident is not None:
            self._thread.join(_LAST_STATEMENT_SECONDS)

    def _end(self) -> object:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        return core._STOP_RUNNING_SENTINEL

    def _may_wait(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> bool:
        if args:
            return bool(args[0] == BEGIN_WRITING)
        return fn in (self._conn.commit, self._conn.close)


def _is_known() -> bool:
    """Tell whether this version of aiosqlite has the names that are relied on."""
    bare = aiosqlite.Connection(lambda: sqlite3.connect(":memory:"), iter_chunk_size=64)
    return all(hasattr(core, name) or hasattr(bare, name) for name in RELIED_ON)


class Connections:
    """What opens the connections to one database, and ends whichever is left over.

    Whoever is cancelled in the middle of a statement leaves a connection whose thread goes on: it
    may yet take the lock, or take the log away from a file that has come to the old one's place.
    """

    def __init__(self) -> None:
        self._made: list[InlineConnection] = []

    def connect(self, database: str, **settings: Any) -> aiosqlite.Connection:
        """Open a connection; to be awaited, as aiosqlite's own."""
        if not _is_known():
            return aiosqlite.connect(database, **settings)
        # One statement runs at a time, wherever it runs.
        settings["check_same_thread"] = False
        made = InlineConnection(partial(sqlite3.connect, database, **settings), iter_chunk_size=64)
        made._thread.daemon = True
        self._made = [*(one for one in self._made if not one.has_ended), made]
        return made

    def end(self) -> None:
        """Close all that are open yet, and wait until their threads have ended."""
        for one in self._made:
            one.stop()
        for one in self._made:
            one.join()
        self._made.clear()
