"""What an office teaches: learnt of several people's words alone, and taken where nothing is worse.

All sentences are invented. A part of the shipped ones is enough here, and fast.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest

from bot.configuration.training_sentences import default_sentences
from domain.categories import Categories, Category, Kind, problems
from domain.organisation import Stream
from domain.words.corrections import (
    LONGEST,
    Correction,
    Corrector,
    is_other,
    may_be_kept,
    reading_of,
    without_numbers,
)
from domain.words.learning import FITTED, Sentence
from domain.words.lexicon import Guess
from domain.words.model import Head, Model, Piece, pack
from domain.words.ngrams import grams
from domain.words.plaintext import plain_text
from domain.words.supplement import (
    LEAST_EXAMPLES,
    MOST_BYTES,
    TAUGHT,
    Teacher,
    packed,
    scaled,
    supplement_from,
)
from domain.words.trial import Figures, attempt
from domain.words.understanding import READING, Knowledge, supplemented, understand
from tests.domain.words.test_understanding import default_categories, default_lexicon, default_model

NOW = datetime(2026, 11, 30, 4, tzinfo=UTC)
#: Each said by somebody else; the shipped model takes them for "facilities".
LOCKERS = ("快递柜超时收费太贵了", "小区快递柜存一晚就收钱", "小区快递柜超时就收费")
FOURTH = "咱们院快递柜超时要收费"
CHARGING = (
    "电动车没地方充电",
    "想申请装个充电桩",
    "小区的充电桩不够用",
    "充电桩扫码没反应",
    "充电口插了半天充不上电",
    "车棚里能不能加几个充电位",
    "新能源车想装私人充电桩",
    "充电桩被油车占了",
)


def knowledge(categories: Categories | None = None, supplement: Model | None = None) -> Knowledge:
    return Knowledge(
        default_lexicon(),
        categories or default_categories(),
        default_model(),
        supplement=supplement,
    )


@cache
def shipped() -> Sequence[Sentence]:
    return default_sentences()[::8]


def teacher(categories: Categories | None = None, least: int = 3) -> Teacher:
    return Teacher(shipped(), knowledge(categories), least)


def corrected(
    *said: str,
    reading: Guess = Guess.OPINION,
    category: str = "property",
    by: Sequence[str] = ("anna", "bert", "cora", "dora", "emil"),
) -> list[Correction]:
    """Let each sentence be said by the next person."""
    return [
        Correction(
            number=f"2026-{place:05}",
            community="E",
            person=by[place % len(by)],
            said=one,
            reading=reading,
            category=category,
            by=Corrector.WRITER,
            at=NOW,
        )
        for place, one in enumerate(said)
    ]


def first(said: str, supplement: Model | None, categories: Categories | None = None) -> str:
    """Give the category of opinions that stands first."""
    return understand(said, knowledge(categories, supplement)).likely[Kind.OPINION][0]


def with_charging(examples: Sequence[str] = CHARGING) -> Categories:
    own = Category(
        code="charging",
        kind=Kind.SERVICE,
        name_zh="充电设施",
        name_en="Charging",
        stream=Stream.RESIDENTS,
        importance=1,
        urgency=1,
        examples=tuple(examples),
    )
    listed = list(default_categories().listed)
    place = next(at for at, one in enumerate(listed) if one.code == "service_other")
    return Categories((*listed[:place], own, *listed[place:]))


@cache
def learnt() -> Model:
    model = teacher().teach(corrected(*LOCKERS))
    assert model is not None
    return model


# --- three people --------------------------------------------------------------------------------


def test_what_three_people_put_right_is_right_for_the_fourth() -> None:
    assert first(FOURTH, None) == "facilities"

    assert first(FOURTH, learnt()) == "property"


def test_what_one_person_says_three_times_is_not_learnt() -> None:
    assert teacher().teach(corrected(*LOCKERS, by=("anna",))) is None
    assert teacher().used(corrected(*LOCKERS, by=("anna",))) == 0


def test_two_people_are_too_few() -> None:
    assert teacher().teach(corrected(*LOCKERS, by=("anna", "bert"))) is None


def test_an_office_may_ask_for_more_people() -> None:
    assert teacher(least=4).teach(corrected(*LOCKERS)) is None


def test_people_who_say_different_things_teach_nothing_of_them() -> None:
    lines = [
        *corrected(LOCKERS[0]),
        *corrected("", LOCKERS[1], category="facilities"),
        *corrected("", "", LOCKERS[2], category="hygiene"),
    ]
    model = teacher().teach([one for one in lines if one.said])

    assert model is not None  # that they are opinions they agree on
    assert [head.name for head in model.heads] == [READING]


def test_no_piece_of_one_persons_words_alone_is_in_it() -> None:
    own = "快递柜里有阿黄的骨头渣"
    model = teacher().teach(corrected(*LOCKERS, own))
    counts = [set(grams(plain_text(one))) for one in (*LOCKERS, own)]

    assert model is not None
    for gram in model.pieces:
        assert sum(gram in one for one in counts) >= 3, gram
    assert not any("骨" in gram or "黄" in gram for gram in model.pieces)


def test_the_same_corrections_teach_the_same() -> None:
    assert pack(learnt()) == pack(teacher().teach(corrected(*LOCKERS)) or learnt())


def test_what_is_learnt_leaves_other_sentences_as_they_are() -> None:
    for said in ("3号楼路灯坏了", "楼道里堆满杂物", "建议多种点花", "请问几点上班", "谢谢师傅"):
        before, after = understand(said, knowledge()), understand(said, knowledge(None, learnt()))
        assert (after.guess, after.likely) == (before.guess, before.likely)


# --- danger and conduct --------------------------------------------------------------------------


def wild() -> Model:
    """A supplement that pulls everything to thanks and to the last category."""
    classes = tuple(one.value for one in TAUGHT)
    pieces = {
        gram: Piece(1.0, bytes([classes.index("thanks")]), (127,))
        for said in ("三号楼着火了", "网格员收红包", "有人晕倒了快来", "路灯坏了")
        for gram in grams(plain_text(said))
    }
    head = Head(READING, classes, (0.0,) * len(classes), 5.0)
    return Model((head,), pieces, {})


@pytest.mark.parametrize(
    "said", ["三号楼着火了", "有人晕倒了快来", "网格员收红包", "王主任吃拿卡要"]
)
def test_danger_and_complaints_are_told_as_if_nothing_had_been_learnt(said: str) -> None:
    before = understand(said, knowledge())
    after = understand(said, knowledge(None, wild()))

    assert after.guess in (Guess.EMERGENCY, Guess.CONDUCT)
    assert (after.guess, after.sure, after.alternatives) == (
        before.guess,
        before.sure,
        before.alternatives,
    )
    assert (after.dangers, after.numbers, after.may_be_danger) == (
        before.dangers,
        before.numbers,
        before.may_be_danger,
    )


def test_the_wildest_supplement_makes_nothing_a_danger_or_a_complaint() -> None:
    after = understand("路灯坏了", knowledge(None, wild()))

    assert after.guess is Guess.THANKS
    assert not after.dangers
    assert Guess.CONDUCT not in after.alternatives


def test_on_no_shipped_sentence_does_it_change_danger_or_complaints() -> None:
    def told(one: Sentence, supplement: Model | None) -> object:
        got = understand(one.said, knowledge(None, supplement))
        return got.dangers, got.may_be_danger, Guess.CONDUCT in got.alternatives

    some = shipped()[::6]

    assert [told(one, wild()) for one in some] == [told(one, None) for one in some]


def test_the_share_of_a_complaint_stays() -> None:
    shares = {Guess.CONDUCT: 0.2, Guess.SERVICE: 0.5, Guess.OPINION: 0.3}

    moved = supplemented(shares, {"opinion": 3.0})

    assert moved[Guess.CONDUCT] == 0.2
    assert moved[Guess.OPINION] > moved[Guess.SERVICE]
    assert sum(moved.values()) == pytest.approx(1.0)


def test_what_would_put_a_complaint_first_by_weakening_the_others_is_left_out() -> None:
    shares = {Guess.CONDUCT: 0.35, Guess.SERVICE: 0.63, Guess.OPINION: 0.01, Guess.HELP: 0.01}

    assert supplemented(shares, {"service": -4.2}) == shares


# --- categories of one's own ---------------------------------------------------------------------


def test_a_category_is_learnt_from_its_examples() -> None:
    categories = with_charging()
    model = teacher(categories).teach([])

    for said in ("我们院里充电桩太少了", "能给装个充电桩吗"):
        before = understand(said, knowledge(categories)).likely[Kind.SERVICE]
        after = understand(said, knowledge(categories, model)).likely[Kind.SERVICE]
        assert before[0] != "charging"
        assert after[0] == "charging"
    assert understand("路灯不亮了", knowledge(categories, model)).category == "lighting"


def test_too_few_examples_are_told_and_not_learnt() -> None:
    categories = with_charging(CHARGING[: LEAST_EXAMPLES - 1])
    trial = attempt(teacher(categories), [])

    assert trial.is_empty
    assert trial.few_examples == {"charging": LEAST_EXAMPLES - 1}
    assert trial.supplement is None


def test_how_many_examples_the_others_tell_is_measured_without_them() -> None:
    trial = attempt(teacher(with_charging()), [])

    told, whole, before = trial.examples["charging"]
    assert whole == len(CHARGING)
    assert told > before
    assert trial.supplement is not None


def test_a_category_that_is_offered_no_more_teaches_its_reading_alone() -> None:
    listed = tuple(one for one in default_categories().listed if one.code != "property")
    model = teacher(Categories(listed)).teach(corrected(*LOCKERS))

    assert model is not None
    assert [head.name for head in model.heads] == [READING]


# --- what is taken -------------------------------------------------------------------------------


def test_nothing_to_learn_from_is_said_so() -> None:
    trial = attempt(teacher(), [])

    assert trial.is_empty
    assert (trial.supplement, trial.corrections, trial.persons) == (None, 0, 0)


def test_what_is_taken_is_worse_nowhere() -> None:
    trial = attempt(teacher(), corrected(*LOCKERS))

    assert trial.supplement is not None
    assert trial.shipped[1].is_no_worse(trial.shipped[0])
    assert trial.own[1].is_no_worse(trial.own[0])
    assert (trial.corrections, trial.persons, trial.used, trial.unseen) == (3, 3, 3, 3)
    assert first(FOURTH, trial.supplement) == "property"


def test_corrections_are_measured_without_their_writers_sentences() -> None:
    said = [
        *(f"{place}快递柜超时收费" for place in ("门口", "楼下", "小区", "院里", "广场")),
        *(f"{place}快递柜收费太贵" for place in ("门口", "楼下", "小区", "院里", "广场")),
    ]
    people = [f"person {place}" for place in range(10)]

    trial = attempt(teacher(), corrected(*said, by=people))

    assert trial.own[0].category_first[1] == len(said)
    assert trial.own[1].category_first[0] > trial.own[0].category_first[0]


def test_people_who_mislead_together_are_not_followed() -> None:
    """Several press "thanks" for lamps: on sentences that are held back this would be worse."""
    lamps = [one.said for one in shipped() if one.category == "lighting" and one.source != FITTED]
    lines = corrected(*lamps[:40], reading=Guess.DISPUTE, category="family")

    teaching = teacher()
    trial = attempt(teaching, lines)
    whole = teaching.teach(lines)

    assert whole is not None
    for said in ("路灯不亮了", "楼下路灯坏了没人修"):
        assert understand(said, knowledge(None, trial.supplement)).guess is not Guess.DISPUTE
    if trial.supplement is not None:
        assert trial.shipped[1].is_no_worse(trial.shipped[0])


def test_what_is_in_use_is_compared_on_what_it_has_not_seen() -> None:
    lines = corrected(*LOCKERS)

    trial = attempt(teacher(), lines, learnt(), [])

    assert trial.unseen == 0
    assert trial.own == (Figures(), Figures())
    assert trial.shipped[1].is_no_worse(trial.shipped[0])


def test_a_new_one_that_is_worse_than_the_one_in_use_is_not_taken() -> None:
    """The one in use knows what the new one cannot: two of the three people are gone."""
    lines = corrected(*LOCKERS[:2], FOURTH, by=("anna", "bert", "cora"))
    others = corrected(
        *("楼道里太暗了", "楼道晚上太暗", "我们楼道太暗"), category="hygiene", by=("d", "e", "f")
    )

    trial = attempt(teacher(), others, learnt(), lines)

    assert trial.own[0].category_first[0] > trial.own[1].category_first[0]
    assert trial.supplement is None


@pytest.mark.parametrize(
    ("one", "other", "holds"),
    [
        (Figures(readings=(5, 9)), Figures(readings=(5, 9)), True),
        (Figures(readings=(4, 9)), Figures(readings=(5, 9)), False),
        (Figures(wrong_though_sure=(1, 9)), Figures(wrong_though_sure=(0, 9)), False),
        (Figures(category_first=(4, 9)), Figures(category_first=(5, 9)), False),
        (Figures(category_in_three=(4, 9)), Figures(category_in_three=(5, 9)), False),
        (Figures(readings=(6, 9), category_first=(4, 9)), Figures(category_first=(5, 9)), False),
    ],
)
def test_one_sentence_fewer_is_worse(one: Figures, other: Figures, holds: bool) -> None:
    assert one.is_no_worse(other) is holds


def test_sentences_that_measure_never_teach() -> None:
    teaching = teacher()
    taught = {one.plain for one in teaching._rest}

    assert len(teaching.held) > 150
    assert not taught & {one.plain for one in teaching.held}
    assert all(one.source != FITTED for one in teaching.held)
    assert [one.plain for one in teacher().held] == [one.plain for one in teaching.held]


# --- the file ------------------------------------------------------------------------------------


def test_it_is_written_and_read_back() -> None:
    content = packed(learnt())

    assert len(content) < MOST_BYTES
    assert first(FOURTH, supplement_from(content)) == "property"


@pytest.mark.parametrize(
    "content",
    [b"", b"something else", pack(learnt())[:-9], b"x" * (MOST_BYTES + 1)],
    ids=["empty", "foreign", "cut off", "too large"],
)
def test_what_is_no_supplement_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        supplement_from(content)


@pytest.mark.parametrize(
    "head",
    [
        Head("danger", ("calm", "danger"), (0.0, 0.0), 1.0),
        Head(READING, ("service", "emergency"), (0.0, 0.0), 1.0),
        Head(READING, ("conduct",), (0.0,), 1.0),
        Head("enquiry", ("enquiry_other",), (0.0,), 1.0),
    ],
    ids=["danger", "emergency", "conduct", "enquiry"],
)
def test_one_that_speaks_of_danger_or_complaints_is_refused(head: Head) -> None:
    with pytest.raises(ValueError, match="no office teaches"):
        supplement_from(pack(Model((head,), {}, {})))


def test_the_shipped_model_is_no_supplement() -> None:
    with pytest.raises(ValueError, match="no office teaches"):
        supplement_from(pack(default_model()))


def test_less_of_it_says_less() -> None:
    half = scaled(learnt(), 0.5, 0.0)
    plain = plain_text(FOURTH)
    whole, less = learnt().scores(plain), half.scores(plain)

    assert less[READING]["opinion"] == pytest.approx(whole[READING]["opinion"] / 2)
    assert set(less["opinion"].values()) == {0.0}


# --- which sentences -----------------------------------------------------------------------------


def test_a_correction_is_what_was_taken_for_something_else() -> None:
    lamp = understand("3号楼路灯坏了", knowledge())
    asked = understand("请问几点上班", knowledge())

    assert not is_other(lamp, Kind.SERVICE, "lighting")
    assert is_other(lamp, Kind.SERVICE, "power")
    assert is_other(lamp, Kind.OPINION, "facilities")
    assert not is_other(asked, Kind.ENQUIRY, "enquiry_other")
    assert is_other(lamp, Kind.ENQUIRY, "enquiry_other")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("3号楼路灯坏了", True),
        ("三号楼着火了", False),
        ("网格员收红包", False),
        ("楼上老太太好几天没出门了，敲门也没人应", False),
        ("", False),
        ("路" * LONGEST, True),
        ("路" * (LONGEST + 1), False),
    ],
)
def test_danger_complaints_and_stories_are_not_kept(said: str, kept: bool) -> None:
    assert may_be_kept(understand(said, knowledge())) is kept


def test_numbers_of_people_are_blotted_out() -> None:
    assert without_numbers("快递柜收费，电话13812345678") == "快递柜收费，电话***"


def test_a_question_is_a_reading_and_an_enquiry_a_kind() -> None:
    assert [reading_of(kind) for kind in Kind] == [
        Guess.OPINION,
        Guess.SERVICE,
        Guess.DISPUTE,
        Guess.QUESTION,
    ]


def test_an_example_belongs_to_one_category_and_is_a_sentence() -> None:
    twice = with_charging()
    listed = tuple(
        replace(one, examples=(CHARGING[0],)) if one.code == "power" else one
        for one in twice.listed
    )

    assert any("belongs to" in said for said in problems(listed))
    assert any("signs" in said for said in problems(with_charging(["啊"]).listed))
    assert not problems(twice.listed)
