"""What messages, files and reminders are about, and the button that opens it."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.messages import Choice, action, text

#: The kind of a matter: every feature may open, refer and resolve one.
MATTER = "matter"


@dataclass(frozen=True, order=True, slots=True)
class Subject:
    """A reference to a thing of any feature, such as a matter by its number.

    A feature's kinds are words of its own, without a colon.
    """

    kind: str
    id: str

    def __str__(self) -> str:
        """Give it as it stands in tables and files: ``matter:2026-00017``."""
        return f"{self.kind}:{self.id}"


def parse_subject(written: str) -> Subject:
    """Read what `str` gives of a subject.

    Raises:
        ValueError: it is none.
    """
    kind, _, which = written.partition(":")
    if not kind or not which:
        raise ValueError(f"not a subject: {written!r}")
    return Subject(kind, which)


def ids_of(subjects: Iterable[Subject], kind: str) -> list[str]:
    """Choose the subjects of a kind, by id."""
    return [one.id for one in subjects if one.kind == kind]


def case(number: str) -> Subject:
    """Refer to a matter."""
    return Subject(MATTER, number)


def open_case(number: str) -> Choice:
    """Make the button that shows a case; what it shows depends on who presses it."""
    return Choice(label=text("cards.open", number=number), action=action("matters.show", number))


def called(subject: Subject) -> str:
    """Name a case by its number, as people do, and everything else with its kind."""
    return subject.id if subject.kind == MATTER else str(subject)
