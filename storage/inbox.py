"""What arrived, kept under (bot, update id) before it is confirmed to the channel.

The commit that handles an update erases its payload and keeps only the key, so that a repeat is a
no-op. What cannot be handled after a few tries is quarantined, sealed, for thirty days.

Several processes work on one inbox (PostgreSQL): whoever handles an update holds its person, or the
chat of somebody unknown, until the transaction ends. So a person's updates are handled one after
the other, whichever chats they come by and whichever process takes them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    null,
    select,
    union_all,
    update,
)

from storage.database import Tx, chunks
from storage.outbox import bot_name
from storage.people import accounts, people
from storage.personal_data import Forgotten, PersonalData
from storage.recent_values import RecentValues
from storage.schema import PersonId, UtcDateTime, Word, metadata

#: After so many failed tries an update is quarantined.
MAX_TRIES = 3
#: How long a quarantined update can be replayed before it is erased.
QUARANTINE_LIFE = timedelta(days=30)
#: How long the key of a handled update is kept; Telegram forgets updates after a day.
KEY_LIFE = timedelta(days=90)
#: So many people at most are being served by other processes at a time: their batches together.
ELSEWHERE_MAX = 1_000


class InboxState(StrEnum):
    """Where an update stands."""

    WAITING = "waiting"
    DONE = "done"
    QUARANTINED = "quarantined"
    HELD = "held"
    """Part of a flood: waits until its chat has paused."""


inbox = Table(
    "inbox",
    metadata,
    Column(
        "id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("bot", String(40), nullable=False),
    Column("update_id", String(100), nullable=False),
    # Whose it is; null while nobody could tell.
    Column("address", PersonId(64)),
    Column("state", Word(InboxState), nullable=False),
    Column("sealed", LargeBinary),
    Column("tries", Integer, nullable=False),
    Column("error", String(200)),
    Column("received_at", UtcDateTime, nullable=False),
    Column("held_until", UtcDateTime),
    Index("uq_inbox_key", "bot", "update_id", unique=True),
)
Index(
    "ix_inbox_waiting",
    inbox.c.id,
    sqlite_where=inbox.c.state == InboxState.WAITING,
    postgresql_where=inbox.c.state == InboxState.WAITING,
)
Index(
    "ix_inbox_held",
    inbox.c.held_until,
    sqlite_where=inbox.c.state == InboxState.HELD,
    postgresql_where=inbox.c.state == InboxState.HELD,
)
#: A literal: a database uses the partial index only where it can read the word in the query.
_IS_QUARANTINED = inbox.c.state == literal_column(f"'{InboxState.QUARANTINED}'")
Index(
    "ix_inbox_quarantined",
    inbox.c.id,
    sqlite_where=_IS_QUARANTINED,
    postgresql_where=_IS_QUARANTINED,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """A raw update on its way into the inbox."""

    update_id: str
    address: str | None
    raw: Mapping[str, Any]
    held_until: datetime | None = None
    """Set for a part of a flood; what is held of the same chat waits as long."""


@dataclass(frozen=True, slots=True)
class Update:
    """A raw update that waits to be handled."""

    id: int
    bot: str
    update_id: str
    address: str | None
    raw: Mapping[str, Any]
    tries: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """The oldest update of a chat that waits, unread."""

    id: int
    bot: str
    address: str | None
    received_at: datetime


#: Puts the heads of chats into the order in which they are to be handled.
Choose = Callable[[Iterable[Head]], Sequence[Head]]


@dataclass(frozen=True, slots=True)
class Claimed:
    """The updates that a transaction alone handles, the oldest of each person."""

    updates: Sequence[Update]
    persons: frozenset[str] | None = None
    """Whose updates they are; None for everybody's, where there is one process only."""
    chats: frozenset[tuple[str, str]] = frozenset()
    """The chats (bot, address) of people who were unknown so far."""
    missed: int = 0
    """How many updates another process had just handled: there may be others to claim."""
    more: bool = False
    """Whether more wait than fitted."""

    def allows(self, person: str | None, bot: str, address: str) -> bool:
        """Tell whether an update may be handled, as it turned out whose it is."""
        if self.persons is None:
            return True
        return person in self.persons if person else (bot, address) in self.chats


_arrived: RecentValues[Mapping[str, Any]] = RecentValues()


