"""Notices on the page that everybody may read.

Runs before the code that needs it. Revision: 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "public_notices",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("taken_down_at", UtcDateTime(), nullable=True),
        sa.Column("taken_down_by", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_public_notices"),
    )
    op.create_index("ix_public_notices_unit", "public_notices", ["unit", "published_at"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("public_notices")
