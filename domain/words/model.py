"""A linear model over the pieces of a sentence: what it learnt, and how it weighs one.

It is trained by `domain.words.trainer` and written to a file; here it is read and asked, without
any library. It knows nothing of what its outputs mean: `domain.words.understanding` does.
"""

import json
import math
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.words.ngrams import grams

#: What a model file begins with; the number is the version of its form.
_MAGIC = b"LINLI-MODEL-1\n"
#: No file is unpacked to more: a model is a few hundred kilobytes.
_MOST_UNPACKED = 16 * 1024 * 1024
_MOST_OUTPUTS = 256
_ENTRY = struct.Struct("<BHB")
#: The rarity of a piece that stands in one sentence of ten thousand, the logarithm of that share.
_RAREST = 9.2
#: The step of a piece's rarity as it is written.
_RARITY_STEP = 16.0


@dataclass(frozen=True, slots=True)
class Head:
    """One question that the model answers: a number for each of its classes."""

    name: str
    classes: tuple[str, ...]
    biases: tuple[float, ...]
    scale: float
    """What one step of a weight is worth."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What the model learnt about one piece."""

    rarity: float
    outputs: bytes
    """The outputs that it speaks for or against, by their place among all."""
    weights: tuple[int, ...]
    """How much, from -127 to 127, in steps of the head's scale."""


@dataclass(frozen=True)
class Model:
    """A trained model."""

    heads: tuple[Head, ...]
    pieces: Mapping[str, Piece] = field(repr=False)
    limits: Mapping[str, float]
    """The numbers from which something counts, as found by cross-validation."""

    def scores(self, plain: str) -> dict[str, dict[str, float]]:
        """Give each head's numbers for a text in the spelling of `plain_text`.

        A number is a logarithm of odds; a text of unknown pieces has the biases alone.
        """
        return self.scores_of(grams(plain))

    def length(self, counts: Mapping[str, int]) -> float:
        """Give how much of a text's pieces is known: by this their values are divided."""
        known = self.pieces
        squares = (
            (known[gram].rarity * (1.0 + math.log(count))) ** 2
            for gram, count in counts.items()
            if gram in known
        )
        return math.sqrt(sum(squares))

    def scores_of(
        self, counts: Mapping[str, int], least_length: float = 0.0
    ) -> dict[str, dict[str, float]]:
        """Give each head's numbers for the pieces of a text.

        Args:
            counts: as `grams` counts them.
            least_length: the length of the text for another model. Where this one knows few of
                its pieces, they count as much as they do beside all the others.
        """
        sums = [0.0] * sum(len(head.classes) for head in self.heads)
        squares = 0.0
        known = self.pieces
        for gram, count in counts.items():
            piece = known.get(gram)
            if piece is None:
                continue
            value = piece.rarity if count == 1 else piece.rarity * (1.0 + math.log(count))
            squares += value * value
            for output, weight in zip(piece.outputs, piece.weights, strict=True):
                sums[output] += value * weight
        length = max(math.sqrt(squares), least_length) or 1.0
        scores: dict[str, dict[str, float]] = {}
        first = 0
        for head in self.heads:
            scores[head.name] = {
                name: bias + head.scale * sums[first + place] / length
                for place, (name, bias) in enumerate(zip(head.classes, head.biases, strict=True))
            }
            first += len(head.classes)
        return scores

    def rareness(self, piece: str) -> float:
        """Tell how rare a piece of a text is in what people write, from 0 to 1, the rarest."""
        known = self.pieces.get(piece)
        return 1.0 if known is None else min(known.rarity / _RAREST, 1.0)

    def why(self, plain: str, head: str, name: str, most: int = 8) -> list[tuple[str, float]]:
        """List the pieces of a text that speak most for or against a class, the strongest first.

        Raises:
            KeyError: there is no such head or class.
        """
        first = 0
        for one in self.heads:
            if one.name == head:
                break
            first += len(one.classes)
        else:
            raise KeyError(head)
        if name not in one.classes:
            raise KeyError(name)
        output = first + one.classes.index(name)
        said: list[tuple[str, float]] = []
        squares = 0.0
        for gram, count in grams(plain).items():
            piece = self.pieces.get(gram)
            if piece is None:
                continue
            value = piece.rarity * (1.0 + math.log(count))
            squares += value * value
            place = piece.outputs.find(output)
            if place >= 0:
                said.append((gram, value * piece.weights[place] * one.scale))
        length = math.sqrt(squares) or 1.0
        said.sort(key=lambda pair: (-abs(pair[1]), pair[0]))
        return [(gram, worth / length) for gram, worth in said[:most]]


