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
    notice,
)
from domain.messages import Card, Message, Tone, text
from domain.names import named
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


def actions(message: Message) -> list[str | None]:
    return [choice.action for row in message.choices for choice in row]


def test_what_residents_read_says_of_whom_it_is_and_how_it_stops() -> None:
    plain = notice(organisation(), BROADCAST)
    pictured = notice(organisation(), replace(BROADCAST, picture="map"))

    assert plain.blocks == (text("broadcasts.notice", unit=named("东园社区"), words="停水"),)
    assert actions(plain) == [None, "broadcasts.notices:off"]  # The first leads to the page.
    assert (plain.attachments, pictured.attachments) == ((), ("map",))


def test_a_notice_of_a_unit_that_is_gone_is_still_read() -> None:
    gone = replace(BROADCAST, unit="gone")

    assert notice(organisation(), gone).blocks == (
        text("broadcasts.notice", unit="", words="停水"),
    )
    shown = card(organisation(), gone, Progress()).blocks[0]
    assert isinstance(shown, Card)
    assert shown.lines[0].value == "gone"


def test_the_card_says_to_whom_how_far_and_what_and_renews_itself_in_its_place() -> None:
    message = card(organisation(), BROADCAST, Progress())

    shown = message.blocks[0]
    assert isinstance(shown, Card)
    assert [(line.label.key, line.value) for line in shown.lines] == [
        ("broadcasts.to", named("东园社区")),
        ("broadcasts.state", text("broadcasts.state_making")),
        ("broadcasts.reached", text("broadcasts.of", count=0, total=200, percent=0)),
        ("broadcasts.words", "停水"),
    ]
    assert message.slot == "b-b"
    assert actions(message) == ["broadcasts.show:b", "broadcasts.ask_stop:b"]


@pytest.mark.parametrize("state", BroadcastState)
def test_only_what_is_done_is_shown_as_done(state: BroadcastState) -> None:
    shown = card(organisation(), replace(BROADCAST, state=state), Progress()).blocks[0]

    assert isinstance(shown, Card)
    assert shown.tone is (Tone.DONE if state is BroadcastState.DONE else Tone.PLAIN)


def test_never_more_than_all_are_done() -> None:
    shown = card(organisation(), replace(BROADCAST, expected=1), Progress(sent=3)).blocks[0]

    assert isinstance(shown, Card)
    assert shown.lines[2].value == text("broadcasts.of", count=3, total=1, percent=100)


@pytest.mark.parametrize(
    ("words", "shown"),
    [("长" * 40, "长" * 40), ("长" * 41, "长" * 39 + "…"), ("停水\n停电", "停水 停电")],
    ids=["fits", "too long", "two lines"],
)
def test_the_card_shows_the_first_words_on_one_line(words: str, shown: str) -> None:
    body = card(organisation(), replace(BROADCAST, words=words), Progress()).blocks[0]

    assert isinstance(body, Card)
    assert body.lines[-1].value == shown


def test_of_a_new_broadcast_nothing_is_made_sent_or_failed() -> None:
    assert (BROADCAST.made, BROADCAST.cursor, BROADCAST.state) == (0, "", BroadcastState.MAKING)
    assert Progress() == Progress(waiting=0, sent=0, failed=0)


def test_both_numbers_of_a_person_are_pointed_out() -> None:
    both = "身份证110101199003070011，电话13800001234"

    assert doubts(both) == (text("broadcasts.holds_identity"), text("broadcasts.holds_phone"))


def test_forty_units_are_still_read_and_one_more_are_not() -> None:
    units = tuple(
        Unit(code=f"g{n}", kind=UnitKind.GRID, parent="E", name=f"第{n}网格") for n in range(41)
    )

    assert audience(organisation(), units[:40]) == units[:40]
    assert audience(organisation(), units) == ()
