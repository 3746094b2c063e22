"""What is kept of those who are visited, and what becomes of it."""

from collections.abc import Sequence, Set
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, or_, select, update

from domain.access.actors import Actor
from domain.access.checks import may
from domain.access.visits import VisitRight
from domain.data_copy import Copied
from domain.organisation import Organisation
from domain.street import Office
from domain.subjects import Subject, ids_of
from domain.visits.copies import copied
from domain.visits.entries import PRIORITY, EntryState, may_be_erased, priority
from domain.visits.family import Kinship
from domain.visits.needs import NEED
from domain.visits.rules import VisitRules
from domain.visits.visits import VISIT
from storage import outbox_housekeeping
from storage.access_log import KEPT
from storage.changes import Changes, apply
from storage.database import Tx, chunks
from storage.personal_data import Forgotten, PersonalData
from storage.reminders import NoReminder, delete_reminders
from storage.subjects import SubjectKind, SubjectsGone
from storage.visits.entries import (
    find_entry,
    get_entries,
    links_of,
    list_ended,
    priority_approvals,
    priority_entries,
    priority_links,
)
from storage.visits.visits import get_visits, list_needs, list_visits, needs, visits

#: How long a code that nobody typed is remembered.
_CODE_KEPT = timedelta(days=1)


async def _copied(tx: Tx, person: str) -> Copied:
    """Give a resident what is kept of them and whose relative they are, staff their visits."""
    links = await links_of(tx, person)
    entries = await get_entries(tx, [one.entry for one in links if one.kinship is Kinship.SELF])
    told = [
        (entry, await list_visits(tx, entry.id, 1000), await list_needs(tx, entry.id))
        for entry in entries.values()
    ]
    made = await tx.rows(
        select(visits.c.at, visits.c.unit, visits.c.state)
        .where(visits.c.by == person, visits.c.at.is_not(None))
        .order_by(visits.c.at, visits.c.id)
    )
    asked = await tx.rows(
        select(priority_approvals.c.asked_at, priority_approvals.c.state)
        .where(
            or_(
                priority_approvals.c.asked_by == person,
                priority_approvals.c.asked_of == person,
            )
        )
        .order_by(priority_approvals.c.asked_at, priority_approvals.c.id)
    )
    return copied(
        told,
        links,
        [(row.at, row.unit, row.state) for row in made],
        [(row.asked_at, row.state) for row in asked],
    )


async def subjects_of(tx: Tx, ids: Sequence[str]) -> tuple[Subject, ...]:
    """List entries with all their visits and needs: what is erased together."""
    found: list[Subject] = []
    for which in ids:
        found.append(priority(which))
        found += [one.subject for one in await list_visits(tx, which, 10_000)]
        found += [one.subject for one in await list_needs(tx, which)]
    return tuple(found)


async def _owned(tx: Tx, person: str) -> Sequence[Subject]:
    """List the entries that go with a resident: not those that a duty of the committee keeps."""
    own = [one.entry for one in await links_of(tx, person) if one.kinship is Kinship.SELF]
    entries = await get_entries(tx, own)
    return await subjects_of(tx, [one.id for one in entries.values() if may_be_erased(one)])


async def _forget(tx: Tx, gone: Forgotten) -> None:
    await tx.run(priority_links.delete().where(priority_links.c.person == gone.person))
    await tx.run(update(needs).where(needs.c.confirmed_by == gone.person).values(confirmed_by=None))


async def _forget_file(tx: Tx, subjects: Sequence[Subject]) -> None:
    for chunk in chunks(ids_of(subjects, PRIORITY)):
        await tx.run(
            update(priority_entries)
            .where(priority_entries.c.id.in_(chunk))
            .values(sealed=None, mark=None, state=EntryState.ENDED)
        )
        await tx.run(
            update(priority_approvals)
            .where(priority_approvals.c.entry.in_(chunk))
            .values(sealed=None)
        )
        await tx.run(priority_links.delete().where(priority_links.c.entry.in_(chunk)))
        await delete_reminders(tx, [NoReminder(PRIORITY, one) for one in chunk])
    for table, kind in ((visits, VISIT), (needs, NEED)):
        for chunk in chunks(ids_of(subjects, kind)):
            await tx.run(update(table).where(table.c.id.in_(chunk)).values(sealed=None))


