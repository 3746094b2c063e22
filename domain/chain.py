"""Who did what when, and the hashes that tie the events of a file together.

A file is what a subject's events say, in their order. Each event binds its content with a salt
that is erased with it, so that the chain verifies also after erasure.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from domain.organisation import Role
from domain.subjects import Subject


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, as what, and when."""

    by: str
    role: Role
    at: datetime
    salt: bytes
    """32 fresh random bytes; the events of one act derive their own salts from it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One link of a file's chain.

    ``content`` holds what people wrote and may be gone (None) after erasure; ``commitment`` binds
    it with a salt that is erased with it; ``digest`` binds everything else and the link before.
    """

    file: Subject
    seq: int
    happening: str
    """What happened; a feature's words begin with its name, such as ``visits.begun``."""
    actor: str
    role: Role
    at: datetime
    content: Mapping[str, Any] | None
    salt: bytes | None
    commitment: bytes
    digest: bytes


_Event = TypeVar("_Event", bound=Event)


def commit(content: Mapping[str, Any], salt: bytes) -> bytes:
    """Bind content with a salt: without the salt, nobody can test a guess of the content."""
    plain = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(salt, plain.encode(), hashlib.sha256).digest()


def link(
    before: bytes, file: Subject, seq: int, happening: str, act: Act, commitment: bytes
) -> bytes:
    """Compute the digest of one link from the link before it."""
    at = act.at.isoformat()
    plain = json.dumps([str(file), seq, happening, act.by, act.role, at, commitment.hex()])
    return hashlib.sha256(before + plain.encode()).digest()


def following(
    sort: type[_Event],
    file: Subject,
    seq: int,
    before: bytes,
    act: Act,
    happening: str,
    content: Mapping[str, Any],
) -> _Event:
    """Make the event that follows a link; None values are left out of the content.

    Args:
        seq: its own number in the file.
        before: the digest of the link before it; empty for the first.
    """
    kept = {name: value for name, value in content.items() if value is not None}
    salt = hashlib.sha256(act.salt + seq.to_bytes(4)).digest()
    commitment = commit(kept, salt)
    return sort(
        file=file,
        seq=seq,
        happening=happening,
        actor=act.by,
        role=act.role,
        at=act.at,
        content=kept,
        salt=salt,
        commitment=commitment,
        digest=link(before, file, seq, happening, act, commitment),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Chain:
    """The end of a file's chain, and the events that were appended to it since it was read."""

    file: Subject
    seq: int = 0
    head: bytes = b""
    fresh: tuple[Event, ...] = ()

    def record(self, act: Act, happening: str, **content: Any) -> "Chain":
        """Append an event."""
        seq = self.seq + 1
        event = following(Event, self.file, seq, self.head, act, happening, content)
        return replace(self, seq=seq, head=event.digest, fresh=(*self.fresh, event))


def verify(events: Iterable[Event], head: bytes | None = None) -> list[str]:
    """Check a chain from its first event on.

    Args:
        events: all events of one file by ``seq``.
        head: the digest that is kept of its last event, if it is to agree.

    Returns:
        What is wrong, in sentences; empty for a sound chain, erased contents included.
    """
    found: list[str] = []
    before = b""
    for expected_seq, event in enumerate(events, start=1):
        if event.seq != expected_seq:
            found.append(f"event {expected_seq} is missing")
            break
        act = Act(event.actor, event.role, event.at, b"")
        digest = link(before, event.file, event.seq, event.happening, act, event.commitment)
        if digest != event.digest:
            found.append(f"event {event.seq} was changed")
        if event.content is not None and (
            event.salt is None or commit(event.content, event.salt) != event.commitment
        ):
            found.append(f"the content of event {event.seq} was changed")
        before = event.digest
    if head is not None and not found and before != head:
        found.append("the last events are missing")
    return found
