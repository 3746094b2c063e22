"""What residents say in their own words: questions, two matters, corrections, answers, arrivals.

Points 2, 4, 5, 6 and 9 of what people met, each from end to end on every way in.
"""

from pathlib import Path
from typing import cast

import pytest

from domain.categories import Kind
from domain.matters.matter import State
from tests.journeys.chatters import Chatter, WebChatter
from tests.journeys.house import AIOGRAM, CHANNELS, PTB, WEB, WEB_AND_AIOGRAM, WEB_AND_PTB, house
from tests.journeys.test_long_chain import filed
from tests.street import EAST, EAST_1


async def arrived(resident: Chatter) -> None:
    """Come by the poster of the first grid."""
    await resident.start("g-E1")
    await resident.sees("请选一项")


# --- 2: questions --------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", WEB_AND_PTB)
async def test_questions_are_answered_and_what_cannot_be_is_for_the_window(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        clerk = await street.invited("window_clerk", EAST, "周窗口")
        resident = street.newcomer()
        await arrived(resident)

        await resident.say("谁是我们网格员")
        await resident.sees("张书记")
        await resident.say("我家在哪个网格")
        await resident.sees("第一网格")
        await resident.say("社区几点上班")
        await resident.sees("08:00–12:00")

        # What the office has not entered is asked at the window, and is never an emergency.
        await resident.say("水费怎么交")
        await resident.sees("水费怎么交")
        await resident.press("提交")
        number = await resident.number()
        assert "社区窗口" in resident.transcript
        await clerk.sees("水费怎么交")
        matter = await street.matter(number)
        assert matter.kind is Kind.ENQUIRY
        assert matter.urgency == 1
        assert "水费" not in secretary.transcript

        # How it stands is asked without a number, and by it.
        await resident.say("00001怎么样了")
        await resident.sees("办理经过")
        await resident.say("谢谢")
        await resident.sees("不客气")


# --- 4: two matters ------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_two_matters_of_one_sentence_become_two_cases(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()
        await arrived(resident)

        await resident.say("垃圾三天没人收，另外3号楼门口的路灯也坏了")
        await resident.sees("您说了两件事")
        await resident.sees("垃圾三天没人收")
        await resident.press("提交")
        first = await resident.number()
        await resident.sees("接着办第二件")
        # A restart between the two loses neither.
        await street.settled()
        await street.restart()
        await resident.press("提交")
        await resident.sees("已提交")
        await street.settled()

        second = f"2026-{int(first[5:]) + 1:05}"
        rubbish, lamp = await street.matter(first), await street.matter(second)
        assert (rubbish.category, lamp.category) == ("rubbish", "lighting")
        assert lamp.particulars.place_text == "3号楼门口"
        assert "3号楼" not in rubbish.particulars.place_text
        await secretary.sees("垃圾三天没人收")
        await secretary.sees("路灯也坏了")


@pytest.mark.parametrize("channel", WEB_AND_PTB)
async def test_an_angry_report_is_first_a_report(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()
        await arrived(resident)

        await resident.say("你们都是吃干饭的！！3号楼水管漏了一个星期了！！！")
        await resident.sees("可能提到了工作人员")
        await resident.press("两样都有，只转事情")
        await resident.sees("水管漏了一个星期")
        await resident.press("就这样转")
        await resident.press("提交")
        number = await resident.number()

        assert "吃干饭" not in secretary.transcript
        assert "水管漏了一个星期" in (await street.matter(number)).particulars.text


# --- 5: forms ------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_form_is_filled_corrected_and_submitted_in_words_alone(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = street.newcomer()
        await arrived(resident)
        await resident.say("路灯坏了")
        await resident.sees("还没写")

        await resident.say("3号楼门口")
        await resident.sees("地点：3号楼门口")
        await resident.say("地点错了，是6号楼")
        await resident.sees("地点：6号楼")
        await resident.say("13812345678")
        await resident.sees("13812345678")
        await resident.say("晚上老人都不敢下楼")
        await resident.sees("加进内容里了")
        await resident.press("去掉这句")
        await resident.sees("内容：路灯坏了\n类别")
        assert "不敢下楼" not in resident.last
        await resident.say("不对")
        await resident.sees("要改哪一项")
        await resident.press("不改了")
        await resident.sees("内容：路灯坏了")
        await resident.say("算了")
        await resident.sees("要取消吗")
        await resident.press("接着填")
        await resident.sees("内容：路灯坏了")
        await resident.say("好的")
        number = await resident.number()

        told = (await street.matter(number)).particulars
        assert (told.text, told.place_text, told.phone) == ("路灯坏了", "6号楼", "13812345678")


# --- 6: answers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", CHANNELS)
async def test_whoever_was_asked_just_answers_with_words_and_a_picture(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()
        number = await filed(resident)
        await secretary.sees(number)
        await secretary.press("接单")
        await secretary.press("问居民")
        await secretary.sees("想问居民什么")
        await secretary.say("请问是几单元？")
        await resident.sees("请问是几单元")

        await street.settled()
        await street.restart(killed=True)
        await resident.photos(1, "2单元3楼")
        await resident.sees("已经转告承办人")
        assert any("不是回答，是另一件事" in one for one in resident.buttons)
        await secretary.sees("2单元3楼")
        assert await secretary.sees_file()
        assert (await street.matter(number)).state is State.ACCEPTED

        # Number and words together are for that case.
        await resident.say(f"{number} 师傅来看过了，约明天再来")
        await resident.press("补充到")
        await resident.sees("已补充到")
        await secretary.sees("约明天再来")


# --- 9: newcomers --------------------------------------------------------------------------------


async def test_a_newcomers_first_answer_is_the_read_back(tmp_path: Path) -> None:
    async with house(tmp_path, residents=WEB) as street:
        resident = cast(WebChatter, street.newcomer())

        await resident.start_and_say("g-E1", "3号楼门口路灯坏了")
        await resident.sees("内容：3号楼门口路灯坏了")

        await resident.sees("不留姓名电话也能办")
        assert resident.screen.index("内容：") < resident.screen.index("不留姓名电话也能办")
        assert "请选一项" not in resident.screen
        assert "个人信息说明\n" not in resident.screen
        await resident.press("提交")
        assert await resident.number()
        # Once is enough.
        await resident.say("5号楼的垃圾桶满了")
        await resident.sees("内容：5号楼的垃圾桶满了")
        assert resident.screen.count("不留姓名电话也能办") == 1


@pytest.mark.parametrize("channel", [AIOGRAM, PTB])
async def test_a_newcomers_first_words_on_telegram_are_read_back_under_the_notice(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = street.newcomer()
        await resident.say("3号楼门口路灯坏了")
        await resident.sees("境外")
        await resident.press("东园社区")
        await resident.press("第一网格")
        await resident.sees("内容：3号楼门口路灯坏了")
        await resident.press("提交")
        assert await resident.number()
