"""What a week was like: every figure is a list of case numbers, and every rate says its n.

Formulae: ``docs/rules.md``, "The three rates". A case is counted in exactly one week by each
figure that counts happenings; *open* and *overdue* tell how things stood when the week ended.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Any

from domain.categories import Kind
from domain.matters.likeness import HotRule, is_hot
from domain.matters.matter import OPEN, Outcome, Quadrant, State, quadrant, triage_order
from domain.working_time import WorkCalendar

#: From this score on, a resident counts as satisfied. Source: ``docs/rules.md``.
SATISFIED_FROM = 4
#: A digest written this long after its time is shown as late (requirement D-05).
LATE_AFTER = timedelta(days=1)


# --- weeks ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Week:
    """An ISO week on the office's clock, known by its key: ``2026-W10``."""

    key: str
    begins: datetime
    ends: datetime
    """The first moment of the next week."""

    def holds(self, moment: datetime | None) -> bool:
        """Tell whether a moment lies in the week; None lies in no week."""
        return moment is not None and self.begins <= moment < self.ends


def week_of(moment: datetime, calendar: WorkCalendar) -> Week:
    """Give the week around a moment."""
    begins, ends = calendar.week_of(moment)
    year, number, _ = calendar.day_of(begins).isocalendar()
    return Week(key=f"{year}-W{number:02}", begins=begins, ends=ends)


def week_named(key: str, calendar: WorkCalendar) -> Week:
    """Find a week by its key.

    Raises:
        ValueError: there is no such week.
    """
    year, _, number = key.partition("-W")
    monday = date.fromisocalendar(int(year), int(number), 1)
    noon = datetime(monday.year, monday.month, monday.day, 12, tzinfo=calendar.timezone)
    week = week_of(noon, calendar)
    if week.key != key:
        raise ValueError(f"{key} is not how a week is written")
    return week


def weeks_before(week: Week, count: int, calendar: WorkCalendar) -> tuple[Week, ...]:
    """Give so many weeks before a week, the nearest first."""
    found: list[Week] = []
    while len(found) < count:
        week = week_of(week.begins - timedelta(hours=1), calendar)
        found.append(week)
    return tuple(found)


# --- figures -------------------------------------------------------------------------------------


class Figure(StrEnum):
    """What is counted; each stands for the list of the cases behind it."""

    FILED = "filed"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    OPEN = "open"
    OVERDUE = "overdue"
    IN_TIME = "in_time"
    """First contact came before its deadline."""
    TOO_LATE = "too_late"
    SOLVED = "solved"
    NOT_SOLVED = "not_solved"
    """Holds a case once for each time its resident said so."""
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    SATISFIED = "satisfied"
    NOT_SATISFIED = "not_satisfied"
    UNRATED = "unrated"
    """Solved, but the resident gave no score."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """What a week's figures need to know of a matter; nothing that anybody wrote."""

    number: str
    kind: Kind
    category: str
    importance: int
    urgency: int
    state: State
    filed_at: datetime
    dispatched_at: datetime
    contact_by: datetime
    resolve_by: datetime
    contacted_at: datetime | None
    paused_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    outcome: Outcome | None
    score: int | None
    refusals: int = 0
    """How often its resident said "not solved" within the week."""
    confirmations: int = 0
    """How often its resident said "solved" within the week."""

    @property
    def quadrant(self) -> Quadrant:
        """Place it by importance and urgency."""
        return quadrant(self.importance, self.urgency)

    def is_open_at(self, moment: datetime) -> bool:
        """Tell whether it was open at a moment that is not after its last change."""
        if self.filed_at >= moment:
            return False
        return self.state in OPEN or (self.closed_at is not None and self.closed_at >= moment)

    def is_overdue_at(self, moment: datetime) -> bool:
        """Tell whether a worker was late with either clock at a moment."""
        if not self.is_open_at(moment) or _before(self.resolved_at, moment):
            return False
        if self.contact_by < moment and not _before(self.contacted_at, moment):
            return True
        return self.resolve_by < moment and not _before(self.paused_at, moment)


