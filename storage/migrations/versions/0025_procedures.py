"""Matters that are handed to procedures.

Runs before the code that needs it. Revision: 0025, after 0019.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0025"
down_revision = "0019"
branch_labels = None
depends_on = None


def _referred() -> tuple[sa.Column[Any], ...]:
    """Give the columns that say which procedure has a matter, and how it stood before."""
    return (
        sa.Column("referred_to", sa.String(60)),
        sa.Column("referred_as", sa.String(40)),
        sa.Column("referred_at", UtcDateTime()),
        sa.Column("referred_unit", sa.String(40)),
        sa.Column("referred_role", sa.String(32)),
        sa.Column("referred_owner", sa.String(40)),
        sa.Column("referred_resolve_by", UtcDateTime()),
    )


def upgrade() -> None:
    """Go forward."""
    for column in _referred():
        op.add_column("matters", column)


def downgrade() -> None:
    """Go back: what a procedure has goes back to where it was before."""
    op.execute(
        "UPDATE matters SET state = 'dispatched', seat_unit = referred_unit,"
        " seat_role = referred_role, owner = referred_owner, resolve_by = referred_resolve_by"
        " WHERE state = 'referred'"
    )
    for column in reversed(_referred()):
        op.drop_column("matters", column.name)
