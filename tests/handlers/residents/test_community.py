"""My community: who works for me, and how to reach them."""

from datetime import timedelta

import pytest

from tests.handlers.chats import Office
from tests.street import EAST_1


@pytest.mark.parametrize("said", ["谁是我的网格员", "我的社区", "who is my grid worker"])
async def test_whoever_asks_sees_the_names_of_their_posts(office: Office, said: str) -> None:
    await office.starts("anna", f"g-{EAST_1}")

    told = await office.says("anna", said)

    assert "东园社区：谁为我服务" in told
    assert "网格书记：张书记" in told
    assert "网格员：" in told
    assert "工作日办公时间" in told
    assert "现在是办公时间" in told


async def test_it_stands_among_ones_own_things_and_the_commands(office: Office) -> None:
    await office.starts("anna", f"g-{EAST_1}")
    await office.does("anna", "residents.me")

    assert "网格书记" in await office.presses("anna", "我的社区")
    assert "网格书记" in await office.commands("anna", "community")


async def test_without_a_grid_one_is_asked_for_it(office: Office) -> None:
    await office.starts("anna")

    told = await office.says("anna", "我的社区")

    assert "哪个网格" in told
    assert "社区" in await office.presses("anna", "我的网格")


async def test_at_night_one_sees_when_somebody_is_there(office: Office) -> None:
    await office.starts("anna", f"g-{EAST_1}")
    office.now += timedelta(hours=12)

    told = await office.says("anna", "我的社区")

    assert "上班" in told
    assert "110" in told


async def test_who_stands_in_is_named(office: Office) -> None:
    await office.does("secretary", "posts.away")
    await office.presses("secretary", "第一网格")
    await office.says("secretary", "明天")
    await office.presses("secretary", "提交")
    await office.starts("anna", f"g-{EAST_1}")

    assert "张书记外出，代班" in await office.says("anna", "我的社区")


async def test_an_empty_post_says_who_answers(office: Office) -> None:
    for who in ("secretary", "worker"):
        await office.does("community", f"posts.ask_end:{who}")
        await office.presses("community", "确认离岗")
    await office.starts("anna", f"g-{EAST_1}")

    told = await office.says("anna", "我的社区")

    assert "网格书记：暂时空缺，由" in told
