"""What nobody expects: one clear sentence with the next step, and nothing already given is lost."""

from datetime import timedelta
from pathlib import Path

import pytest

from domain.people import INVITATION_LIFE
from tests.journeys.chatters import Chatter, TelegramChatter, WebChatter
from tests.journeys.house import AIOGRAM, PTB, WEB, WEB_AND_PTB, House, house
from tests.journeys.test_long_chain import filed
from tests.street import EAST_1

#: A place in another city.
FAR_AWAY = (31.2304, 121.4737)
MARKUP = "<b>3号楼</b>路灯*坏了* _真的_ [看](http://e.example) & <script>alert(1)</script>"


async def at_the_photos(resident: Chatter) -> None:
    """Fill a form up to the question for photos."""
    await resident.start("g-E1")
    await resident.sees("提意见")
    await resident.press("办事")
    await resident.sees("需要办什么事")
    await resident.say("路灯坏了")
    await resident.sees("什么地方")
    await resident.say("菜场门口")
    await resident.sees("照片或语音")


async def submits(street: House, resident: Chatter, *, words: str, files: int = 0) -> None:
    """Submit what stands in the read-back; everything that was given is still there."""
    await resident.press("提交")
    matter = await street.matter(await resident.number())
    assert words in matter.particulars.text
    assert len(matter.particulars.attachments) == files


