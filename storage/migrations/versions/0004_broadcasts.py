"""Broadcasts, whose messages name them, and residents who want no notices.

Runs before the code that needs it. Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OF_ONE = sa.text("broadcast IS NOT NULL")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("picture", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=15), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.String(length=40), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("shown_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
    )
    op.create_index("ix_broadcasts_created_at", "broadcasts", ["created_at"], unique=False)
    op.create_index(op.f("ix_broadcasts_picture"), "broadcasts", ["picture"], unique=False)
    op.add_column("outbox", sa.Column("broadcast", sa.String(length=40), nullable=True))
    op.create_index(
        "ix_outbox_broadcast",
        "outbox",
        ["broadcast", "state"],
        unique=False,
        sqlite_where=_OF_ONE,
        postgresql_where=_OF_ONE,
    )
    op.add_column(
        "people", sa.Column("notices", sa.Boolean(), nullable=False, server_default=sa.true())
    )


def downgrade() -> None:
    """Go back."""
    op.drop_column("people", "notices")
    op.drop_index("ix_outbox_broadcast", table_name="outbox")
    op.drop_column("outbox", "broadcast")
    op.drop_table("broadcasts")
