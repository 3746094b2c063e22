"""Alembic's entry: runs on the connection that `storage.migrate` hands over."""

from typing import Any, Literal

from alembic import context

import storage.modules  # noqa: F401  # every table
from storage.schema import PersonId, SubjectKey, UtcDateTime, Word, metadata


def render_item(kind: str, item: Any, autogenerate: Any) -> str | Literal[False]:
    """Write the project's column types into a new migration so that it never changes later."""
    if kind == "type" and isinstance(item, Word | PersonId | SubjectKey):
        return f"sa.String(length={item.length})"
    if kind == "type" and isinstance(item, UtcDateTime):
        autogenerate.imports.add("from storage.schema import UtcDateTime")
        return "UtcDateTime()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    # SQLite cannot alter most things in place: tables are copied.
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
