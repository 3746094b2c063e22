"""Appointments: who comes when to which hall, for what, and what each side sees of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.access.rights import Right
from domain.access.services import ServicesRight
from domain.messages import Card, Choice, Line, Message, Text, Tone, action, text
from domain.organisation import Organisation, Responsible, Role, Seat, Unit, UnitKind
from domain.registers import Entry, EntryState
from domain.services.halls import HALLS_NAME
from domain.slots import OPEN, Booking, BookingState, Series, Slot, stamp
from domain.street import Street
from domain.subjects import Subject

#: The name by which the street opens and closes the services for a community.
FEATURE = "services"
#: How many other times somebody is offered at once.
OFFERED = 4
_LONGEST_LABEL = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Hall:
    """Where one goes: a reference and what is known of it, as a register's entry would give it."""

    subject: Subject
    unit: str
    name: str
    address: str = ""


def hall_of(series: Series) -> Hall:
    """Give the hall of a series, as it was noted there."""
    return Hall(
        subject=series.of,
        unit=series.unit,
        name=series.told.get("hall", ""),
        address=series.told.get("address", ""),
    )


def as_registered(series: Series, hall: Entry | None) -> Series:
    """Give a series with its hall as the register has it now; what is not on it stays as noted.

    At a hall that the office has ended nothing more can be booked.
    """
    if hall is None or hall.register != HALLS_NAME:
        return series
    told = {**series.told, "hall": hall.get("name"), "address": hall.get("address")}
    ended = hall.changed_at if hall.state is EntryState.ENDED else None
    return replace(series, told=told, ended_at=series.ended_at or ended)


def hall_from(entry: Entry) -> Hall:
    """Give a hall of the register."""
    return Hall(
        subject=entry.subject,
        unit=entry.unit,
        name=entry.get("name"),
        address=entry.get("address"),
    )


def halls_in(series: Iterable[Series]) -> list[Hall]:
    """List the halls of some series, each once."""
    found: dict[Subject, Hall] = {}
    for one in series:
        found.setdefault(one.of, hall_of(one))
    return [*found.values()]


def item_of(series: Series) -> str:
    """Name what a series is for."""
    return series.told.get("item", "")


@dataclass(frozen=True, slots=True)
class Appointment:
    """A booking at a hall; what rights and messages are about."""

    booking: Booking
    series: Series

    @property
    def number(self) -> str:
        """By which people name it."""
        return self.booking.number

    @property
    def subject(self) -> Subject:
        """With which what was said of it is erased."""
        return self.booking.subject

    @property
    def unit(self) -> str:
        """The unit of the hall."""
        return self.series.unit

    @property
    def parties(self) -> frozenset[str]:
        """Who comes; nobody that is known where there is no account."""
        return frozenset({self.booking.person} if self.booking.person else ())

    @property
    def owner(self) -> str | None:
        """Nobody in particular: whoever is at the window."""
        return None

    @property
    def seat(self) -> Seat:
        """The post that receives."""
        return Seat(self.series.unit, Role.WINDOW_CLERK)

    @property
    def climbed_to(self) -> Seat | None:
        """It climbs nowhere."""
        return None

    @property
    def sealed(self) -> bool:
        """Whoever is at the window has to see it."""
        return False

    @property
    def barred(self) -> frozenset[str]:
        """Nobody."""
        return frozenset()

    @property
    def restricted_until(self) -> datetime | None:
        """No law keeps it."""
        return None

    @property
    def known_by(self) -> tuple[Right, ...]:
        """The right by which somebody knows of it."""
        return (ServicesRight.SEE_APPOINTMENT,)

    @property
    def urgency(self) -> int:
        """It disturbs nobody's sleep."""
        return 0


def receivers(organisation: Organisation, unit: str, now: datetime) -> frozenset[str]:
    """Name who receives at the halls of a unit: its window clerks, else who answers for it."""
    holders = organisation.holders(Seat(unit, Role.WINDOW_CLERK), now)
    if holders:
        return frozenset(post.stand_in(now) or post.person for post in holders)
    owed: Responsible = organisation.responsible(unit, now)
    return frozenset({owed.person} if owed.person else ())


def nearest_first(
    series: Iterable[Series], organisation: Organisation, grid: str | None
) -> list[Series]:
    """Sort what can be booked: one's own community's, the street's, then the others'."""
    own = organisation.community_of(grid) if grid else None

    def rank(one: Series) -> tuple[int, str, str, str]:
        community = organisation.community_of(one.unit)
        is_own = community is not None and own is not None and community.code == own.code
        near = 0 if is_own else 1 if community is None else 2
        return near, item_of(one), hall_of(one).name, one.id

    return sorted(series, key=rank)


def units_of_halls(organisation: Organisation) -> tuple[Unit, ...]:
    """List the units that may have halls: the street and its communities."""
    return (organisation.street, *organisation.communities)


def is_of_halls(unit: Unit) -> bool:
    """Tell whether a unit may have a hall."""
    return unit.kind in (UnitKind.STREET, UnitKind.COMMUNITY)


# --- in words -------------------------------------------------------------------------------------


def shortened(words: str, longest: int = _LONGEST_LABEL) -> str:
    """Shorten what stands on a button."""
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


def series_name(series: Series) -> Text:
    """Name what can be booked, and where."""
    return text(
        "appointments.series",
        item=shortened(item_of(series)),
        hall=shortened(hall_of(series).name),
    )


def state_name(booking: Booking, now: datetime) -> Text:
    """Say how a booking stands."""
    if booking.state is BookingState.BOOKED and booking.ends_at <= now:
        return text("appointments.state_past")
    return text(f"slots.state_{booking.state}")


