"""The office learns from what its residents put right, and from nobody's words alone."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from bot.configuration.street_source import StreetSource
from bot.configuration.training_sentences import default_sentences
from bot.operations.databases import opened
from bot.operations.teaching import Taught, teach
from domain.words.learning import Sentence
from storage.learning.corrections import list_corrections
from tests.journeys.chatters import Chatter
from tests.journeys.house import AIOGRAM, PTB, WEB, House, house
from tests.journeys.test_gone import erases_everything

#: Invented. The shipped model takes them for 社区设施.
LOCKERS = ("快递柜超时收费太贵了", "小区快递柜存一晚就收钱", "小区快递柜超时就收费")
OPEN = {"LINLI_FEATURES": '{"learning": {"on": true}}'}


@cache
def shipped() -> Sequence[Sentence]:
    """A part of the shipped sentences: it makes training a matter of a second."""
    return default_sentences()[::10]


async def train(street: House) -> Taught:
    """Run what ``linli train`` runs, beside the server: a process of its own knows no more."""
    async with opened(street.settings) as database:
        source = StreetSource(street.settings)
        return await teach(database, source, street.clock.now(), sentences=shipped())


async def tells(resident: Chatter, words: str) -> None:
    """Let a newcomer give an opinion up to its read-back, or the question for its category."""
    await resident.start("g-E1")
    await resident.sees("提意见")
    await resident.press("提意见")
    await resident.sees("意见或建议")
    await resident.say(words)
    await resident.sees("什么地方")
    await resident.press("跳过")
    await resident.sees("照片或语音")
    await resident.press("跳过")


async def puts_right(resident: Chatter, words: str) -> None:
    """Let a newcomer choose another category than the proposed one, and agree."""
    await tells(resident, words)
    await resident.sees("类别：🏟️ 社区设施")
    await resident.press("修改类别")
    await resident.sees("哪一类")
    await resident.press("物业管理")
    await resident.sees("类别：🏢 物业管理")
    await resident.press("提交")
    await resident.sees("已提交")
    await resident.sees("可以把这句话留一份")
    await resident.press("可以")
    await resident.sees("谢谢，记下了")


@pytest.mark.parametrize(("residents", "staff"), [(WEB, WEB), (AIOGRAM, PTB)])
async def test_what_three_put_right_is_right_for_the_fourth(
    tmp_path: Path, residents: str, staff: str
) -> None:
    async with house(tmp_path, residents=residents, staff=staff, **OPEN) as street:
        await street.invited("grid_secretary", "E1", "张书记")
        for words in LOCKERS:
            await puts_right(street.newcomer(), words)
        before = street.newcomer()
        await tells(before, "咱们院快递柜超时要收费")
        await before.sees("类别：🏟️ 社区设施")

        taught = await train(street)

        assert taught.taken
        fourth = street.newcomer()
        await tells(fourth, "咱们院快递柜超时要收费")
        await fourth.sees("类别：🏢 物业管理")
        await fourth.press("提交")
        await fourth.sees("已提交")
        assert "留一份" not in fourth.last

        await street.restart(killed=True)

        fifth = street.newcomer()
        await tells(fifth, "咱们院快递柜超时要收费")
        await fifth.sees("类别：🏢 物业管理")


async def test_what_one_says_again_and_again_is_not_learnt(tmp_path: Path) -> None:
    async with house(tmp_path, residents=WEB, staff=WEB, **OPEN) as street:
        await street.invited("grid_secretary", "E1", "张书记")
        one = street.newcomer()
        await puts_right(one, LOCKERS[0])
        for words in LOCKERS[1:]:
            await tells(one, words)
            await one.sees("类别：🏟️ 社区设施")
            await one.press("修改类别")
            await one.sees("哪一类")
            await one.press("物业管理")
            await one.sees("类别：🏢 物业管理")
            await one.press("提交")
            await one.sees("已提交")
        async with street.database.read() as tx:
            assert len(await list_corrections(tx)) == 3

        taught = await train(street)

        assert not taught.taken
        other = street.newcomer()
        await tells(other, "咱们院快递柜超时要收费")
        await other.sees("类别：🏟️ 社区设施")


async def test_whoever_erases_everything_is_unlearnt_by_the_next_morning(tmp_path: Path) -> None:
    async with house(tmp_path, residents=WEB, staff=WEB, **OPEN) as street:
        await street.invited("grid_secretary", "E1", "张书记")
        people = [street.newcomer() for _ in LOCKERS]
        for one, words in zip(people, LOCKERS, strict=True):
            await puts_right(one, words)
        assert (await train(street)).taken

        await erases_everything(people[0])
        async with street.database.read() as tx:
            assert len(await list_corrections(tx)) == 2
        await street.later(days=1)

        other = street.newcomer()
        await tells(other, "咱们院快递柜超时要收费")
        await other.sees("类别：🏟️ 社区设施")
