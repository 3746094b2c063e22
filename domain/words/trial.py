"""Whether a new supplement is taken: only where it is worse nowhere than the one in use.

It is measured on sentences that it was not trained on. Of the shipped ones a part never teaches,
always the same. Of the office's corrections, of which there are few, five times the sentences of a
fifth of the people are held back, and measured by what was learnt of the others.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from domain.categories import Categories
from domain.words.corrections import Correction
from domain.words.learning import Count, Measured, Sentence, measure
from domain.words.model import Model
from domain.words.plaintext import plain_text
from domain.words.supplement import LEAST_EXAMPLES, Teacher, scaled
from domain.words.understanding import Knowledge, Understanding, understand

_FOLDS = 5
#: How much of what was learnt is tried, the most first: less of it is wrong less often.
_SHARES = (1.0, 0.7, 0.5, 0.35, 0.25, 0.0)


@dataclass(frozen=True, slots=True)
class Figures:
    """How well sentences are understood, in counts."""

    readings: Count = (0, 0)
    wrong_though_sure: Count = (0, 0)
    category_first: Count = (0, 0)
    category_in_three: Count = (0, 0)

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            _sum(self.readings, other.readings),
            _sum(self.wrong_though_sure, other.wrong_though_sure),
            _sum(self.category_first, other.category_first),
            _sum(self.category_in_three, other.category_in_three),
        )

    def reads_no_worse(self, than: "Figures") -> bool:
        """Tell whether as many readings are right, and no more of the sure ones are wrong."""
        right = self.readings[0] >= than.readings[0]
        return right and self.wrong_though_sure[0] <= than.wrong_though_sure[0]

    def sorts_no_worse(self, than: "Figures") -> bool:
        """Tell whether as many categories are right."""
        first = self.category_first[0] >= than.category_first[0]
        return first and self.category_in_three[0] >= than.category_in_three[0]

    def is_no_worse(self, than: "Figures") -> bool:
        """Tell whether nothing of it is worse."""
        return self.reads_no_worse(than) and self.sorts_no_worse(than)


def _sum(one: Count, other: Count) -> Count:
    return one[0] + other[0], one[1] + other[1]


def _figures(found: Measured) -> Figures:
    return Figures(
        found.readings, found.wrong_though_sure, found.category_first, found.category_in_three
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """What was learnt, and how it compares with what is in use."""

    supplement: Model | None
    """What may be taken into use; None where there is nothing to learn, or nothing is no worse."""
    corrections: int
    persons: int
    used: int
    """Of how many corrections something is learnt."""
    unseen: int
    """How many of them the one in use has not seen: these alone are measured."""
    shipped: tuple[Figures, Figures] = (Figures(), Figures())
    """On shipped sentences that never teach: with what is in use, and with the new one."""
    own: tuple[Figures, Figures] = (Figures(), Figures())
    """On the office's corrections, each judged without its writer's sentences."""
    examples: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    """By category: how many of its examples are told by the others, among the first three; of how
    many; and how many before."""
    few_examples: Mapping[str, int] = field(default_factory=dict)
    """Categories with fewer examples than are learnt from, and how many they have."""

    @property
    def is_empty(self) -> bool:
        """Tell that nothing is there to learn from."""
        return not self.used and not self.examples


def attempt(
    teacher: Teacher,
    corrections: Sequence[Correction],
    used_now: Model | None = None,
    unseen: Sequence[Correction] | None = None,
) -> Trial:
    """Train a supplement, measure it beside the one in use, and tell what may be taken.

    Args:
        used_now: the supplement in use.
        unseen: the corrections on which that one was not trained; all of them if none is given.
    """
    fresh = corrections if unseen is None else unseen
    listed = teacher.knowledge.categories.listed
    trial = Trial(
        supplement=None,
        corrections=len(corrections),
        persons=len({one.person for one in corrections}),
        used=teacher.used(corrections),
        unseen=len(fresh),
        few_examples={
            one.code: len(one.examples) for one in listed if 0 < len(one.examples) < LEAST_EXAMPLES
        },
    )
    learnt = teacher.teach(corrections)
    if learnt is None:
        return trial
    folds = list(_folds(teacher, corrections, fresh)) if fresh else []
    now_shipped = _shipped(teacher, used_now)
    now_own = _own(teacher, [(used_now, fresh)])
    shares = _shares(teacher, learnt, folds, now_shipped, now_own)
    taken = scaled(learnt, *(shares or (1.0, 1.0)))
    return replace(
        trial,
        supplement=taken if shares else None,
        shipped=(now_shipped, _shipped(teacher, taken)),
        own=(now_own, _own(teacher, _scaled(folds, *(shares or (1.0, 1.0))))),
        examples=dict(_of_examples(teacher, used_now)),
    )


_Folds = Sequence[tuple[Model | None, Sequence[Correction]]]


def _shares(
    teacher: Teacher, learnt: Model, folds: _Folds, shipped: Figures, own: Figures
) -> tuple[float, float] | None:
    """Find how much may be taken of readings and of categories; None where nothing is no worse."""
    for of_readings in _SHARES:
        one = _shipped(teacher, scaled(learnt, of_readings, 1.0))
        theirs = _own(teacher, _scaled(folds, of_readings, 1.0))
        if one.reads_no_worse(shipped) and theirs.reads_no_worse(own):
            break
    else:
        return None
    for of_categories in _SHARES:
        one = _shipped(teacher, scaled(learnt, of_readings, of_categories))
        theirs = _own(teacher, _scaled(folds, of_readings, of_categories))
        if one.is_no_worse(shipped) and theirs.is_no_worse(own):
            return (of_readings, of_categories) if of_readings or of_categories else None
    return None


def _scaled(folds: _Folds, of_readings: float, of_categories: float) -> _Folds:
    return [
        (None if model is None else scaled(model, of_readings, of_categories), held)
        for model, held in folds
    ]


def _shipped(teacher: Teacher, supplement: Model | None) -> Figures:
    """Measure on shipped sentences; those say nothing of the office's own categories."""
    knowledge = replace(teacher.knowledge, supplement=supplement)
    known = {name for head in knowledge.model.heads for name in head.classes}
    listed = tuple(one for one in knowledge.categories.listed if one.code in known)
    knowledge = replace(knowledge, categories=Categories(listed))
    return _figures(measure(teacher.held, partial(_read, knowledge), knowledge.categories))


