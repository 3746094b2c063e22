"""Mobile stations (流动工作站): routes, their stops, and when one stands where.

A stop is named by its days of the week, or by dates; on public holidays only what is named by date
takes place, and a date can be called off. Source: requirement S-09.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import cos, hypot, radians
from typing import Any

from domain.messages import Line, Text, Value, text
from domain.places.points import METRES_PER_DEGREE, Point
from domain.registers import Entry, Field, FieldKind, FieldOption, Register
from domain.subjects import Subject
from domain.words.other_offices import is_of_others
from domain.working_time import WorkCalendar

STATIONS_NAME = "services.stations"
_DAYS = (
    ("mon", "周一", "星期一", "Monday"),
    ("tue", "周二", "星期二", "Tuesday"),
    ("wed", "周三", "星期三", "Wednesday"),
    ("thu", "周四", "星期四", "Thursday"),
    ("fri", "周五", "星期五", "Friday"),
    ("sat", "周六", "星期六", "Saturday"),
    ("sun", "周日", "星期日", "Sunday"),
)
WEEKDAYS = tuple(FieldOption(day, text(f"stations.{day}"), tuple(words)) for day, *words in _DAYS)

STATIONS = Register(
    name=STATIONS_NAME,
    label="stations.register",
    one="stations.one",
    public=True,
    watched=True,
    fields=(
        Field(name="name", label="stations.name", ask="stations.ask_name", required=True),
        Field(
            name="services",
            label="stations.services",
            ask="stations.ask_services",
            kind=FieldKind.TEXT,
            required=True,
        ),
        Field(
            name="phone",
            label="stations.phone",
            ask="stations.ask_phone",
            kind=FieldKind.PHONE,
            required=True,
            listed=True,
        ),
        Field(
            name="note",
            label="stations.note",
            ask="stations.ask_note",
            kind=FieldKind.TEXT,
            asked=False,
        ),
    ),
)


# --- when a stop takes place ----------------------------------------------------------------------

_DATE = re.compile(r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})日?")
_BETWEEN = re.compile(r"[、，,;；\s]+")
_HOURS = re.compile(
    r"(\d{1,2})\s?[:：.点]\s?(\d{2})?\s?(?:[-–—~～至到]+)\s?(\d{1,2})\s?[:：.点]\s?(\d{2})?"
)
#: So far ahead somebody is told of a stop.
AHEAD = timedelta(days=62)
#: Who follows a stop hears of it so long before.
BEFORE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Timetable:
    """On which days a stop takes place, and from when to when on each."""

    weekdays: frozenset[int]
    dates: frozenset[date]
    off: frozenset[date]
    begins: time
    ends: time

    def is_on(self, day: date, calendar: WorkCalendar) -> bool:
        """Tell whether it takes place on a day: on a holiday only where that date is named."""
        if day in self.off:
            return False
        return day in self.dates or (
            day.weekday() in self.weekdays and day not in calendar.holidays
        )


@dataclass(frozen=True, slots=True)
class Call:
    """One time at which a stop takes place."""

    starts_at: datetime
    ends_at: datetime


def read_dates(said: str) -> frozenset[date] | None:
    """Read dates with their year, such as 2026-12-01、2026年12月15日; None for anything else."""
    found = set()
    for match in _DATE.finditer(said):
        try:
            found.add(date(int(match[1]), int(match[2]), int(match[3])))
        except ValueError:
            return None
    return None if _BETWEEN.sub("", _DATE.sub("", said)) else frozenset(found)


def read_hours(said: str) -> tuple[time, time] | None:
    """Read from when to when, such as 9:00-11:30; None for anything else."""
    match = _HOURS.fullmatch(said.strip())
    if match is None:
        return None
    try:
        begins = time(int(match[1]), int(match[2] or 0))
        ends = time(int(match[3]), int(match[4] or 0))
    except ValueError:
        return None
    return (begins, ends) if begins < ends else None


def _check(fields: Mapping[str, Any]) -> Sequence[Text]:
    """Say what keeps a stop from being published."""
    found = []
    if not fields.get("weekdays") and not fields.get("dates"):
        found.append(text("stations.no_day"))
    for name in ("dates", "off"):
        if read_dates(str(fields.get(name) or "")) is None:
            found.append(text("stations.bad_dates", field=text(f"stations.{name}")))
    if fields.get("hours") and read_hours(str(fields["hours"])) is None:
        found.append(text("stations.bad_hours"))
    return found


STOPS = Register(
    name="services.stops",
    label="stations.stops_register",
    one="stations.stop",
    public=True,
    watched=True,
    key=("name", "station"),
    check=_check,
    fields=(
        Field(name="name", label="stations.stop_name", ask="stations.ask_stop", required=True),
        Field(
            name="station",
            label="stations.one",
            ask="stations.ask_station",
            kind=FieldKind.ENTRY,
            refers=STATIONS_NAME,
            required=True,
            listed=True,
        ),
        Field(
            name="address",
            label="stations.address",
            ask="stations.ask_address",
            required=True,
            listed=True,
        ),
        Field(
            name="weekdays",
            label="stations.weekdays",
            ask="stations.ask_weekdays",
            kind=FieldKind.SEVERAL,
            options=WEEKDAYS,
        ),
        Field(name="dates", label="stations.dates", ask="stations.ask_dates"),
        Field(name="hours", label="stations.hours", ask="stations.ask_hours", required=True),
        Field(name="off", label="stations.off", ask="stations.ask_off", asked=False),
        Field(
            name="services",
            label="stations.services",
            ask="stations.ask_stop_services",
            kind=FieldKind.TEXT,
            asked=False,
            blank="stations.as_the_station",
        ),
        Field(
            name="point",
            label="stations.point",
            ask="stations.ask_point",
            kind=FieldKind.POINT,
            asked=False,
        ),
        Field(
            name="note",
            label="stations.note",
            ask="stations.ask_note",
            kind=FieldKind.TEXT,
            asked=False,
        ),
    ),
)


def timetable_of(stop: Entry) -> Timetable | None:
    """Give when a stop takes place; None where nothing that can be read was entered."""
    hours = read_hours(str(stop.get("hours") or ""))
    dates = read_dates(str(stop.get("dates") or ""))
    off = read_dates(str(stop.get("off") or ""))
    if hours is None or dates is None or off is None:
        return None
    days = [one.value for one in WEEKDAYS]
    chosen = frozenset(days.index(one) for one in stop.get("weekdays") or () if one in days)
    return Timetable(chosen, dates, off, *hours)


def calls(stop: Entry, now: datetime, calendar: WorkCalendar, zone: tzinfo) -> Iterator[Call]:
    """Yield when a stop takes place from now on, the one that goes on first; none that is over."""
    table = timetable_of(stop)
    if table is None:
        return
    today = now.astimezone(zone).date()
    for more in range(AHEAD.days):
        day = today + timedelta(days=more)
        if not table.is_on(day, calendar):
            continue
        starts_at = datetime.combine(day, table.begins, zone).astimezone(UTC)
        ends_at = datetime.combine(day, table.ends, zone).astimezone(UTC)
        within = (stop.valid_from is None or stop.valid_from <= starts_at) and (
            stop.valid_until is None or starts_at < stop.valid_until
        )
        if ends_at > now and within:
            yield Call(starts_at, ends_at)


# --- which one is near ----------------------------------------------------------------------------

#: Of stops about as far as each other the one that comes first is meant.
_BAND = 1_000
_FAR = 1e9
_STEP, _KILOMETRE = 50, 1_000


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop of a station, with the next time and how far it is."""

    entry: Entry
    station: Entry
    call: Call | None = None
    """None where nothing is planned in the next two months."""
    metres: float | None = None
    """As the crow flies; None where one of the two places is not known."""

    @property
    def subject(self) -> Subject:
        """With which what is said of it is erased."""
        return self.entry.subject

    @property
    def urgency(self) -> int:
        """Nothing of it disturbs the night."""
        return 1

    @property
    def barred(self) -> frozenset[str]:
        """Everybody may know of it."""
        return frozenset()

    @property
    def sealed(self) -> bool:
        """It is public."""
        return False

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.entry.get("name") or "")

    @property
    def services(self) -> str:
        """What is done there: the station's services where it has none of its own."""
        return str(self.entry.get("services") or self.station.get("services") or "")


