"""The card of a case: its buttons are what its reader may do now, and where it may go."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.configuration.street_source import StreetSource
from domain.access.matters import MatterRight
from domain.access.posts import PostRight
from domain.categories import Kind
from domain.errors import WrongState
from domain.matters import life
from domain.matters.assignment import (
    STATES,
    Desk,
    ask_for_decision,
    ask_help,
    assignment_card,
    assignment_messages,
    candidates,
    desks_of,
    give_help,
    helper,
    is_return_capped,
    mark_split_child,
    merge_candidates,
    moved_desk,
    part_message,
    reassign_units,
    return_to,
    split_off,
    standing,
    unit_desks,
)
from domain.matters.cards import Reporter
from domain.matters.matter import Happening, Matter, Particulars, State
from domain.messages import Card, Message, Text, parse_action, text
from domain.names import kind_name, named
from domain.organisation import Organisation, Role, Seat, Stream
from domain.places.points import Point
from domain.street import Office, Street
from tests.domain.matters.test_life import at
from tests.domain.street import (
    DAY,
    HOUR,
    LADDER,
    MORNING,
    RULES,
    UNITS,
    act,
    filed,
    organisation,
    post,
    staff,
)
from tests.street import settings

WORKER = post("worker", Role.GRID_WORKER, "E1")
POLICE = post("police", Role.POLICE_OFFICER, "E")
STREET = organisation(*LADDER, WORKER, POLICE)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The office as it is configured where nothing is set."""
    folder: Path = tmp_path_factory.mktemp("office")
    return StreetSource(settings(folder)).office(STREET, MORNING)


def of(words: str) -> set[str]:
    """Read verbs; those of cases are written without their folder."""
    return {one if "." in one else f"matters.{one}" for one in words.split()}


def verbs(message: Message) -> list[str]:
    """List the verbs of a message's buttons."""
    return [
        parse_action(choice.action)[0]
        for row in message.choices
        for choice in row
        if choice.action is not None
    ]


def card(
    office: Office,
    matter: Matter,
    person: str,
    where: Organisation = STREET,
    reporter: Reporter | None = None,
) -> Message:
    """Make the card for somebody."""
    return assignment_card(
        Street(office, where), matter, MORNING, actor=staff(person, where), reporter=reporter
    )


# --- buttons -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "owner_sees", "main"),
    [
        (
            State.DISPATCHED,
            "accept choose_worker return refer more story todo.open",
            "matters.accept",
        ),
        (
            State.ACCEPTED,
            "contact resolve note ask choose_stream choose_worker return refer more story"
            " todo.open",
            "matters.contact",
        ),
        (
            State.ASKED,
            "note choose_stream phoned posts.ask_relink story todo.open",
            None,
        ),
        (
            State.REFERRED,
            "procedure recall posts.ask_relink story todo.open",
            "matters.procedure",
        ),
        (State.RESOLVED, "posts.ask_relink story todo.open", None),
        (State.CLOSED, "posts.ask_relink story todo.open", None),
        (State.WITHDRAWN, "posts.ask_relink story todo.open", None),
        (State.MERGED, "posts.ask_relink story todo.open", None),
    ],
)
def test_the_owner_is_offered_what_the_state_allows(
    office: Office, state: State, owner_sees: str, main: str | None
) -> None:
    message = card(office, at(state), "secretary")

    emphasised = [
        parse_action(choice.action or "")[0]
        for row in message.choices
        for choice in row
        if choice.emphasis
    ]
    expected = of(owner_sees)
    if state is State.ASKED:
        expected = (expected - {"posts.ask_relink"}) | {"matters.more"}
    assert set(verbs(message)) == expected
    assert emphasised == ([main] if main else [])


def test_after_the_first_contact_the_main_thing_is_to_resolve(office: Office) -> None:
    contacted = life.contact(at(State.ACCEPTED), act())

    message = card(office, contacted, "secretary")

    assert "matters.contact" not in verbs(message)
    assert message.choices[0][0].action == f"matters.resolve:{contacted.number}"


