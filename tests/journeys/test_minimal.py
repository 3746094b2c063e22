"""Minimal personal data: Telegram carries numbers and states, everything else goes over the web."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from sqlalchemy import func, select

from domain.messages import Side
from storage.attachments import attachments
from storage.drafts import drafts
from storage.inbox import inbox
from storage.people import accounts
from storage.session_rows import sessions
from tests.bot_api.server import BotApi
from tests.journeys.chatters import TelegramChatter, WebChatter
from tests.journeys.house import AIOGRAM, PTB, House, house
from tests.street import EAST, EAST_1

WAYS = [(AIOGRAM, PTB), (PTB, AIOGRAM)]
MINIMAL = {"LINLI_TELEGRAM__PERSONAL_DATA": "minimal"}

WORDS, PLACE, PHONE = "三楼的水管漏到我家厨房", "槐树巷7号", "13800001234"
QUESTION, ANSWER = "请问漏水几天了", "从周日晚上开始漏"
RESULT, COMMENT = "换了一截铁管", "师傅手脚很麻利"
OFFICER, LEADER = "张守义", "王秀兰"
#: What must never travel, in whatever form.
PERSONAL = (
    WORDS,
    PLACE,
    PHONE,
    QUESTION,
    ANSWER,
    RESULT,
    COMMENT,
    OFFICER,
    LEADER,
    "水管",
    "113.0",
)


class Browser(WebChatter):
    """The browser in which somebody opens the links that Telegram hands them."""

    async def read(self, link: str) -> tuple[int, str]:
        """Open a link, as a person does, or a preview."""
        async with self._http.get(link) as answer:
            return answer.status, await answer.text()

    async def press_on(self, link: str, **fields: str) -> ClientResponse:
        """Press the page's one button."""
        answer = await self._http.post(
            link, data=fields, headers=self._origin, allow_redirects=False
        )
        answer.release()
        return answer

    async def follow(self, link: str) -> None:
        """Open a link, press its button and go where that leads."""
        status, page = await self.read(link)
        assert (status, page.count("<button"), "<script" in page) == (200, 1, False)
        answer = await self.press_on(link)
        front = {Side.RESIDENTS: "/", Side.STAFF: "/staff"}[self.side]
        assert (answer.status, answer.headers.get("Location")) == (303, front)
        await self._open()


async def link_of(chatter: Any) -> str:
    """Wait for the next link to the web page and give it."""
    assert isinstance(chatter, TelegramChatter)
    await chatter.sees("只能用一次")
    buttons = [button for row in chatter.chat.last.button_rows for button in row]
    (link,) = [button["url"] for button in buttons if "url" in button]
    return str(link)


async def joined(street: House, role: str, unit: str, name: str) -> TelegramChatter:
    """A member of staff who took a post on Telegram."""
    chatter = street.stranger(name)
    await chatter.start(await street.invitation(role, unit, name))
    await chatter.sees("欢迎！您的岗位", "菜单")
    assert isinstance(chatter, TelegramChatter)
    return chatter


def sent(api: BotApi) -> str:
    """Everything that was ever sent to Telegram, in words."""
    return "\n".join(
        json.dumps(call.parameters, ensure_ascii=False, default=str) for call in api.calls
    )


def methods(api: BotApi) -> set[str]:
    return {call.method for call in api.calls}


