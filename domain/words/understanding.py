"""What one plain sentence means: which matter it is, and which danger it tells of.

Two readers look at it. The lexicon's rules know danger and complaints about a person's conduct,
where a miss is grave; a linear model, trained from labelled sentences (`domain.words.model`), knows
how people speak of everything. Their evidence is added up by weights that were fitted together.

- A conduct complaint is never taken as an ordinary matter: as soon as one is possible it stands
  first, and where an ordinary reading is possible too, the bot asks. Sure of one are the rules
  alone.
- Danger is told independently of the reading. Between calm and alarm lies a band in which nothing
  is decided: the bot asks, and shows the numbers to call.
"""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_

from domain.categories import Categories, Category, Kind
from domain.words.categorising import category_sums, likeliest
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
from domain.words.model import Model, likelihoods
from domain.words.ngrams import grams
from domain.words.phrases import CLAUSE_ENDS, LONGEST, Begun, Shape
from domain.words.places import PlaceRead, Register, read_place, says_only_where, without_places
from domain.words.plaintext import plain_text
from domain.words.reach import Reach, bits, row

__all__ = ["Danger", "Guess", "Knowledge", "Understanding", "understand"]


@dataclass(frozen=True)
class Knowledge:
    """What sentences are understood with."""

    lexicon: Lexicon
    categories: Categories
    model: Model
    register: Register = field(default_factory=Register)
    supplement: Model | None = None
    """What the office's own corrections and examples add; see `domain.words.supplement`. Danger
    and complaints about a person are told without it."""


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
    """For each kind the category's code, where one is clear."""
    likely: Mapping[Kind, tuple[str, ...]]
    """For each kind the three likeliest categories' codes, the best first."""
    dangers: tuple[Danger, ...]
    numbers: tuple[str, ...]
    """The emergency numbers to show first, in the order of the dangers, each once."""
    may_be_danger: bool
    """It tells of danger, or may: the numbers to call belong beside whatever is answered."""
    case_number: str | None
    place: PlaceRead
    """The place that it names, and the units of the street that it names."""
    urgency: int
    """A first estimate, 1 to 3, from the words, the dangers and the category; 3 is danger."""
    named: frozenset[str]
    """The groups of the lexicon of which a phrase stands anywhere in it."""
    plain: str = field(repr=False)
    """The text in the spelling of `plain_text`."""

    @property
    def category(self) -> str | None:
        """The likeliest category's code for the guess."""
        return self.categories.get(self.guess.kind) if self.guess.kind else None

    @property
    def place_words(self) -> str | None:
        """The words of the place that it names, in the spelling of `plain_text`."""
        return self.place.words or None


def understand(
    text: str, knowledge: Knowledge, known: dict[str, Begun] | None = None
) -> Understanding:
    """Understand a text of any length and any content.

    Args:
        known: what the lexicon finds in lines that were read before; see `Phrases.shapes`.
    """
    plain = plain_text(text)
    lexicon, model = knowledge.lexicon, knowledge.model
    evidence = _Evidence(plain, lexicon, {} if known is None else known)
    counts = grams(plain)
    learnt = model.scores_of(counts)
    own = _of_supplement(counts, knowledge)
    case_number = _case_number(plain)
    by_rule = evidence.dangers()
    danger = _danger(plain, knowledge, learnt, by_rule)
    alarmed = danger >= model.limits["alarm"] and (bool(by_rule) or len(plain) >= _FEWEST)
    dangers = _kinds_of_danger(learnt, by_rule) if alarmed else ()
    likely = likeliest(category_sums(plain, knowledge.categories, learnt, own))
    may_be_danger = _says_something(plain) and danger >= model.limits["band"]
    readings = evidence.readings()
    if _says_something(plain):
        shares = reading_shares(learnt["reading"], readings, model.limits["rules"])
    else:
        shares = {Guess.UNSURE: 1.0}
    if case_number is not None and not (dangers or _tells_more(shares)):
        shares = {Guess.STATUS: 1.0}
    by_rule_alone = readings.get(Guess.CONDUCT, 0.0)
    may_be_conduct = _may_be_conduct(shares, by_rule_alone, knowledge)
    if not (may_be_danger or dangers or may_be_conduct) and case_number is None:
        shares = supplemented(shares, own.get(READING, {}))
    is_conduct = by_rule_alone >= lexicon.limits.sure
    guess, sure, alternatives = _weigh(shares, knowledge, dangers, is_conduct, may_be_conduct)
    codes = {
        kind: ranked[0][0]
        for kind, ranked in likely.items()
        if ranked and ranked[0][1] >= model.limits["category"]
    }
    code = codes.get(guess.kind) if guess.kind else None
    return Understanding(
        guess=guess,
        sure=sure and (bool(dangers) or not may_be_danger),
        alternatives=alternatives,
        categories=codes,
        likely={kind: tuple(one for one, _ in ranked) for kind, ranked in likely.items()},
        dangers=dangers,
        numbers=_numbers(dangers, lexicon),
        may_be_danger=may_be_danger,
        case_number=case_number,
        place=read_place(plain, knowledge.register),
        urgency=evidence.urgency(dangers, knowledge.categories.find(code) if code else None),
        named=evidence.named,
        plain=plain,
    )


