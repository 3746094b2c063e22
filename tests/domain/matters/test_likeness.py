"""When two matters are alike, and what a week's opinions are about."""

import re
import time
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from domain.categories import Kind
from domain.matters.likeness import (
    Candidate,
    Group,
    HotRule,
    is_hot,
    likeness,
    nearby,
    topics,
)
from domain.matters.matter import Matter, Origin, Particulars, State
from domain.matters.rules import NearbyRules
from domain.organisation import Role, Seat
from domain.places.points import Point

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
RULES = NearbyRules()
SEAT = Seat("E1", Role.GRID_SECRETARY)


# --- two texts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("3号楼路灯坏了", "3号楼路灯坏了"),
        ("３号楼路灯坏了", "3号楼路灯坏了"),
        ("三号楼路灯坏了", "3号楼路灯坏了"),
        ("二十一栋没水", "21栋没水"),
        ("3號樓路燈壞了", "3号楼路灯坏了"),
        ("您好，麻烦尽快修一下路灯，谢谢", "修一下路灯"),
        ("路灯坏了！！！", "路灯坏了。"),
        ("Street lamp broken", "street lamp broken, please"),
        ("灯", "灯"),
    ],
)
def test_width_script_numerals_and_politeness_make_no_difference(a: str, b: str) -> None:
    assert likeness(a, b) == 1.0


@pytest.mark.parametrize(
    ("a", "b"),
    [("路灯坏了", "下水道堵了"), ("", "路灯"), ("", ""), ("。", "。"), ("😀", "😀"), ("灯", "水")],
)
def test_texts_without_anything_in_common_are_not_alike(a: str, b: str) -> None:
    assert likeness(a, b) == 0.0


def test_likeness_is_the_same_both_ways_and_orders_as_people_would() -> None:
    text = "3号楼门口的路灯坏了好几天没人修"

    same, near, far = (
        likeness(text, other) for other in ("路灯坏了", "3号楼门口水管坏了", "电梯停运了")
    )

    assert same > near > far
    assert likeness("路灯坏了", text) == same


def test_different_numbers_make_texts_less_alike() -> None:
    assert likeness("3号楼路灯坏了", "4号楼路灯坏了") < 1.0


# --- nearby cases --------------------------------------------------------------------------------


def case(number: str, **changes: Any) -> Matter:
    told = {"text": "路灯坏了好几天了", "place_text": "3号楼门口"} | changes.pop("told", {})
    facts: dict[str, Any] = {
        "number": number,
        "kind": Kind.SERVICE,
        "category": "lighting",
        "community": "E",
        "grid": "E1",
        "origin": Origin.WEB,
        "state": State.DISPATCHED,
        "reporter": "resident",
        "public_space": True,
        "importance": 2,
        "urgency": 2,
        "seat": SEAT,
        "owner": "secretary",
        "accountable": SEAT,
        "filed_at": NOW - timedelta(days=2),
        "dispatched_at": NOW - timedelta(days=2),
        "contact_by": NOW,
        "resolve_by": NOW,
        "changed_at": NOW,
        "reminded_until": NOW,
    }
    return Matter(**facts | changes, particulars=Particulars(**told))


def candidate(**changes: Any) -> Candidate:
    facts = {"category": "lighting", "grid": "E1", "text": "路灯不亮", "place_text": "3号楼"}
    return Candidate(**facts | changes)


def numbers(given: Candidate, *cases: Matter, rules: NearbyRules = RULES) -> list[str]:
    return [found.number for found in nearby(given, cases, now=NOW, rules=rules)]


HERE = Point(latitude=34.6600, longitude=112.4500)
NEXT_DOOR = Point(latitude=34.6605, longitude=112.4505)
FAR = Point(latitude=34.6700, longitude=112.4600)


def test_the_same_category_at_the_same_place_is_offered() -> None:
    assert numbers(candidate(), case("1")) == ["1"]


