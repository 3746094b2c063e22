"""Pictures and voices: fetched after the commit as durable work, stored by content hash."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    and_,
    bindparam,
    func,
    or_,
    select,
    union,
    update,
)

from domain.messages import Channel, FileKind
from domain.subjects import Subject
from storage.changes import writes
from storage.database import Tx, chunks, having
from storage.drafts import drafts
from storage.personal_data import Forgotten, Ids, PersonalData
from storage.rows import of_row, row_of
from storage.schema import PersonId, SubjectKey, UtcDateTime, Word, metadata

#: Stands for the bot of what Linli drew itself: charts belong to no subject, and stay.
DRAWN = "reports"
#: Stands for the bot of a copy of somebody's data; see `storage.copies`.
EXPORT = "export"
#: Stands for the bot of a document as a file; see `storage.papers`.
PAPER = "paper"
#: What is written after the commit for whoever ordered it, and kept for a day.
MADE = frozenset({EXPORT, PAPER})
#: Stands among the bots that a transaction gave something to do: there is something to fetch, or
#: to delete.
FETCHER = "fetcher"
#: An upload that no message claimed is erased after this time, and so is a copy.
UNCLAIMED_LIFE = timedelta(days=1)
#: Where room is needed, it is erased after this time, or that of somebody who fills in a form.
SPARE_LIFE = timedelta(minutes=10)
SPARE_LIFE_IN_FORM = timedelta(hours=1)


class FetchState(StrEnum):
    """Whether the file itself is here."""

    WANTED = "wanted"
    STORED = "stored"
    FAILED = "failed"
    """Gone or unusable; whoever waits for it is told."""


attachments = Table(
    "attachments",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("person", PersonId(), nullable=False, index=True),
    Column("bot", String(40), nullable=False),
    Column("ref", String(300), nullable=False),
    Column("kind", Word(FileKind), nullable=False),
    Column("state", Word(FetchState), nullable=False),
    Column("subject", SubjectKey(), index=True),
    Column("file_name", String(64), index=True),
    # The file's own key, sealed: without this row nobody reads the file.
    Column("file_key", LargeBinary),
    Column("media_type", String(100)),
    Column("size_bytes", Integer),
    Column("tries", Integer, nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_attachments_fetch", "state", "not_before"),
)


#: Files that were erased in a transaction, until they are gone from the disk as well.
doomed_files = Table("doomed_files", metadata, Column("name", String(64), primary_key=True))


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A picture or voice that somebody sent."""

    id: str
    person: str
    bot: str
    ref: str
    kind: FileKind
    state: FetchState = FetchState.WANTED
    subject: Subject | None = None
    """What it shows, and what it is kept as long as."""
    file_name: str | None = None
    file_key: bytes | None = field(default=None, repr=False)
    """The file's own key, sealed; see `storage.files`."""
    media_type: str | None = None
    size_bytes: int | None = None
    tries: int = 0
    not_before: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """Attachments belong to a subject from now on."""

    ids: tuple[str, ...]
    subject: Subject


@writes(Attachment)
async def write_attachments(tx: Tx, saved: Sequence[Attachment]) -> None:
    """Insert or replace attachments."""
    rows: list[dict[str, Any]] = [row_of(attachments, one) for one in saved]
    await tx.upsert(attachments, rows)
    if any(one.state is FetchState.WANTED for one in saved):
        tx.addressed.add(FETCHER)


@writes(Claim)
async def write_claims(tx: Tx, saved: Sequence[Claim]) -> None:
    """Bind attachments to their subjects."""
    statement = (
        update(attachments)
        .where(attachments.c.id == bindparam("which"))
        .values(subject=bindparam("about"))
    )
    await tx.run(
        statement,
        [{"which": one, "about": claim.subject} for claim in saved for one in claim.ids],
    )


async def get_attachments(tx: Tx, ids: Iterable[str]) -> dict[str, Attachment]:
    """Load attachments by id; those that do not exist are left out."""
    found: dict[str, Attachment] = {}
    for chunk in chunks(set(ids)):
        rows = await tx.rows(having(attachments.c.id), {"wanted": chunk})
        found.update((row.id, of_row(Attachment, row)) for row in rows)
    return found


