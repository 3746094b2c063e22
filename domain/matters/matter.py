"""What a matter is: its kinds of state, its events, what was told, and how pressing it is."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain import chain
from domain.access.matters import MatterRight
from domain.access.rights import Right
from domain.categories import EMERGENCY, HIGH_SCORE, Kind
from domain.messages import Text, text
from domain.organisation import Seat
from domain.places.points import Point
from domain.subjects import Subject, case


class Origin(StrEnum):
    """The way by which a matter came in (requirement M-12)."""

    WEB = "web"
    TELEGRAM = "telegram"
    WINDOW = "window"
    PHONE = "phone"
    STAFF = "staff"
    """An early sign that somebody of the office noticed (requirement M-06); no resident waits."""


class State(StrEnum):
    """Where a matter stands; the last three are ends."""

    DISPATCHED = "dispatched"
    """Sent to its owner, who has not accepted yet; both clocks run."""
    ACCEPTED = "accepted"
    """In hand."""
    ASKED = "asked"
    """The resident was asked a question; the resolution clock stands still, visibly."""
    REFERRED = "referred"
    """Handed to a procedure, such as an agency: its owner and its deadline are the case's now."""
    RESOLVED = "resolved"
    """The worker says it is done; the resident judges."""
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


ENDS = frozenset({State.CLOSED, State.WITHDRAWN, State.MERGED})
OPEN = frozenset(State) - ENDS
#: With a worker: counted as open and possibly overdue.
IN_HAND = frozenset({State.DISPATCHED, State.ACCEPTED})
#: May be put on another desk: what a procedure has moves with that alone.
MOVABLE = OPEN - {State.REFERRED}
#: The office owes the next step: a worker, or whoever runs the procedure.
OWED = IN_HAND | {State.REFERRED}


class Outcome(StrEnum):
    """What the resident's verdict was; silence is never counted as satisfied."""

    SOLVED = "solved"
    NOT_SOLVED = "not_solved"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    """The question was never seen: the resident's page stayed closed and no phone was given."""


class Happening(StrEnum):
    """The kinds of events in a matter's chain."""

    FILED = "filed"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    HANDED_OVER = "handed_over"
    RETURNED = "returned"
    REASSIGNED = "reassigned"
    CONTACTED = "contacted"
    CONTACT_TAKEN_BACK = "contact_taken_back"
    """The first contact on record was a mistake; the first clock goes on."""
    ASKED = "asked"
    ANSWERED = "answered"
    NOTED = "noted"
    ADDED = "added"
    TOLD_ABOVE = "told_above"
    """Said to the level above alone: whoever has the case never sees what."""
    URGED = "urged"
    """The resident asked for it once more (催)."""
    INSTRUCTED = "instructed"
    """A level above said what is to be done (督办); the owner stays the owner."""
    CONFIRMED = "confirmed"
    """Said by the one who told of danger: has called for help, or there is none."""
    REFERRED = "referred"
    """Handed to a procedure."""
    PROCEEDED = "proceeded"
    """The procedure went on: another deadline, or another owner."""
    CAME_BACK = "came_back"
    """The procedure ended without a result, or the case was taken out of it."""
    HELP_ASKED = "help_asked"
    HELP_GIVEN = "help_given"
    TRIAGED = "triaged"
    RESORTED = "resorted"
    """Somebody said that it is of another kind or category."""
    REDATED = "redated"
    """The holidays became known, and the deadlines moved with them."""
    RESOLVED = "resolved"
    JUDGED = "judged"
    TAKEN_BACK = "taken_back"
    """The last verdict was a mistake; the case stands as it did before it."""
    REOPENED = "reopened"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    ABSORBED = "absorbed"
    WENT_ON = "went_on"
    """It takes the place of the case into which it was merged: that one lost its reporter."""
    SPLIT = "split"
    FOLLOWED = "followed"
    CLIMBED = "climbed"
    LAPSED = "lapsed"
    RECHECKED = "rechecked"
    VIEWED = "viewed"
    RELINKED = "relinked"
    RESTRICTED = "restricted"
    ERASED = "erased"


