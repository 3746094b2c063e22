"""The guide (办事指南) as registers that the office keeps: items, their documents and questions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from domain.messages import Text, text
from domain.registers import Entry, Field, FieldKind, FieldOption, Register, plain_key
from domain.services.halls import DESKS
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


def _of_fields(fields: Mapping[str, Any]) -> Sequence[Text]:
    """Say what keeps an item from being published that its own fields show."""
    beyond = (Lack.FIELD, Lack.DOCUMENTS, Lack.DOCUMENT_FIELD, Lack.VAGUE_DOCUMENT, Lack.HALLS)
    found = shortcomings(_item("", fields, (), (), ()))
    return tuple(one.words for one in found if one.lack not in beyond)


ITEMS = Register(
    name=ITEMS_NAME,
    label="guide.items",
    one="guide.item",
    public=True,
    check=_of_fields,
    fields=(
        _field("name", listed=False),
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
    name="services.documents",
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
    name="services.questions",
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
        presence=tuple(_step(line) for line in str(fields.get("presence") or "").splitlines()),
        questions=tuple((str(one.get("question")), str(one.get("answer"))) for one in questions),
    )


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


def item_of(entry: Entry, around: Mapping[str, Sequence[Entry]]) -> Item:
    """Put an item together from its entry and the entries of other registers that are its own.

    Args:
        around: entries of `DOCUMENTS`, `QUESTIONS` and `DESKS` by the register's name; those of
            other items may be among them.
    """

    def own(register: Register) -> list[Entry]:
        return [one for one in around.get(register.name, ()) if one.get("item") == entry.id]

    name = plain_key(entry.get("name", ""))
    desks = [one for one in around.get(DESKS.name, ()) if plain_key(one.get("service", "")) == name]
    return _item(entry.id, entry.fields, own(DOCUMENTS), own(QUESTIONS), desks)
