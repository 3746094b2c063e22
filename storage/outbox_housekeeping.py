"""Forgetting what was said, and counting what waits."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    and_,
    func,
    or_,
    select,
    update,
)

from domain.subjects import Subject
from storage.conversations import CODE_SHOWN_LIFE, forget_codes
from storage.database import Tx, chunks
from storage.outbox import WEB_HISTORY_LIFE, OutboxState, outbox, outbox_subjects
from storage.people import people
from storage.personal_data import Forgotten, PersonalData

#: How long a page may show the last message to somebody who was erased.
FAREWELL_LIFE = timedelta(days=1)


async def newest(tx: Tx) -> int:
    """Give the id of the newest row; 0 for none."""
    return await tx.scalar(select(func.max(outbox.c.id))) or 0


async def forget(tx: Tx, person: str, upto: int) -> None:
    """Erase what was said to or by a person up to a row, and where it went; nothing waits on."""
    told = and_(outbox.c.person == person, outbox.c.id <= upto)
    await _let_die(tx, told)
    await tx.run(
        update(outbox).where(told).values(sealed=None, ref=None, account="", address="", slot=None)
    )


async def forget_subjects(tx: Tx, subjects: Iterable[Subject], upto: int) -> None:
    """Erase what was said to anybody about subjects up to a row, waiting messages included.

    What somebody opened goes with what was sent to them: every message that was written while one
    of the subjects was in hand.
    """
    for chunk in chunks(subjects):
        opened = select(outbox_subjects.c.shown).where(outbox_subjects.c.subject.in_(chunk))
        told = and_(
            or_(outbox.c.subject.in_(chunk), outbox.c.shown.in_(opened)), outbox.c.id <= upto
        )
        await _let_die(tx, told)
        shown = select(outbox.c.account, outbox.c.id).where(told, outbox.c.sealed.is_not(None))
        tx.erased |= {(row.account, row.id) for row in await tx.rows(shown)}
        await tx.run(update(outbox).where(told).values(sealed=None))


async def forget_farewells(tx: Tx, erased_before: datetime) -> None:
    """Forget the last messages to erased persons, and where they went, once they are sent."""
    gone = select(people.c.id).where(people.c.erased_at < erased_before)
    await tx.run(
        update(outbox)
        .where(
            outbox.c.person.in_(gone),
            outbox.c.address != "",
            outbox.c.state != OutboxState.WAITING,
        )
        .values(sealed=None, ref=None, account="", address="", slot=None)
    )


async def _let_die(tx: Tx, told: ColumnElement[bool]) -> None:
    await tx.run(
        update(outbox)
        .where(told, outbox.c.state == OutboxState.WAITING)
        .values(state=OutboxState.DEAD, error="erased")
    )


async def move(tx: Tx, kept: str, absorbed: str) -> None:
    """Give one person's messages to another: two accounts were linked."""
    await tx.run(update(outbox).where(outbox.c.person == absorbed).values(person=kept))


async def sweep(tx: Tx, now: datetime) -> None:
    """Empty web conversations older than `WEB_HISTORY_LIFE`; forget old codes and farewells."""
    await forget_codes(
        tx, outbox.c.created_at < now - CODE_SHOWN_LIFE, outbox.c.state == OutboxState.SENT
    )
    await tx.run(
        update(outbox)
        .where(
            outbox.c.created_at < now - WEB_HISTORY_LIFE,
            outbox.c.state.in_([OutboxState.SENT, OutboxState.OWN]),
            outbox.c.sealed.is_not(None),
        )
        .values(sealed=None)
    )
    kept = select(outbox.c.shown).where(outbox.c.shown.is_not(None), outbox.c.sealed.is_not(None))
    await tx.run(outbox_subjects.delete().where(outbox_subjects.c.shown.not_in(kept)))
    await forget_farewells(tx, now - FAREWELL_LIFE)


async def count_waiting(tx: Tx) -> dict[str, tuple[int, datetime]]:
    """Count what waits by bot, with the moment the oldest was written."""
    rows = await tx.rows(
        select(outbox.c.bot, func.count().label("n"), func.min(outbox.c.created_at).label("at"))
        .where(outbox.c.state == OutboxState.WAITING)
        .group_by(outbox.c.bot)
    )
    return {row.bot: (row.n, row.at) for row in rows}


async def list_dead(tx: Tx, limit: int = 50) -> list[tuple[int, str, str, datetime]]:
    """List what could not be delivered: rows of (id, bot, reason, written), the newest first."""
    rows = await tx.rows(
        select(outbox.c.id, outbox.c.bot, outbox.c.error, outbox.c.created_at)
        .where(outbox.c.state == OutboxState.DEAD)
        .order_by(outbox.c.id.desc())
        .limit(limit)
    )
    return [(row.id, row.bot, row.error or "", row.created_at) for row in rows]


async def count_dead(tx: Tx, bot: str, since: datetime) -> int:
    """Count what could not be delivered over a way since a moment; what was erased is no fault."""
    return (
        await tx.scalar(
            select(func.count()).where(
                outbox.c.bot == bot,
                outbox.c.state == OutboxState.DEAD,
                outbox.c.sent_at >= since,
            )
        )
        or 0
    )


async def _forget(tx: Tx, gone: Forgotten) -> None:
    await forget(tx, gone.person, gone.upto)


async def _forget_staff(tx: Tx, gone: Forgotten) -> None:
    """Erase what was said to or by somebody of the staff; what waits is still to be told."""
    told = and_(
        outbox.c.person == gone.person,
        outbox.c.id <= gone.upto,
        outbox.c.created_at <= gone.at,
        outbox.c.state != OutboxState.WAITING,
    )
    shown = select(outbox.c.account, outbox.c.id).where(told, outbox.c.sealed.is_not(None))
    tx.erased |= {(row.account, row.id) for row in await tx.rows(shown)}
    await tx.run(update(outbox).where(told).values(sealed=None, ref=None))
    ended = outbox.c.account.in_([account.id for account in gone.accounts])
    await tx.run(update(outbox).where(told, ended).values(account="", address="", slot=None))


PERSONAL_DATA = PersonalData(
    name="outbox",
    tables=(outbox, outbox_subjects),
    forget=_forget,
    forget_staff=_forget_staff,
    forget_shown=forget_subjects,
    move=move,
    sweep=sweep,
)
