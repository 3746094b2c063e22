"""The life of any case: its states, its chain of events, its two clocks, who owes the next step.

A matter *is* its events. Every function below that changes a matter returns the next one with the
event it appended in `Matter.fresh`; storage writes both in one transaction. The events form a hash
chain per case over salted commitments: what people wrote stands in erasable rows, and after
erasure the chain still verifies.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Any, Protocol

from domain.errors import Refused, WrongState
from domain.organisation import Role, Seat
from domain.places import Point
from domain.working_time import Allowance, WorkCalendar, deadline, extend, moment_before


class Kind(StrEnum):
    """What a matter is; conduct complaints are not among them: they never enter this ladder."""

    OPINION = "opinion"
    SERVICE = "service"
    DISPUTE = "dispute"


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
    RESOLVED = "resolved"
    """The worker says it is done; the resident judges."""
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


ENDS = frozenset({State.CLOSED, State.WITHDRAWN, State.MERGED})
OPEN = frozenset(State) - ENDS
#: With a worker: counted as open and possibly overdue.
IN_HAND = frozenset({State.DISPATCHED, State.ACCEPTED})


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
    ASKED = "asked"
    ANSWERED = "answered"
    NOTED = "noted"
    ADDED = "added"
    TOLD_ABOVE = "told_above"
    """Said to the level above alone: whoever has the case never sees what."""
    CONFIRMED = "confirmed"
    """Said by the one who told of danger: has called for help, or there is none."""
    HELP_ASKED = "help_asked"
    HELP_GIVEN = "help_given"
    TRIAGED = "triaged"
    RESOLVED = "resolved"
    JUDGED = "judged"
    REOPENED = "reopened"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    ABSORBED = "absorbed"
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
class Event:
    """One link of a matter's chain.

    ``content`` holds what people wrote and may be gone (None) after erasure; ``commitment`` binds
    it with a salt that is erased with it; ``digest`` binds everything else and the link before.
    """

    number: str
    seq: int
    happening: Happening
    actor: str
    role: Role
    at: datetime
    content: Mapping[str, Any] | None
    salt: bytes | None
    commitment: bytes
    digest: bytes


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


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something to a matter, as what, and when."""

    by: str
    role: Role
    at: datetime
    salt: bytes
    """32 fresh random bytes; the events of one act derive their own salts from it."""


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
    dangers: tuple[str, ...] = ()
    """The dangers of which the first words told, as `domain.lexicon.Danger` names them."""
    unconfirmed: bool = False
    """Made of words about danger alone; the person has not answered yet, see `domain.alarms`."""
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
            case NextAction.RESOLVE:
                return self.resolve_by
            case NextAction.ANSWER:
                return self.answer_by
            case NextAction.JUDGE:
                return self.judge_by
            case NextAction.NOTHING:
                return None

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether a worker is late with either clock."""
        if self.state not in IN_HAND:
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


#: From this score on, a matter counts as important or as urgent; scores run from 1 to 3.
HIGH_SCORE = 2
#: The score at which urgent means calendar hours, the duty roster and an acknowledgement.
EMERGENCY = 3


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


def triage_order(matter: Triaged) -> tuple[int, int, int, datetime, str]:
    """Sort by quadrant, then scores, then age, then number: the same input, the same order."""
    order = list(Quadrant).index(matter.quadrant)
    return (order, -matter.urgency, -matter.importance, matter.filed_at, matter.number)


# --- the clocks ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowances:
    """How long a matter of one urgency may take, counted from dispatch."""

    contact: Allowance
    resolve: Allowance


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockRules:
    """Every span the clocks use; configuration with a source and an in-force date.

    Sources of the defaults: ``docs/rules.md``.
    """

    by_urgency: Mapping[int, Allowances]
    soon_share: float
    """The share of a span after which its owner is reminded the first time."""
    climb: Mapping[int, Allowance]
    """How long an overdue matter waits before it climbs one more level, by urgency."""
    acknowledge: timedelta
    """Calendar time after which an unaccepted emergency climbs."""
    answer_remind: Allowance
    answer_window: Allowance
    unseen: Allowance
    judge_remind: Allowance
    judge_window: Allowance
    recheck: timedelta
    max_returns: int
    """Returns after which the level above must decide: no ping-pong."""

    def soon(self, due: datetime, allowance: Allowance, calendar: WorkCalendar) -> datetime:
        """Give the moment at which the share of an allowance that is left says "soon"."""
        left = float(allowance.hours) * (1 - self.soon_share)
        return moment_before(due, Allowance(hours=left, calendar=allowance.calendar), calendar)


@dataclass(frozen=True, slots=True)
class Timer:
    """What the clock will do to a matter next."""

    due_at: datetime
    step: Step
    round: int = 0
    """Which repetition of a climb this is, from 1."""


def clocks(
    urgency: int, start: datetime, rules: ClockRules, calendar: WorkCalendar
) -> tuple[datetime, datetime]:
    """Compute (contact_by, resolve_by) for a matter dispatched at ``start``."""
    allowances = rules.by_urgency[urgency]
    return (
        deadline(start, allowances.contact, calendar),
        deadline(start, allowances.resolve, calendar),
    )


def timers(
    matter: Matter, rules: ClockRules, calendar: WorkCalendar, until: datetime
) -> Iterable[Timer]:
    """Yield what the clock will do to a matter while it stays as it is, in no order.

    An overdue matter climbs without end: its climbs are given up to the first one after ``until``.
    """
    match matter.state:
        case State.DISPATCHED | State.ACCEPTED:
            yield from _worker_timers(matter, rules, calendar)
            yield from _climbs(matter, rules, calendar, until)
        case State.ASKED if matter.answer_by:
            yield Timer(
                deadline(matter.changed_at, rules.answer_remind, calendar), Step.ANSWER_REMIND
            )
            yield Timer(deadline(matter.changed_at, rules.unseen, calendar), Step.UNSEEN)
            yield Timer(matter.answer_by, Step.ANSWER_LAPSED)
        case State.RESOLVED if matter.judge_by:
            if matter.origin is not Origin.STAFF:
                yield Timer(
                    deadline(matter.changed_at, rules.judge_remind, calendar), Step.JUDGE_REMIND
                )
                yield Timer(deadline(matter.changed_at, rules.unseen, calendar), Step.UNSEEN)
            yield Timer(matter.judge_by, Step.JUDGE_LAPSED)
        case State.CLOSED if matter.recheck_at:
            yield Timer(matter.recheck_at, Step.RECHECK)


#: An overdue matter that nobody touches has reached the top long before this many climbs. From then
#: on it is brought up more rarely, but never forgotten.
MAX_CLIMBS = 8
#: How long a matter at the top waits until it is brought up again: a working week, and for what is
#: counted in calendar hours a day. Local rule, please confirm.
_AT_THE_TOP = {False: Allowance(hours=40), True: Allowance(hours=24, calendar=True)}


def _worker_timers(matter: Matter, rules: ClockRules, calendar: WorkCalendar) -> Iterable[Timer]:
    allowances = rules.by_urgency[matter.urgency]
    if matter.state is State.DISPATCHED and matter.urgency >= EMERGENCY:
        yield from _calls(matter, rules, calendar)
    if matter.contacted_at is None:
        yield Timer(rules.soon(matter.contact_by, allowances.contact, calendar), Step.CONTACT_SOON)
        yield Timer(matter.contact_by, Step.CONTACT_DUE)
    yield Timer(rules.soon(matter.resolve_by, allowances.resolve, calendar), Step.RESOLVE_SOON)
    yield Timer(matter.resolve_by, Step.RESOLVE_DUE)


def _calls(matter: Matter, rules: ClockRules, calendar: WorkCalendar) -> Iterable[Timer]:
    """Call about an emergency that nobody accepts until it is overdue, and then it climbs."""
    at = matter.changed_at
    for call in count(1):
        if call <= MAX_CLIMBS:
            at += rules.acknowledge
        else:
            at = deadline(at, rules.climb[matter.urgency], calendar)
            if at >= matter.resolve_by:
                return
        yield Timer(at, Step.ACKNOWLEDGE, call)


def _climbs(
    matter: Matter, rules: ClockRules, calendar: WorkCalendar, until: datetime
) -> Iterable[Timer]:
    pace = rules.climb[matter.urgency]
    at = matter.resolve_by
    for climb in count(1):
        at = deadline(at, pace if climb <= MAX_CLIMBS else _AT_THE_TOP[pace.calendar], calendar)
        yield Timer(at, Step.CLIMB, climb)
        if at > until:
            return


def next_timer(matter: Matter, rules: ClockRules, calendar: WorkCalendar) -> Timer | None:
    """Give the first timer that has not fired yet; an open matter always has one."""
    fired = matter.reminded_until
    waiting = [timer for timer in timers(matter, rules, calendar, fired) if timer.due_at > fired]
    return min(waiting, key=lambda timer: (timer.due_at, timer.step), default=None)


# --- the chain -----------------------------------------------------------------------------------


def commit(content: Mapping[str, Any], salt: bytes) -> bytes:
    """Bind content with a salt: without the salt, nobody can test a guess of the content."""
    plain = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(salt, plain.encode(), hashlib.sha256).digest()


def link(
    before: bytes, number: str, seq: int, happening: Happening, act: Act, commitment: bytes
) -> bytes:
    """Compute the digest of one link from the link before it."""
    at = act.at.isoformat()
    plain = json.dumps([number, seq, happening, act.by, act.role, at, commitment.hex()])
    return hashlib.sha256(before + plain.encode()).digest()


def record(matter: Matter, act: Act, happening: Happening, **content: Any) -> Matter:
    """Append an event to a matter; None values are left out of the content."""
    seq = matter.seq + 1
    kept = {name: value for name, value in content.items() if value is not None}
    salt = hashlib.sha256(act.salt + seq.to_bytes(4)).digest()
    commitment = commit(kept, salt)
    event = Event(
        number=matter.number,
        seq=seq,
        happening=happening,
        actor=act.by,
        role=act.role,
        at=act.at,
        content=kept,
        salt=salt,
        commitment=commitment,
        digest=link(matter.head, matter.number, seq, happening, act, commitment),
    )
    return replace(matter, seq=seq, head=event.digest, fresh=(*matter.fresh, event))


def verify(events: Iterable[Event], head: bytes | None = None) -> list[str]:
    """Check a chain from its first event on.

    Args:
        events: all events of one matter by ``seq``.
        head: the digest that the matter itself holds, if it is to agree.

    Returns:
        What is wrong, in sentences; empty for a sound chain, erased contents included.
    """
    found: list[str] = []
    before = b""
    for expected_seq, event in enumerate(events, start=1):
        if event.seq != expected_seq:
            found.append(f"event {expected_seq} is missing")
            break
        act = Act(event.actor, event.role, event.at, b"")
        digest = link(before, event.number, event.seq, event.happening, act, event.commitment)
        if digest != event.digest:
            found.append(f"event {event.seq} was changed")
        if event.content is not None and (
            event.salt is None or commit(event.content, event.salt) != event.commitment
        ):
            found.append(f"the content of event {event.seq} was changed")
        before = event.digest
    if head is not None and not found and before != head:
        found.append("the last events are missing")
    return found


# --- what can happen -----------------------------------------------------------------------------


def ensure(matter: Matter, *states: State) -> None:
    """Refuse an action that does not fit the matter's state.

    Raises:
        WrongState: with the number and the state, so that the answer can say where it stands.
    """
    if matter.state not in states:
        raise WrongState(number=matter.number, state=matter.state)


def _turn(matter: Matter, act: Act, state: State, **changes: Any) -> Matter:
    """Change the state: timers that were due before this moment are void."""
    return replace(matter, state=state, changed_at=act.at, reminded_until=act.at, **changes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Filing:
    """What a filled form says."""

    kind: Kind
    category: str
    community: str
    grid: str
    origin: Origin
    reporter: str
    particulars: Particulars
    importance: int
    urgency: int
    hide_name: bool = False
    confidential: bool = False
    public_space: bool = False
    dangers: tuple[str, ...] = ()
    unconfirmed: bool = False
    stream: str | None = None
    """The work stream an opinion came by (requirement D-02); kept in the chain."""


def file(
    number: str,
    filing: Filing,
    act: Act,
    *,
    seat: Seat,
    owner: str | None,
    rules: ClockRules,
    calendar: WorkCalendar,
) -> Matter:
    """Begin a matter and dispatch it at once: both clocks run from this moment."""
    contact_by, resolve_by = clocks(filing.urgency, act.at, rules, calendar)
    matter = Matter(
        number=number,
        kind=filing.kind,
        category=filing.category,
        community=filing.community,
        grid=filing.grid,
        origin=filing.origin,
        state=State.DISPATCHED,
        reporter=filing.reporter,
        hide_name=filing.hide_name,
        confidential=filing.confidential,
        public_space=filing.public_space,
        dangers=filing.dangers,
        unconfirmed=filing.unconfirmed,
        importance=filing.importance,
        urgency=filing.urgency,
        seat=seat,
        owner=owner,
        accountable=seat,
        filed_at=act.at,
        dispatched_at=act.at,
        contact_by=contact_by,
        resolve_by=resolve_by,
        changed_at=act.at,
        reminded_until=act.at,
        particulars=filing.particulars,
    )
    told = filing.particulars
    matter = record(
        matter,
        act,
        Happening.FILED,
        kind=filing.kind,
        category=filing.category,
        origin=filing.origin,
        text=told.text,
        place=told.place_text,
        attachments=list(told.attachments),
        stream=filing.stream,
    )
    return record(matter, act, Happening.DISPATCHED, unit=seat.unit, role=seat.role, owner=owner)


def accept(matter: Matter, act: Act) -> Matter:
    """The owner takes it in hand.

    Raises:
        WrongState: it is in hand or over already.
    """
    ensure(matter, State.DISPATCHED)
    return record(
        replace(matter, state=State.ACCEPTED, accepted_at=act.at), act, Happening.ACCEPTED
    )


def hand_over(matter: Matter, act: Act, *, seat: Seat, to: str) -> Matter:
    """Give it to a worker; the clocks run on.

    Raises:
        Refused: that person has it already.
        WrongState: it is not with a worker.
    """
    ensure(matter, State.DISPATCHED, State.ACCEPTED)
    if to == matter.owner:
        raise Refused("already_theirs", number=matter.number)
    handed = replace(
        matter, state=State.DISPATCHED, seat=seat, owner=to, accepted_at=None, changed_at=act.at
    )
    return record(handed, act, Happening.HANDED_OVER, to=to, unit=seat.unit, role=seat.role)


def give_back(
    matter: Matter, act: Act, reason: str, *, seat: Seat, owner: str, rules: ClockRules
) -> Matter:
    """A wrong route goes to the level above, with a reason; the clocks run on.

    Raises:
        Refused: it came back as often as the rules allow; the level above decides.
        WrongState: it is not with a worker.
    """
    ensure(matter, State.DISPATCHED, State.ACCEPTED)
    if matter.returns >= rules.max_returns:
        raise Refused("too_many_returns", number=matter.number, returns=matter.returns)
    returned = replace(
        matter,
        state=State.DISPATCHED,
        seat=seat,
        owner=owner,
        accepted_at=None,
        changed_at=act.at,
        returns=matter.returns + 1,
    )
    return record(
        returned, act, Happening.RETURNED, reason=reason, to=owner, unit=seat.unit, role=seat.role
    )


def reassign(
    matter: Matter, act: Act, *, seat: Seat, owner: str | None, reason: str, grid: str | None = None
) -> Matter:
    """A superior, or a departure, puts it on another desk; grid names a corrected grid."""
    ensure(matter, *OPEN)
    state = State.DISPATCHED if matter.state is State.ACCEPTED else matter.state
    moved = replace(
        matter,
        state=state,
        seat=seat,
        owner=owner,
        accountable=seat,
        grid=grid or matter.grid,
        accepted_at=None if state is State.DISPATCHED else matter.accepted_at,
        changed_at=act.at if state is State.DISPATCHED else matter.changed_at,
    )
    return record(
        moved,
        act,
        Happening.REASSIGNED,
        reason=reason,
        to=owner,
        unit=seat.unit,
        role=seat.role,
        grid=grid,
    )


def _contacted(matter: Matter, act: Act) -> Matter:
    return matter if matter.contacted_at else replace(matter, contacted_at=act.at)


def contact(matter: Matter, act: Act) -> Matter:
    """The worker has spoken with the resident: the first clock stops.

    Raises:
        Refused: a first contact is on record already.
    """
    ensure(matter, State.ACCEPTED)
    if matter.contacted_at:
        raise Refused("already_contacted", number=matter.number)
    return record(_contacted(matter, act), act, Happening.CONTACTED)


def ask(
    matter: Matter, act: Act, question: str, *, rules: ClockRules, calendar: WorkCalendar
) -> Matter:
    """Ask the resident; the resolution clock stands still until an answer or the window's end."""
    ensure(matter, State.ACCEPTED)
    answer_by = deadline(act.at, rules.answer_window, calendar)
    asked = _turn(_contacted(matter, act), act, State.ASKED, paused_at=act.at, answer_by=answer_by)
    return record(asked, act, Happening.ASKED, question=question)