# --- danger --------------------------------------------------------------------------------------

#: Of fewer signs nothing can be learnt: of "不用了" the rules alone may say that it is danger.
_FEWEST = 5
#: Longer texts are looked at piece by piece too: danger stands in one sentence of many.
_LONG = 100
_PIECE = re.compile(r"[^。!?;\n]{1,120}")
_CLAUSE = re.compile(f"[^{CLAUSE_ENDS}]{{3,120}}")


def _danger(
    plain: str,
    knowledge: Knowledge,
    learnt: Mapping[str, Mapping[str, float]],
    by_rule: Mapping[Danger, float],
) -> float:
    """Add up what speaks for danger: what was learnt, and the strongest rule.

    A rule that fires in one clause is weighed against that clause as well as against the whole:
    what stands beside it ("路灯坏了没人修，楼上着火了") takes nothing back.
    """
    score = _danger_in(knowledge.model, learnt, by_rule)
    may_be = not by_rule and score >= knowledge.model.limits["band"]
    if may_be and says_only_where(plain, knowledge.register):
        # "楼外的，在北门旁边" sounds like many a sentence of danger, which begins with where.
        return -math.inf
    if by_rule:
        # Where it is says nothing of whether it is danger: "3号楼2单元着火了" is "着火了".
        bare = without_places(plain, knowledge.register)
        clauses = {*_CLAUSE.findall(plain), *_CLAUSE.findall(bare)} - {plain}
        for clause in clauses:
            if fired := rules_of(clause, knowledge.lexicon).dangers:
                there = knowledge.model.scores(clause)
                score = max(score, _danger_in(knowledge.model, there, fired))
    if len(plain) > _LONG:
        for piece in set(_PIECE.findall(plain)):
            score = max(score, _danger_in(knowledge.model, knowledge.model.scores(piece), {}))
    return score


def _danger_in(
    model: Model, learnt: Mapping[str, Mapping[str, float]], by_rule: Mapping[Danger, float]
) -> float:
    logit = learnt["danger"]["danger"] - learnt["danger"]["calm"]
    rule = max(by_rule.values(), default=0.0)
    return danger_score(model.limits, logit, danger_lead(learnt["reading"]), rule)


def danger_score(limits: Mapping[str, float], logit: float, lead: float, rule: float) -> float:
    """Add up the evidence for danger by the weights that were fitted.

    Args:
        logit: the model's odds of danger.
        lead: how far the reading "emergency" is ahead of the best other one.
        rule: the weight of the strongest rule that fires; 0 where none does.
    """
    score = limits["danger_base"] + limits["danger_logit"] * logit + limits["danger_lead"] * lead
    return score + (limits["danger_rule"] if rule > 0 else 0.0)


