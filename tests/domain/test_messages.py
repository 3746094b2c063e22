"""Messages: buttons that fit, and JSON that gives back what was put in."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.messages import (
    MAX_ACTION_BYTES,
    Awaiting,
    Card,
    Choice,
    Line,
    Message,
    Text,
    Tone,
    Value,
    action,
    from_json,
    parse_action,
    rows,
    say,
    text,
    to_json,
    value_from_json,
    value_to_json,
    with_pictures,
)

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
GO, STOP = (Choice(label=text(key), action=key) for key in ("go", "stop"))
PLAIN = Message(blocks=(text("hello", name="Anna"),))

#: One message for every field, each changed alone.
CHANGED = {
    "blocks": replace(PLAIN, blocks=(text("bye"), Card(title=text("case"), tone=Tone.OVERDUE))),
    "choices": replace(
        PLAIN,
        choices=(
            (GO, replace(STOP, emphasis=True)),
            (
                Choice(label=text("map"), link="/map"),
                Choice(label=text("call", n=1), phone="110"),
            ),
            (Choice(label=text("one"), action="go", detail=text("late"), tone=Tone.URGENT),),
        ),
    ),
    "awaiting": replace(PLAIN, awaiting=Awaiting.PLACE),
    "attachments": replace(PLAIN, attachments=("one", "two")),
    "slot": replace(PLAIN, slot="case-1"),
    "anew": replace(PLAIN, anew=True),
    "renews": replace(PLAIN, renews=True),
    "secret": replace(PLAIN, secret=True),
    "takes_back": replace(PLAIN, takes_back=("said-1",)),
    "once": replace(PLAIN, once=True),
    "farewell": replace(PLAIN, farewell=True),
    "commands": replace(PLAIN, commands=()),
    "paper": replace(PLAIN, paper="/lookup?number=2026-00017"),
    "scan": replace(PLAIN, scan="/home"),
}


def test_every_field_of_a_message_has_its_test() -> None:
    assert set(CHANGED) == {field.name for field in fields(Message)}


@pytest.mark.parametrize("name", CHANGED)
def test_a_message_comes_back_from_json_as_it_was(name: str) -> None:
    message = CHANGED[name]

    assert from_json(to_json(message)) == message
    assert from_json(to_json(message)) != PLAIN


def test_what_a_message_does_not_have_takes_no_room() -> None:
    assert to_json(PLAIN).keys() == {"b"}
    assert from_json(to_json(PLAIN)) == PLAIN


VALUES = [
    None,
    "words",
    7,
    0.5,
    True,
    NOON,
    date(2026, 11, 24),
    timedelta(days=2, seconds=1.5),
    text("inner", of=text("deeper")),
    (1, "two", NOON, ("nested",)),
    (),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_as_it_was_and_of_its_own_kind(value: Value) -> None:
    restored = value_from_json(value_to_json(value))

    assert restored == value
    assert type(restored) is type(value)


def test_the_lines_of_a_card_come_back_with_their_values() -> None:
    card = Card(title=text("case", number="1"), lines=(Line(text("due"), NOON),), tone=Tone.DONE)

    (restored,) = from_json(to_json(Message(blocks=(card,)))).blocks

    assert restored == card


# --- actions -------------------------------------------------------------------------------------


def test_an_action_comes_apart_as_it_was_put_together() -> None:
    assert parse_action(action("matters.triage", "2026-00017", 3, 2)) == (
        "matters.triage",
        ("2026-00017", "3", "2"),
    )
    assert parse_action(action("menu.open")) == ("menu.open", ())


@pytest.mark.parametrize("given", ["", ":", "a::b", "你好"])
def test_whatever_is_pressed_comes_apart(given: str) -> None:
    verb, arguments = parse_action(given)

    assert ":".join([verb, *arguments]) == given


def test_an_action_that_just_fits_is_taken_and_a_longer_one_is_refused() -> None:
    just = "x" * (MAX_ACTION_BYTES - 2)

    assert action("a", just) == f"a:{just}"
    with pytest.raises(ValueError, match="64 bytes"):
        action("a", f"{just}x")


def test_the_room_of_an_action_is_counted_in_bytes() -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        action("a", "灯" * 21)  # 63 bytes and two more


@pytest.mark.parametrize("parts", [("a:b",), ("a", "b:c")])
def test_no_part_of_an_action_holds_the_separator(parts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="colon"):
        action(*parts)


# --- laying out ----------------------------------------------------------------------------------


def test_the_most_common_message_is_one_wording_with_rows_of_buttons() -> None:
    assert say("hello", (GO, STOP), name="Anna") == replace(PLAIN, choices=((GO, STOP),))


@pytest.mark.parametrize(
    ("count", "width", "lengths"), [(0, 2, []), (1, 2, [1]), (5, 2, [2, 2, 1]), (3, 1, [1, 1, 1])]
)
def test_buttons_are_laid_out_in_rows_in_their_order(
    count: int, width: int, lengths: list[int]
) -> None:
    buttons = [Choice(label=Text(str(number)), action=str(number)) for number in range(count)]

    laid = rows(buttons, width)

    assert [len(row) for row in laid] == lengths
    assert [one for row in laid for one in row] == buttons


def test_two_buttons_stand_in_a_row_where_nothing_is_said() -> None:
    assert rows([GO, STOP, GO]) == ((GO, STOP), (GO,))


def test_the_words_go_at_once_and_the_pictures_after_them() -> None:
    assert with_pictures(PLAIN, []) == (PLAIN,)
    assert with_pictures(PLAIN, ["one"]) == (PLAIN, Message(attachments=("one",)))
