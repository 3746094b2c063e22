"""Whom the demonstration street looks after, and what the last visits found.

The words are in ``demo_visits.toml``. Visits are opened for every community here; in an office they
are closed until the street's leadership decides.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.configuration.law_data import read_default
from domain.chain import Act
from domain.organisation import Responsible, Role, Seat
from domain.plans import Plan
from domain.switches import Switch
from domain.visits.basis import Basis, ConsentRecord, ConsentWay, bases_for
from domain.visits.categories import Category, is_minor
from domain.visits.entries import FEATURE, Content, Entry, opened
from domain.visits.family import Kinship, Link
from domain.visits.needs import Consented, found
from domain.visits.visits import Area, VisitState, begin
from storage.plans import save_plan
from storage.visits.casework import begin_need, begin_plan, record, rules_of, save_entry
from storage.work import Work

#: How long the entries have been on the register.
_SINCE = timedelta(days=60)
#: Somebody who opens the demonstration in the evening still has time to visit.
_LEAST = timedelta(hours=2)


async def plant_visits(work: Work) -> None:
    """Put the entries on the register, with a visit of the month before and what it found."""
    _open_everywhere(work)
    for number, row in enumerate(read_default("demo_visits.toml")["entries"], 1):
        await _plant(work, number, row)


def _open_everywhere(work: Work) -> None:
    organisation = work.street.organisation
    leader = organisation.holders(Seat(organisation.street.code, Role.STREET_LEADER), work.now)[
        0
    ].person
    for unit in organisation.communities:
        work.changes.save(
            Switch(
                id=f"demo-visits-{unit.code}",
                feature=FEATURE,
                unit=unit.code,
                on=True,
                since=work.now - _SINCE,
                by=leader,
                reason="已完成个人信息保护影响评估（演示）",
            )
        )


async def _plant(work: Work, number: int, row: Mapping[str, Any]) -> None:
    since = work.now - _SINCE
    category = Category(row["category"])
    answers = _worker(work, row)
    entry = opened(
        f"{number:06x}".ljust(24, "d"),
        _content(work, row, category, since),
        unit=row["unit"],
        answers=answers,
        at=since,
        today=work.street.local_day(work.now),
        rules=rules_of(work, row["unit"]),
    )
    save_entry(work, entry)
    last = work.now - timedelta(days=row["days_ago"])
    plan = _due(work, begin_plan(work, entry, last), row)
    save_plan(work, plan)
    by = answers.person or ""
    act = Act(by, answers.seat.role, since, work.sign(by, answers.seat.role).salt)
    await record(work, act, entry.subject, "visits.registered")
    await _visited(work, entry, plan, row, last)
    if relative := row.get("relative"):
        work.changes.save(_link(entry, relative, by, since))


def _content(work: Work, row: Mapping[str, Any], category: Category, since: datetime) -> Content:
    today = work.street.local_day(work.now)
    minor = is_minor(row["born"], today.year)
    basis = Basis(row.get("basis") or bases_for(category, minor=minor)[0])
    consent = ConsentRecord(on=work.street.local_day(since), way=ConsentWay.WRITTEN)
    return Content(
        name=row["name"],
        address=row["address"],
        phone=row.get("phone", ""),
        born=row["born"],
        category=category,
        basis=basis,
        consent=consent if basis is Basis.CONSENT else None,
        needs=row.get("needs", ""),
    )


def _worker(work: Work, row: Mapping[str, Any]) -> Responsible:
    """Find the seat of somebody by the name.

    Raises:
        LookupError: nobody of that name works there.
    """
    organisation = work.street.organisation
    for role in (Role.GRID_WORKER, Role.GRID_SECRETARY):
        seat = Seat(row["unit"], role)
        for post in organisation.holders(seat, work.now):
            if organisation.names[post.person] == row["worker"]:
                return Responsible(seat, post.person)
    raise LookupError(f"nobody called {row['worker']} works in {row['unit']}")


def _due(work: Work, plan: Plan, row: Mapping[str, Any]) -> Plan:
    """Let one be due today, whatever day the demonstration is opened on, and one be late."""
    calendar = work.street.office.calendar
    today = calendar.day_of(work.now)
    if row.get("due_today"):
        due = max(calendar.closing_of(today), work.now + _LEAST)
        # The clock says so as soon as it runs.
        return replace(plan, next_due_at=due, reminded_until=plan.since)
    if late := row.get("late"):
        due = calendar.closing_of(calendar.add_workdays(today, -late))
        return replace(plan, next_due_at=due, reminded_until=plan.since)
    return plan


async def _visited(
    work: Work, entry: Entry, plan: Plan, row: Mapping[str, Any], at: datetime
) -> None:
    by = entry.owner or ""
    areas = frozenset({Area(row["found"])} if "found" in row else ())
    visit = replace(
        begin(f"{entry.id[:6]}{'e' * 18}", entry, plan, by=by, at=at),
        round=0,
        due_at=at + timedelta(hours=3),
        areas=areas,
        state=VisitState.DONE,
        at=at,
    )
    work.changes.save(visit)
    act = Act(by, entry.seat.role, at, work.sign(by, entry.seat.role).salt)
    await record(work, act, entry.subject, "visits.visited_done")
    if need := row.get("need"):
        one = found(
            f"{entry.id[:6]}{'f' * 18}", visit, Area(row["found"]), need, Consented.WORKER, at
        )
        begin_need(work, entry, one)


def _link(entry: Entry, person: str, by: str, at: datetime) -> Link:
    return Link(
        id=f"{entry.id[:6]}{'a' * 18}",
        entry=entry.id,
        kinship=Kinship.RELATIVE,
        code_hash=None,
        person=person,
        made_by=by,
        made_at=at,
        expires_at=at,
        linked_at=at,
    )
