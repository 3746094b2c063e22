"""When an item of the guide is complete, and the answer in one go that it gives."""

from dataclasses import replace

import pytest

from bot.words.wording import wording_for
from domain.messages import Line, text
from domain.people import Language
from domain.services.items import (
    FIELDS,
    Item,
    ItemDocument,
    Lack,
    Shortcoming,
    answer,
    is_vague,
    shortcomings,
)

IDENTITY = ItemDocument(
    name="本人居民身份证",
    needed=True,
    kind="原件",
    form="纸质或电子证照",
    copies=1,
    issued_by="公安机关",
    basis="《居民身份证法》第十四条",
    standard="在有效期内，人证一致",
    how="随身带着就行",
)
COMPLETE = Item(
    code="elder_card",
    name="老年人优待证办理",
    fields={
        "type": "公共服务",
        "basic_code": "002012345000",
        "implementing_code": "11410300MB0000000000002012345000",
        "version": "2026.1",
        "basis": "《河南省老年人权益保障条例》",
        "body": "梧桐街道办事处",
        "body_code": "11410300MB00000000",
        "body_nature": "法定机关",
        "level": "街道",
        "power_source": "法定本级行使",
        "served": "年满六十周岁的老年人",
        "conditions": "年满六十周岁，不限户籍",
        "procedure": "申请、核对、发证",
        "legal_limit": 20,
        "legal_limit_unit": "working_days",
        "promised_limit": 3,
        "promised_limit_unit": "working_days",
        "case_kind": "promised",
        "has_fee": False,
        "visits": 1,
        "inquiry": "0379-00000000",
        "complaint": "12345",
        "hours": "工作日 9:00—17:00",
        "special_procedure": "无",
        "online": False,
        "in_hall": True,
        "courier": True,
        "result_type": "证照",
    },
    documents=(IDENTITY,),
    halls=("street_hall",),
    presence=(("核对本人", "要当面确认人证一致"),),
)


def without(name: str) -> Item:
    return replace(COMPLETE, fields={k: v for k, v in COMPLETE.fields.items() if k != name})


def test_an_item_with_every_required_field_lacks_nothing():
    assert shortcomings(COMPLETE) == ()


@pytest.mark.parametrize("name", FIELDS)
def test_each_required_field_that_is_missing_is_named(name):
    assert Shortcoming(Lack.FIELD, name) in shortcomings(without(name))
    emptied = replace(COMPLETE, fields={**COMPLETE.fields, name: ""})
    assert Shortcoming(Lack.FIELD, name) in shortcomings(emptied)


@pytest.mark.parametrize("name", ["has_fee", "online", "courier"])
def test_no_is_an_answer(name):
    said_no = replace(COMPLETE, fields={**COMPLETE.fields, name: False})

    assert shortcomings(said_no) == ()


@pytest.mark.parametrize(
    "name",
    [
        "其他材料",
        "其它相关证明",
        "相关证件",
        "身份证、户口本等材料",
        "户口本等",
        "法律法规规定的其他材料",
        "需要提交的材料",
        "other documents",
        "Proof of address etc.",
    ],
)
def test_a_document_that_leaves_open_what_it_is_is_refused(name):
    vague = replace(COMPLETE, documents=(IDENTITY, replace(IDENTITY, name=name)))

    assert Shortcoming(Lack.VAGUE_DOCUMENT, document=name) in shortcomings(vague)


@pytest.mark.parametrize(
    "name",
    ["本人居民身份证", "等级评定表", "其母亲的身份证", "相机拍的近照", "收入证明", "平等协商记录"],
)
def test_a_document_that_is_named_is_none_of_these(name):
    assert not is_vague(name)


@pytest.mark.parametrize("name", ["kind", "form", "issued_by", "basis", "standard", "how"])
def test_a_document_without_one_of_its_fields_is_named_with_it(name):
    lacking = replace(COMPLETE, documents=(replace(IDENTITY, **{name: " "}),))

    assert shortcomings(lacking) == (Shortcoming(Lack.DOCUMENT_FIELD, name, IDENTITY.name),)


def test_no_document_at_all_has_to_be_said():
    silent = replace(COMPLETE, documents=())

    assert shortcomings(silent) == (Shortcoming(Lack.DOCUMENTS),)
    assert shortcomings(replace(silent, needs_documents=False)) == ()


