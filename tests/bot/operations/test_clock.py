"""The movable clock."""

from datetime import timedelta

from bot.operations.clock import Clock


def test_what_is_counted_in_seconds_moves_with_the_clock():
    clock = Clock()
    before = clock.seconds()

    clock.move(timedelta(minutes=5))

    assert clock.seconds() - before >= 300
