"""What each reader sees of a matter: the worker, the resident who told of it, a neighbour."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.categories import EMERGENCY
from domain.matters import life
from domain.matters.cards import (
    Reporter,
    happening_line,
    map_choice,
    nearby_card,
    place_of,
    post_name,
    quadrant_name,
    resident_card,
    said,
    state_name,
    tone_of,
    visible,
    worker_card,
)
from domain.matters.matter import Happening, Matter, Origin, Particulars, Quadrant, State
from domain.messages import Card, Tone, Value, text
from domain.names import named
from domain.organisation import Role, Seat
from domain.places.points import Point
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


def workers(matter: Matter, now: Any = MORNING, reporter: Reporter | None = ANNA) -> Card:
    return worker_card(STREET, matter, now, reporter=reporter)


# --- the worker's --------------------------------------------------------------------------------


def test_the_workers_card_says_all_that_is_needed_in_its_order() -> None:
    told = Particulars(text="路灯坏了", place_text="3号楼", attachments=("one", "two"))
    matter = replace(filed(particulars=told), supporters=2, reopenings=1)

    card = workers(matter)

    assert card.title == text(
        "cards.title",
        number=matter.number,
        kind=text("names.kind_service"),
        category=named("路灯照明", "Street lighting"),
    )
    assert list(lines(card).items()) == [
        ("state", text("names.state_dispatched")),
        ("what", "路灯坏了"),
        ("where", text("cards.at", grid=GRID, place="3号楼")),
        ("urgency", text("names.quadrant_ordinary")),
        ("owner", SECRETARY),
        ("contact_by", matter.contact_by),
        ("resolve_by", matter.resolve_by),
        ("pictures", 2),
        ("supporters", 2),
        ("reopenings", 1),
        ("reporter", "安娜 13800001234"),
    ]


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
    ("state", "clocks"),
    [
        (State.DISPATCHED, {"contact_by", "resolve_by"}),
        (State.ACCEPTED, {"contact_by", "resolve_by"}),
        (State.ASKED, {"clock"}),
        (State.RESOLVED, {"judge_by"}),
        (State.CLOSED, set()),
        (State.WITHDRAWN, set()),
        (State.MERGED, set()),
    ],
)
@pytest.mark.parametrize("card", ["worker", "resident"])
def test_the_clocks_that_run_are_shown_to_both(card: str, state: State, clocks: set[str]) -> None:
    matter = at(state)
    shown = workers(matter) if card == "worker" else resident_card(STREET, matter, MORNING)

    assert lines(shown).keys() & {"contact_by", "resolve_by", "clock", "judge_by"} == clocks


def test_after_the_first_contact_only_the_second_clock_is_shown() -> None:
    contacted = life.contact(at(State.ACCEPTED), act())

    assert "contact_by" not in lines(workers(contacted))


def test_a_clock_that_stands_still_says_until_when_and_a_verdict_by_when() -> None:
    asked, resolved = at(State.ASKED), at(State.RESOLVED)

    assert lines(workers(asked))["clock"] == text("cards.paused", until=asked.answer_by)
    assert lines(workers(resolved))["judge_by"] == resolved.judge_by


def test_a_deadline_that_has_passed_says_since_when_and_how_long() -> None:
    matter = filed()
    due = matter.contact_by

    assert lines(workers(matter, due))["contact_by"] == due
    assert lines(workers(matter, due + HOUR))["contact_by"] == text(
        "cards.overdue_since", moment=due, late=HOUR
    )


# --- how it wants to be seen ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("matter", "late", "tone"),
    [
        (filed(), False, Tone.PLAIN),
        (filed(importance=3), False, Tone.PLAIN),
        (filed(urgency=2), False, Tone.URGENT),
        (filed(importance=2, urgency=EMERGENCY), False, Tone.URGENT),
        (filed(), True, Tone.OVERDUE),
        (filed(urgency=2), True, Tone.OVERDUE),
        (at(State.RESOLVED), True, Tone.PLAIN),
        (at(State.CLOSED), True, Tone.DONE),
        (at(State.WITHDRAWN), False, Tone.DONE),
    ],
)
def test_what_is_late_shows_before_what_is_urgent_and_what_has_ended_presses_nobody(
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
    assert list(lines(card).items()) == [
        ("state", text("names.state_dispatched")),
        ("what", "路灯坏了"),
        ("where", text("cards.at", grid=GRID, place="3号楼")),
        ("owner", SECRETARY),
        ("contact_by", matter.contact_by),
        ("resolve_by", matter.resolve_by),
        ("pictures", 1),
        ("supporters", 2),
    ]


def test_a_case_that_has_ended_names_nobody_any_more_and_where_it_went() -> None:
    merged = at(State.MERGED)
    rated = life.rate(at(State.CLOSED), act(), 4)

    shown = resident_card(STREET, merged, MORNING)

    assert shown.tone is Tone.DONE
    assert lines(shown)["merged_into"] == "2026-00002"
    assert "owner" not in lines(shown)
    assert lines(resident_card(STREET, rated, MORNING))["score"] == 4


def test_where_nobody_has_it_yet_nobody_is_named() -> None:
    assert "owner" not in lines(resident_card(STREET, filed(owner=None), MORNING))


# --- a neighbour's -------------------------------------------------------------------------------


def test_a_neighbour_sees_category_street_and_age_and_nothing_else() -> None:
    told = Particulars(text="老王家的灯", place_text="建设路12号3号楼501", name="老王", phone="138")
    matter = replace(filed(particulars=told), supporters=3)

    card = nearby_card(STREET, matter, MORNING + HOUR)

    assert card.title == named("路灯照明", "Street lighting")
    assert list(lines(card).items()) == [
        ("where", "建设路"),
        ("reported", HOUR),
        ("state", text("names.state_dispatched")),
        ("supporters", 3),
    ]


def test_where_no_street_is_named_a_neighbour_sees_the_grid() -> None:
    card = nearby_card(STREET, filed(), MORNING)

    assert lines(card)["where"] == GRID
    assert "supporters" not in lines(card)


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
    rated = life.rate(at(State.CLOSED), act(), 4, "quick")

    assert said(returned.fresh[-1]) == {}
    assert said(asked.fresh[-1]) == {"question": "which?"}
    assert said(rated.fresh[-1]) == {"comment": "quick", "score": 4}
    assert said(replace(asked.fresh[-1], content=None)) == {}
    assert said(replace(asked.fresh[-1], content={"question": ""})) == {}


def test_a_no_is_told_as_well_as_a_yes() -> None:
    judged = life.judge(at(State.RESOLVED), act(), solved=False, rules=RULES, calendar=CALENDAR)

    assert said(judged.fresh[-2]) == {"solved": False}


def test_what_happened_is_said_with_its_words_and_without_numbers() -> None:
    closed = life.rate(at(State.CLOSED), act(), 4, "quick")
    resolved, judged, _, rated = closed.fresh[-4:]

    assert happening_line(resolved) == text(
        "matters.happened_said", what=text("names.happening_resolved"), said="mended"
    )
    assert happening_line(judged) == text("matters.happened", what=text("names.happening_judged"))
    assert happening_line(rated) == text(
        "matters.happened_said", what=text("names.happening_judged"), said="quick"
    )
