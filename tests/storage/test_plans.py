"""Plans are kept with what the clock does next; two who change one do not overwrite each other."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.errors import Conflict
from domain.organisation import Responsible, Role, Seat
from domain.plans import Plan, PlanState, begin, ended, paused
from domain.subjects import Subject
from storage.changes import Changes, apply
from storage.database import Database
from storage.plans import (
    PERSONAL_DATA,
    PLAN,
    find_plan,
    get_plans,
    list_plans_in,
    list_plans_of,
    list_unowned_plans,
    save_plan,
)
from storage.reminders import find_reminder
from tests.domain.street import CALENDAR
from tests.scheduler.desk import Desk
from tests.street import EAST_1, EAST_2, MORNING, found

OUTING = "outing"


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    await found(database)
    return Desk(database, tmp_path)


def plan(
    which: str = "1", unit: str = EAST_1, days: int = 30, owner: str | None = "worker"
) -> Plan:
    return begin(
        f"plan{which}",
        Subject(OUTING, which),
        unit=unit,
        answers=Responsible(Seat(unit, Role.GRID_WORKER), owner),
        every=timedelta(days=days),
        at=MORNING,
        calendar=CALENDAR,
    )


async def keep(desk: Desk, *plans: Plan) -> None:
    async with desk.database.write() as tx:
        work = await desk.work(tx)
        for one in plans:
            save_plan(work, one)
        await apply(tx, [work.changes])


async def test_a_plan_comes_back_as_it_was_kept_with_what_the_clock_does_next(desk: Desk) -> None:
    await keep(desk, plan())

    async with desk.database.read() as tx:
        (kept,) = (await get_plans(tx, ["plan1", "nothing"])).values()
        reminder = await find_reminder(tx, PLAN, "plan1")

    assert replace(kept, version=0) == plan()
    assert reminder is not None
    assert (reminder.step, reminder.round) == ("soon", 1)


async def test_an_ended_plan_has_nothing_to_be_reminded_of(desk: Desk) -> None:
    await keep(desk, plan())
    async with desk.database.read() as tx:
        kept = await find_plan(tx, Subject(OUTING, "1"))
    assert kept is not None

    await keep(desk, ended(kept, MORNING))

    async with desk.database.read() as tx:
        assert await find_reminder(tx, PLAN, "plan1") is None


async def test_whoever_comes_second_does_not_overwrite_the_first(desk: Desk) -> None:
    await keep(desk, plan())
    async with desk.database.read() as tx:
        kept = await find_plan(tx, Subject(OUTING, "1"))
    assert kept is not None
    await keep(desk, paused(kept, MORNING + timedelta(days=9), MORNING))

    with pytest.raises(Conflict):
        await keep(desk, ended(kept, MORNING))
    with pytest.raises(Conflict):
        await keep(desk, plan())

    async with desk.database.read() as tx:
        now = await find_plan(tx, Subject(OUTING, "1"))
    assert now is not None
    assert now.state is PlanState.PAUSED


async def test_what_is_owed_is_listed_by_person_by_unit_and_by_nobody(desk: Desk) -> None:
    await keep(
        desk,
        plan("1"),
        plan("2", days=7),
        plan("3", unit=EAST_2, owner="second_secretary"),
        plan("4", owner=None),
        ended(plan("5"), MORNING),
    )

    async with desk.database.read() as tx:
        mine = await list_plans_of(tx, "worker", OUTING)
        soon = await list_plans_of(tx, "worker", OUTING, MORNING + timedelta(days=8))
        other = await list_plans_of(tx, "worker", "visit")
        here = await list_plans_in(tx, [EAST_1, EAST_2], OUTING)
        over = await list_plans_in(tx, [EAST_1], OUTING, states=(PlanState.ENDED,))
        nobodys = await list_unowned_plans(tx, OUTING)

    assert [one.id for one in mine] == ["plan2", "plan1"]
    assert [one.id for one in soon] == ["plan2"]
    assert other == []
    assert [one.id for one in here] == ["plan2", "plan1", "plan3", "plan4"]
    assert [one.id for one in over] == ["plan5"]
    assert [one.id for one in nobodys] == ["plan4"]


async def test_with_its_subject_a_plan_and_its_reminder_are_gone(desk: Desk) -> None:
    await keep(desk, plan("1"), plan("2"))

    async with desk.database.write() as tx:
        assert PERSONAL_DATA.forget_file is not None
        await PERSONAL_DATA.forget_file(tx, [Subject(OUTING, "1")])

    async with desk.database.read() as tx:
        assert [*await get_plans(tx, ["plan1", "plan2"])] == ["plan2"]
        assert await find_reminder(tx, PLAN, "plan1") is None
        assert await find_reminder(tx, PLAN, "plan2") is not None


async def test_two_changes_in_one_piece_of_work_are_written_once(desk: Desk) -> None:
    changes = Changes()
    changes.save(plan(), replace(plan(), unit=EAST_2))
    async with desk.database.write() as tx:
        await apply(tx, [changes])

    async with desk.database.read() as tx:
        kept = await find_plan(tx, Subject(OUTING, "1"))
    assert kept is not None
    assert kept.unit == EAST_2
