"""What the clock does to an order: remind whoever owes the next step, and tell the levels above.

As long as its case is referred to it, the case's clock does that for the one who does it; what the
resident owes, and what is owed after the case was given back or resolved, is the order's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import count

from domain.services.agency import AGENT
from domain.services.kinds import is_with_case, stage_of
from domain.services.orders import Order
from domain.services.rules import OrderRules
from domain.working_time import Allowance, WorkCalendar, deadline


class Step(StrEnum):
    """What the clock says of an order."""

    SOON = "soon"
    DUE = "due"
    CLIMB = "climb"


@dataclass(frozen=True, slots=True)
class Timer:
    """What the clock will do to an order next."""

    due_at: datetime
    step: Step
    round: int = 0


#: An overdue step that nobody touches has reached the top long before this many climbs; from then
#: on it is brought up once a working week.
_MOST_CLIMBS = 6
_AT_THE_TOP = Allowance(hours=40)


def timers(
    order: Order, rules: OrderRules, calendar: WorkCalendar, until: datetime
) -> Iterator[Timer]:
    """Yield what the clock will do to an order as it is; climbs up to the first after a moment."""
    stage, due = stage_of(order), order.standing.due_at
    if stage.is_end or due is None:
        return
    is_agents = stage.owed_by == AGENT
    if is_agents and is_with_case(order):
        return
    since = order.standing.since
    yield Timer(since + (due - since) * rules.soon_share, Step.SOON)
    yield Timer(due, Step.DUE)
    if not is_agents:
        return
    at = due
    for climb in count(1):
        at = deadline(at, rules.climb if climb <= _MOST_CLIMBS else _AT_THE_TOP, calendar)
        yield Timer(at, Step.CLIMB, climb)
        if at > until:
            return


def next_timer(order: Order, rules: OrderRules, calendar: WorkCalendar) -> Timer | None:
    """Give the first timer that has not fired yet."""
    fired = order.reminded_until
    waiting = [one for one in timers(order, rules, calendar, fired) if one.due_at > fired]
    return min(waiting, key=lambda one: (one.due_at, one.step), default=None)


def due_timer(
    order: Order, rules: OrderRules, calendar: WorkCalendar, now: datetime
) -> Timer | None:
    """Give the gravest of what is due and has not fired; after a long time not all at once."""
    due = [
        one
        for one in timers(order, rules, calendar, now)
        if order.reminded_until < one.due_at <= now
    ]
    for step in (Step.DUE, Step.CLIMB, Step.SOON):
        found = [one for one in due if one.step is step]
        if found:
            return found[-1]
    return None


def owner_due(order: Order, rules: OrderRules, calendar: WorkCalendar) -> datetime:
    """Give by when whoever does it owes something: after the resident's time, a decision."""
    due = order.standing.due_at or order.opened_at
    if stage_of(order).owed_by == AGENT:
        return due
    return deadline(due, rules.spans["decide"], calendar)
