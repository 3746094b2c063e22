"""预约: a resident chooses what for, the day and the time; moves it, gives it up, sees them all."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from domain.access.checks import ensure_may, knows_of
from domain.access.services import ServicesRight
from domain.errors import NotFound, Refused, Stale
from domain.human_route import phone_choice
from domain.messages import Message, Side, Text, action, text
from domain.numbers import typed_booking
from domain.organisation import Role
from domain.services.appointments import (
    FEATURE,
    Appointment,
    move_choices,
    nearest,
    own_card,
    own_row,
    unsure_day,
    where_lines,
)
from domain.services.moments import read_moment
from domain.slots import (
    BOOKING,
    OPEN,
    Booking,
    BookingState,
    Series,
    Slot,
    cancel,
    ensure_comes,
    ensure_may_book,
    ensure_open,
    move,
    place_of,
    read_stamp,
    stamp,
)
from handlers.features import Entry, Feature, Menu, Typed, Verb
from handlers.forms.answers import without_value
from handlers.forms.forms import begin, go_on, new_draft
from handlers.forms.questions import today
from handlers.forms.screens import controls
from handlers.forms.steps import VERB, Form
from handlers.services.appointment_steps import (
    AT,
    DAY_STEP,
    SERIES,
    TIME_STEP,
    WISH,
    choose_if_free,
    chosen_time,
    free_slot,
    known_series,
    offered_options,
    offered_series,
    series_of,
    series_step,
)
from handlers.turn import Turn, choice
from scheduler.services.calling_off import all_of, free_ahead
from storage.bookings import find_booking, list_of_person
from storage.drafts import Draft
from storage.services.appointments import get_appointments, own_appointments, save
from storage.slots import rules_of

#: How many of one's own appointments the list shows.
_MOST = 10


# --- to book --------------------------------------------------------------------------------------


async def begin_booking(turn: Turn) -> None:
    """Begin to book; what there is only one of is not asked for."""
    await begin_with(turn, {})


async def begin_with(
    turn: Turn, known: dict[str, str], context: Mapping[str, object] | None = None
) -> None:
    """Begin to book with what is known of a wish.

    Raises:
        Refused: a rule of the office sends this person to the window.
    """
    series = await offered_series(turn)
    if not series:
        ways = [choice("menu.open", "menu.open")]
        if turn.street.office.phone:
            ways.insert(0, phone_choice(turn.street.office.phone))
        turn.say("appointments.nothing_open", tuple(ways))
        return
    rules = rules_of(turn, series[0])
    if rules.most_missed:
        ensure_comes(await list_of_person(turn.tx, turn.person.id), rules, turn.now)
    if len(series) == 1:
        known = {SERIES: series[0].id}
    draft = new_draft(turn, FORM, known, context or {})
    if turn.person.elder:
        draft = replace(draft, form=BRIEF.name, form_version=BRIEF.version)
    moment = read_moment(str(draft.context.get(WISH) or ""), today(turn))
    if moment is not None and SERIES in known:
        draft = await choose_if_free(turn, draft, await series_of(turn, draft), moment)
    await go_on(turn, BRIEF if turn.person.elder else FORM, draft)


async def _notes_of(turn: Turn, draft: Draft) -> Draft:
    """Look up where to go and what to bring before it is read back."""
    series = await series_of(turn, draft)
    notes = [[line.label.key, str(line.value)] for line in where_lines(series)]
    return replace(draft, context={**draft.context, "notes": notes})


def _notes(turn: Turn, draft: Draft) -> Sequence[Text]:
    """Say where to go, what to bring and who learns of it."""
    chosen = chosen_time(turn, draft)
    said = [
        text("appointments.note", label=text(key), value=value)
        for key, value in draft.context.get("notes") or ()
    ]
    day = unsure_day(turn.street, turn.street.local_day(chosen)) if chosen else ()
    return (*said, *day, text("appointments.who_sees"))


async def _submit(turn: Turn, draft: Draft) -> None:
    series = await series_of(turn, draft)
    wanted = chosen_time(turn, draft)
    if wanted is None:
        raise Stale
    own = await list_of_person(turn.tx, turn.person.id)
    grant = ensure_may(turn.actor, ServicesRight.BOOK, turn.street.organisation)
    slot = await free_slot(turn, series, wanted)
    if slot is None:
        await just_taken(turn, draft, series, wanted)
        return
    try:
        await _ensure_may(turn, own, slot)
    except Refused as error:
        _stands_in_the_way(turn, error)
        return
    booking = new_booking(turn, slot, person=turn.person.id)
    act = turn.act(grant.role)
    await save(turn, booking, series, act, "booked", takes=slot)
    turn.about = booking.subject
    turn.reply(own_card(Appointment(booking, series), turn.street, turn.now, "appointments.booked"))


async def _ensure_may(turn: Turn, own: Sequence[Booking], slot: Slot) -> None:
    """Refuse a second one for the same or at the same time.

    Raises:
        Refused: it names the one that stands in the way.
    """
    series = await known_series(turn, [slot.series, *(one.series for one in own)])
    items = {one.id: one.item for one in series.values()}
    ensure_may_book(own, items, slot, rules_of(turn, series[slot.series]), turn.now)


def _stands_in_the_way(turn: Turn, error: Refused) -> None:
    """Say which appointment stands in the way, with the buttons that move it or give it up."""
    other = error.fields.get("other")
    ways = [choice("appointments.mine", "services.bookings"), choice("menu.open", "menu.open")]
    if other is not None:
        ways.insert(0, choice("appointments.open_it", action("services.booking", str(other))))
    turn.say(error.key, tuple(ways), **{k: v for k, v in error.fields.items() if k != "other"})


def new_booking(turn: Turn, slot: Slot, **whose: str | None) -> Booking:
    """Make a booking of a time, with a number that nobody has."""
    return Booking(
        id=turn.new_id(),
        number=f"Y-{turn.new_code(6)}",
        series=slot.series,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        made_at=turn.now,
        changed_at=turn.now,
        **whose,  # type: ignore[arg-type]
    )


async def just_taken(turn: Turn, draft: Draft, series: Series, wanted: datetime) -> None:
    """Say that somebody was faster, with the next free times; nothing else is asked again."""
    form = turn.features.forms[draft.form]
    assert isinstance(form, Form)  # noqa: S101  # whoever submits it has found it
    draft = replace(without_value(draft, AT), step=AT, editing=False)
    turn.keep_draft(draft)
    others = nearest(all_of(await free_ahead(turn, series)), wanted)
    calendar = turn.street.office.calendar
    buttons = tuple(
        (
            choice(
                "appointments.time",
                action(VERB, draft.id, "s", AT, stamp(one.starts_at, calendar)),
                at=one.starts_at,
            ),
        )
        for one in others
    )
    said = text("appointments.just_taken" if others else "appointments.all_taken", at=wanted)
    turn.reply(Message(blocks=(said,), choices=(*buttons, *controls(turn, form, draft, TIME_STEP))))


# --- one's own ------------------------------------------------------------------------------------


async def list_mine(turn: Turn) -> None:
    """List one's own appointments: those that lie ahead, then the last ones."""
    every = await own_appointments(turn.tx, turn.person.id)
    ahead = [one for one in every if one.booking.state in OPEN and one.booking.ends_at > turn.now]
    past = [one for one in reversed(every) if one not in ahead]
    shown = [*ahead, *past][:_MOST]
    can_book = "services.book" in turn.features.verbs[Side.RESIDENTS]
    new = (choice("appointments.another", "services.book", emphasis=True),) if can_book else ()
    turn.reply(
        Message(
            blocks=(text("appointments.mine_title" if shown else "appointments.none_yet"),),
            choices=(
                *((own_row(one, turn.now),) for one in shown),
                *((new,) if new else ()),
                (choice("menu.open", "menu.open"),),
            ),
            slot="bookings",
            anew=True,
        )
    )


