"""A consistent copy of an SQLite database while it is in use."""

import sqlite3
from contextlib import closing
from pathlib import Path

from domain.errors import StorageError


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database as it stands at one moment, its write-ahead log included.

    Blocks on the disk: call it in a thread.

    Raises:
        StorageError: the source cannot be read or is damaged, or the target cannot be written.
    """
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as given,
            closing(sqlite3.connect(target)) as made,
        ):
            given.backup(made)
            said = made.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        raise StorageError(f"{source} cannot be copied: {error}") from error
    if said != "ok":
        raise StorageError(f"{source} is damaged: {said}")
