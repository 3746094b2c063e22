"""Danger on the page: the numbers are what stands on the screen, and nothing scrolls them away."""

import pytest
import pytest_asyncio

from tests.browser.conftest import DESK, PHONE
from tests.journeys.house import WEB, house
from tests.street import EAST_1, STREET

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

#: The first number's button, whether it stands whole in the conversation, and what comes after.
LOOK = """(() => {
  const talk = document.getElementById("talk").getBoundingClientRect();
  const within = (node) => {
    const box = node.getBoundingClientRect();
    return box.height > 0 && box.top >= talk.top - 1 && box.bottom <= talk.bottom + 1;
  };
  const said = [...document.querySelectorAll(".line.theirs")].pop();
  const lines = [...document.querySelectorAll("#log > .line")];
  return {
    dial: within(said.querySelector("a.emergency")),
    href: said.querySelector("a.emergency").getAttribute("href"),
    answers: [...said.querySelectorAll("button.choice")].map(within),
    last: lines[lines.length - 1] === said,
    count: document.querySelectorAll(".line.theirs").length,
  };
})()"""


@pytest_asyncio.fixture(loop_scope="session")
async def office(tmp_path):
    """A running Linli with somebody on duty and nobody who has written yet."""
    async with house(tmp_path, residents=WEB, staff=WEB) as street:
        await street.invited("dispatcher", STREET, "孙调度")
        await street.invited("grid_secretary", EAST_1, "张书记")
        yield street


async def came(enter, office, size, path="/", **options):
    visit = await enter(size, at=office.address, **options)
    await visit.open(path)
    return visit


async def sees_the_numbers(visit, *, first="tel:119", count=1):
    await visit.page.wait_for_selector(".line.theirs a.emergency")
    await visit.until(f"document.querySelectorAll('.line.theirs').length >= {count}")
    await visit.page.wait_for_timeout(300)
    shown = await visit.page.evaluate(LOOK)
    assert shown["dial"], shown
    assert shown["href"] == first
    assert all(shown["answers"]), shown
    assert shown["last"]
    assert shown["count"] == count
    return shown


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize(
    ("path", "words", "locale"),
    [
        ("/?g=E1", "我家着火了", "zh-CN"),
        ("/", "我家着火了", "zh-CN"),
        ("/?g=E1", "There is a fire in my kitchen", "en-GB"),
    ],
    ids=["poster", "none", "english"],
)
async def test_a_newcomer_in_danger_sees_the_numbers_and_nothing_else(
    office, enter, size, path, words, locale, request
):
    visit = await came(enter, office, size, path, locale=locale)

    await visit.write(words)

    await sees_the_numbers(visit)
    await visit.shoot(f"danger-{request.node.callspec.id}")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_a_known_resident_in_danger_sees_the_numbers_and_keeps_them(
    office, enter, size, request
):
    visit = await came(enter, office, size, "/?g=E1")
    await visit.write("3号楼路灯坏了，晚上看不见路")
    await visit.page.wait_for_selector("button:has-text('提交')")
    before = await visit.page.locator(".line.theirs").count()

    await visit.write("不说灯了，3号楼着火了")

    await sees_the_numbers(visit, count=before + 1)
    await visit.page.wait_for_timeout(1_500)
    await visit.page.set_viewport_size({"width": size[0], "height": size[1] - 60})
    await visit.page.wait_for_timeout(200)
    await sees_the_numbers(visit, count=before + 1)
    await visit.shoot(f"danger-known-{request.node.callspec.id}")


async def test_in_large_type_the_first_number_is_in_view(office, enter):
    visit = await came(enter, office, PHONE, "/?g=E1")
    await visit.begin()
    await visit.page.click(".theirs button:has-text('大字简洁版')")
    await visit.until("document.documentElement.classList.contains('elder')")

    await visit.write("我家着火了")
    await visit.page.wait_for_selector(".line.theirs a.emergency")
    await visit.page.wait_for_timeout(400)

    shown = await visit.page.evaluate(LOOK)
    await visit.shoot("danger-elder")
    assert not await visit.page.is_visible("#to-newest")
    assert shown["dial"]
    assert shown["href"] == "tel:119"
    assert shown["last"]


async def test_the_form_comes_after_the_answer(office, enter):
    visit = await came(enter, office, PHONE, "/?g=E1")
    await visit.write("我家着火了")
    await sees_the_numbers(visit)

    await visit.page.click("button:has-text('已经打过电话')")

    await visit.page.wait_for_selector("button:has-text('提交')")
    assert "个人信息" in await visit.page.inner_text("#log")
    await visit.shoot("danger-form")


async def test_after_two_minutes_the_numbers_are_still_what_is_on_the_screen(office, enter):
    visit = await came(enter, office, PHONE)
    await visit.write("我家着火了")
    await sees_the_numbers(visit)

    await office.later(minutes=3)

    await visit.page.wait_for_selector("text=2026-")
    await sees_the_numbers(visit, count=2)
    await visit.shoot("danger-told")
