"""A ticket is used once, and is forgotten when it says nothing any more."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from domain.errors import Refused
from domain.people import TICKET_LIFE, Ticket
from storage.changes import Changes, apply
from storage.database import Database
from storage.keyring import hash_token
from storage.tickets import tickets
from tests.street import MORNING


def ticket(token: str, *, account: str = "a", action: str = "menu", minutes: int = 0) -> Ticket:
    made = MORNING + timedelta(minutes=minutes)
    return Ticket(
        token_hash=hash_token(token),
        account=account,
        action=action,
        created_at=made,
        expires_at=made + TICKET_LIFE,
    )


async def save(database: Database, *objects: object) -> None:
    changes = Changes()
    changes.save(*objects)
    async with database.write() as tx:
        await apply(tx, [changes])


async def test_a_ticket_is_found_by_its_token_and_used_once(database: Database) -> None:
    await save(database, ticket("one"))

    async with database.write() as tx:
        found = await tickets.find_ticket(tx, "one")
        assert found == ticket("one")
        found.ensure_good(MORNING)
        assert await tickets.use(tx, found, MORNING)
        assert not await tickets.use(tx, found, MORNING)
        assert await tickets.find_ticket(tx, "another") is None
        used = await tickets.find_ticket(tx, "one")

    assert used is not None
    with pytest.raises(Refused, match="Refused"):
        used.ensure_good(MORNING)


def test_a_ticket_is_good_for_ten_minutes() -> None:
    one = ticket("one")

    one.ensure_good(MORNING + timedelta(minutes=10, seconds=-1))
    with pytest.raises(Refused) as refused:
        one.ensure_good(MORNING + timedelta(minutes=10))
    assert refused.value.key == "errors.ticket_expired"


async def test_the_last_ticket_that_can_be_used_tells_what_was_wanted(database: Database) -> None:
    await save(
        database,
        ticket("old", action="matters.opinion"),
        ticket("new", action="matters.service", minutes=2),
        ticket("of somebody else", account="b", action="matters.dispute", minutes=3),
    )
    at = MORNING + timedelta(minutes=5)

    async with database.write() as tx:
        assert await tickets.latest_action(tx, "a", at) == "matters.service"
        await tickets.use(tx, ticket("new"), at)
        assert await tickets.latest_action(tx, "a", at) == "matters.opinion"
        assert await tickets.latest_action(tx, "a", at + timedelta(minutes=5)) is None


async def test_what_is_over_is_forgotten_after_a_day(database: Database) -> None:
    await save(database, ticket("one"), ticket("two", minutes=60), ticket("three", account="b"))

    async with database.write() as tx:
        await tickets.forget(tx, "b")
        await tickets.sweep(tx, MORNING + timedelta(days=1, minutes=11))
        left = await tx.rows(select(tickets.tickets.c.token_hash))
        count = await tx.scalar(select(func.count()).select_from(tickets.tickets))

    assert count == 1
    assert left[0].token_hash == hash_token("two")
