"""The rules of a matter's clocks, and of what is shown nearby and joined."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.rules import DatedRules
from domain.working_time import Allowance, WorkCalendar, moment_before


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowances:
    """How long a matter of one urgency may take, counted from dispatch."""

    contact: Allowance
    resolve: Allowance


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockRules(DatedRules):
    """Every span the clocks use. Sources of the defaults: ``docs/rules.md``."""

    by_urgency: Mapping[int, Allowances]
    soon_share: float
    """The share of a span after which its owner is reminded the first time."""
    climb: Mapping[int, Allowance]
    """How long an overdue matter waits before it climbs one more level, by urgency."""
    acknowledge: timedelta
    """Calendar time after which an unaccepted emergency climbs."""
    answer_remind: Allowance
    answer_window: Allowance
    unseen: Allowance
    judge_remind: Allowance
    judge_window: Allowance
    take_back: timedelta = timedelta(days=1)
    """For how long a verdict can be taken back, in calendar time."""
    contact_take_back: timedelta = timedelta(minutes=10)
    """For how long a worker can take back that the resident was spoken with, in calendar time."""
    recheck: timedelta
    max_returns: int
    """Returns after which the level above must decide: no ping-pong."""

    def soon(self, due: datetime, allowance: Allowance, calendar: WorkCalendar) -> datetime:
        """Give the moment at which the share of an allowance that is left says "soon"."""
        left = float(allowance.hours) * (1 - self.soon_share)
        return moment_before(due, Allowance(hours=left, calendar=allowance.calendar), calendar)


@dataclass(frozen=True, kw_only=True, slots=True)
class NearbyRules(DatedRules):
    """When an open case may be the same matter as one that is about to be filed."""

    metres: float = 150.0
    """Two points farther apart are two places."""
    days: int = 30
    """How old a case may be."""
    like_words: float = 0.3
    """Texts at least so alike count as evidence."""
    like_places: float = 0.5
    """Place words at least so alike are one place, within a grid."""
    least: float = 1.5
    """The sum of the evidence from which a case is offered: place, category, words."""
    most: int = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class SupportRules(DatedRules):
    """How many cases of others a resident may join: an owner hears of each."""

    most_a_day: int


@dataclass(frozen=True, kw_only=True, slots=True)
class UrgingRules(DatedRules):
    """When a resident may ask for an open case once more (催)."""

    quiet: timedelta
    """So long nothing happened; an overdue case may be urged at once."""
    again: timedelta
    """So long after one urging the next one counts."""
