"""The clock of a home visit: both sides are reminded twice, and what is late climbs."""

from pathlib import Path

import pytest

from domain.matters.matter import State
from storage.database import Database
from tests.handlers.chats import Office, opened
from tests.handlers.services.test_home import asked, booked, order_of
from tests.scheduler.desk import Desk
from tests.scheduler.services.test_orders import until


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    return await opened(database, tmp_path)


@pytest.fixture
def desk(office: Office, tmp_path: Path) -> Desk:
    return Desk(office.database, tmp_path)


@pytest.mark.requirement("S-08")
async def test_both_are_reminded_the_day_before_and_two_hours_before_without_a_code(
    office: Office, desk: Desk
) -> None:
    await asked(office)
    await booked(office, "周四", "14:00–16:00")

    told = await until(office, desk, days=1, hours=6)
    assert "明天有人上门" in told
    assert "明天请您上门" in told
    assert "上门的人：周窗口" in told
    told = await until(office, desk, hours=22)
    assert "快到时间了，周窗口 要来" in told
    assert "快到上门时间了" in told
    assert "应说" not in office.transcript()

    assert office.transcript().count("明天有人上门") == 1
    assert office.transcript().count("快到时间了") == 1


async def test_a_window_that_was_moved_is_reminded_of_at_its_new_time_alone(
    office: Office, desk: Desk
) -> None:
    await asked(office)
    await booked(office, "周四", "14:00–16:00")
    await office.presses("clerk", "改时间或换人")
    await office.says("clerk", "下周二")
    await office.presses("clerk", "14:00–16:00")
    await office.presses("clerk", "跳过")
    await office.presses("clerk", "提交")

    assert "明天有人上门" not in await until(office, desk, days=3)
    assert "明天有人上门" in await until(office, desk, days=3, hours=7)


async def test_a_cancelled_visit_reminds_nobody(office: Office, desk: Desk) -> None:
    await asked(office)
    await booked(office, "周四", "14:00–16:00")
    await office.presses("resident", "取消上门")
    await office.presses("resident", "不需要了")

    told = await until(office, desk, days=3)

    assert "上门" not in told.replace("上门服务停下来了", "")


@pytest.mark.requirement("S-08")
async def test_who_does_not_come_in_the_window_is_late_and_the_levels_above_hear(
    office: Office, desk: Desk
) -> None:
    number = await asked(office)
    await booked(office)

    told = await until(office, desk, days=2)

    assert "已超时" in told
    assert "→ community" in told
    assert (await office.matter(number)).state is State.REFERRED
    assert number in await office.says("clerk", "待办")


async def test_who_does_not_accept_is_late_as_well(office: Office, desk: Desk) -> None:
    await asked(office)

    told = await until(office, desk, days=3)

    assert "已超时" in told
    assert "→ community" in told


async def test_the_revisit_is_reminded_by_the_orders_own_clock_and_climbs(
    office: Office, desk: Desk
) -> None:
    number = await asked(office)
    await booked(office)
    await office.presses("clerk", "出发了")
    await office.presses("clerk", "到门口了")
    await office.presses("clerk", "办好了")
    await office.says("clerk", "认证做好了")
    await office.presses("resident", "已解决")
    assert f"上门 {number}" in "\n".join(await listed(office))

    told = await until(office, desk, days=12)

    assert f"{number} 请在" in told
    assert "回访已超时" in told
    assert "按层级报您督办" in told
    assert (await order_of(office, number)).climbed_to is not None


async def listed(office: Office) -> list[str]:
    await office.says("clerk", "待办")
    return office.labels("clerk")


async def test_new_holidays_do_not_move_what_was_agreed(office: Office) -> None:
    number = await asked(office)
    await booked(office, "周四", "14:00–16:00")
    order = await order_of(office, number)

    assert (await office.matter(number)).resolve_by == order.standing.due_at
