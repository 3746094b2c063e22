"""Done and due, both: each round counts where its day lies, and again until it is made."""

from datetime import UTC, datetime

import pytest

from domain.visits.coverage import Coverage, Round, coverage_of


def at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 10, tzinfo=UTC)


BEGINS, ENDS = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
NOW = at(11, 20)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (Round("E1", at(11, 10), at(11, 9)), Coverage(due=1, done=1)),
        (Round("E1", at(11, 10), at(10, 30)), Coverage(due=1, done=1)),  # before the month
        (Round("E1", at(11, 10)), Coverage(due=1, late=1)),
        (Round("E1", at(11, 25)), Coverage(due=1)),
        (Round("E1", at(10, 20)), Coverage(due=1, late=1)),  # left over
        (Round("E1", at(10, 20), at(11, 3)), Coverage(due=1, done=1)),
        (Round("E1", at(10, 20), at(10, 25)), Coverage()),
        (Round("E1", at(11, 28), at(12, 3)), Coverage(due=1)),
        (Round("E1", at(12, 3), at(11, 28)), Coverage()),  # counts in December
        (Round("E1", at(11, 10), at(11, 9), declined=True), Coverage(declined=1)),
        (Round("E1", BEGINS), Coverage(due=1, late=1)),
        (Round("E1", ENDS), Coverage()),
        (Round("E2", at(11, 10)), Coverage()),
    ],
)
def test_where_a_round_counts(one: Round, expected: Coverage) -> None:
    assert coverage_of([one], ["E1"], BEGINS, ENDS, NOW)["E1"] == expected


def test_the_figures_of_several_grids_add_up_and_keep_their_order() -> None:
    rounds = [Round("E2", at(11, 10), at(11, 9)), Round("E1", at(11, 10))]

    found = coverage_of(rounds, ["E1", "E2"], BEGINS, ENDS, NOW)

    assert list(found) == ["E1", "E2"]
    assert sum(found.values(), Coverage()) == Coverage(due=2, done=1, late=1)


def test_both_figures_are_said_and_nothing_due_is_no_hundred_percent() -> None:
    assert Coverage(due=4, done=3).said.fields["percent"] == "75%"
    assert Coverage(due=4, done=3).said.fields["due"] == 4
    assert Coverage(declined=2).said.key == "visits.coverage_none"
