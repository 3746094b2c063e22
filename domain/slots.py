"""Times that can be booked: a weekly pattern with so many places each, and who has one.

Whose times they are is a `Subject`, and what for is a key within it: this part knows neither. What
can be booked is counted from the pattern, the working calendar and the days that were closed; a row
of its own is kept only for a time of which somebody took a place.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.errors import Refused
from domain.rules import DatedRules
from domain.subjects import Subject
from domain.working_time import WorkCalendar

#: The kind of the subjects of bookings.
BOOKING = "booking"
_SATURDAY, _SUNDAY = 5, 6
#: A make-up workday at the weekend that the pattern does not name is kept like the nearest one
#: within the week: the notice (调休) says that the office works, not which day it stands for.
_LIKE = {_SATURDAY: 4, _SUNDAY: 0}
_STAMP = "%Y%m%d%H%M"


@dataclass(frozen=True, kw_only=True, slots=True)
class BookingRules(DatedRules):
    """How far ahead, how late and how often one may book. Sources: ``docs/rules.md``."""

    horizon_days: int
    """Today and so many days more can be booked."""
    lead: timedelta
    """No later than this before a time begins."""
    most_open: int
    """So many times that lie ahead may one person have."""
    remind: timedelta
    """Before a time, besides the day before."""
    grace: timedelta
    """After the end of a time, before who was not noted as there counts as not come."""
    most_missed: int
    """So often may somebody not come before the window alone books for them; 0: it has no
    consequence."""
    missed_within: timedelta
    """Within what span that is counted, and how long it lasts."""
    keep: timedelta
    """How long a booking is kept after its time."""


# --- when -----------------------------------------------------------------------------------------


@dataclass(frozen=True, order=True, slots=True)
class Opening:
    """A stretch of a weekday, on the office's clock."""

    weekday: int
    """From Monday, 0, as `date.weekday` counts."""
    start: time
    end: time


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """The times of one thing at one place."""

    id: str
    of: Subject
    """Whose times they are, such as a hall."""
    item: str
    """What for: a key that is the same wherever the same is done."""
    unit: str
    openings: tuple[Opening, ...]
    length: timedelta
    capacity: int
    """How many people at a time."""
    told: Mapping[str, str] = field(default_factory=dict)
    """What a feature says of it, by names of its own."""
    ended_at: datetime | None = None
    """Nothing can be booked since then."""
    version: int = 0
    """How often it was saved: 0 for one that was not yet."""

    @property
    def is_open(self) -> bool:
        """Tell whether anything can be booked at all."""
        return self.ended_at is None

    @property
    def name(self) -> str:
        """Name it among what is versioned."""
        return f"series {self.id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class DayClosed:
    """A day on which a series is not open, and why."""

    series: str
    day: date
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """One time, with its places."""

    series: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    taken: int = 0

    @property
    def left(self) -> int:
        """Count the places that nobody has."""
        return max(self.capacity - self.taken, 0)

    @property
    def name(self) -> str:
        """Name it among what is limited."""
        return f"slot {self.series} {self.starts_at.isoformat()}"


def slot_named(series: str, name: str) -> datetime | None:
    """Tell when a slot of a series begins that is named so; None for any other name."""
    before = f"slot {series} "
    return datetime.fromisoformat(name[len(before) :]) if name.startswith(before) else None


def openings_on(series: Series, day: date, calendar: WorkCalendar) -> tuple[Opening, ...]:
    """Give the stretches of a day: none on a public holiday, those of a workday where one is made
    up for at a weekend."""
    if day in calendar.holidays:
        return ()
    weekday = day.weekday()
    found = _of(series, weekday)
    if not found and day in calendar.makeup_workdays:
        found = _of(series, _LIKE.get(weekday, weekday))
    return found


def _of(series: Series, weekday: int) -> tuple[Opening, ...]:
    return tuple(sorted(one for one in series.openings if one.weekday == weekday))


def times_on(series: Series, day: date, calendar: WorkCalendar) -> tuple[Slot, ...]:
    """Give the times of a day with all their places; a rest that is too short is none."""
    openings = openings_on(series, day, calendar)
    return _times(series.id, openings, series.length, series.capacity, day, calendar.timezone)


