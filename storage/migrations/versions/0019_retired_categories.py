"""Categories that are offered no more keep their names.

Runs before the code that needs it. Revision: 0019, after 0018.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("categories") as table:
        table.add_column(
            sa.Column("retired", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    """Go back: what is offered no more is not known any more."""
    op.execute("DELETE FROM categories WHERE retired")
    with op.batch_alter_table("categories") as table:
        table.drop_column("retired")