@pytest.mark.parametrize(("residents", "staff"), WAYS)
async def test_a_whole_matter_with_nothing_personal_on_telegram(
    tmp_path: Path, residents: str, staff: str
) -> None:
    async with house(tmp_path, residents=residents, staff=staff, **MINIMAL) as street:
        leader = await joined(street, "community_secretary", EAST, LEADER)
        secretary = await joined(street, "grid_secretary", EAST_1, OFFICER)
        resident = street.newcomer()
        page = Browser(street, "居民的浏览器", Side.RESIDENTS)
        desk = Browser(street, "书记的浏览器", Side.STAFF)

        # The resident presses on Telegram, and files on the page.
        await resident.start("g-E1")
        await resident.sees("境外")
        await resident.press("办事")
        await page.follow(await link_of(resident))
        await page.sees("需要办什么事")
        await page.say(WORDS)
        await page.sees("属于哪一类")
        await page.press("上门维修")
        await page.sees("什么地方")
        await page.say(PLACE)
        await page.sees("照片")
        await page.photos(2)
        await page.sees("2 张")
        await page.press("发完了")
        assert PLACE in await page.sees("水管")
        await page.press("补充联系电话")
        await page.sees("电话")
        await page.say(PHONE)
        await page.sees(PHONE)
        await page.press("提交")
        number = await page.number()

        # The secretary accepts on Telegram, and sees and asks on the page.
        assert number in await secretary.sees(number)
        await secretary.press("接单")
        await resident.sees(f"{number}：第一网格 网格书记接手了")
        await secretary.press("在网页上看")
        await desk.follow(await link_of(secretary))
        shown = await desk.sees(WORDS)
        assert PLACE in shown
        assert PHONE in shown
        await desk.sees_file()
        await desk.press("问居民")
        await desk.sees("想问居民什么")
        await desk.say(QUESTION)
        await desk.sees("已向居民提问")

        # The resident is asked on Telegram, and answers on the page.
        await resident.sees(f"{number}，有一点想问您：（内容请在网页上看）")
        await resident.press("在网页上看")
        await page.follow(await link_of(resident))
        await page.sees(QUESTION)
        await page.press("回答")
        await page.sees("请写下您的回答")
        await page.say(ANSWER)
        await page.sees(f"内容：{ANSWER}")
        await page.press("提交")

        # It is solved on the page, and judged on Telegram.
        await secretary.sees("居民回答了您的问题")
        await secretary.press("办结")
        await desk.follow(await link_of(secretary))
        await desk.sees("怎么解决")
        await desk.say(RESULT)
        await desk.sees("照片")
        await desk.photos(1)
        await desk.sees("1 张")
        await desk.press("发完了")
        await desk.sees("办理结果")
        await desk.press("提交")
        await resident.sees(f"{number}办完了")
        await resident.press("没解决")
        await resident.sees("重新办理")
        await leader.sees("没有解决")
        await secretary.sees(number)
        await secretary.press("接单")
        await secretary.press("办结")
        await desk.follow(await link_of(secretary))
        await desk.sees("怎么解决")
        await desk.say(RESULT)
        await desk.sees("照片")
        await desk.press("跳过")
        await desk.sees("办理结果")
        await desk.press("提交")
        await resident.sees(f"{number}办完了")
        await resident.press("已解决")
        await resident.sees("打个分")
        await resident.press("5")
        await resident.press("写几句评价")
        await page.follow(await link_of(resident))
        await page.sees("评价")
        await page.say(COMMENT)
        await page.sees("谢谢")
        await leader.sees(f"{number}：居民写了评价")
        await street.settled()

        matter = await street.matter(number)
        assert (matter.score, matter.particulars.text, len(matter.particulars.attachments)) == (
            5,
            WORDS,
            2,
        )
        told = sent(street.api)
        assert [words for words in PERSONAL if words in told] == []
        assert number in told
        assert methods(street.api).isdisjoint(
            {"sendPhoto", "sendMediaGroup", "sendVoice", "sendDocument", "sendLocation", "getFile"}
        )


@pytest.mark.parametrize(("residents", "staff"), WAYS)
async def test_what_is_sent_over_telegram_is_not_taken_and_not_lost_silently(
    tmp_path: Path, residents: str, staff: str
) -> None:
    async with house(tmp_path, residents=residents, staff=staff, **MINIMAL) as street:
        secretary = await joined(street, "grid_secretary", EAST_1, OFFICER)
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("境外")

        for chatter in (resident, secretary):
            await chatter.say(WORDS)
            await chatter.sees("没有收下")
            await chatter.photos(1, PLACE)
            await chatter.sees("没有收下")
            await chatter.voice()
            await chatter.sees("没有收下")
            await chatter.place(34.005, 113.005)
            await chatter.sees("没有收下")
            await chatter.chat.share_contact()
            await chatter.sees("没有收下")
        await street.settled()

        async with street.database.read() as tx:
            left = await tx.rows(select(inbox.c.sealed).where(inbox.c.sealed.is_not(None)))
            files = await tx.scalar(select(func.count()).select_from(attachments))
            begun = await tx.scalar(select(func.count()).select_from(drafts))
        assert (left, files, begun) == ([], 0, 0)
        assert "getFile" not in methods(street.api)
        told = sent(street.api)
        assert [words for words in PERSONAL if words in told] == []


@pytest.mark.parametrize("residents", [AIOGRAM, PTB])
async def test_danger_brings_the_numbers_and_the_link_alone(tmp_path: Path, residents: str) -> None:
    async with house(tmp_path, residents=residents, **MINIMAL) as street:
        resident = street.newcomer()

        await resident.say("楼道着火了，有人被困")

        shown = await resident.sees("📞")
        assert "119" in shown
        assert "没有收下" in shown
        await street.settled()
        assert resident.count == 1


