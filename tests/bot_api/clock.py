"""The time the fake believes in: the machine's own, moved or stopped on request."""

import time
from datetime import datetime


class Clock:
    """Unix seconds for dates, retention and limits; long polls always wait in real time."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._stopped_at: float | None = None

    def now(self) -> float:
        if self._stopped_at is not None:
            return self._stopped_at
        return time.time() + self._ahead

    def stop(self) -> None:
        """Let no time pass except by `advance` and `set`."""
        self._stopped_at = self.now()

    def run(self) -> None:
        """Go on from the present reading at the machine's pace."""
        now = self.now()
        self._stopped_at = None
        self._ahead = now - time.time()

    def advance(self, seconds: float) -> None:
        if self._stopped_at is not None:
            self._stopped_at += seconds
        else:
            self._ahead += seconds

    def set(self, moment: datetime) -> None:
        """Raises ValueError for a naive moment."""
        if moment.tzinfo is None:
            raise ValueError("the clock is set to an aware moment")
        self.advance(moment.timestamp() - self.now())
