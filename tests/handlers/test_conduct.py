"""A complaint about a person reaches neither that person nor their line, wherever it is typed."""

import pytest

from tests.handlers.chats import Office
from tests.street import STAFF

WORDS = "张书记态度恶劣，当面骂人"


async def _resolved(office: Office, number: str) -> None:
    await office.does("secretary", f"matters.accept:{number}")
    await office.does("secretary", f"matters.resolve:{number}")
    await office.says("secretary", "换好了")
    await office.presses("secretary", "跳过")
    await office.presses("secretary", "提交")


async def _asked(office: Office, number: str) -> None:
    await office.does("secretary", f"matters.accept:{number}")
    await office.does("secretary", f"matters.ask:{number}")
    await office.says("secretary", "哪一盏灯？")


@pytest.mark.parametrize(
    "where", ["words", "opinion", "service", "dispute", "add", "answer", "not solved", "comment"]
)
async def test_it_reaches_nobody_of_the_staff(office: Office, where: str) -> None:
    number = await office.filed(by="anna")
    if where == "answer":
        await _asked(office, number)
    if where in ("not solved", "comment"):
        await _resolved(office, number)
        await office.presses("anna", "没解决" if where == "not solved" else "已解决")
    if where == "comment":
        await office.presses("anna", "5")
    if where in ("opinion", "service", "dispute"):
        await office.does("anna", where)
    if where in ("add", "answer", "comment"):
        await office.does("anna", f"{where}:{number}")
    before = len(office.said)

    told = await office.says("anna", WORDS)

    staff = {one[0] for one in STAFF}
    assert "纪检监察部门" in told, told
    assert [said for said in office.said[before:] if said.person in staff] == []
    assert not any("张书记态度" in said.words for said in office.said if said.person in staff)
    events = [repr(event.content) for event in await office.events(number)]
    assert not any("态度恶劣" in content for content in events)


async def test_a_window_takes_it_no_more_than_the_resident_could(office: Office) -> None:
    await office.commands("clerk", "file")
    before = len(office.said)

    told = await office.says("clerk", WORDS)
    after = await office.says("clerk", "建议小区增加停车位")

    assert "12388" in told
    assert "12388" not in after
    assert [said for said in office.said[before:] if said.person != "clerk"] == []


async def test_words_that_were_added_at_the_window_are_looked_at_once_more(office: Office) -> None:
    await office.commands("clerk", "file")
    await office.says("clerk", "3号楼路灯坏了")
    for _ in range(12):
        labels = office.labels("clerk")
        if any("提交" in label for label in labels):
            break
        wanted = ("办事", "路灯", "第一网格", "跳过", "不", "东园")
        await office.presses("clerk", next(one for word in wanted for one in labels if word in one))
    await office.presses("clerk", "修改内容")
    before = len(office.said)

    told = await office.says("clerk", WORDS)

    assert "12388" in told, told
    assert [said for said in office.said[before:] if said.person != "clerk"] == []
