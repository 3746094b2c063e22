"""An entry of the register of priority groups: who needs looking after, why, by whom, how long.

What it says is sealed. It stands for a term, is reviewed before that is over, and ends by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from domain.access.rights import Right
from domain.access.visits import VisitRight
from domain.errors import Refused, WrongState
from domain.messages import Text, text
from domain.organisation import Responsible, Seat
from domain.subjects import Subject
from domain.visits.basis import (
    DUTY_ONLY,
    LAWFUL,
    MONTHLY,
    PURPOSE,
    Basis,
    ConsentRecord,
    ConsentWay,
    ensure_lawful,
)
from domain.visits.categories import (
    Category,
    Control,
    category_name,
    control_in,
    default_interval,
    fits_age,
    is_minor,
    longest_interval,
    read_category,
    speaks_of_control,
)
from domain.visits.rules import VisitRules

#: The kind of an entry among subjects.
PRIORITY = "priority"
#: The name by which the street opens and closes the feature for a community.
FEATURE = "visits"
#: Of an id, so much is its sign: enough to tell entries apart, and it says nothing of anybody.
_SIGN = 6
MAX_NAME, MAX_ADDRESS, MAX_NEEDS = 40, 120, 500
_OLDEST = 130


class How(StrEnum):
    """How somebody is visited. Source: F-200."""

    DOOR = "door"
    PHONE = "phone"
    VIDEO = "video"


class EntryState(StrEnum):
    """Where an entry stands."""

    ACTIVE = "active"
    ENDED = "ended"


class EndReason(StrEnum):
    """Why an entry ended."""

    NO_NEED = "no_need"
    WITHDRAWN = "withdrawn"
    """The consent was taken back."""
    MOVED = "moved"
    DIED = "died"
    MISTAKE = "mistake"
    EXPIRED = "expired"
    """Nobody renewed it in time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """How the person wants to be visited: who, how, how often (F-200: voluntary)."""

    who: str = ""
    """A person of the staff; empty for whoever answers."""
    how: How = How.DOOR
    every: timedelta | None = None
    """None for the rule's own span."""
    refuses: bool = False
    """Wants no visits at all for now: respected, on record, and asked again at the review."""
    said_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What an entry says; sealed at rest, and erasable."""

    name: str
    address: str
    phone: str = ""
    born: int
    """The year."""
    category: Category
    at_risk: bool = False
    """A child at high risk, seen weekly."""
    basis: Basis
    consent: ConsentRecord | None = None
    needs: str = ""
    """What help is wanted, in words."""
    wish: Wish = field(default_factory=Wish)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """Somebody who needs looking after."""

    id: str
    unit: str
    """The grid."""
    seat: Seat
    owner: str | None
    state: EntryState = EntryState.ACTIVE
    content: Content | None
    """None where it was erased."""
    opened_at: datetime
    valid_until: datetime
    asked_at: datetime | None = None
    """When its owner was asked to review it."""
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    version: int = 0

    @property
    def subject(self) -> Subject:
        """By which looks, messages and plans refer to it."""
        return priority(self.id)

    @property
    def sign(self) -> str:
        """By which staff name it among themselves: it says nothing of anybody."""
        return self.id[:_SIGN].upper()

    @property
    def said(self) -> Content:
        """Give what it says.

        Raises:
            WrongState: it was erased.
        """
        if self.content is None:
            raise WrongState(number=self.sign, state=text("visits.state_erased"))
        return self.content

    def is_minor(self, now_year: int) -> bool:
        """Tell whether it is about somebody under age: each look needs an approval (F-311)."""
        return self.content is not None and is_minor(self.content.born, now_year)

    # --- as rights see it --------------------------------------------------------------------

    @property
    def number(self) -> str:
        """By which people name it."""
        return self.sign

    @property
    def parties(self) -> frozenset[str]:
        """Nobody's by right: what the person is given of it has a way of its own."""
        return frozenset()

    @property
    def climbed_to(self) -> Seat | None:
        """Levels above hear of a late visit, never of the entry."""
        return None

    @property
    def sealed(self) -> bool:
        """Every entry is."""
        return True

    @property
    def barred(self) -> frozenset[str]:
        """Nobody beyond what rights say."""
        return frozenset()

    @property
    def restricted_until(self) -> datetime | None:
        """No law keeps one against the person's will."""
        return None

    @property
    def known_by(self) -> tuple[Right, ...]:
        """Who is over it, or approves looks at it, knows of it."""
        return (VisitRight.SEE, VisitRight.APPROVE)

    @property
    def urgency(self) -> int:
        """A visit waits for the end of the quiet hours."""
        return 1


def priority(which: str) -> Subject:
    """Refer to an entry."""
    return Subject(PRIORITY, which)


# --- what may stand in one -----------------------------------------------------------------------


def ensure_category(words: str) -> Category:
    """Read a category from words.

    Raises:
        Refused: it is none of the lawful ones; of a group to be watched the reason is told.
    """
    if (why := control_in(words)) is not None:
        rule = PURPOSE if why is Control.VIOLENCE else DUTY_ONLY
        reason = f"visits.never_{why}"
        raise Refused(reason, rule=rule)
    found = read_category(words)
    if found is None:
        names = tuple(category_name(one) for one in Category)
        raise Refused("visits.unknown_category", rule=PURPOSE, allowed=names)
    return found


def ensure_content(content: Content, today: date) -> None:
    """Make sure that an entry may stand on the register.

    Raises:
        Refused: it has no lawful basis, does not fit, or makes somebody one to be watched.
    """
    if not 0 <= today.year - content.born <= _OLDEST:
        raise Refused("visits.born_unlikely", year=content.born)
    if not fits_age(content.category, content.born, today.year):
        raise Refused(
            "visits.wrong_age", category=category_name(content.category), year=content.born
        )
    for words in (content.needs, content.name, content.address):
        ensure_service_only(words)
    ensure_lawful(
        content.category,
        content.basis,
        content.consent,
        minor=is_minor(content.born, today.year),
        today=today,
    )


