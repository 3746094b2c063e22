"""What was written a moment ago is found again, once, and never more than a bounded lot."""

from storage.recent_values import RecentValues


def test_what_was_kept_is_given_once() -> None:
    fresh: RecentValues[str] = RecentValues()

    assert fresh.keep(b"one", "value") == b"one"

    assert fresh.take(b"one") == "value"
    assert fresh.take(b"one") is None


def test_the_oldest_is_forgotten_first() -> None:
    fresh: RecentValues[int] = RecentValues(kept=2)
    for number in range(3):
        fresh.keep(bytes([number]), number)

    assert [fresh.take(bytes([number])) for number in range(3)] == [None, 1, 2]
