"""What recurs, of any feature: one row for each plan, versioned, with what the clock does next."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Index,
    Integer,
    Row,
    String,
    Table,
    select,
    update,
)

from domain.errors import Conflict
from domain.organisation import Role, Seat
from domain.plans import Plan, PlanRules, PlanState, next_timer
from domain.subjects import Subject
from storage.changes import holds, writes
from storage.database import Tx, chunks, having
from storage.personal_data import PersonalData
from storage.reminders import NoReminder, Reminder, delete_reminders
from storage.rows import of_row, row_of
from storage.schema import PersonId, SubjectKey, UtcDateTime, Word, metadata
from storage.work import Work

#: The kind of the reminders that move a plan on; their subject is the plan's id.
PLAN = "plan"

plans = Table(
    "plans",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("subject", SubjectKey(), nullable=False),
    Column("unit", String(40), nullable=False),
    Column("seat_unit", String(40), nullable=False),
    Column("seat_role", Word(Role), nullable=False),
    Column("owner", PersonId()),
    Column("every_days", Integer, nullable=False),
    Column("next_due_at", UtcDateTime, nullable=False),
    Column("last_done_at", UtcDateTime),
    Column("round", Integer, nullable=False),
    Column("paused_until", UtcDateTime),
    Column("climbed_unit", String(40)),
    Column("climbed_role", Word(Role)),
    Column("climbs", Integer, nullable=False),
    Column("state", Word(PlanState), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("reminded_until", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    Index("uq_plans_subject", "subject", unique=True),
    Index("ix_plans_owner_next_due_at", "owner", "next_due_at"),
    Index("ix_plans_unit_next_due_at", "unit", "next_due_at"),
)


@writes(Plan)
async def write_plans(tx: Tx, saved: Sequence[Plan]) -> None:
    """Insert new plans, and change known ones that nobody else changed.

    Raises:
        Conflict: somebody else was faster.
    """
    latest = {one.id: one for one in saved}
    fresh = [_row(one) for one in latest.values() if not one.version]
    if await tx.insert_new(plans, fresh) != len(fresh):
        raise Conflict("plan")
    for one in latest.values():
        if not one.version:
            continue
        changed = await tx.run(
            update(plans)
            .where(plans.c.id == one.id, plans.c.version == one.version)
            .values(**_row(one))
        )
        if not changed:
            raise Conflict(f"plan {one.id}")


@holds(PLAN)
async def hold_plans(tx: Tx, ids: Sequence[str]) -> None:
    """Lock plans."""
    await tx.rows(select(plans.c.id).where(plans.c.id.in_(list(ids))).with_for_update())


def _row(one: Plan) -> dict[str, Any]:
    climbed = one.climbed_to
    return row_of(
        plans,
        one,
        seat_unit=one.seat.unit,
        seat_role=one.seat.role,
        every_days=one.every.days,
        climbed_unit=climbed.unit if climbed else None,
        climbed_role=climbed.role if climbed else None,
        version=one.version + 1,
    )


def _plan(row: Row[Any]) -> Plan:
    return of_row(
        Plan,
        row,
        seat=Seat(row.seat_unit, row.seat_role),
        every=timedelta(days=row.every_days),
        climbed_to=Seat(row.climbed_unit, row.climbed_role) if row.climbed_unit else None,
    )


# --- what is done with one in a piece of work ----------------------------------------------------


def save_plan(work: Work, plan: Plan) -> None:
    """Save a plan with what the clock does to it next."""
    work.changes.touch(f"{PLAN} {plan.id}")
    work.changes.put(f"{PLAN} {plan.id}", plan)
    community = work.street.organisation.community_of(plan.unit)
    rules = work.street.rules(PlanRules, community.code if community else "")
    timer = next_timer(plan, rules, work.street.office.calendar)
    key = f"reminder of {PLAN} {plan.id}"
    if timer is None:
        work.changes.put(key, NoReminder(PLAN, plan.id))
        return
    # What is owed already is said as soon as the clock looks, not some time ago.
    at = max(timer.due_at, work.now)
    due = Reminder(kind=PLAN, subject=plan.id, step=timer.step, round=plan.round, due_at=at)
    work.changes.put(key, due)


# --- to look at ----------------------------------------------------------------------------------


async def get_plans(tx: Tx, ids: Iterable[str]) -> dict[str, Plan]:
    """Load plans by id; those that do not exist are left out."""
    found: dict[str, Plan] = {}
    for chunk in chunks(set(ids)):
        rows = await tx.rows(having(plans.c.id), {"wanted": chunk})
        found.update((row.id, _plan(row)) for row in rows)
    return found


async def plans_of(tx: Tx, subjects: Iterable[Subject]) -> dict[Subject, Plan]:
    """Load the plans of subjects; those without one are left out."""
    found: dict[Subject, Plan] = {}
    for chunk in chunks(set(subjects)):
        rows = await tx.rows(select(plans).where(plans.c.subject.in_(chunk)))
        found.update((row.subject, _plan(row)) for row in rows)
    return found


async def find_plan(tx: Tx, subject: Subject) -> Plan | None:
    """Find the plan of a subject."""
    return (await plans_of(tx, [subject])).get(subject)


async def list_plans_of(
    tx: Tx, person: str, kind: str, until: datetime | None = None
) -> list[Plan]:
    """List what a person owes of a kind of subjects, by when it is due.

    Args:
        until: only what is due before a moment.
    """
    query = select(plans).where(
        plans.c.owner == person,
        plans.c.state == PlanState.RUNNING,
        plans.c.subject.startswith(f"{kind}:", autoescape=True),
    )
    if until is not None:
        query = query.where(plans.c.next_due_at < until)
    rows = await tx.rows(query.order_by(plans.c.next_due_at, plans.c.id))
    return [_plan(row) for row in rows]


async def list_plans_in(
    tx: Tx,
    units: Iterable[str],
    kind: str,
    *,
    until: datetime | None = None,
    states: Iterable[PlanState] = (PlanState.RUNNING,),
) -> list[Plan]:
    """List the plans of units and a kind of subjects, by when they are due."""
    query = select(plans).where(
        plans.c.state.in_(list(states)),
        plans.c.subject.startswith(f"{kind}:", autoescape=True),
    )
    if until is not None:
        query = query.where(plans.c.next_due_at < until)
    found: list[Plan] = []
    for chunk in chunks(set(units)):
        found += [_plan(row) for row in await tx.rows(query.where(plans.c.unit.in_(chunk)))]
    return sorted(found, key=lambda one: (one.next_due_at, one.id))


async def list_unowned_plans(tx: Tx, kind: str) -> list[Plan]:
    """List the plans that wait for anybody of their ladder to join."""
    rows = await tx.rows(
        select(plans)
        .where(
            plans.c.owner.is_(None),
            plans.c.state == PlanState.RUNNING,
            plans.c.subject.startswith(f"{kind}:", autoescape=True),
        )
        .order_by(plans.c.next_due_at, plans.c.id)
    )
    return [_plan(row) for row in rows]


# --- what becomes of it --------------------------------------------------------------------------


async def _forget_file(tx: Tx, subjects: Sequence[Subject]) -> None:
    """Forget the plans of subjects that are erased: nobody is reminded of them any more."""
    for chunk in chunks(subjects):
        gone = await tx.rows(select(plans.c.id).where(plans.c.subject.in_(chunk)))
        await delete_reminders(tx, [NoReminder(PLAN, row.id) for row in gone])
        await tx.run(plans.delete().where(plans.c.subject.in_(chunk)))


PERSONAL_DATA = PersonalData(
    name="plans",
    tables=(plans,),
    stays=(
        "Who of the staff owes what and when it was done last is the office's own record; of"
        " whomever it concerns there is nothing but the id of its subject, and it goes with that."
    ),
    forget_file=_forget_file,
)
