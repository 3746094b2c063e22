"""Holidays that the office took in; categories that are offered no more keep their names.

Runs before the code that needs it. Revision: 0019, after 0018.
"""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "work_calendars",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_work_calendars"),
    )
    with op.batch_alter_table("categories") as table:
        table.add_column(
            sa.Column("retired", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    """Go back: neither is known any more."""
    op.drop_table("work_calendars")
    op.execute("DELETE FROM categories WHERE retired")
    with op.batch_alter_table("categories") as table:
        table.drop_column("retired")
