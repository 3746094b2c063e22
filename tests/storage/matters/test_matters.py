"""Matters in the tables: chains verify, numbers never repeat, changes never clash."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.configuration.law_data import work_calendar
from domain.categories import Kind
from domain.chain import Act, verify
from domain.errors import Conflict
from domain.matters import life
from domain.matters.life import Filing
from domain.matters.matter import Matter, Origin, Particulars
from domain.organisation import Role, Seat
from domain.places.points import Point
from domain.subjects import case
from storage import numbers
from storage.chain import file_events, forget_file
from storage.changes import Changes, apply
from storage.database import Database
from storage.matters import matters as stored
from storage.matters import queries
from tests.street import EAST, EAST_1, MORNING, clock_rules, settings

RESIDENT = Act("resident", Role.RESIDENT, MORNING, b"s" * 32)
SECRETARY = Act("secretary", Role.GRID_SECRETARY, MORNING, b"t" * 32)


def new_matter(folder: Path, number: str = "2026-00001") -> Matter:
    office = settings(folder)
    return life.file(
        number,
        Filing(
            kind=Kind.SERVICE,
            category="lighting",
            community=EAST,
            grid=EAST_1,
            origin=Origin.TELEGRAM,
            reporter="resident",
            particulars=Particulars(
                text="3号楼路灯坏了",
                place_text="3号楼",
                point=Point(latitude=34.00317, longitude=113.00741),
                attachments=("photo",),
            ),
            importance=2,
            urgency=1,
        ),
        RESIDENT,
        seat=Seat(EAST_1, Role.GRID_SECRETARY),
        owner="secretary",
        rules=clock_rules(office),
        calendar=work_calendar(office),
    )


async def save(database: Database, *saved: Matter) -> None:
    changes = Changes()
    changes.save(*saved)
    async with database.write() as tx:
        await apply(tx, [changes])


async def load(database: Database, number: str = "2026-00001") -> Matter:
    async with database.read() as tx:
        found = await stored.find_matter(tx, number)
    assert found is not None
    return found


async def test_a_matter_comes_back_as_it_was(database: Database, tmp_path: Path) -> None:
    filed = new_matter(tmp_path)

    await save(database, filed)

    assert await load(database) == life.stored(filed)


async def test_the_chain_that_is_stored_verifies(database: Database, tmp_path: Path) -> None:
    await save(database, new_matter(tmp_path))
    await save(database, life.accept(await load(database), SECRETARY))

    async with database.read() as tx:
        events = await stored.list_events(tx, "2026-00001")

    assert [event.happening for event in events] == ["filed", "dispatched", "accepted"]
    assert verify(events, (await load(database)).head) == []


async def test_a_changed_event_is_detected(database: Database, tmp_path: Path) -> None:
    await save(database, new_matter(tmp_path))
    table = file_events
    async with database.write() as tx:
        await tx.run(update(table).where(table.c.seq == 2).values(actor="somebody else"))

    async with database.read() as tx:
        events = await stored.list_events(tx, "2026-00001")

    assert verify(events) == ["event 2 was changed"]


async def test_after_erasure_nothing_is_left_and_the_chain_verifies(
    database: Database, tmp_path: Path
) -> None:
    await save(database, new_matter(tmp_path))
    await save(database, life.erase(await load(database), RESIDENT))
    async with database.write() as tx:
        await forget_file(tx, [case("2026-00001")])

    erased = await load(database)
    async with database.read() as tx:
        events = await stored.list_events(tx, "2026-00001")
        sealed = await tx.rows(select(file_events.c.sealed))

    assert (erased.particulars, erased.reporter) == (Particulars(), "")
    assert [row.sealed for row in sealed] == [None] * 3
    assert verify(events, erased.head) == []


async def test_what_people_wrote_is_sealed_in_the_tables(
    database: Database, tmp_path: Path
) -> None:
    await save(database, new_matter(tmp_path))

    async with database.read() as tx:
        matter = await tx.row(select(stored.matters))
        events = await tx.rows(select(file_events))

    raw = repr(matter) + repr(events)
    assert "路灯坏了" not in raw
    assert "3号楼" not in raw
    assert "34.003" not in raw
    assert "113.007" not in raw


async def test_two_changes_of_one_matter_cannot_both_be_written(
    database: Database, tmp_path: Path
) -> None:
    await save(database, new_matter(tmp_path))
    first = life.accept(await load(database), SECRETARY)
    second = life.withdraw(await load(database), RESIDENT)

    await save(database, first)

    with pytest.raises(Conflict):
        await save(database, second)
    assert (await load(database)).state == "accepted"


async def test_numbers_are_unique_and_rise_whoever_reserves_them(database: Database) -> None:
    async def reserve() -> list[int]:
        async with database.write() as tx:
            return list(await numbers.reserve_numbers(tx, 2026, 7))

    blocks = await asyncio.gather(*(reserve() for _ in range(10)))

    assert sorted(serial for block in blocks for serial in block) == list(range(1, 71))


@pytest.mark.parametrize(
    ("left", "next_one"),
    [
        (range(3, 11), 3),
        ([3, 4, 9, 10], 9),
        ([10], 10),
        ([3, 4], 11),  # not the end of what was reserved
        ([], 11),
    ],
)
async def test_numbers_that_were_not_needed_are_given_out_later(
    database: Database, left: list[int], next_one: int
) -> None:
    async with database.write() as tx:
        await numbers.reserve_numbers(tx, 2026, 10)

    async with database.write() as tx:
        await numbers.return_numbers(tx, 2026, left)

    async with database.write() as tx:
        assert (await numbers.reserve_numbers(tx, 2026, 1))[0] == next_one


async def test_numbers_stay_unique_where_somebody_reserved_after_them(database: Database) -> None:
    async with database.write() as tx:
        first = await numbers.reserve_numbers(tx, 2026, 10)
        second = await numbers.reserve_numbers(tx, 2026, 10)

    async with database.write() as tx:
        await numbers.return_numbers(tx, 2026, first)

    async with database.write() as tx:
        third = await numbers.reserve_numbers(tx, 2026, 10)
    assert not set(third) & {*first, *second}


async def test_every_year_begins_anew(database: Database) -> None:
    async with database.write() as tx:
        await numbers.reserve_numbers(tx, 2026, 5)
        begun = await numbers.reserve_numbers(tx, 2027, 5)

    assert begun[0] == 1


async def test_nearby_cases_are_open_public_and_not_confidential(
    database: Database, tmp_path: Path
) -> None:
    filed = replace(new_matter(tmp_path, "2026-00001"), public_space=True)
    secret = replace(new_matter(tmp_path, "2026-00002"), public_space=True, confidential=True)
    private = new_matter(tmp_path, "2026-00003")
    await save(database, filed, secret, private)

    async with database.read() as tx:
        near = await queries.list_nearby(tx, [EAST_1], MORNING)

    assert [one.number for one in near] == ["2026-00001"]
