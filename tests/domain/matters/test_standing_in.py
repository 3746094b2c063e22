"""What was in hand stays in hand for whoever comes back to it, and for nobody else."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from domain.chain import Act
from domain.matters import life
from domain.matters.matter import Matter, State
from domain.matters.standing_in import in_hand_since
from domain.organisation import Role, Seat
from tests.domain.street import HOUR, MORNING, RULES, act, filed

SEAT = Seat("E1", Role.GRID_SECRETARY)
OTHER = Seat("E1", Role.GRID_WORKER)


def by(person: str) -> Act:
    return act(person, at=MORNING + HOUR)


def lent(matter: Matter, reason: str = "away") -> Matter:
    return life.reassign(matter, by("holder"), seat=SEAT, owner="substitute", reason=reason)


def accepted(matter: Matter, person: str = "holder") -> Matter:
    return life.accept(matter, by(person))


def back(matter: Matter, person: str = "holder") -> object:
    return in_hand_since(matter, matter.fresh, person)


def test_what_the_holder_had_accepted_is_in_hand_again() -> None:
    assert back(lent(accepted(filed()))) == MORNING + HOUR


def test_what_the_substitute_accepted_is_in_hand() -> None:
    assert back(accepted(lent(filed()), "substitute")) == MORNING + HOUR


def test_what_nobody_accepted_is_not() -> None:
    assert back(lent(filed())) is None


def test_it_is_in_hand_for_nobody_else() -> None:
    assert back(lent(accepted(filed())), "colleague") is None


@pytest.mark.parametrize(
    "move",
    [
        lambda one: lent(one, "走错了"),
        lambda one: life.hand_over(one, by("holder"), seat=OTHER, to="substitute"),
        lambda one: life.give_back(
            one, by("holder"), "不归我", seat=OTHER, owner="substitute", rules=RULES
        ),
    ],
)
def test_what_went_to_another_desk_for_another_reason_is_to_be_accepted_anew(
    move: Callable[[Matter], Matter],
) -> None:
    assert back(move(accepted(filed()))) is None


def test_whose_reason_was_erased_is_to_be_accepted_anew() -> None:
    moved = lent(accepted(filed()))
    *earlier, last = moved.fresh

    assert in_hand_since(moved, [*earlier, replace(last, content=None)], "holder") is None


def test_a_case_comes_back_as_it_stood() -> None:
    moved = lent(accepted(filed()))

    again = life.reassign(
        moved, by("holder"), seat=SEAT, owner="holder", reason="back", in_hand_since=MORNING
    )

    assert (again.state, again.accepted_at, again.owner) == (State.ACCEPTED, MORNING, "holder")
