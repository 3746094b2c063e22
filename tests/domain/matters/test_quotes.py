"""A resident is quoted to leaders where the sentence leads to nobody, and not at all otherwise."""

import pytest

from domain.matters.quotes import quotable

KNOWN = frozenset({"乱停车", "健身器材"})
STAFF = ("叶星河", "王书记")


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("中心花园又停满了车，孩子没地方玩", "中心花园又停满了车，孩子没地方玩"),
        ("您好！花园里的健身器材坏了很久。", "花园里的健身器材坏了很久"),
        ("我家住3号楼501。晚上太吵了，睡不着觉", "晚上太吵了，睡不着觉"),
    ],
)
def test_a_plain_sentence_is_quoted(text: str, quote: str) -> None:
    assert quotable(text, KNOWN, STAFF) == quote


@pytest.mark.parametrize(
    "text",
    [
        "张建国在楼下养鸡太吵",
        "楼上王大妈天天吵架",
        "老李家的狗没人管",
        "小张天天在花园停车",
        "欧阳测试家门口最黑",
        "上官在花园停车没人管",
        "司马青天天烧烤油烟大",
        "阿强烧烤油烟太大",
        "梓涵的车乱停没人管",
        "找叶星河说过了没人管",
        "王书记答应过修路灯",
        "我的电话是13812345678请联系",
        "身份证410101199003071234办不了",
        "车牌豫A12345总是乱停车",
        "我家住在花园旁边太吵了",
        "3号楼2单元501天天漏水",
        "门口那家饭店姓刘的太吵",
        "加我微信wxid_lightman说清楚",
        "Mr Smith parks in the garden",
        "太吵了",
        "",
        "花园" * 30,
    ],
)
def test_what_may_lead_to_somebody_is_not_quoted(text: str) -> None:
    assert quotable(text, KNOWN, STAFF) == ""
