"""The life of a matter: what may follow what, a chain that cannot be changed, clocks that stop."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.categories import EMERGENCY, Kind
from domain.chain import Act, verify
from domain.errors import Refused, UserError, WrongState
from domain.matters import life, merging, referral, verdicts
from domain.matters.clock import Timer, next_timer, timers
from domain.matters.escalation import due_timers, what_counts
from domain.matters.matter import (
    IN_HAND,
    MOVABLE,
    OPEN,
    Matter,
    NextAction,
    Origin,
    Outcome,
    State,
    Step,
    state_name,
)
from domain.organisation import Responsible, Role, Seat
from domain.subjects import Subject
from domain.working_time import deadline
from tests.domain.street import CALENDAR, DAY, HOUR, MORNING, RULES, act, filed

WORKER = Seat("E1", Role.GRID_WORKER)
ABOVE = Seat("E", Role.COMMUNITY_SECRETARY)
DESK = Seat("E", Role.WINDOW_CLERK)
BACK = Responsible(ABOVE, "community")
CLOCKS = {"rules": RULES, "calendar": CALENDAR}

Do = Callable[[Matter, Act], Matter]

#: Everything that can be done to a matter, with the states in which it may be done.
ACTIONS: dict[str, tuple[Do, frozenset[State]]] = {
    "accept": (life.accept, frozenset({State.DISPATCHED})),
    "hand_over": (
        lambda one, by: life.hand_over(one, by, seat=WORKER, to="worker"),
        frozenset({State.DISPATCHED, State.ACCEPTED}),
    ),
    "give_back": (
        lambda one, by: life.give_back(
            one, by, "wrong route", seat=ABOVE, owner="community", rules=RULES
        ),
        frozenset({State.DISPATCHED, State.ACCEPTED}),
    ),
    "reassign": (
        lambda one, by: life.reassign(one, by, seat=ABOVE, owner="community", reason="better"),
        MOVABLE,
    ),
    "contact": (life.contact, frozenset({State.ACCEPTED})),
    "ask": (lambda one, by: life.ask(one, by, "where?", **CLOCKS), frozenset({State.ACCEPTED})),
    "answer": (
        lambda one, by: life.answer(one, by, "there", **CLOCKS),
        frozenset({State.ASKED}),
    ),
    "lapse_question": (
        lambda one, by: life.lapse_question(one, by, **CLOCKS),
        frozenset({State.ASKED}),
    ),
    "note": (
        lambda one, by: life.note(one, by, "half done"),
        frozenset({State.ACCEPTED, State.ASKED}),
    ),
    "add": (lambda one, by: life.add(one, by, "more", ("photo",)), OPEN),
    "triage": (
        lambda one, by: life.triage(
            one, by, importance=3, urgency=2, reason="a school is near", **CLOCKS
        ),
        IN_HAND,
    ),
    "resolve": (
        lambda one, by: life.resolve(one, by, "mended", (), **CLOCKS),
        frozenset({State.ACCEPTED}),
    ),
    "judge solved": (
        lambda one, by: verdicts.judge(one, by, solved=True, **CLOCKS),
        frozenset({State.RESOLVED}),
    ),
    "judge not solved": (
        lambda one, by: verdicts.judge(one, by, solved=False, **CLOCKS),
        frozenset({State.RESOLVED}),
    ),
    "lapse_verdict": (
        lambda one, by: verdicts.lapse_verdict(one, by, seen=True, rules=RULES),
        frozenset({State.RESOLVED}),
    ),
    "rate": (lambda one, by: verdicts.rate(one, by, 5), frozenset({State.CLOSED})),
    "recheck": (
        lambda one, by: verdicts.recheck(one, by, still_solved=False, **CLOCKS),
        frozenset({State.CLOSED}),
    ),
    "withdraw": (life.withdraw, OPEN),
    "refer": (
        lambda one, by: referral.refer(
            one,
            Subject("order", "7"),
            by,
            seat=DESK,
            owner="agent",
            due_at=by.at + 2 * DAY,
            what="agency",
        ),
        IN_HAND,
    ),
    "proceed": (
        lambda one, by: referral.proceed(one, by, seat=DESK, owner="other", due_at=by.at + DAY),
        frozenset({State.REFERRED}),
    ),
    "conclude": (
        lambda one, by: referral.conclude(one, by, "done for you", desk=BACK, **CLOCKS),
        frozenset({State.REFERRED}),
    ),
    "take back": (
        lambda one, by: referral.take_back(one, by, "nobody signed", desk=BACK, **CLOCKS),
        frozenset({State.REFERRED}),
    ),
    "take_up": (
        lambda one, by: life.take_up(one, by, seat=ABOVE, owner="community"),
        frozenset({State.DISPATCHED}),
    ),
    "support": (life.support, OPEN),
    "merge": (
        lambda one, by: merging.merge(one, filed("2026-00002"), by, "the same")[0],
        MOVABLE,
    ),
    "mark_split": (
        lambda one, by: life.mark_split(one, by, "2026-00003", "two in one"),
        IN_HAND,
    ),
}


def at(state: State) -> Matter:
    """Bring a matter into a state."""
    matter = filed()
    path = {
        State.DISPATCHED: (),
        State.ACCEPTED: ("accept",),
        State.ASKED: ("accept", "ask"),
        State.REFERRED: ("accept", "refer"),
        State.RESOLVED: ("accept", "resolve"),
        State.CLOSED: ("accept", "resolve", "judge solved"),
        State.WITHDRAWN: ("withdraw",),
        State.MERGED: ("merge",),
    }[state]
    for name in path:
        matter = ACTIONS[name][0](matter, act())
    assert matter.state is state
    return matter


# --- states --------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_fits_some_states_and_is_refused_in_all_others(name: str, state: State) -> None:
    do, fitting = ACTIONS[name]
    matter = at(state)

    if state in fitting:
        after = do(matter, act())
        assert after.seq > matter.seq
        assert after.fresh[: len(matter.fresh)] == matter.fresh
        return
    with pytest.raises(UserError) as refused:
        do(matter, act())
    if (name, state) == ("merge", State.REFERRED):
        assert getattr(refused.value, "reason", "") == "merge_referred"
    else:
        assert isinstance(refused.value, WrongState)
        assert refused.value.fields == {"number": matter.number, "state": state_name(state)}


@pytest.mark.parametrize(
    ("state", "action"),
    [
        (State.DISPATCHED, NextAction.ACCEPT),
        (State.ACCEPTED, NextAction.CONTACT),
        (State.ASKED, NextAction.ANSWER),
        (State.REFERRED, NextAction.PROCEED),
        (State.RESOLVED, NextAction.JUDGE),
        (State.CLOSED, NextAction.NOTHING),
        (State.WITHDRAWN, NextAction.NOTHING),
        (State.MERGED, NextAction.NOTHING),
    ],
)
def test_a_state_says_what_comes_next(state: State, action: NextAction) -> None:
    matter = at(state)

    assert matter.next_action is action
    assert (matter.deadline is None) is (action is NextAction.NOTHING)


def test_handing_over_to_the_owner_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        life.hand_over(filed(), act(), seat=WORKER, to="secretary")

    assert refused.value.reason == "already_theirs"


def test_ping_pong_is_capped() -> None:
    matter = filed()
    for _ in range(RULES.max_returns):
        matter = ACTIONS["give_back"][0](matter, act())

    with pytest.raises(Refused) as refused:
        ACTIONS["give_back"][0](matter, act())

    assert refused.value.reason == "too_many_returns"


def test_a_return_keeps_the_clocks_and_the_accountable_seat() -> None:
    matter = at(State.ACCEPTED)

    returned = ACTIONS["give_back"][0](matter, act(at=MORNING + HOUR))

    assert (returned.contact_by, returned.resolve_by) == (matter.contact_by, matter.resolve_by)
    assert returned.accountable == matter.accountable
    assert (returned.owner, returned.seat, returned.returns) == ("community", ABOVE, 1)


def test_a_first_contact_is_noted_once() -> None:
    contacted = life.contact(at(State.ACCEPTED), act())

    with pytest.raises(Refused) as refused:
        life.contact(contacted, act())

    assert refused.value.reason == "already_contacted"


def test_not_solved_reopens_with_new_clocks() -> None:
    later = MORNING + 2 * DAY

    reopened = verdicts.judge(at(State.RESOLVED), act(at=later), solved=False, **CLOCKS)

    assert (reopened.state, reopened.reopenings) == (State.DISPATCHED, 1)
    assert reopened.contact_by == deadline(later, RULES.by_urgency[1].contact, CALENDAR)
    assert reopened.contacted_at is None


@pytest.mark.parametrize(
    ("seen", "outcome"), [(True, Outcome.NO_ANSWER), (False, Outcome.UNREACHABLE)]
)
def test_silence_is_never_counted_as_satisfied(seen: bool, outcome: Outcome) -> None:
    closed = verdicts.lapse_verdict(at(State.RESOLVED), act(), seen=seen, rules=RULES)

    assert (closed.outcome, closed.recheck_at) == (outcome, None)


def test_only_what_was_called_solved_is_checked_again() -> None:
    silent = verdicts.lapse_verdict(at(State.RESOLVED), act(), seen=True, rules=RULES)

    with pytest.raises(WrongState):
        verdicts.recheck(silent, act(), still_solved=True, **CLOCKS)


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_is_one_to_five(score: int) -> None:
    with pytest.raises(Refused):
        verdicts.rate(at(State.CLOSED), act(), score)


@pytest.mark.requirement("M-12")
def test_merging_keeps_both_chains_and_names_the_source() -> None:
    one, other = filed("2026-00001"), filed("2026-00002")

    merged, kept = merging.merge(other, one, act(), "the same lamp")

    assert (merged.state, merged.merged_into) == (State.MERGED, one.number)
    assert kept.fresh[-1].content == {
        "number": other.number,
        "origin": other.origin,
        "reason": "the same lamp",
    }
    assert kept.supporters == 1


@pytest.mark.requirement("M-12")
@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize("kind", Kind)
def test_the_same_thing_from_two_channels_is_merged_and_both_sources_are_kept(
    kind: Kind, origin: Origin
) -> None:
    about = {"kind": kind, "confidential": kind is Kind.DISPUTE}
    one = filed("2026-00001", origin=Origin.WINDOW, **about)
    other = filed("2026-00002", origin=origin, **about)

    merged, kept = merging.merge(other, one, act(), "the same")

    assert (merged.state, merged.origin, kept.origin) == (State.MERGED, origin, Origin.WINDOW)
    assert [event.content["origin"] for event in (merged.fresh[0], kept.fresh[0])] == [
        origin,
        Origin.WINDOW,
    ]
    assert kept.fresh[-1].content["origin"] == origin


@pytest.mark.parametrize(
    ("into", "reason"),
    [
        (filed("2026-00001"), "merge_with_itself"),
        (filed("2026-00002", confidential=True), "merge_confidential"),
    ],
)
def test_what_cannot_be_merged_is_refused(into: Matter, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        merging.merge(filed("2026-00001"), into, act(), "the same")

    assert refused.value.reason == reason


# --- priority ------------------------------------------------------------------------------------


@pytest.mark.requirement("D-06")
@pytest.mark.parametrize(
    ("scores", "why", "reason"),
    [((1, 1), "no change", "same_priority"), ((2, 2), "  ", "reason_needed")],
)
def test_an_override_needs_a_change_and_a_reason(
    scores: tuple[int, int], why: str, reason: str
) -> None:
    importance, urgency = scores

    with pytest.raises(Refused) as refused:
        life.triage(filed(), act(), importance=importance, urgency=urgency, reason=why, **CLOCKS)

    assert refused.value.reason == reason


@pytest.mark.requirement("D-06")
def test_an_override_counts_the_deadlines_anew_from_dispatch() -> None:
    raised = life.triage(
        filed(), act(at=MORNING + HOUR), importance=2, urgency=2, reason="a school", **CLOCKS
    )

    assert raised.contact_by == deadline(MORNING, RULES.by_urgency[2].contact, CALENDAR)
    assert raised.resolve_by == deadline(MORNING, RULES.by_urgency[2].resolve, CALENDAR)


def test_what_becomes_an_emergency_climbs_from_that_moment_on() -> None:
    late = MORNING + 5 * HOUR

    raised = life.triage(
        filed(), act(at=late), importance=3, urgency=EMERGENCY, reason="fire", **CLOCKS
    )

    assert next_timer(raised, RULES, CALENDAR) == Timer(
        late + RULES.acknowledge, Step.ACKNOWLEDGE, 1
    )


@pytest.mark.parametrize("name", ["hand_over", "give_back", "reassign"])
def test_whoever_is_given_an_emergency_has_to_acknowledge_it_anew(name: str) -> None:
    late = MORNING + 5 * HOUR
    emergency = replace(filed(urgency=EMERGENCY), reminded_until=late)

    given = ACTIONS[name][0](emergency, act(at=late))

    assert next_timer(given, RULES, CALENDAR) == Timer(
        late + RULES.acknowledge, Step.ACKNOWLEDGE, 1
    )


# --- clocks --------------------------------------------------------------------------------------


def test_both_clocks_run_in_working_time_from_dispatch() -> None:
    matter = filed()  # 09:00 on a Tuesday: 7 working hours are left of it

    assert matter.contact_by == MORNING + DAY
    assert matter.resolve_by == datetime.fromisoformat("2026-12-01T01:00:00+00:00")


@pytest.mark.parametrize("paused", [HOUR, DAY, 3 * DAY])
def test_the_clock_stands_still_while_the_resident_is_asked(paused: timedelta) -> None:
    asked = life.ask(at(State.ACCEPTED), act(at=MORNING + HOUR), "where?", **CLOCKS)

    answered = life.answer(asked, act(at=MORNING + HOUR + paused), "there", **CLOCKS)

    left = CALENDAR.elapsed(MORNING + HOUR, asked.resolve_by)
    assert CALENDAR.elapsed(MORNING + HOUR + paused, answered.resolve_by) == left
    assert answered.paused_at is None


def test_a_paused_matter_is_not_overdue() -> None:
    asked = at(State.ASKED)

    assert not asked.is_overdue(asked.resolve_by + 30 * DAY)
    assert at(State.ACCEPTED).is_overdue(asked.resolve_by + 30 * DAY)


def fired(matter: Matter, days: int = 60) -> list[Timer]:
    """Let every timer of a matter fire, one after the other, for so many days."""
    found = []
    end = MORNING + days * DAY
    while (timer := next_timer(matter, RULES, CALENDAR)) is not None and timer.due_at <= end:
        found.append(timer)
        matter = replace(matter, reminded_until=timer.due_at)
    return found


def test_a_worker_is_reminded_before_and_at_each_deadline_and_then_it_climbs() -> None:
    steps = [timer.step for timer in fired(filed())]

    assert steps[:4] == [Step.CONTACT_SOON, Step.CONTACT_DUE, Step.RESOLVE_SOON, Step.RESOLVE_DUE]
    assert set(steps[4:]) == {Step.CLIMB}


def test_a_timer_that_has_fired_does_not_fire_again() -> None:
    moments = [timer.due_at for timer in fired(filed())]

    assert moments == sorted(moments)
    assert len(set(moments)) == len(moments)


def test_an_emergency_climbs_every_quarter_of_an_hour_until_it_is_accepted() -> None:
    emergency = filed(urgency=EMERGENCY)

    climbs = [timer for timer in fired(emergency) if timer.step is Step.ACKNOWLEDGE]
    accepted = [timer.step for timer in fired(life.accept(emergency, act()))]

    assert climbs[0] == Timer(MORNING + timedelta(minutes=15), Step.ACKNOWLEDGE, 1)
    assert climbs[1].due_at - climbs[0].due_at == timedelta(minutes=15)
    assert Step.ACKNOWLEDGE not in accepted


@pytest.mark.parametrize("urgency", [1, 2, EMERGENCY])
@pytest.mark.parametrize("state", [State.DISPATCHED, State.ACCEPTED])
def test_a_matter_that_is_neglected_for_a_year_is_brought_up_to_its_end(
    urgency: int, state: State
) -> None:
    neglected = replace(at(state), urgency=urgency)

    moments = [timer.due_at for timer in fired(neglected, days=365)]

    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert max(gaps) <= 14 * DAY  # the longest holidays, with the working week around them
    assert moments[-1] > MORNING + 350 * DAY
    assert len(moments) < 600


def test_an_emergency_that_nobody_accepts_is_never_silent_for_more_than_an_hour() -> None:
    moments = [timer.due_at for timer in fired(filed(urgency=EMERGENCY), days=1)]

    assert max(later - earlier for earlier, later in pairwise(moments)) <= HOUR


def test_after_a_long_downtime_an_overdue_matter_climbs_once() -> None:
    late = MORNING + 300 * DAY
    matter = at(State.ACCEPTED)

    due = due_timers(matter, RULES, CALENDAR, late)
    told = replace(matter, reminded_until=due[-1].due_at)

    assert {timer.step for timer in what_counts(due)} == {Step.RESOLVE_DUE}
    assert due_timers(told, RULES, CALENDAR, late) == ()
    assert next_timer(told, RULES, CALENDAR).due_at > late


def test_a_resident_is_reminded_once_and_then_left_in_peace() -> None:
    steps = [timer.step for timer in fired(at(State.RESOLVED))]

    assert sorted(steps) == sorted([Step.UNSEEN, Step.JUDGE_REMIND, Step.JUDGE_LAPSED])


def test_a_change_of_state_voids_the_timers_before_it() -> None:
    late = MORNING + 10 * DAY
    resolved = life.resolve(at(State.ACCEPTED), act(at=late), "mended", (), **CLOCKS)

    assert all(timer.due_at > late for timer in fired(resolved))


def test_a_solved_matter_is_asked_about_after_thirty_days_and_then_never_again() -> None:
    closed = at(State.CLOSED)

    assert fired(closed) == [Timer(MORNING + 30 * DAY, Step.RECHECK)]
    assert fired(verdicts.recheck(closed, act(), still_solved=True, **CLOCKS)) == []


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.MERGED])
def test_the_clock_leaves_ended_matters_alone(state: State) -> None:
    assert list(timers(at(state), RULES, CALENDAR, MORNING)) == []


# --- any order of things -------------------------------------------------------------------------


class AnyLife(RuleBasedStateMachine):
    """A matter to which anything happens at any time: it never has nothing to come."""

    def __init__(self) -> None:
        super().__init__()
        self.matter = filed()
        self.now = MORNING

    @rule(name=st.sampled_from(sorted(ACTIONS)), minutes=st.integers(0, 10_000))
    def something_happens(self, name: str, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        do, fitting = ACTIONS[name]
        before = self.matter
        try:
            self.matter = do(before, act(at=self.now))
        except UserError:
            assert self.matter is before
        else:
            assert before.state in fitting

    @rule()
    @precondition(lambda self: next_timer(self.matter, RULES, CALENDAR) is not None)
    def the_clock_fires(self) -> None:
        timer = next_timer(self.matter, RULES, CALENDAR)
        assert timer is not None
        assert timer.due_at > self.matter.reminded_until
        self.now = max(self.now, timer.due_at)
        self.matter = replace(self.matter, reminded_until=timer.due_at)

    @invariant()
    def an_open_matter_has_an_owner_a_deadline_and_a_next_action(self) -> None:
        assert (self.matter.next_action is NextAction.NOTHING) is not self.matter.is_open
        assert (self.matter.deadline is None) is not self.matter.is_open
        if self.matter.is_open:
            assert self.matter.owner
        else:
            assert self.matter.closed_at is not None

    @invariant()
    def the_clock_stands_still_only_while_the_resident_is_asked(self) -> None:
        assert (self.matter.paused_at is not None) is (self.matter.state is State.ASKED)

    @invariant()
    def only_what_a_procedure_has_is_referred_and_its_deadline_is_the_procedures(self) -> None:
        assert (self.matter.referral is not None) is (self.matter.state is State.REFERRED)
        assert self.matter.referred_to in (None, Subject("order", "7"))

    @invariant()
    def the_chain_verifies(self) -> None:
        assert verify(self.matter.fresh, self.matter.head) == []


AnyLife.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
test_any_life = AnyLife.TestCase
