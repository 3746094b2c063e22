"""Which matters a message is about: what somebody opened is erased with the case.

Runs before the code that needs it. Revision: 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_NAMED = sa.text("shown IS NOT NULL")


def upgrade() -> None:
    """Go forward."""
    op.add_column("outbox", sa.Column("shown", sa.String(32)))
    op.create_index(
        "ix_outbox_shown",
        "outbox",
        ["shown"],
        unique=False,
        sqlite_where=_NAMED,
        postgresql_where=_NAMED,
    )
    op.create_table(
        "outbox_matters",
        sa.Column("shown", sa.String(32), nullable=False),
        sa.Column("matter", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("shown", "matter", name="pk_outbox_matters"),
    )
    op.create_index("ix_outbox_matters_matter", "outbox_matters", ["matter"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("outbox_matters")
    op.drop_index("ix_outbox_shown", table_name="outbox")
    op.drop_column("outbox", "shown")
