"""Codes that let somebody in stand nowhere: what is kept of them opens nothing."""

import re

from domain.messages import Side
from storage.database import Database
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
    await office.does("community", f"invite:{EAST_1}")
    await office.presses("community", "网格员")
    await office.says("community", "周小兰")
    invitation = await office.presses("community", "提交")
    await office.starts("anna", "g-E1")
    link = await office.does("anna", "offer")
    recovery = await office.does("anna", "recovery:new")
    device = await office.does("secretary", "device")

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


async def test_a_started_invitation_of_the_staff_opens_nothing_for_residents(
    office: Office,
) -> None:
    await office.does("community", f"invite:{EAST_1}")
    await office.presses("community", "网格员")
    await office.says("community", "周小兰")
    invitation = await office.presses("community", "提交")
    (code,) = {one for one in _codes(invitation) if len(one) == 12}

    await office.starts("anna", code)
    joined = await office.starts("staff:new", code)

    assert office.place("anna")[0] is Side.RESIDENTS
    assert "周小兰" in joined