@pytest.mark.parametrize(
    ("person", "sees"),
    [
        (
            "community",
            "choose_worker instruct choose_priority resort choose_unit choose_merge split "
            "posts.ask_relink story todo.open",
        ),
        (
            "leader",
            "choose_worker instruct choose_priority resort choose_unit story todo.open",
        ),
        (
            "street_leader",
            "choose_worker instruct choose_priority resort choose_unit story todo.open",
        ),
    ],
)
def test_a_level_above_sees_its_own_buttons_at_once(office: Office, person: str, sees: str) -> None:
    assert set(verbs(card(office, filed(), person))) == of(sees)


def test_a_hidden_name_adds_a_button_for_those_who_may_look(office: Office) -> None:
    hidden = filed(hide_name=True, kind=Kind.OPINION)

    assert "matters.unseal" in verbs(card(office, hidden, "community"))
    assert "matters.unseal" not in verbs(card(office, hidden, "leader"))
    assert "matters.unseal" not in verbs(card(office, filed(), "community"))


def test_nobody_to_hand_over_to_or_to_return_to_means_no_such_button(office: Office) -> None:
    alone = organisation(post("secretary", Role.GRID_SECRETARY, "E1"))

    offered = verbs(card(office, filed(), "secretary", alone))

    assert "matters.choose_worker" not in offered
    assert "matters.return" not in offered


def test_the_map_and_the_telephone_stand_on_the_card_where_there_are_any(office: Office) -> None:
    told = Particulars(text="路灯", point=Point(latitude=34.0, longitude=113.0))
    matter = filed(particulars=told)

    with_both = card(office, matter, "secretary", reporter=Reporter("陈阿姨", "13800001234"))
    with_none = card(office, filed(), "secretary", reporter=None)
    hidden = card(office, matter, "secretary", reporter=Reporter("", "13800001234", hidden=True))

    def ways(message: Message) -> tuple[list[str], list[str]]:
        choices = [choice for row in message.choices for choice in row]
        return (
            [choice.link for choice in choices if choice.link],
            [choice.phone for choice in choices if choice.phone],
        )

    assert len(ways(with_both)[0]) == 1
    assert ways(with_both)[1] == ["13800001234"]
    assert ways(with_none) == ([], [])
    assert ways(hidden)[1] == []


def test_the_card_goes_at_once_and_the_pictures_follow(office: Office) -> None:
    matter = filed(particulars=Particulars(text="路灯", attachments=("one", "two")))

    first, second = assignment_messages(
        Street(office, STREET), matter, MORNING, actor=staff("secretary", STREET), reporter=None
    )

    assert first.anew
    assert first.slot == f"case-{matter.number}"
    assert (second.blocks, second.attachments) == ((), ("one", "two"))


def test_a_standing_changes_with_owner_and_state_not_with_followers() -> None:
    matter = filed()
    followed = life.support(matter, act())
    added = life.add(matter, act(), "more")

    marks = {standing(one) for one in (matter, at(State.ACCEPTED), replace(matter, owner="other"))}

    assert len(marks) == 3
    assert standing(followed) == standing(added) == standing(matter)


# --- where it may go -----------------------------------------------------------------------------


def test_a_case_is_handed_to_the_people_of_its_grid(office: Office) -> None:
    where = organisation(*LADDER, WORKER, post("far", Role.GRID_WORKER, "E2"))

    found = candidates(Street(office, where), filed(), MORNING)
    back = candidates(Street(office, where), filed(owner="worker"), MORNING)

    assert [desk.person for desk in found] == ["worker"]
    assert [desk.person for desk in back] == ["secretary"]


def test_a_worker_who_is_away_is_replaced_in_the_choice(office: Office) -> None:
    away = replace(WORKER, substitute="second", away_until=MORNING + DAY)
    where = organisation(*LADDER, away)

    found = candidates(Street(office, where), filed(), MORNING)

    assert [(desk.person, desk.seat.role) for desk in found] == [("second", Role.GRID_WORKER)]


