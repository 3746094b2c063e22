"""What an office teaches: a small model on top of the one that Linli brings along.

It is trained from the office's corrections and from the example sentences of its categories, so
that what it adds to the shipped model's numbers makes them right, and leaves the shipped sentences
as they were. Danger and complaints about a person are told without it.

No weight gives away one person's words: a piece counts for a reading or a category only where
sentences of several people, which were corrected to it, hold that piece.
"""

import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from domain.categories import KEPT, Categories
from domain.words.categorising import Sums, category_sums
from domain.words.corrections import Correction
from domain.words.learning import FITTED, Sentence
from domain.words.lexicon import Guess
from domain.words.model import Model, pack, unpack
from domain.words.ngrams import grams
from domain.words.plaintext import plain_text
from domain.words.trainer import Addition, train_on_top
from domain.words.understanding import READING, Knowledge

#: The readings that an office may teach.
TAUGHT = tuple(one for one in Guess if one not in (Guess.CONDUCT, Guess.EMERGENCY))
#: From so many example sentences on a category is learnt from them.
LEAST_EXAMPLES = 5
#: Of a category's examples so many must hold a piece.
_LEAST_OF_EXAMPLES = 2
#: No supplement is larger, in bytes.
MOST_BYTES = 1_000_000
#: One in so many of the shipped sentences is held back, always the same ones.
_HELD = 5
#: How much a correction and an example count beside a shipped sentence.
_WEIGHT_OF_CORRECTION = 2.0
_WEIGHT_OF_EXAMPLE = 3.0
#: What it made wrong of the shipped sentences counts for so much more when it is trained anew.
_ROUNDS = 3
_STRICTER = 8.0


def supplement_from(content: bytes) -> Model:
    """Read a supplement.

    Raises:
        ValueError: it is none, damaged, or of another version.
    """
    if len(content) > MOST_BYTES:
        raise ValueError("it is larger than any supplement")
    model = unpack(content)
    known = {READING: set(TAUGHT)}
    for head in model.heads:
        if head.name == READING:
            sound = set(head.classes) <= known[READING]
        else:
            sound = head.name in set(KEPT)
        if not sound:
            raise ValueError("it speaks of something that no office teaches")
    return model


@dataclass(frozen=True, slots=True)
class _Known:
    """A sentence with what the shipped model says of it."""

    counts: Counter[str]
    length: float
    readings: Mapping[str, float]
    sums: Sums


@dataclass(frozen=True, slots=True)
class _Lesson:
    """A sentence that teaches, and who taught it; nobody did where it is an example."""

    said: _Known
    reading: Guess
    category: str
    person: str | None

    def label(self, head: str, categories: Categories) -> str | None:
        """Give what it is for a head; None where it says nothing about that."""
        if head == READING:
            return self.reading.value
        known = categories.offered(self.category)
        return self.category if known is not None and known.kind.value == head else None


