"""The guide (办事指南) as registers that the office keeps: items, their documents and questions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from domain.messages import Text, text
from domain.registers import (
    Entry,
    Field,
    FieldKind,
    FieldOption,
    Part,
    Register,
    RegisterBook,
)
from domain.registers import Lack as Missing
from domain.services.halls import DESKS, HALLS
from domain.services.items import (
    CaseKind,
    Item,
    ItemDocument,
    Lack,
    Shortcoming,
    TimeUnit,
    is_vague,
    shortcomings,
)

ITEMS_NAME = "services.items"
_DOCUMENTS_NAME, _QUESTIONS_NAME = "services.documents", "services.questions"

_YES, _NO = "yes", "no"
_WHETHER = (
    FieldOption(_YES, text("guide.yes"), ("是", "有", "要", "可以", "支持", "yes", "y")),
    FieldOption(_NO, text("guide.no"), ("否", "没有", "不要", "不可以", "不支持", "no", "n")),
)
_UNITS = (
    FieldOption(
        TimeUnit.WORKING_DAYS,
        text("guide.unit_working_days"),
        ("工作日", "个工作日", "working days"),
    ),
    FieldOption(TimeUnit.DAYS, text("guide.unit_days"), ("天", "自然日", "日", "days")),
    FieldOption(TimeUnit.HOURS, text("guide.unit_hours"), ("小时", "hours")),
)
_CASE_KINDS = (
    FieldOption(CaseKind.AT_ONCE, text("guide.kind_at_once"), ("即办件", "当场办结", "at once")),
    FieldOption(CaseKind.PROMISED, text("guide.kind_promised"), ("承诺件", "限时办结", "promised")),
)


def _field(name: str, kind: FieldKind = FieldKind.LINE, **more: Any) -> Field:
    given = {"required": True, "label": f"guide.field_{name}", "ask": f"guide.ask_{name}", **more}
    return Field(name=name, kind=kind, **given)


def _whether(name: str, **more: Any) -> Field:
    return _field(name, FieldKind.CHOICE, options=_WHETHER, **more)


def _limit(name: str) -> tuple[Field, Field]:
    return (
        _field(name, FieldKind.NUMBER),
        _field(f"{name}_unit", FieldKind.CHOICE, options=_UNITS),
    )


#: What an item lacks beyond its own fields, and the register to which it has to be added.
_BEYOND = {
    Lack.DOCUMENTS: _DOCUMENTS_NAME,
    Lack.DOCUMENT_FIELD: "",
    Lack.VAGUE_DOCUMENT: "",
    Lack.HALLS: DESKS.name,
}


def _of_fields(fields: Mapping[str, Any]) -> Sequence[Text]:
    """Say what keeps an item from being published that its own fields show."""
    found = shortcomings(_item("", fields, (), (), ()))
    return tuple(one.words for one in found if one.lack not in (Lack.FIELD, *_BEYOND))


def _of_parts(entry: Entry, parts: Mapping[str, Sequence[Entry]]) -> Sequence[Missing]:
    """Say what an item lacks of documents and halls."""
    named = {one.get("name"): one.id for one in parts.get(_DOCUMENTS_NAME, ())}
    return tuple(
        Missing(
            one.words,
            add=_BEYOND[one.lack],
            entry=named.get(one.document, ""),
            called=one.document,
        )
        for one in shortcomings(item_of(entry, parts))
        if one.lack in _BEYOND
    )


def names_of(entry: Entry) -> tuple[str, ...]:
    """Give an item's name and what people call it: a desk may name it by either."""
    return (str(entry.get("name", "")), *_parts(entry.get("also_called")))


ITEMS = Register(
    name=ITEMS_NAME,
    label="guide.items",
    one="guide.item",
    public=True,
    check=_of_fields,
    parts=(
        Part(_DOCUMENTS_NAME, "item", finished=True),
        Part(DESKS.name, "service", names=lambda entry: names_of(entry)),
        Part(_QUESTIONS_NAME, "item"),
    ),
    whole=lambda entry, parts: _of_parts(entry, parts),
    fields=(
        _field("name", label="guide.item_name"),
        _field("also_called", FieldKind.TEXT, required=False),
        _field("conditions", FieldKind.TEXT),
        _whether("needs_documents"),
        *_limit("promised_limit"),
        _field("case_kind", FieldKind.CHOICE, options=_CASE_KINDS),
        _whether("has_fee"),
        _field("fee", required=False),
        _field("fee_basis", required=False),
        _field("inquiry", FieldKind.PHONE),
        _field("hours"),
        _field("visits", FieldKind.NUMBER),
        _field("presence", FieldKind.TEXT, required=False),
        _whether("online"),
        _whether("in_hall"),
        _whether("courier"),
        _field("served"),
        _field("procedure", FieldKind.TEXT),
        *_limit("legal_limit"),
        _field("basis", FieldKind.TEXT),
        _field("type"),
        _field("result_type"),
        _field("complaint"),
        _field("special_procedure"),
        _field("body"),
        _field("body_code"),
        _field("body_nature"),
        _field("level"),
        _field("power_source"),
        _field("basic_code"),
        _field("implementing_code"),
        _field("version"),
    ),
)

