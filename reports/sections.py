"""What a feature puts into a digest: figures of its own, kept with the week, and how they are said.

A digest is computed once and read for years: what a section counted stands in it as plain numbers.
`reports.registry` names every section.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.messages import Line
from domain.organisation import Unit
from domain.street import Street
from storage.database import Tx

#: Counts by a name of the section's own.
Counts = Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """The span of time that a digest is about, and when it is computed."""

    begins: datetime
    ends: datetime
    """The first moment after it."""
    now: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """What one feature tells in the digests of every unit."""

    name: str
    """By which its figures are kept."""
    read: Callable[[Tx, Street, Unit, Span], Awaitable[Counts]]
    """Counts; nothing at all where there is nothing to tell."""
    line: Callable[[Counts], Line]
    """Says what was counted."""
