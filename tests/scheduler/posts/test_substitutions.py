"""Standing in ends at its date, whoever is late; told as chats beside a clock."""

from datetime import timedelta
from pathlib import Path

import pytest

from domain.access.actors import actor_of
from domain.matters.matter import Happening
from domain.matters.reporters import may_see_name
from storage.database import Database
from storage.organisation import posts
from storage.reminders import find_reminder
from tests.handlers.chats import Office, opened
from tests.handlers.matters.test_barred import told_of
from tests.handlers.posts.test_staff import goes_away
from tests.scheduler.desk import Desk

NOT_FOUND = "没有找到"


class Clocked(Office):
    """An open office with a clock that the test lets tick."""

    async def ticks(self) -> None:
        """Do what is due now, as a process that was started just now would."""
        desk = Desk(self.database, self.folder)
        desk.now = self.now
        before = len(self.said)
        await desk.ticker.tick(self.now)
        await self.read()
        self._newest = self.said[before:]


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Clocked:
    await opened(database, tmp_path)
    return Clocked(database, tmp_path)


async def away(office: Office) -> str:
    """Let the secretary be away until tomorrow, with one case handed over; give its number."""
    number = await office.filed()
    await goes_away(office)
    assert (await office.matter(number)).owner == "second_secretary"
    return number


def the_day_after(office: Office) -> None:
    office.now = office.now.replace(hour=16) + timedelta(days=1)  # midnight in Shanghai


async def test_at_its_date_the_cases_go_back_and_both_are_told(office: Clocked) -> None:
    number = await away(office)
    the_day_after(office)

    await office.ticks()

    assert (await office.matter(number)).owner == "secretary"
    assert "1 件事项已回到您手里" in office.heard("secretary")
    assert "代办结束" in office.heard("second_secretary")
    assert "现由" in office.heard("resident") or number in office.heard("resident")
    story = await office.does("secretary", f"matters.story:{number}")
    assert "代办期限已到" in story
    assert [one.happening for one in await office.events(number)].count(Happening.REASSIGNED) == 2


async def test_a_moment_before_nothing_has_changed(office: Clocked) -> None:
    number = await away(office)
    the_day_after(office)
    office.now -= timedelta(seconds=1)

    await office.ticks()

    assert (await office.matter(number)).owner == "second_secretary"
    assert number in await office.does("second_secretary", f"matters.show:{number}")


async def test_rights_end_at_the_date_even_if_the_clock_is_late(office: Clocked) -> None:
    number = await away(office)
    the_day_after(office)

    by_substitute = [
        await office.does("second_secretary", f"matters.{verb}:{number}")
        for verb in ("show", "story", "accept", "ask")
    ]
    todo = await office.does("second_secretary", "todo.open")
    by_holder = await office.does("secretary", f"matters.accept:{number}")

    assert all(NOT_FOUND in one for one in by_substitute)
    assert number not in todo
    assert NOT_FOUND not in by_holder
    assert number in by_holder


async def test_the_name_of_a_dispute_is_seen_until_the_date_and_no_longer(
    office: Clocked,
) -> None:
    await office.starts("rival", "g-E1")
    await office.says("rival", "楼上邻居半夜吵闹")
    number = (await office.presses("rival", "提交")).split("编号 ")[1][:10]
    await goes_away(office)
    matter = await office.matter(number)
    street = (await office.street()).organisation
    end = office.now.replace(hour=16, minute=0) + timedelta(days=1)

    def sees(who: str, moment: object) -> bool:
        actor = actor_of(who, street, moment, staff=True)  # type: ignore[arg-type]
        return may_see_name(actor, street, matter)

    assert sees("second_secretary", end - timedelta(microseconds=1))
    assert not sees("second_secretary", end)
    assert sees("secretary", end)


async def test_coming_back_early_leaves_nothing_for_the_clock(office: Clocked) -> None:
    number = await away(office)
    await office.does("secretary", "posts.back")
    the_day_after(office)

    await office.ticks()

    assert (await office.matter(number)).owner == "secretary"
    assert office.heard("secretary") == office.heard("second_secretary") == ""
    async with office.database.read() as tx:
        assert await find_reminder(tx, "post", "post-secretary") is None


async def test_whoever_is_dismissed_meanwhile_gets_nothing_back(office: Clocked) -> None:
    number = await away(office)
    await office.does("community", "posts.end:secretary")
    the_day_after(office)

    await office.ticks()

    assert (await office.matter(number)).owner == "community"
    assert "回到您手里" not in office.transcript("secretary")


async def test_two_ticks_and_a_late_one_do_it_once(office: Clocked) -> None:
    number = await away(office)
    the_day_after(office)
    office.later(days=9)

    await office.ticks()
    await office.ticks()

    assert office.transcript("secretary").count("已回到您手里") == 1
    assert (await office.matter(number)).owner == "secretary"
    async with office.database.read() as tx:
        lent = await tx.rows(posts.select().where(posts.c.substitute.is_not(None)))
    assert not lent


async def test_a_matters_own_reminder_at_the_same_tick_harms_nothing(office: Clocked) -> None:
    number = await away(office)
    the_day_after(office)
    office.later(days=3)  # the case is late as well

    await office.ticks()
    await office.ticks()

    assert (await office.matter(number)).owner == "secretary"


async def test_a_case_that_may_accuse_the_holder_does_not_come_back_to_them(
    office: Clocked,
) -> None:
    await goes_away(office)
    number = await told_of(office)
    assert (await office.matter(number)).owner == "second_secretary"
    the_day_after(office)

    await office.ticks()

    assert (await office.matter(number)).owner == "community"
    assert "待办" in office.heard("community")
    assert number not in office.transcript("secretary")
    assert "0 件事项已回到您手里" in office.heard("secretary")
    assert NOT_FOUND in await office.does("secretary", f"matters.show:{number}")
    assert NOT_FOUND in await office.does("second_secretary", f"matters.show:{number}")
