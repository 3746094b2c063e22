"""The rules of visits to those who need looking after."""

from dataclasses import dataclass
from datetime import timedelta

from domain.rules import DatedRules


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitRules(DatedRules):
    """How often whom, and how long what is kept. Sources: ``docs/rules.md``."""

    elder: timedelta
    """At most a month. Source: F-200."""
    child_risk: timedelta
    child: timedelta
    disabled: timedelta
    care: timedelta
    ordinary: timedelta
    term: timedelta
    """How long an entry stands before it has to be renewed."""
    review: timedelta
    """How long before that its owner is asked to look at it."""
    kept: timedelta
    """How long what it says is kept after it ended."""
    approval: timedelta
    """How long an approval opens an entry about a minor."""
    need: timedelta
    """Within what something is done about a need."""
    effect: timedelta
    """Within what, from then on, its effect is on record."""
