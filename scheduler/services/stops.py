"""What time does to stops of mobile stations: word the day before, and of every change at once.

Each stop that somebody followed has one timer, for the day before its next time. Following one,
and changing an entry of a watched register (`storage.registers`), sets it to that very moment, so
that a change is told whatever way it came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain.messages import Card, Choice, Line, Message, Text, action, text
from domain.registers import ENTRY, Entry
from domain.services.stations import (
    BEFORE,
    STATIONS,
    STOPS,
    Call,
    Stop,
    call_words,
    calls,
    has_changed,
    stop_lines,
    timetable_words,
    told_of,
)
from scheduler.jobs import GatheredKind, GatheredLine, ReminderKind
from storage.database import Tx
from storage.gathered_reminders import Gathered
from storage.registers import get_entries, list_entries
from storage.reminders import NoReminder, Reminder
from storage.services.stops import Follow, NoFollow, get_stops, list_followers
from storage.work import Work

#: The kind under which it is gathered.
STOP = "stop"


async def _load(tx: Tx, ids: Sequence[str]) -> Mapping[str, object]:
    return await get_entries(tx, ids)


async def _handle(work: Work, _reminder: Reminder, loaded: object) -> None:
    """Look at a stop, or at all of a station's: who follows hears what they have to know."""
    if not isinstance(loaded, Entry):
        return
    if loaded.register == STATIONS.name:
        every = await list_entries(work.tx, STOPS.name)
        for one in every:
            if one.get("station") == loaded.id:
                await _look(work, one, loaded)
    elif loaded.register == STOPS.name:
        stop = (await get_stops(work.tx, [loaded.id])).get(loaded.id)
        if stop is not None:
            await _look(work, loaded, stop.station)


async def _look(work: Work, entry: Entry, station: Entry) -> None:
    now, zone = work.now, work.street.office.timezone
    followers = await list_followers(work.tx, entry.id)
    if not (entry.holds(now) and station.holds(now)):
        for one in followers:
            _tell_ended(work, Stop(entry, station), one)
        _set_timer(work, entry, station, None)
        return
    coming = calls(entry, now, work.street.office.calendar, zone)
    next_call = next(coming, None)
    stop = Stop(entry, station, next_call)
    for one in followers:
        _tell(work, stop, one)
    wait = next_call
    while wait is not None and wait.starts_at - BEFORE <= now:
        wait = next(coming, None)
    _set_timer(work, entry, station, wait)


def _set_timer(work: Work, entry: Entry, station: Entry, call: Call | None) -> None:
    """Look again the day before a time, and whenever the term of either begins or ends."""
    key = f"reminder of stop {entry.id}"
    terms = (entry.valid_from, entry.valid_until, station.valid_from, station.valid_until)
    moments = [one for one in terms if one is not None and one > work.now]
    moments += [call.starts_at - BEFORE] if call is not None else []
    if not moments:
        work.changes.put(key, NoReminder(ENTRY, entry.id))
        return
    due_at = min(moments)
    work.changes.put(key, Reminder(kind=ENTRY, subject=entry.id, step="day", due_at=due_at))


def _tell(work: Work, stop: Stop, follow: Follow) -> None:
    """Tell of a change; else, the day before, that it comes."""
    call, known = stop.call, follow
    if has_changed(follow.told, stop.entry, work.street.local_day(work.now)):
        work.tell(follow.person, _changed(work, stop, follow), on=stop)
        known = replace(known, told=told_of(stop.entry))
        if call is not None and call.starts_at - BEFORE <= work.now:
            known = replace(known, reminded_of=call.starts_at)
    elif (
        call is not None
        and call.starts_at - BEFORE <= work.now < call.starts_at
        and follow.reminded_of != call.starts_at
    ):
        known = replace(known, reminded_of=call.starts_at)
        work.changes.save(
            Gathered(
                person=follow.person,
                kind=STOP,
                subject=stop.subject,
                step="day",
                not_before=work.street.waking(work.now),
            )
        )
    if known != follow:
        work.changes.save(known)


def _changed(work: Work, stop: Stop, follow: Follow) -> Message:
    zone = work.street.office.timezone
    was = (
        Line(text("stations.was_planned"), timetable_words(follow.told)),
        Line(text("stations.was_at"), follow.told.get("address")),
    )
    now_at = follow.told.get("address") == stop.entry.get("address")
    same = timetable_words(follow.told) == timetable_words(stop.entry.fields)
    lines = (
        *stop_lines(stop, work.now, zone),
        *(() if same else was[:1]),
        *(() if now_at else was[1:]),
    )
    return _about(stop, text("stations.changed", name=stop.name), lines)


def _about(stop: Stop, title: Text, lines: tuple[Line, ...]) -> Message:
    return Message(
        blocks=(Card(title=title, lines=lines),),
        choices=((_open(stop), _unfollow(stop)),),
        slot=f"stop-{stop.entry.id}"[:40],
        renews=True,
    )


def _open(stop: Stop) -> Choice:
    return Choice(label=text("stations.show"), action=action("services.stop", stop.entry.id))


def _unfollow(stop: Stop) -> Choice:
    return Choice(
        label=text("stations.unfollow"), action=action("services.unfollow_stop", stop.entry.id)
    )


def _tell_ended(work: Work, stop: Stop, follow: Follow) -> None:
    name, lines = str(follow.told.get("name") or stop.name), []
    if phone := stop.station.get("phone"):
        lines.append(Line(text("stations.phone"), phone))
    message = Message(
        blocks=(Card(title=text("stations.ended", name=name), lines=tuple(lines)),),
        choices=((Choice(label=text("stations.all"), action="services.stations"),),),
        slot=f"stop-{stop.entry.id}"[:40],
        renews=True,
    )
    work.tell(follow.person, message, on=stop)
    work.changes.save(NoFollow(stop=follow.stop, person=follow.person))


KIND = ReminderKind(name=ENTRY, load=_load, handle=_handle)


# --- the day before -------------------------------------------------------------------------------


async def _stops(tx: Tx, ids: Sequence[str]) -> Mapping[str, Stop]:
    return await get_stops(tx, ids)


def _with_call(work: Work, stop: Stop) -> Stop:
    street = work.street.office
    return replace(
        stop, call=next(calls(stop.entry, work.now, street.calendar, street.timezone), None)
    )


def _holds(work: Work, _person: str, _step: str, stop: Stop) -> bool:
    if not (stop.entry.holds(work.now) and stop.station.holds(work.now)):
        return False
    call = _with_call(work, stop).call
    return call is not None and call.starts_at - BEFORE <= work.now


async def _message(work: Work, _person: str, _step: str, stop: Stop) -> Message:
    found = _with_call(work, stop)
    lines = stop_lines(found, work.now, work.street.office.timezone)
    return _about(stop, text("stations.remind", name=stop.name), lines)


def _line(work: Work, _person: str, _step: str, stop: Stop) -> GatheredLine:
    found = _with_call(work, stop)
    return GatheredLine(
        line=Line(
            text("stations.card", name=stop.name),
            call_words(found.call, work.now, work.street.office.timezone),
        ),
        show=_open(stop),
        everything=Choice(label=text("stations.all"), action="services.stations"),
    )


GATHERED = GatheredKind(
    name=STOP,
    load=_stops,
    holds=_holds,
    message=_message,
    line=_line,
    order=lambda stop: stop.entry.id,
)
