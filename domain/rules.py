"""Spans, shares and limits that an office sets: dated configuration with sources.

Sources of the defaults: ``docs/rules.md``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.categories import Kind
from domain.working_time import Allowance, WorkCalendar, moment_before


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowances:
    """How long a matter of one urgency may take, counted from dispatch."""

    contact: Allowance
    resolve: Allowance


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockRules:
    """Every span the clocks use; configuration with a source and an in-force date.

    Sources of the defaults: ``docs/rules.md``.
    """

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
    recheck: timedelta
    max_returns: int
    """Returns after which the level above must decide: no ping-pong."""

    def soon(self, due: datetime, allowance: Allowance, calendar: WorkCalendar) -> datetime:
        """Give the moment at which the share of an allowance that is left says "soon"."""
        left = float(allowance.hours) * (1 - self.soon_share)
        return moment_before(due, Allowance(hours=left, calendar=allowance.calendar), calendar)


@dataclass(frozen=True, kw_only=True, slots=True)
class LegalHold:
    """A class of records that a law keeps for some time; configuration, with its source."""

    kind: Kind
    after_closing: timedelta
    source: str
