"""The log of whoever is held back: a network and a count, a line a minute at most for each.

No address of a person stands in it: an operator can stop a network at the server in front, which
knows the addresses, or ask whoever runs that network.
"""

import time
from collections.abc import Callable

import structlog

from bot.channels.web.client_network import network_of

log = structlog.get_logger()

EVERY_SECONDS = 60.0
#: So many lines a minute in all; what more networks do is one line without a name.
NETWORKS_MAX = 50
_OTHERS = "others"


class Watch:
    """Counts by kind and network, and writes the counts down now and then."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: dict[tuple[str, str], int] = {}
        self._said: dict[tuple[str, str], float] = {}

    def note(self, kind: str, address: str) -> None:
        """Count somebody who was held back; the first of a kind and network is told at once.

        Args:
            kind: what was too much, such as ``content``.
        """
        now = self._clock()
        self._said = {key: at for key, at in self._said.items() if now - at < EVERY_SECONDS}
        key = (kind, network_of(address))
        if key not in self._said and len(self._said) >= NETWORKS_MAX:
            key = (kind, _OTHERS)
        self._counts[key] = self._counts.get(key, 0) + 1
        if key not in self._said:
            self._said[key] = now
            for (what, network), times in self._due():
                log.warning("web.limited", kind=what, network=network, times=times)

    def _due(self) -> list[tuple[tuple[str, str], int]]:
        """Take out this line's count, and those of networks that fell silent since their line."""
        newest = next(reversed(self._said))
        over = [key for key in self._counts if key == newest or key not in self._said]
        return [(key, self._counts.pop(key)) for key in over]
