"""What was written a moment ago and is read again at once, such as an answer to be sent.

A sealed value is never the same twice, so its bytes name what was sealed. Whoever finds it here
need not unseal and rebuild it; whoever does not, as in another process, reads the table.
"""

from typing import Generic, TypeVar

Value = TypeVar("Value")
#: Enough for what waits between a commit and its sender; more is read from the table.
_KEPT = 2_000


class RecentValues(Generic[Value]):
    """Values by their sealed bytes; the oldest are forgotten first."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._values: dict[bytes, Value] = {}

    def keep(self, sealed: bytes, value: Value) -> bytes:
        """Remember what was sealed, and give the sealed bytes back."""
        if len(self._values) >= self._kept:
            del self._values[next(iter(self._values))]
        self._values[sealed] = value
        return sealed

    def take(self, sealed: bytes) -> Value | None:
        """Give what was sealed and forget it; None where nobody remembers."""
        return self._values.pop(sealed, None)
