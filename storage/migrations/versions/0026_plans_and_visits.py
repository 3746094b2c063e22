"""What recurs, of any feature.

Runs before the code that needs it. Revision: 0026, after 0019.
"""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0026"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "plans",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("seat_unit", sa.String(40), nullable=False),
        sa.Column("seat_role", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(40)),
        sa.Column("every_days", sa.Integer(), nullable=False),
        sa.Column("next_due_at", UtcDateTime(), nullable=False),
        sa.Column("last_done_at", UtcDateTime()),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("paused_until", UtcDateTime()),
        sa.Column("climbed_unit", sa.String(40)),
        sa.Column("climbed_role", sa.String(32)),
        sa.Column("climbs", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(15), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("reminded_until", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
    )
    op.create_index("uq_plans_subject", "plans", ["subject"], unique=True)
    op.create_index("ix_plans_owner_next_due_at", "plans", ["owner", "next_due_at"])
    op.create_index("ix_plans_unit_next_due_at", "plans", ["unit", "next_due_at"])


def downgrade() -> None:
    """Go back: nothing recurs any more."""
    op.execute("DELETE FROM reminders WHERE kind = 'plan'")
    op.drop_table("plans")
