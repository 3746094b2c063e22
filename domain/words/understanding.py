"""What one plain sentence means: which matter it is, and which danger it tells of.

No grammar and no learning. The lexicon's rules give evidence for each reading, evidence is added
up, and the best reading is *sure* only when it is clear of the next one. Two rules stand above the
sums:

- A conduct complaint is never taken as an ordinary matter: as soon as one is possible it stands
  first, and where an ordinary reading is possible too, the bot asks.
- Danger is told independently of the reading. Missing one is worse than a false one, so only what
  is plainly denied, long past or merely imagined is let go.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_

from domain.categories import Categories, Category, Kind
from domain.words.lexicon import (
    FILLER,
    HURRY,
    MASK,
    ORDINARY,
    PRESSING,
    Danger,
    Denial,
    Guess,
    Lexicon,
    Rule,
)
from domain.words.phrases import CLAUSE_ENDS, LONGEST, Begun, Found, Shape
from domain.words.plaintext import plain_text
from domain.words.reach import Reach, bits, row

__all__ = ["Danger", "Guess", "Understanding", "understand"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Understanding:
    """How a sentence is understood."""

    guess: Guess
    """The best reading; `Guess.UNSURE` when nothing speaks for any."""
    sure: bool
    """Clear enough to act on the guess without asking which one is meant."""
    alternatives: tuple[Guess, ...]
    """What to offer when asking, the best first; holds the guess unless that is unsure."""
    categories: Mapping[Kind, str]
    """The likeliest category's code, for each kind of which the sentence names one."""
    dangers: tuple[Danger, ...]
    numbers: tuple[str, ...]
    """The emergency numbers to show first, in the order of the dangers, each once."""
    case_number: str | None
    place_words: str | None
    """A place that the sentence names, in the spelling of `plain_text`."""
    urgency: int
    """A first estimate, 1 to 3, from the words, the dangers and the category."""
    named: frozenset[str]
    """The groups of the lexicon of which a phrase stands anywhere in it."""
    plain: str = field(repr=False)
    """The text in the spelling of `plain_text`."""

    @property
    def category(self) -> str | None:
        """The likeliest category's code for the guess."""
        return self.categories.get(self.guess.kind) if self.guess.kind else None


def understand(
    text: str, lexicon: Lexicon, categories: Categories, known: dict[str, Begun] | None = None
) -> Understanding:
    """Understand a text of any length and any content.

    Args:
        known: what the lexicon finds in lines that were read before; see `Phrases.shapes`.
    """
    plain = plain_text(text)
    evidence = _Evidence(plain, lexicon, {} if known is None else known)
    likeliest = _categories(plain, categories)
    case_number = _case_number(plain)

    scores = evidence.readings()
    for kind, (_, score) in likeliest.items():
        scores[Guess(kind.value)] += score * lexicon.keywords[kind]
    if case_number is not None:
        scores[Guess.STATUS] += _CASE_NUMBER_WEIGHT
    dangers = evidence.dangers()
    if dangers:
        scores[Guess.EMERGENCY] = max(dangers.values())

    guess, sure, alternatives = _weigh(scores, lexicon)
    codes = {kind: category.code for kind, (category, _) in likeliest.items()}
    chosen = likeliest.get(guess.kind) if guess.kind else None
    return Understanding(
        guess=guess,
        sure=sure,
        alternatives=alternatives,
        categories=codes,
        dangers=tuple(danger for danger in Danger if danger in dangers),
        numbers=_numbers(dangers, lexicon),
        case_number=case_number,
        place_words=_place_words(plain, lexicon),
        urgency=evidence.urgency(dangers, chosen[0] if chosen else None),
        named=evidence.named,
        plain=plain,
    )


# --- the decision --------------------------------------------------------------------------------

#: A case number outweighs words: who quotes one asks about it.
_CASE_NUMBER_WEIGHT = 8.0
#: More would not fit on the buttons of one question.
_MOST_ALTERNATIVES = 4
_RANK = {guess: rank for rank, guess in enumerate(Guess)}


