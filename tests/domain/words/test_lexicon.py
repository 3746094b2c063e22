"""The lexicon as data: what it may say, and what is said about a wrong one."""

import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from domain.categories import KEPT, Categories, categories_from
from domain.words.conduct import GROUPS
from domain.words.lexicon import Danger, Denial, Guess, Lexicon, Limits, Rule, lexicon_from
from domain.words.model import Head, Model
from domain.words.understanding import Knowledge, rules_of, understand

DEFAULTS = Path(__file__).parents[3] / "bot" / "configuration" / "defaults" / "lexicon.toml"


def small() -> dict[str, Any]:
    """The least that is a lexicon, with one rule of each sort."""
    return {
        "limits": {"sure": 3, "doubt": 2},
        "numbers": {danger.value: ["110"] for danger in Danger},
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


def unlearnt() -> Model:
    """A model that has learnt nothing: the rules alone decide."""
    codes = {kind: (f"{kind}_other",) for kind in KEPT}
    heads = [
        ("reading", tuple(guess.value for guess in Guess)),
        ("danger", ("calm", "danger")),
        ("kind", tuple(danger.value for danger in Danger)),
        *((kind.value, names) for kind, names in codes.items()),
    ]
    return Model(
        tuple(Head(name, classes, (0.0,) * len(classes), 1.0) for name, classes in heads),
        {},
        {
            **{"danger_base": 0.0, "danger_logit": 1.0, "danger_lead": 0.0, "danger_rule": 2.0},
            **{"alarm": 1.0, "band": 0.5, "rules": 1.0, "sure": 0.7, "offered": 0.06},
            **{"conduct": 1.5, "category": 0.5},
        },
    )


def known(lexicon: Lexicon) -> Knowledge:
    return Knowledge(lexicon, categories(), unlearnt())


def said(text: str, mapping: dict[str, Any] | None = None) -> set[Guess | Danger]:
    """Tell what the rules alone make of a text."""
    found = rules_of(text, lexicon_from(mapping or small()))
    return {*found.readings, *found.dangers}


def test_the_default_lexicon_is_for_danger_and_conduct_alone() -> None:
    mapping = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))

    lexicon = lexicon_from(mapping)

    assert {rule.says for rule in lexicon.rules} == {*Danger, Guess.CONDUCT}


def test_every_group_of_the_default_lexicon_is_used() -> None:
    mapping = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
    lexicon = lexicon_from(mapping)

    used = {"mask", "filler", "hurry", "pressing", *GROUPS}
    used |= {group for rule in lexicon.rules for group in (*rule.groups, *rule.unless)}
    used |= {group for denial in lexicon.denials for group in (denial.by, denial.unless) if group}

    assert set(mapping["groups"]) - used == set()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("火", {Danger.FIRE}),
        ("火锅", set()),
        ("火锅着火", {Danger.FIRE}),
        ("没有火", set()),
        ("没有大火", set()),
        ("没有很大火", {Danger.FIRE}),
        ("没有,火", {Danger.FIRE}),
        ("又没有火", {Danger.FIRE}),
        ("火演习", set()),
        ("演习火", {Danger.FIRE}),
        ("书记骂人", {Guess.CONDUCT}),
        ("骂书记", {Guess.CONDUCT}),
        ("书记说话,骂", {Guess.CONDUCT}),
        ("书记。骂", set()),
        ("书记一二三四五骂", set()),
        ("感谢书记", {Guess.OPINION}),
        ("感谢书记骂我", {Guess.CONDUCT}),
        ("你好啊!", {Guess.GREETING}),
        ("你好书记", set()),
    ],
)
def test_rules_and_denials_do_what_their_tables_say(text: str, says: set[Guess | Danger]) -> None:
    assert said(text) == says


def test_the_order_of_groups_counts_where_a_rule_says_so() -> None:
    mapping = small()
    mapping["rule"][1]["ordered"] = True

    assert said("书记骂人", mapping) == {Guess.CONDUCT}
    assert said("骂书记", mapping) == set()


def test_distances_are_stretched_in_a_latin_text() -> None:
    mapping = small()
    mapping["groups"]["staff"].append("clerk")
    mapping["groups"]["deed"].append("shouted")

    assert said("the clerk always shouted", mapping) == {Guess.CONDUCT}


