"""Albums: their parts arrive one by one, and share one answer that changes as they come."""

from pathlib import Path

import pytest

from tests.journeys.chatters import TelegramChatter
from tests.journeys.house import AIOGRAM, PTB, House, house
from tests.street import EAST_1

DRIVERS = [AIOGRAM, pytest.param(PTB, marks=pytest.mark.slow)]


async def at_the_photos(street: House) -> TelegramChatter:
    """A resident who is just asked for photos."""
    resident = street.newcomer()
    assert isinstance(resident, TelegramChatter)
    await resident.start("g-E1")
    await resident.press("提意见")
    await resident.sees("意见或建议")
    await resident.say("小区里的长椅太少")
    await resident.sees("什么地方")
    await resident.press("跳过")
    await resident.sees("有照片")
    return resident


def shown(chatter: TelegramChatter, words: str) -> list[str]:
    """The messages that contain some words, as they stand now."""
    return [one.text for one in chatter.chat.messages if words in one.text]


@pytest.mark.parametrize("residents", DRIVERS)
async def test_an_album_at_its_question_is_answered_once(tmp_path: Path, residents: str) -> None:
    async with house(tmp_path, residents=residents) as street:
        resident = await at_the_photos(street)

        await resident.photos(5, "东边只有一张")
        await street.settled()

        (told,) = shown(resident, "已收到")
        assert "照片 5 张" in told
        await resident.press("发完了")
        read_back = await resident.sees("小区里的长椅太少")
        assert "东边只有一张" in read_back
        assert "照片 5 张" in read_back


@pytest.mark.parametrize("residents", DRIVERS)
async def test_an_album_with_a_caption_files_itself_in_one_read_back(
    tmp_path: Path, residents: str
) -> None:
    async with house(tmp_path, residents=residents) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()
        assert isinstance(resident, TelegramChatter)
        await resident.start("g-E1")
        await resident.sees("提意见")

        pictures = await resident.photos(4, "3号楼路灯坏了")
        await street.settled()

        (read_back,) = shown(resident, "内容：3号楼路灯坏了")
        assert "照片 4 张" in read_back
        await resident.press("提交")
        number = await resident.number()
        await secretary.sees(number)
        assert len({await secretary.sees_file() for _ in pictures}) == 4
        assert len((await street.matter(number)).particulars.attachments) == 4


@pytest.mark.parametrize("residents", DRIVERS)
async def test_nine_photos_are_kept_and_the_tenth_is_refused_once(
    tmp_path: Path, residents: str
) -> None:
    async with house(tmp_path, residents=residents) as street:
        resident = await at_the_photos(street)

        await resident.photos(9)
        await street.settled()
        assert "照片 9 张" in shown(resident, "已收到")[-1]
        await resident.photos(3)
        await street.settled()

        assert len(shown(resident, "照片最多 9 张，多出来的没有保留")) == 1
        await resident.photos(1)
        await street.settled()
        assert len(shown(resident, "照片最多 9 张，多出来的没有保留")) == 2
        await resident.press("发完了")
        assert "照片 9 张" in await resident.sees("小区里的长椅太少")


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("residents", DRIVERS)
async def test_an_album_survives_a_restart_between_its_parts(
    tmp_path: Path, residents: str, killed: bool
) -> None:
    async with house(tmp_path, residents=residents, LINLI_TELEGRAM__POLL_BATCH="1") as street:
        resident = await at_the_photos(street)

        await resident.photos(6)
        await resident.sees("已收到")
        await street.restart(killed=killed)
        await street.settled()

        assert "照片 6 张" in shown(resident, "已收到")[-1]
        # A message that was sent but not noted before the death may stand there twice.
        assert len(shown(resident, "已收到")) <= (2 if killed else 1)


@pytest.mark.parametrize("staff", DRIVERS)
async def test_an_album_that_staff_send_for_nothing_gets_one_hint(
    tmp_path: Path, staff: str
) -> None:
    async with house(tmp_path, staff=staff) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        assert isinstance(secretary, TelegramChatter)

        await secretary.photos(4)
        await street.settled()

        assert len(shown(secretary, "手上现在没有事项")) == 1


async def test_with_minimal_data_an_album_gets_one_link(tmp_path: Path) -> None:
    async with house(tmp_path, LINLI_TELEGRAM__PERSONAL_DATA="minimal") as street:
        resident = street.newcomer()
        assert isinstance(resident, TelegramChatter)
        await resident.start("g-E1")

        await resident.photos(4)
        await street.settled()

        assert len(shown(resident, "没有收下")) == 1
