"""From labelled sentences to a model that may be used, and how good it is."""

from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from bot.configuration.training_sentences import default_sentences
from domain.categories import KEPT
from domain.words.learning import FITTED, Measured, Sentence, learn, measure, sentences_from
from domain.words.lexicon import Danger, Guess
from domain.words.model import Model, pack
from domain.words.understanding import Knowledge, Understanding, understand
from tests.domain.words.test_understanding import (
    DEFAULTS,
    default_categories,
    default_lexicon,
    default_model,
    held,
    knowledge,
    told,
)

PLACES = ("东门", "西门", "三单元", "楼道", "车棚")


def few() -> list[Sentence]:
    """A few sentences of each reading, each said of several places."""
    said = {
        Guess.SERVICE: ("{}的灯坏了", "{}漏水", "{}的垃圾没人收"),
        Guess.QUESTION: ("{}几点开门", "{}归谁管吗", "请问{}怎么走"),
        Guess.OPINION: ("建议{}加个凳子", "希望{}种点花", "{}设计得不好"),
        Guess.DISPUTE: ("邻居占了{}", "{}那家半夜吵", "楼上往{}扔东西"),
        Guess.CONDUCT: ("{}的网格员骂人", "管{}的收红包", "{}那个干部吃拿卡要"),
        Guess.THANKS: ("谢谢{}的师傅", "{}修好了谢谢", "辛苦{}的各位"),
        Guess.STATUS: ("{}的事办了没", "我报的{}到哪步了", "{}还没修好吗催一下"),
    }
    told = {
        Danger.FIRE: ("{}着火了", "{}冒浓烟", "{}煤气味很重"),
        Danger.HEALTH: ("{}有人晕倒了", "老人在{}摔了起不来", "{}有人流血"),
        Danger.CRIME: ("{}有人拿刀", "{}有人打架见血了", "小偷在{}撬门"),
    }
    plain = [
        Sentence(
            one.format(place),
            reading,
            category="lighting" if "灯" in one else "water" if "漏水" in one else None,
        )
        for place in PLACES
        for reading, ones in said.items()
        for one in ones
    ]
    return plain + [
        Sentence(
            one.format(place), Guess.EMERGENCY, dangers=(danger,), is_danger=True, source="danger"
        )
        for place in PLACES
        for danger, ones in told.items()
        for one in ones
    ]


@cache
def small() -> Model:
    return learn(few(), default_lexicon(), default_categories(), folds=2)


def read(text: str) -> Understanding:
    return understand(text, Knowledge(default_lexicon(), default_categories(), small()))


# --- labelled sentences --------------------------------------------------------------------------


def test_a_file_gives_its_sentences() -> None:
    mapping = {
        "sentences": [
            {"said": "灯坏了", "reading": "service", "category": "lighting", "place": "东门"},
            {"said": "着火了", "reading": "emergency", "also": ["service"], "danger": ["fire"]},
        ],
        "danger": ["有烟"],
        "ordinary": ["烟囱"],
    }

    assert sentences_from(mapping, "here.toml") == [
        Sentence("灯坏了", Guess.SERVICE, category="lighting", place="东门", source="here.toml"),
        Sentence(
            "着火了",
            Guess.EMERGENCY,
            also=(Guess.SERVICE,),
            dangers=(Danger.FIRE,),
            is_danger=True,
            source="here.toml",
        ),
        Sentence("有烟", Guess.EMERGENCY, is_danger=True, source="here.toml"),
        Sentence("烟囱", source="here.toml"),
    ]
    assert sentences_from({}, "empty.toml") == []


def test_every_wrong_sentence_of_a_file_is_named() -> None:
    mapping = {
        "sentences": [
            {"said": "好", "reading": "greeting"},
            {"said": "灯坏了", "reading": "repair"},
            {"reading": "service"},
            {"said": "着火了", "reading": "emergency", "danger": ["flood"]},
            "灯坏了",
            {"said": 7, "reading": "service"},
        ]
    }

    with pytest.raises(ValueError, match=r"here\.toml: sentence 2") as refusal:
        sentences_from(mapping, "here.toml")

    lines = str(refusal.value).splitlines()
    assert [line.split(": ")[1] for line in lines] == [f"sentence {at}" for at in (2, 3, 4, 5, 6)]


def test_the_shipped_sentences_are_many_and_their_labels_hold_together() -> None:
    codes = default_categories().by_code
    listed = default_sentences()

    assert len(listed) >= 10_000
    assert {one.reading for one in listed if one.reading} == set(Guess)
    assert {danger for one in listed for danger in one.dangers} == set(Danger)
    assert all(one.category in codes for one in listed if one.category)
    labels: dict[str, set[object]] = {}
    for one in listed:
        labels.setdefault(one.plain, set()).add(one.is_danger)
    assert [said for said, dangers in labels.items() if len(dangers) > 1] == []


# --- learning ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("南门的灯坏了", Guess.SERVICE),
        ("请问食堂几点开门", Guess.QUESTION),
        ("建议广场加个凳子", Guess.OPINION),
        ("食堂着火了", Guess.EMERGENCY),
        ("谢谢食堂的师傅", Guess.THANKS),
    ],
)
def test_a_few_sentences_teach_what_is_like_them(text: str, guess: Guess) -> None:
    assert read(text).guess is guess


def test_a_model_has_every_limit_and_they_are_in_order() -> None:
    limits = small().limits

    assert set(limits) == set(default_model().limits)
    assert limits["band"] <= limits["alarm"]
    assert all(0 < limits[name] <= 1 for name in ("sure", "offered", "category"))
    assert limits["conduct"] >= 0.1
    assert limits["rules"] >= 0