class Teacher:
    """Trains supplements for one office, and measures them."""

    def __init__(
        self, sentences: Sequence[Sentence], knowledge: Knowledge, least_persons: int
    ) -> None:
        """Split the shipped sentences into those that teach and those that measure.

        Args:
            knowledge: of the office; its supplement is the one in use.
            least_persons: in whose sentences a piece must stand to be learnt.
        """
        self.knowledge = replace(knowledge, supplement=None)
        self._least = least_persons
        categories = knowledge.categories
        offered = [
            one if one.category is None or categories.offered(one.category) else _bare(one)
            for one in sentences
        ]
        self.held = [one for one in offered if _is_held(one)]
        measures = {one.plain for one in self.held}
        # The same words may stand in several files.
        self._rest = [
            one for one in offered if one.reading is not None and one.plain not in measures
        ]

    @cached_property
    def _counted(self) -> Sequence[Counter[str]]:
        return [grams(one.plain) for one in self._rest]

    @cached_property
    def _found(self) -> Counter[str]:
        return Counter(gram for counts in self._counted for gram in counts)

    @cached_property
    def _replayed(self) -> dict[int, _Known]:
        """What the shipped model says of the shipped sentences, by their place, as needed."""
        return {}

    @cached_property
    def examples(self) -> Mapping[str, Sequence[str]]:
        """The example sentences of the categories that have enough of them, by code."""
        return {
            one.code: one.examples
            for one in self.knowledge.categories.listed
            if len(one.examples) >= LEAST_EXAMPLES
        }

    def teach(
        self, corrections: Iterable[Correction], without: frozenset[str] = frozenset()
    ) -> Model | None:
        """Train a supplement; None where there is nothing to learn.

        Args:
            without: example sentences that are held back.
        """
        lessons = [*self._of_corrections(corrections), *self._of_examples(without)]
        categories = self.knowledge.categories
        supported = {
            head: _supported(lessons, head, categories, self._least)
            for head in (READING, *(kind.value for kind in KEPT))
        }
        pieces = {
            gram
            for of_head in supported.values()
            for said in of_head.values()
            for gram in (*said.by_persons, *said.by_examples)
        }
        if not pieces:
            return None
        rarity = {gram: self._rarity(gram) for gram in pieces}
        plans = [
            plan
            for head, of_head in supported.items()
            if (plan := self._plan(head, lessons, of_head, rarity)) is not None
        ]
        if not plans:
            return None
        model = train_on_top([one.addition for one in plans], rarity)
        for _ in range(_ROUNDS):
            stricter = [_stricter(one, model) for one in plans]
            if stricter == plans:
                break
            plans, model = stricter, train_on_top([one.addition for one in stricter], rarity)
        return model

    def used(self, corrections: Sequence[Correction]) -> int:
        """Count the corrections of which something is learnt."""
        lessons = list(self._of_corrections(corrections))
        categories, used = self.knowledge.categories, set()
        for head in (READING, *(kind.value for kind in KEPT)):
            of_head = _supported(lessons, head, categories, self._least)
            for place, lesson in enumerate(lessons):
                label = lesson.label(head, categories)
                if label is not None and of_head[label].by_persons & lesson.said.counts.keys():
                    used.add(place)
        return len(used)

    # --- what teaches ------------------------------------------------------------------------

    def _known(self, plain: str, counts: Counter[str]) -> _Known:
        model, categories = self.knowledge.model, self.knowledge.categories
        scores = model.scores_of(counts)
        sums = category_sums(plain, categories, scores, {})
        return _Known(counts, model.length(counts), scores[READING], sums)

    def _of_corrections(self, corrections: Iterable[Correction]) -> Iterator[_Lesson]:
        for one in corrections:
            plain = plain_text(one.said)
            known = self._known(plain, grams(plain))
            if one.reading in TAUGHT:
                yield _Lesson(known, one.reading, one.category, one.person)

    def _of_examples(self, without: frozenset[str]) -> Iterator[_Lesson]:
        categories = self.knowledge.categories
        for code, said in self.examples.items():
            reading = Guess(categories.by_code[code].kind.value)
            for one in said:
                plain = plain_text(one)
                if plain not in without:
                    yield _Lesson(self._known(plain, grams(plain)), reading, code, None)

    def _rarity(self, gram: str) -> float:
        known = self.knowledge.model.pieces.get(gram)
        if known is not None:
            return known.rarity
        whole = len(self._rest)
        return round(16 * (1 + math.log((1 + whole) / (1 + self._found[gram])))) / 16

    def _plan(
        self,
        head: str,
        lessons: Sequence[_Lesson],
        supported: "Mapping[str, _Supported]",
        rarity: Mapping[str, float],
    ) -> "_Plan | None":
        categories = self.knowledge.categories
        classes = (
            tuple(guess.value for guess in TAUGHT)
            if head == READING
            else tuple(
                one.code for kind in KEPT if kind.value == head for one in categories.of_kind(kind)
            )
        )
        rows: list[Mapping[str, float]] = []
        wanted: list[str] = []
        known: list[list[float]] = []
        weights: list[float] = []

        def put(said: _Known, label: str, pieces: frozenset[str], weight: float) -> None:
            row = _row(said, pieces, rarity)
            if row:
                rows.append(row)
                wanted.append(label)
                known.append(_base(said, head, classes))
                weights.append(weight)

        for lesson in lessons:
            label = lesson.label(head, categories)
            if label not in classes:
                continue
            if lesson.person is None:
                put(lesson.said, label, supported[label].by_examples, _WEIGHT_OF_EXAMPLE)
            else:
                put(lesson.said, label, supported[label].by_persons, _WEIGHT_OF_CORRECTION)
        if not rows:
            return None
        own = len(rows)
        pieces = frozenset(
            gram for said in supported.values() for gram in said.by_persons | said.by_examples
        )
        for place, (one, counts) in enumerate(zip(self._rest, self._counted, strict=True)):
            label = _label_of(one, head)
            if label in classes and not pieces.isdisjoint(counts):
                if place not in self._replayed:
                    self._replayed[place] = self._known(one.plain, counts)
                put(self._replayed[place], label, pieces, 1.0)
        return _Plan(Addition(head, classes, rows, wanted, known, weights), own)


