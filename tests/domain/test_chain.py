"""The chain of a file: whatever is changed, taken out or added in it is found."""

import hashlib
import hmac
from dataclasses import replace
from typing import Any

import pytest

from domain.chain import Act, Chain, commit, link, verify
from domain.matters import life
from domain.matters.matter import Event, Happening, Matter, Particulars, State
from domain.organisation import Role
from domain.subjects import Subject, case
from tests.domain.matters.test_life import ACTIONS, at
from tests.domain.street import HOUR, MORNING, act, filed


def a_long_chain() -> Matter:
    """Give a matter with a few events."""
    return ACTIONS["note"][0](at(State.ASKED), act())


def _other(event: Event) -> dict[str, Event]:
    """Give an event as a forger would leave it."""
    return {
        "content": replace(event, content={"text": "something else"}),
        "salt": replace(event, salt=b"another" * 5),
        "actor": replace(event, actor="somebody"),
        "role": replace(event, role=Role.STREET_LEADER),
        "time": replace(event, at=event.at + HOUR),
        "happening": replace(event, happening=Happening.WITHDRAWN),
        "commitment": replace(event, commitment=b"x" * 32),
        "digest": replace(event, digest=b"x" * 32),
        "file": replace(event, file=case("2026-99999")),
    }


def test_a_sound_chain_verifies() -> None:
    matter = a_long_chain()

    assert verify(matter.fresh, matter.head) == []


@pytest.mark.parametrize("what", sorted(_other(filed().fresh[0])))
@pytest.mark.parametrize("position", [0, 2, -1])
def test_any_change_of_any_event_is_found(what: str, position: int) -> None:
    matter = a_long_chain()
    events = list(matter.fresh)
    events[position] = _other(events[position])[what]

    assert verify(events, matter.head) != []


@pytest.mark.parametrize("position", [0, 1, -1])
def test_an_event_that_is_taken_out_is_missed(position: int) -> None:
    matter = a_long_chain()
    events = list(matter.fresh)
    del events[position]

    assert verify(events, matter.head) != []


def test_two_events_that_changed_places_are_found() -> None:
    matter = a_long_chain()
    first, second, *others = matter.fresh

    assert verify([second, first, *others], matter.head) != []


def test_an_event_that_was_added_behind_is_found() -> None:
    matter = a_long_chain()
    longer = ACTIONS["note"][0](matter, act())

    assert verify(longer.fresh, matter.head) != []


def test_an_erased_chain_still_verifies() -> None:
    matter = life.erase(at(State.CLOSED), act())
    erased = [replace(event, content=None, salt=None) for event in matter.fresh]

    assert verify(erased, matter.head) == []
    assert matter.particulars == Particulars()
    assert matter.reporter == ""


def test_without_the_salt_a_guess_of_the_content_proves_nothing() -> None:
    one, same = filed("2026-00001"), filed("2026-00001")

    assert one.fresh[0].content == same.fresh[0].content
    assert one.fresh[0].commitment != same.fresh[0].commitment


def test_two_events_of_one_act_have_different_salts() -> None:
    filing, dispatch = filed().fresh

    assert filing.salt != dispatch.salt


def test_a_missing_event_is_named_and_what_follows_is_not_judged() -> None:
    first, _, *others = a_long_chain().fresh

    assert verify([first, *others]) == ["event 2 is missing"]


def test_without_its_first_event_a_chain_does_not_begin() -> None:
    assert verify(a_long_chain().fresh[1:]) == ["event 1 is missing"]


def test_what_was_changed_is_named_by_its_place() -> None:
    events = list(a_long_chain().fresh)
    events[1] = replace(events[1], actor="somebody")
    events[2] = replace(events[2], content={"text": "something else"})

    assert verify(events) == ["event 2 was changed", "the content of event 3 was changed"]


def test_the_last_event_is_missed_only_by_who_knows_the_head() -> None:
    matter = a_long_chain()
    shorter = matter.fresh[:-1]

    assert verify(shorter) == []
    assert verify(shorter, matter.head) == ["the last events are missing"]


