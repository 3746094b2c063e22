"""The rules of what is said to all residents of a unit."""

from dataclasses import dataclass
from datetime import timedelta

from domain.rules import DatedRules


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeRules(DatedRules):
    """How long a public notice stands on the page."""

    life: timedelta
