"""What is owed of visits and needs: by whom, by when; by their signs alone, on every channel."""

from collections.abc import Mapping, Sequence

from domain.access.actors import Actor
from domain.access.checks import knows_of
from domain.messages import Side, action, text
from domain.names import unit_called
from domain.obligations import Obligation, Tally
from domain.plans import Plan, PlanState
from domain.visits.cards import plan_detail
from domain.visits.entries import PRIORITY, Entry
from domain.visits.needs import NEED
from handlers.features import Feature, Owes
from storage.plans import list_plans_in, list_plans_of
from storage.visits.entries import get_entries
from storage.visits.visits import get_needs
from storage.work import Work


async def _owed_by(work: Work, person: str) -> list[Obligation]:
    plans = [
        *await list_plans_of(work.tx, person, PRIORITY),
        *await list_plans_of(work.tx, person, NEED),
    ]
    entries = await _entries(work, plans)
    return [_owed(work, one, entries) for one in plans if one.subject.id in entries]


async def _owed_in(work: Work, reader: Actor, units: Sequence[str]) -> list[Obligation]:
    plans = [
        *await list_plans_in(work.tx, units, PRIORITY),
        *await list_plans_in(work.tx, units, NEED),
    ]
    entries = await _entries(work, plans)
    organisation = work.street.organisation
    return [
        _owed(work, one, entries)
        for one in plans
        if (entry := entries.get(one.subject.id)) is not None
        and knows_of(reader, organisation, entry)
    ]


async def _entries(work: Work, plans: Sequence[Plan]) -> Mapping[str, Entry]:
    """Give the entry of each plan, by the id of the plan's subject: an entry's or a need's."""
    needs = await get_needs(work.tx, [one.subject.id for one in plans if one.subject.kind == NEED])
    own = [one.subject.id for one in plans if one.subject.kind == PRIORITY]
    found = await get_entries(work.tx, [*own, *(one.entry for one in needs.values())])
    return {
        **{which: found[which] for which in own if which in found},
        **{one.id: found[one.entry] for one in needs.values() if one.entry in found},
    }


def _owed(work: Work, plan: Plan, entries: Mapping[str, Entry]) -> Obligation:
    entry = entries[plan.subject.id]
    is_need = plan.subject.kind == NEED
    unit = unit_called(entry.unit, work.street.organisation)
    verb = "visits.follow" if is_need else "visits.show"
    return Obligation(
        subject=plan.subject,
        owner=plan.owner,
        unit=plan.unit,
        due_at=plan.next_due_at,
        label=text(
            "visits.owed_need" if is_need else "visits.owed_visit", sign=entry.sign, unit=unit
        ),
        detail=plan_detail(work.street, plan, work.now),
        action=action(verb, plan.subject.id),
        is_overdue=plan.next_due_at < work.now,
    )


async def _count(work: Work, units: Sequence[str]) -> Mapping[str, Tally]:
    found = {unit: Tally() for unit in units}
    for kind in (PRIORITY, NEED):
        for plan in await list_plans_in(work.tx, units, kind, states=(PlanState.RUNNING,)):
            # A visit of a month ahead is no open work yet: it counts from its day on.
            is_late = plan.next_due_at < work.now
            is_open = kind == NEED or is_late or _is_today(work, plan)
            if is_open:
                found[plan.unit] += Tally(
                    open=1, overdue=int(is_late), unowned=int(plan.owner is None)
                )
    return found


def _is_today(work: Work, plan: Plan) -> bool:
    return work.street.local_day(plan.next_due_at) <= work.street.local_day(work.now)


FEATURE = Feature(
    name="visits",
    side=Side.STAFF,
    switchable=True,
    owes=Owes(of_person=_owed_by, of_units=_owed_in, count=_count),
)
