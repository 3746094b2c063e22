"""The measures by which matters are alike, at their borders."""

from datetime import timedelta
from typing import Any

import pytest

from domain.matters.likeness import Candidate, likeness, nearby, pairs, topics
from domain.matters.matter import Particulars
from domain.matters.rules import NearbyRules
from domain.places.points import Point
from tests.domain.street import DAY, MORNING, filed

#: Eleven different signs that mean nothing: ten pairs.
SIGNS = "甲乙丙丁戊己庚辛壬癸卯"
OTHERS = "炎焱煜炫炬烁焕烨煊熠烽"


# --- two texts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("路灯坏了", {"路灯", "灯坏", "坏了"}),
        ("路灯，坏了", {"路灯", "坏了"}),
        ("Street lamp broken", {"street", "lamp", "broken"}),
        ("building 12", {"building", "12"}),
        ("a1 座", {"a1", "座"}),
        ("灯", {"灯"}),
        ("您好，路灯谢谢", {"路灯"}),
        ("", set()),
    ],
)
def test_a_text_is_its_pairs_and_a_latin_word_or_a_number_is_whole(
    text: str, found: set[str]
) -> None:
    assert pairs(text) == found


@pytest.mark.parametrize(
    ("chinese", "figures"),
    [
        ("三号", "3号"),
        ("两栋", "2栋"),
        ("十号", "10号"),
        ("十二单元", "12单元"),
        ("二十号", "20号"),
        ("二十一栋", "21栋"),
        ("九十九号", "99号"),
        ("二一栋", "21栋"),
    ],
)
def test_the_number_of_a_building_is_the_same_in_signs_and_in_figures(
    chinese: str, figures: str
) -> None:
    assert pairs(f"{chinese}漏水") == pairs(f"{figures}漏水")


def test_a_number_that_counts_nothing_stays_as_it_is() -> None:
    assert pairs("三人") != pairs("3人")


def test_of_a_long_text_the_first_five_hundred_characters_are_compared() -> None:
    assert "水管" in pairs("灯" * 498 + "水管")
    assert "水管" not in pairs("灯" * 499 + "水管")


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (SIGNS[:5], "甲乙子丑", 2 * 1 / 7),  # one of four and one of three: the share of both
        (SIGNS[:4], SIGNS, 0.8),  # three pairs that lie in ten
        (SIGNS[:3], SIGNS, 2 * 2 / 12),  # two pairs are too few to tell
        (SIGNS[:10], SIGNS, 2 * 9 / 19),  # nearly all: the share of both is more
        (SIGNS[:4] + "子", SIGNS, 0.8 * 3 / 4),  # three of four pairs lie in ten
    ],
)
def test_a_text_that_lies_in_a_longer_one_is_nearly_as_alike_as_an_equal_one(
    one: str, other: str, alike: float
) -> None:
    assert likeness(one, other) == pytest.approx(alike)
    assert likeness(other, one) == pytest.approx(alike)


# --- nearby --------------------------------------------------------------------------------------


def offered(
    mine: dict[str, Any], other: dict[str, Any], rules: NearbyRules | None = None, age: Any = DAY
) -> bool:
    """Tell whether a case is offered; by default it is of another category, words and place."""
    told = {"text": OTHERS, "place_text": "", **other}
    case = filed(
        at=MORNING - age,
        category=told.pop("category", "water"),
        grid=told.pop("grid", "E1"),
        particulars=Particulars(**told),
    )
    given: dict[str, Any] = {"category": "lighting", "grid": "E1", "text": SIGNS, **mine}
    found = nearby(Candidate(**given), [case], now=MORNING, rules=rules or NearbyRules())
    return bool(found)


SAME = {"category": "lighting"}


@pytest.mark.parametrize(
    ("shared", "count"), [(3, True), (2, False)], ids=["three of ten", "two of ten"]
)
def test_without_a_place_words_count_from_three_tenths_on(shared: int, count: bool) -> None:
    words = SIGNS[: shared + 1] + OTHERS[: 10 - shared]

    assert offered({}, {**SAME, "text": words}) is count


def test_words_that_are_hardly_alike_do_not_even_add_up() -> None:
    """A quarter, with the category and the grid, would just be enough."""
    rest = "子丑寅辰巳午未申酉"
    text, other = SIGNS[:4] + OTHERS[:9], SIGNS[:4] + rest
    assert likeness(text, other) == 0.25

    assert not offered({"text": text}, {**SAME, "text": other})
    lenient = NearbyRules(like_words=0.25)
    assert offered({"text": text}, {**SAME, "text": other}, lenient)


def test_the_same_place_needs_the_category_or_half_of_the_words() -> None:
    here = {"place_text": "3号楼"}
    half, less = SIGNS[:6] + OTHERS[:5], SIGNS[:5] + OTHERS[:6]
    assert (likeness(SIGNS, half), likeness(SIGNS, less)) == (0.5, 0.4)

    assert offered(here, {**here, **SAME})
    assert offered(here, {**here, "text": half})
    assert not offered(here, {**here, "text": less})
    assert not offered(here, here)


@pytest.mark.parametrize(
    ("place", "same"),
    [
        ("甲乙丙子丑", True),  # two pairs of four are the same
        ("甲乙丙子丑寅", False),  # two of five
    ],
)
def test_half_of_the_place_words_make_one_place(place: str, same: bool) -> None:
    assert offered({"place_text": "甲乙丙丁戊"}, {**SAME, "place_text": place}) is same