def test_a_fee_needs_its_amount_and_its_law():
    costs = replace(COMPLETE, fields={**COMPLETE.fields, "has_fee": True})

    assert shortcomings(costs) == (
        Shortcoming(Lack.FEE_BASIS, "fee"),
        Shortcoming(Lack.FEE_BASIS, "fee_basis"),
    )


def test_whoever_has_to_come_is_told_for_which_step_and_why():
    assert shortcomings(replace(COMPLETE, presence=())) == (Shortcoming(Lack.PRESENCE),)
    reasonless = replace(COMPLETE, presence=(("核对本人", ""),))
    assert shortcomings(reasonless) == (Shortcoming(Lack.PRESENCE, document="核对本人"),)
    from_home = replace(COMPLETE, presence=(), fields={**COMPLETE.fields, "visits": 0})
    assert shortcomings(from_home) == ()


@pytest.mark.parametrize(
    ("promised", "unit", "is_longer"),
    [
        (20, "working_days", False),
        (21, "working_days", True),
        (28, "days", False),
        (29, "days", True),
    ],
)
def test_no_more_time_is_promised_than_the_law_leaves(promised, unit, is_longer):
    fields = {**COMPLETE.fields, "promised_limit": promised, "promised_limit_unit": unit}

    found = shortcomings(replace(COMPLETE, fields=fields))

    assert (Shortcoming(Lack.LIMIT) in found) == is_longer


def test_the_answer_has_six_parts_in_one_order():
    said = answer(COMPLETE, ("街道便民服务大厅，人民路1号",), "0379-00000000")

    assert said == (
        Line(label=text("guide.conditions"), value="年满六十周岁，不限户籍"),
        Line(
            label=text("guide.documents"),
            value=(
                text(
                    "guide.document",
                    name="本人居民身份证",
                    copies=1,
                    standard="在有效期内，人证一致",
                ),
            ),
        ),
        Line(label=text("guide.place"), value=("街道便民服务大厅，人民路1号",)),
        Line(label=text("guide.time_limit"), value=text("guide.within_working_days", count=3)),
        Line(label=text("guide.fee"), value=text("guide.free")),
        Line(label=text("guide.contact"), value="0379-00000000"),
    )


def test_the_answer_says_what_is_done_at_once_and_what_costs():
    fields = {
        **COMPLETE.fields,
        "case_kind": "at_once",
        "has_fee": True,
        "fee": "工本费 10 元",
        "fee_basis": "发改价格〔2019〕914号",
    }

    said = {line.label.key: line.value for line in answer(replace(COMPLETE, fields=fields), (), "")}

    assert said["guide.time_limit"] == text("guide.at_once")
    assert said["guide.fee"] == text(
        "guide.fee_of", fee="工本费 10 元", basis="发改价格〔2019〕914号"
    )


def test_several_documents_and_places_stand_in_numbered_lines_of_their_own():
    photo = replace(IDENTITY, name="一寸照片", standard="近一年拍的，看得清")
    two = replace(COMPLETE, documents=(IDENTITY, photo))

    said = answer(two, ("一楼，周二、周四", "二楼，每天"), "12345")

    shown = [wording_for(Language.CHINESE, strict=True).line(line) for line in said]
    assert shown[1] == (
        "要带的材料：（1）本人居民身份证（1 份）：在有效期内，人证一致\n"
        "（2）一寸照片（1 份）：近一年拍的，看得清"
    )
    assert shown[2] == "在哪办：（1）一楼，周二、周四\n（2）二楼，每天"


@pytest.mark.parametrize("visits", [0, 1])
def test_a_hall_is_needed_where_one_has_to_come_or_it_is_done_in_a_hall(visits):
    presence = COMPLETE.presence if visits else ()
    fields = {**COMPLETE.fields, "visits": visits, "online": True, "in_hall": False}
    nowhere = replace(COMPLETE, halls=(), presence=presence, fields=fields)

    assert shortcomings(nowhere) == ((Shortcoming(Lack.HALLS),) if visits else ())
    in_hall = replace(nowhere, fields={**fields, "in_hall": True})
    assert shortcomings(in_hall) == (Shortcoming(Lack.HALLS),)


def test_steps_and_visits_agree():
    none = replace(COMPLETE, fields={**COMPLETE.fields, "visits": 0})

    assert shortcomings(none) == (Shortcoming(Lack.NO_VISIT),)


def test_without_a_hall_the_answer_says_how_it_goes():
    place = answer(COMPLETE, (), "12345")[2]

    assert place.value == text("guide.no_hall", procedure="申请、核对、发证")
