"""Long texts: kept whole as far as one message goes, and what is cut is said."""

import pytest

from handlers.forms import MAX_TEXT
from tests.handlers.chats import Office

SENTENCE = "3号楼路灯坏了，晚上看不见路。"


async def test_ten_thousand_signs_are_kept_to_the_last(office: Office) -> None:
    words = (SENTENCE * 1000)[:9_999] + "末"

    number = await office.filed(words)

    assert (await office.matter(number)).particulars.text == words


@pytest.mark.parametrize("before", ["", SENTENCE])
async def test_what_is_longer_than_a_message_is_cut_and_said_so(
    office: Office, before: str
) -> None:
    await office.starts("resident", "g-E1")
    if before:
        await office.says("resident", before)

    await office.says("resident", "灯" * (MAX_TEXT + 1))

    assert any("文字太长" in said.words for said in office.said if said.person == "resident")
