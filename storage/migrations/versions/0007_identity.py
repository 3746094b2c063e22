"""Codes that open nothing by themselves, accounts on trial, and substitutions that end.

Runs before the code that needs it. Codes that a window gave to people without an account end:
whoever holds one could become that person. Revision: 0007, after 0006.
"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ONCE = sa.text("once")
#: As long as the cookie of a member of staff.
_STAFF_LIFE = timedelta(days=30)

_posts = sa.table(
    "posts", sa.column("id"), sa.column("substitute"), sa.column("away_until", UtcDateTime())
)
_reminders = sa.table(
    "reminders",
    sa.column("kind"),
    sa.column("subject"),
    sa.column("step"),
    sa.column("round"),
    sa.column("due_at", UtcDateTime()),
)
_accounts = sa.table("accounts", sa.column("id"), sa.column("person"), sa.column("side"))
_recovery_codes = sa.table("recovery_codes", sa.column("person"))
_sessions = sa.table(
    "sessions",
    sa.column("token_hash"),
    sa.column("account"),
    sa.column("created_at", UtcDateTime()),
    sa.column("expires_at", UtcDateTime()),
)


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "device_codes",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=True),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_device_codes")),
    )
    with op.batch_alter_table("device_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_codes_account"), ["account"], unique=False)
    op.create_table(
        "lookup_codes",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_lookup_codes")),
    )
    with op.batch_alter_table("lookup_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lookup_codes_number"), ["number"], unique=False)
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("trial_until", UtcDateTime(), nullable=True))
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("device", sa.String(length=60), nullable=True))
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("once", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.create_index(
        "ix_outbox_once",
        "outbox",
        ["account", "id"],
        unique=False,
        sqlite_where=_ONCE,
        postgresql_where=_ONCE,
    )
    _end_what_must_end()


def _end_what_must_end() -> None:
    connection = op.get_bind()
    lent = sa.select(
        sa.literal("post"), _posts.c.id, sa.literal("return"), sa.literal(0), _posts.c.away_until
    ).where(_posts.c.substitute.is_not(None), _posts.c.away_until.is_not(None))
    connection.execute(
        _reminders.insert().from_select(["kind", "subject", "step", "round", "due_at"], lent)
    )
    connection.execute(
        _recovery_codes.delete().where(
            _recovery_codes.c.person.not_in(sa.select(_accounts.c.person))
        )
    )
    staff = sa.select(_accounts.c.id).where(_accounts.c.side == "staff")
    rows = connection.execute(sa.select(_sessions).where(_sessions.c.account.in_(staff))).all()
    for row in rows:
        end = min(row.expires_at, row.created_at + _STAFF_LIFE)
        connection.execute(
            _sessions.update()
            .where(_sessions.c.token_hash == row.token_hash)
            .values(expires_at=end)
        )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_outbox_once", table_name="outbox")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("once")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_column("device")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_column("trial_until")
    op.drop_table("lookup_codes")
    op.drop_table("device_codes")
    connection = op.get_bind()
    connection.execute(_reminders.delete().where(_reminders.c.kind == "post"))
