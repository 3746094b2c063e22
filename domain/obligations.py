"""Who owes what by when: to-do lists, overviews and the rule that nothing is without an owner.

Each feature says what is owed of its own kind, by a query; nobody keeps a second table of it.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.messages import Choice, Text, Tone
from domain.subjects import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """How much is owed in one place."""

    open: int = 0
    overdue: int = 0
    waiting: int = 0
    """Somebody else has to do something first, such as the resident who was asked."""
    unowned: int = 0
    """Nobody of its ladder has joined."""

    def __add__(self, other: "Tally") -> "Tally":
        """Count together."""
        return Tally(
            open=self.open + other.open,
            overdue=self.overdue + other.overdue,
            waiting=self.waiting + other.waiting,
            unowned=self.unowned + other.unowned,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Obligation:
    """One thing that somebody has to do, and the button behind which it is done."""

    subject: Subject
    owner: str | None
    """None as long as nobody of its ladder has joined."""
    unit: str
    due_at: datetime
    label: Text
    """What it is about; the line on which it stands is a button as a whole."""
    detail: Text
    """How it stands, by when, where."""
    action: str
    is_overdue: bool = False
    is_urgent: bool = False
    """People may be in danger."""
    waits: bool = False
    """Somebody else has to do something first."""

    @property
    def order(self) -> tuple[bool, bool, datetime, str, str]:
        """Danger first; then what one owes before what others owe, each by deadline."""
        return (not self.is_urgent, self.waits, self.due_at, self.subject.kind, self.subject.id)

    @property
    def row(self) -> Choice:
        """Make its line in a list."""
        tone = Tone.OVERDUE if self.is_overdue else Tone.PLAIN
        return Choice(
            label=self.label,
            action=self.action,
            detail=self.detail,
            tone=Tone.URGENT if self.is_urgent else tone,
        )
