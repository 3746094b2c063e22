"""Working time: office hours, public holidays and make-up workdays (调休), deadlines and pauses.

All moments are aware; what comes out is UTC. The whole module rests on one rising function, the
working time since the year 1: spans are its differences, deadlines its inverse. So a deadline costs
the same whether it lies an hour or a year ahead.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

#: One stretch of office hours on the clock of the office; an end of 00:00 is the end of the day.
Hours = tuple[time, time]

_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1) // _MICROSECOND
_SECONDS_PER_HOUR = 3600
_FIRST_YEAR, _LAST_YEAR = 2000, 2200
_KEYS_OF_A_YEAR = frozenset({"source", "published", "holidays", "makeup_workdays", "provisional"})


class WorkCalendarError(ValueError):
    """Raised when hours or dated data cannot be used; ``problems`` names all of them at once."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, kw_only=True)
class WorkCalendar:
    """When an office works.

    A day is a workday if it is a make-up workday, or if it is a Monday to Friday and no holiday.
    A year is known by the notice of the State Council. Until it is out, what the law itself fixes
    is counted, and else Monday to Friday; `knows` tells callers to say so.

    Raises:
        WorkCalendarError: no hours, hours that are empty or overlap, or a day that is both a
            holiday and a make-up workday.
    """

    timezone: ZoneInfo
    hours: tuple[Hours, ...]
    holidays: frozenset[date] = frozenset()
    makeup_workdays: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        problems = _problems_of_hours(self.hours)
        problems += _problems_of_both(self.holidays, self.makeup_workdays)
        if problems:
            raise WorkCalendarError(problems)

    @property
    def day_length(self) -> timedelta:
        """The working time of one workday."""
        return self._day_length * _MICROSECOND

    def is_workday(self, day: date) -> bool:
        """Tell whether the office works on a day (of the office's own date)."""
        if day in self.makeup_workdays:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def knows(self, day: date) -> bool:
        """Tell whether a notice covers a day; if not, its year can still change."""
        return day.year in self.years

    def knows_between(self, start: datetime, end: datetime) -> bool:
        """Tell whether official data covers every year that a span of time touches."""
        first, last = sorted((self.day_of(start).year, self.day_of(end).year))
        return self.years.issuperset(range(first, last + 1))

    def day_of(self, moment: datetime) -> date:
        """The date that the office's clock shows at a moment."""
        return _utc(moment).astimezone(self.timezone).date()

    @property
    def shown_hours(self) -> tuple[str, ...]:
        """The hours of a working day as people read them: 08:00–12:00, 14:00–18:00."""
        return tuple(f"{start:%H:%M}–{end:%H:%M}" for start, end in self.hours)

    def is_open(self, moment: datetime) -> bool:
        """Tell whether a moment lies in working time: the opening does, the closing does not."""
        day, clock = self._split(moment)
        return self.is_workday(day) and any(start <= clock < end for start, end in self._spans)

    def next_opening(self, moment: datetime) -> datetime:
        """Find the first moment of working time that is not before another."""
        day, clock = self._split(moment)
        if self.is_workday(day):
            for start, end in self._spans:
                if clock < end:
                    return self._join(day, start) if clock < start else moment.astimezone(UTC)
        return self._join(self.add_workdays(day, 1), self._spans[0][0])

    def opening_of(self, day: date) -> datetime:
        """The beginning of office hours on a day, whether or not it is a workday."""
        return self._join(day, self._spans[0][0])

    def closing_of(self, day: date) -> datetime:
        """The end of office hours on a day, whether or not it is a workday."""
        return self._join(day, self._spans[-1][1])

    def add(self, start: datetime, span: timedelta) -> datetime:
        """Find the earliest moment at which a span of working time has passed since another.

        A span that uses up a day's hours ends at that day's closing, not at the next opening; an
        empty one ends where it starts, also outside hours.

        Raises:
            ValueError: the span is negative.
        """
        ticks = _ticks(span)
        if ticks == 0:
            return _utc(start)
        workdays, rest = divmod(self._ticks_until(start) + ticks - 1, self._day_length)
        return self._join(self._nth_workday(workdays), self._clock_after(rest + 1, closing=True))

    def subtract(self, end: datetime, span: timedelta) -> datetime:
        """Find the latest moment from which a span of working time is left until another.

        Raises:
            ValueError: the span is negative.
        """
        ticks = _ticks(span)
        if ticks == 0:
            return _utc(end)
        workdays, rest = divmod(self._ticks_until(end) - ticks, self._day_length)
        return self._join(self._nth_workday(workdays), self._clock_after(rest, closing=False))

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Measure the working time between two moments; negative if the second is the earlier."""
        return (self._ticks_until(end) - self._ticks_until(start)) * _MICROSECOND

    def add_workdays(self, day: date, count: int) -> date:
        """Find the workday that is so many workdays after a day (before it if negative).

        The day itself is not counted, as in periods of Chinese law (Civil Code, article 201);
        a count of zero returns it unchanged, workday or not.
        """
        if count == 0:
            return day
        ordinal = day.toordinal()
        if count > 0:
            return self._nth_workday(self._workdays_before(ordinal + 1) + count - 1)
        return self._nth_workday(self._workdays_before(ordinal) + count)

    def workdays_between(self, start: date, end: date) -> int:
        """Count the workdays from one day to another, the first included, the last not."""
        return self._workdays_before(end.toordinal()) - self._workdays_before(start.toordinal())

    def week_of(self, moment: datetime) -> tuple[datetime, datetime]:
        """The ISO week around a moment: Monday 00:00 on the office's clock, included, to the next.

        The week is one of the calendar, not of work: holidays do not move it.
        """
        day = self.day_of(moment)
        monday = day - timedelta(days=day.weekday())
        return self._join(monday, 0), self._join(monday + timedelta(days=7), 0)

    @cached_property
    def _spans(self) -> tuple[tuple[int, int], ...]:
        return tuple((_clock(start), _clock(end) or _DAY) for start, end in self.hours)

    @cached_property
    def _day_length(self) -> int:
        return sum(end - start for start, end in self._spans)

    @cached_property
    def _days_off(self) -> tuple[int, ...]:
        return tuple(sorted(day.toordinal() for day in self.holidays if day.weekday() < 5))

    @cached_property
    def _days_on(self) -> tuple[int, ...]:
        return tuple(sorted(day.toordinal() for day in self.makeup_workdays if day.weekday() >= 5))

    def _workdays_before(self, ordinal: int) -> int:
        # Day 1 of the proleptic calendar is a Monday.
        weeks, days = divmod(ordinal - 1, 7)
        regular = weeks * 5 + min(days, 5)
        return regular - bisect_left(self._days_off, ordinal) + bisect_left(self._days_on, ordinal)

    def _nth_workday(self, index: int) -> date:
        """The workday that has so many workdays before it."""
        earliest = _nth_weekday(index - len(self._days_on))
        latest = _nth_weekday(index + len(self._days_off))
        candidates = range(earliest, latest + 1)
        place = bisect_left(
            candidates, index + 1, key=lambda ordinal: self._workdays_before(ordinal + 1)
        )
        return date.fromordinal(candidates[place])

    def _ticks_until(self, moment: datetime) -> int:
        """The working time since the year 1, in microseconds."""
        day, clock = self._split(moment)
        today = 0
        if self.is_workday(day):
            today = sum(min(clock, end) - start for start, end in self._spans if clock > start)
        return self._workdays_before(day.toordinal()) * self._day_length + today

    def _clock_after(self, ticks: int, *, closing: bool) -> int:
        """The clock when so much of a workday is done: at a break, its start or its end."""
        for start, end in self._spans:
            length = end - start
            if ticks < length or (closing and ticks == length):
                return start + ticks
            ticks -= length
        raise AssertionError("a workday has no more working time than its hours")

    def _split(self, moment: datetime) -> tuple[date, int]:
        local = _utc(moment).astimezone(self.timezone)
        return local.date(), _clock(local)

    def _join(self, day: date, clock: int) -> datetime:
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.timezone)
        return (midnight + clock * _MICROSECOND).astimezone(UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """How long something may take: working hours, or calendar hours where it is urgent.

    Raises:
        ValueError: the hours are negative or no number.
    """

    hours: Decimal | float
    calendar: bool = False

    def __post_init__(self) -> None:
        hours = Decimal(self.hours)
        if not hours.is_finite() or hours < 0:
            raise ValueError(f"an allowance is a number of hours from 0 upwards, not {self.hours}")

    @property
    def span(self) -> timedelta:
        """The hours as a span, exact to the microsecond."""
        return timedelta(microseconds=int(Decimal(self.hours) * _SECONDS_PER_HOUR * 1_000_000))


def deadline(start: datetime, allowance: Allowance, calendar: WorkCalendar) -> datetime:
    """Find the moment at which an allowance that began to run at another is used up."""
    if allowance.calendar:
        return _utc(start) + allowance.span
    return calendar.add(start, allowance.span)


def moment_before(moment: datetime, allowance: Allowance, calendar: WorkCalendar) -> datetime:
    """Find the latest moment that leaves an allowance until another: when to send a reminder."""
    if allowance.calendar:
        return _utc(moment) - allowance.span
    return calendar.subtract(moment, allowance.span)


def extend(
    due: datetime,
    *,
    paused_from: datetime,
    paused_until: datetime,
    allowance: Allowance,
    calendar: WorkCalendar,
) -> datetime:
    """Move a deadline by the time that a pause took from its allowance.

    The time is counted as the allowance counts it, so a pause over a weekend takes nothing from
    working hours. A deadline that was already reached when the pause began does not move.

    Raises:
        ValueError: the pause ends before it begins.
    """
    if paused_until < paused_from:
        raise ValueError("a pause ends after it begins")
    if paused_from >= due:
        return _utc(due)
    if allowance.calendar:
        return _utc(due) + (paused_until - paused_from)
    return calendar.add(due, calendar.elapsed(paused_from, paused_until))


@dataclass(frozen=True, kw_only=True, slots=True)
class QuietHours:
    """A part of every day in which nobody is disturbed; it may run over midnight.

    Raises:
        ValueError: it starts when it ends, which could mean all day or never.
    """

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError("quiet hours start and end at different times")

    def cover(self, clock: time) -> bool:
        """Tell whether a time of day is quiet: the start is, the end is not."""
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end


def after_quiet(moment: datetime, quiet: QuietHours, tz: tzinfo) -> datetime:
    """Find the first moment, not before another, at which people may be disturbed."""
    local = _utc(moment).astimezone(tz)
    if not quiet.cover(local.time()):
        return _utc(moment)
    ends_tomorrow = local.time() >= quiet.end
    day = local.date() + timedelta(days=1) if ends_tomorrow else local.date()
    return datetime.combine(day, quiet.end, tzinfo=tz).astimezone(UTC)


def calendar_from(
    mapping: Mapping[Any, Any], *, timezone: ZoneInfo, hours: Iterable[Hours]
) -> WorkCalendar:
    """Build a calendar from dated data, as ``bot/configuration/defaults/holidays.toml`` holds it.

    Args:
        mapping: year (``"2026"`` or 2026) to a table with ``source`` (the notice), ``holidays`` and
            ``makeup_workdays`` (lists of dates), and optionally ``published`` (a date). A year's
            notice may name days of the December before it, as those of 2023 and 2024 do. A year
            that is ``provisional`` has the days that the law fixes and no notice yet.

    Raises:
        WorkCalendarError: with all problems at once, each after its key.
    """
    spans = tuple(hours)
    years: set[int] = set()
    seen: set[int] = set()
    holidays: set[date] = set()
    makeup_workdays: set[date] = set()
    problems = _problems_of_hours(spans)
    for key, table in mapping.items():
        found = _problems_of_year(key, table)
        problems += found
        if not found:
            if not table.get("provisional", False):
                years.add(int(key))
            seen.add(int(key))
            holidays.update(table["holidays"])
            makeup_workdays.update(table["makeup_workdays"])
    if len(seen) < len(mapping) and not problems:
        problems.append("a year is given twice")
    problems += _problems_of_both(holidays, makeup_workdays)
    if problems:
        raise WorkCalendarError(problems)
    return WorkCalendar(
        timezone=timezone,
        hours=spans,
        holidays=frozenset(holidays),
        makeup_workdays=frozenset(makeup_workdays),
        years=frozenset(years),
    )


def _problems_of_hours(hours: Sequence[Hours]) -> list[str]:
    if not hours:
        return ["hours: at least one span is needed"]
    problems = []
    closed = 0
    for number, (start, end) in enumerate(hours, 1):
        opens, closes = _clock(start), _clock(end) or _DAY
        if start.tzinfo is not None or end.tzinfo is not None:
            problems.append(f"hours: span {number} has a timezone of its own")
        if closes <= opens:
            problems.append(f"hours: span {number} ends at {end:%H:%M}, not after {start:%H:%M}")
        if opens < closed:
            problems.append(f"hours: span {number} starts before the one before it has ended")
        closed = max(closed, closes)
    return problems


def _problems_of_both(holidays: Iterable[date], makeup_workdays: Iterable[date]) -> list[str]:
    both = sorted(set(holidays) & set(makeup_workdays))
    return [f"{day}: is both a holiday and a make-up workday" for day in both]


def _problems_of_year(key: object, table: object) -> list[str]:
    year = _year(key)
    if year is None:
        return [f"{key}: is not a year between {_FIRST_YEAR} and {_LAST_YEAR}"]
    if not isinstance(table, Mapping):
        return [f"{key}: is not a table"]
    problems = [f"{key}.{name}: is not known" for name in table if name not in _KEYS_OF_A_YEAR]
    source = table.get("source")
    if not isinstance(source, str) or not source.strip():
        problems.append(f"{key}.source: must name the notice the dates come from")
    if not isinstance(table.get("provisional", False), bool):
        problems.append(f"{key}.provisional: must be true or false")
    published = table.get("published")
    if published is not None and not _is_date(published):
        problems.append(f"{key}.published: {published!r} is not a date")
    for name in ("holidays", "makeup_workdays"):
        problems += _problems_of_dates(f"{key}.{name}", year, table.get(name))
    makeup_workdays = table.get("makeup_workdays")
    if isinstance(makeup_workdays, list | tuple):
        problems += [
            f"{key}.makeup_workdays: {day} is not a Saturday or a Sunday"
            for day in makeup_workdays
            if _is_date(day) and day.weekday() < 5
        ]
    return problems


def _problems_of_dates(name: str, year: int, days: object) -> list[str]:
    if not isinstance(days, list | tuple):
        return [f"{name}: must be a list of dates"]
    problems = []
    seen: set[date] = set()
    for day in days:
        if not _is_date(day):
            problems.append(f"{name}: {day!r} is not a date")
            continue
        if day in seen:
            problems.append(f"{name}: {day} is given twice")
        if day.year != year and (day.year, day.month) != (year - 1, 12):
            problems.append(f"{name}: {day} is not in {year} or the December before it")
        seen.add(day)
    return problems


def _year(key: object) -> int | None:
    if isinstance(key, str) and key.isascii() and key.isdigit():
        key = int(key)
    if isinstance(key, int) and not isinstance(key, bool) and _FIRST_YEAR <= key <= _LAST_YEAR:
        return key
    return None


def _is_date(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _nth_weekday(index: int) -> int:
    """The ordinal of the Monday to Friday that has so many before it."""
    weeks, days = divmod(index, 5)
    return weeks * 7 + days + 1


def _clock(moment: time | datetime) -> int:
    """The microseconds since midnight that a clock shows."""
    seconds = moment.hour * _SECONDS_PER_HOUR + moment.minute * 60 + moment.second
    return seconds * 1_000_000 + moment.microsecond


def _ticks(span: timedelta) -> int:
    if span < timedelta(0):
        raise ValueError("a span of working time is not negative")
    return span // _MICROSECOND


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a timezone is not a moment")
    return moment.astimezone(UTC)
