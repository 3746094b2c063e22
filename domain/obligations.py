"""Who owes what by when: to-do lists, overviews and the rule that nothing is without an owner.

Each feature says what is owed of its own kind, by a query; nobody keeps a second table of it.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.messages import Line, Text
from domain.subjects import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class Obligation:
    """One thing that somebody has to do, and the button behind which it is done."""

    subject: Subject
    owner: str | None
    """None as long as nobody of its ladder has joined."""
    unit: str
    due_at: datetime
    line: Line
    """How it is listed."""
    label: Text
    """What its button says."""
    action: str
    is_overdue: bool = False
    is_urgent: bool = False
    waits: bool = False
    """Somebody else has to do something first."""

    @property
    def order(self) -> tuple[bool, datetime, str, str]:
        """What one owes comes before what others owe, each by deadline."""
        return (self.waits, self.due_at, self.subject.kind, self.subject.id)
