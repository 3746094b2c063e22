"""Documents of subjects of any feature, with what was signed, handed over and handed back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    UniqueConstraint,
    case,
    select,
    update,
)

from domain.documents import (
    Acknowledgement,
    Acknowledging,
    Document,
    DocumentState,
    Folder,
    Handing,
    Signature,
    Signing,
    from_json,
    to_json,
)
from domain.errors import Conflict
from domain.subjects import Subject
from storage.changes import writes
from storage.database import Tx, chunks
from storage.personal_data import PersonalData
from storage.rows import of_row, row_of
from storage.schema import PersonId, SubjectKey, UtcDateTime, Word, metadata

documents = Table(
    "documents",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("subject", SubjectKey(), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", Word(DocumentState), nullable=False),
    # The paper; null after the subject's erasure.
    Column("sealed", LargeBinary),
    Column("made_by", PersonId(), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    UniqueConstraint("subject", "kind", "version"),
)

signatures = Table(
    "signatures",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("document", String(24), nullable=False, index=True),
    Column("party", String(24), nullable=False),
    Column("who", PersonId(), index=True),
    Column("how", Word(Signing), nullable=False),
    # What shows an e-signature; null after the subject's erasure.
    Column("sealed", LargeBinary),
    Column("digest", LargeBinary, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("recorded_by", PersonId(), nullable=False),
)

acknowledgements = Table(
    "acknowledgements",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("document", String(24), nullable=False, index=True),
    Column("item", String(24), nullable=False),
    Column("handing", Word(Handing), nullable=False),
    Column("how", Word(Acknowledging), nullable=False),
    Column("who", PersonId(), index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("recorded_by", PersonId(), nullable=False),
)


@writes(Document)
async def write_documents(tx: Tx, saved: Sequence[Document]) -> None:
    """Write new versions, and what became of older ones.

    Raises:
        Conflict: somebody else made the same version.
    """
    latest = {one.id: one for one in saved}
    known: set[str] = set()
    for chunk in chunks([*latest]):
        rows = await tx.rows(select(documents.c.id).where(documents.c.id.in_(chunk)))
        known.update(row.id for row in rows)
    for one in latest.values():
        if one.id in known:
            changed = update(documents).where(documents.c.id == one.id)
            await tx.run(changed.values(state=one.state))
    new = [_row(tx, one) for one in latest.values() if one.id not in known]
    if new and await tx.insert_new(documents, new) != len(new):
        raise Conflict("somebody else made the same version of a document")


def _row(tx: Tx, one: Document) -> dict[str, Any]:
    sealed = tx.keyring.seal(to_json(one.paper)) if one.paper is not None else None
    return row_of(documents, one, sealed=sealed)


@writes(Signature)
async def write_signatures(tx: Tx, saved: Sequence[Signature]) -> None:
    """Note what was signed."""
    await tx.insert(
        signatures,
        [
            row_of(signatures, one, sealed=tx.keyring.seal(one.proof) if one.proof else None)
            for one in saved
        ],
    )


@writes(Acknowledgement)
async def write_acknowledgements(tx: Tx, saved: Sequence[Acknowledgement]) -> None:
    """Note what was received and handed back."""
    await tx.insert(acknowledgements, [row_of(acknowledgements, one) for one in saved])


def _document(tx: Tx, row: Row[Any]) -> Document:
    tx.opened.add(row.subject)
    paper = from_json(tx.keyring.unseal(row.sealed)) if row.sealed else None
    return of_row(Document, row, paper=paper)


async def load_folder(tx: Tx, subject: Subject) -> Folder:
    """Load everything of a subject, the first one first."""
    rows = await tx.rows(
        select(documents)
        .where(documents.c.subject == subject)
        .order_by(documents.c.made_at, documents.c.kind, documents.c.version)
    )
    found = tuple(_document(tx, row) for row in rows)
    ids = [one.id for one in found]
    signed: list[Signature] = []
    acknowledged: list[Acknowledgement] = []
    for chunk in chunks(ids):
        for row in await tx.rows(
            select(signatures)
            .where(signatures.c.document.in_(chunk))
            .order_by(signatures.c.at, signatures.c.id)
        ):
            proof = tx.keyring.unseal(row.sealed) if row.sealed else ""
            signed.append(of_row(Signature, row, proof=proof))
        for row in await tx.rows(
            select(acknowledgements)
            .where(acknowledgements.c.document.in_(chunk))
            .order_by(acknowledgements.c.at, acknowledgements.c.id)
        ):
            acknowledged.append(of_row(Acknowledgement, row))
    return Folder(
        subject=subject,
        documents=found,
        signatures=tuple(signed),
        acknowledgements=tuple(acknowledged),
    )


async def find_document(tx: Tx, document: str) -> Document | None:
    """Load one version."""
    row = await tx.row(select(documents).where(documents.c.id == document))
    return None if row is None else _document(tx, row)


async def _forget_file(tx: Tx, subjects: Sequence[Subject]) -> None:
    """Erase what stood on the papers of subjects; that there was one, and when, stays."""
    for chunk in chunks(subjects):
        of = select(documents.c.id).where(documents.c.subject.in_(chunk))
        for table in (signatures, acknowledgements):
            # What somebody recorded of themselves names them as well.
            own = case((table.c.recorded_by == table.c.who, ""), else_=table.c.recorded_by)
            gone = update(table).where(table.c.document.in_(of)).values(who=None, recorded_by=own)
            await tx.run(gone)
        signed = update(signatures).where(signatures.c.document.in_(of))
        await tx.run(signed.values(sealed=None, digest=b""))
        await tx.run(update(documents).where(documents.c.subject.in_(chunk)).values(sealed=None))


async def _move(tx: Tx, kept: str, absorbed: str) -> None:
    columns = (
        documents.c.made_by,
        signatures.c.who,
        signatures.c.recorded_by,
        acknowledgements.c.who,
        acknowledgements.c.recorded_by,
    )
    for column in columns:
        moved = update(column.table).where(column == absorbed)
        await tx.run(moved.values({column: kept}))


PERSONAL_DATA = PersonalData(
    name="documents",
    tables=(documents, signatures, acknowledgements),
    stays=(
        "Which papers there were, who of the office made and recorded them and when stays without"
        " a word; what stood on them, and who signed, goes with their subject."
    ),
    forget_file=_forget_file,
    move=_move,
)
