"""The hash chain of a matter: events over salted commitments, which verify also after erasure."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from domain.chain import Act, commit, link
from domain.matters.matter import Event, Happening, Matter


def record(matter: Matter, act: Act, happening: Happening, **content: Any) -> Matter:
    """Append an event to a matter; None values are left out of the content."""
    seq = matter.seq + 1
    kept = {name: value for name, value in content.items() if value is not None}
    salt = hashlib.sha256(act.salt + seq.to_bytes(4)).digest()
    commitment = commit(kept, salt)
    event = Event(
        number=matter.number,
        seq=seq,
        happening=happening,
        actor=act.by,
        role=act.role,
        at=act.at,
        content=kept,
        salt=salt,
        commitment=commitment,
        digest=link(matter.head, matter.number, seq, happening, act, commitment),
    )
    return replace(matter, seq=seq, head=event.digest, fresh=(*matter.fresh, event))


def verify(events: Iterable[Event], head: bytes | None = None) -> list[str]:
    """Check a chain from its first event on.

    Args:
        events: all events of one matter by ``seq``.
        head: the digest that the matter itself holds, if it is to agree.

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
        digest = link(before, event.number, event.seq, event.happening, act, event.commitment)
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