def _bare(one: Sentence) -> Sentence:
    """A sentence of a category that the office does not offer says nothing about categories."""
    return replace(one, category=None)


def _is_held(one: Sentence) -> bool:
    """Tell by a sentence alone whether it measures; of those that weigh nothing none does."""
    held = zlib.crc32(one.plain.encode()) % _HELD == 0
    return held and one.source != FITTED and one.reading is not None


@dataclass(frozen=True, slots=True)
class _Plan:
    """One head to train, and how many of its first rows the office taught."""

    addition: Addition
    own: int


def _stricter(plan: _Plan, supplement: Model) -> _Plan:
    """Let those shipped sentences count for more that were right before it and are not with it."""
    addition = plan.addition
    said = _of_head(supplement, addition.name)
    weights = list(addition.weights)
    for place in range(plan.own, len(addition.rows)):
        known = addition.known[place]
        at = addition.classes.index(addition.wanted[place])
        if known[at] < max(known):
            continue
        sums = list(known)
        for gram, value in addition.rows[place].items():
            for output, weight in said[gram]:
                sums[output] += value * weight
        if sums[at] < max(sums):
            weights[place] *= _STRICTER
    return replace(plan, addition=replace(addition, weights=weights))


def _of_head(supplement: Model, name: str) -> dict[str, list[tuple[int, float]]]:
    """Give what each piece says for the classes of a head, by their place in it."""
    (head,) = (one for one in supplement.heads if one.name == name)
    first = sum(len(one.classes) for one in supplement.heads[: supplement.heads.index(head)])
    return {
        gram: [
            (output - first, weight * head.scale)
            for output, weight in zip(piece.outputs, piece.weights, strict=True)
            if 0 <= output - first < len(head.classes)
        ]
        for gram, piece in supplement.pieces.items()
    }


def _label_of(one: Sentence, head: str) -> str | None:
    if head == READING:
        return one.reading.value if one.reading else None
    return one.category


@dataclass(frozen=True, slots=True)
class _Supported:
    """The pieces that may be learnt for one class."""

    by_persons: frozenset[str]
    by_examples: frozenset[str]


def _supported(
    lessons: Iterable[_Lesson], head: str, categories: Categories, least: int
) -> dict[str, _Supported]:
    """Find the pieces in which sentences of enough people, or enough examples, agree."""
    persons: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    examples: dict[str, Counter[str]] = defaultdict(Counter)
    for lesson in lessons:
        label = lesson.label(head, categories)
        if label is None:
            continue
        if lesson.person is None:
            examples[label].update(set(lesson.said.counts))
        else:
            for gram in lesson.said.counts:
                persons[label][gram].add(lesson.person)
    return {
        label: _Supported(
            frozenset(gram for gram, who in persons[label].items() if len(who) >= least),
            frozenset(
                gram for gram, times in examples[label].items() if times >= _LEAST_OF_EXAMPLES
            ),
        )
        for label in {*persons, *examples}
    }


def _row(said: _Known, pieces: frozenset[str], rarity: Mapping[str, float]) -> dict[str, float]:
    """Give what the pieces of a sentence are worth, as `Model.scores_of` weighs them."""
    values = {
        gram: rarity[gram] * (1.0 + math.log(times))
        for gram, times in said.counts.items()
        if gram in rarity
    }
    own = math.sqrt(sum(value * value for value in values.values()))
    length = max(own, said.length) or 1.0
    return {gram: value / length for gram, value in values.items() if gram in pieces}


def _base(said: _Known, head: str, classes: Sequence[str]) -> list[float]:
    if head == READING:
        return [said.readings[name] for name in classes]
    (of_kind,) = (sums for kind, sums in said.sums.items() if kind.value == head)
    return [of_kind[name] for name in classes]


def scaled(supplement: Model, of_readings: float, of_categories: float) -> Model:
    """Let a supplement say less of the readings, and of the categories."""
    heads = tuple(
        replace(head, scale=head.scale * (of_readings if head.name == READING else of_categories))
        for head in supplement.heads
    )
    return replace(supplement, heads=heads)


def packed(supplement: Model) -> bytes:
    """Write a supplement as bytes.

    Raises:
        ValueError: it would be larger than any may be.
    """
    content = pack(supplement)
    if len(content) > MOST_BYTES:
        raise ValueError(f"it would have {len(content)} bytes")
    return content
