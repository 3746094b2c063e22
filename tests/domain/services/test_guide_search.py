"""Which item of the guide people mean, in their own words."""

import tomllib
from functools import cache
from pathlib import Path

import pytest

from bot.configuration.law_data import default_model, default_sayings
from domain.services.guide_search import GuideIndex, index_of
from domain.services.items import Item

HERE = Path(__file__).parent


def read(path: Path) -> dict:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def guide() -> GuideIndex:
    items = [
        Item(
            code=one["code"],
            name=one["name"],
            also_called=tuple(one["also_called"]),
            fields={"served": one["served"]},
            questions=tuple((asked, "") for asked in one["asked"]),
        )
        for one in read(HERE / "guide.toml")["item"]
    ]
    return index_of(items, default_sayings(), default_model().rareness)


def found(said: str) -> tuple[list[str], bool]:
    hits = guide().search(said)
    return [item.code for item in hits.items], hits.is_clear


@pytest.mark.parametrize(
    ("said", "item"),
    [
        ("老年证咋办", "elder_card"),
        ("我想办个居住证，要带啥材料？", "residence_permit"),
        ("低保怎么申请", "subsistence_allowance"),
        ("狗证在哪办，多少钱", "dog_registration"),
        ("公租房", "public_rental_housing"),
    ],
)
def test_the_name_that_people_use_finds_the_item_alone(said, item):
    items, is_clear = found(said)
    assert (items[0], is_clear) == (item, True)


@pytest.mark.parametrize(
    "said", ["", "怎么办", "要带什么材料", "你好", "在吗", "今天天气不错", "？？？", "12345"]
)
def test_what_names_no_item_finds_none(said):
    assert found(said) == ([], False)


@pytest.mark.parametrize(
    ("name", "first", "offered"), [("questions.toml", 85, 94), ("more_questions.toml", 84, 90)]
)
def test_people_find_what_they_mean_in_their_own_words(name, first, offered):
    """Both sets were written without a look at the guide or the search; the second is tuned to
    nothing."""
    asked = [one for one in read(HERE / name)["question"] if one["item"]]
    right = [{one["item"], *one.get("also", ())} for one in asked]
    given = [found(one["said"])[0] for one in asked]

    assert len(asked) == 100
    both = [*zip(given, right, strict=True)]
    assert sum(bool(good.intersection(codes[:1])) for codes, good in both) >= first
    assert sum(bool(good.intersection(codes)) for codes, good in both) >= offered