def _weigh(
    scores: Mapping[Guess, float], lexicon: Lexicon
) -> tuple[Guess, bool, tuple[Guess, ...]]:
    """Choose the best reading, tell whether it is clear, and list what to offer when asking."""
    limits = lexicon.limits
    offered = [guess for guess, score in scores.items() if score >= limits.offered]
    offered.sort(key=lambda guess: (-_standing(guess, scores), _RANK[guess]))
    if _may_be_conduct(scores, lexicon):
        offered = [Guess.CONDUCT, *(guess for guess in offered if guess is not Guess.CONDUCT)]
    if not offered:
        return Guess.UNSURE, False, ()
    best = offered[0]
    return best, _is_clear(best, offered, scores, lexicon), tuple(offered[:_MOST_ALTERNATIVES])


def _is_clear(
    best: Guess, offered: Sequence[Guess], scores: Mapping[Guess, float], lexicon: Lexicon
) -> bool:
    limits = lexicon.limits
    rivals = [guess for guess in offered[1:] if not _goes_with(best, guess)]
    if best is Guess.CONDUCT and any(scores[rival] >= limits.sure for rival in rivals):
        # A matter that would be clear by itself: perhaps both, so the writer decides.
        return False
    if best in ORDINARY and Guess.CONDUCT in rivals:
        return False
    next_best = max((scores[rival] for rival in rivals), default=0.0)
    return scores[best] >= limits.sure and scores[best] - next_best >= limits.margin


def _may_be_conduct(scores: Mapping[Guess, float], lexicon: Lexicon) -> bool:
    conduct = scores.get(Guess.CONDUCT, 0.0)
    ordinary = max(scores.get(guess, 0.0) for guess in ORDINARY)
    return conduct >= lexicon.limits.doubt or 0 < conduct >= ordinary


#: How far behind an ordinary reading danger may be and still go first.
_DANGER_LEAD = 3.0


def _standing(guess: Guess, scores: Mapping[Guess, float]) -> float:
    lead = _DANGER_LEAD if guess is Guess.EMERGENCY else 0.0
    return scores[guess] + lead


def _goes_with(best: Guess, other: Guess) -> bool:
    """Tell that a second reading raises no doubt about the best one.

    Danger is shown in any case and then offered to be recorded as whatever else was understood.
    """
    if best is Guess.EMERGENCY:
        return other is not Guess.CONDUCT
    return best is Guess.CONDUCT and other not in ORDINARY


def _numbers(dangers: Mapping[Danger, float], lexicon: Lexicon) -> tuple[str, ...]:
    ranked = sorted(dangers, key=lambda danger: -dangers[danger])
    given = (number for danger in ranked for number in lexicon.numbers[danger])
    return tuple(dict.fromkeys(given))


# --- evidence ------------------------------------------------------------------------------------

_CLAUSE_END = re.compile(f"[{CLAUSE_ENDS}]")
_SENTENCE_END = re.compile(r"[。!?;\n]|\.(?!\d)")
_WORD_CHARACTER = re.compile(r"\w")


