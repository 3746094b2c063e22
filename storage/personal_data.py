"""What a part of storage declares about the personal data it keeps: once, beside its tables.

`storage.registry` names every declaration. The copy that somebody orders, the erasure, the union
of two accounts and the nightly housekeeping go over that tuple and know no part by name.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table

from domain.data_copy import Copied
from domain.people import Account
from domain.street import Office
from domain.subjects import Subject
from storage.database import Tx
from storage.subjects import SubjectKind

#: A query of one column of ids.
Ids = Select[tuple[str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Forgotten:
    """A person who is forgotten in this transaction."""

    person: str
    at: datetime
    accounts: tuple[Account, ...]
    """Every account that goes, as it was before anything went, revoked ones too."""
    staying: tuple[Account, ...] = ()
    """The accounts that stay; none of a resident's."""
    kept: frozenset[Subject]
    """Those of the person's matters that a law keeps."""
    upto: int
    """The newest outbox row that goes: a farewell written after it stays."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonalData:
    """What one part of storage keeps of persons, and what becomes of it.

    A function that is None has nothing to do here. None of them commits, and in which order the
    declarations are gone over makes no difference: none may rely on the rows of another.
    """

    name: str
    tables: tuple[Table, ...]
    copy: Callable[[Tx, str], Awaitable[Mapping[str, Any]]] | None = None
    """Gather what is kept of a person, by fields of `domain.residents.personal_data.DataCopy`;
    no two declarations give the same field."""
    copied: Callable[[Tx, str], Awaitable[Copied]] | None = None
    """Gather what a feature keeps of a person as a list of its own in the copy."""
    forget: Callable[[Tx, Forgotten], Awaitable[object]] | None = None
    """Erase what is kept of a person; a second time changes nothing, for a restore does it over."""
    forget_staff: Callable[[Tx, Forgotten], Awaitable[object]] | None = None
    """Erase what is a member of staff's own, and leave what the office must keep of them."""
    owned: Callable[[Tx, str], Awaitable[Sequence[Subject]]] | None = None
    """List the subjects that go with a person, whatever hangs on them and whoever was told of it.
    Matters are none of these: a law may keep one."""
    stays: str = ""
    """Why an erasure leaves what it leaves, where it leaves anything that names a person."""
    forget_file: Callable[[Tx, Sequence[Subject]], Awaitable[object]] | None = None
    """Erase what belongs to the files of subjects, of whatever kind they are."""
    forget_shown: Callable[[Tx, Sequence[Subject], int], Awaitable[object]] | None = None
    """Erase what was shown of subjects outside their files, also where a law keeps these: up to an
    outbox row."""
    move: Callable[[Tx, str, str], Awaitable[object]] | None = None
    """Give to the first person what was the second one's: two accounts were linked."""
    sweep: Callable[[Tx, datetime], Awaitable[object]] | None = None
    """Every night: forget what has expired."""
    expire: Callable[[Tx, datetime, Office], Awaitable[int]] | None = None
    """Every night, each time in a transaction of its own until it gives 0: erase some of what no
    rule of the office keeps any longer, and give how much that was."""
    shows: Callable[[datetime], Ids] | None = None
    """Choose the attachments without a subject that are still shown at a moment."""
    busy: Callable[[], Ids] | None = None
    """Choose the persons who are in the middle of something: their uploads wait for them."""
    subjects: tuple[SubjectKind, ...] = ()
    """The kinds of things of this part that files, messages and events may be about."""
