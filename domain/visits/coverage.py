"""覆盖率: how many visits were due and how many were made, by grid; both are always shown.

Grids stand in the order of their codes and people are never named: nobody is ranked (F-302, F-304).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.messages import Text, text


@dataclass(frozen=True, slots=True)
class Round:
    """One visit that was due, whether or not it was made."""

    unit: str
    due_at: datetime
    settled_at: datetime | None = None
    declined: bool = False
    """The person wanted none."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The figures of a grid, or of several together, for a span of time."""

    due: int = 0
    """Visits whose day lay in the span, and those left over from before it; without the declined
    ones."""
    done: int = 0
    """Those of them that were made by its end."""
    declined: int = 0
    """Visits that the person did not want."""
    late: int = 0
    """Those that are not made although their day is over, as it stands now."""
    needs: int = 0
    """Needs without an effect, as it stands now."""

    def __add__(self, other: "Coverage") -> "Coverage":
        """Count together."""
        return Coverage(
            self.due + other.due,
            self.done + other.done,
            self.declined + other.declined,
            self.late + other.late,
            self.needs + other.needs,
        )

    @property
    def said(self) -> Text:
        """Say done of due, both, with what lies beside them; nothing due is no hundred percent."""
        if not self.due:
            return text("visits.coverage_none", declined=self.declined, late=self.late)
        percent = f"{self.done / self.due:.0%}"
        return text(
            "visits.coverage_of",
            done=self.done,
            due=self.due,
            percent=percent,
            declined=self.declined,
            late=self.late,
        )


def coverage_of(
    rounds: Iterable[Round], units: Iterable[str], begins: datetime, ends: datetime, now: datetime
) -> Mapping[str, Coverage]:
    """Count by grid the visits that were due in a span of time, and those of them that were made.

    Each round counts in the span in which its day lies, also where it was made before; one that is
    left over counts again until it is made.
    """
    found = {unit: Coverage() for unit in units}
    for one in rounds:
        if one.unit in found:
            found[one.unit] += _counted(one, begins, ends, now)
    return found


def _counted(one: Round, begins: datetime, ends: datetime, now: datetime) -> Coverage:
    late = int(one.settled_at is None and one.due_at < now)
    left_over = one.due_at < begins and (one.settled_at is None or one.settled_at >= begins)
    if not (begins <= one.due_at < ends or left_over):
        return Coverage(late=late)
    in_time = one.settled_at is not None and one.settled_at < ends
    if one.declined and in_time:
        return Coverage(declined=1)
    return Coverage(due=1, done=int(in_time), late=late)
