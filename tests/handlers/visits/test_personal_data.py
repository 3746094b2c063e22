"""What is kept of those who are visited: given to them, erased, and gone when its time is over."""

from datetime import timedelta

from sqlalchemy import select

from storage.chain import list_events
from storage.database import Tx
from storage.personal_data import Forgotten
from storage.residents.exports import load_personal_data
from storage.visits.entries import links_of, priority_entries
from storage.visits.personal_data import PERSONAL_DATA
from storage.visits.visits import needs, visits
from tests.handlers.visits.page import ILL, PageOffice, page_of
from tests.handlers.visits.test_family import code
from tests.handlers.visits.test_needs import finds

SECRETS = ("赵桂英", "孙明", "2单元401", "独居", "elder_alone", "药盒", "health")


async def linked(office: PageOffice, which: str) -> str:
    """Link the person, and give the resident's id."""
    await office.says("page:zhao", await code(office, which, "self"))
    async with office.database.read() as tx:
        from domain.messages import Channel, Side
        from storage.people import find_accounts

        place = (Side.RESIDENTS, Channel.WEB, page_of("zhao"))
        return (await find_accounts(tx, [place]))[place].person


async def everything(tx: Tx) -> str:
    rows = []
    for table in (priority_entries, visits, needs):
        rows += await tx.rows(select(table))
    return repr(rows)


async def test_nothing_of_a_person_stands_in_the_tables_as_it_was_said(
    office: PageOffice,
) -> None:
    await finds(office)

    async with office.database.read() as tx:
        stored = await everything(tx)

    assert [one for one in SECRETS if one in stored] == []


async def test_the_persons_copy_holds_the_entry_its_visits_and_needs(office: PageOffice) -> None:
    which = await finds(office)
    resident = await linked(office, which)

    async with office.database.read() as tx:
        known = await load_personal_data(tx, resident)

    assert known is not None
    (copied,) = [one for one in known.more if one.name == "visits"]
    entry = copied.rows[0]
    assert entry["says"]["name"] == "赵桂英"
    assert entry["visits"][0]["found"] == ["health"]
    assert entry["needs"][0]["words"] == "药盒打不开，想要个大字药盒"
    told = str(copied.lines((await office.street()).organisation))
    assert "赵桂英" in told


async def test_a_workers_copy_says_when_and_where_they_visited_and_nothing_of_whom(
    office: PageOffice,
) -> None:
    await finds(office)

    async with office.database.read() as tx:
        known = await load_personal_data(tx, "worker")

    assert known is not None
    (copied,) = [one for one in known.more if one.name == "visits"]
    assert [one["unit"] for one in copied.rows if "visited_at" in one] == ["E1"]
    assert [one for one in SECRETS[:5] if one in str(copied.rows)] == []


async def test_whoever_erases_everything_is_off_the_register_unless_a_duty_keeps_them(
    office: PageOffice,
) -> None:
    ill = await office.registers(**ILL)
    resident = await linked(office, ill.id)
    elder = await office.registers()
    await office.says("page:zhao", await code(office, elder.id, "self"))
    assert PERSONAL_DATA.owned is not None
    assert PERSONAL_DATA.forget is not None

    async with office.database.write() as tx:
        owned = await PERSONAL_DATA.owned(tx, resident)
        await PERSONAL_DATA.forget(
            tx,
            Forgotten(person=resident, at=office.now, accounts=(), kept=frozenset(), upto=0),
        )
        left = await links_of(tx, resident)

    assert ill.subject in owned
    assert elder.subject not in owned
    assert left == []


async def test_an_ended_entry_says_nothing_any_more_after_its_time(office: PageOffice) -> None:
    which = await finds(office)
    await office.does("page:secretary", f"visits.end:{which}:moved")
    office_rules = (await office.street()).office
    assert PERSONAL_DATA.expire is not None

    async with office.database.write() as tx:
        early = await PERSONAL_DATA.expire(tx, office.now + timedelta(days=364), office_rules)
    async with office.database.write() as tx:
        gone = await PERSONAL_DATA.expire(tx, office.now + timedelta(days=366), office_rules)
    async with office.database.write() as tx:
        again = await PERSONAL_DATA.expire(tx, office.now + timedelta(days=366), office_rules)

    assert (early, gone, again) == (0, 1, 0)
    assert (await office.entry(which)).content is None
    assert all(one.erased for one in await office.visits(which))
    assert all(one.erased and not one.words for one in await office.needs(which))


async def test_what_was_shown_of_an_erased_entry_is_gone_as_well(office: PageOffice) -> None:
    entry = await office.registers(**ILL)
    await office.opens("page:worker", entry)
    await office.does("page:secretary", f"visits.erase:{entry.id}:yes")

    await office.pick_up()

    assert "孙明" not in office.transcript()


async def test_the_file_of_an_entry_verifies_also_after_its_erasure(office: PageOffice) -> None:
    entry = await office.registers(**ILL)
    await office.is_well("page:worker", entry)
    await office.does("page:secretary", f"visits.erase:{entry.id}:yes")

    async with office.database.read() as tx:
        from domain.chain import verify

        events = await list_events(tx, entry.subject)

    assert [one.happening for one in events] == [
        "visits.registered",
        "visits.visited_done",
        "visits.has_ended",
    ]
    assert all(one.content is None for one in events)
    assert verify(events) == []
