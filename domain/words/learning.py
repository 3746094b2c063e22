"""From labelled sentences to a model that may be used: training, weighing, looking at the result.

The weights between rules and model, and the numbers from which something counts, are found on
sentences that the model in question was not trained on: five times a fifth is held back.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.categories import KEPT, Categories
from domain.words.lexicon import Danger, Guess, Lexicon
from domain.words.model import Model
from domain.words.plaintext import plain_text
from domain.words.trainer import Task, train
from domain.words.understanding import (
    ByRule,
    Understanding,
    danger_lead,
    reading_shares,
    rules_of,
)

#: Sentences that rules or sentences were once fitted to: they train, and weigh nothing.
FITTED = "fitted"
_FOLDS = 5
#: Where the line is drawn between calm and alarm: so many of the ordinary sentences, which were
#: chosen because they sound like danger, may cross it.
_FALSE_ALARMS = 0.035
#: Of the sentences that tell of danger so many lie above the band in which nothing is decided.
_SEEN = 0.9875
#: Of the readings that are sure so many may be wrong.
_WRONG_THOUGH_SURE = 0.08
#: Of what is no complaint so many may be asked whether it is one.
_FALSE_COMPLAINTS = 0.025
_CALM, _DANGER = "calm", "danger"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A labelled sentence."""

    said: str
    reading: Guess | None = None
    also: tuple[Guess, ...] = ()
    """Other readings that are right too."""
    category: str | None = None
    dangers: tuple[Danger, ...] = ()
    is_danger: bool = False
    place: str | None = None
    source: str = ""

    @property
    def plain(self) -> str:
        """The text in the spelling of `plain_text`."""
        return plain_text(self.said)


def sentences_from(mapping: Mapping[str, Any], source: str) -> list[Sentence]:
    """Read labelled sentences from a file's tables; the README beside them explains the keys.

    Raises:
        ValueError: with every problem, one a line.
    """
    found: list[Sentence] = []
    wrong: list[str] = []
    for place, table in enumerate(mapping.get("sentences", ()), start=1):
        try:
            if not isinstance(table, Mapping) or not isinstance(table["said"], str):
                raise TypeError("a table with `said` and `reading` is needed")
            dangers = tuple(Danger(one) for one in table.get("danger", ()))
            found.append(
                Sentence(
                    said=table["said"],
                    reading=Guess(table["reading"]),
                    also=tuple(Guess(one) for one in table.get("also", ())),
                    category=table.get("category"),
                    dangers=dangers,
                    is_danger=bool(dangers),
                    place=table.get("place"),
                    source=source,
                )
            )
        except (KeyError, ValueError, TypeError) as error:
            wrong.append(f"{source}: sentence {place}: {error}")
    for said in mapping.get("danger", ()):
        found.append(Sentence(said, Guess.EMERGENCY, is_danger=True, source=source))
    found += [Sentence(said, source=source) for said in mapping.get("ordinary", ())]
    if wrong:
        raise ValueError("\n".join(wrong))
    return found


def learn(
    sentences: Sequence[Sentence], lexicon: Lexicon, categories: Categories, *, folds: int = _FOLDS
) -> Model:
    """Train a model and find its limits.

    Args:
        folds: into how many parts they are split to find the limits.

    Raises:
        ValueError: a sentence names a category that there is not, or there are too few of them to
            weigh danger and calm, or the readings.
    """
    wrong = {
        f"{one.source}: there is no category {one.category!r}"
        for one in sentences
        if one.category is not None and one.category not in categories.by_code
    }
    if wrong:
        raise ValueError("\n".join(sorted(wrong)))
    # In an order that mixes the files and depends on the sentences alone.
    mixed = sorted(sentences, key=lambda one: (zlib.crc32(one.plain.encode()), one.plain))
    unique = list({one.plain: one for one in mixed}.values())
    judged = [one for one in unique if one.source != FITTED]
    if sum(one.is_danger for one in judged) < folds or not _are_mixed(judged):
        raise ValueError("there are too few sentences to learn from, or none of danger")
    limits = _limits(list(_held_back(unique, categories, folds)), lexicon)
    return replace(_train(unique, categories), limits=limits)


def _are_mixed(sentences: Sequence[Sentence]) -> bool:
    """Tell that there are ordinary sentences too, and several readings that are no complaint."""
    named = {one.reading for one in sentences} - {None, Guess.EMERGENCY, Guess.CONDUCT}
    return len(named) > 1 and not all(one.is_danger for one in sentences)


