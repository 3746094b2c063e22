"""Which categories words are likely of: by what was learnt, by keywords, by own examples."""

from collections.abc import Mapping, Sequence

from domain.categories import Categories, Kind
from domain.words.model import likelihoods
from domain.words.phrases import Found

#: What one category's keywords can add, however many of them are found.
_MOST_PER_CATEGORY = 4.0
#: How many categories are offered before the whole list.
_MOST_LIKELY = 3
#: How much a keyword adds to what was learnt, fitted on sentences that were held back.
KEYWORD_WEIGHT = 0.3
#: The same for a category of the street's own, of which nothing was learnt.
OWN_KEYWORD_WEIGHT = 3.0

Sums = dict[Kind, dict[str, float]]


def category_sums(
    plain: str,
    categories: Categories,
    learnt: Mapping[str, Mapping[str, float]],
    own: Mapping[str, Mapping[str, float]],
) -> Sums:
    """Add up what speaks for each category, by its kind and code.

    Args:
        plain: the text in the spelling of `plain_text`.
        learnt: the model's numbers by head and class.
        own: what the office's supplement adds to them.
    """
    words: dict[str, float] = {}
    found = categories.keywords.find(plain)
    for code, word in {(hit.group, plain[hit.start : hit.end]) for hit in _longest(found)}:
        words[code] = words.get(code, 0.0) + _keyword_weight(word)
    sums: Sums = {}
    for kind in Kind:
        known, more = learnt.get(kind.value, {}), own.get(kind.value, {})
        floor = min(known.values(), default=0.0)
        sums[kind] = {
            category.code: known.get(category.code, floor)
            + min(words.get(category.code, 0.0), _MOST_PER_CATEGORY)
            * (KEYWORD_WEIGHT if category.code in known else OWN_KEYWORD_WEIGHT)
            + more.get(category.code, 0.0)
            for category in categories.of_kind(kind)
        }
    return sums


def likeliest(sums: Sums) -> dict[Kind, list[tuple[str, float]]]:
    """Rank the likeliest three categories of each kind, with their shares."""
    ranked = {}
    for kind, of_kind in sums.items():
        shares = likelihoods(of_kind)
        best = sorted(shares, key=lambda code: -shares[code])[:_MOST_LIKELY]
        ranked[kind] = [(code, shares[code]) for code in best]
    return ranked


def _longest(hits: Sequence[Found]) -> list[Found]:
    """Leave out what lies within a longer one: in "street lamp" there is no "lamp"."""
    kept: list[Found] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if not kept or hit.end > kept[-1].end:
            kept.append(hit)
    return kept


def _keyword_weight(word: str) -> float:
    """A longer word says more; a Latin one is as long as it is."""
    return 2.0 if word.isascii() else min(0.5 + len(word) / 2, 2.5)
