"""Whoever owes what recurs hears of it once per step; late, it climbs, also over a restart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from domain.messages import Choice, Line, Message, text
from domain.organisation import Responsible, Role, Seat
from domain.plans import Plan, Step, begin, done, paused
from domain.subjects import Subject
from scheduler.jobs import GatheredKind, GatheredLine
from scheduler.timetable import GATHERED
from storage.changes import apply
from storage.database import Tx
from storage.plans import find_plan, save_plan
from storage.work import Work
from tests.domain.street import CALENDAR
from tests.outings import OUTING, outing
from tests.scheduler.desk import Desk, at
from tests.street import EAST_1, MORNING

WHICH = outing("1")


@dataclass(frozen=True)
class Trip:
    """What the made-up feature knows of one."""

    subject: Subject
    urgency: int = 1
    barred: frozenset[str] = frozenset()
    sealed: bool = True


async def _load(_tx: Tx, ids: Sequence[str]) -> Mapping[str, Trip]:
    return {one: Trip(outing(one)) for one in ids}


async def _message(_work: Work, person: str, step: str, _trip: Trip) -> Message:
    return Message(blocks=(text(f"outings.{step}", who=person),))


def _line(_work: Work, _person: str, step: str, trip: Trip) -> GatheredLine:
    button = Choice(label=text("menu.open"), action="menu.open")
    said = Line(text("outings.one", which=trip.subject.id), text(f"outings.{step}"))
    return GatheredLine(line=said, show=button, everything=button)


TRIPS = GatheredKind(
    name=OUTING,
    load=_load,
    holds=lambda _work, _person, _step, _trip: True,
    message=_message,
    line=_line,
)


def new_ticker(desk: Desk) -> None:
    desk.ticker = desk.new_ticker(gathered={**GATHERED, OUTING: TRIPS})


@pytest.fixture
async def planned(desk: Desk) -> Desk:
    """A plan of the grid worker's, due on 1 December."""
    new_ticker(desk)
    await keep(
        desk,
        begin(
            "plan1",
            WHICH,
            unit=EAST_1,
            answers=Responsible(Seat(EAST_1, Role.GRID_WORKER), "worker"),
            every=timedelta(days=7),
            at=MORNING,
            calendar=CALENDAR,
        ),
    )
    return desk


async def keep(desk: Desk, plan: Plan) -> None:
    async with desk.database.write() as tx:
        work = await desk.work(tx)
        save_plan(work, plan)
        await apply(tx, [work.changes])


async def plan_of(desk: Desk) -> Plan:
    async with desk.database.read() as tx:
        found = await find_plan(tx, WHICH)
    assert found is not None
    return found


async def told(desk: Desk, until: datetime) -> list[tuple[str, str, datetime]]:
    """Let time pass; give who was told which step when."""
    before = len(await trips_said(desk))
    await desk.ticker.catch_up(until)
    desk.now = until
    return (await trips_said(desk))[before:]


async def trips_said(desk: Desk) -> list[tuple[str, str, datetime]]:
    """Give what was said of trips alone; of what came together, to their owner first."""
    said = await desk.said()
    found = [(one.person, one.key, one.created_at) for one in said if one.key.startswith(OUTING)]
    return sorted(found, key=lambda one: (one[2], one[0] != "worker"))


def december(day: int, hour: int) -> datetime:
    return at(30, hour) + timedelta(days=day)


async def test_its_owner_hears_before_on_and_after_the_day_and_the_ladder_after_that(
    planned: Desk,
) -> None:
    heard = await told(planned, december(6, 12))

    assert heard == [
        ("worker", f"outings.{Step.SOON}", at(29, 8)),
        ("worker", f"outings.{Step.DUE}", december(1, 8)),
        ("worker", f"outings.{Step.LATE}", december(2, 8)),
        ("secretary", f"outings.{Step.LATE}", december(2, 8)),
        ("worker", f"outings.{Step.CLIMB}", december(4, 8)),
        ("community", f"outings.{Step.CLIMB}", december(4, 8)),
        ("worker", f"outings.{Step.CLIMB}", december(6, 8)),
        ("leader", f"outings.{Step.CLIMB}", december(6, 8)),
    ]
    assert (await plan_of(planned)).climbs == 3


async def test_a_restart_in_the_middle_tells_nothing_twice_and_nothing_less(planned: Desk) -> None:
    heard = await told(planned, december(1, 12))
    new_ticker(planned)
    heard += await told(planned, december(2, 7))
    new_ticker(planned)
    heard += await told(planned, december(2, 12))

    assert [one[:2] for one in heard] == [
        ("worker", f"outings.{Step.SOON}"),
        ("worker", f"outings.{Step.DUE}"),
        ("worker", f"outings.{Step.LATE}"),
        ("secretary", f"outings.{Step.LATE}"),
    ]


async def test_after_a_long_outage_it_climbs_one_level_and_not_all_at_once(planned: Desk) -> None:
    planned.now = december(10, 12)
    await planned.ticker.tick(planned.now)

    assert [one[:2] for one in await trips_said(planned)] == [
        ("worker", f"outings.{Step.LATE}"),
        ("secretary", f"outings.{Step.LATE}"),
    ]


async def test_nobody_is_told_in_the_quiet_hours(planned: Desk) -> None:
    night = december(1, 23)
    planned.now = night
    await planned.ticker.tick(night)

    heard = await told(planned, december(2, 7))
    assert heard == []

    heard = await told(planned, december(2, 9))
    assert [one[0] for one in heard] == ["worker", "secretary"]
    assert min(one[2] for one in heard) >= december(2, 8)


async def test_what_was_done_in_time_is_told_to_nobody_until_the_next_round(planned: Desk) -> None:
    await told(planned, december(1, 12))
    plan = await plan_of(planned)

    after = done(plan, planned.now, every=plan.every, calendar=CALENDAR)
    await keep(planned, after)

    assert await told(planned, december(6, 7)) == []
    assert [one[1] for one in await told(planned, december(8, 9))] == [
        f"outings.{Step.SOON}",
        f"outings.{Step.DUE}",
    ]


async def test_a_pause_is_silent_and_ends_by_itself(planned: Desk) -> None:
    plan = await plan_of(planned)
    await keep(planned, paused(plan, december(7, 9), planned.now))

    assert await told(planned, december(7, 8)) == []
    heard = await told(planned, december(8, 12))

    assert [one[:2] for one in heard] == [
        ("worker", f"outings.{Step.LATE}"),
        ("secretary", f"outings.{Step.LATE}"),
    ]


async def test_what_nobody_owes_yet_is_told_to_the_level_above(planned: Desk) -> None:
    plan = await plan_of(planned)
    await keep(planned, replace(plan, owner=None))

    heard = await told(planned, december(2, 12))

    assert [one[:2] for one in heard] == [("secretary", f"outings.{Step.LATE}")]
