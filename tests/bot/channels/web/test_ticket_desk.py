"""Using a ticket: the same person, once, and nothing is lost when something fails half-way."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.web.store import new_session
from bot.channels.web.ticket_desk import Desk
from domain.errors import Refused, StorageError
from domain.messages import Channel, Side
from domain.people import TICKET_LIFE, Account, Person, Ticket
from storage.changes import Changes, apply
from storage.database import Database
from storage.keyring import hash_token
from storage.people import list_accounts
from storage.session_rows import find_session
from tests.street import MORNING

TOKEN = "t" * 43


class Kept:
    """Keeps what a press brings, or fails as a full disk does."""

    def __init__(self) -> None:
        self.updates: dict[str, Mapping[str, Any]] = {}
        self.is_full = False

    async def store(self, bot: str, updates: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        if self.is_full:
            raise StorageError("disk full")
        for update_id, raw in updates:
            self.updates.setdefault(f"{bot} {update_id}", raw)


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
async def desk(database: Database, kept: Kept) -> Desk:
    await save(
        database,
        *somebody("resident", Channel.TELEGRAM),
        *somebody("neighbour", Channel.WEB),
        ticket(TOKEN),
    )
    return Desk(database, kept)


def somebody(name: str, channel: Channel) -> tuple[Person, Account]:
    account = Account(
        id=f"account-{name}",
        person=name,
        side=Side.RESIDENTS,
        channel=channel,
        address=f"account-{name}",
        created_at=MORNING,
        seen_at=MORNING,
    )
    return Person(id=name, side=Side.RESIDENTS, created_at=MORNING, preferred=account.id), account


def ticket(token: str, action: str = "matters.show:2026-00001") -> Ticket:
    return Ticket(
        token_hash=hash_token(token),
        account="account-resident",
        action=action,
        created_at=MORNING,
        expires_at=MORNING + TICKET_LIFE,
    )


async def save(database: Database, *objects: object) -> None:
    changes = Changes()
    changes.save(*objects)
    async with database.write() as tx:
        await apply(tx, [changes])


async def speaker(database: Database, token: str | None) -> Account | None:
    async with database.read() as tx:
        return await find_session(tx, token or "", MORNING)


async def test_a_browser_speaks_for_the_person_and_does_what_was_wanted(
    database: Database, desk: Desk, kept: Kept
) -> None:
    offer = await desk.find(TOKEN, MORNING)

    fresh = await desk.use(TOKEN, None, MORNING)

    account = await speaker(database, fresh)
    assert account is not None
    assert (account.person, account.channel, account.opened_by, offer.person) == (
        "resident",
        Channel.WEB,
        "account-resident",
        "resident",
    )
    (update,) = kept.updates.values()
    assert update["account"] == account.id
    assert update["frame"]["action"] == "matters.show:2026-00001"


async def test_two_presses_at_once_use_it_once(database: Database, desk: Desk, kept: Kept) -> None:
    results = await asyncio.gather(
        *(desk.use(TOKEN, None, MORNING) for _ in range(4)), return_exceptions=True
    )

    assert sum(1 for one in results if isinstance(one, str)) == 1
    assert sum(1 for one in results if isinstance(one, Refused)) == 3
    assert len(kept.updates) == 1


async def test_what_fails_half_way_can_be_pressed_again(
    database: Database, desk: Desk, kept: Kept
) -> None:
    kept.is_full = True
    with pytest.raises(StorageError):
        await desk.use(TOKEN, None, MORNING)
    kept.is_full = False

    fresh = await desk.use(TOKEN, None, MORNING)

    assert await speaker(database, fresh) is not None
    assert len(kept.updates) == 1


async def test_later_tickets_open_the_same_conversation(database: Database, desk: Desk) -> None:
    first = await desk.use(TOKEN, None, MORNING)
    await save(database, ticket("second"))

    second = await desk.use("second", None, MORNING)

    assert await speaker(database, first) == await speaker(database, second)
    async with database.read() as tx:
        owned = (await list_accounts(tx, ["resident"]))["resident"]
    assert len(owned) == 2


async def test_a_browser_of_the_same_person_keeps_its_session(
    database: Database, desk: Desk, kept: Kept
) -> None:
    own = await desk.use(TOKEN, None, MORNING)
    await save(database, ticket("second", "matters.mine"))
    offer = await desk.find("second", MORNING)

    assert not await desk.is_foreign(offer, own)
    assert await desk.use("second", own, MORNING) is None
    assert await speaker(database, own) is not None
    assert [one["frame"]["action"] for one in kept.updates.values()] == [
        "matters.show:2026-00001",
        "matters.mine",
    ]


async def test_somebody_elses_session_is_foreign_and_ends_when_the_ticket_is_used(
    database: Database, desk: Desk
) -> None:
    neighbour = Account(
        id="account-neighbour",
        person="neighbour",
        side=Side.RESIDENTS,
        channel=Channel.WEB,
        address="account-neighbour",
        created_at=MORNING,
        seen_at=MORNING,
    )
    theirs, session = new_session(neighbour.id, neighbour.side, MORNING)
    await save(database, session)
    offer = await desk.find(TOKEN, MORNING)

    assert await desk.is_foreign(offer, theirs)
    fresh = await desk.use(TOKEN, theirs, MORNING)

    assert await speaker(database, theirs) is None
    account = await speaker(database, fresh)
    assert account is not None
    assert account.person == "resident"


@pytest.mark.parametrize(
    ("token", "later", "reason"),
    [
        ("made up", timedelta(), "ticket_unknown"),
        (TOKEN, TICKET_LIFE, "ticket_expired"),
    ],
)
async def test_no_other_link_opens_anything(
    desk: Desk, kept: Kept, token: str, later: timedelta, reason: str
) -> None:
    for attempt in (desk.find(token, MORNING + later), desk.use(token, None, MORNING + later)):
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.reason == reason

    assert kept.updates == {}


async def test_an_account_that_was_closed_opens_nothing(
    database: Database, desk: Desk, kept: Kept
) -> None:
    _, account = somebody("resident", Channel.TELEGRAM)
    await save(database, replace(account, revoked_at=MORNING))

    with pytest.raises(Refused) as refused:
        await desk.use(TOKEN, None, MORNING)
    assert refused.value.reason == "ticket_unknown"
    assert kept.updates == {}