@pytest.mark.requirement("G-07")
def test_a_return_goes_to_the_next_level_that_is_somebody_else() -> None:
    matter = filed()
    both = organisation(
        post("secretary", Role.GRID_SECRETARY, "E1"),
        post("secretary", Role.COMMUNITY_SECRETARY, "E"),
        *LADDER[2:],
    )

    first = return_to(STREET, matter, MORNING)
    past_oneself = return_to(both, matter, MORNING)

    assert first is not None
    assert first.person == "community"
    assert past_oneself is not None
    assert past_oneself.person == "leader"


def test_from_the_top_nothing_is_returned() -> None:
    matter = filed(seat=Seat("S", Role.STREET_LEADER), owner="street_leader")

    assert return_to(STREET, matter, MORNING) is None


@pytest.mark.parametrize(
    ("stream", "asker", "expected"),
    [
        (Stream.POLICE, "secretary", "police"),
        (Stream.PARTY, "secretary", "community"),
        (Stream.PARTY, "community", "leader"),
        (Stream.RESIDENTS, "secretary", "community"),
    ],
)
def test_help_is_asked_of_the_stream_in_the_community_or_of_a_level_above(
    stream: Stream, asker: str, expected: str
) -> None:
    found = helper(STREET, filed(), stream, MORNING, asker=asker)

    assert found is not None
    assert found.person == expected


def test_nobody_asks_themselves_for_help() -> None:
    alone = organisation(post("secretary", Role.GRID_SECRETARY, "E1"))

    assert helper(alone, filed(), Stream.POLICE, MORNING, asker="secretary") is None


def test_what_somebody_leaves_goes_to_a_colleague_of_the_seat_or_up_the_ladder() -> None:
    shared = Seat("E1", Role.GRID_WORKER)
    two = organisation(*LADDER, WORKER, post("second", Role.GRID_WORKER, "E1"))

    to_colleague = moved_desk(two, filed(seat=shared, owner="worker"), MORNING, leaving="worker")
    up = moved_desk(STREET, filed(), MORNING, leaving="secretary")

    assert (to_colleague.person, to_colleague.seat) == ("second", shared)
    assert up.person == "community"


@pytest.mark.parametrize(
    ("person", "codes"),
    [("community", ["E", "E1", "E2"]), ("street_leader", ["E", "W", "E1", "E2", "W1"])],
)
def test_a_superior_reassigns_within_the_own_units(person: str, codes: list[str]) -> None:
    found = reassign_units(STREET, staff(person, STREET), filed())

    assert [unit.code for unit in found] == codes


def test_a_secretary_reassigns_nothing() -> None:
    assert reassign_units(STREET, staff("secretary", STREET), filed()) == ()


# --- help ----------------------------------------------------------------------------------------


def words_of(message: Message) -> str:
    """Give everything that a message says, keys and fields."""

    def said(value: Any) -> str:
        if isinstance(value, Text):
            return " ".join([value.key, *map(said, value.fields.values())])
        return str(value)

    return " ".join(
        said(block)
        if isinstance(block, Text)
        else " ".join([said(block.title), *(said(line.value) for line in block.lines)])
        for block in message.blocks
    )


def test_a_part_shows_the_question_the_category_and_the_street_and_nothing_else(
    office: Office,
) -> None:
    told = Particulars(
        text="老王家漏水",
        place_text="建设路12号3号楼2单元501",
        attachments=("photo",),
        name="老王",
        phone="13800001234",
    )
    matter = filed(particulars=told)

    part = part_message(
        Street(office, STREET),
        matter,
        stream=Stream.POLICE,
        question="请看看门禁",
        answer="",
        is_open=True,
    )

    words = words_of(part)
    assert "请看看门禁" in words
    assert "路灯照明" in words
    assert "建设路" in words
    assert [one for one in ("老王", "501", "13800001234", "photo") if one in words] == []
    assert part.attachments == ()
    assert verbs(part) == ["matters.give_help", "todo.open"]


@pytest.mark.parametrize("is_open", [True, False])
def test_a_part_that_is_over_has_no_button(office: Office, is_open: bool) -> None:
    ended = at(State.CLOSED)

    part = part_message(
        Street(office, STREET),
        ended,
        stream=Stream.POLICE,
        question="",
        answer="看过了",
        is_open=is_open,
    )

    assert verbs(part) == ["todo.open"]
    assert isinstance(part.blocks[0], Card)


