"""A home visit (上门服务): a named worker comes in a window of time that was agreed.

From the wish to the revisit, with the slips of the record set: acceptance, one notice of what to
have ready, suspension, resumption, closing or termination. Sources: requirement S-08; the set of
slips, and that name, post, telephone and a line for complaints are made known: F-196; steps: F-195.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from domain.documents import Folder, Required
from domain.errors import Refused
from domain.laws import AGENCY_STANDARD
from domain.messages import Text, Value, text
from domain.services.agency import AGENT, PRINCIPAL
from domain.services.orders import Order
from domain.services.rules import HomeRules
from domain.stages import Move, Need, Procedure, Stage
from domain.working_time import WorkCalendar

#: The word that stands in the tables.
HOME = "home"

REQUIRED = tuple(
    Required(kind=one)
    for one in ("acceptance", "notice", "suspension", "resumption", "closing", "termination")
)

_ACCEPTANCE = Need(record="acceptance", refusal="home.not_accepted", rule=AGENCY_STANDARD)
_CLOSING = Need(record="closing", refusal="home.no_closing", rule=AGENCY_STANDARD)
_TERMINATION = Need(record="termination", refusal="home.no_termination", rule=AGENCY_STANDARD)
_RESUMPTION = Need(record="resumption", refusal="home.no_resumption", rule=AGENCY_STANDARD)

# --- its stages ----------------------------------------------------------------------------------

#: While it is in one of these, its case is referred to it.
UNDER_WAY = frozenset({"asked", "booked", "on_way", "at_door", "suspended"})
#: In these a window is agreed, and its end is the deadline.
AGREED = frozenset({"booked", "on_way", "at_door"})
_BY_WORKER, _BY_RESIDENT = frozenset({AGENT}), frozenset({PRINCIPAL})


def _stage(name: str, span: str, comes: str, *needs: Need) -> Stage:
    return Stage(name=name, owed_by=AGENT, span=span, next=comes, needs=needs)


def _move(name: str, of: Iterable[str], to: str, *gives: str, **more: Any) -> Move:
    given = {"by": _BY_WORKER, "gives": frozenset(gives), **more}
    return Move(name=name, of=frozenset(of), to=to, **given)


PROCEDURE = Procedure(
    name=HOME,
    stages=(
        _stage("asked", "acceptance", "accept"),
        _stage("booked", "visit", "set_off", _ACCEPTANCE),
        _stage("on_way", "visit", "arrive", _ACCEPTANCE),
        _stage("at_door", "visit", "finish", _ACCEPTANCE),
        _stage("suspended", "suspension", "review"),
        _stage("revisit", "revisit", "revisit", _ACCEPTANCE, _CLOSING),
        Stage(name="done"),
        Stage(name="terminated", needs=(_TERMINATION,)),
    ),
    moves=(
        _move("accept", {"asked"}, "booked", "acceptance"),
        _move("rebook", {"booked", "on_way"}, "booked", "acceptance"),
        _move(
            "ask_move",
            {"booked"},
            "asked",
            by=_BY_RESIDENT,
            reasoned=True,
            takes=frozenset({"acceptance"}),
        ),
        _move("set_off", {"booked"}, "on_way"),
        _move("arrive", {"on_way"}, "at_door"),
        _move("finish", {"at_door"}, "revisit", "closing"),
        _move(
            "suspend",
            {"asked", "booked", "at_door"},
            "suspended",
            "suspension",
            reasoned=True,
            takes=frozenset({"acceptance", "resumption"}),
        ),
        _move(
            "resume",
            {"suspended"},
            "asked",
            "resumption",
            by=_BY_WORKER | _BY_RESIDENT,
            needs=(_RESUMPTION,),
        ),
        _move("revisit", {"revisit"}, "done"),
        _move("terminate", UNDER_WAY, "terminated", "termination", reasoned=True),
        _move(
            "cancel",
            UNDER_WAY,
            "terminated",
            "termination",
            by=_BY_RESIDENT,
            reasoned=True,
        ),
    ),
)


# --- what is kept of one -------------------------------------------------------------------------

#: Why a resident calls it off, as buttons offer it.
CANCELS = ("not_needed", "done_already", "other_time", "not_said")
#: Why it ended, where nobody wrote a sentence.
_CODES = frozenset({*CANCELS, "withdrawn", "erased", "relation_ended"})
#: What was judged of a code at the door.
RIGHT, WRONG = "right", "wrong"


@dataclass(frozen=True, kw_only=True, slots=True)
class HomeDetails:
    """What a home visit keeps of whom it is for; sealed, and erased with it."""

    what: str
    """What is to be done."""
    principal: str
    """The name of the one to whom somebody comes."""
    phone: str = ""
    address: str = ""
    wish: str = ""
    """When it would suit, in words."""
    acting: str = ""
    """As what somebody else asks for them, in code; empty for oneself."""
    relation: str = ""
    """The relation by which they act."""
    starts_at: str = ""
    """The window that was agreed (ISO, UTC); empty while there is none."""
    ends_at: str = ""
    until: str = ""
    """The end of the window on the office's clock."""
    bring: str = ""
    """What the one notice asks to have ready."""
    says_worker: str = ""
    """The code that the worker says at the door; empty while there is none that counts."""
    says_resident: str = ""
    """The code that the resident says."""
    found_worker: str = ""
    """What the resident judged of the worker's code: RIGHT, WRONG, or nothing yet."""
    found_address: str = ""
    """What the worker judged of the resident's."""
    tries_resident: int = 0
    """Mistyped codes, by the side that typed them."""
    tries_worker: int = 0
    result: str = ""
    reason: str = ""
    revisit: str = ""

    def as_json(self) -> dict[str, Any]:
        """Give it as plain JSON values; what is empty is left out."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in found.items() if value}

    @property
    def window(self) -> tuple[datetime, datetime] | None:
        """Give from when to when somebody comes; None while nothing is agreed."""
        if not self.starts_at or not self.ends_at:
            return None
        return datetime.fromisoformat(self.starts_at), datetime.fromisoformat(self.ends_at)

    @property
    def is_warned(self) -> bool:
        """Tell whether a side said that the other's code is wrong, and nobody cleared that up."""
        return WRONG in (self.found_worker, self.found_address)

    @property
    def is_checked(self) -> bool:
        """Tell whether the resident knew the worker, or the worker the address."""
        return not self.is_warned and RIGHT in (self.found_worker, self.found_address)


