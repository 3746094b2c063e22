"""The rules of digests."""

from dataclasses import dataclass

from domain.rules import DatedRules


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicRules(DatedRules):
    """When similar opinions are a hot topic. Requirement D-07; sources: ``docs/rules.md``."""

    least_opinions: int
    weeks_compared: int
    growth: float
    """How many times the weekly average before counts as rising."""
