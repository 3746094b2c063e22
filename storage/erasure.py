"""Erasing what is kept of a person; chains still verify, and a restore erases it again.

What an erasure ended and what a law keeps is noted without a word of the person's own, so that
`replay_erasures` can do it over again with the tables of an older backup.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column, Table, select

from domain.categories import Kind
from domain.chain import Act
from domain.matters.legal_holds import Held, let_go
from domain.matters.life import erase
from domain.matters.matter import Matter
from domain.organisation import Role
from domain.rules import LegalHold
from storage import (
    attachments,
    drafts,
    gathered_reminders,
    inbox,
    outbox,
    outbox_housekeeping,
    people,
    people_housekeeping,
)
from storage.changes import Changes, apply, writes
from storage.database import Tx
from storage.device_codes import forget_confirmed, forget_device_codes
from storage.digests import digests
from storage.matters import alarms, followers, help_requests, matters, queries
from storage.matters.casework import MATTER
from storage.matters.lookup_codes import forget_lookups
from storage.reminders import NoReminder
from storage.schema import PersonId, UtcDateTime, metadata
from storage.tickets import tickets
from storage.work import CLOCK

#: How long a page may show the last message to somebody who was erased.
FAREWELL_LIFE = timedelta(days=1)

erasures = Table(
    "erasures",
    metadata,
    Column("person", PersonId(), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    # What a law keeps: lists of [number, until, law].
    Column("held", JSON, nullable=False),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Erasure:
    """Everything of a person goes; the matters themselves were let go beside it."""

    person: str
    at: datetime
    numbers: tuple[str, ...]
    """The person's matters that are erased."""
    held: tuple[Held, ...] = ()
    """Those that a law keeps."""
    upto: int
    """The newest outbox row that is to be forgotten: a farewell written after it stays."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeOver:
    """Matters whose time is over lose what was told in them."""

    numbers: tuple[str, ...]
    upto: int


@writes(Erasure, last=True)
async def write_erasures(tx: Tx, saved: Sequence[Erasure]) -> None:
    """Erase persons, after everything that the batch still wrote for them."""
    for one in saved:
        await _forget_matters(tx, one.numbers, one.upto)
        # What a law keeps is kept in the case file, and shown nowhere else any more.
        await _forget_shown(tx, [kept.number for kept in one.held], one.upto)
        await _forget_person(tx, one)
    await tx.upsert(erasures, [_row(one) for one in saved])


@writes(TimeOver, last=True)
async def write_time_over(tx: Tx, saved: Sequence[TimeOver]) -> None:
    """Erase the contents of matters whose time is over."""
    for one in saved:
        await _forget_matters(tx, one.numbers, one.upto)


def _row(one: Erasure) -> dict[str, Any]:
    held = [[kept.number, kept.until.isoformat(), kept.law] for kept in one.held]
    return {"person": one.person, "at": one.at, "held": held}


async def _forget_matters(tx: Tx, numbers: Iterable[str], upto: int) -> None:
    numbers = list(numbers)
    await matters.forget_contents(tx, numbers)
    await help_requests.forget_parts(tx, numbers)
    await forget_lookups(tx, numbers)
    await _forget_shown(tx, numbers, upto)
    doomed = [one.id for number in numbers for one in await attachments.list_of_matter(tx, number)]
    await attachments.forget(tx, doomed)


async def _forget_shown(tx: Tx, numbers: Iterable[str], upto: int) -> None:
    numbers = list(numbers)
    await outbox_housekeeping.forget_matters(tx, numbers, upto)
    await digests.forget_words(tx, numbers)


async def _forget_person(tx: Tx, one: Erasure) -> None:
    kept = {matter.number for matter in one.held}
    sent = await attachments.list_of_person(tx, one.person)
    await attachments.forget(tx, [file.id for file in sent if file.matter not in kept])
    for account in await people.all_accounts(tx, one.person):
        bot = outbox.bot_name(account.channel, account.side)
        await inbox.forget(tx, bot, account.address)
        await tickets.forget(tx, account.id)
        await forget_device_codes(tx, account.id)
    await forget_confirmed(tx, one.person)
    await outbox_housekeeping.forget(tx, one.person, one.upto)
    await followers.forget_follower(tx, one.person)
    await gathered_reminders.forget_gathered(tx, one.person)
    await drafts.delete_drafts(tx, [drafts.DraftGone(one.person)])
    await alarms.forget_alarms(tx, one.person)
    await people_housekeeping.forget_person(tx, one.person, one.at)


# --- again, and later ----------------------------------------------------------------------------


async def list_erasures(tx: Tx, since: datetime | None = None) -> list[dict[str, Any]]:
    """List what was erased since a moment, as plain JSON values, for `keep_erasures`."""
    query = select(erasures).order_by(erasures.c.at, erasures.c.person)
    if since is not None:
        query = query.where(erasures.c.at >= since)
    return [
        {"person": row.person, "at": row.at.isoformat(), "held": row.held}
        for row in await tx.rows(query)
    ]


async def keep_erasures(tx: Tx, listed: Iterable[dict[str, Any]]) -> None:
    """Note erasures that the tables do not know: those after the backup that was restored."""
    rows = [
        {
            "person": one["person"],
            "at": datetime.fromisoformat(one["at"]),
            "held": one["held"],
        }
        for one in listed
    ]
    await tx.upsert(erasures, rows)


async def replay_erasures(tx: Tx, since: datetime | None = None) -> int:
    """Erase again whatever was erased once, and give how many persons that were.

    For the tables of a backup; where nothing came back, nothing changes.
    """
    listed = await list_erasures(tx, since)
    for one in listed:
        kept = {
            number: Held(number=number, until=datetime.fromisoformat(until), law=law)
            for number, until, law in one["held"]
        }
        await _erase_again(tx, one["person"], datetime.fromisoformat(one["at"]), kept)
    return len(listed)


async def _erase_again(tx: Tx, person: str, at: datetime, kept: dict[str, Held]) -> None:
    act = Act(person, Role.RESIDENT, at, secrets.token_bytes(32))
    returned = await matters.get_matters(tx, await queries.numbers_of(tx, person))
    changes = Changes()
    for number, matter in returned.items():
        _save(changes, let_go(matter, act, kept.get(number)))
    changes.save(
        Erasure(
            person=person,
            at=at,
            numbers=tuple(number for number in returned if number not in kept),
            held=tuple(kept.values()),
            upto=await outbox_housekeeping.newest(tx),
        )
    )
    await apply(tx, [changes])


async def tidy(tx: Tx, now: datetime) -> None:
    """Forget what had to outlive an erasure for a while: the farewell and its address."""
    await outbox_housekeeping.forget_farewells(tx, now - FAREWELL_LIFE)


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
        _save(changes, erase(matter, act))
    numbers = tuple(matter.number for matter in due)
    changes.save(TimeOver(numbers=numbers, upto=await outbox_housekeeping.newest(tx)))
    await apply(tx, [changes])
    return len(due)


def _save(changes: Changes, matter: Matter) -> None:
    changes.save(matter, NoReminder(MATTER, matter.number))