async def store(tx: Tx, bot: str, updates: Iterable[Arrival], now: datetime) -> int:
    """Keep raw updates; known ones are left alone.

    Returns:
        How many were new.
    """
    listed = list(updates)
    rows = [
        {
            "bot": bot,
            "update_id": one.update_id,
            "address": one.address,
            "state": InboxState.HELD if one.held_until else InboxState.WAITING,
            "sealed": _arrived.keep(tx.keyring.seal(one.raw), one.raw),
            "tries": 0,
            "received_at": now,
            "held_until": one.held_until,
        }
        for one in listed
    ]
    new = await tx.insert_new(inbox, rows)
    await _hold_longer(tx, bot, listed)
    return new


# --- holding back --------------------------------------------------------------------------------


async def _hold_longer(tx: Tx, bot: str, arrived: Iterable[Arrival]) -> None:
    """Let all that is held of a chat wait as long as the last of it, so that it keeps its order."""
    latest = {one.address: one.held_until for one in arrived if one.held_until}
    for address, until in latest.items():
        await tx.run(
            update(inbox)
            .where(inbox.c.state == InboxState.HELD, inbox.c.bot == bot, inbox.c.address == address)
            .values(held_until=until)
        )


async def release(tx: Tx, now: datetime) -> int:
    """Let go what was held long enough; give how many updates that were."""
    return await tx.run(
        update(inbox)
        .where(inbox.c.state == InboxState.HELD, inbox.c.held_until <= now)
        .values(state=InboxState.WAITING)
    )


async def list_held(tx: Tx) -> list[tuple[str, str, datetime, int]]:
    """List the chats of which something is held: rows of (bot, address, until, how many)."""
    rows = await tx.rows(
        select(
            inbox.c.bot,
            inbox.c.address,
            func.max(inbox.c.held_until).label("until"),
            func.count().label("n"),
        )
        .where(inbox.c.state == InboxState.HELD)
        .group_by(inbox.c.bot, inbox.c.address)
    )
    return [(row.bot, row.address, row.until, row.n) for row in rows]


async def waiting(tx: Tx, limit: int) -> list[Update]:
    """List the oldest updates that wait."""
    rows = await tx.rows(_OLDEST, {"most": limit})
    return [_update(tx, row) for row in rows]


def _update(tx: Tx, row: Row[Any]) -> Update:
    return Update(
        row.id,
        row.bot,
        row.update_id,
        row.address,
        _arrived.take(row.sealed) or tx.keyring.unseal(row.sealed),
        row.tries,
        row.received_at,
    )


# --- claiming ------------------------------------------------------------------------------------

_WAITS = inbox.c.state == InboxState.WAITING
_OLDEST = select(inbox).where(_WAITS).order_by(inbox.c.id).limit(bindparam("most", type_=Integer))
#: The account of an update's chat: a bot is named by its channel and its side.
_ITS_ACCOUNT = and_(
    accounts.c.side == func.split_part(inbox.c.bot, ".", 2),
    accounts.c.channel == func.split_part(inbox.c.bot, ".", 1),
    accounts.c.address == inbox.c.address,
)
_ALONE = case((inbox.c.address.is_(None), inbox.c.id), else_=0)
#: An arbitrary number that names the chats' locks among PostgreSQL's advisory locks.
_CHAT_LOCKS = 49_154


async def claim(
    tx: Tx, limit: int, *, only: int | None = None, choose: Choose | None = None
) -> Claimed:
    """Claim the oldest updates that wait and that no other process is about to handle.

    Args:
        only: the one update that is wanted; nothing is claimed where its person is being served
            elsewhere, or has an older one.
        choose: where more chats' updates wait than fit, tells which of them go first, so that
            nobody waits behind all that another one sent.
    """
    more = only is None and await _are_more(tx, limit)
    among = [only] if only is not None else None
    if more and choose is not None:
        among = [head.id for head in choose(await _heads(tx))]
    if not tx.is_postgres:
        updates = await waiting(tx, limit) if among is None else await _read(tx, among[:limit])
        return Claimed(updates, more=more)
    window = among and among[: limit + ELSEWHERE_MAX]
    found = await tx.rows(_candidates(limit, window))
    first: dict[str, int] = {}
    for row in found:
        if row.person is not None:
            first.setdefault(row.person, row.id)
    if among is not None:
        oldest = await _oldest_of(tx, first)
        if only is not None and oldest != first:
            return Claimed(())
        first = oldest
    strangers = [row for row in found if row.person is None]
    chats = await _lock_chats(tx, strangers, limit)
    ours = [row.id for row in strangers if not row.address or (row.bot, row.address) in chats]
    taken = ours[:limit]
    # Read after the locks: what another process has just handled no longer waits.
    ids = sorted([*first.values(), *taken])
    updates = await _read(tx, ids)
    missed = len(ids) - len(updates)
    return Claimed(updates, frozenset(first), frozenset(chats), missed=missed, more=more)


