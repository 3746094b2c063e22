"""Papers of a subject: their versions, who signed and how, what was handed over and handed back.

A `Paper` is what stands on one: words by key, labelled lines and tables, so that it is read in
either language. A changed paper is a new version and is signed anew: a signature binds the digest
of what was signed. What is needed in all is a list of `Required`; `Folder.missing` says what is not
there yet.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any, TypeAlias

from domain.errors import Refused
from domain.laws import E_SIGNATURE_14
from domain.messages import Line, Text, Value, text, value_from_json, value_to_json
from domain.stages import Need
from domain.subjects import Subject

#: Fewer letters name no certificate and no service.
_SHORTEST_PROOF = 4


class DocumentState(StrEnum):
    """Whether a version counts."""

    ISSUED = "issued"
    REPLACED = "replaced"
    """A later version took its place."""
    VOID = "void"
    """It counts no more, such as an authority that was taken back."""


class Signing(StrEnum):
    """How something was signed; a button that is pressed in a chat is neither of them."""

    IN_PERSON = "in_person"
    """By hand, before somebody of the office."""
    RELIABLE_E_SIGNATURE = "reliable_e_signature"
    """Source: Electronic Signature Law, articles 13 and 14."""


class Handing(StrEnum):
    """What an acknowledgement says of an item."""

    RECEIVED = "received"
    RETURNED = "returned"


class Acknowledging(StrEnum):
    """How somebody said that they have it."""

    IN_PERSON = "in_person"
    IN_CHAT = "in_chat"
    """They said so themselves, in their own conversation."""


# --- what stands on one --------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Lines:
    """Labelled lines, as on a form; one without a value is an empty field to be filled by hand."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """A table with a head."""

    head: tuple[Text, ...]
    rows: tuple[tuple[Value, ...], ...]


Block: TypeAlias = Text | Lines | Grid


@dataclass(frozen=True, kw_only=True, slots=True)
class Signer:
    """Who is to sign a paper."""

    party: str
    """As what, in code, such as ``principal``."""
    label: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """What stands on a document."""

    title: Text
    number: str = ""
    """By which people name what it is about."""
    blocks: tuple[Block, ...] = ()
    signers: tuple[Signer, ...] = ()
    """Who is to sign it, a line each; what was signed is filled in."""

    @property
    def digest(self) -> bytes:
        """Bind everything that stands on it."""
        plain = json.dumps(to_json(self), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(plain.encode()).digest()


def to_json(paper: Paper) -> dict[str, Any]:
    """Give a paper as plain JSON values; `from_json` gives it back unchanged."""
    return {
        "title": value_to_json(paper.title),
        "number": paper.number,
        "blocks": [_block_to_json(one) for one in paper.blocks],
        "signers": [[one.party, value_to_json(one.label)] for one in paper.signers],
    }


def _block_to_json(block: Block) -> dict[str, Any]:
    if isinstance(block, Text):
        return {"words": value_to_json(block)}
    if isinstance(block, Lines):
        pairs = [[value_to_json(one.label), value_to_json(one.value)] for one in block.lines]
        return {"lines": pairs}
    rows = [[value_to_json(cell) for cell in row] for row in block.rows]
    return {"head": [value_to_json(one) for one in block.head], "rows": rows}


def from_json(body: Mapping[str, Any]) -> Paper:
    """Restore a paper."""
    return Paper(
        title=_text(body["title"]),
        number=body["number"],
        blocks=tuple(_block_from_json(one) for one in body["blocks"]),
        signers=tuple(Signer(party=party, label=_text(it)) for party, it in body["signers"]),
    )


def _block_from_json(body: Mapping[str, Any]) -> Block:
    if "words" in body:
        return _text(body["words"])
    if "lines" in body:
        pairs = body["lines"]
        return Lines(lines=tuple(Line(_text(one), value_from_json(it)) for one, it in pairs))
    return Grid(
        head=tuple(_text(one) for one in body["head"]),
        rows=tuple(tuple(value_from_json(cell) for cell in row) for row in body["rows"]),
    )


def _text(body: Any) -> Text:
    value = value_from_json(body)
    return value if isinstance(value, Text) else text("names.either", zh=value, en=value)


def in_full(moment: datetime, zone: tzinfo, *, day: bool = False) -> Text:
    """Write a moment, or its day alone, as papers do: with its year."""
    local = moment.astimezone(zone)
    return text(
        "documents.day" if day else "documents.moment",
        year=str(local.year),
        month=f"{local:%m}",
        day=f"{local:%d}",
        time=f"{local:%H:%M}",
    )


# --- versions and signatures ---------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One version of a paper of a subject."""

    id: str
    subject: Subject
    kind: str
    """In code, such as ``authority``."""
    version: int
    state: DocumentState = DocumentState.ISSUED
    paper: Paper | None
    """None once its content was erased."""
    made_by: str
    made_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Signature:
    """That somebody signed a version."""

    id: str
    document: str
    party: str
    """As what, in code, such as ``principal``."""
    who: str | None
    """The person, where Linli knows them."""
    how: Signing
    proof: str
    """What shows a reliable e-signature: its certificate or service, with its number."""
    digest: bytes
    """Of the paper that was signed."""
    at: datetime
    recorded_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Acknowledgement:
    """That an item of a document was received, or handed back."""

    id: str
    document: str
    item: str
    handing: Handing
    how: Acknowledging
    who: str | None
    at: datetime
    recorded_by: str