def metres_between(stop: Entry, around: Point | None) -> float | None:
    """Give about how far a stop is, as the crow flies."""
    given = stop.get("point")
    if around is None or given is None:
        return None
    north = (given["lat"] - around.latitude) * METRES_PER_DEGREE
    east = (given["lon"] - around.longitude) * METRES_PER_DEGREE * cos(radians(given["lat"]))
    return hypot(north, east)


def nearest(
    stops: Iterable[Entry],
    stations: Mapping[str, Entry],
    now: datetime,
    calendar: WorkCalendar,
    zone: tzinfo,
    *,
    around: Point | None = None,
    own: frozenset[str] = frozenset(),
) -> list[Stop]:
    """Put stops in the order in which somebody wants them; those without a time are left out.

    Args:
        stations: the routes that run, by id.
        around: where somebody is, or lives about.
        own: the codes of the units in which they live.
    """
    found = []
    for entry in stops:
        station = stations.get(str(entry.get("station")))
        call = next(calls(entry, now, calendar, zone), None)
        if station is not None and call is not None:
            found.append(Stop(entry, station, call, metres_between(entry, around)))

    def place(one: Stop) -> tuple[float, bool, datetime, str]:
        band = _FAR if one.metres is None else one.metres // _BAND
        assert one.call is not None  # noqa: S101  # those without one were left out
        return (band, one.entry.unit not in own, one.call.starts_at, one.entry.id)

    return sorted(found, key=place)


