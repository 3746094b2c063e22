"""Matters that are handed to procedures; documents and what was signed; who acts for whom.

Runs before the code that needs it. revision: 0025, after 0024.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0025"
down_revision = "0024"
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
    _documents()
    _relations()
    _orders()
    _widen(100)


def _orders() -> None:
    op.create_table(
        "service_orders",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("matter", sa.String(20)),
        sa.Column("community", sa.String(40), nullable=False),
        sa.Column("grid", sa.String(40), nullable=False),
        sa.Column("resident", sa.String(40), nullable=False),
        sa.Column("barred", sa.JSON(), nullable=False),
        sa.Column("seat_unit", sa.String(40), nullable=False),
        sa.Column("seat_role", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(40)),
        sa.Column("climbed_unit", sa.String(40)),
        sa.Column("climbed_role", sa.String(32)),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime()),
        sa.Column("suspended", sa.String(20), nullable=False),
        sa.Column("suspended_due", UtcDateTime()),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("reminded_until", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_service_orders"),
    )
    op.create_index("ix_service_orders_matter", "service_orders", ["matter"])
    op.create_index("ix_service_orders_resident", "service_orders", ["resident"])
    op.create_index("ix_service_orders_owner", "service_orders", ["owner", "ended_at"])
    op.create_index("ix_service_orders_grid", "service_orders", ["grid", "ended_at"])


def _widen(length: int) -> None:
    """Make room for the names of the types of files that are written for people."""
    with op.batch_alter_table("attachments") as table:
        table.alter_column("media_type", type_=sa.String(length), existing_type=sa.String())


def _documents() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("made_by", sa.String(40), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
        sa.UniqueConstraint("subject", "kind", "version", name="uq_documents_subject_kind_version"),
    )
    op.create_table(
        "signatures",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("document", sa.String(24), nullable=False),
        sa.Column("party", sa.String(24), nullable=False),
        sa.Column("who", sa.String(40)),
        sa.Column("how", sa.String(28), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_signatures"),
    )
    op.create_index("ix_signatures_document", "signatures", ["document"])
    op.create_index("ix_signatures_who", "signatures", ["who"])
    op.create_table(
        "acknowledgements",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("document", sa.String(24), nullable=False),
        sa.Column("item", sa.String(24), nullable=False),
        sa.Column("handing", sa.String(16), nullable=False),
        sa.Column("how", sa.String(17), nullable=False),
        sa.Column("who", sa.String(40)),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_acknowledgements"),
    )
    op.create_index("ix_acknowledgements_document", "acknowledgements", ["document"])
    op.create_index("ix_acknowledgements_who", "acknowledgements", ["who"])


def _relations() -> None:
    op.create_table(
        "relations",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("other", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by", sa.String(40), nullable=False),
        sa.Column("verified", sa.String(20)),
        sa.Column("verified_by", sa.String(40)),
        sa.Column("verified_at", UtcDateTime()),
        sa.Column("consent", sa.String(18)),
        sa.Column("consent_by", sa.String(40)),
        sa.Column("consent_at", UtcDateTime()),
        sa.Column("until", UtcDateTime()),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("ended_by", sa.String(40)),
        sa.Column("ended_why", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_relations"),
    )
    op.create_index("ix_relations_person", "relations", ["person"])
    op.create_index("ix_relations_other", "relations", ["other"])


def downgrade() -> None:
    """Go back: what a procedure has goes back to where it was before; papers are lost."""
    op.execute("UPDATE attachments SET media_type = NULL WHERE length(media_type) > 40")
    _widen(40)
    for table in ("service_orders", "relations", "acknowledgements", "signatures", "documents"):
        op.drop_table(table)
    op.execute(
        "UPDATE matters SET state = 'dispatched', seat_unit = referred_unit,"
        " seat_role = referred_role, owner = referred_owner, resolve_by = referred_resolve_by"
        " WHERE state = 'referred'"
    )
    for column in reversed(_referred()):
        op.drop_column("matters", column.name)
