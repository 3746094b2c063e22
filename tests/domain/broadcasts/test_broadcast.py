"""What is looked at again before everybody reads it, and how a broadcast's card counts."""

from dataclasses import replace

import pytest

from domain.broadcasts.broadcast import (
    Broadcast,
    BroadcastState,
    Progress,
    audience,
    card,
    doubts,
    grids_below,
)
from domain.messages import Card, text
from domain.organisation import Unit, UnitKind
from tests.domain.street import MORNING, organisation

BROADCAST = Broadcast(
    id="b", by="me", unit="E", words="停水", expected=200, created_at=MORNING, shown_at=MORNING
)


@pytest.mark.parametrize(
    "words",
    [
        "联系 13800001234",
        "联系 138 0000 1234",
        "138-0000-1234",
        "热线 010-12345678",
        "07551234567",
    ],
)
def test_a_phone_number_is_pointed_out(words: str) -> None:
    assert doubts(words) == (text("broadcasts.holds_phone"),)


@pytest.mark.parametrize("words", ["110101199003070011", "身份证11010119900307001X。"])
def test_an_identity_number_is_pointed_out_and_is_no_phone_number(words: str) -> None:
    assert doubts(words) == (text("broadcasts.holds_identity"),)


@pytest.mark.parametrize(
    "words",
    ["11月26日9:00至11:00停水", "12345 热线", "编号 2026-00017", "3号楼2单元1301", "共 1380000 元"],
)
def test_dates_hotlines_and_sums_are_not(words: str) -> None:
    assert doubts(words) == ()


def test_a_unit_reaches_its_own_grids() -> None:
    assert grids_below(organisation(), "E") == ("E1", "E2")
    assert grids_below(organisation(), "E1") == ("E1",)
    assert set(grids_below(organisation(), "S")) >= {"E1", "E2", "W1"}


def test_too_many_units_are_offered_without_their_grids() -> None:
    units = tuple(
        Unit(code=f"g{n}", kind=UnitKind.GRID, parent="E", name=f"第{n}网格") for n in range(50)
    )
    east = Unit(code="E", kind=UnitKind.COMMUNITY, parent="S", name="东园社区")

    assert audience(organisation(), (east, *units)) == (east,)
    assert audience(organisation(), (east, *units[:3])) == (east, *units[:3])


@pytest.mark.parametrize(
    ("state", "made", "progress", "shown"),
    [
        (BroadcastState.MAKING, 0, Progress(), (0, 200, 0)),
        (BroadcastState.MAKING, 100, Progress(50, 40, 10), (40, 200, 25)),
        (BroadcastState.SENDING, 205, Progress(5, 190, 10), (190, 205, 97)),
        (BroadcastState.DONE, 205, Progress(0, 195, 10), (195, 205, 100)),
        (BroadcastState.STOPPED, 100, Progress(0, 40, 60), (40, 100, 100)),
        (BroadcastState.DONE, 0, Progress(), (0, 0, 100)),
    ],
)
def test_the_card_counts_those_reached_and_those_done_with(
    state: BroadcastState, made: int, progress: Progress, shown: tuple[int, int, int]
) -> None:
    shown_card = card(organisation(), replace(BROADCAST, state=state, made=made), progress).blocks[
        0
    ]

    assert isinstance(shown_card, Card)
    count, total, percent = shown
    lines = {line.label.key: line.value for line in shown_card.lines}
    assert lines["broadcasts.reached"] == text(
        "broadcasts.of", count=count, total=total, percent=percent
    )
    assert lines.get("broadcasts.failed") == (progress.failed or None)


def test_only_what_is_under_way_can_be_stopped() -> None:
    def actions(state: BroadcastState) -> list[str | None]:
        message = card(organisation(), replace(BROADCAST, state=state), Progress())
        return [choice.action for row in message.choices for choice in row]

    assert "broadcasts.ask_stop:b" in actions(BroadcastState.SENDING)
    assert "broadcasts.ask_stop:b" not in actions(BroadcastState.DONE)
    assert "broadcasts.ask_stop:b" not in actions(BroadcastState.STOPPED)
