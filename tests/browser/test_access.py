"""Who can use the page: by keyboard, by ear, with weak eyes, on a small screen."""

from pathlib import Path

import pytest

from domain.emergencies import emergency_choices
from domain.messages import Message, Side, Tone, text
from domain.organisation import Role
from tests.browser.conftest import DESK, PHONE, Visit, only
from tests.browser.office import EMERGENCY, card
from tests.web_street import MemoryStore, WebStreet, served

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SCHEMES = ("light", "dark")
MEASURES = (Path(__file__).parent / "measures.js").read_text(encoding="utf-8")


async def measure(visit: Visit, call: str):
    await visit.page.evaluate(MEASURES)
    return await visit.page.evaluate(f"measures.{call}")


async def fill_with_everything(visit: Visit, street) -> None:
    """Bring every sort of thing onto the page."""
    account = only(street).id
    await visit.write("3号楼路灯坏了")
    for tone in Tone:
        await street.tell(account, card(tone))
    await street.tell(account, EMERGENCY)
    await visit.page.wait_for_selector("a.phone")
    await visit.page.locator("button.choice", has_text="接受邀请").first.click()
    await visit.page.wait_for_selector(".chosen .choice-state")


async def is_plain_to_see(visit: Visit) -> None:
    """Texts and what marks controls stand out; red is danger and nothing else."""
    assert await measure(visit, "pale()") == []
    assert await measure(visit, "faint()") == []
    assert await measure(visit, "red()") == []
    assert await measure(visit, "nameless()") == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("elder", [False, True], ids=["normal", "elder"])
async def test_every_text_stands_out_and_everything_has_a_name(enter, street, size, elder, scheme):
    at = f"{'phone' if size == PHONE else 'desk'}-{scheme}{'-elder' if elder else ''}"
    visit = await enter(size, color_scheme=scheme)
    await visit.open("/?g=YH-01")
    await visit.shoot(f"welcome-{at}")
    await is_plain_to_see(visit)
    await visit.begin()
    if elder:
        street.change(only(street).id, elder=True)
    await fill_with_everything(visit, street)
    await visit.shoot(f"everything-{at}")
    await is_plain_to_see(visit)
    for sheet in ("#tool-place", "#tool-voice"):
        if await visit.page.is_visible(sheet):
            await visit.page.click(sheet)
            await is_plain_to_see(visit)
            await visit.page.keyboard.press("Escape")
    await visit.page.click("#more-button")

    await visit.shoot(f"menu-{at}")
    await is_plain_to_see(visit)
    assert await measure(visit, "doubles()") == []
    assert await measure(visit, "wide()") == []


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
async def test_the_page_is_dark_where_the_device_is(enter, scheme, is_dark):
    visit = await enter(color_scheme=scheme)
    await visit.open()
    await visit.begin()

    for selector in ("body", ".theirs .bubble", ".composer", "#say"):
        shade = "Math.max(...getComputedStyle(document.querySelector('%s')).backgroundColor"
        brightest = await visit.page.evaluate(
            shade % selector + ".match(/[\\d.]+/g).slice(0, 3).map(Number))"
        )
        assert (brightest < 64) is is_dark, (selector, brightest)


async def test_what_is_printed_in_the_dark_is_printed_on_white(enter):
    visit = await enter(color_scheme="dark")
    await visit.open()
    await visit.begin()

    await visit.page.emulate_media(media="print", color_scheme="dark")

    ink = "getComputedStyle(document.querySelector('.theirs .text')).color"
    assert await visit.page.evaluate(ink) == "rgb(29, 43, 40)"


async def test_numbers_that_nobody_needs_now_are_no_red_blocks(enter, street):
    visit = await enter()
    await visit.open()
    await visit.begin()
    await street.tell(only(street).id, Message(choices=emergency_choices()))
    await street.tell(only(street).id, Message(choices=emergency_choices(("119",))))
    await visit.page.wait_for_selector("a.emergency.emphasis")

    filled = await visit.page.evaluate(
        "Array.from(document.querySelectorAll('a.emergency'))"
        ".filter((one) => getComputedStyle(one).backgroundColor === 'rgb(163, 34, 28)')"
        ".map((one) => one.getAttribute('href'))"
    )
    assert filled == ["tel:119"]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", ["/staff", "/staff?i=CODE"])
async def test_the_staff_page_stands_out_too(enter, path, scheme):
    visit = await enter(color_scheme=scheme)
    await visit.open(path)

    await is_plain_to_see(visit)


@pytest.mark.parametrize("elder", [False, True], ids=["normal", "elder"])
async def test_fingers_hit_what_they_aim_at(resident, street, elder):
    if elder:
        street.change(only(street).id, elder=True)
    await fill_with_everything(resident, street)

    assert await measure(resident, f"small({52 if elder else 40})") == []


@pytest.mark.parametrize("size", [(320, 480), (640, 360), (180, 370)])
async def test_at_two_hundred_percent_nothing_sticks_out(enter, street, size):
    """A window of 640 × 720 at 200 % is 320 × 360 to the page (WCAG 1.4.4, 1.4.10)."""
    visit = await enter(size, device_scale_factor=2)
    await visit.open()
    await visit.begin()
    await fill_with_everything(visit, street)

    if size[0] >= 320:
        assert await measure(visit, "wide()") == []
    talk = await visit.page.locator("#talk").bounding_box()
    assert talk["height"] >= 100


async def test_a_long_word_is_broken_and_stays_inside(resident, street):
    await resident.write("https://example.example/" + "x" * 300)
    await resident.page.wait_for_selector(".mine")

    assert await measure(resident, "wide()") == []