def danger_lead(readings: Mapping[str, float]) -> float:
    """Tell how far the reading "emergency" is ahead of the best other one."""
    others = (score for name, score in readings.items() if name != Guess.EMERGENCY)
    return readings[Guess.EMERGENCY] - max(others)


def _kinds_of_danger(
    learnt: Mapping[str, Mapping[str, float]], by_rule: Mapping[Danger, float]
) -> tuple[Danger, ...]:
    """Tell which dangers: those that rules name, else the one that the words are most like."""
    if not by_rule:
        kinds = learnt["kind"]
        return (Danger(max(kinds, key=lambda name: kinds[name])),)
    ranked = sorted(by_rule, key=lambda danger: -by_rule[danger])
    return tuple(ranked)


def _numbers(dangers: Sequence[Danger], lexicon: Lexicon) -> tuple[str, ...]:
    given = (number for danger in dangers for number in lexicon.numbers[danger])
    return tuple(dict.fromkeys(given))


# --- the decision --------------------------------------------------------------------------------

#: From this share on a complaint is possible, and the writer is asked: of sentences that were never
#: trained on, this finds 98 of 100 complaints and asks for 5 of 100 others.
_POSSIBLE_COMPLAINT = 0.25
#: More would not fit on the buttons of one question.
_MOST_ALTERNATIVES = 4
_RANK = {guess: rank for rank, guess in enumerate(Guess)}
_SAYING = re.compile(r"[^\W\d_]{2}|[一-鿿]")


def _says_something(plain: str) -> bool:
    return _SAYING.search(plain) is not None


def reading_shares(
    learnt: Mapping[str, float], by_rule: Mapping[Guess, float], weight: float
) -> dict[Guess, float]:
    """Give the share of each reading but danger, which is decided apart.

    Args:
        learnt: the model's numbers.
        by_rule: the rules' evidence.
        weight: how much a unit of it adds.
    """
    sums = {
        name: score + weight * min(by_rule.get(Guess(name), 0.0), _MOST_BY_RULE)
        for name, score in learnt.items()
        if name != Guess.EMERGENCY
    }
    return {Guess(name): share for name, share in likelihoods(sums).items()}


#: What may stand beside a case's number without being said of it.
_ASIDE = frozenset({Guess.STATUS, Guess.QUESTION, Guess.GREETING, Guess.HELP, Guess.UNSURE})


def _tells_more(shares: Mapping[Guess, float]) -> bool:
    """Tell whether words beside a case's number are something to be told to somebody."""
    return max(shares, key=lambda guess: shares[guess]) not in _ASIDE


#: More evidence of the rules for one reading adds nothing.
_MOST_BY_RULE = 6.0


def _may_be_conduct(shares: Mapping[Guess, float], conduct: float, knowledge: Knowledge) -> bool:
    """Tell whether a complaint about a person's conduct is possible.

    Args:
        shares: by the model alone, without what an office taught.
        conduct: what the rules say for it.
    """
    first = max((share for guess, share in shares.items() if guess is not Guess.CONDUCT), default=0)
    share = shares.get(Guess.CONDUCT, 0.0)
    is_near = share >= knowledge.model.limits["conduct"] * first
    return conduct >= knowledge.lexicon.limits.doubt or is_near


def _of_supplement(counts: Mapping[str, int], knowledge: Knowledge) -> dict[str, dict[str, float]]:
    """Give what the office's own supplement adds, by head and class; nothing without one."""
    if knowledge.supplement is None:
        return {}
    return knowledge.supplement.scores_of(counts, knowledge.model.length(counts))


