"""A person may have several unfinished forms: one that is being filled, others that wait.

Runs before the code that needs it. Revision: 0014, after 0013.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("drafts", recreate="auto") as batch_op:
        batch_op.drop_constraint("pk_drafts", type_="primary")
        batch_op.create_primary_key("pk_drafts", ["person", "id"])


def downgrade() -> None:
    """Go back: of a person's forms only the newest is kept."""
    op.execute(
        "DELETE FROM drafts WHERE EXISTS (SELECT 1 FROM drafts AS newer "
        "WHERE newer.person = drafts.person AND (newer.changed_at > drafts.changed_at "
        "OR (newer.changed_at = drafts.changed_at AND newer.id > drafts.id)))"
    )
    with op.batch_alter_table("drafts", recreate="auto") as batch_op:
        batch_op.drop_constraint("pk_drafts", type_="primary")
        batch_op.create_primary_key("pk_drafts", ["person"])