def _resume(matter: Matter, act: Act, rules: ClockRules, calendar: WorkCalendar) -> Matter:
    resolve_by = matter.resolve_by
    if matter.paused_at is not None:
        resolve_by = extend(
            resolve_by,
            paused_from=matter.paused_at,
            paused_until=act.at,
            allowance=rules.by_urgency[matter.urgency].resolve,
            calendar=calendar,
        )
    return _turn(matter, act, State.ACCEPTED, paused_at=None, answer_by=None, resolve_by=resolve_by)


def answer(
    matter: Matter,
    act: Act,
    text: str,
    attachments: tuple[str, ...] = (),
    *,
    rules: ClockRules,
    calendar: WorkCalendar,
) -> Matter:
    """The resident answers: the clock runs again, moved by the time it stood still."""
    ensure(matter, State.ASKED)
    resumed = _resume(matter, act, rules, calendar)
    return record(
        resumed, act, Happening.ANSWERED, text=text, attachments=list(attachments) or None
    )


def lapse_question(
    matter: Matter, act: Act, *, rules: ClockRules, calendar: WorkCalendar
) -> Matter:
    """No answer came in its window: the worker goes on with what there is."""
    ensure(matter, State.ASKED)
    return record(_resume(matter, act, rules, calendar), act, Happening.LAPSED, of="question")


