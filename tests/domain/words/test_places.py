"""Which place a sentence names, in the many ways in which people say it."""

from functools import cache

import pytest

from domain.organisation import Organisation, Unit, UnitKind
from domain.words.places import PlaceRead, Register, read_place, register_of
from domain.words.plaintext import plain_text
from tests.domain.street import organisation


@cache
def register() -> Register:
    """The names of a street whose communities and compounds are called alike, as they often are."""
    grids = {
        "T1": ("T", "第一网格（听雨苑）", "Grid 1 (Tingyu Court)"),
        "T2": ("T", "第二网格（柳岸小区、石板巷）", "Grid 2"),
        "T3": ("T", "第三网格", "Grid 3"),
        "W1": ("W", "第一网格（望桥新村）", "Grid 1"),
        "W2": ("W", "第二网格（向阳家属院）", "Grid 2"),
    }
    units = [
        Unit(code="S", kind=UnitKind.STREET, parent=None, name="云溪街道"),
        Unit(code="T", kind=UnitKind.COMMUNITY, parent="S", name="听雨社区", name_en="Tingyu"),
        Unit(code="W", kind=UnitKind.COMMUNITY, parent="S", name="望桥社区"),
        *(
            Unit(code=code, kind=UnitKind.GRID, parent=parent, name=name, name_en=name_en)
            for code, (parent, name, name_en) in grids.items()
        ),
    ]
    return register_of(Organisation(units={unit.code: unit for unit in units}, posts=(), names={}))


def read(text: str) -> PlaceRead:
    return read_place(plain_text(text), register())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # roads and numbers
        ("和平路12号门口路灯不亮", "和平路12号门口"),
        ("在解放巷挖开的路", "解放巷"),
        ("建设大街45号院积水", "建设大街45号院"),
        ("洛阳路和九都路交叉口", "洛阳路和九都路交叉口"),
        ("建设路与长安街交叉口红绿灯坏了", "建设路与长安街交叉口"),
        ("文昌路口的井盖没了", "文昌路口"),
        ("7弄12号301漏水", "7弄12号301"),
        ("pothole on Heping Road", "heping road"),
        # buildings, entrances, floors, rooms
        ("3号楼路灯坏了", "3号楼"),
        ("3#楼门口", "3#楼门口"),
        ("3#楼后头那盏灯", "3#楼后头"),
        ("5#的灯坏了", "5#"),
        ("三号楼二单元门口堆垃圾", "三号楼二单元门口"),
        ("２单元门口有积水", "2单元门口"),
        ("五栋二单元电梯口", "五栋二单元电梯口"),
        ("十二号楼一层走廊灯灭了", "十二号楼一层走廊"),
        ("五号楼三楼没水", "五号楼三楼"),
        ("3楼2单元下水堵了", "3楼2单元"),
        ("B座电梯坏了", "b座"),
        ("b3栋楼下", "b3栋楼下"),
        ("5-2-301漏水", "5-2-301"),
        ("5#2-301漏水", "5#2-301"),
        ("12栋1-1203没暖气", "12栋1-1203"),
        ("A区12栋3单元501室", "a区12栋3单元501室"),
        ("12号院3号楼4门502没暖气", "12号院3号楼4门502"),
        ("7幢2单元1102门锁坏了", "7幢2单元1102"),
        ("402老爷子三天没见人", "402"),
        ("602死活不开门", "602"),
        ("lamp broken near building 3", "building 3"),
        ("no light at block 5 unit 2", "block 5 unit 2"),
        ("water in room 1203", "room 1203"),
        ("the light near gate 2", "gate 2"),
        # compounds and zones
        ("锦绣花园5号楼门口", "锦绣花园5号楼门口"),
        ("丽水苑5-2水管爆了", "丽水苑5-2"),
        ("幸福里小区东门对面的公交站", "幸福里小区东门对面的公交站"),
        ("东区8号院西侧围墙倒了", "东区8号院西侧"),
        ("A区停水", "a区"),
        ("纺织厂家属院门口", "纺织厂家属院门口"),
        # landmarks and sides
        ("中心花园里停满了车", "中心花园里"),
        ("小区西门那个路灯一闪一闪的", "小区西门"),
        ("车停在东门口", "东门口"),
        ("实验小学对面人行道井盖没了", "实验小学对面人行道"),
        ("惠民超市门口有个坑", "惠民超市门口"),
        ("老邮局门口", "老邮局门口"),
        ("滨河公园的厕所锁着", "滨河公园"),
        ("纺织厂桥头护栏断了", "纺织厂桥头"),
        ("石桥底下堆着垃圾", "石桥底下"),
        ("河边有人钓鱼", "河边"),
        ("滑梯旁的配电箱门开着", "滑梯旁"),
        ("地库B区积水", "地库b区"),
        ("对面二楼窗户冒烟", "对面二楼"),
        ("服务中心7号窗没人", "7号窗"),
        # the place comes last, or in pieces
        ("灯一闪一闪的 来个人整整 锦绣花园5号楼", "锦绣花园5号楼"),
        ("铺盖全在里头 五栋二单元702", "五栋二单元702"),
        ("我住锦绣花园，麻烦来看看，是3号楼", "锦绣花园3号楼"),
        ("3号楼2单元灯坏了，我们是锦绣花园", "锦绣花园3号楼2单元"),
        ("3号楼和4号楼之间的空地", "3号楼"),
    ],
)
def test_a_place_is_read_as_people_say_it(text: str, words: str) -> None:
    assert read(text).words == words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5月3号停水",
        "3月12号报名截止",
        "2026-11-05停水",
        "早上8:30开门",
        "停水3天了",
        "电话13800002026",
        "打12345没人接",
        "补贴1200元",
        "每户50块",
        "人民政府怎么走",
        "家庭矛盾怎么调解",
        "去法院开庭",
        "第三期工程什么时候完",
        "2期培训班还招人吗",
        "前期物业合同",
        "这个小区没人管",
        "每个小区都有",
        "老旧小区改造",
        "马路上全是水",
        "走路摔了一跤",
        "老人走不动路",
        "老板跑路了",
        "一路上都是垃圾",
        "给我留条后路",
        "铁路职工",
        "带路的人",
        "十字路口怎么走",
        "身份证弄丢了",
        "把门弄坏了",
        "物业糊弄人",
        "三楼漏水漏到二楼",
        "一楼不同意装电梯",
        "居委会电话多少",
        "社区医院几点开门",
        "孩子上小学要什么材料",
        "办事大厅几点开",
        "养老院多少钱",
        "门口",
        "楼道里",
    ],
)
def test_what_says_no_place_has_none(text: str) -> None:
    assert read(text) == PlaceRead()