_OF_ITEM = Field(
    name="item",
    label="guide.item",
    ask="guide.ask_item",
    kind=FieldKind.ENTRY,
    refers=ITEMS_NAME,
    required=True,
    listed=True,
)


def _of_document(fields: Mapping[str, Any]) -> Sequence[Text]:
    name = str(fields.get("name", ""))
    if not is_vague(name):
        return ()
    return (Shortcoming(Lack.VAGUE_DOCUMENT, document=name).words,)


DOCUMENTS = Register(
    name=_DOCUMENTS_NAME,
    label="guide.documents_register",
    one="guide.one_document",
    public=True,
    key=("name", "item"),
    check=_of_document,
    fields=(
        Field(name="name", label="guide.document_name", ask="guide.ask_document", required=True),
        _OF_ITEM,
        _whether("needed"),
        _field("kind"),
        _field("form"),
        _field("copies", FieldKind.NUMBER),
        _field("issued_by"),
        _field("document_basis"),
        _field("standard"),
        _field("how"),
        _field("blank", required=False, asked=False),
        _field("sample", required=False, asked=False),
    ),
)
QUESTIONS = Register(
    name=_QUESTIONS_NAME,
    label="guide.questions_register",
    one="guide.one_question",
    public=True,
    key=("question", "item"),
    fields=(
        _field("question"),
        _OF_ITEM,
        _field("answer", FieldKind.TEXT),
    ),
)

#: Everything that the guide is made of, in one file.
GUIDE_BOOK = RegisterBook(
    name="services.guide",
    label="guide.book",
    registers=(HALLS, ITEMS, DESKS, DOCUMENTS, QUESTIONS),
)


# --- entries as items ----------------------------------------------------------------------------


def _item(
    code: str,
    fields: Mapping[str, Any],
    documents: Iterable[Entry],
    questions: Iterable[Entry],
    desks: Iterable[Entry],
) -> Item:
    plain = {
        name: value == _YES if name in ("has_fee", "online", "in_hall", "courier") else value
        for name, value in fields.items()
    }
    return Item(
        code=code,
        name=str(fields.get("name", "")),
        also_called=tuple(_parts(fields.get("also_called"))),
        fields=plain,
        documents=tuple(_document(one) for one in documents),
        needs_documents=fields.get("needs_documents") != _NO,
        halls=tuple(one.id for one in desks),
        presence=tuple(
            _step(line)
            for line in str(fields.get("presence") or "").splitlines()
            if line.strip() and line.strip() not in _NO_STEP
        ),
        questions=tuple((str(one.get("question")), str(one.get("answer"))) for one in questions),
    )


#: How offices write that there is none.
_NO_STEP = ("无", "没有", "不用", "/", "-", "none", "None")


def _parts(given: object) -> list[str]:
    """Cut popular names apart, however they are set apart."""
    said = str(given or "")
    for sign in "，,；;/\n":
        said = said.replace(sign, "、")
    return [one.strip() for one in said.split("、") if one.strip()]


def _step(line: str) -> tuple[str, str]:
    """Read a step for which one has to come, and why: 核对本人：要当面看人证一致."""
    step, _, reason = line.replace(":", "：").partition("：")
    return step.strip(), reason.strip()


def _document(entry: Entry) -> ItemDocument:
    def words(name: str) -> str:
        return str(entry.get(name) or "")

    return ItemDocument(
        name=words("name"),
        needed=entry.get("needed") != _NO,
        kind=words("kind"),
        form=words("form"),
        copies=int(entry.get("copies") or 0),
        issued_by=words("issued_by"),
        basis=words("document_basis"),
        standard=words("standard"),
        how=words("how"),
        blank=words("blank"),
        sample=words("sample"),
    )


def item_of(entry: Entry, parts: Mapping[str, Sequence[Entry]]) -> Item:
    """Put an item together from its entry and its parts, by the name of their register."""
    return _item(
        entry.id,
        entry.fields,
        parts.get(_DOCUMENTS_NAME, ()),
        parts.get(_QUESTIONS_NAME, ()),
        parts.get(DESKS.name, ()),
    )