@pytest.mark.parametrize("state", State)
def test_help_is_asked_for_while_a_case_is_in_hand(state: State) -> None:
    matter = at(state)

    if state in (State.ACCEPTED, State.ASKED):
        asked = ask_help(matter, act(), stream=Stream.POLICE, to="police", question="?")
        assert asked.owner == matter.owner
        assert asked.seq == matter.seq + 1
    else:
        with pytest.raises(WrongState):
            ask_help(matter, act(), stream=Stream.POLICE, to="police", question="?")


def test_help_for_a_case_that_is_over_comes_too_late() -> None:
    with pytest.raises(WrongState):
        give_help(at(State.CLOSED), act("police"), stream=Stream.POLICE, answer="done")


# --- splitting and merging -----------------------------------------------------------------------


def test_what_is_split_off_stays_confidential_and_nameless(office: Office) -> None:
    parent = filed(kind=Kind.DISPUTE, confidential=True, hide_name=True)
    rubbish = office.categories.by_code["rubbish"]

    part = split_off(parent, words="垃圾没人清", kind=Kind.SERVICE, category=rubbish)

    assert (part.confidential, part.hide_name, part.public_space) == (True, True, False)
    assert (part.reporter, part.grid) == (parent.reporter, parent.grid)
    assert part.particulars.text == "垃圾没人清"
    assert part.particulars.attachments == ()


def test_the_likeliest_duplicates_come_first() -> None:
    matter = filed("2026-00001")
    others = [
        filed("2026-00002", category="water"),
        filed("2026-00003", grid="E2"),
        filed("2026-00004", at=MORNING - 5 * HOUR),
        filed("2026-00005", at=MORNING - HOUR),
        filed("2026-00006", kind=Kind.OPINION),
        filed("2026-00007", confidential=True),
        life.withdraw(filed("2026-00008"), act()),
        matter,
    ]

    found = [one.number for one in merge_candidates(matter, others)]

    assert found == ["2026-00005", "2026-00004", "2026-00003", "2026-00002"]


def test_every_right_on_a_card_has_its_states() -> None:
    on_matters = {
        MatterRight.ACCEPT,
        MatterRight.CONTACT,
        MatterRight.RESOLVE,
        MatterRight.ASK,
        MatterRight.NOTE,
        MatterRight.ASK_HELP,
        MatterRight.HAND_OVER,
        MatterRight.RETURN,
        MatterRight.TRIAGE,
        MatterRight.RESORT,
        MatterRight.REFER,
        MatterRight.RECALL,
        MatterRight.REASSIGN,
        MatterRight.INSTRUCT,
        MatterRight.MERGE,
        MatterRight.SPLIT,
        MatterRight.UNSEAL,
        PostRight.RELINK,
    }
    assert set(STATES) == on_matters


# --- what is offered, more closely ---------------------------------------------------------------


def test_a_card_stands_in_the_place_of_the_one_before_and_news_at_the_end(office: Office) -> None:
    street, actor = Street(office, STREET), staff("secretary", STREET)

    pressed = card(office, filed(), "secretary")
    (news,) = assignment_messages(street, filed(), MORNING, actor=actor, reporter=None)

    assert (pressed.slot, pressed.anew) == ("case-2026-00001", False)
    assert (news.slot, news.anew) == ("case-2026-00001", True)


def test_whoever_phones_after_a_question_says_so(office: Office) -> None:
    assert "matters.phoned" in verbs(card(office, at(State.ASKED), "secretary"))
    assert "matters.phoned" not in verbs(card(office, at(State.ASKED), "leader"))
    assert "matters.phoned" not in verbs(card(office, at(State.ACCEPTED), "secretary"))


def test_a_case_whose_reporter_was_erased_brings_nobody_back(office: Office) -> None:
    erased = life.erase(at(State.CLOSED), act())
    nameless = replace(filed(), reporter="")
    hidden = replace(life.erase(filed(hide_name=True), act()), hide_name=True)

    assert "posts.ask_relink" in verbs(card(office, filed(), "community"))
    for matter in (erased, nameless):
        assert "posts.ask_relink" not in verbs(card(office, matter, "community"))
    assert "matters.unseal" not in verbs(card(office, hidden, "community"))


