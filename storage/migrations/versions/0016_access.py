"""Who has to withdraw from a matter, and who looked at what is sealed.

Runs before the code that needs it. Revision: 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("matters", sa.Column("barred", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "access_log",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("sight", sa.String(14), nullable=False),
        sa.Column("rule", sa.String(80), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_log"),
    )
    op.create_index("ix_access_log_at", "access_log", ["at"])
    op.create_index("ix_access_log_person", "access_log", ["person", "at"])
    op.create_index("ix_access_log_subject", "access_log", ["subject", "at"])


def downgrade() -> None:
    """Go back: nobody has to withdraw any more, and what was looked at is not known."""
    op.drop_table("access_log")
    op.drop_column("matters", "barred")
