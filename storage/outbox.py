"""What is to be said: written in the transaction that decided it, sent after its commit.

The rows of web accounts double as the conversation that a page shows when it is opened again;
rows of other channels lose their content when they are sent, unless a part of it was left out and
is to be read on the page.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Executable,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    and_,
    bindparam,
    delete,
    false,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)

from domain.errors import StorageError
from domain.messages import Channel, Lane, Message, Side, from_json, text, to_json
from domain.people import Account, Language
from storage.changes import writes
from storage.database import Tx, chunks, having, listed
from storage.people import accounts, list_accounts, people
from storage.recent_values import Fresh
from storage.schema import UtcDateTime, Word, metadata
from storage.send_pauses import EVERY_LANE, pauses

#: What is kept of a message with a code that was shown.
CODE_WAS_SHOWN = text("channels.code_was_shown")
#: How long a code waits for a page that never said that it showed it.
CODE_SHOWN_LIFE = timedelta(minutes=10)
#: How long a web page can show its conversation again.
WEB_HISTORY_LIFE = timedelta(days=30)


class OutboxState(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    """Could not be delivered; ``error`` says why. It never blocks the ones after it."""
    OWN = "own"
    """What a person wrote on the web page, kept so that the page can show it again."""


outbox = Table(
    "outbox",
    metadata,
    Column(
        "id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("bot", String(40), nullable=False),
    Column("account", String(40), nullable=False),
    Column("address", String(64), nullable=False),
    Column("person", String(40), nullable=False, index=True),
    Column("lane", Integer, nullable=False),
    Column("state", Word(OutboxState), nullable=False),
    Column("matter", String(20), index=True),
    Column("slot", String(60)),
    Column("sealed", LargeBinary),
    Column("not_before", UtcDateTime, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("ref", String(200)),
    Column("error", String(200)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("seen_at", UtcDateTime),
    Column("broadcast", String(40)),
    Column("once", Boolean, nullable=False, server_default=false()),
    # Which rows of `outbox_matters` name what it is about besides `matter`.
    Column("shown", String(32)),
    Index("ix_outbox_account", "account", "id"),
)
Index(
    "ix_outbox_waiting",
    outbox.c.bot,
    outbox.c.lane,
    outbox.c.not_before,
    outbox.c.id,
    outbox.c.account,
    sqlite_where=outbox.c.state == OutboxState.WAITING,
    postgresql_where=outbox.c.state == OutboxState.WAITING,
)
Index(
    "ix_outbox_once",
    outbox.c.account,
    outbox.c.id,
    sqlite_where=outbox.c.once,
    postgresql_where=outbox.c.once,
)
Index(
    "ix_outbox_slot",
    outbox.c.account,
    outbox.c.slot,
    outbox.c.id,
    sqlite_where=outbox.c.slot.is_not(None),
    postgresql_where=outbox.c.slot.is_not(None),
)
Index(
    "ix_outbox_broadcast",
    outbox.c.broadcast,
    outbox.c.state,
    sqlite_where=outbox.c.broadcast.is_not(None),
    postgresql_where=outbox.c.broadcast.is_not(None),
)
Index(
    "ix_outbox_shown",
    outbox.c.shown,
    sqlite_where=outbox.c.shown.is_not(None),
    postgresql_where=outbox.c.shown.is_not(None),
)

#: The matters that were in hand when messages were written: one key for all that one turn said.
outbox_matters = Table(
    "outbox_matters",
    metadata,
    Column("shown", String(32), primary_key=True),
    Column("matter", String(20), primary_key=True, index=True),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """A message for a person; addressed when it is written.

    ``account`` is set for the answer to what that account just sent; otherwise the person's
    preferred account gets it, or the last used one that can be reached.
    """

    person: str
    message: Message
    lane: Lane
    at: datetime
    not_before: datetime
    account: Account | None = None
    matter: str | None = None
    broadcast: str | None = None
    about: frozenset[str] = frozenset()
    """All matters that may stand in it: it is erased with each of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Own:
    """What somebody wrote on the web page; kept as a plain JSON body."""

    account: Account
    body: dict[str, Any]
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A row that waits to be sent."""

    id: int
    bot: str
    account: str
    address: str
    person: str
    lane: Lane
    matter: str | None
    slot: str | None
    message: Message
    readable: bool
    tries: int
    not_before: datetime
    created_at: datetime
    language: Language
    elder: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryRow:
    """One line of a web conversation: a message, or what its person wrote (``own``)."""

    id: int
    at: datetime
    message: Message | None
    own: dict[str, Any] | None
    seen: bool


def bot_name(channel: Channel, side: Side) -> str:
    """Name a bot: ``telegram.residents``."""
    return f"{channel}.{side}"


async def newest_moment(tx: Tx) -> datetime | None:
    """Give when the newest message was put into the queue."""
    found: datetime | None = await tx.scalar(
        select(outbox.c.created_at).order_by(outbox.c.id.desc()).limit(1)
    )
    return found


# --- writing -------------------------------------------------------------------------------------

_written: Fresh[Message] = Fresh()


@writes(Notice, Own)
async def write_said(tx: Tx, saved: Sequence[Notice | Own]) -> None:
    """Address messages and put them in the queue, and keep what was written on the page.

    Rows stand in the order given: what somebody wrote comes before its answer.
    """
    unaddressed = {one.person for one in saved if isinstance(one, Notice) and one.account is None}
    chosen = await _choose_accounts(tx, unaddressed) if unaddressed else {}
    about = {one.about for one in saved if isinstance(one, Notice) and one.about}
    shown = {numbers: secrets.token_hex(16) for numbers in about}
    rows = [
        _row(tx, one, chosen, shown) if isinstance(one, Notice) else _own_row(tx, one)
        for one in saved
    ]
    await tx.insert(outbox, rows)
    await tx.insert(
        outbox_matters,
        [
            {"shown": key, "matter": number}
            for numbers, key in shown.items()
            for number in sorted(numbers)
        ],
    )
    tx.addressed.update(row["bot"] for row in rows)


_PREFERRED = having(people.c.id).with_only_columns(people.c.id, people.c.preferred)


async def _choose_accounts(tx: Tx, persons: set[str]) -> dict[str, Account]:
    preferred: dict[str, str | None] = {}
    for chunk in chunks(persons):
        rows = await tx.rows(_PREFERRED, {"wanted": chunk})
        preferred.update((row.id, row.preferred) for row in rows)
    chosen: dict[str, Account] = {}
    for person, owned in (await list_accounts(tx, persons)).items():
        reachable = [account for account in owned if account.unreachable_since is None]
        best = [account for account in reachable if account.id == preferred.get(person)]
        if choice := (best or reachable or owned):
            chosen[person] = choice[0]
    return chosen


def _row(
    tx: Tx,
    one: Notice,
    chosen: Mapping[str, Account],
    shown: Mapping[frozenset[str], str],
) -> dict[str, Any]:
    account = one.account or chosen.get(one.person)
    return {
        "bot": bot_name(account.channel, account.side) if account else "",
        "account": account.id if account else "",
        "address": account.address if account else "",
        "person": one.person,
        "lane": int(one.lane),
        "state": OutboxState.WAITING if account else OutboxState.DEAD,
        "matter": one.matter,
        "slot": one.message.slot,
        "sealed": _written.keep(tx.keyring.seal(to_json(one.message)), one.message),
        "not_before": one.not_before,
        "tries": 0,
        "error": None if account else "no account",
        "created_at": one.at,
        "sent_at": None,
        "seen_at": None,
        "broadcast": one.broadcast,
        "once": one.message.once,
        "shown": shown.get(one.about),
    }


def _own_row(tx: Tx, one: Own) -> dict[str, Any]:
    return {
        "bot": bot_name(one.account.channel, one.account.side),
        "account": one.account.id,
        "address": one.account.address,
        "person": one.account.person,
        "lane": int(Lane.REPLY),
        "state": OutboxState.OWN,
        "matter": None,
        "slot": None,
        "sealed": tx.keyring.seal(one.body),
        "not_before": one.at,
        "tries": 0,
        "error": None,
        "created_at": one.at,
        "sent_at": one.at,
        "seen_at": one.at,
        "broadcast": None,
        "once": False,
        "shown": None,
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenBack:
    """What a person said and what is not to be kept: it leaves their conversation."""

    account: str
    at: tuple[datetime, ...]
    """When it was written on the page."""
    slot: str
    """The slot of messages that repeat it; what is said in it from now on stays."""
    instead: Message
    """What stands in the place of those that repeat it."""


@writes(TakenBack, first=True)
async def write_taken_back(tx: Tx, saved: Sequence[TakenBack]) -> None:
    """Delete what was written, and empty the messages that repeat it."""
    for one in saved:
        await tx.run(
            delete(outbox).where(
                outbox.c.account == one.account,
                outbox.c.state == OutboxState.OWN,
                outbox.c.created_at.in_(one.at),
            )
        )
        repeated = and_(
            outbox.c.account == one.account,
            outbox.c.slot == one.slot,
        )
        await tx.run(
            update(outbox).where(repeated).values(sealed=tx.keyring.seal(to_json(one.instead)))
        )


@dataclass(frozen=True, slots=True)
class Redirection:
    """An account is no longer its person's: what still waits goes to another one."""

    account: str
    to: Account


