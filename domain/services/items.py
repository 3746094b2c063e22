"""What an item of the guide (办事指南) is: what it needs to be published, and the answer it gives.

Sources: for the fields, the national item model (政务服务事项实施清单) as platforms use it; for
documents that are named, 安阳市政务服务条例 (2021), articles 13 and 22; for the six parts of a
complete answer (一口清), requirement S-17.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from domain.messages import Line, Text, Value, text


class CaseKind(StrEnum):
    """Whether an item is done while one waits (即办件) or by a promised day (承诺件)."""

    AT_ONCE = "at_once"
    PROMISED = "promised"


class TimeUnit(StrEnum):
    """In what a time limit is counted."""

    WORKING_DAYS = "working_days"
    DAYS = "days"
    HOURS = "hours"


class Spoken(StrEnum):
    """The six parts of a complete spoken answer (requirement S-17), in the order of the answer."""

    CONDITIONS = "conditions"
    DOCUMENTS = "documents"
    PLACE = "place"
    TIME_LIMIT = "time_limit"
    FEE = "fee"
    CONTACT = "contact"


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemDocument:
    """A document that whoever wants the item hands in; the words of the office, none empty."""

    name: str
    needed: bool
    """Otherwise only in the case that `standard` names."""
    kind: str
    """Original, copy, electronic certificate …"""
    form: str
    """Paper, electronic, or both."""
    copies: int
    issued_by: str
    basis: str
    standard: str
    """What is looked at when it is accepted."""
    how: str
    """How to fill it in, or where to get it."""
    blank: str = ""
    """Where the blank form is."""
    sample: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """An item as the office wrote it down, complete or not."""

    code: str
    """The office's own short name of it; never shown to residents."""
    name: str
    also_called: tuple[str, ...] = ()
    """What people call it, such as 老年证 for 老年人优待证."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """By the names of `FIELDS`; what is not known is left out."""
    documents: tuple[ItemDocument, ...] = ()
    needs_documents: bool = True
    """False where nothing at all has to be handed in."""
    halls: tuple[str, ...] = ()
    """The halls in which it is done."""
    presence: tuple[tuple[str, str], ...] = ()
    """The steps for which one has to come oneself, each with the reason."""
    questions: tuple[tuple[str, str], ...] = ()
    """Common questions, each with its answer."""

    def given(self, name: str) -> Any:
        """Give a field, None where it is not known."""
        value = self.fields.get(name)
        return None if value == "" else value


#: The required fields of the national item model besides name and documents, in its order.
FIELDS: tuple[str, ...] = (
    "type",
    "basic_code",
    "implementing_code",
    "version",
    "basis",
    "body",
    "body_code",
    "body_nature",
    "level",
    "power_source",
    "served",
    "conditions",
    "procedure",
    "legal_limit",
    "legal_limit_unit",
    "promised_limit",
    "promised_limit_unit",
    "case_kind",
    "has_fee",
    "visits",
    "inquiry",
    "complaint",
    "hours",
    "special_procedure",
    "online",
    "in_hall",
    "courier",
    "result_type",
)
#: How long a unit is in hours, to compare two limits; a working day counts as a day of its own.
_HOURS = {TimeUnit.WORKING_DAYS: 24 * 7 / 5, TimeUnit.DAYS: 24.0, TimeUnit.HOURS: 1.0}
#: What says nothing about which document is meant.
_VAGUE = re.compile(
    r"(?:其[他它余]|相关|有关|必要|所需|另外|若干|一些)(?:的|等)?(?:证明|文件|资料|材料|手续|证件|单据|凭证|东西)"
    r"|(?:等|之类)(?:的)?(?:证明|文件|资料|材料|手续|证件)?$"
    r"|(?:要求|需要|规定)(?:提供|提交|出具)?的(?:其[他它])?(?:证明|文件|资料|材料|证件)"
    r"|\b(?:other|related|relevant|additional|further|necessary)\s+(?:documents?|materials?|papers?|proofs?)\b"
    r"|\betc\.?$",
    re.IGNORECASE,
)


class Lack(StrEnum):
    """Why an item cannot be published."""

    FIELD = "field"
    """A required field is empty."""
    DOCUMENTS = "documents"
    """Neither a document nor that none is needed."""
    DOCUMENT_FIELD = "document_field"
    VAGUE_DOCUMENT = "vague_document"
    HALLS = "halls"
    FEE_BASIS = "fee_basis"
    """A fee without its amount and legal basis."""
    PRESENCE = "presence"
    """One has to come, and it is not said for which step and why."""
    NO_VISIT = "no_visit"
    """A step for which one has to come is named, and no visit counted."""
    LIMIT = "limit"
    """The promised limit is longer than the one of the law."""


@dataclass(frozen=True, slots=True)
class Shortcoming:
    """One thing that an item lacks, and where."""

    lack: Lack
    name: str = ""
    """The field that is meant."""
    document: str = ""

    @property
    def words(self) -> Text:
        """Say what is to be done about it."""
        called = text(f"guide.field_{self.name}") if self.name else None
        key = f"guide.lacks_{self.lack}"
        if self.lack is Lack.PRESENCE and self.document:
            key += "_step"
        return text(key, name=called, document=self.document)


_DOCUMENT_FIELDS = ("name", "kind", "form", "issued_by", "basis", "standard", "how")


def is_vague(document: str) -> bool:
    """Tell whether a document's name leaves open what it is, such as 其他材料."""
    return bool(_VAGUE.search(document.strip()))


