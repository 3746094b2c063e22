"""The clock of an agency: one clock at a time, the resident's turn, and what is late afterwards."""

from pathlib import Path

import pytest

from domain.matters.matter import State
from storage.database import Database
from tests.handlers.chats import Office, opened
from tests.handlers.services.test_agency import accepted, finished, order_of, referred, signed
from tests.handlers.services.test_tasks import errand, receipt
from tests.scheduler.desk import Desk
from tests.street import MORNING


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    return await opened(database, tmp_path)


@pytest.fixture
def desk(office: Office, tmp_path: Path) -> Desk:
    return Desk(office.database, tmp_path)


async def until(office: Office, desk: Desk, **span: float) -> str:
    """Let time pass with all that is due; give what was said meanwhile."""
    office.later(**span)
    before = len(office.said)
    await desk.move(office.now)
    await office.read()
    return "\n".join(str(one) for one in office.said[before:])


async def test_who_does_not_sign_is_reminded_and_then_the_agent_decides(
    office: Office, desk: Desk
) -> None:
    number = await referred(office)

    told = await until(office, desk, days=7, hours=2)

    assert "→ resident" in told
    assert "还想办请联系代办员" in told
    assert "居民还没有签委托书" in told
    told = await until(office, desk, days=3)
    assert "这一步已超时" in told  # the case's own clock, at the levels above
    assert "→ community" in told
    assert (await office.matter(number)).state is State.REFERRED


async def test_while_it_is_under_way_the_cases_clock_alone_reminds_the_agent(
    office: Office, desk: Desk
) -> None:
    await referred(office)
    await signed(office)

    told = await until(office, desk, days=2)

    assert "请在" in told
    assert "这一步" in told
    assert "⏰ 2026-00001 请在" in told
    assert "🔴 2026-00001 受理" not in told


async def test_what_is_late_after_the_end_climbs_by_itself(office: Office, desk: Desk) -> None:
    number = await referred(office)
    await signed(office)
    await accepted(office)
    await finished(office)
    await office.presses("clerk", "退还材料")
    await office.presses("clerk", "全部")
    await office.presses("clerk", "办结")
    await office.presses("resident", "已解决")

    told = await until(office, desk, days=14)

    assert f"🔴 {number} 归档已超时" in told
    assert "按层级报您督办" in told
    order = await order_of(office, number)
    assert order.climbed_to is not None
    assert order.reminded_until > MORNING


async def test_nothing_more_is_said_once_it_is_done(office: Office, desk: Desk) -> None:
    await referred(office)
    await office.presses("resident", "撤回委托")
    await office.presses("resident", "确认撤回")

    told = await until(office, desk, days=30)

    assert "代办" not in told.replace("全程代办停下来了", "")


async def test_a_receipt_above_the_cap_waits_for_its_resident_however_long(
    office: Office, desk: Desk
) -> None:
    number = await errand(office)
    await office.presses("secretary", "接手去办")
    await receipt(office, "75")

    told = await until(office, desk, days=4)

    assert "没有您的决定就不会办结" in told
    assert "请打电话问问本人" in told
    await until(office, desk, days=60)
    assert (await office.matter(number)).state is State.REFERRED


async def test_an_errand_that_nobody_begins_is_told_by_its_cases_clock(
    office: Office, desk: Desk
) -> None:
    await errand(office)

    told = await until(office, desk, days=4)

    assert "→ secretary" in told
    assert "→ community" in told
