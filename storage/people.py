"""Persons, accounts, sessions, consents, links and invitations."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    and_,
    bindparam,
    select,
    true,
    update,
)

from domain.messages import Channel, Side
from domain.people import (
    Account,
    Consent,
    Language,
    Person,
    Purpose,
)
from storage.changes import writes
from storage.database import Tx, chunks, having
from storage.personal_data import Forgotten, PersonalData
from storage.rows import of_row, row_of
from storage.schema import PersonId, UtcDateTime, Word, metadata

people = Table(
    "people",
    metadata,
    Column("id", PersonId(), primary_key=True),
    Column("side", Word(Side), nullable=False),
    Column("language", Word(Language), nullable=False),
    Column("elder", Boolean, nullable=False),
    Column("grid", String(40), index=True),
    Column("sealed", LargeBinary),
    Column("noticed", Integer, nullable=False),
    Column("weekly_summary", Boolean, nullable=False),
    Column("notices", Boolean, nullable=False, server_default=true()),
    Column("preferred", PersonId()),
    Column("created_at", UtcDateTime, nullable=False),
    Column("erased_at", UtcDateTime),
    Column("version", Integer, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", PersonId(), primary_key=True),
    Column("person", PersonId(), nullable=False, index=True),
    Column("side", Word(Side), nullable=False),
    Column("channel", Word(Channel), nullable=False),
    Column("address", PersonId(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("unreachable_since", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("opened_by", PersonId(), index=True),
    Column("trial_until", UtcDateTime),
    Index("uq_accounts_address", "side", "channel", "address", unique=True),
)
consents = Table(
    "consents",
    metadata,
    Column("person", PersonId(), primary_key=True),
    Column("purpose", Word(Purpose), primary_key=True),
    Column("notice", Integer, nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),
)


# --- writing -------------------------------------------------------------------------------------


@writes(Person)
async def write_people(tx: Tx, saved: Sequence[Person]) -> None:
    """Insert or replace persons; the last one given of an id counts."""
    await tx.upsert(people, [_person_row(tx, one) for one in _last(saved, "id")])


@writes(Account)
async def write_accounts(tx: Tx, saved: Sequence[Account]) -> None:
    """Insert or replace accounts."""
    await tx.upsert(accounts, [row_of(accounts, one) for one in _last(saved, "id")])


@writes(Consent)
async def write_consents(tx: Tx, saved: Sequence[Consent]) -> None:
    """Record consents and withdrawals."""
    await tx.upsert(consents, [row_of(consents, one) for one in saved])


def _last(saved: Sequence[Any], key: str) -> list[Any]:
    return list({getattr(one, key): one for one in saved}.values())


def _person_row(tx: Tx, one: Person) -> dict[str, Any]:
    private = {"name": one.name, "phone": one.phone}
    sealed = tx.keyring.seal(private) if any(private.values()) else None
    return row_of(people, one, sealed=sealed, version=one.version + 1)


# --- reading -------------------------------------------------------------------------------------


def _person(tx: Tx, row: Row[Any]) -> Person:
    private = tx.keyring.unseal(row.sealed) if row.sealed else {}
    told = {"name": private.get("name", ""), "phone": private.get("phone", "")}
    return of_row(Person, row, **told)


def account_of_row(row: Row[Any]) -> Account:
    """Restore an account from its row."""
    return of_row(Account, row)


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
            found.update(((side, channel, row.address), account_of_row(row)) for row in rows)
    return found


async def accounts_by_id(tx: Tx, ids: Iterable[str]) -> dict[str, Account]:
    """Load accounts by id."""
    found: dict[str, Account] = {}
    for chunk in chunks(set(ids)):
        rows = await tx.rows(having(accounts.c.id), {"wanted": chunk})
        found.update((row.id, account_of_row(row)) for row in rows)
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
            found.setdefault(row.person, []).append(account_of_row(row))
    return found


async def all_accounts(tx: Tx, person: str) -> list[Account]:
    """List every account of a person, revoked ones too."""
    rows = await tx.rows(
        select(accounts).where(accounts.c.person == person).order_by(accounts.c.id)
    )
    return [account_of_row(row) for row in rows]


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
    return None if row is None else account_of_row(row)


async def list_consents(tx: Tx, person: str) -> list[Consent]:
    """List what a person agreed to, withdrawn or not, by purpose."""
    rows = await tx.rows(
        select(consents).where(consents.c.person == person).order_by(consents.c.purpose)
    )
    return [of_row(Consent, row) for row in rows]


async def agreed_to(tx: Tx, purpose: Purpose, persons: Iterable[str]) -> frozenset[str]:
    """Choose those of some persons who agreed to a purpose and did not take it back."""
    found: set[str] = set()
    for chunk in chunks(set(persons)):
        rows = await tx.rows(
            select(consents.c.person).where(
                consents.c.person.in_(chunk),
                consents.c.purpose == purpose,
                consents.c.withdrawn_at.is_(None),
            )
        )
        found.update(row.person for row in rows)
    return frozenset(found)


async def phone_for(tx: Tx, purpose: Purpose, person: str) -> str:
    """Give the number of somebody who agreed to its use for a purpose; empty for none."""
    if person not in await agreed_to(tx, purpose, [person]):
        return ""
    found = await find_person(tx, person)
    return found.phone if found is not None else ""


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


async def _copy(tx: Tx, person: str) -> dict[str, Any]:
    return {
        "accounts": (await list_accounts(tx, [person])).get(person, []),
        "consents": await list_consents(tx, person),
    }


async def _forget(tx: Tx, gone: Forgotten) -> None:
    await tx.run(accounts.delete().where(accounts.c.person == gone.person))
    await tx.run(consents.delete().where(consents.c.person == gone.person))
    await tx.run(
        update(people)
        .where(people.c.id == gone.person)
        .values(
            sealed=None,
            grid=None,
            preferred=None,
            noticed=0,
            elder=False,
            weekly_summary=False,
            erased_at=gone.at,
        )
    )


async def _forget_staff(tx: Tx, gone: Forgotten) -> None:
    """Erase the accounts that go; who holds or held a post is named as long as that is known."""
    ended = [account.id for account in gone.accounts]
    await tx.run(accounts.delete().where(accounts.c.id.in_(ended)))
    await tx.run(
        update(people)
        .where(people.c.id == gone.person, people.c.preferred.in_(ended))
        .values(preferred=None)
    )


async def _move(tx: Tx, kept: str, absorbed: str) -> None:
    await tx.run(update(accounts).where(accounts.c.person == absorbed).values(person=kept))
    held = select(consents.c.purpose).where(consents.c.person == kept)
    await tx.run(
        consents.delete().where(consents.c.person == absorbed, consents.c.purpose.in_(held))
    )
    await tx.run(update(consents).where(consents.c.person == absorbed).values(person=kept))
    await tx.run(people.delete().where(people.c.id == absorbed))


PERSONAL_DATA = PersonalData(
    name="people",
    tables=(people, accounts, consents),
    copy=_copy,
    forget=_forget,
    forget_staff=_forget_staff,
    stays=(
        "The id of a person stays, with nothing beside it, so that chains of events verify; of a"
        " member of staff the name as well, which belongs to the posts."
    ),
    move=_move,
)
