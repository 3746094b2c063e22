"""Persons, accounts, sessions, consents, links and invitations."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
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
    false,
    or_,
    select,
    true,
    update,
)

from domain.errors import Conflict
from domain.messages import Channel, Side
from domain.people import (
    LINK_CODE_LIFE,
    RECOVERY_LIFE,
    Account,
    Consent,
    Invitation,
    Language,
    Link,
    LinkState,
    Person,
    Purpose,
)
from storage.changes import writes
from storage.database import Tx, chunks, fact, having, set_fact
from storage.keyring import hash_token
from storage.schema import UtcDateTime, Word, metadata

people = Table(
    "people",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("side", Word(Side), nullable=False),
    Column("language", Word(Language), nullable=False),
    Column("elder", Boolean, nullable=False),
    Column("grid", String(40), index=True),
    Column("sealed", LargeBinary),
    Column("noticed", Integer, nullable=False),
    Column("weekly_summary", Boolean, nullable=False),
    Column("notices", Boolean, nullable=False, server_default=true()),
    Column("preferred", String(40)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("erased_at", UtcDateTime),
    Column("version", Integer, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("person", String(40), nullable=False, index=True),
    Column("side", Word(Side), nullable=False),
    Column("channel", Word(Channel), nullable=False),
    Column("address", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("unreachable_since", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("opened_by", String(40), index=True),
    Column("trial_until", UtcDateTime),
    Index("uq_accounts_address", "side", "channel", "address", unique=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account", String(40), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    # The browser and the system it runs on.
    Column("device", String(60)),
    # Who opens a page is nobody yet: how to talk to them until they have said something.
    Column("side", Word(Side)),
    Column("language", Word(Language)),
    # The session that ends once this one's token was seen in use.
    Column("replaces", String(64), index=True),
)
Index(
    "ix_sessions_unspoken",
    sessions.c.created_at,
    sqlite_where=sessions.c.side.is_not(None),
    postgresql_where=sessions.c.side.is_not(None),
)

consents = Table(
    "consents",
    metadata,
    Column("person", String(40), primary_key=True),
    Column("purpose", Word(Purpose), primary_key=True),
    Column("notice", Integer, nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),
)

links = Table(
    "links",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("offered_by", String(40), nullable=False, index=True),
    Column("answered_by", String(40)),
    Column("state", Word(LinkState), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

#: Wrong codes by account: the limit that keeps codes from being guessed.
code_attempts = Table(
    "code_attempts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("account", String(40), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
)

invitations = Table(
    "invitations",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("unit", String(40), nullable=False),
    Column("role", String(40), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("person", String(40)),
)

#: A long-lived code that brings a web resident back when the browser forgot them.
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("person", String(40), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)


#: Half of a hash: as hard to guess as the code, and short enough for a button.
_REF_LENGTH = 32


def code_ref(code_hash: str) -> str:
    """Name a code in a button without saying it."""
    return code_hash[:_REF_LENGTH]


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A browser's right to speak for an account."""

    token_hash: str
    account: str
    created_at: datetime
    expires_at: datetime
    device: str | None = None
    """The browser and the system it runs on: ``Chrome · Android``."""
    side: Side | None = None
    language: Language | None = None
    """How to talk to whoever has said nothing yet; None where there is an account."""
    replaces: str | None = None
    """The hash of the token that this one takes the place of once it is used."""


@dataclass(frozen=True, slots=True)
class SessionsGone:
    """Every session of an account ends now."""

    account: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Recovery:
    """A recovery code's hash; a new one of the same person replaces the old ones."""

    code_hash: str
    person: str
    created_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeAttempt:
    """One wrong code that an account tried."""

    id: str
    account: str
    at: datetime


# --- writing -------------------------------------------------------------------------------------


@writes(Person)
async def write_people(tx: Tx, saved: Sequence[Person]) -> None:
    """Insert or replace persons; the last one given of an id counts."""
    await tx.upsert(people, [_person_row(tx, one) for one in _last(saved, "id")])


@writes(Account)
async def write_accounts(tx: Tx, saved: Sequence[Account]) -> None:
    """Insert or replace accounts."""
    rows = [
        {
            "id": one.id,
            "person": one.person,
            "side": one.side,
            "channel": one.channel,
            "address": one.address,
            "created_at": one.created_at,
            "seen_at": one.seen_at,
            "unreachable_since": one.unreachable_since,
            "revoked_at": one.revoked_at,
            "opened_by": one.opened_by,
            "trial_until": one.trial_until,
        }
        for one in _last(saved, "id")
    ]
    await tx.upsert(accounts, rows)


