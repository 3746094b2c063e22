"""Whoever is planned for duty before they have joined has it from when they join."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.organisation import Role, Seat
from domain.posts.duty import WaitingShift
from storage.organisation import on_duty
from storage.posts.waiting_shifts import list_waiting_shifts, write_waiting
from tests.handlers.chats import Office
from tests.handlers.posts.test_staff import CODE, invitation
from tests.street import EAST_1, WEST_1

DAY = timedelta(days=1)


def waiting_shift(office: Office, name: str = "新同志", **changes: Any) -> WaitingShift:
    return replace(
        WaitingShift(
            id=f"shift of {name}",
            name=name,
            seats=(Seat(WEST_1, Role.GRID_SECRETARY),),
            is_only_one=True,
            starts_at=office.now + timedelta(hours=9),
            ends_at=office.now + timedelta(hours=23),
        ),
        **changes,
    )


async def keeps(office: Office, *shifts: WaitingShift) -> None:
    async with office.database.write() as tx:
        await write_waiting(tx, shifts)


async def test_who_joins_has_the_duty_that_was_planned_for_them(office: Office) -> None:
    mine = waiting_shift(office)
    later = replace(mine, id="later", starts_at=mine.ends_at, ends_at=mine.ends_at + DAY)
    await keeps(office, mine, later, waiting_shift(office, "别人"))
    await office.change(invitation(office, Role.GRID_SECRETARY, WEST_1))

    told = await office.starts("staff:new", CODE)

    assert "您有 2 班值班，第一班 今天（11月24日）18:00" in told
    async with office.database.read() as tx:
        assert len(await on_duty(tx, mine.starts_at)) == 1
        left = await list_waiting_shifts(tx, office.now)
    assert [one.name for one in left] == ["别人"]


async def test_who_joins_elsewhere_has_no_duty_of_a_namesake(office: Office) -> None:
    await keeps(office, waiting_shift(office))
    await office.change(invitation(office, Role.GRID_WORKER, EAST_1))

    told = await office.starts("staff:new", CODE)

    assert "值班" not in told
    async with office.database.read() as tx:
        assert await on_duty(tx, office.now + timedelta(hours=10)) == []


async def test_a_shift_that_is_over_begins_for_nobody(office: Office) -> None:
    await keeps(office, waiting_shift(office))
    office.later(hours=24)
    await office.change(invitation(office, Role.GRID_SECRETARY, WEST_1))

    assert "值班" not in await office.starts("staff:new", CODE)