def issue(
    folder: "Folder", kind: str, paper: Paper, *, ident: str, by: str, at: datetime
) -> tuple[Document, ...]:
    """Make the next version of a paper; give it with those whose place it takes."""
    earlier = [one for one in folder.documents if one.kind == kind]
    made = Document(
        id=ident,
        subject=folder.subject,
        kind=kind,
        version=max((one.version for one in earlier), default=0) + 1,
        paper=paper,
        made_by=by,
        made_at=at,
    )
    replaced = tuple(
        replace(one, state=DocumentState.REPLACED)
        for one in earlier
        if one.state is DocumentState.ISSUED
    )
    return (*replaced, made)


def void(document: Document) -> Document:
    """Let a version count no more."""
    return replace(document, state=DocumentState.VOID)


def sign(
    document: Document,
    *,
    ident: str,
    party: str,
    who: str | None,
    how: Signing,
    at: datetime,
    recorded_by: str,
    proof: str = "",
) -> Signature:
    """Record that a version was signed.

    Raises:
        Refused: it counts no more; who signed and who saw it are one person; or nothing shows the
            e-signature.
    """
    if document.state is not DocumentState.ISSUED or document.paper is None:
        raise Refused("documents.not_in_force")
    if how is Signing.IN_PERSON and who is not None and who == recorded_by:
        raise Refused("documents.needs_witness")
    if how is Signing.RELIABLE_E_SIGNATURE and len(proof.strip()) < _SHORTEST_PROOF:
        raise Refused("documents.needs_proof", rule=E_SIGNATURE_14)
    return Signature(
        id=ident,
        document=document.id,
        party=party,
        who=who,
        how=how,
        proof=proof.strip(),
        digest=document.paper.digest,
        at=at,
        recorded_by=recorded_by,
    )


# --- all of a subject ----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Required:
    """A document that has to be there, and who has to have signed it."""

    kind: str
    signed_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Folder:
    """Every document of a subject, with what was signed and acknowledged."""

    subject: Subject
    documents: tuple[Document, ...] = ()
    signatures: tuple[Signature, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()

    def current(self, kind: str) -> Document | None:
        """Give the version of a kind that counts; None where none does."""
        found = [
            one for one in self.documents if one.kind == kind and one.state is DocumentState.ISSUED
        ]
        return max(found, key=lambda one: one.version, default=None)

    def signature(self, kind: str, party: str) -> Signature | None:
        """Give a party's signature of the version that counts; None where there is none.

        One that binds other words is none.
        """
        document = self.current(kind)
        if document is None:
            return None
        for one in self.signatures:
            if one.document == document.id and one.party == party:
                same = document.paper is None or one.digest == document.paper.digest
                return one if same else None
        return None

    def has(self, required: Required) -> bool:
        """Tell whether a document is there with its signatures."""
        if self.current(required.kind) is None:
            return False
        return all(self.signature(required.kind, one) for one in required.signed_by)

    def missing(self, required: Sequence[Required]) -> tuple[Required, ...]:
        """Give what of all that has to be there is not."""
        return tuple(one for one in required if not self.has(one))

    def records(self, required: Iterable[Required]) -> frozenset[str]:
        """Name what is there as stages know it: the kinds of documents that are complete."""
        return frozenset(one.kind for one in required if self.has(one))

    def signed(self, document: Document) -> tuple[Signature, ...]:
        """List who signed a version, the first one first."""
        found = [one for one in self.signatures if one.document == document.id]
        return tuple(sorted(found, key=lambda one: (one.at, one.id)))

    def items(self, handing: Handing) -> frozenset[str]:
        """Name the items that were received, or handed back."""
        return frozenset(one.item for one in self.acknowledgements if one.handing is handing)

    @property
    def outstanding(self) -> frozenset[str]:
        """Name the items that the office has and has to hand back."""
        return self.items(Handing.RECEIVED) - self.items(Handing.RETURNED)

    def with_more(
        self,
        documents: Collection[Document] = (),
        signatures: Collection[Signature] = (),
        acknowledgements: Collection[Acknowledgement] = (),
    ) -> "Folder":
        """Add what is new; a document of the same id takes the place of what it was."""
        new = {one.id: one for one in documents}
        kept = [new.pop(one.id, one) for one in self.documents]
        return replace(
            self,
            documents=(*kept, *new.values()),
            signatures=(*self.signatures, *signatures),
            acknowledgements=(*self.acknowledgements, *acknowledgements),
        )


def need(required: Required, refusal: str, rule: Any = None) -> Need:
    """Make what a stage needs out of a document that has to be there."""
    return Need(record=required.kind, refusal=refusal, rule=rule)


def acknowledge(
    folder: Folder,
    document: Document,
    items: Iterable[str],
    handing: Handing,
    *,
    new_id: Any,
    how: Acknowledging,
    who: str | None,
    at: datetime,
    recorded_by: str,
) -> tuple[Acknowledgement, ...]:
    """Record that items were received or handed back; what was acknowledged already is left out.

    Args:
        new_id: makes an id for each.

    Raises:
        Refused: what was never received cannot be handed back.
    """
    done = folder.items(handing)
    wanted = [one for one in dict.fromkeys(items) if one not in done]
    if handing is Handing.RETURNED and not folder.items(Handing.RECEIVED) >= set(wanted):
        raise Refused("documents.never_received")
    return tuple(
        Acknowledgement(
            id=new_id(),
            document=document.id,
            item=one,
            handing=handing,
            how=how,
            who=who,
            at=at,
            recorded_by=recorded_by,
        )
        for one in wanted
    )
