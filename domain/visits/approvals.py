"""A look at a minor's entry is approved by a responsible person, for one visit. Source: F-311."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.access.actors import actor_of
from domain.access.checks import may
from domain.access.visits import VisitRight
from domain.errors import Refused, WrongState
from domain.messages import text
from domain.organisation import Organisation, Responsible
from domain.plans import Plan
from domain.visits.basis import MINORS
from domain.visits.entries import Entry
from domain.visits.rules import VisitRules


class ApprovalState(StrEnum):
    """What became of a request to look."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Approval:
    """Somebody asked to open a minor's entry for one visit."""

    id: str
    entry: str
    asked_by: str
    asked_of: str
    reason: str = ""
    state: ApprovalState = ApprovalState.ASKED
    asked_at: datetime
    decided_at: datetime | None = None
    until: datetime | None = None
    """Until when it opens the entry."""
    round: int
    """The round of visits for which it does: when that visit is recorded, it opens nothing more."""
    version: int = 0

    def opens(self, person: str, plan: Plan | None, now: datetime) -> bool:
        """Tell whether it lets somebody look now."""
        return (
            self.state is ApprovalState.GRANTED
            and self.asked_by == person
            and self.until is not None
            and now < self.until
            and plan is not None
            and plan.round == self.round
        )


def approver(organisation: Organisation, entry: Entry, asker: str, now: datetime) -> Responsible:
    """Find the responsible person: the first of the ladder who may approve, never the asker.

    Raises:
        Refused: there is nobody who could.
    """
    for seat in organisation.ladder(entry.unit):
        for post in organisation.holders(seat, now):
            person = post.stand_in(now) or post.person
            actor = actor_of(person, organisation, now, staff=True)
            if person != asker and may(actor, VisitRight.APPROVE, organisation, on=entry):
                return Responsible(seat, person)
    raise Refused("visits.nobody_approves", rule=MINORS)


def asked(
    which: str,
    entry: Entry,
    plan: Plan,
    *,
    by: str,
    of: str,
    reason: str,
    at: datetime,
    before: Iterable[Approval],
) -> Approval:
    """Ask for a look.

    Raises:
        Refused: the same person has asked for the same visit already, and it waits.
    """
    waits = [
        one
        for one in before
        if one.asked_by == by and one.round == plan.round and one.state is ApprovalState.ASKED
    ]
    if waits:
        raise Refused("visits.asked_already", at=waits[0].asked_at)
    return Approval(
        id=which,
        entry=entry.id,
        asked_by=by,
        asked_of=of,
        reason=reason,
        asked_at=at,
        round=plan.round,
    )


def decided(one: Approval, at: datetime, rules: VisitRules, *, granted: bool) -> Approval:
    """Say yes, for one visit and some hours, or no.

    Raises:
        WrongState: somebody decided it already.
    """
    if one.state is not ApprovalState.ASKED:
        raise WrongState(number=one.entry[:6].upper(), state=text(f"visits.approval_{one.state}"))
    state = ApprovalState.GRANTED if granted else ApprovalState.REFUSED
    until = at + rules.approval if granted else None
    return replace(one, state=state, decided_at=at, until=until)
