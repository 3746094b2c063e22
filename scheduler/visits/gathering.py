"""What the clock tells people about visits: that one is due, by a sign, and never of whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.messages import Choice, Line, Message, Text, action, text
from domain.names import unit_called
from domain.plans import Plan, Step
from domain.subjects import Subject
from domain.visits.entries import PRIORITY, Entry, EntryState
from domain.visits.needs import NEED, Need
from scheduler.jobs import GatheredKind, GatheredLine
from storage.database import Tx
from storage.plans import plans_of
from storage.visits.entries import get_entries
from storage.visits.visits import get_needs
from storage.work import Work

#: The kind under which reviews of entries are gathered; visits are gathered under their subject's.
REVIEW = "review"


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What is told: an entry whose visit is due, or a need of one."""

    entry: Entry
    plan: Plan | None
    need: Need | None = None
    urgency: int = 1
    barred: frozenset[str] = frozenset()
    sealed: bool = True

    @property
    def subject(self) -> Subject:
        """With which what is told is erased."""
        return self.need.subject if self.need is not None else self.entry.subject

    @property
    def is_need(self) -> bool:
        """Tell whether it is about a need."""
        return self.need is not None

    @property
    def due_at(self) -> datetime | None:
        """By when it is owed."""
        return self.plan.next_due_at if self.plan is not None else None


async def _load_visits(tx: Tx, ids: Sequence[str]) -> Mapping[str, Told]:
    entries = await get_entries(tx, ids)
    plans = await plans_of(tx, [one.subject for one in entries.values()])
    return {
        one.id: Told(entry=one, plan=plans.get(one.subject))
        for one in entries.values()
        if one.content is not None
    }


async def _load_needs(tx: Tx, ids: Sequence[str]) -> Mapping[str, Told]:
    needs = await get_needs(tx, ids)
    entries = await get_entries(tx, [one.entry for one in needs.values()])
    plans = await plans_of(tx, [one.subject for one in needs.values()])
    return {
        one.id: Told(entry=entries[one.entry], plan=plans.get(one.subject), need=one)
        for one in needs.values()
        if one.entry in entries and not one.erased
    }


def _holds(work: Work, person: str, step: str, told: Told) -> bool:
    """Tell whether it is owed still, and this person's to hear: the owner's or a level's above."""
    if step not in set(Step):
        return False
    plan = told.plan
    if plan is None or not plan.is_owed or told.entry.state is not EntryState.ACTIVE:
        return False
    if step == Step.SOON:
        return person == plan.owner and plan.next_due_at > work.now
    if step == Step.DUE:
        return person == plan.owner
    if plan.next_due_at >= work.now:
        return False  # It was done meanwhile.
    return person == plan.owner or _is_above(work, person, plan)


def _is_above(work: Work, person: str, plan: Plan) -> bool:
    """Tell whether somebody holds a seat to which it has climbed; lower ones were told before."""
    organisation = work.street.organisation
    ladder = organisation.ladder(plan.seat.unit)
    if plan.climbed_to is None or plan.climbed_to not in ladder:
        return False
    told = ladder[: ladder.index(plan.climbed_to) + 1]
    return any(organisation.at_seat(seat, work.now).person == person for seat in told)


async def _message(work: Work, person: str, step: str, told: Told) -> Message:
    return Message(
        blocks=(_said(work, person, step, told),),
        choices=((_show(told),), (_list(),)),
        # One message for one visit, at the end of the conversation.
        slot=f"due-{told.subject.id}",
        anew=True,
        renews=True,
    )


def _said(work: Work, person: str, step: str, told: Told) -> Text:
    what = "need" if told.is_need else "visit"
    whose = "owner" if told.plan is not None and person == told.plan.owner else "above"
    if step in (Step.LATE, Step.CLIMB):
        step = Step.LATE
    return text(
        f"visits.remind_{what}_{step}_{whose}",
        unit=unit_called(told.entry.unit, work.street.organisation),
        due=told.due_at,
    )


def _show(told: Told) -> Choice:
    verb = "visits.follow" if told.is_need else "visits.show"
    which = told.need.id if told.need is not None else told.entry.id
    return Choice(label=text("visits.go"), action=action(verb, which), emphasis=True)


def _list() -> Choice:
    return Choice(label=text("visits.menu"), action="visits.open")


def _line(work: Work, person: str, step: str, told: Told) -> GatheredLine:
    what = "owed_need" if told.is_need else "owed_visit"
    unit = unit_called(told.entry.unit, work.street.organisation)
    is_late = step in (Step.LATE, Step.CLIMB)
    stands = Step.LATE if is_late else step
    return GatheredLine(
        line=Line(
            text(f"visits.{what}", sign=told.entry.sign, unit=unit),
            text(f"visits.stands_{stands}", due=told.due_at),
        ),
        show=Choice(label=text("visits.sign", sign=told.entry.sign), action=_show(told).action),
        everything=_list(),
        late=is_late,
    )


def _order(told: Told) -> tuple[datetime, str]:
    return (told.due_at or told.entry.opened_at, told.subject.id)


VISITS = GatheredKind(
    name=PRIORITY,
    load=_load_visits,
    holds=_holds,
    message=_message,
    line=_line,
    order=_order,
)
NEEDS = GatheredKind(
    name=NEED, load=_load_needs, holds=_holds, message=_message, line=_line, order=_order
)


# --- reviews -------------------------------------------------------------------------------------


def _review_holds(_work: Work, _person: str, _step: str, told: Told) -> bool:
    return told.entry.state is EntryState.ACTIVE and told.entry.asked_at is not None


async def _review_message(work: Work, person: str, step: str, told: Told) -> Message:
    said = text("visits.remind_review", sign=told.entry.sign, until=told.entry.valid_until)
    return Message(blocks=(said,), choices=((_review_show(told),), (_list(),)))


def _review_show(told: Told) -> Choice:
    renew = action("visits.renew", told.entry.id)
    return Choice(label=text("visits.review"), action=renew, emphasis=True)


def _review_line(work: Work, _person: str, _step: str, told: Told) -> GatheredLine:
    unit = unit_called(told.entry.unit, work.street.organisation)
    return GatheredLine(
        line=Line(
            text("visits.owed_review", sign=told.entry.sign, unit=unit),
            text("visits.review_until", until=told.entry.valid_until),
        ),
        show=_review_show(told),
        everything=_list(),
    )


REVIEWS = GatheredKind(
    name=REVIEW,
    load=_load_visits,
    holds=_review_holds,
    message=_review_message,
    line=_review_line,
    order=_order,
)
