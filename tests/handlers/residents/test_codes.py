"""Codes that let somebody in stand nowhere: what is kept of them opens nothing."""

import hashlib
import re

from sqlalchemy import select

from domain.messages import Side
from storage.codes import find_recovery, invitations, key_codes, links, recovery_codes
from storage.database import Database
from storage.keyring import Keyring, hash_token
from tests.handlers.chats import Office
from tests.street import EAST_1

_CODE = re.compile(r"(?<![\d-])(\d[\d ]{6,20}\d)(?![\d-])")


def _codes(words: str) -> set[str]:
    return {re.sub(r"\D", "", found) for found in _CODE.findall(words)}


def _stored(database: Database) -> bytes:
    assert database.path is not None
    files = sorted(database.path.parent.glob(f"{database.path.name}*"))
    return b"".join(path.read_bytes() for path in files)


async def test_no_code_can_be_read_out_of_the_database(office: Office) -> None:
    if not office.database.is_sqlite:
        return  # The same rows; only a file's bytes can be looked through.
    await office.does("community", f"posts.invite:{EAST_1}")
    await office.presses("community", "网格员")
    await office.says("community", "周小兰")
    invitation = await office.presses("community", "提交")
    await office.starts("anna", "g-E1")
    link = await office.does("anna", "residents.offer_code")
    recovery = await office.does("anna", "residents.recovery:new")
    device = await office.does("secretary", "posts.add_device")

    shown = {
        name: codes
        for name, words in (
            ("invitation", invitation),
            ("link", link),
            ("recovery", recovery),
            ("device", device),
        )
        if (codes := {code for code in _codes(words) if len(code) >= 8})
    }
    stored = _stored(office.database)

    assert shown.keys() == {"invitation", "link", "recovery", "device"}
    for name, codes in shown.items():
        assert not [code for code in codes if code.encode() in stored], name
        for code in codes:
            # Whoever has the file alone can try all codes, but has nothing to compare them with.
            for tried in (code.encode(), hash_token(code).encode()):
                assert hashlib.sha256(tried).hexdigest().encode() not in stored, name
                assert hashlib.sha256(tried).digest() not in stored, name


async def test_trying_every_link_code_on_the_file_finds_none(office: Office) -> None:
    await office.starts("anna", "g-E1")
    (code,) = _codes(await office.does("anna", "residents.offer_code"))
    near = [f"{(int(code) + step) % 10**8:08}" for step in range(-50_000, 50_000)]
    async with office.database.read() as tx:
        kept = {row.code_hash for row in await tx.rows(select(links.c.code_hash))}

    without_key = [one for one in near if hash_token(one) in kept]
    wrong_key = Keyring({1: bytes(32)})
    with_another_key = [one for one in near if wrong_key.hash_code(one) in kept]
    with_the_key = [one for one in near if office.database.keyring.hash_code(one) in kept]

    assert without_key == with_another_key == []
    assert with_the_key == [code]


async def test_a_new_key_leaves_the_codes_that_were_given_out_good() -> None:
    before = Keyring({1: bytes(32)})
    after = Keyring({1: bytes(32), 2: b"2" * 32})

    assert before.hash_code("12345678") == after.hash_code("12345678")


async def test_codes_that_an_earlier_version_gave_out_are_keyed_and_stay_good(
    office: Office,
) -> None:
    await office.starts("anna", "g-E1")
    (code,) = _codes(await office.does("anna", "residents.recovery:new"))
    async with office.database.write() as tx:
        await tx.run(recovery_codes.update().values(code_hash=hash_token(code)))

    for _ in range(2):
        async with office.database.write() as tx:
            await key_codes(tx)

    async with office.database.read() as tx:
        kept = [row.code_hash for row in await tx.rows(select(recovery_codes.c.code_hash))]
        assert await find_recovery(tx, code, office.now) is not None
        assert not await tx.rows(select(invitations))
    assert kept == [office.database.keyring.hash_code(code)]


async def test_a_started_invitation_of_the_staff_opens_nothing_for_residents(
    office: Office,
) -> None:
    await office.does("community", f"posts.invite:{EAST_1}")
    await office.presses("community", "网格员")
    await office.says("community", "周小兰")
    invitation = await office.presses("community", "提交")
    (code,) = {one for one in _codes(invitation) if len(one) == 12}

    await office.starts("anna", code)
    joined = await office.starts("staff:new", code)

    assert office.place("anna")[0] is Side.RESIDENTS
    assert "周小兰" in joined
