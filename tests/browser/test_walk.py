"""The residents' walk of what people met, in a real browser, with what each thing costs.

A turn is something written and sent, a tap a press on a button; whatever is pressed must be in view
without scrolling. What it should cost stands in the table of each test; where more is needed, the
test says how much and why.
"""

import asyncio
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from tests.browser.conftest import PHONE, Visit
from tests.browser.test_page import photo
from tests.journeys.chatters import Chatter
from tests.journeys.house import WEB, House, house
from tests.patience import PATIENCE
from tests.street import EAST_1

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SIZES = [PHONE, (1280, 800)]


@pytest_asyncio.fixture(loop_scope="session")
async def office(tmp_path):
    """A whole Linli on the web; to be named before `enter`: pages outlive no server quietly."""
    async with house(tmp_path, residents=WEB, staff=WEB) as street:
        yield street


@pytest_asyncio.fixture(loop_scope="session")
async def secretary(office: House):
    """Whoever answers for the first grid."""
    return await office.invited("grid_secretary", EAST_1, "张书记")


@dataclass
class Walk:
    """One resident at a page, with what it costs them."""

    visit: Visit
    name: str
    turns: int = 0
    taps: int = 0
    pictures: int = field(default=0)

    @property
    def cost(self) -> tuple[int, int]:
        """Turns and taps so far; the count begins anew."""
        spent = (self.turns, self.taps)
        self.turns = self.taps = 0
        return spent

    async def write(self, words: str) -> None:
        """Write and send."""
        await self.visit.page.locator("#send").wait_for()
        await self.visit.write(words)
        await self.visit.page.locator(".mine", has_text=words).last.wait_for()
        self.turns += 1

    async def sees(self, words: str) -> str:
        """Wait for a message that holds the words."""
        message = self.visit.page.locator("#log .theirs", has_text=words).last
        await message.wait_for()
        return await message.inner_text()

    async def tap(self, label: str, where: str = "#log button.choice") -> None:
        """Press the newest button that bears the label; it is in view, and nothing lies over it."""
        button = self.visit.page.locator(where, has_text=label).last
        await button.wait_for()
        await self._comes_into_view(button, label)
        self.pictures += 1
        await self.visit.shoot(f"walk-{self.name}-{self.pictures:02}")
        await button.click()
        self.taps += 1

    async def looks_down(self) -> None:
        """Scroll to the newest, as a thumb does, once the page has come to rest."""
        await self.visit.page.locator("#log .newer").wait_for()
        await self.visit.page.wait_for_timeout(600)
        talk = await self.visit.page.locator("#talk").bounding_box()
        assert talk is not None
        await self.visit.page.mouse.move(talk["x"] + talk["width"] / 2, talk["y"] + 200)
        await self.visit.page.mouse.wheel(0, 9_000)

    async def _comes_into_view(self, button, label: str) -> None:
        reached = """(node) => {
          const box = node.getBoundingClientRect();
          const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
          return hit !== null && (node === hit || node.contains(hit));
        }"""
        try:
            async with asyncio.timeout(min(PATIENCE, 20)):
                while not await button.evaluate(reached):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        except TimeoutError:
            await self.visit.shoot(f"walk-{self.name}-hidden")
            raise AssertionError(f"{label} is not in view") from None


@pytest_asyncio.fixture(loop_scope="session", params=SIZES, ids=["phone", "desk"])
async def walk(request, office: House, secretary, enter):
    visit = await enter(request.param, at=office.address)
    return Walk(visit, f"{request.node.originalname[5:40]}-{request.param[0]}")


async def told_by_poster(walk: Walk, words: str) -> None:
    """Scan the poster and write at once."""
    await walk.visit.page.goto(f"{walk.visit.base}/?g={EAST_1}")
    await walk.write(words)
    await walk.sees(words)


async def filed_case(walk: Walk, words: str = "3号楼门口路灯坏了") -> None:
    """File as a newcomer by the poster."""
    await told_by_poster(walk, words)
    await walk.tap("提交")
    await walk.sees("已提交")
    _ = walk.cost


async def asked(secretary: Chatter, question: str) -> None:
    await secretary.press("接单")
    await secretary.press("问居民")
    await secretary.sees("想问居民什么")
    await secretary.say(question)
    await secretary.sees("已向居民提问")


async def resolved(secretary: Chatter) -> None:
    await secretary.press("接单")
    await secretary.press("办结")
    await secretary.sees("怎么解决")
    await secretary.say("换了灯泡，已经亮了")
    await secretary.press("跳过")
    await secretary.press("提交")
    await secretary.sees("已办结")


async def test_the_card_of_a_poster_names_who_works_there_before_a_word_is_said(walk):
    await walk.visit.page.goto(f"{walk.visit.base}/?g={EAST_1}")
    first = walk.visit.page.locator("#welcome-text p", has_text="张书记")
    await first.wait_for()
    await walk.visit.shoot(f"walk-{walk.name}")
    said = await first.inner_text()
    await walk.tap("", "#begin")
    greeting = await walk.sees("您所在的网格")

    assert said == "您扫的是第一网格的二维码。有事找网格书记张书记，在这里写一句就能找到。"
    assert "有事找网格书记张书记" in greeting