def test_the_telephone_of_a_case_that_has_ended_is_not_offered(office: Office) -> None:
    anna = Reporter("安娜", "13800001234")

    def phones(matter: Matter) -> list[str]:
        rows = card(office, matter, "secretary", reporter=anna).choices
        return [one.phone for row in rows for one in row if one.phone]

    assert phones(at(State.RESOLVED)) == ["13800001234"]
    assert phones(at(State.CLOSED)) == []


def test_the_buttons_are_named_after_what_they_do(office: Office) -> None:
    choices = [one for row in card(office, filed(), "secretary").choices for one in row]

    assert [one.label.key for one in choices] == [
        "assignments.do_accept",
        "assignments.do_handover",
        "assignments.do_return",
        "assignments.do_refer",
        "assignments.more",
        "assignments.story",
        "assignments.to_todo",
    ]


# --- desks ---------------------------------------------------------------------------------------


def test_who_stands_in_for_several_gets_one_desk() -> None:
    lent = {"substitute": "deputy", "away_until": MORNING + DAY}
    where = organisation(
        post("one", Role.GRID_WORKER, "E1", **lent),
        post("two", Role.GRID_WORKER, "E1", **lent),
        post("three", Role.GRID_WORKER, "E1"),
    )
    seat = Seat("E1", Role.GRID_WORKER)

    found = desks_of(where, seat, MORNING)

    assert [one.person for one in found] == ["deputy", "three"]
    assert {one.seat for one in found} == {seat}


def test_the_desks_of_a_grid_and_of_a_community_are_those_who_work_on_cases() -> None:
    where = organisation(*LADDER, WORKER, POLICE, post("clerk", Role.WINDOW_CLERK, "E"))

    def people(unit: str) -> list[Desk]:
        return list(unit_desks(where, UNITS[unit], filed(), MORNING))

    assert [one.person for one in people("E1")] == ["secretary", "worker"]
    assert [one.person for one in people("E")] == ["community", "clerk"]
    assert people("E2") == []


def test_a_case_without_an_owner_is_returned_to_the_level_above() -> None:
    found = return_to(STREET, filed(owner=None), MORNING)

    assert found is not None
    assert found.person == "community"


@pytest.mark.parametrize(("returns", "capped"), [(0, False), (1, False), (2, True), (3, True)])
def test_a_case_goes_back_as_often_as_the_rules_allow(returns: int, capped: bool) -> None:
    assert is_return_capped(replace(filed(), returns=returns), RULES) is capped


def test_after_too_many_returns_the_level_above_is_asked_and_the_owner_keeps_it() -> None:
    matter = filed()

    asked = ask_for_decision(matter, act(), "not ours", to="community")

    assert (asked.owner, asked.state) == (matter.owner, matter.state)
    event = asked.fresh[-1]
    assert event.happening is Happening.HELP_ASKED
    assert event.content == {"to": "community", "question": "not ours"}
    with pytest.raises(WrongState):
        ask_for_decision(at(State.RESOLVED), act(), "not ours", to="community")


def test_a_standing_changes_with_every_return_reopening_and_desk() -> None:
    matter = filed()
    others = [
        replace(matter, returns=1),
        replace(matter, reopenings=1),
        replace(matter, seat=Seat("E", Role.GRID_SECRETARY)),
    ]

    assert len({standing(one) for one in (matter, *others)}) == 4
    assert len(standing(matter)) == 6  # buttons have little room


# --- help, more closely --------------------------------------------------------------------------


def test_help_says_of_which_stream_to_whom_and_what() -> None:
    asked = ask_help(at(State.ACCEPTED), act(), stream=Stream.POLICE, to="police", question="safe?")
    given = give_help(asked, act("police"), stream=Stream.POLICE, answer="it is")

    assert asked.fresh[-1].happening is Happening.HELP_ASKED
    assert asked.fresh[-1].content == {"stream": "police", "to": "police", "question": "safe?"}
    assert given.fresh[-1].happening is Happening.HELP_GIVEN
    assert given.fresh[-1].content == {"stream": "police", "text": "it is"}


