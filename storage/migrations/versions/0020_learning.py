"""What an office learns from: corrections, its categories' examples, and the supplement itself.

Runs before the code that needs it. Revision: 0020, after 0019.
"""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "corrections",
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("community", sa.String(40), nullable=False),
        sa.Column("by", sa.String(14), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_corrections"),
    )
    op.create_index("ix_corrections_person", "corrections", ["person"])
    op.create_index("ix_corrections_at", "corrections", ["at"])
    op.create_table(
        "supplements",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("base", sa.String(64), nullable=False),
        sa.Column("trained_at", UtcDateTime(), nullable=False),
        sa.Column("corrections", sa.Integer(), nullable=False),
        sa.Column("learnt_of", sa.String(64), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_supplements"),
    )
    with op.batch_alter_table("categories") as table:
        table.add_column(sa.Column("examples", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Go back: what was learnt, and what from, is gone; sentences are read as Linli came."""
    with op.batch_alter_table("categories") as table:
        table.drop_column("examples")
    op.drop_table("supplements")
    op.drop_table("corrections")
