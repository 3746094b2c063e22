"""Corrections: sentences of which people said what they are, taken otherwise by the bot before.

A correction is a copy of words that stand in a case, and goes with it. It is kept where its writer
agreed and the office wants to learn, and never leaves the office.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.categories import Kind
from domain.rules import DatedRules
from domain.words.lexicon import Guess
from domain.words.personal_data import screened
from domain.words.understanding import Understanding

#: A longer text is a story: little can be learnt of it, and much be told.
LONGEST = 200


class Corrector(StrEnum):
    """Who said what a sentence is."""

    WRITER = "writer"
    """The resident pressed something else than was proposed."""
    STAFF = "staff"
    """A member of staff sorted the case anew."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """A sentence and what it is."""

    number: str
    """The case in which it was said; one correction a case."""
    community: str
    person: str
    """Whose words they are."""
    said: str
    reading: Guess
    category: str
    by: Corrector
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningRules(DatedRules):
    """What is learnt of corrections. Sources: ``docs/rules.md``."""

    least_persons: int
    """So many people's sentences must hold a piece before it is learnt."""
    life: timedelta
    """How long a correction is kept."""


def reading_of(kind: Kind) -> Guess:
    """Give the reading that becomes a matter of a kind."""
    return Guess.QUESTION if kind is Kind.ENQUIRY else Guess(kind.value)


def is_other(understood: Understanding, kind: Kind, category: str) -> bool:
    """Tell whether a sentence was taken for something else than it is.

    A category counts as proposed where it stood first among the likeliest of its kind.
    """
    if understood.guess is not reading_of(kind):
        return True
    likely = understood.likely.get(kind, ())
    return kind is not Kind.ENQUIRY and category != (likely[0] if likely else None)


def may_be_kept(understood: Understanding) -> bool:
    """Tell whether words may be kept to learn from, as far as they themselves tell.

    Never what tells of danger or may be a complaint about a person: of both is told without
    what an office taught.
    """
    if understood.dangers or understood.may_be_danger or Guess.CONDUCT in understood.alternatives:
        return False
    return bool(understood.plain) and len(understood.plain) <= LONGEST


def without_numbers(said: str) -> str:
    """Hide in words what leads to a private person and has a shape: numbers, plates, doors."""
    return screened(said).words