def _before(moment: datetime | None, other: datetime) -> bool:
    return moment is not None and moment < other


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of what could be counted, with what could not be counted beside it."""

    good: int
    n: int
    """What was counted in all."""
    no_answer: int = 0
    unreachable: int = 0

    @property
    def share(self) -> float | None:
        """Give the rate from 0 to 1; None, never 0 or 1, where nothing was counted."""
        return self.good / self.n if self.n else None


@dataclass(frozen=True)
class Figures:
    """The figures of a unit and week."""

    numbers: Mapping[Figure, tuple[str, ...]] = field(default_factory=dict)
    """The case numbers behind each figure; open and overdue ones by quadrant (D-06)."""
    cases: Mapping[str, tuple[Kind, str]] = field(default_factory=dict)
    """Kind and category of every case that any figure counts."""
    waits: Mapping[str, timedelta] = field(default_factory=dict)
    """How long each case that was first contacted in the week had waited since its dispatch."""

    def behind(
        self, figure: Figure, *, kind: Kind | None = None, category: str | None = None
    ) -> tuple[str, ...]:
        """Give the numbers of the cases that a figure counts."""
        return tuple(
            number
            for number in self.numbers.get(figure, ())
            if kind in (None, self.cases[number][0]) and category in (None, self.cases[number][1])
        )

    def count(self, figure: Figure, *, kind: Kind | None = None) -> int:
        """Count the cases behind a figure."""
        return len(self.behind(figure, kind=kind))

    def by_category(self, figure: Figure, *, kinds: Iterable[Kind] = Kind) -> Mapping[str, int]:
        """Count a figure by category, the most frequent first, then by code."""
        wanted = frozenset(kinds)
        counted = Counter(
            self.cases[number][1]
            for number in self.numbers.get(figure, ())
            if self.cases[number][0] in wanted
        )
        return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))

    def first_action(self, kind: Kind | None = None) -> tuple[timedelta | None, int]:
        """Give the median time from sign to first action, and of how many cases (M-06)."""
        waits = [
            wait.total_seconds()
            for number, wait in self.waits.items()
            if kind in (None, self.cases[number][0])
        ]
        return (timedelta(seconds=median(waits)) if waits else None), len(waits)

    @property
    def response(self) -> Rate:
        """Give 响应率: contacted in time ÷ dispatched, by the clocks that ended in the week."""
        good = self.count(Figure.IN_TIME)
        return Rate(good, good + self.count(Figure.TOO_LATE))

    @property
    def resolution(self) -> Rate:
        """Give 解决率: "solved" ÷ valid answers."""
        good = self.count(Figure.SOLVED)
        return Rate(
            good,
            good + self.count(Figure.NOT_SOLVED),
            no_answer=self.count(Figure.NO_ANSWER),
            unreachable=self.count(Figure.UNREACHABLE),
        )

    @property
    def satisfaction(self) -> Rate:
        """Give 满意率: scores of `SATISFIED_FROM` and more ÷ valid scores."""
        good = self.count(Figure.SATISFIED)
        return Rate(
            good,
            good + self.count(Figure.NOT_SATISFIED),
            no_answer=self.count(Figure.UNRATED) + self.count(Figure.NO_ANSWER),
            unreachable=self.count(Figure.UNREACHABLE),
        )


def figures_of(cases: Iterable[Case], week: Week) -> Figures:
    """Count a week.

    Args:
        cases: at least all that were open at some moment of the week, each once, in any order.
    """
    found: dict[Figure, list[str]] = {figure: [] for figure in Figure}
    counted: dict[str, tuple[Kind, str]] = {}
    waits: dict[str, timedelta] = {}
    for case in sorted(cases, key=triage_order):
        for figure in _figures_of(case, week):
            found[figure].append(case.number)
            counted[case.number] = (case.kind, case.category)
        if case.number in counted and case.contacted_at and week.holds(case.contacted_at):
            waits[case.number] = case.contacted_at - case.dispatched_at
    return Figures({figure: tuple(numbers) for figure, numbers in found.items()}, counted, waits)


def _figures_of(case: Case, week: Week) -> Iterable[Figure]:
    if week.holds(case.filed_at):
        yield Figure.FILED
    if case.is_open_at(week.ends):
        yield Figure.OPEN
    if case.is_overdue_at(week.ends):
        yield Figure.OVERDUE
    yield from _response(case, week)
    yield from [Figure.SOLVED] * case.confirmations
    yield from [Figure.NOT_SOLVED] * case.refusals
    if week.holds(case.closed_at):
        yield from _end(case)


def _response(case: Case, week: Week) -> Iterable[Figure]:
    """Count the first clock in the week in which it stopped or ran out, and in no other."""
    if case.state in (State.WITHDRAWN, State.MERGED):
        return
    if case.contacted_at is not None and case.contacted_at <= case.contact_by:
        if week.holds(case.contacted_at):
            yield Figure.IN_TIME
    elif week.holds(case.contact_by):
        yield Figure.TOO_LATE


def _end(case: Case) -> Iterable[Figure]:
    match case.state:
        case State.WITHDRAWN:
            yield Figure.WITHDRAWN
        case State.MERGED:
            yield Figure.MERGED
        case State.CLOSED:
            yield Figure.CLOSED
            yield from _verdict(case)


def _verdict(case: Case) -> Iterable[Figure]:
    if case.outcome is Outcome.NO_ANSWER:
        yield Figure.NO_ANSWER
    elif case.outcome is Outcome.UNREACHABLE:
        yield Figure.UNREACHABLE
    elif case.score is None:
        yield Figure.UNRATED
    else:
        yield Figure.SATISFIED if case.score >= SATISFIED_FROM else Figure.NOT_SATISFIED


# --- a digest ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic:
    """Opinions of a week that mean the same, so many that the rules call them a topic (D-07)."""

    words: str
    """What most of them say; empty once one of them was erased."""
    numbers: tuple[str, ...]
    before: float
    """How many there were per week in the weeks before."""
    hot: bool
    """They have grown against the weeks before, as the rules measure it."""
    quote: str = ""
    """What one of several people said, naming nobody; lost with the words."""


def topics_of(
    groups: Iterable[tuple[str, Sequence[tuple[str, datetime]]]],
    week: Week,
    compared: Sequence[Week],
    rule: HotRule,
) -> tuple[Topic, ...]:
    """Turn groups of similar opinions into a week's topics, the hot ones first, then by size.

    Args:
        groups: of what most of a group say, and the number and moment of each of its opinions.
        compared: the weeks before.
    """
    found: list[Topic] = []
    for words, opinions in groups:
        numbers = tuple(number for number, filed_at in opinions if week.holds(filed_at))
        before = [sum(one.holds(filed_at) for _, filed_at in opinions) for one in compared]
        if len(numbers) >= rule.least:
            average = sum(before) / len(before) if before else 0.0
            hot = is_hot(len(numbers), before, rule)
            found.append(Topic(words=words, numbers=numbers, before=average, hot=hot))
    return tuple(sorted(found, key=lambda one: (not one.hot, -len(one.numbers), one.numbers)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    """What one unit's week was like, as it is kept."""

    unit: str
    week: Week
    due_at: datetime
    computed_at: datetime
    figures: Figures
    topics: tuple[Topic, ...] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)
    """The chart by language, as attachment ids; empty while none was drawn."""
    sections: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """What other features counted, by their sections' names."""

    @property
    def quoted(self) -> frozenset[str]:
        """Name the cases whose words stand in it."""
        return frozenset(
            number for one in self.topics if one.words or one.quote for number in one.numbers
        )

    @property
    def is_late(self) -> bool:
        """Tell whether it was written long after its time: a gap that was filled."""
        return self.computed_at - self.due_at > LATE_AFTER

    @property
    def is_empty(self) -> bool:
        """Tell whether no case came in, none ended and none is open."""
        return not self.figures.cases