async def find_appointment(turn: Turn, booking: str, right: ServicesRight) -> Appointment:
    """Load an appointment that one has the right to.

    Raises:
        NotFound: there is none that one may know of; both are answered alike.
        NotAllowed: one may know of it, and not do this.
    """
    found = (await get_appointments(turn.tx, [booking])).get(booking)
    organisation = turn.street.organisation
    if found is None or not knows_of(turn.actor, organisation, found):
        raise NotFound(number=booking[:8])
    ensure_may(turn.actor, right, organisation, on=found)
    return found


async def show(turn: Turn, booking: str) -> None:
    """Show one of one's own appointments."""
    found = await find_appointment(turn, booking, ServicesRight.SEE_APPOINTMENT)
    turn.about = found.subject
    turn.reply(own_card(found, turn.street, turn.now, "appointments.card"))


async def show_typed(turn: Turn) -> bool:
    """Show the appointment whose number was typed alone; tell whether it was one."""
    number = typed_booking(turn.incoming.text or "")
    if number is None:
        return False
    booking = await find_booking(turn.tx, number)
    if booking is None or booking.person != turn.person.id:
        raise NotFound(number=number)
    await show(turn, booking.id)
    return True


async def begin_move(turn: Turn, booking: str) -> None:
    """Ask for another day and time; the place is kept until then."""
    found = await find_appointment(turn, booking, ServicesRight.CHANGE_APPOINTMENT)
    ensure_open(found.booking, turn.now)
    context = {"number": booking, SERIES: found.series.id, "was": found.booking.number}
    await series_of(turn, new_draft(turn, MOVE, {}, context))
    await begin(turn, MOVE, context=context)


async def _submit_move(turn: Turn, draft: Draft) -> None:
    wanted = chosen_time(turn, draft)
    if wanted is None:
        raise Stale
    await _move(turn, str(draft.context.get("number")), wanted, draft)


async def move_to(turn: Turn, booking: str, when: str) -> None:
    """Move an appointment to an offered time, at one tap. Pressing it again changes nothing."""
    wanted = read_stamp(when, turn.street.office.calendar)
    if wanted is None:
        raise Stale
    await _move(turn, booking, wanted, None)


