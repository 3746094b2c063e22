"""One serving process at a time on an SQLite file: a lock that ends with whoever holds it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Occupied(Exception):
    """Raised where another process serves from the same database."""


@contextmanager
def file_lock_of(database: Path | None) -> Iterator[None]:
    """Hold a database for this process; None, for one that several may share, is held by nobody.

    The lock is the kernel's: a process that is killed leaves none behind. Two servers on one file
    would both send what waits in it.

    Raises:
        Occupied: somebody holds it.
    """
    if database is None:
        yield
        return
    with database.with_name(f"{database.name}.lock").open("ab") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Occupied(str(database)) from error
        yield
