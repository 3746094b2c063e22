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
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import compress, product
from operator import add, itemgetter
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


class Shape(NamedTuple):
    """How a phrase of a group stands, seen from where it begins."""

    group: str
    length: int
    parts: tuple[tuple[int, int], ...]


#: What begins in a text: the first place, the order in the index, and all places, rising.
Begun = list[tuple[int, int, Shape, list[int]]]

#: Phrases up to this length are looked for apart from longer ones: few characters are the same
#: again far more often than many.
_SHORT = 5
#: What has a key of one character comes behind everything else that begins there.
_BEHIND = 1_000_000

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
        short: defaultdict[str, _Entry] = defaultdict(_Entry)
        long: defaultdict[str, _Entry] = defaultdict(_Entry)
        for order, (group, phrase) in enumerate(phrases):
            if _SIGN.search(phrase):
                pattern = _Pattern(group, phrase)
                index = short if pattern.longest <= _SHORT else long
                for key in pattern.beginnings():
                    index[key].add_pattern(_order(order, key), pattern)
            elif len(phrase) > LONGEST:
                raise ValueError(f"{phrase!r} is longer than {LONGEST} characters")
            elif phrase:
                index = short if len(phrase) <= _SHORT else long
                index[phrase[:2]].add_word(_order(order, phrase[:2]), group, phrase)
            else:
                raise ValueError("a phrase is empty")
        self._indexes = (dict(short), dict(long))

    def find(self, text: str) -> list[Found]:
        """List every phrase in a plain text, by where it begins, then by its order; they may
        overlap."""
        found = [
            (start, order, shape)
            for _, order, shape, starts in self._begun(text)
            for start in starts
        ]
        found.sort(key=itemgetter(0, 1))
        return [
            Found(
                start,
                start + length,
                group,
                tuple((start + first, start + last) for first, last in parts),
            )
            for start, _, (group, length, parts) in found
        ]

    def shapes(self, text: str, known: dict[str, Begun]) -> dict[Shape, list[int]]:
        """Give where phrases begin in a plain text, by their shape, the first one first.

        Args:
            known: what begins in lines that were read before: no phrase reaches across two of
                them. The lines of this text are added.
        """
        found: defaultdict[Shape, list[int]] = defaultdict(list)
        passed = 0
        for line in text.split("\n"):
            if line not in known:
                known[line] = self._begun(line)
            for _, _, shape, starts in known[line]:
                found[shape] += [passed + start for start in starts] if passed else starts
            passed += len(line) + 1
        return found

    def groups(self, text: str) -> set[str]:
        """Give the groups of which a phrase stands in a plain text."""
        return {shape.group for _, _, shape, _ in self._begun(text)}

    def _begun(self, text: str) -> Begun:
        """List what begins in a text and where, the first one first.

        What begins at a place depends on a few characters: where the same follow, they are looked
        at once.
        """
        found: Begun = []
        pairs = list(map(add, text, text[1:]))
        for keys, index in product((pairs, text), self._indexes):
            windows: defaultdict[str, list[int]] = defaultdict(list)
            # Most places begin nothing: the next line alone looks at each of them.
            for start, key in compress(enumerate(keys), map(index.__contains__, keys)):
                if key < "\x80" and _cuts(text, start):
                    continue  # amid a word or a number, where nothing begins
                windows[text[start : start + index[key].reach]].append(start)
            for window, starts in windows.items():
                first = starts[0]
                for order, shape in index[keys[first]].begins(window):
                    found.append((first, order, shape, starts))
        found.sort(key=itemgetter(0, 1))
        return found


def _order(order: int, key: str) -> int:
    return order if len(key) > 1 else order + _BEHIND


class _Entry:
    """The phrases that begin alike."""

    __slots__ = ("patterns", "reach", "words")

    def __init__(self) -> None:
        self.reach = 0
        """So many characters say which of them begins: the longest, and the character behind."""
        self.words: dict[int, dict[str, list[tuple[int, Shape]]]] = {}
        """Those without signs, by their length."""
        self.patterns: list[tuple[int, _Pattern]] = []

    def add_word(self, order: int, group: str, word: str) -> None:
        self.reach = max(self.reach, len(word) + 1)
        listed = self.words.setdefault(len(word), {}).setdefault(word, [])
        listed.append((order, Shape(group, len(word), ())))

    def add_pattern(self, order: int, pattern: "_Pattern") -> None:
        self.reach = max(self.reach, pattern.longest + 1)
        self.patterns.append((order, pattern))

    def begins(self, text: str) -> list[tuple[int, Shape]]:
        """List those that a text begins with, each with its order."""
        found: list[tuple[int, Shape]] = []
        for length, words in self.words.items():
            shapes = words.get(text[:length])
            if shapes is not None and not (text[length - 1] < "\x80" and _cuts(text, length)):
                found += shapes
        for order, pattern in self.patterns:
            shape = pattern.shape(text)
            if shape is not None:
                found.append((order, shape))
        return found


class _Pattern:
    """A phrase with signs: pieces between gaps, each a row of choices."""

    def __init__(self, group: str, phrase: str) -> None:
        self._group = group
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
        self.longest = sum(max(map(len, choices)) for choices in rows) + sum(self._gaps)
        if self.longest > LONGEST:
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

    def shape(self, text: str) -> Shape | None:
        """Give how the phrase stands where a text begins with it."""
        match = self._match(text)
        if match is None:
            return None
        if self._is_plain and not self._gaps:
            return Shape(self._group, match.end(), ())
        parts = match.regs[1:]
        if not self._is_plain and not all(_is_whole(text, *part) for part in parts):
            return None
        return Shape(self._group, match.end(), parts if self._gaps else ())

    @cached_property
    def _match(self) -> Callable[[str], re.Match[str] | None]:
        pieces = ["".join(map(_alternatives, piece)) for piece in self._pieces]
        expression = f"({pieces[0]})"
        for gap, piece in zip(self._gaps, pieces[1:], strict=True):
            # The nearest piece counts, and no clause may end before it.
            expression += f"[^{CLAUSE_ENDS}]{{0,{gap}}}?({piece})"
        return re.compile(expression).match


def _alternatives(choices: _Choices) -> str:
    if len(choices) == 1:
        return re.escape(choices[0])
    # Of two choices that both fit, the longer one is meant.
    longest_first = sorted(choices, key=lambda choice: (-len(choice), choice))
    return f"(?:{'|'.join(map(re.escape, longest_first))})"


def _is_whole(text: str, start: int, end: int) -> bool:
    """Tell that a piece does not cut a Latin word or a number in two."""
    return not (_cuts(text, start) or _cuts(text, end))


def _cuts(text: str, place: int) -> bool:
    """Tell that a place lies amid a Latin word or a number."""
    return 0 < place < len(text) and _is_latin(text[place - 1]) and _is_latin(text[place])


def _is_latin(character: str) -> bool:
    return character < "\x80" and character.isalnum()


def _has_latin(phrase: str) -> bool:
    return any(map(_is_latin, phrase))
