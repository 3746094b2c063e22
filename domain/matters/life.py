"""The life of any case: its states, its chain of events, its two clocks, who owes the next step.

A matter *is* its events. Every function below that changes a matter returns the next one with the
event it appended in `Matter.fresh`; storage writes both in one transaction. The events form a hash
chain per case over salted commitments: what people wrote stands in erasable rows, and after
erasure the chain still verifies.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.categories import Kind
from domain.chain import Act
from domain.errors import Refused, WrongState
from domain.laws import OFFICE_RETURNS
from domain.matters.chain import record
from domain.matters.clock import Pause, clocks, due_dates, redated
from domain.matters.matter import (
    ENDS,
    IN_HAND,
    MOVABLE,
    OPEN,
    Happening,
    Matter,
    Origin,
    Particulars,
    State,
    Step,
    state_name,
)
from domain.matters.rules import ClockRules
from domain.organisation import Seat
from domain.working_time import WorkCalendar, deadline, extend


def ensure(matter: Matter, *states: State) -> None:
    """Refuse an action that does not fit the matter's state.

    Raises:
        WrongState: with the number and the state, so that the answer can say where it stands.
    """
    if matter.state not in states:
        raise WrongState(number=matter.number, state=state_name(matter.state))


def turn_to(matter: Matter, act: Act, state: State, **changes: Any) -> Matter:
    """Change the state: timers that were due before this moment are void."""
    return replace(matter, state=state, changed_at=act.at, reminded_until=act.at, **changes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Filing:
    """What a filled form says."""

    kind: Kind
    category: str
    community: str
    grid: str
    origin: Origin
    reporter: str
    particulars: Particulars
    importance: int
    urgency: int
    hide_name: bool = False
    confidential: bool = False
    public_space: bool = False
    barred: frozenset[str] = frozenset()
    """The persons of the staff whom it may accuse."""
    dangers: tuple[str, ...] = ()
    unconfirmed: bool = False
    stream: str | None = None
    """The work stream an opinion came by (requirement D-02); kept in the chain."""


def file(
    number: str,
    filing: Filing,
    act: Act,
    *,
    seat: Seat,
    owner: str | None,
    rules: ClockRules,
    calendar: WorkCalendar,
) -> Matter:
    """Begin a matter and dispatch it at once: both clocks run from this moment."""
    contact_by, resolve_by = clocks(filing.urgency, act.at, rules, calendar)
    if filing.kind is Kind.ENQUIRY:
        resolve_by = contact_by  # whoever asks is answered when they are first spoken to
    matter = Matter(
        number=number,
        kind=filing.kind,
        category=filing.category,
        community=filing.community,
        grid=filing.grid,
        origin=filing.origin,
        state=State.DISPATCHED,
        reporter=filing.reporter,
        hide_name=filing.hide_name,
        confidential=filing.confidential,
        public_space=filing.public_space,
        barred=filing.barred,
        dangers=filing.dangers,
        unconfirmed=filing.unconfirmed,
        importance=filing.importance,
        urgency=filing.urgency,
        seat=seat,
        owner=owner,
        accountable=seat,
        filed_at=act.at,
        dispatched_at=act.at,
        contact_by=contact_by,
        resolve_by=resolve_by,
        changed_at=act.at,
        reminded_until=act.at,
        particulars=filing.particulars,
    )
    told = filing.particulars
    matter = record(
        matter,
        act,
        Happening.FILED,
        kind=filing.kind,
        category=filing.category,
        origin=filing.origin,
        text=told.text,
        place=told.place_text,
        attachments=list(told.attachments),
        stream=filing.stream,
    )
    return record(matter, act, Happening.DISPATCHED, unit=seat.unit, role=seat.role, owner=owner)


def accept(matter: Matter, act: Act) -> Matter:
    """The owner takes it in hand.

    Raises:
        WrongState: it is in hand or over already.
    """
    ensure(matter, State.DISPATCHED)
    return record(
        replace(matter, state=State.ACCEPTED, accepted_at=act.at), act, Happening.ACCEPTED
    )


def hand_over(matter: Matter, act: Act, *, seat: Seat, to: str) -> Matter:
    """Give it to a worker; the clocks run on.

    Raises:
        Refused: that person has it already.
        WrongState: it is not with a worker.
    """
    ensure(matter, State.DISPATCHED, State.ACCEPTED)
    if to == matter.owner:
        raise Refused("already_theirs", number=matter.number)
    handed = replace(
        matter, state=State.DISPATCHED, seat=seat, owner=to, accepted_at=None, changed_at=act.at
    )
    return record(handed, act, Happening.HANDED_OVER, to=to, unit=seat.unit, role=seat.role)


def give_back(
    matter: Matter, act: Act, reason: str, *, seat: Seat, owner: str, rules: ClockRules
) -> Matter:
    """A wrong route goes to the level above, with a reason; the clocks run on.

    Raises:
        Refused: it came back as often as the rules allow; the level above decides.
        WrongState: it is not with a worker.
    """
    ensure(matter, State.DISPATCHED, State.ACCEPTED)
    if matter.returns >= rules.max_returns:
        raise Refused(
            "too_many_returns",
            rule=OFFICE_RETURNS,
            number=matter.number,
            returns=matter.returns,
        )
    returned = replace(
        matter,
        state=State.DISPATCHED,
        seat=seat,
        owner=owner,
        accepted_at=None,
        changed_at=act.at,
        returns=matter.returns + 1,
    )
    return record(
        returned, act, Happening.RETURNED, reason=reason, to=owner, unit=seat.unit, role=seat.role
    )


def reassign(
    matter: Matter,
    act: Act,
    *,
    seat: Seat,
    owner: str | None,
    reason: str,
    grid: str | None = None,
    contact_by: datetime | None = None,
    in_hand_since: datetime | None = None,
) -> Matter:
    """A superior, or a departure, puts it on another desk.

    Args:
        grid: a corrected grid.
        contact_by: another deadline of the first contact; the promised end stays.
        in_hand_since: when it was accepted, where its new owner need not do that once more.

    What is with a procedure moves with that alone; see `domain.matters.referral`.
    """
    ensure(matter, *MOVABLE)
    if in_hand_since is not None and matter.state in IN_HAND:
        matter = replace(matter, state=State.ACCEPTED, accepted_at=in_hand_since)
        state = State.ACCEPTED
    else:
        state = State.DISPATCHED if matter.state is State.ACCEPTED else matter.state
    moved = replace(
        matter,
        state=state,
        seat=seat,
        owner=owner,
        accountable=seat,
        grid=grid or matter.grid,
        accepted_at=None if state is State.DISPATCHED else matter.accepted_at,
        changed_at=act.at if state is State.DISPATCHED else matter.changed_at,
    )
    if contact_by is not None:
        moved = redated(moved, act.at, (contact_by, moved.resolve_by))
    return record(
        moved,
        act,
        Happening.REASSIGNED,
        reason=reason,
        to=owner,
        unit=seat.unit,
        role=seat.role,
        grid=grid,
        contact_by=contact_by.isoformat() if contact_by else None,
    )


def _contacted(matter: Matter, act: Act) -> Matter:
    return matter if matter.contacted_at else replace(matter, contacted_at=act.at)


def contact(matter: Matter, act: Act) -> Matter:
    """The worker has spoken with the resident: the first clock stops.

    Raises:
        Refused: a first contact is on record already.
    """
    ensure(matter, State.ACCEPTED)
    if matter.contacted_at:
        raise Refused("already_contacted", number=matter.number)
    return record(_contacted(matter, act), act, Happening.CONTACTED)


def ask(
    matter: Matter, act: Act, question: str, *, rules: ClockRules, calendar: WorkCalendar
) -> Matter:
    """Ask the resident; the resolution clock stands still until an answer or the window's end."""
    ensure(matter, State.ACCEPTED)
    answer_by = deadline(act.at, rules.answer_window, calendar)
    asked = turn_to(
        _contacted(matter, act), act, State.ASKED, paused_at=act.at, answer_by=answer_by
    )
    return record(asked, act, Happening.ASKED, question=question)


