"""What jobs and reminders have in common: when, for what, with what."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.messages import Choice, Line, Message, Text
from domain.organisation import Organisation
from domain.people import Language
from domain.street import Street
from storage.database import Database, Tx
from storage.files import FileStore
from storage.reminders import Reminder, claim_run, forget_run
from storage.work import Work

# --- when ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Daily:
    """Every day at a time of the office's clock."""

    at: time


@dataclass(frozen=True, slots=True)
class Weekly:
    """Every week on a day and at a time of the office's clock."""

    weekday: int
    """From Monday, 0, as `date.weekday` counts."""
    at: time


Schedule = Daily | Weekly


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """What one run of a job is about."""

    key: str
    """The name that no other period of the schedule has: ``2026-W10``, ``2026-03-09``."""
    begins: datetime
    ends: datetime
    """The first moment after the period."""
    due_at: datetime
    """When the run is to happen."""


def period(schedule: Schedule, moment: datetime, timezone: ZoneInfo) -> Period:
    """Give the newest period whose run is due at a moment.

    A daily run is about its own day, a weekly run about the last ISO week that is over.
    """
    local = moment.astimezone(timezone)
    day = local.date()
    if isinstance(schedule, Weekly):
        day -= timedelta(days=(day.weekday() - schedule.weekday) % 7)
    step = timedelta(days=7 if isinstance(schedule, Weekly) else 1)
    if _moment(day, schedule.at, timezone) > moment:
        day -= step
    due_at = _moment(day, schedule.at, timezone)
    if isinstance(schedule, Daily):
        return Period(
            key=day.isoformat(),
            begins=_moment(day, time(), timezone),
            ends=_moment(day + step, time(), timezone),
            due_at=due_at,
        )
    monday = day - timedelta(days=day.weekday() + 7)
    year, week, _ = monday.isocalendar()
    return Period(
        key=f"{year}-W{week:02}",
        begins=_moment(monday, time(), timezone),
        ends=_moment(monday + step, time(), timezone),
        due_at=due_at,
    )


def periods(
    schedule: Schedule, since: datetime, until: datetime, timezone: ZoneInfo
) -> tuple[Period, ...]:
    """List the periods whose runs are due after a moment and not after another, in their order."""
    found: list[Period] = []
    one = period(schedule, until, timezone)
    while one.due_at > since:
        found.append(one)
        one = period(schedule, one.due_at - timedelta(microseconds=1), timezone)
    return tuple(reversed(found))


def next_due(schedule: Schedule, moment: datetime, timezone: ZoneInfo) -> datetime:
    """Give when the next run after a moment is due."""
    step = timedelta(days=7 if isinstance(schedule, Weekly) else 1)
    return period(schedule, moment + step, timezone).due_at


def _moment(day: date, at: time, timezone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=timezone).astimezone(UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hours:
    """When an office wants its jobs to run."""

    staff: Weekly
    """Digests to secretaries and leaders."""
    residents: Weekly
    """Summaries to residents."""
    housekeeping: Daily
    staff_of: Mapping[str, Weekly] = field(default_factory=dict)
    """Other moments of single communities."""
    residents_of: Mapping[str, Weekly] = field(default_factory=dict)


# --- with what -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Means:
    """What jobs and reminders work with."""

    database: Database
    street: Callable[[Tx, datetime], Awaitable[Street]]
    """Gives the street as it stands at a moment."""
    files: FileStore
    hours: Hours
    say: Callable[[Text, Language], str]
    """Words for what is drawn or filed; everything that is sent is worded when it is sent."""
    renew: Callable[[datetime], Awaitable[None]] | None = None
    """Trains anew what the office taught, where something of what it was learnt from is gone."""


# --- for what ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Occurrence:
    """One run of a job: for one unit and one period."""

    job: str
    unit: str
    period: Period
    superseded: bool = False
    """A later period of the same job and unit is due as well: whoever is told, hears of that."""
    again: bool = False
    """An operator asked for a run that was done before."""
    briefly: bool = False
    """What needs a process of its own is left out."""

    @property
    def key(self) -> str:
        """Name the run among those of its job."""
        return f"{self.period.key} {self.unit}"


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something that happens once per unit and period, whoever starts it and how often."""

    name: str
    schedule: Callable[[Hours, str], Schedule]
    """Gives the moment for a unit."""
    units: Callable[[Organisation], Sequence[str]]
    run: Callable[[Means, Occurrence, datetime], Awaitable[bool]]
    """Does it and tells whether it did: False when another scheduler had done it before."""


async def claim(tx: Tx, occurrence: Occurrence, now: datetime) -> bool:
    """Claim a run for this transaction; False when it is done already and not wanted again."""
    if occurrence.again:
        await forget_run(tx, occurrence.job, occurrence.key)
    return await claim_run(tx, occurrence.job, occurrence.key, occurrence.period.due_at, now)


@dataclass(frozen=True, kw_only=True, slots=True)
class GatheredLine:
    """What is said of one thing where several are said together."""

    line: Line
    show: Choice
    """The button that opens it."""
    everything: Choice
    """The button that lists all such things."""
    late: bool = False


@dataclass(frozen=True, kw_only=True)
class GatheredKind:
    """A sort of what is gathered for people, and the feature's functions that say it.

    All but `load` get the work, the person, the step, and what was loaded of the subject.
    """

    name: str
    load: Callable[[Tx, Sequence[str]], Awaitable[Mapping[str, Any]]]
    """Loads what the gathered reminders of a batch are about, by id, in a few queries; each is a
    `storage.work.Pressing`."""
    holds: Callable[[Work, str, str, Any], bool]
    """Tells whether it is still to be told: it may be settled, or another's by now."""
    message: Callable[[Work, str, str, Any], Awaitable[Message]]
    """Says it in full, where it is all that there is to say."""
    line: Callable[[Work, str, str, Any], GatheredLine]
    """Says it in a line, where there is more."""
    order: Callable[[Any], Any] = lambda _thing: ()
    """Sorts the things of this kind, the most pressing first."""
    alone: Callable[[Any], bool] = lambda _thing: False
    """Tells what is said in full in a message of its own, however much there is to say."""


@dataclass(frozen=True, kw_only=True)
class ReminderKind:
    """A sort of reminder and the feature's function that handles one."""

    name: str
    load: Callable[[Tx, Sequence[str]], Awaitable[Mapping[str, object]]]
    """Loads what the reminders of a batch are about, by subject, in a few queries."""
    handle: Callable[[Work, Reminder, object], Awaitable[None]]
    """Collects what one reminder changes; its subject's object is None where there is none."""
    files: bool = False
    """Handling one may begin a case, and takes a case number then."""
    exclusive: bool = False
    """Changes the organisation: no other process works on anything meanwhile."""
