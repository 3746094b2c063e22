"""What each step of a matter leaves: who has it, which clocks run, what the chain says."""

from dataclasses import replace
from typing import Any

import pytest

from domain.categories import EMERGENCY, Kind
from domain.errors import Refused, WrongState
from domain.matters import life, merging, verdicts
from domain.matters.matter import OPEN, Happening, Matter, Origin, Outcome, Particulars, State, Step
from domain.organisation import Role, Seat
from domain.working_time import deadline
from tests.domain.matters.test_life import ABOVE, ACTIONS, CLOCKS, WORKER, at
from tests.domain.street import CALENDAR, DAY, HOUR, MORNING, RULES, act, filed


def last(matter: Matter) -> dict[str, Any]:
    """Give what the newest event of a matter says."""
    content = matter.fresh[-1].content
    assert content is not None
    return dict(content)


def test_a_filed_matter_keeps_all_that_the_form_said_and_is_dispatched_at_once() -> None:
    told = Particulars(text="路灯坏了", place_text="3号楼", attachments=("photo",))
    seat = Seat("E1", Role.GRID_SECRETARY)

    matter = filed(
        kind=Kind.DISPUTE,
        particulars=told,
        hide_name=True,
        confidential=True,
        public_space=True,
        dangers=("fire",),
        unconfirmed=True,
        importance=2,
        urgency=2,
        stream="police",
    )

    assert (matter.kind, matter.category, matter.origin) == (Kind.DISPUTE, "lighting", Origin.WEB)
    assert (matter.community, matter.grid, matter.reporter) == ("E", "E1", "resident")
    assert matter.hide_name
    assert matter.confidential
    assert matter.public_space
    assert matter.unconfirmed
    assert (matter.dangers, matter.particulars) == (("fire",), told)
    assert (matter.importance, matter.urgency) == (2, 2)
    assert (matter.seat, matter.accountable, matter.owner) == (seat, seat, "secretary")
    moments = (matter.filed_at, matter.dispatched_at, matter.changed_at, matter.reminded_until)
    assert set(moments) == {MORNING}
    assert [event.happening for event in matter.fresh] == [Happening.FILED, Happening.DISPATCHED]
    assert [event.content for event in matter.fresh] == [
        {
            "kind": "dispute",
            "category": "lighting",
            "origin": "web",
            "text": "路灯坏了",
            "place": "3号楼",
            "attachments": ["photo"],
            "stream": "police",
        },
        {"unit": "E1", "role": "grid_secretary", "owner": "secretary"},
    ]


def test_whoever_is_handed_a_case_begins_anew_and_the_chain_says_who_it_is() -> None:
    later = MORNING + HOUR

    handed = ACTIONS["hand_over"][0](at(State.ACCEPTED), act(at=later))

    assert (handed.state, handed.owner, handed.seat) == (State.DISPATCHED, "worker", WORKER)
    assert (handed.accepted_at, handed.changed_at) == (None, later)
    assert handed.accountable != WORKER
    assert last(handed) == {"to": "worker", "unit": "E1", "role": "grid_worker"}


def test_a_return_begins_anew_and_the_chain_says_why_and_to_whom() -> None:
    later = MORNING + HOUR

    returned = ACTIONS["give_back"][0](at(State.ACCEPTED), act(at=later))

    assert (returned.state, returned.accepted_at) == (State.DISPATCHED, None)
    assert returned.changed_at == later
    assert last(returned) == {
        "reason": "wrong route",
        "to": "community",
        "unit": "E",
        "role": "community_secretary",
    }


def test_who_puts_a_case_on_another_desk_changes_who_is_accountable_and_maybe_the_grid() -> None:
    later = MORNING + HOUR

    moved = life.reassign(
        at(State.ACCEPTED),
        act(at=later),
        seat=Seat("E2", Role.GRID_SECRETARY),
        owner="second",
        reason="the corner is theirs",
        grid="E2",
    )
    same_grid = ACTIONS["reassign"][0](at(State.ACCEPTED), act(at=later))

    assert (moved.state, moved.owner, moved.grid) == (State.DISPATCHED, "second", "E2")
    assert moved.seat == moved.accountable == Seat("E2", Role.GRID_SECRETARY)
    assert (moved.accepted_at, moved.changed_at) == (None, later)
    assert last(moved) == {
        "reason": "the corner is theirs",
        "to": "second",
        "unit": "E2",
        "role": "grid_secretary",
        "grid": "E2",
    }
    assert (same_grid.grid, "grid" in last(same_grid)) == ("E1", False)


