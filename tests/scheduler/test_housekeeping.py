"""The nightly housekeeping: what has expired goes, what is needed stays."""

import asyncio
import os
import time
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.broadcasts.broadcast import Broadcast
from domain.matters.alarms import Alarm
from domain.matters.matter import Origin
from domain.messages import FileKind
from domain.people import DeviceCode, Link, LinkState, Ticket
from domain.subjects import case
from domain.words.lexicon import Danger
from storage.attachments import Attachment, FetchState, attachments
from storage.codes import CodeAttempt, code_attempts, links
from storage.device_codes import device_codes
from storage.drafts import Draft, drafts
from storage.matters.alarms import alarms
from storage.registry import SUBJECTS
from storage.reminders import job_runs
from storage.session_rows import Session, sessions
from storage.tickets.tickets import tickets
from tests.outings import OUTING, Outings, outing
from tests.scheduler.desk import RESIDENT, Desk, at
from tests.street import STREET

NIGHT = at(25, 3, 30)


def attachment(desk: Desk, name: str, **changes: object) -> Attachment:
    plain = Attachment(
        id=name,
        person=RESIDENT,
        bot="web.residents",
        ref="",
        kind=FileKind.PHOTO,
        state=FetchState.STORED,
        not_before=desk.now,
        created_at=desk.now,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def alarm(person: str, said_at: datetime) -> Alarm:
    return Alarm(
        person=person,
        id=f"alarm {person}",
        said_at=said_at,
        due_at=None,
        origin=Origin.WEB,
        dangers=(Danger.FIRE,),
        words="有煤气味",
    )


async def test_what_has_expired_is_forgotten_at_night(desk: Desk) -> None:
    hour = timedelta(hours=1)
    await desk.save(
        [
            Draft(
                person=RESIDENT,
                id="d",
                form="service",
                form_version=1,
                step="text",
                changed_at=desk.now,
                expires_at=desk.now + hour,
            ),
            Link(
                code_hash="a" * 64,
                offered_by=f"account-{RESIDENT}",
                state=LinkState.OFFERED,
                expires_at=desk.now + hour,
            ),
            Session(
                token_hash="b" * 64,
                account=f"account-{RESIDENT}",
                created_at=desk.now,
                expires_at=desk.now + hour,
            ),
            CodeAttempt(id="c", account=f"account-{RESIDENT}", at=desk.now),
            DeviceCode(
                code_hash="d" * 64, account=f"account-{RESIDENT}", expires_at=desk.now + hour
            ),
            Ticket(
                token_hash="e" * 64,
                account=f"account-{RESIDENT}",
                action="menu.open",
                created_at=desk.now - 24 * hour,
                expires_at=desk.now - 23 * hour,
            ),
            alarm(RESIDENT, desk.now - 6 * hour),
        ]
    )
    expiring = (drafts, links, sessions, code_attempts, device_codes, tickets, alarms)

    await desk.move(NIGHT - timedelta(minutes=1))
    before = [await desk.count(table) for table in expiring]
    await desk.move(NIGHT)

    assert before == [1] * len(expiring)
    assert [await desk.count(table) for table in expiring] == [0] * len(expiring)


async def test_an_upload_that_nobody_claimed_goes_with_its_file(desk: Desk) -> None:
    files, number = desk.means.files, await desk.file()
    claimed, unclaimed, orphan = [
        await asyncio.to_thread(files.put, content) for content in (b"claimed", b"not", b"orphan")
    ]
    long_ago = time.time() - 7 * 86_400
    for one in (claimed, unclaimed, orphan):
        os.utime(files.path(one.name), (long_ago, long_ago))
    await desk.save(
        [
            attachment(desk, "claimed", file_name=claimed.name, subject=case(number)),
            attachment(desk, "unclaimed", file_name=unclaimed.name),
        ]
    )

    await desk.move(NIGHT + timedelta(days=1))

    kept = {file.name for shelf in files.shelves() for file in shelf.iterdir()}
    assert kept == {claimed.name}
    assert await desk.count(attachments) == 1


@pytest.mark.parametrize(
    ("there", "declared", "left"),
    [(True, True, {"photo"}), (False, True, set()), (False, False, {"photo"})],
)
async def test_a_photo_is_kept_as_long_as_its_subject_whatever_that_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, there: bool, declared: bool, left: set[str]
) -> None:
    """Of a kind that nobody declares, nobody knows whether there still is such a thing."""
    outings = Outings(there={"7"})
    if declared:
        monkeypatch.setitem(SUBJECTS, OUTING, outings.kind())
    await desk.save([attachment(desk, "photo", subject=outing("7"))])
    await desk.move(NIGHT)
    first = await photos(desk)
    if not there:
        outings.there.clear()

    await desk.move(NIGHT + timedelta(days=1))

    assert first == {"photo"}
    assert await photos(desk) == left


async def photos(desk: Desk) -> set[str]:
    async with desk.database.read() as tx:
        return {row.id for row in await tx.rows(attachments.select())}


async def test_more_subjects_than_are_asked_for_at_once_are_all_asked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.housekeeping.PAGE", 3)
    monkeypatch.setitem(SUBJECTS, OUTING, Outings(there={"1", "5"}).kind())
    await desk.save([attachment(desk, f"photo {n}", subject=outing(f"{n}")) for n in range(7)])

    await desk.move(NIGHT + timedelta(days=1))

    assert await photos(desk) == {"photo 1", "photo 5"}


async def test_an_upload_that_is_still_shown_or_waited_for_is_left_alone(desk: Desk) -> None:
    long_ago = desk.now - timedelta(days=2)
    await desk.save(
        [
            attachment(desk, "unclaimed", created_at=long_ago),
            attachment(desk, "shown", created_at=long_ago),
            attachment(desk, "told", created_at=long_ago, person="teller"),
            alarm("teller", desk.now),
            Broadcast(
                id="b",
                by="secretary",
                unit=STREET,
                words="明天停水",
                picture="shown",
                expected=1,
                created_at=long_ago,
                shown_at=long_ago,
            ),
        ]
    )

    await desk.move(NIGHT)

    assert await photos(desk) == {"shown", "told"}


async def test_an_ended_case_is_erased_in_the_night_after_its_time_is_over(desk: Desk) -> None:
    ended, open_one = [await desk.file() for _ in range(2)]
    await desk.change(ended, "withdraw")
    over = desk.now + (await desk.street()).office.retention

    desk.now = over - timedelta(days=1)
    await desk.ticker.run_job("housekeeping", desk.now)
    kept = await desk.matter(ended)
    desk.now = over + timedelta(days=1)
    await desk.ticker.run_job("housekeeping", desk.now)

    assert not kept.erased
    assert (await desk.matter(ended)).erased
    assert not (await desk.matter(open_one)).erased


async def test_a_file_that_is_being_stored_is_left_alone(desk: Desk) -> None:
    name = (await asyncio.to_thread(desk.means.files.put, b"on its way to a commit")).name

    await desk.ticker.run_job("housekeeping", NIGHT)

    assert name in {file.name for shelf in desk.means.files.shelves() for file in shelf.iterdir()}


@pytest.mark.parametrize("days", [1, 5])
async def test_every_night_is_kept_once(desk: Desk, days: int) -> None:
    await desk.ticker.tick(desk.now)

    await desk.jump(timedelta(days=days))
    await desk.new_ticker().tick(desk.now)

    async with desk.database.read() as tx:
        runs = [row for row in await tx.rows(job_runs.select()) if row.job == "housekeeping"]
    assert len(runs) == days
