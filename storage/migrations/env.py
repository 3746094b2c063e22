"""Alembic's entry: runs on the connection that `storage.migrate` hands over."""

from alembic import context

from storage.migrate import import_tables
from storage.schema import metadata

import_tables()
connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    # SQLite cannot alter most things in place: tables are copied.
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