@writes(Redirection, last=True)
async def write_redirections(tx: Tx, saved: Sequence[Redirection]) -> None:
    """Send what waits for accounts elsewhere."""
    for one in saved:
        tx.addressed.add(bot_name(one.to.channel, one.to.side))
        await tx.run(
            update(outbox)
            .where(outbox.c.account == one.account, outbox.c.state == OutboxState.WAITING)
            .values(
                bot=bot_name(one.to.channel, one.to.side),
                account=one.to.id,
                address=one.to.address,
                slot=None,
            )
        )


# --- sending -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Head:
    """A row that may be sent now, without its content."""

    id: int
    account: str
    address: str
    lane: Lane


#: A literal: a database uses the partial index only where it can read the word in the query.
IS_WAITING = outbox.c.state == literal_column(f"'{OutboxState.WAITING}'")


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
        message = _written.take(row.sealed) or from_json(tx.keyring.unseal(row.sealed))
    except (StorageError, LookupError, TypeError, ValueError):
        message = None
    return Waiting(
        id=row.id,
        bot=row.bot,
        account=row.account,
        address=row.address,
        person=row.person,
        lane=Lane(row.lane),
        matter=row.matter,
        slot=row.slot,
        message=message or Message(),
        readable=message is not None,
        tries=row.tries,
        not_before=row.not_before,
        created_at=row.created_at,
        language=row.language,
        elder=row.elder,
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


async def bury(tx: Tx, row: int, error: str, now: datetime) -> None:
    """Give a message up, with the reason; its content goes."""
    await tx.run(
        update(outbox)
        .where(outbox.c.id == row, IS_WAITING)
        .values(state=OutboxState.DEAD, error=error[:200], sealed=None, sent_at=now)
    )


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


async def give_up_account(tx: Tx, account: str, error: str, now: datetime) -> dict[str, str]:
    """Bury all that waits for an account; give the matters nobody was told of, with the person.

    A matter of which a message was buried for the same reason before has been told.
    """
    waiting = await tx.rows(
        select(outbox.c.matter, outbox.c.person)
        .where(outbox.c.account == account, IS_WAITING, outbox.c.matter.is_not(None))
        .distinct()
    )
    news = {row.matter: row.person for row in waiting}
    told: set[str] = set()
    for chunk in chunks(news):
        rows = await tx.rows(
            select(outbox.c.matter)
            .where(
                outbox.c.matter.in_(chunk),
                outbox.c.account == account,
                outbox.c.state == OutboxState.DEAD,
                outbox.c.error == error,
            )
            .distinct()
        )
        told.update(row.matter for row in rows)
    await tx.run(
        update(outbox)
        .where(outbox.c.account == account, IS_WAITING)
        .values(state=OutboxState.DEAD, error=error[:200], sealed=None, sent_at=now)
    )
    return {number: person for number, person in news.items() if number not in told}


@dataclass(frozen=True, slots=True)
class Said:
    """A message that was said to somebody."""

    message: Message
    slot: str | None
    matter: str | None


async def find_said(tx: Tx, row: int, person: str) -> Said | None:
    """Find what was said to a person in a row; None when it was not, or is forgotten."""
    found = await tx.row(
        select(outbox.c.sealed, outbox.c.slot, outbox.c.matter, outbox.c.shown).where(
            outbox.c.id == row,
            outbox.c.person == person,
            outbox.c.state != OutboxState.OWN,
            outbox.c.sealed.is_not(None),
        )
    )
    if found is None:
        return None
    if found.shown is not None:
        query = select(outbox_matters.c.matter).where(outbox_matters.c.shown == found.shown)
        tx.opened.update(one.matter for one in await tx.rows(query))
    return Said(from_json(tx.keyring.unseal(found.sealed)), found.slot, found.matter)


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


# --- the web page --------------------------------------------------------------------------------


async def history(
    tx: Tx,
    account: str,
    *,
    after: int = 0,
    before: int | None = None,
    limit: int = 100,
    unseen_only: bool = False,
) -> list[HistoryRow]:
    """Give the newest lines of a web conversation between two rows, in their order."""
    conditions = [
        outbox.c.account == account,
        outbox.c.id > after,
        outbox.c.sealed.is_not(None),
        outbox.c.state.in_([OutboxState.SENT, OutboxState.OWN]),
    ]
    if before is not None:
        conditions.append(outbox.c.id < before)
    if unseen_only:
        conditions.append(outbox.c.seen_at.is_(None))
    rows = await tx.rows(
        select(outbox).where(*conditions).order_by(outbox.c.id.desc()).limit(limit)
    )
    lines = []
    for row in reversed(rows):
        body = tx.keyring.unseal(row.sealed)
        own = row.state is OutboxState.OWN
        lines.append(
            HistoryRow(
                id=row.id,
                at=max(row.created_at, row.not_before),
                message=None if own else from_json(body),
                own=body if own else None,
                seen=row.seen_at is not None,
            )
        )
    return lines


async def list_said(tx: Tx, accounts: Iterable[str], after: int) -> list[Message]:
    """List what was said on web accounts after a row, in its order."""
    rows = await tx.rows(
        select(outbox.c.sealed)
        .where(
            outbox.c.account.in_(list(accounts)),
            outbox.c.id > after,
            outbox.c.state != OutboxState.OWN,
            outbox.c.sealed.is_not(None),
        )
        .order_by(outbox.c.id)
    )
    return [from_json(tx.keyring.unseal(row.sealed)) for row in rows]


async def mark_seen(tx: Tx, account: str, upto: int, now: datetime) -> None:
    """Note that a page showed everything up to a row; codes that it showed are kept no longer."""
    await _forget_codes(
        tx, outbox.c.account == account, outbox.c.id <= upto, outbox.c.state == OutboxState.SENT
    )
    await tx.run(
        update(outbox)
        .where(
            outbox.c.account == account,
            outbox.c.id <= upto,
            outbox.c.seen_at.is_(None),
            outbox.c.state == OutboxState.SENT,
        )
        .values(seen_at=now)
    )


@dataclass(frozen=True, slots=True)
class CodeShown:
    """The code in a row was shown elsewhere: it is kept no longer."""

    row: int


@writes(CodeShown)
async def write_codes_shown(tx: Tx, saved: Sequence[CodeShown]) -> None:
    """Forget codes that were shown."""
    for one in saved:
        await _forget_codes(tx, outbox.c.id == one.row)


async def _forget_codes(tx: Tx, *which: ColumnElement[bool]) -> None:
    """Keep messages without the code that they were to show once."""
    rows = await tx.rows(
        select(outbox.c.id, outbox.c.sealed).where(
            outbox.c.once, outbox.c.sealed.is_not(None), *which
        )
    )
    for row in rows:
        kept = replace(
            from_json(tx.keyring.unseal(row.sealed)), blocks=(CODE_WAS_SHOWN,), once=False
        )
        await tx.run(
            update(outbox)
            .where(outbox.c.id == row.id)
            .values(sealed=tx.keyring.seal(to_json(kept)), once=False)
        )


async def was_seen(tx: Tx, person: str, matter: str, since: datetime) -> bool:
    """Tell whether any message about a matter since a moment reached its reader.

    Telegram does not tell what was read: sent counts as seen there. On the web, only what a page
    showed counts.
    """
    row = await tx.row(
        select(outbox.c.id)
        .join(accounts, accounts.c.id == outbox.c.account)
        .where(
            outbox.c.person == person,
            outbox.c.matter == matter,
            outbox.c.created_at >= since,
            outbox.c.state == OutboxState.SENT,
            or_(accounts.c.channel != Channel.WEB, outbox.c.seen_at.is_not(None)),
        )
        .limit(1)
    )
    return row is not None


# --- keeping house -------------------------------------------------------------------------------


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


async def forget_matters(tx: Tx, numbers: Iterable[str], upto: int) -> None:
    """Erase what was said to anybody about matters up to a row, waiting messages included.

    What somebody opened goes with what was sent to them: every message that was written while one
    of the matters was in hand.
    """
    for chunk in chunks(numbers):
        opened = select(outbox_matters.c.shown).where(outbox_matters.c.matter.in_(chunk))
        told = and_(
            or_(outbox.c.matter.in_(chunk), outbox.c.shown.in_(opened)), outbox.c.id <= upto
        )
        await _let_die(tx, told)
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
    """Empty web conversations that are older than `WEB_HISTORY_LIFE`, and forget old codes."""
    await _forget_codes(
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
    await tx.run(outbox_matters.delete().where(outbox_matters.c.shown.not_in(kept)))


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
