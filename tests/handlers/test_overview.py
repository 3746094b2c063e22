"""What is owed of any kind stands in the to-do list, the lists of the units and the overview."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from domain.access.actors import Actor
from domain.messages import Side, text
from domain.obligations import Obligation, Tally
from domain.subjects import Subject
from handlers.features import Feature, Features, Owes
from handlers.registry import FEATURES
from storage.database import Database
from storage.work import Work
from tests.handlers.chats import Office, opened
from tests.street import EAST, EAST_1, MORNING


def _outing() -> Obligation:
    return Obligation(
        subject=Subject("outing", "7"),
        owner="secretary",
        unit=EAST_1,
        due_at=MORNING + timedelta(hours=1),
        label=text("names.either", zh="郊游", en="Outing"),
        detail=text("names.either", zh="下午三点", en="three o'clock"),
        action="todo.open",
    )


async def _by_person(_work: Work, person: str) -> list[Obligation]:
    return [_outing()] if person == "secretary" else []


async def _in_units(_work: Work, _reader: Actor, grids: Sequence[str]) -> list[Obligation]:
    return [_outing()] if EAST_1 in grids else []


async def _count(_work: Work, grids: Sequence[str]) -> Mapping[str, Tally]:
    return {grid: Tally(open=1, unowned=2) for grid in grids if grid == EAST_1}


OUTINGS = Feature(
    name="outings",
    side=Side.STAFF,
    owes=Owes(of_person=_by_person, of_units=_in_units, count=_count),
)


@pytest.fixture
async def office(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr("bot.traffic.intake.FEATURES", Features((*FEATURES.all, OUTINGS)))
    return await opened(database, tmp_path)


async def test_what_somebody_owes_of_a_new_kind_stands_in_their_list_alone(office: Office) -> None:
    number = await office.filed()

    mine = await office.does("secretary", "todo.open")
    other = await office.does("second_secretary", "todo.open")

    assert number in mine
    assert "郊游" in mine
    assert mine.index("郊游") < mine.index(number)
    assert "郊游" not in other


async def test_whoever_is_above_finds_it_in_the_lists_of_the_units(office: Office) -> None:
    listed = await office.does("community", f"overview.list:{EAST}:all:0")
    refused = await office.does("worker", f"overview.list:{EAST}:all:0")

    assert "郊游" in listed
    assert "郊游" not in refused


async def test_the_overview_counts_it_with_the_cases(office: Office) -> None:
    before = await office.does("community", f"overview.unit:{EAST}")
    await office.filed()
    after = await office.does("community", f"overview.unit:{EAST}")

    assert "未结 1" in before
    assert "未结 2" in after
    assert "暂无人负责的事项：2" in before
