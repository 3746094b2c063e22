"""What for and where, which day, which time: pressed page by page, or typed as 明天上午."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from domain.errors import Refused, Stale
from domain.messages import Awaiting, Choice, Message, Value, action, rows, text
from domain.services.appointments import (
    FEATURE,
    hall_of,
    item_of,
    nearest_first,
    series_name,
    spread,
    time_label,
)
from domain.services.moments import Moment, Part, read_moment
from domain.slots import Series, Slot, days_ahead, openings_on, read_stamp, stamp
from handlers.forms.answers import NotMineError, with_value, without_value
from handlers.forms.questions import Pick, pick, today
from handlers.forms.steps import VERB, Option, Options, Step, place_in_list
from handlers.turn import Turn, explained
from scheduler.services.calling_off import all_of, free_ahead
from storage.drafts import Draft
from storage.services.appointments import get_times, open_times
from storage.slots import ByDay, closed_days, list_slots, rules_of

SERIES, DAY, AT = "series", "day", "at"
#: In a draft's context: the half of the day that was asked for.
_PART = "part"
#: In a draft's context: somebody who sees few buttons wants to choose the day as well.
DAYS = "days"
#: In a draft's context: the moment that was named before it was clear what for.
WISH = "wish"
_DAYS_SHOWN, _TIMES_SHOWN, _SOON_SHOWN = 6, 12, 5


async def known_series(turn: Turn, which: Iterable[str]) -> Mapping[str, Series]:
    """Load series, open or not; those that do not exist are left out."""
    known = {one.id: one for one in await open_times(turn)}
    missing = {one for one in which if one not in known}
    return {**known, **await get_times(turn.tx, missing)} if missing else known


async def offered_series(turn: Turn) -> list[Series]:
    """List what can be booked now, the nearest first."""
    every = await open_times(turn)
    return nearest_first(
        [one for one in every if turn.street.is_on(FEATURE, one.unit)],
        turn.street.organisation,
        turn.person.grid,
    )


def series_options(series: Sequence[Series]) -> list[Option]:
    """Make the options of what can be booked; their names may be typed."""
    return [
        Option(one.id, series_name(one), (item_of(one), f"{item_of(one)} {hall_of(one).name}"))
        for one in series
    ]


async def offered_options(turn: Turn, _draft: Draft) -> Sequence[Option]:
    """Give what a resident may book."""
    return series_options(await offered_series(turn))


@dataclass(frozen=True, kw_only=True)
class SeriesStep(Pick):
    """What is to be booked, and where; a moment that was named before is looked for there."""

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Take a typed name."""
        return await _with_wish(turn, draft, await super().take(turn, draft))

    async def press(self, turn: Turn, draft: Draft, value: str) -> Draft:
        """Take what was pressed."""
        return await _with_wish(turn, draft, await super().press(turn, draft, value))


async def _with_wish(turn: Turn, before: Draft, draft: Draft) -> Draft:
    """Forget the time of another hall, and look for what was wished for at first."""
    which = draft.values.get(SERIES)
    if which is None or which == before.values.get(SERIES):
        return draft
    draft = without_value(draft, DAY, AT)
    wish = draft.context.get(WISH)
    moment = read_moment(str(wish), today(turn)) if wish else None
    if moment is None:
        return draft
    return await choose_if_free(turn, draft, await series_of(turn, draft), moment)


def series_step(options: Options) -> SeriesStep:
    """Make the question what is to be booked, and where."""
    found = pick(name=SERIES, question="", label="", options=options)
    return SeriesStep(
        name=SERIES,
        question="appointments.ask_series",
        label="appointments.series_label",
        find=found.find,
        name_of=found.name_of,
    )


async def series_of(turn: Turn, draft: Draft) -> Series:
    """Load what is being booked.

    Raises:
        Refused: it cannot be booked any more.
    """
    which = str(draft.values.get(SERIES) or draft.context.get(SERIES) or "")
    series = (await known_series(turn, [which])).get(which)
    if series is None or not series.is_open or not turn.street.is_on(FEATURE, series.unit):
        raise Refused("appointments.ended")
    return series