@pytest.mark.parametrize(
    ("mine", "other", "offered"),
    [
        ("3号楼", "三号楼门口", True),
        ("3号楼", "3栋", True),
        ("3号楼", "4号楼", False),
        ("3号楼2单元", "3号楼5单元", False),
        ("3号楼2单元", "3号楼", True),
        ("和平路12号", "和平路12号院", True),
        ("和平路12号", "和平路21号", False),
        ("中心花园", "中心花园北边", True),
        ("building 3", "Block 3", True),
        ("building 3", "building 4", False),
    ],
)
def test_places_are_compared_by_what_they_number(mine: str, other: str, offered: bool) -> None:
    found = numbers(candidate(place_text=mine), case("1", told={"place_text": other}))

    assert found == (["1"] if offered else [])


@pytest.mark.parametrize(("there", "offered"), [(HERE, True), (NEXT_DOOR, True), (FAR, False)])
def test_points_decide_where_both_are_known(there: Point, offered: bool) -> None:
    given = candidate(point=HERE, place_text="3号楼")

    found = numbers(given, case("1", told={"point": there, "place_text": "4号楼"}))

    assert found == (["1"] if offered else [])


def test_points_count_across_the_border_of_a_grid_and_so_does_a_named_place() -> None:
    by_point = case("1", grid="E2", told={"point": NEXT_DOOR})
    by_name = case("2", grid="E2", told={"place_text": "和平路12号"})
    by_number = case("3", grid="E2", told={"place_text": "3号楼"})

    assert numbers(candidate(point=HERE), by_point) == ["1"]
    assert numbers(candidate(place_text="和平路12号"), by_name) == ["2"]
    assert numbers(candidate(place_text="3号楼"), by_number) == []


def test_within_a_grid_without_a_place_category_and_words_must_both_agree() -> None:
    elsewhere = {"place_text": ""}
    alike = case("1", told=elsewhere | {"text": "路灯不亮了"})
    other_words = case("2", told=elsewhere | {"text": "灯杆歪斜"})
    other_category = case("3", category="road", told=elsewhere | {"text": "路灯不亮了"})

    assert numbers(candidate(place_text=""), alike, other_words, other_category) == ["1"]


def test_another_matter_at_the_same_place_is_not_offered() -> None:
    other = case("1", category="rubbish", told={"text": "垃圾没人收"})

    assert numbers(candidate(), other) == []


def test_an_old_case_is_not_offered() -> None:
    life = timedelta(days=RULES.days)
    young = case("1", filed_at=NOW - life)
    old = case("2", filed_at=NOW - life - timedelta(seconds=1))

    assert numbers(candidate(), young, old) == ["1"]


def test_the_likeliest_case_stands_first_then_the_newer_one() -> None:
    same_words = case("1", told={"text": "路灯不亮"}, filed_at=NOW - timedelta(days=20))
    newer = case("2", told={"text": "灯杆歪斜"}, filed_at=NOW - timedelta(days=1))
    older = case("3", told={"text": "灯杆歪斜"}, filed_at=NOW - timedelta(days=9))

    assert numbers(candidate(), older, newer, same_words) == ["1", "2", "3"]


def test_only_a_few_cases_are_offered() -> None:
    cases = [case(str(number)) for number in range(9)]

    assert numbers(candidate(), *cases) == ["0", "1", "2"]
    assert len(numbers(candidate(), *cases, rules=NearbyRules(most=1))) == 1


def test_the_rules_can_be_edited() -> None:
    away = case("1", told={"point": FAR})
    given = candidate(point=HERE)

    assert numbers(given, away) == []
    assert numbers(given, away, rules=NearbyRules(metres=5_000)) == ["1"]
    assert numbers(candidate(), case("2"), rules=NearbyRules(least=9)) == []


def test_a_case_whose_words_were_erased_is_compared_by_place_and_category() -> None:
    erased = case("1", told={"text": "", "place_text": "3号楼"})

    assert numbers(candidate(), erased) == ["1"]
    assert numbers(candidate()) == []


