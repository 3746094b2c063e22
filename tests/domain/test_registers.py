"""What an entry of a register may be, and what becomes of two who change one at once."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.configuration.law_data import default_categories
from domain.chain import Chain, verify
from domain.errors import Refused
from domain.messages import text
from domain.registers import (
    LARGEST,
    LONGEST_LINE,
    EntryState,
    changed,
    cleaned,
    ensure_publishable,
    found_by,
    key_for,
    merged,
    problems,
    read_value,
    recorded,
    shown,
    with_categories,
)
from tests.clubs import CLUBS, club
from tests.domain.street import MORNING, act

TODAY = date(2026, 11, 24)
HOUR = timedelta(hours=1)


def read(name: str, said: str) -> Any:
    return read_value(CLUBS.field(name), said, TODAY)


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "said", "value"),
    [
        ("name", "  晨光\n棋社 ", "晨光 棋社"),
        ("about", "第一行\n第二行", "第一行\n第二行"),
        ("size", "大", "big"),
        ("size", " BIG", "big"),
        ("games", "象棋、围棋", ["go", "xiangqi"]),
        ("games", "围棋，围棋", ["go"]),
        ("seats", "三十", 30),
        ("seats", "０", 0),
        ("fee", "１２８.50", "128.5"),
        ("fee", "1,200", "1200"),
        ("fee", "0", "0"),
        ("phone", "0371-12345678，13800000000", "0371-12345678、13800000000"),
        ("phone", "+86 371 1234 5678", "+86 371 1234 5678"),
        ("founded", "2026年12月1日", "2026-12-01"),
        ("point", "34.7466，113.6254", {"lat": 34.7466, "lon": 113.6254}),
        *((name, "  ", None) for name in ("name", "size", "seats", "fee", "phone", "point")),
    ],
)
def test_a_value_is_read_as_people_write_it(field: str, said: str, value: object) -> None:
    assert read(field, said) == value


@pytest.mark.parametrize(
    ("field", "said", "reason"),
    [
        ("name", "！！！", "registers.needs_words"),
        ("name", "棋" * (LONGEST_LINE + 1), "registers.too_long"),
        ("size", "中", "registers.one_of"),
        ("games", "围棋、跳棋", "registers.one_of"),
        ("seats", "很多", "registers.number"),
        ("seats", str(LARGEST + 1), "registers.too_large"),
        ("fee", "约一百多", "registers.number"),
        ("fee", "-5", "registers.number"),
        ("fee", str(LARGEST + 1), "registers.too_large"),
        ("phone", "不清楚", "registers.phone"),
        ("phone", "0371-12345678、没有", "registers.phone"),
        ("founded", "2026-02-30", "registers.day"),
        ("point", "郑州", "registers.point"),
        ("point", "134.7,113.6", "registers.point"),
    ],
)
def test_what_is_no_value_is_refused_with_what_to_write(field: str, said: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        read(field, said)

    assert refused.value.reason == reason


def test_the_longest_line_and_the_largest_number_are_taken() -> None:
    assert read("name", "棋" * LONGEST_LINE) == "棋" * LONGEST_LINE
    assert read("seats", str(LARGEST)) == LARGEST


def test_the_offices_categories_are_options_by_their_own_names() -> None:
    register = with_categories(CLUBS, default_categories())

    value = read_value(register.field("sort"), "证明和证件", TODAY)

    assert value == "certificates"


# --- how values are shown ------------------------------------------------------------------------


def test_what_was_not_given_is_left_out_or_said_so() -> None:
    assert shown(CLUBS.field("phone"), None) is None
    assert shown(CLUBS.field("fee"), None) == text("halls.not_given")
    assert shown(CLUBS.field("fee"), "0") == text("halls.ten_thousand", value="0")
    assert shown(CLUBS.field("seats"), 0) == 0


def test_a_value_that_an_option_gave_is_shown_in_its_words() -> None:
    assert shown(CLUBS.field("size"), "big") == text("halls.type_urban")
    assert shown(CLUBS.field("games"), ["go", "gone"]) == (text("halls.access_ramp"), "gone")
    assert shown(CLUBS.field("founded"), "2026-12-01") == date(2026, 12, 1)


# --- what may be published -----------------------------------------------------------------------


def test_what_is_complete_may_be_published() -> None:
    assert problems(CLUBS, {"name": "棋社", "size": "small"}) == ()
    ensure_publishable(CLUBS, {"name": "棋社", "size": "big", "seats": 0})


def test_what_lacks_something_is_refused_with_what_it_lacks() -> None:
    with pytest.raises(Refused) as refused:
        ensure_publishable(CLUBS, {"size": "big"})

    lacks = text("registers.lacks", fields=(text("halls.name"),))
    assert refused.value.fields == {"lacking": (lacks, text("halls.not_given"))}


def test_only_what_is_the_registers_and_was_given_is_kept() -> None:
    given = {"name": "棋社", "phone": None, "games": [], "seats": 0, "secret": "x"}

    assert cleaned(CLUBS, given) == {"name": "棋社", "seats": 0}


def test_names_that_differ_in_marks_and_width_alone_are_the_same() -> None:
    assert key_for(CLUBS, {"name": "Ａ 棋社（东）"}) == key_for(CLUBS, {"name": "a棋社东"})
    assert key_for(CLUBS, {"name": "棋社"}) != key_for(CLUBS, {"name": "棋院"})
    assert len(key_for(CLUBS, {"name": "棋" * 300})) == 200


# --- terms ---------------------------------------------------------------------------------------


def test_an_entry_holds_from_its_first_moment_until_its_last() -> None:
    entry = replace(club(), valid_from=MORNING, valid_until=MORNING + HOUR)

    moments = [MORNING - HOUR, MORNING, MORNING + HOUR - timedelta(seconds=1), MORNING + HOUR]
    assert [entry.holds(at) for at in moments] == [False, True, True, False]


@pytest.mark.parametrize("state", [EntryState.DRAFT, EntryState.ENDED])
def test_what_is_not_published_does_not_hold(state: EntryState) -> None:
    assert not replace(club(), state=state).holds(MORNING)


# --- its file ------------------------------------------------------------------------------------


def test_every_change_is_a_version_and_stands_in_the_file() -> None:
    before = club()
    after = changed(before, act("secretary"), fields={**before.fields, "seats": 30})
    chain = recorded(Chain(file=before.subject), act(), "registers.added", None, before)
    chain = recorded(chain, act(), "registers.changed", before, after)

    assert (after.version, after.changed_by) == (2, "secretary")
    assert verify(chain.fresh, chain.head) == []
    assert chain.fresh[0].content is not None
    assert chain.fresh[0].content["changed"]["name"] == [None, "晨光棋社"]
    assert chain.fresh[1].content == {"changed": {"seats": [None, 30]}, "state": "published"}


def test_a_change_of_its_term_stands_in_the_file() -> None:
    before = club()
    after = changed(before, act(), valid_until=MORNING)
    chain = recorded(Chain(file=before.subject), act(), "registers.changed", before, after)

    assert chain.fresh[0].content is not None
    assert chain.fresh[0].content["changed"]["term"] == [[None, None], [None, MORNING.isoformat()]]


# --- two at once ---------------------------------------------------------------------------------


def test_what_two_changed_apart_from_each_other_both_stands() -> None:
    base = {"name": "棋社", "seats": 10, "phone": "1"}

    found = merged(base, {**base, "seats": 12}, {"name": "新棋社", "seats": 10})

    assert found.values == {"name": "新棋社", "seats": 12}
    assert (found.theirs, found.both) == (("name", "phone"), ())


def test_of_what_both_changed_the_later_ones_stands_and_is_named() -> None:
    base = {"name": "棋社", "seats": 10}

    found = merged(base, {"name": "棋社", "seats": 12}, {"name": "棋社", "seats": 20})

    assert found.values == {"name": "棋社", "seats": 12}
    assert (found.theirs, found.both) == ((), ("seats",))


def test_two_who_changed_the_same_to_the_same_agree() -> None:
    base, new = {"seats": 10}, {"seats": 12}

    found = merged(base, new, new)

    assert (found.values, found.theirs, found.both) == (new, (), ())


# --- searching -----------------------------------------------------------------------------------


def test_all_words_have_to_stand_in_what_is_found_and_names_come_first() -> None:
    near = club("near", name="东园棋社", about="下象棋")
    far = club("far", name="象棋之家")
    other = club("other", name="围棋社")
    called = {"near": "东园社区 东园棋社", "far": "西园社区 象棋之家", "other": "围棋社"}

    def found(said: str) -> list[str]:
        return [one.id for one in found_by(CLUBS, [near, far, other], said, called)]

    assert found("象棋") == ["far", "near"]
    assert found("象棋 东园") == ["near"]
    assert found("跳棋") == []
    assert found("，") == []
