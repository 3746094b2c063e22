"""What one handled update would change, and how a batch of such changes is written.

A handler collects a `Changes`; nothing touches the tables before the whole batch is handled. Each
storage module registers how objects of its types are written, all objects of a type in one go.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from storage.database import Tx

_Kind = TypeVar("_Kind")
Write = Callable[[Tx, Sequence[Any]], Awaitable[None]]
Hold = Callable[[Tx, Sequence[str]], Awaitable[None]]

_writes: dict[type, Write] = {}
_holds: dict[str, Hold] = {}
_first: set[Write] = set()
_last: set[Write] = set()


def writes(*kinds: type, first: bool = False, last: bool = False) -> Callable[[Write], Write]:
    """Register how objects of types are written: ``@writes(Person)``.

    Objects of types that share one function are written by it in the order they were given.

    Args:
        first: before everything else, so that two processes lock shared rows in the same order.
        last: after everything else of the batch, whatever order it was given in; for what moves
            or erases rows that others still write.
    """

    def register(write: Write) -> Write:
        _writes.update(dict.fromkeys(kinds, write))
        if first:
            _first.add(write)
        if last:
            _last.add(write)
        return write

    return register


def holds(kind: str) -> Callable[[Hold], Hold]:
    """Register how the rows of versioned subjects are locked: ``@holds("matter")`` on ids."""

    def register(hold: Hold) -> Hold:
        _holds[kind] = hold
        return hold

    return register


async def hold(tx: Tx, names: Iterable[str]) -> None:
    """Lock what others changed under an earlier try, so that this one reads what stays.

    Args:
        names: as they were touched; whoever does the same work in another process waits.
    """
    by_kind: dict[str, list[str]] = {}
    for name in sorted(names):
        kind, _, ident = name.partition(" ")
        if kind in _holds:
            by_kind.setdefault(kind, []).append(ident)
    for kind, idents in by_kind.items():
        await _holds[kind](tx, idents)


class Changes:
    """Objects to be saved, in the order they were given.

    What a change set alters is named as kind and id, and is one of two:

    - ``touched`` is *versioned*: its write finds out whether another process was faster
      (`domain.errors.Conflict`), and the work is done again. What is changed twice in one batch is
      written in between, and the second reads it.
    - ``alone`` reaches beyond the person who asks and has no version, such as the organisation or
      another person: it is changed once a batch, and on PostgreSQL while no other process handles
      anything.

    What many may change side by side, such as the places of one morning, is ``shared``: it is
    written in between only where the same is touched as well. How many places each takes is added
    up in ``taken``, so that whoever is next in the batch knows how many are left.
    """

    def __init__(self) -> None:
        self._listed: list[object] = []
        self._keyed: dict[str, object] = {}
        self.touched: set[str] = set()
        self.alone: set[str] = set()
        self.shared: set[str] = set()
        self.taken: Counter[str] = Counter()

    @property
    def objects(self) -> list[object]:
        """Everything collected: what was saved under keys first, then the rest in order."""
        return [*self._keyed.values(), *self._listed]

    def save(self, *objects: object) -> None:
        """Collect objects; their types must be registered.

        Raises:
            TypeError: nobody registered how such an object is written.
        """
        for one in objects:
            _ensure_written(one)
        self._listed.extend(objects)

    def put(self, key: str, one: object) -> None:
        """Collect an object in place of an earlier one of the same key.

        A draft that is dropped and begun anew in one turn is written once, as it is at the end.

        Raises:
            TypeError: nobody registered how such an object is written.
        """
        _ensure_written(one)
        self._keyed.pop(key, None)
        self._keyed[key] = one

    def given(self, key: str) -> object | None:
        """Give what was collected under a key, so that more of it can be added."""
        return self._keyed.get(key)

    def drop(self, kind: type) -> None:
        """Leave out the objects of a type that were saved so far."""
        self._listed = [one for one in self._listed if type(one) is not kind]

    def revise(self, kind: type[_Kind], how: Callable[[_Kind], _Kind]) -> None:
        """Put what a function makes of them in place of the listed objects of a type."""
        self._listed = [how(one) if isinstance(one, kind) else one for one in self._listed]

    def touch(self, *names: str) -> None:
        """Name what is altered and versioned, such as ``matter 2026-00017``."""
        self.touched.update(names)

    def share(self, *names: str) -> None:
        """Name what is altered by many side by side, each in a part of its own."""
        self.shared.update(names)

    def take(self, name: str, count: int) -> None:
        """Take so many of what there is a limited number of; below zero they are given back."""
        self.taken[name] += count

    def touch_alone(self, *names: str) -> None:
        """Name what is altered while no other process may handle anything."""
        self.alone.update(names)


def _ensure_written(one: object) -> None:
    if type(one) not in _writes:
        raise TypeError(f"nothing in storage/ writes a {type(one).__name__}")


async def apply(tx: Tx, changes: Iterable[Changes]) -> None:
    """Write change sets in bulk: one or a few statements per type of object.

    Raises:
        Conflict: a row changed under the transaction; nothing may be committed.
    """
    by_write: dict[Write, list[object]] = {}
    for change in changes:
        for one in change.objects:
            by_write.setdefault(_writes[type(one)], []).append(one)
    for write in sorted(by_write, key=lambda one: (one not in _first, one in _last)):
        await write(tx, by_write[write])


@dataclass(frozen=True, slots=True)
class Beside:
    """What the turns of a batch know of each other, until the batch is written."""

    taken: Counter[str] = field(default_factory=Counter)
    """How many they take of what there is a limited number of, by name."""
    seen: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    """What one has read and the next would read again, by names of whoever reads it."""

    def clear(self) -> None:
        """Forget it: from now on it stands in the tables."""
        self.taken.clear()
        self.seen.clear()


class Unwritten:
    """The change sets of a batch that are not in the tables yet."""

    def __init__(self, tx: Tx) -> None:
        """Begin without any."""
        self.tx = tx
        self._changes: list[Changes] = []
        self.touched: set[str] = set()
        """What they alter of what is versioned: whoever alters it too must read it written."""
        self.shared: set[str] = set()
        """What many of them alter side by side: whoever touches it must read it written."""
        self.beside = Beside()
        self.alone: set[str] = set()
        """What the batch altered of what is loaded but once: not to be altered again in it."""

    def add(self, changes: Changes) -> None:
        """Put off a change set."""
        self._changes.append(changes)
        self.touched |= changes.touched
        self.shared |= changes.shared
        self.beside.taken.update(changes.taken)
        self.alone |= changes.alone

    def comes_before(self, changes: Changes) -> bool:
        """Tell whether this must be written before what a change set alters is read."""
        return bool(changes.touched & (self.touched | self.shared) or changes.shared & self.touched)

    async def write(self) -> None:
        """Write everything, in as few statements as a batch takes.

        Raises:
            Conflict: another process was faster.
        """
        changes, self._changes = self._changes, []
        self.touched.clear()
        self.shared.clear()
        self.beside.clear()
        await apply(self.tx, changes)
