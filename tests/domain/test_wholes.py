"""Entries that need entries of other registers: made-up teams, their members and their rooms."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.messages import text
from domain.registers import (
    Entry,
    EntryState,
    Field,
    FieldKind,
    Lack,
    Part,
    Register,
    key_for,
)
from domain.wholes import Wholes, around_of, with_changed
from tests.domain.street import organisation
from tests.street import EAST, EAST_1, MORNING, STREET, WEST

NAME = Field(name="name", label="halls.name", ask="halls.ask_name", required=True)


def refers(name: str, register: str) -> Field:
    return Field(
        name=name, label="halls.one", ask="halls.ask_hall", kind=FieldKind.ENTRY, refers=register
    )


ROOMS = Register(name="games.rooms", label="halls.register", one="halls.one", fields=(NAME,))
MEMBERS = Register(
    name="games.members",
    label="halls.register",
    one="halls.one",
    fields=(NAME, refers("team", "games.teams")),
)
EVENINGS = Register(
    name="games.evenings",
    label="halls.register",
    one="halls.one",
    fields=(NAME, refers("room", ROOMS.name)),
)
NOBODY, NOWHERE = Lack(text("halls.no_centre"), add=MEMBERS.name), Lack(text("halls.not_given"))
TEAMS = Register(
    name="games.teams",
    label="halls.register",
    one="halls.one",
    fields=(NAME,),
    parts=(
        Part(MEMBERS.name, "team", finished=True),
        Part(EVENINGS.name, "name", names=lambda team: (team.get("name", ""), "老队")),
    ),
    whole=lambda _team, parts: (
        *(() if parts[MEMBERS.name] else (NOBODY,)),
        *(() if parts[EVENINGS.name] else (NOWHERE,)),
    ),
)
REGISTERS = {one.name: one for one in (ROOMS, MEMBERS, EVENINGS, TEAMS)}


def entry(register: Register, which: str, unit: str = EAST, **fields: Any) -> Entry:
    return Entry(
        id=which,
        register=register.name,
        unit=unit,
        key=key_for(register, fields),
        state=EntryState.PUBLISHED,
        fields=fields,
        changed_by="community",
        changed_at=MORNING,
    )


TEAM = entry(TEAMS, "team", name="晨光队")
MEMBER = entry(MEMBERS, "member", name="甲", team="team")
ROOM = entry(ROOMS, "room", name="棋室")
EVENING = entry(EVENINGS, "evening", name="晨光 队", room="room")
ALL = (TEAM, MEMBER, ROOM, EVENING)


def wholes(*entries: Entry) -> Wholes:
    around: dict[str, list[Entry]] = {}
    for one in entries:
        around.setdefault(one.register, []).append(one)
    return Wholes(TEAMS, REGISTERS, around, organisation())


def lacks(*entries: Entry) -> tuple[Lack, ...]:
    return wholes(*entries).lacks(TEAM, MORNING)


def ended(one: Entry) -> Entry:
    return replace(one, valid_until=MORNING)


def test_what_has_all_its_parts_is_whole() -> None:
    assert lacks(*ALL) == ()
    assert wholes(*ALL).hidden(MORNING) == {}


def test_what_lacks_a_part_says_which_and_is_shown_to_nobody() -> None:
    assert lacks(TEAM, ROOM, EVENING) == (NOBODY,)
    assert wholes(TEAM, ROOM, EVENING).hidden(MORNING) == {"team": (NOBODY,)}


def test_a_part_of_another_one_is_none_of_its_own() -> None:
    assert lacks(TEAM, replace(MEMBER, fields={"team": "other"}), ROOM, EVENING) == (NOBODY,)


def test_a_part_counts_until_it_ends_and_no_longer() -> None:
    last = MORNING + timedelta(seconds=1)

    assert lacks(TEAM, replace(MEMBER, valid_until=last), ROOM, EVENING) == ()
    assert lacks(TEAM, ended(MEMBER), ROOM, EVENING) == (NOBODY,)


def test_a_part_counts_only_as_long_as_what_it_refers_to() -> None:
    assert lacks(TEAM, MEMBER, EVENING) == (NOWHERE,)
    assert lacks(TEAM, MEMBER, ended(ROOM), EVENING) == (NOWHERE,)


def test_a_part_that_names_its_whole_may_use_any_of_its_names_nearby() -> None:
    old = replace(EVENING, fields={**EVENING.fields, "name": "老队"})

    assert lacks(TEAM, MEMBER, ROOM, old) == ()
    assert lacks(TEAM, MEMBER, ROOM, replace(EVENING, unit=STREET)) == ()
    assert lacks(TEAM, MEMBER, ROOM, replace(EVENING, unit=EAST_1)) == ()
    assert lacks(TEAM, MEMBER, ROOM, replace(EVENING, unit=WEST)) == (NOWHERE,)


def test_a_draft_part_keeps_a_draft_back_and_hides_nothing() -> None:
    unfinished = replace(MEMBER, id="new", state=EntryState.DRAFT, fields={"team": "team"})
    all_of_it = wholes(*ALL, unfinished)

    (found,) = all_of_it.keeps_back(TEAM, MORNING)

    assert (found.entry, found.words.key) == ("new", "registers.part_is_draft")
    assert all_of_it.lacks(TEAM, MORNING) == ()


def test_what_holds_later_is_looked_at_as_it_will_be_then() -> None:
    begins = MORNING + timedelta(days=7)
    later = replace(TEAM, valid_from=begins)
    found = wholes(later, replace(MEMBER, valid_from=begins), ROOM, EVENING)

    assert found.lacks(later, MORNING) == ()
    assert found.lacks(TEAM, MORNING) == (NOBODY,)


def test_what_a_register_looks_at_is_its_parts_and_what_they_refer_to() -> None:
    assert around_of(TEAMS, REGISTERS) == {MEMBERS.name, EVENINGS.name, ROOMS.name}
    assert around_of(ROOMS, REGISTERS) == frozenset()


def test_a_part_leads_to_its_whole() -> None:
    assert wholes(*ALL).owners(MEMBER) == [TEAM]
    assert wholes(*ALL).owners(EVENING) == [TEAM]
    assert wholes(*ALL).owners(replace(MEMBER, id="x")) == []


def test_entries_take_the_place_of_their_earlier_versions_and_what_ended_is_gone() -> None:
    around = {MEMBERS.name: [MEMBER], ROOMS.name: [ROOM]}
    other = entry(MEMBERS, "other", name="乙", team="team")

    found = with_changed(around, [replace(MEMBER, state=EntryState.ENDED), other])

    assert found == {MEMBERS.name: [other], ROOMS.name: [ROOM]}
