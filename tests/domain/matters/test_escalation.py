"""What counts when much is due at once."""

import pytest

from domain.matters.clock import Timer
from domain.matters.escalation import what_counts
from domain.matters.matter import Step
from tests.scheduler.desk import at


def due(*steps: Step) -> list[Timer]:
    """Make timers that are due one after the other."""
    return [Timer(at(24, 9, minute), step) for minute, step in enumerate(steps)]


@pytest.mark.parametrize(
    ("together", "counts"),
    [
        ((), set()),
        ((Step.CONTACT_SOON,), {Step.CONTACT_SOON}),
        ((Step.CONTACT_SOON, Step.CONTACT_DUE), {Step.CONTACT_DUE}),
        ((Step.CONTACT_DUE, Step.RESOLVE_SOON), {Step.CONTACT_DUE}),
        ((Step.CONTACT_DUE, Step.RESOLVE_DUE, Step.CLIMB, Step.CLIMB), {Step.RESOLVE_DUE}),
        ((Step.CLIMB, Step.CLIMB), {Step.CLIMB}),
        ((Step.ACKNOWLEDGE, Step.CONTACT_DUE), {Step.ACKNOWLEDGE, Step.CONTACT_DUE}),
        ((Step.UNSEEN, Step.JUDGE_REMIND), {Step.UNSEEN, Step.JUDGE_REMIND}),
        ((Step.UNSEEN, Step.JUDGE_REMIND, Step.JUDGE_LAPSED), {Step.UNSEEN, Step.JUDGE_REMIND}),
        ((Step.UNSEEN, Step.JUDGE_LAPSED), {Step.JUDGE_LAPSED}),
        ((Step.ANSWER_REMIND, Step.ANSWER_LAPSED), {Step.ANSWER_REMIND}),
        ((Step.RECHECK,), {Step.RECHECK}),
    ],
)
def test_of_what_is_due_together_the_gravest_counts_once(
    together: tuple[Step, ...], counts: set[Step]
) -> None:
    chosen = what_counts(due(*together))

    assert {timer.step for timer in chosen} == counts
    assert len(chosen) == len(counts)
