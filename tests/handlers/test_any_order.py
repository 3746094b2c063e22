"""Anybody presses anything that is in sight, in any order: nothing breaks, no case is lost."""

import random
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from domain.matters.matter import Matter, NextAction
from handlers.registry import FEATURES
from storage.matters.matters import get_matters, matters
from storage.organisation import load
from storage.registry import HANDS_OVER, PROCEDURES
from storage.reminders import find_reminder
from storage.work import Numbers, Work
from tests.handlers.chats import Office
from tests.street import STAFF

WORDS = ("好的", "3号楼路灯坏了", "不归我管", "2026-00001", "12月1日", "👍", "13800001234", "待办")
RESIDENTS = ("resident", "neighbour")


@pytest.mark.parametrize("seed", range(3))
async def test_any_order_of_presses(office: Office, seed: int) -> None:
    await walk(office, random.Random(seed), steps=60)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 105))
async def test_any_order_of_presses_at_length(office: Office, seed: int) -> None:
    await walk(office, random.Random(seed), steps=300)


async def walk(office: Office, chance: random.Random, *, steps: int) -> None:
    """Let staff and residents do whatever they see; wording, chains and owners are checked."""
    people = [one[0] for one in STAFF] + list(RESIDENTS)
    await office.filed()
    await office.filed("楼下垃圾没人清运", by="neighbour")
    for person in people:
        if person not in RESIDENTS:
            await office.commands(person, "menu")
    for _ in range(steps):
        who = chance.choice(people)
        await one_step(office, chance, who)
        office.later(minutes=chance.choice((0, 1, 5, 60, 600)))
    await everything_is_owed(office)


async def one_step(office: Office, chance: random.Random, who: str) -> None:
    """Press something in sight, mostly of the last messages; or say something, or send a photo."""
    seen = [
        choice.action
        for said in office.said[-80:]
        if said.person == who
        for choice in said.labels.values()
        if choice.action is not None
    ]
    dice = chance.random()
    if dice < 0.1:
        await office.sends(who, "", f"photo-{chance.random()}")
    elif dice < 0.3 or not seen:
        await office.says(who, chance.choice(WORDS))
    else:
        await office.does(who, chance.choice(seen[-12:] if dice < 0.9 else seen))


async def everything_is_owed(office: Office) -> None:
    """Check that every open case has an owner who may act, a deadline, an action and a timer."""
    async with office.database.read() as tx:
        numbers = [row.number for row in await tx.rows(select(matters.c.number))]
        cases = await get_matters(tx, numbers)
        organisation = await load(tx)
        for case in cases.values():
            if not case.is_open:
                continue
            assert case.deadline is not None
            assert case.next_action is not NextAction.NOTHING
            assert await find_reminder(tx, "matter", case.number) is not None
            held = organisation.responsible(case.grid, office.now).person is not None
            assert case.owner is not None or not held
            if case.owner is not None:
                assert organisation.posts_of(case.owner, office.now), case.owner
    for number in numbers:
        await office.matter(number)
    await nothing_owed_is_orphaned(office, [case for case in cases.values() if case.is_open])


async def nothing_owed_is_orphaned(office: Office, open_cases: Sequence[Matter]) -> None:
    """Check over what every feature declares: an owner who holds a post, and who finds it."""
    async with office.database.read() as tx:
        street = await office.street()
        work = Work(
            tx=tx,
            street=street,
            now=office.now,
            numbers=Numbers(),
            hands_over=HANDS_OVER,
            procedures=PROCEDURES,
        )
        holders = {post.person for post in street.organisation.posts if post.held_at(office.now)}
        owed = {
            one.subject: one
            for person in holders
            for each in FEATURES.owes
            for one in await each.of_person(work, person)
        }
    for one in owed.values():
        assert one.owner in holders
        assert one.action
    assert {case.subject for case in open_cases if case.owner is not None} <= set(owed)
