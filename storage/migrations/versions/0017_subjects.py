"""Files, messages, looks and events are about subjects of any kind, not about cases alone.

The digests of events bind the kind of their subject from now on: a chain that verified is linked
anew, one that did not goes on not verifying.

Runs before the code that needs it. Revision: 0017, after 0016.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_NAMED = sa.text("subject IS NOT NULL")
_OF_A_BROADCAST = sa.text("broadcast IS NOT NULL")
#: By which columns the two versions name a file.
_FILE = frozenset({"number", "file"})
#: How many files are linked anew at once.
_PART = 200


def _events_table(name: str, file: str) -> Any:
    return sa.table(
        name,
        sa.column(file, sa.String()),
        sa.column("seq", sa.Integer()),
        sa.column("happening", sa.String()),
        sa.column("actor", sa.String()),
        sa.column("role", sa.String()),
        sa.column("at", UtcDateTime()),
        sa.column("commitment", sa.LargeBinary()),
        sa.column("digest", sa.LargeBinary()),
        sa.column("sealed", sa.LargeBinary()),
    )


_MATTER_EVENTS = _events_table("matter_events", "number")
_FILE_EVENTS = _events_table("file_events", "file")
_MATTERS = sa.table(
    "matters",
    sa.column("number", sa.String()),
    sa.column("seq", sa.Integer()),
    sa.column("head", sa.LargeBinary()),
    sa.column("filed_at", UtcDateTime()),
)
_FILE_HEADS = sa.table(
    "file_heads",
    sa.column("file", sa.String()),
    sa.column("seq", sa.Integer()),
    sa.column("head", sa.LargeBinary()),
    sa.column("at", UtcDateTime()),
)


def upgrade() -> None:
    """Go forward."""
    _attachments()
    _outbox()
    op.execute("UPDATE access_log SET subject = 'matter:' || subject")
    # Nothing else was gathered yet.
    op.execute("UPDATE gathered_reminders SET subject = 'matter:' || subject")
    _events()


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


def _events() -> None:
    op.create_table(
        "file_events",
        sa.Column("file", sa.String(60), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("happening", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(40), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("file", "seq", name="pk_file_events"),
    )
    op.create_index("ix_file_events_actor", "file_events", ["actor", "at"])
    op.create_table(
        "file_heads",
        sa.Column("file", sa.String(60), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("file", name="pk_file_heads"),
    )
    connection = op.get_bind()
    for part in _parts(_MATTERS, _MATTERS.c.number):
        events = _events_of(_MATTER_EVENTS, "number", [one.number for one in part])
        heads, moved = [], []
        for one in part:
            file = f"matter:{one.number}"
            linked, head = _linked_anew(events.get(one.number, ()), one.head, one.number, file)
            moved += [{"file": file, **event} for event in linked]
            at = linked[-1]["at"] if linked else one.filed_at
            heads.append({"file": file, "seq": one.seq, "head": head, "at": at})
        connection.execute(_FILE_HEADS.insert(), heads)
        if moved:
            connection.execute(_FILE_EVENTS.insert(), moved)
    op.drop_table("matter_events")
    op.drop_column("matters", "seq")
    op.drop_column("matters", "head")


def _parts(table: Any, key: Any) -> Iterator[Sequence[Any]]:
    last = ""
    while rows := (
        op.get_bind().execute(sa.select(table).where(key > last).order_by(key).limit(_PART)).all()
    ):
        yield rows
        last = getattr(rows[-1], key.name)


def _events_of(table: Any, name: str, keys: Sequence[str]) -> dict[str, list[Any]]:
    """Read the events of some files, in their order."""
    query = sa.select(table).where(table.c[name].in_(keys)).order_by(table.c[name], table.c.seq)
    found: dict[str, list[Any]] = {}
    for row in op.get_bind().execute(query):
        found.setdefault(getattr(row, name), []).append(row)
    return found


def _linked_anew(
    events: Iterable[Any], head: bytes, was: str, becomes: str
) -> tuple[list[dict[str, Any]], bytes]:
    """Give the events and the end of a file under its other name; what was forged stays so."""
    before, linked_before = b"", b""
    found: list[dict[str, Any]] = []
    for one in events:
        values = {key: value for key, value in one._mapping.items() if key not in _FILE}
        sound = _link(before, was, one) == bytes(one.digest)
        digest = _link(linked_before, becomes, one) if sound else bytes(one.digest)
        found.append({**values, "digest": digest})
        before, linked_before = bytes(one.digest), digest
    return found, linked_before if bytes(head) == before else bytes(head)


def _link(before: bytes, name: str, one: Any) -> bytes:
    """Compute a digest as both versions do, over the name by which each knows the file."""
    said = [
        name,
        one.seq,
        one.happening,
        one.actor,
        one.role,
        one.at.isoformat(),
        bytes(one.commitment).hex(),
    ]
    return hashlib.sha256(before + json.dumps(said).encode()).digest()


def downgrade() -> None:
    """Go back: what is about anything but a case or a broadcast is about nothing.

    The files of other things are gone then.
    """
    op.execute("DELETE FROM gathered_reminders WHERE subject NOT LIKE 'matter:%'")
    op.execute("UPDATE gathered_reminders SET subject = substr(subject, 8)")
    _events_before()
    op.execute("UPDATE access_log SET subject = substr(subject, 8) WHERE subject LIKE 'matter:%'")
    _outbox_before()
    _attachments_before()


def _events_before() -> None:
    op.create_table(
        "matter_events",
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("happening", sa.String(19), nullable=False),
        sa.Column("actor", sa.String(40), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("number", "seq", name="pk_matter_events"),
    )
    op.create_index("ix_matter_events_actor", "matter_events", ["actor", "at"])
    op.add_column("matters", sa.Column("seq", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("matters", sa.Column("head", sa.LargeBinary(), nullable=False, server_default=""))
    connection = op.get_bind()
    for part in _parts(_FILE_HEADS, _FILE_HEADS.c.file):
        cases = [one for one in part if one.file.startswith("matter:")]
        events = _events_of(_FILE_EVENTS, "file", [one.file for one in cases])
        for one in cases:
            number = one.file.removeprefix("matter:")
            linked, head = _linked_anew(events.get(one.file, ()), one.head, one.file, number)
            if linked:
                moved = [{"number": number, **event} for event in linked]
                connection.execute(_MATTER_EVENTS.insert(), moved)
            connection.execute(
                _MATTERS.update().where(_MATTERS.c.number == number).values(seq=one.seq, head=head)
            )
    op.drop_table("file_events")
    op.drop_table("file_heads")


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
