"""What procedures hear of the matters referred to them; each feature says how, for its own.

`storage.registry.PROCEDURES` names them all. Whoever withdraws or erases a referred matter, takes
it out of its procedure, or takes in new holidays, tells the procedure by these, and knows none by
name.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.chain import Act


@dataclass(frozen=True, kw_only=True, slots=True)
class Procedure:
    """One sort of procedure; every function gets the `storage.work.Work` first."""

    kind: str
    """The kind of its subjects."""
    ended: Callable[[Any, Any, Act, str], Awaitable[None]]
    """Ends the procedure of a matter, given as it was before, for a reason: it is withdrawn, taken
    out, or forgotten. The matter itself is saved by whoever does that; whoever runs the procedure
    is told here."""
    handed_over: Callable[[Any, Any, Act], Awaitable[None]]
    """Gives the procedure of a matter, which has a new owner already, to that owner as well."""
    redated: Callable[[Any, Any, Any], Awaitable[datetime | None]]
    """Counts by new holidays (`domain.matters.redating.Calendars`) when the next step of a matter's
    procedure is owed; None where that stays."""