# Everybody who books looks at the same days, and few of their times are taken.
@lru_cache(maxsize=2_000)
def _times(
    series: str,
    openings: tuple[Opening, ...],
    length: timedelta,
    capacity: int,
    day: date,
    zone: ZoneInfo,
) -> tuple[Slot, ...]:
    found: list[Slot] = []
    for opening in openings:
        start = datetime.combine(day, opening.start, tzinfo=zone).astimezone(UTC)
        end = datetime.combine(day, opening.end, tzinfo=zone).astimezone(UTC)
        while start + length <= end:
            found.append(
                Slot(series=series, starts_at=start, ends_at=start + length, capacity=capacity)
            )
            start += length
    return tuple(found)


def days_ahead(rules: BookingRules, today: date) -> Sequence[date]:
    """List the days that can be booked, closed ones too: today and as far as the horizon."""
    return [today + timedelta(days=more) for more in range(rules.horizon_days + 1)]


def is_in_time(slot: Slot, rules: BookingRules, now: datetime) -> bool:
    """Tell whether it is early enough for a time."""
    return now + rules.lead <= slot.starts_at


def stamp(moment: datetime, calendar: WorkCalendar) -> str:
    """Write a time as a button holds it: the office's date and clock, ``202611250930``."""
    return f"{moment.astimezone(calendar.timezone):{_STAMP}}"


def read_stamp(written: str, calendar: WorkCalendar) -> datetime | None:
    """Read what `stamp` wrote; None for anything else."""
    if len(written) != len("202611250930") or not (written.isascii() and written.isdecimal()):
        return None
    try:
        local = datetime.strptime(written, _STAMP)  # noqa: DTZ007  # the zone follows
    except ValueError:
        return None
    return local.replace(tzinfo=calendar.timezone).astimezone(UTC)


# --- who ------------------------------------------------------------------------------------------


class BookingState(StrEnum):
    """What became of a booking."""

    BOOKED = "booked"
    CALLED_OFF = "called_off"
    """The office cannot keep it; the person may choose another time under the same number."""
    CANCELLED = "cancelled"
    """The person does not want it any more."""
    KEPT = "kept"
    """The person came."""
    MISSED = "missed"
    """Nobody noted that the person came."""


#: Why nothing can be done to it any more.
_OVER = {
    BookingState.BOOKED: "slots.is_over",
    BookingState.CALLED_OFF: "slots.is_called_off",
    BookingState.CANCELLED: "slots.is_cancelled",
    BookingState.KEPT: "slots.is_kept",
    BookingState.MISSED: "slots.is_missed",
}

#: What can still be moved or given up.
OPEN = frozenset({BookingState.BOOKED, BookingState.CALLED_OFF})


@dataclass(frozen=True, kw_only=True, slots=True)
class Booking:
    """One place at one time for one person."""

    id: str
    number: str
    """By which it is named; it opens nothing."""
    series: str
    starts_at: datetime
    ends_at: datetime
    person: str | None = None
    """None for somebody without an account, for whom the window booked."""
    name: str = ""
    """Of somebody without an account."""
    phone: str = ""
    """Of somebody without an account."""
    state: BookingState = BookingState.BOOKED
    by: str | None = None
    """Who booked it at a window."""
    made_at: datetime
    changed_at: datetime
    version: int = 0

    @property
    def subject(self) -> Subject:
        """Refer to it."""
        return Subject(BOOKING, self.id)

    def meets(self, slot: Slot) -> bool:
        """Tell whether two times overlap, if it is kept."""
        is_kept = self.state is BookingState.BOOKED
        return is_kept and self.starts_at < slot.ends_at and slot.starts_at < self.ends_at


def place_of(booking: Booking) -> Slot | None:
    """Give the place that a booking has; None for one that has none."""
    if booking.state not in (BookingState.BOOKED, BookingState.KEPT, BookingState.MISSED):
        return None
    return Slot(
        series=booking.series, starts_at=booking.starts_at, ends_at=booking.ends_at, capacity=1
    )


def ensure_open(booking: Booking, now: datetime) -> None:
    """Refuse to alter what is over.

    Raises:
        Refused: it was given up, or its time has begun.
    """
    if booking.state not in OPEN:
        raise Refused(_OVER[booking.state], number=booking.number)
    if booking.state is BookingState.BOOKED and booking.starts_at <= now:
        raise Refused(_OVER[booking.state], number=booking.number)


