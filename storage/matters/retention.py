"""Matters whose time is over: no law and no promise of the office keeps them any longer."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.categories import Kind
from domain.chain import Act
from domain.matters import merging
from domain.matters.life import erase
from domain.matters.matter import Matter, State, Step
from domain.organisation import Role
from domain.rules import LegalHold
from domain.street import Office
from storage import outbox_housekeeping
from storage.changes import Changes, apply
from storage.database import Tx
from storage.matters import queries
from storage.matters.casework import MATTER
from storage.matters.followers import Follower, list_followers
from storage.matters.merged import list_duplicates
from storage.reminders import NoReminder, Reminder
from storage.subjects import SubjectsGone
from storage.work import CLOCK


def drop_reminder(changes: Changes, matter: Matter) -> None:
    """Save a matter that was let go: the clock has nothing more to do with it."""
    changes.save(matter, NoReminder(MATTER, matter.number))


async def expire(tx: Tx, now: datetime, office: Office) -> int:
    """Erase some hundred matters that nothing keeps any longer and give how many that were."""
    ended = await end_holds(tx, now)
    return ended + await end_retention(tx, now, office.retention, office.legal_holds)


async def end_holds(tx: Tx, now: datetime) -> int:
    """Erase what no law keeps any longer and give how many matters that were."""
    return await _end(tx, await queries.list_restricted(tx, now), now)


async def end_retention(
    tx: Tx, now: datetime, retention: timedelta, holds: Sequence[LegalHold]
) -> int:
    """Erase what ended matters were kept for long enough and give how many that were.

    At most a few hundred at once: call it until it gives 0.

    Args:
        holds: what a law keeps longer.
    """
    due: list[Matter] = []
    for kind in Kind:
        longest = max([retention, *(one.after_closing for one in holds if one.kind is kind)])
        due += await queries.list_ended(tx, kind, now - longest)
    return await _end(tx, due, now)


async def _end(tx: Tx, due: Sequence[Matter], now: datetime) -> int:
    if not due:
        return 0
    act = Act(CLOCK, Role.ADMINISTRATOR, now, secrets.token_bytes(32))
    changes = Changes()
    for matter in due:
        drop_reminder(changes, erase(matter, act))
    subjects = tuple(matter.subject for matter in due)
    changes.save(SubjectsGone(subjects=subjects, upto=await outbox_housekeeping.newest(tx)))
    await apply(tx, [changes])
    return len(due)


async def go_on_without(tx: Tx, changes: Changes, gone: Matter, act: Act) -> None:
    """Let merged cases go on where an erasure is done over again after a restore; tells nobody."""
    left = merging.heirs(await list_duplicates(tx, gone), gone)
    if not left:
        return
    if (referral := gone.referral) is not None:
        # The procedure was for the one who left alone; the others' case is where it was before.
        gone = replace(
            gone,
            state=State.DISPATCHED,
            seat=referral.seat,
            owner=referral.owner,
            resolve_by=referral.resolve_by,
            accepted_at=None,
            referral=None,
        )
    heir, *joined = merging.go_on(left, gone, act, (gone.resolve_by, gone.judge_by))
    step = Step.JUDGE_REMIND if heir.state is State.RESOLVED else Step.RESOLVE_SOON
    # Due at once: the clock then asks anew what is next.
    due = Reminder(kind=MATTER, subject=heir.number, step=step, due_at=act.at)
    changes.save(heir, *joined, due)
    for person in {one.reporter for one in joined} | set(await list_followers(tx, gone.number)):
        if person not in (heir.reporter, gone.reporter):
            changes.save(Follower(number=heir.number, person=person, at=act.at))