def supplemented(shares: Mapping[Guess, float], own: Mapping[str, float]) -> dict[Guess, float]:
    """Let what an office taught move the ordinary readings among each other.

    The share of a complaint about a person stays as it was, and stays behind the best reading.
    """
    complaint = shares.get(Guess.CONDUCT, 0.0)
    others = {guess: share for guess, share in shares.items() if guess is not Guess.CONDUCT}
    if not any(own.values()) or not others:
        return dict(shares)
    sums = {
        guess.value: math.log(max(share, _LEAST_SHARE)) + own.get(guess.value, 0.0)
        for guess, share in others.items()
    }
    whole = sum(others.values())
    moved = {Guess(name): whole * share for name, share in likelihoods(sums).items()}
    if max(moved.values()) <= complaint:
        return dict(shares)
    return moved if Guess.CONDUCT not in shares else {**moved, Guess.CONDUCT: complaint}


_LEAST_SHARE = 1e-9
#: The head of a model that tells the readings.
READING = "reading"


def _weigh(
    shares: Mapping[Guess, float],
    knowledge: Knowledge,
    dangers: Sequence[Danger],
    is_conduct: bool,
    may_be_conduct: bool,
) -> tuple[Guess, bool, tuple[Guess, ...]]:
    """Choose the best reading, tell whether it is clear, and list what to offer when asking.

    Args:
        is_conduct: the rules are sure of a complaint about a person's conduct.
        may_be_conduct: one is possible.
    """
    limits = knowledge.model.limits
    ranked = sorted(shares, key=lambda guess: (-shares[guess], _RANK[guess]))
    share = shares.get(Guess.CONDUCT, 0.0)
    least = {Guess.CONDUCT: _POSSIBLE_COMPLAINT}
    offered = [one for one in ranked if shares[one] >= least.get(one, limits["offered"])]
    offered = [*ranked[:1], *(guess for guess in offered if guess is not ranked[0])]
    if may_be_conduct:
        offered = [Guess.CONDUCT, *(guess for guess in offered if guess is not Guess.CONDUCT)]
    if dangers:
        before = [Guess.CONDUCT] if may_be_conduct else []
        offered = [*before, Guess.EMERGENCY, *(one for one in offered if one not in before)]
    offered = [guess for guess in offered if guess is not Guess.UNSURE]
    if not offered or (ranked[0] is Guess.UNSURE and not dangers and not may_be_conduct):
        return Guess.UNSURE, False, tuple(offered[:_MOST_ALTERNATIVES])
    best = offered[0]
    rivals = [guess for guess in offered[1:] if guess in ORDINARY]
    if best is Guess.CONDUCT:
        sure = is_conduct and not rivals and not dangers
    elif best is Guess.EMERGENCY:
        sure = True
    else:
        is_clear = best not in ORDINARY or share < limits["offered"]
        sure = shares[best] >= limits["sure"] and is_clear
    return best, sure, tuple(offered[:_MOST_ALTERNATIVES])


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


@dataclass(frozen=True, slots=True)
class ByRule:
    """What the lexicon's rules alone make of a text."""

    readings: Mapping[Guess, float]
    dangers: Mapping[Danger, float]


def rules_of(plain: str, lexicon: Lexicon) -> ByRule:
    """Ask the rules alone, as training does to weigh them.

    Args:
        plain: the text in the spelling of `plain_text`.
    """
    evidence = _Evidence(plain, lexicon, {})
    return ByRule(evidence.readings(), evidence.dangers())


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

    def urgency(self, dangers: Sequence[Danger], category: Category | None) -> int:
        """Estimate the urgency, 1 to 3; only danger is 3."""
        if dangers:
            return 3
        estimate = category.urgency if category else 1
        if HURRY in self._groups or PRESSING in self._groups:
            # Somebody frail is concerned, or the writer says that it cannot wait.
            estimate += 1
        return min(estimate, 2)

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


# --- case numbers --------------------------------------------------------------------------------

_CASE_NUMBER = re.compile(r"(?<!\d)(20\d\d)(?: ?- ?(\d{4,7})|(\d{5}))(?!\d|-\d)")


def _case_number(plain: str) -> str | None:
    """Find a case number, also one typed without its hyphen: 2026-00017."""
    found = _CASE_NUMBER.search(plain)
    return f"{found[1]}-{(found[2] or found[3]).zfill(5)}" if found else None