def move(booking: Booking, slot: Slot, now: datetime) -> Booking:
    """Give a booking another time, under the same number.

    Raises:
        Refused: it is over.
    """
    ensure_open(booking, now)
    return replace(
        booking,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        state=BookingState.BOOKED,
        changed_at=now,
    )


def cancel(booking: Booking, now: datetime) -> Booking:
    """Give a booking up.

    Raises:
        Refused: it is over.
    """
    ensure_open(booking, now)
    return replace(booking, state=BookingState.CANCELLED, changed_at=now)


def call_off(booking: Booking, now: datetime) -> Booking:
    """Let a booking wait for another time, because the office cannot keep this one."""
    return replace(booking, state=BookingState.CALLED_OFF, changed_at=now)


def note_kept(booking: Booking, now: datetime, calendar: WorkCalendar) -> Booking:
    """Note that the person came; also where nobody had noted it in time.

    Raises:
        Refused: it was given up, or is on another day that lies ahead.
    """
    if booking.state not in (BookingState.BOOKED, BookingState.MISSED, BookingState.KEPT):
        raise Refused(_OVER[booking.state], number=booking.number)
    if calendar.day_of(booking.starts_at) > calendar.day_of(now):
        raise Refused("slots.not_today", number=booking.number, at=booking.starts_at)
    return replace(booking, state=BookingState.KEPT, changed_at=now)


def note_missed(booking: Booking, now: datetime) -> Booking:
    """Note that the person did not come.

    Raises:
        Refused: it was given up, or its time has not begun.
    """
    if booking.state not in (BookingState.BOOKED, BookingState.MISSED, BookingState.KEPT):
        raise Refused(_OVER[booking.state], number=booking.number)
    if now < booking.starts_at:
        raise Refused("slots.not_begun", number=booking.number, at=booking.starts_at)
    return replace(booking, state=BookingState.MISSED, changed_at=now)


def ensure_may_book(
    own: Iterable[Booking], items: Mapping[str, str], slot: Slot, rules: BookingRules, now: datetime
) -> None:
    """Refuse a second booking of the same person for the same, at the same time, or one too many.

    Args:
        own: what the person has already; one that is to be moved is left out.
        items: what each series is for, by its id.

    Raises:
        Refused: the sentence names the booking that stands in the way.
    """
    ahead = [one for one in own if one.state in OPEN and one.ends_at > now]
    for one in ahead:
        if items.get(one.series) == items[slot.series]:
            raise Refused("slots.twice", number=one.number, at=one.starts_at, other=one.id)
        if one.meets(slot):
            raise Refused("slots.overlaps", number=one.number, at=one.starts_at, other=one.id)
    if len(ahead) >= rules.most_open:
        raise Refused("slots.too_many", most=rules.most_open)


def ensure_comes(own: Iterable[Booking], rules: BookingRules, now: datetime) -> None:
    """Send whoever did not come too often to the window, where the office has such a rule.

    Raises:
        Refused: they have to ask the window.
    """
    since = now - rules.missed_within
    missed = [one for one in own if one.state is BookingState.MISSED and one.starts_at > since]
    if rules.most_missed and len(missed) >= rules.most_missed:
        raise Refused("slots.missed_too_often", most=rules.most_missed, within=rules.missed_within)


# --- what time does -------------------------------------------------------------------------------


class Step(StrEnum):
    """What the clock does to a booking, in its order."""

    DAY_BEFORE = "day_before"
    SOON = "soon"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Timer:
    """What is due next."""

    step: Step
    due_at: datetime


def next_timer(
    booking: Booking, rules: BookingRules, now: datetime, *, after: Step | None = None
) -> Timer | None:
    """Find what the clock does next to a booking; None where nothing is left to do.

    Somebody who books an hour before is not told so at once: a reminder whose moment has passed is
    left out. That nobody came is always noted.

    Args:
        after: the step that was just done.
    """
    if booking.state is not BookingState.BOOKED:
        return None
    every = (
        Timer(Step.DAY_BEFORE, booking.starts_at - timedelta(days=1)),
        Timer(Step.SOON, booking.starts_at - rules.remind),
        Timer(Step.OVER, booking.ends_at + rules.grace),
    )
    steps = list(Step)
    left = [one for one in every if after is None or steps.index(one.step) > steps.index(after)]
    return next((one for one in left if one.due_at > now or one.step is Step.OVER), None)
