"""What a case brings along to a desk of another unit: a first contact in a time of its own.

Whoever gets a case by 改派 had no part of the time that another unit let go by; the resident keeps
the moment that was promised. Source: local rule, ``docs/rules.md``.
"""

from collections.abc import Iterable
from datetime import datetime

from domain.categories import EMERGENCY
from domain.matters.matter import IN_HAND, Event, Happening, Matter
from domain.matters.rules import ClockRules
from domain.working_time import WorkCalendar, deadline


def contact_anew(
    matter: Matter, at: datetime, unit: str, *, rules: ClockRules, calendar: WorkCalendar
) -> datetime | None:
    """Compute by when a desk of a unit has to speak with the resident; None for no later than now.

    It begins anew where the unit changes and nobody has spoken with the resident yet, never goes
    beyond the promised end while that lies ahead, and never becomes shorter. Danger waits for no
    desk: there the first clock runs on.
    """
    runs = matter.state in IN_HAND and matter.contacted_at is None
    if not runs or unit == matter.seat.unit or matter.urgency >= EMERGENCY:
        return None
    due = deadline(at, rules.by_urgency[matter.urgency].contact, calendar)
    if at < matter.resolve_by:
        due = min(due, matter.resolve_by)
    return due if due > matter.contact_by else None


def contact_since(events: Iterable[Event], since: datetime) -> datetime | None:
    """Tell since when the first clock counts where it began anew at another desk; None for never.

    Args:
        events: a matter's chain, the oldest event first.
        since: when the matter was dispatched; what was before a reopening counts no more.
    """
    found = None
    for event in events:
        if event.happening is Happening.REASSIGNED and event.at >= since:
            found = event.at if (event.content or {}).get("contact_by") else found
    return found
