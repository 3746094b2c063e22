"""At the door with a weak signal: taps are kept and sent once, and the device keeps no person."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.messages import Side
from domain.organisation import Responsible, Role, Seat
from domain.plans import begin
from domain.visits.basis import Basis
from domain.visits.cards import door_card, entry_card
from domain.visits.categories import Category
from domain.visits.entries import Content, Entry
from tests.browser.conftest import only
from tests.domain.office import street as office_street
from tests.domain.street import CALENDAR
from tests.patience import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
WHO = Content(
    name="赵桂英",
    address="3号楼2单元401",
    phone="13700000001",
    born=1946,
    category=Category.ELDER_ALONE,
    basis=Basis.ELDERS_DUTY,
)
ENTRY = Entry(
    id="5f2c" * 6,
    unit="E1",
    seat=Seat("E1", Role.GRID_WORKER),
    owner="worker",
    content=WHO,
    opened_at=NOW,
    valid_until=NOW + timedelta(days=365),
)
PLAN = begin(
    "plan",
    ENTRY.subject,
    unit="E1",
    answers=Responsible(ENTRY.seat, "worker"),
    every=timedelta(days=30),
    at=NOW,
    calendar=CALENDAR,
)
#: Everything that a browser keeps of a page.
KEPT = "JSON.stringify([{...localStorage}, {...sessionStorage}])"


async def at_the_door(enter, street):
    """Open the page on a phone, with an entry and the buttons of its visit."""
    visit = await enter()
    await visit.open("/staff?i=Inv1tation-Code")
    await visit.page.click("#begin")
    await visit.page.wait_for_selector(".theirs")
    account = only(street, Side.STAFF).id
    await street.tell(account, entry_card(office_street(), ENTRY, WHO, PLAN, (), ()))
    await street.tell(account, door_card(ENTRY, PLAN, None))
    await visit.until("document.getElementById('log').innerText.includes('一切都好')")
    await visit.page.locator("#log button:has-text('更多')").scroll_into_view_if_needed()
    return visit


async def test_taps_without_a_signal_are_sent_later_once_and_in_their_order(enter, street):
    visit = await at_the_door(enter, street)
    await visit.shoot("visit-door")
    before = len(street.said)
    await visit.context.set_offline(True)
    await street.open_pages.close()

    for label in ("安全", "健康", "记下有情况的"):
        await visit.page.click(f"#log button:has-text('{label}')")
    await visit.page.click("#log button:has-text('记下有情况的')")
    kept = await visit.page.evaluate(KEPT)
    await visit.shoot("visit-offline")

    assert len(street.said) == before
    assert "visits.done" in kept
    for secret in ("赵桂英", "3号楼", "13700000001", "独居", "安全"):
        assert secret not in kept

    await visit.context.set_offline(False)
    await until(lambda: len(street.said) >= before + 3)
    await visit.until("document.getElementById('line-state').hidden")
    assert [one.action for one in street.said[before:]] == [
        f"visits.mark:{ENTRY.id}:1:safety:1",
        f"visits.mark:{ENTRY.id}:1:health:1",
        f"visits.done:{ENTRY.id}:1",
    ]
    visit.troubles.clear()


async def test_every_button_at_the_door_is_large_enough_for_a_thumb(enter, street):
    visit = await at_the_door(enter, street)

    boxes = await visit.page.evaluate(
        "[...document.querySelectorAll('#log .line:last-child button')]"
        ".map((one) => one.getBoundingClientRect().toJSON())"
    )

    assert len(boxes) == 11
    assert all(box["height"] >= 44 for box in boxes)
