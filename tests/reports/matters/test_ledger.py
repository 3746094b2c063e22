"""The work ledger: every task with owner, due date and state, adding up to the tables."""

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from bot.words.wording import wording_for
from domain.access.actors import actor_of
from domain.categories import Kind
from domain.errors import NotAllowed
from domain.messages import Text, text
from domain.organisation import Role, Seat, Stream
from domain.people import Language
from reports.matters.ledger import Ledger, read_ledger, totals, workbook
from storage.database import Database
from storage.matters.help_requests import Part
from storage.matters.matters import matters
from tests.scheduler.desk import RESIDENT, Desk, at
from tests.street import EAST, EAST_1, EAST_2, STREET, WEST_1, found

SINCE, UNTIL = at(1, 0), at(40, 0)


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    await found(database)
    desk = Desk(database, tmp_path)
    await desk.add_resident(RESIDENT, name="陈小明", phone="13800000000")
    return desk


def say(words: Text, language: Language) -> str:
    return wording_for(language, strict=True).text(words)


async def read(
    desk: Desk,
    unit: str = EAST,
    person: str | None = "community",
    since: datetime = SINCE,
    until: datetime = UNTIL,
) -> Ledger:
    street = await desk.street()
    actor = actor_of(person, street.organisation, desk.now, staff=True) if person else None
    async with desk.database.read() as tx:
        return await read_ledger(
            tx,
            street,
            street.organisation.units[unit],
            desk.now,
            since=since,
            until=until,
            actor=actor,
        )


def sheets(ledger: Ledger, language: Language = Language.ENGLISH) -> dict[str, list[list[Any]]]:
    book = load_workbook(io.BytesIO(workbook(ledger, say, language)))
    return {sheet.title: [[cell.value for cell in row] for row in sheet] for sheet in book}


def column(rows: list[list[Any]], name: str) -> list[Any]:
    place = rows[0].index(name)
    return [row[place] for row in rows[1:]]


@pytest.mark.requirement("G-12")
async def test_every_task_has_an_owner_a_due_date_and_a_state(desk: Desk) -> None:
    await desk.file()
    await desk.solve(await desk.file(grid=EAST_2), 4)
    resolved = await desk.file()
    await desk.resolve(resolved)

    rows = sheets(await read(desk))["Ledger"]

    assert column(rows, "Owner") == ["张书记", "钱书记", "张书记"]
    assert all(isinstance(due, datetime) for due in column(rows, "Due"))
    assert column(rows, "State") == [
        say(text(f"names.state_{state}"), Language.ENGLISH)
        for state in ("dispatched", "closed", "resolved")
    ]
    assert column(rows, "Score") == [None, 4, None]
    assert column(rows, "Next step") == ["accept", "none", "resident judges"]


@pytest.mark.requirement("G-12")
async def test_the_ledger_adds_up_to_the_tasks_in_the_tables(desk: Desk) -> None:
    for _ in range(4):
        await desk.file()
    await desk.solve(await desk.file())
    await desk.file(grid=WEST_1)
    desk.now = at(27, 9)

    ledger = await read(desk)

    async with desk.database.read() as tx:
        in_tables = await tx.scalar(
            select(func.count()).select_from(matters).where(matters.c.community == EAST)
        )
    counted = dict(totals(ledger))
    assert counted["total_all"] == in_tables == 5
    assert (counted["total_open"], counted["total_overdue"]) == (4, 4)
    book = sheets(ledger)
    assert len(book["Ledger"]) - 1 == in_tables
    assert column(book["Ledger"], "Overdue").count("yes") == 4
    assert ["Overdue", 4] in book["Totals"]


@pytest.mark.requirement("G-12")
async def test_overdue_tasks_are_seen_at_a_glance(desk: Desk) -> None:
    await desk.file()
    desk.now = at(27, 9)
    await desk.file()

    sheet = load_workbook(io.BytesIO(workbook(await read(desk), say, Language.CHINESE))).active

    colours = [sheet.cell(row, 1).fill.fgColor.rgb for row in (2, 3)]
    assert colours == ["FFF3CCCC", "00000000"]


async def test_no_resident_is_named_and_nothing_they_told_is_in_it(desk: Desk) -> None:
    await desk.file(text="我家住在三号楼，电话13800000000")

    for language in Language:
        content = str(sheets(await read(desk), language))
        assert "陈小明" not in content
        assert "三号楼" not in content
        assert "13800000000" not in content
        assert RESIDENT not in content