@writes(Session)
async def write_sessions(tx: Tx, saved: Sequence[Session]) -> None:
    """Open sessions."""
    await tx.upsert(
        sessions,
        [
            {
                "token_hash": one.token_hash,
                "account": one.account,
                "created_at": one.created_at,
                "expires_at": one.expires_at,
                "device": one.device,
                "side": one.side,
                "language": one.language,
                "replaces": one.replaces,
            }
            for one in saved
        ],
    )


@writes(SessionsGone)
async def end_sessions(tx: Tx, saved: Sequence[SessionsGone]) -> None:
    """End every session of accounts."""
    tx.ended.update(one.account for one in saved)
    await tx.delete(sessions, [{"account": one.account} for one in saved])


@writes(Consent)
async def write_consents(tx: Tx, saved: Sequence[Consent]) -> None:
    """Record consents and withdrawals."""
    rows = [
        {
            "person": one.person,
            "purpose": one.purpose,
            "notice": one.notice,
            "given_at": one.given_at,
            "withdrawn_at": one.withdrawn_at,
        }
        for one in saved
    ]
    await tx.upsert(consents, rows)


#: What a link must have been for each state that is written.
_BEFORE = {
    LinkState.ANSWERED: LinkState.OFFERED,
    LinkState.DONE: LinkState.ANSWERED,
    LinkState.REFUSED: LinkState.ANSWERED,
}


@writes(Link)
async def write_links(tx: Tx, saved: Sequence[Link]) -> None:
    """Record how far links have come; a new offer ends the older ones of its account.

    Raises:
        Conflict: somebody else answered or decided meanwhile.
    """
    for one in saved:
        if one.state is LinkState.OFFERED:
            await tx.run(links.delete().where(links.c.offered_by == one.offered_by))
            continue
        standing = await tx.scalar(
            select(links.c.state).where(links.c.code_hash == one.code_hash).with_for_update()
        )
        if standing is not _BEFORE[one.state]:
            raise Conflict("link")
    rows = [
        {
            "code_hash": one.code_hash,
            "offered_by": one.offered_by,
            "answered_by": one.answered_by,
            "state": one.state,
            "expires_at": one.expires_at,
        }
        for one in saved
    ]
    await tx.upsert(links, rows)


@writes(CodeAttempt)
async def write_attempts(tx: Tx, saved: Sequence[CodeAttempt]) -> None:
    """Remember wrong codes."""
    await tx.insert(
        code_attempts, [{"id": one.id, "account": one.account, "at": one.at} for one in saved]
    )


@writes(Invitation)
async def write_invitations(tx: Tx, saved: Sequence[Invitation]) -> None:
    """Record invitations and their use."""
    rows = [
        {
            "code_hash": one.code_hash,
            "unit": one.unit,
            "role": one.role,
            "sealed": tx.keyring.seal(one.name),
            "expires_at": one.expires_at,
            "used_at": one.used_at,
            "person": one.person,
        }
        for one in saved
    ]
    await tx.upsert(invitations, rows)


@writes(Recovery)
async def write_recoveries(tx: Tx, saved: Sequence[Recovery]) -> None:
    """Keep one recovery code per person."""
    await tx.delete(recovery_codes, [{"person": one.person} for one in saved])
    await tx.upsert(
        recovery_codes,
        [
            {
                "code_hash": one.code_hash,
                "person": one.person,
                "created_at": one.created_at,
                "used_at": one.used_at,
            }
            for one in saved
        ],
    )


def _last(saved: Sequence[Any], key: str) -> list[Any]:
    return list({getattr(one, key): one for one in saved}.values())


def _person_row(tx: Tx, one: Person) -> dict[str, Any]:
    private = {"name": one.name, "phone": one.phone}
    return {
        "id": one.id,
        "side": one.side,
        "language": one.language,
        "elder": one.elder,
        "grid": one.grid,
        "sealed": tx.keyring.seal(private) if any(private.values()) else None,
        "noticed": one.noticed,
        "weekly_summary": one.weekly_summary,
        "notices": one.notices,
        "preferred": one.preferred,
        "created_at": one.created_at,
        "erased_at": one.erased_at,
        "version": one.version + 1,
    }


# --- reading -------------------------------------------------------------------------------------


