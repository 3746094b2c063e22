"""开放时间: staff say when a hall can be booked, and for what."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import time, timedelta

from domain.access.checks import ensure_may, may
from domain.access.services import ServicesRight
from domain.errors import NotFound, Refused
from domain.messages import Card, Choice, Line, Message, Side, Text, Value, action, rows, text
from domain.registers import ENTRY
from domain.services.appointments import (
    FEATURE,
    hall_of,
    item_of,
    series_name,
    where_lines,
)
from domain.slots import (
    Booking,
    BookingState,
    Opening,
    Series,
    times_on,
)
from domain.subjects import Subject
from domain.words.plaintext import normal
from handlers.features import Feature, Verb
from handlers.forms.forms import begin
from handlers.forms.questions import Number, Several, pick
from handlers.forms.steps import Form
from handlers.services.appointment_desk import own_series
from handlers.services.opening_steps import (
    HallStep,
    HoursStep,
    ShortWords,
    asks_unit,
    hall_options,
    is_new,
    own_units,
    read_hours,
    registered_halls,
    unit_options,
    weekday_options,
)
from handlers.turn import Turn, choice
from storage.bookings import list_between
from storage.drafts import Draft
from storage.services.appointments import get_times, list_times
from storage.slots import closed_days

_WORKDAYS = ("0", "1", "2", "3", "4")


# --- what there is --------------------------------------------------------------------------------


async def show_all(turn: Turn) -> None:
    """List what can be booked at one's halls, with the way to open more."""
    found = await own_series(turn, ServicesRight.OPEN_TIMES)
    listed = tuple(
        (
            Choice(
                label=series_name(one),
                action=action("services.times_of", one.id),
                detail=text("appointments.is_open" if one.is_open else "appointments.is_ended"),
            ),
        )
        for one in sorted(found, key=lambda one: (not one.is_open, one.unit, item_of(one)))
    )
    can_open = "services.open_times" in turn.features.verbs[Side.STAFF]
    new = ((choice("appointments.open_new", "services.open_times", emphasis=True),),)
    turn.reply(
        Message(
            blocks=(text("appointments.times_title" if listed else "appointments.no_times_yet"),),
            choices=(
                *listed,
                *(new if can_open else ()),
                (choice("appointments.desk", "services.desk"), choice("staff.menu", "menu.open")),
            ),
            slot="times",
            anew=True,
        )
    )


async def find_series(turn: Turn, which: str) -> Series:
    """Load a series at a hall of one's own.

    Raises:
        NotFound: there is none that one may know of.
    """
    found = (await get_times(turn.tx, [which])).get(which)
    organisation = turn.street.organisation
    if found is None or not may(
        turn.actor, ServicesRight.OPEN_TIMES, organisation, unit=found.unit
    ):
        raise NotFound(number=which[:8])
    return found


async def show(turn: Turn, which: str) -> None:
    """Show the times of one thing at one hall, and what can be done about them."""
    series = await find_series(turn, which)
    turn.reply(await _card(turn, series))


async def _card(turn: Turn, series: Series, *said: Text) -> Message:
    since = turn.street.local_day(turn.now)
    closed = await closed_days(turn.tx, series.id, since)
    lines = (
        Line(text("appointments.item"), item_of(series)),
        *where_lines(series),
        *_pattern_lines(series),
        Line(text("appointments.length"), series.length),
        Line(text("appointments.capacity"), series.capacity),
        *(Line(text("appointments.closed_on", day=one.day), one.reason) for one in closed),
    )
    title = "appointments.times_card" if series.is_open else "appointments.times_card_ended"
    change = choice("appointments.change", action("services.change_times", series.id))
    close = choice("appointments.close_day", action("services.close_day", series.id))
    end = choice("appointments.end", action("services.end_times", series.id))
    reopen = [
        choice(
            "appointments.reopen",
            action("services.reopen", series.id, f"{one.day:%Y%m%d}"),
            day=one.day,
        )
        for one in closed[:6]
    ]
    again = choice("appointments.open_again", action("services.change_times", series.id))
    return Message(
        blocks=(*said, Card(title=text(title), lines=lines)),
        choices=(
            *(((change, close), (end,)) if series.is_open else ((again,),)),
            *(rows(reopen, 2) if series.is_open else ()),
            (choice("appointments.times", "services.times"), choice("staff.menu", "menu.open")),
        ),
        slot=f"times-{series.id}",
        anew=True,
    )


