"""However people book, move and give up in the same moments, places and bookings agree."""

import random
from collections import Counter
from datetime import timedelta

import pytest

from domain.slots import BookingState, stamp
from tests.handlers.chats import Office
from tests.handlers.services.times import every_booking, opens, series, taken

PEOPLE, TIMES = 24, 6


async def agree(office: Office) -> None:
    """Every taken place is one booking's, none is taken twice, and nobody has two."""
    booked = [one for one in await every_booking(office) if one.state is BookingState.BOOKED]
    (one,) = await series(office)
    by_time = Counter(each.starts_at for each in booked)

    assert await taken(office) == by_time
    assert not by_time or max(by_time.values()) <= one.capacity
    assert len({each.person for each in booked}) == len(booked)
    assert len({each.number for each in booked}) == len(booked)


@pytest.mark.parametrize("seed", range(3))
async def test_places_and_bookings_agree_whatever_happens_at_once(
    office: Office, seed: int
) -> None:
    rng = random.Random(seed)
    await opens(office, hours="9:00-12:00", minutes=30, capacity=2)
    people = [f"r{number}" for number in range(PEOPLE)]
    for who in people:
        await office.starts(who, "g-E1")
    calendar = (await office.street()).office.calendar
    morning = office.now.replace(hour=1) + timedelta(days=1)
    times = [stamp(morning + timedelta(minutes=30 * n), calendar) for n in range(TIMES)]

    for _ in range(6):
        presses = []
        for who in rng.sample(people, PEOPLE // 2):
            booking = await own(office, who)
            if booking is None:
                await office.does(who, "services.book:anew")
                await office.says(who, f"明天{9 + rng.randrange(3)}点")
                if any("提交" in label for label in office.labels(who)):
                    presses.append((who, {"action": office.button(who, "提交")}))
            elif rng.random() < 0.5:
                presses.append((who, {"action": f"services.cancel:{booking}"}))
            else:
                presses.append((who, {"action": f"services.move_to:{booking}:{rng.choice(times)}"}))
        rng.shuffle(presses)
        await office.arrive_together(*presses)
        await agree(office)
    assert await every_booking(office) != []


async def own(office: Office, who: str) -> str | None:
    """Give the id of what somebody has booked."""
    await office.does(who, "services.bookings")
    for label, choice in office.latest(who).labels.items():
        if "已约好" in label and choice.action:
            return choice.action.partition(":")[2]
    return None
