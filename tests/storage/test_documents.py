"""Documents are kept whole, erased with their subject, and follow two accounts that become one."""

from dataclasses import replace

import pytest

from domain.documents import (
    Acknowledgement,
    Acknowledging,
    Document,
    Folder,
    Handing,
    Paper,
    Signature,
    Signing,
    issue,
    sign,
)
from domain.errors import Conflict
from domain.messages import text
from domain.subjects import Subject
from storage import documents
from storage.changes import Changes, apply
from storage.database import Database
from storage.documents import load_folder
from tests.street import MORNING

OUTING = Subject("outing", "7")
PAPER = Paper(title=text("names.either", zh="报名表", en="Form"), number="7")


async def save(database: Database, *objects: object) -> None:
    changes = Changes()
    changes.save(*objects)
    async with database.write() as tx:
        await apply(tx, [changes])


async def load(database: Database) -> Folder:
    async with database.read() as tx:
        found = await load_folder(tx, OUTING)
        assert OUTING in tx.opened or not found.documents
        return found


def first() -> tuple[Document, Signature, Acknowledgement]:
    (document,) = issue(Folder(subject=OUTING), "form", PAPER, ident="d1", by="guide", at=MORNING)
    signature = sign(
        document,
        ident="s1",
        party="guest",
        who="ann",
        how=Signing.RELIABLE_E_SIGNATURE,
        proof="签章 123456",
        at=MORNING,
        recorded_by="ann",
    )
    acknowledgement = Acknowledgement(
        id="a1",
        document="d1",
        item="1",
        handing=Handing.RECEIVED,
        how=Acknowledging.IN_PERSON,
        who="ann",
        at=MORNING,
        recorded_by="guide",
    )
    return document, signature, acknowledgement


async def test_what_was_saved_is_loaded_as_it_was(database: Database) -> None:
    document, signature, acknowledgement = first()

    await save(database, document, signature, acknowledgement)

    assert await load(database) == Folder(
        subject=OUTING,
        documents=(document,),
        signatures=(signature,),
        acknowledgements=(acknowledgement,),
    )


async def test_a_new_version_is_kept_beside_the_one_that_it_replaces(database: Database) -> None:
    await save(database, *first())
    folder = await load(database)

    await save(
        database, *issue(folder, "form", replace(PAPER, number="8"), ident="d2", by="g", at=MORNING)
    )

    found = await load(database)
    assert found.current("form").id == "d2"
    assert [one.state for one in found.documents] == ["replaced", "issued"]


async def test_two_who_make_the_same_version_do_not_both_succeed(database: Database) -> None:
    document, *_ = first()
    await save(database, document)

    with pytest.raises(Conflict):
        await save(database, replace(document, id="d2"))


async def test_an_erasure_leaves_that_there_was_a_paper_and_no_word_of_it(
    database: Database,
) -> None:
    await save(database, *first())

    async with database.write() as tx:
        await documents.PERSONAL_DATA.forget_file(tx, [OUTING])

    found = await load(database)
    (document,), (signature,), (acknowledgement,) = (
        found.documents,
        found.signatures,
        found.acknowledgements,
    )
    assert document.paper is None
    assert (signature.who, signature.recorded_by, signature.proof) == (None, "", "")
    assert signature.digest == b""
    assert (acknowledgement.who, acknowledgement.recorded_by) == (None, "guide")


async def test_what_somebody_signed_follows_them_to_another_account(database: Database) -> None:
    await save(database, *first())

    async with database.write() as tx:
        await documents.PERSONAL_DATA.move(tx, "anna", "ann")

    found = await load(database)
    assert (found.signatures[0].who, found.signatures[0].recorded_by) == ("anna", "anna")
    assert found.acknowledgements[0].who == "anna"
