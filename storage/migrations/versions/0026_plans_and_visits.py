"""What recurs, of any feature; the register of priority groups, its visits and needs.

Runs before the code that needs it. Revision: 0026, after 0025.
"""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "plans",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("seat_unit", sa.String(40), nullable=False),
        sa.Column("seat_role", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(40)),
        sa.Column("every_days", sa.Integer(), nullable=False),
        sa.Column("next_due_at", UtcDateTime(), nullable=False),
        sa.Column("last_done_at", UtcDateTime()),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("paused_until", UtcDateTime()),
        sa.Column("climbed_unit", sa.String(40)),
        sa.Column("climbed_role", sa.String(32)),
        sa.Column("climbs", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(15), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("reminded_until", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
    )
    op.create_index("uq_plans_subject", "plans", ["subject"], unique=True)
    op.create_index("ix_plans_owner_next_due_at", "plans", ["owner", "next_due_at"])
    op.create_index("ix_plans_unit_next_due_at", "plans", ["unit", "next_due_at"])

    _register()
    _visits()


def _register() -> None:
    op.create_table(
        "priority_entries",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("seat_unit", sa.String(40), nullable=False),
        sa.Column("seat_role", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(40)),
        sa.Column("state", sa.String(14), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("mark", sa.String(64)),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("valid_until", UtcDateTime(), nullable=False),
        sa.Column("asked_at", UtcDateTime()),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("end_reason", sa.String(17)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_priority_entries"),
    )
    for columns in (["unit", "state"], ["owner"], ["mark"], ["ended_at"]):
        name = f"ix_priority_entries_{'_'.join(columns)}"
        op.create_index(name, "priority_entries", columns)
    op.create_table(
        "priority_approvals",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("entry", sa.String(24), nullable=False),
        sa.Column("asked_by", sa.String(40), nullable=False),
        sa.Column("asked_of", sa.String(40), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("state", sa.String(15), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime()),
        sa.Column("until", UtcDateTime()),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_priority_approvals"),
    )
    for column in ("entry", "asked_of"):
        op.create_index(f"ix_priority_approvals_{column}", "priority_approvals", [column])
    op.create_table(
        "priority_links",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("entry", sa.String(24), nullable=False),
        sa.Column("kinship", sa.String(16), nullable=False),
        sa.Column("code_hash", sa.String(64)),
        sa.Column("person", sa.String(40)),
        sa.Column("made_by", sa.String(40), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("linked_at", UtcDateTime()),
        sa.Column("ended_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_priority_links"),
        sa.UniqueConstraint("code_hash", name="uq_priority_links_code_hash"),
    )
    for column in ("entry", "person"):
        op.create_index(f"ix_priority_links_{column}", "priority_links", [column])


def _visits() -> None:
    op.create_table(
        "visits",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("entry", sa.String(24), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("by", sa.String(40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("how", sa.String(13), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("stands_in", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("at", UtcDateTime()),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_visits"),
    )
    for columns in (["entry", "begun_at"], ["unit", "due_at"], ["by"]):
        op.create_index(f"ix_visits_{'_'.join(columns)}", "visits", columns)
    op.create_table(
        "needs",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("visit", sa.String(24), nullable=False),
        sa.Column("entry", sa.String(24), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("consented", sa.String(15), nullable=False),
        sa.Column("number", sa.String(20)),
        sa.Column("state", sa.String(17), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("acted_at", UtcDateTime()),
        sa.Column("effect_at", UtcDateTime()),
        sa.Column("confirmed_at", UtcDateTime()),
        sa.Column("confirmed_by", sa.String(40)),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_needs"),
    )
    for columns in (["visit"], ["entry"], ["number"], ["unit", "state"]):
        op.create_index(f"ix_needs_{'_'.join(columns)}", "needs", columns)


def downgrade() -> None:
    """Go back: nothing recurs any more, and nobody is on the register."""
    op.execute("DELETE FROM reminders WHERE kind IN ('plan', 'priority')")
    for table in (
        "needs",
        "visits",
        "priority_links",
        "priority_approvals",
        "priority_entries",
        "plans",
    ):
        op.drop_table(table)
