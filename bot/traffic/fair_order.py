"""Whose update is handled first: who had least of it lately, as in `bot.traffic.fair_queue`."""

from collections.abc import Iterable, Sequence

from bot.traffic.fair_queue import Shares
from storage.inbox import Head, Update


class FairOrder:
    """Counts what each chat got; what this process does not remember counts as new.

    Within a chat the order stays as it was: only the oldest update of each is ever compared.
    """

    def __init__(self) -> None:
        self._shares = Shares()

    def served(self, one: Update) -> None:
        """Count an update that is handled now."""
        self._shares.serve(self._shares.take({(one.bot, one.address): 1.0}))

    def rest(self) -> None:
        """Forgive everybody: nothing waits."""
        self._shares.forgive()

    def choose(self, heads: Iterable[Head]) -> Sequence[Head]:
        """Put the oldest updates of chats in order."""
        return sorted(heads, key=self.mark)

    def mark(self, one: Head | Update) -> tuple[float, int]:
        """Give the place of an update among the oldest ones of other chats."""
        return self._shares.place((one.bot, one.address)), one.id
