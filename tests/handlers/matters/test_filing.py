"""What a form files: by which way it came, and what the resident is told before it goes."""

import pytest

from domain.matters.matter import Origin
from tests.handlers.chats import Office


@pytest.mark.requirement("M-12")
async def test_a_case_says_by_which_channel_it_came(office: Office) -> None:
    number = await office.filed()

    filed = (await office.events(number))[0]

    assert (await office.matter(number)).origin is Origin.TELEGRAM
    assert filed.content is not None
    assert filed.content["origin"] == Origin.TELEGRAM


@pytest.mark.parametrize(
    ("words", "told"), [("3号楼路灯坏了", True), ("残疾证怎么办理", False)], ids=["repair", "paper"]
)
async def test_who_reports_a_repair_is_told_that_it_needs_their_confirmation(
    office: Office, words: str, told: bool
) -> None:
    await office.starts("resident", "g-E1")

    read_back = await office.says("resident", words)

    assert "提交" in read_back
    assert ("请您确认" in read_back) is told
