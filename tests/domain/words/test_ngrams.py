"""The pieces that a sentence consists of."""

import pytest

from domain.words.ngrams import grams


def test_a_sentence_is_its_pieces_of_one_to_three_signs_with_its_ends() -> None:
    assert grams("灯坏") == {
        "灯": 1,
        "坏": 1,
        "^灯": 1,
        "灯坏": 1,
        "坏$": 1,
        "^灯坏": 1,
        "灯坏$": 1,
    }


def test_a_piece_is_counted_as_often_as_it_stands_there() -> None:
    found = grams("哈哈哈")

    assert (found["哈"], found["哈哈"], found["哈哈哈"]) == (3, 2, 1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3号楼停水5天", "12号楼停水30天"),
        ("灯坏了。快来!", "灯坏了,快来..."),
        ("灯坏了。", "灯坏了"),
        ("灯坏了😀", "灯坏了"),
    ],
)
def test_numbers_are_alike_and_so_is_punctuation(one: str, other: str) -> None:
    assert grams(one) == grams(other)


def test_a_question_mark_is_no_other_punctuation() -> None:
    assert "?" in grams("停水?")
    assert grams("停水?") != grams("停水!")


def test_a_latin_word_is_known_as_a_whole_too() -> None:
    found = grams("street lamp a")

    assert {"_street", "_lamp"} <= set(found)
    assert "_a" not in found


@pytest.mark.parametrize("text", ["", " ", "。", "😀"])
def test_what_has_no_sign_has_one_piece_that_says_so(text: str) -> None:
    assert grams(text) == {"^$": 1}