# --- topics --------------------------------------------------------------------------------------

PARKING = [
    "小区停车位太少了",
    "停车位不够用，下班回来没地方停",
    "建议多划点停车位",
    "停车位太紧张了，找车位找半小时",
    "希望增加停车位",
    "外来车把停车位都占了",
]
LIFTS = ["建议给老楼加装电梯", "什么时候能加装电梯", "我家老人盼着加装电梯", "支持加装电梯"]
OTHERS = [
    "图书室能不能周末开门",
    "早餐车的油条很好吃，多来几辆",
    "建议把公示栏的字印大些",
    "蚊子多，绿化带该打药了",
    "幼儿园放学太堵",
    "法律讲座很好，再办一次",
]

#: Enough different words for opinions that have nothing in common.
SUBJECTS = re.findall(
    r"\w+",
    "图书室 快递柜 凉亭 秋千 门禁 监控 公示栏 食堂 义诊 书法 合唱 电影 托管 公厕 斑马线 "
    "长椅 花坛 信报箱 篮球 乒乓 滑梯 坡道 扶手 党课 旧衣 菜场 早餐 公交 喷泉 围墙 "
    "岗亭 雨棚 晾衣 井盖 暖气 瓷砖 窗口 叫号 午休 账目 投票 宠物 树枝 草坪 象棋 太极 "
    "摄影 裁缝 理发 配镜 洗衣 缝补 磨刀 开锁",
)


def shuffled(*parts: list[str], seed: int = 3) -> list[str]:
    texts = [text for part in parts for text in part]
    Random(seed).shuffle(texts)
    return texts


def said(texts: list[str], group: Group) -> set[str]:
    return {texts[member] for member in group.members}


@pytest.mark.requirement("D-07")
def test_planted_clusters_are_found_among_other_opinions() -> None:
    texts = shuffled(PARKING, LIFTS, OTHERS)

    groups = topics(texts, minimum=3)

    assert [said(texts, group) for group in groups] == [set(PARKING), set(LIFTS)]
    assert "停车" in groups[0].label
    assert "电梯" in groups[1].label


@pytest.mark.requirement("D-07")
def test_a_single_opinion_never_becomes_a_topic() -> None:
    assert topics(OTHERS, minimum=1) == []
    assert topics(["停车位太少"], minimum=0) == []
    assert topics([]) == []


def test_texts_that_say_nothing_become_no_topic() -> None:
    assert topics(["", "", "。。。", "😀", "😀", "谢谢", "谢谢", "建议", "建议"]) == []


def test_equal_opinions_are_one_topic_even_if_nothing_else_is_said() -> None:
    groups = topics(["停车难"] * 4)

    assert [group.members for group in groups] == [(0, 1, 2, 3)]
    assert groups[0].label == "停车难"


def test_a_shared_way_of_saying_it_makes_no_topic() -> None:
    texts = [f"建议增加{subject}，现在太少了，谢谢" for subject in SUBJECTS]

    assert topics(texts, minimum=3) == []


def test_a_shared_building_number_makes_no_topic() -> None:
    texts = [f"3号楼{subject}没有人管" for subject in SUBJECTS[:20]]

    assert topics(texts, minimum=3) == []


def test_no_chain_unites_topics_through_opinions_that_touch_both() -> None:
    parking = [f"停车位{end}" for end in ("太少", "不够", "紧张", "难找", "被占", "收费高")]
    lifts = [f"加装电梯{end}" for end in ("太慢", "不够", "费用", "进度", "牵头", "补贴")]
    bridge = ["停车位和加装电梯都要解决"]
    texts = [*parking, *lifts, *bridge]

    groups = topics(texts, minimum=3)

    without_bridge = {frozenset(said(texts, group) - set(bridge)) for group in groups}
    assert without_bridge == {frozenset(parking), frozenset(lifts)}


