"""What a channel must be able to do, and how it says that something did not work.

A `Driver` serves one bot (one side on one channel): it turns raw updates into `Incoming`s and shows
semantic messages. It decides nothing, keeps no conversation and never retries: the sender does.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from domain.messages import FileKind, Incoming, Lane, Message
from domain.people import Language

#: A channel that asks for more is asked again after this.
MAX_PATIENCE_SECONDS = 24 * 3600.0


class ChannelError(Exception):
    """The root of what a driver raises; any other exception of a driver is a bug."""


class Blocked(ChannelError):
    """The person cannot be reached here: blocked the bot, or never opened it."""


class TryLater(ChannelError):
    """The channel asks for patience (429); for no more than a day, whatever it says."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds if 0 <= seconds <= MAX_PATIENCE_SECONDS else MAX_PATIENCE_SECONDS
        super().__init__(f"try again in {self.seconds} s")


class Rejected(ChannelError):
    """The channel refuses this message for good; the reason is free of personal data."""


class Failed(ChannelError):
    """The channel answered that it could not, this time: tried again, and counted."""


class Unclear(ChannelError):
    """The outcome is unknown: time-out, reset, half an answer, or a fault of the channel (5xx)."""


class Content(Protocol):
    """What can be read of a file; both calls block on the disk: call them in a thread."""

    def size(self) -> int:
        """Give how many bytes it has.

        Raises:
            OSError: it is gone.
        """

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        """Read from one byte up to another one, to the end if none is named.

        Raises:
            OSError: it is gone.
            StorageError: it was changed.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredFile:
    """A picture or voice that lies in the data directory, stripped of metadata."""

    id: str
    kind: FileKind
    content: Content
    media_type: str
    name: str = ""
    """What it is called where it is saved; empty: it has no name of its own."""
    drawn: bool = False
    """A chart of Linli's own: made to be read at the width of a phone, not a photo."""


class Receiver(Protocol):
    """What takes a file while it comes: `storage.spool.Spool`."""

    async def add(self, data: bytes | bytearray) -> None:
        """Take what comes next.

        Raises:
            OSError: there is no room for it.
        """


async def at_once(_cost: int) -> None:
    """Let a call go at once: the channel has no budget."""


def nobody_told() -> None:
    """Tell nobody of what could not be shown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One message on its way to one account."""

    id: int
    """The outbox row: rising, unique, stable over retries."""
    address: str
    message: Message
    language: Language
    person: str = ""
    """Who is told; a channel that has no accounts asks for the way to them."""
    elder: bool = False
    lane: Lane = Lane.REPLY
    """News and broadcasts leave alone what a person is just answering."""
    files: Sequence[StoredFile] = ()
    at: datetime | None = None
    """When it was said; None for this very moment."""
    replaces: str | None = None
    """The reference of the earlier message of the same slot, to be edited where possible."""
    pace: Callable[[int], Awaitable[None]] = at_once
    """To be awaited before each call, with what the call costs: an album counts each picture."""
    unshown: Callable[[], None] = nobody_told
    """To be called where a file could be shown in no way, and words stand in its place."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """A message without what must not travel over a channel."""

    message: Message
    whole: bool
    """Nothing was held back."""


class Driver(Protocol):
    """One bot on one channel."""

    bot: str
    """The name of the bot in inbox and outbox: ``telegram.residents``, ``web.staff``."""

    def parse(self, update: Mapping[str, Any]) -> Incoming | None:
        """Turn a raw update into what arrived; None for an update that says nothing to us.

        Raises:
            ValueError: the update cannot be understood; it will be quarantined.
        """

    async def send(self, delivery: Delivery) -> str | None:
        """Show a message and give the reference by which it can be edited.

        Raises:
            ChannelError: see the classes.
        """

    def keeps(self, message: Message) -> bool:
        """Tell whether a message is kept when it was sent: the page shows it, again or whole."""

    def includes(self, reference: str, message: str) -> bool:
        """Tell whether a message of the channel is part of what `send` gave a reference for.

        Args:
            message: as `Incoming.replies_to` names it.
        """

    async def confirm(self, press: str) -> None:
        """Tell the channel that a button press arrived; failures are of no consequence."""

    async def fetch(self, ref: str, into: Receiver) -> None:
        """Download a file by its reference.

        Args:
            into: takes it piece by piece; what an error leaves there is not the file.

        Raises:
            ChannelError: see the classes; `Rejected` when it is gone or too large.
        """