async def test_the_keyboard_reaches_everything_in_order_and_focus_is_seen(resident, street):
    await resident.page.reload()
    await resident.page.wait_for_selector(".theirs")
    await resident.page.evaluate(MEASURES)
    order = []
    for _ in range(14):
        await resident.page.keyboard.press("Tab")
        focus = await resident.page.evaluate("measures.focus()")
        order.append(focus["id"])
        assert focus["style"] == "solid", focus
        assert focus["width"] >= 2, focus

    assert order[0] == "skip"
    assert order[1] == "more-button"
    choices = [at for at, one in enumerate(order) if one.startswith("choice")]
    assert len(choices) == 5
    after = order[choices[-1] + 1 :]
    tools = ["tool-voice", "tool-photo", "tool-place", "tool-own", "tool-menu"]
    assert after[:7] == ["say", "send", *tools]


async def test_a_choice_is_pressed_with_the_keyboard_and_keeps_the_focus(resident, street):
    choice = resident.page.locator("button.choice", has_text="手机号码")
    await choice.focus()

    await resident.page.keyboard.press("Enter")
    await resident.page.wait_for_selector(".chosen")

    assert street.said[-1].action == "ask:contact"
    assert await choice.evaluate("node => node === document.activeElement")


async def test_the_skip_link_leads_to_the_text_box(resident):
    await resident.page.reload()
    await resident.page.wait_for_selector(".theirs")
    await resident.page.keyboard.press("Tab")
    assert await resident.page.evaluate("document.activeElement.className") == "skip"

    await resident.page.keyboard.press("Enter")

    assert await resident.page.evaluate("document.activeElement.id") == "say"


async def test_escape_closes_what_is_open_and_gives_the_focus_back(resident):
    for opener, sheet in (("more-button", "more"), ("tool-place", "place-sheet")):
        await resident.page.focus(f"#{opener}")
        await resident.page.keyboard.press("Enter")
        await resident.page.wait_for_selector(f"#{sheet}:visible")
        inside = f"document.getElementById('{sheet}').contains(document.activeElement)"
        assert await resident.page.evaluate(inside)

        await resident.page.keyboard.press("Escape")

        assert not await resident.page.is_visible(f"#{sheet}")
        assert await resident.page.evaluate("document.activeElement.id") == opener


async def test_new_lines_are_read_out_and_old_ones_are_not(enter, street):
    visit = await enter()
    await visit.open()
    log = visit.page.locator("#log")
    assert await log.get_attribute("role") == "log"
    assert await log.get_attribute("aria-live") == "off"
    await visit.begin()

    await visit.page.wait_for_selector('#log[aria-live="polite"]')
    await visit.page.reload()
    assert await log.get_attribute("aria-live") == "off"
    await visit.page.wait_for_selector('#log[aria-live="polite"]')


async def test_who_speaks_is_said_to_those_who_cannot_see_sides(resident):
    await resident.write("你好")
    await resident.page.wait_for_selector(".mine")

    spoken = await resident.page.locator(".bubble > .hidden").all_text_contents()
    assert spoken[0] == "街道："
    assert "我：" in spoken


async def test_a_tone_is_a_word_and_not_only_a_colour(resident, street):
    account = only(street).id
    for tone in (Tone.URGENT, Tone.OVERDUE, Tone.DONE):
        await street.tell(account, card(tone))
    await resident.page.wait_for_selector(".tone-done")

    assert await resident.texts(".badge") == ["危险", "超时", "已办结"]


async def test_still_eyes_get_a_still_page(enter):
    visit = await enter(reduced_motion="reduce")
    await visit.open()

    names = await visit.page.evaluate(
        "Array.from(document.querySelectorAll('*')).map(n => getComputedStyle(n).animationName)"
    )
    assert set(names) == {"none"}


async def test_elders_get_few_big_buttons(resident, street):
    street.change(only(street).id, elder=True)
    await street.tell(only(street).id, card())
    await resident.page.wait_for_selector("html.elder .card")

    tools = [
        (await one.inner_text()).strip()
        for one in await resident.page.locator(".tool:visible").all()
    ]
    assert tools == ["说话", "拍照", "我的", "菜单"]
    size = await resident.page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    assert size >= 22
    rows = await resident.page.locator(".card ~ .choices .choice").all()
    boxes = [await one.bounding_box() for one in rows]
    assert len({round(box["x"]) for box in boxes}) == 1
    assert all(box["height"] >= 60 for box in boxes)


@pytest.mark.parametrize(("browser_language", "tag"), [("zh-CN", "zh-CN"), ("en-GB", "en")])
async def test_the_first_page_speaks_the_language_of_the_browser(enter, browser_language, tag):
    visit = await enter(locale=browser_language)
    await visit.open()

    assert await visit.page.evaluate("document.documentElement.lang") == tag
    other = await visit.page.locator("#welcome-more a:visible").get_attribute("lang")
    assert other == {"zh-CN": "en", "en": "zh-CN"}[tag]


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_the_demonstration_stands_out_and_everything_has_a_name(enter, street, stack, scheme):
    demo = WebStreet(MemoryStore(street.store.folder), demo=True)
    for key, side in (("resident", Side.RESIDENTS), ("worker", Side.STAFF)):
        demo.add_persona(key, side, "王秀兰", text(f"names.role_{Role.RESIDENT}"))
    address = await stack.enter_async_context(served(demo))
    for size in (PHONE, DESK):
        visit = await enter(size, at=address, color_scheme=scheme)
        await visit.page.goto(address)
        await visit.page.wait_for_selector(".role")

        await is_plain_to_see(visit)
        assert await measure(visit, "wide()") == []