@pytest.mark.parametrize("residents", [AIOGRAM, PTB])
async def test_words_typed_while_a_form_is_open_lead_back_to_its_question(
    tmp_path: Path, residents: str
) -> None:
    async with house(tmp_path, residents=residents, **MINIMAL) as street:
        resident = street.newcomer()
        page = Browser(street, "浏览器", Side.RESIDENTS)
        await resident.start("g-E1")
        await resident.press("报纠纷")
        await page.follow(await link_of(resident))
        await page.sees("什么纠纷")

        await resident.say(WORDS)
        link = await link_of(resident)
        other = Browser(street, "另一个浏览器", Side.RESIDENTS)
        await other.follow(link)

        await other.sees("什么纠纷")


async def test_a_button_whose_link_was_not_used_is_meant_by_the_words_after_it(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, **MINIMAL) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.press("提意见")
        await link_of(resident)

        await resident.say(WORDS)
        page = Browser(street, "浏览器", Side.RESIDENTS)
        await page.follow(await link_of(resident))

        await page.sees("意见或建议")


async def test_a_link_works_once_for_ten_minutes_and_only_when_its_button_is_pressed(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, **MINIMAL) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.press("办事")
        link = await link_of(resident)
        page = Browser(street, "浏览器", Side.RESIDENTS)

        for _ in range(3):  # a preview, a crawler, and the person
            assert (await page.read(link))[0] == 200
        await page.follow(link)
        status, said = await page.read(link)
        assert status == 410
        assert "用过了" in said
        assert (await page.press_on(link)).status == 410

        await resident.press("提意见")
        late = await link_of(resident)
        await street.later(minutes=10)
        status, said = await page.read(late)
        assert status == 410
        assert "十分钟" in said
        assert (await page.press_on(late)).status == 410

        status, said = await page.read(re.sub("/in/.*", "/in/made-up", link))
        assert status == 410
        assert "没有这个链接" in said


async def test_a_link_is_pressed_only_on_its_own_page(tmp_path: Path) -> None:
    async with house(tmp_path, **MINIMAL) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.press("办事")
        link = await link_of(resident)
        page = Browser(street, "浏览器", Side.RESIDENTS)

        for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
            async with page._http.post(link, headers=headers, allow_redirects=False) as answer:
                assert answer.status == 403

        await page.follow(link)


async def test_a_browser_of_somebody_else_changes_hands_only_on_purpose(tmp_path: Path) -> None:
    async with house(tmp_path, **MINIMAL) as street:
        stranger = Browser(street, "邻居", Side.RESIDENTS)
        await stranger.start("g-E1")
        await stranger.sees("提意见")
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.press("办事")
        link = await link_of(resident)

        _, said = await stranger.read(link)
        assert "另一个人的对话" in said
        assert (await stranger.press_on(link)).status == 200
        assert (await stranger.press_on(link, leave="yes")).status == 303

        assert (await stranger.press_on(link, leave="yes")).status == 410
        async with street.database.read() as tx:
            opened = await tx.rows(
                select(accounts.c.opened_by).join(sessions, sessions.c.account == accounts.c.id)
            )
        assert [row.opened_by is not None for row in opened] == [True]


async def test_somebody_who_left_has_no_way_in_by_an_old_link(tmp_path: Path) -> None:
    async with house(tmp_path, **MINIMAL) as street:
        leader = await joined(street, "community_secretary", EAST, LEADER)
        secretary = await joined(street, "grid_secretary", EAST_1, OFFICER)
        await secretary.say("今天休息")
        link = await link_of(secretary)
        desk = Browser(street, "书记的浏览器", Side.STAFF)
        await leader.press("人员和岗位")
        page = Browser(street, "社区书记的浏览器", Side.STAFF)
        await page.follow(await link_of(leader))
        await page.press("第一网格")
        await page.press(f"离岗：{OFFICER}")
        await page.press("确认离岗")
        await page.sees("已离岗")

        status, said = await desk.read(link)

        assert status == 410
        assert "没有这个链接" in said


async def test_the_page_opened_by_a_link_speaks_for_the_same_person_and_news_stay_on_telegram(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, **MINIMAL) as street:
        secretary = await joined(street, "grid_secretary", EAST_1, OFFICER)
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.press("办事")
        page = Browser(street, "浏览器", Side.RESIDENTS)
        await page.follow(await link_of(resident))
        await page.sees("需要办什么事")
        await page.say(WORDS)
        await page.press("上门维修")
        await page.sees("什么地方")
        await page.press("跳过")
        await page.sees("照片")
        await page.press("跳过")
        await page.press("提交")
        number = await page.number()

        await secretary.sees(number)
        await secretary.press("接单")

        await resident.sees("接手了")
        await resident.say(number)
        await resident.sees("正在办理")
        await resident.press("在网页上看")
        await page.follow(await link_of(resident))
        await page.sees(WORDS)
