"""Finding phrases: the signs they may contain, and the one spelling in which texts are searched."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.words.phrases import CLAUSE_ENDS, Begun, Found, Phrases, Shape
from domain.words.plaintext import plain_text


def spans(phrase: str, text: str) -> list[str]:
    """List what a phrase finds in a text."""
    return [text[found.start : found.end] for found in Phrases([("any", phrase)]).find(text)]


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("路灯", "路灯坏了，路灯不亮", ["路灯", "路灯"]),
        ("灯", "路灯", ["灯"]),
        ("路灯", "路", []),
        ("{路|楼道}灯", "楼道灯和路灯", ["楼道灯", "路灯"]),
        ("灯{|泡}坏", "灯坏了，灯泡坏了", ["灯坏", "灯泡坏"]),
        ("坏{了|}", "坏了", ["坏了"]),
        ("打~人", "打了一个人", ["打了一个人"]),
        ("打~人", "打人", ["打人"]),
        ("打~人", "打了一二三个人", []),
        ("打≈人", "打了一二三个人", ["打了一二三个人"]),
        ("打~人", "打了，人", []),
        ("打~人", "打了。人", []),
        ("打~人", "打人人", ["打人"]),
        ("{有|把}~{锁|门}~坏", "把我家锁弄坏", ["把我家锁弄坏"]),
    ],
)
def test_a_phrase_finds_its_forms(phrase: str, text: str, found: list[str]) -> None:
    assert spans(phrase, text) == found


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("fire", "a fire!", ["fire"]),
        ("fire", "fired, fireworks, campfire", []),
        ("no {fire|fires}", "no fires", ["no fires"]),
        ("{hit|hits} me", "he hits men, hits me", ["hits me"]),
        ("3号", "13号 3号", ["3号"]),
        ("ktv", "楼下ktv太吵", ["ktv"]),
    ],
)
def test_a_latin_word_or_a_number_is_matched_whole(
    phrase: str, text: str, found: list[str]
) -> None:
    assert spans(phrase, text) == found


def test_a_phrase_tells_its_group_and_the_spans_of_its_pieces() -> None:
    phrases = Phrases([("harm", "打~人"), ("person", "人")])

    found = phrases.find("他打了个人")

    assert [(hit.group, hit.start, hit.end, hit.parts) for hit in found] == [
        ("harm", 1, 5, ((1, 2), (4, 5))),
        ("person", 4, 5, ()),
    ]


def test_what_begins_together_comes_in_the_order_of_the_phrases() -> None:
    phrases = Phrases([("z", "路{灯|口}"), ("m", "路灯"), ("a", "路灯坏")])

    assert [hit.group for hit in phrases.find("路灯坏了")] == ["z", "m", "a"]
    assert [shape.group for shape in phrases.shapes("路灯坏了", {})] == ["z", "m", "a"]


def test_what_is_known_by_one_sign_comes_behind_what_is_known_by_two() -> None:
    phrases = Phrases([("one", "灯"), ("two", "灯亮")])

    assert [hit.group for hit in phrases.find("灯亮了")] == ["two", "one"]


def test_overlapping_phrases_are_all_found() -> None:
    phrases = Phrases([("a", "火锅"), ("b", "锅着火"), ("c", "着火")])

    assert [hit.group for hit in phrases.find("火锅着火")] == ["a", "b", "c"]


PHRASES = [
    ("a", "甲"),
    ("a", "甲{乙|}"),
    ("b", "甲乙"),
    ("b", "{甲|乙}≈丙"),
    ("c", "ab {c|}"),
    ("c", "1"),
]


def by_definition(text: str) -> list[Found]:
    """Try each phrase at each place, whatever stands there."""
    found = []
    for start in range(len(text)):
        for group, phrase in PHRASES:
            pattern = re.sub(r"\{([^}]*)\|([^}]*)\}", r"(?:\1|\2)", phrase)
            pattern = pattern.replace("≈", f")[^{CLAUSE_ENDS}]{{0,12}}?(")
            match = re.compile(f"({pattern})").match(text, start)
            if match is not None and all(
                not (0 < at < len(text) and text[at - 1 : at + 1].encode().isalnum())
                for part in match.regs[1:]
                for at in part
            ):
                parts = match.regs[1:] if "≈" in phrase else ()
                found.append(Found(start, match.end(), group, parts))
    return found


@given(st.text("甲乙丙丁ab c1，\n", max_size=60))
def test_every_phrase_is_found_wherever_it_stands(text: str) -> None:
    phrases = Phrases(PHRASES)

    found = phrases.find(text)
    shapes = phrases.shapes(text, {})

    assert sorted(found) == sorted(by_definition(text))
    assert [one.start for one in found] == sorted(one.start for one in found)
    assert sorted(
        (start, start + shape.length, shape.group)
        for shape, starts in shapes.items()
        for start in starts
    ) == sorted((one.start, one.end, one.group) for one in found)
    assert phrases.groups(text) == {one.group for one in found}


def test_lines_that_were_read_before_are_not_read_again() -> None:
    known: dict[str, Begun] = {}
    phrases = Phrases(PHRASES)
    first = phrases.shapes("甲乙\n乙丙", known)
    known["甲乙"] = []

    assert phrases.shapes("甲乙\n乙丙", {}) == first
    assert phrases.shapes("丙丙\n甲乙\n乙丙", known) == {Shape("b", 2, ((0, 1), (1, 2))): [6]}


@pytest.mark.parametrize(
    "phrase", ["{a|b", "a}b", "a|b", "{a{b}}", "~a", "a~", "a~~b", "{|a}", "{}"]
)
def test_a_phrase_that_cannot_be_read_is_refused_with_its_text(phrase: str) -> None:
    with pytest.raises(
        ValueError, match=r"has (braces that do not match|a piece that may be empty)"
    ):
        Phrases([("any", phrase)])


def test_an_empty_phrase_is_refused() -> None:
    with pytest.raises(ValueError, match="a phrase is empty"):
        Phrases([("any", "")])


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("３号楼，ＡＢＣ！", "3号楼,abc!"),
        ("路燈壞了沒人修", "路灯坏了没人修"),
        ("路 灯 坏 了", "路灯坏了"),
        ("3号楼 路灯坏了", "3号楼 路灯坏了"),
        ("two   words\tmore", "two words more"),
        ("第一行\n第二行", "第一行\n第二行"),
        ("路\u200b灯\ufe0f", "路灯"),
        ("  您好  ", "您好"),
        ("don’t", "don't"),
        ("2026—00017", "2026-00017"),
        ("", ""),
    ],
)
def test_texts_get_one_spelling(text: str, plain: str) -> None:
    assert plain_text(text) == plain


@pytest.mark.parametrize("text", ["３号楼 路燈", "路 灯 坏 了", "ＡＢＣ’s", "①②③", "ﬁre"])
def test_a_plain_text_stays_as_it_is(text: str) -> None:
    plain = plain_text(text)

    assert plain_text(plain) == plain


@pytest.mark.parametrize(
    ("phrase", "problem"),
    [
        ("灯" * 41, "is longer than 40 characters"),
        ("{路|楼道}" + "灯" * 39, "may be longer than 40 characters"),
        ("灯≈灯≈灯≈" + "灯", "may be longer than 40 characters|more than 2 gaps"),
        ("灯~灯~灯~灯", "has more than 2 gaps"),
        ("{|的}" * 9 + "灯", "has more than 8 rows of choices"),
    ],
)
def test_a_phrase_that_could_be_slow_to_find_is_refused(phrase: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Phrases([("any", phrase)])


def test_a_phrase_as_long_as_may_be_is_found() -> None:
    assert spans("灯" * 40, "灯" * 40) == ["灯" * 40]
