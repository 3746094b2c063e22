"""What is asked after words about danger, and what an answer is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.matters.alarms import (
    ANSWER_WITHIN,
    FORM_WITHIN,
    SAME_WITHIN,
    SLOT,
    Alarm,
    Answer,
    danger_message,
    due_after,
    said_more,
    typed_answer,
)
from domain.matters.matter import Origin
from domain.words.lexicon import Danger
from tests.domain.words.test_understanding import understood

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def alarm(words: str = "我家着火了", *dangers: Danger) -> Alarm:
    found = dangers or understood(words).dangers
    assert found, words
    return Alarm(
        person="p",
        id="a",
        said_at=NOON,
        due_at=NOON + ANSWER_WITHIN,
        origin=Origin.WEB,
        dangers=found,
        words=words,
    )


@pytest.mark.parametrize(
    ("words", "by_itself", "sealed"),
    [
        ("我家着火了", True, False),
        ("老公打我", False, True),
        ("我被老公打了，头破血流", False, True),
        ("My husband beats me", False, True),
        ("老公打我，还要打孩子，往死里打孩子", True, True),
        ("我不想活了", True, True),
        ("邻居打我老婆", True, False),
        ("老公被人砍了", True, False),
        ("有人抢劫", True, False),
    ],
)
def test_who_is_told_without_being_asked(words: str, by_itself: bool, sealed: bool) -> None:
    said = alarm(words)

    assert said.tells_by_itself is by_itself, said.dangers
    assert said.is_sealed is sealed, said.dangers


def test_each_thing_done_in_the_form_gives_as_long_again_but_not_without_end() -> None:
    called = replace(alarm(), answer=Answer.CALLED)

    assert due_after(called, NOON + MINUTE) == NOON + MINUTE + ANSWER_WITHIN
    assert due_after(called, NOON + 9 * MINUTE) == NOON + FORM_WITHIN
    assert due_after(called, NOON + 30 * MINUTE) == NOON + 30 * MINUTE
    assert due_after(replace(called, answer=Answer.SAFE), NOON) is None
    assert due_after(replace(called, number="2026-00001"), NOON) is None


def test_the_same_words_again_change_nothing_and_others_are_added() -> None:
    said = alarm()

    assert said_more(said, "着火了") is not None
    assert said_more(said, said.words).words == said.words
    more = said_more(said, "有人受伤", [Danger.HEALTH])
    assert more.words == "我家着火了\n有人受伤"
    assert more.dangers == (Danger.FIRE, Danger.HEALTH)


def test_what_is_said_later_is_the_same_danger_until_it_was_called_off() -> None:
    said = alarm()

    assert said.is_same(NOON + SAME_WITHIN - MINUTE)
    assert not said.is_same(NOON + SAME_WITHIN)
    assert not replace(said, answer=Answer.SAFE).is_same(NOON)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("打了", Answer.CALLED),
        ("已经打过119了！", Answer.CALLED),
        ("已经报警了", Answer.CALLED),
        ("I have called", Answer.CALLED),
        ("没事了", Answer.SAFE),
        ("没有危险。", Answer.SAFE),
        ("False alarm.", Answer.SAFE),
        ("请马上联系我", Answer.REACH_ME),
        ("没有", None),
        ("没打", None),
        ("还没打过", None),
        ("不安全", None),
        ("3号楼2单元", None),
        ("", None),
        ("119", None),
    ],
)
def test_an_answer_is_read_only_where_it_is_nothing_else(typed: str, answer: Answer | None) -> None:
    assert typed_answer(typed) is answer


def test_the_message_holds_numbers_and_answers_and_nothing_more() -> None:
    message = danger_message(alarm(), ("119",), key="danger.call")

    assert message.slot == SLOT
    assert len(message.blocks) == 1
    choices = [choice for row in message.choices for choice in row]
    assert [one.phone for one in choices if one.phone] == ["119", "110", "120", "122"]
    assert [one.action for one in choices if one.action] == [
        "matters.danger:called:a",
        "matters.danger:safe:a",
    ]


@pytest.mark.parametrize(
    ("words", "first", "asks"), [("我不想活了", "12356", True), ("有人要跳楼", "120", False)]
)
def test_who_speaks_of_themselves_is_asked_and_finds_a_listening_ear_first(
    words: str, first: str, asks: bool
) -> None:
    said = alarm(words)

    message = danger_message(said, understood(words).numbers, key="danger.call")

    choices = [choice for row in message.choices for choice in row]
    assert choices[0].phone == first
    assert ("matters.danger:reach_me:a" in [one.action for one in choices]) is asks
