"""Whole numbers are read in every spelling, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.words.numerals import read_number


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("12", 12),
        ("１２", 12),
        (" 7 ", 7),
        ("1,234", 1234),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("一百零五", 105),
        ("一百一", 110),
        ("一百一十", 110),
        ("三千五", 3500),
        ("三千零五", 3005),
        ("三千五百二十一", 3521),
        ("两万三", 23_000),
        ("两万零三", 20_003),
        ("一百二十万", 1_200_000),
        ("二〇二六", 2026),
        ("贰拾", 20),
        ("零", 0),
    ],
)
def test_a_number_is_read(said: str, number: int) -> None:
    assert read_number(said) == number


@pytest.mark.parametrize(
    "said", ["", "百", "十十", "一二十", "12,34", "-3", "1.5", "三个", "5号楼", "9" * 16, "万万"]
)
def test_what_is_no_number_is_not_read(said: str) -> None:
    assert read_number(said) is None


@given(st.integers(0, 10**9))
def test_digits_are_read_as_they_are_written(number: int) -> None:
    assert read_number(str(number)) == number
    assert read_number(f"{number:,}") == number


_SIGNS = "零一二三四五六七八九"


def written(number: int) -> str:
    """Write a number below ten thousand as a pupil learns it."""
    said, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            said += ("零" if gap else "") + _SIGNS[digit] + name
        gap = bool(said) and not digit
    return said or "零"


@given(st.integers(1, 9_999), st.integers(0, 9_999))
def test_a_number_written_out_is_read_back(high: int, low: int) -> None:
    assert read_number(written(high)) == high
    if low >= 1_000 or low == 0:
        assert read_number(written(high) + "万" + (written(low) if low else "")) == (
            high * 10_000 + low
        )
    else:
        assert read_number(f"{written(high)}万零{written(low)}") == high * 10_000 + low