def note(matter: Matter, act: Act, text: str, attachments: tuple[str, ...] = ()) -> Matter:
    """The worker notes progress, which the resident sees; the first clock stops."""
    ensure(matter, State.ACCEPTED, State.ASKED)
    return record(
        _contacted(matter, act),
        act,
        Happening.NOTED,
        text=text,
        attachments=list(attachments) or None,
    )


def add(matter: Matter, act: Act, text: str, attachments: tuple[str, ...] = ()) -> Matter:
    """The resident adds words or pictures."""
    ensure(matter, *OPEN)
    told = matter.particulars
    more = replace(told, attachments=(*told.attachments, *attachments))
    return record(
        replace(matter, particulars=more),
        act,
        Happening.ADDED,
        text=text,
        attachments=list(attachments) or None,
    )


def triage(
    matter: Matter,
    act: Act,
    *,
    importance: int,
    urgency: int,
    reason: str,
    rules: ClockRules,
    calendar: WorkCalendar,
) -> Matter:
    """A human overrides the two scores, with a reason; deadlines count anew from dispatch.

    Raises:
        Refused: the scores are the same, or no reason is given.
    """
    ensure(matter, *IN_HAND)
    if not reason.strip():
        raise Refused("reason_needed")
    if (importance, urgency) == (matter.importance, matter.urgency):
        raise Refused("same_priority", number=matter.number)
    contact_by, resolve_by = clocks(urgency, matter.dispatched_at, rules, calendar)
    changed = replace(
        matter,
        importance=importance,
        urgency=urgency,
        contact_by=contact_by,
        resolve_by=resolve_by,
        # An emergency must be acknowledged from the moment at which somebody saw that it is one.
        changed_at=act.at,
        reminded_until=act.at,
    )
    return record(
        changed, act, Happening.TRIAGED, importance=importance, urgency=urgency, reason=reason
    )


