"""A question about the guide, from the one answer to the window: on every channel."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from storage.changes import Changes, apply
from storage.database import Database
from tests.guide import with_guide
from tests.journeys.house import CHANNELS, WEB_AND_AIOGRAM, House, house
from tests.journeys.test_elders_and_danger import Taps, as_an_elder
from tests.street import EAST, EAST_1, STREET


@dataclass
class Shelf:
    """What the office of a running Linli keeps."""

    house: House

    @property
    def database(self) -> Database:
        return self.house.database

    @property
    def now(self) -> datetime:
        return self.house.clock.now()

    async def change(self, *objects: object) -> None:
        changes = Changes()
        changes.save(*objects)
        async with self.database.write() as tx:
            await apply(tx, [changes])


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_question_is_answered_asked_on_filed_and_passed_on(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        await with_guide(Shelf(street))
        clerk = await street.invited("window_clerk", EAST, "周窗口")
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer("居民", on=channel)
        await resident.start(f"g-{EAST_1}")
        await resident.sees("提意见")

        await resident.say("老年证怎么办")
        answer = await resident.sees("年满六十周岁")
        for part in (
            "本人居民身份证（1 份）",
            "3号窗口",
            "3 个工作日内",
            "费用：不收费",
            "0371-000101",
            "核对本人（要当面看人证一致）",
        ):
            assert part in answer
        await resident.press("外地户口能办吗")
        await resident.sees("能，居住满一个月就行")
        await street.restart(killed=True)
        await resident.press("老年人优待证办理")
        await resident.sees("办理条件")

        await resident.press("请帮我办这件事")
        await resident.sees("内容：老年人优待证办理")
        await resident.press("提交")
        filed = await resident.number()
        await secretary.sees(filed)

        await resident.say("护照怎么办")
        await resident.sees("内容：护照怎么办")
        await resident.press("提交")
        asked = await resident.number()
        await clerk.sees(asked)
        assert filed != asked


@pytest.mark.requirement("S-05")
@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_in_elder_mode_an_answer_is_three_taps_away_with_the_offices_line(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        await with_guide(Shelf(street))
        resident = await as_an_elder(street)
        taps = Taps(resident)

        await taps.press("便民服务")
        await resident.sees("要找什么")
        await taps.press("办事指南")
        await resident.sees("有 1 项")
        await taps.press("老年人优待证办理")

        assert "3号窗口" in await resident.sees("办理条件")
        assert taps.count == 3
        assert resident.dials


async def test_what_an_office_ends_is_gone_from_the_next_answer(tmp_path: Path) -> None:
    async with house(tmp_path) as street:
        await with_guide(Shelf(street))
        leader = await street.invited("street_leader", STREET, "冯书记")
        resident = street.newcomer("居民")
        await resident.start(f"g-{EAST_1}")
        await resident.sees("提意见")

        await leader.press("名册")
        await leader.sees("要看哪个名册")
        await leader.press("事项材料")
        await leader.sees("1 条")
        await leader.press("本人居民身份证")
        await leader.sees("受理标准")
        await leader.press("停用")
        assert "“老年人优待证办理”居民看不到了" in await leader.sees("要停用“本人居民身份证”吗")
        await leader.press("停用")
        assert "没有写要交什么材料" in await leader.sees("“老年人优待证办理”居民看不到了")

        await resident.say("老年证怎么办")
        await resident.sees("内容：老年证怎么办")
