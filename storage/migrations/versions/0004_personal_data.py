"""What a law keeps of an erased person, what is erased again after a restore, and exports.

Runs before the code that needs them. Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "erasures",
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("held", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_erasures")),
    )
    with op.batch_alter_table("matters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("restricted_until", UtcDateTime(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_matters_restricted_until"), ["restricted_until"], unique=False
        )

    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.alter_column(
            "kind", existing_type=sa.String(length=13), type_=sa.String(length=16)
        )


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.alter_column(
            "kind", existing_type=sa.String(length=16), type_=sa.String(length=13)
        )
    with op.batch_alter_table("matters", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_matters_restricted_until"))
        batch_op.drop_column("restricted_until")

    op.drop_table("erasures")
