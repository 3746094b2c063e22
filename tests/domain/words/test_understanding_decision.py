"""What is decided once the evidence is added up: sure or asked, and in which order."""

from typing import Any

import pytest

from domain.categories import Categories, Kind, categories_from
from domain.words.lexicon import Danger, Guess, Lexicon, lexicon_from
from domain.words.understanding import Understanding, understand
from tests.domain.words.test_lexicon import small

#: One sign for each reading and danger.
SIGNS = {
    Guess.SERVICE: "甲",
    Guess.OPINION: "乙",
    Guess.DISPUTE: "丙",
    Guess.CONDUCT: "丁",
    Guess.STATUS: "戊",
    Guess.GREETING: "己",
    Danger.FIRE: "庚",
    Danger.HEALTH: "辛",
}
LIMITS = {"sure": 3, "margin": 1, "offered": 1, "doubt": 2}


def lexicon(weights: dict[Guess | Danger, float], **limits: float) -> Lexicon:
    """Make a lexicon in which each sign weighs so much."""
    groups = {f"g{place}": [SIGNS[says]] for place, says in enumerate(weights)}
    rules = [
        {"says": says.value, "weight": weight, "groups": [f"g{place}"]}
        for place, (says, weight) in enumerate(weights.items())
    ]
    own = {"mask": ["无"], "filler": ["啊"], "hurry": ["急"], "pressing": ["老"]}
    return lexicon_from(
        small()
        | {
            "limits": {**LIMITS, **limits},
            "groups": {**own, **groups},
            "rule": rules,
            "denial": [],
            "numbers": {
                danger.value: ["119", "110"] if danger is Danger.FIRE else ["120", "110"]
                for danger in Danger
            },
        }
    )


def catalogue(**keywords: list[str]) -> Categories:
    """Make a catalogue of services, each with its keywords, in their order."""
    shared = {"name_zh": "名", "name_en": "Name", "stream": "residents", "importance": 1}
    tables: dict[str, Any] = {
        kind.value: [{"code": f"{kind.value}_other", "urgency": 1, **shared}] for kind in Kind
    }
    own = [
        {"code": code, "keywords": words, "urgency": place, **shared}
        for place, (code, words) in enumerate(keywords.items(), start=1)
    ]
    tables["service"] = [*own, *tables["service"]]
    return categories_from(tables)


def read(weights: dict[Guess | Danger, float], **limits: float) -> Understanding:
    """Read a text of which each sign stands for a reading or danger with its weight."""
    text = " ".join(SIGNS[says] for says in weights)
    return understand(text, lexicon(weights, **limits), catalogue())


def decided(weights: dict[Guess | Danger, float], **limits: float) -> tuple[Guess, bool]:
    found = read(weights, **limits)
    return found.guess, found.sure


# --- sure, or offered ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weight", "guess", "sure"),
    [
        (0.9, Guess.UNSURE, False),
        (1, Guess.SERVICE, False),
        (2.9, Guess.SERVICE, False),
        (3, Guess.SERVICE, True),
    ],
)
def test_a_reading_is_offered_from_one_limit_on_and_sure_from_another(
    weight: float, guess: Guess, sure: bool
) -> None:
    assert decided({Guess.SERVICE: weight}) == (guess, sure)


@pytest.mark.parametrize(("other", "sure"), [(4, True), (4.1, False), (5, False)])
def test_a_sure_reading_is_ahead_of_the_next_one(other: float, sure: bool) -> None:
    assert decided({Guess.SERVICE: 5, Guess.OPINION: other}) == (Guess.SERVICE, sure)


def test_what_is_not_even_offered_raises_no_doubt() -> None:
    assert decided({Guess.SERVICE: 3, Guess.OPINION: 2.5}, offered=2.6)[1]
    assert not decided({Guess.SERVICE: 3, Guess.OPINION: 2.5}, offered=2.5)[1]


def test_readings_are_offered_the_strongest_first_and_four_at_most() -> None:
    found = read(
        {
            Guess.STATUS: 1.1,
            Guess.GREETING: 1.2,
            Guess.DISPUTE: 1.3,
            Guess.OPINION: 1.4,
            Guess.SERVICE: 1.5,
        }
    )

    assert found.alternatives == (Guess.SERVICE, Guess.OPINION, Guess.DISPUTE, Guess.GREETING)


