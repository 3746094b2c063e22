"""An index of what is quarantined: metrics count it every few seconds.

Runs before the code that needs it. Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_QUARANTINED = sa.text("state = 'quarantined'")


def upgrade() -> None:
    """Go forward."""
    op.create_index(
        "ix_inbox_quarantined",
        "inbox",
        ["id"],
        unique=False,
        sqlite_where=_QUARANTINED,
        postgresql_where=_QUARANTINED,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_inbox_quarantined", table_name="inbox")
