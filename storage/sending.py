"""What the sender reads of the outbox and notes in it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Executable,
    Integer,
    Row,
    bindparam,
    literal_column,
    select,
    union_all,
    update,
)

from domain.errors import StorageError
from domain.messages import Lane, Message, from_json
from domain.people import Account, Language
from domain.subjects import Subject
from storage.database import Tx, chunks, having, listed
from storage.outbox import IS_WAITING, OutboxState, bot_name, just_written, outbox, outbox_subjects
from storage.people import people
from storage.rows import of_row
from storage.send_pauses import EVERY_LANE, pauses


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A row that waits to be sent."""

    id: int
    bot: str
    account: str
    address: str
    person: str
    lane: Lane
    subject: Subject | None
    slot: str | None
    message: Message
    readable: bool
    tries: int
    not_before: datetime
    created_at: datetime
    language: Language
    elder: bool


@dataclass(frozen=True, slots=True)
class Head:
    """A row that may be sent now, without its content."""

    id: int
    account: str
    address: str
    lane: Lane


@cache
def _heads_query(lanes: tuple[Lane, ...], is_postgres: bool) -> Executable:
    """Ask for what may go now: each lane is one walk along its index, cut off at its limit."""
    walks = []
    for lane in lanes:
        held_back = select(pauses.c.account).where(
            pauses.c.bot == bindparam("bot"),
            pauses.c.lane.in_([literal_column(str(EVERY_LANE)), literal_column(str(int(lane)))]),
            pauses.c.until > bindparam("now"),
        )
        walk = (
            select(
                outbox.c.id, outbox.c.account, outbox.c.address, outbox.c.lane, outbox.c.not_before
            )
            .where(
                outbox.c.bot == bindparam("bot"),
                outbox.c.lane == literal_column(str(int(lane))),
                IS_WAITING,
                outbox.c.not_before <= bindparam("now"),
                outbox.c.account.not_in(listed("skip", is_postgres)),
                outbox.c.account.not_in(held_back),
            )
            .order_by(outbox.c.not_before, outbox.c.id)
            .limit(bindparam(f"limit_{int(lane)}", type_=Integer))
        )
        walks.append(select(walk.subquery(f"lane_{int(lane)}")))
    return union_all(*walks)


async def heads(
    tx: Tx, bot: str, now: datetime, limits: Mapping[Lane, int], *, skip: Iterable[str] = ()
) -> list[Head]:
    """List what a bot may send now: by lane, then by the moment it may go, then as written.

    Args:
        limits: how many rows to look at in each lane; a lane without one is left out.
        skip: accounts for which something is under way or that must wait.
    """
    wanted = {lane: limit for lane, limit in sorted(limits.items()) if limit > 0}
    if not wanted:
        return []
    rows = await tx.rows(
        _heads_query(tuple(wanted), tx.is_postgres),
        {
            "bot": bot,
            "now": now,
            "skip": tx.strings(skip),
            **{f"limit_{int(lane)}": limit for lane, limit in wanted.items()},
        },
    )
    ordered = sorted(rows, key=lambda row: (row.lane, row.not_before, row.id))
    return [Head(row.id, row.account, row.address, Lane(row.lane)) for row in ordered]


_LOAD = (
    having(outbox.c.id)
    .add_columns(people.c.language, people.c.elder)
    .join(people, people.c.id == outbox.c.person)
    .where(IS_WAITING)
)


async def load(tx: Tx, ids: Sequence[int]) -> list[Waiting]:
    """Load rows that are to be sent, in the order asked for.

    One that cannot be read (sealed with a lost key, or damaged) has no message.
    """
    found: dict[int, Waiting] = {}
    for chunk in chunks(ids):
        rows = await tx.rows(_LOAD, {"wanted": chunk})
        found.update((row.id, _waiting(tx, row)) for row in rows)
    return [found[one] for one in ids if one in found]


def _waiting(tx: Tx, row: Row[Any]) -> Waiting:
    try:
        message = just_written.take(row.sealed) or from_json(tx.keyring.unseal(row.sealed))
    except (StorageError, LookupError, TypeError, ValueError):
        message = None
    return of_row(
        Waiting,
        row,
        lane=Lane(row.lane),
        message=message or Message(),
        readable=message is not None,
    )