def likelihoods(scores: Mapping[str, float]) -> dict[str, float]:
    """Turn a head's numbers into shares of one."""
    most = max(scores.values())
    raised = {name: math.exp(score - most) for name, score in scores.items()}
    whole = sum(raised.values())
    return {name: value / whole for name, value in raised.items()}


# --- the file ------------------------------------------------------------------------------------


def pack(model: Model) -> bytes:
    """Write a model as the content of a file; the same model gives the same bytes."""
    heads = [[one.name, list(one.classes), list(one.biases), one.scale] for one in model.heads]
    about = json.dumps({"heads": heads, "limits": dict(model.limits)}, sort_keys=True).encode()
    parts = [struct.pack("<I", len(about)), about]
    for gram in sorted(model.pieces):
        piece = model.pieces[gram]
        name = gram.encode()
        parts.append(_ENTRY.pack(len(name), round(piece.rarity * _RARITY_STEP), len(piece.outputs)))
        parts += (name, piece.outputs, struct.pack(f"<{len(piece.weights)}b", *piece.weights))
    return _MAGIC + zlib.compress(b"".join(parts), 9)


def unpack(content: bytes) -> Model:
    """Read the content of a model's file.

    Raises:
        ValueError: it is no such file, or damaged.
    """
    if not content.startswith(_MAGIC):
        raise ValueError("this is no model of this version: train it anew")
    unpacking = zlib.decompressobj()
    try:
        raw = unpacking.decompress(content[len(_MAGIC) :], _MOST_UNPACKED)
        if not unpacking.eof or unpacking.unused_data:
            raise ValueError("it is cut off, or has far too much in it")
        return _unpacked(raw)
    except _DAMAGE as error:
        raise ValueError(f"the model is damaged: {error}") from error


#: What reading something else than a model ends in.
_DAMAGE = (
    *(zlib.error, struct.error, LookupError, TypeError, ValueError),
    *(AttributeError, RecursionError),
)


def _unpacked(raw: bytes) -> Model:
    (length,) = struct.unpack_from("<I", raw)
    about = json.loads(raw[4 : 4 + length])
    heads = tuple(
        Head(str(name), tuple(map(str, classes)), tuple(map(_number, biases)), _number(scale))
        for name, classes, biases, scale in about["heads"]
    )
    beyond = sum(len(head.classes) for head in heads)
    if beyond > _MOST_OUTPUTS or any(len(head.classes) != len(head.biases) for head in heads):
        raise ValueError("its heads do not hold together")
    at = 4 + length
    pieces: dict[str, Piece] = {}
    while at < len(raw):
        named, rarity, told = _ENTRY.unpack_from(raw, at)
        at += _ENTRY.size
        name = raw[at : at + named].decode()
        outputs = raw[at + named : at + named + told]
        weights = struct.unpack_from(f"<{told}b", raw, at + named + told)
        if outputs and max(outputs) >= beyond:
            raise ValueError("it speaks of an output that there is not")
        pieces[name] = Piece(rarity / _RARITY_STEP, outputs, weights)
        at += named + 2 * told
    if at != len(raw):
        raise ValueError("it ends within a piece")
    limits = {str(name): _number(value) for name, value in about["limits"].items()}
    return Model(heads, pieces, limits)


def _number(given: object) -> float:
    if not isinstance(given, int | float) or not math.isfinite(given):
        raise ValueError(f"{given!r} is no number")
    return float(given)


def flat(heads: Sequence[Head]) -> list[tuple[str, str]]:
    """List the outputs in their order, each as head and class."""
    return [(head.name, name) for head in heads for name in head.classes]
