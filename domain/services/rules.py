"""The rules of services that are done for somebody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from domain.rules import DatedRules
from domain.stages import Clock
from domain.working_time import Allowance, WorkCalendar


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderRules(DatedRules):
    """How long each stage of an order may take. Sources: ``docs/rules.md``."""

    spans: Mapping[str, Allowance]
    """By the name of the span, as the stages name it; ``decide`` is what whoever does it has where
    the resident did not come in time."""
    climb: Allowance
    """How long an overdue step waits before it is told to one more level."""
    soon_share: float
    """The share of a span after which whoever owes it is reminded."""

    def clock(self, calendar: WorkCalendar) -> Clock:
        """Give what the stages count with."""
        return Clock(self.spans.__getitem__, calendar)


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskRules(OrderRules):
    """The rules of paying on behalf, repairs and errands."""

    most_yuan: int
    """No cap of a task may be higher."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AgencyRules(OrderRules):
    """The rules of full agencies."""

    authority_valid: timedelta
    """How long an authority counts, in calendar time."""
    proxy_valid: timedelta
    """How long somebody may act for somebody else, before it is verified anew."""
    verify: Allowance
    """How long the office takes to verify that."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HomeRules(OrderRules):
    """How long each stage of a home visit may take, and when both sides are reminded of it."""

    first: timedelta
    """So long before its window both sides are reminded for the first time."""
    last: timedelta
    """And for the last time."""
    tries: int
    """So many mistyped codes are answered; then the hall has to be called."""