class _Hits:
    """Where the phrases of one group stand in a text: by shape, the places where one begins."""

    def __init__(self, by_shape: Mapping[Shape, int]) -> None:
        self._by_shape = {shape: places for shape, places in by_shape.items() if places}

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self._by_shape)

    @cached_property
    def starts(self) -> int:
        """The places where one begins."""
        return reduce(or_, self._by_shape.values(), 0)

    @cached_property
    def ends(self) -> int:
        """The places where one ends."""
        return reduce(or_, (at << shape.length for shape, at in self._by_shape.items()), 0)

    def without(self, starts: int, ends: int) -> "_Hits":
        """Leave out those that begin at some places, and those that end at others."""
        if not starts and not ends:
            return self
        return _Hits(
            {
                shape: places & ~(starts | ends >> shape.length)
                for shape, places in self._by_shape.items()
            }
        )

    def among(self, starts: int, ends: int) -> "_Hits":
        """Keep those that begin at some places, and those that end at others."""
        return _Hits(
            {
                shape: places & (starts | ends >> shape.length)
                for shape, places in self._by_shape.items()
            }
        )

    def covered(self) -> list[int]:
        """Give, for each length, where so many characters begin that lie within one of them."""
        longest = max((shape.length for shape in self._by_shape), default=0)
        covered = [0] * (max(longest, LONGEST) + 2)
        for length in range(longest, 0, -1):
            covered[length] = covered[length + 1] | covered[length + 1] << 1
            for shape, places in self._by_shape.items():
                if shape.length == length:
                    covered[length] |= places
        return covered

    def unmasked(self, covered: Sequence[int]) -> "_Hits":
        """Leave out those of which a piece lies within a mask."""
        kept = {}
        for shape, places in self._by_shape.items():
            for first, last in shape.parts or ((0, shape.length),):
                places &= ~(covered[last - first] >> first)
            kept[shape] = places
        return _Hits(kept)


class _Evidence:
    """The phrases of a text that count, and what the rules make of them."""

    def __init__(self, plain: str, lexicon: Lexicon, known: dict[str, Begun]) -> None:
        self._plain = plain
        self._beyond = len(plain)
        self._lexicon = lexicon
        # Latin words are longer: the same distance in words takes more characters.
        self._stretch = _LATIN_STRETCH if _is_mostly_latin(plain) else 1
        self._clauses = Reach(plain, _CLAUSE_END)
        self._sentences = Reach(plain, _SENTENCE_END)
        self._said = self._sorted(known)
        self._groups = self._counted()
        self._fired = [
            rule
            for group in self._groups
            for rule in lexicon.rules_by_group.get(group, ())
            if self._fires(rule)
        ]

    @property
    def named(self) -> frozenset[str]:
        """The groups of which a phrase stands in the text, also one that does not count."""
        return frozenset(self._said)

    def readings(self) -> defaultdict[Guess, float]:
        """Add up the evidence for each reading."""
        sums: defaultdict[Guess, float] = defaultdict(float)
        for rule in self._fired:
            if isinstance(rule.says, Guess):
                sums[rule.says] += rule.weight
        return sums

    def dangers(self) -> dict[Danger, float]:
        """Give the strongest evidence for each danger."""
        strongest: dict[Danger, float] = {}
        for rule in self._fired:
            if isinstance(rule.says, Danger):
                strongest[rule.says] = max(rule.weight, strongest.get(rule.says, 0.0))
        return strongest

    def urgency(self, dangers: Mapping[Danger, float], category: Category | None) -> int:
        """Estimate the urgency, 1 to 3."""
        if dangers:
            return 3
        estimate = category.urgency if category else 1
        if HURRY in self._groups or PRESSING in self._groups:
            # Somebody frail is concerned, or the writer says that it cannot wait.
            estimate += 1
        return min(estimate, 3)

    def _sorted(self, known: dict[str, Begun]) -> dict[str, _Hits]:
        """Sort the phrases of the text by group."""
        groups: defaultdict[str, dict[Shape, int]] = defaultdict(dict)
        for shape, starts in self._lexicon.phrases.shapes(self._plain, known).items():
            groups[shape.group][shape] = bits(starts, self._beyond)
        return {group: _Hits(by_shape) for group, by_shape in groups.items()}

    def _counted(self) -> dict[str, _Hits]:
        """Leave out the phrases that are masked or denied."""
        groups = dict(self._said)
        if masks := groups.pop(MASK, None):
            covered = masks.covered()
            groups = {group: hits.unmasked(covered) for group, hits in groups.items()}
        for group, denials in self._lexicon.denials_by_group.items():
            if hits := groups.get(group):
                groups[group] = self._undenied(hits, denials, groups)
        return {group: hits for group, hits in groups.items() if hits}

    def _undenied(
        self, hits: _Hits, denials: Sequence[Denial], groups: Mapping[str, _Hits]
    ) -> _Hits:
        """Leave out the phrases that a denial in the same clause takes back."""
        starts = ends = 0
        for denial in denials:
            deniers = groups.get(denial.by)
            if not deniers or (denial.unless is not None and groups.get(denial.unless)):
                continue
            within = denial.within * self._stretch
            if denial.after:
                ends |= self._clauses.before(deniers.starts, within)
            else:
                starts |= self._clauses.after(deniers.ends, within)
        return hits.without(starts, ends)

    def _fires(self, rule: Rule) -> bool:
        groups = self._groups
        if any(group in groups for group in rule.unless):
            return False
        if any(group not in groups for group in rule.groups):
            return False
        if rule.alone:
            return self._is_all(rule.groups)
        reached = groups[rule.groups[0]]
        for group in rule.groups[1:]:
            reached = self._near(reached, groups[group], rule)
        return bool(reached)

    def _near(self, reached: _Hits, hits: _Hits, rule: Rule) -> _Hits:
        """Give the phrases near one of those that a rule has reached, in the same sentence."""
        within = rule.within * self._stretch
        behind = self._sentences.after(reached.ends, within)
        before = 0 if rule.ordered else self._sentences.before(reached.starts, within)
        return hits.among(behind, before)

    def _is_all(self, named: Sequence[str]) -> bool:
        """Tell that the groups' phrases and fillers are all that the text says."""
        told = 0
        for group in (*named, FILLER):
            if group in self._groups:
                told |= self._groups[group].covered()[1]
        signs = zip(self._plain, row(told, self._beyond), strict=False)
        return not any(is_told == "0" and _WORD_CHARACTER.match(sign) for sign, is_told in signs)


