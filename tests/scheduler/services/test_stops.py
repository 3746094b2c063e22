"""The clock of a mobile station: word the day before, and of every change, to those who asked."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.registers import Entry, EntryState
from storage.database import Database
from storage.registers import find_entry
from tests.handlers.chats import Office, opened
from tests.scheduler.desk import Desk
from tests.scheduler.services.test_orders import until
from tests.services import keep, station, stop


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    found = await opened(database, tmp_path)
    await keep(found, station(), stop())
    await found.starts("resident", "g-E1")
    await found.does("resident", "services.follow_stop:lane")
    await found.starts("neighbour", "g-E1")
    return found


@pytest.fixture
def desk(office: Office, tmp_path: Path) -> Desk:
    return Desk(office.database, tmp_path)


async def changed(office: Office, which: str = "lane", **changes: Any) -> None:
    """Let somebody of the office change an entry, whatever way."""
    async with office.database.read() as tx:
        found = await find_entry(tx, which)
    assert isinstance(found, Entry)
    state = changes.pop("state", found.state)
    fields = {key: one for key, one in {**found.fields, **changes}.items() if one is not None}
    await office.change(
        replace(
            found,
            version=found.version + 1,
            fields=fields,
            state=state,
            changed_at=office.now,
        )
    )


@pytest.mark.requirement("S-09")
async def test_the_day_before_whoever_asked_is_reminded_once_and_nobody_else(
    office: Office, desk: Desk
) -> None:
    assert "槐树巷口" not in await until(office, desk, hours=23)

    told = await until(office, desk, hours=3)
    assert "明天流动工作站到“槐树巷口”" in told
    assert "09:00–11:30" in told
    assert "→ neighbour" not in told

    assert "槐树巷口" not in await until(office, desk, days=3)
    assert "明天流动工作站到“槐树巷口”" in await until(office, desk, days=4)


@pytest.mark.requirement("S-09")
async def test_a_changed_time_is_told_with_what_it_was(office: Office, desk: Desk) -> None:
    await changed(office, weekdays=["fri"], hours="14:00-16:00")

    told = await until(office, desk, minutes=1)

    assert "槐树巷口”有变化" in told
    assert "11月27日" in told
    assert "14:00–16:00" in told
    assert "原来：每周四 9:00-11:30" in told
    assert "→ neighbour" not in told
    assert "有变化" not in await until(office, desk, days=2)


@pytest.mark.requirement("S-09")
@pytest.mark.parametrize("kept", [{"off": "2026-11-26"}, {"address": "槐树巷18号"}])
async def test_a_day_that_is_called_off_and_another_place_are_told(
    office: Office, desk: Desk, kept: dict[str, str]
) -> None:
    await changed(office, **kept)

    told = await until(office, desk, minutes=1)

    assert "有变化" in told
    assert next(iter(kept.values())) in told
    assert "12月3日" in told or "原来停在：槐树巷7号门前" in told


@pytest.mark.requirement("S-09")
@pytest.mark.parametrize("ended", ["lane", "van"])
async def test_a_stop_that_ends_or_whose_route_ends_is_told_once(
    office: Office, desk: Desk, ended: str
) -> None:
    await changed(office, ended, state=EntryState.ENDED)

    told = await until(office, desk, minutes=1)

    assert "流动工作站不再到“槐树巷口”" in told
    assert "槐树巷口" not in await until(office, desk, days=9)


async def test_a_note_or_a_point_that_is_corrected_wakes_nobody(office: Office, desk: Desk) -> None:
    await changed(office, note="车停在树下", point={"lat": 34.006, "lon": 113.008})

    assert "有变化" not in await until(office, desk, hours=5)


async def test_a_date_that_has_passed_and_is_tidied_away_is_no_change(
    office: Office, desk: Desk
) -> None:
    await changed(office, dates="2026-11-25")
    assert "有变化" in await until(office, desk, minutes=1)
    await until(office, desk, days=3)
    await changed(office, dates=None)

    assert "有变化" not in await until(office, desk, minutes=1)


async def test_who_asks_less_than_a_day_before_is_not_told_the_same_twice(
    office: Office, desk: Desk
) -> None:
    await until(office, desk, days=1, hours=5)
    await office.does("neighbour", "services.follow_stop:lane")

    assert "→ neighbour" not in await until(office, desk, hours=12)


async def test_a_change_at_night_waits_for_the_morning(office: Office, desk: Desk) -> None:
    await until(office, desk, hours=14)  # eleven at night
    await changed(office, hours="10:00-11:00")
    await desk.move(office.now)
    before = len(office.said)
    await until(office, desk, minutes=2)

    changes = [one for one in office.said[before:] if "有变化" in one.words]
    assert len(changes) == 1
    assert changes[0].not_before > office.now
