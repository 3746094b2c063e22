"""Which statements reach the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from storage.database import Database


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """List the statements that are run meanwhile."""
    statements: list[str] = []

    def note_down(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note_down)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note_down)
