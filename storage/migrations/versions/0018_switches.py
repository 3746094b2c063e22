"""Where features are open.

Runs before the code that needs it. Revision: 0018, after 0017.
"""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "switches",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("feature", sa.String(40), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_switches"),
    )
    op.create_index("ix_switches_by", "switches", ["by"])


def downgrade() -> None:
    """Go back: what was decided is not known any more, and everything stands as configured."""
    op.drop_table("switches")
