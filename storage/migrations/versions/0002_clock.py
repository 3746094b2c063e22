"""What the clock writes: weekly digests, and what it has to tell people.

Runs before the code that needs them. Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "digests",
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("week", sa.String(length=10), nullable=False),
        sa.Column("begins_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("computed_at", UtcDateTime(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("unit", "week", name=op.f("pk_digests")),
    )
    op.create_table(
        "nudges",
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("step", sa.String(length=21), nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("person", "number", name=op.f("pk_nudges")),
    )
    with op.batch_alter_table("nudges", schema=None) as batch_op:
        batch_op.create_index("ix_nudges_not_before", ["not_before"], unique=False)


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("nudges", schema=None) as batch_op:
        batch_op.drop_index("ix_nudges_not_before")

    op.drop_table("nudges")
    op.drop_table("digests")
