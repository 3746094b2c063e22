"""What no step takes gets one clear sentence, and nothing that came with it is lost."""

from pathlib import Path

import pytest

from tests.journeys.house import AIOGRAM, PTB, house

DRIVERS = [AIOGRAM, PTB]


@pytest.mark.parametrize("driver", DRIVERS)
async def test_the_words_under_a_video_begin_a_request(tmp_path: Path, driver: str) -> None:
    async with house(tmp_path, residents=driver) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")

        await resident.video("3号楼路灯坏了")

        await resident.sees("视频", "3号楼路灯坏了")
        await resident.press("提交")
        assert await resident.number() == "2026-00001"


@pytest.mark.parametrize("driver", DRIVERS)
async def test_the_words_under_a_video_are_kept_while_a_form_is_open(
    tmp_path: Path, driver: str
) -> None:
    async with house(tmp_path, residents=driver) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")
        await resident.say("3号楼路灯坏了")
        await resident.sees("3号楼路灯坏了")

        await resident.video("已经三天了")

        await resident.sees("视频", "已经三天了")


@pytest.mark.parametrize("driver", DRIVERS)
async def test_a_sticker_alone_gets_one_sentence(tmp_path: Path, driver: str) -> None:
    async with house(tmp_path, residents=driver) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")
        before = resident.count

        await resident.chat.send_sticker()

        await resident.sees("表情")
        assert resident.count == before + 1
