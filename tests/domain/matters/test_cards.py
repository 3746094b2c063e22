"""What each reader sees of a matter: the worker, the resident who told of it, a neighbour."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.access.actors import Actor
from domain.categories import EMERGENCY
from domain.matters import life, verdicts
from domain.matters.cards import (
    Reporter,
    happening_line,
    map_choice,
    nearby_row,
    place_of,
    post_name,
    quadrant_name,
    resident_card,
    said,
    visible,
    worker_card,
)
from domain.matters.matter import (
    Happening,
    Matter,
    Origin,
    Particulars,
    Quadrant,
    State,
    state_name,
)
from domain.matters.naming import staff_detail, tone_of
from domain.messages import Card, Text, Tone, Value, text
from domain.names import named
from domain.organisation import Post, Role, Seat
from domain.places.points import Point
from domain.street import Street
from tests.domain.matters.test_life import at
from tests.domain.office import street
from tests.domain.street import CALENDAR, DAY, HOUR, MORNING, RULES, act, filed

STREET = street()
ANNA = Reporter("安娜", "13800001234")
GRID = text("names.either", zh="东园社区 第一网格", en="东园社区, 第一网格")
SECRETARY = text(
    "names.post_held",
    unit=named("第一网格"),
    role=text("names.role_grid_secretary"),
    person="secretary",
)
MOMENT = timedelta(microseconds=1)


def lines(card: Card) -> dict[str, Value]:
    """Give the values of a card by the last word of their labels."""
    found = {line.label.key.partition(".")[2]: line.value for line in card.lines}
    assert len(found) == len(card.lines)
    return found


def post(person: str, role: Role, unit: str) -> Post:
    return Post(id=person, unit=unit, role=role, person=person, since=MORNING)


def workers(matter: Matter, now: Any = MORNING, reporter: Reporter | None = ANNA) -> Card:
    return worker_card(STREET, matter, now, reporter=reporter)


def test_a_deadline_that_a_holiday_notice_can_still_move_says_so_wherever_it_is_shown() -> None:
    known = street(calendar=replace(CALENDAR, years=frozenset({2026})))
    ordinary = filed()
    late = replace(ordinary, contact_by=datetime(2027, 1, 4, 4, tzinfo=UTC))
    emergency = replace(late, urgency=EMERGENCY)

    def said_of(where: Street, matter: Matter) -> tuple[bool, ...]:
        card = worker_card(where, matter, MORNING, reporter=ANNA)
        row = staff_detail(where, matter, MORNING, place="")
        return tuple("provisional" in str(one) for one in (lines(card)["due"], row))

    assert said_of(known, late) == (True, True)
    assert said_of(known, ordinary) == (False, False)
    assert said_of(known, emergency) == (False, False), "counts by the clock"
    assert said_of(STREET, late) == (False, False), "an office that works by no notice"


# --- the worker's --------------------------------------------------------------------------------


def test_the_workers_card_begins_with_what_was_said_and_says_all_that_is_needed() -> None:
    told = Particulars(text="路灯坏了", place_text="3号楼", attachments=("one", "two"))
    matter = replace(filed(particulars=told), supporters=2)
    sort = {
        "number": matter.number,
        "kind": text("names.kind_service"),
        "category": named("路灯照明", "Street lighting"),
    }

    card = workers(matter)

    assert card.title == text("cards.title", said="路灯坏了", **sort)
    assert list(lines(card).items()) == [
        ("where", text("cards.at", grid=GRID, place="3号楼")),
        (
            "due",
            text(
                "cards.due_both",
                contact=text("cards.due_contact", by=matter.contact_by),
                resolve=text("cards.due_resolve", by=matter.resolve_by),
            ),
        ),
        ("state", text("names.state_dispatched")),
        ("reporter", "安娜 13800001234"),
        ("pictures", 2),
        ("supporters", 2),
        ("owner", SECRETARY),
        ("case", text("cards.case_value", **sort)),
    ]


def test_what_is_long_heads_the_card_with_its_beginning_and_stands_below_in_full() -> None:
    words = "三号楼二单元一楼的声控灯坏了，晚上黑，老人上下楼看不清。" * 3
    card = workers(filed(particulars=Particulars(text=words)))

    assert str(card.title.fields["said"]).endswith("…")
    assert len(str(card.title.fields["said"])) <= 48
    assert lines(card)["what"] == words


def test_the_owner_is_told_neither_their_own_unit_nor_that_it_is_theirs() -> None:
    matter = filed()
    own = Actor("secretary", (post("secretary", Role.GRID_SECRETARY, "E1"),))
    above = Actor("leader", (post("leader", Role.STREET_LEADER, "S"),))

    mine = lines(worker_card(STREET, matter, MORNING, reporter=ANNA, reader=own))
    theirs = lines(worker_card(STREET, matter, MORNING, reporter=ANNA, reader=above))

    assert (mine["where"], mine.get("owner")) == ("3号楼", None)
    assert theirs["where"] == text("cards.at", grid=GRID, place="3号楼")
    assert theirs["owner"] == SECRETARY


def test_a_case_that_is_open_again_says_first_what_is_missing() -> None:
    again = replace(filed(), reopenings=1)

    said = worker_card(STREET, again, MORNING, reporter=ANNA, missing="二楼还不亮")
    silent = workers(again)
    done = workers(replace(again, state=State.RESOLVED, judge_by=MORNING))

    assert (said.lines[0].label, said.lines[0].value) == (text("cards.reopened"), "二楼还不亮")
    assert silent.lines[0].value == text("cards.reopened_silent")
    assert "reopened" not in lines(done)
    assert lines(workers(replace(again, reopenings=2)))["reopenings"] == 2


@pytest.mark.parametrize(
    ("scores", "named_as"),
    [
        ((1, 1), None),
        ((2, 1), "names.quadrant_important"),
        ((1, 2), "names.quadrant_urgent"),
        ((2, 2), "names.quadrant_important_urgent"),
        ((1, EMERGENCY), "names.priority_danger"),
    ],
)
def test_how_pressing_it_is_is_said_where_it_is_not_ordinary(
    scores: tuple[int, int], named_as: str | None
) -> None:
    importance, urgency = scores

    shown = lines(workers(filed(importance=importance, urgency=urgency))).get("urgency")

    assert shown == (text(named_as) if named_as else None)


def test_what_there_is_none_of_has_no_line() -> None:
    shown = lines(workers(filed()))

    assert not {"pictures", "supporters", "reopenings", "alarm"} & shown.keys()


@pytest.mark.parametrize(
    ("reporter", "shown"),
    [
        (Reporter("安娜", ""), "安娜"),
        (Reporter("", "138"), "138"),
        (Reporter("", ""), text("cards.reporter_unnamed")),
        (Reporter("安娜", "138", hidden=True), text("cards.reporter_hidden")),
        (None, text("cards.reporter_not_shown")),
    ],
)
def test_who_reported_it_is_shown_as_far_as_the_reader_may_see(
    reporter: Reporter | None, shown: Value
) -> None:
    assert lines(workers(filed(), reporter=reporter))["reporter"] == shown


def test_a_hidden_name_is_shown_to_nobody_and_a_sign_has_no_resident() -> None:
    hidden = filed(hide_name=True)
    sign = filed(origin=Origin.STAFF, hide_name=True)

    assert lines(workers(hidden))["reporter"] == text("cards.reporter_hidden")
    assert lines(workers(hidden, reporter=None))["reporter"] == text("cards.reporter_hidden")
    assert lines(workers(sign))["reporter"] == text("cards.reporter_staff")


def test_of_danger_the_card_says_which_and_whether_it_was_confirmed() -> None:
    fire = text("names.danger_fire")
    told = filed(dangers=("fire",))

    assert lines(workers(told))["alarm"] == (fire,)
    assert lines(workers(replace(told, unconfirmed=True)))["alarm"] == text(
        "cards.alarm_unconfirmed", dangers=(fire,)
    )


def test_of_danger_whose_words_head_the_card_nothing_is_said_to_be_missing() -> None:
    assert "what" not in lines(workers(filed(dangers=("fire",))))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"erased": True}, text("cards.erased")),
        ({"erased": True, "dangers": ("fire",)}, text("cards.erased")),
        ({"unconfirmed": True}, text("cards.words_withheld")),
        ({"dangers": ("fire",)}, text("cards.words_withheld")),
        ({}, None),
    ],
)
def test_why_a_card_has_no_words_is_said(changes: dict[str, Any], what: Value) -> None:
    silent = replace(filed(particulars=Particulars()), **changes)

    assert lines(workers(silent)).get("what") == what


# --- clocks --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "workers_due", "residents_due"),
    [
        (State.DISPATCHED, "due_both", "due_both"),
        (State.ACCEPTED, "due_both", "due_both"),
        (State.ASKED, "paused", "due_your_answer"),
        (State.RESOLVED, "due_judged", "due_your_verdict"),
        (State.CLOSED, None, None),
        (State.WITHDRAWN, None, None),
        (State.MERGED, None, None),
    ],
)
def test_the_clocks_that_run_are_shown_to_both_in_one_line(
    state: State, workers_due: str | None, residents_due: str | None
) -> None:
    matter = at(state)

    def due(card: Card) -> str | None:
        found = lines(card).get("due")
        assert found is None or isinstance(found, Text)
        return found.key.removeprefix("cards.") if found else None

    assert due(workers(matter)) == workers_due
    assert due(resident_card(STREET, matter, MORNING)) == residents_due


def test_after_the_first_contact_only_the_second_clock_is_shown() -> None:
    contacted = life.contact(at(State.ACCEPTED), act())

    assert lines(workers(contacted))["due"] == text("cards.due_resolve", by=contacted.resolve_by)


def test_a_clock_that_stands_still_says_until_when_and_a_verdict_by_when() -> None:
    asked, resolved = at(State.ASKED), at(State.RESOLVED)

    assert lines(workers(asked))["due"] == text("cards.paused", until=asked.answer_by)
    assert lines(workers(resolved))["due"] == text("cards.due_judged", by=resolved.judge_by)


def test_a_deadline_that_has_passed_says_since_when_and_how_long() -> None:
    matter = filed()
    due = matter.contact_by

    def contact(now: datetime) -> Value:
        shown = lines(workers(matter, now))["due"]
        assert isinstance(shown, Text)
        return shown.fields["contact"]

    assert contact(due) == text("cards.due_contact", by=due)
    assert contact(due + HOUR) == text("cards.due_contact_late", by=due, late=HOUR)


# --- how it wants to be seen ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("matter", "late", "tone"),
    [
        (filed(), False, Tone.PLAIN),
        (filed(importance=3), False, Tone.PLAIN),
        (filed(urgency=2), False, Tone.PLAIN),
        (filed(importance=2, urgency=EMERGENCY), False, Tone.URGENT),
        (filed(), True, Tone.OVERDUE),
        (filed(urgency=2), True, Tone.OVERDUE),
        (filed(urgency=EMERGENCY), True, Tone.URGENT),
        (replace(at(State.RESOLVED), urgency=EMERGENCY), False, Tone.PLAIN),
        (at(State.RESOLVED), True, Tone.PLAIN),
        (at(State.CLOSED), True, Tone.DONE),
        (at(State.WITHDRAWN), False, Tone.DONE),
    ],
)
def test_danger_shows_before_what_is_late_and_what_has_ended_presses_nobody(
    matter: Matter, late: bool, tone: Tone
) -> None:
    now = MORNING + 300 * DAY if late else MORNING

    assert tone_of(matter, now) is tone
    assert workers(matter, now).tone is tone


# --- who and where -------------------------------------------------------------------------------


def test_a_post_is_named_with_its_holder_and_else_without() -> None:
    nobody = filed(owner=None)
    gone = filed(seat=Seat("gone", Role.GRID_SECRETARY), owner=None)
    role = text("names.role_grid_secretary")

    assert post_name(STREET, filed()) == SECRETARY
    assert post_name(STREET, nobody) == text("names.post", unit=named("第一网格"), role=role)
    assert post_name(STREET, gone) == text("names.post", unit=named("gone"), role=role)


def test_a_place_is_the_grid_with_the_words_for_it_where_there_are_any() -> None:
    bare = filed(particulars=Particulars(text="路灯"))

    assert place_of(STREET, filed()) == text("cards.at", grid=GRID, place="3号楼")
    assert place_of(STREET, bare) == GRID


def test_what_comes_from_nobody_knows_where_is_the_streets() -> None:
    nowhere = filed(grid="S", community="S", particulars=Particulars(text="救命"))
    told = filed(grid="S", community="S", particulars=Particulars(place_text="桥下"))
    of_a_community = filed(grid="E", community="E", particulars=Particulars())

    assert place_of(STREET, nowhere) == text("cards.where_unknown")
    assert place_of(STREET, told) == "桥下"
    assert place_of(STREET, of_a_community) == text("names.either", zh="东园社区", en="东园社区")


def test_a_map_is_opened_only_where_there_is_a_point() -> None:
    point = Point(latitude=34.5, longitude=113.25)

    opened = map_choice(STREET, point, "2026-00001")

    assert opened is not None
    assert opened.link is not None
    assert opened.label == text("cards.open_map")
    assert map_choice(STREET, None, "2026-00001") is None


def test_states_and_quadrants_have_a_wording_each() -> None:
    assert len({state_name(state).key for state in State}) == len(State)
    assert len({quadrant_name(one).key for one in Quadrant}) == len(Quadrant)


# --- the resident's ------------------------------------------------------------------------------


def test_the_residents_card_says_how_it_stands_and_never_who_they_are() -> None:
    told = Particulars(text="路灯坏了", place_text="3号楼", attachments=("one",), name="安娜")
    matter = replace(filed(particulars=told), supporters=2)

    card = resident_card(STREET, matter, MORNING)

    assert card.title == workers(matter).title
    assert card.tone is Tone.PLAIN
    assert list(lines(card)) == ["state", "where", "owner", "due", "pictures", "supporters", "case"]
    assert lines(card)["state"] == text("names.yours_dispatched")
    assert lines(card)["where"] == text("cards.at", grid=GRID, place="3号楼")
    assert lines(card)["owner"] == SECRETARY


def test_a_case_that_has_ended_names_nobody_any_more_and_where_it_went() -> None:
    merged = at(State.MERGED)
    rated = verdicts.rate(at(State.CLOSED), act(), 4)

    shown = resident_card(STREET, merged, MORNING)

    assert shown.tone is Tone.DONE
    assert lines(shown)["merged_into"] == "2026-00002"
    assert "owner" not in lines(shown)
    assert lines(resident_card(STREET, rated, MORNING))["score"] == 4


def test_where_nobody_has_it_yet_nobody_is_named() -> None:
    assert "owner" not in lines(resident_card(STREET, filed(owner=None), MORNING))


# --- a neighbour's -------------------------------------------------------------------------------


def test_a_neighbour_sees_street_sort_age_and_state_and_nothing_that_was_told() -> None:
    told = Particulars(text="王家的灯坏了", place_text="建设路3号楼2单元501室", name="安娜")
    matter = replace(filed(particulars=told), supporters=3)

    row = nearby_row(STREET, matter, MORNING + HOUR, "matters.support:1")

    assert row.label == text("nearby.me_too", place="建设路")
    assert row.detail == text(
        "nearby.detail_joined",
        category=named("路灯照明", "Street lighting"),
        age=HOUR,
        supporters=3,
        state=text("names.theirs_dispatched"),
    )


def test_where_no_street_is_named_a_neighbour_sees_the_grid() -> None:
    row = nearby_row(STREET, filed(), MORNING, "matters.support:1")

    assert row.label == text("nearby.me_too", place=GRID)
    assert row.detail is not None
    assert row.detail.key == "nearby.detail"


# --- what happened -------------------------------------------------------------------------------


#: The office's inner work, what other streams were asked, and what the resident did elsewhere.
HIDDEN = {
    *(Happening.DISPATCHED, Happening.TRIAGED, Happening.SPLIT, Happening.FOLLOWED),
    *(Happening.HELP_ASKED, Happening.HELP_GIVEN, Happening.VIEWED, Happening.LAPSED),
    *(Happening.CONFIRMED, Happening.RELINKED, Happening.RESTRICTED, Happening.ERASED),
    Happening.INSTRUCTED,
}


def test_a_resident_sees_everything_that_happens_but_inner_work() -> None:
    event = filed().fresh[0]
    everything = [replace(event, happening=happening) for happening in Happening]

    shown = {one.happening for one in visible(everything)}

    assert shown == set(Happening) - HIDDEN


INNER = (
    lambda one: life.triage(
        one, act(), importance=3, urgency=2, reason="inner", rules=RULES, calendar=CALENDAR
    ),
    lambda one: life.mark_split(one, act(), "2026-00003", "two in one"),
    lambda one: life.view_sealed(one, act(), "to phone back"),
    lambda one: life.support(one, act()),
)


@pytest.mark.parametrize("do", INNER, ids=["triaged", "split", "viewed", "followed"])
def test_the_offices_inner_work_is_not_shown_to_the_resident(do: Callable[[Any], Any]) -> None:
    matter = do(filed())

    shown = [event.happening for event in visible(matter.fresh)]

    assert shown == [Happening.FILED]


def test_a_resident_sees_who_else_got_it_and_that_it_climbed() -> None:
    matter = life.hand_over(filed(), act(), seat=Seat("E1", Role.GRID_WORKER), to="worker")
    matter = life.tell_above(matter, act("resident", Role.RESIDENT), "nobody comes")
    matter = life.withdraw(matter, act("resident", Role.RESIDENT))

    shown = [event.happening for event in visible(matter.fresh)]

    assert shown == [
        Happening.FILED,
        Happening.HANDED_OVER,
        Happening.TOLD_ABOVE,
        Happening.WITHDRAWN,
    ]


def test_of_an_event_only_what_was_said_is_told_and_no_reasons_or_persons() -> None:
    returned = life.give_back(
        filed(), act(), "not ours", seat=Seat("E", Role.COMMUNITY_SECRETARY), owner="c", rules=RULES
    )
    asked = life.ask(at(State.ACCEPTED), act(), "which?", rules=RULES, calendar=CALENDAR)
    rated = verdicts.rate(at(State.CLOSED), act(), 4, "quick")

    assert said(returned.fresh[-1]) == {}
    assert said(asked.fresh[-1]) == {"question": "which?"}
    assert said(rated.fresh[-1]) == {"comment": "quick", "score": 4}
    assert said(replace(asked.fresh[-1], content=None)) == {}
    assert said(replace(asked.fresh[-1], content={"question": ""})) == {}


def test_a_no_is_told_as_well_as_a_yes() -> None:
    judged = verdicts.judge(at(State.RESOLVED), act(), solved=False, rules=RULES, calendar=CALENDAR)

    assert said(judged.fresh[-2]) == {"solved": False}


def test_what_happened_is_said_with_its_words_and_without_numbers() -> None:
    closed = verdicts.rate(at(State.CLOSED), act(), 4, "quick")
    resolved, judged, _, rated = closed.fresh[-4:]

    assert happening_line(resolved) == text(
        "matters.happened_said", what=text("names.happening_resolved"), said="mended"
    )
    assert happening_line(judged) == text(
        "matters.happened", what=text("names.to_you_judged_solved")
    )
    assert happening_line(rated) == text(
        "matters.happened_said", what=text("names.happening_judged"), said="quick"
    )
