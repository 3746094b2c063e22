"""What opinions say is sealed in digests too; earlier digests name their topics by category.

Runs before the code that needs it. Revision: 0012, after 0011.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_DIGESTS = sa.table("digests", sa.column("unit"), sa.column("week"), sa.column("body", sa.JSON()))


def upgrade() -> None:
    """Go forward."""
    op.add_column("digests", sa.Column("sealed", sa.LargeBinary()))
    _change(lambda topic: {key: topic[key] for key in topic if key != "words"})


def downgrade() -> None:
    """Go back: what was sealed is gone."""
    _change(lambda topic: {"words": "", **topic})
    op.drop_column("digests", "sealed")


def _change(change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    connection = op.get_bind()
    for unit, week, body in connection.execute(
        sa.select(_DIGESTS.c.unit, _DIGESTS.c.week, _DIGESTS.c.body)
    ).all():
        changed = {**body, "topics": [change(topic) for topic in body["topics"]]}
        connection.execute(
            sa.update(_DIGESTS)
            .where(_DIGESTS.c.unit == unit, _DIGESTS.c.week == week)
            .values(body=changed)
        )
