"""When two matters are alike: for "me too" before filing, and for the topics of a week.

Two short texts are compared by the pairs of characters they share, which needs no dictionary and
survives typos and word order. Topics are groups that hang together by such likeness.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from domain.matters import Matter
from domain.places import Point, distance_metres
from domain.plaintext import plain_text

#: What says nothing about a matter: politeness, and words for being broken or wanted.
_FILLERS = (
    "您好",
    "你好",
    "请问",
    "麻烦",
    "谢谢",
    "希望",
    "能不能",
    "可以",
    "我们",
    "你们",
    "小区",
    "社区",
    "有点",
    "已经",
    "一直",
    "please",
    "hello",
    "thanks",
)
#: A pair that so many texts of a week share tells none of them apart.
_COMMON_SHARE = 0.2


@lru_cache(maxsize=20_000)
def pairs(text: str) -> frozenset[str]:
    """Give the pairs of neighbouring letters and figures of a text, without fillers."""
    plain = plain_text(text)
    for filler in _FILLERS:
        plain = plain.replace(filler, " ")
    found: set[str] = set()
    for run in "".join(sign if sign.isalnum() else " " for sign in plain).split():
        found.update(run[start : start + 2] for start in range(len(run) - 1))
        if len(run) == 1:
            found.add(run)
    return frozenset(found)


def likeness(a: str, b: str) -> float:
    """Compare two short texts: 0 for nothing in common, 1 for the same (Dice of their pairs)."""
    return _dice(pairs(a), pairs(b))


def _dice(a: frozenset[str], b: frozenset[str]) -> float:
    if not a or not b:
        return 0.0
    return 2 * len(a & b) / (len(a) + len(b))


# --- nearby cases --------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class NearbyRules:
    """When an open case may be the same matter as one that is about to be filed."""

    metres: float = 150.0
    days: int = 30
    like_words: float = 0.3
    """Texts at least so alike, where neither place nor category speaks against it."""
    least: float = 1.5
    """The sum of the evidence from which a case is offered."""
    most: int = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A matter that is about to be filed."""

    category: str
    grid: str
    text: str
    place_text: str = ""
    point: Point | None = None


def nearby(
    candidate: Candidate, cases: Iterable[Matter], *, now: datetime, rules: NearbyRules
) -> list[Matter]:
    """Rank the cases that may be the same matter, the likeliest first.

    Args:
        cases: open cases in public space; whoever calls has made sure of that.
    """
    oldest = now - timedelta(days=rules.days)
    ranked = [
        (_evidence(candidate, case, rules), case) for case in cases if case.filed_at >= oldest
    ]
    offered = [(score, case) for score, case in ranked if score >= rules.least]
    offered.sort(key=lambda pair: (-pair[0], pair[1].filed_at, pair[1].number))
    return [case for _, case in offered[: rules.most]]


def _evidence(candidate: Candidate, case: Matter, rules: NearbyRules) -> float:
    """Add up place, category and words; a place that is clearly another one rules a case out."""
    place = _place_evidence(candidate, case, rules)
    if place is None:
        return 0.0
    words = likeness(candidate.text, case.particulars.text)
    score = place + (1.0 if case.category == candidate.category else 0.0)
    return score + (words if words >= rules.like_words else 0.0)


def _place_evidence(candidate: Candidate, case: Matter, rules: NearbyRules) -> float | None:
    here, there = candidate.point, case.particulars.point
    if here is not None and there is not None:
        return 1.0 if distance_metres(here, there) <= rules.metres else None
    if case.grid != candidate.grid:
        return None
    mine, other = _numbers(candidate.place_text), _numbers(case.particulars.place_text)
    if mine and other:
        return 1.0 if mine & other else None
    alike = likeness(candidate.place_text, case.particulars.place_text)
    return 1.0 if alike >= 0.5 else 0.25


def _numbers(place: str) -> frozenset[str]:
    """Give the house numbers of a place: "3号楼" and "4号楼" are two places."""
    plain = plain_text(place)
    spaced = "".join(sign if sign.isdecimal() else " " for sign in plain)
    return frozenset(spaced.split())


# --- the topics of a week ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """Texts that hang together: their places in the list that was given, and a label."""

    members: tuple[int, ...]
    label: str


def topics(texts: Sequence[str], *, threshold: float = 0.28, minimum: int = 2) -> list[Group]:
    """Group texts that are alike, the largest group first; a single text is never a topic.

    Texts belong together when a chain of texts, each at least ``threshold`` alike to the next,
    leads from one to the other. The same texts give the same groups in the same order.
    """
    sets = [pairs(text) for text in texts]
    index: dict[str, list[int]] = defaultdict(list)
    for position, found in enumerate(sets):
        for pair in found:
            index[pair].append(position)
    common = max(10, int(len(texts) * _COMMON_SHARE))
    parent = list(range(len(texts)))

    def root(position: int) -> int:
        while parent[position] != position:
            parent[position] = parent[parent[position]]
            position = parent[position]
        return position

    for position, found in enumerate(sets):
        shared: Counter[int] = Counter()
        for pair in found:
            holders = index[pair]
            if len(holders) <= common:
                shared.update(other for other in holders if other > position)
        for other, _count in shared.items():
            if root(other) != root(position) and _dice(found, sets[other]) >= threshold:
                parent[max(root(other), root(position))] = min(root(other), root(position))
    groups: dict[int, list[int]] = defaultdict(list)
    for position in range(len(texts)):
        groups[root(position)].append(position)
    large = [members for members in groups.values() if len(members) >= max(minimum, 2)]
    large.sort(key=lambda members: (-len(members), members))
    return [Group(tuple(members), _label([texts[one] for one in members])) for members in large]


def _label(texts: Sequence[str]) -> str:
    """Name a group by the words that most of its texts share."""
    import jieba

    counted: Counter[str] = Counter()
    for text in texts:
        words = {word for word in jieba.cut(plain_text(text)) if len(word) >= 2}
        counted.update(word for word in words if word.isalnum() and word not in _FILLERS)
    ranked = sorted(counted.items(), key=lambda item: (-item[1], -len(item[0]), item[0]))
    return " ".join(word for word, _ in ranked[:3])


@dataclass(frozen=True, kw_only=True, slots=True)
class HotRule:
    """When a topic is hot. Requirement D-07; sources: ``docs/rules.md``."""

    least: int
    growth: float


def is_hot(count: int, before: Sequence[int], rule: HotRule) -> bool:
    """Tell whether a topic is hot: large enough, and grown against the weeks before."""
    if count < rule.least:
        return False
    average = sum(before) / len(before) if before else 0.0
    return count >= average * rule.growth
