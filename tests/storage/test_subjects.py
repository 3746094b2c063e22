"""What any feature may hang on its subjects, and what an erasure of one reaches."""

from dataclasses import replace

import pytest
from sqlalchemy import event, select

from domain.errors import StorageError
from domain.messages import FileKind, Lane, Message, Side, say
from domain.people import Language, Person
from domain.subjects import Subject, case
from storage import outbox_housekeeping
from storage.attachments import Attachment, Claim, attachments, get_attachments
from storage.broadcasts.broadcasts import BROADCAST, progress_of, waits_for_many
from storage.changes import Changes, apply
from storage.database import Database, Tx
from storage.outbox import Notice, OutboxState, outbox, outbox_subjects
from storage.personal_data import PersonalData
from storage.registry import PERSONAL_DATA
from storage.residents.erasure import Erasure
from storage.schema import key_of
from storage.subjects import SubjectsGone
from tests.outings import outing
from tests.street import MORNING

ANNA = Person(id="anna", side=Side.RESIDENTS, language=Language.CHINESE, created_at=MORNING)


def notice(words: str, **changes: object) -> Notice:
    plain = Notice(
        person=ANNA.id,
        message=Message(slot=words),
        lane=Lane.NOTICE,
        at=MORNING,
        not_before=MORNING,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def photo(name: str) -> Attachment:
    return Attachment(
        id=name,
        person=ANNA.id,
        bot="telegram.residents",
        ref=name,
        kind=FileKind.PHOTO,
        not_before=MORNING,
        created_at=MORNING,
    )


async def save(database: Database, *objects: object) -> None:
    changes = Changes()
    changes.save(*objects)
    async with database.write() as tx:
        await apply(tx, [changes])


async def erase(database: Database, *subjects: Subject) -> None:
    async with database.read() as tx:
        upto = await outbox_housekeeping.newest(tx)
    await save(database, SubjectsGone(subjects=subjects, upto=upto))


async def kept(database: Database) -> set[str]:
    """Name the messages that still say something."""
    async with database.read() as tx:
        rows = await tx.rows(select(outbox.c.slot).where(outbox.c.sealed.is_not(None)))
    return {row.slot for row in rows}


# --- the column ----------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", [case("2026-00017"), outing("7"), Subject("a", "b:c")])
async def test_a_subject_is_read_as_it_was_written(database: Database, subject: Subject) -> None:
    await save(database, photo("one"), Claim(("one",), subject))

    async with database.read() as tx:
        found = (await get_attachments(tx, ["one"]))["one"]

    assert found.subject == subject


@pytest.mark.parametrize(
    "subject",
    [Subject("", "1"), Subject("outing", ""), Subject("a:b", "1"), Subject("outing", "1" * 54)],
)
async def test_what_could_not_be_read_again_is_refused(
    database: Database, subject: Subject
) -> None:
    with pytest.raises(StorageError):
        await save(database, photo("one"), Claim(("one",), subject))


async def test_the_database_makes_the_same_subject_of_an_id(database: Database) -> None:
    await save(database, photo("one"), photo("two"), Claim(("one",), outing("one")))

    async with database.read() as tx:
        made = key_of("outing", attachments.c.id)
        rows = await tx.rows(select(attachments).where(attachments.c.subject == made))

    assert [row.subject for row in rows] == [outing("one")]


# --- erasure -------------------------------------------------------------------------------------


async def test_an_erasure_reaches_all_that_hangs_on_a_subject_and_nothing_else(
    database: Database,
) -> None:
    await save(
        database,
        *(ANNA, photo("theirs"), photo("others"), photo("nobodys")),
        *(Claim(("theirs",), outing("1")), Claim(("others",), outing("2"))),
        *(notice("first", subject=outing("1")), notice("second", subject=outing("2"))),
        *(notice("same id", subject=case("1")), notice("free")),
    )

    await erase(database, outing("1"))

    assert await kept(database) == {"second", "same id", "free"}
    async with database.read() as tx:
        left = await get_attachments(tx, ["theirs", "others", "nobodys"])
        states = {row.slot: row.state for row in await tx.rows(select(outbox))}
    assert sorted(left) == ["nobodys", "others"]
    assert states["first"] is OutboxState.DEAD


@pytest.mark.parametrize("gone", [outing("1"), outing("2"), case("2026-00001")])
async def test_a_message_about_several_subjects_goes_with_each_of_them(
    database: Database, gone: Subject
) -> None:
    about = frozenset({outing("2"), case("2026-00001")})
    await save(database, ANNA, notice("both", subject=outing("1"), about=about), notice("free"))

    await erase(database, gone)

    assert await kept(database) == {"free"}


async def test_what_messages_were_about_is_forgotten_with_their_words(database: Database) -> None:
    await save(database, ANNA, notice("both", about=frozenset({outing("1"), outing("2")})))
    await erase(database, outing("1"))

    async with database.write() as tx:
        before = await tx.rows(select(outbox_subjects))
        await outbox_housekeeping.sweep(tx, MORNING)
        after = await tx.rows(select(outbox_subjects))

    assert (len(before), list(after)) == (2, [])


async def test_what_is_somebodys_goes_with_them_also_where_others_were_told_of_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def owned(_tx: Tx, person: str) -> list[Subject]:
        return [outing("1")] if person == ANNA.id else []

    part = PersonalData(name="outings", tables=(), owned=owned)
    monkeypatch.setattr("storage.residents.erasure.PERSONAL_DATA", (*PERSONAL_DATA, part))
    await save(
        database,
        *(ANNA, replace(ANNA, id="bert"), replace(photo("one"), person="bert")),
        Claim(("one",), outing("1")),
        notice("of it", person="bert", subject=outing("1")),
        notice("of another", person="bert", subject=outing("2")),
    )
    async with database.read() as tx:
        upto = await outbox_housekeeping.newest(tx)

    await save(database, Erasure(person=ANNA.id, at=MORNING, numbers=(), upto=upto))

    assert await kept(database) == {"of another"}
    async with database.read() as tx:
        assert await get_attachments(tx, ["one"]) == {}


# --- broadcasts ----------------------------------------------------------------------------------


async def test_a_broadcast_that_is_shown_again_is_not_counted_twice(database: Database) -> None:
    of_it = Subject(BROADCAST, "b")
    await save(
        database,
        ANNA,
        *(notice(str(n), subject=of_it, lane=Lane.BROADCAST) for n in range(3)),
        notice("again", subject=of_it, lane=Lane.REPLY, message=say("menu.open")),
        notice("other", subject=outing("b"), lane=Lane.BROADCAST),
    )

    async with database.read() as tx:
        progress = await progress_of(tx, "b")

    assert (progress.waiting, progress.sent, progress.failed) == (0, 0, 3)


async def test_a_broadcast_is_counted_without_looking_at_its_messages(database: Database) -> None:
    """It is asked every few seconds, with fifty thousand of them."""
    if not database.is_sqlite:
        pytest.skip("how PostgreSQL goes about it depends on what is there")
    asked: list[tuple[str, tuple[object, ...]]] = []

    @event.listens_for(database._reader.sync_engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, values, _context, _many):  # type: ignore[no-untyped-def]
        asked.append((statement, values))

    async with database.read() as tx:
        await progress_of(tx, "b")
        await waits_for_many(tx, "b", 10_000)
        explained = [
            await tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)
            for query, values in asked[-2:]
        ]
        plans = [str(one.all()) for one in explained]

    assert ["USING COVERING INDEX ix_outbox_subject" in plan for plan in plans] == [True, True]