#: How many times longer a stretch of Latin words is than of Chinese ones.
_LATIN_STRETCH = 3
_LATIN = re.compile(r"[a-z]")


def _is_mostly_latin(plain: str) -> bool:
    return 2 * len(_LATIN.findall(plain)) > len(plain)


# --- categories, case numbers, places ------------------------------------------------------------

#: What one category can add to the score of its kind, however many of its keywords are found.
_MOST_PER_CATEGORY = 4.0


def _categories(plain: str, categories: Categories) -> dict[Kind, tuple[Category, float]]:
    """Choose each kind's likeliest category by its keywords, with its score."""
    words: dict[Kind, list[Found]] = {}
    for found in categories.keywords.find(plain):
        words.setdefault(categories.by_code[found.group].kind, []).append(found)
    chosen = {}
    for kind, hits in words.items():
        scores: dict[str, float] = {}
        for code, word in {(hit.group, plain[hit.start : hit.end]) for hit in _longest(hits)}:
            scores[code] = scores.get(code, 0.0) + _keyword_weight(word)
        order = {category.code: -place for place, category in enumerate(categories.of_kind(kind))}
        best = max(scores, key=lambda code: (scores[code], order[code]))
        chosen[kind] = (categories.by_code[best], min(scores[best], _MOST_PER_CATEGORY))
    return chosen


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


_CASE_NUMBER = re.compile(r"(?<!\d)(20\d\d)(?: ?- ?(\d{4,7})|(\d{5}))(?!\d|-\d)")


def _case_number(plain: str) -> str | None:
    """Find a case number, also one typed without its hyphen: 2026-00017."""
    found = _CASE_NUMBER.search(plain)
    return f"{found[1]}-{(found[2] or found[3]).zfill(5)}" if found else None


def _place_words(plain: str, lexicon: Lexicon) -> str | None:
    """Find the longest place that is named, the first of equally long ones."""
    places = (found[0].strip() for found in lexicon.place.finditer(plain))
    return max(places, key=len, default=None)
