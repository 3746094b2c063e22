"""What somebody writes when they list papers, such as 身份证原件1份 or 户口簿复印件两份."""

import re
from collections.abc import Iterator

from domain.services.agency import Item
from domain.words.numerals import read_number

#: More papers than anybody brings.
MOST_ITEMS = 30
_LONGEST = 60
_BETWEEN = re.compile(r"[\n；;、，,]+")
_COPIES = re.compile(r"[×xX*]?\s*([0-9一二两三四五六七八九十]{1,3})\s*(?:份|张|本|copies|copy)")
_COPY = re.compile(r"复印件|副本|copy of|photocopy", re.IGNORECASE)
#: What stands before the lines of a list.
_MARK = re.compile(r"^\s*(?:\d{1,2}[.、)）]|[-·•])\s*", re.MULTILINE)


def read_items(words: str) -> tuple[Item, ...]:
    """Read a list of papers; each line, or each part between commas, is one."""
    return tuple(_items(words))[:MOST_ITEMS]


def _items(words: str) -> Iterator[Item]:
    for part in _BETWEEN.split(_MARK.sub("", words)):
        name = part.strip()
        copies = 1
        if found := _COPIES.search(name):
            copies = read_number(found.group(1)) or 1
            name = (name[: found.start()] + name[found.end() :]).strip()
        if not any(sign.isalnum() for sign in name):
            continue
        yield Item(
            key="",
            name=name[:_LONGEST],
            original=_COPY.search(name) is None,
            copies=max(1, min(copies, 99)),
        )