@pytest.mark.parametrize("state", [State.ASKED, State.RESOLVED])
def test_another_desk_changes_nothing_of_what_waits_for_the_resident(state: State) -> None:
    waiting = at(state)

    moved = ACTIONS["reassign"][0](waiting, act(at=MORNING + HOUR))

    assert (moved.state, moved.accepted_at) == (state, waiting.accepted_at)
    assert (moved.changed_at, moved.deadline) == (waiting.changed_at, waiting.deadline)


def test_a_question_stops_the_clocks_and_counts_as_a_contact() -> None:
    later = MORNING + HOUR

    asked = life.ask(at(State.ACCEPTED), act(at=later), "which lamp?", **CLOCKS)

    assert (asked.paused_at, asked.contacted_at, asked.changed_at) == (later, later, later)
    assert asked.answer_by == deadline(later, RULES.answer_window, CALENDAR)
    assert last(asked) == {"question": "which lamp?"}


@pytest.mark.parametrize("name", ["contact", "note", "ask", "resolve"])
def test_the_first_contact_stays_the_first(name: str) -> None:
    early, later = MORNING + HOUR, MORNING + 2 * HOUR
    contacted = replace(at(State.ACCEPTED), contacted_at=early)

    fresh = ACTIONS[name][0](at(State.ACCEPTED), act(at=later))

    assert fresh.contacted_at == later
    if name != "contact":
        assert ACTIONS[name][0](contacted, act(at=later)).contacted_at == early


@pytest.mark.parametrize("name", ["answer", "lapse_question"])
def test_after_a_question_the_worker_goes_on(name: str) -> None:
    later = MORNING + 3 * HOUR
    asked = at(State.ASKED)

    after = ACTIONS[name][0](asked, act(at=later))

    assert (after.state, after.answer_by, after.paused_at) == (State.ACCEPTED, None, None)
    assert after.changed_at == later
    assert after.resolve_by > asked.resolve_by
    assert last(after) == ({"text": "there"} if name == "answer" else {"of": "question"})


def test_pictures_stand_in_the_chain_beside_the_words() -> None:
    pictures = ("one", "two")
    said = {"text": "words", "attachments": ["one", "two"]}

    answered = life.answer(at(State.ASKED), act(), "words", pictures, **CLOCKS)
    noted = life.note(at(State.ACCEPTED), act(), "words", pictures)
    added = life.add(filed(), act(), "words", pictures)
    told_above = life.tell_above(filed(), act(), "words", pictures)
    resolved = life.resolve(at(State.ACCEPTED), act(), "words", pictures, **CLOCKS)

    assert last(answered) == last(noted) == last(added) == last(told_above) == said
    assert last(resolved) == {"result": "words", "attachments": ["one", "two"]}
    assert added.particulars.attachments == pictures
    assert added.particulars.text == filed().particulars.text


def test_without_pictures_the_chain_speaks_of_none() -> None:
    assert last(life.tell_above(filed(), act(), "words")) == {"text": "words"}
    assert last(life.add(filed(), act(), "words")) == {"text": "words"}
    assert last(ACTIONS["answer"][0](at(State.ASKED), act())) == {"text": "there"}
    assert last(ACTIONS["note"][0](at(State.ACCEPTED), act())) == {"text": "half done"}
    assert last(ACTIONS["resolve"][0](at(State.ACCEPTED), act())) == {"result": "mended"}


def test_an_override_says_both_scores_and_the_reason_and_counts_anew() -> None:
    later = MORNING + HOUR

    raised = ACTIONS["triage"][0](filed(), act(at=later))

    assert (raised.importance, raised.urgency) == (3, 2)
    assert (raised.changed_at, raised.reminded_until) == (later, later)
    assert last(raised) == {"importance": 3, "urgency": 2, "reason": "a school is near"}