def gaps(
    kept: Iterable[Digest], weeks: Sequence[Week]
) -> tuple[tuple[Week, ...], tuple[Week, ...]]:
    """Sort weeks out as (missing, late): those without a digest, and those written late."""
    by_key = {digest.week.key: digest for digest in kept}
    missing = tuple(week for week in weeks if week.key not in by_key)
    late = tuple(week for week in weeks if week.key in by_key and by_key[week.key].is_late)
    return missing, late


def to_json(digest: Digest) -> dict[str, Any]:
    """Give figures, topics and pictures as plain JSON values, without what anybody said."""
    return {
        "numbers": {figure.value: list(of) for figure, of in digest.figures.numbers.items() if of},
        "cases": {number: list(what) for number, what in digest.figures.cases.items()},
        "waits": {
            number: round(wait.total_seconds()) for number, wait in digest.figures.waits.items()
        },
        "topics": [
            {
                "numbers": list(topic.numbers),
                "before": topic.before,
                "hot": topic.hot,
            }
            for topic in digest.topics
        ],
        "pictures": dict(digest.pictures),
        "sections": {name: dict(counts) for name, counts in digest.sections.items()},
    }


def figures_from_json(body: Mapping[str, Any]) -> Figures:
    """Restore the figures that `to_json` gave."""
    return Figures(
        {Figure(name): tuple(numbers) for name, numbers in body["numbers"].items()},
        {number: (Kind(kind), category) for number, (kind, category) in body["cases"].items()},
        {number: timedelta(seconds=seconds) for number, seconds in body["waits"].items()},
    )


def topics_from_json(
    body: Mapping[str, Any], words: Sequence[str], quotes: Sequence[str] = ()
) -> tuple[Topic, ...]:
    """Restore the topics that `to_json` gave.

    Args:
        words: those of each topic, in order; empty where it has lost them.
        quotes: likewise; digests of earlier versions have none.
    """
    return tuple(
        Topic(
            words=said,
            numbers=tuple(topic["numbers"]),
            before=topic["before"],
            hot=topic["hot"],
            quote=quote,
        )
        for topic, said, quote in zip(
            body["topics"], words, quotes or [""] * len(words), strict=True
        )
    )
