"""Those who need it simplest, and what cannot wait: elder mode, danger, complaints about people."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.categories import EMERGENCY
from domain.matters.matter import State
from storage.matters.matters import matters
from storage.organisation import load, write_duty
from tests.journeys.chatters import Chatter
from tests.journeys.house import AIOGRAM, PTB, WEB, WEB_AND_AIOGRAM, House, house
from tests.street import EAST, EAST_1, STREET

OFFICE_PHONE, DISCIPLINE_PHONE = "12345", "12388"


async def as_an_elder(street: House) -> Chatter:
    """Somebody who has switched to few big buttons."""
    resident = street.newcomer("奶奶")
    await resident.start()
    await resident.sees("提意见")
    await resident.press("大字简洁版")
    await resident.sees("已换成大字简洁版", "您有什么事")
    return resident


async def count_cases(street: House) -> int:
    """Count every case there is."""
    async with street.database.read() as tx:
        return len(await tx.rows(select(matters.c.number)))


class Taps:
    """Counts what somebody presses, and looks for a human route on every screen."""

    def __init__(self, chatter: Chatter) -> None:
        self._chatter = chatter
        self.count = 0

    async def press(self, label: str) -> None:
        assert OFFICE_PHONE in self._chatter.dials, self._chatter.transcript
        self.count += 1
        await self._chatter.press(label)


# --- elder mode ----------------------------------------------------------------------------------


@pytest.mark.requirement("S-05")
@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_a_voice_alone_is_filed_with_three_taps_at_most(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        clerk = await street.invited("window_clerk", EAST, "周窗口")
        await street.invited("grid_secretary", EAST_1, "张书记")
        resident = await as_an_elder(street)
        taps = Taps(resident)

        await taps.press("我要办事")
        await resident.sees("发一段语音")
        await resident.voice()
        await resident.sees("哪个社区")
        await taps.press("东园社区")
        await resident.sees("哪个网格")
        await taps.press("第一网格")

        number = await resident.number()
        assert taps.count <= 3
        assert OFFICE_PHONE in resident.dials
        await clerk.sees(number)
        assert await clerk.sees_file()
        assert len((await street.matter(number)).particulars.attachments) == 1


@pytest.mark.requirement("S-05")
@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_photos_alone_are_filed_with_three_taps_at_most(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        clerk = await street.invited("window_clerk", EAST, "周窗口")
        resident = await as_an_elder(street)
        taps = Taps(resident)

        await resident.photos(2)
        await resident.sees("照片 2 张")
        await taps.press("发完了")
        await resident.sees("哪个社区")
        await taps.press("东园社区")
        await resident.sees("哪个网格")
        await taps.press("第一网格")

        number = await resident.number()
        assert taps.count <= 3
        await clerk.sees(number)
        assert await clerk.sees_file()
        assert await clerk.sees_file()


@pytest.mark.requirement("S-05")
@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_every_screen_of_elder_mode_has_the_office_s_line(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = await as_an_elder(street)
        taps = Taps(resident)

        await resident.say("3号楼路灯坏了")
        await resident.sees("哪个社区")
        await taps.press("东园社区")
        await resident.sees("哪个网格")
        await taps.press("第一网格")
        await resident.sees("3号楼路灯坏了")
        await taps.press("修改")
        await resident.sees("要改哪一项")
        await taps.press("修改类别")
        await resident.sees("属于哪一类")
        await taps.press("不改了")
        await resident.sees("3号楼路灯坏了")
        await taps.press("提交")
        await resident.number()
        await taps.press("我的事项")
        await resident.sees("我的事项")
        await taps.press("3号楼路灯坏了")
        await resident.sees("办理经过")
        await taps.press("补充")
        await resident.sees("想给")
        await resident.say("😀")
        await resident.sees("请写几个字")

        assert OFFICE_PHONE in resident.dials


@pytest.mark.requirement("S-05")
@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_news_that_comes_by_itself_has_the_office_s_line_too(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = await as_an_elder(street)
        await resident.say("3号楼路灯坏了")
        await resident.sees("哪个社区")
        await resident.press("东园社区")
        await resident.sees("哪个网格")
        await resident.press("第一网格")
        await resident.sees("3号楼路灯坏了")
        await resident.press("提交")
        number = await resident.number()

        await secretary.sees(number)
        await secretary.press("接单")
        await resident.sees("接手了，")
        await secretary.press("办结")
        await secretary.sees("怎么解决")
        await secretary.say("换了灯泡")
        await secretary.sees("照片")
        await secretary.press("跳过")
        await secretary.sees("办理结果")
        await secretary.press("提交")

        # The two newest messages came by themselves.
        await resident.sees("换了灯泡")
        assert OFFICE_PHONE in resident.dials


# --- danger --------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_danger_shows_the_numbers_first_and_then_offers_to_record(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")

        await resident.say("3号楼着火了，有人受伤")

        await resident.sees("请马上打电话")
        assert resident.dials[:2] == ["119", "120"]
        await resident.press("已经打过电话")
        await resident.sees("3号楼着火了")
        await resident.press("提交")
        await resident.sees("正在通知值班人员")
        await secretary.sees("3号楼着火了")
        assert (await street.matter("2026-00001")).urgency == EMERGENCY


@pytest.mark.parametrize(("residents", "staff"), [(WEB, WEB), (AIOGRAM, PTB)])
async def test_an_emergency_at_night_reaches_the_roster_and_climbs_after_15_minutes(
    tmp_path: Path, residents: str, staff: str
) -> None:
    async with house(tmp_path, residents=residents, staff=staff) as street:
        head = await street.invited("street_leader", STREET, "冯书记")
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        duty = await street.invited("dispatcher", STREET, "孙调度")
        await enter_night_shift(street, "孙调度")
        street.clock.move(timedelta(hours=14))
        resident = street.newcomer()

        await resident.start("g-E1")
        await resident.say("3号楼燃气泄漏，味道很大")
        await resident.press("已经打过电话")
        await resident.sees("3号楼燃气泄漏，味道很大")
        await resident.press("提交")
        number = await resident.number()

        await duty.sees(number)
        await street.later(minutes=16)
        await head.sees(f"有危险：{number} 还没有人接单")
        await duty.sees("没人及时接单，已转由")
        await head.press("接单")
        await resident.sees("接手了")
        assert number not in secretary.transcript
        assert (await street.matter(number)).state is State.ACCEPTED


async def enter_night_shift(street: House, name: str) -> None:
    """Put somebody on the roster of the coming night."""
    now = street.clock.now()
    async with street.database.write() as tx:
        names = (await load(tx)).names
        person = next(one for one, known in names.items() if known == name)
        shift = {
            "id": "night",
            "person": person,
            "starts_at": now + timedelta(hours=9),
            "ends_at": now + timedelta(hours=23),
        }
        await write_duty(tx, [shift])


# --- complaints about people ---------------------------------------------------------------------


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_a_conduct_complaint_is_never_filed(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")
        before = secretary.count

        await resident.say("网格员骂人")
        await resident.sees("不登记、不派单")
        assert DISCIPLINE_PHONE in resident.dials
        await resident.press("菜单")
        await resident.sees("请选一项")
        await resident.press("提意见")
        await resident.sees("什么意见")
        await resident.say("网格员张某骂人")
        await resident.sees("不登记、不派单")
        await street.settled()

        assert await count_cases(street) == 0
        assert secretary.count == before


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_where_it_may_be_a_complaint_the_bot_asks(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")

        await resident.say("网格员骂人，路灯坏了也不修")
        await resident.sees("可能提到了工作人员")
        assert "对工作人员的意见" in resident.buttons[0]
        await resident.press("对工作人员的意见")
        await resident.sees("不登记、不派单")
        assert DISCIPLINE_PHONE in resident.dials
        assert await count_cases(street) == 0

        await resident.say("网格员骂人，路灯坏了也不修")
        await resident.sees("可能提到了工作人员")
        await resident.press("两样都有")
        await resident.sees("那就只转这一句：“路灯坏了也不修”")
        await resident.press("就这样转")
        await resident.sees("路灯坏了也不修")
        await resident.press("提交")
        await resident.number()
        assert await count_cases(street) == 1
