"""Wherever the bot is unsure or hears of danger, help is one tap away, on every channel.

On the web the numbers are buttons that dial; Telegram has none, but its applications make the
digits of a text tappable.
"""

from pathlib import Path

import pytest

from tests.journeys.house import CHANNELS, WEB_AND_AIOGRAM, house

ALL = {"110", "119", "120", "122"}


@pytest.mark.parametrize("channel", CHANNELS)
async def test_the_numbers_are_there_where_danger_may_be_and_not_elsewhere(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")

        await resident.say("？？！！")
        await resident.sees("没看懂")
        await street.settled()
        assert not resident.dials
        await resident.say("我有点喘")
        await resident.sees("您是想")
        await street.settled()
        assert set(resident.dials) >= ALL


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_danger_brings_the_fitting_number_first_and_all_the_others(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")

        await resident.say("楼道里着火了")
        await resident.sees("请马上打电话")

        await street.settled()
        warning = [number for number in resident.dials if number in ALL]
        assert warning[0] == "119"
        assert set(warning) == ALL


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_whoever_asks_for_help_finds_the_numbers(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = street.newcomer()
        await resident.start("g-E1")

        await resident.command("help")
        await resident.sees("有危险请先拨")
        await street.settled()

        assert set(resident.dials) >= ALL


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_a_voice_that_nobody_has_heard_yet_may_be_about_danger(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")

        await resident.voice()
        await resident.number()
        await street.settled()

        assert set(resident.dials) >= ALL
