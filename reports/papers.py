"""Documents in words: what stands on each sheet, ready to be written as Word or PDF."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import TypeAlias

from domain.documents import Document, DocumentState, Folder, Grid, Lines, Signature, in_full
from domain.messages import Text, Value, text

#: Words a value in the reader's language.
Say = Callable[[Value], str]
#: Gives what somebody of the staff is called.
Named = Callable[[str | None], str]


@dataclass(frozen=True, slots=True)
class Fields:
    """Labelled lines; what is empty is to be filled in by hand."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Part: TypeAlias = str | Fields | Table


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """One document in words, on a page of its own."""

    title: str
    number: str
    parts: tuple[Part, ...]
    signs: tuple[tuple[str, str], ...]
    """Who signs, and how it was signed; empty for a line to sign on."""
    foot: str


def sheets_of(
    folder: Folder, documents: Sequence[Document], say: Say, named: Named, zone: tzinfo
) -> tuple[Sheet, ...]:
    """Word documents; what was erased is left out.

    Args:
        folder: of their subject, with what was signed.
        named: gives what somebody of the staff is called.
        zone: whose clocks are meant.
    """
    return tuple(
        sheet
        for one in documents
        if (sheet := _sheet_of(folder, one, say, named, zone)) is not None
    )


def in_force(folder: Folder) -> tuple[Document, ...]:
    """Choose the documents of a set: the versions that count, the first one first."""
    found = [one for one in folder.documents if one.state is DocumentState.ISSUED]
    return tuple(sorted(found, key=lambda one: (one.made_at, one.kind, one.version)))


def _sheet_of(
    folder: Folder, document: Document, say: Say, named: Named, zone: tzinfo
) -> Sheet | None:
    paper = document.paper
    if paper is None:
        return None
    signed = {one.party: one for one in folder.signed(document)}
    foot = text(
        "documents.foot",
        version=document.version,
        at=in_full(document.made_at, zone),
        person=named(document.made_by) or text("documents.by_person"),
    )
    return Sheet(
        title=say(paper.title),
        number=say(text("documents.number", number=paper.number)) if paper.number else "",
        parts=tuple(_part(block, say) for block in paper.blocks),
        signs=tuple(
            (say(one.label), _signed(signed.get(one.party), say, named, zone))
            for one in paper.signers
        ),
        foot=say(foot),
    )


def _part(block: Text | Lines | Grid, say: Say) -> Part:
    if isinstance(block, Text):
        return say(block)
    if isinstance(block, Lines):
        return Fields(tuple((say(one.label), say(one.value)) for one in block.lines))
    return Table(
        tuple(say(one) for one in block.head),
        tuple(tuple(say(cell) for cell in row) for row in block.rows),
    )


def _signed(signature: Signature | None, say: Say, named: Named, zone: tzinfo) -> str:
    if signature is None:
        return ""
    return say(
        text(
            f"documents.signed_{signature.how}",
            at=in_full(signature.at, zone),
            witness=named(signature.recorded_by),
            proof=signature.proof,
        )
    )


def paragraphs(words: str) -> Iterator[str]:
    """Split words into the paragraphs that they were written in."""
    yield from (line for line in words.split("\n") if line.strip())