async def due(
    tx: Tx, bot: str, now: datetime, limit: int, *, skip: Iterable[str] = ()
) -> list[Waiting]:
    """List what a bot may send now, with its content; see `heads`."""
    first = await heads(tx, bot, now, dict.fromkeys(Lane, limit), skip=skip)
    return await load(tx, [one.id for one in first[:limit]])


@cache
def _next_query() -> Executable:
    """Ask for the first moment of each lane, and the first end of a pause."""
    moments = [
        select(outbox.c.not_before.label("at"))
        .where(
            outbox.c.bot == bindparam("bot"),
            outbox.c.lane == literal_column(str(int(lane))),
            IS_WAITING,
            outbox.c.not_before > bindparam("now"),
        )
        .order_by(outbox.c.not_before)
        .limit(1)
        for lane in Lane
    ]
    moments.append(
        select(pauses.c.until.label("at"))
        .where(pauses.c.bot == bindparam("bot"), pauses.c.until > bindparam("now"))
        .order_by(pauses.c.until)
        .limit(1)
    )
    return union_all(*(select(one.subquery()) for one in moments))


async def next_due(tx: Tx, bot: str, now: datetime) -> datetime | None:
    """Give the next moment after now at which something may be sent; None for none."""
    rows = await tx.rows(_next_query(), {"bot": bot, "now": now})
    return min((row.at for row in rows), default=None)


async def come_forward(tx: Tx, bot: str, now: datetime) -> int:
    """Let go now what a wrong clock wrote in the future; give how many messages that were.

    What was put off on purpose (for the end of quiet hours) keeps its moment.
    """
    return await tx.run(
        update(outbox)
        .where(
            outbox.c.bot == bot,
            IS_WAITING,
            outbox.c.created_at > now,
            outbox.c.not_before == outbox.c.created_at,
        )
        .values(not_before=now, created_at=now)
    )


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a row that was sent."""

    id: int
    ref: str | None
    keep: bool
    """Keep the content: the web page shows it, again or in full."""


_MARK_SENT = (
    update(outbox)
    .where(outbox.c.id == bindparam("which"), IS_WAITING)
    .values(
        state=OutboxState.SENT,
        sent_at=bindparam("moment"),
        ref=bindparam("reference"),
        error=None,
    )
)
_MARK_SENT_AND_EMPTY = _MARK_SENT.values(sealed=None)


async def mark_sent(tx: Tx, sent: Sequence[Sent], now: datetime) -> None:
    """Note what was sent; what no page shows again loses its content.

    A row that was erased while it was on its way stays erased.
    """
    kept = [one for one in sent if one.keep]
    emptied = [one for one in sent if not one.keep]
    for rows, query in ((kept, _MARK_SENT), (emptied, _MARK_SENT_AND_EMPTY)):
        await tx.run(
            query, [{"which": one.id, "reference": one.ref, "moment": now} for one in rows]
        )


async def note_try(tx: Tx, row: int, error: str) -> None:
    """Count a failed try; ``error`` is free of content."""
    await tx.run(
        update(outbox)
        .where(outbox.c.id == row, IS_WAITING)
        .values(error=error[:200], tries=outbox.c.tries + 1)
    )


async def put_off(tx: Tx, row: int, until: datetime) -> None:
    """Let one message wait for its own pictures; the ones after it go before it."""
    await tx.run(update(outbox).where(outbox.c.id == row, IS_WAITING).values(not_before=until))


async def dead_letter(tx: Tx, row: int, error: str, now: datetime) -> None:
    """Give a message up, with the reason; its content goes."""
    await tx.run(
        update(outbox)
        .where(outbox.c.id == row, IS_WAITING)
        .values(state=OutboxState.DEAD, error=error[:200], sealed=None, sent_at=now)
    )


async def was_told_lately(tx: Tx, person: str, slot: str, since: datetime) -> bool:
    """Tell whether somebody was told something in a slot since a moment, or is to be."""
    row = await tx.row(
        select(outbox.c.id)
        .where(
            outbox.c.person == person,
            outbox.c.slot == slot,
            outbox.c.created_at > since,
        )
        .limit(1)
    )
    return row is not None


async def redirect(tx: Tx, account: str, to: Account) -> None:
    """Send all that waits for an account to another one of its person."""
    await tx.run(
        update(outbox)
        .where(outbox.c.account == account, IS_WAITING)
        .values(
            bot=bot_name(to.channel, to.side),
            account=to.id,
            address=to.address,
            slot=None,
            tries=0,
        )
    )


async def give_up_account(tx: Tx, account: str, error: str, now: datetime) -> dict[Subject, str]:
    """Bury all that waits for an account; give the subjects nobody was told of, with the person.

    A subject of which a message was buried for the same reason before has been told.
    """
    waiting = await tx.rows(
        select(outbox.c.subject, outbox.c.person)
        .where(outbox.c.account == account, IS_WAITING, outbox.c.subject.is_not(None))
        .distinct()
    )
    news = {row.subject: row.person for row in waiting}
    told: set[Subject] = set()
    for chunk in chunks(news):
        rows = await tx.rows(
            select(outbox.c.subject)
            .where(
                outbox.c.subject.in_(chunk),
                outbox.c.account == account,
                outbox.c.state == OutboxState.DEAD,
                outbox.c.error == error,
            )
            .distinct()
        )
        told.update(row.subject for row in rows)
    await tx.run(
        update(outbox)
        .where(outbox.c.account == account, IS_WAITING)
        .values(state=OutboxState.DEAD, error=error[:200], sealed=None, sent_at=now)
    )
    return {subject: person for subject, person in news.items() if subject not in told}


@dataclass(frozen=True, slots=True)
class Said:
    """A message that was said to somebody."""

    message: Message
    slot: str | None
    subject: Subject | None


async def find_said(tx: Tx, row: int, person: str) -> Said | None:
    """Find what was said to a person in a row; None when it was not, or is forgotten."""
    found = await tx.row(
        select(outbox.c.sealed, outbox.c.slot, outbox.c.subject, outbox.c.shown).where(
            outbox.c.id == row,
            outbox.c.person == person,
            outbox.c.state != OutboxState.OWN,
            outbox.c.sealed.is_not(None),
        )
    )
    if found is None:
        return None
    if found.shown is not None:
        query = select(outbox_subjects.c.subject).where(outbox_subjects.c.shown == found.shown)
        tx.opened.update(one.subject for one in await tx.rows(query))
    return Said(from_json(tx.keyring.unseal(found.sealed)), found.slot, found.subject)


#: Nobody replies to what was said so many messages ago.
_MOST_TOLD = 3_000


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody was told of in a message."""

    subject: Subject
    by_itself: bool = True
    """The message was about it; False: it was the only thing that stood in it."""


