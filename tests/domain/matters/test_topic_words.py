"""No person's name becomes a headline, and the topics of all levels count the same."""

import pytest

from domain.matters.likeness import topics
from domain.matters.topic_words import may_name, persons_among

KNOWN = frozenset({"充电桩", "快递柜"})


@pytest.mark.parametrize("word", ["路灯", "停车位", "停车", "垃圾", "噪音", "充电桩", "快递柜"])
def test_things_and_doings_may_name_a_topic(word: str) -> None:
    assert may_name(word, KNOWN)


@pytest.mark.parametrize(
    "word",
    [
        "张建国",
        "建国",
        "王伟",
        "王芳",
        "李娜",
        "秀英",
        "桂兰",
        "志强",
        "老李",
        "王大妈",
        "小红",
        "kevin",
        "13800138000",
        "高峰",
        "白云",
    ],
)
def test_whatever_may_be_a_person_may_not(word: str) -> None:
    assert not may_name(word, KNOWN)


@pytest.mark.parametrize(
    ("tokens", "person"),
    [
        (["王", "文静", "养狗"], "文静"),
        (["老", "石头", "吵"], "石头"),
        (["美丽", "阿姨", "养鸡"], "美丽"),
    ],
)
def test_a_common_word_that_stands_for_somebody_is_found(tokens: list[str], person: str) -> None:
    assert persons_among(tokens) == {person}


NAMED = [
    "张建国在楼下养鸡，天天打鸣",
    "张建国养鸡太吵了",
    "楼下张建国家养鸡，味道很大",
    "张建国养鸡没人管",
]


@pytest.mark.parametrize(
    "name", ["张建国", "王伟", "欧阳娜娜", "李大爷", "小红", "文静", "Kevin", "刘洋"]
)
def test_five_opinions_about_somebody_are_headed_by_what_they_do(name: str) -> None:
    texts = [text.replace("张建国", name) for text in NAMED]

    (group,) = topics(texts, minimum=3, known=frozenset())

    assert name not in group.label
    assert not any(part in group.label for part in (name, name[-2:]) if part not in ("养鸡",))


def test_nothing_but_a_name_gives_no_headline_at_all() -> None:
    (group,) = topics(["欧阳娜娜，欧阳娜娜"] * 4, minimum=3, known=frozenset())

    assert group.label == ""


EAST = ["东门停车太乱了", "停车位太少", "停车乱收费", "电梯老坏", "电梯又停了", "电梯坏了没人修"]
WEST = ["门口停车太乱", "停车难", "停车位不够", "路灯不亮"]


def test_the_topics_of_all_are_made_of_the_topics_of_the_parts() -> None:
    texts = [*EAST, *WEST]
    parts = ["E"] * len(EAST) + ["W"] * len(WEST)

    whole = topics(texts, minimum=2, parts=parts)
    east = topics(EAST, minimum=2)
    west = topics(WEST, minimum=2)

    of_whole = [set(group.members) for group in whole]
    for group in east:
        assert any(set(group.members) <= members for members in of_whole)
    for group in west:
        shifted = {member + len(EAST) for member in group.members}
        assert any(shifted <= members for members in of_whole)
    for members in of_whole:
        inside = {member for member in members if member < len(EAST)}
        counted = [set(group.members) for group in east if set(group.members) & inside]
        assert len(inside) <= 1 or inside == set().union(*counted) or len(counted) >= 1


def test_one_opinion_of_each_part_is_still_a_topic_of_all() -> None:
    texts = ["停车位太少了", "停车位不够", "停车位太少"]

    (group,) = topics(texts, minimum=3, parts=["a", "b", "c"])

    assert group.members == (0, 1, 2)