def far_words(metres: float | None) -> Text | None:
    """Say about how far it is."""
    if metres is None:
        return None
    if metres < _KILOMETRE - _STEP / 2:
        return text("stations.metres", far=max(_STEP, round(metres / _STEP) * _STEP))
    return text("stations.kilometres", far=f"{metres / _KILOMETRE:.1f}")


def call_words(call: Call | None, now: datetime, zone: tzinfo) -> Text:
    """Say when it comes, or that it is there."""
    if call is None:
        return text("stations.none_planned")
    ends = f"{call.ends_at.astimezone(zone):%H:%M}"
    if call.starts_at <= now:
        return text("stations.there_now", until=ends)
    day = call.starts_at.astimezone(zone).date()
    starts = f"{call.starts_at.astimezone(zone):%H:%M}"
    return text("stations.comes", day=day, starts=starts, until=ends)


def timetable_words(stop: Mapping[str, Any]) -> Value:
    """Say on which days and when a stop takes place, as it is planned."""
    by_value = {one.value: one.label for one in WEEKDAYS}
    days = tuple(by_value[one] for one in stop.get("weekdays") or () if one in by_value)
    dates = str(stop.get("dates") or "")
    hours = str(stop.get("hours") or "")
    if days and dates:
        return text("stations.planned_both", days=days, dates=dates, hours=hours)
    if days:
        return text("stations.planned_weekly", days=days, hours=hours)
    return text("stations.planned_dates", dates=dates, hours=hours)


def stop_lines(stop: Stop, now: datetime, zone: tzinfo) -> tuple[Line, ...]:
    """Say of a stop when it comes next, where it is, how far, and what is done there."""
    off = str(stop.entry.get("off") or "")
    found = (
        Line(text("stations.next"), call_words(stop.call, now, zone)),
        Line(text("stations.address"), stop.entry.get("address")),
        Line(text("stations.far"), far_words(stop.metres)),
        Line(text("stations.services"), stop.services or None),
        Line(text("stations.planned"), timetable_words(stop.entry.fields)),
        Line(text("stations.off"), off or None),
        Line(text("stations.note"), stop.entry.get("note")),
        Line(text("stations.one"), stop.station.get("name")),
        Line(text("stations.phone"), stop.station.get("phone")),
    )
    return tuple(one for one in found if one.value is not None)


# --- what changed for those who follow ------------------------------------------------------------

_TOLD = ("name", "address", "weekdays", "dates", "hours", "services", "off")


def told_of(stop: Entry) -> dict[str, Any]:
    """Give what somebody who follows a stop was told of it, as plain JSON values."""
    return {name: stop.get(name) for name in _TOLD if stop.get(name)}


def has_changed(told: Mapping[str, Any], stop: Entry, today: date) -> bool:
    """Tell whether somebody would come at the wrong time, to the wrong place or for nothing."""
    return _news(told, today) != _news(told_of(stop), today)


def _news(told: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Leave out what has passed: a date that is tidied away is no change."""
    found = dict(told)
    for name in ("dates", "off"):
        dates = read_dates(str(told.get(name) or "")) or frozenset()
        found[name] = sorted(one.isoformat() for one in dates if one >= today)
    return found


# --- what is asked --------------------------------------------------------------------------------

_MEANT = re.compile(
    r"流动(?:的)?(?:便民|政务|办事|社区)?(?:服务|工作|办公|办事)?(?:大?车|站点?|工作站|服务站|服务点|窗口|大厅|大巴)"
    r"|(?:便民|政务|办事)(?:服务)?(?:大?车|大巴)|巡回(?:办公|办事|服务)"
    r"|mobile (?:station|service|office|van)|service (?:van|bus)"
)
_NOT_OURS = re.compile(r"献血|核酸|充电|维修|公交|快递|垃圾|摊|餐车|体检车")
_LONGEST = 40
_ASKS = re.compile(
    r"什么时候|啥时候|几点|哪天|哪里|哪儿|在哪|时间|多久|下次|下一站|到哪|来不来|来吗|来我们|最近|有没有|吗|站点"
    r"|when|where|next|near|come"
)
#: Named alone it is asked for as well.
_ALONE = 12


def is_asked(plain: str) -> bool:
    """Tell whether a question is when or where a mobile station comes."""
    if len(plain) > _LONGEST or is_of_others(plain) or _NOT_OURS.search(plain):
        return False
    if not _MEANT.search(plain):
        return False
    return bool(_ASKS.search(plain)) or len(plain) <= _ALONE
