"""What a look at an installation finds."""

from dataclasses import dataclass
from enum import StrEnum


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
    about: str
    said: str
