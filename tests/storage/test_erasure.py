"""After an erasure no table holds a word of the person, and every chain still verifies."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from domain.categories import Kind
from domain.chain import Act, verify
from domain.errors import StorageError
from domain.matters.clock import timer_in
from domain.matters.legal_holds import Held, erase_or_restrict, held
from domain.matters.matter import ENDS, Happening, Matter, State
from domain.organisation import Role, Stream
from domain.people import Consent, Purpose
from domain.rules import LegalHold
from domain.subjects import case
from storage import attachments, outbox, outbox_housekeeping, sending
from storage.attachments import Attachment, FetchState
from storage.changes import Changes, apply
from storage.database import Database, Tx
from storage.erasures import erasures, keep_erasures, list_erasures
from storage.files import FileStore
from storage.matters.help_requests import Part
from storage.matters.matters import find_matter, get_matters, list_events
from storage.matters.queries import numbers_of
from storage.matters.retention import end_holds, end_retention
from storage.outbox_housekeeping import FAREWELL_LIFE, sweep
from storage.people import accounts_by_id, find_person
from storage.residents.erasure import Erasure, replay_erasures
from storage.schema import metadata
from tests.handlers.chats import Office, opened

TEXT, PLACE, NAME, PHONE = "水管在漏水", "3号楼", "王小明", "13800001234"
ADDRESS = "5550123"


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    return await opened(database, tmp_path)


async def person_of(office: Office, who: str) -> str:
    account = office.latest(who).account
    async with office.database.read() as tx:
        return (await accounts_by_id(tx, [account]))[account].person


async def lived(office: Office) -> tuple[str, str]:
    """Let somebody leave traces everywhere; give the person and the case number."""
    await office.starts(ADDRESS, "g-E1")
    await office.does(ADDRESS, "residents.set_name")
    await office.says(ADDRESS, NAME)
    await office.does(ADDRESS, "residents.set_phone")
    await office.arrives(ADDRESS, phone=PHONE)
    await office.does(ADDRESS, "digests.summary:on")
    await office.does(ADDRESS, "residents.offer_code")
    await office.does(ADDRESS, "residents.recovery:new")
    await office.says(ADDRESS, "12345678")
    await office.does(ADDRESS, "matters.service")
    await office.sends(ADDRESS, f"{PLACE}{TEXT}", "photo-1")
    await office.shows_place(ADDRESS, 34.005, 113.005)
    await office.presses(ADDRESS, "提交")
    person = await person_of(office, ADDRESS)
    async with office.database.read() as tx:
        (number,) = await numbers_of(tx, person)
    await office.does("secretary", f"matters.accept:{number}")
    await office.change(
        Part(
            id="part",
            number=number,
            stream=Stream.POLICE,
            helper="police",
            asked_by="secretary",
            question=f"{NAME}家里{TEXT}",
            asked_at=office.now,
        ),
        Consent(person=person, purpose=Purpose.SENSITIVE, notice=1, given_at=office.now),
    )
    await office.does(ADDRESS, f"matters.add:{number}")
    await office.says(ADDRESS, f"又{TEXT}了")
    office.later(minutes=1)
    return person, number


async def erase(office: Office, who: str = ADDRESS) -> None:
    await office.does(who, f"residents.erase:{int(office.now.timestamp())}")


async def everything(tx: Tx) -> dict[str, list[dict[str, Any]]]:
    """Read every table, with what is sealed in it."""
    found = {}
    for table in metadata.sorted_tables:
        if table.name == "data_keys":
            continue
        rows = [dict(row._mapping) for row in await tx.rows(select(table))]
        for row in rows:
            for name, value in row.items():
                if isinstance(value, bytes):
                    row[name] = _unsealed(tx, value)
        found[table.name] = rows
    return found


def _unsealed(tx: Tx, value: bytes) -> Any:
    try:
        return tx.keyring.unseal(value)
    except StorageError:
        return value.hex()


def mentions(tables: dict[str, list[dict[str, Any]]], *words: str) -> list[str]:
    """Name the tables and columns in which a word stands."""
    return sorted(
        {
            f"{table}.{name}: {word}"
            for table, rows in tables.items()
            for row in rows
            for name, value in row.items()
            for word in words
            if word in json.dumps(value, ensure_ascii=False, default=str)
        }
    )


# --- everything goes -----------------------------------------------------------------------------


async def test_before_the_erasure_the_words_stand_in_many_tables(office: Office) -> None:
    await lived(office)

    async with office.database.read() as tx:
        found = mentions(await everything(tx), TEXT, NAME, PHONE, ADDRESS)

    tables = {one.partition(".")[0] for one in found}
    assert {"people", "accounts", "matters", "file_events", "outbox", "drafts", "parts"} <= tables


async def test_after_the_erasure_no_table_holds_a_word_of_the_person(office: Office) -> None:
    await lived(office)

    await erase(office)

    async with office.database.write() as tx:
        sent = [sending.Sent(row, None, True) for row in await _waiting(tx)]
        await sending.mark_sent(tx, sent, office.now)
    office.now += FAREWELL_LIFE + timedelta(minutes=1)
    async with office.database.write() as tx:
        await sweep(tx, office.now)
        assert mentions(await everything(tx), TEXT, PLACE, NAME, PHONE, ADDRESS) == []


async def _waiting(tx: Tx) -> list[int]:
    rows = await tx.rows(
        select(outbox.outbox.c.id).where(outbox.outbox.c.state == outbox.OutboxState.WAITING)
    )
    return [row.id for row in rows]


async def test_only_the_farewell_still_knows_where_to_go(office: Office) -> None:
    person, _ = await lived(office)

    await erase(office)

    async with office.database.read() as tx:
        rows = await tx.rows(select(outbox.outbox).where(outbox.outbox.c.person == person))
        found = mentions(await everything(tx), ADDRESS)
    assert found == [f"outbox.address: {ADDRESS}"]
    kept = [row for row in rows if row.sealed is not None]
    assert [row.state for row in kept] == [outbox.OutboxState.WAITING]


async def test_a_farewell_that_was_not_sent_yet_is_left_alone(office: Office) -> None:
    person, _ = await lived(office)
    await erase(office)
    office.now += FAREWELL_LIFE * 2

    async with office.database.write() as tx:
        await sweep(tx, office.now)

    async with office.database.read() as tx:
        rows = await tx.rows(select(outbox.outbox).where(outbox.outbox.c.person == person))
    assert [row.address for row in rows if row.sealed is not None] == [ADDRESS]


async def test_the_chain_still_verifies(office: Office) -> None:
    _, number = await lived(office)

    await erase(office)

    async with office.database.read() as tx:
        matter = await find_matter(tx, number)
        events = await list_events(tx, number)
    assert matter is not None
    assert verify(events, matter.head) == []
    assert all(event.content is None and event.salt is None for event in events)


async def test_the_files_are_named_by_nobody_any_more(office: Office, tmp_path: Path) -> None:
    person, number = await lived(office)
    name = FileStore(tmp_path, office.database.keyring).put(b"a picture").name
    async with office.database.read() as tx:
        (photo,) = await attachments.list_of_subject(tx, case(number))
    stored = Attachment(
        id=photo.id,
        person=person,
        bot=photo.bot,
        ref=photo.ref,
        kind=photo.kind,
        state=FetchState.STORED,
        subject=case(number),
        file_name=name,
        not_before=office.now,
        created_at=office.now,
    )
    await office.change(stored)

    await erase(office)

    async with office.database.read() as tx:
        assert await attachments.named_files(tx, [name]) == set()


async def test_a_picture_that_is_fetched_during_the_erasure_does_not_come_back(
    office: Office,
) -> None:
    person, number = await lived(office)
    async with office.database.read() as tx:
        (photo,) = await attachments.list_of_subject(tx, case(number))
    await erase(office)

    async with office.database.write() as tx:
        await attachments.note_fetched(tx, [photo])

    async with office.database.read() as tx:
        assert await attachments.list_of_person(tx, person) == []


async def test_others_are_not_touched(office: Office) -> None:
    await lived(office)
    number = await office.filed(by="bert", words="4号楼门口积水")
    await office.does("bert", "residents.set_name")
    await office.says("bert", "李四")

    await erase(office)

    matter = await office.matter(number)
    assert matter.is_open
    assert matter.particulars.text == "4号楼门口积水"
    assert "李四" in await office.does("bert", "residents.data")


async def test_what_others_write_for_the_person_in_the_same_batch_brings_nothing_back(
    office: Office,
) -> None:
    person, _ = await lived(office)
    async with office.database.read() as tx:
        known = await find_person(tx, person)
        account = next(iter((await accounts_by_id(tx, [office.latest(ADDRESS).account])).values()))
        upto = await outbox_housekeeping.newest(tx)
    assert known is not None
    first, second = Changes(), Changes()
    first.save(Erasure(person=person, at=office.now, numbers=(), upto=upto))
    second.save(known, account)

    async with office.database.write() as tx:
        await apply(tx, [first, second])

    async with office.database.read() as tx:
        found = mentions(await everything(tx), NAME, PHONE)
        assert await accounts_by_id(tx, [account.id]) == {}
    assert not any(one.startswith("people") for one in found)


# --- again after a restore -----------------------------------------------------------------------


async def test_what_a_backup_brings_back_is_erased_again(office: Office) -> None:
    """The tables of before stand in for the backup; the list of erasures is newer than it."""
    person, number = await lived(office)
    listed = [{"person": person, "at": office.now.isoformat(), "held": []}]

    async with office.database.write() as tx:
        await keep_erasures(tx, listed)
        again = await replay_erasures(tx)

    assert again == 1
    async with office.database.read() as tx:
        assert mentions(await everything(tx), TEXT, NAME, PHONE, ADDRESS) == []
        matter = await find_matter(tx, number)
        events = await list_events(tx, number)
    assert matter is not None
    assert (matter.state, matter.erased) == (State.WITHDRAWN, True)
    assert verify(events, matter.head) == []


async def test_doing_it_again_where_nothing_came_back_changes_nothing(office: Office) -> None:
    _, number = await lived(office)
    await erase(office)
    before = await office.events(number)

    async with office.database.write() as tx:
        assert await replay_erasures(tx) == 1

    assert await office.events(number) == before


async def test_what_a_law_keeps_is_kept_again_after_a_restore(office: Office) -> None:
    person, number = await lived(office)
    until = office.now + timedelta(days=90)
    listed = [
        {
            "person": person,
            "at": office.now.isoformat(),
            "held": [[number, until.isoformat(), "某法第九条"]],
        }
    ]

    async with office.database.write() as tx:
        await keep_erasures(tx, listed)
        await replay_erasures(tx)

    async with office.database.read() as tx:
        matter = await find_matter(tx, number)
        assert await list_erasures(tx) == listed
        photos = await attachments.list_of_subject(tx, case(number))
    assert matter is not None
    assert matter.restricted_until == until
    assert TEXT in matter.particulars.text
    assert len(photos) == 1


async def test_an_erasure_is_noted_without_a_word_of_the_person(office: Office) -> None:
    person, _ = await lived(office)
    await erase(office)

    async with office.database.read() as tx:
        listed = await list_erasures(tx)
        recent = await list_erasures(tx, office.now + timedelta(seconds=1))
        rows = await tx.rows(select(erasures))

    assert listed == [{"person": person, "at": office.now.isoformat(), "held": []}]
    assert recent == []
    assert len(rows) == 1


# --- laws and promises end -----------------------------------------------------------------------


async def test_when_the_law_no_longer_keeps_it_it_is_erased(office: Office) -> None:
    person, number = await lived(office)
    until = office.now + timedelta(days=90)
    async with office.database.write() as tx:
        await keep_erasures(
            tx,
            [
                {
                    "person": person,
                    "at": office.now.isoformat(),
                    "held": [[number, until.isoformat(), "某法第九条"]],
                }
            ],
        )
        await replay_erasures(tx)

    async with office.database.write() as tx:
        too_early = await end_holds(tx, until - timedelta(seconds=1))
        on_the_day = await end_holds(tx, until)
        again = await end_holds(tx, until)

    assert (too_early, on_the_day, again) == (0, 1, 0)
    async with office.database.read() as tx:
        matter = await find_matter(tx, number)
        events = await list_events(tx, number)
        assert mentions(await everything(tx), TEXT) == []
    assert matter is not None
    assert matter.erased
    assert matter.restricted_until is None
    assert verify(events, matter.head) == []


async def test_ended_cases_lose_their_content_when_their_time_is_over(office: Office) -> None:
    number = await office.filed(by="anna")
    open_one = await office.filed(by="bert")
    await office.does("anna", f"matters.withdraw:{number}")
    retention = timedelta(days=1095)

    async with office.database.write() as tx:
        too_early = await end_retention(tx, office.now + retention, retention, [])
        in_time = await end_retention(
            tx, office.now + retention + timedelta(seconds=1), retention, []
        )

    assert (too_early, in_time) == (0, 1)
    assert (await office.matter(number)).erased
    assert not (await office.matter(open_one)).erased


async def test_a_law_that_keeps_longer_than_the_promise_is_obeyed(office: Office) -> None:
    number = await office.filed(by="anna")
    await office.does("anna", f"matters.withdraw:{number}")
    laws = [
        LegalHold(kind=Kind.SERVICE, after_closing=timedelta(days=3650), source="某法"),
        LegalHold(kind=Kind.SERVICE, after_closing=timedelta(days=10), source="另一部法"),
    ]
    retention = timedelta(days=1095)

    async with office.database.write() as tx:
        kept = await end_retention(tx, office.now + timedelta(days=3000), retention, laws)
        gone = await end_retention(tx, office.now + timedelta(days=3651), retention, laws)

    assert (kept, gone) == (0, 1)


# --- the rule itself -----------------------------------------------------------------------------


async def _a_matter(office: Office) -> Matter:
    number = await office.filed(by="anna")
    async with office.database.read() as tx:
        return (await get_matters(tx, [number]))[number]


async def test_the_longest_law_counts_from_the_closing(office: Office) -> None:
    matter = await _a_matter(office)
    laws = [
        LegalHold(kind=Kind.SERVICE, after_closing=timedelta(days=days), source=str(days))
        for days in (10, 90, 30)
    ]
    other = LegalHold(kind=Kind.DISPUTE, after_closing=timedelta(days=999), source="another")

    found = held(matter, [*laws, other], office.now)

    until = office.now + timedelta(days=90)
    assert found == Held(number=matter.number, until=until, law="90")


async def test_a_law_whose_time_is_over_keeps_nothing(office: Office) -> None:
    matter = await _a_matter(office)
    await office.does("anna", f"matters.withdraw:{matter.number}")
    closed = await office.matter(matter.number)
    law = LegalHold(kind=Kind.SERVICE, after_closing=timedelta(days=10), source="law")

    assert held(closed, [law], office.now + timedelta(days=9)) is not None
    assert held(closed, [law], office.now + timedelta(days=10)) is None


async def test_letting_go_ends_an_open_case_first(office: Office) -> None:
    matter = await _a_matter(office)
    street = await office.street()
    act = _act(office)
    kept = Held(number=matter.number, until=office.now + timedelta(days=1), law="law")

    gone, restricted = erase_or_restrict(matter, act, None), erase_or_restrict(matter, act, kept)

    assert {gone.state, restricted.state} <= ENDS
    assert [event.happening for event in gone.fresh] == [Happening.WITHDRAWN, Happening.ERASED]
    assert [event.happening for event in restricted.fresh] == [
        Happening.WITHDRAWN,
        Happening.RESTRICTED,
    ]
    assert timer_in(street, gone) is None
    assert timer_in(street, restricted) is None


def _act(office: Office) -> Act:
    return Act("anna", Role.RESIDENT, office.now, b"s" * 32)
