"""A request goes to whoever is trained for it; an absent specialist is covered."""

from datetime import timedelta
from pathlib import Path

import pytest

from storage.database import Database
from tests.handlers.chats import Office, opened
from tests.services import keep, skilled
from tests.street import EAST


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    return await opened(database, tmp_path)


async def owner(office: Office, words: str, who: str = "resident") -> str | None:
    return (await office.matter(await office.filed(words, who))).owner


PAPERS = "想开一个居住证明"


@pytest.mark.requirement("S-16")
async def test_a_request_goes_to_the_specialist_and_to_another_one_while_that_one_is_away(
    office: Office,
) -> None:
    assert await owner(office, PAPERS, "first") == "secretary"
    await office.does("community", "registers.add:services.skills")
    await office.presses("community", "周窗口")
    await office.presses("community", "证明和证件")
    await office.presses("community", "跳过")
    told = await office.presses("community", "提交")
    assert "主专长：证明和证件" in told
    await keep(office, skilled("worker", "elder_care", "certificates"))

    assert await owner(office, PAPERS, "second") == "clerk"
    assert "居住证明" in office.transcript("clerk")

    await office.does("clerk", "posts.away")
    await office.presses("clerk", "王书记")
    await office.says("clerk", "11月25日")
    await office.presses("clerk", "提交")
    assert await owner(office, PAPERS, "third") == "worker"
    office.later(days=10)
    assert await owner(office, PAPERS, "fourth") == "clerk"


async def test_what_presses_or_needs_no_speciality_goes_as_ever(office: Office) -> None:
    await keep(office, skilled("clerk", "certificates"))

    assert await owner(office, "3号楼路灯坏了") == "secretary"


async def test_whoever_is_named_in_it_does_not_get_it(office: Office) -> None:
    await keep(office, skilled("clerk", "certificates"))

    await office.starts("resident", "g-E1")
    await office.says("resident", "请给我开一张居住证明，上次找的周窗口")
    await office.presses("resident", "只是说事")
    (number,) = office.numbers(await office.presses("resident", "提交"))

    assert (await office.matter(number)).owner == "secretary"


async def test_where_services_are_closed_requests_go_as_ever(office: Office) -> None:
    await keep(office, skilled("clerk", "certificates"))
    office.now += timedelta(minutes=1)
    await office.does("street_leader", f"switches.set:{EAST}:services:off")
    await office.says("street_leader", "先不开")
    await office.presses("street_leader", "提交")

    assert await owner(office, PAPERS) == "secretary"