_MORE = select(inbox.c.id).where(_WAITS).order_by(inbox.c.id).offset(bindparam("most")).limit(1)
_HEADS = (
    select(
        func.min(inbox.c.id).label("id"),
        inbox.c.bot,
        inbox.c.address,
        func.min(inbox.c.received_at).label("received_at"),
    )
    .where(_WAITS)
    # Nobody knows whose an update without an address is: each of them stands for itself.
    .group_by(inbox.c.bot, inbox.c.address, _ALONE)
)


async def _are_more(tx: Tx, than: int) -> bool:
    return await tx.row(_MORE, {"most": than}) is not None


async def _heads(tx: Tx) -> list[Head]:
    """List the oldest update of each chat of which something waits."""
    rows = await tx.rows(_HEADS)
    return [Head(row.id, row.bot, row.address, row.received_at) for row in rows]


def _candidates(limit: int, among: Sequence[int] | None) -> Any:
    """Look for updates of persons whom nobody holds, and hold these; and for updates of strangers.

    Who is held elsewhere is passed over before the limit counts, so that the next one gets a turn;
    of strangers more are found than are wanted, as it is not known yet whom others hold.
    """
    conditions: list[ColumnElement[bool]] = [_WAITS]
    order: ColumnElement[Any] = inbox.c.id
    if among is not None:
        listed = literal(list(among), ARRAY(BigInteger))
        conditions.append(inbox.c.id == func.any(listed))
        order = func.array_position(listed, inbox.c.id)
    known = (
        select(inbox.c.id, inbox.c.bot, inbox.c.address, people.c.id.label("person"))
        .add_columns(order.label("place"))
        .join(accounts, _ITS_ACCOUNT)
        .join(people, people.c.id == accounts.c.person)
        .where(*conditions)
        .order_by(order)
        .limit(limit)
        .with_for_update(of=people, skip_locked=True)
        .cte("known")
    )
    strange = (
        select(inbox.c.id, inbox.c.bot, inbox.c.address, null().label("person"))
        .add_columns(order.label("place"))
        .where(*conditions, ~exists().where(_ITS_ACCOUNT))
        .order_by(order)
        .limit(limit + ELSEWHERE_MAX)
        .cte("strange")
    )
    both = union_all(select(known), select(strange)).subquery()
    return select(both).order_by(both.c.place)


async def _lock_chats(tx: Tx, strangers: Sequence[Row[Any]], limit: int) -> set[tuple[str, str]]:
    """Hold so many chats of people who have no row yet; those that somebody holds are left out."""
    locked: set[tuple[str, str]] = set()
    listed = list(dict.fromkeys((row.bot, row.address) for row in strangers if row.address))
    while listed and len(locked) < limit:
        tried, listed = listed[: limit - len(locked)], listed[limit - len(locked) :]
        names = [f"{bot} {address}" for bot, address in tried]
        name = func.unnest(literal(names, ARRAY(String))).column_valued("name")
        held = func.pg_try_advisory_xact_lock(_CHAT_LOCKS, func.hashtext(name))
        rows = await tx.rows(select(name.label("name"), held.label("held")))
        called = {row.name for row in rows if row.held}
        locked |= {chat for chat, one in zip(tried, names, strict=True) if one in called}
    return locked


async def _oldest_of(tx: Tx, persons: Iterable[str]) -> dict[str, int]:
    """Give the oldest update that waits of each person, whichever chat it came by."""
    rows = await tx.rows(
        select(accounts.c.person, func.min(inbox.c.id).label("oldest"))
        .select_from(inbox)
        .join(accounts, _ITS_ACCOUNT)
        .where(_WAITS, accounts.c.person.in_(list(persons)))
        .group_by(accounts.c.person)
    )
    return {row.person: row.oldest for row in rows}


async def _read(tx: Tx, ids: Sequence[int]) -> list[Update]:
    found: list[Update] = []
    for chunk in chunks(ids):
        query = select(inbox).where(inbox.c.id.in_(chunk), _WAITS).order_by(inbox.c.id)
        found += [_update(tx, row) for row in await tx.rows(query)]
    return found


async def readdress(tx: Tx, one: Update, address: str) -> None:
    """Note whose an update is, which nobody could tell when it arrived."""
    await tx.run(update(inbox).where(inbox.c.id == one.id).values(address=address))