def _resume(matter: Matter, act: Act, rules: ClockRules, calendar: WorkCalendar) -> Matter:
    resolve_by = matter.resolve_by
    if matter.paused_at is not None:
        resolve_by = extend(
            resolve_by,
            paused_from=matter.paused_at,
            paused_until=act.at,
            allowance=rules.by_urgency[matter.urgency].resolve,
            calendar=calendar,
        )
    return turn_to(
        matter, act, State.ACCEPTED, paused_at=None, answer_by=None, resolve_by=resolve_by
    )


def answer(
    matter: Matter,
    act: Act,
    text: str,
    attachments: tuple[str, ...] = (),
    *,
    rules: ClockRules,
    calendar: WorkCalendar,
) -> Matter:
    """The resident answers: the clock runs again, moved by the time it stood still."""
    ensure(matter, State.ASKED)
    resumed = _resume(matter, act, rules, calendar)
    return record(
        resumed, act, Happening.ANSWERED, text=text, attachments=list(attachments) or None
    )


def lapse_question(
    matter: Matter, act: Act, *, rules: ClockRules, calendar: WorkCalendar
) -> Matter:
    """No answer came in its window: the worker goes on with what there is."""
    ensure(matter, State.ASKED)
    return record(_resume(matter, act, rules, calendar), act, Happening.LAPSED, of="question")


