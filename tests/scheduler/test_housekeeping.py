"""The nightly housekeeping: what has expired goes, what is needed stays."""

import asyncio
import os
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.messages import FileKind
from domain.people import Link, LinkState
from storage.attachments import Attachment, FetchState, attachments
from storage.codes import CodeAttempt, code_attempts, links
from storage.drafts import Draft, drafts
from storage.reminders import job_runs
from storage.session_rows import Session, sessions
from tests.scheduler.desk import RESIDENT, Desk, at

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
        ]
    )

    await desk.move(NIGHT - timedelta(minutes=1))
    before = [await desk.count(table) for table in (drafts, links, sessions, code_attempts)]
    await desk.move(NIGHT)

    assert before == [1, 1, 1, 1]
    assert [await desk.count(table) for table in (drafts, links, sessions, code_attempts)] == [
        0
    ] * 4


async def test_an_upload_that_nobody_claimed_goes_with_its_file(desk: Desk) -> None:
    files = desk.means.files
    claimed, unclaimed, orphan = [
        await asyncio.to_thread(files.put, content) for content in (b"claimed", b"not", b"orphan")
    ]
    long_ago = time.time() - 7 * 86_400
    for one in (claimed, unclaimed, orphan):
        os.utime(files.path(one.name), (long_ago, long_ago))
    await desk.save(
        [
            attachment(desk, "claimed", file_name=claimed.name, matter="2026-00001"),
            attachment(desk, "unclaimed", file_name=unclaimed.name),
        ]
    )

    await desk.move(NIGHT + timedelta(days=1))

    kept = {file.name for shelf in files.shelves() for file in shelf.iterdir()}
    assert kept == {claimed.name}
    assert await desk.count(attachments) == 1


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
