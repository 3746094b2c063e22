"""What was about cases alone is about subjects after the migration, and the chains verify."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from domain.matters import life
from domain.messages import FileKind, Lane, Message, Side
from domain.people import Language, Person
from domain.subjects import Subject, case
from storage import outbox_housekeeping
from storage.access_log import Look, Sight, Sought, list_looks
from storage.attachments import Attachment, Claim, list_of_subject
from storage.broadcasts.broadcasts import BROADCAST, progress_of
from storage.changes import Changes, apply
from storage.database import Database
from storage.matters.matters import find_matter
from storage.migrate import configuration, upgrade
from storage.outbox import Notice, outbox
from storage.schema import UtcDateTime
from storage.verification import broken_chains
from tests.storage.matters.test_matters import RESIDENT, SECRETARY, new_matter
from tests.street import MORNING

SOUND, FORGED, SHORTENED = "2026-00001", "2026-00002", "2026-00003"
_OLD_EVENTS = sa.table(
    "matter_events",
    *(sa.column(name) for name in ("number", "seq", "happening", "actor", "role")),
    sa.column("at", UtcDateTime()),
    sa.column("commitment", sa.LargeBinary()),
    sa.column("digest", sa.LargeBinary()),
)
_OLD_MATTERS = sa.table(
    "matters", sa.column("number"), sa.column("seq"), sa.column("head", sa.LargeBinary())
)


async def save(database: Database, *objects: object) -> None:
    changes = Changes()
    changes.save(*objects)
    async with database.write() as tx:
        await apply(tx, [changes])


async def go_back(database: Database) -> None:
    def down(connection: Connection) -> None:
        from alembic import command

        command.downgrade(configuration(connection), "0016")

    async with database.engine.begin() as connection:
        await connection.run_sync(down)


def notice(**changes: Any) -> Notice:
    given: dict[str, Any] = {"lane": Lane.NOTICE, **changes}
    return Notice(person="anna", message=Message(), at=MORNING, not_before=MORNING, **given)


@pytest.fixture
async def lived(database: Database, tmp_path: Path) -> Database:
    """Leave rows of every sort that the migration carries over."""
    cases = [new_matter(tmp_path, number) for number in (SOUND, FORGED, SHORTENED)]
    await save(database, *cases)
    await save(database, *(life.accept(life.stored(one), SECRETARY) for one in cases))
    photo = Attachment(
        id="photo",
        person="anna",
        bot="web.residents",
        ref="",
        kind=FileKind.PHOTO,
        not_before=MORNING,
        created_at=MORNING,
    )
    await save(
        database,
        Person(id="anna", side=Side.RESIDENTS, language=Language.CHINESE, created_at=MORNING),
        *(photo, Claim(("photo",), case(SOUND))),
        notice(subject=case(SOUND)),
        notice(about=frozenset({case(SOUND), case(FORGED)})),
        notice(subject=Subject(BROADCAST, "b"), lane=Lane.BROADCAST),
        notice(),
        Look(
            id="look",
            person="secretary",
            subject=case(SOUND),
            sight=Sight.OPENED,
            rule="matters.see/grid_secretary",
            at=MORNING,
        ),
    )
    return database


async def old_chains(database: Database) -> dict[str, list[str]]:
    """Verify the files as the earlier version did: without the kind of the subject."""
    found: dict[str, list[str]] = {}
    async with database.read() as tx:
        matters = await tx.rows(sa.select(_OLD_MATTERS).order_by(_OLD_MATTERS.c.number))
        for matter in matters:
            before, wrong = b"", []
            events = await tx.rows(
                sa.select(_OLD_EVENTS)
                .where(_OLD_EVENTS.c.number == matter.number)
                .order_by(_OLD_EVENTS.c.seq)
            )
            for one in events:
                said = [
                    *(one.number, one.seq, one.happening, one.actor, one.role),
                    *(one.at.isoformat(), bytes(one.commitment).hex()),
                ]
                digest = hashlib.sha256(before + json.dumps(said).encode()).digest()
                if digest != bytes(one.digest):
                    wrong.append(f"event {one.seq}")
                before = bytes(one.digest)
            if before != bytes(matter.head) or matter.seq != len(events):
                wrong.append("head")
            found[matter.number] = wrong
    return found


async def test_files_verify_as_before_and_what_was_forged_stays_so(lived: Database) -> None:
    await go_back(lived)
    assert await old_chains(lived) == {SOUND: [], FORGED: [], SHORTENED: []}
    async with lived.write() as tx:
        forged = _OLD_EVENTS.update().where(_OLD_EVENTS.c.number == FORGED)
        await tx.run(forged.where(_OLD_EVENTS.c.seq == 2).values(actor="somebody else"))
        shortened = _OLD_EVENTS.delete().where(_OLD_EVENTS.c.number == SHORTENED)
        await tx.run(shortened.where(_OLD_EVENTS.c.seq == 3))

    await upgrade(lived)

    async with lived.read() as tx:
        assert await broken_chains(tx, 10) == (3, [FORGED, SHORTENED])
        matter = await find_matter(tx, SOUND)
    assert matter is not None
    assert matter.seq == 3
    await save(lived, life.erase(matter, RESIDENT))
    async with lived.read() as tx:
        assert await broken_chains(tx, 10) == (3, [FORGED, SHORTENED])

    await go_back(lived)
    assert await old_chains(lived) == {SOUND: [], FORGED: ["event 2"], SHORTENED: ["head"]}


async def test_what_was_about_a_case_or_a_broadcast_still_is(lived: Database) -> None:
    await go_back(lived)
    await upgrade(lived)

    async with lived.write() as tx:
        photos = await list_of_subject(tx, case(SOUND))
        looks = await list_looks(tx, Sought(subject=case(SOUND)), limit=9)
        progress = await progress_of(tx, "b")
        upto = await outbox_housekeeping.newest(tx)
        await outbox_housekeeping.forget_subjects(tx, [case(FORGED)], upto)
        second = await told(tx)
        await outbox_housekeeping.forget_subjects(tx, [case(SOUND)], upto)
        first = await told(tx)
    assert [one.id for one in photos] == ["photo"]
    assert [one.id for one in looks] == ["look"]
    assert progress.failed == 1
    assert (second, first) == ([1, 3, 4], [3, 4])


async def told(tx: Any) -> list[int]:
    """List the messages that still say something."""
    rows = await tx.rows(
        sa.select(outbox.c.id).where(outbox.c.sealed.is_not(None)).order_by(outbox.c.id)
    )
    return [row.id for row in rows]
