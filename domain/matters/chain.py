"""What happens to a matter is appended to its chain of events."""

from dataclasses import replace
from typing import Any

from domain.chain import Act, following
from domain.matters.matter import Event, Happening, Matter


def record(matter: Matter, act: Act, happening: Happening, **content: Any) -> Matter:
    """Append an event to a matter; None values are left out of the content."""
    seq = matter.seq + 1
    event = following(Event, matter.subject, seq, matter.head, act, happening, content)
    return replace(matter, seq=seq, head=event.digest, fresh=(*matter.fresh, event))