async def free_slot(turn: Turn, series: Series, starts_at: datetime) -> Slot | None:
    """Find a time that can still be booked and has a place left."""
    day = turn.street.local_day(starts_at)
    if day not in days_ahead(rules_of(turn, series), today(turn)):
        return None
    times = (await list_slots(turn, series, [day])).get(day, ())
    return next((one for one in times if one.starts_at == starts_at and one.left), None)


def chosen_time(turn: Turn, draft: Draft) -> datetime | None:
    """Give the time that is chosen in a draft."""
    return read_stamp(str(draft.values.get(AT, "")), turn.street.office.calendar)


async def choose(turn: Turn, draft: Draft, series: Series, moment: Moment) -> Draft:
    """Put what was typed of a moment into the draft, as far as it can be had.

    Raises:
        Refused: nothing can be had then; the sentence says why.
    """
    days = await free_ahead(turn, series)
    day = moment.day or _first_day(turn, days, moment)
    if day is None:
        raise Refused("appointments.nothing_free")
    times = days.get(day, ())
    if not times:
        await _ensure_day(turn, series, day)
    if not any(one.left for one in times):
        raise Refused("appointments.day_full", day=day)
    draft = without_value(draft, AT)
    draft = replace(
        with_value(draft, DAY, day.isoformat()),
        context={**draft.context, _PART: moment.part, DAYS: True},
    )
    if moment.clock is None:
        return draft
    slot = next((one for one in times if _covers(turn, one, moment.clock)), None)
    if slot is None or not slot.left:
        _say_once(
            turn, "appointments.not_that_time" if slot is None else "appointments.that_time_full"
        )
        return draft
    return with_value(draft, AT, stamp(slot.starts_at, turn.street.office.calendar))


async def choose_if_free(turn: Turn, draft: Draft, series: Series, moment: Moment) -> Draft:
    """Put a moment into the draft where something can be had then; else say why not."""
    try:
        return await choose(turn, draft, series, moment)
    except Refused as error:
        turn.reply(Message(blocks=explained(turn, error)))
        return draft


@dataclass(frozen=True, slots=True)
class _Told:
    """It was said in this turn that a time cannot be had."""


def _say_once(turn: Turn, key: str) -> None:
    """Say something once in a turn: a form may try an answer before it takes it."""
    if turn.recall(_Told) is None:
        turn.remember(_Told())
        turn.say(key)


def _first_day(turn: Turn, days: ByDay, moment: Moment) -> date | None:
    """Give the first day on which what was asked for can be had, else the first of all."""
    every = [day for day, times in days.items() if any(one.left for one in times)]
    for day in every:
        for one in days[day]:
            local = one.starts_at.astimezone(turn.street.office.timezone).time()
            fits = moment.part is None or moment.part.holds(local)
            exact = moment.clock is None or _covers(turn, one, moment.clock)
            if one.left and fits and exact:
                return day
    return every[0] if every else None


def _covers(turn: Turn, slot: Slot, clock: time) -> bool:
    zone = turn.street.office.timezone
    begins, ends = slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone)
    return begins.time() <= clock and (clock < ends.time() or ends.date() > begins.date())


async def _ensure_day(turn: Turn, series: Series, day: date) -> None:
    """Refuse a day on which nothing can be booked, and say why.

    Raises:
        Refused: it is over, too far ahead, closed, or no day of this hall.
    """
    now = today(turn)
    if day < now:
        raise Refused("slots.past")
    rules = rules_of(turn, series)
    if (day - now).days > rules.horizon_days:
        raise Refused("slots.beyond", days=rules.horizon_days)
    for one in await closed_days(turn.tx, series.id, day):
        if one.day == day:
            raise Refused("appointments.day_closed", day=day, why=one.reason)
    if not openings_on(series, day, turn.street.office.calendar):
        raise Refused("appointments.day_off", day=day)


