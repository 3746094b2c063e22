"""A consistent copy of an SQLite database while it is in use."""

import sqlite3
from contextlib import closing
from pathlib import Path

from domain.errors import StorageError


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database as it stands at one moment, its write-ahead log included.

    Only what is there is copied: no page that was freed, no log. Blocks on the disk: call it in a
    thread.

    Raises:
        StorageError: the source cannot be read or is damaged, or the target cannot be written.
    """
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as given:
            given.execute("VACUUM INTO ?", (str(target),))
        with closing(sqlite3.connect(target)) as made:
            said = made.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        raise StorageError(f"{source} cannot be copied: {error}") from error
    if said != "ok":
        raise StorageError(f"{source} is damaged: {said}")


def truncate_log(path: Path) -> bool:
    """Write the log's pages into the database and empty it; tell whether that could be done.

    Blocks on the disk: call it in a thread.

    Raises:
        StorageError: the database is gone.
    """
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=5)) as given:
            busy, _, _ = given.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        raise StorageError(f"the log of {path} cannot be emptied: {error}") from error
    return not busy
