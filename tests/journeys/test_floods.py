"""A flood gets one sentence, then silence; others are served meanwhile, nothing kept is lost."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.drafts import get_drafts
from storage.people import people
from tests.journeys.chatters import TelegramChatter
from tests.journeys.house import AIOGRAM, PTB, House, house
from tests.street import EAST_1

BURST, HELD = 6, 5
FLOOD = {
    "LINLI_INTAKE__FLOOD__BURST": str(BURST),
    "LINLI_INTAKE__FLOOD__HELD_MAX": str(HELD),
}
PAUSE = timedelta(seconds=11)


async def written(street: House) -> list[str]:
    """What stands in the words of everybody's open forms."""
    async with street.database.read() as tx:
        everybody = [row.id for row in await tx.rows(select(people.c.id))]
        found = await get_drafts(tx, everybody)
    return [str(draft.values.get("text")) for draft in found.values()]


@pytest.mark.parametrize("residents", [AIOGRAM, PTB])
async def test_a_flood_on_telegram_hears_one_sentence_and_is_heard_after_a_pause(
    tmp_path: Path, residents: str
) -> None:
    async with house(tmp_path, residents=residents, **FLOOD) as street:
        flooder = street.newcomer()
        assert isinstance(flooder, TelegramChatter)
        await flooder.start("g-E1")
        await flooder.press("提意见")
        await flooder.sees("意见或建议")
        street.clock.move(PAUSE)

        for number in range(100):
            await flooder.chat.say(f"第{number}句")
        await flooder.sees("太快")
        neighbour = street.newcomer()
        await neighbour.say("3号楼路灯坏了")
        await neighbour.sees("社区")

        taken = "\n".join(f"第{n}句" for n in range(BURST))
        assert sorted(await written(street)) == sorted([taken, "3号楼路灯坏了"])
        street.clock.move(PAUSE)
        await street.settled()
        kept = "\n".join(f"第{n}句" for n in range(BURST + HELD))
        assert kept in await written(street)
        told = [one for one in flooder.chat.messages if "太快" in one.text]
        assert len(told) == 1
        await flooder.say("慢慢说的一句")
        await street.settled()
        assert f"{kept}\n慢慢说的一句" in await written(street)


async def test_a_stranger_who_floods_the_staff_bot_hears_one_sentence_in_all(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, **FLOOD) as street:
        stranger = street.stranger()
        assert isinstance(stranger, TelegramChatter)

        for number in range(50):
            await stranger.chat.say(f"喂 {number}")
        await street.invited("grid_secretary", EAST_1, "张书记")
        street.clock.move(PAUSE)
        await street.settled()

        assert stranger.count == 1
        assert "凭邀请码" in stranger.last
