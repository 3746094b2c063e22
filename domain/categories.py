"""The categories of matters: what they are called, who works on them, how pressing they are."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from domain.organisation import Stream
from domain.words.phrases import Phrases
from domain.words.plaintext import plain_text

#: From this score on, a matter counts as important or as urgent; scores run from 1 to 3.
HIGH_SCORE = 2
#: The score at which urgent means calendar hours, the duty roster and an acknowledgement.
EMERGENCY = 3
#: A code travels in a button's action, which has 64 bytes, and in file names.
CODE_PATTERN = re.compile(r"[a-z][a-z0-9_]{1,23}")
#: A keyword of one character would be found in nearly every sentence.
SHORTEST_KEYWORD = 2


#: An example is a sentence; a longer one is a story.
SHORTEST_EXAMPLE, LONGEST_EXAMPLE = 3, 100
#: More examples of one category say nothing new.
MOST_EXAMPLES = 60


class Kind(StrEnum):
    """What a matter is; conduct complaints are not among them: they never enter this ladder."""

    OPINION = "opinion"
    SERVICE = "service"
    DISPUTE = "dispute"
    ENQUIRY = "enquiry"
    """咨询: a question that the window answers; see `ENQUIRIES`."""


#: The kinds of which an office keeps the categories.
KEPT = (Kind.OPINION, Kind.SERVICE, Kind.DISPUTE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Category:
    """One sort of matter; a street may rename, add and remove all but the three others."""

    code: str
    kind: Kind
    name_zh: str
    name_en: str
    stream: Stream
    """Who works on it first; other streams may be asked to help."""
    importance: int
    """1 (light, 轻) to 3 (weighty, 重); a person may override it per case, with a reason."""
    urgency: int
    """1 (can wait, 缓) to 3 (pressing, 急); at 3 calendar hours count."""
    public_space: bool = False
    """An open case may be shown to neighbours as a nearby one; never a dispute."""
    needs_confirmation: bool = False
    """A repair: it closes when the resident confirms, or after a time-out (requirement S-12)."""
    keywords: tuple[str, ...] = ()
    """What residents write, with the signs of `domain.words.phrases`; unique within the kind."""
    examples: tuple[str, ...] = ()
    """Sentences that the office invented to show what belongs here; they are learnt from."""
    emoji: str = ""

    def name(self, language: str) -> str:
        """Give the name in a language: English for ``en``, Chinese for every other code."""
        return self.name_en if language.startswith("en") else self.name_zh


#: What a question is filed as. It is the house's own, and stands in no office's list: a question
#: never has the urgency of what it is about.
ENQUIRIES = Category(
    code="enquiry_other",
    kind=Kind.ENQUIRY,
    name_zh="咨询",
    name_en="Enquiry",
    stream=Stream.RESIDENTS,
    importance=1,
    urgency=1,
    emoji="❓",
)


def other_code(kind: Kind) -> str:
    """Name the category that takes what fits no other one of its kind."""
    return f"{kind.value}_other"


@dataclass(frozen=True)
class Categories:
    """All categories of a street, in the order in which they are offered."""

    listed: tuple[Category, ...]
    """Those that the office keeps; enquiries are not among them."""
    retired: tuple[Category, ...] = ()
    """Those that are offered no more: the cases that have them keep their names."""

    @cached_property
    def by_code(self) -> Mapping[str, Category]:
        """The categories by code."""
        return {category.code: category for category in (*self.listed, ENQUIRIES)}

    @cached_property
    def keywords(self) -> Phrases:
        """The keywords in the spelling of `plain_text`, each in the group of its code."""
        return Phrases(
            (category.code, plain_text(word))
            for category in self.listed
            for word in category.keywords
        )

    @cached_property
    def _by_kind(self) -> Mapping[Kind, tuple[Category, ...]]:
        return {
            kind: tuple(one for one in (*self.listed, ENQUIRIES) if one.kind is kind)
            for kind in Kind
        }

    def of_kind(self, kind: Kind) -> tuple[Category, ...]:
        """List a kind's categories in their order; the other one stands last."""
        return self._by_kind[kind]

    def other(self, kind: Kind) -> Category:
        """Give the category that takes what fits no other one of the kind."""
        return self.by_code[other_code(kind)]

    @cached_property
    def _retired_by_code(self) -> Mapping[str, Category]:
        return {category.code: category for category in self.retired}

    def find(self, code: str) -> Category | None:
        """Find a category by which a case was filed, though it may be offered no more."""
        return self.by_code.get(code) or self._retired_by_code.get(code)

    def offered(self, code: str) -> Category | None:
        """Find a category under which something new may be filed."""
        return self.by_code.get(code)

    def after(self, before: "Categories") -> "Categories":
        """Keep the names of what another catalogue has or had and this one does not offer."""
        names = {one.code: one for one in (*before.retired, *before.listed, *self.retired)}
        return Categories(
            self.listed,
            tuple(one for code, one in sorted(names.items()) if code not in self.by_code),
        )