async def _move(turn: Turn, which: str, wanted: datetime, draft: Draft | None) -> None:
    found = await find_appointment(turn, which, ServicesRight.CHANGE_APPOINTMENT)
    booking, series = found.booking, found.series
    turn.about = found.subject
    is_there = booking.state is BookingState.BOOKED and booking.starts_at == wanted
    if not is_there:
        ensure_open(booking, turn.now)
        slot = await free_slot(turn, series, wanted)
        if slot is None and draft is not None:
            await just_taken(turn, draft, series, wanted)
            return
        if slot is None:
            await _offer_others(turn, found, wanted)
            return
        own = await list_of_person(turn.tx, turn.person.id)
        try:
            await _ensure_may(turn, [one for one in own if one.id != booking.id], slot)
        except Refused as error:
            _stands_in_the_way(turn, error)
            return
        grant = ensure_may(
            turn.actor, ServicesRight.CHANGE_APPOINTMENT, turn.street.organisation, on=found
        )
        moved, act = move(booking, slot, turn.now), turn.act(grant.role)
        await save(turn, moved, series, act, "moved", takes=slot, gives=place_of(booking))
        booking = moved
    turn.reply(own_card(Appointment(booking, series), turn.street, turn.now, "appointments.moved"))


async def _offer_others(turn: Turn, found: Appointment, wanted: datetime) -> None:
    """Say that somebody was faster, with other times that are one tap away."""
    others = nearest(all_of(await free_ahead(turn, found.series)), wanted)
    said = text("appointments.just_taken" if others else "appointments.all_taken", at=wanted)
    turn.reply(
        Message(
            blocks=(said,),
            choices=(
                *move_choices(found.booking, others, turn.street),
                (choice("appointments.open_it", action("services.booking", found.booking.id)),),
            ),
        )
    )


async def ask_cancel(turn: Turn, booking: str) -> None:
    """Ask once before a place is given back."""
    found = await find_appointment(turn, booking, ServicesRight.CHANGE_APPOINTMENT)
    ensure_open(found.booking, turn.now)
    turn.about = found.subject
    turn.say(
        "appointments.really_cancel",
        (
            choice("appointments.keep", action("services.booking", booking), emphasis=True),
            choice("appointments.do_cancel", action("services.cancel", booking)),
        ),
        number=found.number,
        at=found.booking.starts_at,
    )


async def give_up(turn: Turn, booking: str) -> None:
    """Give a place back. Pressing it again changes nothing."""
    found = await find_appointment(turn, booking, ServicesRight.CHANGE_APPOINTMENT)
    turn.about = found.subject
    if found.booking.state is not BookingState.CANCELLED:
        gone = cancel(found.booking, turn.now)
        act = turn.act(Role.RESIDENT)
        await save(turn, gone, found.series, act, "cancelled", gives=place_of(found.booking))
    turn.say(
        "appointments.cancelled",
        (choice("appointments.another", "services.book"), choice("menu.open", "menu.open")),
        number=found.number,
    )


# --- forms and doors ------------------------------------------------------------------------------

FORM = Form(
    name="appointment",
    version=1,
    title="appointments.title",
    steps=(series_step(offered_options), DAY_STEP, TIME_STEP),
    submit=_submit,
    before_review=_notes_of,
    review_notes=_notes,
    submit_label="appointments.submit",
    about=BOOKING,
)
#: For who sees few buttons: three taps from the menu on, and the receipt takes it back.
BRIEF = replace(FORM, name="appointment_brief", review=False)

MOVE = Form(
    name="appointment_move",
    version=1,
    title="appointments.move_title",
    steps=(DAY_STEP, TIME_STEP),
    submit=_submit_move,
    review=False,
    about=BOOKING,
)

RESIDENTS = Feature(
    name=FEATURE,
    side=Side.RESIDENTS,
    switchable=True,
    verbs=(
        Verb(
            "services.book",
            begin_booking,
            begins=True,
            command="book",
            listed=True,
            words=("预约", "预约办事", "我要预约", "book", "appointment"),
        ),
        Verb(
            "services.bookings",
            list_mine,
            minimal=True,
            words=("我的预约", "my appointments"),
            while_closed=True,
        ),
        Verb("services.booking", show, about="booking", minimal=True, while_closed=True),
        Verb("services.move", begin_move, about="booking", begins=True),
        Verb("services.move_to", move_to, about="booking", minimal=True),
        Verb("services.ask_cancel", ask_cancel, about="booking", minimal=True, while_closed=True),
        Verb("services.cancel", give_up, about="booking", minimal=True, while_closed=True),
    ),
    forms=(FORM, BRIEF, MOVE),
    entries=(
        Entry(Menu.SERVICES, "appointments.menu", "services.book"),
        Entry(Menu.ELDER, "appointments.menu", "services.book"),
        Entry(Menu.MINE, "appointments.mine", "services.bookings"),
    ),
    typed=(Typed(show_typed),),
)
