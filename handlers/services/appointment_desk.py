"""At the hall: who comes today, and who came."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from domain.access.checks import ensure_may, may
from domain.access.services import ServicesRight
from domain.errors import NotFound, Stale
from domain.messages import Card, Choice, Line, Message, Side, Tone, action, text
from domain.numbers import typed_booking
from domain.services.appointments import (
    FEATURE,
    Appointment,
    hall_of,
    item_of,
    shortened,
    state_name,
)
from domain.slots import (
    OPEN,
    Booking,
    BookingState,
    Series,
    cancel,
    ensure_open,
    note_kept,
    note_missed,
    place_of,
)
from handlers.features import Entry, Feature, Menu, Typed, Verb
from handlers.services.appointments import find_appointment
from handlers.turn import Turn, choice
from storage.bookings import find_booking, list_between
from storage.services.appointments import get_appointments, list_times, save

_PAGE = 8
#: How a button writes a day.
DAY = "%Y%m%d"
_LONGEST_NAME = 6


# --- who comes ------------------------------------------------------------------------------------


async def own_series(turn: Turn, right: ServicesRight) -> list[Series]:
    """List the series at the halls for which one has a right, ended ones too.

    Raises:
        NotAllowed: one has it for no hall at all.
    """
    organisation = turn.street.organisation
    units = [
        unit.code
        for unit in organisation.units.values()
        if may(turn.actor, right, organisation, unit=unit.code)
    ]
    if not units:
        ensure_may(turn.actor, right, organisation)
    return await list_times(turn.tx, units=units)


async def show_day(turn: Turn, day: str = "", page: str = "0", again: str = "") -> None:
    """Show who comes on a day, the first first; each is noted as there, or not, at one tap."""
    wanted = _read_day(turn, day)
    if not (page.isascii() and page.isdecimal() and len(page) < 4):
        raise Stale
    turn.reply(await _day_list(turn, wanted, int(page), anew=not again))


def _read_day(turn: Turn, written: str) -> date:
    if not written:
        return turn.street.local_day(turn.now)
    try:
        return datetime.strptime(written, DAY).date()  # noqa: DTZ007  # a day of the office
    except ValueError as error:
        raise Stale from error


async def _day_list(
    turn: Turn, day: date, page: int, *, anew: bool, noted: Booking | None = None
) -> Message:
    """Make a page of a day's list.

    Args:
        noted: what was noted just now; its page is shown.
    """
    series = {one.id: one for one in await own_series(turn, ServicesRight.SEE_APPOINTMENT)}
    begins = datetime.combine(day, time(), tzinfo=turn.street.office.timezone)
    booked = await list_between(turn.tx, series, begins, begins + timedelta(days=1))
    # Who gave up does not come; who was called off may have to be called.
    listed = [
        Appointment(noted if noted is not None and noted.id == one.id else one, series[one.series])
        for one in booked
        if one.state is not BookingState.CANCELLED
    ]
    coming = sum(one.booking.state is not BookingState.CALLED_OFF for one in listed)
    pages = max(1, -(-len(listed) // _PAGE))
    places = [place for place, one in enumerate(listed) if noted and one.booking.id == noted.id]
    page = min(places[0] // _PAGE if places else page, pages - 1)
    shown = listed[page * _PAGE : (page + 1) * _PAGE]
    count = text("appointments.desk_title", day=day, count=coming)
    blocks = (count,) if listed else (text("appointments.desk_empty", day=day),)
    ways = [
        choice(label, action("services.desk", f"{day:{DAY}}", number, "in"))
        for label, number, there in (
            ("staff.previous", page - 1, page > 0),
            ("staff.next", page + 1, page < pages - 1),
        )
        if there
    ]
    days = tuple(
        choice(label, action("services.desk", f"{day + timedelta(days=more):{DAY}}", 0, "in"))
        for label, more in (("appointments.day_before", -1), ("appointments.day_after", 1))
    )
    return Message(
        blocks=blocks,
        choices=(
            *(_row(turn, one) for one in shown),
            *((tuple(ways),) if ways else ()),
            days,
            *_doors(turn),
            (choice("staff.menu", "menu.open"),),
        ),
        slot="desk",
        anew=anew,
    )


def _doors(turn: Turn) -> tuple[tuple[Choice, ...], ...]:
    """Give the ways to book for somebody and to the opening times, to whoever may."""
    verbs, organisation = turn.features.verbs[Side.STAFF], turn.street.organisation
    doors = [
        choice(label, verb)
        for label, verb, right in (
            ("appointments.book_for", "services.book_for", ServicesRight.BOOK_FOR),
            ("appointments.times", "services.times", ServicesRight.OPEN_TIMES),
        )
        if verb in verbs
        and any(may(turn.actor, right, organisation, unit=one.unit) for one in turn.actor.posts)
    ]
    return (tuple(doors),) if doors else ()


def _row(turn: Turn, one: Appointment) -> tuple[Choice, ...]:
    """Give the line of somebody who comes: what can be noted now, or what was."""
    booking = one.booking
    local = booking.starts_at.astimezone(turn.street.office.timezone)
    who = _who(turn, one) or booking.number.removeprefix("Y-")
    label = text("appointments.desk_row", clock=f"{local:%H:%M}", who=who)
    show = Choice(label=label, action=action("services.appointment", booking.id))
    if marks := _marks(turn, one):
        return (show, *marks)
    tone = Tone.PLAIN if booking.state in OPEN else Tone.DONE
    return (replace(show, detail=state_name(booking, turn.now), tone=tone),)


def _marks(turn: Turn, one: Appointment) -> tuple[Choice, ...]:
    """Give the buttons that note who came: nobody is missing before the time has begun."""
    booking, now = one.booking, turn.now
    if not may(turn.actor, ServicesRight.RECEIVE, turn.street.organisation, on=one):
        return ()
    came = choice("appointments.came", action("services.kept", booking.id))
    missed = choice("appointments.did_not_come", action("services.missed", booking.id))
    day, today = turn.street.local_day(booking.starts_at), turn.street.local_day(now)
    if booking.state is BookingState.BOOKED and day <= today:
        return (came, missed) if booking.starts_at <= now else (came,)
    return ()


def _may_see_visitor(turn: Turn, one: Appointment) -> bool:
    return may(turn.actor, ServicesRight.SEE_VISITOR, turn.street.organisation, on=one) is not None


def _who(turn: Turn, one: Appointment) -> str:
    """Give the name that a window noted, to whoever may read it."""
    return shortened(one.booking.name, _LONGEST_NAME) if _may_see_visitor(turn, one) else ""


# --- one of them ----------------------------------------------------------------------------------


async def show(turn: Turn, booking: str) -> None:
    """Show who comes when, for what, and how to reach them, to whoever may read that."""
    found = await find_appointment(turn, booking, ServicesRight.SEE_APPOINTMENT)
    turn.about = found.subject
    turn.reply(await _card(turn, found))


async def _card(turn: Turn, found: Appointment) -> Message:
    booking, series = found.booking, found.series
    lines = [
        Line(text("appointments.item"), item_of(series)),
        Line(text("appointments.hall"), hall_of(series).name),
        Line(text("appointments.when"), booking.starts_at),
        Line(text("appointments.state"), state_name(booking, turn.now)),
    ]
    if _may_see_visitor(turn, found):
        name, phone = booking.name, booking.phone
        if booking.person is not None and (person := await turn.find_person(booking.person)):
            name, phone = person.name, person.phone
        lines += [
            Line(label, value)
            for label, value in (
                (text("appointments.name"), name),
                (text("appointments.phone"), phone),
            )
            if value
        ]
    marks = _marks(turn, found)
    can_change = (
        booking.state in OPEN
        and booking.starts_at > turn.now
        and may(
            turn.actor,
            ServicesRight.CHANGE_APPOINTMENT,
            turn.street.organisation,
            on=found,
        )
    )
    changes = (
        choice("appointments.move", action("services.move_for", booking.id)),
        choice("appointments.cancel_for", action("services.cancel_for", booking.id)),
    )
    corrections = _corrections(turn, found)
    return Message(
        blocks=(
            Card(
                title=text("appointments.desk_card", number=booking.number),
                lines=tuple(lines),
                tone=Tone.DONE if booking.state is BookingState.KEPT else Tone.PLAIN,
            ),
        ),
        choices=(
            *((marks,) if marks else ()),
            *((corrections,) if corrections else ()),
            *((changes,) if can_change else ()),
            (to_day(turn, booking), choice("staff.menu", "menu.open")),
        ),
        slot=f"visit-{booking.id}",
        anew=True,
    )


def to_day(turn: Turn, booking: Booking) -> Choice:
    """Give the button that shows who comes on the day of a booking."""
    day = turn.street.local_day(booking.starts_at)
    return choice("appointments.desk", action("services.desk", f"{day:{DAY}}", 0))


def _corrections(turn: Turn, one: Appointment) -> tuple[Choice, ...]:
    """Give the button that puts a wrong note right."""
    booking = one.booking
    if not may(turn.actor, ServicesRight.RECEIVE, turn.street.organisation, on=one):
        return ()
    if booking.state is BookingState.MISSED:
        return (choice("appointments.came_after_all", action("services.kept", booking.id)),)
    if booking.state is BookingState.KEPT and booking.starts_at <= turn.now:
        return (choice("appointments.did_not_come", action("services.missed", booking.id)),)
    return ()


async def keep(turn: Turn, booking: str) -> None:
    """Note that somebody came. Pressing it again changes nothing."""
    found = await find_appointment(turn, booking, ServicesRight.RECEIVE)
    kept = note_kept(found.booking, turn.now, turn.street.office.calendar)
    await _note(turn, found, kept, "kept")


async def miss(turn: Turn, booking: str) -> None:
    """Note that somebody did not come. Pressing it again changes nothing."""
    found = await find_appointment(turn, booking, ServicesRight.RECEIVE)
    await _note(turn, found, note_missed(found.booking, turn.now), "missed")


async def _note(turn: Turn, found: Appointment, noted: Booking, happening: str) -> None:
    """Save a note, and show the day's list as it stands now."""
    if noted.state is not found.booking.state:
        grant = ensure_may(turn.actor, ServicesRight.RECEIVE, turn.street.organisation, on=found)
        await save(turn, noted, found.series, turn.act(grant.role), happening)
    turn.about = found.subject
    day = turn.street.local_day(noted.starts_at)
    turn.reply(await _day_list(turn, day, 0, anew=False, noted=noted))


