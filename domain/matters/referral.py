"""A matter that is handed to a procedure: an agency, a mediation, a decision.

It keeps its number, and whoever reported it goes on seeing it. As long as it is with the procedure,
the procedure's owner and deadline are its own: it has one owner, one deadline and one clock. The
end of the procedure resolves it, which its resident judges as ever, or gives it back with a reason
to the post that had it, whose clock stood still meanwhile.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.categories import EMERGENCY, Kind
from domain.chain import Act
from domain.errors import Refused, WrongState
from domain.laws import OFFICE_WITHDRAWAL
from domain.matters.chain import record
from domain.matters.life import ensure, turn_to
from domain.matters.matter import IN_HAND, Happening, Matter, Referral, State, state_name
from domain.matters.rules import ClockRules
from domain.organisation import Responsible, Seat
from domain.subjects import Subject
from domain.working_time import WorkCalendar, deadline, extend

#: The kinds of matters for which there is any procedure.
KINDS = frozenset({Kind.SERVICE})
_MOMENT = timedelta(microseconds=1)


def ensure_calm(matter: Matter) -> None:
    """Make sure that nothing is put off that cannot wait.

    Raises:
        Refused: people may be in danger.
    """
    if matter.urgency >= EMERGENCY:
        raise Refused("refer_danger", number=matter.number)


def refer(
    matter: Matter,
    to: Subject,
    act: Act,
    *,
    seat: Seat,
    owner: str | None,
    due_at: datetime,
    what: str,
) -> Matter:
    """Hand it to a procedure. Whoever reported it is told who goes on: the first clock stops.

    Args:
        seat, owner: who runs the procedure.
        due_at: by when its next step is owed.
        what: the procedure's name in code, such as ``agency``.

    Raises:
        WrongState: nobody has it in hand.
        Refused: people may be in danger, or whoever runs the procedure is barred from it.
    """
    ensure(matter, *IN_HAND)
    ensure_calm(matter)
    if owner is not None and owner in matter.barred:
        raise Refused("refer_barred", rule=OFFICE_WITHDRAWAL, number=matter.number)
    referral = Referral(
        to=to,
        what=what,
        at=act.at,
        seat=matter.seat,
        owner=matter.owner,
        resolve_by=matter.resolve_by,
    )
    referred = turn_to(
        matter,
        act,
        State.REFERRED,
        referral=referral,
        seat=seat,
        owner=owner,
        resolve_by=due_at,
        contacted_at=matter.contacted_at or act.at,
        climbed_to=None,
    )
    return record(
        _told_until(referred, act.at),
        act,
        Happening.REFERRED,
        procedure=what,
        which=str(to),
        to=owner,
        unit=seat.unit,
        role=seat.role,
        due_at=due_at.isoformat(),
    )


def proceed(
    matter: Matter,
    act: Act,
    *,
    seat: Seat,
    owner: str | None,
    due_at: datetime,
    step: str = "",
) -> Matter:
    """The procedure went on: its owner and its deadline are the matter's; without a change, none.

    Args:
        step: the procedure's step in code.

    Raises:
        WrongState: it is with no procedure.
    """
    ensure(matter, State.REFERRED)
    if (matter.seat, matter.owner, matter.resolve_by) == (seat, owner, due_at):
        return matter
    moved = replace(matter, seat=seat, owner=owner, resolve_by=due_at)
    if due_at != matter.resolve_by:
        began = replace(moved, climbed_to=None, changed_at=act.at, reminded_until=act.at)
        moved = _told_until(began, act.at)
    changed = owner != matter.owner
    return record(
        moved,
        act,
        Happening.PROCEEDED,
        step=step or None,
        to=owner if changed else None,
        unit=seat.unit if changed else None,
        role=seat.role if changed else None,
        due_at=due_at.isoformat(),
    )


def _told_until(matter: Matter, at: datetime) -> Matter:
    """Let a deadline that lies behind it already be told of next."""
    if matter.resolve_by > at:
        return matter
    return replace(matter, reminded_until=matter.resolve_by - _MOMENT)


def conclude(
    matter: Matter,
    act: Act,
    result: str,
    attachments: tuple[str, ...] = (),
    *,
    desk: Responsible,
    rules: ClockRules,
    calendar: WorkCalendar,
) -> Matter:
    """The procedure reached its end: the matter is resolved, and its resident judges the result.

    Args:
        desk: who answers now for the post that had it before: a reopened matter is theirs.

    Raises:
        WrongState: it is with no procedure.
    """
    ensure(matter, State.REFERRED)
    judge_by = deadline(act.at, rules.judge_window, calendar)
    resolved = turn_to(
        matter,
        act,
        State.RESOLVED,
        seat=desk.seat,
        owner=desk.person,
        resolve_by=_own_deadline(matter, act.at, rules, calendar),
        accepted_at=matter.accepted_at or act.at,
        resolved_at=act.at,
        judge_by=judge_by,
        climbed_to=None,
        referral=None,
    )
    return record(
        resolved, act, Happening.RESOLVED, result=result, attachments=list(attachments) or None
    )


def take_back(
    matter: Matter,
    act: Act,
    reason: str,
    *,
    desk: Responsible,
    rules: ClockRules,
    calendar: WorkCalendar,
) -> Matter:
    """Give it back to the post that had it: the procedure ended, or it was taken out of it.

    Args:
        reason: in words, or a code that stories put into words.
        desk: who answers for that post now.

    Raises:
        WrongState: it is with no procedure.
        Refused: no reason is given.
    """
    ensure(matter, State.REFERRED)
    if not reason.strip():
        raise Refused("reason_needed")
    back = turn_to(
        matter,
        act,
        State.DISPATCHED,
        seat=desk.seat,
        owner=desk.person,
        resolve_by=_own_deadline(matter, act.at, rules, calendar),
        accepted_at=None,
        climbed_to=None,
        referral=None,
    )
    return record(
        back,
        act,
        Happening.CAME_BACK,
        reason=reason,
        to=desk.person,
        unit=desk.seat.unit,
        role=desk.seat.role,
    )


def _own_deadline(
    matter: Matter, at: datetime, rules: ClockRules, calendar: WorkCalendar
) -> datetime:
    """Give the matter's own deadline, moved by the time that its clock stood still."""
    referral = given(matter)
    return extend(
        referral.resolve_by,
        paused_from=referral.at,
        paused_until=at,
        allowance=rules.by_urgency[matter.urgency].resolve,
        calendar=calendar,
    )


def given(matter: Matter) -> Referral:
    """Give the referral of a matter.

    Raises:
        WrongState: it is with no procedure.
    """
    if matter.referral is None:
        raise WrongState(number=matter.number, state=state_name(matter.state))
    return matter.referral


def as_it_was(matter: Matter) -> Matter:
    """Look at a matter as if it were back where it was: to find who answers for it there now."""
    referral = matter.referral
    if referral is None:
        return matter
    return replace(matter, seat=referral.seat, owner=referral.owner)


def may_be_referred(matter: Matter) -> bool:
    """Tell whether there may be a procedure for a matter in the state that it is in."""
    calm = matter.urgency < EMERGENCY and not matter.sealed and not matter.hide_name
    return matter.state in IN_HAND and matter.kind in KINDS and calm
