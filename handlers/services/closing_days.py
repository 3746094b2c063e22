"""Closed days: a hall does not open, or something is booked no more; whoever is booked is told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from domain.access.checks import ensure_may, may
from domain.access.services import ServicesRight
from domain.errors import Refused, Stale
from domain.messages import Card, Line, Message, Side, Text, action, text
from domain.services.appointments import FEATURE, unsure_day
from domain.slots import Booking, BookingState, DayClosed, Series
from handlers.features import Feature, Verb
from handlers.forms.forms import begin
from handlers.forms.questions import Date, today
from handlers.forms.steps import Choose, Form, Option
from handlers.services.opening_steps import ShortWords
from handlers.services.opening_times import find_series, show
from handlers.turn import Turn, choice
from scheduler.services.calling_off import all_of, call_all_off, free_ahead
from storage.bookings import list_between
from storage.drafts import Draft
from storage.slots import Closing, DayOpened, closed_days, list_series

#: How many people who have to be called are named at once.
_MOST_CALLS = 20
_ITEM, _HALL = "item", "hall"


async def begin_close(turn: Turn, which: str) -> None:
    """Ask which day a hall does not open, and why."""
    series = await find_series(turn, which)
    if not series.is_open:
        raise Refused("appointments.ended")
    others = [one for one in await _of_hall(turn, series) if one.id != series.id]
    context = {"series": series.id, "others": len(others)}
    await begin(turn, CLOSE, context=context)


async def _of_hall(turn: Turn, series: Series) -> list[Series]:
    return [one for one in await list_series(turn.tx, units=[series.unit]) if one.of == series.of]


def _close_days(turn: Turn, _draft: Draft) -> Sequence[Option]:
    """Offer the next days that are not free anyway."""
    now = today(turn)
    days = (now + timedelta(days=more) for more in range(14))
    workdays = [one for one in days if turn.street.office.calendar.is_workday(one)]
    return [Option(one.isoformat(), text("appointments.day_only", day=one)) for one in workdays[:6]]


def _scopes(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [
        Option(_ITEM, text("appointments.this_item"), ("这一项",)),
        Option(_HALL, text("appointments.whole_hall"), ("整个大厅", "所有事项")),
    ]


def _has_others(_turn: Turn, draft: Draft) -> bool:
    return bool(draft.context.get("others"))


async def _concerned(turn: Turn, draft: Draft) -> list[Series]:
    series = await find_series(turn, str(draft.context.get("series")))
    return await _of_hall(turn, series) if draft.values.get("scope") == _HALL else [series]


def _span(turn: Turn, day: date) -> tuple[datetime, datetime]:
    """Give the moments between which a day's times begin."""
    begins = datetime.combine(day, time(), tzinfo=turn.street.office.timezone).astimezone(UTC)
    return max(begins, turn.now), begins + timedelta(days=1)


async def _booked(
    turn: Turn, series: Series, since: datetime, until: datetime | None
) -> list[Booking]:
    found = await list_between(turn.tx, [series.id], since, until)
    return [one for one in found if one.state is BookingState.BOOKED]


async def _count_booked(turn: Turn, draft: Draft) -> Draft:
    """Count whom it concerns before it is read back."""
    span: tuple[datetime, datetime | None] = (turn.now, None)
    if "day" in draft.values:
        span = _span(turn, date.fromisoformat(str(draft.values["day"])))
    count = 0
    for series in await _concerned(turn, draft):
        count += len(await _booked(turn, series, *span))
    return replace(draft, context={**draft.context, "count": count})


def _close_notes(turn: Turn, draft: Draft) -> Sequence[Text]:
    count = int(draft.context.get("count", 0))
    told = text("appointments.will_be_told" if count else "appointments.nobody_booked", count=count)
    if "day" not in draft.values:
        return (told,)
    return (told, *unsure_day(turn.street, date.fromisoformat(str(draft.values["day"]))))


async def _submit_close(turn: Turn, draft: Draft) -> None:
    day, reason = date.fromisoformat(str(draft.values["day"])), str(draft.values["reason"])
    if day < today(turn):
        raise Refused("slots.past")
    since, until = _span(turn, day)
    call: list[Booking] = []
    count = 0
    concerned = await _concerned(turn, draft)
    for series in concerned:
        booked = await _booked(turn, series, since, until)
        closed = DayClosed(series=series.id, day=day, reason=reason, by=turn.person.id, at=turn.now)
        turn.changes.touch(series.name)
        turn.changes.save(
            series,
            Closing(
                series=series.id,
                days=(closed,),
                since=since,
                until=until,
                seen=frozenset(one.id for one in booked),
            ),
        )
        call += await _call_off(turn, series, booked, reason, {day})
        count += len(booked)
    said = text("appointments.closed", day=day, count=count)
    turn.reply(_closed_message(turn, said, call, concerned[0]))


