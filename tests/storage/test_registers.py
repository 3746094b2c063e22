"""Entries of registers in the tables: versions, names that are taken, seals and erasures."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.access.actors import Actor
from domain.errors import Conflict
from domain.registers import Entry, EntryState, changed
from storage.changes import Changes, apply, hold
from storage.database import Database
from storage.registers import (
    count_entries,
    find_entry,
    find_same,
    get_entries,
    list_entries,
    register_entries,
)
from storage.registry import SUBJECTS
from tests.clubs import CLUBS, club
from tests.domain.street import act, organisation
from tests.street import EAST, MORNING, WEST

HOUR = timedelta(hours=1)


async def save(database: Database, *entries: Entry) -> None:
    changes = Changes()
    changes.save(*entries)
    async with database.write() as tx:
        await apply(tx, [changes])


async def find(database: Database, which: str = "c1") -> Entry | None:
    async with database.read() as tx:
        return await find_entry(tx, which)


async def test_an_entry_comes_back_as_it_was_saved(database: Database) -> None:
    entry = club(seats=0, games=["go"], point={"lat": 34.5, "lon": 113.25})
    entry = replace(entry, person="worker", valid_from=MORNING, valid_until=MORNING + HOUR)

    await save(database, entry)

    assert await find(database) == entry
    assert await find(database, "c2") is None


async def test_the_next_version_takes_the_place_of_the_one_before(database: Database) -> None:
    entry = club()
    await save(database, entry)
    after = changed(entry, act("clerk"), fields={"name": "棋院"}, key="棋院")

    await save(database, after)

    assert await find(database) == after


async def test_of_two_who_change_the_same_version_one_finds_out(database: Database) -> None:
    entry = club()
    await save(database, entry)
    mine = changed(entry, act("clerk"), fields={"name": "我的"})
    theirs = changed(entry, act("secretary"), fields={"name": "他的"})
    await save(database, theirs)

    with pytest.raises(Conflict, match="entry c1"):
        await save(database, mine)
    async with database.write() as tx:
        await hold(tx, {"entry c1"})

    assert await find(database) == theirs


async def test_two_of_one_name_in_a_unit_are_one_too_many(database: Database) -> None:
    await save(database, club("c1"))

    with pytest.raises(Conflict, match="entry c2"):
        await save(database, club("c2"))
    await save(database, replace(club("c3"), unit=WEST))

    async with database.read() as tx:
        same = await find_same(tx, CLUBS.name, EAST, club().key)
        assert await find_same(tx, CLUBS.name, EAST, "another") is None
    assert same is not None
    assert same.id == "c1"


async def test_the_name_of_what_has_ended_may_be_given_again(database: Database) -> None:
    entry = club("c1")
    await save(database, entry)
    await save(database, changed(entry, act(), state=EntryState.ENDED))

    await save(database, club("c2"))

    async with database.read() as tx:
        same = await find_same(tx, CLUBS.name, EAST, club().key)
    assert same is not None
    assert same.id == "c2"


async def test_a_list_holds_what_is_asked_for(database: Database) -> None:
    open_now = club("open", name="一")
    draft = replace(club("draft", name="二"), state=EntryState.DRAFT)
    ended = replace(club("ended", name="三"), state=EntryState.ENDED)
    over = replace(club("over", name="四"), valid_until=MORNING)
    far = replace(club("far", name="五"), unit=WEST)
    other = replace(club("other", name="六"), register="games.halls")
    await save(database, open_now, draft, ended, over, far, other)

    async with database.read() as tx:
        every = await list_entries(tx, CLUBS.name, ended=True)
        alive = await list_entries(tx, CLUBS.name)
        now = await list_entries(tx, CLUBS.name, at=MORNING)
        east = await list_entries(tx, CLUBS.name, units=[EAST], at=MORNING)
        counts = await count_entries(tx, [EAST, WEST])
        some = await get_entries(tx, ["open", "nothing"])

    assert {one.id for one in every} == {"open", "draft", "ended", "over", "far"}
    assert {one.id for one in alive} == {"open", "draft", "over", "far"}
    assert [one.id for one in now] == ["open", "far"]
    assert [one.id for one in east] == ["open"]
    assert counts == {CLUBS.name: 4, "games.halls": 1}
    assert list(some) == ["open"]


async def test_what_is_sealed_stands_in_no_table(database: Database) -> None:
    entry = replace(club(phone="13800000000"), is_sealed=True)

    await save(database, entry)

    async with database.read() as tx:
        row = await tx.row(select(register_entries))
    assert row is not None
    assert row.fields is None
    assert b"13800000000" not in row.sealed
    assert await find(database) == entry


async def test_only_what_is_published_of_a_public_register_may_be_looked_at(
    database: Database,
) -> None:
    hall = replace(club("hall"), register="services.halls")
    partner = replace(club("partner"), register="services.partners")
    draft = replace(club("draft", name="二"), register="services.halls", state=EntryState.DRAFT)
    await save(database, hall, partner, draft, club("unknown"))
    kind, street = SUBJECTS["entry"], organisation()

    async with database.read() as tx:
        seen = [
            one
            for one in ("hall", "partner", "draft", "unknown", "nothing")
            if await kind.may_see(tx, Actor("me", resident=True), street, one)
        ]
        living = await kind.living(tx, ["hall", "nothing"])

    assert seen == ["hall"]
    assert living == {"hall"}
