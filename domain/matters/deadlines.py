"""Deadlines as people read them: one that a holiday notice can still move says so."""

from datetime import datetime

from domain.matters.matter import Matter, State
from domain.matters.rules import ClockRules
from domain.messages import Value, text
from domain.street import Street


def stated(street: Street, matter: Matter, due: datetime | None, *, briefly: bool = False) -> Value:
    """Give a deadline of a matter to be shown; None for none.

    It says that it can still move where it crosses a year whose holiday notice is not out.

    Args:
        briefly: on a line of a list, without the year.
    """
    # What the resident is waited for is counted in working time whatever the urgency.
    waited = (matter.answer_by, matter.judge_by)
    waits = matter.state in (State.ASKED, State.RESOLVED) and due in waited
    return due_of(
        street,
        due,
        since=matter.dispatched_at,
        community=matter.community,
        urgency=None if waits else matter.urgency,
        briefly=briefly,
    )


def due_of(
    street: Street,
    due: datetime | None,
    *,
    since: datetime,
    community: str,
    urgency: int | None,
    briefly: bool = False,
) -> Value:
    """Give a deadline that is counted from a moment; see `stated`.

    Args:
        urgency: whose clock counts; None for working time.
        briefly: on a line of a list, without the year.
    """
    calendar = street.office.calendar
    # An office that works by no notice at all waits for none.
    if due is None or not calendar.years or calendar.knows_between(since, due):
        return due
    rules = street.rules(ClockRules, community)
    if urgency is not None and rules.by_urgency[urgency].resolve.calendar:
        return due
    if briefly:
        return text("names.due_provisional_brief", due=due)
    return text("names.due_provisional", due=due, year=_unknown_year(street, due))


def _unknown_year(street: Street, due: datetime) -> str:
    """Name the year of which the notice is missing; as words, so that nothing groups its digits."""
    return str(street.local_year(due))
