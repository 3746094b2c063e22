"""What is done with entries, visits and needs in a piece of work: save them with plan and clock."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from domain import plans
from domain.access.actors import Actor
from domain.access.checks import may
from domain.access.visits import VisitRight
from domain.chain import Act, Chain
from domain.messages import Choice, Message, action, text
from domain.organisation import Responsible, Role, Seat
from domain.plans import Plan, PlanState
from domain.subjects import Subject
from domain.visits.entries import PRIORITY, Entry, EntryState, interval
from domain.visits.family import Kinship
from domain.visits.needs import Consented, Need, NeedState
from domain.visits.rules import VisitRules
from domain.visits.visits import Visit
from storage.access_log import Look, Sight
from storage.chain import get_chains
from storage.plans import find_plan, save_plan
from storage.reminders import NoReminder, Reminder
from storage.visits.entries import list_approvals, list_links
from storage.work import CLOCK, Work

#: What the clock does to an entry; the kind of these reminders is `PRIORITY`.
REVIEW, EXPIRE = "review", "expire"


def rules_of(work: Work, unit: str) -> VisitRules:
    """Give the rules of visits that hold in a grid."""
    community = work.street.organisation.community_of(unit)
    return work.street.rules(VisitRules, community.code if community else "")


def year_of(work: Work) -> int:
    """Give the year in which this happens, as people here count it."""
    return work.street.local_year(work.now)


async def record(work: Work, act: Act, file: Subject, happening: str, **content: Any) -> None:
    """Append to the file of an entry what happened; what was said in it is sealed."""
    key = f"chain {file}"
    chain = work.changes.given(key)
    if not isinstance(chain, Chain):
        chain = (await get_chains(work.tx, [file]))[file]
    work.changes.touch(f"{file.kind} {file.id}")
    work.changes.put(key, chain.record(act, happening, **content))


# --- entries -------------------------------------------------------------------------------------


def save_entry(work: Work, entry: Entry) -> None:
    """Save an entry with what the clock does to it next."""
    work.changes.touch(f"{PRIORITY} {entry.id}")
    work.changes.put(f"{PRIORITY} {entry.id}", entry)
    key = f"reminder of {PRIORITY} {entry.id}"
    if entry.state is not EntryState.ACTIVE:
        work.changes.put(key, NoReminder(PRIORITY, entry.id))
        return
    review = entry.valid_until - rules_of(work, entry.unit).review
    step, due = (REVIEW, review) if entry.asked_at is None else (EXPIRE, entry.valid_until)
    work.changes.put(key, Reminder(kind=PRIORITY, subject=entry.id, step=step, due_at=due))


def begin_plan(work: Work, entry: Entry, last_visit: datetime | None = None) -> Plan:
    """Plan the visits of a new entry."""
    plan = plans.begin(
        work.new_id(),
        entry.subject,
        unit=entry.unit,
        answers=Responsible(entry.seat, entry.owner),
        every=interval(entry.said, rules_of(work, entry.unit)),
        at=work.now,
        calendar=work.street.office.calendar,
        last_done=last_visit,
    )
    plan = as_wished(plan, entry, work.now)
    save_plan(work, plan)
    return plan


def as_wished(plan: Plan, entry: Entry, now: datetime) -> Plan:
    """Let nothing be owed as long as the person refuses visits: until the entry is reviewed."""
    if entry.said.wish.refuses and plan.state is PlanState.RUNNING:
        return plans.paused(plan, entry.valid_until, now)
    return plan


async def replan(work: Work, entry: Entry) -> Plan | None:
    """Follow what was changed in an entry: how often, who, or not at all."""
    plan = await find_plan(work.tx, entry.subject)
    if plan is None:
        return None
    calendar = work.street.office.calendar
    refuses = entry.said.wish.refuses
    if plan.state is PlanState.PAUSED and not refuses:
        plan = plans.resumed(plan, work.now, calendar)
    plan = plans.retimed(plan, interval(entry.said, rules_of(work, entry.unit)), work.now, calendar)
    if plan.owner != entry.owner or plan.seat != entry.seat:
        plan = plans.given_to(plan, Responsible(entry.seat, entry.owner))
    plan = as_wished(plan, entry, work.now)
    save_plan(work, plan)
    return plan


# --- who looks -----------------------------------------------------------------------------------


async def opens(work: Work, entry: Entry, person: str, plan: Plan | None) -> bool:
    """Tell whether somebody may look at an entry now, as far as a minor's needs an approval."""
    if not entry.is_minor(year_of(work)):
        return True
    return any(one.opens(person, plan, work.now) for one in await list_approvals(work.tx, entry.id))