@pytest.mark.parametrize("seed", range(5))
def test_the_same_opinions_give_the_same_topics_and_their_order_hardly_matters(seed: int) -> None:
    texts = shuffled(PARKING, LIFTS, OTHERS, seed=seed)

    first, second = topics(texts, minimum=3), topics(list(texts), minimum=3)

    assert first == second
    assert [said(texts, group) for group in first] == [set(PARKING), set(LIFTS)]


def test_the_threshold_and_the_least_size_can_be_edited() -> None:
    texts = shuffled(PARKING, LIFTS, OTHERS)

    assert [len(group.members) for group in topics(texts, minimum=5)] == [6]
    strict = topics(texts, threshold=0.99, minimum=3)
    assert sum(len(group.members) for group in strict) < len(PARKING)


def test_a_label_names_what_tells_the_group_from_the_others() -> None:
    texts = [f"电动车充电桩{end}" for end in ("不够", "太少", "坏了", "收费高")]
    texts += [f"电动车{end}" for end in ("上楼危险", "乱停", "被偷", "丢了")]

    charging = topics(texts, minimum=3)[0]

    assert "充电" in charging.label


def week_of(count: int, planted: dict[str, int]) -> list[tuple[str, str]]:
    """Make up a week: (name of the planted topic or nothing, opinion)."""
    random = Random(count)
    ways = {
        "parking": ["停车位太少", "停车位不够用", "多划些停车位", "停车位紧张", "外来车占停车位"],
        "lifts": ["加装电梯什么时候开始", "支持加装电梯", "老人等着加装电梯"],
        "dancing": ["广场舞声音太大", "广场舞扰民", "跳广场舞的音响吵"],
    }
    places = ["", "", "3号楼", "5栋", "东门口", "12号楼2单元"]
    ends = ["", "，谢谢", "，希望解决", "！", "，请考虑"]
    week = [
        (name, random.choice(places) + random.choice(ways[name]) + random.choice(ends))
        for name, size in planted.items()
        for _ in range(size)
    ]
    signs = [chr(code) for code in range(0x5200, 0x5A00)]
    while len(week) < count:
        made_up = "".join(random.choices(signs, k=8))
        week.append(("", random.choice(places) + made_up + random.choice(ends)))
    random.shuffle(week)
    return week


@pytest.mark.requirement("D-07")
def test_five_thousand_opinions_take_seconds_and_give_the_planted_topics() -> None:
    planted = {"parking": 400, "lifts": 150, "dancing": 60}
    week = week_of(5_000, planted)
    texts = [text for _, text in week]
    topics(texts[:10])  # loads the dictionary

    begun = time.process_time()
    groups = topics(texts, minimum=20)
    taken = time.process_time() - begun

    found = [{week[member][0] for member in group.members} for group in groups]
    assert found == [{"parking"}, {"lifts"}, {"dancing"}]
    for group, size in zip(groups, planted.values(), strict=True):
        assert len(group.members) >= 0.9 * size
    assert taken < 30


# --- hot topics ----------------------------------------------------------------------------------


@pytest.mark.requirement("D-07")
@pytest.mark.parametrize(
    ("count", "before", "hot"),
    [
        (4, [], False),
        (5, [], True),
        (5, [0, 0, 0], True),
        (5, [3, 3, 3], False),
        (6, [3, 3, 3], True),
        (6, [4, 2, 3], True),
        (19, [10, 10], False),
        (20, [10, 10], True),
    ],
)
def test_a_topic_is_hot_from_its_size_and_growth_on(
    count: int, before: list[int], hot: bool
) -> None:
    assert is_hot(count, before, HotRule(least=5, growth=2.0)) is hot


@pytest.mark.requirement("D-07")
def test_the_threshold_of_a_hot_topic_can_be_edited() -> None:
    assert is_hot(3, [2, 2], HotRule(least=3, growth=1.5))
    assert not is_hot(3, [2, 2], HotRule(least=4, growth=1.5))
    assert not is_hot(3, [2, 2], HotRule(least=3, growth=2.0))