_NAMES = frozenset(one.name for one in fields(HomeDetails))
#: These open a door, or say how somebody tried: nobody takes them along.
_SECRET = ("says_worker", "says_resident", "tries_resident", "tries_worker")


def home_of(order: Order) -> HomeDetails:
    """Read what a home visit keeps; what was erased is empty."""
    kept = {name: value for name, value in order.body.items() if name in _NAMES}
    return HomeDetails(**{"what": "", "principal": "", **kept})


def with_home(order: Order, **changes: Any) -> Order:
    """Change what a home visit keeps."""
    return replace(order, body=replace(home_of(order), **changes).as_json())


def without_window(order: Order) -> Order:
    """Forget the window that was agreed, and its codes."""
    return with_home(
        order,
        starts_at="",
        ends_at="",
        until="",
        says_worker="",
        says_resident="",
        found_worker="",
        found_address="",
        tries_resident=0,
        tries_worker=0,
    )


def copied(order: Order) -> Mapping[str, Any]:
    """Give what the resident is given of it in the copy of their data: no codes."""
    found = home_of(order).as_json()
    return {name: value for name, value in found.items() if name not in _SECRET}


def records_of(order: Order, folder: Folder) -> frozenset[str]:
    """Name what is on record, as the stages know it."""
    return folder.records(REQUIRED)


def reason_of(details: HomeDetails) -> Value:
    """Say why it is suspended, or ended; None where it is neither."""
    if details.reason in _CODES:
        return text(f"home.why_{details.reason}")
    return details.reason or None


# --- when ----------------------------------------------------------------------------------------


def due(order: Order, stage: str) -> datetime | None:
    """Give by when a stage is to be done where a window is agreed."""
    window = home_of(order).window
    return window[1] if window is not None and stage in AGREED else None


def reminders(order: Order, rules: HomeRules) -> Iterable[tuple[datetime, str]]:
    """Give when both sides are reminded of the window, with the step of each."""
    window = home_of(order).window
    if window is None or order.standing.stage not in ("booked", "on_way"):
        return ()
    return ((window[0] - rules.first, "first"), (window[0] - rules.last, "last"))


#: Longer than that nobody waits at home.
LONGEST_WINDOW = timedelta(hours=2)


def windows(calendar: WorkCalendar) -> tuple[tuple[time, time], ...]:
    """Cut the hours of a working day into windows."""
    found = []
    for begins, ends in calendar.hours:
        at, last = datetime.combine(date.min, begins), datetime.combine(date.min, ends)
        while at < last:
            until = min(at + LONGEST_WINDOW, last)
            found.append((at.time(), until.time()))
            at = until
    return tuple(found)


def agreed(day: date, window: tuple[time, time], zone: tzinfo, now: datetime) -> dict[str, str]:
    """Give the details of a window on a day, as `HomeDetails` keeps them.

    Raises:
        Refused: it is over.
    """
    starts_at, ends_at = (datetime.combine(day, one, zone).astimezone(now.tzinfo) for one in window)
    if ends_at <= now:
        raise Refused("home.window_over")
    return {
        "starts_at": starts_at.isoformat(),
        "ends_at": ends_at.isoformat(),
        "until": f"{window[1]:%H:%M}",
    }


def window_words(details: HomeDetails) -> Text | None:
    """Say from when to when somebody comes; None while nothing is agreed."""
    window = details.window
    if window is None:
        return None
    return text("home.from_to", starts=window[0], until=details.until)
