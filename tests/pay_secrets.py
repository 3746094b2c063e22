"""Made-up card numbers in every spelling, and a look for them in all that a database keeps."""

import random
import unicodedata
from collections.abc import Iterator
from typing import Any

from sqlalchemy import LargeBinary, select

from domain.errors import StorageError
from storage.database import Database
from storage.schema import metadata

_CHINESE = ("零一二三四五六七八九", "〇壹贰叁肆伍陆柒捌玖", "○幺两三四五六七八九")
_SCRIPTS = (
    "0123456789",
    "０１２３４５６７８９",
    *_CHINESE,
    "⓪①②③④⑤⑥⑦⑧⑨",
    "٠١٢٣٤٥٦٧٨٩",
    "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
)
_BETWEEN = (
    "",
    " ",
    "-",
    "—",
    "·",
    "/",
    "_",
    ",",
    "，",
    "、",
    " - ",
    "\n",
    "\u200b",
    "*",
    "|",
    "😀",
)
_VALUES = {sign: str(value) for script in _CHINESE for value, sign in enumerate(script)}


def with_check_digit(digits: str) -> str:
    """Append the digit by which the sum is right, told by trying them all."""
    for last in "0123456789":
        total = 0
        for place, digit in enumerate(reversed(digits + last)):
            value = int(digit) * (2 if place % 2 else 1)
            total += value // 10 + value % 10
        if total % 10 == 0:
            return digits + last
    raise AssertionError(digits)


def card(chance: random.Random) -> str:
    """Make up the number of a card; none begins as a phone number, a year or an identity card."""
    length = chance.choice((13, 14, 15, 16, 16, 16, 19, 19, 19, 17))
    begins = chance.choice(("3", "4", "5", "6", "81", "9"))
    return with_check_digit(
        (begins + "".join(chance.choices("0123456789", k=length)))[: length - 1]
    )


def spelt(number: str, chance: random.Random) -> str:
    """Write a number as somebody may write it who is in a hurry, or who wants it to pass."""
    way = chance.randrange(4)
    if way == 0:
        groups = [number]
    elif way == 1:
        groups = [number[at : at + 4] for at in range(0, len(number), 4)]
    elif way == 2:
        groups = list(number)
    else:
        groups, at = [], 0
        while at < len(number):
            size = chance.randint(1, 6)
            groups.append(number[at : at + size])
            at += size
    scripts = [chance.choice(_SCRIPTS)] if chance.random() < 0.7 else _SCRIPTS
    between = [chance.choice(_BETWEEN)] if chance.random() < 0.7 else _BETWEEN
    said = ""
    for group in groups:
        said += chance.choice(between) if said else ""
        said += "".join(chance.choice(scripts)[int(digit)] for digit in group)
    return said


def digits_of(words: str) -> str:
    """Give nothing but the digits of a text, in whatever script."""
    found = []
    for sign in words:
        digit = unicodedata.digit(sign, None)
        found.append(_VALUES.get(sign, "") if digit is None else str(digit))
    return "".join(found)


async def everything_kept(database: Database) -> list[str]:
    """Give every value of every table as text, what is sealed opened."""
    kept: list[str] = []
    async with database.read() as tx:
        for table in metadata.sorted_tables:
            for row in await tx.rows(select(table)):
                kept += _texts(database, list(row), table)
    return kept


def _texts(database: Database, values: list[Any], table: Any) -> Iterator[str]:
    for column, value in zip(table.columns, values, strict=True):
        if isinstance(value, bytes) and isinstance(column.type, LargeBinary):
            try:
                yield str(database.keyring.unseal(value))
            except (StorageError, ValueError):  # a hash or a file's key
                yield value.decode("latin-1")
        elif value is not None:
            yield str(value)