def _train(sentences: Sequence[Sentence], categories: Categories) -> Model:
    return train([one.plain for one in sentences], list(_tasks(sentences, categories)))


def _tasks(sentences: Sequence[Sentence], categories: Categories) -> Iterator[Task]:
    readings = tuple(guess.value for guess in Guess)
    yield Task("reading", readings, [one.reading and one.reading.value for one in sentences])
    yield Task(
        "danger", (_CALM, _DANGER), [_DANGER if one.is_danger else _CALM for one in sentences]
    )
    yield Task(
        "kind",
        tuple(danger.value for danger in Danger),
        [one.dangers[0].value if one.dangers else None for one in sentences],
    )
    for kind in KEPT:
        codes = tuple(category.code for category in categories.of_kind(kind))
        wanted = [one.category if one.category in codes else None for one in sentences]
        yield Task(kind.value, codes, wanted)


Scores = Mapping[str, Mapping[str, float]]


def _held_back(
    sentences: Sequence[Sentence], categories: Categories, folds: int
) -> Iterator[tuple[Sentence, Scores]]:
    """Give each sentence with what a model says of it that was not trained on it."""
    judged = [one for one in sentences if one.source != FITTED]
    for fold in range(folds):
        held = judged[fold::folds]
        names = {one.plain for one in held}
        rest = [one for one in sentences if one.plain not in names]
        needed = [one for one in _tasks(rest, categories) if one.name in ("reading", "danger")]
        model = train([one.plain for one in rest], needed, most_pieces=len(rest) * 100)
        for one in held:
            yield one, model.scores(one.plain)


# --- the limits ----------------------------------------------------------------------------------


def _limits(judged: Sequence[tuple[Sentence, Scores]], lexicon: Lexicon) -> dict[str, float]:
    """Fit the weights between rules and model, and find from which numbers on something counts."""
    rules = [rules_of(one.plain, lexicon) for one, _ in judged]
    rows = [
        (
            scores["danger"][_DANGER] - scores["danger"][_CALM],
            danger_lead(scores["reading"]),
            1.0 if rule.dangers else 0.0,
        )
        for (_, scores), rule in zip(judged, rules, strict=True)
    ]
    is_danger = [one.is_danger for one, _ in judged]
    base, logit, lead, rule_weight = _logistic(rows, is_danger)
    sums = [base + logit * row[0] + lead * row[1] + rule_weight * row[2] for row in rows]
    calm = sorted(total for total, danger in zip(sums, is_danger, strict=True) if not danger)
    told = sorted(total for total, danger in zip(sums, is_danger, strict=True) if danger)
    alarm = calm[min(int(len(calm) * (1 - _FALSE_ALARMS)), len(calm) - 1)]
    band = min(told[int(len(told) * (1 - _SEEN))], alarm)
    return {
        "danger_base": round(base, 4),
        "danger_logit": round(logit, 4),
        "danger_lead": round(lead, 4),
        "danger_rule": round(rule_weight, 4),
        "alarm": round(alarm, 4),
        "band": round(band, 4),
        **_reading_limits(judged, rules),
    }


def _reading_limits(
    judged: Sequence[tuple[Sentence, Scores]], rules: Sequence[ByRule]
) -> dict[str, float]:
    """Find how much the rules add to a reading, and from which share on it is sure."""
    best_weight, best_right = 0.0, -1
    for weight in (0.0, 0.1, 0.2, 0.3, 0.4):
        right = 0
        for (one, scores), rule in zip(judged, rules, strict=True):
            if one.reading in (None, Guess.EMERGENCY):
                continue
            shares = reading_shares(scores["reading"], rule.readings, weight)
            best = max(shares, key=lambda guess: shares[guess])
            right += best is one.reading or best in one.also
        if right > best_right:
            best_weight, best_right = weight, right
    sure: list[tuple[float, bool]] = []
    for (one, scores), rule in zip(judged, rules, strict=True):
        if one.reading in (None, Guess.EMERGENCY):
            continue
        shares = reading_shares(scores["reading"], rule.readings, best_weight)
        best = max(shares, key=lambda guess: shares[guess])
        sure.append((shares[best], best is one.reading or best in one.also))
    return {
        "rules": best_weight,
        "sure": round(_least_share(sure), 4),
        "offered": 0.06,
        "conduct": round(_conduct_limit(judged, rules, best_weight), 4),
        "category": 0.5,
    }


