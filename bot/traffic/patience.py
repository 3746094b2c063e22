"""How long the sender waits before it tries again, and how often it does."""

from dataclasses import dataclass
from datetime import timedelta

#: How long a message waits for its pictures to be fetched before it goes without them.
PICTURE_PATIENCE = timedelta(minutes=10)
#: How often it looks whether they are there, at first and at most.
PICTURE_PAUSE = timedelta(seconds=1)
LONGEST_PICTURE_PAUSE = timedelta(seconds=15)


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long to go on trying."""

    tries_max: int
    timeout: timedelta
    first: timedelta
    longest: timedelta

    def pause(self, tries: int) -> timedelta:
        """Give the pause after so many failed tries: doubling, up to the longest."""
        doubled: timedelta = self.first * (1 << min(tries, 20))
        return min(doubled, self.longest)