def test_the_same_number_is_one_place_whatever_else_is_said_of_it() -> None:
    far_worded = {"place_text": f"{OTHERS}3号楼{OTHERS}"}

    assert offered({"place_text": f"3号楼{SIGNS}"}, {**SAME, **far_worded})


@pytest.mark.parametrize(("metres", "near"), [(149, True), (151, False)])
def test_points_within_a_hundred_and_fifty_metres_are_one_place(metres: int, near: bool) -> None:
    here = Point(latitude=34.0, longitude=113.0)
    there = Point(latitude=34.0 + metres / 111_195, longitude=113.0)

    assert offered({"point": here}, {**SAME, "point": there}) is near


@pytest.mark.parametrize(
    ("mine", "other", "same"),
    [
        ("中心花园里", "中心花园里", True),
        ("中心花园", "中心花园", False),  # too short a name to be the only one
        (SIGNS, SIGNS[:10], True),  # 0.95
        (SIGNS[:6], SIGNS[:5], False),  # 0.89
    ],
)
def test_across_the_border_of_a_grid_only_a_long_name_that_is_nearly_the_same_is_one_place(
    mine: str, other: str, same: bool
) -> None:
    assert offered({"place_text": mine}, {**SAME, "grid": "E2", "place_text": other}) is same


def test_a_case_is_offered_to_the_last_moment_of_its_time_and_on_its_own_day() -> None:
    here = {"place_text": "3号楼"}
    moment = timedelta(microseconds=1)

    assert offered(here, {**here, **SAME}, age=30 * DAY)
    assert not offered(here, {**here, **SAME}, age=30 * DAY + moment)
    assert offered(here, {**here, **SAME}, NearbyRules(days=0), age=timedelta())


@pytest.mark.parametrize(("days", "first"), [(5, "older"), (20, "newer")])
def test_the_age_changes_the_order_a_little(days: int, first: str) -> None:
    """Nine of ten pairs are 0.05 less alike; a case loses 0.2 in the thirty days of its life."""

    def case(number: str, text: str, age: timedelta) -> Any:
        told = Particulars(text=text, place_text="3号楼")
        return filed(number, at=MORNING - age, particulars=told)

    older = case("older", SIGNS, days * DAY)
    newer = case("newer", SIGNS[:10], timedelta())
    given = Candidate(category="lighting", grid="E1", text=SIGNS, place_text="3号楼")

    found = nearby(given, [older, newer], now=MORNING, rules=NearbyRules())

    assert found[0].number == first


def test_equally_likely_cases_come_by_their_age_and_then_by_their_number() -> None:
    told = Particulars(text=SIGNS, place_text="3号楼")
    cases = [filed(number, particulars=told) for number in ("3", "1", "2")]
    given = Candidate(category="lighting", grid="E1", text=SIGNS, place_text="3号楼")

    found = nearby(given, cases, now=MORNING, rules=NearbyRules())

    assert [one.number for one in found] == ["1", "2", "3"]


# --- topics --------------------------------------------------------------------------------------


def test_two_texts_are_a_topic_where_nothing_is_said() -> None:
    assert [group.members for group in topics([SIGNS, OTHERS, SIGNS])] == [(0, 2)]


def test_larger_topics_come_first_and_equal_ones_by_their_first_text() -> None:
    small, large, other = "炎焱煜炫", "甲乙丙丁", "子丑寅辰"

    found = topics([small, large, other, small, large, other, large])

    assert [group.members for group in found] == [(1, 4, 6), (0, 3), (2, 5)]


def test_of_long_opinions_the_beginning_says_what_they_are_about() -> None:
    begun = ["停车位" * 170 + end for end in (SIGNS * 20, OTHERS * 20)]

    assert len(topics(begun)) == 1


def test_what_stands_in_the_texts_of_a_small_week_alone_still_makes_topics() -> None:
    """In a large week a pair that two fifths of all share tells nothing apart."""
    same = ["充电桩"]

    assert len(topics(same * 49)) == 1
    assert topics(same * 50) == []
    others = [chr(0x5200 + 3 * n) + chr(0x5201 + 3 * n) + chr(0x5202 + 3 * n) for n in range(60)]
    assert [len(group.members) for group in topics(same * 40 + others)] == [40]
    assert topics(same * 41 + others[:59]) == []


def test_a_label_has_three_words_at_most_and_none_within_another() -> None:
    texts = ["电动车 充电桩 电梯 广场舞 图书室"] * 3

    (group,) = topics(texts)

    words = group.label.split()
    assert len(words) == 3
    assert not any(one in other for one in words for other in words if one is not other)


def test_a_word_that_few_say_names_no_group() -> None:
    texts = ["停车位", "停车位", "停车位", "停车位电梯"]

    assert topics(texts)[0].label == "停车位"


def test_a_word_that_a_third_says_helps_to_name_it() -> None:
    texts = ["停车位电梯", "停车位", "停车位"]

    assert topics(texts)[0].label.split() == ["停车位", "电梯"]


def test_where_no_word_names_a_group_the_beginning_of_its_first_text_does() -> None:
    rare = "龘龘靐靐齉齉爩爩龖龖龗龗麤麤"

    assert topics([rare, rare])[0].label == rare[:12]