async def find_told(tx: Tx, account: str, includes: Callable[[str], bool]) -> Told | None:
    """Find what the newest message to an account was about whose reference fits; None for nothing.

    Args:
        includes: tells whether a reference is the one that is looked for.
    """
    rows = await tx.rows(
        select(outbox.c.ref, outbox.c.subject, outbox.c.shown)
        .where(
            outbox.c.account == account,
            outbox.c.state == OutboxState.SENT,
            outbox.c.ref.is_not(None),
        )
        .order_by(outbox.c.id.desc())
        .limit(_MOST_TOLD)
    )
    found = next((row for row in rows if includes(row.ref)), None)
    if found is None:
        return None
    if found.subject is not None:
        return Told(found.subject)
    query = select(outbox_subjects.c.subject).where(outbox_subjects.c.shown == found.shown)
    shown = await tx.rows(query)
    return Told(shown[0].subject, by_itself=False) if len(shown) == 1 else None


_LAST_REF = (
    select(outbox.c.ref)
    .where(
        outbox.c.account == bindparam("of"),
        outbox.c.slot == bindparam("in_slot"),
        outbox.c.state == OutboxState.SENT,
        outbox.c.ref.is_not(None),
        outbox.c.id < bindparam("before"),
    )
    .order_by(outbox.c.id.desc())
    .limit(1)
)


async def last_ref(tx: Tx, account: str, slot: str, before: int) -> str | None:
    """Find the reference of the last message sent in a slot, to edit it."""
    asked = {"of": account, "in_slot": slot, "before": before}
    ref: str | None = await tx.scalar(_LAST_REF, asked)
    return ref
