"""The lexicon as data: what it may say, and what is said about a wrong one."""

import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from domain.categories import Categories, categories_from
from domain.words.conduct import GROUPS
from domain.words.lexicon import Danger, Guess, lexicon_from
from domain.words.understanding import understand

DEFAULTS = Path(__file__).parents[3] / "bot" / "configuration" / "defaults" / "lexicon.toml"


def small() -> dict[str, Any]:
    """The least that is a lexicon, with one rule of each sort."""
    return {
        "limits": {"sure": 3, "margin": 1, "offered": 1, "doubt": 2},
        "keywords": {"opinion": 1, "service": 1, "dispute": 1},
        "numbers": {danger.value: ["110"] for danger in Danger},
        "place": {"road": "[一-鿿]路", "building": r"\d号楼", "landmark": "公园", "side": "门口"},
        "groups": {
            "mask": ["火锅"],
            "filler": ["啊"],
            "hurry": ["急"],
            "pressing": ["老人"],
            "fire": ["火"],
            "no": ["没有"],
            "now": ["又"],
            "drill": ["演习"],
            "staff": ["书记"],
            "deed": ["骂"],
            "thanks": ["感谢"],
            "hello": ["你好"],
        },
        "rule": [
            {"says": "fire", "weight": 6, "groups": ["fire"]},
            {"says": "conduct", "weight": 5, "groups": ["staff", "deed"], "within": 4},
            {"says": "opinion", "weight": 4, "groups": ["thanks"], "unless": ["deed"]},
            {"says": "greeting", "weight": 4, "groups": ["hello"], "alone": True},
        ],
        "denial": [
            {"groups": ["fire"], "by": "no", "within": 1, "unless": "now"},
            {"groups": ["fire"], "by": "drill", "within": 1, "after": True},
        ],
    }


def categories() -> Categories:
    shared = {"stream": "residents", "importance": 1, "urgency": 1}
    return categories_from(
        {
            kind: [{"code": f"{kind}_other", "name_zh": "其他", "name_en": "Other", **shared}]
            for kind in ("opinion", "service", "dispute")
        }
    )


def understood(text: str, lexicon: dict[str, Any] | None = None) -> tuple[Guess, bool, bool]:
    """Tell the guess, whether it is sure, and whether there is danger."""
    result = understand(text, lexicon_from(lexicon or small()), categories())
    return result.guess, result.sure, bool(result.dangers)


def test_the_default_lexicon_can_be_read() -> None:
    mapping = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))

    lexicon = lexicon_from(mapping)

    assert {rule.says for rule in lexicon.rules} == {
        *Danger,
        *(guess for guess in Guess if guess not in (Guess.EMERGENCY, Guess.UNSURE)),
    }


def test_every_group_of_the_default_lexicon_is_used() -> None:
    mapping = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
    lexicon = lexicon_from(mapping)

    used = {"mask", "filler", "hurry", "pressing", *GROUPS}
    used |= {group for rule in lexicon.rules for group in (*rule.groups, *rule.unless)}
    used |= {group for denial in lexicon.denials for group in (denial.by, denial.unless) if group}

    assert set(mapping["groups"]) - used == set()


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("火", (Guess.EMERGENCY, True, True)),
        ("火锅", (Guess.UNSURE, False, False)),
        ("火锅着火", (Guess.EMERGENCY, True, True)),
        ("没有火", (Guess.UNSURE, False, False)),
        ("没有大火", (Guess.UNSURE, False, False)),
        ("没有很大火", (Guess.EMERGENCY, True, True)),
        ("没有,火", (Guess.EMERGENCY, True, True)),
        ("又没有火", (Guess.EMERGENCY, True, True)),
        ("火演习", (Guess.UNSURE, False, False)),
        ("演习火", (Guess.EMERGENCY, True, True)),
        ("书记骂人", (Guess.CONDUCT, True, False)),
        ("骂书记", (Guess.CONDUCT, True, False)),
        ("书记说话,骂", (Guess.CONDUCT, True, False)),
        ("书记。骂", (Guess.UNSURE, False, False)),
        ("书记一二三四五骂", (Guess.UNSURE, False, False)),
        ("感谢书记", (Guess.OPINION, True, False)),
        ("感谢书记骂我", (Guess.CONDUCT, True, False)),
        ("你好啊!", (Guess.GREETING, True, False)),
        ("你好书记", (Guess.UNSURE, False, False)),
    ],
)
def test_rules_and_denials_do_what_their_tables_say(
    text: str, answer: tuple[Guess, bool, bool]
) -> None:
    assert understood(text) == answer


