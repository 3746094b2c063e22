"""Files are sealed, each with a key of its own in its row.

Files that an earlier version kept were plain; no office had any yet, so they are given up rather
than sealed: housekeeping erases what no row names. Runs before the code that needs it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "doomed_files",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_doomed_files")),
    )
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachments_content_hash"))
        batch_op.alter_column("content_hash", new_column_name="file_name")
        batch_op.add_column(sa.Column("file_key", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachments_file_name"), ["file_name"], unique=False)
    op.execute(
        "UPDATE attachments SET state = 'failed', file_name = NULL WHERE file_name IS NOT NULL"
    )


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachments_file_name"))
        batch_op.drop_column("file_key")
        batch_op.alter_column("file_name", new_column_name="content_hash")
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_attachments_content_hash"), ["content_hash"], unique=False
        )
    op.drop_table("doomed_files")