def where_lines(series: Series) -> tuple[Line, ...]:
    """Say where to go, to whom, and what to bring, as far as it is known."""
    told = series.told
    lines = (
        Line(text("appointments.hall"), told.get("hall")),
        Line(text("appointments.address"), told.get("address")),
        Line(text("appointments.who"), told.get("who")),
        Line(text("appointments.bring"), told.get("bring")),
    )
    return tuple(one for one in lines if one.value)


def unsure_day(street: Street, day: date) -> tuple[Text, ...]:
    """Say so where the holidays of a day's year are not announced yet."""
    if street.office.calendar.knows(day):
        return ()
    return (text("appointments.holidays_unknown", year=day.year),)


def own_card(appointment: Appointment, street: Street, now: datetime, title: str) -> Message:
    """Give what a resident sees of an appointment, with what can be done to it."""
    booking, series = appointment.booking, appointment.series
    lines = (
        Line(text("appointments.number"), booking.number),
        Line(text("appointments.item"), item_of(series)),
        Line(text("appointments.when"), booking.starts_at),
        *where_lines(series),
        Line(text("appointments.state"), state_name(booking, now)),
    )
    is_open = booking.state in OPEN and booking.ends_at > now
    is_set = booking.state is BookingState.BOOKED
    can_change = is_open and (not is_set or booking.starts_at > now)
    rows = ((*own_choices(booking),),) if can_change else ()
    day = street.local_day(booking.starts_at)
    return Message(
        blocks=(
            Card(
                title=text(title, number=booking.number, at=booking.starts_at),
                lines=lines,
                tone=Tone.PLAIN if is_open else Tone.DONE,
            ),
            *(unsure_day(street, day) if can_change and is_set else ()),
        ),
        choices=(
            *rows,
            (
                Choice(label=text("appointments.mine"), action="services.bookings"),
                Choice(label=text("menu.open"), action="menu.open"),
            ),
        ),
        slot=f"booking-{booking.id}",
        anew=True,
    )


def own_choices(booking: Booking) -> tuple[Choice, ...]:
    """Give the buttons that move an appointment or give it up."""
    return (
        Choice(label=text("appointments.move"), action=action("services.move", booking.id)),
        Choice(label=text("appointments.cancel"), action=action("services.ask_cancel", booking.id)),
    )


def own_row(appointment: Appointment, now: datetime) -> Choice:
    """Give the line of an appointment in the list of one's own."""
    booking = appointment.booking
    waits = booking.state is BookingState.CALLED_OFF and booking.ends_at > now
    return Choice(
        label=text(
            "appointments.row",
            number=booking.number,
            at=booking.starts_at,
            item=shortened(item_of(appointment.series)),
        ),
        action=action("services.booking", booking.id),
        detail=text("appointments.row_state", state=state_name(booking, now)),
        tone=Tone.OVERDUE if waits else Tone.PLAIN if booking.state in OPEN else Tone.DONE,
    )


def time_label(slot: Slot, calendar_day: bool = True) -> Text:
    """Name a time on a button."""
    return text("appointments.time", at=slot.starts_at)


def move_choices(
    booking: Booking, slots: Sequence[Slot], street: Street
) -> tuple[tuple[Choice, ...], ...]:
    """Give a button for each other time, each of which moves the booking at one tap."""
    calendar = street.office.calendar
    return tuple(
        (
            Choice(
                label=time_label(slot),
                action=action("services.move_to", booking.id, stamp(slot.starts_at, calendar)),
            ),
        )
        for slot in slots
    )


def called_off_message(
    appointment: Appointment, reason: Text | str, others: Sequence[Slot], street: Street
) -> Message:
    """Tell a resident that the office cannot keep a time, with others to choose from."""
    booking = appointment.booking
    said = text(
        "appointments.called_off",
        number=booking.number,
        at=booking.starts_at,
        item=item_of(appointment.series),
        hall=hall_of(appointment.series).name,
        reason=reason,
    )
    other = text("appointments.choose_other" if others else "appointments.no_others")
    return Message(
        blocks=(said, other),
        choices=(*move_choices(booking, others, street), (*own_choices(booking),)),
        slot=f"booking-{booking.id}",
        anew=True,
    )


def nearest(slots: Sequence[Slot], wanted: datetime | None, most: int = OFFERED) -> list[Slot]:
    """Choose the free times that are nearest to a wanted one; the next ones where none is."""
    free = [one for one in slots if one.left]
    if wanted is not None:
        free.sort(key=lambda one: (abs(one.starts_at - wanted), one.starts_at))
    return sorted(free[:most], key=lambda one: one.starts_at)


def in_place_of(slots: Sequence[Slot], lost: datetime, street: Street) -> list[Slot]:
    """Choose free times in place of one that cannot be kept: of the next days, about as late."""
    zone = street.office.timezone
    wanted = lost.astimezone(zone)
    found: list[Slot] = []
    for day, times in by_day([one for one in slots if one.left], street).items():
        if day < wanted.date():
            continue
        at = datetime.combine(day, wanted.timetz())
        found += nearest(times, at, OFFERED // 2)
        if len(found) >= OFFERED:
            break
    return found or nearest(slots, lost)


def spread(slots: Sequence[Slot], street: Street, most: int) -> list[Slot]:
    """Choose free times for who wants few buttons: the first of each half of a day."""
    calendar = street.office.calendar
    found: dict[tuple[date, bool], Slot] = {}
    for one in slots:
        local = one.starts_at.astimezone(calendar.timezone)
        if one.left:
            found.setdefault((local.date(), local.hour < 12), one)
    return [*found.values()][:most]


def by_day(slots: Sequence[Slot], street: Street) -> Mapping[date, list[Slot]]:
    """Sort times by the office's days."""
    found: dict[date, list[Slot]] = {}
    for one in slots:
        found.setdefault(street.local_day(one.starts_at), []).append(one)
    return found
