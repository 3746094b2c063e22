"""The page on networks that let no WebSocket pass, or nothing, and in browsers without cookies."""

import asyncio

import pytest
import pytest_asyncio

from domain.messages import say
from tests.browser.conftest import only
from tests.patience import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def visit(relay, enter):
    """Somebody who comes by the relay; what a browser says about refused lines is no trouble."""
    visit = await enter(at=relay.address)
    yield visit
    visit.troubles.clear()


async def test_without_a_socket_the_page_goes_on_over_plain_http(street, relay, visit):
    await visit.open()
    await visit.begin()

    await visit.write("3号楼路灯坏了")
    await visit.until("document.querySelectorAll('.mine').length > 0")
    await visit.until("document.getElementById('line-state').hidden")
    account = only(street).id
    await street.tell(account, say("web.welcome_private"), news=True)
    await visit.until("document.getElementById('log').innerText.includes('不保存任何信息')")

    assert "3号楼路灯坏了" in [said.text for said in street.said]
    assert relay.upgrades == 2


async def test_over_plain_http_a_reload_shows_the_conversation_and_nothing_twice(
    street, relay, visit
):
    await visit.open()
    await visit.begin()
    for words in ("一", "二", "三"):
        await visit.write(words)
    await until(lambda: len(street.said) >= 4)

    await visit.page.reload()
    await visit.until("document.querySelectorAll('.mine').length >= 3")

    assert [said.text for said in street.said if said.text] == ["一", "二", "三"]
    assert len(await visit.texts(".mine")) == 3


async def test_a_socket_that_passes_again_carries_on(street, relay, visit):
    await visit.open()
    await visit.begin()
    relay.sockets = True
    relay.polls = False

    await visit.page.evaluate("window.dispatchEvent(new Event('online'))")
    await visit.until("document.getElementById('line-state').hidden")
    await visit.write("又连上了")
    await until(lambda: street.said[-1].text == "又连上了")

    assert street.said[-1].text == "又连上了"


async def test_where_nothing_passes_the_page_says_so_with_the_telephone(street, relay, visit):
    relay.polls = False
    await visit.open()
    await visit.page.click("#begin")

    await visit.until("document.getElementById('line-state').innerText.includes('一直连不上')")

    assert await visit.page.locator("#line-state a").get_attribute("href") == "tel:037960000000"
    await visit.shoot("nothing-passes")


async def test_in_danger_the_numbers_to_call_stand_there_while_nothing_is_sent(
    street, relay, visit
):
    relay.polls = False
    await visit.open()
    await visit.write("3号楼着火了")

    await visit.until("document.getElementById('line-state').innerText.includes('119')")

    numbers = await visit.page.locator("#line-state a").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    assert numbers[:4] == ["tel:110", "tel:119", "tel:120", "tel:122"]
    assert "3号楼着火了" in await visit.page.inner_text("#log")
    assert street.said == []
    await visit.shoot("danger-unsent")


async def test_a_browser_without_cookies_is_told_so_once_and_begins_nobody_again(
    street, relay, visit
):
    relay.cookies = False
    await visit.open()
    await visit.write("3号楼路灯坏了")

    await visit.until("document.getElementById('line-state').innerText.includes('Cookie')")
    await visit.write("有人吗")
    await asyncio.sleep(3)

    assert relay.sessions == 1
    assert relay.upgrades == 0
    shown = await visit.page.inner_text("#log")
    assert "3号楼路灯坏了" in shown
    assert "有人吗" in shown
    hrefs = await visit.page.locator("#line-state a").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    assert hrefs == ["tel:037960000000"]
    await visit.shoot("no-cookies")
