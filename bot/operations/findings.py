"""What a look at an installation finds."""

from dataclasses import dataclass
from enum import StrEnum

from domain.messages import Text, text


class Grade(StrEnum):
    """How a finding is to be taken."""

    GOOD = "good"
    NOTE = "note"
    """Works, but somebody should decide or know."""
    FAULT = "fault"
    """People are not served, or promises are not kept."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    grade: Grade
    about: Text
    said: Text


def good(about: str | Text, said: Text) -> Finding:
    """Say that something is as it should be; `about` is worded as ``doctor.about_…``."""
    return Finding(Grade.GOOD, _named(about), said)


def note(about: str | Text, said: Text) -> Finding:
    """Say what somebody should decide or know."""
    return Finding(Grade.NOTE, _named(about), said)


def fault(about: str | Text, said: Text) -> Finding:
    """Say what keeps people from being served."""
    return Finding(Grade.FAULT, _named(about), said)


def _named(about: str | Text) -> Text:
    return text(f"doctor.about_{about}") if isinstance(about, str) else about
