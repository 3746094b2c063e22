"""The catalogue that a street begins with, and what is said about a wrong one."""

import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from domain.categories import (
    ENQUIRIES,
    KEPT,
    Category,
    Kind,
    categories_from,
    other_code,
    problems,
)
from domain.organisation import Stream

DEFAULTS = Path(__file__).parents[2] / "bot" / "configuration" / "defaults" / "catalogue.toml"


@pytest.fixture(scope="module")
def defaults() -> dict[str, Any]:
    return tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))


def small() -> dict[str, Any]:
    """The least that is a catalogue: the three others and one service."""
    shared = {"stream": "residents", "importance": 1, "urgency": 1}
    return {
        kind.value: [{"code": other_code(kind), "name_zh": "其他", "name_en": "Other", **shared}]
        for kind in KEPT
    }


def lighting(**changes: Any) -> dict[str, Any]:
    table = {
        "code": "lighting",
        "name_zh": "路灯照明",
        "name_en": "Street lighting",
        "stream": "residents",
        "importance": 2,
        "urgency": 2,
        "public_space": True,
        "needs_confirmation": True,
        "keywords": ["路灯"],
        "emoji": "💡",
    }
    return table | changes


def with_service(*tables: Any) -> dict[str, Any]:
    mapping = small()
    mapping["service"] = [*tables, *mapping["service"]]
    return mapping


def test_the_default_catalogue_covers_all_three_kinds_and_all_three_streams(
    defaults: dict[str, Any],
) -> None:
    categories = categories_from(defaults)

    counts = {kind: len(categories.of_kind(kind)) for kind in KEPT}
    assert counts == {Kind.OPINION: 9, Kind.SERVICE: 21, Kind.DISPUTE: 9}
    assert {category.stream for category in categories.listed} == set(Stream)


def test_every_default_category_but_the_others_has_keywords_and_a_sign(
    defaults: dict[str, Any],
) -> None:
    categories = categories_from(defaults)

    others = {categories.other(kind).code for kind in KEPT}
    bare = {category.code for category in categories.listed if not category.keywords}
    unsigned = {category.code for category in categories.listed if not category.emoji}
    assert bare == others
    assert unsigned == set()


def test_nothing_of_a_home_or_a_family_is_ever_a_nearby_case(defaults: dict[str, Any]) -> None:
    categories = categories_from(defaults)

    shown = {category.code for category in categories.listed if category.public_space}
    private = {"home_repair", "certificates", "elder_care", "disability", "allowances", "gas"}
    assert shown.isdisjoint(private)
    assert shown.isdisjoint(category.code for category in categories.of_kind(Kind.DISPUTE))


@pytest.mark.requirement("S-12")
def test_a_repair_at_home_needs_the_residents_confirmation(defaults: dict[str, Any]) -> None:
    categories = categories_from(defaults)

    assert categories.by_code["home_repair"].needs_confirmation
    assert not categories.by_code["certificates"].needs_confirmation


def test_a_category_keeps_all_that_its_table_says() -> None:
    categories = categories_from(with_service(lighting()))

    assert categories.find("lighting") == Category(
        code="lighting",
        kind=Kind.SERVICE,
        name_zh="路灯照明",
        name_en="Street lighting",
        stream=Stream.RESIDENTS,
        importance=2,
        urgency=2,
        public_space=True,
        needs_confirmation=True,
        keywords=("路灯",),
        emoji="💡",
    )


def test_categories_keep_their_order_and_the_other_one_stands_last() -> None:
    categories = categories_from(
        with_service(lighting(), lighting(code="lamps", keywords=["灯泡"])),
    )

    codes = [category.code for category in categories.of_kind(Kind.SERVICE)]
    assert codes == ["lighting", "lamps", "service_other"]
    assert categories.other(Kind.SERVICE).code == "service_other"


def test_a_keyword_is_found_however_it_is_written() -> None:
    lamps = categories_from(with_service(lighting(keywords=["路燈", "ＬＥＤ"])))

    assert lamps.keywords.groups("路灯坏了") == {"lighting"}
    assert lamps.keywords.groups("led坏了") == {"lighting"}


def test_a_category_that_was_removed_is_not_found() -> None:
    categories = categories_from(small())

    assert categories.find("lighting") is None