def test_of_a_chain_that_is_broken_the_end_is_not_judged() -> None:
    matter = a_long_chain()
    events = [replace(matter.fresh[0], happening=Happening.WITHDRAWN), *matter.fresh[1:]]

    assert verify(events, b"another head") == ["event 1 was changed"]


def test_a_content_without_its_salt_proves_nothing() -> None:
    events = list(a_long_chain().fresh)
    events[0] = replace(events[0], salt=None)

    assert verify(events) == ["the content of event 1 was changed"]


# --- a file of any feature -----------------------------------------------------------------------

OUTING = Subject("outing", "7")


def an_outing() -> Chain:
    """Give a file in which two things happened."""
    begun = Chain(file=OUTING).record(act(), "outings.begun", guests=12, note=None)
    return begun.record(act("worker", Role.GRID_WORKER, MORNING + HOUR), "outings.ended")


def test_a_file_of_any_feature_is_a_chain() -> None:
    chain = an_outing()
    begun, ended = chain.fresh

    assert verify(chain.fresh, chain.head) == []
    assert (begun.content, ended.content) == ({"guests": 12}, {})
    assert (ended.file, ended.seq, ended.happening) == (OUTING, 2, "outings.ended")
    assert (ended.actor, ended.role, ended.at) == ("worker", Role.GRID_WORKER, MORNING + HOUR)
    assert (chain.seq, chain.head) == (2, ended.digest)


def test_what_is_appended_later_follows_what_was_read() -> None:
    chain = an_outing()

    longer = replace(chain, fresh=()).record(act(), "outings.noted")

    assert [event.seq for event in longer.fresh] == [3]
    assert verify((*chain.fresh, *longer.fresh), longer.head) == []


def test_the_events_of_one_kind_are_not_those_of_another_with_the_same_id() -> None:
    events = [replace(event, file=Subject("visit", "7")) for event in an_outing().fresh]

    assert verify(events)[0] == "event 1 was changed"


# --- the hashes ----------------------------------------------------------------------------------


def test_a_content_is_bound_whatever_the_order_of_its_keys() -> None:
    salt = b"s" * 32

    assert commit({"a": 1, "b": "二"}, salt) == commit({"b": "二", "a": 1}, salt)
    assert commit({"a": 1}, salt) != commit({"a": 2}, salt)
    assert commit({"a": 1}, salt) != commit({"a": 1}, b"t" * 32)


def test_a_content_is_bound_as_other_programs_can_compute_it() -> None:
    # What was bound once must verify for ever: HMAC-SHA-256 over the bare JSON in UTF-8.
    plain = '{"text":"灯坏了","urgent":true}'.encode()

    bound = commit({"urgent": True, "text": "灯坏了"}, b"s" * 32)

    assert bound == hmac.new(b"s" * 32, plain, hashlib.sha256).digest()


@pytest.mark.parametrize(
    "other",
    [
        {"before": b"x"},
        {"file": case("2026-00002")},
        {"file": Subject("outing", "2026-00001")},
        {"seq": 2},
        {"happening": "noted"},
        {"act": Act("other", Role.GRID_SECRETARY, MORNING, b"")},
        {"act": Act("me", Role.GRID_WORKER, MORNING, b"")},
        {"act": Act("me", Role.GRID_SECRETARY, MORNING + HOUR, b"")},
        {"commitment": b"d" * 32},
    ],
    ids=str,
)
def test_a_link_binds_everything_that_an_event_says(other: dict[str, Any]) -> None:
    said: dict[str, Any] = {
        "before": b"",
        "file": case("2026-00001"),
        "seq": 1,
        "happening": "filed",
        "act": Act("me", Role.GRID_SECRETARY, MORNING, b"its salt is bound by the commitment"),
        "commitment": b"c" * 32,
    }

    assert link(**said) != link(**{**said, **other})