@dataclass(frozen=True, kw_only=True)
class DayStep(Step):
    """A day on which there is a place left."""

    awaiting: Awaiting | None = Awaiting.TEXT

    async def choices(self, turn: Turn, draft: Draft) -> tuple[tuple[Choice, ...], ...]:
        """Give the next days with what is left of each, and ways to the others."""
        found = await self._days(turn, draft)
        start = int(draft.context.get(f"{self.name}.at") or 0)
        shown = found[start : start + _DAYS_SHOWN]
        buttons = [
            Choice(
                label=text("appointments.day", day=day, left=left),
                action=action(VERB, draft.id, "s", self.name, day.isoformat()),
            )
            for day, left in shown
        ]
        ways = []
        if start > 0:
            ways.append(self._way(draft, "appointments.earlier_days", start - _DAYS_SHOWN))
        if len(found) > start + _DAYS_SHOWN:
            ways.append(self._way(draft, "appointments.later_days", start + _DAYS_SHOWN))
        return (*rows(buttons, 1), *((tuple(ways),) if ways else ()))

    def _way(self, draft: Draft, label: str, start: int) -> Choice:
        where = str(max(0, start))
        return Choice(label=text(label), action=action(VERB, draft.id, "p", self.name, where))

    async def _days(self, turn: Turn, draft: Draft) -> list[tuple[date, int]]:
        series = await series_of(turn, draft)
        days = await free_ahead(turn, series)
        counted = [(day, sum(one.left for one in times)) for day, times in days.items()]
        return [(day, left) for day, left in counted if left]

    async def turn_page(self, turn: Turn, draft: Draft, where: str) -> Draft:
        """Go to other days.

        Raises:
            Stale: there is no such page.
        """
        if not (where.isascii() and where.isdecimal() and len(where) < 4):
            raise Stale
        return replace(draft, context={**draft.context, f"{self.name}.at": int(where)})

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Read a typed day, with a time if one is named; a small number is the place in the list.

        Raises:
            Refused: it is no moment, or nothing can be had then.
        """
        given = (turn.incoming.text or "").strip()
        if not given:
            raise NotMineError
        place, series = place_in_list(given), await series_of(turn, draft)
        if place is not None:
            found = await self._days(turn, draft)
            start = int(draft.context.get(f"{self.name}.at") or 0)
            if start + place <= len(found):
                return await choose(turn, draft, series, Moment(found[start + place - 1][0]))
        return await choose(turn, draft, series, _read(turn, given))

    async def press(self, turn: Turn, draft: Draft, value: str) -> Draft:
        """Take a day, if there is still a place left.

        Raises:
            Refused: the places of that day are gone meanwhile.
            Stale: the button says no day.
        """
        try:
            day = date.fromisoformat(value)
        except ValueError as error:
            raise Stale from error
        return await choose(turn, draft, await series_of(turn, draft), Moment(day))

    async def show(self, turn: Turn, draft: Draft) -> Value:
        """Leave the line to the time, which says the day as well."""
        return None


def _read(turn: Turn, given: str) -> Moment:
    """Read a typed moment.

    Raises:
        Refused: it is none.
    """
    moment = read_moment(given, today(turn))
    if moment is None:
        raise Refused("appointments.time_unclear")
    return moment


@dataclass(frozen=True, kw_only=True)
class TimeStep(Step):
    """A time of the chosen day; where none was chosen, one of the next."""

    awaiting: Awaiting | None = Awaiting.TEXT

    async def choices(self, turn: Turn, draft: Draft) -> tuple[tuple[Choice, ...], ...]:
        """Give the free times."""
        series = await series_of(turn, draft)
        ahead = await free_ahead(turn, series)
        day = draft.values.get(DAY)
        if not day:
            soon = spread(all_of(ahead), turn.street, _SOON_SHOWN)
            others = Choice(
                label=text("appointments.other_days"),
                action=action(VERB, draft.id, "p", self.name, DAYS),
            )
            return (*((self._button(turn, draft, one),) for one in soon), (others,))
        times = self._times(turn, draft, ahead)
        start = int(draft.context.get(f"{self.name}.at") or 0)
        shown = times[start : start + _TIMES_SHOWN]
        ways = []
        if start > 0:
            ways.append(self._way(draft, "appointments.earlier", start - _TIMES_SHOWN))
        if len(times) > start + _TIMES_SHOWN:
            ways.append(self._way(draft, "appointments.later", start + _TIMES_SHOWN))
        if draft.context.get(_PART):
            ways.append(self._way(draft, "appointments.whole_day", None))
        buttons = [self._button(turn, draft, one, clock=True) for one in shown]
        width = 1 if turn.person.elder else 3
        return (*rows(buttons, width), *((tuple(ways),) if ways else ()))

    def _button(self, turn: Turn, draft: Draft, slot: Slot, *, clock: bool = False) -> Choice:
        calendar = turn.street.office.calendar
        local = slot.starts_at.astimezone(calendar.timezone)
        label = text("appointments.clock", clock=f"{local:%H:%M}") if clock else time_label(slot)
        value = stamp(slot.starts_at, calendar)
        return Choice(label=label, action=action(VERB, draft.id, "s", self.name, value))

    def _way(self, draft: Draft, label: str, start: int | None) -> Choice:
        where = "all" if start is None else str(max(0, start))
        return Choice(label=text(label), action=action(VERB, draft.id, "p", self.name, where))

    def _times(self, turn: Turn, draft: Draft, ahead: ByDay) -> list[Slot]:
        """List the free times of the day; all of it where the wanted half has none."""
        zone = turn.street.office.timezone
        day, part = draft.values.get(DAY), draft.context.get(_PART)
        of_day = ahead.get(date.fromisoformat(str(day)), ()) if day else ()
        times = [one for one in of_day if one.left]
        if not part:
            return times
        wanted = Part(part)
        fits = [one for one in times if wanted.holds(one.starts_at.astimezone(zone).time())]
        return fits or times

    async def turn_page(self, turn: Turn, draft: Draft, where: str) -> Draft:
        """Go to other times of the day, or to the days.

        Raises:
            Stale: there is no such page.
        """
        if where == DAYS:
            return replace(draft, step=DAY, context={**draft.context, DAYS: True})
        if where == "all":
            return replace(draft, context={**draft.context, _PART: None})
        if not (where.isascii() and where.isdecimal() and len(where) < 4):
            raise Stale
        return replace(draft, context={**draft.context, f"{self.name}.at": int(where)})

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Read a typed time, or another day; a small number is the place in the list.

        Raises:
            Refused: it is no moment, or nothing can be had then.
        """
        given = (turn.incoming.text or "").strip()
        series = await series_of(turn, draft)
        calendar = turn.street.office.calendar
        place = place_in_list(given)
        if place is not None and draft.values.get(DAY):
            times = self._times(turn, draft, await free_ahead(turn, series))
            if place <= len(times):
                return with_value(draft, AT, stamp(times[place - 1].starts_at, calendar))
        if not given:
            raise NotMineError
        moment = _read(turn, given)
        day = draft.values.get(DAY)
        if moment.day is None and day:
            moment = replace(moment, day=date.fromisoformat(str(day)))
        return await choose(turn, draft, series, moment)

    async def press(self, turn: Turn, draft: Draft, value: str) -> Draft:
        """Take a time; whether it is still free is found out when it is booked.

        Raises:
            Stale: the button says no time.
        """
        calendar = turn.street.office.calendar
        moment = read_stamp(value, calendar)
        if moment is None:
            raise Stale
        day = turn.street.local_day(moment).isoformat()
        return with_value(with_value(draft, DAY, day), AT, value)

    async def show(self, turn: Turn, draft: Draft) -> Value:
        """Show the day and the time."""
        return chosen_time(turn, draft)


def _wants_days(turn: Turn, draft: Draft) -> bool:
    return not turn.person.elder or bool(draft.context.get(DAYS))


DAY_STEP = DayStep(
    name=DAY,
    question="appointments.ask_day",
    label="appointments.day_label",
    change="appointments.change_day",
    when=_wants_days,
)
TIME_STEP = TimeStep(name=AT, question="appointments.ask_time", label="appointments.when")
