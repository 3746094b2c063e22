"""What is due: claimed by the transaction that acts on it, and lost with it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.matters.matter import Step
from domain.subjects import case
from storage.changes import Changes, apply
from storage.database import Database
from storage.gathered_reminders import Gathered, claim_gathered, next_gathered
from storage.reminders import (
    NoReminder,
    Reminder,
    claim_due,
    claim_run,
    find_reminder,
    forget_run,
    next_due,
    ran_periods,
)
from storage.subjects import SubjectsGone
from tests.outings import outing

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def save(database: Database, *objects: object) -> None:
    changes = Changes()
    changes.save(*objects)
    async with database.write() as tx:
        await apply(tx, [changes])


def reminder(subject: str, minutes: int = 0) -> Reminder:
    return Reminder(kind="matter", subject=subject, step="climb", due_at=NOW + minutes * MINUTE)


# --- reminders -----------------------------------------------------------------------------------


async def test_what_is_due_is_claimed_the_oldest_first_and_the_rest_stays(
    database: Database,
) -> None:
    await save(database, reminder("later", 1), reminder("now"), reminder("before", -1))

    async with database.write() as tx:
        due = await claim_due(tx, NOW, 10)

    assert [one.subject for one in due] == ["before", "now"]
    async with database.read() as tx:
        assert await next_due(tx) == NOW + MINUTE


async def test_no_more_is_claimed_than_asked_for(database: Database) -> None:
    await save(database, *(reminder(str(number)) for number in range(5)))

    async with database.write() as tx:
        assert len(await claim_due(tx, NOW, 3)) == 3
    async with database.write() as tx:
        assert len(await claim_due(tx, NOW, 3)) == 2
    async with database.write() as tx:
        assert await claim_due(tx, NOW, 3) == []


async def test_a_claim_that_is_rolled_back_leaves_everything_due(database: Database) -> None:
    await save(database, reminder("one"))

    async def die() -> None:
        async with database.write() as tx:
            await claim_due(tx, NOW, 10)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await die()

    async with database.read() as tx:
        assert await find_reminder(tx, "matter", "one") == reminder("one")


async def test_a_new_reminder_of_a_subject_takes_the_place_of_the_old_one(
    database: Database,
) -> None:
    await save(database, reminder("one"))
    await save(database, reminder("one", 5))

    async with database.read() as tx:
        assert await find_reminder(tx, "matter", "one") == reminder("one", 5)


async def test_nothing_is_due_any_more_once_it_is_said(database: Database) -> None:
    await save(database, reminder("one"))
    await save(database, NoReminder("matter", "one"))

    async with database.read() as tx:
        assert await next_due(tx) is None


# --- runs ----------------------------------------------------------------------------------------


async def test_a_period_is_claimed_once(database: Database) -> None:
    async with database.write() as tx:
        first = await claim_run(tx, "digests", "2026-W48 E", NOW, NOW)
    async with database.write() as tx:
        second = await claim_run(tx, "digests", "2026-W48 E", NOW, NOW)
        other = await claim_run(tx, "digests", "2026-W48 W", NOW, NOW)

    assert (first, second, other) == (True, False, True)


async def test_a_claim_that_is_rolled_back_can_be_claimed_again(database: Database) -> None:
    async def die() -> None:
        async with database.write() as tx:
            await claim_run(tx, "digests", "2026-W48 E", NOW, NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await die()

    async with database.write() as tx:
        assert await claim_run(tx, "digests", "2026-W48 E", NOW, NOW)


async def test_an_operator_can_let_a_period_run_again(database: Database) -> None:
    async with database.write() as tx:
        await claim_run(tx, "digests", "2026-W48 E", NOW, NOW)
        await forget_run(tx, "digests", "2026-W48 E")

    async with database.read() as tx:
        assert await ran_periods(tx, "digests", ["2026-W48 E"]) == set()


# --- what is gathered ----------------------------------------------------------------------------


def gathered(person: str, number: str, minutes: int = 0, step: Step = Step.CLIMB) -> Gathered:
    at = NOW + minutes * MINUTE
    return Gathered(person=person, kind="matter", subject=case(number), step=step, not_before=at)


async def test_what_is_gathered_for_a_person_is_claimed_together(database: Database) -> None:
    """Also those that may only be said later: one message says it all."""
    await save(database, gathered("a", "2"), gathered("a", "1", 30), gathered("b", "3", 30))

    async with database.write() as tx:
        claimed = await claim_gathered(tx, NOW, 10)

    assert {person: [one.subject.id for one in of] for person, of in claimed.items()} == {
        "a": ["1", "2"]
    }
    async with database.read() as tx:
        assert await next_gathered(tx) == NOW + 30 * MINUTE


async def test_a_later_step_of_a_case_takes_the_place_of_an_earlier_one(
    database: Database,
) -> None:
    await save(database, gathered("a", "1", step=Step.RESOLVE_SOON))
    await save(database, gathered("a", "1", step=Step.RESOLVE_DUE))

    async with database.write() as tx:
        claimed = await claim_gathered(tx, NOW, 10)

    assert [one.step for one in claimed["a"]] == [Step.RESOLVE_DUE]


async def test_what_is_of_another_kind_or_feature_is_claimed_beside_it(database: Database) -> None:
    opinion = replace(gathered("a", "1"), kind="opinion", step="due")
    walk = replace(gathered("a", "1"), kind="outing", subject=outing("1"), step="due")
    await save(database, walk, opinion, gathered("a", "1"))

    async with database.write() as tx:
        claimed = await claim_gathered(tx, NOW, 10)

    assert claimed == {"a": [gathered("a", "1"), opinion, walk]}


async def test_some_people_are_told_at_a_time_whole(database: Database) -> None:
    await save(database, *(gathered(person, str(n)) for person in "abc" for n in range(3)))

    async with database.write() as tx:
        first = await claim_gathered(tx, NOW, 2)
    async with database.write() as tx:
        second = await claim_gathered(tx, NOW, 2)

    assert [len(of) for of in (*first.values(), *second.values())] == [3, 3, 3]


async def test_nobody_is_told_before_their_time(database: Database) -> None:
    await save(database, gathered("a", "1", 1))

    async with database.write() as tx:
        assert await claim_gathered(tx, NOW, 10) == {}


async def test_of_what_is_gone_nobody_is_told_any_more(database: Database) -> None:
    walk = replace(gathered("a", "1"), kind="outing", subject=outing("1"), step="due")
    await save(database, walk, gathered("a", "1"), gathered("b", "2"))

    await save(database, SubjectsGone(subjects=(outing("1"), case("2")), upto=0))

    async with database.write() as tx:
        assert await claim_gathered(tx, NOW, 10) == {"a": [gathered("a", "1")]}
