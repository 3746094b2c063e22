"""Whose update is handled first: who had least of it lately, as in `bot.channels.fair_queue`."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from storage.inbox import Head, Update

#: What one update takes of a chat's share: who writes no oftener is never behind.
SHARE = timedelta(seconds=1)
#: So far a share may run ahead: so long a flood is remembered.
AHEAD = timedelta(minutes=10)
CHATS_MAX = 20_000


class FairOrder:
    """Until when each chat has had its share; what this process does not remember counts as new.

    Within a chat the order stays as it was: only the oldest update of each is ever compared.
    """

    def __init__(self, *, chats_max: int = CHATS_MAX) -> None:
        self._chats_max = chats_max
        self._until: dict[tuple[str, str | None], datetime] = {}

    def served(self, one: Update) -> None:
        """Count an update that was handled."""
        chat = (one.bot, one.address)
        until = max(one.received_at, self._until.pop(chat, one.received_at)) + SHARE
        self._until[chat] = min(until, one.received_at + AHEAD)
        if len(self._until) > self._chats_max:
            del self._until[next(iter(self._until))]

    def choose(self, heads: Iterable[Head]) -> Sequence[Head]:
        """Put the oldest updates of chats in order."""
        return sorted(heads, key=self.mark)

    def mark(self, one: Head | Update) -> tuple[datetime, int]:
        """Give the place of an update among the oldest ones of other chats."""
        until = self._until.get((one.bot, one.address), one.received_at)
        return max(until, one.received_at), one.id
