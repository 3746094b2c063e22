"""What the web chat needs from the rest of Linli: its store, the intake, and who is who.

Accounts are told by their id only; everything here is asked on behalf of one account, and whoever
implements it answers only what that account may know.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from aiohttp import web

from bot.channels.ports import StoredFile
from domain.errors import StorageError
from domain.messages import FileKind, Message, Side, Text
from domain.people import Language


@dataclass(frozen=True, kw_only=True, slots=True)
class WebAccount:
    """An account of the web chat and how its person wants to be talked to."""

    id: str
    side: Side
    language: Language
    elder: bool = False
    known: bool = field(default=True, compare=False)
    """Whether they ever said something; before that there is no person."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryLine:
    """One line of a conversation: a message, or what its person said (``own``)."""

    seq: int
    """The outbox row."""
    at: datetime
    message: Message | None = None
    own: Mapping[str, Any] | None = None
    """The content frame as `WebDriver` stored it under ``frame``."""
    files: Sequence[StoredFile] = ()
    """The message's attachments that are stored."""
    seen: bool = False


class NoRoomError(StorageError):
    """Raised where the disk has no room for what people upload."""


class WebStore(Protocol):
    """Sessions, conversations and files of the web chat."""

    async def open_session(
        self, side: Side, language: Language, now: datetime, *, device: str = ""
    ) -> tuple[str, WebAccount]:
        """Begin a session and give its random token, of which only a hash is kept.

        There is no person before `begin`: whoever only opens and goes leaves nothing behind.
        """

    async def begin(self, account: str, now: datetime) -> None:
        """Make the person of a session that is about to say something; once, however often asked.

        Raises:
            StorageError: nothing was made.
        """

    async def session(self, token: str, side: Side, now: datetime) -> WebAccount | None:
        """Find the account for which a token speaks; None if it ended or is of the other side."""

    async def renew_session(self, token: str, now: datetime) -> str | None:
        """Give a new token where the old one has served long enough, else None.

        The old one stays good until the new one was seen in use, and some minutes longer.
        """

    async def close_session(self, token: str) -> None:
        """End a session; an unknown one is no error."""

    async def account(self, account: str) -> WebAccount | None:
        """Load an account as it is now; None where there is none or it was revoked."""

    async def history(
        self, account: str, *, after: int = 0, before: int | None = None, limit: int
    ) -> Sequence[HistoryLine]:
        """Give the newest lines between two rows (both excluded), rising.

        Only what was sent counts, and what the person said.
        """

    async def unseen(self, account: str, *, upto: int, limit: int) -> Sequence[HistoryLine]:
        """Give the newest sent messages up to a row that no page has shown, rising."""

    async def mark_seen(self, upto: Mapping[str, int], now: datetime) -> None:
        """Note of accounts up to which row their pages showed everything that was sent.

        Raises:
            StorageError: nothing was noted.
        """

    async def save_upload(
        self, account: str, kind: FileKind, data: bytes, media_type: str, now: datetime
    ) -> StoredFile:
        """Keep an uploaded file; it is erased after a day unless a message names it.

        Raises:
            NoRoomError: the person has uploaded too much without sending it, or the disk is full.
            StorageError: it was not kept.
        """

    async def find_upload(self, account: str, file: str) -> StoredFile | None:
        """Find an upload of this very account."""

    async def find_file(self, account: str, file: str) -> StoredFile | None:
        """Find an upload or attachment that the account may see now; None for all others."""

    async def read_upload(self, file: str) -> bytes | None:
        """Read an upload for the fetcher; None when it is gone."""


class WebIntake(Protocol):
    """The intake, as far as a channel sees it."""

    async def store(self, bot: str, updates: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Keep raw updates, rows of (update id, raw); returns after the commit.

        Raises:
            StorageError: nothing was kept.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """For whom a ticket opens the web page."""

    side: Side
    language: Language
    person: str


class TicketDesk(Protocol):
    """Takes single-use tickets from Telegram to the web page."""

    async def find(self, token: str, now: datetime) -> Offer:
        """Tell for whom a ticket is; it is not used up by that.

        Raises:
            Refused: it is unknown, used or expired; the reason names the page's sentence.
        """

    async def is_foreign(self, offer: Offer, held: str | None) -> bool:
        """Tell whether a browser's session is somebody else's."""

    async def use(
        self, token: str, held: str | None, now: datetime, *, device: str = ""
    ) -> str | None:
        """Use a ticket up and give the token of a new session; None where the old one goes on.

        Raises:
            Refused: see `find`.
            StorageError: nothing is used up.
        """


class WorkDesk(Protocol):
    """Tells the staff's page what is to be done, beside the conversation."""

    async def serve(self, request: web.Request, account: WebAccount | None) -> web.StreamResponse:
        """Give the list that is asked for.

        Raises:
            Refusal: whoever asks has no work here, or there is no such list.
        """


class InvitationDesk(Protocol):
    """Tells the page for whom an invitation is before it is accepted, and whose poster it was."""

    async def serve(
        self, request: web.Request, *, address: Callable[[web.Request], str]
    ) -> web.Response:
        """Say it.

        Args:
            address: gives where a request comes from.

        Raises:
            Refusal: there is no code in the request, or too many were tried.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class OfficeSign:
    """What stands over the door: shown to everybody who opens the page."""

    name: str
    name_en: str = ""
    phone: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Persona:
    """A fictional person of the demonstration, who can be spoken for without a session."""

    key: str
    side: Side
    account: str
    name: str
    role: Text


class DemoControls(Protocol):
    """What the demonstration's page can do."""

    run: str
    """Which beginning of the demonstration this is; another one after each reset."""

    async def personas(self) -> Sequence[Persona]:
        """List the fictional persons in the order they are shown."""

    def now(self) -> datetime:
        """Give the demonstration's time."""

    async def quiet_until(self) -> datetime | None:
        """Give when the quiet hours end, if they are now; what is not urgent waits for it."""

    async def advance(self, span: timedelta) -> datetime:
        """Move the clock forward, let everything happen that was due, and give the new time."""

    async def advance_to_morning(self) -> datetime:
        """Move the clock to the beginning of the next working day."""

    async def speak(self, language: Language) -> None:
        """Let everybody talk in a language."""

    def arrived(self) -> Mapping[str, int]:
        """Count what the fictional persons were told by the last move of the clock.

        Returns:
            How many ``reminders``, ``digests`` and ``others``.
        """

    def begin_anew(self) -> bool:
        """Forget everything that was done and begin the story again; False where that cannot be."""


class Readiness(Protocol):
    """Whether the server can do its work."""

    async def __call__(self) -> Mapping[str, bool]:
        """Give the checks by name, each with its outcome."""