def note_look(work: Work, entry: Entry, actor: Actor, right: VisitRight, reason: str) -> None:
    """Put a look at what an entry says into the access log; whoever shows it calls this."""
    grant = may(actor, right, work.street.organisation, on=entry)
    work.changes.save(
        Look(
            id=work.new_id(),
            person=actor.person,
            subject=entry.subject,
            sight=Sight.OPENED,
            rule=grant.rule if grant is not None else "",
            reason=reason,
            at=work.now,
        )
    )
    work.tx.opened.add(entry.subject)


# --- after a visit -------------------------------------------------------------------------------


async def tell_family(work: Work, visit: Visit) -> int:
    """Tell those of the family who are linked that somebody came, and count them.

    Nothing of category or finding stands in it, nor whose visit it was. Source: requirement V-04.
    """
    told = 0
    for link in await list_links(work.tx, visit.entry):
        if not link.stands or link.person is None:
            continue
        key = "visits.told_self" if link.kinship is Kinship.SELF else "visits.told_family"
        said = text(key, at=visit.at)
        more = Choice(label=text("visits.my_visits"), action="visits.mine")
        work.tell(link.person, Message(blocks=(said,), choices=((more,),)), about=_about(visit))
        told += 1
    return told


def _about(visit: Visit) -> frozenset[Subject]:
    return frozenset({visit.subject, Subject(PRIORITY, visit.entry)})


# --- needs ---------------------------------------------------------------------------------------


def need_span(work: Work, need: Need) -> timedelta:
    """Give within what the next step of a need is owed."""
    rules = rules_of(work, need.unit)
    return rules.effect if need.state in (NeedState.ACTED, NeedState.EFFECT) else rules.need


def begin_need(work: Work, entry: Entry, need: Need) -> None:
    """Save a need that was found, and plan by when something is done."""
    work.changes.put(f"need {need.id}", need)
    if need.consented is Consented.NOTHING:
        return
    plan = plans.begin(
        work.new_id(),
        need.subject,
        unit=need.unit,
        answers=Responsible(entry.seat, entry.owner),
        every=need_span(work, need),
        at=work.now,
        calendar=work.street.office.calendar,
    )
    save_plan(work, plan)


async def save_need(work: Work, need: Need) -> None:
    """Save what became of a need, with by when its next step is owed."""
    work.changes.touch(f"need {need.id}")
    work.changes.put(f"need {need.id}", need)
    plan = await find_plan(work.tx, need.subject)
    if plan is None:
        return
    calendar = work.street.office.calendar
    if need.is_open:
        plan = plans.done(plan, work.now, every=need_span(work, need), calendar=calendar)
    else:
        plan = plans.ended(plan, work.now)
    save_plan(work, plan)


def act_of_clock(work: Work) -> Act:
    """Sign what time does."""
    return work.sign(CLOCK, Role.ADMINISTRATOR)


def show_entry(entry: Entry) -> Choice:
    """Make the button that leads to an entry: it says nothing of anybody."""
    label = text("visits.sign", sign=entry.sign)
    return Choice(label=label, action=action("visits.show", entry.id))


def desk_of(work: Work, unit: str, person: str) -> Responsible | None:
    """Find the seat from which somebody of a grid looks after people: worker or secretary."""
    organisation = work.street.organisation
    for role in (Role.GRID_WORKER, Role.GRID_SECRETARY):
        seat = Seat(unit, role)
        for post in organisation.holders(seat, work.now):
            if person in (post.person, post.stand_in(work.now)):
                return Responsible(seat, post.stand_in(work.now) or post.person)
    return None


def with_owner(entry: Entry, answers: Responsible) -> Entry:
    """Let somebody else look after a person."""
    return replace(entry, seat=answers.seat, owner=answers.person)
