"""Persons, their accounts, their consents, and how accounts are linked."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import Refused
from domain.messages import Channel, Side

#: How long a link code is valid. Source: design, "People and accounts".
LINK_CODE_LIFE = timedelta(minutes=10)
#: Wrong codes that one account may try within `LINK_CODE_LIFE`, so that codes cannot be guessed.
LINK_ATTEMPTS = 5
#: How long a ticket to the web page is good. Source: design, "Personal data".
TICKET_LIFE = timedelta(minutes=10)
#: How long a code that a new device shows to staff is valid.
DEVICE_CODE_LIFE = LINK_CODE_LIFE
#: How long those who know better can send a device away again that staff brought back; until then
#: it cannot do what could not be undone.
TRIAL_LIFE = timedelta(days=1)
#: How long a recovery code lies in a drawer; each use gives a new one.
RECOVERY_LIFE = timedelta(days=365)
#: How long a browser that nobody uses is remembered. Residents come seldom; staff come daily.
SESSION_LIFE = {Side.RESIDENTS: timedelta(days=180), Side.STAFF: timedelta(days=30)}
#: How long an invitation waits for the person who was invited.
INVITATION_LIFE = timedelta(days=7)


class Language(StrEnum):
    """The languages that are complete."""

    CHINESE = "zh_CN"
    ENGLISH = "en"


class Purpose(StrEnum):
    """What a person may agree to; each can be withdrawn as easily as given (PIPL 14-16)."""

    NOTICE = "notice"
    """Not a consent: the privacy notice of this version was shown (PIPL 17)."""
    WEEKLY_SUMMARY = "weekly_summary"
    SENSITIVE = "sensitive"
    TEXTS = "texts"
    """Text messages to the telephone number that was left, each with a number and a link alone."""
    LEARNING = "learning"
    """Sentences that the bot took for something else are kept, so that it learns from them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody who talks to Linli; a staff member and a resident are never one person."""

    id: str
    side: Side
    language: Language = Language.CHINESE
    elder: bool = False
    grid: str | None = None
    name: str = ""
    phone: str = ""
    noticed: int = 0
    """The version of the privacy notice that was shown; 0 for none."""
    weekly_summary: bool = False
    notices: bool = True
    """Wants to hear what the office tells everybody."""
    preferred: str | None = None
    """The account that gets news: the one last used."""
    created_at: datetime
    erased_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A person's place on one channel of one side."""

    id: str
    person: str
    side: Side
    channel: Channel
    address: str
    created_at: datetime
    seen_at: datetime
    unreachable_since: datetime | None = None
    """Set when the channel says that the person blocked the bot."""
    revoked_at: datetime | None = None
    opened_by: str | None = None
    """The account whose ticket opened this one: it is the better place for news."""
    trial_until: datetime | None = None
    """Staff brought this device back; until then it can be sent away again."""

    def is_on_trial(self, now: datetime) -> bool:
        """Tell whether the device can still be sent away by those who know better."""
        return self.trial_until is not None and now < self.trial_until

    @property
    def hears_at(self) -> str:
        """Give the account that gets news once this one was used."""
        return self.opened_by or self.id


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """A single-use way from an account of a person to the web page, as the same person."""

    token_hash: str
    account: str
    """The account that asked for it."""
    action: str
    """What the person wanted to do: done on the web page as if pressed there."""
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None

    def ensure_good(self, now: datetime) -> None:
        """Make sure that it can still be used.

        Raises:
            Refused: it was used, or its time is over.
        """
        if self.used_at is not None:
            raise Refused("ticket_used")
        if now >= self.expires_at:
            raise Refused("ticket_expired")


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent:
    """That a person agreed to a purpose, on which words, and until when."""

    person: str
    purpose: Purpose
    notice: int
    given_at: datetime
    withdrawn_at: datetime | None = None


class LinkState(StrEnum):
    """How far a link has come; both sides must agree."""

    OFFERED = "offered"
    """The first account asked for a code."""
    ANSWERED = "answered"
    """The second account entered the code and confirmed."""
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """One attempt to unite two accounts: asked for by one, entered by the other."""

    code_hash: str
    offered_by: str
    """The account that asked for the code; its person absorbs the other one."""
    answered_by: str | None = None
    state: LinkState = LinkState.OFFERED
    expires_at: datetime

    def answer(self, account: Account, offerer: Account, now: datetime) -> "Link":
        """The second account confirms.

        Raises:
            Refused: the code is used, too old, or the accounts cannot be one person.
        """
        if self.state is not LinkState.OFFERED or now >= self.expires_at:
            raise Refused("link_code_invalid")
        if account.id == offerer.id or account.person == offerer.person:
            raise Refused("link_to_self")
        if account.side is not offerer.side or account.side is not Side.RESIDENTS:
            # A staff member's accounts are united by invitation: a post is more than a person.
            raise Refused("link_code_invalid")
        return replace(self, answered_by=account.id, state=LinkState.ANSWERED)

    def decide(self, account: str, agreed: bool, now: datetime) -> "Link":
        """The first account agrees or refuses.

        Raises:
            Refused: it is not this account's to decide, or no longer.
        """
        if account != self.offered_by or self.state is not LinkState.ANSWERED:
            raise Refused("link_code_invalid")
        if now >= self.expires_at:
            raise Refused("link_code_invalid")
        return replace(self, state=LinkState.DONE if agreed else LinkState.REFUSED)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceCode:
    """A code that a resident's new device shows; staff who have the resident before them enter it.

    Whoever gives the code out is the device: staff cannot use it for themselves.
    """

    code_hash: str
    account: str
    """The account that shows it."""
    expires_at: datetime
    person: str | None = None
    """Set once staff confirmed it: who the device comes back to if it agrees."""
    number: str | None = None
    """The case on which it was confirmed."""

    def ensure_good(self, now: datetime) -> None:
        """Make sure that it can still be used.

        Raises:
            Refused: its time is over.
        """
        if now >= self.expires_at:
            raise Refused("device_code_invalid")


@dataclass(frozen=True, kw_only=True, slots=True)
class Invitation:
    """A single-use way into a post."""

    code_hash: str
    unit: str
    role: str
    name: str = ""
    phone: str = ""
    """By which the office tells two of one name apart."""
    expires_at: datetime
    used_at: datetime | None = None
    person: str | None = None
    """Set where the invitation adds an account to a staff member who is there already."""