def test_equally_strong_readings_always_come_in_the_same_order() -> None:
    both = {Guess.SERVICE: 2.0, Guess.OPINION: 2.0}
    turned = dict(reversed(both.items()))

    assert read(both).alternatives == read(turned).alternatives
    order = list(Guess)
    assert list(read(both).alternatives) == sorted(both, key=order.index)


def test_the_evidence_of_several_rules_adds_up_and_each_rule_counts_once() -> None:
    rules = [
        {"says": "service", "weight": 2, "groups": ["fire"]},
        {"says": "service", "weight": 1, "groups": ["drill"]},
    ]
    both = lexicon_from(small() | {"rule": rules, "denial": []})

    assert understand("火 演习", both, catalogue()).sure
    assert not understand("火 火", both, catalogue()).sure


# --- conduct -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conduct", "service", "first"),
    [
        (2, 9, Guess.CONDUCT),
        (1.9, 9, Guess.SERVICE),
        (1.9, 1.9, Guess.CONDUCT),
        (1.8, 1.9, Guess.SERVICE),
    ],
)
def test_what_may_be_a_complaint_about_a_person_stands_first(
    conduct: float, service: float, first: Guess
) -> None:
    found = read({Guess.SERVICE: service, Guess.CONDUCT: conduct})

    assert found.guess is first
    assert Guess.CONDUCT in found.alternatives
    assert len(set(found.alternatives)) == len(found.alternatives)


def test_a_faint_complaint_is_offered_although_it_is_below_the_limit() -> None:
    found = read({Guess.CONDUCT: 0.5})

    assert found.alternatives == (Guess.CONDUCT,)
    assert not found.sure


@pytest.mark.parametrize(("service", "sure"), [(2.9, True), (3, False)])
def test_a_complaint_beside_a_matter_that_would_be_clear_is_asked_about(
    service: float, sure: bool
) -> None:
    assert decided({Guess.CONDUCT: 9, Guess.SERVICE: service}) == (Guess.CONDUCT, sure)


def test_a_matter_beside_which_a_complaint_is_offered_is_asked_about() -> None:
    assert decided({Guess.SERVICE: 9, Guess.CONDUCT: 1.5}) == (Guess.SERVICE, False)
    assert decided({Guess.STATUS: 9, Guess.CONDUCT: 1.5}, doubt=5)[0] is Guess.CONDUCT


def test_a_greeting_beside_a_complaint_raises_no_doubt_about_it() -> None:
    assert decided({Guess.CONDUCT: 5, Guess.GREETING: 9}) == (Guess.CONDUCT, True)


# --- danger --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("service", "first"), [(5.9, Guess.EMERGENCY), (6.1, Guess.SERVICE)])
def test_danger_goes_first_unless_an_ordinary_reading_is_far_ahead(
    service: float, first: Guess
) -> None:
    assert read({Guess.SERVICE: service, Danger.FIRE: 3}).guess is first


def test_beside_danger_an_ordinary_reading_raises_no_doubt_but_a_complaint_does() -> None:
    assert decided({Danger.FIRE: 3, Guess.SERVICE: 5}) == (Guess.EMERGENCY, True)
    assert decided({Danger.FIRE: 3, Guess.CONDUCT: 1}, doubt=9)[1] is False


def test_danger_is_as_strong_as_its_strongest_sort() -> None:
    assert decided({Danger.FIRE: 2, Danger.HEALTH: 2}) == (Guess.EMERGENCY, False)
    assert decided({Danger.FIRE: 3, Danger.HEALTH: 2}) == (Guess.EMERGENCY, True)


def test_the_numbers_of_the_strongest_danger_come_first_and_each_once() -> None:
    fire_first = read({Danger.FIRE: 4, Danger.HEALTH: 3})
    health_first = read({Danger.FIRE: 3, Danger.HEALTH: 4})

    assert fire_first.numbers == ("119", "110", "120")
    assert health_first.numbers == ("120", "110", "119")
    order = [danger for danger in Danger if danger in SIGNS]
    assert list(fire_first.dangers) == list(health_first.dangers) == order


# --- categories ----------------------------------------------------------------------------------