def part(office: Office, question: str, answer: str, told: Particulars) -> Message:
    return part_message(
        Street(office, STREET),
        filed(particulars=told),
        stream=Stream.POLICE,
        question=question,
        answer=answer,
        is_open=True,
    )


def test_a_part_says_what_was_asked_where_and_what_was_answered(office: Office) -> None:
    shown = part(office, "请看看门禁", "看过了", Particulars(place_text="建设路12号"))

    body = shown.blocks[0]
    assert isinstance(body, Card)
    grid = text("names.either", zh="东园社区 第一网格", en="东园社区, 第一网格")
    assert [(line.label.key, line.value) for line in body.lines] == [
        ("assignments.part_question", "请看看门禁"),
        ("cards.where", text("cards.at", grid=grid, place="建设路")),
        ("assignments.part_answer", "看过了"),
    ]
    assert body.title == text(
        "assignments.part_title",
        number="2026-00001",
        stream=text("names.stream_police"),
        kind=kind_name(Kind.SERVICE),
        category=named("路灯照明", "Street lighting"),
    )
    assert (shown.slot, shown.anew) == ("part-2026-00001", True)
    assert shown.choices[0][0].emphasis


def test_a_part_without_a_street_an_answer_or_its_question_says_what_is_left(
    office: Office,
) -> None:
    body = part(office, "", "", Particulars(place_text="3号楼")).blocks[0]

    assert isinstance(body, Card)
    assert [(line.label.key, line.value) for line in body.lines] == [
        ("assignments.part_question", text("cards.erased")),
        (
            "cards.where",
            text("names.either", zh="东园社区 第一网格", en="东园社区, 第一网格"),
        ),
    ]


# --- splitting, more closely ---------------------------------------------------------------------


def test_what_is_split_off_has_its_own_words_and_category_and_the_rest_of_its_parent(
    office: Office,
) -> None:
    told = Particulars(
        text="灯和垃圾",
        place_text="3号楼",
        point=Point(latitude=34.0, longitude=113.0),
        attachments=("photo",),
        phone="138",
        name="安娜",
    )
    parent = filed(particulars=told, dangers=("fire",))
    rubbish = office.categories.by_code["rubbish"]

    child = split_off(parent, words="垃圾没人清", kind=Kind.SERVICE, category=rubbish)

    assert (child.kind, child.category, child.stream) == (
        Kind.SERVICE,
        "rubbish",
        rubbish.stream,
    )
    assert (child.community, child.grid, child.origin) == ("E", "E1", parent.origin)
    assert child.particulars == replace(told, text="垃圾没人清", attachments=())
    assert (child.importance, child.urgency) == (rubbish.importance, rubbish.urgency)
    assert (child.confidential, child.hide_name, child.public_space) == (
        False,
        False,
        rubbish.public_space,
    )
    assert child.dangers == ()


def test_what_is_split_off_from_a_sealed_case_stays_sealed(office: Office) -> None:
    parent = filed(confidential=True, dangers=("family",))
    rubbish = office.categories.by_code["rubbish"]

    child = split_off(parent, words="垃圾", kind=Kind.SERVICE, category=rubbish)

    assert (child.dangers, child.confidential) == (("family",), True)


def test_a_dispute_that_is_split_off_is_confidential(office: Office) -> None:
    noise = office.categories.other(Kind.DISPUTE)

    child = split_off(filed(), words="吵", kind=Kind.DISPUTE, category=noise)

    assert (child.confidential, child.public_space) == (True, False)


def test_a_child_knows_its_parent_and_its_chain_says_so() -> None:
    child = mark_split_child(filed("2026-00002"), act(), "2026-00001")

    assert child.split_from == "2026-00001"
    assert child.fresh[-1].happening is Happening.SPLIT
    assert child.fresh[-1].content == {"parent": "2026-00001"}


def test_of_duplicates_that_are_as_likely_the_lower_number_comes_first() -> None:
    others = [filed("2026-00003"), filed("2026-00002")]

    found = merge_candidates(filed("2026-00001"), others)

    assert [one.number for one in found] == ["2026-00002", "2026-00003"]