def test_who_says_solved_closes_it_and_is_asked_again_after_some_weeks() -> None:
    later = MORNING + DAY

    closed = verdicts.judge(at(State.RESOLVED), act(at=later), solved=True, **CLOCKS)

    assert (closed.state, closed.outcome, closed.closed_at) == (State.CLOSED, Outcome.SOLVED, later)
    assert (closed.judge_by, closed.recheck_at) == (None, later + RULES.recheck)
    judged, ended = closed.fresh[-2:]
    assert (judged.content, ended.content) == ({"solved": True}, {"outcome": "solved"})


@pytest.mark.parametrize("name", ["judge not solved", "recheck"])
def test_what_is_reopened_begins_anew_in_everything(name: str) -> None:
    later = MORNING + 2 * DAY
    before = at(State.RESOLVED if name == "judge not solved" else State.CLOSED)
    before = replace(before, score=2, climbed_to=ABOVE, reopenings=1)

    reopened = ACTIONS[name][0](before, act(at=later))

    assert (reopened.state, reopened.dispatched_at) == (State.DISPATCHED, later)
    assert (reopened.contact_by, reopened.resolve_by) == (
        deadline(later, RULES.by_urgency[1].contact, CALENDAR),
        deadline(later, RULES.by_urgency[1].resolve, CALENDAR),
    )
    left = (
        *(reopened.outcome, reopened.score, reopened.climbed_to),
        *(reopened.contacted_at, reopened.accepted_at, reopened.resolved_at, reopened.closed_at),
        *(reopened.judge_by, reopened.recheck_at),
    )
    assert set(left) == {None}
    assert (reopened.reopenings, reopened.filed_at) == (2, before.filed_at)
    said, again = reopened.fresh[-2:]
    assert again.happening is Happening.REOPENED
    assert said.content == {"solved" if name == "judge not solved" else "still_solved": False}


def test_a_second_check_that_finds_it_solved_is_the_last() -> None:
    checked = verdicts.recheck(at(State.CLOSED), act(), still_solved=True, **CLOCKS)

    assert (checked.state, checked.recheck_at) == (State.CLOSED, None)
    assert last(checked) == {"still_solved": True}


@pytest.mark.parametrize("score", [1, 5])
def test_a_score_may_be_given_with_words_or_without(score: int) -> None:
    bare = verdicts.rate(at(State.CLOSED), act(), score)
    with_words = verdicts.rate(at(State.CLOSED), act(), score, "quick")

    assert bare.score == with_words.score == score
    assert last(bare) == {"score": score}
    assert last(with_words) == {"score": score, "comment": "quick"}


@pytest.mark.parametrize(
    ("name", "state"),
    [
        (name, state)
        for name in ("withdraw", "merge")
        for state in sorted(OPEN)
        if state in ACTIONS[name][1]
    ],
)
def test_what_ends_early_waits_for_nothing(name: str, state: State) -> None:
    later = MORNING + DAY

    ended = ACTIONS[name][0](at(state), act(at=later))

    assert (ended.closed_at, ended.changed_at, ended.outcome) == (later, later, None)
    assert (ended.answer_by, ended.judge_by, ended.paused_at) == (None, None, None)


def test_a_withdrawal_says_why_where_a_reason_was_given() -> None:
    assert last(life.withdraw(filed(), act())) == {}
    assert last(life.withdraw(filed(), act(), "it works again")) == {"reason": "it works again"}


def test_a_climb_tells_the_next_level_and_leaves_the_case_with_its_owner() -> None:
    climbed = life.climb(filed(), act(), seat=ABOVE, to="community", why=Step.CLIMB)

    assert (climbed.climbed_to, climbed.owner, climbed.seat) == (
        ABOVE,
        "secretary",
        filed().seat,
    )
    said = {"to": "community", "unit": "E", "role": "community_secretary"}
    assert last(climbed) == {**said, "why": "climb"}


def test_whoever_takes_up_an_emergency_owns_it() -> None:
    taken = ACTIONS["take_up"][0](filed(urgency=EMERGENCY), act())

    assert (taken.owner, taken.seat, taken.climbed_to) == ("community", ABOVE, ABOVE)
    said = {"to": "community", "unit": "E", "role": "community_secretary"}
    assert last(taken) == {**said, "why": "acknowledge"}


