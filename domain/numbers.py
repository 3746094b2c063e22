"""Numbers as they are written and typed: of a case the year and a serial, ``2026-00017``.

Of a booking a letter and six digits, ``Y-482130``: nobody's telephone number looks like that.
"""

import re

from domain.words.plaintext import normal

#: A whole case number, as it is written everywhere.
CASE_NUMBER = re.compile(r"20\d\d-\d{5,}")
#: A whole number of a booking.
BOOKING_NUMBER = re.compile(r"Y-\d{6}")
_BOOKING = re.compile(
    r"(?:预约号|预约|number|no\.?)?[:：]?\s?y\s?[-－—–_]?\s?(\d{6})", re.IGNORECASE
)
#: With any dash or none; nine digits in a row are a year and a serial, more are something else.
_WHOLE = re.compile(r"(?<!\d)(20\d\d)(?:\s?[-－—–_/.年]\s?(\d{5,9})|\s?(\d{5}))(?!\d)")
#: A serial alone, as people say it to each other: 00114, 114, 114号, 编号114.
_SERIAL = re.compile(r"(编号|第|no\.?|#|№)?\s?(\d{1,9})\s?(?:号|件)?", re.IGNORECASE)
#: A bare number shorter than this is a door, a score or an answer.
_SHORTEST = 3
#: What may stand beside a number that is typed alone: 请看, 谢谢, a full stop.
_ASIDE = 6
#: In danger, hotlines such as 12345 and 12356, and services such as 10086 and 95598.
_DIALLED = re.compile(r"110|119|120|122|1[02]\d{3}|9[56]\d{3}")


def typed_number(said: str) -> str | None:
    """Find the whole case number that a text is nothing else but, or nearly; None for others."""
    plain = normal(said.strip())
    match = _WHOLE.search(plain)
    if match is None or len(plain) > len(match.group()) + _ASIDE:
        return None
    return _whole(match)


def typed_booking(said: str) -> str | None:
    """Find the number of a booking that a text is nothing else but; None for others."""
    match = _BOOKING.fullmatch(normal(said).strip().rstrip("。.!！?？"))
    return f"Y-{match[1]}" if match else None


def _whole(match: re.Match[str]) -> str:
    return f"{match[1]}-{match[2] or match[3]}"


def typed_serials(said: str, year: int) -> tuple[str, ...]:
    """Give the numbers that a serial typed alone may mean, of this year and of the last.

    Nothing for what people dial, such as 119: that means something else.
    """
    match = _SERIAL.fullmatch(normal(said).strip().rstrip("。.!！?？"))
    return _meant(match, year) if match is not None else ()


def serials_in(said: str, year: int) -> tuple[str, ...]:
    """Give the numbers that a serial within a sentence may mean: 00114怎么样了."""
    plain = normal(said)
    if match := _WHOLE.search(plain):
        return (_whole(match),)
    found = (_meant(match, year) for match in _SERIAL.finditer(plain))
    return tuple(number for meant in found for number in meant)


def _meant(match: re.Match[str], year: int) -> tuple[str, ...]:
    digits = match[2]
    is_named = bool(match[1])
    if not is_named and (len(digits) < _SHORTEST or _DIALLED.fullmatch(digits)):
        return ()
    serial = int(digits)
    return tuple(f"{one}-{serial:05}" for one in (year, year - 1)) if serial else ()