def _conduct_limit(
    judged: Sequence[tuple[Sentence, Scores]], rules: Sequence[ByRule], weight: float
) -> float:
    """Find how far a complaint about conduct may stand behind the best reading and go first."""
    ratios = []
    for (one, scores), rule in zip(judged, rules, strict=True):
        if one.reading is None or Guess.CONDUCT in (one.reading, *one.also):
            continue
        shares = reading_shares(scores["reading"], rule.readings, weight)
        others = max(share for guess, share in shares.items() if guess is not Guess.CONDUCT)
        ratios.append(shares[Guess.CONDUCT] / others)
    ratios.sort()
    return max(ratios[int(len(ratios) * (1 - _FALSE_COMPLAINTS))], 0.1)


def _least_share(judged: Iterable[tuple[float, bool]]) -> float:
    """Find the share from which on few enough readings are wrong."""
    wrong = 0
    least = 1.0
    for count, (share, is_right) in enumerate(sorted(judged, reverse=True), start=1):
        wrong += not is_right
        if wrong <= _WRONG_THOUGH_SURE * count:
            least = share
    return least


def _logistic(
    rows: Sequence[tuple[float, ...]], wanted: Sequence[bool]
) -> tuple[float, float, float, float]:
    """Fit a logistic regression of a few numbers by Newton's method."""
    import numpy as np

    features = np.column_stack([np.ones(len(rows)), np.array(rows)])
    target = np.array(wanted, dtype=float)
    weights = np.zeros(features.shape[1])
    for _ in range(30):
        share = 1 / (1 + np.exp(-features @ weights))
        slope = features.T @ (target - share) - 0.01 * weights
        bend = (features * (share * (1 - share))[:, None]).T @ features
        weights += np.linalg.solve(bend + 0.01 * np.eye(len(weights)), slope)
    base, logit, lead, rule = (float(one) for one in weights)
    return base, logit, lead, rule


# --- how good it is ------------------------------------------------------------------------------


Count = tuple[int, int]
"""How many, of how many."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How well sentences are understood, in counts: so nobody has to trust a percentage."""

    readings: Count
    sure: Count
    wrong_though_sure: Count
    danger_found: Count
    false_alarms: Count
    numbers_in_danger: Count
    numbers_in_calm: Count
    conduct_found: Count
    conduct_false: Count
    category_first: Count
    category_in_three: Count
    confusion: Mapping[tuple[str, str], int]
    """How often a reading (first) was taken for another (second)."""


def measure(
    sentences: Iterable[Sentence], read: Callable[[str], Understanding], categories: Categories
) -> Measured:
    """Compare what sentences are understood as with what they are."""
    pairs = [(one, read(one.said)) for one in sentences]
    named = [(one, got) for one, got in pairs if one.reading is not None]
    right = [got.guess is one.reading or got.guess in one.also for one, got in named]
    sure = [good for good, (_, got) in zip(right, named, strict=True) if got.sure]
    danger = [got for one, got in pairs if one.is_danger]
    calm = [got for one, got in pairs if not one.is_danger]
    conduct = [got for one, got in named if one.reading is Guess.CONDUCT]
    others = [got for one, got in named if Guess.CONDUCT not in (one.reading, *one.also)]
    kinds = [
        (one.category, got.likely[category.kind])
        for one, got in pairs
        if (category := categories.find(one.category or "")) is not None
    ]
    return Measured(
        readings=_count(right),
        sure=(len(sure), len(named)),
        wrong_though_sure=_count(not good for good in sure),
        danger_found=_count(bool(got.dangers) for got in danger),
        false_alarms=_count(bool(got.dangers) for got in calm),
        numbers_in_danger=_count(got.may_be_danger for got in danger),
        numbers_in_calm=_count(got.may_be_danger for got in calm),
        conduct_found=_count(got.guess is Guess.CONDUCT for got in conduct),
        conduct_false=_count(got.guess is Guess.CONDUCT for got in others),
        category_first=_count(likely[0] == code for code, likely in kinds),
        category_in_three=_count(code in likely for code, likely in kinds),
        confusion=Counter(
            (str(one.reading), str(got.guess))
            for good, (one, got) in zip(right, named, strict=True)
            if not good
        ),
    )


def _count(given: Iterable[bool]) -> Count:
    listed = list(given)
    return sum(listed), len(listed)