_FINISH = (
    update(inbox)
    .where(inbox.c.id.in_(bindparam("wanted", expanding=True)))
    .values(state=InboxState.DONE, sealed=None, error=None, address=None)
)


async def finish(tx: Tx, ids: Sequence[int]) -> None:
    """Mark updates as handled and erase what they said and who said it."""
    for chunk in chunks(ids):
        await tx.connection.execute(_FINISH, {"wanted": chunk})


async def fail(tx: Tx, one: Update, error: str, *, now: bool = False) -> bool:
    """Count a failed try; tell whether the update is quarantined from now on.

    Args:
        error: what went wrong, free of content.
        now: quarantine at once, since another try cannot help.
    """
    tries = one.tries + 1
    quarantined = now or tries >= MAX_TRIES
    state = InboxState.QUARANTINED if quarantined else InboxState.WAITING
    await tx.run(
        update(inbox)
        .where(inbox.c.id == one.id)
        .values(state=state, tries=tries, error=error[:200])
    )
    return quarantined


async def list_quarantined(tx: Tx) -> list[tuple[int, str, str, datetime]]:
    """List what is quarantined: rows of (id, bot, error, received), the oldest first."""
    rows = await tx.rows(
        select(inbox.c.id, inbox.c.bot, inbox.c.error, inbox.c.received_at)
        .where(_IS_QUARANTINED)
        .order_by(inbox.c.id)
    )
    return [(row.id, row.bot, row.error or "", row.received_at) for row in rows]


async def count_quarantined(tx: Tx) -> int:
    """Count what is quarantined."""
    return await tx.scalar(select(func.count()).select_from(inbox).where(_IS_QUARANTINED)) or 0


async def drop(tx: Tx, ids: Sequence[int]) -> int:
    """Erase quarantined updates for good and give how many there were.

    Their keys stay, so that the channel cannot bring them again.
    """
    return await tx.run(
        update(inbox)
        .where(inbox.c.id.in_(ids), _IS_QUARANTINED)
        .values(state=InboxState.DONE, sealed=None, address=None)
    )


async def replay(tx: Tx, ids: Sequence[int]) -> int:
    """Let quarantined updates wait again and give how many there were."""
    return await tx.run(
        update(inbox)
        .where(inbox.c.id.in_(ids), inbox.c.state == InboxState.QUARANTINED)
        .values(state=InboxState.WAITING, tries=0, error=None)
    )


async def sweep(tx: Tx, now: datetime) -> None:
    """Erase quarantined payloads and forget keys whose time is over."""
    await tx.run(
        inbox.delete().where(
            inbox.c.state == InboxState.QUARANTINED,
            inbox.c.received_at < now - QUARANTINE_LIFE,
        )
    )
    await tx.run(
        inbox.delete().where(inbox.c.state == InboxState.DONE, inbox.c.received_at < now - KEY_LIFE)
    )


async def count_waiting(tx: Tx) -> tuple[int, datetime | None]:
    """Count what waits, and give when the oldest of it arrived."""
    row = await tx.row(
        select(func.count().label("n"), func.min(inbox.c.received_at).label("oldest")).where(
            inbox.c.state.in_([InboxState.WAITING, InboxState.HELD])
        )
    )
    return (row.n, row.oldest) if row else (0, None)


async def count_ready(tx: Tx) -> tuple[int, datetime | None]:
    """Count what may be handled now, parts of floods left out; give when the oldest arrived."""
    row = await tx.row(
        select(func.count().label("n"), func.min(inbox.c.received_at).label("oldest")).where(
            inbox.c.state == literal_column(f"'{InboxState.WAITING}'")
        )
    )
    return (row.n, row.oldest) if row else (0, None)


async def forget(tx: Tx, bot: str, address: str) -> None:
    """Erase the quarantined updates of an address.

    An update that could not be parsed at all has no address: `sweep` ends it in time.
    """
    await tx.run(
        inbox.delete().where(
            inbox.c.bot == bot,
            inbox.c.address == address,
            inbox.c.state == InboxState.QUARANTINED,
        )
    )


async def _forget(tx: Tx, gone: Forgotten) -> None:
    for account in (*gone.accounts, *gone.staying):
        await forget(tx, bot_name(account.channel, account.side), account.address)


PERSONAL_DATA = PersonalData(
    name="inbox", tables=(inbox,), forget=_forget, forget_staff=_forget, sweep=sweep
)