def _pattern_lines(series: Series) -> Iterator[Line]:
    """Say the pattern, days of the same hours together."""
    by_hours: dict[tuple[str, ...], list[int]] = {}
    for weekday in range(7):
        hours = tuple(
            f"{one.start:%H:%M}–{one.end:%H:%M}"
            for one in sorted(series.openings)
            if one.weekday == weekday
        )
        if hours:
            by_hours.setdefault(hours, []).append(weekday)
    for hours, days in by_hours.items():
        yield Line(text("appointments.on_days", days=_days_named(days)), hours)


def _days_named(days: Sequence[int]) -> Value:
    """Name days of the week, three and more that follow each other by the first and the last."""
    names = [text(f"appointments.weekday_{day}") for day in days]
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return text("appointments.from_to", first=names[0], last=names[-1])
    return tuple(names)


# --- to open --------------------------------------------------------------------------------------


async def begin_opening(turn: Turn) -> None:
    """Begin to say what can be booked at a hall, and when."""
    await own_series(turn, ServicesRight.OPEN_TIMES)
    await begin(turn, FORM, values=_usual(turn))


def _usual(turn: Turn) -> dict[str, object]:
    """Give what most halls have: workdays, the office's hours, a quarter of an hour, one person."""
    hours = "，".join(
        f"{start:%H:%M}-{end:%H:%M}" for start, end in turn.street.office.calendar.hours
    )
    return {"days": list(_WORKDAYS), "hours": hours, "minutes": 15, "capacity": 1}


async def begin_change(turn: Turn, which: str) -> None:
    """Change the times of a series, or open one again that has ended."""
    series = await find_series(turn, which)
    turn.ensure_open(FEATURE)
    days = sorted({str(one.weekday) for one in series.openings})
    first = min((one.weekday for one in series.openings), default=0)
    hours = "，".join(
        f"{one.start:%H:%M}-{one.end:%H:%M}"
        for one in sorted(series.openings)
        if one.weekday == first
    )
    told = series.told
    await begin(
        turn,
        FORM,
        values={
            "hall": told.get("hall", ""),
            "unit": series.unit,
            "address": told.get("address", ""),
            "item": told.get("item", ""),
            "who": told.get("who", ""),
            "bring": told.get("bring", ""),
            "days": days,
            "hours": hours,
            "minutes": series.length // timedelta(minutes=1),
            "capacity": series.capacity,
        },
        context={"changing": series.id},
    )


async def _submit(turn: Turn, draft: Draft) -> None:
    values, changing = draft.values, draft.context.get("changing")
    before = await find_series(turn, str(changing)) if changing else None
    unit = before.unit if before else str(values.get("unit") or _units_or_none(turn))
    organisation = turn.street.organisation
    ensure_may(turn.actor, ServicesRight.OPEN_TIMES, organisation, unit=unit)
    if not turn.street.is_on(FEATURE, unit):
        raise Refused("appointments.ended")
    hours = read_hours(str(values["hours"]))
    length = timedelta(minutes=int(values["minutes"]))
    if not any(_minutes(end) - _minutes(start) >= int(values["minutes"]) for start, end in hours):
        turn.keep_draft(draft)
        raise Refused("appointments.too_long_for_hours")
    told = {
        name: str(values.get(name) or "")
        for name in ("item", "hall", "address", "who", "bring")
        if values.get(name)
    }
    series = before or await _place_for(turn, unit, told["hall"], told["item"])
    series = replace(
        series,
        openings=tuple(
            Opening(int(day), start, end) for day in values["days"] for start, end in hours
        ),
        length=length,
        capacity=int(values["capacity"]),
        told=told,
        ended_at=None,
    )
    turn.changes.touch(series.name)
    turn.changes.save(series)
    said = [text("appointments.saved" if before else "appointments.opened")]
    left = await _outside(turn, series) if before else []
    if left:
        said.append(text("appointments.outside", count=len(left)))
    turn.reply(await _card(turn, series, *said))


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _units_or_none(turn: Turn) -> str:
    units = own_units(turn)
    return units[0].code if units else ""


