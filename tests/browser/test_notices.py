"""Notices of the browser for staff: asked for once, tried at once, with number and kind alone."""

import pytest

from domain.messages import Message, Side, Tone, text
from domain.subjects import open_case
from tests.browser.conftest import DESK, PHONE, only
from tests.browser.office import card

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

#: The browser's own part, which shows nothing in a window without a screen: what the page asks of
#: it is written down. `wanted` is what the person answers.
BROWSER = """
window.shown = [];
window.wanted = "%s";
class Shown {
  constructor(title, options) {
    if (window.refuses) throw new TypeError("Illegal constructor");
    this.title = title;
    Object.assign(this, options);
    window.shown.push(this);
  }
  close() {}
}
Shown.permission = "%s";
Shown.requestPermission = () => {
  Shown.permission = window.wanted;
  return Promise.resolve(window.wanted);
};
window.Notification = Shown;
window.isAway = false;
Object.defineProperty(document, "hidden", { get: () => window.isAway });
"""
SHOWN = "window.shown.map((one) => one.body)"


async def come(enter, *, wanted="granted", permission="default", size=DESK, path="/staff?i=Code"):
    visit = await enter(size)
    await visit.context.add_init_script(BROWSER % (wanted, permission))
    await visit.open(path)
    await visit.page.click("#begin")
    await visit.page.wait_for_selector(".theirs")
    return visit


def news(number: str, tone: Tone = Tone.PLAIN) -> Message:
    made = card(tone, note="王小明家里漏水")
    return Message(blocks=made.blocks, choices=((open_case(number),),), slot=f"case-{number}")


async def test_who_has_just_joined_is_asked_and_tries_it_at_once(enter, street):
    visit = await come(enter)
    await visit.page.wait_for_selector("#notices:visible")
    await visit.shoot("notices-ask-desk")
    assert await visit.page.evaluate("window.shown.length") == 0

    await visit.page.click("text=打开，试一下")
    await visit.until(f"{SHOWN}.length === 1")
    asked = await visit.texts("#notices-text")
    await visit.page.click("text=看到了")

    assert "测试" in (await visit.page.evaluate(SHOWN))[0]
    assert "弹出" in asked[0]
    assert await visit.page.locator("#notices").is_hidden()
    await visit.page.reload()
    await visit.page.wait_for_selector(".theirs")
    assert await visit.page.locator("#notices").is_hidden()


async def test_news_appear_with_number_and_kind_and_only_while_the_page_is_away(enter, street):
    visit = await come(enter)
    await visit.page.click("text=打开，试一下")
    await visit.page.click("text=看到了")
    account = only(street, Side.STAFF).id
    await street.tell(account, news("2026-00001"), news=True)
    await visit.page.wait_for_selector("text=2026-00001")
    await visit.page.evaluate("window.shown.length = 0; window.isAway = true")

    await street.tell(account, news("2026-00017", Tone.URGENT), news=True)
    await visit.until(f"{SHOWN}.length === 1")
    await street.tell(account, news("2026-00018"), news=True)
    await street.tell(account, news("2026-00019", Tone.OVERDUE), news=True)
    await visit.until(f"{SHOWN}.length === 2")
    await street.tell(account, Message(blocks=(text("web.begin"),)), news=True)
    await visit.until(f"{SHOWN}.length === 3")

    shown = await visit.page.evaluate(SHOWN)
    assert shown == ["紧急：2026-00017", "超时：2 件事", "新消息，请打开看看"]
    assert "王小明" not in str(shown)
    assert await visit.page.evaluate("window.shown.map((one) => one.requireInteraction)") == [
        True,
        False,
        False,
    ]


async def test_who_does_not_want_it_is_not_asked_again_and_finds_it_in_the_menu(enter, street):
    visit = await come(enter)
    await visit.page.click("#notices-no")
    await visit.page.reload()
    await visit.page.wait_for_selector(".theirs")
    await visit.page.evaluate("window.isAway = true")
    await street.tell(only(street, Side.STAFF).id, news("2026-00017"), news=True)
    await visit.page.wait_for_selector("text=2026-00017")

    assert await visit.page.locator("#notices").is_hidden()
    assert await visit.page.evaluate("window.shown.length") == 0
    await visit.page.click("#more-button")
    await visit.page.click("#notices-button")
    await visit.page.click("text=打开，试一下")
    await visit.until(f"{SHOWN}.length === 1")


async def test_a_browser_that_says_no_is_explained(enter):
    visit = await come(enter, wanted="denied")

    await visit.page.click("text=打开，试一下")
    await visit.page.wait_for_selector("text=改成“允许”")
    await visit.shoot("notices-denied-desk")

    await visit.page.evaluate("window.Notification.permission = window.wanted = 'granted'")
    await visit.page.click("text=改好了，再试")
    await visit.until(f"{SHOWN}.length === 1")


async def test_a_telephone_that_shows_none_says_what_else_there_is(enter):
    visit = await come(enter, size=PHONE)
    await visit.page.evaluate("window.refuses = true")

    await visit.page.click("text=打开，试一下")
    await visit.page.wait_for_selector("text=企业微信")

    await visit.shoot("notices-unable-phone")
    assert await visit.page.locator("#notices-yes").is_hidden()
    wide = await visit.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert wide


async def test_a_notice_that_was_not_seen_leads_to_what_may_hide_it(enter):
    visit = await come(enter)
    await visit.page.click("text=打开，试一下")

    await visit.page.click("text=没看到")
    await visit.page.wait_for_selector("text=勿扰")
    await visit.page.click("#notices-yes")

    await visit.until(f"{SHOWN}.length === 2")


async def test_residents_are_asked_nothing(enter):
    visit = await enter()
    await visit.context.add_init_script(BROWSER % ("granted", "default"))
    await visit.open("/")
    await visit.begin()

    assert await visit.page.locator("#notices").count() == 0