async def test_a_newcomer_by_the_poster_writes_once_and_submits(walk):
    await told_by_poster(walk, "3号楼门口路灯坏了")
    await walk.tap("提交")
    await walk.sees("已提交")

    assert walk.cost == (1, 1)


async def test_whoever_is_known_writes_once_and_submits_though_others_are_nearby(office, walk):
    neighbour = office.newcomer("邻居")
    await neighbour.start(f"g-{EAST_1}")
    await neighbour.say("3号楼门口路灯坏了")
    await neighbour.press("提交")
    await neighbour.number()
    await filed_case(walk, "5号楼的垃圾桶满了")

    await walk.write("3号楼前路灯不亮")
    await walk.sees("附近有人报过")
    await walk.tap("提交")
    await walk.sees("2026-00003")

    assert walk.cost == (1, 1)


async def test_a_dispute_is_told_with_four_taps_by_somebody_nobody_knows(walk):
    await walk.visit.page.goto(walk.visit.base)
    await walk.tap("", "#begin")
    await walk.tap("报纠纷")
    await walk.sees("发生了什么纠纷")
    await walk.write("楼上邻居天天半夜放音乐，吵得睡不着")
    await walk.tap("东园社区 第一网格")
    await walk.sees("还没写")
    await walk.tap("提交")
    await walk.sees("已提交")

    # With the poster the grid falls away too.
    assert walk.cost == (1, 4)


async def test_who_was_asked_just_answers(secretary, walk):
    await filed_case(walk)
    await secretary.sees("路灯坏了")
    await asked(secretary, "请问是几单元？")
    await walk.sees("请问是几单元")

    await walk.write("2单元3楼")
    await walk.sees("已经转告承办人")

    assert walk.cost == (1, 0)


async def test_ones_own_case_is_two_taps_away(walk):
    await filed_case(walk)

    await walk.tap("我的", ".composer button")
    await walk.tap("3号楼门口路灯坏了", "#log button.row")
    await walk.sees("办理经过")

    assert walk.cost == (0, 2)


async def test_a_verdict_and_a_score_are_two_taps(office, secretary, walk):
    await filed_case(walk)
    await secretary.sees("路灯坏了")
    # The receipt has been read; then the page is closed until something has happened.
    await walk.visit.page.wait_for_timeout(1500)
    await walk.visit.page.goto("about:blank")
    await resolved(secretary)
    await office.settled()
    await walk.visit.open()
    await walk.sees("换了灯泡")

    # The page opens at what was not read yet: the two lines of the notice, below the read-back.
    await walk.looks_down()
    await walk.tap("已解决")
    await walk.sees("打个分")
    await walk.tap("5")
    await walk.sees("5 分")

    assert walk.cost == (0, 2)


async def test_photos_are_seen_where_they_are_read_back_and_in_ones_own_case(walk):
    page = walk.visit.page
    await page.goto(f"{walk.visit.base}/?g={EAST_1}")
    await page.set_input_files("#photo-file", [photo(800, 600), photo(600, 800)])
    await page.wait_for_selector(".tray-item.is-done >> nth=1")
    await walk.write("3号楼门口路灯坏了")

    await walk.sees("照片 2 张")
    shown = page.locator("#log .theirs", has_text="照片 2 张").last.locator(".photo img")
    await shown.nth(1).wait_for()
    await walk.tap("提交")
    assert "照片 2 张" in await walk.sees("已提交")
    await walk.tap("我的", ".composer button")
    await walk.tap("3号楼门口路灯坏了", "#log button.row")
    await walk.sees("办理经过")
    await page.locator("#log .theirs").last.locator(".photo img").nth(1).wait_for()
    await walk.visit.shoot(f"walk-photos-{page.viewport_size['width']}")


async def test_a_code_for_another_device_is_large_and_beside_it_stands_where_to_open(walk):
    page = walk.visit.page
    await filed_case(walk)

    await walk.tap("我的", ".composer button")
    await walk.tap("换手机、加一台设备")
    await walk.tap("要一个数字码")
    await walk.sees("数字码：")

    code, drawn = page.locator(".has-code h3"), page.locator(".has-code .scan-code")
    await drawn.evaluate("(one) => one.decode()")
    size = await code.evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)")
    widths = await code.evaluate("(one) => [one.scrollWidth, one.clientWidth]")
    await walk.visit.shoot(f"walk-code-{page.viewport_size['width']}")
    assert size >= 24
    assert widths[0] <= widths[1]
    assert await drawn.get_attribute("src") == "/home/code.svg"
    # The address stands in the picture, and the code does not stand in the address.
    assert (await page.request.get(f"{walk.visit.base}/home/code.svg")).ok