def ensure_service_only(words: str) -> None:
    """Make sure that words serve looking after somebody.

    Raises:
        Refused: they make somebody one to be watched.
    """
    if speaks_of_control(words):
        raise Refused("visits.words_of_control", rule=PURPOSE)


def ensure_wish(content: Content, wish: Wish, rules: VisitRules) -> None:
    """Make sure that a wish stays above the floor; only a refusal goes below, and is on record.

    Raises:
        Refused: it would be too seldom.
    """
    if wish.every is None or wish.refuses:
        return
    longest = longest_interval(content.category, at_risk=content.at_risk, rules=rules)
    if wish.every > longest:
        raise Refused("visits.too_seldom", rule=MONTHLY, days=longest.days)
    if wish.every < timedelta(days=1):
        raise Refused("visits.too_often")


def interval(content: Content, rules: VisitRules) -> timedelta:
    """Give after how long a visit is due: as the person wishes, within the floor of the day."""
    default = default_interval(content.category, at_risk=content.at_risk, rules=rules)
    if content.wish.every is None:
        return default
    longest = longest_interval(content.category, at_risk=content.at_risk, rules=rules)
    return min(content.wish.every, longest)


# --- its life ------------------------------------------------------------------------------------


def opened(
    which: str,
    content: Content,
    *,
    unit: str,
    answers: Responsible,
    at: datetime,
    today: date,
    rules: VisitRules,
) -> Entry:
    """Take somebody onto the register.

    Raises:
        Refused: see `ensure_content` and `ensure_wish`.
    """
    ensure_content(content, today)
    ensure_wish(content, content.wish, rules)
    return Entry(
        id=which,
        unit=unit,
        seat=answers.seat,
        owner=answers.person,
        content=content,
        opened_at=at,
        valid_until=at + rules.term,
    )


def ensure_active(entry: Entry) -> None:
    """Refuse what fits no entry that has ended.

    Raises:
        WrongState: it has.
    """
    if entry.state is not EntryState.ACTIVE:
        raise WrongState(number=entry.sign, state=state_name(entry))


def edited(entry: Entry, content: Content, today: date) -> Entry:
    """Change what it says.

    Raises:
        Refused: see `ensure_content`.
        WrongState: it has ended.
    """
    ensure_active(entry)
    ensure_content(content, today)
    return replace(entry, content=content)


def renewed(entry: Entry, at: datetime, rules: VisitRules) -> Entry:
    """It was looked at: it stands for another term.

    Raises:
        WrongState: it has ended.
    """
    ensure_active(entry)
    return replace(entry, valid_until=at + rules.term, asked_at=None)


def ended(entry: Entry, reason: EndReason, at: datetime) -> Entry:
    """End it; what it says goes after the time that the rules keep it.

    Raises:
        WrongState: it has ended already.
    """
    ensure_active(entry)
    return replace(entry, state=EntryState.ENDED, ended_at=at, end_reason=reason)


def may_be_erased(entry: Entry) -> bool:
    """Tell whether the person may have it erased at once.

    What a duty of the committee asks for stays while it stands (PIPL, articles 13 and 47); what
    rests on consent, or has ended, goes when the person wants it.
    """
    if entry.content is None or entry.state is EntryState.ENDED:
        return True
    return entry.content.basis not in (Basis.ELDERS_DUTY, Basis.CHILDREN_DUTY)


def ensure_erasable(entry: Entry) -> None:
    """Refuse to erase what a duty keeps.

    Raises:
        Refused: it says what can be done instead.
    """
    if not may_be_erased(entry):
        raise Refused("visits.duty_keeps", rule=LAWFUL)


def state_name(entry: Entry) -> Text:
    """Say where an entry stands."""
    if entry.state is EntryState.ENDED:
        return text(f"visits.ended_{entry.end_reason}")
    return text("visits.state_active")


# --- as JSON: what is sealed ---------------------------------------------------------------------


def to_json(content: Content) -> dict[str, Any]:
    """Give what an entry says as plain JSON values."""
    consent, wish = content.consent, content.wish
    return {
        "name": content.name,
        "address": content.address,
        "phone": content.phone,
        "born": content.born,
        "category": content.category.value,
        "at_risk": content.at_risk,
        "basis": content.basis.value,
        "consent": None
        if consent is None
        else {"on": consent.on.isoformat(), "way": consent.way.value, "by": consent.by},
        "needs": content.needs,
        "wish": {
            "who": wish.who,
            "how": wish.how.value,
            "days": wish.every.days if wish.every is not None else None,
            "refuses": wish.refuses,
            "said_on": wish.said_on.isoformat() if wish.said_on else None,
        },
    }


def from_json(body: Mapping[str, Any]) -> Content:
    """Restore what `to_json` gave."""
    consent, wish = body["consent"], body["wish"]
    return Content(
        name=body["name"],
        address=body["address"],
        phone=body["phone"],
        born=body["born"],
        category=Category(body["category"]),
        at_risk=body["at_risk"],
        basis=Basis(body["basis"]),
        consent=None
        if consent is None
        else ConsentRecord(
            on=date.fromisoformat(consent["on"]),
            way=ConsentWay(consent["way"]),
            by=consent["by"],
        ),
        needs=body["needs"],
        wish=Wish(
            who=wish["who"],
            how=How(wish["how"]),
            every=timedelta(days=wish["days"]) if wish["days"] else None,
            refuses=wish["refuses"],
            said_on=date.fromisoformat(wish["said_on"]) if wish["said_on"] else None,
        ),
    )
