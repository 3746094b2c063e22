"""Orders: what the office does for somebody, step by step, from an agency to an errand.

An order is driven by a declared `Procedure`. Where it was made of a case, the case is referred to
it as long as it is under way, and its deadline and owner are the case's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from domain.access.rights import Right
from domain.access.services import ServicesRight
from domain.organisation import Seat
from domain.stages import Standing
from domain.subjects import Subject

#: The kind of its subjects.
ORDER = "order"


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """Something that the office does for a resident."""

    id: str
    kind: str
    """Which procedure drives it, such as ``agency``."""
    matter: str | None
    """The number of the case that it was made of."""
    community: str
    grid: str
    resident: str
    """Who asked for it and is told; empty once they were erased."""
    barred: frozenset[str] = frozenset()
    seat: Seat
    owner: str | None
    """The named worker; None only while nobody of the ladder has joined."""
    climbed_to: Seat | None = None
    standing: Standing
    body: Mapping[str, Any] = field(default_factory=dict)
    """What its kind keeps of it; sealed, and erased with it."""
    opened_at: datetime
    ended_at: datetime | None = None
    outcome: str = ""
    """How it ended, in code; empty while it is open."""
    reminded_until: datetime
    """The due time of the last reminder."""
    version: int = 0

    @property
    def subject(self) -> Subject:
        """By which files, messages and events refer to it."""
        return Subject(ORDER, self.id)

    @property
    def number(self) -> str:
        """By which people name it: the number of its case."""
        return self.matter or self.id

    @property
    def unit(self) -> str:
        """The unit that it belongs to."""
        return self.grid

    @property
    def parties(self) -> frozenset[str]:
        """Whose it is."""
        return frozenset({self.resident} - {""})

    @property
    def sealed(self) -> bool:
        """Tell whether only few may read of it."""
        return False

    @property
    def restricted_until(self) -> datetime | None:
        """No law keeps an order that its resident wants erased."""
        return None

    @property
    def known_by(self) -> tuple[Right, ...]:
        """Who sees it knows of it."""
        return (ServicesRight.SEE, ServicesRight.FOLLOW)

    @property
    def urgency(self) -> int:
        """Nothing that cannot wait is done by an order."""
        return 1

    @property
    def is_open(self) -> bool:
        """Tell whether something still has to be done."""
        return self.ended_at is None


def stored(order: Order) -> Order:
    """Give the order as it is after it was written."""
    return replace(order, version=order.version + 1)
