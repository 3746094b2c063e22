"""What can be booked in the demonstration, and who is booked; see ``demo_appointments.toml``."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from bot.configuration.law_data import read_default
from domain.chain import Act, Chain
from domain.organisation import Role
from domain.people import Person
from domain.registers import ENTRY
from domain.slots import Booking, Opening, Series, Slot, times_on
from domain.street import Street
from domain.subjects import Subject
from storage.services.appointments import set_timer
from storage.slots import save_booking
from storage.work import Work

#: Of whoever comes today, the first came so long ago that the window may still note it.
_JUST_NOW = timedelta(minutes=20)
#: So many others are booked at the first hall next, besides the resident of tomorrow.
_NEXT = 4


def series(street: Street) -> Iterator[Series]:
    """Give what can be booked."""
    halls = {one["id"]: one["fields"] for one in read_default("demo_registers.toml")["entries"]}
    for number, row in enumerate(read_default("demo_appointments.toml")["times"], 1):
        if row["unit"] in street.organisation.units:
            yield _series(number, row, halls[row["hall"]])


def _series(number: int, row: dict[str, Any], hall: dict[str, Any]) -> Series:
    return Series(
        id=f"demo-times-{number}",
        of=Subject(ENTRY, row["hall"]),
        item=f"demo-item-{number}",
        unit=row["unit"],
        openings=tuple(
            Opening(day, time.fromisoformat(start), time.fromisoformat(end))
            for day in row["days"]
            for start, end in row["hours"]
        ),
        length=timedelta(minutes=row["minutes"]),
        capacity=row["capacity"],
        told={
            "hall": hall["name"],
            "address": hall["address"],
            **{name: row[name] for name in ("item", "who", "bring")},
        },
    )


def plant_appointments(work: Work, residents: Sequence[Person], rng: random.Random) -> None:
    """Put times into the street, and people who come: the first resident tomorrow, others next."""
    every = list(series(work.street))
    work.changes.save(*every)
    if not every or len(residents) <= _NEXT:
        return
    calendar, first = work.street.office.calendar, every[0]
    today = calendar.day_of(work.now)
    ahead = [
        slot
        for more in range(8)
        for slot in times_on(first, today + timedelta(days=more), calendar)
        if slot.ends_at > work.now - _JUST_NOW
    ]
    now = ahead[:_NEXT]
    later = [one for one in ahead[_NEXT:] if calendar.day_of(one.starts_at) > today][:1]
    pairs = [*zip(now, residents[1:], strict=False), *zip(later, residents, strict=False)]
    for number, (slot, person) in enumerate(pairs, 1):
        _book(work, first, slot, person.id, number, rng)


def _book(
    work: Work, one: Series, slot: Slot, person: str, number: int, rng: random.Random
) -> None:
    made_at: datetime = work.now - timedelta(days=1, minutes=7 * number)
    booking = Booking(
        id=f"demo-booking-{number}",
        number=f"Y-{rng.randrange(1_000_000):06}",
        series=one.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        person=person,
        made_at=made_at,
        changed_at=made_at,
    )
    act = Act(person, Role.RESIDENT, made_at, rng.randbytes(32))
    happened = Chain(file=booking.subject).record(
        act,
        "appointments.booked",
        at=booking.starts_at.isoformat(),
        hall=str(one.of),
        item=one.item,
    )
    work.changes.save(happened)
    # The series is written before the bookings, for the first time.
    save_booking(work, booking, replace(one, version=1), takes=slot)
    set_timer(work, booking, one)
