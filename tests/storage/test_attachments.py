"""Files are fetched while other things happen to them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.messages import FileKind
from domain.subjects import case
from storage.attachments import (
    DRAWN,
    EXPORT,
    UNCLAIMED_LIFE,
    Attachment,
    Claim,
    FetchState,
    get_attachments,
    list_unclaimed,
    note_fetched,
)
from storage.changes import Changes, apply
from storage.database import Database
from storage.drafts import Draft
from tests.street import MORNING


def photo(bot: str = "telegram.residents", person: str = "anna") -> Attachment:
    return Attachment(
        id="photo",
        person=person,
        bot=bot,
        ref="ref",
        kind=FileKind.PHOTO,
        not_before=MORNING,
        created_at=MORNING,
    )


async def save(database: Database, *objects: object) -> None:
    changes = Changes()
    changes.save(*objects)
    async with database.write() as tx:
        await apply(tx, [changes])


async def test_a_fetch_leaves_alone_to_which_case_a_file_was_bound_meanwhile(
    database: Database,
) -> None:
    await save(database, photo())
    fetched = replace(photo(), state=FetchState.STORED, file_name="a" * 64, size_bytes=3)
    await save(database, Claim(("photo",), case("2026-00001")))

    async with database.write() as tx:
        await note_fetched(tx, [fetched])

    async with database.read() as tx:
        found = (await get_attachments(tx, ["photo"]))["photo"]
    assert found == replace(fetched, subject=case("2026-00001"))


@pytest.mark.parametrize(
    ("bot", "filling", "unclaimed"),
    [
        ("telegram.residents", False, ["photo"]),
        ("telegram.residents", True, []),
        (EXPORT, False, ["photo"]),
        (EXPORT, True, ["photo"]),
        (DRAWN, False, []),
    ],
)
async def test_what_nobody_claimed_goes_after_a_day_unless_a_form_is_being_filled(
    database: Database, bot: str, filling: bool, unclaimed: list[str]
) -> None:
    await save(database, photo(bot))
    if filling:
        form = Draft(
            person="anna",
            id="1",
            form="service",
            form_version=1,
            step="files",
            changed_at=MORNING,
            expires_at=MORNING + timedelta(days=30),
        )
        await save(database, form)

    async with database.read() as tx:
        at_once = await list_unclaimed(tx, MORNING + UNCLAIMED_LIFE)
        later = await list_unclaimed(tx, MORNING + UNCLAIMED_LIFE + timedelta(seconds=1))

    assert at_once == []
    assert later == unclaimed