def keyword_score(text: str, categories: Categories) -> float:
    """Find how much the keywords of a text speak for a service, in tenths."""
    tenths = [
        tenth
        for tenth in range(1, 60)
        if understand(text, lexicon({}, offered=tenth / 10), categories).alternatives
    ]
    return max(tenths, default=0) / 10


@pytest.mark.parametrize(
    ("word", "score"),
    [("路灯", 1.5), ("路灯杆", 2.0), ("路灯电线", 2.5), ("路灯下电线杆", 2.5), ("streetlamp", 2.0)],
)
def test_a_longer_keyword_says_more_and_a_latin_one_is_as_long_as_it_is(
    word: str, score: float
) -> None:
    assert keyword_score(word, catalogue(lighting=[word])) == score


def test_the_keywords_of_a_category_add_up_to_a_limit_and_each_counts_once() -> None:
    words = ["路灯", "电线", "灯泡"]
    lighting = catalogue(lighting=words)

    assert keyword_score("路灯电线", lighting) == 3.0
    assert keyword_score("路灯路灯", lighting) == 1.5
    assert keyword_score("路灯电线灯泡", lighting) == 4.0


def test_a_keyword_within_a_longer_one_does_not_count() -> None:
    both = catalogue(lamps=["street lamp"], lights=["lamp"])

    found = understand("street lamp", lexicon({}), both)

    assert found.categories == {Kind.SERVICE: "lamps"}
    assert keyword_score("street lamp", both) == 2.0
    assert understand("lamp street lamp", lexicon({}), both).categories == {Kind.SERVICE: "lamps"}


def test_the_stronger_category_is_chosen_and_of_equal_ones_the_first() -> None:
    both = catalogue(first=["路灯"], second=["水管"], third=["自来水"])

    def chosen(text: str) -> str | None:
        return understand(text, lexicon({}), both).categories.get(Kind.SERVICE)

    assert chosen("水管路灯") == "first"
    assert chosen("路灯自来水") == "third"
    assert chosen("别的") is None


def test_the_weight_of_keywords_is_a_rule_of_the_kind() -> None:
    mapping = small() | {"keywords": {"opinion": 1, "service": 2, "dispute": 1}}

    found = understand("路灯", lexicon_from(mapping), catalogue(lighting=["路灯"]))

    assert (found.guess, found.sure, found.category) == (Guess.SERVICE, True, "lighting")


# --- urgency -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("别的", 1),
        ("急", 2),
        ("老", 2),
        ("急老", 2),
        ("路灯", 1),
        ("路灯急", 2),
        ("水管", 2),
        ("水管急", 3),
        ("煤气", 3),
        ("煤气急", 3),
        ("庚", 3),
    ],
)
def test_what_cannot_wait_is_one_step_more_urgent_than_its_category(
    text: str, urgency: int
) -> None:
    three = catalogue(lighting=["路灯"], water=["水管"], gas=["煤气"])

    assert understand(text, lexicon({Danger.FIRE: 3}), three).urgency == urgency


# --- the rest ------------------------------------------------------------------------------------


def test_a_case_number_outweighs_words() -> None:
    assert decided({Guess.SERVICE: 6})[0] is Guess.SERVICE
    asked = understand("2026-00017 甲", lexicon({Guess.SERVICE: 6}), catalogue())
    close = understand("2026-00017 甲", lexicon({Guess.SERVICE: 7.5}), catalogue())

    assert (asked.guess, asked.sure, asked.case_number) == (Guess.STATUS, True, "2026-00017")
    assert (close.guess, close.sure) == (Guess.STATUS, False)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("甲路乙路", "甲路"),
        ("甲路3号楼", "甲路3号楼"),
        ("公园,甲路3号楼", "甲路3号楼"),
        ("公园门口", "公园门口"),
        ("门口", None),
    ],
)
def test_the_longest_place_is_meant_and_of_equal_ones_the_first(
    text: str, place: str | None
) -> None:
    assert understand(text, lexicon({}), catalogue()).place_words == place


def test_what_somebody_wrote_stands_in_no_log_by_accident() -> None:
    assert "甲乙丙" not in repr(understand("甲乙丙", lexicon({}), catalogue()))


def test_what_is_masked_or_denied_is_named_all_the_same() -> None:
    found = understand("无甲", lexicon({Guess.SERVICE: 3}), catalogue())

    assert {"mask", "g0"} <= found.named
    assert found.plain == "无甲"
