"""Danger first: the numbers alone, whoever says it and wherever; and nobody's fire waits."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from domain.categories import EMERGENCY
from domain.matters.matter import State
from storage.matters.alarms import alarms
from storage.outbox import outbox
from tests.journeys.chatters import Chatter, WebChatter
from tests.journeys.house import AIOGRAM, CHANNELS, PTB, WEB, WEB_AND_AIOGRAM, House, house
from tests.journeys.test_elders_and_danger import as_an_elder, count_cases
from tests.street import EAST, EAST_1, STREET

FIRE = "我家着火了"
CALLED, SAFE, REACH = "已经打过电话", "没有危险", "请马上联系我"


async def known(street: House) -> Chatter:
    """Somebody who came by the poster of the first grid."""
    resident = street.newcomer()
    await resident.start("g-E1")
    await resident.sees("提意见")
    return resident


async def sees_only_numbers(resident: Chatter, before: int, first: str = "119") -> None:
    """See that exactly one message came, with the numbers and the answers."""
    await resident.sees("点号码就能拨")
    await resident.house.settled()
    assert resident.count == before + 1, resident.transcript
    assert first in resident.dials
    assert {"110", "119", "120", "122"} <= set(resident.dials)
    await resident.is_offered(CALLED)
    await resident.is_offered(SAFE)
    assert "提交" not in resident.last
    assert "个人信息" not in resident.last


# --- the numbers, alone --------------------------------------------------------------------------


@pytest.mark.parametrize("channel", CHANNELS)
async def test_somebody_new_whose_home_burns_sees_the_numbers_alone(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        await street.invited("dispatcher", STREET, "孙调度")
        resident = street.newcomer()

        await resident.say(FIRE)

        await sees_only_numbers(resident, 0)


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("3号楼有人被困电梯里了", "119"),
        ("煤气味很大", "119"),
        ("有人要跳楼", "120"),
        ("I smell gas", "119"),
        ("路灯坏了，" * 300 + "楼道着火了", "119"),
    ],
)
async def test_somebody_new_who_tells_of_danger_sees_the_numbers_alone(
    tmp_path: Path, words: str, first: str
) -> None:
    async with house(tmp_path) as street:
        await street.invited("dispatcher", STREET, "孙调度")
        resident = street.newcomer()

        await resident.say(words)

        await sees_only_numbers(resident, 0, first)


async def test_whoever_scans_the_poster_and_types_at_once_is_not_greeted_first(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, residents=WEB) as street:
        await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()
        assert isinstance(resident, WebChatter)

        await resident.start_and_say("g-E1", FIRE)
        await sees_only_numbers(resident, 0)

        await resident.press(CALLED)
        await resident.sees(FIRE, "也能办")
        assert "哪个社区" not in resident.transcript


async def test_whoever_scans_the_poster_and_types_something_else_hears_of_their_data(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, residents=WEB) as street:
        resident = street.newcomer()
        assert isinstance(resident, WebChatter)

        await resident.start_and_say("g-E1", "3号楼路灯坏了")

        await resident.sees("3号楼路灯坏了", "也能办")
        assert "提意见" not in resident.transcript


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_danger_said_while_a_form_is_open_shows_the_numbers_alone(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        await street.invited("grid_secretary", EAST_1, "张书记")
        resident = await known(street)
        await resident.say("3号楼路灯坏了")
        await resident.sees("3号楼路灯坏了")
        await resident.press("修改地点")
        await resident.sees("在什么地方")
        await street.settled()
        before = resident.count

        await resident.say("3号楼楼道着火了")
        await sees_only_numbers(resident, before)

        await resident.press(CALLED)
        await resident.sees("3号楼楼道着火了")
        await resident.press("提交")
        await resident.sees("正在通知值班人员", "没填完")
        await resident.press("接着填")
        await resident.sees("在什么地方")
        await resident.say("3号楼东门")
        await resident.sees("路灯坏了")
        await resident.press("提交")
        await resident.sees("已提交")
        assert await count_cases(street) == 2


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_danger_in_elder_mode_shows_the_numbers_alone(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        await street.invited("grid_secretary", EAST_1, "张书记")
        resident = await as_an_elder(street)
        before = resident.count

        await resident.say(FIRE)

        await sees_only_numbers(resident, before)


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_danger_in_a_caption_keeps_the_pictures(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = await known(street)

        await resident.photos(3, "楼道着火了")
        await resident.sees("点号码就能拨")
        await street.settled()
        assert {"110", "119", "120", "122"} <= set(resident.dials)
        assert "发完了" not in resident.transcript

        await street.later(minutes=3)
        await secretary.sees("还没确认")
        for _ in range(3):
            assert await secretary.sees_file()
        assert len((await street.matter("2026-00001")).particulars.attachments) == 3


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_danger_answered_to_a_question_of_the_office_is_a_case_of_its_own(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = await known(street)
        await resident.say("3号楼路灯坏了")
        await resident.press("提交")
        number = await resident.number()
        await secretary.press("接单")
        await secretary.press("问居民")
        await secretary.say("是楼里还是楼外的灯？")
        await resident.sees("楼里还是楼外")
        await street.settled()
        before = resident.count

        await resident.say("别管灯了，楼里着火了")
        await sees_only_numbers(resident, before)

        await street.later(minutes=3)
        await secretary.sees("还没确认")
        assert (await street.matter(number)).state is State.ASKED
        assert await count_cases(street) == 2


async def test_staff_who_type_danger_raise_no_alarm(tmp_path: Path) -> None:
    async with house(tmp_path) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")

        await secretary.say(FIRE)
        await street.later(minutes=3)

        assert await count_cases(street) == 0


# --- said, not confirmed -------------------------------------------------------------------------


@pytest.mark.parametrize(("residents", "staff"), [(WEB, PTB), (AIOGRAM, WEB), (PTB, AIOGRAM)])
async def test_without_an_answer_whoever_answers_for_the_grid_is_told_after_two_minutes(
    tmp_path: Path, residents: str, staff: str
) -> None:
    async with house(tmp_path, residents=residents, staff=staff) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        head = await street.invited("street_leader", STREET, "冯书记")
        resident = await known(street)
        await resident.say("3号楼2单元着火了")
        await resident.sees("点号码就能拨")
        before = secretary.count
        await street.later(minutes=1)
        assert secretary.count == before

        await street.restart(killed=True)
        await street.later(minutes=2)

        shown = await secretary.sees("还没确认")
        assert "3号楼2单元" in shown
        number = await resident.number()
        assert "119" in resident.dials
        matter = await street.matter(number)
        assert matter.unconfirmed
        assert matter.urgency == EMERGENCY
        await street.restart(killed=True)
        await street.later(minutes=1)
        assert await count_cases(street) == 1

        # It is owed: nobody accepts, and it climbs as any emergency.
        await street.later(minutes=16)
        await head.sees(f"{number} 还没有人接单")


async def test_an_alarm_at_night_from_nobody_knows_where_reaches_the_duty_of_the_street(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as street:
        duty = await street.invited("dispatcher", STREET, "孙调度")
        await street.invited("grid_secretary", EAST_1, "张书记")
        street.clock.move(timedelta(hours=14))
        resident = street.newcomer()

        await resident.say("着火了快来人")
        await resident.sees("点号码就能拨")
        await street.later(minutes=3)

        shown = await duty.sees("还没确认")
        assert "还不知道在哪个网格" in shown
        async with street.database.read() as tx:
            rows = await tx.rows(select(outbox.c.not_before, outbox.c.created_at))
        assert all(row.not_before <= row.created_at for row in rows[-3:])


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_a_press_after_two_minutes_completes_the_same_case(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        duty = await street.invited("dispatcher", STREET, "孙调度")
        await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()
        await resident.say("着火了快来人")
        await resident.sees("点号码就能拨")
        await street.later(minutes=3)
        await duty.sees("还没确认")
        await resident.sees("2026-00001")

        await resident.press(CALLED)
        await duty.sees("居民确认了")
        await resident.sees("哪个社区")
        await resident.press("东园社区")
        await resident.press("第一网格")
        await resident.press("提交")
        await resident.sees("2026-00001")
        await street.settled()

        matter = await street.matter("2026-00001")
        assert (matter.grid, matter.community) == (EAST_1, EAST)
        assert not matter.unconfirmed
        assert await count_cases(street) == 1


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_no_danger_after_two_minutes_calms_whoever_was_told(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = await known(street)
        await resident.say(FIRE)
        await resident.sees("点号码就能拨")
        await street.later(minutes=3)
        await secretary.sees("还没确认")
        await resident.sees("2026-00001")

        await resident.press(SAFE)

        await secretary.sees("居民说没有危险")
        matter = await street.matter("2026-00001")
        assert (matter.unconfirmed, matter.is_open) == (False, True)
        assert matter.urgency < EMERGENCY


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_a_false_alarm_costs_one_press_and_tells_nobody(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = await known(street)
        before = secretary.count
        await resident.say(FIRE)
        await resident.press(SAFE)
        await resident.sees(FIRE)

        await street.later(minutes=20)

        assert secretary.count == before
        assert await count_cases(street) == 0


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_a_form_that_is_left_after_i_have_called_does_not_hold_up_the_duty(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = await known(street)
        await resident.say(FIRE)
        await resident.sees("点号码就能拨")
        await street.later(minutes=1)
        await resident.press(CALLED)
        await resident.sees(FIRE)
        before = secretary.count
        await street.later(seconds=90)
        assert secretary.count == before

        await street.later(minutes=1)

        await secretary.sees("说已经打过求助电话")
        await resident.press("提交")
        await resident.sees("2026-00001")
        assert await count_cases(street) == 1


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_the_same_words_again_are_no_second_alarm_and_more_words_are_told(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = await known(street)
        await resident.say(FIRE)
        await resident.sees("点号码就能拨")
        await resident.say(FIRE)
        await resident.say("在5号楼3单元，快")
        await resident.sees("记下了")
        await street.later(minutes=3)
        shown = await secretary.sees("还没确认")
        assert "5号楼3单元" in shown
        await resident.sees("2026-00001")

        await resident.say(FIRE)
        await resident.sees("已经告诉")
        await resident.say("火更大了，有人被困在5楼")
        await secretary.sees("居民又说")
        await street.later(minutes=3)

        assert await count_cases(street) == 1
        async with street.database.read() as tx:
            assert await tx.scalar(select(func.count()).select_from(alarms)) == 1


@pytest.mark.parametrize("typed", ["打了", "已经打过119了", "119已经打了", "I have called"])
async def test_the_answer_may_be_typed(tmp_path: Path, typed: str) -> None:
    async with house(tmp_path) as street:
        await street.invited("grid_secretary", EAST_1, "张书记")
        resident = await known(street)
        await resident.say(FIRE)
        await resident.sees("点号码就能拨")

        await resident.say(typed)

        await resident.sees(FIRE)
        await resident.press("提交")
        await resident.sees("正在通知值班人员")


# --- who must not hear of it ---------------------------------------------------------------------


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_violence_in_the_family_is_told_to_nobody_unless_the_adult_asks(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        community = await street.invited("community_secretary", EAST, "李书记")
        resident = await known(street)
        await resident.say("老公打我")
        await resident.sees("由您决定")
        assert "12338" in resident.dials
        assert "调解" not in resident.last
        before = secretary.count, community.count
        await street.later(minutes=20)
        assert (secretary.count, community.count) == before
        assert await count_cases(street) == 0

        await resident.press(REACH)

        await resident.sees("2026-00001")
        await community.sees("居民请您马上联系")
        await street.settled()
        assert secretary.count == before[0]
        matter = await street.matter("2026-00001")
        assert (matter.confidential, matter.public_space) == (True, False)


async def test_a_record_of_violence_in_the_family_is_no_dispute_and_stays_confidential(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        community = await street.invited("community_secretary", EAST, "李书记")
        resident = await known(street)
        await resident.say("老公打我")
        await resident.press(CALLED)
        shown = await resident.sees("老公打我")
        assert "调解自愿" not in shown
        assert "内容保密" in shown
        before = secretary.count

        await resident.press("提交")

        await resident.number()
        await community.sees("老公打我")
        await street.settled()
        assert secretary.count == before
        assert (await street.matter("2026-00001")).confidential


async def test_who_does_not_want_to_live_hears_a_human_sentence_and_the_community_is_told(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        community = await street.invited("community_secretary", EAST, "李书记")
        resident = await known(street)
        before = secretary.count

        await resident.say("我不想活了")
        await resident.sees("我们在")
        await street.settled()
        assert resident.dials[0] == "12356"
        await resident.is_offered(REACH)

        await street.later(minutes=3)
        await community.sees("还没确认")
        await street.settled()
        assert secretary.count == before


async def test_a_child_in_danger_is_told_to_the_community_by_itself(tmp_path: Path) -> None:
    async with house(tmp_path) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        community = await street.invited("community_secretary", EAST, "李书记")
        resident = await known(street)
        before = secretary.count

        await resident.say("隔壁继父又在毒打孩子")
        await resident.sees("点号码就能拨")
        await street.later(minutes=3)

        await community.sees("还没确认")
        await street.settled()
        assert secretary.count == before


@pytest.mark.parametrize("words", ["网格员打人，打得头破血流", "张书记拿刀砍人了，快救命"])
async def test_an_alarm_that_may_accuse_somebody_of_the_office_never_reaches_them(
    tmp_path: Path, words: str
) -> None:
    async with house(tmp_path) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        await street.invited("community_secretary", EAST, "李书记")
        duty = await street.invited("dispatcher", STREET, "孙调度")
        resident = await known(street)
        before = secretary.count

        await resident.say(words)
        await resident.sees("点号码就能拨")
        await street.later(minutes=3)

        shown = await duty.sees("还没确认")
        assert words not in shown
        await secretary.command("todo")
        await street.settled()
        assert words not in secretary.transcript
        assert "2026-00001" not in secretary.transcript
        assert secretary.count > before


# --- an office that nobody has joined ------------------------------------------------------------


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_where_nobody_is_there_nobody_is_promised(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = await known(street)
        await resident.say(FIRE)
        await resident.sees("没有人值班")
        await street.later(minutes=3)
        await resident.sees("没有人值班")
        await resident.press(CALLED)
        await resident.press("提交")

        shown = await resident.sees("没有人")
        assert "正在通知" not in resident.transcript
        assert "负责" not in shown
        matter = await street.matter("2026-00001")
        assert matter.owner is None

        late = await street.invited("grid_secretary", EAST_1, "张书记")
        await street.later(minutes=20)
        await late.sees("2026-00001")
