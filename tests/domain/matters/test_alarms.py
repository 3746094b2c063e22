"""What is asked after words about danger, and what an answer is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.categories import EMERGENCY, HIGH_SCORE, Kind
from domain.errors import Refused, WrongState
from domain.matters.alarms import (
    ANSWER_WITHIN,
    FORM_WITHIN,
    KEPT,
    MAX_WORDS,
    SAME_WITHIN,
    SLOT,
    Alarm,
    Answer,
    complete,
    confirm,
    danger_message,
    due_after,
    emergency_choices,
    ensure_apart,
    said_more,
    to_json,
    typed_answer,
    unit_of_case,
)
from domain.matters.life import Filing, withdraw
from domain.matters.matter import Happening, Matter, Origin, Particulars
from domain.messages import text
from domain.words.lexicon import Danger
from domain.working_time import deadline
from tests.domain.street import CALENDAR, HOUR, MORNING, RULES, act, filed
from tests.domain.words.test_understanding import understood

RULES_PAGE = Path(__file__).parents[3] / "docs" / "rules.md"
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
        ("119已经打了", Answer.CALLED),
        ("已经拨打120了", Answer.CALLED),
        ("打119", None),
        ("119着火了", None),
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


def test_until_it_is_answered_or_told_what_is_said_belongs_to_the_alarm() -> None:
    moment = timedelta(microseconds=1)
    silent = replace(alarm("老公打我"), due_at=None)

    assert alarm().waits(NOON + 10 * FORM_WITHIN)
    assert silent.waits(NOON + FORM_WITHIN - moment)
    assert not silent.waits(NOON + FORM_WITHIN)
    assert not replace(alarm(), answer=Answer.CALLED).waits(NOON)
    assert not replace(alarm(), number="2026-00001").waits(NOON)


def test_of_violence_at_home_alone_nobody_is_told_unasked() -> None:
    assert due_after(alarm("老公打我"), NOON) is None
    assert due_after(alarm(), NOON) == NOON + ANSWER_WITHIN


@pytest.mark.parametrize(
    ("words", "dangers", "asked"),
    [
        ("我不想活了", (Danger.SELF_HARM,), True),
        ("他不想活了", (Danger.SELF_HARM,), False),
        ("someone wants to jump", (Danger.SELF_HARM,), False),
        ("the ship sinks", (Danger.SELF_HARM,), True),
        ("老公打我", (Danger.FAMILY,), True),
        ("我家着火了", (Danger.FIRE,), False),
    ],
)
def test_who_is_in_despair_or_beaten_at_home_is_asked_whether_to_be_reached(
    words: str, dangers: tuple[Danger, ...], asked: bool
) -> None:
    assert alarm(words, *dangers).asks_to_be_reached is asked


def test_an_alarm_holds_so_much_and_no_more() -> None:
    full = replace(alarm(), words="长" * (MAX_WORDS - 3))

    assert said_more(full, "救命").words == "长" * (MAX_WORDS - 3) + "\n救命"
    assert len(said_more(full, "救命啊啊").words) == MAX_WORDS


def test_words_without_a_danger_of_their_own_leave_the_dangers_as_they_are() -> None:
    more = said_more(alarm("我家着火了", Danger.FIRE), "3号楼")

    assert (more.words, more.dangers) == ("我家着火了\n3号楼", (Danger.FIRE,))
    assert said_more(alarm(), "").words == "我家着火了"


def test_everything_that_was_said_is_sealed() -> None:
    told = replace(
        alarm("我家着火了", Danger.FIRE),
        files=(("photo-1", "photo", "ref"),),
        said=(("account", "2026-03-09T12:00:00+00:00", None),),
        place_text="3号楼",
        accuses=True,
        place=(34.5, 113.25),
        phone="138",
        unfit="video",
    )

    assert to_json(told) == {
        "words": "我家着火了",
        "dangers": ["fire"],
        "files": [["photo-1", "photo", "ref"]],
        "said": [["account", "2026-03-09T12:00:00+00:00", None]],
        "place_text": "3号楼",
        "accuses": True,
        "place": [34.5, 113.25],
        "phone": "138",
        "unfit": "video",
    }
    assert to_json(replace(told, place=None))["place"] is None


# --- its case ------------------------------------------------------------------------------------

SPANS: dict[str, Any] = {"rules": RULES, "calendar": CALENDAR}


def told_of(**changes: Any) -> Matter:
    """File the case of an alarm that nobody has confirmed."""
    given = {"dangers": ("fire",), "urgency": EMERGENCY, "unconfirmed": True, **changes}
    return filed(**given)


@pytest.mark.parametrize("answer", [Answer.CALLED, Answer.REACH_ME])
def test_who_confirms_a_danger_leaves_its_clocks_alone(answer: Answer) -> None:
    case = told_of()

    confirmed = confirm(case, act(at=MORNING + HOUR), answer, **SPANS)

    assert not confirmed.unconfirmed
    assert (confirmed.urgency, confirmed.resolve_by) == (EMERGENCY, case.resolve_by)
    assert confirmed.changed_at == case.changed_at
    said = confirmed.fresh[-1]
    assert (said.happening, said.content) == (Happening.CONFIRMED, {"answer": answer.value})


def test_where_there_is_no_danger_it_is_an_urgent_case_and_no_emergency() -> None:
    later = MORNING + HOUR

    safe = confirm(told_of(), act(at=later), Answer.SAFE, **SPANS)

    assert (safe.urgency, safe.unconfirmed) == (HIGH_SCORE, False)
    assert safe.contact_by == deadline(MORNING, RULES.by_urgency[HIGH_SCORE].contact, CALENDAR)
    assert safe.resolve_by == deadline(MORNING, RULES.by_urgency[HIGH_SCORE].resolve, CALENDAR)
    assert (safe.changed_at, safe.reminded_until) == (later, later)


def test_an_urgency_that_the_office_lowered_is_not_raised_by_no_danger() -> None:
    lowered = told_of(urgency=1)

    safe = confirm(lowered, act(at=MORNING + HOUR), Answer.SAFE, **SPANS)

    assert (safe.urgency, safe.resolve_by) == (1, lowered.resolve_by)
    assert not safe.unconfirmed


def test_a_case_that_is_over_takes_neither_an_answer_nor_a_form() -> None:
    over = withdraw(told_of(), act())

    with pytest.raises(WrongState):
        confirm(over, act(), Answer.SAFE, **SPANS)
    with pytest.raises(WrongState):
        complete(over, form(), act())


def form(**changes: Any) -> Filing:
    """Fill a form about another place and category."""
    given: dict[str, Any] = {
        "kind": Kind.DISPUTE,
        "category": "noise",
        "community": "W",
        "grid": "W1",
        "origin": Origin.WEB,
        "reporter": "resident",
        "particulars": Particulars(text="火在三楼", place_text="5号楼", attachments=("b", "a")),
        "importance": 1,
        "urgency": 1,
        **changes,
    }
    return Filing(**given)


def test_a_form_is_put_into_the_case_of_its_alarm() -> None:
    case = told_of(particulars=Particulars(text="着火了", attachments=("a",)))

    fuller = complete(case, form(), act())

    assert (fuller.number, fuller.urgency) == (case.number, case.urgency)
    assert (fuller.kind, fuller.category) == (Kind.DISPUTE, "noise")
    assert (fuller.community, fuller.grid) == ("W", "W1")
    assert fuller.particulars == Particulars(
        text="火在三楼", place_text="5号楼", attachments=("a", "b")
    )
    assert fuller.fresh[-1].happening is Happening.ADDED
    assert fuller.fresh[-1].content == {
        "text": "火在三楼",
        "place": "5号楼",
        "attachments": ["b"],
        "category": "noise",
        "grid": "W1",
    }


def test_what_the_form_says_again_does_not_stand_in_the_chain_twice() -> None:
    told = Particulars(text="着火了", attachments=("a",))
    case = told_of(particulars=told)

    fuller = complete(case, form(particulars=told), act())

    assert fuller.fresh[-1].content == {"category": "noise", "grid": "W1"}


@pytest.mark.parametrize("field", ["hide_name", "confidential"])
@pytest.mark.parametrize(("before", "told"), [(True, False), (False, True), (False, False)])
def test_what_was_once_told_in_confidence_stays_so(field: str, before: bool, told: bool) -> None:
    fuller = complete(told_of(**{field: before}), form(**{field: told}), act())

    assert getattr(fuller, field) is (before or told)


@pytest.mark.parametrize(
    ("dangers", "unit"),
    [(("fire",), "E1"), (("family",), "E"), (("fire", "child"), "E"), (("self_harm",), "E")],
)
def test_what_no_neighbour_may_hear_of_begins_at_the_community(
    dangers: tuple[str, ...], unit: str
) -> None:
    assert unit_of_case(told_of(dangers=dangers)) == unit


def test_what_no_neighbour_may_hear_of_is_never_merged() -> None:
    ensure_apart(told_of(), filed())

    for pair in ((filed(), told_of(dangers=("family",))), (told_of(dangers=("child",)), filed())):
        with pytest.raises(Refused) as refused:
            ensure_apart(*pair)
        assert refused.value.reason == "merge_sealed"


# --- what is shown -------------------------------------------------------------------------------


def test_the_fitting_numbers_stand_one_by_one_and_the_others_below_in_rows() -> None:
    laid = [[choice.phone for choice in row] for row in emergency_choices(("119", "120"))]

    assert laid == [["119"], ["120"], ["110", "122"]]
    assert [[one.phone for one in row] for row in emergency_choices()] == [
        ["110", "119"],
        ["120", "122"],
    ]
    assert emergency_choices(("119",))[0][0].label == text("words.dial_119")


def test_the_message_says_what_it_is_given_and_stands_at_the_end() -> None:
    message = danger_message(alarm(), ("119",), key="danger.told", until=NOON)
    quiet = danger_message(alarm(), ("119",), key="danger.told", anew=False)

    assert message.blocks == (text("danger.told", until=NOON),)
    assert (message.anew, quiet.anew) == (True, False)


def test_once_there_is_a_case_nobody_is_asked_whether_to_be_reached() -> None:
    asked = alarm("老公打我", Danger.FAMILY)

    def shown(said: Alarm) -> list[tuple[str, str | None]]:
        message = danger_message(said, ("110",), key="danger.call")
        return [(one.label.key, one.action) for row in message.choices for one in row if one.action]

    assert shown(asked) == [
        ("danger.reach_me", "matters.danger:reach_me:a"),
        ("danger.called", "matters.danger:called:a"),
        ("danger.safe", "matters.danger:safe:a"),
    ]
    assert shown(replace(asked, number="2026-00001")) == [
        ("danger.called_more", "matters.danger:called:a"),
        ("danger.safe_more", "matters.danger:safe:a"),
    ]


def test_the_listening_ear_comes_last_for_who_speaks_of_another() -> None:
    own = danger_message(
        alarm("我不想活了", Danger.SELF_HARM), ("120", "12356", "110"), key="danger.call"
    )
    other = danger_message(
        alarm("他不想活了", Danger.SELF_HARM), ("12356", "120", "110"), key="danger.call"
    )

    assert [row[0].phone for row in own.choices[:3]] == ["12356", "120", "110"]
    assert [row[0].phone for row in other.choices[:3]] == ["120", "110", "12356"]


def test_the_spans_are_those_that_the_page_of_rules_shows() -> None:
    page = RULES_PAGE.read_text(encoding="utf-8")

    assert f"| {ANSWER_WITHIN // MINUTE} minutes | without an answer to the numbers" in page
    assert f"| {ANSWER_WITHIN // MINUTE} minutes, again and again |" in page
    assert f"after {FORM_WITHIN // MINUTE} minutes the duty is told" in page
    assert f"| {SAME_WITHIN // MINUTE} minutes | the same danger told of again" in page
    assert f"| {KEPT.days} day | how long the words are kept" in page
