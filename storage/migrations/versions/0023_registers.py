"""Registers: lists that the office keeps as data, such as its halls.

Runs before the code that needs it. Revision: 0023, after 0019.
"""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0023"
down_revision = "0019"
branch_labels = None
depends_on = None

_HAS_NOT_ENDED = sa.text("state != 'ended'")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "register_entries",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("register", sa.String(40), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(17), nullable=False),
        sa.Column("fields", sa.JSON(none_as_null=True)),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("person", sa.String(40)),
        sa.Column("valid_from", UtcDateTime()),
        sa.Column("valid_until", UtcDateTime()),
        sa.Column("changed_by", sa.String(40), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_register_entries"),
    )
    op.create_index("ix_register_entries_person", "register_entries", ["person"])
    op.create_index(
        "ix_register_entries_key",
        "register_entries",
        ["register", "unit", "key"],
        unique=True,
        sqlite_where=_HAS_NOT_ENDED,
        postgresql_where=_HAS_NOT_ENDED,
    )


def downgrade() -> None:
    """Go back: the registers are gone, with what happened to their entries."""
    op.drop_table("register_entries")
    for table in ("file_events", "file_heads"):
        op.execute(f"DELETE FROM {table} WHERE file LIKE 'entry:%'")  # noqa: S608
