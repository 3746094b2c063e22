"""What is decided once rules and model have spoken: sure or asked, and in which order."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from domain.categories import KEPT, Categories, Kind, categories_from
from domain.words.lexicon import Danger, Guess, Lexicon, lexicon_from
from domain.words.model import Head, Model, Piece
from domain.words.places import Register
from domain.words.understanding import Knowledge, Understanding, understand
from tests.domain.words.test_lexicon import small

#: What the model says of a text without any piece that it knows: nothing more for one than another.
READINGS = tuple(guess.value for guess in Guess)
DANGER = ("calm", "danger")
KINDS = tuple(danger.value for danger in Danger)
#: The categories of which something was learnt.
LEARNT = {
    Kind.OPINION: ("opinion_other",),
    Kind.SERVICE: ("lighting", "water", "service_other"),
    Kind.DISPUTE: ("dispute_other",),
}
#: Alarm from one on, the band from nothing on: as little as the sum of a text of unknown signs.
LIMITS = {
    **{"danger_base": -1.0, "danger_logit": 1.0, "danger_lead": 0.0, "danger_rule": 3.0},
    **{"alarm": 1.0, "band": 0.0, "rules": 1.0, "sure": 0.6, "offered": 0.1},
    **{"conduct": 0.8, "category": 0.5},
}


def model(signs: Mapping[str, Mapping[str, float]] | None = None, **limits: float) -> Model:
    """Make a model that knows some signs, each of which says so much for outputs by name.

    A name is a reading, "danger", a sort of danger or a category; numbers are those that
    `Model.scores` gives where the sign stands alone.
    """
    names = [
        *(f"reading {name}" for name in READINGS),
        *(f"danger {name}" for name in DANGER),
        *(f"kind {name}" for name in KINDS),
        *(f"{kind} {code}" for kind, codes in LEARNT.items() for code in codes),
    ]
    heads = [("reading", READINGS), ("danger", DANGER), ("kind", KINDS)]
    heads += [(kind.value, codes) for kind, codes in LEARNT.items()]
    pieces = {}
    for sign, says in (signs or {}).items():
        outputs = {
            next(place for place, one in enumerate(names) if one.endswith(f" {name}")): worth
            for name, worth in says.items()
        }
        pieces[sign] = Piece(
            1.0, bytes(outputs), tuple(round(worth * 10) for worth in outputs.values())
        )
    return Model(
        tuple(Head(name, classes, (0.0,) * len(classes), 0.1) for name, classes in heads),
        pieces,
        LIMITS | limits,
    )


def lexicon() -> Lexicon:
    """Rules with a sign each: 丁 is sure to be a complaint, 疑 may be one."""
    groups = {"sure": ["丁"], "doubt": ["疑"], "fire": ["庚"], "health": ["辛"]}
    own = {"mask": ["无丁"], "filler": ["啊"], "hurry": ["急"], "pressing": ["老"]}
    rules = [
        {"says": "conduct", "weight": 3, "groups": ["sure"]},
        {"says": "conduct", "weight": 2, "groups": ["doubt"]},
        {"says": "fire", "weight": 4, "groups": ["fire"]},
        {"says": "health", "weight": 5, "groups": ["health"]},
    ]
    numbers = {
        danger.value: ["119", "110"] if danger is Danger.FIRE else ["120", "110"]
        for danger in Danger
    }
    tables = {"groups": own | groups, "rule": rules, "denial": [], "numbers": numbers}
    return lexicon_from(small() | tables)


def catalogue(**keywords: list[str]) -> Categories:
    """Make a catalogue of services, each with its keywords, in their order."""
    shared = {"name_zh": "名", "name_en": "Name", "stream": "residents", "importance": 1}
    tables: dict[str, Any] = {
        kind.value: [{"code": f"{kind.value}_other", "urgency": 1, **shared}] for kind in KEPT
    }
    own = [
        {"code": code, "keywords": words, "urgency": place, **shared}
        for place, (code, words) in enumerate(keywords.items(), start=1)
    ]
    tables["service"] = [*own, *tables["service"]]
    return categories_from(tables)


def read(
    text: str,
    signs: Mapping[str, Mapping[str, float]] | None = None,
    categories: Categories | None = None,
    **limits: float,
) -> Understanding:
    knows = Knowledge(lexicon(), categories or catalogue(), model(signs, **limits))
    return understand(text, knows)


#: Signs that the model is used to: each is clearly one reading.
SIGNS = {
    "甲": {"service": 6},
    "乙": {"opinion": 6},
    "丙": {"status": 6},
    "戊": {"conduct": 6},
    "己": {"greeting": 6},
}


# --- sure, or offered ----------------------------------------------------------------------------


def test_the_likeliest_reading_is_the_guess_and_sure_where_its_share_is_large() -> None:
    found = read("甲", SIGNS)

    assert (found.guess, found.sure) == (Guess.SERVICE, True)
    assert found.alternatives == (Guess.SERVICE,)


@pytest.mark.parametrize(("worth", "sure"), [(2.6, False), (3.0, True)])
def test_a_reading_is_sure_from_its_share_on(worth: float, sure: bool) -> None:
    # eleven readings beside danger: exp(2.6) is 57 % of all, exp(3.0) 67 %
    found = read("甲", {"甲": {"service": worth}})

    assert (found.guess, found.sure) == (Guess.SERVICE, sure)


def test_what_has_a_share_is_offered_the_best_first_and_four_at_most() -> None:
    five = {"greeting": 5, "help": 4.9, "service": 4.8, "opinion": 4.7, "status": 4.6}

    found = read("甲", {"甲": five})

    assert found.alternatives == (Guess.GREETING, Guess.HELP, Guess.SERVICE, Guess.OPINION)


def test_what_has_no_share_worth_naming_is_not_offered() -> None:
    one = {"甲": {"service": 5, "opinion": 3}}

    assert read("甲", one, offered=0.12).alternatives == (Guess.SERVICE,)
    assert read("甲", one, offered=0.1).alternatives == (Guess.SERVICE, Guess.OPINION)


def test_equally_likely_readings_always_come_in_the_same_order() -> None:
    found = read("甲", {"甲": {"opinion": 5, "service": 5, "status": 5}})

    assert found.alternatives == (Guess.STATUS, Guess.SERVICE, Guess.OPINION)


def test_where_nothing_was_learnt_nothing_is_guessed() -> None:
    found = read("天", {"天": {"unsure": 5, "service": 4}})

    assert (found.guess, found.sure, found.alternatives) == (Guess.UNSURE, False, (Guess.SERVICE,))


@pytest.mark.parametrize("text", ["", "?", "3", "a", "😀"])
def test_what_says_nothing_is_unsure_whatever_was_learnt(text: str) -> None:
    found = read(text, {sign: {"service": 9} for sign in ("?", "0", "a", "😀", " ")})

    assert (found.guess, found.sure) == (Guess.UNSURE, False)


# --- conduct -------------------------------------------------------------------------------------


def test_a_complaint_of_which_the_rules_are_sure_is_sure() -> None:
    found = read("丁")

    assert (found.guess, found.sure) == (Guess.CONDUCT, True)


def test_a_complaint_of_which_the_model_alone_is_sure_is_asked_about() -> None:
    found = read("戊", SIGNS)

    assert (found.guess, found.sure) == (Guess.CONDUCT, False)
    assert found.alternatives == (Guess.CONDUCT,)


@pytest.mark.parametrize("text", ["甲丁", "甲疑", "甲戊", "乙疑"])
def test_what_may_be_a_complaint_is_never_surely_an_ordinary_matter(text: str) -> None:
    found = read(text, SIGNS)

    assert (found.guess, found.sure) == (Guess.CONDUCT, False)
    assert found.alternatives[0] is Guess.CONDUCT
    assert len(found.alternatives) == 2


@pytest.mark.parametrize(("ratio", "first"), [(0.8, Guess.SERVICE), (0.6, Guess.CONDUCT)])
def test_a_complaint_goes_first_although_another_reading_is_a_little_likelier(
    ratio: float, first: Guess
) -> None:
    # exp(-0.4) is 0.67 of the best reading's share
    found = read("甲", {"甲": {"service": 5, "conduct": 4.6}}, conduct=ratio)

    assert found.guess is first
    assert Guess.CONDUCT in found.alternatives
    assert not found.sure


def test_a_complaint_beside_a_greeting_is_sure() -> None:
    found = read("丁己", SIGNS)

    assert (found.guess, found.sure) == (Guess.CONDUCT, True)


# --- danger --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("worth", "alarmed", "shown"), [(0.9, False, False), (1.5, False, True), (2.1, True, True)]
)
def test_between_calm_and_alarm_nothing_is_decided(
    worth: float, alarmed: bool, shown: bool
) -> None:
    found = read("甲" * 6, {"甲": {"service": 6, "danger": worth, "health": 1}})

    assert bool(found.dangers) is alarmed
    assert found.may_be_danger is shown
    assert found.guess is (Guess.EMERGENCY if alarmed else Guess.SERVICE)
    assert found.sure is (alarmed or not shown)


def test_of_a_few_signs_the_rules_alone_say_that_it_is_danger() -> None:
    assert read("甲", {"甲": {"danger": 9, "health": 1}}).dangers == ()
    assert read("庚").dangers == (Danger.FIRE,)


def test_a_rule_of_danger_adds_to_what_was_learnt() -> None:
    assert read("庚").dangers == (Danger.FIRE,)
    assert read("庚甲", {"甲": {"calm": 9}}).dangers == ()


def test_the_sort_of_danger_is_the_rules_or_else_the_one_that_was_learnt() -> None:
    learnt = {"甲": {"danger": 6, "traffic": 2}}

    assert read("甲" * 6, learnt).dangers == (Danger.TRAFFIC,)
    assert read("甲庚", learnt).dangers == (Danger.FIRE,)


def test_the_numbers_of_the_strongest_danger_come_first_and_each_once() -> None:
    found = read("庚辛")

    assert found.dangers == (Danger.HEALTH, Danger.FIRE)
    assert found.numbers == ("120", "110", "119")


def test_danger_goes_before_an_ordinary_reading_and_behind_a_complaint() -> None:
    ordinary = read("甲庚", SIGNS)
    complaint = read("丁庚", SIGNS)

    assert (ordinary.guess, ordinary.sure) == (Guess.EMERGENCY, True)
    assert ordinary.alternatives == (Guess.EMERGENCY, Guess.SERVICE)
    assert (complaint.guess, complaint.sure) == (Guess.CONDUCT, False)
    assert complaint.alternatives[:2] == (Guess.CONDUCT, Guess.EMERGENCY)


def test_danger_in_one_sentence_of_many_is_found() -> None:
    one = {"险": {"danger": 3, "health": 1}, "甲": {"service": 6, "calm": 3}}

    long = read("甲。" * 80 + "险" + "。甲" * 80, one)

    assert long.dangers == (Danger.HEALTH,)
    assert read("甲。" * 200, one).dangers == ()


# --- categories ----------------------------------------------------------------------------------

THREE = {"lighting": ["路灯"], "water": ["水管"], "wells": ["古井"]}


def test_the_category_is_the_likeliest_one_and_three_are_kept() -> None:
    found = read("甲", {"甲": {"service": 6, "water": 4, "lighting": 2}}, catalogue(**THREE))

    assert found.category == "water"
    assert found.likely[Kind.SERVICE][:2] == ("water", "lighting")
    assert len(found.likely[Kind.SERVICE]) == 3
    assert found.likely[Kind.OPINION] == ("opinion_other",)


def test_no_category_is_named_where_none_is_likely_enough() -> None:
    found = read("甲", {"甲": {"service": 6, "water": 1, "lighting": 1}}, catalogue(**THREE))

    assert found.category is None
    assert Kind.SERVICE not in found.categories
    assert len(found.likely[Kind.SERVICE]) == 3


def test_a_keyword_adds_to_what_was_learnt() -> None:
    close = {"甲": {"service": 6, "water": 1.2, "lighting": 1}}

    assert read("甲", close, catalogue(**THREE)).likely[Kind.SERVICE][0] == "water"
    assert read("甲,路灯", close, catalogue(**THREE)).likely[Kind.SERVICE][0] == "lighting"


def test_a_category_of_the_streets_own_is_found_by_its_keywords_alone() -> None:
    found = read("甲,古井", {"甲": {"service": 6, "water": 1}}, catalogue(**THREE))

    assert found.category == "wells"
    assert read("甲", {"甲": {"service": 6}}, catalogue(**THREE)).category != "wells"


def test_a_keyword_within_a_longer_one_does_not_count() -> None:
    both = catalogue(lamps=["street lamp"], lights=["lamp"])

    assert read("street lamp", None, both).likely[Kind.SERVICE][0] == "lamps"
    assert read("a lamp", None, both).likely[Kind.SERVICE][0] == "lights"


def test_a_longer_keyword_says_more() -> None:
    both = catalogue(first=["路灯"], second=["自来水"])

    assert read("路灯自来水", None, both).likely[Kind.SERVICE][0] == "second"


# --- urgency -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("天", 1),
        ("急", 2),
        ("老", 2),
        ("急老", 2),
        ("甲路灯", 1),
        ("甲路灯急", 2),
        ("甲水管", 2),
        ("甲水管急", 2),
        ("甲古井", 2),
        ("庚", 3),
    ],
)
def test_what_cannot_wait_is_a_step_more_urgent_and_danger_alone_is_three(
    text: str, urgency: int
) -> None:
    signs = {
        "甲": {"service": 9},
        "灯": {"lighting": 9, "service": 9},
        "管": {"water": 9, "service": 9},
    }

    assert read(text, signs, catalogue(**THREE)).urgency == urgency


# --- case numbers, and the rest ------------------------------------------------------------------


@pytest.mark.parametrize("text", ["2026-00017", "202600017", "2026-00017丙", "2026-00017己"])
def test_a_case_number_alone_or_with_a_word_about_it_asks_how_it_stands(text: str) -> None:
    found = read(text, SIGNS)

    assert (found.guess, found.sure, found.case_number) == (Guess.STATUS, True, "2026-00017")
    assert found.alternatives == (Guess.STATUS,)


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("2026-00017甲", Guess.SERVICE),
        ("2026-00017乙", Guess.OPINION),
        ("2026-00017丁", Guess.CONDUCT),
        ("2026-00017甲庚", Guess.EMERGENCY),
    ],
)
def test_a_case_number_beside_words_is_read_as_the_words_say(text: str, guess: Guess) -> None:
    found = read(text, SIGNS)

    assert (found.guess, found.case_number) == (guess, "2026-00017")


def test_the_streets_names_are_known_as_places() -> None:
    knows = Knowledge(lexicon(), catalogue(), model(), Register({"柳岸": ("G1",)}))

    found = understand("柳岸3号楼甲", knows)

    assert (found.place_words, found.place.units) == ("柳岸3号楼", ("G1",))
    assert understand("甲", replace(knows, register=Register())).place_words is None


def test_what_somebody_wrote_stands_in_no_log_by_accident() -> None:
    assert "甲乙丙" not in repr(read("甲乙丙"))


def test_what_is_masked_is_named_all_the_same_and_says_nothing() -> None:
    found = read("无丁甲", SIGNS)

    assert {"mask", "sure"} <= found.named
    assert found.plain == "无丁甲"
    assert found.guess is not Guess.CONDUCT
