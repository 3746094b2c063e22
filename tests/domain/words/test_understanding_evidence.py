"""What rules, denials and masks make of phrases: the same as a slow reading of each by itself."""

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.words.lexicon import Danger, Denial, Lexicon, Rule, lexicon_from
from domain.words.phrases import CLAUSE_ENDS, Found
from domain.words.understanding import rules_of
from tests.domain.words.test_lexicon import small


def lexicon() -> Lexicon:
    """A lexicon of letters, with a danger for each sort of rule."""
    groups = {
        "a": ["甲", "甲{乙|}丙"],
        "b": ["乙", "乙~丁"],
        "c": ["丙丙", "丙"],
        "no": ["不"],
        "past": ["了"],
        "now": ["又"],
        "mask": ["丁乙", "甲不丙", "乙≈戊"],
        "filler": ["啊"],
        "hurry": ["急"],
        "pressing": ["老"],
    }
    rules: list[dict[str, Any]] = [
        {"says": "fire", "groups": ["a"]},
        {"says": "child", "groups": ["a", "b"], "within": 3},
        {"says": "family", "groups": ["a", "b"], "within": 2, "ordered": True},
        {"says": "health", "groups": ["a", "b", "c"], "within": 2},
        {"says": "traffic", "groups": ["c", "b", "a"], "within": 5, "ordered": True},
        {"says": "crime", "groups": ["c"], "unless": ["past"]},
        {"says": "self_harm", "groups": ["b"], "alone": True},
    ]
    denials = [
        {"groups": ["a"], "by": "no", "within": 1, "unless": "now"},
        {"groups": ["a", "c"], "by": "past", "within": 2, "after": True},
        {"groups": ["b"], "by": "a", "within": 0},
    ]
    return lexicon_from(
        small()
        | {
            "groups": groups,
            "rule": [{"weight": 5, **one} for one in rules],
            "denial": denials,
        }
    )


LEXICON = lexicon()


def is_near(text: str, ends: str, first: Found, second: Found, within: int) -> bool:
    """Tell that one phrase follows another one closely, with no sign in between."""
    between = text[first.end : second.start]
    return 0 <= second.start - first.end <= within and not set(between) & set(ends)


def is_masked(found: Found, masks: list[Found]) -> bool:
    parts = found.parts or ((found.start, found.end),)
    return any(mask.start <= first and last <= mask.end for mask in masks for first, last in parts)


def is_denied(text: str, found: Found, denial: Denial, groups: dict[str, list[Found]]) -> bool:
    if denial.unless is not None and groups.get(denial.unless):
        return False
    return any(
        is_near(text, CLAUSE_ENDS, found, one, denial.within)
        if denial.after
        else is_near(text, CLAUSE_ENDS, one, found, denial.within)
        for one in groups.get(denial.by, ())
    )


def fires(text: str, rule: Rule, groups: dict[str, list[Found]]) -> bool:
    if any(groups.get(group) for group in rule.unless):
        return False
    if rule.alone:
        said = {
            place
            for group in (*rule.groups, "filler")
            for found in groups.get(group, ())
            for place in range(found.start, found.end)
        }
        unsaid = [sign for place, sign in enumerate(text) if place not in said]
        return bool(groups.get(rule.groups[0])) and not any(sign.isalnum() for sign in unsaid)
    reached = groups.get(rule.groups[0], [])
    for group in rule.groups[1:]:
        reached = [
            found
            for found in groups.get(group, ())
            if any(is_near(text, "。!?;\n", one, found, rule.within) for one in reached)
            or (
                not rule.ordered
                and any(is_near(text, "。!?;\n", found, one, rule.within) for one in reached)
            )
        ]
    return bool(reached)


def slowly(text: str) -> set[Danger]:
    """Read one phrase and one rule after the other."""
    found = LEXICON.phrases.find(text)
    masks = [one for one in found if one.group == "mask"]
    groups: dict[str, list[Found]] = {}
    for one in found:
        if one.group != "mask" and not is_masked(one, masks):
            groups.setdefault(one.group, []).append(one)
    for group, denials in LEXICON.denials_by_group.items():
        groups[group] = [
            one
            for one in groups.get(group, [])
            if not any(is_denied(text, one, denial, groups) for denial in denials)
        ]
    return {
        rule.says
        for rule in LEXICON.rules
        if isinstance(rule.says, Danger) and fires(text, rule, groups)
    }


@settings(max_examples=400)
@given(st.text("甲乙丙丁戊不了又啊x，。", max_size=30))
@example("甲" * 30 + "乙丙")
@example("甲乙" * 40)
def test_a_text_is_read_as_if_each_phrase_were_looked_at(text: str) -> None:
    plain = text.replace("，", ",")

    assert set(rules_of(plain, LEXICON).dangers) == slowly(plain)