async def _move(tx: Tx, kept: str, absorbed: str) -> None:
    await tx.run(
        update(priority_links).where(priority_links.c.person == absorbed).values(person=kept)
    )
    await tx.run(update(needs).where(needs.c.confirmed_by == absorbed).values(confirmed_by=kept))


async def _sweep(tx: Tx, now: datetime) -> None:
    await tx.run(
        priority_links.delete().where(
            priority_links.c.person.is_(None), priority_links.c.expires_at < now - _CODE_KEPT
        )
    )
    await tx.run(priority_links.delete().where(priority_links.c.ended_at < now - _CODE_KEPT))
    await tx.run(priority_approvals.delete().where(priority_approvals.c.asked_at < now - KEPT))


async def _expire(tx: Tx, now: datetime, office: Office) -> int:
    """Erase what ended entries were kept for long enough."""
    rules = office.rules.get(VisitRules)
    if not isinstance(rules, VisitRules):
        return 0
    due = await list_ended(tx, now - rules.kept)
    if not due:
        return 0
    changes = Changes()
    upto = await outbox_housekeeping.newest(tx)
    changes.save(SubjectsGone(subjects=await subjects_of(tx, due), upto=upto))
    await apply(tx, [changes])
    return len(due)


# --- subjects ------------------------------------------------------------------------------------


async def _may_open(tx: Tx, actor: Actor, organisation: Organisation, entry: str) -> bool:
    """Tell whether somebody may see pictures of an entry's visits.

    Those of a minor's by nobody: each look there is approved, for one visit, and logged (F-311).
    """
    found = await find_entry(tx, entry)
    if found is None or found.content is None or found.is_minor(found.opened_at.year):
        return False
    return may(actor, VisitRight.OPEN, organisation, on=found) is not None


async def _may_see_visit(tx: Tx, actor: Actor, organisation: Organisation, which: str) -> bool:
    visit = (await get_visits(tx, [which])).get(which)
    return visit is not None and await _may_open(tx, actor, organisation, visit.entry)


async def _may_see_need(tx: Tx, actor: Actor, organisation: Organisation, which: str) -> bool:
    row = await tx.row(select(needs.c.entry).where(needs.c.id == which))
    return row is not None and await _may_open(tx, actor, organisation, row.entry)


def _living(table: Any) -> Any:
    async def living(tx: Tx, ids: Sequence[str]) -> Set[str]:
        found: set[str] = set()
        for chunk in chunks(ids):
            rows = await tx.rows(
                select(table.c.id).where(table.c.id.in_(chunk), table.c.sealed.is_not(None))
            )
            found.update(row.id for row in rows)
        return found

    return living


def _all_entries() -> Select[tuple[str]]:
    return select(priority_entries.c.id)


PERSONAL_DATA = PersonalData(
    name="visits",
    tables=(priority_entries, priority_approvals, priority_links, visits, needs),
    copied=_copied,
    forget=_forget,
    owned=_owned,
    forget_file=_forget_file,
    move=_move,
    sweep=_sweep,
    expire=_expire,
    stays=(
        "Which of the staff visited when, and who approved a look, is the office's own record"
        " (PIPL, articles 13 and 56); an entry that a duty of the committee asks for stays until it"
        " ends (PIPL, articles 13 and 47)."
    ),
    subjects=(
        SubjectKind(
            name=PRIORITY,
            living=_living(priority_entries),
            may_see=_may_open,
            filed=_all_entries,
        ),
        SubjectKind(name=VISIT, living=_living(visits), may_see=_may_see_visit),
        SubjectKind(name=NEED, living=_living(needs), may_see=_may_see_need),
    ),
)