def resolve(
    matter: Matter,
    act: Act,
    result: str,
    attachments: tuple[str, ...],
    *,
    rules: ClockRules,
    calendar: WorkCalendar,
) -> Matter:
    """The worker says what was done; the resident judges it within a window."""
    ensure(matter, State.ACCEPTED)
    judge_by = deadline(act.at, rules.judge_window, calendar)
    resolved = _turn(
        _contacted(matter, act), act, State.RESOLVED, resolved_at=act.at, judge_by=judge_by
    )
    return record(
        resolved, act, Happening.RESOLVED, result=result, attachments=list(attachments) or None
    )


def judge(
    matter: Matter,
    act: Act,
    *,
    solved: bool,
    rules: ClockRules,
    calendar: WorkCalendar,
) -> Matter:
    """The resident says solved, which closes, or not solved, which reopens with new clocks."""
    ensure(matter, State.RESOLVED)
    if solved:
        judged = record(matter, act, Happening.JUDGED, solved=True)
        return _close(judged, act, Outcome.SOLVED, rules)
    return _reopen(record(matter, act, Happening.JUDGED, solved=False), act, rules, calendar)


def _close(matter: Matter, act: Act, outcome: Outcome, rules: ClockRules) -> Matter:
    recheck_at = act.at + rules.recheck if outcome is Outcome.SOLVED else None
    closed = _turn(
        matter,
        act,
        State.CLOSED,
        outcome=outcome,
        closed_at=act.at,
        judge_by=None,
        recheck_at=recheck_at,
    )
    return record(closed, act, Happening.CLOSED, outcome=outcome)