def note(matter: Matter, act: Act, text: str, attachments: tuple[str, ...] = ()) -> Matter:
    """The worker notes progress, which the resident sees; the first clock stops."""
    ensure(matter, State.ACCEPTED, State.ASKED)
    return record(
        _contacted(matter, act),
        act,
        Happening.NOTED,
        text=text,
        attachments=list(attachments) or None,
    )


def add(matter: Matter, act: Act, text: str, attachments: tuple[str, ...] = ()) -> Matter:
    """The resident adds words or pictures."""
    ensure(matter, *OPEN)
    told = matter.particulars
    more = replace(told, attachments=(*told.attachments, *attachments))
    return record(
        replace(matter, particulars=more),
        act,
        Happening.ADDED,
        text=text,
        attachments=list(attachments) or None,
    )


def triage(
    matter: Matter,
    act: Act,
    *,
    importance: int,
    urgency: int,
    reason: str,
    pauses: Sequence[Pause] = (),
    contact_since: datetime | None = None,
    rules: ClockRules,
    calendar: WorkCalendar,
) -> Matter:
    """A human overrides the two scores, with a reason.

    Another urgency has other spans: its deadlines count anew from dispatch, and what the clock
    stood still is kept. Importance alone moves no deadline.

    Args:
        pauses: how often and how long the clock stood still since the dispatch; see `pauses`.
        contact_since: when the first clock began anew at another desk; None for the dispatch.

    Raises:
        Refused: the scores are the same, or no reason is given.
    """
    ensure(matter, *IN_HAND)
    if not reason.strip():
        raise Refused("reason_needed")
    if (importance, urgency) == (matter.importance, matter.urgency):
        raise Refused("same_priority", number=matter.number)
    changed = replace(matter, importance=importance)
    if urgency != matter.urgency:
        # An emergency must be acknowledged from the moment at which somebody saw that it is one.
        contact_by, resolve_by = due_dates(changed, urgency, pauses, rules=rules, calendar=calendar)
        if contact_since is not None:
            contact_by = deadline(contact_since, rules.by_urgency[urgency].contact, calendar)
        changed = redated(
            replace(changed, urgency=urgency, changed_at=act.at),
            act.at,
            (contact_by, resolve_by),
        )
    return record(
        changed, act, Happening.TRIAGED, importance=importance, urgency=urgency, reason=reason
    )


def resolve(
    matter: Matter,
    act: Act,
    result: str,
    attachments: tuple[str, ...],
    *,
    rules: ClockRules,
    calendar: WorkCalendar,
) -> Matter:
    """The worker says what was done; the resident judges it within a window."""
    ensure(matter, State.ACCEPTED)
    judge_by = deadline(act.at, rules.judge_window, calendar)
    resolved = turn_to(
        _contacted(matter, act), act, State.RESOLVED, resolved_at=act.at, judge_by=judge_by
    )
    return record(
        resolved, act, Happening.RESOLVED, result=result, attachments=list(attachments) or None
    )


