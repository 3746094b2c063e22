"""Times that can be booked, and who has one.

Runs before the code that needs it. Revision: 0024, after 0023.
"""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "slot_series",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("of", sa.String(60), nullable=False),
        sa.Column("item", sa.String(40), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("openings", sa.JSON(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_slot_series"),
        sa.UniqueConstraint("of", "item", name="uq_slot_series_of_item"),
    )
    op.create_table(
        "slot_days",
        sa.Column("series", sa.String(40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(40), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("series", "day", name="pk_slot_days"),
    )
    op.create_table(
        "slots",
        sa.Column("series", sa.String(40), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "starts_at", name="pk_slots"),
        sa.CheckConstraint("taken BETWEEN 0 AND capacity", name="ck_slots_places"),
    )
    op.create_table(
        "bookings",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("series", sa.String(40), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("person", sa.String(40)),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("caller", sa.String(64)),
        sa.Column("state", sa.String(18), nullable=False),
        sa.Column("by", sa.String(40)),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bookings"),
        sa.UniqueConstraint("number", name="uq_bookings_number"),
        sa.UniqueConstraint("series", "caller", name="uq_bookings_series_caller"),
    )
    op.create_index("ix_bookings_series_starts_at", "bookings", ["series", "starts_at"])
    op.create_index("ix_bookings_person", "bookings", ["person"])
    op.create_index("ix_bookings_ends_at", "bookings", ["ends_at"])


def downgrade() -> None:
    """Go back: nobody is booked any more."""
    op.drop_table("bookings")
    op.drop_table("slots")
    op.drop_table("slot_days")
    op.drop_table("slot_series")
