"""Relations are kept, erased with either person, and never lead from somebody to themselves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import Conflict
from domain.relations import Consenting, Relation, RelationKind, Verified, ask, confirm, end
from storage import relations
from storage.database import Database
from storage.personal_data import Forgotten
from storage.relations import find_relation, list_asked, list_of_person, may_act
from tests.storage.test_documents import save
from tests.street import MORNING

YEAR = timedelta(days=365)


def asked(ident: str = "r1", person: str = "mother") -> Relation:
    return ask(
        ident=ident,
        person=person,
        other="daughter",
        kind=RelationKind.CHILD,
        by="daughter",
        at=MORNING,
    )


def confirmed(relation: Relation) -> Relation:
    return confirm(
        relation,
        verified=Verified.PAPERS,
        consent=Consenting.CALLED,
        by="clerk",
        at=MORNING,
        until=MORNING + YEAR,
    )


async def test_whoever_may_act_is_found_as_long_as_it_counts(database: Database) -> None:
    await save(database, asked())
    async with database.read() as tx:
        (waiting,) = await list_asked(tx)
        assert await may_act(tx, "mother", "daughter", MORNING) is None

    await save(database, confirmed(waiting))

    async with database.read() as tx:
        found = await may_act(tx, "mother", "daughter", MORNING)
        assert found == replace(confirmed(waiting), version=2)
        assert await list_asked(tx) == []
        assert await may_act(tx, "daughter", "mother", MORNING) is None
        assert await may_act(tx, "mother", "daughter", MORNING + YEAR) is None
        assert await list_of_person(tx, "mother") == await list_of_person(tx, "daughter") == [found]


async def test_it_ends_once(database: Database) -> None:
    await save(database, asked())
    async with database.read() as tx:
        before = await find_relation(tx, "r1")
    await save(database, end(confirmed(before), by="mother", at=MORNING, why="person"))

    with pytest.raises(Conflict):
        await save(database, end(confirmed(before), by="clerk", at=MORNING, why="office"))


@pytest.mark.parametrize("who", ["mother", "daughter"])
async def test_it_goes_with_either_of_the_two(database: Database, who: str) -> None:
    await save(database, asked())
    gone = Forgotten(person=who, at=MORNING, accounts=(), kept=frozenset(), upto=0)

    async with database.write() as tx:
        await relations.PERSONAL_DATA.forget(tx, gone)

    async with database.read() as tx:
        assert await find_relation(tx, "r1") is None


async def test_who_turns_out_to_be_one_person_does_not_act_for_themselves(
    database: Database,
) -> None:
    await save(database, asked(), asked("r2", "father"))

    async with database.write() as tx:
        await relations.PERSONAL_DATA.move(tx, "daughter", "mother")

    async with database.read() as tx:
        assert [one.id for one in await list_of_person(tx, "daughter")] == ["r2"]


async def test_both_find_it_in_the_copy_of_their_data(database: Database) -> None:
    await save(database, asked())

    async with database.read() as tx:
        of_mother = await relations.PERSONAL_DATA.copied(tx, "mother")
        of_daughter = await relations.PERSONAL_DATA.copied(tx, "daughter")

    assert [one.rows[0]["you_are"] for one in (of_mother, of_daughter)] == ["person", "other"]
    assert len(of_mother.lines(None)) == 1