def tell_above(matter: Matter, act: Act, text: str, attachments: tuple[str, ...] = ()) -> Matter:
    """The resident says something about an open case to the level above its owner alone.

    Raises:
        WrongState: it is closed.
    """
    ensure(matter, *OPEN)
    return record(
        matter, act, Happening.TOLD_ABOVE, text=text, attachments=list(attachments) or None
    )


def withdraw(matter: Matter, act: Act, reason: str = "") -> Matter:
    """The resident takes it back."""
    ensure(matter, *OPEN)
    withdrawn = turn_to(
        matter,
        act,
        State.WITHDRAWN,
        closed_at=act.at,
        answer_by=None,
        judge_by=None,
        paused_at=None,
        referral=None,
    )
    return record(withdrawn, act, Happening.WITHDRAWN, reason=reason or None)


def climb(matter: Matter, act: Act, *, seat: Seat, to: str, why: Step) -> Matter:
    """An overdue matter is told to the next level, a named person; its owner stays the owner."""
    return record(
        replace(matter, climbed_to=seat),
        act,
        Happening.CLIMBED,
        to=to,
        unit=seat.unit,
        role=seat.role,
        why=why,
    )


def take_up(matter: Matter, act: Act, *, seat: Seat, owner: str) -> Matter:
    """An unacknowledged emergency changes hands as it climbs: whoever is told now owns it."""
    ensure(matter, State.DISPATCHED)
    moved = replace(matter, seat=seat, owner=owner, climbed_to=seat)
    return record(
        moved,
        act,
        Happening.CLIMBED,
        to=owner,
        unit=seat.unit,
        role=seat.role,
        why=Step.ACKNOWLEDGE,
    )


def support(matter: Matter, act: Act) -> Matter:
    """Another resident says "me too"."""
    ensure(matter, *OPEN)
    return record(replace(matter, supporters=matter.supporters + 1), act, Happening.FOLLOWED)


def is_told(supporters: int) -> bool:
    """Tell whether the owner hears of this many supporters: at 1, 2, 5, 10, 20, 50 and so on.

    However many join, and whoever they are, the owner is not called away for each.
    """
    while supporters >= 10 and supporters % 10 == 0:
        supporters //= 10
    return supporters in (1, 2, 5)


def mark_split(matter: Matter, act: Act, child: str, reason: str) -> Matter:
    """Note that a part of the matter goes on under a number of its own."""
    ensure(matter, *IN_HAND)
    return record(matter, act, Happening.SPLIT, child=child, reason=reason)


def view_sealed(matter: Matter, act: Act, reason: str) -> Matter:
    """Note that somebody looked at a hidden name, and why (invariant 4 of the roles table)."""
    return record(matter, act, Happening.VIEWED, reason=reason)


def relink(matter: Matter, act: Act, *, reason: str) -> Matter:
    """Note that a new device was confirmed to be the resident's.

    Args:
        reason: how they were recognised; a code that the case's story puts into words.

    Raises:
        Refused: who reported it was erased; nobody can come back.
    """
    if matter.erased or not matter.reporter:
        raise Refused("nobody_to_relink", number=matter.number)
    return record(matter, act, Happening.RELINKED, reason=reason)


def erase(matter: Matter, act: Act) -> Matter:
    """Forget what the resident told; the chain goes on over the commitments that stay."""
    forgotten = replace(
        matter,
        particulars=Particulars(),
        erased=True,
        reporter="",
        recheck_at=None,
        restricted_until=None,
    )
    return record(forgotten, act, Happening.ERASED)


def restrict(matter: Matter, act: Act, *, until: datetime, law: str) -> Matter:
    """Keep what may not be erased yet, out of everybody's sight. Source: PIPL, article 47."""
    ensure(matter, *ENDS)
    kept = replace(matter, reporter="", recheck_at=None, restricted_until=until)
    return record(kept, act, Happening.RESTRICTED, until=until.isoformat(), law=law)


def stored(matter: Matter) -> Matter:
    """The matter as it is after its fresh events were written."""
    return replace(matter, fresh=(), version=matter.version + 1)
