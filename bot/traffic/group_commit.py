"""One transaction for what many ask at once: whoever comes while one runs goes with the next.

A commit waits for the disk; a hundred in a row wait a hundred times, and hold up who comes after.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from domain.errors import InternalError

Thing = TypeVar("Thing")


class GroupCommit(Generic[Thing]):
    """Gathers things for a transaction, in the order they come, without any delay of its own."""

    def __init__(
        self, write: Callable[[Sequence[Thing]], Awaitable[None]], *, most: int = 200
    ) -> None:
        """Begin with nothing.

        Args:
            write: does one transaction for some of the things; called once at a time.
            most: how many things one transaction takes.
        """
        self._write = write
        self._most = most
        self._waiting: list[tuple[Thing, asyncio.Future[None]]] = []
        self._running: asyncio.Task[None] | None = None

    async def add(self, thing: Thing) -> None:
        """Return once a thing is committed.

        Raises:
            Exception: what its transaction raised.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((thing, done))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        await done

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                await self._write([thing for thing, _ in batch])
            except InternalError as error:
                _tell(batch, error)  # the database refuses: it would refuse each of them
            except Exception as error:
                await self._one_by_one(batch, error)
            except BaseException:
                for _, done in batch + self._waiting:
                    done.cancel()
                raise
            else:
                _tell(batch, None)

    async def _one_by_one(
        self, batch: Sequence[tuple[Thing, asyncio.Future[None]]], error: Exception
    ) -> None:
        """Find out whose fault it was: nobody fails for another one's thing."""
        if len(batch) == 1:
            _tell(batch, error)
            return
        for thing, done in batch:
            try:
                await self._write([thing])
            except Exception as own:
                _tell([(thing, done)], own)
            else:
                _tell([(thing, done)], None)


def _tell(batch: Sequence[tuple[Thing, asyncio.Future[None]]], error: Exception | None) -> None:
    for _, done in batch:
        if done.done():
            continue  # nobody waits for it any more
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