def _person(tx: Tx, row: Row[Any]) -> Person:
    private = tx.keyring.unseal(row.sealed) if row.sealed else {}
    return Person(
        id=row.id,
        side=row.side,
        language=row.language,
        elder=row.elder,
        grid=row.grid,
        name=private.get("name", ""),
        phone=private.get("phone", ""),
        noticed=row.noticed,
        weekly_summary=row.weekly_summary,
        notices=row.notices,
        preferred=row.preferred,
        created_at=row.created_at,
        erased_at=row.erased_at,
        version=row.version,
    )


def _account(row: Row[Any]) -> Account:
    return Account(**row._mapping)


async def get_people(tx: Tx, ids: Iterable[str]) -> dict[str, Person]:
    """Load persons by id; those that do not exist are left out."""
    found: dict[str, Person] = {}
    for chunk in chunks(set(ids)):
        rows = await tx.rows(having(people.c.id), {"wanted": chunk})
        found.update((row.id, _person(tx, row)) for row in rows)
    return found


async def find_person(tx: Tx, person: str) -> Person | None:
    """Load one person."""
    return (await get_people(tx, [person])).get(person)


_AT_PLACES = having(accounts.c.address).where(
    accounts.c.side == bindparam("side"), accounts.c.channel == bindparam("channel")
)


async def find_accounts(
    tx: Tx, places: Iterable[tuple[Side, Channel, str]]
) -> dict[tuple[Side, Channel, str], Account]:
    """Load the accounts at places (side, channel, address); unknown places are left out."""
    by_bot: dict[tuple[Side, Channel], list[str]] = {}
    for side, channel, address in places:
        by_bot.setdefault((side, channel), []).append(address)
    found: dict[tuple[Side, Channel, str], Account] = {}
    for (side, channel), addresses in by_bot.items():
        for chunk in chunks(addresses):
            rows = await tx.rows(_AT_PLACES, {"side": side, "channel": channel, "wanted": chunk})
            found.update(((side, channel, row.address), _account(row)) for row in rows)
    return found


async def accounts_by_id(tx: Tx, ids: Iterable[str]) -> dict[str, Account]:
    """Load accounts by id."""
    found: dict[str, Account] = {}
    for chunk in chunks(set(ids)):
        rows = await tx.rows(having(accounts.c.id), {"wanted": chunk})
        found.update((row.id, _account(row)) for row in rows)
    return found


_STANDING = (
    having(accounts.c.person)
    .where(accounts.c.revoked_at.is_(None))
    .order_by(accounts.c.seen_at.desc(), accounts.c.id)
)


async def hold_account(tx: Tx, account: str) -> None:
    """Let nobody else hold an account until the transaction ends; read what hangs on it after."""
    await tx.rows(select(accounts.c.id).where(accounts.c.id == account).with_for_update())


async def list_accounts(tx: Tx, persons: Iterable[str]) -> dict[str, list[Account]]:
    """List the accounts of persons that are not revoked, the last used first."""
    found: dict[str, list[Account]] = {}
    for chunk in chunks(set(persons)):
        rows = await tx.rows(_STANDING, {"wanted": chunk})
        for row in rows:
            found.setdefault(row.person, []).append(_account(row))
    return found


async def all_accounts(tx: Tx, person: str) -> list[Account]:
    """List every account of a person, revoked ones too."""
    rows = await tx.rows(
        select(accounts).where(accounts.c.person == person).order_by(accounts.c.id)
    )
    return [_account(row) for row in rows]


async def find_opened(tx: Tx, opener: Account) -> Account | None:
    """Find the account that another one's ticket opened and that is still the same person's."""
    row = await tx.row(
        select(accounts)
        .where(
            accounts.c.opened_by == opener.id,
            accounts.c.person == opener.person,
            accounts.c.revoked_at.is_(None),
        )
        .order_by(accounts.c.created_at, accounts.c.id)
        .limit(1)
    )
    return None if row is None else _account(row)


async def find_session(tx: Tx, token: str, now: datetime) -> Account | None:
    """Find the account for which a browser's token speaks; revoked and expired ones do not."""
    row = await tx.row(
        select(accounts)
        .join(sessions, sessions.c.account == accounts.c.id)
        .where(
            sessions.c.token_hash == hash_token(token),
            sessions.c.expires_at > now,
            accounts.c.revoked_at.is_(None),
        )
    )
    return None if row is None else _account(row)


async def get_session(tx: Tx, token: str) -> Session | None:
    """Load a session by its token, ended or not."""
    row = await tx.row(select(sessions).where(sessions.c.token_hash == hash_token(token)))
    return None if row is None else Session(**row._mapping)


