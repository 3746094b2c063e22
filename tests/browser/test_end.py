"""What stays on a device when a session is over: nothing, on every way to the server."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import pytest_asyncio

from domain.messages import Side, say
from tests.browser.conftest import Visit, only
from tests.browser.office import MENU, card
from tests.browser.test_page import photo
from tests.web_street import WebStreet

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WORDS = "我家住3号楼201，楼上天天吵"
FAREWELL = replace(say("me.erased"), farewell=True)
KEPT = "JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])"
ON_SCREEN = "document.getElementById('log').innerText"
IS_EMPTY = f"localStorage.length === 0 && !{KEPT}.includes('楼') && !{KEPT}.includes('u-1')"


@pytest_asyncio.fixture(loop_scope="session")
async def someone(enter) -> AsyncIterator[Visit]:
    """A resident who has said something, seen a photo and begun to write and pick more."""
    async with talking(await enter()) as visit:
        yield visit


@pytest_asyncio.fixture(loop_scope="session", params=["a WebSocket", "plain HTTP"])
async def on_either_way(enter, relay, request) -> AsyncIterator[Visit]:
    """The same, also where no WebSocket passes."""
    relay.sockets = request.param == "a WebSocket"
    async with talking(await enter(at=relay.address)) as visit:
        yield visit


@asynccontextmanager
async def talking(visit: Visit) -> AsyncIterator[Visit]:
    await visit.open()
    await visit.begin()
    await visit.write(WORDS)
    await visit.page.wait_for_selector(".card")
    await visit.page.set_input_files("#photo-file", photo())
    await visit.page.wait_for_selector(".tray-item.is-done")
    await visit.page.fill("#say", f"还有{WORDS}")
    yield visit
    # What the browser notes about refused questions and closed lines is no trouble here.
    visit.troubles.clear()


async def erased(street: WebStreet, *, told: bool = True) -> None:
    """Erase everything of the one resident, as the handlers, the sender and the store do it."""
    account = only(street).id
    street.store.sessions.clear()
    street.store.lines.clear()
    if told:
        await street.tell(account, FAREWELL)
    street.open_pages.end([account])


async def is_a_newcomers(visit: Visit) -> None:
    """Look at the page after a reload: a welcome, and not a word of before."""
    await visit.page.reload()
    await visit.page.wait_for_selector("#welcome:visible")
    assert await visit.page.is_visible("#begin")
    assert await visit.page.locator(".line").count() == 0
    assert await visit.page.locator(".tray-item").count() == 0
    assert await visit.page.input_value("#say") == ""
    assert not await visit.page.is_visible("#composer-note")
    assert json.loads(await visit.page.evaluate(KEPT))[0] == []


async def test_whoever_erased_everything_sees_the_farewell_and_then_a_newcomers_page(
    street, on_either_way
):
    visit = on_either_way
    assert WORDS in await visit.page.evaluate(KEPT)

    await erased(street)
    await visit.page.wait_for_selector("text=这是最后一条消息")

    await visit.until(IS_EMPTY)
    # Not only for the moment until the server closes the line.
    await visit.until(
        "performance.getEntriesByType('resource').some(e => e.name.includes('/chat/session?'))"
    )
    assert await visit.page.locator(".line").count() == 1
    assert WORDS not in await visit.page.content()
    assert await visit.page.locator(".tray-item").count() == 0
    assert await visit.page.input_value("#say") == ""
    await is_a_newcomers(visit)


async def test_after_the_farewell_whoever_writes_is_somebody_new(street, someone):
    before = only(street).id
    await erased(street)
    await someone.page.wait_for_selector("text=这是最后一条消息")

    await someone.write("路灯坏了")
    await someone.page.wait_for_selector(".card")

    assert street.said[-1].address != before
    assert street.said[-1].text == "路灯坏了"
    assert await someone.page.locator("text=这是最后一条消息").count() == 0
    assert await someone.texts(".mine .text") == ["路灯坏了"]


async def test_a_second_tab_forgets_as_well(street, on_either_way):
    visit = on_either_way
    other = Visit(await visit.context.new_page(), visit.context, visit.base)
    await other.open()
    await other.page.wait_for_selector(".mine")
    await other.page.fill("#say", "在楼里写的")

    await erased(street)

    for one in (visit, other):
        await one.page.wait_for_selector("text=这是最后一条消息")
        await one.until(IS_EMPTY)
        assert WORDS not in await one.page.content()
    await is_a_newcomers(other)


async def test_a_tab_that_heard_nothing_forgets_when_the_other_one_does(street, someone):
    other = Visit(await someone.context.new_page(), someone.context, someone.base)
    await other.open()
    await other.page.wait_for_selector(".mine")
    await other.page.fill("#say", "在楼里写的")

    await someone.page.click("#more-button")
    await someone.page.click("#leave-button")
    await someone.page.click("#leave-button")
    await someone.page.wait_for_selector("#welcome:visible")

    await other.page.wait_for_selector("#welcome:visible")
    await other.until(IS_EMPTY)
    assert WORDS not in await other.page.content()
    assert await other.page.input_value("#say") == ""


async def test_a_tab_believes_the_other_one_before_the_server_says_so(street, someone):
    other = Visit(await someone.context.new_page(), someone.context, someone.base)
    await other.open()
    await other.page.wait_for_selector(".mine")
    await other.page.fill("#say", "在楼里写的")

    # What the other tab does when it is told; the session itself goes on, and so do its words.
    await someone.page.evaluate("localStorage.removeItem('linli:residents:account')")

    await other.until("document.getElementById('say').value === ''")
    await other.page.wait_for_selector(".mine")
    assert "在楼里写的" not in await other.page.evaluate(KEPT)


async def test_a_page_that_was_closed_forgets_when_it_is_opened(street, someone):
    await someone.page.goto("about:blank")
    await erased(street)

    await someone.page.goto(someone.base)
    await someone.page.wait_for_selector("#welcome:visible")

    await someone.until(IS_EMPTY)
    await is_a_newcomers(someone)


async def test_without_its_cookie_a_device_forgets_too_and_says_what_was_not_sent(street, someone):
    street.intake.broken = True
    await someone.write("没来得及发出")
    await someone.page.goto("about:blank")
    await someone.context.clear_cookies()
    street.intake.broken = False
    before = len(street.said)

    await someone.page.goto(someone.base)
    await someone.page.wait_for_selector("#welcome:visible")

    await someone.until(IS_EMPTY)
    assert "没来得及发出的内容" in await someone.page.inner_text("#composer-note")
    assert len(street.said) == before
    await is_a_newcomers(someone)


async def test_a_newcomers_words_outlive_a_session_nobody_spoke_with(enter, street):
    visit = await enter()
    street.intake.broken = True
    await visit.open()
    await visit.write("路灯坏了")
    await visit.until("localStorage.length === 1")
    await visit.page.goto("about:blank")
    street.store.sessions.clear()
    street.intake.broken = False

    await visit.page.goto(visit.base)
    await visit.page.wait_for_selector(".card")

    assert [said.text for said in street.said] == ["路灯坏了"]
    assert await visit.texts(".mine .text") == ["路灯坏了"]


async def test_a_dismissed_member_of_staff_keeps_the_last_words_alone(enter, street):
    visit = await enter()
    await visit.open("/staff?i=Inv1tation-Code")
    await visit.page.click("text=接受邀请")
    await visit.page.wait_for_selector(".theirs")
    account = only(street, Side.STAFF).id
    await street.tell(account, card(note=WORDS))
    await visit.write("接单")
    await visit.page.wait_for_selector(".state-stored")

    street.store.sessions.clear()
    await street.tell(account, replace(say("posts.you_left", posts="网格员"), farewell=True))
    street.open_pages.end([account])
    await visit.page.wait_for_selector("text=您的岗位已结束")

    await visit.until(IS_EMPTY)
    assert WORDS not in await visit.page.content()
    await visit.page.reload()
    await visit.page.wait_for_selector("#code:visible")
    visit.troubles.clear()


async def test_the_other_side_of_the_same_browser_keeps_what_is_its_own(enter, street, someone):
    staff = Visit(await someone.context.new_page(), someone.context, someone.base)
    await staff.open("/staff?i=Inv1tation-Code")
    await staff.page.click("text=接受邀请")
    await staff.page.wait_for_selector(".theirs")
    resident = only(street).id
    tokens = [token for token, account in street.store.sessions.items() if account == resident]

    for token in tokens:
        del street.store.sessions[token]
    await street.tell(resident, FAREWELL)
    street.open_pages.end([resident])
    await someone.page.wait_for_selector("text=这是最后一条消息")

    await someone.until("!Object.keys(localStorage).some(k => k.startsWith('linli:residents:'))")
    kept = await staff.page.evaluate("Object.keys(localStorage)")
    assert "linli:staff:account" in kept
    assert await staff.page.locator(".theirs").count() == 1


async def test_what_was_said_under_one_account_is_never_sent_under_another(street, someone):
    street.intake.broken = True
    await someone.write("是前一个人的话")
    await someone.page.goto("about:blank")
    street.intake.broken = False
    _, other = await street.store.open_session(Side.RESIDENTS, only(street).language, street.at)
    for token in list(street.store.sessions):
        street.store.sessions[token] = other.id
    await street.tell(other.id, MENU)

    await someone.page.goto(someone.base)
    await someone.page.wait_for_selector(".theirs")

    await someone.until("!JSON.stringify(localStorage).includes('是前一个人的话')")
    await someone.until(f"localStorage['linli:residents:account'] === '\"{other.id}\"'")
    assert "是前一个人的话" not in [said.text for said in street.said]
    assert await someone.page.input_value("#say") == ""
    assert await someone.page.locator(".tray-item").count() == 0
    assert WORDS not in await someone.page.content()


async def test_the_browser_forgets_the_pictures_it_was_shown(street, someone):
    shown = "/chat/files/u-1?side=residents"
    cached = (
        f"fetch('{shown}', {{cache: 'only-if-cached', mode: 'same-origin'}})"
        ".then(answer => answer.status, () => 0)"
    )
    await someone.page.evaluate(f"fetch('{shown}').then(answer => answer.blob()).then(() => 0)")
    assert await someone.page.evaluate(cached) == 200

    await erased(street)
    await someone.page.wait_for_selector("text=这是最后一条消息")

    await someone.until(f"{cached}.then(status => status !== 200)")


async def test_what_somebody_else_erased_goes_from_an_open_page(street, resident):
    account = only(street).id
    kept = await street.tell(account, say("web.begin"))
    erased = await street.tell(account, say("web.welcome_private"))
    await resident.until(f"{ON_SCREEN}.includes('不保存任何信息')")
    lines = street.store.lines[account]
    street.store.lines[account] = [one for one in lines if one.seq != erased]

    street.open_pages.erase([(account, erased)])
    await resident.until(f"!{ON_SCREEN}.includes('不保存任何信息')")
    await resident.write("还在吗")
    await resident.until(f"{ON_SCREEN}.includes('还在吗')")

    assert kept in [one.seq for one in street.store.lines[account]]
