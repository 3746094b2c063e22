"""The whole of Linli in a browser: resident and secretary side by side, from words to verdict."""

import io
import re
from datetime import timedelta

import pytest
import pytest_asyncio
from PIL import Image

from tests.browser import picture
from tests.browser.conftest import DESK
from tests.browser.demonstration import Pane, shown
from tests.street import MORNING

#: A second or more has been recorded.
RECORDED = re.compile("[1-9]$")

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def address(tmp_path):
    """The demonstration as `make run` starts it, on a working morning.

    To be named before `enter`: pages that outlive their server complain.
    """
    async with shown(tmp_path) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="session")
async def before_eight(tmp_path):
    """The same, before anybody may be disturbed."""
    async with shown(tmp_path, MORNING - timedelta(hours=1, minutes=40)) as address:
        yield address


async def test_whoever_looks_at_night_is_told_why_nothing_arrives(before_eight, enter):
    visit = await enter(DESK, at=before_eight)
    await visit.page.goto(before_eight)
    await visit.page.wait_for_selector(".pane:visible >> nth=2")
    resident, secretary = Pane(visit.page, "resident"), Pane(visit.page, "secretary")

    await resident.write("3号楼路灯坏了，晚上看不见路")
    await resident.press("提交")
    number = (await resident.sees("编号")).split("编号 ")[1][:10]
    quiet = await visit.page.locator("#clock-quiet").inner_text()
    await visit.shoot("journey-quiet")
    told_early = await secretary.frame.locator(".theirs", has_text=number).count()
    await visit.page.click('[data-step="1h"]')
    await secretary.sees(number)
    await visit.page.locator("#clock-quiet").wait_for(state="hidden")

    assert "08:00" in quiet
    assert told_early == 0


async def test_a_broken_lamp_is_told_mended_and_rated_side_by_side(address, enter):
    visit = await enter(DESK, at=address)
    await visit.page.goto(address)
    await visit.page.wait_for_selector(".pane:visible >> nth=2")
    resident, secretary = Pane(visit.page, "resident"), Pane(visit.page, "secretary")

    await resident.write("3号楼路灯坏了，晚上看不见路")
    await resident.sees("3号楼")
    await resident.press("提交")
    number = (await resident.sees("编号")).split("编号 ")[1][:10]
    await secretary.sees(number)
    await visit.shoot("journey-told")
    await secretary.press("接单")
    await resident.sees("接手了")
    await secretary.press("办结")
    await secretary.sees("怎么解决")
    await secretary.write("换了灯泡，已经亮了")
    await secretary.sees("照片")
    await secretary.send_photo()
    await secretary.sees("已收到")
    await secretary.press("发完了")
    await secretary.sees("办理结果")
    await secretary.press("提交")

    await resident.sees("换了灯泡")
    await resident.frame.locator(".theirs .photo img").last.wait_for()
    await visit.shoot("journey-solved")
    await resident.press("已解决")
    await resident.sees("打个分")
    await resident.press("5")
    await resident.sees("5 分")
    await secretary.sees("已解决")
    await visit.shoot("journey-rated")


async def test_a_complaint_about_a_person_leaves_the_page_and_does_not_come_back(address, enter):
    visit = await enter(DESK, at=address)
    await visit.page.goto(address)
    await visit.page.wait_for_selector(".pane:visible >> nth=2")
    resident = Pane(visit.page, "resident")

    await resident.write("钟书记态度恶劣，当面骂人")
    await resident.sees("纪检监察")

    mine = resident.frame.get_by_text("当面骂人")
    await mine.wait_for(state="detached")
    await visit.page.reload()
    await resident.sees("纪检监察")
    assert await mine.count() == 0


async def test_time_can_be_moved_until_the_secretary_is_reminded(address, enter):
    visit = await enter(DESK, at=address)
    await visit.page.goto(address)
    await visit.page.wait_for_selector(".pane:visible >> nth=2")
    resident, secretary = Pane(visit.page, "resident"), Pane(visit.page, "secretary")
    await resident.write("5号楼垃圾没人清")
    await resident.press("提交")
    number = (await resident.sees("编号")).split("编号 ")[1][:10]
    await secretary.sees(number)
    before = await secretary.frame.locator(".theirs").count()

    await visit.page.click("text=下个工作日")
    await visit.page.wait_for_selector("#clock-state:has-text('已拨好')")

    await secretary.frame.locator(f".theirs >> nth={before}").wait_for()


async def test_a_voice_reaches_the_one_who_answers_for_it_and_can_be_played(address, enter):
    visit = await enter(DESK, at=address)
    await visit.page.goto(address)
    await visit.page.wait_for_selector(".pane:visible >> nth=2")
    resident = Pane(visit.page, "resident")
    await resident.frame.locator("#tool-voice").click()
    await resident.frame.locator("#voice-time", has_text=RECORDED).wait_for()
    await resident.frame.locator("#voice-send").click()
    await resident.frame.locator(".mine audio").wait_for()

    await resident.sees("编号")

    await visit.page.click("#role-clerk")
    clerk = Pane(visit.page, "clerk")
    player = clerk.frame.locator(".theirs audio")
    await player.wait_for()
    playable = await player.evaluate(
        "node => new Promise(done => { node.addEventListener('canplay', () => done(true));"
        " node.addEventListener('error', () => done(false)); node.preload = 'auto'; node.load(); })"
    )
    assert playable
    assert not await clerk.frame.locator(".voice-save").is_visible()


async def test_the_picture_of_the_readme_can_be_taken_again(tmp_path):
    await picture.take(tmp_path / "page.png")

    taken = (tmp_path / "page.png").read_bytes()
    with Image.open(io.BytesIO(taken)) as shown_page, Image.open(picture.TARGET) as kept:
        assert shown_page.size == kept.size == DESK
    assert len(taken) < 200_000
