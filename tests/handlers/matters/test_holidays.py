"""What crosses a year without its notice says so; the notice moves open deadlines and is told."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.matters.matter import Happening, State
from scheduler.matters.holidays import apply_calendar
from storage.changes import apply
from storage.registry import HANDS_OVER, PROCEDURES
from storage.work import Numbers, Work
from storage.work_calendars import keep_years
from tests.handlers.chats import Office

#: A Wednesday, 09:00 in Shanghai: the first contact of an ordinary service is due in a working day.
LATE_IN_DECEMBER = datetime(2026, 12, 31, 1, tzinfo=UTC)
PROVISIONAL = "2027 年放假安排还没公布"


def notice(*off: str, on: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
    """Make the notice of 2027 with the days around New Year."""
    return {
        "2027": {
            "source": "国务院办公厅关于2027年部分节假日安排的通知",
            "published": date(2027, 1, 1),
            "holidays": [date.fromisoformat(day) for day in off],
            "makeup_workdays": [date.fromisoformat(day) for day in on],
        }
    }


async def take_in(office: Office, years: dict[str, dict[str, Any]]) -> int:
    before = len(office.said)
    async with office.database.write() as tx:
        await apply_calendar(await work_of(office, tx), tx)
        await keep_years(tx, years, office.now)
        work = await work_of(office, tx)
        moved = await apply_calendar(work, tx)
        await apply(tx, [work.changes])
    await office.read()
    office._newest = office.said[before:]
    return moved


async def work_of(office: Office, tx: Any) -> Work:
    street = await office.source.current(tx, office.now)
    return Work(
        tx=tx,
        street=street,
        now=office.now,
        numbers=Numbers(),
        hands_over=HANDS_OVER,
        procedures=PROCEDURES,
    )


@pytest.fixture
async def december(office: Office) -> Office:
    office.now = LATE_IN_DECEMBER
    return office


# --- what is known before the notice --------------------------------------------------------------


async def test_new_year_is_a_holiday_by_law_before_any_notice(december: Office) -> None:
    number = await december.filed()

    matter = await december.matter(number)

    local = matter.resolve_by.astimezone(UTC) + timedelta(hours=8)
    assert not (await december.street()).office.calendar.is_workday(date(2027, 1, 1))
    assert local.date() == date(2027, 1, 6)


async def test_every_deadline_beyond_says_so_to_residents_and_staff(december: Office) -> None:
    number = await december.filed()
    shown = {
        "the receipt": december.transcript("resident"),
        "the card": december.transcript("secretary"),
        "the case": await december.does("resident", f"matters.show:{number}"),
    }
    await december.does("secretary", f"matters.accept:{number}")
    shown["accepted"] = december.heard("resident")
    await december.does("secretary", f"matters.ask:{number}")
    await december.says("secretary", "是哪一盏？")
    shown["asked"] = december.heard("resident")
    shown["asked, to staff"] = december.heard("secretary")

    for where, said in shown.items():
        assert PROVISIONAL in said, where


async def test_in_a_known_year_nothing_is_said(office: Office) -> None:
    number = await office.filed()

    assert PROVISIONAL not in office.transcript("resident", "secretary")
    assert "放假安排" not in await office.does("resident", f"matters.show:{number}")


async def test_what_runs_on_the_calendars_hours_cannot_move(december: Office) -> None:
    number = await december.filed()
    await december.does("community", f"matters.triage:{number}:3:3")
    await december.says("community", "线头裸露，会触电")

    assert PROVISIONAL not in await december.does("secretary", f"matters.show:{number}")


# --- the notice arrives ---------------------------------------------------------------------------


async def test_it_moves_open_deadlines_and_tells_whom_it_concerns(december: Office) -> None:
    number = await december.filed()
    before = await december.matter(number)

    moved = await take_in(december, notice("2027-01-01", "2027-01-04"))

    after = await december.matter(number)
    assert moved == 1
    assert after.resolve_by == before.resolve_by + timedelta(days=1)
    assert (await december.events(number))[-1].happening is Happening.REDATED
    assert number in december.heard("resident")
    assert "放假安排公布了" in december.heard("resident")
    assert number in december.heard("secretary")
    assert PROVISIONAL not in december.heard("resident")
    assert PROVISIONAL not in await december.does("resident", f"matters.show:{number}")


async def test_a_makeup_workday_brings_deadlines_nearer(december: Office) -> None:
    number = await december.filed()
    before = await december.matter(number)

    await take_in(december, notice("2027-01-01", on=("2027-01-02",)))

    assert (await december.matter(number)).resolve_by < before.resolve_by


async def test_taking_in_twice_changes_and_tells_nothing_more(december: Office) -> None:
    number = await december.filed()
    await take_in(december, notice("2027-01-01", "2027-01-04"))
    once = await december.matter(number)

    assert await take_in(december, notice("2027-01-01", "2027-01-04")) == 0

    assert (await december.matter(number)).resolve_by == once.resolve_by
    assert december.heard("resident") == ""


async def test_what_lies_before_the_difference_stays_and_nobody_is_told(office: Office) -> None:
    number = await office.filed()
    before = await office.matter(number)

    assert await take_in(office, notice("2027-01-01", "2027-01-04")) == 0

    assert (await office.matter(number)).resolve_by == before.resolve_by
    assert office.heard("secretary") == ""


async def test_the_time_that_the_clock_stood_still_is_counted_by_the_notice(
    december: Office,
) -> None:
    number = await december.filed()
    await december.does("secretary", f"matters.accept:{number}")
    await december.does("secretary", f"matters.ask:{number}")
    await december.says("secretary", "是哪一盏？")
    december.now = datetime(2027, 1, 5, 1, tzinfo=UTC)
    await december.does("resident", f"matters.answer:{number}")
    await december.says("resident", "门口那盏")
    await december.presses("resident", "提交")
    paused = await december.matter(number)

    # The Monday in the pause was no workday: it is neither waited for nor paused.
    assert paused.state is State.ACCEPTED
    assert await take_in(december, notice("2027-01-01", "2027-01-04")) == 0
    assert (await december.matter(number)).resolve_by == paused.resolve_by


async def test_an_open_question_and_a_verdict_wait_as_long_as_before(december: Office) -> None:
    number = await december.filed()
    await december.does("secretary", f"matters.accept:{number}")
    await december.does("secretary", f"matters.ask:{number}")
    await december.says("secretary", "是哪一盏？")
    before = await december.matter(number)
    assert before.answer_by is not None

    await take_in(december, notice("2027-01-01", "2027-01-04"))

    after = await december.matter(number)
    # From Friday to Monday.
    assert after.answer_by == before.answer_by + timedelta(days=3)


async def test_a_provisional_year_that_an_update_brings_moves_what_was_counted_before_it(
    december: Office,
) -> None:
    """An earlier version knew nothing of 2027: it counted New Year's Day."""
    number = await december.filed()
    matter = await december.matter(number)
    counted = replace(matter, resolve_by=matter.resolve_by - timedelta(days=1))
    await december.change(counted)

    async with december.database.write() as tx:
        work = await work_of(december, tx)
        moved = await apply_calendar(work, tx)
        await apply(tx, [work.changes])
    await december.read()

    assert moved == 1
    assert (await december.matter(number)).resolve_by > counted.resolve_by
