"""A card number typed in the chat is masked, refused, and nowhere kept, on every channel."""

import random
from pathlib import Path

import pytest

from storage.sqlite_copy import truncate_log
from tests.bot_api.faults import FaultKind
from tests.journeys.chatters import TelegramChatter
from tests.journeys.house import AIOGRAM, CHANNELS, PTB, WEB, house
from tests.pay_secrets import card, digits_of, everything_kept, spelt
from tests.street import EAST_1

REFUSED = "像银行卡号的数字"
NEVER = "不要发给任何人"


def in_files(folder: Path) -> list[str]:
    """Give the bytes of every file of the database and beside it, as text."""
    return [one.read_bytes().decode("latin-1") for one in folder.rglob("*") if one.is_file()]


@pytest.mark.requirement("S-11")
@pytest.mark.parametrize("way", CHANNELS)
async def test_a_card_number_is_refused_and_gone_and_the_rest_goes_on(
    way: str, tmp_path: Path
) -> None:
    chance = random.Random(3)
    numbers = [card(chance) for _ in range(6)]
    async with house(tmp_path, residents=way, staff=PTB) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("第一网格")

        await resident.say(spelt(numbers[0], chance))
        await resident.sees(REFUSED)
        await resident.say(f"3号楼路灯坏了，我卡号{spelt(numbers[1], chance)}")
        await resident.sees(REFUSED)
        await resident.sees("3号楼路灯坏了，我卡号***")
        await street.restart(killed=True)
        await resident.say(f"验证码 {numbers[2][:6]}")
        await resident.sees("像密码或验证码")
        await resident.photos(1, words=f"灯在这里 {spelt(numbers[3], chance)}")
        shown = await resident.sees(REFUSED)
        assert NEVER in shown
        worker = await street.invited("grid_worker", EAST_1, "张伟")
        await worker.say(f"居民的卡是{spelt(numbers[4], chance)}")
        await worker.sees(REFUSED)
        await street.settled()
        await street.restart()
        await street.settled()

        kept = await everything_kept(street.database)
        if street.database.path is not None:
            truncate_log(street.database.path)
        kept += in_files(tmp_path / "data")
        for number in numbers[:5]:
            assert not [one for one in kept if number in digits_of(one)]
        assert not [one for one in kept if f"验证码 {numbers[2][:6]}" in one]
        assert numbers[0] not in digits_of(resident.transcript)
        if isinstance(resident, TelegramChatter):
            left = [digits_of(one.text) for one in resident.chat.chat.messages.values()]
            assert not [one for one in left if any(number in one for number in numbers)]


async def test_telegram_that_refuses_to_delete_is_no_fault(tmp_path: Path) -> None:
    chance = random.Random(5)
    async with house(tmp_path, residents=AIOGRAM) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("第一网格")
        assert isinstance(resident, TelegramChatter)
        street.api.faults.order(FaultKind.STATUS, "deleteMessage", status=502, times=9)

        await resident.say(card(chance))

        await resident.sees(REFUSED)
        await resident.say("3号楼路灯坏了")
        await resident.sees("路灯")


async def test_minimal_telegram_refuses_it_and_deletes_it_too(tmp_path: Path) -> None:
    number = card(random.Random(6))
    async with house(
        tmp_path, residents=AIOGRAM, LINLI_TELEGRAM__PERSONAL_DATA="minimal"
    ) as street:
        resident = street.newcomer()
        await resident.start()

        await resident.say(f"卡号 {number}")

        await resident.sees(REFUSED)
        await street.settled()
        assert not [one for one in await everything_kept(street.database) if number in one]
        assert isinstance(resident, TelegramChatter)
        assert not [one for one in resident.chat.chat.messages.values() if number in one.text]


async def test_the_page_shows_what_is_left_after_a_reload(tmp_path: Path) -> None:
    number = card(random.Random(7))
    async with house(tmp_path, residents=WEB) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.say(f"3号楼路灯坏了 {number}")
        await resident.sees(REFUSED)
        await street.settled()

        kept = await everything_kept(street.database)

        assert [one for one in kept if "3号楼路灯坏了 ***" in one]
        assert not [one for one in kept if number in one]
