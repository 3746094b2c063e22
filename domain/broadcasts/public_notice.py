"""A broadcast that also stands on the page that everybody may read, until it ends or is taken down.

What is said to a grid stays in chat: only what concerns a whole community or the street is public.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.access.actors import Actor
from domain.access.broadcasts import BroadcastRight
from domain.access.checks import may
from domain.organisation import Organisation, Unit, UnitKind

#: What fits on one line of a phone or two.
MAX_TITLE_LETTERS = 40
_PUBLIC_KINDS = frozenset({UnitKind.STREET, UnitKind.COMMUNITY})


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicNotice:
    """What everybody may read of a broadcast: what leads to a private person is hidden already."""

    id: str
    """The broadcast's."""
    by: str
    unit: str
    title: str
    words: str
    """Empty once it was taken down."""
    published_at: datetime
    until: datetime
    """When it ends by itself."""
    taken_down_at: datetime | None = None
    taken_down_by: str | None = None

    def stands(self, now: datetime) -> bool:
        """Tell whether it can be read at a moment."""
        return self.taken_down_at is None and now < self.until


def may_be_public(unit: Unit | None) -> bool:
    """Tell whether what is said to a unit may be said to everybody."""
    return unit is not None and unit.kind in _PUBLIC_KINDS


def may_take_down(actor: Actor, organisation: Organisation, notice: PublicNotice) -> bool:
    """Tell whether somebody may take a notice down: its writer, and who may speak to its unit."""
    if not actor.posts:
        return False
    allowed = may(actor, BroadcastRight.SEND, organisation, unit=notice.unit)
    return notice.by == actor.person or allowed is not None
