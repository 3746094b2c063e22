"""Who follows a stop of a mobile station.

Runs before the code that needs it. Revision: 0027, after 0026.
"""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "stop_follows",
        sa.Column("stop", sa.String(40), nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("reminded_of", UtcDateTime()),
        sa.PrimaryKeyConstraint("stop", "person", name="pk_stop_follows"),
    )
    op.create_index("ix_stop_follows_person", "stop_follows", ["person"])


def downgrade() -> None:
    """Go back: nobody follows a stop any more."""
    op.execute("DELETE FROM reminders WHERE kind = 'entry'")
    op.execute("DELETE FROM gathered_reminders WHERE kind = 'stop'")
    op.drop_table("stop_follows")
