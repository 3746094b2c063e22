"""Files, messages and looks are about subjects of any kind, not about cases alone.

Runs before the code that needs it. Revision: 0017, after 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_NAMED = sa.text("subject IS NOT NULL")
_OF_A_BROADCAST = sa.text("broadcast IS NOT NULL")


def upgrade() -> None:
    """Go forward."""
    _attachments()
    _outbox()
    op.execute("UPDATE access_log SET subject = 'matter:' || subject")


def _attachments() -> None:
    op.add_column("attachments", sa.Column("subject", sa.String(60)))
    op.execute("UPDATE attachments SET subject = 'matter:' || matter WHERE matter IS NOT NULL")
    op.drop_index("ix_attachments_matter", table_name="attachments")
    op.drop_column("attachments", "matter")
    op.create_index("ix_attachments_subject", "attachments", ["subject"])


def _outbox() -> None:
    op.add_column("outbox", sa.Column("subject", sa.String(60)))
    op.execute("UPDATE outbox SET subject = 'matter:' || matter WHERE matter IS NOT NULL")
    op.execute("UPDATE outbox SET subject = 'broadcast:' || broadcast WHERE broadcast IS NOT NULL")
    op.drop_index("ix_outbox_matter", table_name="outbox")
    op.drop_index("ix_outbox_broadcast", table_name="outbox")
    op.drop_column("outbox", "matter")
    op.drop_column("outbox", "broadcast")
    op.create_index(
        "ix_outbox_subject",
        "outbox",
        ["subject", "lane", "state"],
        unique=False,
        sqlite_where=_NAMED,
        postgresql_where=_NAMED,
    )
    op.create_table(
        "outbox_subjects",
        sa.Column("shown", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.PrimaryKeyConstraint("shown", "subject", name="pk_outbox_subjects"),
    )
    op.create_index("ix_outbox_subjects_subject", "outbox_subjects", ["subject"])
    op.execute(
        "INSERT INTO outbox_subjects (shown, subject) "
        "SELECT shown, 'matter:' || matter FROM outbox_matters"
    )
    op.drop_table("outbox_matters")


def downgrade() -> None:
    """Go back: what is about anything but a case or a broadcast is about nothing."""
    op.execute("UPDATE access_log SET subject = substr(subject, 8) WHERE subject LIKE 'matter:%'")
    _outbox_before()
    _attachments_before()


def _outbox_before() -> None:
    op.create_table(
        "outbox_matters",
        sa.Column("shown", sa.String(32), nullable=False),
        sa.Column("matter", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("shown", "matter", name="pk_outbox_matters"),
    )
    op.create_index("ix_outbox_matters_matter", "outbox_matters", ["matter"])
    op.execute(
        "INSERT INTO outbox_matters (shown, matter) SELECT shown, substr(subject, 8) "
        "FROM outbox_subjects WHERE subject LIKE 'matter:%'"
    )
    op.drop_table("outbox_subjects")
    op.add_column("outbox", sa.Column("matter", sa.String(20)))
    op.add_column("outbox", sa.Column("broadcast", sa.String(40)))
    op.execute("UPDATE outbox SET matter = substr(subject, 8) WHERE subject LIKE 'matter:%'")
    # After ``broadcast:``; after ``matter:`` it is the eighth letter.
    op.execute("UPDATE outbox SET broadcast = substr(subject, 11) WHERE subject LIKE 'broadcast:%'")
    op.drop_index("ix_outbox_subject", table_name="outbox")
    op.drop_column("outbox", "subject")
    op.create_index("ix_outbox_matter", "outbox", ["matter"])
    op.create_index(
        "ix_outbox_broadcast",
        "outbox",
        ["broadcast", "state"],
        unique=False,
        sqlite_where=_OF_A_BROADCAST,
        postgresql_where=_OF_A_BROADCAST,
    )


def _attachments_before() -> None:
    op.add_column("attachments", sa.Column("matter", sa.String(20)))
    op.execute("UPDATE attachments SET matter = substr(subject, 8) WHERE subject LIKE 'matter:%'")
    op.drop_index("ix_attachments_subject", table_name="attachments")
    op.drop_column("attachments", "subject")
    op.create_index("ix_attachments_matter", "attachments", ["matter"])