def test_the_owner_hears_of_the_first_supporters_and_then_ever_more_rarely() -> None:
    told = [count for count in range(1, 1001) if life.is_told(count)]

    assert told == [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
    assert not life.is_told(0)


def test_each_supporter_is_counted_and_a_merged_case_brings_its_own() -> None:
    one = life.support(life.support(filed("2026-00001"), act()), act())
    other = life.support(filed("2026-00002"), act())

    _, kept = merging.merge(other, one, act(), "the same")

    assert one.supporters == 2
    assert kept.supporters == 4


def test_both_chains_say_of_a_merge_with_what_and_why() -> None:
    one, other = filed("2026-00001"), filed("2026-00002")

    merged, kept = merging.merge(other, one, act(), "the same lamp")

    assert last(merged) == {"into": "2026-00001", "reason": "the same lamp"}
    assert kept.fresh[-1].happening is Happening.ABSORBED


@pytest.mark.parametrize("ended", ["from", "into"])
def test_only_open_cases_are_merged(ended: str) -> None:
    over = life.withdraw(filed("2026-00002"), act())
    pair = (over, filed("2026-00001")) if ended == "from" else (filed("2026-00001"), over)

    with pytest.raises(WrongState):
        merging.merge(*pair, act(), "the same")


def test_a_split_and_a_look_behind_a_hidden_name_stand_in_the_chain_with_their_reasons() -> None:
    split = life.mark_split(filed(), act(), "2026-00003", "two in one")
    viewed = life.view_sealed(filed(), act(), "to phone back")
    relinked = life.relink(filed(), act(), reason="by_phone")

    assert last(split) == {"child": "2026-00003", "reason": "two in one"}
    assert last(viewed) == {"reason": "to phone back"}
    assert last(relinked) == {"reason": "by_phone"}


# --- erasing -------------------------------------------------------------------------------------


def test_an_erasure_leaves_nothing_that_the_resident_told_and_no_way_to_them() -> None:
    told = Particulars(text="路灯", place_text="3号楼", attachments=("photo",), phone="138")
    closed = replace(at(State.CLOSED), particulars=told, restricted_until=MORNING + DAY)
    assert closed.recheck_at is not None

    erased = life.erase(closed, act())

    assert erased.erased
    assert (erased.particulars, erased.reporter) == (Particulars(), "")
    assert (erased.recheck_at, erased.restricted_until) == (None, None)
    assert erased.fresh[-1].happening is Happening.ERASED
    assert (erased.number, erased.category, erased.grid) == (
        closed.number,
        closed.category,
        closed.grid,
    )
    assert (erased.state, erased.outcome) == (closed.state, closed.outcome)


def test_what_a_law_keeps_is_kept_from_everybody_and_nobody_is_asked_about_it_again() -> None:
    until = MORNING + 1000 * DAY
    closed = at(State.CLOSED)

    kept = life.restrict(closed, act(), until=until, law="archives")

    assert (kept.reporter, kept.recheck_at, kept.restricted_until) == ("", None, until)
    assert (kept.erased, kept.particulars) == (False, closed.particulars)
    assert last(kept) == {"until": until.isoformat(), "law": "archives"}


@pytest.mark.parametrize("state", State)
def test_only_what_has_ended_is_restricted(state: State) -> None:
    matter = at(state)

    if matter.is_open:
        with pytest.raises(WrongState):
            life.restrict(matter, act(), until=MORNING, law="archives")
    else:
        assert life.restrict(matter, act(), until=MORNING, law="archives").state is state


@pytest.mark.parametrize("gone", [{"erased": True}, {"reporter": ""}])
def test_nobody_comes_back_to_a_case_whose_reporter_was_erased(gone: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        life.relink(replace(filed(), **gone), act(), reason="by_phone")

    assert refused.value.reason == "nobody_to_relink"


def test_what_was_written_is_no_longer_fresh() -> None:
    matter = filed()

    written = life.stored(matter)

    assert (written.fresh, written.version) == ((), matter.version + 1)
    assert (written.seq, written.head) == (matter.seq, matter.head)