async def cancel_for(turn: Turn, booking: str, sure: str = "") -> None:
    """Give a place back for somebody who calls; who has an account is told."""
    found = await find_appointment(turn, booking, ServicesRight.CHANGE_APPOINTMENT)
    turn.about = found.subject
    if found.booking.state is BookingState.CANCELLED:
        await show(turn, booking)
        return
    ensure_open(found.booking, turn.now)
    if sure != "yes":
        turn.say(
            "appointments.really_cancel_for",
            (
                choice(
                    "appointments.keep",
                    action("services.appointment", booking),
                    emphasis=True,
                ),
                choice("appointments.do_cancel", action("services.cancel_for", booking, "yes")),
            ),
            number=found.number,
            at=found.booking.starts_at,
        )
        return
    grant = ensure_may(
        turn.actor, ServicesRight.CHANGE_APPOINTMENT, turn.street.organisation, on=found
    )
    gone = cancel(found.booking, turn.now)
    act = turn.act(grant.role)
    await save(turn, gone, found.series, act, "cancelled", gives=place_of(found.booking))
    told = text("appointments.window_cancelled", number=found.number, at=gone.starts_at)
    again = choice("appointments.another", "services.book")
    turn.tell(gone.person, Message(blocks=(told,), choices=((again,),)), on=found)
    turn.reply(await _card(turn, Appointment(gone, found.series)))


