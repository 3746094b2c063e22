"""What somebody of the office does every day, walked through on a telephone, with its taps counted.

What is typed counts as the one tap that sends it; choosing a photo is the telephone's own business.
"""

import io
from dataclasses import dataclass

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Locator

from tests.browser.conftest import PHONE, Visit
from tests.journeys.house import WEB, house
from tests.street import EAST, EAST_1

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@dataclass
class Hand:
    """Somebody's thumb on a page."""

    visit: Visit
    taps: int = 0

    async def finds(self, label: str) -> Locator:
        """Wait for the newest button with some words on it."""
        button = self.visit.page.locator(f"button.choice:has-text('{label}'):enabled").last
        await button.wait_for()
        return button

    async def tap(self, label: str) -> None:
        await (await self.finds(label)).click()
        self.taps += 1

    async def say(self, words: str) -> None:
        """Type and send."""
        await self.visit.write(words)
        self.taps += 1

    async def sees(self, words: str) -> None:
        await self.visit.page.locator(f"#log >> text={words}").last.wait_for()


@pytest_asyncio.fixture(loop_scope="session")
async def office(tmp_path):
    async with house(tmp_path, residents=WEB, staff=WEB) as street:
        yield street


async def joins(enter, office, role: str, unit: str, name: str) -> Hand:
    """Let somebody come in by an invitation, on their own telephone."""
    code = await office.invitation(role, unit, name)
    visit = await enter(PHONE, at=office.address)
    await visit.open(f"/staff?i={code}")
    await visit.page.wait_for_selector(f"#welcome >> text=给{name}的邀请")
    await visit.shoot(f"invitation-{role}")
    await visit.page.click("#begin")
    hand = Hand(visit)
    await hand.sees(f"{name}，欢迎")
    return hand


async def filed(office) -> str:
    resident = office.newcomer()
    await resident.start("g-E1")
    await resident.say("3号楼路灯坏了，晚上看不见路")
    await resident.sees("路灯照明")
    await resident.press("提交")
    receipt = await resident.sees("编号")
    return receipt.split("编号 ")[1][:10]


async def test_an_invitation_says_for_whom_it_is_before_it_is_accepted(office, enter):
    code = await office.invitation("grid_secretary", EAST_1, "张书记")
    visit = await enter(PHONE, at=office.address)

    await visit.open(f"/staff?i={code}")
    await visit.page.wait_for_selector("#welcome >> text=给张书记的邀请")

    shown = await visit.page.inner_text("#welcome")
    assert "东园社区第一网格网格书记" in shown
    assert await visit.texts("#log .line") == []


async def test_a_code_that_is_typed_says_so_too_and_a_wrong_one_is_answered(office, enter):
    code = await office.invitation("grid_worker", EAST_1, "李网格员")
    visit = await enter(PHONE, at=office.address)
    await visit.open("/staff")

    await visit.page.fill("#code", code)
    await visit.page.click("#begin")
    await visit.page.wait_for_selector("#welcome >> text=给李网格员的邀请")
    await visit.page.click("#begin")
    await Hand(visit).sees("李网格员，欢迎")

    other = await enter(PHONE, at=office.address)
    await other.open("/staff")
    await other.page.fill("#code", "111122223333")
    await other.page.click("#begin")
    await other.page.wait_for_selector(".theirs")


async def test_a_secretary_hands_a_case_over_with_two_taps(office, enter):
    secretary = await joins(enter, office, "grid_secretary", EAST_1, "张书记")
    worker = await office.invited("grid_worker", EAST_1, "李网格员")
    number = await filed(office)
    await secretary.sees("3号楼路灯坏了")

    await secretary.tap("转交")
    await secretary.tap("李网格员")
    await secretary.sees("已转交")

    assert secretary.taps == 2
    await worker.sees(number)
    await secretary.visit.shoot("walk-handed-over")


def photo() -> dict[str, object]:
    out = io.BytesIO()
    Image.new("RGB", (600, 800), "#f4d35e").save(out, "JPEG")
    return {"name": "lamp.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


async def test_a_worker_resolves_with_a_photo_with_four_taps(office, enter):
    worker = await joins(enter, office, "grid_secretary", EAST_1, "张书记")
    number = await filed(office)
    await worker.sees("3号楼路灯坏了")

    await worker.tap("接单")
    await worker.visit.page.set_input_files("#photo-file", [photo()])
    await worker.visit.page.wait_for_selector(".tray-item.is-done")
    await worker.say("换了灯泡，亮了")
    await worker.sees("这是给哪件事的")
    await worker.tap("3号楼路灯坏了")
    await worker.tap("提交")
    await worker.sees("已提交办理结果")

    assert worker.taps <= 4
    matter = await office.matter(number)
    assert matter.resolved_at is not None
    await worker.visit.shoot("walk-resolved")


async def test_a_clerk_files_for_a_walk_in_with_four_taps(office, enter):
    await office.invited("grid_secretary", EAST_1, "张书记")
    clerk = await joins(enter, office, "window_clerk", EAST, "周窗口")

    await clerk.tap("代居民登记")
    await clerk.say("第一网格3号楼王大爷来说下水道堵了，13900005678")
    await clerk.sees("王大爷")
    await clerk.visit.shoot("walk-clerk")
    if await clerk.visit.page.locator("button.choice:has-text('第一网格'):enabled").count():
        await clerk.tap("第一网格")
    await clerk.tap("提交")
    await clerk.sees("已登记，编号")

    assert clerk.taps <= 4


async def test_a_contact_pressed_by_mistake_is_taken_back_where_it_was_pressed(office, enter):
    secretary = await joins(enter, office, "grid_secretary", EAST_1, "张书记")
    number = await filed(office)
    await secretary.sees("3号楼路灯坏了")
    await secretary.tap("接单")
    await secretary.tap("已联系居民")

    await secretary.tap("点错了，还没联系上")
    await secretary.visit.page.locator(
        "button.choice:has-text('已联系居民'):enabled"
    ).last.wait_for()

    assert (await office.matter(number)).contacted_at is None