async def wanted(tx: Tx, now: datetime, limit: int) -> list[Attachment]:
    """List the files that are to be fetched now, the oldest first."""
    rows = await tx.rows(
        select(attachments)
        .where(attachments.c.state == FetchState.WANTED, attachments.c.not_before <= now)
        .order_by(attachments.c.created_at, attachments.c.id)
        .limit(limit)
    )
    return [of_row(Attachment, row) for row in rows]


async def note_fetched(tx: Tx, tried: Sequence[Attachment]) -> None:
    """Note what became of files that were fetched; one that was erased meanwhile stays erased.

    The file of such a one is deleted. To which subject a file belongs is left alone: that may
    have been decided meanwhile.
    """
    statement = (
        update(attachments)
        .where(attachments.c.id == bindparam("which"))
        .values(
            state=bindparam("became"),
            file_name=bindparam("named"),
            file_key=bindparam("opened_by"),
            media_type=bindparam("kind_of_media"),
            size_bytes=bindparam("size"),
            tries=bindparam("tried"),
            not_before=bindparam("again_at"),
        )
    )
    rows = [
        {
            "which": one.id,
            "became": one.state,
            "named": one.file_name,
            "opened_by": one.file_key,
            "kind_of_media": one.media_type,
            "size": one.size_bytes,
            "tried": one.tries,
            "again_at": one.not_before,
        }
        for one in tried
    ]
    await tx.run(statement, rows)
    stored = {one.id: one.file_name for one in tried if one.file_name}
    for known in await get_attachments(tx, stored):
        del stored[known]
    await _doom(tx, stored.values())


async def list_of_subject(tx: Tx, subject: Subject) -> list[Attachment]:
    """List a subject's attachments in the order they came."""
    rows = await tx.rows(
        select(attachments)
        .where(attachments.c.subject == subject)
        .order_by(attachments.c.created_at, attachments.c.id)
    )
    return [of_row(Attachment, row) for row in rows]


async def list_subjects(
    tx: Tx, before: datetime, *, after: Subject | None, limit: int
) -> list[Subject]:
    """List what files that came before a moment belong to, so many in their order.

    Args:
        after: the last of those that were listed before.
    """
    query = select(attachments.c.subject).where(
        attachments.c.subject.is_not(None), attachments.c.created_at < before
    )
    if after is not None:
        query = query.where(attachments.c.subject > after)
    rows = await tx.rows(query.distinct().order_by(attachments.c.subject).limit(limit))
    return [row.subject for row in rows]


async def list_of_person(tx: Tx, person: str) -> list[Attachment]:
    """List what a person sent, in the order it came."""
    rows = await tx.rows(
        select(attachments)
        .where(attachments.c.person == person)
        .order_by(attachments.c.created_at, attachments.c.id)
    )
    return [of_row(Attachment, row) for row in rows]


async def forget(tx: Tx, ids: Iterable[str]) -> list[str]:
    """Delete attachments with the keys of their files, and give the files' names.

    The files cannot be read from the commit on; `list_doomed` names them until they are deleted.
    A file that another attachment names stays, and is not among them.
    """
    doomed = await get_attachments(tx, ids)
    for chunk in chunks(doomed):
        await tx.run(attachments.delete().where(attachments.c.id.in_(chunk)))
    erased = {one.file_name for one in doomed.values() if one.file_name}
    names = sorted(erased - await named_files(tx, erased))
    await _doom(tx, names)
    return names


async def _doom(tx: Tx, names: Iterable[str]) -> None:
    """Have files deleted once this is committed."""
    rows = [{"name": name} for name in names]
    await tx.upsert(doomed_files, rows)
    if rows:
        tx.addressed.add(FETCHER)


async def list_doomed(tx: Tx, limit: int) -> list[str]:
    """List files whose rows are gone and that still lie on the disk, by name."""
    rows = await tx.rows(select(doomed_files).order_by(doomed_files.c.name).limit(limit))
    return [row.name for row in rows]


async def note_deleted(tx: Tx, names: Iterable[str]) -> None:
    """Note that files lie on the disk no more."""
    for chunk in chunks(names):
        await tx.run(doomed_files.delete().where(doomed_files.c.name.in_(chunk)))


async def all_files(tx: Tx) -> set[str]:
    """Name every file that some attachment names."""
    query = select(attachments.c.file_name).where(attachments.c.file_name.is_not(None))
    return {row.file_name for row in await tx.rows(query)}


