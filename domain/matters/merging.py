"""Two cases that are one: the duplicate ends, its reporter keeps a voice, each outlives the other.

What the reporter of a duplicate says later stands in the duplicate's own file, so that it goes when
that reporter wants it erased. Where the case that goes on loses its own reporter first, a duplicate
takes its place with its own number, words and reporter; see `docs/decisions/0026-merged-cases.md`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from domain.chain import Act
from domain.errors import Refused
from domain.laws import MEDIATION_15, OFFICE_WITHDRAWAL
from domain.matters.chain import record
from domain.matters.life import ensure, turn_to
from domain.matters.matter import MOVABLE, OPEN, Event, Happening, Matter, State
from domain.matters.rules import ClockRules
from domain.working_time import WorkCalendar, deadline, extend


def merge(matter: Matter, into: Matter, act: Act, reason: str) -> tuple[Matter, Matter]:
    """Close a duplicate into another case; both keep their chains and sources (M-12).

    A question that its reporter was asked can still be answered; see `has_question`.

    Raises:
        Refused: the two are one, or of different confidentiality, or one names who has the other,
            or the duplicate is with a procedure, which is for its own resident alone.
    """
    ensure(matter, *OPEN)
    ensure(into, *OPEN)
    ensure_with_none(matter)
    if matter.number == into.number:
        raise Refused("merge_with_itself")
    if matter.confidential != into.confidential:
        raise Refused("merge_confidential", rule=MEDIATION_15)
    barred = matter.barred | into.barred
    if into.owner in barred:
        raise Refused("merge_barred", rule=OFFICE_WITHDRAWAL, number=into.number)
    merged = _ended_into(matter, into, act, reason)
    kept = replace(into, supporters=into.supporters + 1 + matter.supporters, barred=barred)
    kept = record(
        kept, act, Happening.ABSORBED, number=matter.number, origin=matter.origin, reason=reason
    )
    return merged, kept


def ensure_with_none(matter: Matter) -> None:
    """Make sure that no procedure has a duplicate: that is for its own resident alone.

    Raises:
        Refused: one has it.
    """
    if matter.state is State.REFERRED:
        raise Refused("merge_referred", number=matter.number)


def _ended_into(matter: Matter, into: Matter, act: Act, reason: str) -> Matter:
    merged = turn_to(
        matter,
        act,
        State.MERGED,
        merged_into=into.number,
        closed_at=act.at,
        answer_by=None,
        judge_by=None,
        paused_at=None,
    )
    return record(merged, act, Happening.MERGED, into=into.number, reason=reason)


# --- the voice of whoever reported a duplicate ---------------------------------------------------


def has_question(events: Iterable[Event]) -> bool:
    """Tell whether the reporter was asked something and has not answered yet.

    Args:
        events: the chain of what they reported.
    """
    asked = False
    for event in events:
        if event.happening is Happening.ASKED:
            asked = True
        elif event.happening in (Happening.ANSWERED, Happening.LAPSED):
            asked = False
    return asked


def say(
    matter: Matter,
    act: Act,
    text: str,
    attachments: tuple[str, ...] = (),
    *,
    answers: bool = False,
) -> Matter:
    """Note in a duplicate what its reporter says to the case that goes on.

    Args:
        answers: it is the answer to an open question.
    """
    ensure(matter, State.MERGED)
    return record(
        matter,
        act,
        Happening.ANSWERED if answers else Happening.ADDED,
        text=text,
        attachments=list(attachments) or None,
    )


def say_above(matter: Matter, act: Act, text: str, attachments: tuple[str, ...] = ()) -> Matter:
    """Note what the reporter of a duplicate says to the level above alone."""
    ensure(matter, State.MERGED)
    return record(
        matter, act, Happening.TOLD_ABOVE, text=text, attachments=list(attachments) or None
    )


def find_solved(matter: Matter, act: Act) -> Matter:
    """Note that the reporter of a duplicate, too, finds the result good; it ends nothing."""
    ensure(matter, State.MERGED)
    return record(matter, act, Happening.JUDGED, solved=True)


def absorbed_numbers(events: Iterable[Event]) -> tuple[str, ...]:
    """Name the cases that were merged into one, by its chain, the first one first."""
    found = [
        str((event.content or {}).get("number") or "")
        for event in events
        if event.happening is Happening.ABSORBED
    ]
    return tuple(dict.fromkeys(number for number in found if number))


# --- taking a duplicate back ---------------------------------------------------------------------


def withdraw(
    own: Matter, case: Matter, act: Act, duplicates: Sequence[Matter]
) -> tuple[Matter, Matter, tuple[Matter, ...]]:
    """The reporter of a duplicate takes it back; the case goes on for everybody else.

    Args:
        duplicates: what was merged into the duplicate before, and belongs to the case from now on.

    Returns:
        The withdrawn duplicate, the case, and its new duplicates.
    """
    ensure(own, State.MERGED)
    withdrawn = turn_to(own, act, State.WITHDRAWN, merged_into=None, closed_at=act.at)
    withdrawn = record(withdrawn, act, Happening.WITHDRAWN)
    kept = replace(case, supporters=max(case.supporters - 1, 0))
    joined = []
    for one in duplicates:
        moved = replace(one, merged_into=case.number)
        joined.append(record(moved, act, Happening.MERGED, into=case.number, reason="duplicate"))
        kept = record(
            kept, act, Happening.ABSORBED, number=one.number, origin=one.origin, reason="duplicate"
        )
    return withdrawn, kept, tuple(joined)


# --- outliving -----------------------------------------------------------------------------------


def heirs(duplicates: Iterable[Matter], gone: Matter) -> tuple[Matter, ...]:
    """Choose the duplicates that still have a reporter of their own, the first filed first."""
    left = [
        one
        for one in duplicates
        if one.state is State.MERGED
        and one.merged_into == gone.number
        and one.reporter not in ("", gone.reporter)
        and not one.erased
        and one.restricted_until is None
    ]
    return tuple(sorted(left, key=lambda one: (one.filed_at, one.number)))


def deadlines_after(
    gone: Matter, at: datetime, *, rules: ClockRules, calendar: WorkCalendar
) -> tuple[datetime, datetime | None]:
    """Compute (resolve_by, judge_by) for what takes the place of a case at a moment."""
    resolve_by = gone.resolve_by
    if gone.paused_at is not None:
        resolve_by = extend(
            resolve_by,
            paused_from=gone.paused_at,
            paused_until=at,
            allowance=rules.by_urgency[gone.urgency].resolve,
            calendar=calendar,
        )
    judged = gone.state is State.RESOLVED
    return resolve_by, deadline(at, rules.judge_window, calendar) if judged else None


def go_on(
    duplicates: Sequence[Matter],
    gone: Matter,
    act: Act,
    due: tuple[datetime, datetime | None],
) -> tuple[Matter, ...]:
    """Let the first duplicate take the place of a case whose reporter leaves, with the others.

    It stands where the case stood, on the same desk; what was asked of the one who leaves is asked
    of nobody any more.

    Args:
        duplicates: its `heirs`; at least one.
        gone: the case as it was before it ended. What was with a procedure was taken out of it
            before: that was for its own resident alone.
        due: by when it is to be (resolved, judged); see `deadlines_after`.
    """
    ensure(gone, *MOVABLE)
    first, *others = duplicates
    resolve_by, judge_by = due
    state = State.ACCEPTED if gone.state is State.ASKED else gone.state
    went_on = replace(
        first,
        state=state,
        importance=gone.importance,
        urgency=gone.urgency,
        seat=gone.seat,
        owner=gone.owner,
        accountable=gone.accountable,
        climbed_to=gone.climbed_to,
        barred=first.barred | gone.barred,
        dispatched_at=gone.dispatched_at,
        contact_by=gone.contact_by,
        resolve_by=resolve_by,
        contacted_at=gone.contacted_at,
        accepted_at=gone.accepted_at,
        resolved_at=gone.resolved_at,
        answer_by=None,
        judge_by=judge_by,
        closed_at=None,
        changed_at=act.at,
        reminded_until=act.at if state is State.RESOLVED else gone.reminded_until,
        returns=gone.returns,
        reopenings=gone.reopenings,
        supporters=max(gone.supporters - 1, 0),
        merged_into=None,
    )
    went_on = record(went_on, act, Happening.WENT_ON, number=gone.number)
    joined = []
    for one in others:
        joined.append(
            record(
                replace(one, merged_into=first.number),
                act,
                Happening.MERGED,
                into=first.number,
                reason="duplicate",
            )
        )
        went_on = record(
            went_on,
            act,
            Happening.ABSORBED,
            number=one.number,
            origin=one.origin,
            reason="duplicate",
        )
    return (went_on, *joined)
