"""What is kept of words about danger, for how long, and for whom."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from domain.errors import Conflict
from domain.matters.alarms import KEPT, Alarm, Answer
from domain.matters.matter import Origin
from domain.words.lexicon import Danger
from storage.changes import Changes, apply
from storage.database import Database
from storage.matters.alarms import alarms, get_alarms, load_alarms, move_alarms, sweep

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
FIRE = Alarm(
    person="p1",
    id="a1",
    said_at=NOON,
    due_at=NOON + timedelta(minutes=2),
    origin=Origin.WEB,
    dangers=(Danger.FIRE, Danger.HEALTH),
    words="3号楼着火了",
    files=(("f1", "photo", "ref"),),
    said=(("account", NOON.isoformat(), None),),
    place=(34.5, 113.5),
    phone="13800000000",
    unfit="video",
)


async def save(database: Database, *objects: object) -> None:
    changes = Changes()
    changes.save(*objects)
    async with database.write() as tx:
        await apply(tx, [changes])


async def test_an_alarm_comes_back_as_it_was_said_and_is_sealed(database: Database) -> None:
    await save(database, FIRE)

    async with database.read() as tx:
        found = (await get_alarms(tx, ["p1", "p2"]))["p1"]
        (sealed,) = [row.sealed for row in await tx.rows(select(alarms.c.sealed))]
    assert found == replace(FIRE, version=1)
    assert "着火".encode() not in bytes(sealed)


async def test_the_latest_of_a_person_counts_and_every_one_can_be_found(
    database: Database,
) -> None:
    later = replace(FIRE, id="a2", said_at=NOON + timedelta(hours=1), words="又着火了")
    await save(database, FIRE, later)

    async with database.read() as tx:
        assert (await get_alarms(tx, ["p1"]))["p1"].id == "a2"
        assert set(await load_alarms(tx, ["a1", "a2", "a3"])) == {"a1", "a2"}


async def test_an_answer_and_the_clock_do_not_overwrite_each_other(database: Database) -> None:
    await save(database, FIRE)
    async with database.read() as tx:
        seen = (await get_alarms(tx, ["p1"]))["p1"]
    await save(database, replace(seen, answer=Answer.SAFE, due_at=None))

    with pytest.raises(Conflict):
        await save(database, replace(seen, number="2026-00001"))


async def test_what_nobody_answers_any_more_is_forgotten_after_a_day(database: Database) -> None:
    answered = replace(FIRE, id="a2", due_at=None, answer=Answer.SAFE)
    await save(database, FIRE, answered)

    async with database.write() as tx:
        assert await sweep(tx, NOON + KEPT - timedelta(seconds=1)) == 0
        assert await sweep(tx, NOON + KEPT) == 1
        assert set(await load_alarms(tx, ["a1", "a2"])) == {"a1"}, "still to be told"


async def test_linked_persons_keep_every_alarm(database: Database) -> None:
    await save(database, FIRE, replace(FIRE, id="a2", person="p2"))

    async with database.write() as tx:
        await move_alarms(tx, kept="p2", absorbed="p1")
        rows = await tx.rows(select(alarms.c.person))
    assert [row.person for row in rows] == ["p2", "p2"]