async def _place_for(turn: Turn, unit: str, hall: str, item: str) -> Series:
    """Give the series of an item at a hall, also one that has ended, or begin one.

    A hall is the register's where it is on it; an item is the same wherever it bears the same name.
    """
    key = hashlib.sha256(normal(item).strip().casefold().encode()).hexdigest()[:16]
    known = await list_times(turn.tx, units=[unit])
    same_hall = [one for one in known if hall_of(one).name == hall]
    for one in same_hall:
        if one.item == key:
            return one
    registered = [
        one for one in await registered_halls(turn) if (one.unit, one.name) == (unit, hall)
    ]
    here = [*(one.subject for one in registered), *(one.of for one in same_hall)]
    of = here[0] if here else Subject(ENTRY, turn.new_id())
    return Series(
        id=turn.new_id(),
        of=of,
        item=key,
        unit=unit,
        openings=(),
        length=timedelta(minutes=15),
        capacity=1,
    )


async def _outside(turn: Turn, series: Series) -> list[Booking]:
    """List who is booked at a time that the pattern does not have any more; they keep it."""
    calendar = turn.street.office.calendar
    found = []
    for one in await list_between(turn.tx, [series.id], turn.now):
        times = times_on(series, turn.street.local_day(one.starts_at), calendar)
        is_kept = any(slot.starts_at == one.starts_at for slot in times)
        if one.state is BookingState.BOOKED and not is_kept:
            found.append(one)
    return found


FORM = Form(
    name="opening_times",
    version=1,
    title="appointments.times_form",
    steps=(
        HallStep(
            name="hall",
            question="appointments.ask_hall",
            label="appointments.hall",
            options=hall_options,
            width=1,
            when=is_new,
        ),
        pick(
            name="unit",
            question="appointments.ask_unit",
            label="appointments.unit",
            options=unit_options,
            when=asks_unit,
        ),
        ShortWords(
            name="item",
            question="appointments.ask_item",
            label="appointments.item",
            when=is_new,
            most=40,
        ),
        ShortWords(
            name="address",
            question="appointments.ask_address",
            label="appointments.address",
            optional=True,
        ),
        ShortWords(
            name="who",
            question="appointments.ask_who",
            label="appointments.who",
            optional=True,
            asked=False,
        ),
        ShortWords(
            name="bring",
            question="appointments.ask_bring",
            label="appointments.bring",
            optional=True,
            most=200,
        ),
        Several(
            name="days",
            question="appointments.ask_days",
            label="appointments.days",
            options=weekday_options,
            least=1,
        ),
        HoursStep(name="hours", question="appointments.ask_hours", label="appointments.hours"),
        Number(
            name="minutes",
            question="appointments.ask_minutes",
            label="appointments.minutes",
            least=5,
            most=240,
        ),
        Number(
            name="capacity",
            question="appointments.ask_capacity",
            label="appointments.capacity",
            least=1,
            most=200,
        ),
    ),
    submit=_submit,
    submit_label="appointments.submit_times",
)

STAFF = Feature(
    name=FEATURE,
    side=Side.STAFF,
    switchable=True,
    verbs=(
        Verb("services.times", show_all, right=ServicesRight.OPEN_TIMES, while_closed=True),
        Verb(
            "services.times_of",
            show,
            right=ServicesRight.OPEN_TIMES,
            about="series",
            while_closed=True,
        ),
        Verb("services.open_times", begin_opening, right=ServicesRight.OPEN_TIMES, begins=True),
        Verb(
            "services.change_times",
            begin_change,
            right=ServicesRight.OPEN_TIMES,
            about="series",
            begins=True,
        ),
    ),
    forms=(FORM,),
)