async def test_open_tasks_from_before_the_span_are_in_it_and_ended_ones_are_not(
    desk: Desk,
) -> None:
    still_open = await desk.file()
    await desk.solve(await desk.file())
    desk.now = at(33, 9)
    new = await desk.file()

    ledger = await read(desk, since=at(30, 0))

    assert [task.number for task in ledger.tasks] == [still_open, new]


async def test_a_vacant_post_is_named_as_one(desk: Desk) -> None:
    await desk.file(grid=WEST_1, owner=None, seat=Seat(WEST_1, Role.GRID_SECRETARY))

    rows = sheets(await read(desk, STREET, "street_leader"))["Ledger"]

    assert column(rows, "Owner") == ["(vacant: the level above answers)"]
    assert "Grid 3" in column(rows, "Post")[0]


async def test_a_dispute_is_only_counted_where_it_may_not_be_seen(desk: Desk) -> None:
    dispute = await desk.file(kind=Kind.DISPUTE)
    service = await desk.file()

    at_community = await read(desk)
    at_street = await read(desk, STREET, "street_leader")

    assert [task.number for task in at_community.tasks] == [dispute, service]
    assert [task.number for task in at_street.tasks] == [service]
    assert dict(totals(at_street))["total_counted_only"] == 1


@pytest.mark.parametrize("person", ["secretary", "worker", "clerk", "police", "dispatcher"])
async def test_nobody_else_may_export_a_ledger(desk: Desk, person: str) -> None:
    with pytest.raises(NotAllowed):
        await read(desk, EAST, person)


async def test_a_secretary_exports_no_other_communitys_ledger(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        await read(desk, "W")


async def test_an_empty_ledger_is_a_file_too(desk: Desk) -> None:
    book = sheets(await read(desk))

    assert len(book["Ledger"]) == 1
    assert ["All cases", 0] in book["Totals"]


async def test_a_ledger_of_a_grid_holds_its_tasks_alone(desk: Desk) -> None:
    mine = await desk.file()
    await desk.file(grid=EAST_2)

    ledger = await read(desk, EAST_1, None)

    assert [task.number for task in ledger.tasks] == [mine]


async def test_help_that_was_asked_for_is_listed_with_its_helper(desk: Desk) -> None:
    number = await desk.file()
    part = Part(
        id="part",
        number=number,
        stream=Stream.POLICE,
        helper="police",
        asked_by="secretary",
        question="请到场",
        asked_at=desk.now,
    )
    await desk.save([part])

    rows = sheets(await read(desk))["Help between streams"]

    assert column(rows, "Helper") == ["吴警官"]
    assert column(rows, "State") == ["open"]
    assert "请到场" not in str(rows)


async def test_moments_are_those_of_the_office(desk: Desk) -> None:
    await desk.file()

    rows = sheets(await read(desk))["Ledger"]

    assert column(rows, "Filed") == [datetime(2026, 11, 24, 9)]  # noqa: DTZ001  # as Excel has it


async def test_a_name_that_looks_like_a_formula_stays_a_name(desk: Desk) -> None:
    await desk.file()
    ledger = await read(desk)

    def formula(words: Text, language: Language) -> str:
        return "=1+1" if words.key == "names.either" else say(words, language)

    book = load_workbook(io.BytesIO(workbook(ledger, formula, Language.ENGLISH)))
    cells = [cell for row in book.active for cell in row if cell.value == "=1+1"]

    assert cells
    assert {cell.data_type for cell in cells} == {"s"}


async def test_a_deadline_that_a_holiday_notice_may_still_move_says_so(desk: Desk) -> None:
    desk.now = at(30 + 30, 9)  # the day before New Year's Eve: of 2027 no notice is out
    await desk.file()
    await desk.file(urgency=3)

    rows = sheets(await read(desk, until=at(70, 0)))["Ledger"]

    assert column(rows, "Deadline provisional") == [
        "provisional: the holiday notice of 2027 is not out",
        None,
    ]


async def test_what_was_withdrawn_is_due_no_more(desk: Desk) -> None:
    number = await desk.file()
    await desk.change(number, "withdraw")

    rows = sheets(await read(desk))["Ledger"]

    assert column(rows, "Due") == [None]
