"""When two matters are alike: for "me too" before filing, and for the topics of a week.

Two short texts are compared by the pairs of characters they share, which needs no dictionary and
survives typos and word order. Topics gather texts around what most of them speak of, not along
chains from one text to the next: chains would end in one topic of everything.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from math import log, sqrt
from typing import Protocol, TypeVar

from domain.matters.dictionary import dictionary
from domain.matters.matter import Particulars
from domain.matters.rules import NearbyRules
from domain.matters.topic_words import may_name, persons_among
from domain.places.points import Point, distance_metres
from domain.words.plaintext import plain_text

#: Politeness and address, which say nothing about a matter.
_POLITENESS = (
    "您好|你好|请问|麻烦|劳驾|谢谢|感谢|多谢|辛苦了?|拜托|希望|盼望?|恳请|尽快|尽早|赶紧|赶快|"
    "能不能|可不可以|能否|可以|我们|你们|咱们|他们|大家|我家|有点|已经|一直|现在|目前|"
    "小区|社区|街道|领导|please|hello|thanks|thank you"
)
#: What many opinions share whatever they are about: how things are and what should be done.
_PREDICATES = (
    "建议|提议|意见|反映|考虑|重视|解决|处理|问题|情况|觉得|认为|应该|应当|需要|最好|什么时候|"
    "怎么|为什么|没有?人(?:管理?|修|来|理|清|扫|打扫)?|没有|不够|不足|不合理|不好|不行|太少|太多|太小|太大|太旧|太脏|太差|太吵|"
    "太远|太贵|严重|经常|总是|老是|天天|每天|晚上|白天|早上|方便|地方|时候|东西|事情|进行|加强|"
    "增加|增设|多装|多搞|多放|改善|改进|完善|支持|反对|同意|管理|安排|组织|公开|开始|使用|特别|非常|比较|继续|保持|重新|参加|报名|冬天|夏天|质量|数量|位置|门口|旁边|附近|对面|路口"
)
#: Characters that carry no topic between others.
_EMPTY_SIGNS = (
    "的了吗呢吧啊呀嘛么是在有和与或就都也还又很太更最把被让给对从到向往这那哪个些点几多少下上里"
    "外前后来去要想能会可该请得着过不没别我你他她它您们咱再才只但而且等为以及其之"
)
_NUMBERED_PLACE = (
    r"[东南西北正大](?:门口?|边|侧|头)|building \d+|"
    r"(?:\d+|[a-z])(?:号楼|号院|号门|号|栋|幢|座|单元|楼|层|期|区|门|排|室|院)|\d+"
)
_FILLERS = re.compile(_POLITENESS)
_BESIDE_THE_TOPIC = re.compile(f"{_POLITENESS}|{_PREDICATES}|{_NUMBERED_PLACE}|[{_EMPTY_SIGNS}]")
_RUN = re.compile(r"[^\W_]+")


#: How much of a text is compared, in characters: what it is about is said by then. Bounds also
#: what the pairs that are kept take, to some 50 kB a text.
_COMPARED = 500


@lru_cache(maxsize=5_000)
def pairs(text: str) -> frozenset[str]:
    """Give the pairs of neighbouring letters and figures of a text, without politeness.

    Of a long text its beginning counts.
    """
    plain = _FILLERS.sub(" ", _with_figures(plain_text(text[:_COMPARED])))
    return _pairs_of(plain) | frozenset(run for run in _RUN.findall(plain) if len(run) == 1)


def _pairs_of(plain: str) -> frozenset[str]:
    found: set[str] = set()
    for run in _RUN.findall(plain):
        if len(run) > 1 and run.isascii():
            # A Latin word or a number means something as a whole only.
            found.add(run)
        else:
            found.update(run[start : start + 2] for start in range(len(run) - 1))
    return frozenset(found)


_FIGURES = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
_CHINESE_NUMBER = re.compile(
    r"([一二两三四五六七八九]?)(十?)([一二三四五六七八九]?)(?=号|栋|幢|座|单元|楼|层|期|门|排|院)"
)


def _with_figures(plain: str) -> str:
    """Write the numbers of buildings in figures: 三号楼 is 3号楼."""

    def figures(number: re.Match[str]) -> str:
        tens, ten, ones = number.groups()
        if not ten:
            # Spelled sign by sign: 二一栋.
            return "".join(str(_FIGURES[sign]) for sign in tens + ones)
        return str((_FIGURES[tens] if tens else 1) * 10 + (_FIGURES[ones] if ones else 0))

    return _CHINESE_NUMBER.sub(figures, plain)


#: From so many pairs on, being contained in a longer text says something.
_TELLING_PAIRS = 3
#: A short text that a long one contains is nearly as alike as an equal one.
_CONTAINED = 0.8


def likeness(a: str, b: str) -> float:
    """Compare two short texts: 0 for nothing in common, 1 for the same.

    The share of common pairs (Dice), or most of it where the shorter text lies in the longer one.
    """
    first, second = pairs(a), pairs(b)
    if not first or not second:
        return 0.0
    shared = len(first & second)
    dice = 2 * shared / (len(first) + len(second))
    shorter = min(len(first), len(second))
    if shorter < _TELLING_PAIRS:
        return dice
    return max(dice, _CONTAINED * shared / shorter)


# --- nearby cases --------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A matter that is about to be filed."""

    category: str
    grid: str
    text: str
    place_text: str = ""
    point: Point | None = None


