"""Duty of people who have not joined yet waits for them.

Runs before the code that needs it. Revision: 0022, after 0019.
"""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "waiting_shifts",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_waiting_shifts"),
    )
    op.create_index("ix_waiting_shifts_ends_at", "waiting_shifts", ["ends_at"])


def downgrade() -> None:
    """Go back: shifts of people who have not joined are entered again later."""
    op.drop_index("ix_waiting_shifts_ends_at", "waiting_shifts")
    op.drop_table("waiting_shifts")
