"""What is remembered of a message that was sent: the numbers by which it can be changed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2s
from itertools import chain

from bot.channels.ports import (
    StoredFile,
)

#: What an outbox row keeps of a reference.
_MAX_REFERENCE = 200


@dataclass(frozen=True, slots=True)
class Reference:
    """The Telegram messages that one message of ours became, as one short string.

    ``120.1+3:0a1b2c`` are the texts 120 and 121 and, as 123, the file with that mark;
    ``c120:0a1b2c`` is a photo with a caption. Later ids count from the first. A bare number is
    a single text, and also what a pressed button gives as its origin.
    """

    texts: tuple[int, ...] = ()
    caption: tuple[int, str] | None = None
    media: tuple[tuple[int, str], ...] = ()

    @property
    def messages(self) -> Iterator[int]:
        """All message ids."""
        captions = (self.caption,) if self.caption else ()
        return chain(self.texts, (one for one, _ in captions), (one for one, _ in self.media))

    @property
    def marks(self) -> set[str]:
        """The files that were shown."""
        captions = (self.caption,) if self.caption else ()
        return {mark for _, mark in (*captions, *self.media)}

    def __str__(self) -> str:
        first = next(self.messages, 0)
        head = ".".join(str(one - first if index else one) for index, one in enumerate(self.texts))
        if self.caption:
            head = f"c{self.caption[0]}:{self.caption[1]}"
        for index, (one, mark) in enumerate(self.media):
            number = one - first if head or index else one
            token = f"+{number}:{mark}"
            if len(head) + len(token) > _MAX_REFERENCE:
                break  # later pictures are sent again by an edit, the texts never are
            head += token
        return head

    @classmethod
    def parse(cls, given: str | None) -> "Reference | None":
        """Read a reference; None for none, or for one that another version wrote."""
        if not given or not _REFERENCE.fullmatch(given):
            return None
        head, *tail = given.split("+")
        texts, caption, first = _head(head)
        media = []
        for token in tail:
            number, _, mark = token.partition(":")
            first, one = (first, first + int(number)) if first else (int(number), int(number))
            media.append((one, mark))
        return cls(texts, caption, tuple(media))


_REFERENCE = re.compile(r"(\d+(\.-?\d+)*|c\d+:[0-9a-f]{6})?(\+-?\d+:[0-9a-f]{6})*")


def _head(head: str) -> tuple[tuple[int, ...], tuple[int, str] | None, int]:
    if head.startswith("c"):
        number, _, mark = head[1:].partition(":")
        return (), (int(number), mark), int(number)
    numbers = [int(number) for number in head.split(".") if number]
    first = numbers[0] if numbers else 0
    return tuple(first + one if index else one for index, one in enumerate(numbers)), None, first


def mark_of(file: StoredFile) -> str:
    """Give a short mark by which a file is known again."""
    return blake2s(file.id.encode(), digest_size=3).hexdigest()
