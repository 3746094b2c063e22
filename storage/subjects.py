"""What a feature declares of the kinds of things that files and messages of it are about.

A declaration stands in the feature's `PersonalData`; `storage.registry` gives them by name. Of a
kind that nobody declares, nobody sees a file, and nothing is thrown away.
"""

from collections.abc import Awaitable, Callable, Sequence, Set
from dataclasses import dataclass

from sqlalchemy import Select

from domain.access.actors import Actor
from domain.messages import Choice, Value
from domain.organisation import Organisation
from domain.subjects import Subject
from storage.database import Tx


@dataclass(frozen=True, kw_only=True, slots=True)
class Keeper:
    """Who answers for a subject, and how it is named to them."""

    person: str
    name: Value
    show: Choice
    """The button that opens it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SubjectKind:
    """A kind of subjects, and what the shared parts ask about one."""

    name: str
    living: Callable[[Tx, Sequence[str]], Awaitable[Set[str]]]
    """Gives those of some ids that there are still: the files of the others go at night."""
    may_see: Callable[[Tx, Actor, Organisation, str], Awaitable[bool]]
    """Tells whether somebody may look at its files now; it asks `domain.access`."""
    keeper: Callable[[Tx, str], Awaitable[Keeper | None]] | None = None
    """Finds who hears of it where somebody else could not be told something about it."""
    filed: Callable[[], Select[tuple[str]]] | None = None
    """Chooses the ids of all of which there has to be a file of events; None where there need be
    none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SubjectsGone:
    """Subjects lose what was told in them and shown of them; see `storage.forgetting`."""

    subjects: tuple[Subject, ...]
    upto: int
    """The newest outbox row that goes."""
