"""What a resident says of a result: solved or not, a score, whether it lasts, and "I mistapped".

A verdict can be taken back for a while (`ClockRules.take_back`), also the one that silence gave:
the case stands again as it did before, and the last verdict is the one that figures count.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.chain import Act
from domain.errors import Refused, WrongState
from domain.matters.chain import record
from domain.matters.clock import clocks
from domain.matters.life import ensure, turn_to
from domain.matters.matter import (
    IN_HAND,
    Event,
    Happening,
    Matter,
    Outcome,
    State,
    state_name,
)
from domain.matters.rules import ClockRules
from domain.organisation import Responsible
from domain.working_time import WorkCalendar, deadline


def judge(
    matter: Matter,
    act: Act,
    *,
    solved: bool,
    rules: ClockRules,
    calendar: WorkCalendar,
    desk: Responsible | None = None,
    by: str | None = None,
) -> Matter:
    """The resident says solved, which closes, or not solved, which reopens with new clocks.

    Args:
        desk: who answers for the seat now and gets the reopened case; None leaves it where it is.
        by: the number of the merged case whose reporter judges; None for the case's own.
    """
    ensure(matter, State.RESOLVED)
    judged = record(matter, act, Happening.JUDGED, solved=solved, by=by)
    if solved:
        return _close(judged, act, Outcome.SOLVED, rules)
    return _reopen(judged, act, rules, calendar, desk)


def _close(matter: Matter, act: Act, outcome: Outcome, rules: ClockRules) -> Matter:
    recheck_at = act.at + rules.recheck if outcome is Outcome.SOLVED else None
    closed = turn_to(
        matter,
        act,
        State.CLOSED,
        outcome=outcome,
        closed_at=act.at,
        judge_by=None,
        recheck_at=recheck_at,
    )
    return record(closed, act, Happening.CLOSED, outcome=outcome)


#: What a reopening clears and taking it back restores; moments, all of them.
_MOMENTS = (
    "dispatched_at",
    "contact_by",
    "resolve_by",
    "contacted_at",
    "accepted_at",
    "resolved_at",
    "closed_at",
    "recheck_at",
)


def _reopen(
    matter: Matter,
    act: Act,
    rules: ClockRules,
    calendar: WorkCalendar,
    desk: Responsible | None,
) -> Matter:
    contact_by, resolve_by = clocks(matter.urgency, act.at, rules, calendar)
    seat, owner = (desk.seat, desk.person) if desk is not None else (matter.seat, matter.owner)
    before = _standing(matter)
    reopened = turn_to(
        matter,
        act,
        State.DISPATCHED,
        seat=seat,
        owner=owner,
        # Who gets it anew answers for it from now on.
        accountable=matter.accountable if owner == matter.owner else seat,
        outcome=None,
        score=None,
        dispatched_at=act.at,
        contact_by=contact_by,
        resolve_by=resolve_by,
        contacted_at=None,
        accepted_at=None,
        resolved_at=None,
        closed_at=None,
        judge_by=None,
        recheck_at=None,
        climbed_to=None,
        reopenings=matter.reopenings + 1,
    )
    return record(
        reopened, act, Happening.REOPENED, to=owner, unit=seat.unit, role=seat.role, before=before
    )


def _standing(matter: Matter) -> dict[str, Any]:
    """Note how a case stood, in codes and moments alone."""
    moments = {name: getattr(matter, name) for name in _MOMENTS}
    return {
        "state": matter.state.value,
        "outcome": matter.outcome.value if matter.outcome else None,
        "score": matter.score,
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
    }


def rate(matter: Matter, act: Act, score: int, comment: str = "") -> Matter:
    """The resident gives 1 to 5 and may comment; a later score replaces an earlier one.

    Raises:
        Refused: the score is not 1 to 5.
        WrongState: nothing was judged yet.
    """
    ensure(matter, State.CLOSED)
    if not 1 <= score <= 5:
        raise Refused("score_range")
    return record(
        replace(matter, score=score), act, Happening.JUDGED, score=score, comment=comment or None
    )


def lapse_verdict(matter: Matter, act: Act, *, seen: bool, rules: ClockRules) -> Matter:
    """No verdict came: closed, counted as no answer, or as unreachable when it was never seen."""
    ensure(matter, State.RESOLVED)
    outcome = Outcome.NO_ANSWER if seen else Outcome.UNREACHABLE
    lapsed = record(matter, act, Happening.LAPSED, of="verdict")
    return _close(lapsed, act, outcome, rules)


def recheck(
    matter: Matter,
    act: Act,
    *,
    still_solved: bool,
    rules: ClockRules,
    calendar: WorkCalendar,
    desk: Responsible | None = None,
) -> Matter:
    """The second check some weeks after closing: "no" reopens it.

    Args:
        desk: who answers for the seat now; see `judge`.

    Raises:
        WrongState: it was not closed as solved, or the check is over.
    """
    ensure(matter, State.CLOSED)
    if matter.outcome is not Outcome.SOLVED:
        raise WrongState(number=matter.number, state=state_name(matter.state))
    checked = record(matter, act, Happening.RECHECKED, still_solved=still_solved)
    if still_solved:
        return replace(checked, recheck_at=None)
    return _reopen(checked, act, rules, calendar, desk)


# --- taking a verdict back -----------------------------------------------------------------------


def may_take_back(matter: Matter, now: datetime, rules: ClockRules) -> bool:
    """Tell whether the last verdict, or the silence that counted as one, can still be taken back.

    "Not solved" can, as long as nobody has begun anything new that a resident would have to judge.
    """
    if matter.state is State.CLOSED and matter.closed_at is not None:
        return now < matter.closed_at + rules.take_back
    if matter.state in IN_HAND and matter.reopenings:
        return now < matter.dispatched_at + rules.take_back
    return False


def take_back(
    matter: Matter,
    act: Act,
    *,
    events: Iterable[Event],
    rules: ClockRules,
    calendar: WorkCalendar,
) -> Matter:
    """Undo the last verdict: the case is to be judged again, or is closed as it was before.

    Args:
        events: the chain of the matter; it tells how a reopened case stood before.

    Raises:
        Refused: it is too late.
        WrongState: there is no verdict, or the case went on since.
    """
    ensure(matter, State.CLOSED, *IN_HAND)
    if matter.state is not State.CLOSED and not matter.reopenings:
        raise WrongState(number=matter.number, state=state_name(matter.state))
    if not may_take_back(matter, act.at, rules):
        raise Refused("verdict_stands", number=matter.number)
    judge_by = deadline(act.at, rules.judge_window, calendar)
    if matter.state is State.CLOSED:
        again = turn_to(
            matter,
            act,
            State.RESOLVED,
            outcome=None,
            score=None,
            closed_at=None,
            recheck_at=None,
            judge_by=judge_by,
        )
        return record(again, act, Happening.TAKEN_BACK)
    before = _before_reopening(events)
    if before is None:
        raise WrongState(number=matter.number, state=state_name(matter.state))
    state = State(before["state"])
    restored = turn_to(
        matter,
        act,
        state,
        outcome=Outcome(before["outcome"]) if before["outcome"] else None,
        score=before["score"],
        reopenings=matter.reopenings - 1,
        climbed_to=None,
        judge_by=judge_by if state is State.RESOLVED else None,
        **{
            name: datetime.fromisoformat(before[name]) if before[name] else None
            for name in _MOMENTS
        },
    )
    return record(restored, act, Happening.TAKEN_BACK)


def _before_reopening(events: Iterable[Event]) -> Mapping[str, Any] | None:
    last = None
    for event in events:
        if event.happening is Happening.REOPENED:
            last = event
    before = (last.content or {}).get("before") if last is not None else None
    return before if isinstance(before, Mapping) else None
