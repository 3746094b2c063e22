"""Of where something is, strangers are told the names of roads and compounds alone."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.matters.street_names import redact_place


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("和平路3号楼2单元501", "和平路"),
        ("和平路３号楼", "和平路"),
        ("阳光花园12栋", "阳光花园"),
        ("阳光花园三期五栋二单元", "阳光花园"),
        ("愚园路100弄5号", "愚园路"),
        ("北京市东城区东华门街道和平社区和平路5号", "和平路"),
        ("上海市静安区南京西路街道愚园路", "愚园路"),
        ("和平路与建设街交叉口", "和平路建设街"),
        ("建设街和和平路口", "建设街和平路"),
        ("和平路、建设街、解放路", "和平路建设街"),
        ("和平路3号阳光花园2栋", "和平路阳光花园"),
        ("和平路3号, 和平路5号", "和平路"),
        ("和平路西区2号", "和平路"),
        ("和平路路灯下", "和平路"),
        ("第3网格和平路", "和平路"),
        ("我家住在和平路", "和平路"),
        ("黄河中路18号", "黄河中路"),
        ("中山东一路", "中山东一路"),
        ("建国门外大街1号", "建国门外大街"),
        ("张家巷12号", "张家巷"),
        ("化肥厂家属院3排5号", "化肥厂家属院"),
        ("幸福里小区7-2-301", "幸福里小区"),
        ("城市花园", "城市花园"),
        ("楼5和平路", "和平路"),
        ("5楼和平路", "和平路"),
        ("，楼和平路", "楼和平路"),
        ("黄河路", "黄河路"),
        ("黄河西路", "黄河西路"),
        ("平家路", "平家路"),
        ("和平路跟建设街", "和平路建设街"),
        ("和平路与建设街和解放路", "和平路建设街"),
        ("和平路与李明", "和平路"),
        ("和平路，和平路，建设街", "和平路建设街"),
    ],
)
def test_a_place_is_reduced_to_its_road_or_compound(text: str, name: str) -> None:
    assert redact_place(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3号楼路灯坏了",
        "2单元501室",
        "五栋三单元",
        "楼下",
        "张三家门口和平路",
        "王大爷和平路3号",
        "李明文化路",
        "蒋明文化路",
        "刘洋阳光花园",
        "老王家园",
        "李家大院",
        "张伟 13800138000",
        "和平街道",
        "门口马路边",
        "十字路口",
        "小区里的路",
        "No. 5 Heping Road",
        "小张庄路3号",
        "老李家路",
        "小李花园",
        "张家花园",
        "黄河水路",
        "王府井大街",
        "一条街",
    ],
)
def test_what_is_not_surely_a_public_name_is_dropped(text: str) -> None:
    assert redact_place(text) == ""


PUBLIC = ["和平路", "建设街", "五一路", "阳光花园", "幸福小区", "解放大道"]
PRIVATE = ["李明", "张三丰", "王大爷家", "欧阳锋", "13800138000", "3号楼", "2单元", "501室", "五栋"]


@given(
    pieces=st.lists(st.sampled_from(PUBLIC + PRIVATE), max_size=7),
    separator=st.sampled_from(["", " ", "，", "的", "在"]),
)
def test_nothing_private_is_left_of_a_place(pieces: list[str], separator: str) -> None:
    text = separator.join(pieces)

    left = redact_place(text)

    for name in PUBLIC:
        left = left.replace(name, "", 1)
    assert left == ""


@given(text=st.text(max_size=60) | st.text("和平路街3号楼栋单元室家张李王 在的", max_size=40))
def test_whatever_is_written_no_number_and_no_room_is_left(text: str) -> None:
    assert not re.search(r"[0-9A-Za-z]|号|栋|单元|室", redact_place(text))