def _read(knowledge: Knowledge, said: str) -> Understanding:
    return understand(said, knowledge)


def _folds(
    teacher: Teacher, corrections: Sequence[Correction], judged: Sequence[Correction]
) -> Iterator[tuple[Model | None, Sequence[Correction]]]:
    """Train without a fifth of the people, and give that with what they said."""
    for fold in range(_FOLDS):
        held = [one for one in judged if _fold_of(one.person) == fold]
        if held:
            rest = [one for one in corrections if _fold_of(one.person) != fold]
            yield teacher.teach(rest), held


def _fold_of(name: str) -> int:
    return zlib.crc32(name.encode()) % _FOLDS


def _own(teacher: Teacher, folds: _Folds) -> Figures:
    found = Figures()
    for model, held in folds:
        knowledge = replace(teacher.knowledge, supplement=model)
        categories = knowledge.categories
        sentences = [
            Sentence(
                one.said,
                one.reading,
                category=one.category if categories.offered(one.category) else None,
            )
            for one in held
        ]
        found += _figures(measure(sentences, partial(_read, knowledge), categories))
    return found


def _of_examples(
    teacher: Teacher, used_now: Model | None
) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """Tell of each category with examples how many of them are told without being trained on."""
    found: dict[str, list[int]] = {}
    for fold in range(_FOLDS):
        held = {
            code: [one for one in said if _fold_of(plain_text(one)) == fold]
            for code, said in teacher.examples.items()
        }
        without = frozenset(plain_text(one) for said in held.values() for one in said)
        if not without:
            continue
        model = teacher.teach((), without)
        for code, said in held.items():
            counts = found.setdefault(code, [0, 0, 0])
            counts[0] += _among_three(teacher, said, code, model)
            counts[1] += len(said)
            counts[2] += _among_three(teacher, said, code, used_now)
    for code, (now, whole, before) in found.items():
        yield code, (now, whole, before)


def _among_three(teacher: Teacher, said: Iterable[str], code: str, model: Model | None) -> int:
    knowledge = replace(teacher.knowledge, supplement=model)
    kind = knowledge.categories.by_code[code].kind
    return sum(code in understand(one, knowledge).likely[kind] for one in said)
