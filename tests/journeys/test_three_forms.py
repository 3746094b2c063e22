"""The three forms in full, from the menu to the number: the same on every channel."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from domain.categories import Kind
from domain.matters.matter import Matter
from tests.journeys.chatters import Chatter
from tests.journeys.house import CHANNELS, WEB, WEB_AND_AIOGRAM, WEB_AND_PTB, House, house
from tests.street import EAST_1

#: Within the first grid of the tests' street.
LAMP = (34.005, 113.005)


@dataclass(frozen=True, kw_only=True)
class Story:
    """What somebody tells in one of the forms."""

    button: str
    asks: str
    then: str
    """What is asked of somebody whose grid nobody knows, after the words."""
    first: str
    second: str
    category: str
    stored: dict[str, Any]
    asks_for_files: bool = True
    """Otherwise it is read back at once, and what is added stands there."""

    @property
    def after_the_place(self) -> str:
        """What comes when the place is known."""
        return "照片或语音" if self.asks_for_files else self.category


STORIES = {
    Kind.OPINION: Story(
        button="提意见",
        asks="什么意见",
        then="什么地方",
        first="希望多组织一些文化活动",
        second="希望周末多组织一些文化活动",
        category="文体活动",
        stored={"kind": "opinion", "category": "activities", "public_space": True},
    ),
    Kind.SERVICE: Story(
        button="办事",
        asks="需要办什么事",
        then="什么地方",
        first="路灯坏了，晚上看不见路",
        second="路灯坏了三天，晚上看不见路",
        category="路灯照明",
        stored={"kind": "service", "category": "lighting", "public_space": True},
    ),
    Kind.DISPUTE: Story(
        button="报纠纷",
        asks="发生了什么纠纷",
        then="哪个网格",
        first="邻居天天半夜放音乐，吵得睡不着",
        second="邻居天天半夜放音乐，劝了也不听",
        category="邻里噪音",
        stored={"kind": "dispute", "category": "neighbour_noise", "public_space": False},
        asks_for_files=False,
    ),
}


async def tell(story: Story, resident: Chatter) -> None:
    """Fill the form from the menu to the read-back."""
    await resident.press(story.button)
    await resident.sees(story.asks)
    await resident.say(story.first)
    await resident.sees(story.then)
    await resident.place(*LAMP)
    await resident.sees(story.after_the_place)
    await resident.photos(3, "请看照片")
    await resident.sees("照片 3 张")
    await resident.voice()
    await resident.sees("照片 3 张，语音 1 段")
    if story.asks_for_files:
        await resident.press("发完了")
        await resident.sees("请看照片")


async def change_the_words(story: Story, resident: Chatter) -> None:
    """Change one answer from the read-back, and leave another as it is."""
    await resident.press("修改内容")
    await resident.sees(story.asks)
    await resident.say(story.second)
    await resident.sees(story.second)
    await resident.press("修改地点")
    await resident.sees("什么地方")
    await resident.press("不改了")
    await resident.sees(story.second)


async def outcome(street: House, number: str) -> dict[str, Any]:
    """Give what a case is, as far as it must not depend on the channel."""
    matter = await street.matter(number)
    told = matter.particulars
    assert told.point is not None
    return {
        "kind": matter.kind.value,
        "category": matter.category,
        "origin": matter.origin.value,
        "public_space": matter.public_space,
        "community": matter.community,
        "grid": matter.grid,
        "hide_name": matter.hide_name,
        "confidential": matter.confidential,
        "state": matter.state.value,
        "seat": (matter.seat.unit, matter.seat.role.value),
        "text": told.text,
        "point": (told.point.latitude, told.point.longitude),
        "files": len(told.attachments),
        "phone": told.phone,
    }


def expected(story: Story, channel: str, *, hidden: bool) -> dict[str, Any]:
    """Give what every channel must come to, and that the case says which it was."""
    return {
        **story.stored,
        "origin": "web" if channel == WEB else "telegram",
        "community": "E",
        "grid": EAST_1,
        "hide_name": hidden,
        "confidential": story.stored["kind"] == "dispute",
        "state": "dispatched",
        "seat": (EAST_1, "grid_secretary"),
        "text": story.second,
        "point": LAMP,
        "files": 4,
        "phone": "13800001234",
    }


def has_two_clocks(matter: Matter) -> bool:
    """Tell whether both deadlines stand after the dispatch, in their order."""
    return matter.dispatched_at < matter.contact_by < matter.resolve_by


@pytest.mark.requirement("M-12")
@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("kind", list(STORIES))
async def test_a_form_in_full_comes_to_the_same_on_every_channel(
    tmp_path: Path, channel: str, kind: Kind
) -> None:
    story = STORIES[kind]
    hides = kind is not Kind.SERVICE
    async with house(tmp_path, residents=channel, staff=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()
        await resident.start()
        await resident.sees("个人信息说明")

        await tell(story, resident)
        await change_the_words(story, resident)
        await resident.press("补充联系电话")
        await resident.sees("留个电话")
        await resident.say("138 0000 1234")
        await resident.sees("13800001234")
        if hides:
            await resident.press("要不要匿名")
            await resident.sees("要匿名吗")
            await resident.press("要匿名")
            await resident.sees("看不到您的姓名和电话")
        await resident.press("提交")
        number = await resident.number()

        card = await secretary.sees(number)
        assert story.category in card
        assert story.second in card
        assert ("不显示姓名" in card) is hides
        assert ("13800001234" in card or "13800001234" in secretary.dials) is not hides
        for _ in range(4):
            assert await secretary.sees_file()
        assert await outcome(street, number) == expected(story, channel, hidden=hides)
        assert has_two_clocks(await street.matter(number))


@pytest.mark.parametrize("channel", WEB_AND_PTB)
async def test_the_question_and_the_read_back_stand_where_the_resident_looks(
    tmp_path: Path, channel: str
) -> None:
    story = STORIES[Kind.SERVICE]
    async with house(tmp_path, residents=channel) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")
        await tell(story, resident)

        await resident.press("修改内容")
        await resident.sees(story.asks)
        await resident.say(story.second)
        await resident.sees(story.second)

        assert story.second in resident.last
        await resident.is_offered("✅ 提交")


@pytest.mark.parametrize("channel", WEB_AND_AIOGRAM)
async def test_back_skip_and_cancel_work_at_every_step(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = street.newcomer()
        await resident.start()
        await resident.sees("提意见")

        await resident.press("办事")
        await resident.sees("需要办什么事")
        await resident.say("想找人帮忙看看")
        await resident.sees("属于哪一类")
        await resident.press("返回上一步")
        await resident.sees("需要办什么事")
        await resident.say("路灯不亮")
        await resident.sees("什么地方")
        await resident.press("跳过")
        await resident.sees("哪个社区")
        await resident.press("东园社区")
        await resident.sees("哪个网格")
        await resident.press("换一个社区")
        await resident.sees("哪个社区")
        await resident.press("东园社区")
        await resident.sees("哪个网格")
        await resident.press("第一网格")
        await resident.sees("照片或语音")
        await resident.press("返回上一步")
        await resident.sees("哪个网格")
        await resident.press("第二网格")
        await resident.sees("照片或语音")
        await resident.press("跳过")
        await resident.sees("第二网格")
        await resident.press("取消")
        await resident.sees("要取消吗")
        await resident.press("接着填")
        await resident.sees("第二网格")
        await resident.press("取消")
        await resident.sees("要取消吗")
        await resident.press("确定取消")

        await resident.sees("已取消")
        await resident.press("菜单")
        await resident.sees("请选一项")
