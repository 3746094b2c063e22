"""Until when a part of a flood waits.

Runs before the code that needs it. Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_HELD = sa.text("state = 'held'")


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("held_until", UtcDateTime(), nullable=True))
    op.create_index(
        "ix_inbox_held",
        "inbox",
        ["held_until"],
        unique=False,
        sqlite_where=_HELD,
        postgresql_where=_HELD,
    )


def downgrade() -> None:
    """Go back; what is held may be handled at once."""
    op.execute("UPDATE inbox SET state = 'waiting' WHERE state = 'held'")
    op.drop_index("ix_inbox_held", table_name="inbox")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_column("held_until")