# --- the street's own names ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words", "units"),
    [
        ("听雨苑5号楼门口路灯不亮了", "听雨苑5号楼门口", ("T1",)),
        ("柳岸小区的垃圾桶满了", "柳岸小区", ("T2",)),
        ("我是柳岸的，3号楼2单元灯坏了", "柳岸的,3号楼2单元", ("T2",)),
        ("石板巷12号下水堵了", "石板巷12号", ("T2",)),
        ("听雨社区没人接电话", "听雨社区", ("T",)),
        ("听雨社区柳岸小区门口的垃圾桶", "听雨社区柳岸小区门口", ("T2",)),
        ("望桥新村停水", "望桥新村", ("W1",)),
        ("向阳家属院停水", "向阳家属院", ("W2",)),
        ("柳岸小区和望桥新村都停水", "柳岸小区和望桥新村", ("T2", "W1")),
        ("lamp broken in Tingyu Court", "tingyu court", ("T1",)),
        ("柳岸小區３號樓", "柳岸小区3号楼", ("T2",)),
    ],
)
def test_a_name_of_the_street_is_known_and_so_is_its_unit(
    text: str, words: str, units: tuple[str, ...]
) -> None:
    assert read(text) == PlaceRead(words, units)


@pytest.mark.parametrize("text", ["我在听雨这边", "望桥那里", "第一网格", "云溪街道"])
def test_a_name_that_several_share_or_that_says_nothing_names_no_unit(text: str) -> None:
    assert read(text).units == ()


def test_a_short_name_within_another_name_is_not_meant() -> None:
    assert read("向阳的灯坏了").units == ("W2",)
    assert read("向阳路的灯坏了") == PlaceRead("向阳路", ())


def test_the_names_are_those_of_the_brackets_and_without_the_ending() -> None:
    names = register().names

    assert names["柳岸小区"] == names["柳岸"] == names["石板巷"] == ("T2",)
    assert "听雨" not in names
    assert "望桥" not in names
    assert "第三网格" not in names
    assert names["tingyu court"] == ("T1",)


def test_a_street_without_names_of_its_own_has_those_of_its_communities() -> None:
    found = register_of(organisation())

    assert found.names["东园社区"] == ("E",)
    assert not any("街道" in name for name in found.names)
    assert register_of(Organisation(units={}, posts=(), names={})).names == {}


# --- bounds --------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["3号楼", "和平路", "听雨苑", "1-2-", "东门", "a区", "花园", "甲"])
def test_a_long_text_has_a_short_place(unit: str) -> None:
    found = read(unit * 4_000)

    assert len(found.words) <= 60
    assert len(found.units) <= 1
