"""Reminders of any kind are gathered, not those of cases alone.

Runs before the code that needs it. Revision: 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "gathered_reminders",
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("person", "kind", "subject", name="pk_gathered_reminders"),
    )
    op.create_index("ix_gathered_reminders_not_before", "gathered_reminders", ["not_before"])
    op.execute(
        "INSERT INTO gathered_reminders (person, kind, subject, step, not_before) "
        "SELECT person, 'matter', number, step, not_before FROM nudges"
    )
    op.drop_table("nudges")


def downgrade() -> None:
    """Go back: what only this version gathers is told no more."""
    op.create_table(
        "nudges",
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("person", "number", name="pk_nudges"),
    )
    op.create_index("ix_nudges_not_before", "nudges", ["not_before"])
    op.execute(
        "INSERT INTO nudges (person, number, step, not_before) "
        "SELECT person, subject, step, not_before FROM gathered_reminders WHERE kind = 'matter'"
    )
    op.drop_table("gathered_reminders")
