"""Whole numbers as people write them: 12, １２, 十二, 一百零五, 两万三, 1,234."""

import re

from domain.words.plaintext import normal

_SIGNS = "零一二三四五六七八九"
_DIGITS = {sign: place for place, sign in enumerate(_SIGNS)} | {"〇": 0, "两": 2}
_DIGITS |= {"壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1_000, "仟": 1_000}
_MYRIAD = "万"
#: No number of a form is longer; what is, is something else.
MOST_SIGNS = 15
_WRITTEN = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")


def read_number(said: str) -> int | None:
    """Read a text that is nothing but a whole number, not below zero; None for anything else."""
    plain = normal(said).replace(" ", "")
    if not plain or len(plain) > MOST_SIGNS:
        return None
    if _WRITTEN.fullmatch(plain) and plain.isascii():
        return int(plain.replace(",", ""))
    return _read_chinese(plain)


def chinese_number(number: int) -> str:
    """Write a number from 1 to 999 as articles of laws are counted: 34 is 三十四."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    said = f"{_SIGNS[hundreds]}百" if hundreds else ""
    if tens:
        said += "十" if tens == 1 and not hundreds else f"{_SIGNS[tens]}十"
    elif hundreds and ones:
        said += "零"
    return said + (_SIGNS[ones] if ones else "")


def _read_chinese(plain: str) -> int | None:
    """Read 十二, 一百零五, 两万三 (23,000), 二〇二六."""
    if all(sign in _DIGITS for sign in plain):
        return int("".join(str(_DIGITS[sign]) for sign in plain))
    high, myriad, low = plain.partition(_MYRIAD)
    if not myriad:
        return _below_myriad(plain, 1)
    above = _below_myriad(high, 1) if high else None
    below = _below_myriad(low, 1_000) if low else 0
    if above is None or below is None:
        return None
    return above * 10_000 + below


def _below_myriad(plain: str, last: int) -> int | None:
    """Read a number below ten thousand.

    Args:
        last: what a single digit at the end counts, such as the hundreds in 三千五.
    """
    total, digit, unit = 0, None, 10_000
    for sign in plain:
        if sign in _UNITS:
            if _UNITS[sign] >= unit or (digit is None and sign not in "十拾"):
                return None
            unit = _UNITS[sign]
            total += (1 if digit is None else digit) * unit
            digit, last = None, unit // 10
        elif sign in _DIGITS and digit in (None, 0):
            digit = _DIGITS[sign]
            last = last if digit else 1
        else:
            return None
    return total + (digit or 0) * max(last, 1)
