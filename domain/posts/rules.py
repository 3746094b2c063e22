"""The rules of posts."""

from dataclasses import dataclass
from datetime import timedelta

from domain.rules import DatedRules


@dataclass(frozen=True, kw_only=True, slots=True)
class AbsenceRules(DatedRules):
    """For how long somebody may stand in for a post before it is to be filled anew."""

    longest: timedelta
