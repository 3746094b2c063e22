"""Sessions of who has said nothing yet, and of which token takes whose place.

Runs before the code that needs it. Revision: 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_UNSPOKEN = sa.text("side IS NOT NULL")


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("sessions") as table:
        table.add_column(sa.Column("side", sa.String(17)))
        table.add_column(sa.Column("language", sa.String(13)))
        table.add_column(sa.Column("replaces", sa.String(64)))
    op.create_index("ix_sessions_replaces", "sessions", ["replaces"])
    op.create_index(
        "ix_sessions_unspoken",
        "sessions",
        ["created_at"],
        unique=False,
        sqlite_where=_UNSPOKEN,
        postgresql_where=_UNSPOKEN,
    )


def downgrade() -> None:
    """Go back: who has said nothing yet begins anew."""
    op.execute(sa.text("DELETE FROM sessions WHERE side IS NOT NULL"))
    op.drop_index("ix_sessions_unspoken", "sessions")
    op.drop_index("ix_sessions_replaces", "sessions")
    with op.batch_alter_table("sessions") as table:
        table.drop_column("replaces")
        table.drop_column("language")
        table.drop_column("side")