def shortcomings(item: Item) -> tuple[Shortcoming, ...]:
    """List what keeps an item from being published; nothing for one that is complete."""
    found = [Shortcoming(Lack.FIELD, name) for name in FIELDS if item.given(name) is None]
    if item.given("has_fee"):
        found += [
            Shortcoming(Lack.FEE_BASIS, name)
            for name in ("fee", "fee_basis")
            if item.given(name) is None
        ]
    visits = item.given("visits")
    if visits and not item.presence:
        found.append(Shortcoming(Lack.PRESENCE))
    if visits == 0 and item.presence:
        found.append(Shortcoming(Lack.NO_VISIT))
    found += [
        Shortcoming(Lack.PRESENCE, document=step)
        for step, reason in item.presence
        if not step.strip() or not reason.strip()
    ]
    if not item.halls and (visits or item.given("in_hall")):
        found.append(Shortcoming(Lack.HALLS))
    if not item.documents and item.needs_documents:
        found.append(Shortcoming(Lack.DOCUMENTS))
    for document in item.documents:
        if is_vague(document.name):
            found.append(Shortcoming(Lack.VAGUE_DOCUMENT, document=document.name))
        found += [
            Shortcoming(Lack.DOCUMENT_FIELD, name, document.name)
            for name in _DOCUMENT_FIELDS
            if not getattr(document, name).strip()
        ]
        if document.copies < 0:
            found.append(Shortcoming(Lack.DOCUMENT_FIELD, "copies", document.name))
    if _is_longer(item):
        found.append(Shortcoming(Lack.LIMIT))
    return tuple(found)


def _is_longer(item: Item) -> bool:
    """Tell whether more time is taken than the law leaves."""
    spans = []
    for which in ("promised_limit", "legal_limit"):
        span, unit = item.given(which), item.given(f"{which}_unit")
        if span is None or unit is None:
            return False
        spans.append(span * _HOURS[TimeUnit(unit)])
    promised, legal = spans
    return bool(promised > legal)


# --- the spoken answer (一口清) ------------------------------------------------------------------


def answer(item: Item, places: Sequence[Value], contact: Value) -> tuple[Line, ...]:
    """Give the six parts of a complete answer, each a line, in one order (requirement S-17).

    Args:
        item: one that is published.
        places: where and when it is done, a value a hall; none where no hall is needed.
        contact: whom to ask.
    """
    said: dict[Spoken, Value] = {
        Spoken.CONDITIONS: item.given("conditions"),
        Spoken.DOCUMENTS: _documents(item),
        Spoken.PLACE: _listed(places) or text("guide.no_hall", procedure=item.given("procedure")),
        Spoken.TIME_LIMIT: _limit(item),
        Spoken.FEE: _fee(item),
        Spoken.CONTACT: contact,
    }
    return tuple(Line(label=text(f"guide.{part}"), value=value) for part, value in said.items())


def _documents(item: Item) -> Value:
    if not item.documents:
        return text("guide.no_documents")
    return _listed(
        [
            text(
                "guide.document" if one.needed else "guide.document_if",
                name=one.name,
                copies=one.copies,
                standard=one.standard,
            )
            for one in item.documents
        ]
    )


def _listed(values: Sequence[Value]) -> Value:
    """Number several values, each on a line of its own: there are commas in most of them."""
    if len(values) < 2:
        return tuple(values)
    numbered = [
        text("guide.numbered", number=place, what=one) for place, one in enumerate(values, 1)
    ]
    said = numbered[0]
    for one in numbered[1:]:
        said = text("guide.next_line", before=said, after=one)
    return said


def _limit(item: Item) -> Value:
    if item.given("case_kind") == CaseKind.AT_ONCE:
        return text("guide.at_once")
    count, unit = item.given("promised_limit"), item.given("promised_limit_unit")
    return text(f"guide.within_{unit}", count=count)


def _fee(item: Item) -> Value:
    if not item.given("has_fee"):
        return text("guide.free")
    return text("guide.fee_of", fee=item.given("fee"), basis=item.given("fee_basis"))
