"""代人预约: booking at the window for somebody who stands there or calls."""

from collections.abc import Sequence
from dataclasses import replace

from domain.access.checks import ensure_may
from domain.access.services import ServicesRight
from domain.errors import Refused, Stale
from domain.messages import Card, Line, Message, Side, text
from domain.services.appointments import FEATURE, Appointment, item_of, own_card, where_lines
from domain.slots import BOOKING, Series, Slot, ensure_may_book, ensure_open, move, place_of
from handlers.features import Feature, Verb
from handlers.forms.forms import begin, new_draft
from handlers.forms.steps import Form, Option, Phone, Words
from handlers.services.appointment_desk import own_series, to_day
from handlers.services.appointment_steps import (
    DAY_STEP,
    SERIES,
    TIME_STEP,
    chosen_time,
    free_slot,
    series_of,
    series_options,
    series_step,
)
from handlers.services.appointments import find_appointment, just_taken, new_booking
from handlers.turn import Turn, choice
from storage.bookings import list_of_caller
from storage.drafts import Draft
from storage.services.appointments import get_times, save
from storage.slots import rules_of


async def _may_book(turn: Turn) -> list[Series]:
    every = await own_series(turn, ServicesRight.BOOK_FOR)
    return [one for one in every if one.is_open and turn.street.is_on(FEATURE, one.unit)]


async def _options(turn: Turn, _draft: Draft) -> Sequence[Option]:
    return series_options(await _may_book(turn))


async def begin_for(turn: Turn) -> None:
    """Begin to book for somebody who stands at the window or calls."""
    series = await _may_book(turn)
    if not series:
        turn.say(
            "appointments.no_times_yet",
            (choice("appointments.times", "services.times"), choice("staff.menu", "menu.open")),
        )
        return
    known = {SERIES: series[0].id} if len(series) == 1 else {}
    await begin(turn, FORM, values=known)


async def _submit(turn: Turn, draft: Draft) -> None:
    series = await series_of(turn, draft)
    organisation = turn.street.organisation
    grant = ensure_may(turn.actor, ServicesRight.BOOK_FOR, organisation, unit=series.unit)
    wanted = chosen_time(turn, draft)
    if wanted is None:
        raise Stale
    slot = await free_slot(turn, series, wanted)
    if slot is None:
        await just_taken(turn, draft, series, wanted)
        return
    phone = str(draft.values.get("phone") or "")
    try:
        await _ensure_first(turn, phone, slot)
    except Refused as error:
        turn.keep_draft(draft)
        number, at = error.fields["number"], error.fields["at"]
        turn.say("appointments.caller_has", number=number, at=at)
        return
    booking = new_booking(
        turn,
        slot,
        name=str(draft.values.get("name") or ""),
        phone=phone,
        by=turn.person.id,
    )
    await save(turn, booking, series, turn.act(grant.role), "booked", takes=slot)
    turn.about = booking.subject
    card = Card(
        title=text("appointments.booked_for", number=booking.number, at=booking.starts_at),
        lines=(
            Line(text("appointments.item"), item_of(series)),
            Line(text("appointments.when"), booking.starts_at),
            *where_lines(series),
        ),
    )
    turn.reply(
        Message(
            blocks=(card, text("appointments.tell_number")),
            choices=(
                (choice("appointments.another_for", "services.book_for"),),
                (to_day(turn, booking), choice("staff.menu", "menu.open")),
            ),
        )
    )


async def _ensure_first(turn: Turn, phone: str, slot: Slot) -> None:
    """Refuse a second booking under the same telephone number.

    Raises:
        Refused: it names the one that stands in the way.
    """
    if not phone:
        return
    own = await list_of_caller(turn.tx, phone)
    series = await get_times(turn.tx, {slot.series, *(one.series for one in own)})
    items = {one.id: one.item for one in series.values()}
    rules = replace(rules_of(turn, series[slot.series]), most_open=len(own) + 1)
    ensure_may_book(own, items, slot, rules, turn.now)


# --- another time for somebody --------------------------------------------------------------------


async def begin_move(turn: Turn, booking: str) -> None:
    """Ask for another time for somebody who calls, or is called."""
    found = await find_appointment(turn, booking, ServicesRight.CHANGE_APPOINTMENT)
    ensure_open(found.booking, turn.now)
    context = {"number": booking, SERIES: found.series.id}
    await series_of(turn, new_draft(turn, MOVE, {}, context))
    await begin(turn, MOVE, context=context)


async def _submit_move(turn: Turn, draft: Draft) -> None:
    right, which = ServicesRight.CHANGE_APPOINTMENT, str(draft.context.get("number"))
    found = await find_appointment(turn, which, right)
    booking, series, wanted = found.booking, found.series, chosen_time(turn, draft)
    if wanted is None:
        raise Stale
    slot = await free_slot(turn, series, wanted)
    if slot is None:
        await just_taken(turn, draft, series, wanted)
        return
    grant = ensure_may(turn.actor, right, turn.street.organisation, on=found)
    moved, act = move(booking, slot, turn.now), turn.act(grant.role)
    await save(turn, moved, series, act, "moved", takes=slot, gives=place_of(booking))
    turn.about = found.subject
    told = own_card(Appointment(moved, series), turn.street, turn.now, "appointments.window_moved")
    turn.tell(moved.person, told, on=found)
    said = "appointments.moved_for" if moved.person else "appointments.moved_for_caller"
    turn.say(
        said,
        (to_day(turn, moved), choice("staff.menu", "menu.open")),
        number=moved.number,
        at=moved.starts_at,
    )


MOVE = Form(
    name="appointment_move_for",
    version=1,
    title="appointments.move_title",
    steps=(DAY_STEP, TIME_STEP),
    submit=_submit_move,
    review=False,
    about=BOOKING,
)

FORM = Form(
    name="appointment_for",
    version=1,
    title="appointments.for_title",
    steps=(
        series_step(_options),
        DAY_STEP,
        TIME_STEP,
        Words(
            name="name", question="appointments.ask_name", label="appointments.name", min_letters=1
        ),
        Phone(
            name="phone",
            question="appointments.ask_phone",
            label="appointments.phone",
            optional=True,
        ),
    ),
    submit=_submit,
    submit_label="appointments.submit",
)

STAFF = Feature(
    name=FEATURE,
    side=Side.STAFF,
    switchable=True,
    verbs=(
        Verb("services.book_for", begin_for, right=ServicesRight.BOOK_FOR, begins=True),
        Verb(
            "services.move_for",
            begin_move,
            right=ServicesRight.CHANGE_APPOINTMENT,
            about="booking",
            begins=True,
        ),
    ),
    forms=(FORM, MOVE),
)