def _reopen(matter: Matter, act: Act, rules: ClockRules, calendar: WorkCalendar) -> Matter:
    contact_by, resolve_by = clocks(matter.urgency, act.at, rules, calendar)
    reopened = _turn(
        matter,
        act,
        State.DISPATCHED,
        outcome=None,
        score=None,
        dispatched_at=act.at,
        contact_by=contact_by,
        resolve_by=resolve_by,
        contacted_at=None,
        accepted_at=None,
        resolved_at=None,
        closed_at=None,
        judge_by=None,
        recheck_at=None,
        climbed_to=None,
        reopenings=matter.reopenings + 1,
    )
    return record(reopened, act, Happening.REOPENED)


def rate(matter: Matter, act: Act, score: int, comment: str = "") -> Matter:
    """The resident gives 1 to 5 and may comment; a later score replaces an earlier one.

    Raises:
        Refused: the score is not 1 to 5.
        WrongState: nothing was judged yet.
    """
    ensure(matter, State.CLOSED)
    if not 1 <= score <= 5:
        raise Refused("score_range")
    return record(
        replace(matter, score=score), act, Happening.JUDGED, score=score, comment=comment or None
    )


def tell_above(matter: Matter, act: Act, text: str, attachments: tuple[str, ...] = ()) -> Matter:
    """The resident says something about an open case to the level above its owner alone.

    Raises:
        WrongState: it is closed.
    """
    ensure(matter, *OPEN)
    return record(
        matter, act, Happening.TOLD_ABOVE, text=text, attachments=list(attachments) or None
    )