def test_what_the_rules_say_counts_where_nothing_was_learnt() -> None:
    knows = known(lexicon_from(small()))

    assert understand("着火", knows).dangers == (Danger.FIRE,)
    assert understand("书记骂人", knows).guess is Guess.CONDUCT
    assert understand("书记骂人", knows).sure


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
        ("keywords", {"service": 1}, "keywords: unknown table"),
        ("place", {"road": "路"}, "place: unknown table"),
        ("limits.margin", 1, "limits: exactly sure, doubt are needed"),
        ("limits.doubt", None, "limits: exactly sure, doubt are needed"),
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


# --- what a lexicon holds, and the borders of what it may ----------------------------------------


def test_a_lexicon_is_what_its_tables_say() -> None:
    lexicon = lexicon_from(small())

    assert lexicon.limits == Limits(sure=3, doubt=2)
    assert lexicon.rules == (
        Rule(says=Danger.FIRE, weight=6, groups=("fire",)),
        Rule(says=Guess.CONDUCT, weight=5, groups=("staff", "deed"), within=4),
        Rule(says=Guess.OPINION, weight=4, groups=("thanks",), unless=("deed",)),
        Rule(says=Guess.GREETING, weight=4, groups=("hello",), alone=True),
    )
    assert lexicon.denials == (
        Denial(groups=("fire",), by="no", within=1, unless="now"),
        Denial(groups=("fire",), by="drill", within=1, after=True),
    )
    assert lexicon.numbers == dict.fromkeys(Danger, ("110",))
    assert lexicon.phrases.groups("书记骂") == {"staff", "deed"}


def test_rules_and_denials_are_found_by_the_groups_that_they_look_at_first() -> None:
    lexicon = lexicon_from(small())

    assert set(lexicon.rules_by_group) == {"fire", "staff", "thanks", "hello"}
    assert lexicon.rules_by_group["staff"] == (lexicon.rules[1],)
    assert lexicon.denials_by_group == {"fire": lexicon.denials}


def test_where_a_rule_says_no_distance_a_dozen_characters_may_lie_between() -> None:
    mapping = small()
    del mapping["rule"][1]["within"]

    assert said("书记" + "一" * 12 + "骂", mapping) == {Guess.CONDUCT}
    assert said("书记" + "一" * 13 + "骂", mapping) == set()


def test_where_a_denial_says_no_distance_nothing_may_lie_between() -> None:
    mapping = small()
    del mapping["denial"][0]["within"]

    assert said("没有火", mapping) == set()
    assert said("没有大火", mapping) == {Danger.FIRE}


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("limits", [], "limits: exactly sure, doubt are needed"),
        ("limits.sure", True, "limits.sure: a positive number is needed"),
        ("groups.fire", [" "], "groups.fire: a list of phrases is needed"),
        ("groups.filler", None, "groups.filler: is missing"),
        ("groups.hurry", None, "groups.hurry: is missing"),
        ("groups.pressing", None, "groups.pressing: is missing"),
        ("rule.0.says", "unsure", "rule 1: says must be one of"),
        ("rule.0.weight", None, "rule 1: weight must be a positive number"),
        ("rule.2.unless", [], "rule 3: a list of groups is needed"),
        ("rule.1.within", -1, "rule 2: within is a number of characters"),
        ("rule.1.within", True, "rule 2: within is a number of characters"),
        ("rule.1.ordered", "yes", "rule 2: ordered is true or false"),
        ("denial.1.after", 1, "denial 2: after is true or false"),
        ("denial.0.within", 1.5, "denial 1: within is a number of characters"),
        ("denial.0.colour", "red", "denial 1: colour is not known"),
        ("denial.0.by", None, "denial 1: a list of groups is needed"),
        ("numbers", [], "numbers.fire: a list of phone numbers is needed"),
    ],
)
def test_more_wrong_tables_are_named_with_their_places(
    path: str, value: object, problem: str
) -> None:
    with pytest.raises(ValueError, match=r"\w") as refusal:
        lexicon_from(changed(path, value))

    assert problem in str(refusal.value)


def test_a_distance_of_nothing_is_a_distance() -> None:
    assert lexicon_from(changed("rule.1.within", 0)).rules[1].within == 0