def test_a_model_tells_of_every_reading_danger_and_category() -> None:
    heads = {head.name: head.classes for head in small().heads}

    assert heads["reading"] == tuple(guess.value for guess in Guess)
    assert heads["kind"] == tuple(danger.value for danger in Danger)
    for kind in KEPT:
        codes = [category.code for category in default_categories().of_kind(kind)]
        assert heads[kind.value] == tuple(codes)


def test_the_same_sentences_give_the_same_model_in_any_order_and_whatever_stands_twice() -> None:
    turned = [few()[0], *reversed(few())]

    again = learn(turned, default_lexicon(), default_categories(), folds=2)

    assert pack(again) == pack(small())


def test_sentences_that_the_rules_were_written_after_train_and_weigh_nothing() -> None:
    fitted = [replace(one, source=FITTED) for one in few()]
    others = [
        Sentence(one.said + "哦", one.reading, dangers=one.dangers, is_danger=one.is_danger)
        for one in few()
    ]

    model = learn([*fitted, *others], default_lexicon(), default_categories(), folds=2)

    assert {"灯", "哦"} <= set(model.pieces)
    assert set(model.limits) == set(small().limits)


def test_an_unknown_category_is_refused_with_its_file() -> None:
    wrong = [
        Sentence("灯坏了", Guess.SERVICE, category="lamps", source="one.toml"),
        Sentence("水坏了", Guess.SERVICE, category="waters", source="two.toml"),
    ]

    with pytest.raises(ValueError, match="lamps") as refusal:
        learn([*few(), *wrong], default_lexicon(), default_categories())

    assert str(refusal.value).splitlines() == [
        "one.toml: there is no category 'lamps'",
        "two.toml: there is no category 'waters'",
    ]


@pytest.mark.parametrize("sentences", [[], few()[:3], [one for one in few() if not one.is_danger]])
def test_too_little_to_learn_from_is_refused(sentences: list[Sentence]) -> None:
    with pytest.raises(ValueError, match="sentences"):
        learn(sentences, default_lexicon(), default_categories())


# --- measuring -----------------------------------------------------------------------------------


def test_what_was_understood_is_counted() -> None:
    answers = {one.said: understand(one.said, knowledge()) for one in few()[:1]}
    plain = next(iter(answers.values()))
    likely = plain.likely
    cases = [
        # said, labelled, understood
        (Sentence("一", Guess.SERVICE), replace(plain, guess=Guess.SERVICE, sure=True)),
        (
            Sentence("二", Guess.SERVICE, also=(Guess.OPINION,)),
            replace(plain, guess=Guess.OPINION, sure=True),
        ),
        (Sentence("三", Guess.SERVICE), replace(plain, guess=Guess.CONDUCT, sure=True)),
        (Sentence("四", Guess.CONDUCT), replace(plain, guess=Guess.CONDUCT, sure=False)),
        (Sentence("五", Guess.CONDUCT), replace(plain, guess=Guess.SERVICE, sure=False)),
        (
            Sentence("六", Guess.EMERGENCY, is_danger=True),
            replace(plain, guess=Guess.EMERGENCY, dangers=(Danger.FIRE,), may_be_danger=True),
        ),
        (
            Sentence("七", Guess.EMERGENCY, is_danger=True),
            replace(plain, guess=Guess.UNSURE, sure=False, may_be_danger=True),
        ),
        (Sentence("八"), replace(plain, dangers=(Danger.FIRE,), may_be_danger=True)),
        (
            Sentence("九", Guess.SERVICE, category="water"),
            replace(
                plain,
                guess=Guess.SERVICE,
                sure=False,
                likely={**likely, KEPT[1]: ("lighting", "water", "power")},
            ),
        ),
    ]
    given = {one.said: got for one, got in cases}

    found = measure([one for one, _ in cases], lambda said: given[said], default_categories())

    assert found == Measured(
        readings=(5, 8),
        sure=(4, 8) if plain.sure else (3, 8),
        wrong_though_sure=(1, 4) if plain.sure else (1, 3),
        danger_found=(1, 2),
        false_alarms=(1, 7),
        numbers_in_danger=(2, 2),
        numbers_in_calm=(1, 7),
        conduct_found=(1, 2),
        conduct_false=(1, 6),
        category_first=(0, 1),
        category_in_three=(1, 1),
        confusion=Counter(
            {
                ("service", "conduct"): 1,
                ("conduct", "service"): 1,
                ("emergency", "unsure"): 1,
            }
        ),
    )


# --- the shipped model ---------------------------------------------------------------------------


@pytest.mark.slow
def test_the_shipped_model_is_what_the_shipped_sentences_give() -> None:
    """On another machine sums may differ in their last digits: then the answers are the same."""
    sentences = default_sentences()

    trained = learn(sentences, default_lexicon(), default_categories())

    if pack(trained) != (DEFAULTS / "words.model").read_bytes():
        knows = Knowledge(default_lexicon(), default_categories(), trained)
        texts = [one.said for one in (*held("both"), *sentences)]
        other = [
            text
            for text in texts
            if answer(understand(text, knows)) != answer(understand(text, knowledge()))
        ]
        assert len(other) <= 0.005 * len(texts), other[:50]


def answer(found: Understanding) -> tuple[object, ...]:
    return found.guess, bool(found.dangers), found.may_be_danger


def test_the_measures_are_written_out_for_whoever_reads_a_failure() -> None:
    text = told(measure(held("both"), read, default_categories()))

    assert "danger_found: " in text
    assert " -> " in text