#: Place words so alike, and so long, are one place even across the border of two grids.
_SAME_PLACE = 0.9
_NAMED_PLACE = 5
_SAME_GRID = 0.25
#: How much the age may change the order; it never decides whether a case is offered.
_FRESHNESS = 0.2


class Near(Protocol):
    """What is compared of a case nearby; a `Matter` will do."""

    @property
    def number(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def grid(self) -> str: ...
    @property
    def filed_at(self) -> datetime: ...
    @property
    def particulars(self) -> Particulars: ...


Case = TypeVar("Case", bound=Near)


def nearby(
    candidate: Candidate, cases: Iterable[Case], *, now: datetime, rules: NearbyRules
) -> list[Case]:
    """Rank the cases that may be the same matter, the likeliest first.

    Args:
        cases: open cases in public space; whoever calls has made sure of that.
    """
    life = timedelta(days=rules.days)
    ranked = []
    for case in cases:
        age = now - case.filed_at
        evidence = _evidence(candidate, case, rules)
        if age <= life and evidence >= rules.least:
            freshness = _FRESHNESS * (1 - age / life) if life else 0.0
            ranked.append((-evidence - freshness, case.filed_at, case.number, case))
    ranked.sort(key=lambda entry: entry[:3])
    return [entry[3] for entry in ranked[: rules.most]]


def _evidence(candidate: Candidate, case: Near, rules: NearbyRules) -> float:
    """Add up place, category and words; a place that is clearly another one rules a case out."""
    place = _place_evidence(candidate, case, rules)
    if place is None:
        return 0.0
    words = likeness(candidate.text, case.particulars.text)
    score = place + (1.0 if case.category == candidate.category else 0.0)
    return score + (words if words >= rules.like_words else 0.0)


def _place_evidence(candidate: Candidate, case: Near, rules: NearbyRules) -> float | None:
    here, there = candidate.point, case.particulars.point
    if here is not None and there is not None:
        return 1.0 if distance_metres(here, there) <= rules.metres else None
    mine, other = _place_of(candidate.place_text), _place_of(case.particulars.place_text)
    if any(mine[unit] != other[unit] for unit in mine.keys() & other.keys()):
        return None
    alike = likeness(candidate.place_text, case.particulars.place_text)
    if case.grid != candidate.grid:
        is_named = len(plain_text(candidate.place_text)) >= _NAMED_PLACE
        return 1.0 if is_named and alike >= _SAME_PLACE else None
    if mine.keys() & other.keys() or alike >= rules.like_places:
        return 1.0
    return _SAME_GRID


_NUMBERED = re.compile(
    r"((?<!\d)\d+|[a-z]) ?(号楼|栋|幢|座|单元|号院|号门|号)|(building|block|unit|no\.) ?(\d+)"
)
#: Names of the same thing: 3号楼 and 3栋 are one building.
_SAME_UNIT = {
    "栋": "号楼",
    "幢": "号楼",
    "座": "号楼",
    "building": "号楼",
    "block": "号楼",
    "no.": "号",
    "unit": "单元",
}


def _place_of(words: str) -> dict[str, str]:
    """Give the numbers of a place by what they number: 3号楼2单元 and 3号楼5单元 are two places."""
    found = {}
    for number, unit, latin_unit, latin_number in _NUMBERED.findall(
        _with_figures(plain_text(words))
    ):
        name = unit or latin_unit
        found[_SAME_UNIT.get(name, name)] = number or latin_number
    return found


# --- the topics of a week ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """Texts about one thing: their places in the list that was given, and a label."""

    members: tuple[int, ...]
    label: str


#: A pair that more of the texts share tells none of them apart; small weeks have no such pairs.
_COMMON_SHARE = 0.4
_SMALL_WEEK = 50
#: A pair of one text only cannot bind; it dilutes what the text shares, but less than others do.
_LONE_WEIGHT = 0.5

_Weights = Mapping[str, float]


def topics(
    texts: Sequence[str],
    *,
    threshold: float = 0.35,
    minimum: int = 2,
    parts: Sequence[str] | None = None,
    known: frozenset[str] | None = None,
) -> list[Group]:
    """Group texts that speak of the same, the largest group first; one text is never a topic.

    The same texts give the same groups in the same order. Time grows with the texts times the
    groups that share a pair of characters with each; 5,000 texts take seconds.

    Args:
        threshold: how alike (cosine, 0 to 1) a text must be to the middle of its group.
        minimum: how many texts make a topic; two at least.
        parts: where each text comes from. Then the groups of a part alone are never torn: those of
            all are made of them, so that what is counted in the parts adds up.
        known: words that may stand in a label although no dictionary has them. With them, a label
            has public words alone (`domain.matters.topic_words`), and is empty where there are
            none; without, it is for no eyes but a test's.
    """
    plain = [_with_figures(plain_text(text[:_COMPARED])) for text in texts]
    pairs_of = [_pairs_of(_BESIDE_THE_TOPIC.sub(" ", text)) for text in plain]
    weighed = _weigh(pairs_of)
    if parts is None:
        clusters = _clusters(weighed, threshold)
    else:
        clusters = _unite(_clusters_of_parts(pairs_of, weighed, parts, threshold), threshold)
    large = [
        sorted(cluster.members) for cluster in clusters if len(cluster.members) >= max(minimum, 2)
    ]
    large.sort(key=lambda members: (-len(members), members))
    return [Group(tuple(members), _label(members, plain, known)) for members in large]


def _clusters(weighed: Sequence[_Weights], threshold: float) -> list["_Cluster"]:
    order = range(len(weighed))
    clusters = _unite(_gather(weighed, order, [], threshold), threshold)
    # Once more, now that the middles are known: the first texts chose among few groups.
    middles = [_Cluster(cluster.middle()) for cluster in clusters if len(cluster.members) > 1]
    return _gather(weighed, order, middles, threshold)


def _clusters_of_parts(
    pairs_of: Sequence[frozenset[str]],
    weighed: Sequence[_Weights],
    parts: Sequence[str],
    threshold: float,
) -> list["_Cluster"]:
    """Group each part by itself, as it is grouped where nothing else is read."""
    found: list[_Cluster] = []
    for part in dict.fromkeys(parts):
        places = [place for place, one in enumerate(parts) if one == part]
        own = _weigh([pairs_of[place] for place in places])
        for cluster in _clusters(own, threshold):
            # Beside those of other parts it is weighed as all are.
            whole = _Cluster({})
            for member in cluster.members:
                whole.members.append(places[member])
                whole.add(weighed[places[member]])
            if whole.members and whole.square > 0:
                found.append(whole)
    return found


def _weigh(sets: Sequence[frozenset[str]]) -> list[_Weights]:
    """Weigh each text's pairs by how rare they are; each text's weights have the length 1."""
    holders = Counter(pair for found in sets for pair in found)
    total = len(sets)
    most = total * _COMMON_SHARE if total >= _SMALL_WEEK else total
    rarity = {
        pair: _LONE_WEIGHT if count == 1 else 1 + log(total / count)
        for pair, count in holders.items()
        if count <= most
    }
    # Rare pairs must not outweigh what many texts speak of: that is what topics are made of.
    weighed: list[_Weights] = []
    for found in sets:
        weights = {pair: sqrt(rarity[pair]) for pair in sorted(found) if pair in rarity}
        length = sqrt(sum(weight * weight for weight in weights.values()))
        weighed.append({pair: weight / length for pair, weight in weights.items()})
    return weighed


class _Cluster:
    """Texts around a middle: the sum of their weights."""

    def __init__(self, start: _Weights) -> None:
        self.members: list[int] = []
        self.sums: dict[str, float] = dict(start)
        self.square = sum(weight * weight for weight in start.values())

    def add(self, weights: _Weights) -> None:
        for pair, weight in weights.items():
            before = self.sums.get(pair, 0.0)
            self.sums[pair] = before + weight
            self.square += weight * (2 * before + weight)

    def middle(self) -> _Weights:
        length = sqrt(self.square)
        return {pair: weight / length for pair, weight in self.sums.items()}


def _gather(
    weighed: Sequence[_Weights],
    order: Iterable[int],
    clusters: list[_Cluster],
    threshold: float,
) -> list[_Cluster]:
    """Put each text to the cluster whose middle is most like it, or to a new one."""
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for place, cluster in enumerate(clusters):
        for pair in cluster.sums:
            holders[pair].append(place)
    for position in order:
        weights = weighed[position]
        if not weights:
            continue
        likest = _likest(weights, clusters, holders, threshold)
        place = len(clusters) if likest is None else likest
        if likest is None:
            clusters.append(_Cluster({}))
        cluster = clusters[place]
        for pair in weights:
            if pair not in cluster.sums:
                holders[pair].append(place)
        cluster.members.append(position)
        cluster.add(weights)
    return clusters


def _likest(
    weights: _Weights,
    clusters: Sequence[_Cluster],
    holders: Mapping[str, Sequence[int]],
    threshold: float,
) -> int | None:
    """Find the cluster whose middle is most like some weights of length 1; the first of equals."""
    shared: defaultdict[int, float] = defaultdict(float)
    for pair, weight in weights.items():
        for place in holders.get(pair, ()):
            shared[place] += weight * clusters[place].sums[pair]
    best, highest = None, threshold
    for place in sorted(shared):
        alike = shared[place] / sqrt(clusters[place].square)
        if alike > highest or (best is None and alike == highest):
            best, highest = place, alike
    return best


def _unite(clusters: Sequence[_Cluster], threshold: float) -> list[_Cluster]:
    """Unite clusters whose middles are alike, the smaller ones into the larger ones."""
    united: list[_Cluster] = []
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for cluster in sorted(clusters, key=lambda one: (-len(one.members), one.members)):
        likest = _likest(cluster.middle(), united, holders, threshold)
        place = len(united) if likest is None else likest
        if likest is None:
            united.append(_Cluster({}))
        target = united[place]
        for pair in cluster.sums:
            if pair not in target.sums:
                holders[pair].append(place)
        target.members += cluster.members
        target.add(cluster.sums)
    return united


#: How many words name a group, chosen among its most frequent ones.
_LABEL_WORDS = 3
_LABEL_CHOICE = 8
#: A word in fewer of a group's texts does not name it, unless no other does.
_NAMING_SHARE = 0.3


def _label(members: Sequence[int], plain: Sequence[str], known: frozenset[str] | None) -> str:
    """Name a group by the words that many of its texts and few others have."""
    counted: Counter[str] = Counter()
    persons: set[str] = set()
    for member in members:
        spoken = _BESIDE_THE_TOPIC.sub(" ", plain[member])
        counted.update({word for word in _words(spoken) if len(word) > 1 and word.isalnum()})
        if known is not None:
            persons |= persons_among(list(_words(plain[member])))
    if known is not None:
        for word in list(counted):
            if word in persons or not may_name(word, known):
                del counted[word]
    ranked = sorted(counted.items(), key=lambda item: (-item[1], -len(item[0]), item[0]))
    scores = {}
    for word, count in ranked[:_LABEL_CHOICE]:
        inside, overall = count / len(members), sum(word in text for text in plain) / len(plain)
        scores[word] = inside * (1 + log(max(inside / overall, 1.0)))
    chosen: list[str] = []
    for word in sorted(scores, key=lambda word: (-scores[word], -len(word), word)):
        is_new = not any(word in other or other in word for other in chosen)
        names = counted[word] >= _NAMING_SHARE * len(members)
        if is_new and (names or not chosen) and len(chosen) < _LABEL_WORDS:
            chosen.append(word)
    return " ".join(chosen) or (plain[members[0]][:12] if known is None else "")


def _words(text: str) -> Iterable[str]:
    words: Iterable[str] = dictionary().cut(text)
    return words


@dataclass(frozen=True, kw_only=True, slots=True)
class HotRule:
    """When a topic is hot. Requirement D-07; sources: ``docs/rules.md``."""

    least: int
    """Opinions in the week."""
    growth: float
    """How many times the weekly average of the weeks before."""


def is_hot(count: int, before: Sequence[int], rule: HotRule) -> bool:
    """Tell whether a topic is hot: large enough, and grown against the weeks before."""
    if count < rule.least:
        return False
    average = sum(before) / len(before) if before else 0.0
    return count >= average * rule.growth