def test_a_category_is_named_in_the_readers_language() -> None:
    category = categories_from(with_service(lighting())).by_code["lighting"]

    assert category.name("zh_CN") == "路灯照明"
    assert category.name("en") == "Street lighting"
    assert category.name("en_GB") == "Street lighting"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"code": "Street-Light"}, "service Street-Light: a code is 2 to 24 of"),
        ({"code": "x" * 25}, "a code is 2 to 24 of"),
        ({"code": ""}, "code cannot be ''"),
        ({"name_zh": "  "}, "name_zh cannot be '  '"),
        ({"stream": "fire"}, "stream cannot be 'fire'"),
        ({"importance": 0}, "importance cannot be 0"),
        ({"importance": True}, "importance cannot be True"),
        ({"urgency": 4}, "urgency cannot be 4"),
        ({"urgency": "2"}, "urgency cannot be '2'"),
        ({"public_space": "yes"}, "public_space cannot be 'yes'"),
        ({"needs_confirmation": 1}, "needs_confirmation cannot be 1"),
        ({"keywords": "路灯"}, "keywords cannot be '路灯'"),
        ({"keywords": ["路灯", ""]}, "keywords cannot be"),
        ({"keywords": ["灯~~灯~亮"]}, "has a piece that may be empty"),
        ({"keywords": ["路~灯~不~亮"]}, "'路~灯~不~亮' has more than 2 gaps"),
        ({"keywords": ["灯"]}, "the keyword '灯' is shorter than 2 characters"),
        ({"emoji": 1}, "emoji cannot be 1"),
        ({"colour": "red"}, "colour is not a field of a category"),
        ({"kind": "dispute"}, "kind is not a field of a category"),
    ],
)
def test_a_wrong_field_is_named_with_its_place(change: dict[str, Any], problem: str) -> None:
    mapping = with_service(lighting(**change))

    with pytest.raises(ValueError, match=r"service .*") as refusal:
        categories_from(mapping)

    assert problem in str(refusal.value)


@pytest.mark.parametrize("field", ["code", "name_zh", "name_en", "stream", "importance", "urgency"])
def test_a_missing_field_is_named(field: str) -> None:
    table = lighting()
    del table[field]

    with pytest.raises(ValueError, match=f"{field} is missing"):
        categories_from(with_service(table))


def test_a_code_is_used_once_even_across_kinds() -> None:
    mapping = with_service(lighting())
    mapping["opinion"].insert(0, lighting(needs_confirmation=False))

    with pytest.raises(ValueError, match="service lighting: the code is used twice"):
        categories_from(mapping)


def test_a_keyword_belongs_to_one_category_of_a_kind() -> None:
    mapping = with_service(lighting(keywords=["KTV"]), lighting(code="lamps", keywords=["ktv"]))

    with pytest.raises(ValueError, match="service lamps: the keyword 'ktv' belongs to lighting"):
        categories_from(mapping)


def test_a_keyword_may_point_to_two_kinds() -> None:
    mapping = with_service(lighting(keywords=["漏水"]))
    mapping["dispute"].insert(
        0,
        lighting(code="leak", keywords=["漏水"], public_space=False, needs_confirmation=False),
    )

    categories = categories_from(mapping)

    assert categories.by_code["leak"].keywords == categories.by_code["lighting"].keywords


def test_a_dispute_can_neither_be_shown_to_neighbours_nor_closed_like_a_repair() -> None:
    mapping = small()
    mapping["dispute"].insert(0, lighting(code="leak"))

    with pytest.raises(ValueError, match="a dispute is never shown to neighbours") as refusal:
        categories_from(mapping)

    assert "only a service is closed by confirmation" in str(refusal.value)


def test_a_question_is_filed_as_nothing_but_an_enquiry(defaults: dict[str, Any]) -> None:
    categories = categories_from(defaults)

    assert categories.of_kind(Kind.ENQUIRY) == (ENQUIRIES,)
    assert categories.other(Kind.ENQUIRY) is ENQUIRIES
    assert categories.offered("enquiry_other") is ENQUIRIES
    assert ENQUIRIES not in categories.listed


def test_an_office_keeps_no_categories_of_enquiries() -> None:
    table = with_service()
    table["enquiry"] = [lighting()]
    code = with_service(lighting(code="enquiry_other", needs_confirmation=False))

    with pytest.raises(ValueError, match="enquiry: unknown table; there are opinion, service"):
        categories_from(table)
    with pytest.raises(ValueError, match="enquiry enquiry_other: the code is used twice"):
        categories_from(code)


@pytest.mark.parametrize("kind", KEPT)
def test_each_kind_needs_its_other_category_at_the_end(kind: Kind) -> None:
    without = small()
    without[kind.value] = []
    misplaced = deepcopy(small())
    misplaced[kind.value].append(
        {
            "code": f"{kind.value}_more",
            "name_zh": "更多",
            "name_en": "More",
            "stream": "party",
            "importance": 1,
            "urgency": 1,
        }
    )

    for mapping in (without, misplaced):
        with pytest.raises(ValueError, match=f"the last category must be {kind.value}_other"):
            categories_from(mapping)


def test_all_problems_are_told_at_once() -> None:
    mapping = with_service(lighting(stream="fire", urgency=9), "lamps")
    mapping["decision"] = []
    mapping["dispute"] = "none"

    with pytest.raises(ValueError, match="decision") as refusal:
        categories_from(mapping)

    assert str(refusal.value).splitlines() == [
        "decision: unknown table; there are opinion, service, dispute",
        "service 1 (lighting): stream cannot be 'fire'",
        "service 1 (lighting): urgency cannot be 9",
        "service 2: a table is needed",
        "dispute: a list of tables is needed",
        "dispute: the last category must be dispute_other",
    ]


def test_a_street_may_check_categories_that_it_did_not_read_from_a_file() -> None:
    categories = categories_from(small()).listed

    assert problems(categories) == []
    assert problems([]) == [
        "opinion: the last category must be opinion_other",
        "service: the last category must be service_other",
        "dispute: the last category must be dispute_other",
    ]