async def show_typed(turn: Turn) -> bool:
    """Show the appointment whose number was typed alone; tell whether it was one."""
    number = typed_booking(turn.incoming.text or "")
    if number is None:
        return False
    booking = await find_booking(turn.tx, number)
    if booking is None:
        raise NotFound(number=number)
    found = (await get_appointments(turn.tx, [booking.id])).get(booking.id)
    organisation = turn.street.organisation
    if found is None or not may(turn.actor, ServicesRight.SEE_APPOINTMENT, organisation, on=found):
        raise NotFound(number=number)
    await show(turn, booking.id)
    return True


STAFF = Feature(
    name=FEATURE,
    side=Side.STAFF,
    switchable=True,
    verbs=(
        Verb(
            "services.desk",
            show_day,
            right=ServicesRight.SEE_APPOINTMENT,
            command="appointments",
            words=("预约", "今天的预约", "appointments"),
            while_closed=True,
        ),
        Verb(
            "services.appointment",
            show,
            right=ServicesRight.SEE_APPOINTMENT,
            about="booking",
            while_closed=True,
        ),
        Verb(
            "services.kept", keep, right=ServicesRight.RECEIVE, about="booking", while_closed=True
        ),
        Verb(
            "services.missed", miss, right=ServicesRight.RECEIVE, about="booking", while_closed=True
        ),
        Verb(
            "services.cancel_for",
            cancel_for,
            right=ServicesRight.CHANGE_APPOINTMENT,
            about="booking",
            while_closed=True,
        ),
    ),
    entries=(Entry(Menu.WORK, "appointments.desk", "services.desk"),),
    typed=(Typed(show_typed),),
)
