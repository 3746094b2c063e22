"""What the rules of all features have in common: they are dated, and each value says its source.

A feature's rules are a frozen dataclass of its own, such as `domain.matters.rules.ClockRules`;
`Street.rules` gives those that hold in a community. Sources of the defaults: ``docs/rules.md``.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from domain.categories import Kind
from domain.policies import Citation


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleValue:
    """One value in force, as the office writes it, and where it comes from."""

    table: str
    key: str
    value: float | str
    source: str
    """Empty where an office changed it and named no source."""
    in_force_from: date
    documents: tuple[Citation, ...] = ()
    """What it rests on, as far as it stands in a document."""
    own: bool = False
    """A community set it for itself, within the street's limits (R-04)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DatedRules:
    """The rules of one feature that hold together on a day in a community."""

    values: tuple[RuleValue, ...] = ()
    """What they were made from; empty for rules that no configuration gave."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftRules(DatedRules):
    """How long an unfinished form waits for its writer."""

    life: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class LegalHold:
    """A class of records that a law keeps for some time; configuration, with its source."""

    kind: Kind
    after_closing: timedelta
    source: str