def categories_from(mapping: Mapping[str, Any]) -> Categories:
    """Build a catalogue from the tables ``[[opinion]]``, ``[[service]]`` and ``[[dispute]]``.

    Args:
        mapping: as a TOML file gives it; each table holds the fields of `Category` but ``kind``.

    Raises:
        ValueError: with every problem of the mapping, one a line, each beginning with its place.
    """
    found: list[str] = [
        f"{key}: unknown table; there are {', '.join(KEPT)}" for key in mapping if key not in _KINDS
    ]
    categories: list[Category] = []
    for kind in KEPT:
        tables = mapping.get(kind.value, ())
        if not isinstance(tables, Sequence) or isinstance(tables, str):
            found.append(f"{kind.value}: a list of tables is needed")
            continue
        for position, table in enumerate(tables, start=1):
            place = f"{kind.value} {position}"
            category = _category_from(kind, table, place, found)
            if category is not None:
                categories.append(category)
    found += problems(categories)
    if found:
        raise ValueError("\n".join(found))
    return Categories(tuple(categories))


def problems(categories: Iterable[Category]) -> list[str]:
    """List everything that keeps categories from being a catalogue, one sentence each."""
    given = list(categories)
    found = [problem for category in given for problem in _problems_of(category)]
    found += _repeated_codes([*given, ENQUIRIES])
    for kind in KEPT:
        of_kind = [category for category in given if category.kind is kind]
        found += _shared_keywords(of_kind)
        found += _shared_examples(of_kind)
        if not of_kind or of_kind[-1].code != other_code(kind):
            found.append(f"{kind.value}: the last category must be {other_code(kind)}")
    return found


_KINDS = frozenset(kind.value for kind in KEPT)
_REQUIRED = ("code", "name_zh", "name_en", "stream", "importance", "urgency")


def _category_from(kind: Kind, table: object, place: str, found: list[str]) -> Category | None:
    """Read one table; what is wrong with it is added to ``found``, and None is returned."""
    if not isinstance(table, Mapping):
        found.append(f"{place}: a table is needed")
        return None
    place = f"{place} ({table['code']})" if "code" in table else place
    wrong = [f"{place}: {key} is missing" for key in _REQUIRED if key not in table]
    for key, value in table.items():
        sound = _SOUND.get(key)
        if sound is None:
            wrong.append(f"{place}: {key} is not a field of a category")
        elif not sound(value):
            wrong.append(f"{place}: {key} cannot be {value!r}")
    found += wrong
    if wrong:
        return None
    given = dict(table)
    given["stream"] = Stream(given["stream"])
    given["keywords"] = tuple(given.get("keywords", ()))
    given["examples"] = tuple(given.get("examples", ()))
    return Category(kind=kind, **given)


def _is_filled(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_string(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_degree(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 3


def _is_stream(value: object) -> bool:
    return isinstance(value, str) and value in set(Stream)


def _are_words(value: object) -> bool:
    return isinstance(value, list | tuple) and all(_is_filled(word) for word in value)


_SOUND: Mapping[str, Callable[[object], bool]] = {
    "code": _is_filled,
    "name_zh": _is_filled,
    "name_en": _is_filled,
    "stream": _is_stream,
    "importance": _is_degree,
    "urgency": _is_degree,
    "public_space": _is_flag,
    "needs_confirmation": _is_flag,
    "keywords": _are_words,
    "examples": _are_words,
    "emoji": _is_string,
}


def _problems_of(category: Category) -> list[str]:
    place = f"{category.kind.value} {category.code}"
    found = []
    if not CODE_PATTERN.fullmatch(category.code):
        found.append(f"{place}: a code is 2 to 24 of a-z, 0-9 and _, beginning with a letter")
    if category.public_space and category.kind is Kind.DISPUTE:
        # Disputes are confidential from the start.
        found.append(f"{place}: a dispute is never shown to neighbours")
    if category.needs_confirmation and category.kind is not Kind.SERVICE:
        found.append(f"{place}: only a service is closed by confirmation")
    found += [
        f"{place}: the keyword {word!r} is shorter than {SHORTEST_KEYWORD} characters"
        for word in category.keywords
        if len(word.strip()) < SHORTEST_KEYWORD
    ]
    found += [
        f"{place}: the example {said!r} must have {SHORTEST_EXAMPLE} to {LONGEST_EXAMPLE} signs"
        for said in category.examples
        if not SHORTEST_EXAMPLE <= len(said.strip()) <= LONGEST_EXAMPLE
    ]
    if len(category.examples) > MOST_EXAMPLES:
        found.append(f"{place}: {MOST_EXAMPLES} examples are enough")
    for word in category.keywords:
        try:
            Phrases([(category.code, plain_text(word))])
        except ValueError as error:
            found.append(f"{place}: the keyword {error}")
    return found


def _repeated_codes(categories: Iterable[Category]) -> list[str]:
    seen: set[str] = set()
    found = []
    for category in categories:
        if category.code in seen:
            found.append(f"{category.kind.value} {category.code}: the code is used twice")
        seen.add(category.code)
    return found


def _shared_examples(categories: Iterable[Category]) -> list[str]:
    owner: dict[str, str] = {}
    found = []
    for category in categories:
        for said in category.examples:
            first = owner.setdefault(plain_text(said), category.code)
            if first != category.code:
                place = f"{category.kind.value} {category.code}"
                found.append(f"{place}: the example {said!r} belongs to {first} already")
    return found


def _shared_keywords(categories: Iterable[Category]) -> list[str]:
    owner: dict[str, str] = {}
    found = []
    for category in categories:
        for word in category.keywords:
            first = owner.setdefault(word.casefold(), category.code)
            if first != category.code:
                place = f"{category.kind.value} {category.code}"
                found.append(f"{place}: the keyword {word!r} belongs to {first} already")
    return found