async def _call_off(
    turn: Turn, series: Series, booked: Sequence[Booking], reason: str, without: set[date]
) -> list[Booking]:
    """Call off who is booked; the closed days are none to choose from."""
    grant = ensure_may(
        turn.actor, ServicesRight.OPEN_TIMES, turn.street.organisation, unit=series.unit
    )
    days = await free_ahead(turn, series)
    left = all_of({day: times for day, times in days.items() if day not in without})
    return await call_all_off(
        turn, series, booked, reason, by=turn.person.id, role=grant.role, left=left
    )


def _closed_message(turn: Turn, said: Text, call: Sequence[Booking], series: Series) -> Message:
    """Say what was done, and whom only a call reaches, to whoever may read that."""
    organisation = turn.street.organisation
    sees = may(turn.actor, ServicesRight.SEE_VISITOR, organisation, unit=series.unit)
    lines = tuple(
        Line(
            text("appointments.call_who", name=one.name, at=one.starts_at),
            one.phone or text("appointments.no_phone"),
        )
        for one in call[:_MOST_CALLS]
    )
    blocks: tuple[Text | Card, ...] = (said,)
    if call and sees:
        blocks = (said, Card(title=text("appointments.please_call", count=len(call)), lines=lines))
    elif call:
        blocks = (said, text("appointments.window_calls", count=len(call)))
    back = choice("appointments.times", action("services.times_of", series.id))
    return Message(blocks=blocks, choices=((back, choice("staff.menu", "menu.open")),))


async def begin_end(turn: Turn, which: str) -> None:
    """Ask why something can be booked no more."""
    series = await find_series(turn, which)
    if not series.is_open:
        await show(turn, which)
        return
    await begin(turn, END, context={"series": series.id})


async def _submit_end(turn: Turn, draft: Draft) -> None:
    series = await find_series(turn, str(draft.context.get("series")))
    reason = str(draft.values["reason"])
    if not series.is_open:
        await show(turn, series.id)
        return
    booked = await _booked(turn, series, turn.now, None)
    ended = replace(series, ended_at=turn.now)
    turn.changes.touch(series.name)
    turn.changes.save(
        ended,
        Closing(series=series.id, since=turn.now, seen=frozenset(one.id for one in booked)),
    )
    call = await _call_off(turn, ended, booked, reason, set())
    said = text("appointments.times_ended", count=len(booked))
    turn.reply(_closed_message(turn, said, call, ended))


async def reopen(turn: Turn, which: str, day: str) -> None:
    """Open a closed day again. Pressing it again changes nothing."""
    series = await find_series(turn, which)
    try:
        wanted = datetime.strptime(day, "%Y%m%d").date()  # noqa: DTZ007  # a day of the office
    except ValueError as error:
        raise Stale from error
    closed = {one.day for one in await closed_days(turn.tx, series.id, today(turn))}
    if wanted in closed:
        turn.changes.touch(series.name)
        turn.changes.save(series, DayOpened(series.id, wanted))
    back = choice("appointments.times", action("services.times_of", series.id))
    turn.say("appointments.reopened", (back, choice("staff.menu", "menu.open")), day=wanted)


_REASON = ShortWords(
    name="reason",
    question="appointments.ask_reason",
    label="appointments.reason",
    most=100,
)

CLOSE = Form(
    name="close_day",
    version=1,
    title="appointments.close_title",
    steps=(
        Date(
            name="day",
            question="appointments.ask_close_day",
            label="appointments.day_label",
            offers=_close_days,
        ),
        Choose(
            name="scope",
            question="appointments.ask_scope",
            label="appointments.scope",
            options=_scopes,
            when=_has_others,
        ),
        _REASON,
    ),
    submit=_submit_close,
    before_review=_count_booked,
    review_notes=_close_notes,
    submit_label="appointments.submit_close",
)

END = Form(
    name="end_times",
    version=1,
    title="appointments.end_title",
    steps=(_REASON,),
    submit=_submit_end,
    before_review=_count_booked,
    review_notes=_close_notes,
    submit_label="appointments.submit_end",
)

STAFF = Feature(
    name=FEATURE,
    side=Side.STAFF,
    switchable=True,
    verbs=(
        Verb(
            "services.close_day",
            begin_close,
            right=ServicesRight.OPEN_TIMES,
            about="series",
            begins=True,
            while_closed=True,
        ),
        Verb(
            "services.end_times",
            begin_end,
            right=ServicesRight.OPEN_TIMES,
            about="series",
            begins=True,
            while_closed=True,
        ),
        Verb("services.reopen", reopen, right=ServicesRight.OPEN_TIMES, about="series"),
    ),
    forms=(CLOSE, END),
)
