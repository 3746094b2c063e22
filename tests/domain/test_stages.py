"""Procedures as stages: who owes what by when, what is refused, and that everything ends."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import Refused, WrongState
from domain.stages import (
    BACK,
    Clock,
    Move,
    Need,
    Procedure,
    Stage,
    Standing,
    begin,
    explore,
    move,
    problems,
    redate,
)
from domain.working_time import Allowance
from tests.domain.street import CALENDAR, DAY, HOUR, MORNING

SIGNED = Need(record="signed", refusal="needs_signature")
TOLD = Need(record="told", refusal="told_already")
CLERK = frozenset({"clerk"})
#: Made up: a book is lent, once somebody has signed for it.
LENDING = Procedure(
    name="lending",
    stages=(
        Stage(name="asked", owed_by="reader", span="days", next="sign"),
        Stage(name="lent", owed_by="clerk", span="weeks", next="take_back", needs=(SIGNED,)),
        Stage(name="stopped", owed_by="clerk", span="days", next="decide"),
        Stage(name="back"),
    ),
    moves=(
        Move(
            name="sign",
            of=frozenset({"asked"}),
            to="lent",
            by=frozenset({"reader", "clerk"}),
            gives=frozenset({"signed"}),
        ),
        Move(name="lose", of=frozenset({"asked"}), to="back", by=CLERK, reasoned=True),
        Move(
            name="tell",
            of=frozenset({"lent"}),
            to="lent",
            by=CLERK,
            gives=frozenset({"told"}),
            once=TOLD,
        ),
        Move(
            name="stop",
            of=frozenset({"lent", "stopped"}),
            to="stopped",
            by=CLERK,
            suspends=True,
            reasoned=True,
        ),
        Move(name="go_on", of=frozenset({"stopped"}), to=BACK, by=CLERK),
        Move(name="return", of=frozenset({"lent"}), to="back", by=CLERK),
    ),
)
CLOCK = Clock({"days": Allowance(hours=16), "weeks": Allowance(hours=80)}.__getitem__, CALENDAR)


def step(standing: Standing, name: str, *, after: timedelta = HOUR, **given: object) -> Standing:
    return move(
        LENDING,
        standing,
        name,
        **{  # type: ignore[arg-type]
            "by": "clerk",
            "records": {"signed"},
            "at": standing.since + after,
            "clock": CLOCK,
            "number": "2026-00001",
            "reason": "because",
            **given,
        },
    )


ASKED = begin(LENDING, MORNING, CLOCK)
LENT = step(ASKED, "sign")


def test_it_begins_at_its_first_stage_with_the_deadline_of_that() -> None:
    assert (ASKED.stage, ASKED.since, ASKED.due_at) == ("asked", MORNING, MORNING + 2 * DAY)


def test_a_step_leads_to_a_stage_with_a_deadline_of_its_own() -> None:
    assert LENT.stage == "lent"
    assert CALENDAR.elapsed(LENT.since, LENT.due_at) == timedelta(hours=80)
    assert not LENT.is_late(LENT.due_at)
    assert LENT.is_late(LENT.due_at + timedelta(microseconds=1))


def test_without_the_record_nothing_gets_into_the_stage_that_needs_it() -> None:
    with pytest.raises(Refused) as refused:
        step(ASKED, "sign", records=())

    assert refused.value.reason == "needs_signature"


@pytest.mark.parametrize(
    ("standing", "name", "by"),
    [
        (ASKED, "return", "clerk"),
        (LENT, "sign", "reader"),
        (LENT, "return", "reader"),
        (LENT, "burn", "clerk"),
        (step(LENT, "return"), "sign", "clerk"),
    ],
)
def test_what_does_not_fit_the_stage_or_the_party_is_refused(
    standing: Standing, name: str, by: str
) -> None:
    with pytest.raises(WrongState) as refused:
        step(standing, name, by=by)

    assert refused.value.fields["state"] == LENDING.stage_name(standing.stage)


def test_what_needs_a_reason_is_refused_without_one() -> None:
    with pytest.raises(Refused) as refused:
        step(ASKED, "lose", reason="  ")

    assert refused.value.reason == "reason_needed"


def test_what_may_be_done_once_is_refused_the_second_time() -> None:
    assert step(LENT, "tell") == LENT
    with pytest.raises(Refused) as refused:
        step(LENT, "tell", records={"signed", "told"})

    assert refused.value.reason == "told_already"


def test_what_is_made_by_the_step_itself_counts_for_it() -> None:
    assert step(ASKED, "sign", records=(), made={"signed"}).stage == "lent"
    assert step(LENT, "tell", made={"told"}) == LENT


def test_an_end_owes_nothing() -> None:
    back = step(LENT, "return")

    assert (back.stage, back.due_at, LENDING.stage("back").is_end) == ("back", None, True)
    assert not back.is_late(MORNING + 900 * DAY)


@pytest.mark.parametrize("paused", [HOUR, DAY, 5 * DAY])
def test_the_clock_of_a_stage_stands_still_while_it_is_suspended(paused: timedelta) -> None:
    stopped = step(LENT, "stop")

    again = step(stopped, "go_on", after=paused)

    assert (stopped.stage, stopped.suspended) == ("stopped", "lent")
    assert stopped.due_at is not None  # somebody has to decide how it goes on
    assert (again.stage, again.suspended) == ("lent", "")
    left = CALENDAR.elapsed(stopped.since, LENT.due_at)
    assert CALENDAR.elapsed(again.since, again.due_at) == left


def test_suspended_longer_it_still_goes_back_to_what_it_was() -> None:
    longer = step(step(LENT, "stop"), "stop")

    assert (longer.suspended, longer.suspended_due) == ("lent", LENT.due_at)


def test_deadlines_are_counted_anew_from_the_beginning_of_the_stage() -> None:
    stopped = step(LENT, "stop")

    moved = redate(stopped, lambda begin, due: due + DAY)

    assert moved.due_at == stopped.due_at + DAY
    assert moved.suspended_due == LENT.due_at + DAY
    ended = step(LENT, "return")
    assert redate(ended, lambda begin, due: due + DAY) == ended


def test_everything_that_can_happen_is_found() -> None:
    explored = explore(LENDING)

    assert {(one.stage, one.suspended) for one in explored.states} == {
        ("asked", ""),
        ("lent", ""),
        ("stopped", "lent"),
        ("back", ""),
    }
    assert all("signed" in one.records for one in explored.states if one.stage == "lent")


def test_a_sound_procedure_has_no_problems() -> None:
    assert problems(LENDING) == []


def changed(**stage: object) -> Procedure:
    lent = replace(LENDING.stage("lent"), **stage)  # type: ignore[arg-type]
    return replace(
        LENDING, stages=tuple(lent if one.name == "lent" else one for one in LENDING.stages)
    )


def with_moves(*moves: Move, without: str = "") -> Procedure:
    kept = tuple(one for one in LENDING.moves if one.name != without)
    return replace(LENDING, moves=(*kept, *moves))


@pytest.mark.parametrize(
    ("procedure", "said"),
    [
        (changed(span=""), "lent has no deadline"),
        (changed(next=""), "lent has no next step"),
        (changed(owed_by="reader"), "reader owes something in lent and can do nothing"),
        (changed(needs=(TOLD,)), "lent is never reached"),
        (changed(needs=(TOLD,)), "go_on can never be made"),
        (with_moves(without="return"), "nothing ends lent"),
        (
            with_moves(Move(name="x", of=frozenset({"lent"}), to="moon", by=CLERK)),
            "x leads to moon, which is no stage",
        ),
        (
            with_moves(Move(name="x", of=frozenset({"moon"}), to="lent", by=CLERK)),
            "x can be made in moon, which is no stage",
        ),
        (
            with_moves(Move(name="x", of=frozenset({"back"}), to="lent", by=CLERK)),
            "back is an end, and something can be done in it",
        ),
    ],
)
def test_what_is_wrong_with_a_procedure_is_told(procedure: Procedure, said: str) -> None:
    assert said in problems(procedure)
