"""The time that everything else is told: the machine's, or the demonstration's movable one."""

import time
from datetime import UTC, datetime, timedelta

from storage.database import Tx, fact

#: The fact that keeps how far ahead the demonstration's clock is, in seconds.
AHEAD = "demo_ahead_seconds"


class Clock:
    """Gives the present moment, aware and in UTC; the demonstration may move it forward."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        """Begin with the machine's time, or so far ahead of it."""
        self.ahead = ahead

    def now(self) -> datetime:
        """Give the present moment."""
        return datetime.now(UTC) + self.ahead

    def seconds(self) -> float:
        """Give seconds that only rise, whatever happens to the machine's time."""
        return time.monotonic() + self.ahead.total_seconds()

    def move(self, span: timedelta) -> datetime:
        """Move forward and give the new present.

        Raises:
            ValueError: the span goes backwards; what has happened stays.
        """
        if span < timedelta():
            raise ValueError("the demonstration's clock only moves forward")
        self.ahead += span
        return self.now()


async def ahead_of(tx: Tx) -> timedelta:
    """Give how far ahead of the machine's time a database's clock is: a demonstration's may be."""
    return timedelta(seconds=float(await fact(tx, AHEAD) or 0))