async def devices_of(tx: Tx, account_ids: Iterable[str]) -> dict[str, str]:
    """Give what the browsers of web accounts call themselves, by account; unknown ones are left
    out."""
    found: dict[str, str] = {}
    for chunk in chunks(account_ids):
        rows = await tx.rows(
            having(sessions.c.account)
            .where(sessions.c.device.is_not(None))
            .order_by(sessions.c.created_at),
            {"wanted": chunk},
        )
        found.update((row.account, row.device) for row in rows)
    return found


async def end_session(tx: Tx, token: str) -> None:
    """End the session of a token, and those that would have taken its place or that it took."""
    ended = await get_session(tx, token)
    if ended is None:
        return
    tx.ended.add(ended.account)
    hashed = hash_token(token)
    replaced = select(sessions.c.replaces).where(sessions.c.token_hash == hashed)
    await tx.run(
        sessions.delete().where(
            or_(
                sessions.c.replaces == hashed,
                sessions.c.token_hash.in_(replaced),
            )
        )
    )
    await tx.run(sessions.delete().where(sessions.c.token_hash == hashed))


#: The fact that every code here is kept under the key; earlier ones were plain hashes.
_KEYED = "codes_keyed"


async def key_codes(tx: Tx) -> None:
    """Key the hashes of codes that an earlier version gave out, once; the codes stay good."""
    if await fact(tx, _KEYED) is not None:
        return
    for table in (links, invitations, recovery_codes):
        column = table.c.code_hash
        for row in await tx.rows(select(column)):
            keyed = tx.keyring.key_hash(row.code_hash)
            await tx.run(update(table).where(column == row.code_hash).values(code_hash=keyed))
    await set_fact(tx, _KEYED, "yes")


async def find_link(tx: Tx, code: str) -> Link | None:
    """Find a link by its code."""
    return await find_link_by_hash(tx, tx.keyring.hash_code(code))


async def find_link_by_hash(tx: Tx, code_hash: str) -> Link | None:
    """Find a link by the hash of its code."""
    row = await tx.row(select(links).where(links.c.code_hash == code_hash))
    return None if row is None else Link(**row._mapping)


async def find_link_by_ref(tx: Tx, ref: str) -> Link | None:
    """Find a link by what `code_ref` gave for its code."""
    row = await tx.row(select(links).where(begins(links.c.code_hash, ref)))
    return None if row is None else Link(**row._mapping)


def begins(column: Column[str], ref: str) -> ColumnElement[bool]:
    """Match hashes by their beginning; anything that no `code_ref` gave matches nothing."""
    if len(ref) != _REF_LENGTH or not ref.isascii() or not ref.isalnum():
        return false()
    return column.startswith(ref)


async def recent_attempts(tx: Tx, account: str, since: datetime) -> list[datetime]:
    """Give when an account tried wrong codes since a moment, rising."""
    rows = await tx.rows(
        select(code_attempts.c.at)
        .where(code_attempts.c.account == account, code_attempts.c.at >= since)
        .order_by(code_attempts.c.at)
    )
    return [row.at for row in rows]


async def find_invitation(tx: Tx, code: str) -> Invitation | None:
    """Find an invitation by its code."""
    code_hash = tx.keyring.hash_code(code)
    row = await tx.row(select(invitations).where(invitations.c.code_hash == code_hash))
    if row is None:
        return None
    return Invitation(
        code_hash=row.code_hash,
        unit=row.unit,
        role=row.role,
        name=tx.keyring.unseal(row.sealed),
        expires_at=row.expires_at,
        used_at=row.used_at,
        person=row.person,
    )


def _still_good(now: datetime) -> ColumnElement[bool]:
    return and_(
        recovery_codes.c.used_at.is_(None), recovery_codes.c.created_at > now - RECOVERY_LIFE
    )


async def find_recovery(tx: Tx, code: str, now: datetime) -> Recovery | None:
    """Find a recovery code that can still be used."""
    code_hash = tx.keyring.hash_code(code)
    row = await tx.row(
        select(recovery_codes).where(recovery_codes.c.code_hash == code_hash, _still_good(now))
    )
    return None if row is None else Recovery(**row._mapping)


async def find_recovery_by_ref(tx: Tx, ref: str, now: datetime) -> Recovery | None:
    """Find a recovery code that can still be used by what `code_ref` gave for it."""
    row = await tx.row(
        select(recovery_codes).where(begins(recovery_codes.c.code_hash, ref), _still_good(now))
    )
    return None if row is None else Recovery(**row._mapping)


