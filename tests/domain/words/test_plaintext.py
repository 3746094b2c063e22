"""One spelling for what people type, in linear time whatever they type."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.words.plaintext import normal, plain_text


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("Ｃ３ Ａ", "c3 a"),
        ("路燈壞了", "路灯坏了"),
        ("路 灯 坏 了", "路灯坏了"),
        ("路 灯", "路 灯"),
        ("路灯 坏了 快来", "路灯 坏了 快来"),
        ("路  灯\t坏了", "路 灯 坏了"),
        ("路 灯 坏  了 a", "路灯坏了 a"),
        ("路\u200b灯", "路灯"),
        ("好\ufe0f的", "好的"),
        ("a\u00adb", "ab"),
        ("  路灯  ", "路灯"),
        ("一行\n二行", "一行\n二行"),
        ("一行\r二行", "一行 二行"),
        ("it’s “so” – ok", 'it\'s "so" - ok'),
        ("3号—4号", "3号-4号"),
        ("", ""),
    ],
)
def test_what_means_the_same_is_spelled_the_same(typed: str, plain: str) -> None:
    assert plain_text(typed) == plain


@pytest.mark.parametrize("typed", ["abc", "路灯３号", "é", "ﬁ", "㎏", "½", "한글", "ガ"])
def test_ordinary_texts_are_simply_in_nfkc(typed: str) -> None:
    assert normal(typed) == unicodedata.normalize("NFKC", typed)


@pytest.mark.parametrize("mark", ["\u0301", "\u0f73", "\uff9e"])
def test_of_marks_piled_on_a_character_the_first_thirty_count(mark: str) -> None:
    thirty = "a" + mark * 30

    assert normal(thirty) == unicodedata.normalize("NFKC", thirty)
    assert normal(thirty + mark) == normal(thirty)
    assert normal(thirty + mark + "b" + mark) == normal(thirty) + normal("b" + mark)


def test_a_sign_that_stands_for_whole_words_becomes_a_blank() -> None:
    assert normal("a\ufdfab") == "a b"  # eighteen Arabic letters in one sign
    assert normal("a\u3315b") == "a b"  # キログラム: five characters in one sign
    assert normal("8\u33c2") == "8a.m."  # four still fit


@given(st.text(max_size=60))
def test_to_spell_a_text_twice_changes_nothing_more(typed: str) -> None:
    once = normal(typed)

    assert normal(once) == once