@pytest.mark.parametrize("channel", WEB_AND_PTB)
async def test_a_video_or_a_huge_file_in_place_of_a_photo(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = street.newcomer()
        await at_the_photos(resident)
        await resident.photos(1)
        await resident.sees("照片 1 张")
        before = resident.count

        await resident.video()
        await resident.sees("视频")
        await resident.huge_photo()
        await resident.sees("太大")
        assert resident.count == before + 2
        await resident.press("发完了")
        await resident.sees("菜场门口")

        await submits(street, resident, words="路灯坏了", files=1)


@pytest.mark.parametrize("channel", WEB_AND_PTB)
async def test_a_place_in_another_city(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")
        await resident.place(*FAR_AWAY)
        await resident.sees("不在本街道范围内")
        await resident.press("办事")
        await resident.sees("需要办什么事")
        await resident.say("路灯坏了")
        await resident.sees("什么地方")

        await resident.place(*FAR_AWAY)
        await resident.sees("用文字写地点")
        await resident.say("菜场门口")
        await resident.sees("照片或语音")
        await resident.press("跳过")
        await resident.sees("菜场门口")

        await submits(street, resident, words="路灯坏了")


@pytest.mark.parametrize("channel", WEB_AND_PTB)
async def test_signs_without_words(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")

        await resident.say("😀😀😀")
        await resident.sees("没看懂", "请选一项")
        await resident.press("办事")
        await resident.sees("需要办什么事")
        await resident.say("👍")
        await resident.sees("请写几个字")
        await resident.say("。。。")
        await resident.sees("请写几个字")
        await resident.say("3号楼路灯坏了")
        await resident.sees("照片或语音")
        await resident.press("跳过")
        await resident.sees("3号楼路灯坏了")

        await submits(street, resident, words="3号楼路灯坏了")


async def test_an_empty_message_on_the_web(tmp_path: Path) -> None:
    async with house(tmp_path, residents=WEB) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")

        await resident.say("   ")
        await resident.sees("没")
        await resident.say("3号楼路灯坏了")
        await resident.sees("3号楼路灯坏了")

        await submits(street, resident, words="3号楼路灯坏了")


@pytest.mark.parametrize("channel", WEB_AND_PTB)
async def test_ten_thousand_signs(tmp_path: Path, channel: str) -> None:
    words = "3号楼路灯坏了，晚上看不见路。" * 650
    async with house(tmp_path, residents=channel, staff=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")

        await resident.say(words)
        await street.settled()
        await resident.is_offered("提交")
        await resident.press("提交")

        number = await resident.number()
        told = (await street.matter(number)).particulars.text
        assert told.replace("\n", "") == words
        await secretary.sees(number)
        await secretary.is_offered("接单")


@pytest.mark.parametrize("channel", WEB_AND_PTB)
async def test_markup_in_names_and_words_stays_what_it_is(tmp_path: Path, channel: str) -> None:
    name = "<i>张</i>&*书记*"
    async with house(tmp_path, residents=channel, staff=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, name)
        resident = street.newcomer("<b>甲</b>")

        number = await filed(resident, MARKUP)

        card = await secretary.sees(number)
        assert MARKUP in card
        await secretary.press("接单")
        assert name in await resident.sees("接手了")


@pytest.mark.parametrize("channel", WEB_AND_PTB)
async def test_buttons_that_come_twice_late_and_out_of_turn(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel, staff=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()
        await resident.start()
        await resident.sees("提意见")
        await resident.say("3号楼路灯坏了")
        await resident.sees("哪个社区")
        await resident.press("东园社区")
        await resident.press_again()
        await resident.sees("哪个网格")
        await resident.press_again()
        await resident.press("第二网格")
        await resident.sees("3号楼路灯坏了")
        await resident.press("修改网格")
        await resident.sees("哪个网格")
        await resident.press("第一网格")
        await resident.sees("第一网格")
        await resident.press("提交")
        number = await resident.number()

        await secretary.sees(number)
        await secretary.press("接单")
        await resident.sees("接手了")
        await secretary.press_again()
        refused = await secretary.sees("不能做这一步")
        assert "正在办理" in refused
        await secretary.is_offered("办结")
        await resident.press("修改内容")
        await resident.sees("已经提交、取消或过期")
        assert (await street.matter(number)).grid == EAST_1


@pytest.mark.parametrize("channel", WEB_AND_PTB)
async def test_an_invitation_that_was_used_or_is_too_old(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, staff=channel) as street:
        code = await street.invitation("grid_secretary", EAST_1, "张书记")
        old = await street.invitation("grid_worker", EAST_1, "李网格员")
        secretary, thief, late = (
            street.stranger(one) for one in ("张书记", "另一个人", "迟到的人")
        )
        await secretary.start(code)
        await secretary.sees("您的岗位是")

        await thief.start(code)
        await thief.sees("已经用过")
        await secretary.start(code)
        await secretary.sees("已经用过")
        street.clock.move(INVITATION_LIFE + timedelta(minutes=1))
        await late.start(old)
        await late.sees("已过期")
        await thief.say("待办")
        await thief.sees("凭邀请码")


@pytest.mark.parametrize("driver", [AIOGRAM, PTB])
async def test_an_open_form_keeps_the_words_under_a_video(tmp_path: Path, driver: str) -> None:
    async with house(tmp_path, residents=driver) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")
        await resident.say("3号楼路灯坏了")
        await resident.sees("3号楼路灯坏了")

        await resident.video("已经三天了")
        await resident.sees("视频", "已经三天了")

        await submits(street, resident, words="已经三天了")


@pytest.mark.parametrize("driver", [AIOGRAM, PTB])
async def test_the_words_under_a_video_begin_a_request(tmp_path: Path, driver: str) -> None:
    async with house(tmp_path, residents=driver) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")

        await resident.video("3号楼路灯坏了")
        await resident.sees("视频", "3号楼路灯坏了")

        await submits(street, resident, words="3号楼路灯坏了")


@pytest.mark.parametrize("driver", [AIOGRAM, PTB])
async def test_a_sticker_alone_gets_one_sentence(tmp_path: Path, driver: str) -> None:
    async with house(tmp_path, residents=driver) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")
        before = resident.count

        assert isinstance(resident, TelegramChatter)
        await resident.chat.send_sticker()

        await resident.sees("表情")
        assert resident.count == before + 1


async def test_a_file_that_is_not_one_s_own(tmp_path: Path) -> None:
    async with house(tmp_path, residents=WEB) as street:
        owner, thief = street.newcomer("甲"), street.newcomer("乙")
        assert isinstance(owner, WebChatter)
        assert isinstance(thief, WebChatter)
        await owner.start("g-E1")
        await owner.sees("提意见")
        await at_the_photos(thief)

        await thief.files([await owner.upload()])
        await thief.sees("已经过期，请重新选择")
        await thief.press("跳过")
        await thief.sees("菜场门口")

        await submits(street, thief, words="路灯坏了")