def lapse_verdict(matter: Matter, act: Act, *, seen: bool, rules: ClockRules) -> Matter:
    """No verdict came: closed, counted as no answer, or as unreachable when it was never seen."""
    ensure(matter, State.RESOLVED)
    outcome = Outcome.NO_ANSWER if seen else Outcome.UNREACHABLE
    lapsed = record(matter, act, Happening.LAPSED, of="verdict")
    return _close(lapsed, act, outcome, rules)


def recheck(
    matter: Matter, act: Act, *, still_solved: bool, rules: ClockRules, calendar: WorkCalendar
) -> Matter:
    """The second check some weeks after closing: "no" reopens it.

    Raises:
        WrongState: it was not closed as solved, or the check is over.
    """
    ensure(matter, State.CLOSED)
    if matter.outcome is not Outcome.SOLVED:
        raise WrongState(number=matter.number, state=matter.state)
    checked = record(matter, act, Happening.RECHECKED, still_solved=still_solved)
    if still_solved:
        return replace(checked, recheck_at=None)
    return _reopen(checked, act, rules, calendar)


def withdraw(matter: Matter, act: Act, reason: str = "") -> Matter:
    """The resident takes it back."""
    ensure(matter, *OPEN)
    withdrawn = _turn(
        matter,
        act,
        State.WITHDRAWN,
        closed_at=act.at,
        answer_by=None,
        judge_by=None,
        paused_at=None,
    )
    return record(withdrawn, act, Happening.WITHDRAWN, reason=reason or None)