def test_the_order_of_groups_counts_where_a_rule_says_so() -> None:
    mapping = small()
    mapping["rule"][1]["ordered"] = True

    assert understood("书记骂人", mapping)[0] is Guess.CONDUCT
    assert understood("骂书记", mapping)[0] is Guess.UNSURE


def test_distances_are_stretched_in_a_latin_text() -> None:
    mapping = small()
    mapping["groups"]["staff"].append("clerk")
    mapping["groups"]["deed"].append("shouted")

    assert understood("the clerk always shouted", mapping)[0] is Guess.CONDUCT


def changed(path: str, value: object) -> dict[str, Any]:
    """The small lexicon with one place changed; None removes it."""
    mapping = deepcopy(small())
    *way, last = path.split(".")
    place: Any = mapping
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return mapping


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("colours", {}, "colours: unknown table"),
        ("limits.sure", 0, "limits.sure: a positive number is needed"),
        ("limits.sure", "3", "limits.sure: a positive number is needed"),
        ("limits.doubt", None, "limits: exactly sure, margin, offered, doubt are needed"),
        ("keywords.service", None, "keywords: exactly opinion, service, dispute are needed"),
        ("groups", [], "groups: a table of lists of phrases is needed"),
        ("groups.fire", "火", "groups.fire: a list of phrases is needed"),
        ("groups.fire", ["{火"], "groups.fire: '{火' has braces that do not match"),
        ("groups.mask", None, "groups.mask: is missing"),
        ("rule.0.says", "water", "rule 1: says must be one of"),
        ("rule.0.says", "emergency", "rule 1: says must be one of"),
        ("rule.0.weight", -1, "rule 1: weight must be a positive number"),
        ("rule.0.weight", True, "rule 1: weight must be a positive number"),
        ("rule.0.groups", [], "rule 1: a list of groups is needed"),
        ("rule.0.groups", ["smoke"], "rule 1: there is no group 'smoke'"),
        ("rule.2.unless", ["smoke"], "rule 3: there is no group 'smoke'"),
        ("rule.1.within", "near", "rule 2: within is a number of characters"),
        ("rule.3.alone", 1, "rule 4: alone is true or false"),
        ("rule.0.colour", "red", "rule 1: colour is not known"),
        ("denial.0.by", "maybe", "denial 1: there is no group 'maybe'"),
        ("denial.0.groups", None, "denial 1: a list of groups is needed"),
        ("denial.0.unless", "maybe", "denial 1: there is no group 'maybe'"),
        ("numbers.fire", [], "numbers.fire: a list of phone numbers is needed"),
        ("numbers.water", ["1"], "numbers.water: is not a danger"),
        ("place.road", None, "place: exactly the patterns road, building, landmark, side"),
        ("place.road", "(", "place.road: "),
        ("place.road", 5, "place.road: a regular expression is needed"),
        ("place.road", r"\d+路", "place.road: * and + and {1,} have no end"),
        ("place.building", "[^号]*号楼", "place.building: * and + and {1,} have no end"),
        ("place.side", "门(?:口(?=a{2,}))", "place.side: * and + and {1,} have no end"),
        ("place.side", "(?>口+)", "place.side: * and + and {1,} have no end"),
        ("place.landmark", "(?:a{0,9}b?){0,9}园", "place.landmark: repeats more than 40 times"),
        ("place.landmark", "(a)园\\1", "place.landmark: refers back to a group"),
        ("groups.fire", ["火" * 41], "groups.fire: "),
        ("groups.fire", ["火≈火≈火≈火"], "groups.fire: "),
        ("groups.fire", ["{|火}" * 9 + "火"], "groups.fire: "),
    ],
)
def test_a_wrong_table_is_named_with_its_place(path: str, value: object, problem: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as refusal:
        lexicon_from(changed(path, value))

    assert problem in str(refusal.value)


def test_all_problems_of_a_lexicon_are_told_at_once() -> None:
    mapping = changed("rule.0.weight", 0)
    mapping["groups"]["now"] = ["a~", "{b"]
    mapping["numbers"]["crime"] = []

    with pytest.raises(ValueError, match="rule 1") as refusal:
        lexicon_from(mapping)

    assert sorted(str(refusal.value).splitlines()) == [
        "groups.now: 'a~' has a piece that may be empty",
        "groups.now: '{b' has braces that do not match",
        "numbers.crime: a list of phone numbers is needed",
        "rule 1: weight must be a positive number",
    ]
