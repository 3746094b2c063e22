"""Files of any feature: appended to, sealed, erased, and verified like a case's."""

import pytest
from sqlalchemy import select, update

from domain.chain import Act, Chain, Event, verify
from domain.errors import Conflict
from domain.organisation import Role
from domain.subjects import Subject
from storage import outbox_housekeeping
from storage.chain import PERSONAL_DATA, file_events, file_heads, get_chains, list_events
from storage.changes import Changes, apply
from storage.database import Database
from storage.subjects import SubjectsGone
from storage.verification import broken_chains
from tests.outings import outing
from tests.street import MORNING

GUIDE = Act("guide", Role.GRID_WORKER, MORNING, b"s" * 32)
GUEST = Act("guest", Role.RESIDENT, MORNING, b"t" * 32)
#: Of the same id as an outing's, and another file.
VISIT = Subject("visit", "7")


async def save(database: Database, *objects: object) -> None:
    changes = Changes()
    changes.save(*objects)
    async with database.write() as tx:
        await apply(tx, [changes])


async def end_of(database: Database, file: Subject) -> Chain:
    async with database.read() as tx:
        return (await get_chains(tx, [file]))[file]


async def events_of(database: Database, file: Subject) -> list[Event]:
    async with database.read() as tx:
        return await list_events(tx, file)


async def happen(database: Database, file: Subject, *happenings: str, by: Act = GUIDE) -> None:
    for one in happenings:
        chain = await end_of(database, file)
        await save(database, chain.record(by, one, words="三号楼的老人"))


async def test_a_file_goes_on_where_it_ended(database: Database) -> None:
    await happen(database, outing("7"), "outings.begun", "outings.noted")
    await happen(database, VISIT, "visits.begun")
    await happen(database, outing("7"), "outings.ended")

    events = await events_of(database, outing("7"))

    said = [(one.seq, one.happening, one.content) for one in events]
    assert said == [
        (1, "outings.begun", {"words": "三号楼的老人"}),
        (2, "outings.noted", {"words": "三号楼的老人"}),
        (3, "outings.ended", {"words": "三号楼的老人"}),
    ]
    assert verify(events, (await end_of(database, outing("7"))).head) == []


async def test_a_file_in_which_nothing_happened_is_at_its_beginning(database: Database) -> None:
    assert await end_of(database, outing("7")) == Chain(file=outing("7"))
    await save(database, Chain(file=outing("7")))
    async with database.read() as tx:
        assert list(await tx.rows(select(file_heads))) == []


async def test_who_appends_to_what_somebody_else_appended_to_does_it_again(
    database: Database,
) -> None:
    read = await end_of(database, outing("7"))
    await happen(database, outing("7"), "outings.begun")
    before = await events_of(database, outing("7"))

    with pytest.raises(Conflict):
        await save(database, read.record(GUEST, "outings.joined"))

    assert await events_of(database, outing("7")) == before


async def test_what_is_told_in_a_file_is_sealed_and_goes_with_its_subject(
    database: Database,
) -> None:
    await happen(database, outing("7"), "outings.begun", "outings.ended")
    await happen(database, VISIT, "visits.begun")
    async with database.read() as tx:
        raw = repr(await tx.rows(select(file_events)))
        upto = await outbox_housekeeping.newest(tx)

    await save(database, SubjectsGone(subjects=(outing("7"),), upto=upto))

    events = await events_of(database, outing("7"))
    assert "老人" not in raw
    assert [(one.content, one.salt) for one in events] == [(None, None)] * 2
    assert verify(events, (await end_of(database, outing("7"))).head) == []
    assert [one.content for one in await events_of(database, VISIT)] == [{"words": "三号楼的老人"}]


@pytest.mark.parametrize("forged", [{"actor": "somebody"}, {"happening": "outings.ended"}])
async def test_a_forged_event_of_any_feature_is_noticed(
    database: Database, forged: dict[str, str]
) -> None:
    await happen(database, outing("7"), "outings.begun", "outings.noted")
    await happen(database, VISIT, "visits.begun")
    async with database.write() as tx:
        sound = await broken_chains(tx, 10)
        mine = file_events.c.file == outing("7")
        await tx.run(update(file_events).where(mine, file_events.c.seq == 1).values(**forged))

    async with database.read() as tx:
        assert await broken_chains(tx, 10) == (2, ["outing:7"])
    assert sound == (2, [])


@pytest.mark.parametrize("seq", [1, 2])
async def test_an_event_that_was_taken_out_is_noticed(database: Database, seq: int) -> None:
    await happen(database, outing("7"), "outings.begun", "outings.noted")
    async with database.write() as tx:
        await tx.run(file_events.delete().where(file_events.c.seq == seq))

    async with database.read() as tx:
        assert await broken_chains(tx, 10) == (1, ["outing:7"])


async def test_the_files_that_changed_last_are_verified_first(database: Database) -> None:
    for n in range(3):
        at = Act("guide", Role.GRID_WORKER, MORNING.replace(minute=n), b"s" * 32)
        await happen(database, outing(str(n)), "outings.begun", by=at)
    async with database.write() as tx:
        await tx.run(update(file_events).values(actor="somebody"))

    async with database.read() as tx:
        assert await broken_chains(tx, 2) == (2, ["outing:2", "outing:1"])


async def test_who_works_here_is_told_what_they_did_in_any_file(database: Database) -> None:
    await happen(database, outing("7"), "outings.begun")
    await happen(database, VISIT, "visits.begun", by=GUEST)

    assert PERSONAL_DATA.copy is not None
    async with database.read() as tx:
        guide = await PERSONAL_DATA.copy(tx, "guide")
        guest = await PERSONAL_DATA.copy(tx, "guest")

    assert guide == {"acts": [(outing("7"), "outings.begun", MORNING)]}
    assert guest == {"acts": []}