def climb(matter: Matter, act: Act, *, seat: Seat, to: str, why: Step) -> Matter:
    """An overdue matter is told to the next level, a named person; its owner stays the owner."""
    return record(
        replace(matter, climbed_to=seat),
        act,
        Happening.CLIMBED,
        to=to,
        unit=seat.unit,
        role=seat.role,
        why=why,
    )


def take_up(matter: Matter, act: Act, *, seat: Seat, owner: str) -> Matter:
    """An unacknowledged emergency changes hands as it climbs: whoever is told now owns it."""
    ensure(matter, State.DISPATCHED)
    moved = replace(matter, seat=seat, owner=owner, climbed_to=seat)
    return record(
        moved,
        act,
        Happening.CLIMBED,
        to=owner,
        unit=seat.unit,
        role=seat.role,
        why=Step.ACKNOWLEDGE,
    )


def support(matter: Matter, act: Act) -> Matter:
    """Another resident says "me too"."""
    ensure(matter, *OPEN)
    return record(replace(matter, supporters=matter.supporters + 1), act, Happening.FOLLOWED)


def is_told(supporters: int) -> bool:
    """Tell whether the owner hears of this many supporters: at 1, 2, 5, 10, 20, 50 and so on.

    However many join, and whoever they are, the owner is not called away for each.
    """
    while supporters >= 10 and supporters % 10 == 0:
        supporters //= 10
    return supporters in (1, 2, 5)


def merge(matter: Matter, into: Matter, act: Act, reason: str) -> tuple[Matter, Matter]:
    """Close a duplicate into another case; both keep their chains and sources (M-12).

    Raises:
        Refused: the two are one, or of different confidentiality.
    """
    ensure(matter, *OPEN)
    ensure(into, *OPEN)
    if matter.number == into.number:
        raise Refused("merge_with_itself")
    if matter.confidential != into.confidential:
        raise Refused("merge_confidential")
    merged = _turn(
        matter,
        act,
        State.MERGED,
        merged_into=into.number,
        closed_at=act.at,
        answer_by=None,
        judge_by=None,
        paused_at=None,
    )
    merged = record(merged, act, Happening.MERGED, into=into.number, reason=reason)
    kept = replace(into, supporters=into.supporters + 1 + matter.supporters)
    kept = record(
        kept, act, Happening.ABSORBED, number=matter.number, origin=matter.origin, reason=reason
    )
    return merged, kept


def mark_split(matter: Matter, act: Act, child: str, reason: str) -> Matter:
    """Note that a part of the matter goes on under a number of its own."""
    ensure(matter, *IN_HAND)
    return record(matter, act, Happening.SPLIT, child=child, reason=reason)


def view_sealed(matter: Matter, act: Act, reason: str) -> Matter:
    """Note that somebody looked at a hidden name, and why (invariant 4 of the roles table)."""
    return record(matter, act, Happening.VIEWED, reason=reason)


def relink(matter: Matter, act: Act, *, reason: str) -> Matter:
    """Note that a new device was confirmed to be the resident's.

    Args:
        reason: how they were recognised; a code that the case's story puts into words.

    Raises:
        Refused: who reported it was erased; nobody can come back.
    """
    if matter.erased or not matter.reporter:
        raise Refused("nobody_to_relink", number=matter.number)
    return record(matter, act, Happening.RELINKED, reason=reason)


def erase(matter: Matter, act: Act) -> Matter:
    """Forget what the resident told; the chain goes on over the commitments that stay."""
    forgotten = replace(
        matter,
        particulars=Particulars(),
        erased=True,
        reporter="",
        recheck_at=None,
        restricted_until=None,
    )
    return record(forgotten, act, Happening.ERASED)


def restrict(matter: Matter, act: Act, *, until: datetime, law: str) -> Matter:
    """Keep what may not be erased yet, out of everybody's sight. Source: PIPL, article 47."""
    ensure(matter, *ENDS)
    kept = replace(matter, reporter="", recheck_at=None, restricted_until=until)
    return record(kept, act, Happening.RESTRICTED, until=until.isoformat(), law=law)


def stored(matter: Matter) -> Matter:
    """The matter as it is after its fresh events were written."""
    return replace(matter, fresh=(), version=matter.version + 1)
