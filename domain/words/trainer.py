"""Trains the linear model of `domain.words.model` from labelled sentences.

Logistic regression over rarity-weighted pieces (TF-IDF), with L-BFGS, in plain numpy, which the
charts bring along: the same sentences give the same model. Ten thousand sentences take some
minutes; nothing of it is loaded where sentences are only read.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.words.model import Head, Model, Piece
from domain.words.ngrams import grams

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Row = NDArray[np.float64]
    #: A step, how it turned the slope, and one by their product.
    _Moved = tuple[Row, Row, float]

#: A piece counts from so many sentences on.
_LEAST_SENTENCES = 2
#: So many pieces are kept, those that say most.
MOST_PIECES = 16_000
#: Weights below this part of a head's largest are left out.
_LEAST_WEIGHT = 1 / 64
_STEPS = 60
_MEMORY = 8


@dataclass(frozen=True, slots=True)
class Task:
    """One head to train: for each sentence its class, None where it says nothing about it."""

    name: str
    classes: tuple[str, ...]
    wanted: Sequence[str | None]
    weights: Sequence[float] = ()
    """How much each sentence counts; all alike where empty."""
    strength: float = 8.0
    """How far the weights may grow: the inverse of the penalty."""


@dataclass(frozen=True, slots=True)
class Addition:
    """One head to train on top of numbers that are known and stay as they are.

    It has no biases: of a sentence without any of its pieces nothing changes.
    """

    name: str
    classes: tuple[str, ...]
    rows: Sequence[Mapping[str, float]]
    """For each sentence its pieces with their values, such as `domain.words.model` gives them."""
    wanted: Sequence[str]
    """For each sentence its class."""
    known: Sequence[Sequence[float]]
    """For each sentence the number of each class to which is added."""
    weights: Sequence[float]
    """How much each sentence counts."""
    strength: float = 8.0


@dataclass(frozen=True, slots=True)
class _Rows:
    """Sentences as sparse rows: the pieces of each and their values, of length one."""

    starts: "NDArray[np.int64]"
    columns: "NDArray[np.int64]"
    values: "Row"
    owners: "NDArray[np.int64]"
    width: int


@dataclass(frozen=True)
class _Vocabulary:
    rarity: Mapping[str, float]
    place: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "place", {gram: at for at, gram in enumerate(self.rarity)})


def train(
    sentences: Sequence[str], tasks: Sequence[Task], *, most_pieces: int = MOST_PIECES
) -> Model:
    """Train a model.

    Args:
        sentences: in the spelling of `plain_text`.
        tasks: what to tell of them.
        most_pieces: how many pieces it may remember.
    """
    import numpy as np

    counted = [grams(sentence) for sentence in sentences]
    vocabulary = _vocabulary(counted, None)
    learnt = _learn(counted, vocabulary, tasks)
    if len(vocabulary.rarity) > most_pieces:
        says = np.zeros(len(vocabulary.rarity))
        for weights, _ in learnt:
            spread = weights.max(axis=1) - weights.min(axis=1)
            says = np.maximum(says, spread / (spread.max() or 1.0))
        # Ties go by the piece itself, so that the order of sentences changes nothing.
        names = list(vocabulary.rarity)
        ranked = sorted(range(len(names)), key=lambda at: (-round(float(says[at]), 9), names[at]))
        vocabulary = _vocabulary(counted, {names[at] for at in ranked[:most_pieces]})
        learnt = _learn(counted, vocabulary, tasks)
    return _model(vocabulary, tasks, learnt)


def train_on_top(additions: Sequence[Addition], rarity: Mapping[str, float]) -> Model:
    """Train what is added to a model's numbers.

    Args:
        additions: the heads; what they see are pieces of `rarity`.
        rarity: what each piece that may be remembered is worth.
    """
    import numpy as np

    vocabulary = _Vocabulary({gram: rarity[gram] for gram in sorted(rarity)})
    learnt, tasks = [], []
    for one in additions:
        order = {name: place for place, name in enumerate(one.classes)}
        rows = _sparse(
            [[(vocabulary.place[gram], row[gram]) for gram in sorted(row)] for row in one.rows],
            len(vocabulary.rarity),
        )
        target = np.array([order[name] for name in one.wanted], dtype=np.int64)
        known = np.array(one.known, dtype=np.float64).reshape(len(one.wanted), len(one.classes))
        counts = np.array(one.weights, dtype=np.float64)
        learnt.append(_solve(rows, target, counts, known, one.strength, biased=False))
        tasks.append(Task(one.name, one.classes, ()))
    return _model(vocabulary, tasks, learnt)


def _vocabulary(counted: Sequence[Counter[str]], kept: set[str] | None) -> _Vocabulary:
    found = Counter(gram for counts in counted for gram in counts)
    named = sorted(
        gram
        for gram, times in found.items()
        if times >= _LEAST_SENTENCES and (kept is None or gram in kept)
    )
    whole = len(counted)
    # In the steps in which it is written, so that what is read is what was trained.
    return _Vocabulary(
        {gram: round(16 * (1 + math.log((1 + whole) / (1 + found[gram])))) / 16 for gram in named}
    )


def _learn(
    counted: Sequence[Counter[str]], vocabulary: _Vocabulary, tasks: Sequence[Task]
) -> "list[tuple[Row, Row]]":
    return [_fit(counted, vocabulary, task) for task in tasks]


def _rows(counted: Sequence[Counter[str]], vocabulary: _Vocabulary) -> _Rows:
    valued = []
    for counts in counted:
        found = [
            (vocabulary.place[gram], vocabulary.rarity[gram] * (1 + math.log(times)))
            for gram, times in sorted(counts.items())
            if gram in vocabulary.place
        ]
        length = math.sqrt(sum(value * value for _, value in found)) or 1.0
        valued.append([(place, value / length) for place, value in found])
    return _sparse(valued, len(vocabulary.rarity))


def _sparse(valued: Sequence[Sequence[tuple[int, float]]], width: int) -> _Rows:
    """Put rows, each a list of columns with their values, behind one another."""
    import numpy as np

    starts, columns, values, owners = [0], [], [], []
    for owner, found in enumerate(valued):
        columns += [place for place, _ in found]
        values += [value for _, value in found]
        owners += [owner] * len(found)
        starts.append(len(columns))
    return _Rows(
        np.array(starts, dtype=np.int64),
        np.array(columns, dtype=np.int64),
        np.array(values, dtype=np.float64),
        np.array(owners, dtype=np.int64),
        width,
    )


def _fit(counted: Sequence[Counter[str]], vocabulary: _Vocabulary, task: Task) -> "tuple[Row, Row]":
    """Fit one head; give the weights by piece and class, and the biases."""
    import numpy as np

    told = [place for place, wanted in enumerate(task.wanted) if wanted is not None]
    rows = _rows([counted[place] for place in told], vocabulary)
    order = {name: place for place, name in enumerate(task.classes)}
    target = np.array([order[task.wanted[place] or ""] for place in told], dtype=np.int64)
    counts = np.array([task.weights[place] if task.weights else 1.0 for place in told])
    height = len(task.classes)
    return _solve(rows, target, counts, np.zeros((len(told), height)), task.strength, biased=True)


def _solve(
    rows: _Rows,
    target: "NDArray[np.int64]",
    counts: "Row",
    known: "Row",
    strength: float,
    *,
    biased: bool,
) -> "tuple[Row, Row]":
    """Fit weights by piece and class, and biases, to what rows are.

    Args:
        target: the place of each row's class.
        counts: how much each row counts.
        known: what is added to the numbers of each row and class, and stays as it is.
        biased: with biases; without them a row of no piece stays as it is.
    """
    import numpy as np

    (lines, height), width = known.shape, rows.width
    each = np.arange(lines)
    by_piece = np.argsort(rows.columns, kind="stable")
    owners, worth = rows.owners[by_piece], rows.values[by_piece]
    firsts = np.searchsorted(rows.columns[by_piece], np.arange(width))
    is_used = np.bincount(rows.columns, minlength=width) > 0
    is_told = rows.starts[1:] > rows.starts[:-1]

    def loss(flat: "Row") -> "tuple[float, Row]":
        # One class after the other: what is looked up then stays in the processor's cache.
        weights = flat[: width * height].reshape(height, width)
        scores = flat[width * height :] + known
        for place, learnt in enumerate(weights):
            product = learnt[rows.columns] * rows.values
            scores[is_told, place] += np.add.reduceat(product, rows.starts[:-1][is_told])
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        shares /= shares.sum(axis=1, keepdims=True)
        error = float(-np.log(np.maximum(shares[each, target], 1e-12)) @ counts)
        shares[each, target] -= 1.0
        shares *= counts[:, None]
        slope = flat / strength
        slope[width * height :] = shares.sum(axis=0) if biased else 0.0
        for place, by_line in enumerate(np.ascontiguousarray(shares.T)):
            turned = np.add.reduceat(by_line[owners] * worth, firsts[is_used])
            slope[: width * height].reshape(height, width)[place, is_used] += turned
        penalty = float(flat[: width * height] @ flat[: width * height]) / (2 * strength)
        return error + penalty, slope

    best = _descend(loss, np.zeros(width * height + height))
    return best[: width * height].reshape(height, width).T, best[width * height :]


def _descend(loss: "Callable[[Row], tuple[float, Row]]", start: "Row") -> "Row":
    """Minimise by L-BFGS with a backtracking line search. Source: Nocedal & Wright, ch. 7."""
    at, (value, slope) = start, loss(start)
    history: list[_Moved] = []
    for _ in range(_STEPS):
        direction = -_curved(history, slope)
        along = float(direction @ slope)
        if along >= 0:
            history, direction, along = [], -slope, -float(slope @ slope)
        step = 1.0 if history else min(1.0, 1.0 / (float(abs(slope).sum()) or 1.0))
        while True:
            there = at + step * direction
            new_value, new_slope = loss(there)
            if new_value <= value + 1e-4 * step * along or step < 1e-10:
                break
            step /= 2
        moved, turned = there - at, new_slope - slope
        curvature = float(moved @ turned)
        if curvature > 1e-12:
            history = [*history[-_MEMORY + 1 :], (moved, turned, 1.0 / curvature)]
        is_done = value - new_value < 1e-5 * max(abs(value), 1.0)
        at, value, slope = there, new_value, new_slope
        if is_done:
            break
    return at


def _curved(history: "Sequence[_Moved]", slope: "Row") -> "Row":
    """Multiply the slope by the inverse curvature that the last steps told of."""
    turned = slope.copy()
    along = []
    for moved, change, share in reversed(history):
        part = share * float(moved @ turned)
        along.append(part)
        turned -= part * change
    if history:
        moved, change, share = history[-1]
        turned *= 1.0 / (share * float(change @ change))
    for (moved, change, share), part in zip(history, reversed(along), strict=True):
        turned += (part - share * float(change @ turned)) * moved
    return turned


def _model(
    vocabulary: _Vocabulary, tasks: Sequence[Task], learnt: "Sequence[tuple[Row, Row]]"
) -> Model:
    """Write the weights in small whole steps, and leave out what says nearly nothing."""
    import numpy as np

    heads, steps = [], []
    for task, (weights, biases) in zip(tasks, learnt, strict=True):
        scale = float(abs(weights).max() or 1.0) / 127
        whole = np.rint(weights / scale).astype(int)
        whole[abs(whole) < 127 * _LEAST_WEIGHT] = 0
        heads.append(
            Head(task.name, task.classes, tuple(round(float(one), 4) for one in biases), scale)
        )
        steps.append(whole)
    together = np.concatenate(steps, axis=1)
    pieces = {}
    for gram, place in vocabulary.place.items():
        (outputs,) = together[place].nonzero()
        pieces[gram] = Piece(
            vocabulary.rarity[gram],
            bytes(outputs.tolist()),
            tuple(int(one) for one in together[place][outputs]),
        )
    return Model(tuple(heads), pieces, {})