class NextAction(StrEnum):
    """What has to happen next, and by whom, in every state that is not an end."""

    ACCEPT = "accept"
    CONTACT = "contact"
    RESOLVE = "resolve"
    PROCEED = "proceed"
    ANSWER = "answer"
    JUDGE = "judge"
    NOTHING = "nothing"


class Step(StrEnum):
    """What the clock does to a matter; see `timers`."""

    ACKNOWLEDGE = "acknowledge"
    CONTACT_SOON = "contact_soon"
    CONTACT_DUE = "contact_due"
    RESOLVE_SOON = "resolve_soon"
    RESOLVE_DUE = "resolve_due"
    CLIMB = "climb"
    ANSWER_REMIND = "answer_remind"
    ANSWER_LAPSED = "answer_lapsed"
    UNSEEN = "unseen"
    JUDGE_REMIND = "judge_remind"
    JUDGE_LAPSED = "judge_lapsed"
    RECHECK = "recheck"


@dataclass(frozen=True, kw_only=True, slots=True)
class Event(chain.Event):
    """One link of a matter's chain."""

    happening: Happening


@dataclass(frozen=True, kw_only=True, slots=True)
class Particulars:
    """What a resident told; erasable, and sealed at rest."""

    text: str = ""
    place_text: str = ""
    point: Point | None = None
    attachments: tuple[str, ...] = ()
    phone: str = ""
    """Given for this matter alone, by a walk-in or a caller."""
    name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Referral:
    """That a matter was handed to a procedure, and how it stood before."""

    to: Subject
    """The procedure."""
    what: str
    """Its name in code, such as ``agency``; ``names.procedure_<what>`` is the wording."""
    at: datetime
    seat: Seat
    """The post that had it before: it comes back there."""
    owner: str | None
    """The person who had it before."""
    resolve_by: datetime
    """By when it was to be solved; this clock stands still meanwhile."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Matter:
    """A case as its events have made it."""

    number: str
    kind: Kind
    category: str
    community: str
    grid: str
    origin: Origin
    state: State
    reporter: str
    hide_name: bool = False
    confidential: bool = False
    public_space: bool = False
    barred: frozenset[str] = frozenset()
    """The persons of the staff who have to withdraw from it: it may be about what they did."""
    dangers: tuple[str, ...] = ()
    """The dangers of which the first words told, as `domain.words.lexicon.Danger` names them."""
    unconfirmed: bool = False
    """Made of words about danger alone; the person has not answered yet."""
    importance: int
    urgency: int

    seat: Seat
    """The post that answers for it."""
    owner: str | None
    """The person who holds it now; None only while the whole ladder is unheld."""
    accountable: Seat
    """The seat whose worker it was first given to: returns and reopenings are measured by it."""
    climbed_to: Seat | None = None

    filed_at: datetime
    dispatched_at: datetime
    contact_by: datetime
    resolve_by: datetime
    answer_by: datetime | None = None
    judge_by: datetime | None = None
    contacted_at: datetime | None = None
    accepted_at: datetime | None = None
    paused_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    recheck_at: datetime | None = None
    changed_at: datetime
    """When the state, the owner or the priority last changed: what is owed by it counts anew."""
    reminded_until: datetime
    """The due time of the last timer that fired."""

    outcome: Outcome | None = None
    score: int | None = None
    returns: int = 0
    reopenings: int = 0
    supporters: int = 0
    """Residents who said "me too"."""
    referral: Referral | None = None
    """Set as long as it is with a procedure; ``resolve_by`` is the procedure's deadline then."""
    merged_into: str | None = None
    split_from: str | None = None

    particulars: Particulars = field(default_factory=Particulars)
    erased: bool = False
    restricted_until: datetime | None = None
    """A law makes the office keep it: until then it is stored, and nobody may do anything else."""

    version: int = 0
    seq: int = 0
    head: bytes = b""
    fresh: tuple[Event, ...] = field(default=(), compare=False)

    @property
    def subject(self) -> Subject:
        """By which files, messages and events refer to it."""
        return case(self.number)

    @property
    def unit(self) -> str:
        """The unit that it belongs to."""
        return self.grid

    @property
    def parties(self) -> frozenset[str]:
        """Who reported it; empty for nobody."""
        return frozenset({self.reporter} - {""})

    @property
    def sealed(self) -> bool:
        """Disputes and what is confidential are seen by the posts alone that a rule names."""
        return self.confidential or self.kind is Kind.DISPUTE

    @property
    def known_by(self) -> tuple[Right, ...]:
        """Who sees it, or the own part of it, knows of it."""
        return (MatterRight.SEE, MatterRight.SEE_PART)

    @property
    def referred_to(self) -> Subject | None:
        """Name the procedure that it is with."""
        return self.referral.to if self.referral is not None else None

    @property
    def is_open(self) -> bool:
        """Tell whether something still has to happen."""
        return self.state not in ENDS

    @property
    def next_action(self) -> NextAction:
        """Name what has to happen next."""
        match self.state:
            case State.DISPATCHED:
                return NextAction.ACCEPT
            case State.ACCEPTED:
                return NextAction.RESOLVE if self.contacted_at else NextAction.CONTACT
            case State.REFERRED:
                return NextAction.PROCEED
            case State.ASKED:
                return NextAction.ANSWER
            case State.RESOLVED:
                return NextAction.JUDGE
            case _:
                return NextAction.NOTHING

    @property
    def deadline(self) -> datetime | None:
        """Give the moment by which the next action is owed; None for an ended matter."""
        match self.next_action:
            case NextAction.ACCEPT | NextAction.CONTACT:
                return self.contact_by if self.contacted_at is None else self.resolve_by
            case NextAction.RESOLVE | NextAction.PROCEED:
                return self.resolve_by
            case NextAction.ANSWER:
                return self.answer_by
            case NextAction.JUDGE:
                return self.judge_by
            case NextAction.NOTHING:
                return None

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether a worker, or the procedure, is late with either clock."""
        if self.state not in OWED:
            return False
        late_contact = self.contacted_at is None and now > self.contact_by
        return late_contact or now > self.resolve_by

    @property
    def quadrant(self) -> "Quadrant":
        """Place it by importance and urgency."""
        return quadrant(self.importance, self.urgency)


class Quadrant(StrEnum):
    """轻重缓急: importance and urgency, the order in which work is done. Requirement D-06."""

    IMPORTANT_URGENT = "important_urgent"
    URGENT = "urgent"
    IMPORTANT = "important"
    ORDINARY = "ordinary"


def quadrant(importance: int, urgency: int) -> Quadrant:
    """Place two scores of 1 to 3 in one of the four quadrants."""
    if urgency >= HIGH_SCORE:
        if importance >= HIGH_SCORE:
            return Quadrant.IMPORTANT_URGENT
        return Quadrant.URGENT
    return Quadrant.IMPORTANT if importance >= HIGH_SCORE else Quadrant.ORDINARY


class Triaged(Protocol):
    """What can be put in the order of work."""

    @property
    def number(self) -> str: ...
    @property
    def importance(self) -> int: ...
    @property
    def urgency(self) -> int: ...
    @property
    def quadrant(self) -> Quadrant: ...
    @property
    def filed_at(self) -> datetime: ...


def triage_order(matter: Triaged) -> tuple[bool, int, int, int, datetime, str]:
    """Sort danger first, then by quadrant, scores, age and number: the same input, the same order.

    Danger to people comes before everything, however light the category in which it was told.
    """
    order = list(Quadrant).index(matter.quadrant)
    calm = matter.urgency < EMERGENCY
    return (calm, order, -matter.urgency, -matter.importance, matter.filed_at, matter.number)


def procedure_name(referral: Referral) -> Text:
    """Name the procedure that a matter was handed to."""
    return text(f"names.procedure_{referral.what}")


def state_name(state: State) -> Text:
    """Name a state."""
    return text(f"names.state_{state}")
