"""Finding many phrases in one pass over a text.

A phrase is what people write, with three signs:

- ``{a|b}``: either of them; ``{|a}`` makes it optional; braces are not nested;
- ``~``: up to four characters of the same clause in between;
- ``≈``: up to twelve.

A piece of a phrase that begins or ends with a Latin letter or a digit matches whole words only.

A text is searched in linear time, whatever it consists of: a phrase is at most `LONGEST` characters
long with its gaps, and has at most `MOST_GAPS` of them.

One regular expression for all would take seconds to compile, and one for each would take longer to
try than to answer. So phrases are found by their first two characters, and a phrase with signs
becomes a regular expression the first time that a text begins like it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

#: The longest stretch that a sign lets pass, in characters.
GAPS = {"~": 4, "≈": 12}
#: The longest phrase, with its gaps at their widest, in characters.
LONGEST = 40
#: Each gap multiplies what a text that nearly fits may cost.
MOST_GAPS = 2
#: The most rows of choices in one phrase; where they may be empty, each doubles that cost.
MOST_ROWS = 8
#: The characters that mean something else in a phrase.
SIGNS = "{}|" + "".join(GAPS)
#: What ends a clause; no gap reaches across it.
CLAUSE_ENDS = ",，。.!！?？;；:：、\n"

_SIGN = re.compile(f"[{SIGNS}]")
_TOKEN = re.compile(r"\{([^{}]*)\}|([~≈])|([^{}|~≈]+)|(.)")


class Found(NamedTuple):
    """Where a phrase of a group stands; ``parts`` are the spans between its gaps, if it has any."""

    start: int
    end: int
    group: str
    parts: tuple[tuple[int, int], ...]


#: A row of choices; a plain piece has one.
_Choices = list[str]


class Phrases:
    """An index of phrases, each belonging to a named group.

    Args:
        phrases: pairs of (group, phrase), the phrases in the spelling of `plain_text`.

    Raises:
        ValueError: a phrase has braces that do not match, nothing before or after a gap, or is
            longer, or has more gaps or rows of choices, than can be searched fast.
    """

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        # Two characters select far better than one; only phrases of one have a key of one.
        index: defaultdict[str, list[_Word | _Pattern]] = defaultdict(list)
        for group, phrase in phrases:
            if _SIGN.search(phrase):
                pattern = _Pattern(group, phrase)
                for key in pattern.beginnings():
                    index[key].append(pattern)
            elif len(phrase) > LONGEST:
                raise ValueError(f"{phrase!r} is longer than {LONGEST} characters")
            elif phrase:
                index[phrase[:2]].append(_Word(group, phrase))
            else:
                raise ValueError("a phrase is empty")
        self._index = dict(index)

    def find(self, text: str) -> list[Found]:
        """List every phrase in a plain text, by where it begins; they may overlap."""
        index = self._index
        found: list[Found] = []
        for start, (character, following) in enumerate(pairwise(text + "\0")):
            for key in (character + following, character):
                for entry in index.get(key, ()):
                    match = entry.match(text, start)
                    if match is not None:
                        found.append(match)
        return found


class _Word:
    """A phrase without signs."""

    __slots__ = ("_is_plain", "group", "word")

    def __init__(self, group: str, word: str) -> None:
        self.group = group
        self.word = word
        self._is_plain = not _has_latin(word)

    def match(self, text: str, start: int) -> Found | None:
        if not text.startswith(self.word, start):
            return None
        end = start + len(self.word)
        if not self._is_plain and not _is_whole(text, start, end):
            return None
        return Found(start, end, self.group, ())


class _Pattern:
    """A phrase with signs: pieces between gaps, each a row of choices."""

    def __init__(self, group: str, phrase: str) -> None:
        self.group = group
        self._is_plain = not _has_latin(phrase)
        self._pieces: list[list[_Choices]] = [[]]
        self._gaps: list[int] = []
        filled = [False]
        for braces, gap, plain, stray in _TOKEN.findall(phrase):
            if stray:
                raise ValueError(f"{phrase!r} has braces that do not match")
            if gap:
                self._gaps.append(GAPS[gap])
                self._pieces.append([])
                filled.append(False)
            else:
                choices = [plain] if plain else braces.split("|")
                self._pieces[-1].append(choices)
                filled[-1] = filled[-1] or "" not in choices
        if not all(filled):
            raise ValueError(f"{phrase!r} has a piece that may be empty")
        rows = [choices for piece in self._pieces for choices in piece]
        longest = sum(max(map(len, choices)) for choices in rows) + sum(self._gaps)
        if longest > LONGEST:
            raise ValueError(f"{phrase!r} may be longer than {LONGEST} characters")
        if len(self._gaps) > MOST_GAPS:
            raise ValueError(f"{phrase!r} has more than {MOST_GAPS} gaps")
        if sum(len(choices) > 1 for choices in rows) > MOST_ROWS:
            raise ValueError(f"{phrase!r} has more than {MOST_ROWS} rows of choices")

    def beginnings(self) -> set[str]:
        """List what the phrase can begin with: two characters, or one before a gap."""
        unfinished = {""}
        keys: set[str] = set()
        for choices in self._pieces[0]:
            begun = {(key + choice)[:2] for key in unfinished for choice in choices}
            unfinished = {key for key in begun if len(key) < 2}
            keys |= begun - unfinished
            if not unfinished:
                return keys
        # A phrase that may end after one character is found by that alone.
        return {key for key in keys if key[0] not in unfinished} | unfinished

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        pieces = ["".join(map(_alternatives, piece)) for piece in self._pieces]
        expression = f"({pieces[0]})"
        for gap, piece in zip(self._gaps, pieces[1:], strict=True):
            # The nearest piece counts, and no clause may end before it.
            expression += f"[^{CLAUSE_ENDS}]{{0,{gap}}}?({piece})"
        return re.compile(expression)

    def match(self, text: str, start: int) -> Found | None:
        match = self._expression.match(text, start)
        if match is None:
            return None
        parts = match.regs[1:]
        if not self._is_plain and not all(_is_whole(text, *part) for part in parts):
            return None
        return Found(start, match.end(), self.group, parts if self._gaps else ())


def _alternatives(choices: _Choices) -> str:
    if len(choices) == 1:
        return re.escape(choices[0])
    # Of two choices that both fit, the longer one is meant.
    longest_first = sorted(choices, key=lambda choice: (-len(choice), choice))
    return f"(?:{'|'.join(map(re.escape, longest_first))})"


def _is_whole(text: str, start: int, end: int) -> bool:
    """Tell that a piece does not cut a Latin word or a number in two."""
    if start and _is_latin(text[start]) and _is_latin(text[start - 1]):
        return False
    return not (end < len(text) and _is_latin(text[end - 1]) and _is_latin(text[end]))


def _is_latin(character: str) -> bool:
    return character < "\x80" and character.isalnum()


def _has_latin(phrase: str) -> bool:
    return any(map(_is_latin, phrase))
