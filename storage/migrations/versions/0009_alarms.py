"""Alarms: danger that somebody told of, until it is answered or a case.

Runs before the code that needs it. Revision: 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

import storage.schema

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "alarms",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("said_at", storage.schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", storage.schema.UtcDateTime(timezone=True), nullable=True),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
    )
    with op.batch_alter_table("alarms", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alarms_person"), ["person"], unique=False)
        batch_op.create_index(batch_op.f("ix_alarms_said_at"), ["said_at"], unique=False)
    with op.batch_alter_table("matters", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("dangers", sa.String(length=80), nullable=False, server_default="")
        )
        batch_op.add_column(
            sa.Column("unconfirmed", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("matters", schema=None) as batch_op:
        batch_op.drop_column("unconfirmed")
        batch_op.drop_column("dangers")
    op.drop_table("alarms")
