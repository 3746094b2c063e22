"""What is to be said: written in the transaction that decided it, sent after its commit.

The rows of web accounts double as the conversation that a page shows when it is opened again;
rows of other channels lose their content when they are sent, unless a part of it was left out and
is to be read on the page.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    and_,
    delete,
    false,
    literal_column,
    select,
    update,
)

from domain.messages import Channel, Lane, Message, Side, to_json
from domain.people import Account, Purpose
from domain.subjects import Subject
from domain.webhooks import WebhookCall
from storage.changes import writes
from storage.database import Tx, chunks, having
from storage.people import agreed_to, list_accounts, people
from storage.recent_values import RecentValues
from storage.schema import PersonId, SubjectKey, UtcDateTime, Word, metadata

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
    Column("account", PersonId(), nullable=False),
    Column("address", PersonId(64), nullable=False),
    Column("person", PersonId(), nullable=False, index=True),
    Column("lane", Integer, nullable=False),
    Column("state", Word(OutboxState), nullable=False),
    Column("subject", SubjectKey()),
    Column("slot", String(60)),
    Column("sealed", LargeBinary),
    Column("not_before", UtcDateTime, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("ref", String(200)),
    Column("error", String(200)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("seen_at", UtcDateTime),
    Column("once", Boolean, nullable=False, server_default=false()),
    # Which rows of `outbox_subjects` name what it is about besides `subject`.
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
# By which what is said of a subject is found, and counted without looking at the rows: how far a
# broadcast to a whole street has come is asked every few seconds.
Index(
    "ix_outbox_subject",
    outbox.c.subject,
    outbox.c.lane,
    outbox.c.state,
    sqlite_where=outbox.c.subject.is_not(None),
    postgresql_where=outbox.c.subject.is_not(None),
)
Index(
    "ix_outbox_shown",
    outbox.c.shown,
    sqlite_where=outbox.c.shown.is_not(None),
    postgresql_where=outbox.c.shown.is_not(None),
)

#: A literal: a database uses the partial index only where it can read the word in the query.
IS_WAITING = outbox.c.state == literal_column(f"'{OutboxState.WAITING}'")

#: What was in hand when messages were written: one key for all that one turn said.
outbox_subjects = Table(
    "outbox_subjects",
    metadata,
    Column("shown", String(32), primary_key=True),
    Column("subject", SubjectKey(), primary_key=True, index=True),
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
    subject: Subject | None = None
    """What it is about first of all: a case, a broadcast."""
    about: frozenset[Subject] = frozenset()
    """All subjects that may stand in it: it is erased with each of them."""
    calls: tuple[WebhookCall, ...] = ()
    """What goes over webhooks besides, in rows of its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Own:
    """What somebody wrote on the web page; kept as a plain JSON body."""

    account: Account
    body: dict[str, Any]
    at: datetime


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

just_written: RecentValues[Message] = RecentValues()


@writes(Notice, Own)
async def write_said(tx: Tx, saved: Sequence[Notice | Own]) -> None:
    """Address messages and put them in the queue, and keep what was written on the page.

    Rows stand in the order given: what somebody wrote comes before its answer.
    """
    unaddressed = {one.person for one in saved if isinstance(one, Notice) and one.account is None}
    chosen = await _choose_accounts(tx, unaddressed) if unaddressed else {}
    about = {one.about for one in saved if isinstance(one, Notice) and one.about}
    shown = {subjects: secrets.token_hex(16) for subjects in about}
    rows = [
        _row(tx, one, chosen, shown) if isinstance(one, Notice) else _own_row(tx, one)
        for one in saved
    ]
    if calling := [one for one in saved if isinstance(one, Notice) and one.calls]:
        rows += await _call_rows(tx, calling, shown)
    await tx.insert(outbox, rows)
    await tx.insert(
        outbox_subjects,
        [
            {"shown": key, "subject": subject}
            for subjects, key in shown.items()
            for subject in sorted(subjects)
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
    shown: Mapping[frozenset[Subject], str],
) -> dict[str, Any]:
    account = one.account or chosen.get(one.person)
    return {
        "bot": bot_name(account.channel, account.side) if account else "",
        "account": account.id if account else "",
        "address": account.address if account else "",
        "person": one.person,
        "lane": int(one.lane),
        "state": OutboxState.WAITING if account else OutboxState.DEAD,
        "subject": one.subject,
        "slot": one.message.slot,
        "sealed": just_written.keep(tx.keyring.seal(to_json(one.message)), one.message),
        "not_before": one.not_before,
        "tries": 0,
        "error": None if account else "no account",
        "created_at": one.at,
        "sent_at": None,
        "seen_at": None,
        "once": one.message.once,
        "shown": shown.get(one.about),
    }


async def _call_rows(
    tx: Tx, saved: Sequence[Notice], shown: Mapping[frozenset[Subject], str]
) -> list[dict[str, Any]]:
    """Make the rows of webhooks: what several people are told at once goes there once."""
    texted = {one.person for one in saved if any(call.webhook.texts for call in one.calls)}
    agreed = await agreed_to(tx, Purpose.TEXTS, texted) if texted else frozenset()
    rows: list[dict[str, Any]] = []
    made: set[tuple[str, str, str]] = set()
    for one in saved:
        for call in one.calls:
            webhook = call.webhook
            if webhook.texts and one.person not in agreed:
                continue
            body = to_json(call.message)
            key = (webhook.bot, one.person if webhook.texts else "", json.dumps(body))
            if key in made:
                continue
            made.add(key)
            row = _row(tx, one, {}, shown)
            row |= {
                "bot": webhook.bot,
                "account": webhook.bot,
                "address": webhook.name,
                "state": OutboxState.WAITING,
                "slot": None,
                "sealed": tx.keyring.seal(body),
                "error": None,
                "once": False,
            }
            rows.append(row)
    return rows


def _own_row(tx: Tx, one: Own) -> dict[str, Any]:
    return {
        "bot": bot_name(one.account.channel, one.account.side),
        "account": one.account.id,
        "address": one.account.address,
        "person": one.account.person,
        "lane": int(Lane.REPLY),
        "state": OutboxState.OWN,
        "subject": None,
        "slot": None,
        "sealed": tx.keyring.seal(one.body),
        "not_before": one.at,
        "tries": 0,
        "error": None,
        "created_at": one.at,
        "sent_at": one.at,
        "seen_at": one.at,
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
class TakenOff:
    """Nothing more is to go to a person over some ways, what waits included."""

    person: str
    bots: tuple[str, ...]


@writes(TakenOff, last=True)
async def write_taken_off(tx: Tx, saved: Sequence[TakenOff]) -> None:
    """Let what waits on these ways go, with its content."""
    for one in saved:
        await tx.run(
            update(outbox)
            .where(outbox.c.person == one.person, outbox.c.bot.in_(one.bots), IS_WAITING)
            .values(state=OutboxState.DEAD, error="taken off", sealed=None)
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