async def named_files(tx: Tx, hashes: Iterable[str]) -> set[str]:
    """Tell which files some attachment names."""
    named: set[str] = set()
    for chunk in chunks(hashes):
        rows = await tx.rows(
            select(attachments.c.file_name).where(attachments.c.file_name.in_(chunk))
        )
        named.update(row.file_name for row in rows)
    return named


async def list_unclaimed(
    tx: Tx, now: datetime, *, kept: Sequence[Ids] = (), busy: Sequence[Ids] = ()
) -> list[str]:
    """List uploads that nobody claimed in time, by id.

    Those of a person who is still filling a form wait as long as the form does.

    Args:
        kept: queries of attachments that something else still shows.
        busy: queries of further persons who are in the middle of something.
    """
    rows = await tx.rows(
        select(attachments.c.id).where(
            attachments.c.subject.is_(None),
            attachments.c.bot != DRAWN,
            *(attachments.c.id.not_in(query) for query in kept),
            or_(
                attachments.c.bot.in_(MADE),
                attachments.c.person.not_in(union(select(drafts.c.person), *busy)),
            ),
            attachments.c.created_at < now - UNCLAIMED_LIFE,
        )
    )
    return [row.id for row in rows]


#: What people uploaded on the page and nothing has yet.
_LOOSE = and_(
    attachments.c.subject.is_(None),
    attachments.c.bot.startswith(f"{Channel.WEB}.", autoescape=True),
    attachments.c.state == FetchState.STORED,
)


async def weigh_loose(tx: Tx, person: str | None = None) -> int:
    """Give the bytes of uploads that nothing has yet: one person's, or everybody's."""
    query = select(func.coalesce(func.sum(attachments.c.size_bytes), 0)).where(_LOOSE)
    if person is not None:
        query = query.where(attachments.c.person == person)
    return int(await tx.scalar(query))


async def list_spare(tx: Tx, now: datetime, size: int) -> list[str]:
    """List uploads to erase where room is needed, by id, until they make up a size.

    Theirs who hold most go first, the oldest before; not what somebody may just be about to send.
    """
    held = (
        select(attachments.c.person, func.sum(attachments.c.size_bytes).label("bytes"))
        .where(_LOOSE)
        .group_by(attachments.c.person)
        .subquery()
    )
    rows = await tx.rows(
        select(attachments.c.id, attachments.c.size_bytes)
        .join(held, held.c.person == attachments.c.person)
        .where(
            _LOOSE,
            or_(
                attachments.c.created_at < now - SPARE_LIFE_IN_FORM,
                and_(
                    attachments.c.created_at < now - SPARE_LIFE,
                    attachments.c.person.not_in(select(drafts.c.person)),
                ),
            ),
        )
        .order_by(held.c.bytes.desc(), attachments.c.created_at, attachments.c.id)
        .limit(1_000)
    )
    spare: list[str] = []
    for row in rows:
        if size <= 0:
            break
        spare.append(row.id)
        size -= row.size_bytes or 0
    return spare


async def move(tx: Tx, kept: str, absorbed: str) -> None:
    """Give one person's attachments to another: two accounts were linked."""
    await tx.run(update(attachments).where(attachments.c.person == absorbed).values(person=kept))


async def _copy(tx: Tx, person: str) -> dict[str, Any]:
    return {"sent": [one for one in await list_of_person(tx, person) if one.bot not in MADE]}


async def _forget(tx: Tx, gone: Forgotten) -> None:
    sent = await list_of_person(tx, gone.person)
    await forget(tx, [file.id for file in sent if file.subject not in gone.kept])


async def _forget_staff(tx: Tx, gone: Forgotten) -> None:
    """Forget the copies that were ordered; pictures are the cases' and broadcasts' they show."""
    sent = await list_of_person(tx, gone.person)
    await forget(tx, [file.id for file in sent if file.bot in MADE])


async def forget_file(tx: Tx, subjects: Sequence[Subject]) -> None:
    """Delete the attachments of subjects."""
    for chunk in chunks(subjects):
        query = select(attachments.c.id).where(attachments.c.subject.in_(chunk))
        await forget(tx, [row.id for row in await tx.rows(query)])


#: What nobody claimed is forgotten by `scheduler.housekeeping`, which asks the other declarations
#: what is still shown and who is busy.
PERSONAL_DATA = PersonalData(
    name="attachments",
    tables=(attachments,),
    copy=_copy,
    forget=_forget,
    forget_staff=_forget_staff,
    forget_file=forget_file,
    move=move,
)