async def recovery_since(tx: Tx, person: str, now: datetime) -> datetime | None:
    """Give when a person's recovery code was made that can still be used; None without one."""
    moment: datetime | None = await tx.scalar(
        select(recovery_codes.c.created_at).where(
            recovery_codes.c.person == person, _still_good(now)
        )
    )
    return moment


async def list_consents(tx: Tx, person: str) -> list[Consent]:
    """List what a person agreed to, withdrawn or not, by purpose."""
    rows = await tx.rows(
        select(consents).where(consents.c.person == person).order_by(consents.c.purpose)
    )
    return [Consent(**row._mapping) for row in rows]


async def summary_readers(
    tx: Tx, grids: Iterable[str], *, after: str = "", limit: int | None = None
) -> list[str]:
    """List the residents of grids who want the weekly summary, by id, from one id on."""
    rows = await tx.rows(
        select(people.c.id)
        .where(
            people.c.id > after,
            people.c.grid.in_(list(grids)),
            people.c.weekly_summary,
            people.c.erased_at.is_(None),
            people.c.side == Side.RESIDENTS,
        )
        .order_by(people.c.id)
        .limit(limit)
    )
    return [row.id for row in rows]


async def mark_unreachable(tx: Tx, account: str, now: datetime) -> None:
    """Note that a channel no longer reaches an account."""
    await tx.run(
        update(accounts)
        .where(and_(accounts.c.id == account, accounts.c.unreachable_since.is_(None)))
        .values(unreachable_since=now)
    )


async def unite(tx: Tx, kept: str, absorbed: str) -> None:
    """Move the accounts and consents of one person to another and empty the absorbed one.

    Every other link that either of them had begun ends: whoever agreed did not agree to this.
    """
    both = select(accounts.c.id).where(accounts.c.person.in_([kept, absorbed]))
    await tx.run(
        links.delete().where(or_(links.c.offered_by.in_(both), links.c.answered_by.in_(both)))
    )
    await tx.run(update(accounts).where(accounts.c.person == absorbed).values(person=kept))
    held = select(consents.c.purpose).where(consents.c.person == kept)
    await tx.run(
        consents.delete().where(consents.c.person == absorbed, consents.c.purpose.in_(held))
    )
    await tx.run(update(consents).where(consents.c.person == absorbed).values(person=kept))
    await tx.run(recovery_codes.delete().where(recovery_codes.c.person == absorbed))
    await tx.run(people.delete().where(people.c.id == absorbed))


async def sweep(tx: Tx, now: datetime) -> None:
    """Forget codes and sessions whose time is over, and wrong codes that no limit counts."""
    await tx.run(links.delete().where(links.c.expires_at < now))
    await tx.run(recovery_codes.delete().where(recovery_codes.c.created_at < now - RECOVERY_LIFE))
    await tx.run(sessions.delete().where(sessions.c.expires_at < now))
    await tx.run(code_attempts.delete().where(code_attempts.c.at < now - LINK_CODE_LIFE))


async def end_ways_in(tx: Tx) -> None:
    """End every session, link, open invitation and staff member's recovery code.

    Who held them may hold them no longer. Residents' recovery codes stay; they are the only way
    back for whoever lost their browser. Staff are invited again.
    """
    await tx.run(sessions.delete())
    await tx.run(links.delete())
    await tx.run(invitations.delete().where(invitations.c.used_at.is_(None)))
    staff = select(accounts.c.person).where(accounts.c.side == Side.STAFF)
    await tx.run(recovery_codes.delete().where(recovery_codes.c.person.in_(staff)))


async def forget_person(tx: Tx, person: str, now: datetime) -> None:
    """Empty a person's row and end every way in; the id stays, so that chains still verify."""
    owned = select(accounts.c.id).where(accounts.c.person == person)
    tx.ended.update(row.id for row in await tx.rows(owned))
    await tx.run(sessions.delete().where(sessions.c.account.in_(owned)))
    await tx.run(
        links.delete().where(or_(links.c.offered_by.in_(owned), links.c.answered_by.in_(owned)))
    )
    await tx.run(code_attempts.delete().where(code_attempts.c.account.in_(owned)))
    await tx.run(accounts.delete().where(accounts.c.person == person))
    await tx.run(consents.delete().where(consents.c.person == person))
    await tx.run(recovery_codes.delete().where(recovery_codes.c.person == person))
    await tx.run(
        update(people)
        .where(people.c.id == person)
        .values(
            sealed=None,
            grid=None,
            preferred=None,
            noticed=0,
            elder=False,
            weekly_summary=False,
            erased_at=now,
        )
    )
